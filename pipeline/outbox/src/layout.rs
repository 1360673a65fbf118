//! Keys and values of the database; the page of the crate has the table.

use std::fmt;

use prost::Message;
use velum_proto::v1::{Expired, Lost, Record, record::End};
use velum_vocab::{CameraId, EventId};

use crate::bytes::{Reader, Writer};
use crate::day::{Day, Hour};
use crate::error::OutboxError;
use crate::keys::{DayKeys, Sealed};

/// The most that one sealed entry may take: far above any event, and 17 of them are less than a quarter of a
/// segment of the database (module store says why that matters).
pub(crate) const VALUE_LIMIT_BYTES: usize = 24 * 1_024;

pub(crate) const INCARNATION: &[u8] = b"i";
pub(crate) const LAST_SEQUENCE: &[u8] = b"n";
pub(crate) const ACKNOWLEDGED: &[u8] = b"a";
pub(crate) const RECORDS: &[u8] = b"r";
pub(crate) const RULE_STATES: &[u8] = b"s";
pub(crate) const COVERAGE: &[u8] = b"c";
pub(crate) const DOOMED_DAYS: &[u8] = b"x";

const FORMAT: u8 = 1;
const SEALED: u8 = 1;
const PLAIN: u8 = 2;

/// What a `Lost` says that could not be read back after a crash.
pub(crate) const RECORD_UNREADABLE: &str = "record_unreadable";
/// The same of a day whose key is gone, though nobody destroyed it.
pub(crate) const KEY_MISSING: &str = "key_missing";
/// The same of a whole database.
pub(crate) const DATABASE_UNREADABLE: &str = "database_unreadable";
/// The disk went back to an earlier state: the hub knows later numbers.
pub(crate) const DISK_SET_BACK: &str = "disk_set_back";

/// A random id of this outbox on this disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Incarnation(pub(crate) [u8; 16]);

impl Incarnation {
    pub(crate) fn random() -> Result<Self, OutboxError> {
        EventId::random().map(|id| Self(*id.as_bytes())).map_err(|_| OutboxError::Random)
    }

    /// The 16 bytes, as they travel.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

pub(crate) fn record_key(sequence: u64) -> Vec<u8> {
    [RECORDS, &sequence.to_be_bytes()].concat()
}

pub(crate) fn record_sequence(key: &[u8]) -> Option<u64> {
    key.strip_prefix(RECORDS)?.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn rule_state_key(camera: &CameraId) -> Vec<u8> {
    [RULE_STATES, camera.as_str().as_bytes()].concat()
}

pub(crate) fn rule_state_camera(key: &[u8]) -> Option<CameraId> {
    CameraId::parse(std::str::from_utf8(key.strip_prefix(RULE_STATES)?).ok()?).ok()
}

pub(crate) fn coverage_key(hour: Hour, camera: &CameraId) -> Vec<u8> {
    [COVERAGE, &hour.0.to_be_bytes(), camera.as_str().as_bytes()].concat()
}

pub(crate) fn coverage_hour(key: &[u8]) -> Option<Hour> {
    key.strip_prefix(COVERAGE)?.first_chunk().copied().map(u32::from_be_bytes).map(Hour)
}

pub(crate) fn doomed_day_key(day: Day) -> Vec<u8> {
    [DOOMED_DAYS, &day.0.to_be_bytes()].concat()
}

pub(crate) fn doomed_day(key: &[u8]) -> Option<Day> {
    key.strip_prefix(DOOMED_DAYS)?.try_into().ok().map(u32::from_be_bytes).map(Day)
}

/// Seals a record: kind, hour, nonce and sealed wire message; bound to its incarnation, number and day.
pub(crate) fn seal_record(
    keys: &DayKeys,
    incarnation: Incarnation,
    sequence: u64,
    hour: Hour,
    end: End,
) -> Result<Vec<u8>, OutboxError> {
    let plain = Record { sequence, end: Some(end) }.encode_to_vec();
    seal(keys, hour, &record_aad(incarnation, sequence, hour), &plain)
}

/// Seals a rule state, bound to its camera and day.
pub(crate) fn seal_rule_state(
    keys: &DayKeys,
    camera: &CameraId,
    hour: Hour,
    plain: &[u8],
) -> Result<Vec<u8>, OutboxError> {
    seal(keys, hour, &rule_state_aad(camera, hour), plain)
}

fn seal(keys: &DayKeys, hour: Hour, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, OutboxError> {
    if plain.len() > VALUE_LIMIT_BYTES {
        return Err(OutboxError::TooLarge { bytes: plain.len(), limit_bytes: VALUE_LIMIT_BYTES });
    }
    let mut value = Writer::default();
    value.u8(FORMAT).u8(SEALED).u32(hour.0).bytes(&keys.seal(hour.day(), aad, plain)?);
    Ok(value.0)
}

/// A record that needs no key and outlives it: it tells of nothing but a number.
pub(crate) fn plain_record(sequence: u64, end: End) -> Vec<u8> {
    let mut value = Writer::default();
    value.u8(FORMAT).u8(PLAIN).bytes(&Record { sequence, end: Some(end) }.encode_to_vec());
    value.0
}

pub(crate) fn lost(cause: &str) -> End {
    End::Lost(Lost { cause: cause.to_owned(), incarnation: None, last_known_sequence: None })
}

pub(crate) fn expired(day: Day) -> End {
    End::Expired(Expired { key_day: day.to_string() })
}

/// The hour in which a value was sealed; none for a plain or damaged one.
pub(crate) fn sealed_hour(value: &[u8]) -> Option<Hour> {
    let mut from = Reader::new(value);
    (from.u8()? == FORMAT && from.u8()? == SEALED).then(|| from.u32().map(Hour))?
}

/// The record of this number. Every value has an end: one that cannot be read is `Lost`, one whose day is doomed
/// has expired.
///
/// # Errors
/// Where the key cannot be read now: the record is not lost, and must not be told as such.
pub(crate) fn open_record(
    keys: &DayKeys,
    incarnation: Incarnation,
    sequence: u64,
    value: &[u8],
    doomed: &[Day],
) -> Result<Record, OutboxError> {
    let end = match sealed_hour(value) {
        Some(hour) if doomed.contains(&hour.day()) => Some(expired(hour.day())),
        Some(hour) => match unseal(keys, hour, &record_aad(incarnation, sequence, hour), value) {
            Ok(plain) => wire_end(sequence, &plain),
            Err(Sealed::KeyMissing) => Some(lost(KEY_MISSING)),
            Err(Sealed::Unavailable(error)) => return Err(error),
            Err(Sealed::Altered) => None,
        },
        None => value.strip_prefix(&[FORMAT, PLAIN]).and_then(|plain| wire_end(sequence, plain)),
    };
    Ok(Record { sequence, end: Some(end.unwrap_or_else(|| lost(RECORD_UNREADABLE))) })
}

/// The rule state's bytes, if they can still be read.
pub(crate) fn open_rule_state(
    keys: &DayKeys,
    camera: &CameraId,
    value: &[u8],
) -> Result<Option<Vec<u8>>, OutboxError> {
    let Some(hour) = sealed_hour(value) else { return Ok(None) };
    match unseal(keys, hour, &rule_state_aad(camera, hour), value) {
        Ok(plain) => Ok(Some(plain)),
        Err(Sealed::KeyMissing | Sealed::Altered) => Ok(None),
        Err(Sealed::Unavailable(error)) => Err(error),
    }
}

fn unseal(keys: &DayKeys, hour: Hour, aad: &[u8], value: &[u8]) -> Result<Vec<u8>, Sealed> {
    let sealed = value.get(6..).ok_or(Sealed::Altered)?;
    keys.unseal(hour.day(), aad, sealed)
}

fn wire_end(sequence: u64, plain: &[u8]) -> Option<End> {
    Record::decode(plain).ok().filter(|record| record.sequence == sequence)?.end
}

pub(crate) fn record_aad(incarnation: Incarnation, sequence: u64, hour: Hour) -> Vec<u8> {
    let mut aad = Writer::default();
    aad.bytes(RECORDS).bytes(&incarnation.0).u64(sequence).u32(hour.day().0).u32(hour.0);
    aad.0
}

fn rule_state_aad(camera: &CameraId, hour: Hour) -> Vec<u8> {
    let mut aad = Writer::default();
    aad.bytes(RULE_STATES).text(camera.as_str()).u32(hour.day().0).u32(hour.0);
    aad.0
}
