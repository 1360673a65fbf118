//! What must survive the loss of the database: which numbers were given.
//!
//! File `marks`, 4144 bytes: two slots at 0 and 4096, written in turn and synced, so that a torn write leaves
//! the one before. Integers big-endian:
//! ```text
//! [8] "VELUMMK1" · u64 turn · [16] incarnation · u64 highest number given
//! · [8] first bytes of SHA-256 over all before
//! ```

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::digest::{SHA256, digest};

use crate::bytes::{Reader, Writer};
use crate::error::OutboxError;
use crate::files;
use crate::layout::Incarnation;

const MAGIC: &[u8; 8] = b"VELUMMK1";
const BODY_LEN: usize = 40;
const CHECK_LEN: usize = 8;
const SLOT_OFFSETS: [u64; 2] = [0, 4_096];

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Marks {
    /// Whose numbers.
    pub(crate) incarnation: Incarnation,
    /// The highest number given.
    pub(crate) last_sequence: u64,
}

/// What the file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MarksFound {
    /// There is no file, or none of it was ever written: no number was given on this disk.
    Nothing,
    /// Numbers may have been given; which, is not known.
    Damaged,
    /// These.
    Marks(Marks),
}

impl MarksFound {
    /// The marks, where they could be read.
    pub(crate) fn known(self) -> Option<Marks> {
        match self {
            Self::Marks(marks) => Some(marks),
            Self::Nothing | Self::Damaged => None,
        }
    }
}

/// The open file.
pub(crate) struct MarkFile {
    path: PathBuf,
    file: File,
    turn: u64,
}

impl MarkFile {
    /// Opens the file and says what it held.
    ///
    /// # Errors
    /// Where the file is there and cannot be read: that says nothing about which numbers were given.
    pub(crate) fn open(dir: &Path) -> Result<(Self, MarksFound), OutboxError> {
        let path = dir.join("marks");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(OutboxError::file(&path)(error)),
        };
        let slot = |offset: u64| decode(bytes.get(usize::try_from(offset).ok()?..)?);
        let newest = SLOT_OFFSETS.into_iter().filter_map(slot).max_by_key(|&(turn, _)| turn);
        let found = match newest {
            Some((_, marks)) => MarksFound::Marks(marks),
            None if bytes.is_empty() => MarksFound::Nothing,
            None => MarksFound::Damaged,
        };
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = file.map_err(OutboxError::file(&path))?;
        files::sync_dir(dir)?;
        let turn = newest.map_or(0, |(turn, _)| turn);
        Ok((Self { path, file, turn }, found))
    }

    /// Writes the marks; they are on the disk when this returns.
    pub(crate) fn write(&mut self, marks: &Marks) -> Result<(), OutboxError> {
        let turn = self.turn.wrapping_add(1);
        let offset = if turn.is_multiple_of(2) { 0 } else { 4_096 };
        let bytes = encode(turn, marks);
        let write = self.file.write_all_at(&bytes, offset).and_then(|()| self.file.sync_all());
        write.map_err(OutboxError::file(&self.path))?;
        self.turn = turn;
        Ok(())
    }
}

fn encode(turn: u64, marks: &Marks) -> Vec<u8> {
    let mut out = Writer::default();
    out.bytes(MAGIC).u64(turn).bytes(&marks.incarnation.0).u64(marks.last_sequence);
    let check = digest(&SHA256, &out.0);
    out.0.extend(check.as_ref().iter().take(CHECK_LEN));
    out.0
}

fn decode(bytes: &[u8]) -> Option<(u64, Marks)> {
    let (body, rest) = bytes.split_at_checked(BODY_LEN)?;
    if !digest(&SHA256, body).as_ref().starts_with(rest.get(..CHECK_LEN)?) {
        return None;
    }
    let mut from = Reader::new(body.strip_prefix(MAGIC)?);
    let turn = from.u64()?;
    Some((turn, Marks { incarnation: Incarnation(from.array()?), last_sequence: from.u64()? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(last_sequence: u64) -> Marks {
        Marks { incarnation: Incarnation([7; 16]), last_sequence }
    }

    #[test]
    fn the_newest_whole_slot_counts() {
        let dir = tempfile::tempdir().unwrap();
        let found = || MarkFile::open(dir.path()).unwrap().1;
        let (mut file, nothing) = MarkFile::open(dir.path()).unwrap();
        assert_eq!(nothing, MarksFound::Nothing);
        for sequence in 1..=5 {
            file.write(&marks(sequence)).unwrap();
            assert_eq!(found(), MarksFound::Marks(marks(sequence)));
        }
        let path = dir.path().join("marks");
        let whole = fs::read(&path).unwrap();
        for damaged in 4_096..4_144 {
            let mut bytes = whole.clone();
            bytes[damaged] ^= 0x40;
            fs::write(&path, &bytes).unwrap();
            assert_eq!(found(), MarksFound::Marks(marks(4)), "byte {damaged}");
        }
        let both_damaged: Vec<u8> = whole.iter().map(|byte| byte ^ 1).collect();
        for (bytes, expected) in [
            (&both_damaged[..], MarksFound::Damaged),
            (&whole[..10], MarksFound::Damaged),
            (&[], MarksFound::Nothing),
        ] {
            fs::write(&path, bytes).unwrap();
            assert_eq!(found(), expected, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn marks_that_cannot_be_read_are_not_taken_for_none() {
        let dir = tempfile::tempdir().unwrap();
        // Root may read every file, but nobody a folder.
        fs::create_dir(dir.path().join("marks")).unwrap();
        let refused = MarkFile::open(dir.path()).map(|(_, found)| found);
        assert!(matches!(refused, Err(OutboxError::File { .. })), "{refused:?}");
    }
}
