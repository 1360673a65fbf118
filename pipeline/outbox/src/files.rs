//! Files that must be on the disk when a call returns.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::OutboxError;

/// Makes a folder that only this user can enter, and its parents.
pub(crate) fn make_dir(dir: &Path) -> Result<(), OutboxError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(OutboxError::file(dir))?;
    sync_dir(dir)?;
    dir.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync_dir)
}

/// Makes names in a folder durable: new, renamed and removed ones.
pub(crate) fn sync_dir(dir: &Path) -> Result<(), OutboxError> {
    File::open(dir).and_then(|file| file.sync_all()).map_err(OutboxError::file(dir))
}

/// Writes a file that only this user can read, all of it or nothing.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), OutboxError> {
    let unfinished = path.with_extension("new");
    let write = || {
        let mut options = OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)
    };
    write().map_err(OutboxError::file(path))?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Free bytes for this user on the folder's file system; where the system does not say, its own error will.
pub(crate) fn free_bytes(dir: &Path) -> u64 {
    rustix::fs::statvfs(dir).map_or(u64::MAX, |stat| stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Overwrites a file with zeros, then removes it. A disk that remaps its blocks (flash) may keep the old ones
/// for a while: there, the disk itself must be encrypted.
pub(crate) fn overwrite_and_remove(path: &Path) -> Result<(), OutboxError> {
    let destroy = || {
        let mut file = OpenOptions::new().write(true).open(path)?;
        let length = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        file.write_all(&vec![0; length])?;
        file.sync_all()?;
        fs::remove_file(path)
    };
    destroy().map_err(OutboxError::file(path))?;
    path.parent().map_or(Ok(()), sync_dir)
}
