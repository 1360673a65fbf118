//! Ports: free, or held by whom. Who listens is read of the kernel; a free one is taken for a moment only where no hub
//! runs.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use velum_policy::check::Finding;

use crate::config::HubConfig;
use crate::server::LOCK_FILE;

/// In `/proc/net/tcp`.
const LISTENING: &str = "0A";

pub(super) fn look(config: &HubConfig, is_running: bool) -> Vec<Finding> {
    let wanted = [
        ("listen", Some(config.listen)),
        ("enrolment_listen", config.enrolment.as_ref().map(|enrolment| enrolment.listen)),
        ("rest_listen", config.rest_listen),
        ("console.listen", config.console.as_ref().map(|console| console.listen)),
        ("metrics_listen", config.metrics_listen),
    ];
    let wanted = wanted.into_iter().filter_map(|(field, address)| Some((field, address?)));
    let lock = config.data_dir.join(LOCK_FILE);
    wanted.map(|(field, address)| port(field, address, &lock, is_running)).collect()
}

fn port(field: &str, address: SocketAddr, lock: &Path, is_running: bool) -> Finding {
    if address.port() == 0 {
        return Finding::ok(field, format!("{address}: any port that is free"));
    }
    match (listener(address.port()), is_running) {
        (Some(inode), _) => held(field, address, &holder(&inode, lock), is_running),
        (None, true) => Finding::warning(
            field,
            format!("{address}: the hub that runs does not listen there"),
            "start it again: hub.toml was changed since it started",
        ),
        (None, false) => match TcpListener::bind(address) {
            Ok(_) => Finding::ok(field, format!("{address} is free")),
            Err(error) => Finding::error(
                field,
                format!("{address}: {error}"),
                "write an address of this machine, or a port that this user may take",
            ),
        },
    }
}

/// Who listens.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Holder {
    /// The hub that runs on this `data_dir`.
    Hub(u32),
    /// Another program.
    Other(u32, String),
    /// This user may not look.
    Unknown,
}

fn held(field: &str, address: SocketAddr, holder: &Holder, is_running: bool) -> Finding {
    let fix = "stop what uses the port, or choose another";
    match holder {
        Holder::Hub(process) => {
            Finding::ok(field, format!("{address} is held by the velum-hub that runs (process {process})"))
        }
        Holder::Other(process, name) => {
            Finding::error(field, format!("{address} is held by `{name}` (process {process})"), fix)
        }
        Holder::Unknown if is_running => {
            let found = format!("{address} is in use, and a velum-hub runs; by whom it is, root is told");
            Finding::ok(field, found)
        }
        Holder::Unknown => Finding::error(
            field,
            format!("{address} is in use, and no velum-hub runs on this `data_dir`"),
            fix,
        ),
    }
}

/// The inode of a socket that listens at a port, of whichever address.
fn listener(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    tables.iter().find_map(|table| listener_in(table, port))
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode ...`, the port in hexadecimal.
fn listener_in(table: &str, port: u16) -> Option<String> {
    let mut rows = table.lines().skip(1).map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.find_map(|row| {
        let (_, found) = row.get(1)?.rsplit_once(':')?;
        let is_it = u16::from_str_radix(found, 16) == Ok(port) && *row.get(3)? == LISTENING;
        is_it.then(|| row.get(9).map(|inode| (*inode).to_owned()))?
    })
}

/// The process that has this socket open.
fn holder(inode: &str, lock: &Path) -> Holder {
    let socket = format!("socket:[{inode}]");
    let lock = fs::canonicalize(lock).ok();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut found = numbers.filter_map(|process| {
        let open: Vec<_> = fs::read_dir(format!("/proc/{process}/fd"))
            .ok()?
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok())
            .collect();
        open.iter().any(|link| link.as_os_str() == socket.as_str()).then_some((process, open))
    });
    match found.next() {
        None => Holder::Unknown,
        Some((process, open)) if lock.as_ref().is_some_and(|lock| open.contains(lock)) => {
            Holder::Hub(process)
        }
        Some((process, _)) => {
            let name = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            Holder::Other(process, name.trim().to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use velum_policy::check::Verdict;

    use super::*;

    #[test]
    fn whoever_listens_is_found_in_the_kernels_table() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                     \x20  0: 0100007F:1D13 00000000:0000 0A 00000000:00000000 00:00000000 00000000   998        0 4711 1\n\
                     \x20  1: 0100007F:1D14 0100007F:9999 01 00000000:00000000 00:00000000 00000000   998        0 4712 1\n";
        assert_eq!(listener_in(table, 0x1d13).as_deref(), Some("4711"));
        assert_eq!(listener_in(table, 0x1d14), None, "connected, and does not listen");
        assert_eq!(listener_in("", 1), None);
    }

    #[test]
    fn a_port_that_another_program_holds_is_told_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join(LOCK_FILE);
        fs::write(&lock, "").unwrap();
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = other.local_addr().unwrap();
        let found = port("listen", address, &lock, false);
        assert_eq!(found.verdict, Verdict::Error, "{found:?}");
        assert!(found.found.contains("is held by `"), "{found:?}");
        let _open = fs::File::open(&lock).unwrap();
        let found = port("listen", address, &lock, true);
        assert!(found.verdict == Verdict::Ok && found.found.contains("velum-hub that runs"), "{found:?}");
        let unknown = held("listen", address, &Holder::Unknown, false);
        assert_eq!(unknown.verdict, Verdict::Error);
        assert_eq!(held("listen", address, &Holder::Unknown, true).verdict, Verdict::Ok);
    }
}
