//! The keys of the days. They live outside the database, which keeps old pages: destroying a day's key is the
//! erasure of everything sealed on that day.
//!
//! One file a day, `YYYY-MM-DD.key`, mode 0600, made whole (written aside, synced, renamed, folder synced):
//! ```text
//! [8] "VELUMKY1" · [32] key · [8] first bytes of SHA-256 over magic, the day (u32, big-endian) and the key
//! ```
//! The key lies there in the clear: it protects old pages and copies of the database after its destruction, not
//! a running box against who can read its disk. That is the disk encryption's task.
//!
//! **Nonces.** AES-256-GCM with random 96-bit nonces from the system's generator. A nonce that follows from the
//! sequence would repeat when a disk is set back to an earlier state, and a repeated nonce under the same key
//! opens both texts; random ones do not. The bound for random nonces is 2^32 seals a key (NIST SP 800-38D,
//! 8.3); a key lives a day, and even a thousand seals a second for a day stay under 2^27.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{Context, SHA256};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

use crate::day::Day;
use crate::error::OutboxError;
use crate::files;

const MAGIC: &[u8; 8] = b"VELUMKY1";
const KEY_LEN: usize = 32;
const CHECK_LEN: usize = 8;
/// What keeps salts apart from anything else that is made of a key.
const SALT: &[u8] = b"velum-egress";

/// Why sealed bytes did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// There is no usable key of that day.
    KeyMissing,
    /// The key may be there, and the system does not give it now: this says nothing about what was sealed.
    Unavailable(OutboxError),
    /// The key is there, and the bytes are not what was sealed with it.
    Altered,
}

/// The keys in one folder.
pub(crate) struct DayKeys {
    dir: PathBuf,
    random: SystemRandom,
    open: Mutex<BTreeMap<Day, LessSafeKey>>,
}

impl DayKeys {
    pub(crate) fn open(dir: &Path) -> Result<Self, OutboxError> {
        files::make_dir(dir)?;
        Ok(Self { dir: dir.to_owned(), random: SystemRandom::new(), open: Mutex::default() })
    }

    /// Nonce, then what was sealed with its tag. Makes the day's key where there is none.
    pub(crate) fn seal(&self, day: Day, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, OutboxError> {
        let mut nonce = [0_u8; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| OutboxError::Random)?;
        let mut body = plain.to_vec();
        let mut open = self.open.lock();
        let key = match open.entry(day) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(slot) => slot.insert(self.read_or_make(day)?),
        };
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut body)
            .map_err(|_| OutboxError::Key(self.path(day)))?;
        let mut sealed = nonce.to_vec();
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// What was sealed.
    pub(crate) fn unseal(&self, day: Day, aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Sealed> {
        let (nonce, body) = sealed.split_at_checked(NONCE_LEN).ok_or(Sealed::Altered)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| Sealed::Altered)?;
        let mut open = self.open.lock();
        let key = match open.entry(day) {
            Slot::Occupied(known) => known.into_mut(),
            Slot::Vacant(slot) => {
                let key = self.read(day).map_err(Sealed::Unavailable)?;
                slot.insert(key.ok_or(Sealed::KeyMissing)?)
            }
        };
        let mut body = body.to_vec();
        let plain = key.open_in_place(nonce, Aad::from(aad), &mut body).map_err(|_| Sealed::Altered)?.len();
        body.truncate(plain);
        Ok(body)
    }

    /// A salt for a commitment, of the day's key and what it is bound to; none where the key is gone. It goes with
    /// the key.
    pub(crate) fn salt(&self, day: Day, bound_to: &[u8]) -> Result<Option<[u8; 32]>, OutboxError> {
        let path = self.path(day);
        let bytes = match fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(OutboxError::file(&path)(error)),
        };
        if key_of(day, &bytes).is_none() {
            return Ok(None);
        }
        let raw = bytes.get(MAGIC.len()..MAGIC.len() + KEY_LEN).unwrap_or_default();
        let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, raw), &[SALT, bound_to].concat());
        Ok(mac.as_ref().try_into().ok())
    }

    /// The days that have a key here.
    pub(crate) fn days(&self) -> Result<Vec<Day>, OutboxError> {
        let names = fs::read_dir(&self.dir).map_err(OutboxError::file(&self.dir))?;
        let day = |name: &str| name.strip_suffix(".key").and_then(Day::parse);
        Ok(names.flatten().filter_map(|entry| day(entry.file_name().to_str()?)).collect())
    }

    /// Destroys a day's key, on the disk and in memory. A day without a key is fine.
    pub(crate) fn destroy(&self, day: Day) -> Result<(), OutboxError> {
        let mut open = self.open.lock();
        open.remove(&day);
        let path = self.path(day);
        let is_there = path.try_exists().map_err(OutboxError::file(&path))?;
        if is_there { files::overwrite_and_remove(&path) } else { Ok(()) }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    fn path(&self, day: Day) -> PathBuf {
        self.dir.join(format!("{day}.key"))
    }

    /// The day's key; none only where there is no file or a damaged one.
    fn read(&self, day: Day) -> Result<Option<LessSafeKey>, OutboxError> {
        let path = self.path(day);
        match fs::read(&path) {
            Ok(bytes) => Ok(key_of(day, &Zeroizing::new(bytes))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(OutboxError::file(&path)(error)),
        }
    }

    /// The day's key; a new one where there is none or where the file is damaged (then what was sealed with it
    /// is lost, and its records say so).
    fn read_or_make(&self, day: Day) -> Result<LessSafeKey, OutboxError> {
        if let Some(key) = self.read(day)? {
            return Ok(key);
        }
        let mut key = [0_u8; KEY_LEN];
        self.random.fill(&mut key).map_err(|_| OutboxError::Random)?;
        let written = files::write_new(&self.path(day), &file_of(day, &key));
        let made = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| OutboxError::Key(self.path(day)));
        key.zeroize();
        written?;
        Ok(LessSafeKey::new(made?))
    }
}

fn key_of(day: Day, file: &[u8]) -> Option<LessSafeKey> {
    let key = file.strip_prefix(MAGIC)?.get(..KEY_LEN)?;
    let is_whole = *file == **file_of(day, key);
    is_whole.then(|| UnboundKey::new(&AES_256_GCM, key).ok().map(LessSafeKey::new))?
}

fn file_of(day: Day, key: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut digest = Context::new(&SHA256);
    digest.update(MAGIC);
    digest.update(&day.0.to_be_bytes());
    digest.update(key);
    let check = digest.finish();
    let mut file = Zeroizing::new(Vec::with_capacity(MAGIC.len() + KEY_LEN + CHECK_LEN));
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(key);
    file.extend(check.as_ref().iter().take(CHECK_LEN));
    file
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const DAY: Day = Day(20_778);

    fn keys() -> (tempfile::TempDir, DayKeys) {
        let dir = tempfile::tempdir().unwrap();
        let keys = DayKeys::open(&dir.path().join("keys")).unwrap();
        (dir, keys)
    }

    #[test]
    fn what_was_sealed_opens_under_its_key_and_aad_only() {
        let (dir, keys) = keys();
        let sealed = keys.seal(DAY, b"aad", b"text").unwrap();
        assert_eq!(keys.unseal(DAY, b"aad", &sealed), Ok(b"text".to_vec()));
        assert_eq!(keys.unseal(DAY, b"bad", &sealed), Err(Sealed::Altered));
        assert_eq!(keys.unseal(Day(1), b"aad", &sealed), Err(Sealed::KeyMissing));
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1;
            assert_eq!(keys.unseal(DAY, b"aad", &altered), Err(Sealed::Altered));
            assert_eq!(keys.unseal(DAY, b"aad", &sealed[..index]), Err(Sealed::Altered));
        }
        let again = DayKeys::open(&dir.path().join("keys")).unwrap();
        assert_eq!(again.unseal(DAY, b"aad", &sealed), Ok(b"text".to_vec()));
    }

    #[test]
    fn the_key_file_is_for_this_user_alone() {
        let (_dir, keys) = keys();
        keys.seal(DAY, b"", b"").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&keys.path(DAY)), 0o600);
        assert_eq!(mode(&keys.dir), 0o700);
        assert_eq!(keys.days(), Ok(vec![DAY]));
    }

    #[test]
    fn a_destroyed_key_opens_nothing() {
        let (_dir, keys) = keys();
        let sealed = keys.seal(DAY, b"", b"text").unwrap();
        let salt = keys.salt(DAY, b"1").unwrap().unwrap();
        assert_eq!(keys.salt(DAY, b"1").unwrap(), Some(salt));
        assert_ne!(keys.salt(DAY, b"2").unwrap(), Some(salt));
        keys.destroy(DAY).unwrap();
        keys.destroy(DAY).unwrap();
        assert_eq!(keys.salt(DAY, b"1").unwrap(), None, "the salt goes with the key");
        assert_eq!(keys.unseal(DAY, b"", &sealed), Err(Sealed::KeyMissing));
        assert_eq!(keys.days(), Ok(vec![]));
        keys.seal(DAY, b"", b"new").unwrap();
        assert_eq!(keys.unseal(DAY, b"", &sealed), Err(Sealed::Altered));
    }

    #[test]
    fn a_key_that_cannot_be_read_now_is_neither_missing_nor_replaced() {
        let (_dir, keys) = keys();
        let sealed = keys.seal(DAY, b"", b"text").unwrap();
        let (path, away) = (keys.path(DAY), keys.path(DAY).with_extension("away"));
        fs::rename(&path, &away).unwrap();
        fs::create_dir(&path).unwrap();
        let again = DayKeys::open(&keys.dir).unwrap();
        let refused = OutboxError::File { path: path.clone(), kind: io::ErrorKind::IsADirectory };
        assert_eq!(again.unseal(DAY, b"", &sealed), Err(Sealed::Unavailable(refused.clone())));
        assert_eq!(again.seal(DAY, b"", b"new"), Err(refused));
        fs::remove_dir(&path).unwrap();
        fs::rename(&away, &path).unwrap();
        assert_eq!(again.unseal(DAY, b"", &sealed), Ok(b"text".to_vec()));
    }

    #[test]
    fn a_damaged_key_file_is_no_key() {
        let (_dir, keys) = keys();
        let sealed = keys.seal(DAY, b"", b"text").unwrap();
        let whole = fs::read(keys.path(DAY)).unwrap();
        for length in 0..whole.len() {
            let damaged = DayKeys::open(&keys.dir).unwrap();
            fs::write(keys.path(DAY), &whole[..length]).unwrap();
            assert_eq!(damaged.unseal(DAY, b"", &sealed), Err(Sealed::KeyMissing));
        }
    }
}
