//! `hub.toml`: parsed, resolved and checked once, then carried as [`HubConfig`].
//!
//! Paths are relative to the folder of the file. Unknown keys are refused. `connectors` has `[[connector]]`.

mod connectors;
mod database;
mod nats;
mod otlp;

use std::net::{Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use velum_policy::pack::GivenPacks;
use velum_policy::{PolicyError, TrustRoot};

pub(crate) use connectors::{
    BodyConfig, ConnectorConfig, Encryption, KindConfig, MilestoneConfig, SourceConfig, StreamKind,
    TargetConfig, Transport,
};

pub(crate) use database::{DatabaseConfig, ServerConfig};
pub(crate) use nats::NatsConfig;
pub(crate) use otlp::OtlpConfig;

/// A box sends up to 256 records or coverage bins in one message of up to 512 KiB, and again and again until they
/// are acknowledged: a hub that takes less would stop its delivery for ever.
const LEAST_MESSAGE_KIB: u32 = 1_024;
const LEAST_BATCH_RECORDS: u32 = 256;

/// A checked configuration.
#[derive(Debug, Clone)]
pub(crate) struct HubConfig {
    pub(crate) data_dir: PathBuf,
    /// Where events and all that people decided are kept.
    pub(crate) database: DatabaseConfig,
    /// By which several hubs wake each other; none where the database's server does.
    pub(crate) nats: Option<NatsConfig>,
    pub(crate) retention_days: u32,
    pub(crate) listen: SocketAddr,
    pub(crate) public_address: String,
    pub(crate) authority: PathBuf,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
    pub(crate) enrolment: Option<EnrolmentConfig>,
    /// Where programs without gRPC ask; none where that is not offered.
    pub(crate) rest_listen: Option<SocketAddr>,
    pub(crate) limits: Limits,
    pub(crate) stills: StillsConfig,
    pub(crate) console: Option<ConsoleConfig>,
    /// Whose signatures count for a policy that is published here.
    pub(crate) trust: Option<TrustRoot>,
    /// Signed country packs that hold beside the built-in ones.
    pub(crate) packs: Option<PathBuf>,
    /// Where metrics are served, to this machine alone unless that is said otherwise.
    pub(crate) metrics_listen: Option<SocketAddr>,
    /// Where the same figures are sent to by themselves; none where they are not.
    pub(crate) otlp: Option<OtlpConfig>,
    /// Where events are handed on to.
    pub(crate) connectors: Vec<ConnectorConfig>,
}

/// How stills are asked for.
#[derive(Debug, Clone)]
pub(crate) struct StillsConfig {
    pub(crate) answer_limit: Duration,
    pub(crate) max_under_way: usize,
    pub(crate) max_per_operator_per_hour: usize,
    /// Empty: any; the box decides in any case.
    pub(crate) purposes: Vec<PurposeConfig>,
}

/// A purpose of the policy, as operators choose it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurposeConfig {
    /// As the policy names it.
    pub(crate) id: String,
    /// As operators read it.
    pub(crate) words: String,
}

/// Where the console is served, and how long a login lasts.
#[derive(Debug, Clone)]
pub(crate) struct ConsoleConfig {
    pub(crate) listen: SocketAddr,
    /// Begins with `https://`, has no slash at its end.
    pub(crate) public_url: String,
    pub(crate) certificate: PathBuf,
    pub(crate) private_key: PathBuf,
    pub(crate) idle_limit: Duration,
    pub(crate) session_limit: Duration,
    pub(crate) setup_valid: Duration,
    /// The recipient roles of whoever uses the first set-up link.
    pub(crate) first_user_recipients: Vec<String>,
}

/// How boxes are enrolled.
#[derive(Debug, Clone)]
pub(crate) struct EnrolmentConfig {
    pub(crate) listen: SocketAddr,
    pub(crate) public_address: String,
    pub(crate) authority_key: PathBuf,
    pub(crate) token_valid: Duration,
    pub(crate) certificate_valid_days: u32,
}

/// What one box or operator may ask of the hub.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) max_connections: usize,
    pub(crate) max_message_bytes: usize,
    pub(crate) max_batch_records: usize,
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({source}); write one after the example `examples/hub.toml`")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, or not ours.
    #[error("{path}:{line}:{column}: {message}, in `{text}`; compare with the example `examples/hub.toml`")]
    Syntax {
        /// The file.
        path: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What the parser said.
        message: String,
        /// The line.
        text: String,
    },
    /// The approvers' file cannot be used.
    #[error("{path}: policy.approvers: {cause}")]
    Approvers {
        /// The file.
        path: String,
        /// What is wrong with it, and how to mend it.
        cause: PolicyError,
    },
    /// A value that cannot be.
    #[error("{path}: {field}: found `{found}`, expected {expected}")]
    Value {
        /// The file.
        path: String,
        /// The key.
        field: &'static str,
        /// The value.
        found: String,
        /// What would do, with an example.
        expected: String,
    },
    /// A value at one place of the file that cannot be.
    #[error("{path}: {place}: {field}: found `{found}`, expected {expected}")]
    ValueAt {
        /// The file.
        path: String,
        /// The table, for example a connector with its name.
        place: String,
        /// The key.
        field: &'static str,
        /// The value, where it is no secret.
        found: String,
        /// What would do, with an example.
        expected: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    data_dir: PathBuf,
    database: Option<database::RawDatabase>,
    nats: Option<nats::RawNats>,
    #[serde(default = "default_retention_days")]
    retention_days: u32,
    pki_dir: PathBuf,
    listen: String,
    enrolment_listen: Option<String>,
    rest_listen: Option<String>,
    public_host: String,
    public_port: Option<u16>,
    enrolment_public_port: Option<u16>,
    #[serde(default)]
    enrolment: RawEnrolment,
    #[serde(default)]
    limits: RawLimits,
    #[serde(default)]
    stills: RawStills,
    console: Option<RawConsole>,
    policy: Option<RawPolicy>,
    metrics_listen: Option<String>,
    #[serde(default)]
    metrics_beyond_loopback: bool,
    otlp: Option<otlp::RawOtlp>,
    #[serde(default)]
    connector: Vec<connectors::RawConnector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPolicy {
    approvers: PathBuf,
    packs: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawStills {
    answer_limit_secs: u32,
    max_under_way: u32,
    max_per_operator_per_hour: u32,
    purposes: Vec<PurposeConfig>,
}

impl Default for RawStills {
    fn default() -> Self {
        Self { answer_limit_secs: 10, max_under_way: 16, max_per_operator_per_hour: 20, purposes: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConsole {
    listen: String,
    public_port: Option<u16>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default = "default_idle_mins")]
    idle_mins: u32,
    #[serde(default = "default_session_hours")]
    session_hours: u32,
    #[serde(default = "default_setup_valid_mins")]
    setup_valid_mins: u32,
    #[serde(default)]
    first_user_recipients: Vec<String>,
}

fn default_idle_mins() -> u32 {
    30
}

fn default_session_hours() -> u32 {
    10
}

fn default_setup_valid_mins() -> u32 {
    60
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawEnrolment {
    token_valid_mins: u32,
    certificate_valid_days: u32,
}

impl Default for RawEnrolment {
    fn default() -> Self {
        Self { token_valid_mins: 60, certificate_valid_days: 825 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLimits {
    max_connections: u32,
    max_message_kib: u32,
    max_batch_records: u32,
}

impl Default for RawLimits {
    fn default() -> Self {
        Self { max_connections: 512, max_message_kib: 4_096, max_batch_records: 1_000 }
    }
}

fn default_retention_days() -> u32 {
    30
}

impl HubConfig {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ConfigError`] with place, field and what would do.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.display().to_string(), source })?;
        Self::parse(&text, path)
    }

    /// The packs that the file names, not looked at yet; accepted ones are kept in the data folder.
    pub(crate) fn given_packs(&self) -> Option<GivenPacks> {
        let (file, trust) = self.packs.as_ref().zip(self.trust.as_ref())?;
        Some(GivenPacks::new(file, &self.data_dir.join("packs.signed.json"), trust))
    }

    /// The host that the hub is known by.
    pub(crate) fn name(&self) -> &str {
        self.public_address.rsplit_once(':').map_or(self.public_address.as_str(), |(host, _)| host)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let raw: RawConfig = toml::from_str(text).map_err(|error| syntax(text, path, &error))?;
        Resolver { path }.config(raw)
    }
}

fn syntax(text: &str, path: &Path, error: &toml::de::Error) -> ConfigError {
    let at = error.span().map_or(0, |span| span.start);
    let before = text.get(..at).unwrap_or_default();
    ConfigError::Syntax {
        path: path.display().to_string(),
        line: before.matches('\n').count() + 1,
        column: before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1,
        message: error.message().to_owned(),
        text: text.lines().nth(before.matches('\n').count()).unwrap_or_default().trim().to_owned(),
    }
}

struct Resolver<'a> {
    path: &'a Path,
}

impl Resolver<'_> {
    fn config(&self, raw: RawConfig) -> Result<HubConfig, ConfigError> {
        let pki_dir = self.beside(&raw.pki_dir);
        let listen = self.listen("listen", &raw.listen, 7443)?;
        let host = self.host("public_host", &raw.public_host)?;
        let enrolment = match &raw.enrolment_listen {
            Some(text) => {
                let listen = self.listen("enrolment_listen", text, 7444)?;
                let port = raw.enrolment_public_port.unwrap_or(listen.port());
                Some(self.enrolment(&raw.enrolment, listen, format!("{host}:{port}"), &pki_dir)?)
            }
            None => None,
        };
        let data_dir = self.beside(&raw.data_dir);
        let database = database::resolve(self, raw.database, &data_dir)?;
        Ok(HubConfig {
            nats: nats::resolve(self, raw.nats, &database)?,
            database,
            data_dir,
            retention_days: self.within("retention_days", raw.retention_days, 1, 366)?,
            listen,
            public_address: format!("{host}:{}", raw.public_port.unwrap_or(listen.port())),
            authority: pki_dir.join("authority.pem"),
            certificate: pki_dir.join("hub.pem"),
            private_key: pki_dir.join("hub.key"),
            enrolment,
            rest_listen: raw.rest_listen.map(|text| self.listen("rest_listen", &text, 7445)).transpose()?,
            limits: self.limits(&raw.limits)?,
            stills: self.stills(raw.stills)?,
            console: raw.console.map(|console| self.console(&console, &host, &pki_dir)).transpose()?,
            packs: raw.policy.as_ref().and_then(|policy| Some(self.beside(policy.packs.as_ref()?))),
            trust: raw.policy.map(|policy| self.trust(&policy)).transpose()?,
            metrics_listen: self.metrics(raw.metrics_listen.as_deref(), raw.metrics_beyond_loopback)?,
            otlp: raw.otlp.map(|raw| otlp::resolve(self.path, raw)).transpose()?,
            connectors: connectors::resolve(self.path, raw.connector)?,
        })
    }

    fn stills(&self, raw: RawStills) -> Result<StillsConfig, ConfigError> {
        let secs = self.within("stills.answer_limit_secs", raw.answer_limit_secs, 1, 60)?;
        let under_way = self.within("stills.max_under_way", raw.max_under_way, 1, 256)?;
        let per_hour =
            self.within("stills.max_per_operator_per_hour", raw.max_per_operator_per_hour, 1, 3_600)?;
        for purpose in &raw.purposes {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
            if purpose.id.is_empty() || purpose.id.len() > 64 || !purpose.id.chars().all(plain) {
                let expected = "a purpose id of the policy, for example `plaza-safety`";
                return Err(self.value("stills.purposes.id", &purpose.id, expected.to_owned()));
            }
        }
        Ok(StillsConfig {
            answer_limit: Duration::from_secs(u64::from(secs)),
            max_under_way: under_way as usize,
            max_per_operator_per_hour: per_hour as usize,
            purposes: raw.purposes,
        })
    }

    fn trust(&self, raw: &RawPolicy) -> Result<TrustRoot, ConfigError> {
        let file = self.beside(&raw.approvers);
        let named = file.display().to_string();
        let refuse = |cause| ConfigError::Approvers { path: self.path.display().to_string(), cause };
        let text = std::fs::read_to_string(&file)
            .map_err(|source| refuse(PolicyError::Io { path: named.clone(), source }))?;
        TrustRoot::parse(&text, &named).map_err(refuse)
    }

    fn console(&self, raw: &RawConsole, host: &str, pki_dir: &Path) -> Result<ConsoleConfig, ConfigError> {
        let listen = self.listen("console.listen", &raw.listen, 8443)?;
        let idle_mins = self.within("console.idle_mins", raw.idle_mins, 1, 1_440)?;
        let hours = self.within("console.session_hours", raw.session_hours, 1, 24)?;
        let setup_mins = self.within("console.setup_valid_mins", raw.setup_valid_mins, 1, 1_440)?;
        let (certificate, private_key) = match (&raw.certificate, &raw.key) {
            (Some(certificate), Some(key)) => (self.beside(certificate), self.beside(key)),
            (None, None) => (pki_dir.join("hub.pem"), pki_dir.join("hub.key")),
            (given, _) => {
                let found =
                    if given.is_some() { "certificate without key" } else { "key without certificate" };
                let expected = "both `certificate` and `key`, or neither for those of `pki_dir`";
                return Err(self.value("console", found, expected.to_owned()));
            }
        };
        if let Some(role) = raw.first_user_recipients.iter().find(|role| !velum_policy::audit::is_name(role))
        {
            let expected = "the role of a [[recipient]] of the policy, for example `plaza-steward`";
            return Err(self.value("console.first_user_recipients", role, expected.to_owned()));
        }
        Ok(ConsoleConfig {
            listen,
            first_user_recipients: raw.first_user_recipients.clone(),
            public_url: format!("https://{host}:{}", raw.public_port.unwrap_or(listen.port())),
            certificate,
            private_key,
            idle_limit: Duration::from_secs(u64::from(idle_mins) * 60),
            session_limit: Duration::from_secs(u64::from(hours) * 3_600),
            setup_valid: Duration::from_secs(u64::from(setup_mins) * 60),
        })
    }

    fn enrolment(
        &self,
        raw: &RawEnrolment,
        listen: SocketAddr,
        public_address: String,
        pki_dir: &Path,
    ) -> Result<EnrolmentConfig, ConfigError> {
        let mins = self.within("enrolment.token_valid_mins", raw.token_valid_mins, 1, 1_440)?;
        let days = self.within("enrolment.certificate_valid_days", raw.certificate_valid_days, 1, 825)?;
        Ok(EnrolmentConfig {
            listen,
            public_address,
            authority_key: pki_dir.join("authority.key"),
            token_valid: Duration::from_secs(u64::from(mins) * 60),
            certificate_valid_days: days,
        })
    }

    fn limits(&self, raw: &RawLimits) -> Result<Limits, ConfigError> {
        let connections = self.within("limits.max_connections", raw.max_connections, 1, 100_000)?;
        let kib = self.within("limits.max_message_kib", raw.max_message_kib, LEAST_MESSAGE_KIB, 65_536)?;
        let records =
            self.within("limits.max_batch_records", raw.max_batch_records, LEAST_BATCH_RECORDS, 100_000)?;
        Ok(Limits {
            max_connections: connections as usize,
            max_message_bytes: kib as usize * 1_024,
            max_batch_records: records as usize,
        })
    }

    fn beside(&self, path: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    fn within(&self, field: &'static str, value: u32, least: u32, most: u32) -> Result<u32, ConfigError> {
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(self.value(field, &value.to_string(), format!("a number from {least} to {most}")))
    }

    fn listen(&self, field: &'static str, text: &str, port: u16) -> Result<SocketAddr, ConfigError> {
        let expected =
            || format!("an address and a port, for example `0.0.0.0:{port}` or `127.0.0.1:{port}`");
        text.parse().map_err(|_| self.value(field, text, expected()))
    }

    /// Metrics are served without encryption and to whoever asks.
    fn metrics(&self, text: Option<&str>, beyond_loopback: bool) -> Result<Option<SocketAddr>, ConfigError> {
        let Some(text) = text else { return Ok(None) };
        let address = self.listen("metrics_listen", text, 9465)?;
        if address.ip().is_loopback() || beyond_loopback {
            return Ok(Some(address));
        }
        let expected = format!(
            "an address of this machine alone, for example `127.0.0.1:{}`, with an agent beside the hub that collects; \
             where another machine is meant to read them without encryption, write `metrics_beyond_loopback = true`",
            address.port()
        );
        Err(self.value("metrics_listen", text, expected))
    }

    /// As it stands in a URL: a name, an IPv4 address, or an IPv6 address in brackets.
    fn host(&self, field: &'static str, text: &str) -> Result<String, ConfigError> {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let in_brackets = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let good = match in_brackets {
            Some(inner) => inner.parse::<Ipv6Addr>().is_ok(),
            None => !text.is_empty() && text.chars().all(name),
        };
        if good {
            return Ok(text.to_owned());
        }
        let expected =
            "a host that boxes can reach, for example `hub.example.org`, `192.0.2.7` or `[2001:db8::7]`";
        Err(self.value(field, text, expected.to_owned()))
    }

    fn value(&self, field: &'static str, found: &str, expected: String) -> ConfigError {
        let path = self.path.display().to_string();
        ConfigError::Value { path, field, found: found.to_owned(), expected }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../examples/hub.toml");

    fn check(from: &str, to: &str, expected: &str) {
        assert!(EXAMPLE.contains(from), "the example has no `{from}`");
        let error = HubConfig::parse(&EXAMPLE.replace(from, to), Path::new("etc/hub.toml")).unwrap_err();
        assert!(error.to_string().contains(expected), "`{error}` should say `{expected}`");
    }

    #[test]
    fn the_example_is_good() {
        let config = HubConfig::parse(EXAMPLE, Path::new("etc/hub.toml")).unwrap();
        assert_eq!(config.retention_days, 30);
        assert_eq!(config.certificate, Path::new("etc/pki/hub.pem"));
        assert_eq!(config.public_address, "localhost:7443");
        let enrolment = config.enrolment.unwrap();
        assert_eq!(enrolment.public_address, "localhost:7444");
        assert_eq!(enrolment.token_valid, Duration::from_secs(3_600));
        assert_eq!(config.stills.max_per_operator_per_hour, 20);
        let console = config.console.unwrap();
        assert_eq!(console.public_url, "https://localhost:8443");
        assert_eq!(console.certificate, Path::new("etc/pki/hub.pem"));
    }

    #[test]
    fn what_a_box_sends_fits_the_least_limits() {
        let text = EXAMPLE
            .replace("max_message_kib = 4096", "max_message_kib = 1024")
            .replace("max_batch_records = 1000", "max_batch_records = 256");
        let limits = HubConfig::parse(&text, Path::new("etc/hub.toml")).unwrap().limits;
        assert_eq!((limits.max_message_bytes, limits.max_batch_records), (1_048_576, 256));
    }

    #[test]
    fn refusals_name_place_and_fix() {
        check(
            "retention_days = 30",
            "retention_days = 0",
            "retention_days: found `0`, expected a number from 1",
        );
        check("retention_days = 30", "retention_day = 30", "etc/hub.toml:6:1: unknown field `retention_day`");
        check(
            "\"0.0.0.0:7443\"",
            "\"localhost\"",
            "listen: found `localhost`, expected an address and a port",
        );
        check("\"localhost\"", "\"https://hub\"", "public_host: found `https://hub`");
        check("data_dir = \"data/hub\"", "", "missing field `data_dir`");
        check("max_message_kib = 4096", "max_message_kib = -1", "expected u32, in `max_message_kib = -1`");
        check(
            "max_message_kib = 4096",
            "max_message_kib = 1023",
            "found `1023`, expected a number from 1024",
        );
        check(
            "max_batch_records = 1000",
            "max_batch_records = 255",
            "found `255`, expected a number from 256",
        );
        check("token_valid_mins = 60", "token_valid_mins = 100000", "from 1 to 1440");
        check("idle_mins = 30", "idle_mins = 0", "console.idle_mins: found `0`, expected a number from 1");
        check(
            "# certificate = \"console.pem\"",
            "certificate = \"console.pem\"",
            "console: found `certificate without key`",
        );
        check("id = \"plaza-safety\"", "id = \"plaza safety\"", "stills.purposes.id: found `plaza safety`");
        check("max_under_way = 16", "max_under_way = 0", "stills.max_under_way: found `0`");
    }
}
