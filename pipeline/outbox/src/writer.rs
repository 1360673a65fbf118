//! The one thread that writes. Callers hand it their entries and wait; what waits together becomes durable
//! together, with one flush (group commit), and only then is anybody told a number.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::Duration;

use velum_proto::v1::{Lost, Record, record::End};
use velum_vocab::{CameraId, CoverageBin, Timestamp};

use crate::coverage;
use crate::day::Hour;
use crate::error::OutboxError;
use crate::expiry::{self, ExpiryCounts};
use crate::files;
use crate::layout::{self, Incarnation};
use crate::recovery;
use crate::shared::Shared;
use crate::store::StoreError;
use crate::withhold;

const GROUP_LIMIT: usize = 256;

pub(crate) type Reply<T> = SyncSender<Result<T, OutboxError>>;

/// What a caller wants written.
pub(crate) enum Job {
    Commit { ends: Vec<End>, state: Option<(CameraId, Vec<u8>)>, claim: Claim, reply: Reply<Vec<u64>> },
    Acknowledge { up_to: u64, reply: Reply<()> },
    Coverage { bins: Vec<CoverageBin>, reply: Reply<()> },
    Expire { now: Timestamp, retention: Duration, reply: Reply<ExpiryCounts> },
    WithholdWaiting { rule: String, reply: Reply<u64> },
    NewIncarnation { hub_acknowledged: u64, reply: Reply<Incarnation> },
}

/// Whether a commit was begun or given up, whichever came first: what its caller gave up gets no number, and may
/// be committed again without a double.
#[derive(Debug, Clone, Default)]
pub(crate) struct Claim(Arc<AtomicU8>);

impl Claim {
    const WAITING: u8 = 0;
    const TAKEN: u8 = 1;
    const CANCELLED: u8 = 2;

    /// For the writing thread: false where the caller has given up.
    fn take(&self) -> bool {
        self.settle(Self::TAKEN)
    }

    /// For the caller: false where the writing thread has begun, and will answer.
    pub(crate) fn cancel(&self) -> bool {
        self.settle(Self::CANCELLED)
    }

    fn settle(&self, state: u8) -> bool {
        self.0.compare_exchange(Self::WAITING, state, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// Writes until the last caller is gone.
pub(crate) fn run(shared: &Arc<Shared>, jobs: &Receiver<Job>) {
    while let Ok(first) = jobs.recv() {
        let mut waiting = std::iter::once(first).chain(jobs.try_iter()).take(GROUP_LIMIT).peekable();
        while waiting.peek().is_some() {
            let mut group = Group::begin(shared);
            let mut alone = None;
            for job in waiting.by_ref() {
                alone = group.add(shared, job);
                if alone.is_some() {
                    break;
                }
            }
            group.finish(shared);
            if let Some(job) = alone {
                run_alone(shared, job);
            }
        }
    }
}

/// Jobs that change the database in more than one step.
fn run_alone(shared: &Shared, job: Job) {
    match job {
        Job::Expire { now, retention, reply } => {
            let done = shared.reopen().and_then(|_| expiry::expire(shared, now, retention));
            let _ = reply.send(done);
        }
        Job::WithholdWaiting { rule, reply } => {
            let done = shared.reopen().and_then(|_| withhold::withhold_waiting(shared, &rule));
            let _ = reply.send(done);
        }
        Job::NewIncarnation { hub_acknowledged, reply } => {
            let done = shared.reopen().and_then(|_| new_incarnation(shared, hub_acknowledged));
            let _ = reply.send(done);
        }
        Job::Commit { .. } | Job::Acknowledge { .. } | Job::Coverage { .. } => {}
    }
}

/// Entries that become durable together.
struct Group {
    /// Set when the database could not be opened: everything in the group is refused with it.
    refusal: Option<OutboxError>,
    batch: sled::Batch,
    incarnation: Incarnation,
    first_new: u64,
    sizes_bytes: Vec<usize>,
    bytes: u64,
    acknowledged: u64,
    must_be_durable: bool,
    has_content: bool,
    commits: Vec<(RangeInclusive<u64>, Reply<Vec<u64>>)>,
    others: Vec<Reply<()>>,
}

impl Group {
    fn begin(shared: &Shared) -> Self {
        let refusal = shared.reopen().err();
        let position = shared.position.lock();
        Self {
            refusal,
            batch: sled::Batch::default(),
            incarnation: position.incarnation,
            first_new: position.last_sequence.saturating_add(1),
            sizes_bytes: Vec::new(),
            bytes: position.bytes,
            acknowledged: position.acknowledged,
            must_be_durable: false,
            has_content: false,
            commits: Vec::new(),
            others: Vec::new(),
        }
    }

    /// The highest number given, with this group's.
    fn last(&self) -> u64 {
        let new = u64::try_from(self.sizes_bytes.len()).unwrap_or(u64::MAX);
        self.first_new.saturating_add(new).saturating_sub(1)
    }

    /// Takes the job in, answers it where it is refused, or gives it back where it must run alone.
    fn add(&mut self, shared: &Shared, job: Job) -> Option<Job> {
        match job {
            // Its caller has given up and was told so.
            Job::Commit { claim, .. } if !claim.take() => {}
            Job::Commit { ends, state, reply, .. } => match self.add_commit(shared, ends, state) {
                Ok(numbers) => self.commits.push((numbers, reply)),
                Err(error) => {
                    shared.refused.fetch_add(1, Ordering::Relaxed);
                    let _ = reply.send(Err(error));
                }
            },
            Job::Acknowledge { up_to, reply } => match self.add_acknowledgement(up_to) {
                Ok(()) => self.others.push(reply),
                Err(error) => {
                    let _ = reply.send(Err(error));
                }
            },
            Job::Coverage { bins, reply } => {
                for bin in &bins {
                    let key = layout::coverage_key(Hour::of(bin.hour), &bin.camera);
                    self.batch.insert(key, coverage::encode(bin));
                }
                (self.must_be_durable, self.has_content) = (true, true);
                self.others.push(reply);
            }
            alone @ (Job::Expire { .. } | Job::WithholdWaiting { .. } | Job::NewIncarnation { .. }) => {
                return Some(alone);
            }
        }
        None
    }

    fn add_commit(
        &mut self,
        shared: &Shared,
        ends: Vec<End>,
        state: Option<(CameraId, Vec<u8>)>,
    ) -> Result<RangeInclusive<u64>, OutboxError> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        let first = self.last().saturating_add(1);
        let hour = Hour::of(shared.clock.now());
        let mut values = Vec::with_capacity(ends.len());
        for (sequence, end) in (first..).zip(ends) {
            values.push(match end {
                lost @ End::Lost(_) => layout::plain_record(sequence, lost),
                end => {
                    let sealed = layout::seal_record(&shared.keys, self.incarnation, sequence, hour, end);
                    note_sealing(shared, &sealed);
                    sealed?
                }
            });
        }
        let state = state.map(|(camera, plain)| {
            let sealed = layout::seal_rule_state(&shared.keys, &camera, hour, &plain);
            sealed.map(|value| (layout::rule_state_key(&camera), value))
        });
        let state = state.transpose()?;
        self.check_room(shared, &values)?;
        for (sequence, value) in (first..).zip(values) {
            self.sizes_bytes.push(value.len());
            self.bytes = self.bytes.saturating_add(u64::try_from(value.len()).unwrap_or(u64::MAX));
            self.batch.insert(layout::record_key(sequence), value);
        }
        if let Some((key, value)) = state {
            self.batch.insert(key, value);
        }
        (self.must_be_durable, self.has_content) = (true, true);
        Ok(first..=self.last())
    }

    fn check_room(&self, shared: &Shared, values: &[Vec<u8>]) -> Result<(), OutboxError> {
        let settings = &shared.settings;
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        let waiting = self.last().saturating_sub(self.acknowledged);
        let bytes = values.iter().map(|value| count(value.len())).fold(self.bytes, u64::saturating_add);
        let is_full = waiting.saturating_add(count(values.len())) > settings.max_records;
        if !values.is_empty() && (is_full || bytes > settings.max_bytes) {
            return Err(OutboxError::Full { records: waiting, bytes: self.bytes });
        }
        check_disk(shared)
    }

    fn add_acknowledgement(&mut self, up_to: u64) -> Result<(), OutboxError> {
        if let Some(refusal) = &self.refusal {
            return Err(refusal.clone());
        }
        // Only what was durable before this group can have reached the hub.
        let given = self.first_new.saturating_sub(1);
        if up_to > given {
            return Err(OutboxError::AheadOfBox { acknowledged: up_to, given });
        }
        for sequence in self.acknowledged.saturating_add(1)..=up_to {
            self.batch.remove(layout::record_key(sequence));
        }
        if up_to > self.acknowledged {
            self.acknowledged = up_to;
            self.has_content = true;
        }
        Ok(())
    }

    /// Writes, and answers everybody.
    fn finish(self, shared: &Shared) {
        let done = match &self.refusal {
            Some(refusal) => Err(refusal.clone()),
            None if self.has_content => self.write(shared),
            None => Ok(()),
        };
        let failed = u64::try_from(self.commits.len()).unwrap_or(u64::MAX);
        if done.is_err() {
            shared.refused.fetch_add(failed, Ordering::Relaxed);
        }
        for (numbers, reply) in self.commits {
            let _ = reply.send(done.clone().map(|()| numbers.collect()));
        }
        for reply in self.others {
            let _ = reply.send(done.clone());
        }
    }

    fn write(&self, shared: &Shared) -> Result<(), OutboxError> {
        let last = self.last();
        let mut batch = self.batch.clone();
        batch.insert(layout::LAST_SEQUENCE, &last.to_be_bytes());
        batch.insert(layout::ACKNOWLEDGED, &self.acknowledged.to_be_bytes());
        let durable = |store: &crate::store::Store| -> Result<(), StoreError> {
            store.apply(batch)?;
            if self.must_be_durable { store.make_durable() } else { Ok(()) }
        };
        match shared.read(durable) {
            Ok(()) => {
                let mut position = shared.position.lock();
                self.sizes_bytes.iter().for_each(|&size| position.push(size));
                position.acknowledge(self.acknowledged);
            }
            // Opened again at once: the batch may have reached the disk whole, and then it did not fail.
            Err(error) => {
                shared.reopen()?;
                let position = shared.position.lock();
                let holds = position.incarnation == self.incarnation && position.last_sequence >= last;
                if !holds || position.acknowledged < self.acknowledged {
                    return Err(error);
                }
            }
        }
        if !self.sizes_bytes.is_empty() {
            shared.note_given(self.incarnation, self.first_new, last);
        }
        Ok(())
    }
}

/// Remembers whether a day's key could be used. An entry that is too large says nothing about keys.
fn note_sealing(shared: &Shared, sealed: &Result<Vec<u8>, OutboxError>) {
    match sealed {
        Err(OutboxError::TooLarge { .. }) => {}
        sealed => *shared.unsealed.lock() = sealed.as_ref().err().cloned(),
    }
}

/// Refuses where the disk has no room for more numbers.
pub(crate) fn check_disk(shared: &Shared) -> Result<(), OutboxError> {
    let (free_bytes, needed_bytes) = (files::free_bytes(&shared.dir), shared.settings.min_free_bytes);
    if free_bytes < needed_bytes { Err(OutboxError::DiskFull { free_bytes, needed_bytes }) } else { Ok(()) }
}

/// The hub knows later numbers of this incarnation than were given here: the disk was set back. A new
/// incarnation begins; it says so first, and gives what still waits new numbers.
fn new_incarnation(shared: &Shared, hub_acknowledged: u64) -> Result<Incarnation, OutboxError> {
    let old = shared.position.lock().clone();
    let waiting = crate::outbox::read_pending(shared, old.incarnation, old.acknowledged, usize::MAX)?;
    let incarnation = Incarnation::random()?;
    let mut batch = sled::Batch::default();
    for sequence in old.acknowledged.saturating_add(1)..=old.last_sequence {
        batch.remove(layout::record_key(sequence));
    }
    let first = End::Lost(Lost {
        cause: layout::DISK_SET_BACK.to_owned(),
        incarnation: Some(old.incarnation.as_bytes().to_vec()),
        last_known_sequence: Some(hub_acknowledged.max(old.last_sequence)),
    });
    let mut position = recovery::begin_incarnation(&mut batch, incarnation, Some(first));
    let hour = Hour::of(shared.clock.now());
    for Record { end, .. } in waiting {
        let sequence = position.last_sequence.saturating_add(1);
        let value = match end {
            Some(end @ (End::Event(_) | End::Withheld(_))) => {
                layout::seal_record(&shared.keys, incarnation, sequence, hour, end)?
            }
            Some(end) => layout::plain_record(sequence, end),
            None => layout::plain_record(sequence, layout::lost(layout::RECORD_UNREADABLE)),
        };
        position.push(value.len());
        batch.insert(layout::record_key(sequence), value);
    }
    batch.insert(layout::LAST_SEQUENCE, &position.last_sequence.to_be_bytes());
    let last = position.last_sequence;
    // Held while writing: see `read_pending`.
    let mut current = shared.position.lock();
    shared.read(|store| store.apply(batch).and_then(|()| store.make_durable()))?;
    *current = position;
    drop(current);
    shared.note_given(incarnation, 1, last);
    Ok(incarnation)
}
