//! Redacted stills, sealed, until somebody asks for one or its time is over.
//!
//! They are files beside the database: a value of this size would go into one of its files that is never synced
//! (module store). One file a still, `stills/<event id, 32 hexadecimal digits>.still`, mode 0600, made whole (written
//! aside, synced, renamed, folder synced). Integers big-endian:
//! ```text
//! [8] "VELUMST1" · [16] event id · u32 hour · u32 length of the sealed facts
//! · sealed facts: [12] nonce · text · [16] tag
//! · sealed picture: [12] nonce · JPEG · [16] tag
//! ```
//! `hour` is that in which it was kept, in the clear and no finer. Facts and picture are sealed apart (AES-256-GCM,
//! see module keys), so that a start reads no picture. Additional data: `f` or `p` · \[16\] event id · u32 day · u32
//! hour: a still moved to another event or day does not open. The facts are in module `stills::facts`.
//!
//! The keys are the day's own for stills, `<keys_dir>/stills/YYYY-MM-DD.key`: stills may have to go earlier than
//! events, or later. When the last still of a day goes, its key is destroyed with it.
//!
//! Whatever does not open, or says what cannot be, is no still: it is erased at the next start, and until then
//! asking for it is an error.

mod facts;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;
use velum_event::{LARGEST_STILL_BYTES, StillFacts};
use velum_vocab::{Clock, EventId, Timestamp};

use crate::bytes::{Reader, Writer};
use crate::day::{Day, Hour};
use crate::error::OutboxError;
use crate::files;
use crate::keys::{DayKeys, Sealed};

const MAGIC: &[u8; 8] = b"VELUMST1";
const FACTS: u8 = b'f';
const PICTURE: u8 = b'p';
/// What a sealed still takes beside its picture, generously.
const OVERHEAD_BYTES: usize = 16 * 1_024;

/// How many stills may wait, and how many bytes they may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StillLimits {
    pub(crate) max_stills: u64,
    pub(crate) max_bytes: u64,
    pub(crate) min_free_bytes: u64,
}

/// A still that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptStill {
    /// The raised event of its alert.
    pub event: EventId,
    /// What is known of it.
    pub facts: StillFacts,
}

/// What was erased for good: the files are gone, and it was looked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErasureReceipt {
    /// Stills erased.
    pub events: Vec<EventId>,
    /// Days (`YYYY-MM-DD`, UTC) whose key was destroyed with them.
    pub key_days: Vec<String>,
}

/// What an index of the stills needs to know of one.
#[derive(Debug, Clone)]
struct Entry {
    facts: StillFacts,
    hour: Hour,
    bytes: u64,
}

/// The stills of one outbox.
pub(crate) struct Stills {
    dir: PathBuf,
    keys: DayKeys,
    limits: StillLimits,
    /// Held while a file is written or erased, so that index, files and keys agree.
    index: Mutex<BTreeMap<EventId, Entry>>,
    unreadable: u64,
}

impl Stills {
    /// Reads what is there. What was left unfinished, or does not open, is erased and counted.
    ///
    /// # Errors
    /// Where the folder or a key cannot be read now: nothing is concluded of the stills then.
    pub(crate) fn open(dir: &Path, keys_dir: &Path, limits: StillLimits) -> Result<Self, OutboxError> {
        files::make_dir(dir)?;
        let keys = DayKeys::open(keys_dir)?;
        let mut stills = Self { dir: dir.to_owned(), keys, limits, index: Mutex::default(), unreadable: 0 };
        let mut index = BTreeMap::new();
        for name in stills.names()? {
            let path = dir.join(&name);
            match event_of(&name) {
                Some(event) => match stills.read_entry(event, &path) {
                    Ok(entry) => {
                        index.insert(event, entry);
                    }
                    Err(Sealed::Unavailable(error)) => return Err(error),
                    Err(Sealed::KeyMissing | Sealed::Altered) => {
                        stills.unreadable = stills.unreadable.saturating_add(1);
                        tracing::error!(code = "still_unreadable", "a still does not open; it is erased");
                        files::overwrite_and_remove(&path)?;
                    }
                },
                None if name.ends_with(".new") => files::overwrite_and_remove(&path)?,
                None => {}
            }
        }
        stills.destroy_unused_keys(&index)?;
        *stills.index.lock() = index;
        Ok(stills)
    }

    /// Seals and writes a still; it is on the disk when this returns.
    pub(crate) fn keep(
        &self,
        event: EventId,
        facts: &StillFacts,
        jpeg: &[u8],
        clock: &dyn Clock,
    ) -> Result<(), OutboxError> {
        if jpeg.len() > LARGEST_STILL_BYTES {
            return Err(OutboxError::TooLarge { bytes: jpeg.len(), limit_bytes: LARGEST_STILL_BYTES });
        }
        let mut index = self.index.lock();
        self.check_room(&index, jpeg.len())?;
        let hour = Hour::of(clock.now());
        let sealed_facts = self.keys.seal(hour.day(), &aad(FACTS, event, hour), &facts::encode(facts))?;
        let sealed_picture = self.keys.seal(hour.day(), &aad(PICTURE, event, hour), jpeg)?;
        let mut file = Writer::default();
        file.bytes(MAGIC).bytes(event.as_bytes()).u32(hour.0);
        file.count(sealed_facts.len()).bytes(&sealed_facts).bytes(&sealed_picture);
        files::write_new(&self.path(event), &file.0)?;
        index.insert(event, Entry { facts: facts.clone(), hour, bytes: length(file.0.len()) });
        Ok(())
    }

    fn check_room(&self, index: &BTreeMap<EventId, Entry>, more_bytes: usize) -> Result<(), OutboxError> {
        if !excess(index, &self.limits, more_bytes).is_empty() {
            return Err(OutboxError::Full { records: length(index.len()), bytes: bytes_of(index) });
        }
        let (free_bytes, needed_bytes) = (files::free_bytes(&self.dir), self.limits.min_free_bytes);
        if free_bytes < needed_bytes {
            return Err(OutboxError::DiskFull { free_bytes, needed_bytes });
        }
        Ok(())
    }

    /// The oldest stills, that must go before one of this size can be kept.
    pub(crate) fn in_excess(&self, more_bytes: usize) -> Vec<KeptStill> {
        excess(&self.index.lock(), &self.limits, more_bytes)
    }

    /// Those whose time is over: kept no longer than the policy allowed when they were kept, and than `retention`
    /// says now where it says anything.
    pub(crate) fn due(
        &self,
        now: Timestamp,
        retention: impl Fn(&StillFacts) -> Option<Duration>,
    ) -> Vec<KeptStill> {
        let is_due = |facts: &StillFacts| {
            let kept = retention(facts).map_or(facts.retention, |now| now.min(facts.retention));
            facts.captured_at.plus(kept) <= now
        };
        self.kept_where(is_due)
    }

    /// Those that were taken after this moment.
    pub(crate) fn after(&self, moment: Timestamp) -> Vec<KeptStill> {
        self.kept_where(|facts| facts.captured_at > moment)
    }

    fn kept_where(&self, holds: impl Fn(&StillFacts) -> bool) -> Vec<KeptStill> {
        let index = self.index.lock();
        let found = index.iter().filter(|(_, entry)| holds(&entry.facts));
        found.map(|(&event, entry)| KeptStill { event, facts: entry.facts.clone() }).collect()
    }

    /// Erases these, and the keys of days of which no still is left. What is not there is erased already.
    pub(crate) fn erase(&self, events: &[EventId]) -> Result<ErasureReceipt, OutboxError> {
        let mut index = self.index.lock();
        let mut receipt = ErasureReceipt::default();
        for &event in events {
            let path = self.path(event);
            if path.try_exists().map_err(OutboxError::file(&path))? {
                files::overwrite_and_remove(&path)?;
            }
            if index.remove(&event).is_some() {
                receipt.events.push(event);
            }
        }
        receipt.key_days = self.destroy_unused_keys(&index)?.iter().map(Day::to_string).collect();
        Ok(receipt)
    }

    /// What is known of a kept still.
    pub(crate) fn facts(&self, event: EventId) -> Option<StillFacts> {
        self.index.lock().get(&event).map(|entry| entry.facts.clone())
    }

    /// Facts and picture, as they were kept.
    pub(crate) fn read(&self, event: EventId) -> Result<(StillFacts, Vec<u8>), OutboxError> {
        // Held, so that nothing is read while it is overwritten.
        let index = self.index.lock();
        if !index.contains_key(&event) {
            return Err(OutboxError::NoStill);
        }
        let path = self.path(event);
        let bytes = read_bounded(&path).map_err(|_| OutboxError::StillUnreadable)?;
        let file = File::parse(event, &bytes).ok_or(OutboxError::StillUnreadable)?;
        let opened =
            self.facts_of(event, &file).and_then(|facts| Ok((facts, self.picture_of(event, &file)?)));
        drop(index);
        opened.map_err(|sealed| match sealed {
            Sealed::Unavailable(error) => error,
            Sealed::KeyMissing | Sealed::Altered => OutboxError::StillUnreadable,
        })
    }

    /// The salt of a commitment to a kept picture; none where it is gone, or its key.
    pub(crate) fn salt_of(&self, event: EventId) -> Result<Option<[u8; 32]>, OutboxError> {
        let hour = self.index.lock().get(&event).map(|entry| entry.hour);
        let Some(hour) = hour else { return Ok(None) };
        self.keys.salt(hour.day(), &aad(PICTURE, event, hour))
    }

    /// How many are kept, their bytes, and how many did not open at the start.
    pub(crate) fn counts(&self) -> (u64, u64, u64) {
        let index = self.index.lock();
        (length(index.len()), bytes_of(&index), self.unreadable)
    }

    fn read_entry(&self, event: EventId, path: &Path) -> Result<Entry, Sealed> {
        let bytes = read_bounded(path)?;
        let file = File::parse(event, &bytes).ok_or(Sealed::Altered)?;
        let facts = self.facts_of(event, &file)?;
        Ok(Entry { facts, hour: file.hour, bytes: length(bytes.len()) })
    }

    fn facts_of(&self, event: EventId, file: &File<'_>) -> Result<StillFacts, Sealed> {
        let plain = self.keys.unseal(file.hour.day(), &aad(FACTS, event, file.hour), file.facts)?;
        facts::decode(&plain).ok_or(Sealed::Altered)
    }

    fn picture_of(&self, event: EventId, file: &File<'_>) -> Result<Vec<u8>, Sealed> {
        self.keys.unseal(file.hour.day(), &aad(PICTURE, event, file.hour), file.picture)
    }

    fn destroy_unused_keys(&self, index: &BTreeMap<EventId, Entry>) -> Result<Vec<Day>, OutboxError> {
        let used: BTreeSet<Day> = index.values().map(|entry| entry.hour.day()).collect();
        let unused: Vec<Day> = self.keys.days()?.into_iter().filter(|day| !used.contains(day)).collect();
        unused.iter().try_for_each(|&day| self.keys.destroy(day))?;
        Ok(unused)
    }

    fn names(&self) -> Result<Vec<String>, OutboxError> {
        let entries = fs::read_dir(&self.dir).map_err(OutboxError::file(&self.dir))?;
        Ok(entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect())
    }

    fn path(&self, event: EventId) -> PathBuf {
        self.dir.join(format!("{event}.still"))
    }
}

/// The parts of a file.
struct File<'a> {
    hour: Hour,
    facts: &'a [u8],
    picture: &'a [u8],
}

impl<'a> File<'a> {
    fn parse(event: EventId, bytes: &'a [u8]) -> Option<Self> {
        let mut from = Reader::new(bytes);
        if from.bytes(MAGIC.len())? != MAGIC || from.array()? != *event.as_bytes() {
            return None;
        }
        let hour = Hour(from.u32()?);
        let length = usize::try_from(from.u32()?).ok()?;
        let facts = from.bytes(length)?;
        Some(Self { hour, facts, picture: from.rest() })
    }
}

/// Never more than a still can be, whatever lies there.
fn read_bounded(path: &Path) -> Result<Vec<u8>, Sealed> {
    let unavailable = |error| Sealed::Unavailable(OutboxError::file(path)(error));
    let length = fs::metadata(path).map_err(unavailable)?.len();
    if length > self::length(LARGEST_STILL_BYTES + OVERHEAD_BYTES) {
        return Err(Sealed::Altered);
    }
    fs::read(path).map_err(unavailable)
}

fn excess(index: &BTreeMap<EventId, Entry>, limits: &StillLimits, more_bytes: usize) -> Vec<KeptStill> {
    let more_bytes = length(more_bytes.saturating_add(OVERHEAD_BYTES));
    let mut oldest: Vec<_> = index.iter().collect();
    oldest.sort_by_key(|(_, entry)| (entry.facts.captured_at, entry.hour));
    let (mut count, mut bytes) =
        (length(index.len()).saturating_add(1), bytes_of(index).saturating_add(more_bytes));
    let mut surplus = Vec::new();
    for (&event, entry) in oldest {
        if count <= limits.max_stills && bytes <= limits.max_bytes {
            break;
        }
        (count, bytes) = (count.saturating_sub(1), bytes.saturating_sub(entry.bytes));
        surplus.push(KeptStill { event, facts: entry.facts.clone() });
    }
    surplus
}

fn bytes_of(index: &BTreeMap<EventId, Entry>) -> u64 {
    index.values().map(|entry| entry.bytes).fold(0, u64::saturating_add)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn event_of(name: &str) -> Option<EventId> {
    let digits = name.strip_suffix(".still")?;
    let mut bytes = [0_u8; 16];
    if digits.len() != 32 || !digits.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    let event = EventId::from_bytes(bytes);
    (event.to_string() == digits).then_some(event)
}

fn aad(part: u8, event: EventId, hour: Hour) -> Vec<u8> {
    let mut aad = Writer::default();
    aad.u8(part).bytes(event.as_bytes()).u32(hour.day().0).u32(hour.0);
    aad.0
}

#[cfg(test)]
mod tests;
