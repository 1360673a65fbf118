mod answers;
mod elsewhere;
mod tls;

use std::net::TcpListener;
use std::path::Path;

use super::*;
use crate::test_camera::{TestCamera, WHITE_H264, has_elements, record};
use crate::{Credentials, SourceUrl};

const TIMEOUT: Duration = Duration::from_secs(20);

fn probe_address(address: &str, credentials: Option<Credentials>) -> Result<ProbeReport, DecodeError> {
    let source = SourceUrl::parse(address).unwrap();
    probe(&SourceConfig { credentials, ..SourceConfig::new(source) }, TIMEOUT)
}

fn credentials(dir: &Path, text: &str) -> Option<Credentials> {
    use std::os::unix::fs::PermissionsExt;
    let path = dir.join("credentials");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    Some(Credentials::from_file(&path).unwrap())
}

fn check_codec(codec: &str, launch: &str) {
    let camera = TestCamera::start(0, launch, None);
    let report = probe_address(&camera.address(), None).unwrap();
    assert_eq!((report.codec.as_str(), report.width_px, report.height_px), (codec, 320, 240));
    let fps = report.frames_per_sec;
    assert!(fps.is_none_or(|fps| (15.0..=25.0).contains(&fps)), "{codec}: {fps:?}");
    assert!(fps.is_some() || !launch.contains("is-live"), "{codec}");
    println!("{codec}: {} (hardware: {})", report.decoder, report.hardware);
}

const PICTURES: &str = "video/x-raw,format=I420,width=320,height=240,framerate=20/1";

#[test]
fn every_codec_of_cameras_plays() {
    let live = |coded: &str| format!("videotestsrc is-live=true ! {PICTURES} ! {coded} name=pay0");
    check_codec("H.264", &live("openh264enc ! h264parse ! rtph264pay"));
    check_codec("MJPEG", &live("jpegenc ! rtpjpegpay"));
    if has_elements(&["x265enc"]) {
        let fast = "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10";
        check_codec("H.265", &live(&format!("{fast} ! h265parse ! rtph265pay")));
    }
    if has_elements(&["avenc_mpeg4"]) {
        // By way of a file: this encoder loses the time stamps of a live source.
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mpeg4.avi");
        record(
            &format!("videotestsrc num-buffers=100 ! {PICTURES} ! avenc_mpeg4 ! mpeg4videoparse ! avimux"),
            &path,
        );
        let played = "avidemux ! mpeg4videoparse config-interval=1 ! rtpmp4vpay name=pay0";
        check_codec("MPEG-4", &format!("filesrc location={} ! {played}", path.display()));
    }
}

#[test]
fn a_codec_that_nothing_decodes_is_named() {
    if !has_elements(&["vp8enc"]) {
        return;
    }
    let launch = "videotestsrc is-live=true ! video/x-raw,width=320,height=240 ! vp8enc deadline=1 ! rtpvp8pay name=pay0";
    let camera = TestCamera::start(0, launch, None);
    let error = probe_address(&camera.address(), None).unwrap_err().to_string();
    let expected = format!(
        "source: `{}`: codec `VP8` is not supported; set the camera to H.264, H.265, MJPEG or MPEG-4",
        camera.address()
    );
    assert_eq!(error, expected);
}

#[test]
fn a_codec_is_refused_out_of_files_too() {
    for (codec, encoder) in [("VP8", "vp8enc"), ("VP9", "vp9enc")] {
        if !has_elements(&[encoder, "webmmux"]) {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.webm");
        record(&format!("videotestsrc num-buffers=20 ! {PICTURES} ! {encoder} deadline=1 ! webmmux"), &path);
        let error = probe_address(&path.display().to_string(), None).unwrap_err().to_string();
        let expected = format!(
            "source: `{}`: codec `{codec}` is not supported; set the camera to H.264, H.265, MJPEG or MPEG-4",
            path.display()
        );
        assert_eq!(error, expected);
    }
}

#[test]
fn a_wrong_password_is_told_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let camera = TestCamera::start(0, WHITE_H264, Some("admin:right"));
    let wanted =
        "the camera wants a user name and password (401); set `credentials_file` or `credentials_env`";
    let refused = "the camera refused the user name or password (401); correct `credentials_file` or \
        `credentials_env`";
    for (given, expected) in [(None, wanted), (credentials(dir.path(), "admin:hunter2"), refused)] {
        let error = probe_address(&camera.address(), given).unwrap_err();
        assert_eq!(error.to_string(), format!("source: `{}`: {expected}", camera.address()));
        assert!(error.wants_long_pause());
    }
    probe_address(&camera.address(), credentials(dir.path(), "admin:right\n")).unwrap();
}

#[test]
fn a_wrong_address_is_told() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for scheme in ["rtsp", "rtsps"] {
        let address = format!("{scheme}://{free}/live");
        let error = probe_address(&address, None).unwrap_err();
        if scheme == "rtsp" || crate::test_camera::has_tls() {
            assert_eq!(error, DecodeError::Refused { address, port: free.port() });
        }
    }
    // Reserved for names that do not exist: RFC 6761.
    let address = "rtsp://velum.invalid/live".to_owned();
    match probe_address(&address, None).unwrap_err() {
        DecodeError::UnknownHost { address: told, host, .. } => {
            assert_eq!((told, host.as_str()), (address, "velum.invalid"));
        }
        DecodeError::NoAnswer { .. } => println!("skipped: no name server answers here"),
        other => panic!("{other}"),
    }
    let camera = TestCamera::start(0, WHITE_H264, None);
    let wrong_path = camera.address().replace("/live", "/lively");
    let error = probe_address(&wrong_path, None).unwrap_err();
    assert_eq!(error, DecodeError::NoSuchStream { address: wrong_path });
}

#[test]
fn a_camera_that_does_not_answer_is_told_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let source = SourceUrl::parse(&format!("rtsp://{}/a", silent.local_addr().unwrap())).unwrap();
    let error = probe(&SourceConfig::new(source), Duration::from_millis(300)).unwrap_err();
    assert!(matches!(error, DecodeError::Mute { .. }), "{error}");
}
