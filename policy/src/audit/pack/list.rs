//! The list of digests: one line a file, `HASH  PATH`, as `sha256sum` writes and checks it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use crate::audit::{AuditError, folder, note};

/// Folders in folders deeper than this are no pack of ours.
const DEEPEST: usize = 3;
/// More files than this are not looked at.
const MOST_FILES: usize = 10_000;
/// No list is longer, bytes.
const LONGEST_BYTES: u64 = 4 * 1_024 * 1_024;

/// The list for all files that are there.
pub(in crate::audit) fn make(pack: &Path) -> Result<String, AuditError> {
    let mut list = String::new();
    for name in files(pack)? {
        list += &format!("{}  {}\n", folder::sha256(&pack.join(&name))?, name.display());
    }
    Ok(list)
}

/// What differs from the list, file by file.
pub(in crate::audit) fn compare(pack: &Path, list: &str) -> Result<Vec<(PathBuf, String)>, AuditError> {
    let (path, own) = (pack.join(list), PathBuf::from(list));
    let is_short = fs::symlink_metadata(&path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LONGEST_BYTES);
    let text = if is_short { fs::read_to_string(&path).ok() } else { None };
    let Some(mut listed) = text.as_deref().and_then(parse) else {
        let reason = "expected lines `SHA-256  PATH`, the paths in order; it is missing, altered or damaged";
        return Ok(vec![(own, reason.to_owned())]);
    };
    let mut wrong = Vec::new();
    for name in files(pack)?.into_iter().filter(|name| *name != own) {
        match listed.remove(&name) {
            None => wrong.push((name, format!("it is not in {list}"))),
            Some(expected) if digest(&pack.join(&name))? != Some(expected) => {
                wrong.push((name, format!("it is not the file whose digest is in {list}")));
            }
            Some(_) => {}
        }
    }
    wrong.extend(listed.into_keys().map(|name| (name, format!("it is in {list}, and missing"))));
    Ok(wrong)
}

/// Of a file; a folder deeper than any of ours has none.
fn digest(path: &Path) -> Result<Option<Digest>, AuditError> {
    let metadata = fs::symlink_metadata(path).map_err(AuditError::at(path))?;
    if metadata.is_file() { folder::sha256(path).map(Some) } else { Ok(None) }
}

/// What the list says; none where it is not as [`make`] writes it.
pub(in crate::audit) fn parse(text: &str) -> Option<BTreeMap<PathBuf, Digest>> {
    let mut listed = BTreeMap::new();
    let mut before = PathBuf::new();
    for line in text.strip_suffix('\n')?.split('\n') {
        let (hash, name) = line.split_once("  ")?;
        let name = PathBuf::from(name);
        if name <= before {
            return None;
        }
        listed.insert(name.clone(), note::digest(hash)?);
        before = name;
    }
    Some(listed)
}

/// The files of a pack, in order.
///
/// # Errors
/// Where anything in it is neither file nor folder: a link would have whoever verifies read what is not of the pack, and
/// a pipe or a device would have them read for ever.
pub(in crate::audit) fn files(pack: &Path) -> Result<Vec<PathBuf>, AuditError> {
    let (mut found, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inside) = folders.pop() {
        let path = pack.join(&inside);
        for entry in fs::read_dir(&path).map_err(AuditError::at(&path))? {
            let entry = entry.map_err(AuditError::at(&path))?;
            let name = inside.join(entry.file_name());
            let kind = entry.file_type().map_err(AuditError::at(&entry.path()))?;
            if !kind.is_dir() && !kind.is_file() {
                return Err(AuditError::NotPlain(entry.path()));
            }
            if kind.is_dir() && name.components().count() < DEEPEST {
                folders.push(name);
            } else {
                found.push(name);
            }
            if found.len() > MOST_FILES {
                let reason = format!("it has more than {MOST_FILES} files: it is no audit pack");
                return Err(AuditError::NotExportable { path: pack.to_owned(), reason });
            }
        }
    }
    found.sort();
    Ok(found)
}
