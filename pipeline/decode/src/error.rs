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
    /// A decoder is installed, and its device does not take one more stream.
    #[error(
        "decoder: `{element}` does not start; look whether the device has memory left, for example with `nvidia-smi`, or \
         set `decoder = \"software\"`"
    )]
    DecoderStart {
        /// The element.
        element: String,
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
    /// The file with the authorities of a camera's certificate cannot be used.
    #[error(
        "tls_ca_file: `{path}`: {reason}; put the certificate of the authority that signed the camera's there, in PEM \
         (`-----BEGIN CERTIFICATE-----`)"
    )]
    TlsCaFile {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// GLib's module for TLS is not installed.
    #[error(
        "source: `{address}`: nothing here speaks TLS; run `make setup`, or `apt-get install glib-networking`"
    )]
    NoTls {
        /// The address, without credentials.
        address: String,
    },
    /// Name service has no address for the host.
    #[error(
        "source: `{address}`: the host name `{host}` is not known ({reason}); check its spelling and the name server, \
         or write the camera's IP address"
    )]
    UnknownHost {
        /// The address, without credentials.
        address: String,
        /// The name.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The host answers, and nothing listens at the port.
    #[error(
        "source: `{address}`: the host refuses connections to port {port}; check the port, and that RTSP is switched on \
         in the camera"
    )]
    Refused {
        /// The address, without credentials.
        address: String,
        /// The port.
        port: u16,
    },
    /// Nothing was heard.
    #[error(
        "source: `{address}`: no answer in {waited_secs:.0} s; check the address, that the camera is on, and that no \
         firewall lies between"
    )]
    NoAnswer {
        /// The address, without credentials.
        address: String,
        /// For how long.
        waited_secs: f32,
    },
    /// The host takes connections, and nothing is heard on them.
    #[error(
        "source: `{address}`: the host takes the connection and says nothing for {waited_secs:.0} s; check the port, and \
         whether the camera wants `rtsp://` or `rtsps://`, or restart the camera"
    )]
    Mute {
        /// The address, without credentials.
        address: String,
        /// For how long.
        waited_secs: f32,
    },
    /// The network has no way to the host.
    #[error(
        "source: `{address}`: no connection ({reason}); check the address, the network, and that the camera is on"
    )]
    Unreachable {
        /// The address, without credentials.
        address: String,
        /// What the system or GStreamer said.
        reason: String,
    },
    /// What listens at the port speaks something else.
    #[error(
        "source: `{address}`: what answers there does not speak RTSP; check the port (usually 554), and write `rtsps://` \
         where the camera wants TLS (usually port 322)"
    )]
    NotRtsp {
        /// The address, without credentials.
        address: String,
    },
    /// What listens at the port does not speak TLS, or not as we do.
    #[error(
        "source: `{address}`: the host answers, but no TLS connection comes about; check that this is the port for \
         `rtsps` and that the camera offers TLS 1.2 or newer"
    )]
    NoTlsThere {
        /// The address, without credentials.
        address: String,
    },
    /// No trusted authority signed the camera's certificate, and the system's were asked.
    #[error(
        "tls_ca_file: is not set, and no authority that this system trusts signed the certificate of `{address}`; set \
         `tls_ca_file = \"/etc/velum/camera-ca.pem\"` with the certificate of the authority that did"
    )]
    UnknownAuthority {
        /// The address, without credentials.
        address: String,
    },
    /// No authority of the file signed the camera's certificate.
    #[error(
        "tls_ca_file: `{path}`: no authority in it signed the certificate of `{address}`; put the one there that did, or \
         find out who answers in the camera's place"
    )]
    OtherAuthority {
        /// The file.
        path: PathBuf,
        /// The address, without credentials.
        address: String,
    },
    /// The camera sends whoever asks to another address.
    #[error(
        "source: `{address}`: the camera sends the box to another address, which is not followed, since name and password \
         are for this one; write the address that it means as `source`, or look who answers here"
    )]
    Redirected {
        /// The address, without credentials.
        address: String,
    },
    /// The camera's certificate is for another name.
    #[error(
        "source: `{address}`: the certificate is not for `{host}` but for {names}; write the name in the certificate, or \
         give the camera a certificate for this one"
    )]
    OtherName {
        /// The address, without credentials.
        address: String,
        /// The host, as configured.
        host: String,
        /// The names that the certificate holds.
        names: String,
    },
    /// The camera's certificate cannot be trusted, whoever signed it.
    #[error(
        "source: `{address}`: the certificate {reason}; give the camera a new one, and check `tls_ca_file` and the clocks of camera and box"
    )]
    BadCertificate {
        /// The address, without credentials.
        address: String,
        /// What is wrong with it.
        reason: &'static str,
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
    /// The camera knows the account, and does not let it watch.
    #[error(
        "source: `{address}`: the camera does not let this user watch (403); give the user of `credentials_file` or \
         `credentials_env` the right to live video"
    )]
    Forbidden {
        /// The address, without credentials.
        address: String,
    },
    /// The camera answers with another status.
    #[error(
        "source: `{address}`: the camera refused the stream ({status}); look in the camera whether it has too many \
         viewers, and restart it"
    )]
    Declined {
        /// The address, without credentials.
        address: String,
        /// The status of RTSP.
        status: u16,
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
    /// The camera plays, and its datagrams do not arrive.
    #[error(
        "transport: `udp`: no packet came from `{address}`; set `transport = \"tcp\"`, or let UDP from the camera through"
    )]
    NoDatagrams {
        /// The address, without credentials.
        address: String,
    },
    /// The stream ended although it is a live one.
    #[error(
        "source: `{address}`: the camera ended the stream; look in the camera whether it restarts by itself"
    )]
    Ended {
        /// The address, without credentials.
        address: String,
    },
    /// Anything else that broke the stream.
    #[error(
        "source: `{address}`: the stream broke ({reason}); play it with another program, to tell the source from the \
         network"
    )]
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
