//! The audit pack of a time, as one file: what `velum audit pack` makes of a log, zipped.
//!
//! Invariants: it lies in a folder of its own, readable by nobody else, and has no name any more once it is read from; one is
//! made at a time, and what an earlier one left behind is cleared first.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Seek as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use velum_policy::PublicKey;
use velum_policy::audit::{AuditError, Pack, Period, write_pack};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Beside the log's folder.
const FOLDER: &str = "packs";
const MADE_BY: &str = concat!("velum-hub ", env!("CARGO_PKG_VERSION"));
/// A longer pack is for `velum audit pack`, where the log lies.
const MOST_BYTES: u64 = 512 << 20;

/// Which time, and the policies that decided in it.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) period: Period,
    /// Names of files, and the signed policies in them.
    pub(crate) policies: Vec<(String, Vec<u8>)>,
}

/// Makes the pack and returns the archive, at its beginning.
pub(super) fn make(log: &Path, key: PublicKey, wanted: &Wanted) -> Result<File, AuditError> {
    let home = log.with_file_name(FOLDER);
    let cleared = clear(&home);
    cleared.map_err(at(&home))?;
    let made = pack_and_zip(log, key, wanted, &home);
    clear(&home).map_err(at(&home))?;
    made
}

fn pack_and_zip(log: &Path, key: PublicKey, wanted: &Wanted, home: &Path) -> Result<File, AuditError> {
    DirBuilder::new().mode(0o700).create(home).map_err(at(home))?;
    let (folder, archive) = (home.join("audit-pack"), home.join("audit-pack.zip"));
    let keys = [key];
    let pack = Pack {
        period: wanted.period,
        keys: &keys,
        attest: None,
        policies: &wanted.policies,
        made_by: MADE_BY,
    };
    write_pack(log, &pack, &folder)?;
    zipped(&folder, &archive).map_err(at(&archive))
}

fn clear(home: &Path) -> io::Result<()> {
    match fs::remove_dir_all(home) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> AuditError {
    let path = path.to_owned();
    move |error| AuditError::Io { path, error }
}

/// Zips a folder and the folders in it, under its own name.
fn zipped(folder: &Path, archive: &Path) -> io::Result<File> {
    let mut paths = Vec::new();
    let bytes = collect(folder, &mut paths)?;
    if bytes > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("{} MiB, and {} MiB at most are handed out here", bytes >> 20, MOST_BYTES >> 20),
        ));
    }
    paths.sort();
    let above = folder.parent().unwrap_or(folder);
    let file = File::options().read(true).write(true).create_new(true).open(archive)?;
    let mut zip = ZipWriter::new(file);
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for path in &paths {
        let name = path.strip_prefix(above).unwrap_or(path);
        zip.start_file(name.to_string_lossy(), options.unix_permissions(0o600)).map_err(io::Error::other)?;
        io::copy(&mut File::open(path)?, &mut zip)?;
    }
    let mut file = zip.finish().map_err(io::Error::other)?;
    file.rewind()?;
    Ok(file)
}

/// The files below a folder; how long they are together.
fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> io::Result<u64> {
    let mut bytes: u64 = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let more = match entry.file_type()?.is_dir() {
            true => collect(&entry.path(), into)?,
            false => {
                into.push(entry.path());
                entry.metadata()?.len()
            }
        };
        bytes = bytes.saturating_add(more);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use velum_policy::audit::{Timestamp, verify_pack};
    use zip::ZipArchive;

    use super::*;
    use crate::audit::Audit;
    use crate::clock::SystemClock;
    use crate::identity::Name;

    fn wanted(from_secs: i64, to_secs: i64) -> Wanted {
        let (from, to) = (Timestamp::from_unix_secs(from_secs), Timestamp::from_unix_secs(to_secs));
        Wanted { period: Period { from, to, newest: None }, policies: Vec::new() }
    }

    #[tokio::test]
    async fn what_is_unzipped_is_a_pack_that_verifies_and_nothing_is_left_here() {
        let dir = tempfile::tempdir().unwrap();
        let audit = Audit::at(dir.path(), "hub", Arc::new(SystemClock)).unwrap();
        for user in ["anna", "dora"] {
            audit.logged_in(&Name::parse(user).unwrap()).await.unwrap();
        }
        fs::create_dir(dir.path().join(FOLDER)).unwrap();
        fs::write(dir.path().join(FOLDER).join("of-a-hub-that-was-killed"), "x").unwrap();
        let archive = audit.pack(wanted(0, 4_000_000_000)).await.unwrap();
        assert!(!dir.path().join(FOLDER).exists());
        let out = tempfile::tempdir().unwrap();
        let mut archive = ZipArchive::new(archive).unwrap();
        archive.extract(out.path()).unwrap();
        let key = audit.log.public_key();
        let report = verify_pack(&out.path().join("audit-pack"), &[key], &[]).unwrap();
        assert!(report.log.is_sound() && report.log.records == 2, "{report:?}");
        let readme = fs::read_to_string(out.path().join("audit-pack/README.txt")).unwrap();
        assert!(readme.contains("Made by velum-hub ") && readme.contains(&audit.public_key()), "{readme}");
    }

    #[tokio::test]
    async fn of_a_time_before_the_log_there_is_a_pack_without_records() {
        let dir = tempfile::tempdir().unwrap();
        let audit = Audit::at(dir.path(), "hub", Arc::new(SystemClock)).unwrap();
        audit.logged_in(&Name::parse("anna").unwrap()).await.unwrap();
        let archive = audit.pack(wanted(0, 86_400)).await.unwrap();
        let out = tempfile::tempdir().unwrap();
        ZipArchive::new(archive).unwrap().extract(out.path()).unwrap();
        let report = verify_pack(&out.path().join("audit-pack"), &[audit.log.public_key()], &[]).unwrap();
        assert!(report.log.is_sound() && report.log.operations.is_empty(), "{report:?}");
    }
}
