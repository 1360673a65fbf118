//! The outbox as its callers see it.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;
use velum_event::{Coverage, Event};
use velum_proto::v1::{self, Record, record::End};
use velum_vocab::{CameraId, Clock, CoverageBin, RuleState, Timestamp};

use crate::coverage;
use crate::day::Hour;
use crate::error::OutboxError;
use crate::expiry::{self, ExpiryCounts};
use crate::files;
use crate::keys::DayKeys;
use crate::layout::{self, Incarnation};
use crate::marks::{MarkFile, Marks};
use crate::position::{Position, doomed_days};
use crate::recovery::{self, Recovery};
use crate::rule_state;
use crate::shared::{MarkKeeper, Shared};
use crate::stills::{StillLimits, Stills};
use crate::wire;
use crate::writer::{self, Claim, Job, Reply};

const QUEUE_LIMIT: usize = 256;

/// Limits and choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Numbers that may wait for the hub.
    pub max_records: u64,
    /// Bytes that they may take, sealed.
    pub max_bytes: u64,
    /// Bytes that must stay free on the disk; below, nothing is numbered. It is the room in which the database
    /// can still delete, expire and be opened again.
    pub min_free_bytes: u64,
    /// Stills that may be kept; the oldest must go before another.
    pub max_stills: u64,
    /// Bytes that they may take, sealed.
    pub max_still_bytes: u64,
    /// Memory for the database's pages.
    pub cache_bytes: u64,
    /// So long a caller waits for the disk.
    pub confirm_timeout: Duration,
    /// A file to which `incarnation sequence` is appended and synced for every number, once it is durable: the
    /// truth of the kill tests. Off where none.
    pub produced_log: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_records: 200_000,
            max_bytes: 256 * 1_024 * 1_024,
            min_free_bytes: 64 * 1_024 * 1_024,
            max_stills: 500,
            max_still_bytes: 256 * 1_024 * 1_024,
            cache_bytes: 16 * 1_024 * 1_024,
            confirm_timeout: Duration::from_secs(30),
            produced_log: None,
        }
    }
}

/// One thing that takes a number.
#[expect(
    clippy::large_enum_variant,
    reason = "entries are few and soon written; a box would only be an allocation"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// An event that may leave.
    Event(Event),
    /// Something was judged and may not leave; the rule that decided, for example `schedule`.
    Withheld(String),
    /// Something that should have got a number earlier could not: a code, for example `outbox_full`.
    Lost(&'static str),
}

impl Entry {
    fn into_end(self) -> End {
        match self {
            Self::Event(event) => End::Event(wire::event(&event)),
            Self::Withheld(rule) => End::Withheld(v1::Withheld { rule }),
            Self::Lost(cause) => layout::lost(cause),
        }
    }
}

/// Whose numbers are given, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Produced {
    /// A new one begins where the old database or disk could not be trusted.
    pub incarnation: Incarnation,
    /// The highest number that is durable.
    pub last_sequence: u64,
}

/// How full it is, for metrics and `check`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxStats {
    /// Whose numbers.
    pub incarnation: Incarnation,
    /// The highest number given.
    pub last_sequence: u64,
    /// The highest number that the hub has stored, with all below it.
    pub acknowledged: u64,
    /// Numbers that wait.
    pub waiting: u64,
    /// Bytes that they take.
    pub waiting_bytes: u64,
    /// Bytes of the database on the disk.
    pub database_bytes: u64,
    /// Stills that are kept.
    pub stills: u64,
    /// Bytes that they take, sealed.
    pub still_bytes: u64,
    /// Stills that did not open at the start, and were erased.
    pub stills_unreadable: u64,
    /// Calls of `commit` since the start that were refused or failed.
    pub refused: u64,
    /// False after a fault of the database, until it is open again.
    pub is_open: bool,
}

/// Store-and-forward on one disk. Share it with `Arc`.
pub struct Outbox {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stills: Stills,
    pub(crate) jobs: Option<SyncSender<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    pub(crate) is_stalled: std::sync::atomic::AtomicBool,
}

impl std::fmt::Debug for Outbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outbox").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl Outbox {
    /// Opens or begins the outbox in `dir`; the keys of the days live in `keys_dir`. A database that cannot be
    /// read is set aside, and the recovery says so.
    ///
    /// # Errors
    /// Where another process holds it, or the disk does not let it be opened.
    pub fn open(
        dir: &Path,
        keys_dir: &Path,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Result<(Self, Recovery), OutboxError> {
        files::make_dir(dir)?;
        let lock = lock(dir)?;
        let keys = DayKeys::open(keys_dir)?;
        let (file, found) = MarkFile::open(dir)?;
        let opened = recovery::open(dir, &keys, settings.cache_bytes, found)?;
        let marks =
            Marks { incarnation: opened.position.incarnation, last_sequence: opened.position.last_sequence };
        let mut keeper = MarkKeeper { file, now: marks };
        keeper.file.write(&marks)?;
        let produced =
            Produced { incarnation: marks.incarnation, last_sequence: opened.position.last_sequence };
        let limits = StillLimits {
            max_stills: settings.max_stills,
            max_bytes: settings.max_still_bytes,
            min_free_bytes: settings.min_free_bytes,
        };
        let stills = Stills::open(&dir.join("stills"), &keys_dir.join("stills"), limits)?;
        let produced_log = settings.produced_log.as_deref().map(open_log).transpose()?;
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            settings,
            clock,
            keys,
            store: RwLock::new(Some(opened.store)),
            position: Mutex::new(opened.position),
            marks: Mutex::new(keeper),
            produced: watch::Sender::new(produced),
            refused: AtomicU64::new(0),
            unsealed: Mutex::new(None),
            produced_log,
            _lock: lock,
        });
        expiry::finish(&shared, |_| false)?;
        Ok((Self::start(shared, stills, dir)?, opened.recovery))
    }

    fn start(shared: Arc<Shared>, stills: Stills, dir: &Path) -> Result<Self, OutboxError> {
        let (jobs, waiting) = sync_channel(QUEUE_LIMIT);
        let writing = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("outbox".to_owned())
            .spawn(move || writer::run(&writing, &waiting))
            .map_err(OutboxError::file(dir))?;
        let thread = Mutex::new(Some(thread));
        Ok(Self { shared, stills, jobs: Some(jobs), thread, is_stalled: false.into() })
    }

    /// Gives each entry a number, in order, and writes them together with the rules' state: all of it or
    /// nothing. They are on the disk when this returns, and only then produced.
    ///
    /// # Errors
    /// On any error but [`OutboxError::Unconfirmed`] and [`OutboxError::Failed`] no number was given, and the
    /// same entries can be committed later. After those two the entries may have got numbers nevertheless;
    /// committing them again is right, since an event's id shows a double.
    pub fn commit(&self, entries: Vec<Entry>, state: Option<&RuleState>) -> Result<Vec<u64>, OutboxError> {
        let ends = entries.into_iter().map(Entry::into_end).collect();
        self.commit_ends(ends, state.map(|state| (state.camera.clone(), rule_state::encode(state))))
    }

    pub(crate) fn commit_ends(
        &self,
        ends: Vec<End>,
        state: Option<(CameraId, Vec<u8>)>,
    ) -> Result<Vec<u64>, OutboxError> {
        let timeout = self.shared.settings.confirm_timeout;
        let claim = Claim::default();
        let (reply, answer) = sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(OutboxError::Closed)?;
        let job = Job::Commit { ends, state, claim: claim.clone(), reply };
        jobs.try_send(job).map_err(|_| OutboxError::Busy)?;
        if let Ok(done) = answer.recv_timeout(timeout) {
            self.is_stalled.store(false, Ordering::Relaxed);
            return done;
        }
        self.is_stalled.store(true, Ordering::Relaxed);
        if claim.cancel() {
            self.shared.refused.fetch_add(1, Ordering::Relaxed);
            return Err(OutboxError::NotBegun(timeout.as_secs()));
        }
        // It is being written: only its outcome says whether the entries have numbers.
        let done = answer.recv().map_err(|_| OutboxError::Unconfirmed(timeout.as_secs()))?;
        self.is_stalled.store(false, Ordering::Relaxed);
        done
    }

    /// The state that was last committed for this camera; none where there is none or it has expired.
    ///
    /// # Errors
    /// Where the database or the day's key cannot be read.
    pub fn rule_state(&self, camera: &CameraId) -> Result<Option<RuleState>, OutboxError> {
        let value = self.shared.read(|store| store.value(&layout::rule_state_key(camera)))?;
        let Some(value) = value else { return Ok(None) };
        let plain = layout::open_rule_state(&self.shared.keys, camera, &value)?;
        Ok(plain.and_then(|plain| rule_state::decode(&plain)))
    }

    /// The cameras whose rules have a state here, also one that has expired.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn rule_state_cameras(&self) -> Result<Vec<CameraId>, OutboxError> {
        self.shared.read(|store| {
            let mut cameras = Vec::new();
            store.scan(layout::RULE_STATES, layout::RULE_STATES, |key, _| {
                cameras.extend(layout::rule_state_camera(key));
                true
            })?;
            Ok(cameras)
        })
    }

    /// Records of this incarnation after this number that wait for the hub, in order, at most `max`.
    ///
    /// # Errors
    /// [`OutboxError::OtherIncarnation`] where another has begun meanwhile: its numbers are others. Else where
    /// the database or a day's key cannot be read.
    pub fn pending(
        &self,
        incarnation: Incarnation,
        after: u64,
        max: usize,
    ) -> Result<Vec<Record>, OutboxError> {
        read_pending(&self.shared, incarnation, after, max)
    }

    /// The hub has stored every number up to this one: they are deleted here. Doing it again, or with a lower
    /// number, changes nothing.
    ///
    /// # Errors
    /// [`OutboxError::AheadOfBox`] for a number that was never given here.
    pub fn acknowledge(&self, up_to: u64) -> Result<(), OutboxError> {
        self.ask(|reply| Job::Acknowledge { up_to, reply })
    }

    /// Ends what is older than `retention` and has not been acknowledged as expired, and destroys the keys of
    /// days that are past altogether. Give it trusted time only: what is destroyed stays destroyed.
    ///
    /// # Errors
    /// Where the database or a key cannot be written; calling again goes on from there.
    pub fn expire(&self, now: Timestamp, retention: Duration) -> Result<ExpiryCounts, OutboxError> {
        self.ask(|reply| Job::Expire { now, retention, reply })
    }

    /// No policy is in force: each event that has not been acknowledged, but for a camera's health, ends as
    /// withheld by `rule`, under its own number, and the hours of coverage are forgotten, told or not; on the disk
    /// when this returns. Says how many events there were. What
    /// was handed to the network before cannot be taken back. Where the hub stored such an event and its
    /// acknowledgement was lost, it takes the `Withheld` for a duplicate, since of a number's ends the first
    /// counts: the hub keeps the event, this box does not, and no new incarnation is needed.
    ///
    /// # Errors
    /// Where the database cannot be read or written: some or all may still wait as events, and calling again
    /// goes on from there.
    pub fn withhold_waiting(&self, rule: &str) -> Result<u64, OutboxError> {
        let rule = rule.to_owned();
        self.ask(|reply| Job::WithholdWaiting { rule, reply })
    }

    /// Begins a new incarnation because the hub knows later numbers of this one: the disk was set back. What
    /// waits gets new numbers.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn begin_new_incarnation(&self, hub_acknowledged: u64) -> Result<Incarnation, OutboxError> {
        self.ask(|reply| Job::NewIncarnation { hub_acknowledged, reply })
    }

    /// Keeps each camera's hour; a newer one replaces the older.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub fn record_coverage(&self, bins: Vec<Coverage>) -> Result<(), OutboxError> {
        let bins = bins.into_iter().map(Coverage::into_bin).collect();
        self.ask(|reply| Job::Coverage { bins, reply })
    }

    /// The kept hours from this one on.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn coverage_since(&self, time: Timestamp) -> Result<Vec<CoverageBin>, OutboxError> {
        let from = [layout::COVERAGE, &Hour::of(time).0.to_be_bytes()].concat();
        self.shared.read(|store| {
            let mut bins = Vec::new();
            store.scan(layout::COVERAGE, &from, |key, value| {
                bins.extend(coverage::decode(key, value));
                true
            })?;
            Ok(bins)
        })
    }

    /// The same, as it travels.
    ///
    /// # Errors
    /// Where the database cannot be read.
    pub fn coverage_report(&self, since: Timestamp) -> Result<v1::CoverageReport, OutboxError> {
        let bins = self.coverage_since(since)?;
        Ok(v1::CoverageReport { bins: bins.iter().map(coverage::to_wire).collect() })
    }

    /// What the gate had remembered when [`Outbox::keep_gate_memory`] was last called; none at first. It lives
    /// beside the database and survives its loss.
    ///
    /// # Errors
    /// Where the file is there and cannot be read: a clock or a policy could have been set back.
    pub fn gate_memory(&self) -> Result<Option<String>, OutboxError> {
        let path = self.gate_memory_path();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutboxError::file(&path)(error)),
        }
    }

    /// Keeps what the gate remembers (time high-water mark, newest policy), whole or not at all; on the disk when
    /// this returns. Once a minute and at each new policy is enough.
    ///
    /// # Errors
    /// Where the file cannot be written; the one before stays.
    pub fn keep_gate_memory(&self, text: &str) -> Result<(), OutboxError> {
        files::write_new(&self.gate_memory_path(), text.as_bytes())
    }

    fn gate_memory_path(&self) -> PathBuf {
        self.shared.dir.join("gate-memory")
    }

    /// Tells of every new number and incarnation.
    pub fn produced(&self) -> watch::Receiver<Produced> {
        self.shared.produced.subscribe()
    }

    /// How full it is.
    pub fn stats(&self) -> OutboxStats {
        let position = self.shared.position.lock();
        let (incarnation, last_sequence) = (position.incarnation, position.last_sequence);
        let (acknowledged, waiting, waiting_bytes) =
            (position.acknowledged, position.records(), position.bytes);
        drop(position);
        let (stills, still_bytes, stills_unreadable) = self.stills.counts();
        let store = self.shared.store.read();
        OutboxStats {
            incarnation,
            last_sequence,
            acknowledged,
            waiting,
            waiting_bytes,
            database_bytes: store.as_ref().map_or(0, crate::store::Store::size_bytes),
            stills,
            still_bytes,
            stills_unreadable,
            refused: self.shared.refused.load(Ordering::Relaxed),
            is_open: store.is_some(),
        }
    }

    /// Why nothing can be committed now: by an empty write that must become durable, the room that is left, and
    /// the newest commit's key. None where a commit would succeed.
    pub fn trouble(&self) -> Option<OutboxError> {
        if let Err(error) = self.ask(|reply| Job::Coverage { bins: Vec::new(), reply }) {
            return Some(error);
        }
        let stats = self.stats();
        let settings = &self.shared.settings;
        if stats.waiting >= settings.max_records || stats.waiting_bytes >= settings.max_bytes {
            return Some(OutboxError::Full { records: stats.waiting, bytes: stats.waiting_bytes });
        }
        writer::check_disk(&self.shared).err().or_else(|| self.shared.unsealed.lock().clone())
    }

    fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, OutboxError> {
        let timeout = self.shared.settings.confirm_timeout;
        let (reply, answer) = sync_channel(1);
        let jobs = self.jobs.as_ref().ok_or(OutboxError::Closed)?;
        jobs.try_send(job(reply)).map_err(|_| OutboxError::Busy)?;
        let done = answer.recv_timeout(timeout);
        self.is_stalled.store(done.is_err(), Ordering::Relaxed);
        done.map_err(|_| OutboxError::Unconfirmed(timeout.as_secs()))?
    }
}

impl Drop for Outbox {
    /// Waits for the last write, unless the disk had stopped answering.
    fn drop(&mut self) {
        drop(self.jobs.take());
        let thread = self.thread.lock().take();
        if let Some(thread) = thread.filter(|_| !self.is_stalled.load(Ordering::Relaxed))
            && thread.join().is_err()
        {
            tracing::error!(code = "panicked", "outbox thread failed");
        }
    }
}

/// Records after this number, each with its end.
pub(crate) fn read_pending(
    shared: &Shared,
    of: Incarnation,
    after: u64,
    max: usize,
) -> Result<Vec<Record>, OutboxError> {
    // Held while reading, so that no new incarnation begins under way: its records open under its own name only.
    let position = shared.position.lock();
    let Position { incarnation, acknowledged, last_sequence, .. } = *position;
    let first = after.max(acknowledged).saturating_add(1);
    if incarnation != of {
        return Err(OutboxError::OtherIncarnation);
    }
    if max == 0 {
        return Ok(Vec::new());
    }
    shared.read(|store| {
        let doomed = doomed_days(store)?;
        let mut records = Vec::new();
        let mut unavailable = None;
        store.scan(layout::RECORDS, &layout::record_key(first), |key, value| {
            if let Some(sequence) = layout::record_sequence(key).filter(|&sequence| sequence <= last_sequence)
            {
                match layout::open_record(&shared.keys, incarnation, sequence, value, &doomed) {
                    Ok(record) => records.push(record),
                    Err(error) => unavailable = Some(error),
                }
            }
            unavailable.is_none() && records.len() < max
        })?;
        Ok(unavailable.map_or(Ok(records), Err))
    })?
}

fn lock(dir: &Path) -> Result<File, OutboxError> {
    let path = dir.join("lock");
    velum_vocab::take_lock(&path)
        .map_err(OutboxError::file(&path))?
        .ok_or_else(|| OutboxError::InUse(dir.to_owned()))
}

fn open_log(path: &Path) -> Result<Mutex<File>, OutboxError> {
    let log = OpenOptions::new().append(true).create(true).open(path).map_err(OutboxError::file(path))?;
    Ok(Mutex::new(log))
}
