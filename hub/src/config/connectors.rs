//! `[[connector]]` of `hub.toml`: where events are handed on to, as which recipient, and with which secrets, which
//! stand in files of their own.

mod milestone;
mod target;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use velum_policy::audit::is_name;

use super::ConfigError;
use crate::identity::Name;
pub(crate) use milestone::{MilestoneConfig, SourceConfig, Transport};
use target::MQTTS;
pub(crate) use target::{Encryption, TargetConfig};
pub(super) use target::{HTTPS, RawTarget, Scheme};

const REASON_CHARS: usize = 300;

/// One connector.
#[derive(Debug, Clone)]
pub(crate) struct ConnectorConfig {
    pub(crate) name: Name,
    /// The role of a `[[recipient]]` in the published policies.
    pub(crate) recipient: String,
    /// Why its events are handed on: stands in the audit log with each.
    pub(crate) reason: String,
    /// A purpose of the recipient; none where it has only one.
    pub(crate) purpose: Option<String>,
    pub(crate) stream: StreamKind,
    /// Whether it is told of numbers that are no events, and how much is held back.
    pub(crate) gaps: bool,
    pub(crate) target: TargetConfig,
    pub(crate) kind: KindConfig,
}

/// Whose numbers a connector follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StreamKind {
    /// What boxes report.
    #[default]
    Records,
    /// What people decided.
    Reviewed,
}

impl StreamKind {
    /// As hub.toml and the store have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Reviewed => "reviewed",
        }
    }
}

/// What each kind needs beyond that.
#[derive(Debug, Clone)]
pub(crate) enum KindConfig {
    /// CloudEvents over HTTPS.
    Webhook {
        /// One or two keys of the signature.
        secret_file: PathBuf,
        body: BodyConfig,
    },
    /// ONVIF's JSON events over MQTT 5.
    Mqtt {
        /// Unique among the producers of the broker.
        topic_prefix: String,
        client_id: String,
        /// Name, and the file with the password.
        login: Option<(String, PathBuf)>,
    },
    /// Analytics events of Milestone XProtect.
    Milestone(MilestoneConfig),
}

impl KindConfig {
    /// As hub.toml has it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Mqtt { .. } => "mqtt",
            Self::Milestone(_) => "milestone",
        }
    }
}

/// What the body of a webhook is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyConfig {
    /// The CloudEvent, whole.
    Structured,
    /// Its data; the rest is in headers.
    Binary,
    /// What a template makes of it; the rest is in headers.
    Template {
        /// The template.
        file: PathBuf,
        /// What the body is then.
        content_type: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConnector {
    name: String,
    kind: RawKind,
    recipient: String,
    reason: String,
    purpose: Option<String>,
    #[serde(default)]
    stream: StreamKind,
    gaps: Option<bool>,
    url: String,
    #[serde(default)]
    allow_private: bool,
    ca_file: Option<PathBuf>,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    timeout_secs: Option<u32>,
    secret_file: Option<PathBuf>,
    mode: Option<RawMode>,
    template_file: Option<PathBuf>,
    content_type: Option<String>,
    topic_prefix: Option<String>,
    client_id: Option<String>,
    username: Option<String>,
    password_file: Option<PathBuf>,
    allow_unencrypted: Option<bool>,
    message_prefix: Option<String>,
    cameras: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawKind {
    Webhook,
    Mqtt,
    Milestone,
}

impl RawConnector {
    /// Keys that only one kind has, whose they are, and whether they are given.
    fn own_keys(&self) -> [(&'static str, RawKind, bool); 12] {
        use RawKind::{Milestone, Mqtt, Webhook};
        [
            ("secret_file", Webhook, self.secret_file.is_some()),
            ("mode", Webhook, self.mode.is_some()),
            ("template_file", Webhook, self.template_file.is_some()),
            ("content_type", Webhook, self.content_type.is_some()),
            ("gaps", Webhook, self.gaps == Some(true)),
            ("topic_prefix", Mqtt, self.topic_prefix.is_some()),
            ("client_id", Mqtt, self.client_id.is_some()),
            ("username", Mqtt, self.username.is_some()),
            ("password_file", Mqtt, self.password_file.is_some()),
            ("allow_unencrypted", Milestone, self.allow_unencrypted.is_some()),
            ("message_prefix", Milestone, self.message_prefix.is_some()),
            ("cameras", Milestone, self.cameras.is_some()),
        ]
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawMode {
    Structured,
    Binary,
}

/// Checks all of them.
///
/// # Errors
/// [`ConfigError::ValueAt`], with name, field and what would do.
pub(super) fn resolve(path: &Path, raw: Vec<RawConnector>) -> Result<Vec<ConnectorConfig>, ConfigError> {
    let mut all: Vec<ConnectorConfig> = Vec::with_capacity(raw.len());
    for one in raw {
        let resolver = Resolver { path, place: format!("connector `{}`", shortened(&one.name)) };
        let config = resolver.connector(one)?;
        if all.iter().any(|other| other.name == config.name) {
            return Err(resolver.value("name", config.name.as_str(), "a name that no other connector has"));
        }
        all.push(config);
    }
    Ok(all)
}

fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

/// Checks the keys at one place of the file.
pub(super) struct Resolver<'a> {
    pub(super) path: &'a Path,
    pub(super) place: String,
}

impl Resolver<'_> {
    fn connector(&self, raw: RawConnector) -> Result<ConnectorConfig, ConfigError> {
        let name = Name::parse(&raw.name).map_err(|_| {
            self.value("name", &raw.name, "1 to 64 of a-z A-Z 0-9 . _ -, for example `dispatch`")
        })?;
        self.only_own_keys(&raw)?;
        let (kind, target) = match raw.kind {
            RawKind::Webhook => (self.webhook(&raw)?, self.target(&raw.target(), &[HTTPS])?),
            RawKind::Mqtt => (self.mqtt(&raw, &name)?, self.target(&raw.target(), &[MQTTS])?),
            RawKind::Milestone => (self.milestone(&raw)?, self.target(&raw.target(), &milestone::SCHEMES)?),
        };
        if !is_name(&raw.recipient) {
            let expected =
                "the role of a [[recipient]] of the published policy, for example `dispatch-system`";
            return Err(self.value("recipient", &raw.recipient, expected));
        }
        if let Some(purpose) = raw.purpose.as_ref().filter(|purpose| !is_name(purpose)) {
            return Err(self.value(
                "purpose",
                purpose,
                "a purpose id of the policy, for example `plaza-safety`",
            ));
        }
        Ok(ConnectorConfig {
            name,
            recipient: raw.recipient.clone(),
            reason: self.reason(&raw.reason)?,
            purpose: raw.purpose.clone(),
            stream: raw.stream,
            gaps: raw.gaps.unwrap_or(raw.kind == RawKind::Webhook),
            target,
            kind,
        })
    }

    fn reason(&self, reason: &str) -> Result<String, ConfigError> {
        let reason = reason.trim();
        let is_good =
            (1..=REASON_CHARS).contains(&reason.chars().count()) && !reason.chars().any(char::is_control);
        if is_good {
            return Ok(reason.to_owned());
        }
        let expected = "one line of 1 to 300 characters that the audit log takes, for example `dispatch sends the stewards`";
        Err(self.value("reason", reason, expected))
    }

    fn webhook(&self, raw: &RawConnector) -> Result<KindConfig, ConfigError> {
        let Some(secret_file) = &raw.secret_file else {
            let expected = "a file with the key of the signature; make one with \
                            `echo \"whsec_$(openssl rand -base64 32)\" > secret`";
            return Err(self.value("secret_file", "nothing", expected));
        };
        let body = match (&raw.template_file, raw.mode) {
            (Some(_), Some(_)) => {
                return Err(self.value("mode", "a mode beside template_file", "one of the two"));
            }
            (Some(file), None) => {
                let content_type = raw.content_type.clone().unwrap_or_else(|| "application/json".to_owned());
                if hyper::header::HeaderValue::from_str(&content_type).is_err() {
                    return Err(self.value(
                        "content_type",
                        &content_type,
                        "a media type, for example `text/plain`",
                    ));
                }
                BodyConfig::Template { file: self.beside(file), content_type }
            }
            (None, Some(RawMode::Binary)) => BodyConfig::Binary,
            (None, _) => BodyConfig::Structured,
        };
        if raw.content_type.is_some() && raw.template_file.is_none() {
            return Err(self.value("content_type", "one without template_file", "it with a template alone"));
        }
        Ok(KindConfig::Webhook { secret_file: self.beside(secret_file), body })
    }

    fn mqtt(&self, raw: &RawConnector, name: &Name) -> Result<KindConfig, ConfigError> {
        let topic_prefix = raw.topic_prefix.clone().unwrap_or_else(|| "velum".to_owned());
        let is_level = |level: &str| !level.is_empty() && level.chars().all(is_topic_char);
        if topic_prefix.starts_with('$') || !topic_prefix.split('/').all(is_level) || topic_prefix.len() > 128
        {
            let expected = "levels of a topic without `+`, `#` or blanks, for example `town/velum`";
            return Err(self.value("topic_prefix", &topic_prefix, expected));
        }
        let client_id = raw.client_id.clone().unwrap_or_else(|| format!("velum-hub-{name}"));
        if client_id.is_empty() || client_id.len() > 64 || !client_id.chars().all(is_topic_char) {
            return Err(self.value(
                "client_id",
                &client_id,
                "1 to 64 plain characters, for example `velum-hub`",
            ));
        }
        let login = match (&raw.username, &raw.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), self.beside(file))),
            (None, None) => None,
            (Some(_), None) => {
                return Err(self.value("password_file", "nothing", "a file beside `username`"));
            }
            (None, Some(_)) => {
                return Err(self.value("username", "nothing", "a name beside `password_file`"));
            }
        };
        Ok(KindConfig::Mqtt { topic_prefix, client_id, login })
    }

    fn only_own_keys(&self, raw: &RawConnector) -> Result<(), ConfigError> {
        let is_foreign = |(_, kind, is_given): &(&str, RawKind, bool)| *is_given && *kind != raw.kind;
        let Some((field, ..)) = raw.own_keys().into_iter().find(is_foreign) else { return Ok(()) };
        let kind = format!("{:?}", raw.kind).to_lowercase();
        let expected = format!("no such key: it is not for kind `{kind}` of `{}`", raw.name);
        Err(self.value(field, "a value", &expected))
    }

    pub(super) fn beside(&self, file: &Path) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(file)
    }

    pub(super) fn value(&self, field: &'static str, found: &str, expected: &str) -> ConfigError {
        ConfigError::ValueAt {
            path: self.path.display().to_string(),
            place: self.place.clone(),
            field,
            found: found.to_owned(),
            expected: expected.to_owned(),
        }
    }
}

/// Of the characters that a topic may hold, those that no filter and no terminal takes for something else.
fn is_topic_char(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '+' | '#' | '&' | '/' | '\\' | '"')
}

#[cfg(test)]
mod tests;
