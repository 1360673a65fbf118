//! How one source is to be opened and played.

use std::path::PathBuf;
use std::time::Duration;

use crate::{Credentials, DecodeError, DecoderChoice, SourceUrl};

/// One source, resolved: everything a stream needs to know. A sub-stream for analysis is a second one of these.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// Where pictures come from.
    pub source: SourceUrl,
    /// User name and password, where the camera wants them.
    pub credentials: Option<Credentials>,
    /// The authorities, in PEM, of which one must have signed the camera's certificate; the system's where none
    /// is named. For `rtsps://` only. There is no way not to look at the certificate.
    pub tls_ca_file: Option<PathBuf>,
    /// How RTP travels.
    pub transport: Transport,
    /// Which decoders may be taken.
    pub decoder: DecoderChoice,
    /// Frames a second that are put out at most; the rest is dropped after decoding and before conversion.
    pub analysed_fps: f32,
    /// Width of the frames put out, pixels; the height keeps the proportions. `None`, or a width beyond the
    /// source's own: as the source has it. Made even.
    pub analysed_width_px: Option<u32>,
    /// What happens at the end of a file.
    pub at_end: AtEnd,
    /// Without a picture for this long, the camera counts as lost.
    pub silence: Duration,
}

/// How RTP travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Inside the RTSP connection: passes firewalls, loses nothing.
    #[default]
    Tcp,
    /// In datagrams: lower delay, and pictures after a lost packet are dropped up to the next key frame.
    Udp,
}

impl Transport {
    /// The transport with this name, `tcp` or `udp`.
    ///
    /// # Errors
    /// [`DecodeError::Setting`] for any other name.
    pub fn parse(name: &str) -> Result<Self, DecodeError> {
        match name {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            _ => Err(DecodeError::Setting {
                field: "transport",
                value: name.to_owned(),
                expected: "`tcp` or `udp`",
            }),
        }
    }

    /// The name in configuration and in GStreamer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// What happens at the end of a file. A live source that ends is a lost camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtEnd {
    /// The stream is finished.
    #[default]
    Finish,
    /// The file is played again, and time goes on.
    Repeat,
}

impl SourceConfig {
    /// This source without credentials, over TCP, 5 frames a second, its own size, finished at its end,
    /// lost after 10 s of silence.
    pub fn new(source: SourceUrl) -> Self {
        Self {
            source,
            credentials: None,
            tls_ca_file: None,
            transport: Transport::default(),
            decoder: DecoderChoice::default(),
            analysed_fps: 5.0,
            analysed_width_px: None,
            at_end: AtEnd::default(),
            silence: Duration::from_secs(10),
        }
    }

    /// Checks the numbers, and that authorities are named only where a certificate is looked at.
    ///
    /// # Errors
    /// [`DecodeError::Setting`] names the key and what it accepts.
    pub fn check(&self) -> Result<(), DecodeError> {
        let wrong = |field, value: String, expected| Err(DecodeError::Setting { field, value, expected });
        if !(0.1..=120.0).contains(&self.analysed_fps) {
            return wrong(
                "analysed_fps",
                self.analysed_fps.to_string(),
                "a number from 0.1 to 120, for example 5",
            );
        }
        if let Some(width_px) = self.analysed_width_px.filter(|w| !(64..=7_680).contains(w)) {
            return wrong(
                "analysed_width_px",
                width_px.to_string(),
                "a whole number from 64 to 7680, for example 640",
            );
        }
        if !(1.0..=3_600.0).contains(&self.silence.as_secs_f64()) {
            return wrong(
                "silence_secs",
                self.silence.as_secs_f64().to_string(),
                "from 1 to 3600, for example 10",
            );
        }
        let is_tls = matches!(&self.source, SourceUrl::Rtsp(address) if address.is_tls());
        if let Some(path) = self.tls_ca_file.as_ref().filter(|_| !is_tls) {
            return wrong(
                "tls_ca_file",
                path.display().to_string(),
                "a source with `rtsps://` beside it; this one is not encrypted",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: fn(&mut SourceConfig), expected: Option<&str>) {
        let mut config = SourceConfig::new(SourceUrl::parse("test:ball").unwrap());
        change(&mut config);
        assert_eq!(config.check().err().map(|e| e.to_string()).as_deref(), expected);
    }

    #[test]
    fn numbers_have_ranges() {
        check(|_| {}, None);
        check(|c| c.analysed_width_px = Some(640), None);
        check(
            |c| c.analysed_fps = 0.0,
            Some("analysed_fps: `0`: expected a number from 0.1 to 120, for example 5"),
        );
        check(
            |c| c.analysed_fps = f32::NAN,
            Some("analysed_fps: `NaN`: expected a number from 0.1 to 120, for example 5"),
        );
        check(
            |c| c.analysed_width_px = Some(3),
            Some("analysed_width_px: `3`: expected a whole number from 64 to 7680, for example 640"),
        );
        check(
            |c| c.silence = Duration::ZERO,
            Some("silence_secs: `0`: expected from 1 to 3600, for example 10"),
        );
        check(
            |c| c.tls_ca_file = Some("/etc/velum/camera-ca.pem".into()),
            Some(
                "tls_ca_file: `/etc/velum/camera-ca.pem`: expected a source with `rtsps://` beside it; this one is \
                 not encrypted",
            ),
        );
        let encrypted = SourceConfig {
            tls_ca_file: Some("ca.pem".into()),
            ..SourceConfig::new(SourceUrl::parse("rtsps://cam/a").unwrap())
        };
        assert_eq!(encrypted.check(), Ok(()));
        assert_eq!(
            Transport::parse("http").unwrap_err().to_string(),
            "transport: `http`: expected `tcp` or `udp`"
        );
    }
}
