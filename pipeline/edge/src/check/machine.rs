//! The machine itself: its clock, its disk, its swap.

use std::path::{Path, PathBuf};
use std::process::Command;

use velum_vocab::{Clock, Timestamp};

use super::finding::Finding;

/// No box runs before this program was written: 2026-01-01T00:00:00Z.
const EARLIEST: Timestamp = Timestamp::from_unix_secs(1_767_225_600);
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// The clock: policies begin and end, certificates too.
pub(super) fn clock(clock: &dyn Clock) -> Finding {
    if clock.now() < EARLIEST {
        let found = "the clock stands before 2026";
        return Finding::error("clock", found, "set it, for example `timedatectl set-ntp true`");
    }
    if Path::new(SYNCHRONISED).exists() || timedatectl_says_synchronised() {
        return Finding::ok("clock", "synchronised");
    }
    Finding::warning(
        "clock",
        "plausible; whether anything keeps it right is not known",
        "keep it by NTP, for example `timedatectl set-ntp true`; a clock set back stops release",
    )
}

fn timedatectl_says_synchronised() -> bool {
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    asked.is_ok_and(|answer| answer.stdout.starts_with(b"yes"))
}

/// The disk under the data folder.
pub(super) fn disk(data_dir: &Path, min_free_mib: u64) -> Finding {
    let existing = nearest_existing(data_dir);
    let space = match rustix::fs::statvfs(&existing) {
        Ok(space) => space,
        Err(error) => {
            let found = format!("{}: {error}", existing.display());
            return Finding::error("disk", found, "name another folder in box.data_dir");
        }
    };
    let free_mib = space.f_bavail.saturating_mul(space.f_frsize) / (1024 * 1024);
    disk_finding(&existing, free_mib, min_free_mib)
}

fn disk_finding(folder: &Path, free_mib: u64, min_free_mib: u64) -> Finding {
    let found = format!("{free_mib} MiB free at {}", folder.display());
    if free_mib >= min_free_mib {
        return Finding::ok("disk", found);
    }
    let found = format!("{found}, less than the {min_free_mib} of limits.min_free_disk_mib");
    Finding::warning(
        "disk",
        found,
        "make room: below it nothing is recorded, and events wait here while the hub is away",
    )
}

fn nearest_existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/")).to_owned()
}

/// Swap: memory that holds pictures may be written there.
pub(super) fn swap() -> Finding {
    match std::fs::read_to_string("/proc/swaps") {
        Ok(text) => swap_finding(&text),
        Err(error) => {
            Finding::warning("swap", format!("/proc/swaps: {error}"), "make sure that no swap is on")
        }
    }
}

/// `/proc/swaps`: a heading, then one line a swap, its name first.
fn swap_finding(proc_swaps: &str) -> Finding {
    let names: Vec<_> =
        proc_swaps.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    if names.is_empty() {
        return Finding::ok("swap", "off");
    }
    let in_memory = names.iter().all(|name| name.starts_with("/dev/zram"));
    if in_memory {
        return Finding::ok("swap", "in compressed memory only");
    }
    Finding::warning(
        "swap",
        format!("on ({}): memory that holds pictures may be written to disk", names.join(", ")),
        "run `swapoff -a` and take it out of /etc/fstab, or encrypt it with a random key",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::finding::Verdict;
    use velum_vocab::SimulatedClock;

    #[test]
    fn swap_on_disk_is_told() {
        let heading = "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n";
        let check = |lines: &str, verdict: Verdict, part: &str| {
            let finding = swap_finding(&format!("{heading}{lines}"));
            assert_eq!(finding.verdict, verdict);
            assert!(finding.found.contains(part), "{finding:?}");
        };
        check("", Verdict::Ok, "off");
        check("/dev/zram0 partition 8388604 0 100\n", Verdict::Ok, "compressed");
        check("/swapfile file 2097148 0 -2\n", Verdict::Warning, "/swapfile");
    }

    #[test]
    fn a_clock_before_this_program_was_written_is_wrong() {
        let stood = SimulatedClock::at(Timestamp::from_unix_secs(0));
        assert_eq!(clock(&stood).verdict, Verdict::Error);
    }

    #[test]
    fn little_room_is_told() {
        assert_eq!(disk_finding(Path::new("/"), 5_000, 1_024).verdict, Verdict::Ok);
        let little = disk_finding(Path::new("/"), 100, 1_024);
        assert_eq!(little.verdict, Verdict::Warning);
        assert_eq!(little.found, "100 MiB free at /, less than the 1024 of limits.min_free_disk_mib");
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_measured_at_its_parent() {
        assert_eq!(nearest_existing(Path::new("/nonexistent/a/b")), Path::new("/"));
        assert_eq!(disk(Path::new("/nonexistent/a"), 0).verdict, Verdict::Ok);
    }
}
