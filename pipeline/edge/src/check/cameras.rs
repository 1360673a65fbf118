//! Cameras and decoders: each camera is asked for a few pictures, all at the same time.

use std::thread;
use std::time::Duration;

use velum_decode::{Codec, Decoder, ProbeReport, available_decoders, probe};
use velum_policy::check::{Finding, Verdict};

use crate::config::CameraSettings;

const PROBE_TIMEOUT: Duration = Duration::from_secs(10);

/// Which decoders are really there.
pub(super) fn decoders() -> Vec<Finding> {
    if let Err(error) = velum_decode::init() {
        return vec![Finding::of_error("decoders", Verdict::Error, &error)];
    }
    Codec::ALL.into_iter().map(|codec| decoder_finding(codec, available_decoders())).collect()
}

fn decoder_finding(codec: Codec, available: &[Decoder]) -> Finding {
    let subject = format!("decoder {}", codec.name());
    let mut of_codec = available.iter().filter(|decoder| decoder.codec == codec);
    match of_codec.next() {
        Some(Decoder { element, hardware: true, .. }) => {
            Finding::ok(subject, format!("{element}, in hardware"))
        }
        Some(Decoder { element, .. }) => Finding::ok(subject, format!("{element}, in software")),
        None => Finding::warning(
            subject,
            "none: cameras with this codec cannot be watched",
            "run `make setup`, or `apt-get install gstreamer1.0-libav`",
        ),
    }
}

/// Every camera, one after the other in the table.
pub(super) fn look(cameras: &[CameraSettings]) -> Vec<Finding> {
    thread::scope(|scope| {
        let asked: Vec<_> = cameras.iter().map(|camera| (camera, scope.spawn(|| look_at(camera)))).collect();
        let answer = |(camera, thread): (&CameraSettings, thread::ScopedJoinHandle<'_, Finding>)| {
            thread.join().unwrap_or_else(|_| {
                Finding::error(subject(camera), "the probe failed unexpectedly", "look at the log above")
            })
        };
        asked.into_iter().map(answer).collect()
    })
}

fn subject(camera: &CameraSettings) -> String {
    format!("camera {}", camera.id)
}

fn look_at(camera: &CameraSettings) -> Finding {
    let report = camera.source_config().and_then(|config| probe(&config, PROBE_TIMEOUT));
    match report {
        Ok(report) => {
            let fast_enough =
                report.frames_per_sec.is_none_or(|fps| fps + 0.5 >= f64::from(camera.stream.analysed_fps));
            let found = in_words(&report);
            if fast_enough {
                return Finding::ok(subject(camera), found);
            }
            let found = format!("{found}, less than analysed_fps = {}", camera.stream.analysed_fps);
            Finding::warning(subject(camera), found, "raise the camera's frame rate, or lower analysed_fps")
        }
        Err(error) => Finding::of_error(subject(camera), Verdict::Error, &error),
    }
}

fn in_words(report: &ProbeReport) -> String {
    let ProbeReport { codec, decoder, hardware, width_px, height_px, frames_per_sec } = report;
    let place = if *hardware { "hardware" } else { "software" };
    let rate = frames_per_sec.map_or_else(String::new, |fps| format!(", {fps:.1} frames/s"));
    format!("{codec} {width_px}x{height_px}{rate}, decoded by {decoder} in {place}")
}

#[cfg(test)]
mod tests {
    use velum_decode::{SourceConfig, SourceUrl};
    use velum_vocab::CameraId;

    use super::*;

    fn camera(source: &str, tls_ca_file: Option<&str>) -> CameraSettings {
        let (id, source) = (CameraId::parse("door").unwrap(), SourceUrl::parse(source).unwrap());
        CameraSettings {
            analysis: velum_analyse::CameraSettings::new(id.clone()),
            id,
            site: None,
            stream: SourceConfig { tls_ca_file: tls_ca_file.map(Into::into), ..SourceConfig::new(source) },
            credentials: None,
            shadow: Vec::new(),
            density_model: None,
            back_tracing: true,
            detector_rest: std::time::Duration::ZERO,
            watching: Default::default(),
        }
    }

    #[test]
    fn a_camera_that_does_not_play_is_told_with_the_field_and_the_fix() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let check = |source: &str, tls_ca_file, found: &str, fix: &str| {
            let finding = look_at(&camera(source, tls_ca_file));
            assert_eq!((finding.subject.as_str(), finding.verdict), ("camera door", Verdict::Error));
            assert!(finding.found.starts_with(found) && finding.fix.starts_with(fix), "{finding:?}");
            assert!(!finding.found.contains("secret"), "{finding:?}");
        };
        check(
            &format!("rtsp://{free}/live?token=secret"),
            None,
            &format!("source: `rtsp://{free}/live?…`: the host refuses connections"),
            "check the port",
        );
        check(
            &format!("rtsps://{free}/live"),
            Some("/nonexistent/ca.pem"),
            "tls_ca_file: `/nonexistent/ca.pem`: there is no such file",
            "put the certificate of the authority",
        );
        check(
            "/nonexistent/a.mp4",
            None,
            "source: `/nonexistent/a.mp4`: there is no such file",
            "check the path",
        );
    }

    #[test]
    fn hardware_and_software_are_told_apart() {
        let decoder = |element, hardware| Decoder { codec: Codec::H264, element, hardware };
        let check = |available: &[Decoder], expected: &str| {
            assert_eq!(decoder_finding(Codec::H264, available).found, expected);
        };
        check(&[decoder("nvh264dec", true), decoder("avdec_h264", false)], "nvh264dec, in hardware");
        check(&[decoder("avdec_h264", false)], "avdec_h264, in software");
        check(&[], "none: cameras with this codec cannot be watched");
    }
}
