//! Keys and passwords: in files that only the hub's user can read, never in hub.toml.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use zeroize::Zeroizing;

/// A private key of RSA in PEM has about 3,300.
const MOST_BYTES: u64 = 16_384;

/// The text of a file, without the line's end.
///
/// # Errors
/// What is wrong with the file, and what would do; never what stands in it.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>, String> {
    let file = path.display();
    let unreadable = |error: std::io::Error| format!("`{file}` cannot be read ({error})");
    let found = std::fs::metadata(path).map_err(unreadable)?;
    if !is_private(&found) {
        let mode = if found.uid() == 0 { "640" } else { "600" };
        return Err(format!(
            "`{file}` can be read by others; make it the hub's alone: `chmod {mode} {file}`, of the hub's user or of root and the hub's group"
        ));
    }
    if found.len() > MOST_BYTES {
        return Err(format!("`{file}` has {} bytes, expected at most {MOST_BYTES}", found.len()));
    }
    let mut text = Zeroizing::new(std::fs::read_to_string(path).map_err(unreadable)?);
    let length = text.trim_end().len();
    text.truncate(length);
    if text.is_empty() {
        return Err(format!("`{file}` is empty"));
    }
    Ok(text)
}

/// Whether nobody else can read it.
pub(crate) fn is_private(found: &Metadata) -> bool {
    let of_our_group = is_our_group(found.gid());
    is_private_by(found.uid(), of_our_group, found.permissions().mode())
}

/// What root has made for the hub's group counts, too: so are files of a Kubernetes secret, and so PostgreSQL takes its keys.
fn is_private_by(owner: u32, of_our_group: bool, mode: u32) -> bool {
    mode & 0o077 == 0 || (owner == 0 && of_our_group && mode & 0o037 == 0)
}

/// Root, who looks at another's files, is in no group of theirs.
fn is_our_group(group: u32) -> bool {
    let groups = rustix::process::getgroups().unwrap_or_default();
    let is_it = |ours: rustix::process::Gid| ours.as_raw() == group;
    rustix::process::geteuid().is_root() || is_it(rustix::process::getegid()) || groups.into_iter().any(is_it)
}

/// Writes a file whole or not at all, for the hub's user alone: beside it first, then renamed. A key of half its length would
/// open nothing.
pub(crate) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    // What an earlier run began.
    let _gone = fs::remove_file(&beside);
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    new.write_all(bytes)?;
    new.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), sync)
}

/// What was renamed or removed in a folder is so after a loss of power, too.
pub(crate) fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
pub(crate) fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        let check = |text: &str, mode: u32, expected: Result<&str, &str>| {
            write(&path, text, mode);
            match (read(&path), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found.as_str(), expected),
                (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        };
        check("geheim\n", 0o600, Ok("geheim"));
        check("geheim\n", 0o660, Err("can be read by others"));
        check("geheim\n", 0o604, Err("chmod 6"));
        check("\n", 0o600, Err("is empty"));
        check(&"x".repeat(20_000), 0o600, Err("20000 bytes"));
        assert!(read(&dir.path().join("none")).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn a_group_may_read_what_root_has_made_for_it() {
        let check = |owner: u32, mode: u32, expected: bool| {
            assert_eq!(is_private_by(owner, true, mode), expected, "{owner} {mode:o}");
            assert_eq!(is_private_by(owner, false, mode), expected && mode & 0o077 == 0, "{owner} {mode:o}");
        };
        for mode in [0o400, 0o600] {
            check(0, mode, true);
            check(10_001, mode, true);
        }
        for mode in [0o440, 0o640] {
            check(0, mode, true);
            check(10_001, mode, false);
        }
        for mode in [0o444, 0o460, 0o660, 0o644, 0o604] {
            check(0, mode, false);
            check(10_001, mode, false);
        }
    }
}
