//! `[database]`: a PostgreSQL server in the place of the file below `data_dir`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, Resolver};

const PORT: u16 = 5432;

/// Where the hub remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DatabaseConfig {
    /// SQLite, in the folder of `data_dir`.
    File(PathBuf),
    /// PostgreSQL.
    Server(ServerConfig),
}

/// A database on a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerConfig {
    /// A name, an address, or the folder of a Unix socket.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) name: String,
    pub(crate) user: String,
    /// None where the server knows the user otherwise, as by a Unix socket.
    pub(crate) password_file: Option<PathBuf>,
    /// Whose certificates count for the server; none for those that the system trusts.
    pub(crate) ca_file: Option<PathBuf>,
}

impl ServerConfig {
    /// The folder of the server's Unix socket, where it is one.
    pub(crate) fn socket(&self) -> Option<&Path> {
        self.host.starts_with('/').then(|| Path::new(&self.host))
    }

    /// Whether what is said to the server stays on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let is_loopback = |address: IpAddr| address.is_loopback();
        self.socket().is_some() || self.host == "localhost" || self.host.parse().is_ok_and(is_loopback)
    }

    /// For logs and errors: nothing secret.
    pub(crate) fn words(&self) -> String {
        let Self { host, port, name, user, .. } = self;
        format!("database `{name}` of PostgreSQL at {host}:{port}, as `{user}`")
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDatabase {
    host: String,
    #[serde(default = "default_port")]
    port: u16,
    name: String,
    user: String,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
}

fn default_port() -> u16 {
    PORT
}

pub(super) fn resolve(
    resolver: &Resolver<'_>,
    raw: Option<RawDatabase>,
    data_dir: &Path,
) -> Result<DatabaseConfig, ConfigError> {
    let Some(raw) = raw else { return Ok(DatabaseConfig::File(data_dir.to_owned())) };
    let is_name = |text: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_'))
            && !text.is_empty()
    };
    let is_folder = raw.host.starts_with('/') && !raw.host.contains('\0');
    if !is_folder && !is_name(&raw.host) {
        let expected = "a host, for example `db.example.org`, or the folder of a Unix socket, for example \
                        `/run/postgresql`; user, database and password have keys of their own";
        return Err(resolver.value(
            "database.host",
            "(not shown: it may hold a password)",
            expected.to_owned(),
        ));
    }
    for (field, text) in [("database.name", &raw.name), ("database.user", &raw.user)] {
        if !is_name(text) {
            return Err(resolver.value(
                field,
                text,
                "letters, digits, `.`, `-` and `_`, for example `velum`".to_owned(),
            ));
        }
    }
    Ok(DatabaseConfig::Server(ServerConfig {
        host: raw.host,
        port: raw.port,
        name: raw.name,
        user: raw.user,
        password_file: raw.password_file.map(|file| resolver.beside(&file)),
        ca_file: raw.ca_file.map(|file| resolver.beside(&file)),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<ServerConfig, String> {
        let raw = toml::from_str(text).map_err(|error: toml::de::Error| error.to_string())?;
        let resolver = Resolver { path: Path::new("/etc/velum/hub.toml") };
        match resolve(&resolver, Some(raw), Path::new("/data")).map_err(|error| error.to_string())? {
            DatabaseConfig::Server(server) => Ok(server),
            DatabaseConfig::File(dir) => Err(dir.display().to_string()),
        }
    }

    #[test]
    fn a_server_elsewhere_and_one_beside() {
        let there =
            "host = \"db.example.org\"\nname = \"velum\"\nuser = \"hub\"\npassword_file = \"db-password\"";
        let server = parsed(there).unwrap();
        assert_eq!((server.port, server.is_local(), server.socket()), (5432, false, None));
        assert_eq!(server.password_file.as_deref(), Some(Path::new("/etc/velum/db-password")));
        for host in ["/run/postgresql", "127.0.0.1", "::1", "localhost"] {
            let text = format!("host = \"{host}\"\nname = \"velum\"\nuser = \"hub\"");
            assert!(parsed(&text).unwrap().is_local(), "{host}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_refused_and_not_repeated() {
        let check = |text: &str, expected: &str| {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(expected) && !error.contains("geheim"), "{error}");
        };
        check("host = \"postgres://hub:geheim@db/velum\"\nname = \"velum\"\nuser = \"hub\"", "database.host");
        check("host = \"db\"\nname = \"velum\"\nuser = \"hub@x\"", "database.user: found `hub@x`");
        check("host = \"db\"\nname = \"\"\nuser = \"hub\"", "database.name");
    }
}
