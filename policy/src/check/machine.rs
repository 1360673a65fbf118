//! What holds of a box's machine as of a hub's: its clock.

use std::path::Path;
use std::process::Command;

use velum_vocab::Timestamp;

use super::Finding;

/// Nothing runs before this program was written: 2026-01-01T00:00:00Z.
const EARLIEST: Timestamp = Timestamp::from_unix_secs(1_767_225_600);
const SYNCHRONISED: &str = "/run/systemd/timesync/synchronized";

/// The clock: policies begin and end by it, certificates too.
pub fn clock(now: Timestamp) -> Finding {
    if now < EARLIEST {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Verdict;

    #[test]
    fn a_clock_before_this_program_was_written_is_wrong() {
        assert_eq!(clock(Timestamp::from_unix_secs(0)).verdict, Verdict::Error);
    }
}
