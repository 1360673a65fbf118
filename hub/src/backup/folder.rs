//! The folder of a backup.
//!
//! ```text
//! velum-hub-20261126T180500Z/
//!   backup.json        {"format": "velum-hub-backup", "version": 1, "hub": "hub", "made": "2026-11-26T18:05:00Z",
//!                       "files": [{"path": "audit/audit-000001-2026-11.jsonl", "bytes": 812, "sha256": "..."}]}
//!   hub.sqlite         the database, without what is deleted
//!   audit/ audit.key audit.pub
//! ```
//! Written beside and renamed: a folder of this name is whole.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use velum_policy::audit::file_digest;

/// As the store names it.
pub(super) const DATABASE: &str = "hub.sqlite";
const LOG: &str = "audit";
/// Beside the log.
const KEYS: [&str; 2] = ["audit.key", "audit.pub"];
/// What is put in its place, in the order in which it is looked for.
const PARTS: [&str; 4] = [DATABASE, LOG, KEYS[0], KEYS[1]];
const MANIFEST: &str = "backup.json";
const FORMAT: &str = "velum-hub-backup";
const VERSION: u32 = 1;
/// No manifest is longer.
const LONGEST_BYTES: u64 = 16 << 20;

/// How the folder of a backup is named after its time.
const NAMED: &str = "velum-hub-%Y%m%dT%H%M%SZ";

/// The newest that is whole, by its name.
pub(super) fn newest(of: &Path) -> io::Result<Option<(PathBuf, Timestamp)>> {
    let mut newest = None;
    for entry in fs::read_dir(of)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let made =
            jiff::civil::DateTime::strptime(NAMED, name).and_then(|at| at.to_zoned(jiff::tz::TimeZone::UTC));
        let Ok(made) = made.map(|at| at.timestamp()) else { continue };
        if path.join(MANIFEST).exists() && newest.as_ref().is_none_or(|(_, before)| *before < made) {
            newest = Some((path, made));
        }
    }
    Ok(newest)
}

/// One backup.
pub(super) struct Backup {
    /// Where it lies; while it is made, beside its name.
    folder: PathBuf,
    /// Taken away when it is dropped: it is not whole.
    is_unfinished: bool,
    /// When it was made.
    pub(super) made: Timestamp,
    files: Vec<FileOf>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: String,
    version: u32,
    hub: String,
    made: String,
    files: Vec<FileOf>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileOf {
    path: String,
    bytes: u64,
    sha256: String,
}

impl Backup {
    /// Begins one below `to`.
    pub(super) fn begin(to: &Path, made: Timestamp) -> anyhow::Result<Self> {
        let name = made.strftime(NAMED).to_string();
        ensure!(!to.join(&name).exists(), "{}: there already", to.join(&name).display());
        let folder = to.join(format!("{name}.unfinished"));
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| at(&folder))?;
        }
        private_folder(&folder)?;
        Ok(Self { folder, is_unfinished: true, made, files: Vec::new() })
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Copies the audit log and its keys. A line that is being written is taken as far as it is there; whoever opens the
    /// log cuts it away, and says so.
    pub(super) fn take_log(&self, data_dir: &Path) -> anyhow::Result<()> {
        let log = data_dir.join(LOG);
        private_folder(&self.path(LOG))?;
        for name in names_in(&log)? {
            copy(&log.join(&name), &self.path(LOG).join(&name))?;
        }
        for key in KEYS {
            copy(&data_dir.join(key), &self.path(key))?;
        }
        Ok(())
    }

    /// Writes what it consists of, and gives it its name.
    pub(super) fn finish(mut self, hub: &str) -> anyhow::Result<PathBuf> {
        let mut paths = vec![DATABASE.to_owned()];
        paths.extend(KEYS.map(str::to_owned));
        paths.extend(names_in(&self.path(LOG))?.into_iter().map(|name| format!("{LOG}/{name}")));
        let files = paths.into_iter().map(|path| self.describe(path)).collect::<anyhow::Result<_>>()?;
        let manifest = Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            hub: hub.to_owned(),
            made: self.made.to_string(),
            files,
        };
        let mut file = private_file(&self.path(MANIFEST))?;
        serde_json::to_writer_pretty(&mut file, &manifest).with_context(|| at(&self.path(MANIFEST)))?;
        file.sync_all().with_context(|| at(&self.path(MANIFEST)))?;
        let named = self.folder.with_extension("");
        fs::rename(&self.folder, &named).with_context(|| at(&named))?;
        self.is_unfinished = false;
        sync_folder(named.parent().unwrap_or(&named))?;
        Ok(named)
    }

    fn describe(&self, path: String) -> anyhow::Result<FileOf> {
        let file = self.path(&path);
        File::open(&file).and_then(|file| file.sync_all()).with_context(|| at(&file))?;
        let bytes = fs::metadata(&file).with_context(|| at(&file))?.len();
        Ok(FileOf { sha256: file_digest(&file)?.to_string(), path, bytes })
    }

    /// Opens one, and looks at every byte of it.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(MANIFEST);
        let length = fs::metadata(&path).with_context(|| {
            format!("{}: expected the folder of a backup, as `velum-hub backup` prints it", folder.display())
        })?;
        ensure!(length.len() <= LONGEST_BYTES, "{}: too long for the manifest of a backup", path.display());
        let text = fs::read_to_string(&path).with_context(|| at(&path))?;
        let manifest: Manifest = serde_json::from_str(&text)
            .with_context(|| format!("{}: not the manifest of a backup", path.display()))?;
        let Manifest { format, version, made, files, .. } = manifest;
        ensure!(
            format == FORMAT && version == VERSION,
            "{}: format `{}` version {version}, expected `{FORMAT}` version {VERSION}; restore it with the program that made it",
            path.display(),
            format.escape_debug()
        );
        let made = made.parse().with_context(|| format!("{}: made: not a moment", path.display()))?;
        let backup = Self { folder: folder.to_owned(), is_unfinished: false, made, files };
        backup.files.iter().try_for_each(|file| backup.verify(file))?;
        ensure!(
            backup.files.iter().any(|file| file.path == DATABASE),
            "{}: names no {DATABASE}",
            path.display()
        );
        Ok(backup)
    }

    fn verify(&self, file: &FileOf) -> anyhow::Result<()> {
        ensure!(
            is_ours(&file.path),
            "{}: names `{}`, which no backup has",
            MANIFEST,
            file.path.escape_debug()
        );
        let path = self.path(&file.path);
        let bytes = fs::metadata(&path).with_context(|| at(&path))?.len();
        let is_same = bytes == file.bytes && file_digest(&path)?.to_string() == file.sha256;
        ensure!(
            is_same,
            "{}: is not what was backed up (its SHA-256 is another); use another backup",
            path.display()
        );
        Ok(())
    }

    /// Copies everything into a folder beside `data_dir`, which must have none of it: what is done to it there is not
    /// done to `data_dir` before [`Copied::put`].
    pub(super) fn copy_beside(&self, data_dir: &Path) -> anyhow::Result<Copied> {
        let taken = PARTS.iter().find(|name| data_dir.join(name).exists());
        if let Some(name) = taken {
            bail!(
                "{}: there already; nothing is overwritten: move it aside (`mv {} {}.old`), then restore",
                data_dir.join(name).display(),
                data_dir.display(),
                data_dir.display()
            );
        }
        let folder = data_dir.join("restoring");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| at(&folder))?;
        }
        let copied = Copied { folder, data_dir: data_dir.to_owned() };
        private_folder(&copied.folder.join(LOG))?;
        for file in &self.files {
            copy(&self.path(&file.path), &copied.folder.join(&file.path))?;
        }
        Ok(copied)
    }
}

impl Drop for Backup {
    fn drop(&mut self) {
        if self.is_unfinished {
            // It holds what boxes reported. What cannot be taken away has a name that says so, and the error was told.
            let _gone = fs::remove_dir_all(&self.folder);
        }
    }
}

/// What is being restored, not in its place yet; taken away when it is dropped.
pub(super) struct Copied {
    folder: PathBuf,
    data_dir: PathBuf,
}

impl Copied {
    /// Where it lies.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Puts it in its place, the database last: without that no hub shows anything of it.
    pub(super) fn put(self) -> anyhow::Result<()> {
        let log = self.folder.join(format!("{DATABASE}-wal"));
        let is_folded = fs::metadata(&log).map_or(true, |log| log.len() == 0);
        ensure!(is_folded, "{}: is not folded into the database; try again", log.display());
        for part in PARTS.iter().rev().filter(|part| self.folder.join(part).exists()) {
            let place = self.data_dir.join(part);
            fs::rename(self.folder.join(part), &place).with_context(|| at(&place))?;
        }
        sync_folder(&self.data_dir)
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _gone = fs::remove_dir_all(&self.folder);
    }
}

/// A path that this program writes into a backup, and nothing that leads elsewhere.
fn is_ours(path: &str) -> bool {
    let parts: Vec<_> = Path::new(path).components().collect();
    match parts.as_slice() {
        [Component::Normal(_)] => path == DATABASE || KEYS.contains(&path),
        [Component::Normal(log), Component::Normal(_)] => *log == LOG,
        _ => false,
    }
}

fn names_in(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut names: Vec<_> = entries
        .with_context(|| at(folder))?
        .into_iter()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut source = File::open(from).with_context(|| at(from))?;
    let mut target = private_file(to)?;
    io::copy(&mut source, &mut target).with_context(|| at(to))?;
    target.flush().and_then(|()| target.sync_all()).with_context(|| at(to))
}

/// For this user alone; never one that is there.
fn private_file(path: &Path) -> anyhow::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).with_context(|| at(path))
}

pub(super) fn private_folder(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| at(path))
}

fn sync_folder(path: &Path) -> anyhow::Result<()> {
    File::open(path).and_then(|folder| folder.sync_all()).with_context(|| at(path))
}

fn at(path: &Path) -> String {
    path.display().to_string()
}
