//! The address of a camera, parsed once; what is shown of it never holds a credential.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::DecodeError;

/// Where pictures come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceUrl {
    /// A camera on the network.
    Rtsp(RtspAddress),
    /// A recording.
    File(PathBuf),
    /// A picture drawn by GStreamer, to try a box without a camera.
    Test(TestPattern),
}

/// `rtsp://host[:port]/path` or `rtsps://…`, without credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct RtspAddress {
    tls: bool,
    host_and_port: String,
    path_and_query: String,
}

/// A picture drawn by GStreamer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestPattern {
    /// A ball that moves over black.
    Ball,
    /// Colour bars.
    Smpte,
    /// Noise.
    Snow,
    /// Black.
    Black,
    /// White.
    White,
}

impl TestPattern {
    const ALL: [Self; 5] = [Self::Ball, Self::Smpte, Self::Snow, Self::Black, Self::White];

    /// The name, as in `test:ball` and in GStreamer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ball => "ball",
            Self::Smpte => "smpte",
            Self::Snow => "snow",
            Self::Black => "black",
            Self::White => "white",
        }
    }
}

impl SourceUrl {
    /// Parses `rtsp://…`, `rtsps://…`, `file://…`, `test:PATTERN`, or the path of a file.
    ///
    /// # Errors
    /// [`DecodeError::Scheme`], [`DecodeError::Address`], [`DecodeError::Pattern`], and
    /// [`DecodeError::CredentialsInSource`] where a user name or password stands in the address.
    pub fn parse(text: &str) -> Result<Self, DecodeError> {
        if let Some(pattern) = text.strip_prefix("test:") {
            let found = TestPattern::ALL.into_iter().find(|p| p.name() == pattern);
            return found.map(Self::Test).ok_or_else(|| DecodeError::Pattern(pattern.to_owned()));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return parse_path(text);
        };
        match scheme.to_ascii_lowercase().as_str() {
            "rtsp" => RtspAddress::parse(false, rest).map(Self::Rtsp),
            "rtsps" => RtspAddress::parse(true, rest).map(Self::Rtsp),
            "file" => parse_path(rest),
            _ => Err(DecodeError::Scheme(redacted(text))),
        }
    }

    /// Whether pictures stop coming when nobody takes them; a recording waits.
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::File(_))
    }
}

impl fmt::Display for SourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rtsp(address) => address.fmt(f),
            Self::File(path) => path.display().fmt(f),
            Self::Test(pattern) => write!(f, "test:{}", pattern.name()),
        }
    }
}

fn parse_path(text: &str) -> Result<SourceUrl, DecodeError> {
    let looks_like_path = !text.is_empty() && !text.contains('\0') && !text.contains('@');
    if !looks_like_path {
        return Err(DecodeError::Scheme(redacted(text)));
    }
    Ok(SourceUrl::File(Path::new(text).to_path_buf()))
}

impl RtspAddress {
    fn parse(tls: bool, rest: &str) -> Result<Self, DecodeError> {
        let scheme = if tls { "rtsps" } else { "rtsp" };
        if rest.contains('@') {
            return Err(DecodeError::CredentialsInSource {
                redacted: redacted(&format!("{scheme}://{rest}")),
            });
        }
        let split = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host_and_port, path_and_query) = rest.split_at(split);
        let plain = rest.chars().all(|c| c.is_ascii_graphic());
        if !plain || !is_host_and_port(host_and_port) {
            return Err(DecodeError::Address(redacted(&format!("{scheme}://{rest}"))));
        }
        Ok(Self { tls, host_and_port: host_and_port.to_owned(), path_and_query: path_and_query.to_owned() })
    }

    /// Whether the connection is encrypted.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host's name or address, without the brackets of IPv6.
    pub(crate) fn host(&self) -> &str {
        split_port(&self.host_and_port).0.trim_matches(['[', ']'])
    }

    /// The port; where none is written 554, and 322 with TLS.
    ///
    /// *Source*: RFC 7826, section 22.14 (the URI schemes).
    pub(crate) fn port(&self) -> u16 {
        let written = split_port(&self.host_and_port).1.and_then(|port| port.parse().ok());
        written.unwrap_or(if self.tls { 322 } else { 554 })
    }

    /// The whole address for GStreamer, which would take 554 for TLS too. A query may hold a token: never log it.
    pub(crate) fn location(&self) -> String {
        format!("{}{}", self.server(), self.path_and_query)
    }

    /// Whether another location is at the same server, spoken to in the same way.
    pub(crate) fn is_at(&self, location: &str) -> bool {
        let rest = location.strip_prefix(&self.server());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }

    fn server(&self) -> String {
        let scheme = if self.tls { "rtsps" } else { "rtsp" };
        format!("{scheme}://{}:{}", split_port(&self.host_and_port).0, self.port())
    }

    fn written(&self) -> String {
        let scheme = if self.tls { "rtsps" } else { "rtsp" };
        format!("{scheme}://{}{}", self.host_and_port, self.path_and_query)
    }
}

/// Shows scheme, host and path. Parts that may carry a token (`?…`, and path segments with `=`) are shown as `…`.
impl fmt::Display for RtspAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&redacted(&self.written()))
    }
}

impl fmt::Debug for RtspAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RtspAddress({self})")
    }
}

fn split_port(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    }
}

fn is_host_and_port(text: &str) -> bool {
    let (host, port) = split_port(text);
    let named = |h: &str| {
        !h.is_empty() && h.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    let bracketed = |h: &str| {
        h.strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .is_some_and(|h| h.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let port_is_good = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|p| p > 0));
    (named(host) || bracketed(host)) && port_is_good
}

/// The address without whatever may be secret in it: all of it beside an `@`, what stands in place of a port and
/// is none, the query, segments with `=`.
fn redacted(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => (String::new(), text),
    };
    if text.contains('@') {
        return if scheme.contains('@') { "…@…".to_owned() } else { format!("{scheme}…@…") };
    }
    let (shown, query) = rest.split_once('?').map_or((rest, ""), |(path, _)| (path, "?…"));
    let mut segments = shown.split('/');
    let authority = segments.next().map(redacted_authority).unwrap_or_default();
    let path: String =
        segments.map(|s| if s.contains('=') { "/…".to_owned() } else { format!("/{s}") }).collect();
    format!("{scheme}{authority}{path}{query}")
}

fn redacted_authority(text: &str) -> String {
    match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') && !port.chars().all(|c| c.is_ascii_digit()) => {
            format!("{host}:…")
        }
        _ => text.to_owned(),
    }
}

/// Parses any bytes; for the fuzzer and the test that replays it. Never panics, and shows no secret.
#[cfg(test)]
fn fuzz_source_url(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match SourceUrl::parse(&text) {
        Ok(source) => assert!(!source.to_string().contains('@'), "shows user information"),
        Err(error) => assert!(!error.to_string().contains("secret"), "shows a secret: {error}"),
    }
}

#[cfg(test)]
mod tests;
