//! What can be wrong with a camera's configuration or its connection.
//!
//! Texts begin with the key of the camera's configuration that mends them; no text holds a credential.

use std::path::{Path, PathBuf};

/// Why a source cannot be used, or was lost.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// GStreamer itself does not start.
    #[error("gstreamer does not start: {0}; run `make setup` to install it")]
    Gstreamer(String),
    /// A GStreamer element is not installed.
    #[error("gstreamer element `{element}` is missing; run `make setup`, or `apt-get install {package}`")]
    MissingElement {
        /// The element.
        element: String,
        /// The Debian package that carries it.
        package: &'static str,
    },
    /// The scheme is none that is spoken here.
    #[error(
        "source: `{0}`: expected an address with rtsp://, rtsps://, file:// or test:, or the path of a file, \
         for example `rtsp://192.0.2.10:554/stream1`"
    )]
    Scheme(String),
    /// No host, or a port that is none.
    #[error("source: `{0}`: expected rtsp://HOST[:PORT]/PATH, for example `rtsp://192.0.2.10:554/stream1`")]
    Address(String),
    /// User name or password inside the address. They are refused, so that no log or policy file ever shows them.
    #[error(
        "source: `{redacted}`: a user name or password inside the address is refused; delete it and set \
         `credentials_file = \"/etc/velum/camera.credentials\"` (one line `user:password`) or \
         `credentials_env = \"CAMERA_CREDENTIALS\"`"
    )]
    CredentialsInSource {
        /// The address without them.
        redacted: String,
    },
    /// There is no such test pattern.
    #[error("source: `test:{0}`: expected one of test:ball, test:smpte, test:snow, test:black, test:white")]
    Pattern(String),
    /// A setting is out of its range.
    #[error("{field}: `{value}`: expected {expected}")]
    Setting {
        /// The key.
        field: &'static str,
        /// The value as given.
        value: String,
        /// What is accepted, with an example.
        expected: &'static str,
    },
    /// A file with credentials cannot be read.
    #[error(
        "credentials_file: `{path}`: {reason}; put one line `user:password` there, readable by velum-edge only"
    )]
    CredentialsFile {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// An environment variable with credentials is not set, or does not hold `user:password`.
    #[error("credentials_env: `{variable}`: {reason}; set it to `user:password` in velum-edge's environment")]
    CredentialsEnv {
        /// The variable's name.
        variable: String,
        /// What went wrong.
        reason: String,
    },
    /// The camera's host does not answer.
    #[error(
        "source: `{address}`: no connection ({reason}); check the address, the port and that the camera is on"
    )]
    Unreachable {
        /// The address, without credentials.
        address: String,
        /// What GStreamer said.
        reason: String,
    },
    /// The camera wants credentials, and has none.
    #[error(
        "source: `{address}`: the camera wants a user name and password (401); set `credentials_file` or \
         `credentials_env`"
    )]
    NoCredentials {
        /// The address, without credentials.
        address: String,
    },
    /// The camera wants other credentials.
    #[error(
        "source: `{address}`: the camera refused the user name or password (401); correct `credentials_file` or \
         `credentials_env`"
    )]
    Unauthorised {
        /// The address, without credentials.
        address: String,
    },
    /// The host answers, and has no such stream.
    #[error("source: `{address}`: the camera has no such stream (404); check the path, for example /stream1")]
    NoSuchStream {
        /// The address, without credentials.
        address: String,
    },
    /// The video is coded in a way that nothing here decodes.
    #[error(
        "source: `{address}`: codec `{codec}` is not supported; set the camera to H.264, H.265, MJPEG or MPEG-4"
    )]
    UnsupportedCodec {
        /// The address, without credentials.
        address: String,
        /// The codec as the source names it.
        codec: String,
    },
    /// Nothing in it is video.
    #[error("source: `{address}`: carries no video; choose a video stream or file")]
    NoVideo {
        /// The address, without credentials.
        address: String,
    },
    /// The file is not there, or not readable.
    #[error("source: `{path}`: {reason}; check the path, looked for at `{}`", absolute(.path))]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// No picture for too long.
    #[error(
        "source: `{address}`: no picture for {silent_secs:.0} s; check that the camera is on and sends key frames"
    )]
    Silent {
        /// The address, without credentials.
        address: String,
        /// For how long.
        silent_secs: f32,
    },
    /// The stream ended although it is a live one.
    #[error("source: `{address}`: the camera ended the stream")]
    Ended {
        /// The address, without credentials.
        address: String,
    },
    /// Anything else that broke the stream.
    #[error("source: `{address}`: the stream broke: {reason}")]
    Broken {
        /// The address, without credentials.
        address: String,
        /// What GStreamer said.
        reason: String,
    },
    /// The system gave no thread.
    #[error("no thread for camera `{camera}`: {reason}; raise the limit of processes")]
    Thread {
        /// The camera.
        camera: String,
        /// What the system said.
        reason: String,
    },
}

impl DecodeError {
    /// Whether trying again soon does harm: many cameras lock an account after a few wrong passwords.
    pub(crate) fn wants_long_pause(&self) -> bool {
        matches!(self, Self::Unauthorised { .. } | Self::NoCredentials { .. })
    }
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}
