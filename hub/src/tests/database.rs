//! Which engine the hub of a test remembers by: a file of SQLite, or a schema of its own on the PostgreSQL server whose folder
//! stands in `VELUM_TEST_POSTGRES`. `on_postgres` sets that, and runs all tests again.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use crate::config::{DatabaseConfig, ServerConfig};

/// The folder of the server: its socket, its port in the file `port`, its authority in `authority.pem`.
pub(crate) const SERVER: &str = "VELUM_TEST_POSTGRES";
/// Its user that may do everything, and the database.
pub(super) const USER: &str = "postgres";

static MADE: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// The same for the same folder, so that it can be opened again.
pub(crate) fn at(dir: &Path) -> DatabaseConfig {
    match server_dir() {
        None => DatabaseConfig::File(dir.to_owned()),
        Some(server) => DatabaseConfig::Server(of(&server, &made(&server, dir))),
    }
}

/// `[database]` of hub.toml; nothing where it is a file.
pub(super) fn toml(dir: &Path) -> String {
    match at(dir) {
        DatabaseConfig::File(_) => String::new(),
        DatabaseConfig::Server(ServerConfig { host, port, name, user, .. }) => {
            format!("[database]\nhost = \"{host}\"\nport = {port}\nname = \"{name}\"\nuser = \"{user}\"\n")
        }
    }
}

/// Whether this run is on a server.
pub(crate) fn is_server() -> bool {
    server_dir().is_some()
}

/// The folder of the server, where this run is on one.
pub(crate) fn server_dir() -> Option<PathBuf> {
    std::env::var_os(SERVER).map(PathBuf::from)
}

/// A user of the server, by its socket.
pub(crate) fn of(server: &Path, user: &str) -> ServerConfig {
    ServerConfig {
        host: server.display().to_string(),
        port: std::fs::read_to_string(server.join("port")).unwrap().parse().unwrap(),
        name: USER.to_owned(),
        user: user.to_owned(),
        password_file: None,
        ca_file: None,
    }
}

/// Makes the user of a folder and its schema, where they are not there yet: a user's tables lie in the schema of its name.
fn made(server: &Path, dir: &Path) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, dir.display().to_string().as_bytes());
    let name = format!("t{}", hex::encode(&digest.as_ref()[..12]));
    let mut made = MADE.lock().unwrap();
    if made.get_or_insert_default().insert(name.clone()) {
        psql(server, &format!("CREATE ROLE {name} LOGIN; CREATE SCHEMA {name} AUTHORIZATION {name}"));
    }
    name
}

/// Has the server do something, as the user that may do everything.
pub(crate) fn psql(server: &Path, sql: &str) {
    let port = std::fs::read_to_string(server.join("port")).unwrap();
    let mut psql = Command::new(binaries().unwrap().join("psql"));
    psql.arg("--host").arg(server).args([
        "--port",
        &port,
        "--username",
        USER,
        "--no-psqlrc",
        "--quiet",
        "--command",
        sql,
    ]);
    assert!(psql.status().unwrap().success(), "{sql}");
}

/// Where PostgreSQL's programs are: of Debian's packages the newest.
pub(super) fn binaries() -> Option<PathBuf> {
    let all = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = all.flatten().map(|one| one.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").exists());
    found.sort();
    found.pop()
}
