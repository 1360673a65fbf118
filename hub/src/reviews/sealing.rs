//! Sealing what people write: AES-256-GCM under a random key for each day, which lies below `data_dir/text-keys` and is
//! destroyed by the retention.
//!
//! ```text
//! text-keys/2026-11-27.key   32 random bytes, mode 0600
//! ```
//! Invariants: a key is in no backup, so that what is destroyed here can be read in none; a text opens for its own event and
//! its own number alone; what is sealed tells of its length only in steps of [`STEP_BYTES`].

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::secret_file;

/// Below `data_dir`.
pub(crate) const FOLDER: &str = "text-keys";
const KEY_BYTES: usize = 32;
/// A text is filled up to a multiple of it.
const STEP_BYTES: usize = 256;
const LENGTH_BYTES: usize = 2;
const CONTEXT: &[u8] = b"velum-review-text/1";

/// What is bound to a text: it opens for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) event_id: [u8; 16],
    pub(crate) text_id: [u8; 16],
}

/// A text that nobody reads without its day's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedText {
    /// The day of its key.
    pub(crate) key_day: String,
    /// Nonce, text, tag.
    pub(crate) bytes: Vec<u8>,
}

/// Why a text is not sealed or not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// The key is not here.
    #[error(
        "the key of that day is destroyed, or was not brought along to this machine: nobody can read the text"
    )]
    NoKey,
    /// It does not open with its key.
    #[error("the text is damaged, or belongs to another alert")]
    Damaged,
    /// A key cannot be read or written.
    #[error("{path}: {source}; make it readable and writable for the hub's user alone")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The clock, the random numbers or a key are not what they must be.
    #[error("a text cannot be sealed: {0}")]
    Impossible(&'static str),
}

/// The keys, each of a day.
#[derive(Debug)]
pub(crate) struct Sealer {
    folder: PathBuf,
    /// Two who write first on a day make one key.
    turn: Mutex<()>,
}

impl Sealer {
    /// The keys below a hub's folder; nothing is made before the first text.
    pub(crate) fn below(data_dir: &Path) -> Arc<Self> {
        Arc::new(Self { folder: data_dir.join(FOLDER), turn: Mutex::default() })
    }

    /// Seals a text with the key of the day. Waits for the disk.
    ///
    /// # Errors
    /// [`SealError`]: it must not be kept.
    pub(crate) fn seal(&self, of: Bound, text: &str, now_unix_ms: i64) -> Result<SealedText, SealError> {
        let day = day_of(now_unix_ms).ok_or(SealError::Impossible("the clock shows no day"))?;
        let key = self.read_or_make(day)?;
        let key_day = day.to_string();
        let nonce = random::<NONCE_LEN>()?;
        let mut clear = padded(text).ok_or(SealError::Impossible("it is too long"))?;
        let aad = Aad::from(bound(of, &key_day));
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), aad, &mut clear)
            .map_err(|_| SealError::Impossible("the cipher refused it"))?;
        // What was clear is sealed in its place.
        Ok(SealedText { key_day, bytes: [nonce.as_slice(), &clear, tag.as_ref()].concat() })
    }

    /// Opens a text. Waits for the disk.
    ///
    /// # Errors
    /// [`SealError`].
    pub(crate) fn open(&self, of: Bound, sealed: &SealedText) -> Result<Zeroizing<String>, SealError> {
        let day: Date = sealed.key_day.parse().map_err(|_| SealError::Damaged)?;
        let key = self.read(day)?.ok_or(SealError::NoKey)?;
        let (nonce, rest) = sealed.bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Damaged)?;
        let mut rest = Zeroizing::new(rest.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let clear = key
            .open_in_place(nonce, Aad::from(bound(of, &sealed.key_day)), &mut rest)
            .map_err(|_| SealError::Damaged)?;
        unpadded(clear).ok_or(SealError::Damaged)
    }

    /// Destroys the keys of all days that ended before a moment; gives the days.
    ///
    /// # Errors
    /// [`SealError::File`].
    pub(crate) fn destroy_before(&self, before_unix_ms: i64) -> Result<Vec<String>, SealError> {
        let Some(first_kept) = day_of(before_unix_ms) else { return Ok(Vec::new()) };
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut old: Vec<Date> = self.days()?.into_iter().filter(|day| *day < first_kept).collect();
        old.sort();
        for day in &old {
            let path = self.path(*day);
            overwrite_and_remove(&path).map_err(|source| file(&path, source))?;
        }
        Ok(old.iter().map(Date::to_string).collect())
    }

    /// The days that have a key here.
    fn days(&self) -> Result<Vec<Date>, SealError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(file(&self.folder, error)),
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        Ok(names.filter_map(|name| name.strip_suffix(".key")?.parse().ok()).collect())
    }

    fn path(&self, day: Date) -> PathBuf {
        self.folder.join(format!("{day}.key"))
    }

    fn read(&self, day: Date) -> Result<Option<LessSafeKey>, SealError> {
        let path = self.path(day);
        match fs::read(&path).map(Zeroizing::new) {
            Ok(bytes) => key_of(&bytes).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(file(&path, error)),
        }
    }

    /// The day's key; on the disk before anything is sealed with it.
    fn read_or_make(&self, day: Date) -> Result<LessSafeKey, SealError> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = self.read(day)? {
            return Ok(key);
        }
        let bytes = Zeroizing::new(random::<KEY_BYTES>()?);
        let path = self.path(day);
        write_new(&self.folder, &path, bytes.as_slice()).map_err(|source| file(&path, source))?;
        key_of(bytes.as_slice())
    }
}

/// UTC.
fn day_of(unix_ms: i64) -> Option<Date> {
    Some(jiff::Timestamp::from_millisecond(unix_ms).ok()?.to_zoned(TimeZone::UTC).date())
}

fn key_of(bytes: &[u8]) -> Result<LessSafeKey, SealError> {
    let key = UnboundKey::new(&AES_256_GCM, bytes);
    key.map(LessSafeKey::new).map_err(|_| SealError::Impossible("the key of the day is not 32 bytes long"))
}

fn bound(of: Bound, key_day: &str) -> Vec<u8> {
    [CONTEXT, &of.event_id, &of.text_id, key_day.as_bytes()].concat()
}

fn padded(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let length = u16::try_from(text.len()).ok()?;
    let whole = (LENGTH_BYTES + text.len()).next_multiple_of(STEP_BYTES);
    let mut clear = Zeroizing::new(Vec::with_capacity(whole));
    clear.extend(length.to_be_bytes());
    clear.extend(text.as_bytes());
    clear.resize(whole, 0);
    Some(clear)
}

fn unpadded(clear: &[u8]) -> Option<Zeroizing<String>> {
    let (length, rest) = clear.split_first_chunk::<LENGTH_BYTES>()?;
    let text = rest.get(..usize::from(u16::from_be_bytes(*length)))?;
    Some(Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned()))
}

fn random<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0_u8; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| SealError::Impossible("no random numbers"))?;
    Ok(bytes)
}

fn write_new(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    secret_file::put(path, bytes)
}

fn overwrite_and_remove(path: &Path) -> io::Result<()> {
    let mut old = OpenOptions::new().write(true).open(path)?;
    let length = usize::try_from(old.metadata()?.len()).unwrap_or(0);
    old.write_all(&vec![0; length])?;
    old.sync_all()?;
    fs::remove_file(path)?;
    path.parent().map_or(Ok(()), secret_file::sync)
}

fn file(path: &Path, source: io::Error) -> SealError {
    SealError::File { path: path.display().to_string(), source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const NOON_UNIX_MS: i64 = 1_795_780_800_000;
    const DAY_MS: i64 = 86_400_000;

    fn of(event: u8, text: u8) -> Bound {
        Bound { event_id: [event; 16], text_id: [text; 16] }
    }

    #[test]
    fn what_is_sealed_opens_for_its_own_alert_and_number_alone() {
        let dir = tempfile::tempdir().unwrap();
        let sealer = Sealer::below(dir.path());
        let sealed = sealer.seal(of(1, 2), "a woman in a green coat", NOON_UNIX_MS).unwrap();
        assert!(!sealed.bytes.windows(5).any(|part| part == b"green"));
        assert_eq!(sealer.open(of(1, 2), &sealed).unwrap().as_str(), "a woman in a green coat");
        for other in [of(1, 3), of(2, 2)] {
            assert!(matches!(sealer.open(other, &sealed), Err(SealError::Damaged)));
        }
        let other_day = SealedText { key_day: "2026-11-28".to_owned(), ..sealed.clone() };
        assert!(matches!(sealer.open(of(1, 2), &other_day), Err(SealError::NoKey)));
        for at in 0..sealed.bytes.len() {
            let mut bytes = sealed.bytes.clone();
            bytes[at] ^= 1;
            assert!(sealer.open(of(1, 2), &SealedText { bytes, ..sealed.clone() }).is_err(), "{at}");
            let bytes = sealed.bytes[..at].to_vec();
            assert!(sealer.open(of(1, 2), &SealedText { bytes, ..sealed.clone() }).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn nothing_tells_how_long_a_short_text_is_and_no_two_are_alike() {
        let dir = tempfile::tempdir().unwrap();
        let sealer = Sealer::below(dir.path());
        let seal = |text: &str| sealer.seal(of(1, 2), text, NOON_UNIX_MS).unwrap().bytes;
        assert_eq!(seal("").len(), seal(&"x".repeat(254)).len());
        assert!(seal(&"x".repeat(255)).len() > seal("").len());
        assert_ne!(seal("bin"), seal("bin"));
        assert!(sealer.seal(of(1, 2), &"x".repeat(70_000), NOON_UNIX_MS).is_err());
    }

    #[test]
    fn a_key_is_for_this_user_alone_lasts_its_day_and_is_destroyed_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let sealer = Sealer::below(dir.path());
        let days: Vec<_> =
            (0..3).map(|day| sealer.seal(of(1, 2), "text", NOON_UNIX_MS + day * DAY_MS).unwrap()).collect();
        let path = dir.path().join(FOLDER).join(format!("{}.key", days[0].key_day));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(dir.path().join(FOLDER)).unwrap().permissions().mode() & 0o777, 0o700);
        let again = Sealer::below(dir.path());
        assert_eq!(again.open(of(1, 2), &days[0]).unwrap().as_str(), "text", "after a restart");
        // The second day has begun and not ended.
        let destroyed = again.destroy_before(NOON_UNIX_MS + DAY_MS).unwrap();
        assert_eq!(destroyed, [days[0].key_day.clone()]);
        assert!(!path.exists());
        assert!(matches!(again.open(of(1, 2), &days[0]), Err(SealError::NoKey)));
        assert!(again.open(of(1, 2), &days[1]).is_ok() && again.open(of(1, 2), &days[2]).is_ok());
        assert!(again.destroy_before(NOON_UNIX_MS + DAY_MS).unwrap().is_empty());
    }
}
