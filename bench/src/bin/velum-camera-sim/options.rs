//! What the simulator is asked to do.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Parser, ValueEnum};

const STAGING: &str = "What is put into the scene";
const SERVING: &str = "Serving";
const LOOKING: &str = "Looking without a server";

const AFTER_HELP: &str = "\
EXAMPLES
  Two cameras; the second has a bag from 25 s after the start:
    velum-camera-sim --video vtest.avi --camera plaza-1 --camera plaza-2:bag --truth truth.json
  Look at one of them:
    gst-launch-1.0 rtspsrc location=rtsp://127.0.0.1:8554/plaza-2 protocols=tcp ! decodebin ! autovideosink
  Watch it with a box, in edge.toml:
    [cameras.plaza-2]
    source = \"rtsp://127.0.0.1:8554/plaza-2\"
    staged = \"a drawn bag\"
  See the staged scene without a server:
    velum-camera-sim --video vtest.avi --camera plaza-2:bag --snapshot scene.png
  A camera with a password, and with TLS under a certificate that it made for itself:
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=camera \\
      -addext subjectAltName=IP:127.0.0.1 -keyout camera.key -out camera.pem
    LOGIN=viewer:secret velum-camera-sim --video vtest.avi --camera door --user-env LOGIN \\
      --tls-certificate camera.pem --tls-key camera.key
    and in edge.toml: source = \"rtsps://127.0.0.1:8554/door\", tls_ca_file = \"camera.pem\",
    credentials_env = \"LOGIN\"

The line `ready rtsp://...` on standard output says that the cameras can be reached; the log is on standard error.
The program ends with 0 after --seconds, a snapshot or a video, with 1 when something went wrong, and runs until it
is stopped (Ctrl-C) otherwise.";

/// Plays a recording as one or more live RTSP cameras, for demonstrations and tests.
///
/// The recording is played in a loop, at its own pace, with time that only goes forward. A camera may have a
/// staged bag: a drawn suitcase that is put into the scene at a known time, that passers-by walk in front of,
/// and whose time and place are written to a file as truth. Everything that shows a staged bag must be
/// marked as staged by whoever uses it.
#[derive(Debug, Parser)]
#[command(
    name = "velum-camera-sim",
    version,
    after_help = AFTER_HELP
)]
pub(crate) struct Options {
    /// The recording: a static camera, at least 2 s long.
    #[arg(long, value_name = "FILE")]
    pub(crate) video: PathBuf,

    /// Plays the coded pictures of an MP4 file as they are, H.264 or H.265 without B-frames; nothing is
    /// staged.
    #[arg(long, conflicts_with_all = ["marker", "snapshot", "write_video", "truth", "fps"])]
    pub(crate) as_coded: bool,

    /// Address and port to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8554", help_heading = SERVING)]
    pub(crate) listen: SocketAddr,

    /// A camera, played at rtsp://LISTEN/NAME. `NAME:bag` stages a bag at --bag-at, `NAME:bag=SECS` at its own
    /// time. May be given often.
    #[arg(long = "camera", value_name = "NAME[:bag[=SECS]]", required = true)]
    pub(crate) cameras: Vec<CameraSpec>,

    /// What is staged; `none` plays every camera without a bag.
    #[arg(long, value_enum, default_value_t = Stage::Bag, help_heading = STAGING)]
    pub(crate) stage: Stage,

    /// When the bag is put down, seconds after the start.
    #[arg(long, value_name = "SECS", default_value_t = 25.0, help_heading = STAGING)]
    pub(crate) bag_at: f64,

    /// When the bag is taken away, seconds after the start; never if not given.
    #[arg(long, value_name = "SECS", help_heading = STAGING)]
    pub(crate) bag_until: Option<f64>,

    /// The frame of the recording at which the bag is put down: a staged camera begins the loop so that this
    /// frame is due at --bag-at. The default suits vtest.avi: a man stands beside the spot and walks off.
    #[arg(long, value_name = "NUMBER", default_value_t = 600, help_heading = STAGING)]
    pub(crate) bag_frame: u64,

    /// Where the bag stands: the middle of its lower edge, as fractions of width and height. The default suits
    /// vtest.avi.
    #[arg(long, value_name = "X,Y", default_value = "0.901,0.736", value_parser = parse_fractions, help_heading = STAGING)]
    pub(crate) bag_foot: (f64, f64),

    /// Height of the bag as a fraction of the picture's height. The default suits vtest.avi: 0.4 of a person.
    #[arg(long, value_name = "FRACTION", default_value_t = 0.077, help_heading = STAGING)]
    pub(crate) bag_height: f64,

    /// Puts a person whose head is a QR code that says this into every camera, for the test that nothing which
    /// leaves a box can be read. Needs vtest.avi.
    #[arg(long, value_name = "TEXT", help_heading = STAGING)]
    pub(crate) marker: Option<String>,

    /// File to which the staged truth is written, as JSON, in one piece, at the moment it happens.
    #[arg(long, value_name = "FILE", help_heading = STAGING)]
    pub(crate) truth: Option<PathBuf>,

    /// Frames a second; the recording's own if not given.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) fps: Option<f64>,

    /// Environment variable with `user:password` that clients must give; anyone may connect if not given.
    #[arg(long, value_name = "VARIABLE", help_heading = SERVING)]
    pub(crate) user_env: Option<String>,

    /// Serves rtsps:// only, with this certificate in PEM; it must name the host that clients connect to.
    #[arg(long, value_name = "FILE.pem", requires = "tls_key", help_heading = SERVING)]
    pub(crate) tls_certificate: Option<PathBuf>,

    /// The private key of --tls-certificate, in PEM.
    #[arg(long, value_name = "FILE.key", requires = "tls_certificate", help_heading = SERVING)]
    pub(crate) tls_key: Option<PathBuf>,

    /// Ends by itself after this many seconds.
    #[arg(long, value_name = "SECS", help_heading = SERVING)]
    pub(crate) seconds: Option<f64>,

    /// Writes the scene of the first camera with a bag, or of the first camera, at --snapshot-at as a PNG, and ends.
    #[arg(long, value_name = "FILE.png", help_heading = LOOKING)]
    pub(crate) snapshot: Option<PathBuf>,

    /// The moment of the snapshot, seconds after the start; 6 s after the bag was put down if not given.
    #[arg(long, value_name = "SECS", help_heading = LOOKING)]
    pub(crate) snapshot_at: Option<f64>,

    /// Writes the first camera with a bag, or the first camera, as it is streamed, H.264 in MP4, from its start, and ends.
    #[arg(long, value_name = "FILE.mp4", help_heading = LOOKING)]
    pub(crate) write_video: Option<PathBuf>,

    /// Length of --write-video.
    #[arg(long, value_name = "SECS", default_value_t = 120.0, help_heading = LOOKING)]
    pub(crate) write_secs: f64,
}

/// What is put into the scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// A bag, in the cameras that ask for one.
    Bag,
    /// Nothing.
    None,
}

/// One `--camera`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CameraSpec {
    pub(crate) name: String,
    pub(crate) bag: Option<BagTime>,
}

/// When a camera's bag is put down.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum BagTime {
    /// At `--bag-at`.
    Default,
    /// At this many seconds after the start.
    Secs(f64),
}

impl std::str::FromStr for CameraSpec {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let (name, bag) = match text.split_once(':') {
            None => (text, None),
            Some((name, "bag")) => (name, Some(BagTime::Default)),
            Some((name, option)) => {
                let secs = option.strip_prefix("bag=").with_context(|| {
                    format!("`{option}`: expected `bag` or `bag=SECS`, for example `{name}:bag=25`")
                })?;
                (name, Some(BagTime::Secs(parse_secs(secs)?)))
            }
        };
        velum_vocab::CameraId::parse(name)?;
        Ok(Self { name: name.to_owned(), bag })
    }
}

fn parse_secs(text: &str) -> anyhow::Result<f64> {
    let secs: f64 = text.parse().with_context(|| format!("`{text}`: expected seconds, for example 25"))?;
    if !(0.0..=1e7).contains(&secs) {
        bail!("`{text}`: expected seconds from 0 on, for example 25");
    }
    Ok(secs)
}

fn parse_fractions(text: &str) -> anyhow::Result<(f64, f64)> {
    let wrong = || format!("`{text}`: expected two fractions of the picture, for example 0.9,0.74");
    let (x, y) = text.split_once(',').with_context(wrong)?;
    let (x, y): (f64, f64) = (x.trim().parse().with_context(wrong)?, y.trim().parse().with_context(wrong)?);
    if !(0.0..=1.0).contains(&x) || !(0.0..=1.0).contains(&y) {
        bail!(wrong());
    }
    Ok((x, y))
}

impl Options {
    /// Checks what no single option can check.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        parse_secs(&self.bag_at.to_string()).context("--bag-at")?;
        let staged = self.cameras.iter().filter_map(|camera| self.staged_secs(camera));
        let latest_secs = staged.fold(0.0, f64::max);
        if self.bag_until.is_some_and(|until| !(until > latest_secs && until < 1e7)) {
            bail!("--bag-until: must be later than every bag is put down, here {latest_secs} s");
        }
        if self.as_coded && self.cameras.iter().any(|camera| camera.bag.is_some()) {
            bail!("--as-coded: nothing can be put into coded pictures; leave `:bag` out");
        }
        if !(0.01..=0.5).contains(&self.bag_height) {
            bail!("--bag-height: `{}`: expected a fraction from 0.01 to 0.5", self.bag_height);
        }
        if self.fps.is_some_and(|fps| !(0.5..=60.0).contains(&fps)) {
            bail!("--fps: expected a number from 0.5 to 60, for example 10");
        }
        if self.seconds.is_some_and(|secs| !(0.0..1e7).contains(&secs)) {
            bail!("--seconds: expected seconds from 0 on, for example 120");
        }
        let mut names: Vec<&str> = self.cameras.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair.first() == pair.last()) {
            bail!("--camera: `{}` is given twice", twice.concat().split_at(twice.concat().len() / 2).0);
        }
        Ok(())
    }

    /// When a camera's bag is put down, seconds after the start; `None` where nothing is staged.
    pub(crate) fn staged_secs(&self, camera: &CameraSpec) -> Option<f64> {
        match (self.stage, camera.bag?) {
            (Stage::None, _) => None,
            (Stage::Bag, BagTime::Default) => Some(self.bag_at),
            (Stage::Bag, BagTime::Secs(secs)) => Some(secs),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<CameraSpec, &str>) {
        let found = text.parse::<CameraSpec>().map_err(|e| e.to_string());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn cameras() {
        let camera = |name: &str, bag| CameraSpec { name: name.to_owned(), bag };
        check("plaza-1", Ok(camera("plaza-1", None)));
        check("plaza-2:bag", Ok(camera("plaza-2", Some(BagTime::Default))));
        check("plaza-2:bag=2.5", Ok(camera("plaza-2", Some(BagTime::Secs(2.5)))));
        check("a:dog", Err("`dog`: expected `bag` or `bag=SECS`, for example `a:bag=25`"));
        check("a:bag=NaN", Err("`NaN`: expected seconds from 0 on, for example 25"));
        check(
            "a/b",
            Err(
                "`a/b`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `tram-hub-3`",
            ),
        );
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Options::command().debug_assert();
        let parse = |more: &[&str]| {
            let args = ["sim", "--video", "a.avi", "--camera", "a:bag"].iter().chain(more);
            Options::try_parse_from(args).unwrap().check().map_err(|e| e.to_string())
        };
        assert_eq!(parse(&[]), Ok(()));
        assert_eq!(parse(&["--camera", "a"]), Err("--camera: `a` is given twice".to_owned()));
        let certificate = ["sim", "--video", "a.avi", "--camera", "a", "--tls-certificate", "a.pem"];
        assert!(
            Options::try_parse_from(certificate).unwrap_err().to_string().contains("--tls-key <FILE.key>")
        );
        let coded = "--as-coded: nothing can be put into coded pictures; leave `:bag` out".to_owned();
        assert_eq!(parse(&["--as-coded"]), Err(coded));
        let until = "--bag-until: must be later than every bag is put down, here 25 s".to_owned();
        assert_eq!(parse(&["--bag-until", "20"]), Err(until));
    }
}
