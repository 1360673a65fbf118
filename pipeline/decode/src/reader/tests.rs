use std::path::PathBuf;
use std::sync::Arc;

use velum_frame::Pixels;
use velum_vocab::SystemClock;

use super::*;
use crate::test_camera::{camera_id, record};
use crate::{AtEnd, CameraStream, NextFrame, SourceUrl, StreamState};

const START: Timestamp = Timestamp::from_unix_secs(1_000);

/// One second of video, 25 frames.
fn recording(dir: &tempfile::TempDir) -> SourceConfig {
    let path = dir.path().join("one-second.mp4");
    let launch = "videotestsrc num-buffers=25 ! video/x-raw,format=I420,width=321,height=241,framerate=25/1 ! \
        jpegenc ! qtmux";
    record(launch, &path);
    SourceConfig { analysed_fps: 25.0, ..SourceConfig::new(SourceUrl::File(path)) }
}

fn read(config: &SourceConfig) -> Result<Vec<RawFrame>, DecodeError> {
    FrameReader::open(camera_id(), config, START)?.collect()
}

fn file(path: PathBuf) -> SourceConfig {
    SourceConfig::new(SourceUrl::File(path))
}

#[test]
fn every_frame_is_read_once_at_its_own_time() {
    let dir = tempfile::tempdir().unwrap();
    let config = recording(&dir);
    let frames = read(&config).unwrap();
    assert_eq!(frames.len(), 25);
    for (index, frame) in frames.iter().enumerate() {
        assert_eq!(frame.number(), index as u64 + 1);
        assert_eq!(frame.captured_at().unix_millis(), START.unix_millis() + 40 * index as i64);
        assert_eq!((frame.width_px(), frame.height_px()), (320, 240), "odd sides lose a row");
    }
    let fewer = read(&SourceConfig { analysed_fps: 5.0, ..config }).unwrap();
    assert_eq!(fewer.len(), 5);
}

#[test]
fn a_reader_may_be_dropped_in_the_middle() {
    let dir = tempfile::tempdir().unwrap();
    let config = recording(&dir);
    let mut reader = FrameReader::open(camera_id(), &config, START).unwrap();
    assert!(reader.next().unwrap().is_ok());
    drop(reader);
}

#[test]
fn what_is_no_video_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.mp4");
    let error = read(&file(path.clone())).unwrap_err();
    assert_eq!(error, DecodeError::File { path: path.clone(), reason: "there is no such file".to_owned() });
    let relative = read(&file(PathBuf::from("no-such.mp4"))).unwrap_err().to_string();
    let looked_for = std::env::current_dir().unwrap().join("no-such.mp4");
    assert!(
        relative.ends_with(&format!("check the path, looked for at `{}`", looked_for.display())),
        "{relative}"
    );
    std::fs::write(&path, "not a video\n".repeat(99)).unwrap();
    assert!(matches!(read(&file(path)), Err(DecodeError::NoVideo { .. } | DecodeError::Broken { .. })));
    let sound = dir.path().join("a.wav");
    record("audiotestsrc num-buffers=10 ! wavenc", &sound);
    let error = read(&file(sound.clone())).unwrap_err();
    assert_eq!(error, DecodeError::NoVideo { address: sound.display().to_string() });
}

#[test]
fn a_file_as_a_camera_plays_in_real_time_and_is_finished() {
    let dir = tempfile::tempdir().unwrap();
    let stream = CameraStream::start(camera_id(), recording(&dir), Arc::new(SystemClock)).unwrap();
    let mut times = Vec::new();
    loop {
        match stream.next_frame(Duration::from_secs(20)) {
            NextFrame::Frame(frame) => times.push(frame.captured_at()),
            NextFrame::Finished => break,
            NextFrame::Waiting => panic!("{:?}", stream.status()),
        }
    }
    let secs = times.last().unwrap().secs_since(times[0]);
    assert!((0.8..1.5).contains(&secs), "one second of video took {secs}");
    let status = stream.status();
    assert_eq!((status.state, status.counts.decoded, status.losses), (StreamState::Finished, 25, 0));
}

#[test]
fn a_file_that_is_repeated_goes_on_in_time() {
    let dir = tempfile::tempdir().unwrap();
    let config = SourceConfig { at_end: AtEnd::Repeat, ..recording(&dir) };
    let stream = CameraStream::start(camera_id(), config, Arc::new(SystemClock)).unwrap();
    let mut newest = Timestamp::from_unix_secs(0);
    loop {
        let NextFrame::Frame(frame) = stream.next_frame(Duration::from_secs(20)) else {
            panic!("{:?}", stream.status())
        };
        assert!(frame.captured_at() >= newest);
        newest = frame.captured_at();
        if frame.number() > 30 {
            break;
        }
    }
    assert_eq!(stream.status().losses, 0);
}

/// A frame of a recording: its time, and a number that differs when a sample differs.
fn fingerprints(config: &SourceConfig) -> (Vec<(i64, u64)>, u32) {
    let mut reader = FrameReader::open(camera_id(), config, START).unwrap();
    let mut frames = Vec::new();
    for frame in reader.by_ref() {
        let (frame, mut hasher) = (frame.unwrap(), std::hash::DefaultHasher::new());
        for plane in [frame.luma(), frame.chroma_u(), frame.chroma_v()] {
            std::hash::Hash::hash(plane.samples(), &mut hasher);
        }
        frames.push((frame.captured_at().unix_millis(), std::hash::Hasher::finish(&hasher)));
    }
    (frames, reader.connection.facts().left_out())
}

/// Noise that moves, coded by this encoder, is read at full rate and at less: the same pictures to the bit, and some
/// that are not needed are not even decoded.
fn leaves_out(encoder: &str, muxed: &str, expected_left_out: std::ops::RangeInclusive<u32>) {
    let name = encoder.split(' ').next().unwrap();
    if !crate::test_camera::has_elements(&[name]) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("some.mp4");
    let launch = format!(
        "videotestsrc num-buffers=100 pattern=ball ! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! {encoder} ! {muxed}"
    );
    record(&launch, &path);
    let at = |analysed_fps| SourceConfig { analysed_fps, ..file(path.clone()) };
    let (all, none_left_out) = fingerprints(&at(25.0));
    assert_eq!((all.len(), none_left_out), (100, 0), "{encoder}");
    for fps in [5.0, 7.0] {
        let (some, left_out) = fingerprints(&at(fps));
        let expected = (4.0 * fps) as usize;
        assert!(some.len().abs_diff(expected) <= 1, "{} of {expected} frames of {encoder}", some.len());
        assert!(some.iter().all(|frame| all.contains(frame)), "{encoder}");
        assert!(expected_left_out.contains(&left_out), "{encoder}: {left_out} left out");
        // As many as the rate limit alone would keep, at the same times.
        let limit = crate::rate::RateLimit::new(fps);
        let since_start = |ms: i64| Duration::from_millis(u64::try_from(ms - START.unix_millis()).unwrap());
        let kept: Vec<_> = all.iter().filter(|(ms, _)| limit.keeps(since_start(*ms))).copied().collect();
        assert_eq!(some, kept, "{encoder}");
    }
}

#[test]
fn what_nobody_needs_is_not_decoded_and_the_rest_is_the_same() {
    leaves_out("jpegenc", "qtmux", 60..=80);
    leaves_out(
        "x264enc bframes=2 b-adapt=false key-int-max=25 b-pyramid=false",
        "h264parse ! qtmux",
        30..=66,
    );
    leaves_out("x264enc bframes=0 key-int-max=25", "h264parse ! qtmux", 0..=0);
    leaves_out(
        "x265enc key-int-max=25 option-string=bframes=3:b-adapt=0:b-pyramid=0",
        "h265parse ! qtmux",
        20..=75,
    );
}
