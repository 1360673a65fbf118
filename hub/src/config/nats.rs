//! `[nats]`: hubs on one PostgreSQL server tell each other of stored records by a stream of NATS JetStream.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConfigError, DatabaseConfig, Resolver};

const STREAM: &str = "velum";
const REPLICAS: u32 = 3;
const MOST_SERVERS: usize = 16;

/// Where the stream is, and who this hub is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NatsConfig {
    /// As `tls://HOST:PORT`, or `nats://HOST:PORT` on this machine.
    pub(crate) servers: Vec<String>,
    /// Whose certificates count for the servers; none for those that the system trusts.
    pub(crate) ca_file: Option<PathBuf>,
    /// Certificate and key of this hub.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
    /// Name, and the file with the password.
    pub(crate) login: Option<(String, PathBuf)>,
    pub(crate) stream: String,
    /// On so many servers each word is before it counts.
    pub(crate) replicas: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNats {
    servers: Vec<String>,
    ca_file: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    #[serde(default = "default_stream")]
    stream: String,
    #[serde(default = "default_replicas")]
    replicas: u32,
}

fn default_stream() -> String {
    STREAM.to_owned()
}

fn default_replicas() -> u32 {
    REPLICAS
}

pub(super) fn resolve(
    resolver: &Resolver<'_>,
    raw: Option<RawNats>,
    database: &DatabaseConfig,
) -> Result<Option<NatsConfig>, ConfigError> {
    let Some(raw) = raw else { return Ok(None) };
    if let DatabaseConfig::File(_) = database {
        let expected = "a [database] beside it: on a file there is one hub, and nobody to wake; delete [nats], or keep events on a PostgreSQL server";
        return Err(resolver.value("nats", "no [database]", expected.to_owned()));
    }
    if raw.servers.is_empty() || raw.servers.len() > MOST_SERVERS {
        let expected = format!("1 to {MOST_SERVERS} addresses, for example `tls://nats-1.city.example:4222`");
        return Err(resolver.value("nats.servers", &format!("{} addresses", raw.servers.len()), expected));
    }
    if raw.servers.iter().any(|server| !is_server(server)) {
        let expected = "`tls://HOST:PORT`, for example `tls://nats-1.city.example:4222`; `nats://` on this machine alone; \
                        user and password have keys of their own";
        return Err(resolver.value(
            "nats.servers",
            "(not shown: it may hold a password)",
            expected.to_owned(),
        ));
    }
    let is_name = |text: &str| {
        (1..=64).contains(&text.len())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    if !is_name(&raw.stream) {
        let expected = "1 to 64 letters, digits, `-` and `_`, for example `velum`";
        return Err(resolver.value("nats.stream", &raw.stream, expected.to_owned()));
    }
    let both = |field, [first, second]: [bool; 2], expected: &str| match first == second {
        true => Ok(()),
        false => Err(resolver.value(field, "one of two", expected.to_owned())),
    };
    both(
        "nats.certificate",
        [raw.certificate.is_some(), raw.key.is_some()],
        "both `certificate` and `key`, or neither",
    )?;
    both(
        "nats.user",
        [raw.user.is_some(), raw.password_file.is_some()],
        "both `user` and `password_file`, or neither",
    )?;
    let beside = |file: PathBuf| resolver.beside(&file);
    Ok(Some(NatsConfig {
        ca_file: raw.ca_file.map(beside),
        client: raw.certificate.map(beside).zip(raw.key.map(beside)),
        login: raw.user.zip(raw.password_file.map(beside)),
        replicas: resolver.within("nats.replicas", raw.replicas, 1, 5)? as usize,
        servers: raw.servers,
        stream: raw.stream,
    }))
}

/// Beyond this machine by TLS alone; without a name or a password.
fn is_server(text: &str) -> bool {
    let Some((scheme, place)) = text.split_once("://") else { return false };
    let Some((host, port)) = place.rsplit_once(':') else { return false };
    let is_host = !host.is_empty()
        && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'));
    let is_here = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    is_host
        && port.parse::<u16>().is_ok_and(|port| port > 0)
        && (scheme == "tls" || (scheme == "nats" && is_here))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::ServerConfig;

    fn on_a_server() -> DatabaseConfig {
        DatabaseConfig::Server(ServerConfig {
            host: "/run/postgresql".to_owned(),
            port: 5432,
            name: "velum".to_owned(),
            user: "hub".to_owned(),
            password_file: None,
            ca_file: None,
        })
    }

    fn parsed(text: &str, database: &DatabaseConfig) -> Result<NatsConfig, String> {
        let raw = toml::from_str(text).map_err(|error: toml::de::Error| error.to_string())?;
        let resolver = Resolver { path: Path::new("/etc/velum/hub.toml") };
        let resolved = resolve(&resolver, Some(raw), database).map_err(|error| error.to_string())?;
        resolved.ok_or_else(|| "none".to_owned())
    }

    #[test]
    fn servers_with_certificate_and_password() {
        let text = "servers = [\"tls://nats-1.city.example:4222\", \"nats://127.0.0.1:4222\"]\nca_file = \"nats.pem\"\n\
                    certificate = \"hub.pem\"\nkey = \"hub.key\"\nuser = \"hub\"\npassword_file = \"nats-password\"";
        let found = parsed(text, &on_a_server()).unwrap();
        assert_eq!((found.servers.len(), found.stream.as_str(), found.replicas), (2, "velum", 3));
        assert_eq!(found.client.unwrap().1, Path::new("/etc/velum/hub.key"));
        assert_eq!(found.login.unwrap(), ("hub".to_owned(), PathBuf::from("/etc/velum/nats-password")));
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_field_and_no_password() {
        let check = |text: &str, expected: &str| {
            let error = parsed(text, &on_a_server()).unwrap_err();
            assert!(error.contains(expected) && !error.contains("geheim"), "{error}");
        };
        check("servers = []", "nats.servers");
        check("servers = [\"tls://hub:geheim@nats:4222\"]", "nats.servers");
        check("servers = [\"nats://nats-1.city.example:4222\"]", "nats.servers");
        let one = "servers = [\"tls://nats:4222\"]\n";
        check(&format!("{one}stream = \"a.b\""), "nats.stream: found `a.b`");
        check(&format!("{one}replicas = 9"), "nats.replicas");
        check(&format!("{one}key = \"hub.key\""), "nats.certificate");
        check(&format!("{one}user = \"hub\""), "nats.user");
        let error = parsed(one, &DatabaseConfig::File("/data".into())).unwrap_err();
        assert!(error.contains("nats: found `no [database]`, expected a [database] beside it"), "{error}");
    }
}
