//! `velum-camera-sim`: live RTSP cameras made of a recording, with a bag staged at a known time.
//!
//! ```text
//! recording ─► frames ─┬──────────► encoder ─► plain loop ────┐
//!                      └─► scene ─► encoder ─► loop with bag ─┴─► schedule ─► RTSP mounts
//! ```

mod options;

mod footage;

mod bag;

mod scene;

mod loops;

mod schedule;

mod server;

mod truth;

mod dump;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use clap::Parser;

use crate::bag::Bag;
use crate::footage::Shape;
use crate::loops::{CodedLoop, Encoder};
use crate::options::Options;
use crate::scene::{Background, Scene};
use crate::schedule::Schedule;
use crate::server::{Camera, Server};
use crate::truth::StagedBag;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    options.check()?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    velum_decode::init()?;
    let (shape, scene) = survey(&options)?;
    let scene = Arc::new(scene);
    let cameras = cameras(&options, &shape);
    if let Some(path) = &options.snapshot {
        return snapshot(&options, path, &cameras, &scene);
    }
    let encoding = encode(&options, shape, Arc::clone(&scene), &cameras)?;
    if let Some(path) = &options.write_video {
        return dump::write_video(path, staged_camera(&cameras)?, options.write_secs);
    }
    serve(&options, &cameras, &scene, &encoding)
}

/// Reads the recording once: its shape, and the empty background around the bag.
fn survey(options: &Options) -> anyhow::Result<(Shape, Scene)> {
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
        Ok(())
    })?;
    shape.frames_per_sec = options.fps.unwrap_or(shape.frames_per_sec);
    let background = background.context("--bag-foot: the bag does not fit into the picture")?;
    Ok((shape, background.finish()?))
}

fn cameras(options: &Options, shape: &Shape) -> Vec<Camera> {
    let (plain, with_bag) = (Arc::new(CodedLoop::default()), Arc::new(CodedLoop::default()));
    let camera = |spec: &options::CameraSpec| {
        let schedule = Schedule::plain(shape.frames, shape.frames_per_sec);
        let schedule = match options.staged_secs(spec) {
            Some(secs) => schedule.with_bag(secs, options.bag_until, options.bag_frame),
            None => schedule,
        };
        let (plain, with_bag) = (Arc::clone(&plain), Arc::clone(&with_bag));
        Camera { name: spec.name.clone(), schedule, plain, with_bag }
    };
    options.cameras.iter().map(camera).collect()
}

fn staged_camera(cameras: &[Camera]) -> anyhow::Result<&Camera> {
    cameras.iter().find(|c| c.schedule.bag.is_some()).context("no camera has a bag; write --camera NAME:bag")
}

fn snapshot(
    options: &Options,
    path: &std::path::Path,
    cameras: &[Camera],
    scene: &Scene,
) -> anyhow::Result<()> {
    let schedule = &staged_camera(cameras)?.schedule;
    let default_secs = schedule.bag.map_or(0.0, |bag| schedule.due_secs(bag.from_tick) + 6.0);
    let shown = schedule.shown(schedule.tick_at(options.snapshot_at.unwrap_or(default_secs)));
    footage::read(&options.video, |number, mut picture| {
        if number != shown.frame {
            return Ok(());
        }
        if shown.has_bag {
            scene.compose(number, &mut picture);
        }
        dump::write_png(path, &picture)
    })
    .map(|_| ())
}

/// Encodes both loops on a thread of its own; the receiver hears of a failure.
fn encode(
    options: &Options,
    shape: Shape,
    scene: Arc<Scene>,
    cameras: &[Camera],
) -> anyhow::Result<Receiver<anyhow::Error>> {
    let (failed, failures) = channel();
    let video = options.video.clone();
    let first = cameras.first().context("no camera")?.clone();
    let has_bag = cameras.iter().any(|c| c.schedule.bag.is_some());
    std::thread::Builder::new().name("encode".to_owned()).spawn(move || {
        if let Err(error) = encode_loops(&video, shape, &scene, &first, has_bag) {
            first.plain.fail();
            first.with_bag.fail();
            let _ = failed.send(error);
        }
    })?;
    Ok(failures)
}

fn encode_loops(
    video: &std::path::Path,
    shape: Shape,
    scene: &Scene,
    loops: &Camera,
    has_bag: bool,
) -> anyhow::Result<()> {
    let size = (shape.width, shape.height);
    let mut plain = Encoder::new(size, shape.frames_per_sec)?;
    let mut staged = has_bag.then(|| Encoder::new(size, shape.frames_per_sec)).transpose()?;
    footage::read(video, |number, picture| {
        if let Some(staged) = &mut staged {
            let mut picture = picture.clone();
            scene.compose(number, &mut picture);
            staged.encode(picture, &loops.with_bag)?;
        }
        plain.encode(picture, &loops.plain)
    })?;
    plain.finish(&loops.plain)?;
    staged.map_or(Ok(()), |staged| staged.finish(&loops.with_bag))
}

/// Plays the cameras until the end, and writes the truth when it happens.
#[expect(
    clippy::print_stdout,
    reason = "the line that says that the cameras can be reached is the program's output"
)]
fn serve(
    options: &Options,
    cameras: &[Camera],
    scene: &Scene,
    failures: &Receiver<anyhow::Error>,
) -> anyhow::Result<()> {
    let login = options.user_env.as_ref().map(|variable| {
        std::env::var(variable).with_context(|| format!("--user-env: `{variable}` is not set"))
    });
    let login = login.transpose()?;
    let (start, start_unix_ms) = (Instant::now(), unix_ms());
    let server = Server::start(options.listen, cameras, start, login.as_deref())?;
    let addresses: Vec<String> =
        cameras.iter().map(|c| format!("rtsp://{}/{}", server.address, c.name)).collect();
    println!("ready {}", addresses.join(" "));
    let mut happened = Vec::new();
    for moment in moments(cameras) {
        if options.seconds.is_some_and(|end| moment.secs > end) {
            break;
        }
        wait(start, Some(moment.secs), failures)?;
        note(&mut happened, &moment, start_unix_ms, scene);
        tracing::info!(
            camera = moment.camera.name,
            "{}",
            if moment.removes { "bag taken away" } else { "bag put down" }
        );
        if let Some(path) = &options.truth {
            truth::write(path, &happened)?;
        }
    }
    wait(start, options.seconds, failures)
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

/// Waits for a moment, or for ever; a failure of the encoder ends it.
fn wait(start: Instant, secs: Option<f64>, failures: &Receiver<anyhow::Error>) -> anyhow::Result<()> {
    let failure = match secs {
        None => failures.recv().ok(),
        Some(secs) => {
            let due = start + Duration::from_secs_f64(secs);
            match failures.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(error) => Some(error),
                Err(RecvTimeoutError::Timeout) => None,
                // The encoder is done: nothing can fail any more.
                Err(RecvTimeoutError::Disconnected) => {
                    server::wait_until(due);
                    None
                }
            }
        }
    };
    match (failure, secs) {
        (Some(error), _) => Err(error),
        (None, Some(_)) => Ok(()),
        (None, None) => loop {
            std::thread::park();
        },
    }
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
