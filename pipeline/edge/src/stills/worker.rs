//! One thread that makes the pictures of all cameras, so that no camera waits for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use velum_event::{EventKind, Still};
use velum_gate::AlertStill;
use velum_outbox::OutboxError;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_redaction::Job;
use velum_vocab::{CameraId, EventId};

use super::Archive;
use super::erasure::erase;
use super::loan::Return;
use super::search::{Mask, Search};
use super::studio::Team;

/// What may wait; more is refused. A picture that waits holds raw frames.
const WAITING_MAX: usize = 1;

/// One picture to be made.
pub(super) struct Work {
    pub(super) job: Job,
    pub(super) team: Team,
    pub(super) mask: Mask,
    pub(super) search: Box<Search>,
    pub(super) back: Return,
}

/// What the thread takes.
enum Item {
    Picture(Box<Work>),
    Settle(Box<Search>),
    /// It has come so far.
    #[cfg(test)]
    Reached(SyncSender<()>),
}

/// The way to the thread. It ends when this is dropped.
pub(crate) struct Worker {
    queue: SyncSender<Item>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(crate) fn start(archive: Archive) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        std::thread::Builder::new().name("stills".to_owned()).spawn(move || run(&archive, &waiting))?;
        Ok(Self { queue })
    }

    /// Makes the picture when its turn comes.
    ///
    /// # Errors
    /// Where too many wait: the search is handed back, the raw frames are gone.
    pub(super) fn make(&self, work: Work) -> Result<(), Box<Search>> {
        self.send(Item::Picture(Box::new(work)))
    }

    /// Settles the search when its turn comes.
    ///
    /// # Errors
    /// Where too many wait: the search is handed back.
    pub(super) fn settle(&self, search: Box<Search>) -> Result<(), Box<Search>> {
        self.send(Item::Settle(search))
    }

    fn send(&self, item: Item) -> Result<(), Box<Search>> {
        match self.queue.try_send(item) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(item) | TrySendError::Disconnected(item)) => match item {
                Item::Picture(work) => Err(work.search),
                Item::Settle(search) => Err(search),
                #[cfg(test)]
                Item::Reached(_) => Ok(()),
            },
        }
    }

    /// Waits until everything before was made.
    #[cfg(test)]
    pub(super) fn reached(&self) {
        let (reached, waiting) = sync_channel(1);
        self.queue.send(Item::Reached(reached)).unwrap();
        waiting.recv().unwrap();
    }
}

fn run(archive: &Archive, waiting: &Receiver<Item>) {
    while let Ok(item) = waiting.recv() {
        match item {
            Item::Picture(work) => make(archive, *work),
            Item::Settle(search) => search.settle(archive),
            #[cfg(test)]
            Item::Reached(reached) => {
                let _ = reached.send(());
            }
        }
    }
}

/// Makes one picture; where it shows what it is for, or nobody waits for the search, that is its end.
fn make(archive: &Archive, work: Work) {
    let Work { job, team, mask, mut search, back } = work;
    if let Err(rule) = is_still_wanted(archive, job.camera(), search.sought.kind, &mask) {
        drop(job);
        search.miss(rule);
        search.settle(archive);
        return back.settled();
    }
    match guarded(|| team.redactor.make(job).map_err(|reason| reason.code())) {
        Ok(picture) => search.take(picture, team, mask),
        Err(reason) => search.miss(reason),
    }
    if search.is_found() {
        search.settle(archive);
        back.settled();
    } else if let Some(search) = back.give(search) {
        search.settle(archive);
    }
}

/// Whether the policy still allows the picture, by the terms by which its frames were held, and no zone was paused since.
/// Otherwise these go unseen.
pub(super) fn is_still_wanted(
    archive: &Archive,
    camera: &CameraId,
    kind: EventKind,
    mask: &Mask,
) -> Result<(), &'static str> {
    archive.gate.may_keep_still(camera, kind).map_err(|withheld| withheld.rule())?;
    let terms = archive.gate.redaction_terms(camera).map_err(|withheld| withheld.rule())?;
    if terms.digest != mask.redaction_terms {
        return Err("redaction_changed");
    }
    archive.gate.are_painted(camera, &mask.painted).map_err(|withheld| withheld.rule())
}

/// A fault in here is an error, and the thread goes on.
pub(super) fn guarded<T>(make: impl FnOnce() -> Result<T, &'static str>) -> Result<T, &'static str> {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or(Err("failed"))
}

/// Judges, logs and keeps one picture.
pub(super) fn keep(archive: &Archive, event: EventId, alert: AlertStill) -> Result<(), &'static str> {
    let camera = alert.picture.camera().clone();
    let released = archive.gate.judge(alert).map_err(|withheld| withheld.rule())?;
    let policy_digest = released.policy_digest();
    let still = Still::assemble(released).map_err(|error| error.code())?;
    let surplus = archive.outbox.stills_in_excess(&still);
    if !surplus.is_empty() {
        erase(archive, surplus, "stills.limits");
    }
    let mut entry = Entry::new(Operation::Collection, Subject::Still(event), Outcome::Allowed);
    entry.camera = Some(camera);
    entry.policy_digest = policy_digest;
    entry.records = Some(1);
    entry.bytes = u64::try_from(still.jpeg().len()).ok();
    archive.log.append(entry)?;
    archive.outbox.keep_still(event, &still).map_err(|error| {
        tracing::error!(%error, "a still could not be kept");
        match error {
            OutboxError::Full { .. } | OutboxError::DiskFull { .. } => "no_room",
            _ => "outbox",
        }
    })
}
