//! The machine itself: its disk, its swap, the address of its page.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use velum_policy::check::Finding;

/// How long whoever holds the address of the page may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const LONGEST_ANSWER_BYTES: u64 = 1024 * 1024;

/// Whether the data folder, or the one in which it will be made, can be written.
pub(super) fn data_dir(data_dir: &Path) -> Finding {
    let existing = nearest_existing(data_dir);
    let probe = existing.join(format!(".velum-edge-check-{}", std::process::id()));
    let written = OpenOptions::new().write(true).create_new(true).open(&probe);
    match written.and_then(|_| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::ok("data folder", data_dir.display().to_string()),
        Err(error) => Finding::error(
            "data folder",
            format!("{} cannot be written: {error}", existing.display()),
            "give it to the user that the box runs as, or name another folder in box.data_dir",
        ),
    }
}

/// Whether the page can be served, or is by the box that runs.
pub(super) fn metrics(address: SocketAddr) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Finding::ok("metrics", format!("{address} is free"));
    };
    if is_served_by_a_box(address).unwrap_or(false) {
        return Finding::ok("metrics", format!("{address} is served by a velum-edge that runs"));
    }
    let found = format!("{address}: {error}");
    Finding::error("metrics", found, "choose another port in metrics.listen, or end what uses this one")
}

fn is_served_by_a_box(address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(LONGEST_ANSWER_BYTES).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).contains("velum_outbox_highest"))
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
    Finding::error("disk", found, "make room: below it nothing is recorded, so nothing is told to the hub")
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
    use velum_policy::check::Verdict;

    use super::*;

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
    fn little_room_is_told() {
        assert_eq!(disk_finding(Path::new("/"), 5_000, 1_024).verdict, Verdict::Ok);
        let little = disk_finding(Path::new("/"), 100, 1_024);
        assert_eq!(little.verdict, Verdict::Error);
        assert_eq!(little.found, "100 MiB free at /, less than the 1024 of limits.min_free_disk_mib");
    }

    #[test]
    fn a_folder_that_is_not_there_yet_is_measured_at_its_parent() {
        assert_eq!(nearest_existing(Path::new("/nonexistent/a/b")), Path::new("/"));
        assert_eq!(disk(Path::new("/nonexistent/a"), 0).verdict, Verdict::Ok);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(data_dir(&folder.path().join("not/yet")).verdict, Verdict::Ok);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing stays");
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(data_dir(&file).verdict, Verdict::Error);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_address_that_another_program_uses_is_wrong() {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let answering = std::thread::spawn(move || other.accept().map(drop));
        assert_eq!(metrics(address).verdict, Verdict::Error);
        answering.join().unwrap().unwrap();
        let page = crate::metrics::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let own = page.local_addr().unwrap();
        let (_stop, shutdown) = tokio::sync::watch::channel(false);
        tokio::spawn(crate::metrics::serve(page, crate::metrics::Metrics::new(), shutdown));
        let found = tokio::task::spawn_blocking(move || metrics(own)).await.unwrap();
        assert!(found.verdict == Verdict::Ok && found.found.contains("runs"), "{found:?}");
    }
}
