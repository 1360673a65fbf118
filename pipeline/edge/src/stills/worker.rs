//! One thread that makes the pictures of all cameras, so that no camera waits for one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use velum_event::{EventKind, Still};
use velum_gate::AlertStill;
use velum_outbox::OutboxError;
use velum_policy::audit::{Entry, Operation, Outcome, Subject};
use velum_redaction::Job;
use velum_vocab::EventId;

use super::Archive;
use super::erasure::erase;
use super::studio::Team;

/// Pictures that may wait; more are withheld.
const WAITING_MAX: usize = 4;

/// One picture to be made.
pub(super) struct Work {
    pub(super) job: Job,
    pub(super) event: EventId,
    pub(super) kind: EventKind,
    pub(super) team: Team,
}

/// What the thread takes.
enum Item {
    Picture(Box<Work>),
    /// It has come so far.
    #[cfg(test)]
    Reached(SyncSender<()>),
}

/// The way to the thread. It ends when this is dropped.
pub(crate) struct Worker {
    archive: Archive,
    queue: SyncSender<Item>,
}

impl Worker {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system gives none.
    pub(crate) fn start(archive: Archive) -> std::io::Result<Self> {
        let (queue, waiting) = sync_channel(WAITING_MAX);
        let own = archive.clone();
        std::thread::Builder::new().name("stills".to_owned()).spawn(move || run(&own, &waiting))?;
        Ok(Self { archive, queue })
    }

    /// Makes the picture when its turn comes, or withholds it where too many wait.
    pub(super) fn take(&self, work: Work) {
        let (camera, event) = (work.job.camera().clone(), work.event);
        if self.queue.try_send(Item::Picture(Box::new(work))).is_err() {
            self.archive.withhold(&camera, event, "overloaded");
        }
    }

    /// Waits until everything before was made.
    #[cfg(test)]
    pub(super) fn settle(&self) {
        let (reached, waiting) = sync_channel(1);
        self.queue.send(Item::Reached(reached)).unwrap();
        waiting.recv().unwrap();
    }
}

fn run(archive: &Archive, waiting: &Receiver<Item>) {
    while let Ok(item) = waiting.recv() {
        let work = match item {
            Item::Picture(work) => *work,
            #[cfg(test)]
            Item::Reached(reached) => {
                let _ = reached.send(());
                continue;
            }
        };
        let (camera, event) = (work.job.camera().clone(), work.event);
        let made = catch_unwind(AssertUnwindSafe(|| keep(archive, work)));
        match made.unwrap_or(Err("failed")) {
            Ok(()) => archive.metrics.stills.kept(),
            Err(rule) => archive.withhold(&camera, event, rule),
        }
    }
}

/// Makes, judges, logs and keeps one picture.
fn keep(archive: &Archive, work: Work) -> Result<(), &'static str> {
    let Work { job, event, kind, team } = work;
    let camera = job.camera().clone();
    let picture = team.redactor.make(job).map_err(|reason| reason.code())?;
    let alert = AlertStill { picture, kind, looked_for: team.looked_for, models: team.models };
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
