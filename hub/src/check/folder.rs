//! `data_dir`: there, the hub's alone, of one owner, with room.

use std::fs::{File, TryLockError};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use velum_policy::check::Finding;

use crate::certificates;
use crate::disk;
use crate::server::LOCK_FILE;

/// Below it a day's events may not fit any more.
const LEAST_FREE_MIB: u64 = 1_024;
const MIB: u64 = 1_024 * 1_024;
/// What the hub must be able to write, and nobody else to read.
const OWN: [&str; 6] =
    ["hub.sqlite", "audit", "audit.key", "text-keys", "packs.signed.json", certificates::RENEWED_FILE];

pub(super) fn look(data_dir: &Path) -> Vec<Finding> {
    let shown = data_dir.display();
    let found = match std::fs::metadata(data_dir) {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            let fix = "name a folder in `data_dir`, or move the file away";
            return vec![Finding::error("data folder", format!("{shown} is no folder"), fix)];
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let text =
                format!("{shown} is not there yet: no hub has run on it, and its first start makes it");
            let fix = "start the hub; where one has run before, correct `data_dir`, or restore a backup";
            return vec![Finding::warning("data folder", text, fix), room(data_dir)];
        }
        Err(error) => {
            let fix = "look as the hub's user or as root, and make the folder the hub's";
            return vec![Finding::error("data folder", format!("{shown}: {error}"), fix)];
        }
    };
    let mut findings = vec![rights(data_dir, found.permissions().mode() & 0o777, found.uid())];
    findings.extend(OWN.iter().filter_map(|name| foreign(data_dir, name, found.uid())));
    findings.push(room(data_dir));
    findings
}

fn rights(data_dir: &Path, mode: u32, owner: u32) -> Finding {
    let shown = data_dir.display();
    if mode & 0o077 == 0 {
        return Finding::ok("data folder", format!("{shown} (owner {owner}, mode {mode:03o})"));
    }
    Finding::warning(
        "data folder",
        format!("{shown}: others may look into it (mode {mode:03o}, expected 700)"),
        format!("run `chmod 700 {shown}`"),
    )
}

/// What somebody else owns, most likely root after a command: the hub cannot write it.
fn foreign(data_dir: &Path, name: &str, owner: u32) -> Option<Finding> {
    let path = data_dir.join(name);
    let found = std::fs::metadata(&path).ok()?.uid();
    (found != owner).then(|| {
        let text = format!("{} belongs to user {found}, and the folder to user {owner}", path.display());
        let fix = format!("run `chown -R --reference={} {}`", data_dir.display(), path.display());
        Finding::error("data folder", text, fix)
    })
}

fn room(data_dir: &Path) -> Finding {
    let existing = data_dir.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("/"));
    match disk::free_bytes(existing) {
        Ok(free) => room_of(existing, free / MIB),
        Err(error) => Finding::error(
            "disk",
            format!("{}: {error}", existing.display()),
            "name another folder in `data_dir`, or mount the disk",
        ),
    }
}

fn room_of(folder: &Path, free_mib: u64) -> Finding {
    let found = format!("{free_mib} MiB free at {}", folder.display());
    let fix = "make room: on a full disk nothing is acknowledged, and the boxes hold their events";
    match free_mib {
        LEAST_FREE_MIB.. => Finding::ok("disk", found),
        1.. => Finding::warning("disk", format!("{found}, less than {LEAST_FREE_MIB}"), fix),
        0 => Finding::error("disk", found, fix),
    }
}

/// Whether a hub runs on the folder. Looked at with a lock that is let go of at once, and that a hub which starts waits
/// out; the file is not made.
pub(super) fn is_taken(data_dir: &Path) -> bool {
    let Ok(file) = File::open(data_dir.join(LOCK_FILE)) else { return false };
    matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
}

#[cfg(test)]
mod tests {
    use velum_policy::check::Verdict;

    use super::*;

    #[test]
    fn rights_owners_and_room_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let shown = Path::new("/var/lib/velum-hub");
        assert_eq!(rights(shown, 0o700, 998).verdict, Verdict::Ok);
        let open = rights(shown, 0o755, 998);
        assert_eq!(
            (open.verdict, open.fix.as_str()),
            (Verdict::Warning, "run `chmod 700 /var/lib/velum-hub`")
        );
        std::fs::write(dir.path().join("audit.key"), "").unwrap();
        let owner = std::fs::metadata(dir.path()).unwrap().uid();
        assert_eq!(foreign(dir.path(), "audit.key", owner), None);
        assert_eq!(foreign(dir.path(), "audit", owner + 1), None, "not there");
        let other = foreign(dir.path(), "audit.key", owner + 1).unwrap();
        assert!(other.verdict == Verdict::Error && other.fix.contains("chown -R --reference="), "{other:?}");
        for (free, verdict) in [(5_000, Verdict::Ok), (1_023, Verdict::Warning), (0, Verdict::Error)] {
            assert_eq!(room_of(shown, free).verdict, verdict);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_measured_where_it_will_be() {
        let dir = tempfile::tempdir().unwrap();
        let findings = look(&dir.path().join("not/yet"));
        assert_eq!((findings.len(), findings[0].verdict), (2, Verdict::Warning), "{findings:?}");
        assert!(!dir.path().join("not").exists());
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(look(&dir.path().join("file"))[0].verdict, Verdict::Error);
    }
}
