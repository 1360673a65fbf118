//! `velum-camera-sim`: live RTSP cameras made of a recording, with a bag staged at a known time.
//!
//! ```text
//! recording ─► frames ─┬──────────► encoder ─► plain loop ────┐
//!                      └─► scene ─► encoder ─► loop with bag ─┴─► schedule ─► RTSP mounts
//! ```

mod options;

mod scene;

mod marker;

mod schedule;

mod server;

mod truth;

mod dump;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Parser;

use crate::marker::Marker;
use crate::options::{CameraSpec, Options};
use crate::scene::{Background, Scene};
use crate::schedule::{KEY_FRAME_EVERY, Schedule};
use crate::server::{Access, Camera, Server};
use crate::truth::StagedBag;
use velum_bench::bag::Bag;
use velum_bench::footage::{self, Picture, Shape};
use velum_bench::loops::{CodedLoop, CodedRecording, Coding, Encoder};
use velum_bench::png;

/// Both loops are coded alike, so that one can follow the other at any key frame.
const CODING: Coding = Coding { bits_per_sec: 2_500_000, key_frame_every: KEY_FRAME_EVERY };

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> anyhow::Result<()> {
    options.check()?;
    velum_decode::init()?;
    if options.as_coded {
        return play_as_coded(options);
    }
    let mut marker = options.marker.as_deref().map(Marker::new).transpose()?;
    let (shape, scene) = survey(options, marker.as_mut())?;
    let staging = Staging { scene, marker };
    let schedules: Vec<Schedule> =
        options.cameras.iter().map(|camera| schedule(options, camera, &shape)).collect();
    if let Some(path) = &options.snapshot {
        return snapshot(options, path, shown_first(&schedules)?, &staging);
    }
    let (plain, with_bag) = encode(options, shape, &staging, &schedules)?;
    let (plain, with_bag) = (Arc::new(plain), Arc::new(with_bag));
    let camera = |(spec, schedule): (&CameraSpec, Schedule)| {
        let (plain, with_bag) = (Arc::clone(&plain), Arc::clone(&with_bag));
        Camera { name: spec.name.clone(), schedule, plain, with_bag }
    };
    let cameras: Vec<Camera> = options.cameras.iter().zip(schedules).map(camera).collect();
    if let Some(path) = &options.write_video {
        let shown = cameras.iter().find(|c| c.schedule.bag.is_some()).or(cameras.first());
        return dump::write_video(path, shown.context("no camera")?, options.write_secs);
    }
    serve(options, &cameras, Some(&staging.scene))
}

fn play_as_coded(options: &Options) -> anyhow::Result<()> {
    let recording = CodedRecording::read(&options.video)?;
    let schedule =
        Schedule::as_coded(recording.coded.len(), recording.frames_per_sec, recording.key_frames.into());
    let (plain, with_bag) = (Arc::new(recording.coded), Arc::default());
    // Each begins elsewhere, so that not all have their key frames and the same people at once.
    let camera = |(number, spec): (u64, &CameraSpec)| {
        let tick = schedule.loop_frames * number / (options.cameras.len() as u64).max(1);
        let first_frame = schedule.next_key_tick(tick) % schedule.loop_frames;
        Camera {
            name: spec.name.clone(),
            schedule: Schedule { first_frame, ..schedule.clone() },
            plain: Arc::clone(&plain),
            with_bag: Arc::clone(&with_bag),
        }
    };
    let cameras: Vec<Camera> = (0..).zip(&options.cameras).map(camera).collect();
    serve(options, &cameras, None)
}

/// What is put into the recording.
struct Staging {
    scene: Scene,
    marker: Option<Marker>,
}

impl Staging {
    fn compose(&self, number: u64, has_bag: bool, picture: &mut Picture) {
        if has_bag {
            self.scene.compose(number, picture);
        }
        if let Some(marker) = &self.marker {
            marker.paint(picture);
        }
    }
}

/// Reads the recording once: its shape, the empty background around the bag, the person with the marker.
fn survey(options: &Options, mut marker: Option<&mut Marker>) -> anyhow::Result<(Shape, Scene)> {
    let mut background = None;
    let mut fits = true;
    let mut shape = footage::read(&options.video, |number, picture| {
        let size = (picture.width, picture.height);
        if background.is_none() && fits {
            let (x, y) = options.bag_foot;
            let foot = (x * size.0 as f64, y * size.1 as f64);
            let bag = Bag::draw(foot, options.bag_height * size.1 as f64, size);
            fits = bag.is_some();
            background = bag.map(|bag| Background::new(bag, size));
        }
        background.iter_mut().for_each(|b| b.add(number, &picture));
        marker.as_deref_mut().map_or(Ok(()), |marker| marker.look(number, &picture))
    })?;
    shape.frames_per_sec = options.fps.unwrap_or(shape.frames_per_sec);
    let background = background.context("--bag-foot: the bag does not fit into the picture")?;
    Ok((shape, background.finish()?))
}

fn schedule(options: &Options, camera: &CameraSpec, shape: &Shape) -> Schedule {
    let plain = Schedule::plain(shape.frames, shape.frames_per_sec);
    match options.staged_secs(camera) {
        Some(secs) => plain.with_bag(secs, options.bag_until, options.bag_frame),
        None => plain,
    }
}

/// The first schedule with a bag, or the first where none has one.
fn shown_first(schedules: &[Schedule]) -> anyhow::Result<&Schedule> {
    schedules.iter().find(|s| s.bag.is_some()).or(schedules.first()).context("no camera")
}

fn snapshot(options: &Options, path: &Path, schedule: &Schedule, staging: &Staging) -> anyhow::Result<()> {
    let default_secs = schedule.bag.map_or(0.0, |bag| schedule.due_secs(bag.from_tick) + 6.0);
    let shown = schedule.shown(schedule.tick_at(options.snapshot_at.unwrap_or(default_secs)));
    footage::read(&options.video, |number, mut picture| {
        if number != shown.frame {
            return Ok(());
        }
        staging.compose(number, shown.has_bag, &mut picture);
        png::write(path, &picture).context("--snapshot")
    })
    .map(|_| ())
}

/// Codes the loop without the bag, and the one with it, which stays empty where no camera has one.
fn encode(
    options: &Options,
    shape: Shape,
    staging: &Staging,
    schedules: &[Schedule],
) -> anyhow::Result<(CodedLoop, CodedLoop)> {
    tracing::info!(frames = shape.frames, "coding the recording");
    let new_encoder = || Encoder::new((shape.width, shape.height), shape.frames_per_sec, CODING);
    let mut plain = new_encoder()?;
    let has_bag = schedules.iter().any(|s| s.bag.is_some());
    let mut staged = has_bag.then(new_encoder).transpose()?;
    footage::read(&options.video, |number, mut picture| {
        if let Some(staged) = &mut staged {
            let mut picture = picture.clone();
            staging.compose(number, true, &mut picture);
            staged.encode(picture)?;
        }
        staging.compose(number, false, &mut picture);
        plain.encode(picture)
    })?;
    Ok((plain.finish()?, staged.map(Encoder::finish).transpose()?.unwrap_or_default()))
}

fn access(options: &Options) -> anyhow::Result<Access> {
    let login = options.user_env.as_ref().map(|variable| {
        std::env::var(variable).with_context(|| format!("--user-env: `{variable}` is not set"))
    });
    let certificate =
        options.tls_certificate.as_ref().zip(options.tls_key.as_ref()).map(|(certificate, key)| {
            gio::TlsCertificate::from_files(certificate, key).with_context(|| {
                format!(
                    "--tls-certificate: `{}` and --tls-key: `{}`: expected both in PEM",
                    certificate.display(),
                    key.display()
                )
            })
        });
    Ok(Access { login: login.transpose()?, certificate: certificate.transpose()? })
}

/// Plays the cameras until the end, and writes the truth when it happens.
#[expect(
    clippy::print_stdout,
    reason = "the line that says that the cameras can be reached is the program's output"
)]
fn serve(options: &Options, cameras: &[Camera], scene: Option<&Scene>) -> anyhow::Result<()> {
    let access = access(options)?;
    let (start, start_unix_ms) = (Instant::now(), unix_ms());
    let server = Server::start(options.listen, cameras, start, &access)?;
    let addresses: Vec<String> = cameras.iter().map(|c| format!("{}/{}", server.address, c.name)).collect();
    println!("ready {}", addresses.join(" "));
    let mut happened = Vec::new();
    for moment in moments(cameras) {
        if options.seconds.is_some_and(|end| moment.secs > end) {
            break;
        }
        server::wait_until(start + Duration::from_secs_f64(moment.secs));
        note(&mut happened, &moment, start_unix_ms, scene.context("a bag without a scene")?);
        tracing::info!(
            camera = moment.camera.name,
            "{}",
            if moment.removes { "bag taken away" } else { "bag put down" }
        );
        if let Some(path) = &options.truth {
            truth::write(path, &happened)?;
        }
    }
    match options.seconds {
        Some(secs) => server::wait_until(start + Duration::from_secs_f64(secs)),
        None => loop {
            std::thread::park();
        },
    }
    Ok(())
}

/// A bag that comes or goes.
struct Moment<'a> {
    secs: f64,
    camera: &'a Camera,
    removes: bool,
}

fn moments(cameras: &[Camera]) -> Vec<Moment<'_>> {
    let of_camera = |camera: &'_ Camera| {
        let bag = camera.schedule.bag?;
        Some([(Some(bag.from_tick), false), (bag.until_tick, true)])
    };
    let mut moments: Vec<Moment<'_>> = cameras
        .iter()
        .flat_map(|camera| {
            let ticks = of_camera(camera).into_iter().flatten();
            ticks.filter_map(move |(tick, removes)| {
                Some(Moment { secs: camera.schedule.due_secs(tick?), camera, removes })
            })
        })
        .collect();
    moments.sort_by(|a, b| a.secs.total_cmp(&b.secs));
    moments
}

fn note(happened: &mut Vec<StagedBag>, moment: &Moment<'_>, start_unix_ms: i64, scene: &Scene) {
    let at_unix_ms = start_unix_ms + (moment.secs * 1e3).round() as i64;
    if moment.removes {
        let of_camera = happened.iter_mut().find(|bag| bag.mount == moment.camera.name);
        of_camera.into_iter().for_each(|bag| bag.removed_at_unix_ms = Some(at_unix_ms));
        return;
    }
    happened.push(StagedBag {
        mount: moment.camera.name.clone(),
        staged_at_unix_ms: at_unix_ms,
        removed_at_unix_ms: None,
        box_px: scene.box_px(),
        picture_px: scene.picture_px(),
    });
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
