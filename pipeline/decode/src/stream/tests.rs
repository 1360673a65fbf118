//! Against real RTSP servers in this process. Nothing sleeps: every wait is for a condition, with a deadline.

use std::sync::Arc;

use velum_frame::Pixels;
use velum_vocab::SystemClock;

use super::*;
use crate::test_authority::TestAuthority;
use crate::test_camera::{TestCamera, WHITE_H264, camera_id, has_tls};
use crate::{SourceUrl, Transport};

const DEADLINE: Duration = Duration::from_secs(20);

fn config(source: &str) -> SourceConfig {
    let mut config = SourceConfig::new(SourceUrl::parse(source).unwrap());
    config.analysed_fps = 25.0;
    config
}

fn start(config: SourceConfig) -> CameraStream {
    CameraStream::start(camera_id(), config, Arc::new(SystemClock)).unwrap()
}

fn next(stream: &CameraStream) -> RawFrame {
    match stream.next_frame(DEADLINE) {
        NextFrame::Frame(frame) => frame,
        other => panic!("{other:?}, {:?}", stream.status()),
    }
}

/// Takes frames until the state is reached.
fn wait_for(stream: &CameraStream, state: StreamState) -> StreamStatus {
    let deadline = Instant::now() + DEADLINE;
    while stream.status().state != state {
        assert!(Instant::now() < deadline, "not {state:?} in time: {:?}", stream.status());
        stream.next_frame(Duration::from_millis(20));
    }
    stream.status()
}

fn darkest(frame: &RawFrame) -> u8 {
    frame.luma().samples().iter().copied().min().unwrap()
}

#[test]
fn frames_arrive_in_order_at_the_size_wanted_and_on_the_clock() {
    let camera = TestCamera::start(0, WHITE_H264, None);
    let before = SystemClock.now();
    let stream = start(SourceConfig { analysed_width_px: Some(160), ..config(&camera.address()) });
    let mut last: Option<RawFrame> = None;
    for _ in 0..10 {
        let frame = next(&stream);
        assert_eq!((frame.width_px(), frame.height_px()), (160, 120));
        assert!(frame.captured_at() >= before && frame.captured_at() <= SystemClock.now());
        if let Some(last) = last {
            assert!(frame.captured_at() > last.captured_at() && frame.number() > last.number());
        }
        last = Some(frame);
    }
    let status = wait_for(&stream, StreamState::Playing);
    assert!(status.decoder.is_some() && status.losses == 0 && status.last_error.is_none(), "{status:?}");
    assert!(status.counts.analysed >= 10 && status.counts.decoded >= status.counts.analysed);
}

#[test]
fn a_camera_that_dies_is_lost_and_comes_back_and_counts_go_on() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let camera = TestCamera::start(0, WHITE_H264, None);
        let (address, port) = (camera.address(), camera.port());
        let stream = start(SourceConfig { transport, silence: Duration::from_secs(4), ..config(&address) });
        let first = next(&stream);
        wait_for(&stream, StreamState::Playing);
        drop(camera);
        let lost = wait_for(&stream, StreamState::Lost);
        assert_eq!(lost.losses, 1);
        assert!(lost.last_error.unwrap().starts_with(&format!("source: `{address}`: ")));
        let camera = TestCamera::start(port, WHITE_H264, None);
        let back = wait_for(&stream, StreamState::Playing);
        assert!(back.counts.decoded > lost.counts.decoded && back.since >= lost.since, "{transport:?}");
        let frame = next(&stream);
        assert!(frame.number() > first.number() && frame.captured_at() > first.captured_at());
        drop((stream, camera));
    }
}

#[test]
fn frames_come_through_tls_and_none_comes_from_a_stranger() {
    if !has_tls() {
        return;
    }
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    let tls_ca_file = Some(authority.write(dir.path()));
    let camera = TestCamera::start_tls(&authority.certificate("127.0.0.1"), None);
    let trusting = start(SourceConfig { tls_ca_file: tls_ca_file.clone(), ..config(&camera.address()) });
    let first = next(&trusting);
    assert!(darkest(&first) > 200 && next(&trusting).number() > first.number());
    let stranger = TestCamera::start_tls(&TestAuthority::new("of others").certificate("127.0.0.1"), None);
    let wary = start(SourceConfig { tls_ca_file, ..config(&stranger.address()) });
    let lost = wait_for(&wary, StreamState::Lost);
    assert_eq!(lost.counts.decoded, 0);
    let error = lost.last_error.unwrap();
    assert!(error.starts_with("tls_ca_file: `") && error.contains("no authority in it signed"), "{error}");
}

#[test]
fn joining_in_the_middle_of_a_group_of_pictures_shows_no_corrupt_frame() {
    let camera = TestCamera::start(0, WHITE_H264, None);
    let early = start(config(&camera.address()));
    // Frames 6 and 11 of 20 in a group: a later viewer of the same shared stream joins in the middle.
    for frames in [6, 5] {
        (0..frames).for_each(|_| drop(next(&early)));
        let late = start(config(&camera.address()));
        for _ in 0..5 {
            assert!(darkest(&next(&late)) > 200, "a white picture has no dark pixel");
        }
    }
}

#[test]
fn stopping_does_not_wait_for_a_camera_that_does_not_answer() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = start(config(&format!("rtsp://{}/a", silent.local_addr().unwrap())));
    silent.accept().unwrap();
    let began = Instant::now();
    drop(stream);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_camera_that_says_nothing_is_lost() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("rtsp://{}/a", silent.local_addr().unwrap());
    let stream = start(SourceConfig { silence: Duration::from_secs(1), ..config(&address) });
    let status = wait_for(&stream, StreamState::Lost);
    let error = status.last_error.unwrap();
    assert!(
        error.starts_with(&format!(
            "source: `{address}`: the host takes the connection and says nothing for 1 s; check"
        )),
        "{error}"
    );
}

#[test]
fn the_test_source_is_a_live_camera() {
    let stream = start(SourceConfig { analysed_fps: 10.0, ..config("test:white") });
    let (first, second) = (next(&stream), next(&stream));
    assert_eq!((first.width_px(), first.height_px()), (640, 360));
    assert!(darkest(&second) > 200);
    let apart_secs = second.captured_at().secs_since(first.captured_at());
    assert!(apart_secs > 0.05, "10 frames a second, not 25: {apart_secs}");
}

#[test]
fn a_setting_that_cannot_mend_itself_is_refused_at_once() {
    let wrong = SourceConfig { analysed_fps: -1.0, ..config("test:ball") };
    let error = CameraStream::start(camera_id(), wrong, Arc::new(SystemClock)).err().unwrap();
    assert!(error.to_string().starts_with("analysed_fps: `-1`"), "{error}");
}

#[test]
fn software_takes_the_place_of_hardware_that_failed_and_hardware_is_tried_again_later() {
    let shared = Shared::new(camera_id(), config("test:ball"), Arc::new(SystemClock));
    let check = |failed_at: Option<Instant>, expected| {
        lock(&shared.live).hardware_failed_at = failed_at;
        assert_eq!(shared.config_now().decoder, expected);
    };
    check(None, DecoderChoice::Auto);
    check(Some(Instant::now()), DecoderChoice::Software);
    check(Instant::now().checked_sub(HARDWARE_REST), DecoderChoice::Auto);
}
