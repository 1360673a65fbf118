//! What the start finds: the last file is followed from its first line to its end before anything is added.

use std::fs;
use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use crate::audit::chain::Chain;
use crate::audit::fault::{Fault, Located};
use crate::audit::folder::{self, LineRead, Lines};
use crate::audit::line::Line;
use crate::audit::{AuditError, text};
use crate::keys::PublicKey;

/// What the start found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// How many records the log has, in this incarnation; notices of this start not counted.
    pub records: u64,
    /// A line that was not whole. It is set aside, and a notice says so.
    pub set_aside: Option<SetAside>,
    /// A chain that is broken. The file stays as it is; the log began anew in the next, and a notice says so.
    pub broken: Option<Break>,
}

/// A last line that was not whole, as after a power cut. Nobody acted on it: its write had not returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is kept.
    pub path: PathBuf,
    /// The number of the file it stood in.
    pub file: u64,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: Digest,
}

/// A file whose chain is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// The number of that file.
    pub file: u64,
    /// The first line that is wrong, and what is wrong with it.
    pub found: Located,
    /// SHA-256 of the file as it was found.
    pub sha256: Digest,
}

/// A file, followed to its end.
pub(crate) struct Scan {
    pub(crate) chain: Chain,
    /// The month in which it was begun.
    pub(crate) month: String,
    /// Up to the end of the last whole line.
    pub(crate) length: u64,
    /// What stands behind it.
    pub(crate) unfinished: Option<Vec<u8>>,
}

/// Follows a file from its first line to its end; `Err` inside is the first line that is wrong.
pub(crate) fn scan(path: &Path, keys: &[PublicKey]) -> Result<Result<Scan, Located>, AuditError> {
    let mut lines = Lines::open(path)?;
    let mut scan: Option<Scan> = None;
    let mut next = lines.read()?;
    let mut line = 0_u64;
    while let Some(read) = next {
        line += 1;
        next = lines.read()?;
        let is_last = next.is_none();
        let followed = match (&mut scan, read) {
            (None, LineRead::Whole(bytes)) => begin(&bytes).map(|begun| scan = Some(begun)),
            (None, LineRead::Unfinished(_)) => Err(Fault::Unfinished),
            (Some(scan), LineRead::Whole(bytes)) if is_last && bytes.contains(&0) => {
                scan.unfinished = Some([&bytes[..], b"\n"].concat());
                Ok(())
            }
            (Some(scan), LineRead::Whole(bytes)) => scan.follow(&bytes, keys),
            (Some(scan), LineRead::Unfinished(bytes)) => {
                scan.unfinished = Some(bytes);
                Ok(())
            }
        };
        if let Err(fault) = followed {
            let after = scan.as_ref().and_then(|scan| scan.chain.last_record());
            return Ok(Err(Located { path: path.to_owned(), line, after, fault }));
        }
    }
    Ok(scan.ok_or(Located { path: path.to_owned(), line: 1, after: None, fault: Fault::Unfinished }))
}

fn begin(bytes: &[u8]) -> Result<Scan, Fault> {
    let (chain, linked) = Chain::open(bytes)?;
    let time = match &linked.line {
        Line::Opening(opening) => text::time(opening.time),
        _ => None,
    };
    let month = text::month(&time.unwrap_or_default());
    Ok(Scan { chain, month, length: length(bytes), unfinished: None })
}

/// With its line feed.
fn length(bytes: &[u8]) -> u64 {
    bytes.len() as u64 + 1
}

impl Scan {
    fn follow(&mut self, bytes: &[u8], keys: &[PublicKey]) -> Result<(), Fault> {
        self.chain.follow(bytes, keys)?;
        self.length += length(bytes);
        Ok(())
    }

    /// Keeps what is unfinished beside the log, and cuts it off.
    pub(crate) fn set_aside(&mut self, path: &Path) -> Result<Option<SetAside>, AuditError> {
        let Some(bytes) = self.unfinished.take() else { return Ok(None) };
        let aside = path.with_file_name(format!("torn-{:06}-{}.bin", self.chain.file, self.length));
        drop(folder::create(&aside, &bytes)?);
        let cut = || {
            let file = fs::OpenOptions::new().write(true).open(path)?;
            file.set_len(self.length)?;
            file.sync_all()
        };
        cut().map_err(AuditError::at(path))?;
        let (file, sha256) = (self.chain.file, Digest::of(&bytes));
        Ok(Some(SetAside { path: aside, file, bytes: bytes.len() as u64, sha256 }))
    }
}
