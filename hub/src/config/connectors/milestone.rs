//! `kind = "milestone"`: how its events are named there, and which of its cameras ours are.

use std::collections::BTreeMap;

use super::{ConfigError, KindConfig, RawConnector, Resolver, Scheme};

/// Where XProtect's event server takes analytics events, by whatever scheme.
const PORT: u16 = 9090;
const PREFIX_CHARS: usize = 64;
const SOURCE_CHARS: usize = 256;
const HTTPS: Scheme = Scheme {
    name: "https",
    port: PORT,
    is_plain: false,
    has_path: true,
    example: "https://xprotect.example.org:9090",
};
const HTTP: Scheme = Scheme {
    name: "http",
    port: PORT,
    is_plain: true,
    has_path: true,
    example: "http://xprotect.example.org:9090",
};
const TCP: Scheme = Scheme {
    name: "tcp",
    port: PORT,
    is_plain: true,
    has_path: false,
    example: "tcp://xprotect.example.org:9090",
};
pub(super) const SCHEMES: [Scheme; 3] = [HTTPS, HTTP, TCP];

/// What an XProtect server needs beyond an address.
#[derive(Debug, Clone)]
pub(crate) struct MilestoneConfig {
    pub(crate) transport: Transport,
    /// What the names of our analytics events begin with there.
    pub(crate) message_prefix: String,
    /// Ours, and what they are there.
    pub(crate) cameras: BTreeMap<String, SourceConfig>,
}

/// How XML gets there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// As the body of a POST: it is answered.
    Http,
    /// Bare.
    Tcp,
}

/// A camera there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceConfig {
    /// By its GUID.
    Guid(String),
    /// By its address.
    Address(String),
}

impl Resolver<'_> {
    pub(super) fn milestone(&self, raw: &RawConnector) -> Result<KindConfig, ConfigError> {
        let message_prefix = raw.message_prefix.clone().unwrap_or_else(|| "Velum".to_owned());
        if !is_line(&message_prefix, PREFIX_CHARS) {
            let expected = "1 to 64 characters without blanks around them, for example `Velum`";
            return Err(self.value("message_prefix", &message_prefix, expected));
        }
        let mut cameras = BTreeMap::new();
        for (camera, there) in raw.cameras.clone().unwrap_or_default() {
            if !is_line(&there, SOURCE_CHARS) {
                let expected = format!("of `{camera}` the camera's GUID or address in XProtect");
                return Err(self.value("cameras", &there, &expected));
            }
            let is_guid = is_guid(&there);
            cameras.insert(
                camera,
                if is_guid { SourceConfig::Guid(there) } else { SourceConfig::Address(there) },
            );
        }
        let is_bare =
            raw.url.get(..TCP.name.len()).is_some_and(|scheme| scheme.eq_ignore_ascii_case(TCP.name));
        let transport = if is_bare { Transport::Tcp } else { Transport::Http };
        Ok(KindConfig::Milestone(MilestoneConfig { transport, message_prefix, cameras }))
    }
}

fn is_line(text: &str, most_chars: usize) -> bool {
    let count = text.chars().count();
    (1..=most_chars).contains(&count) && text.trim() == text && !text.chars().any(char::is_control)
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12] && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
