//! One small JSON file: read whole, replaced whole.
//!
//! Around the content of each kind stands the same frame:
//! ```text
//! {"format": "velum-candidates",   which kind, see Content::FORMAT
//!  "version": 1,                   of the kind's format
//!  "content": {...}}               see the kind
//! ```
//! Mode 0600. It is written under another name, synced and renamed: a reader sees the old file or the new one. A
//! file that cannot be read is set aside as `NAME.unreadable` (the one before it goes), with one log line.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use velum_vocab::CameraId;

/// No file of ours gets longer.
const LARGEST_BYTES: u64 = 16 * 1_024 * 1_024;

/// What such a file holds.
pub(crate) trait Content: Serialize + DeserializeOwned + Default {
    /// What the file calls itself.
    const FORMAT: &'static str;
    /// The folder of one file a camera.
    const FOLDER: &'static str;
    /// Of the format.
    const VERSION: u32 = 1;

    /// Whether nothing is in it, so that no file is needed.
    fn is_empty(&self) -> bool;
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame<T> {
    format: String,
    version: u32,
    content: T,
}

/// Where the file of a camera is.
pub(crate) fn path<T: Content>(data_dir: &Path, camera: &CameraId) -> PathBuf {
    data_dir.join(T::FOLDER).join(format!("{camera}.json"))
}

/// The cameras that have a file.
pub(crate) fn cameras<T: Content>(data_dir: &Path) -> Vec<CameraId> {
    let Ok(entries) = fs::read_dir(data_dir.join(T::FOLDER)) else { return Vec::new() };
    let camera = |name: &str| CameraId::parse(name.strip_suffix(".json")?).ok();
    let mut found: Vec<_> =
        entries.filter_map(Result::ok).filter_map(|entry| camera(entry.file_name().to_str()?)).collect();
    found.sort();
    found
}

/// The content of a file; none where there is no file.
///
/// # Errors
/// In words, path first.
pub(crate) fn read<T: Content>(path: &Path) -> Result<Option<T>, String> {
    let fail = |what: String| format!("{}: {what}", path.display());
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error.to_string())),
        Ok(found) if found.len() > LARGEST_BYTES => {
            return Err(fail(format!("expected at most {LARGEST_BYTES} bytes, found {}", found.len())));
        }
        Ok(_) => {}
    }
    let bytes = fs::read(path).map_err(|error| fail(error.to_string()))?;
    let frame: Frame<T> =
        serde_json::from_slice(&bytes).map_err(|error| fail(format!("not readable: {error}")))?;
    if frame.format != T::FORMAT || frame.version != T::VERSION {
        let (expected, version) = (T::FORMAT, T::VERSION);
        return Err(fail(format!(
            "expected format `{expected}` version {version}, found `{}` version {}",
            frame.format, frame.version
        )));
    }
    Ok(Some(frame.content))
}

/// Replaces the file; it is on the disk when this returns.
///
/// # Errors
/// In words, path first.
pub(crate) fn write<T: Content>(path: &Path, content: &T) -> Result<(), String> {
    let frame = Frame { format: T::FORMAT.to_owned(), version: T::VERSION, content };
    let bytes = serde_json::to_vec(&frame).map_err(|error| format!("{}: {error}", path.display()))?;
    replace(path, &bytes).map_err(|error| format!("{}: {error}", path.display()))
}

/// Replaces a file whole; it is on the disk when this returns.
///
/// # Errors
/// Where the disk does not do it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let unfinished = path.with_extension("new");
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

/// How files and logs name what the hub ordered or asked: hex.
pub(crate) fn order_text(id: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(id))
}

/// The same back.
pub(crate) fn order_id(text: &str) -> Option<[u8; 16]> {
    (text.len() == 32).then_some(())?;
    u128::from_str_radix(text, 16).ok().map(u128::to_be_bytes)
}

/// A file that this process alone writes, with its content.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    path: PathBuf,
    content: T,
    changed: bool,
    failing: bool,
    /// The file that was there could not be read.
    set_aside: bool,
}

impl<T: Content> Kept<T> {
    /// The file of a camera; empty where there is none, or none that can be read.
    pub(crate) fn open(data_dir: &Path, camera: &CameraId) -> Self {
        Self::open_at(path::<T>(data_dir, camera))
    }

    pub(crate) fn open_at(path: PathBuf) -> Self {
        let read = read(&path);
        let set_aside = read.is_err();
        let content = read.unwrap_or_else(|problem| {
            let aside = path.with_extension("json.unreadable");
            let kept = fs::rename(&path, &aside).is_ok();
            let aside = aside.display();
            tracing::error!(%problem, %aside, kept, "a file could not be read and was set aside; it begins anew");
            None
        });
        Self { path, content: content.unwrap_or_default(), changed: false, failing: false, set_aside }
    }

    /// What is in it.
    pub(crate) fn content(&self) -> &T {
        &self.content
    }

    /// Whether the file that was there at the start could not be read.
    pub(crate) fn was_set_aside(&self) -> bool {
        self.set_aside
    }

    /// Changes it; `change` says whether anything did.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut T) -> bool) {
        self.changed |= change(&mut self.content);
    }

    /// Puts this in its place, on the disk first.
    ///
    /// # Errors
    /// In words; nothing has changed then.
    pub(crate) fn put(&mut self, content: T) -> Result<(), String> {
        write(&self.path, &content)?;
        (self.content, self.changed) = (content, false);
        Ok(())
    }

    /// Writes it where it changed, or removes it where nothing is left. A failure is told once.
    pub(crate) fn save(&mut self) {
        if !self.changed {
            return;
        }
        let saved =
            if self.content.is_empty() { remove(&self.path) } else { write(&self.path, &self.content) };
        match saved {
            Ok(()) => (self.changed, self.failing) = (false, false),
            Err(problem) if !std::mem::replace(&mut self.failing, true) => {
                tracing::warn!(%problem, "a file could not be written; it is tried again");
            }
            Err(_) => {}
        }
    }
}

/// Removes what an interrupted write, or a file that could not be read, left beside a file; says how much is still there.
pub(super) fn remove_leftovers(path: &Path) -> u64 {
    let beside = [path.with_extension("new"), path.with_extension("json.unreadable")];
    let removed = beside.iter().map(|path| remove(path));
    let failed = removed
        .filter_map(Result::err)
        .inspect(|problem| tracing::error!(%problem, "a file cannot be removed"));
    u64::try_from(failed.count()).unwrap_or(u64::MAX)
}

fn remove(path: &Path) -> Result<(), String> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(format!("{}: {error}", path.display())),
        _ => Ok(()),
    }
}
