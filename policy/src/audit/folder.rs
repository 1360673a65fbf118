//! The folder of a log: its files, in their order, and how their lines are read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use velum_vocab::Digest;

use crate::audit::AuditError;
use crate::audit::line::LONGEST_BYTES;

/// Makes the folder, for this user alone.
pub(crate) fn make(dir: &Path) -> Result<(), AuditError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(AuditError::at(dir))?;
    sync(dir)?;
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync)
}

/// Makes names in a folder durable.
fn sync(dir: &Path) -> Result<(), AuditError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(AuditError::at(dir))
}

/// Keeps other processes out for as long as the file is open.
pub(crate) fn lock(dir: &Path) -> Result<File, AuditError> {
    let path = dir.join("lock");
    velum_vocab::take_lock(&path)
        .map_err(AuditError::at(&path))?
        .ok_or_else(|| AuditError::InUse(dir.to_owned()))
}

/// The name of a file of the log.
pub(crate) fn name(file: u64, month: &str) -> String {
    format!("audit-{file:06}-{month}.jsonl")
}

/// The number and the month in a name.
pub(crate) fn parse_name(path: &Path) -> Option<(u64, String)> {
    let inside = path.file_name()?.to_str()?.strip_prefix("audit-")?.strip_suffix(".jsonl")?;
    let (file, month) = inside.split_once('-')?;
    let file = file.parse().ok()?;
    (name(file, month) == path.file_name()?.to_str()?).then(|| (file, month.to_owned()))
}

/// The files in a folder, in their order; none where there is no folder yet.
pub(crate) fn list(dir: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(AuditError::at(dir))? {
        let path = entry.map_err(AuditError::at(dir))?.path();
        files.extend(parse_name(&path).map(|(file, _)| (file, path)));
    }
    files.sort();
    Ok(files)
}

/// The files of a log: `path` itself where it is a file, else those in the folder.
pub(crate) fn files_of(path: &Path) -> Result<Vec<PathBuf>, AuditError> {
    if !fs::metadata(path).map_err(AuditError::at(path))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let files: Vec<_> = list(path)?.into_iter().map(|(_, path)| path).collect();
    if files.is_empty() { Err(AuditError::NoLog(path.to_owned())) } else { Ok(files) }
}

/// Writes a new file, all of it or nothing, and opens it at its end.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> Result<File, AuditError> {
    let unfinished = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().map_err(AuditError::at(path))?;
    path.parent().map_or(Ok(()), sync)?;
    reopen(path)
}

/// Opens a file at its end.
pub(crate) fn reopen(path: &Path) -> Result<File, AuditError> {
    OpenOptions::new().append(true).read(true).open(path).map_err(AuditError::at(path))
}

/// SHA-256 of a file of any length.
pub(crate) fn sha256(path: &Path) -> Result<Digest, AuditError> {
    let mut file = File::open(path).map_err(AuditError::at(path))?;
    let (mut context, mut buffer) = (Context::new(&SHA256), vec![0; 64 * 1_024]);
    loop {
        let read = file.read(&mut buffer).map_err(AuditError::at(path))?;
        if read == 0 {
            break;
        }
        context.update(buffer.get(..read).unwrap_or_default());
    }
    Ok(<[u8; 32]>::try_from(context.finish().as_ref()).map_or(Digest([0; 32]), Digest))
}

/// The lines of a file. None is held that is longer than any that the log writes.
pub(crate) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
}

/// A line without its line feed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LineRead {
    /// Up to its line feed.
    Whole(Vec<u8>),
    /// The last one, which has none.
    Unfinished(Vec<u8>),
}

impl Lines {
    pub(crate) fn open(path: &Path) -> Result<Self, AuditError> {
        let file = File::open(path).map_err(AuditError::at(path))?;
        Ok(Self { path: path.to_owned(), reader: BufReader::new(file) })
    }

    /// The next line; of one that is too long, its beginning (which is refused when it is parsed).
    pub(crate) fn read(&mut self) -> Result<Option<LineRead>, AuditError> {
        let mut line = Vec::new();
        let most = LONGEST_BYTES as u64 + 2;
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut line);
        read.map_err(AuditError::at(&self.path))?;
        Ok(match line.pop() {
            None => None,
            Some(b'\n') => Some(LineRead::Whole(line)),
            Some(last) => {
                line.push(last);
                let is_too_long = line.len() > LONGEST_BYTES;
                Some(if is_too_long { LineRead::Whole(line) } else { LineRead::Unfinished(line) })
            }
        })
    }
}
