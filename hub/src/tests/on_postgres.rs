//! All tests of the hub again, with PostgreSQL in the place of SQLite: the same tests, in a process of their own.
//!
//! The server is started for them from Debian's package, in a folder that goes with it, by a user that is not root, and heard
//! on a Unix socket alone. Where the package is missing, the test says so and is no test.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::database::{SERVER, USER, binaries};

/// What is of SQLite's file and has no other side: opened files, full disks, folded logs, backups of the file.
const OF_THE_FILE: [&str; 4] = ["first_release::", "full_disk::", "tests::backup::", "of_the_file"];

/// By the socket anybody; by the network with TLS and a password.
const WHO: &str = "local all all trust\nhostssl all all localhost scram-sha-256\n";

/// A server for one test; stopped when dropped.
struct Server {
    binaries: PathBuf,
    dir: TempDir,
}

impl Server {
    /// None where PostgreSQL is not installed.
    fn start() -> Option<Self> {
        let binaries = binaries()?;
        let dir = tempfile::Builder::new().prefix("velum-postgres-").tempdir_in("/tmp").unwrap();
        let server = Self { binaries, dir };
        server.write_certificate();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        std::fs::write(server.dir.path().join("port"), port.to_string()).unwrap();
        server.give_to_unprivileged();
        server.run("initdb", |command| {
            command.args(["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]);
            command.args(["--username", USER, "--pgdata"]).arg(server.data())
        });
        std::fs::write(server.data().join("pg_hba.conf"), WHO).unwrap();
        let dir = server.dir.path().display();
        // Nothing of it must survive the test: the disk is not waited for.
        let options = format!(
            "-k {dir} -p {port} -c listen_addresses=localhost -c max_connections=400 -c fsync=off \
             -c full_page_writes=off -c ssl=on -c ssl_cert_file={dir}/server.pem -c ssl_key_file={dir}/server.key"
        );
        server.run("pg_ctl", |command| {
            command.arg("--pgdata").arg(server.data()).arg("--log").arg(server.dir.path().join("log"));
            command.args(["--wait", "--options", &options, "start"])
        });
        Some(server)
    }

    /// Of an authority of its own, for `localhost`.
    fn write_certificate(&self) {
        let (authority, certificate, key) = super::town::server_certificate("localhost");
        for (name, text) in [("authority.pem", authority), ("server.pem", certificate), ("server.key", key)] {
            let path = self.dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn give_to_unprivileged(&self) {
        let Some((user, group)) = unprivileged() else { return };
        let own = |path: &Path| std::os::unix::fs::chown(path, Some(user), Some(group)).unwrap();
        own(self.dir.path());
        std::fs::read_dir(self.dir.path()).unwrap().for_each(|entry| own(&entry.unwrap().path()));
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn run(&self, program: &str, with: impl FnOnce(&mut Command) -> &mut Command) {
        let mut command = Command::new(self.binaries.join(program));
        if let Some((user, group)) = unprivileged() {
            command.uid(user).gid(group);
        }
        let done = with(&mut command).current_dir(self.dir.path()).stdout(Stdio::null()).status().unwrap();
        assert!(done.success(), "{program}: {done}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        self.run("pg_ctl", |command| {
            command.arg("--pgdata").arg(&data).args(["--mode", "immediate", "stop"])
        });
    }
}

/// Whom the server runs as, where this is root: PostgreSQL refuses to.
fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|line| line[0] == name)
    };
    let line = of("postgres").or_else(|| of("nobody")).expect("a user that is not root");
    Some((line[2].parse().unwrap(), line[3].parse().unwrap()))
}

#[test]
fn every_test_of_the_hub_passes_on_postgres_too() {
    if std::env::var_os(SERVER).is_some() {
        return;
    }
    let Some(server) = Server::start() else {
        println!(
            "skipped: PostgreSQL is not installed (apt-get install postgresql): the store was tried on SQLite alone"
        );
        return;
    };
    let done = again(server.dir.path());
    assert!(
        done.success(),
        "the tests above fail on PostgreSQL; run one: `{SERVER}=SOCKET_FOLDER cargo test --workspace --bins -- NAME`"
    );
}

fn again(sockets: &Path) -> std::process::ExitStatus {
    let mut tests = Command::new(std::env::current_exe().unwrap());
    for name in OF_THE_FILE {
        tests.args(["--skip", name]);
    }
    tests.env(SERVER, sockets).status().unwrap()
}
