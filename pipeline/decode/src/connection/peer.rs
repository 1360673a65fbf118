//! Who is at the other end, and what an error there means for whoever set the camera up.

use gst::{ResourceError, StreamError};

use super::reach::{self, Reach};
use super::words::plain;
use crate::source::RtspAddress;
use crate::{DecodeError, SourceConfig, SourceUrl, Transport};

/// One source, as far as the text of an error needs it. Holds no credential.
pub(super) struct Peer {
    source: SourceUrl,
    transport: Transport,
    has_credentials: bool,
}

impl Peer {
    pub(super) fn of(config: &SourceConfig) -> Self {
        let SourceConfig { source, transport, credentials, .. } = config;
        Self { source: source.clone(), transport: *transport, has_credentials: credentials.is_some() }
    }

    /// The address, fit to be shown.
    pub(super) fn address(&self) -> String {
        self.source.to_string()
    }

    /// Nothing was seen for so long. Where not even an answer was heard, looks why.
    pub(super) fn silent(&self, silent_secs: f32, is_described: bool) -> DecodeError {
        match &self.source {
            SourceUrl::Rtsp(camera) if !is_described => {
                self.unheard(camera, reach::look(camera.host(), camera.port()), silent_secs)
            }
            _ => DecodeError::Silent { address: self.address(), silent_secs },
        }
    }

    fn unheard(&self, camera: &RtspAddress, reach: Reach, waited_secs: f32) -> DecodeError {
        match reach {
            Reach::Answers => DecodeError::Mute { address: self.address(), waited_secs },
            Reach::NoAnswer(_) => DecodeError::NoAnswer { address: self.address(), waited_secs },
            found => self.unreachable(camera, found),
        }
    }

    pub(super) fn broken(&self, reason: &str) -> DecodeError {
        DecodeError::Broken { address: self.address(), reason: plain(reason) }
    }

    /// What GStreamer's error means. Where it says no more than that there is no connection, looks why.
    pub(super) fn explain(&self, error: &gst::glib::Error, debug: &str, is_described: bool) -> DecodeError {
        match &self.source {
            SourceUrl::Rtsp(camera) if could_not_open(error) => {
                self.unreachable(camera, reach::look(camera.host(), camera.port()))
            }
            SourceUrl::Rtsp(_) => self.answered(error, debug, is_described),
            SourceUrl::File(_) | SourceUrl::Test(_) => self.played(error, debug),
        }
    }

    /// There was no connection, and a second look found this.
    fn unreachable(&self, camera: &RtspAddress, reach: Reach) -> DecodeError {
        let address = self.address();
        match reach {
            Reach::UnknownHost(reason) => {
                DecodeError::UnknownHost { address, host: camera.host().to_owned(), reason }
            }
            Reach::Refused => DecodeError::Refused { address, port: camera.port() },
            Reach::NoAnswer(waited) => DecodeError::NoAnswer { address, waited_secs: waited.as_secs_f32() },
            Reach::Answers if camera.is_tls() => DecodeError::NoTlsThere { address },
            Reach::Answers => DecodeError::Unreachable { address, reason: "it broke off at once".to_owned() },
            Reach::Other(reason) => DecodeError::Unreachable { address, reason },
        }
    }

    /// There was a connection, and the camera did not play.
    fn answered(&self, error: &gst::glib::Error, debug: &str, is_described: bool) -> DecodeError {
        let address = self.address();
        let detail = detail(debug);
        if error.matches(ResourceError::NotAuthorized) {
            return if self.has_credentials {
                DecodeError::Unauthorised { address }
            } else {
                DecodeError::NoCredentials { address }
            };
        }
        if error.matches(ResourceError::NotFound) {
            return DecodeError::NoSuchStream { address };
        }
        if detail == "SDP contains no streams" {
            return DecodeError::NoVideo { address };
        }
        if error.matches(ResourceError::Read) {
            if !is_described && detail.starts_with("Could not receive message") {
                return DecodeError::NotRtsp { address };
            }
            if self.transport == Transport::Udp && detail.contains("UDP packets") {
                return DecodeError::NoDatagrams { address };
            }
        }
        match status(detail) {
            Some(403) => DecodeError::Forbidden { address },
            Some(status) => DecodeError::Declined { address, status },
            None => self.played(error, debug),
        }
    }

    fn played(&self, error: &gst::glib::Error, debug: &str) -> DecodeError {
        if error.matches(StreamError::CodecNotFound) || error.matches(StreamError::TypeNotFound) {
            return DecodeError::NoVideo { address: self.address() };
        }
        let detail = detail(debug);
        self.broken(if detail.is_empty() { error.message() } else { detail })
    }
}

fn could_not_open(error: &gst::glib::Error) -> bool {
    [ResourceError::OpenRead, ResourceError::OpenReadWrite, ResourceError::OpenWrite]
        .into_iter()
        .any(|kind| error.matches(kind))
}

/// The last line of GStreamer's debug text: those before it name places in its source.
fn detail(debug: &str) -> &str {
    debug.lines().skip(1).last().unwrap_or_default().trim()
}

/// The status of RTSP at the end of `Not Enough Bandwidth (453)`.
fn status(detail: &str) -> Option<u16> {
    let digits = detail.strip_suffix(')')?.rsplit_once('(')?.1;
    digits.parse().ok().filter(|status| (300..600).contains(status))
}

#[cfg(test)]
mod tests;
