//! One camera, watched over: connections are made, lost and made again; frames land in the cell.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use velum_frame::RawFrame;
use velum_vocab::{Backoff, CameraId, Clock, Timestamp};

use crate::cell::{LatestCell, Taken};
use crate::connection::{Connection, Ending, Flow, Pace};
use crate::picture::Picture;
use crate::timeline::Timeline;
use crate::{AtEnd, DecodeError, DecoderChoice, NextFrame, SourceConfig, StreamState, StreamStatus, device};

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// A connection that played this long was a good one: the next loss starts over.
const GOOD: Duration = Duration::from_secs(10);
/// So long software decodes a camera after hardware failed to: connections that are made after it try hardware again.
const HARDWARE_REST: Duration = Duration::from_secs(3_600);

/// A camera's stream. Frames come until it is dropped, or until a file that is not repeated ends.
pub struct CameraStream {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl CameraStream {
    /// Starts the stream on a thread of its own. A camera that cannot be reached is no error: the stream is
    /// then *lost* and goes on trying.
    ///
    /// # Errors
    /// What cannot mend itself: [`DecodeError::Setting`], [`DecodeError::Gstreamer`], [`DecodeError::Thread`].
    pub fn start(camera: CameraId, config: SourceConfig, clock: Arc<dyn Clock>) -> Result<Self, DecodeError> {
        config.check()?;
        crate::init()?;
        let name = format!("decode-{camera}");
        let shared = Arc::new(Shared::new(camera, config, clock));
        let thread = std::thread::Builder::new()
            .name(name)
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.run()
            })
            .map_err(|e| DecodeError::Thread { camera: shared.camera.to_string(), reason: e.to_string() })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The newest frame that was not taken yet, waiting for one up to `timeout`.
    pub fn next_frame(&self, timeout: Duration) -> NextFrame {
        match self.shared.cell.take(timeout) {
            Taken::Value(frame) => NextFrame::Frame(frame),
            Taken::Empty => NextFrame::Waiting,
            Taken::Closed => NextFrame::Finished,
        }
    }

    /// What the stream is doing now.
    pub fn status(&self) -> StreamStatus {
        let live = lock(&self.shared.live);
        StreamStatus {
            state: live.state,
            since: live.since,
            decoder: live.decoder.clone(),
            counts: self.shared.cell.counts(),
            losses: live.losses,
            last_error: live.last_error.clone(),
        }
    }

    /// The camera.
    pub fn camera(&self) -> &CameraId {
        &self.shared.camera
    }
}

impl Drop for CameraStream {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            let _ = thread.join();
        }
    }
}

struct Shared {
    camera: CameraId,
    config: SourceConfig,
    clock: Arc<dyn Clock>,
    cell: LatestCell<RawFrame>,
    live: Mutex<Live>,
    stopped: Mutex<bool>,
    stop_requested: Condvar,
}

/// What changes while the stream runs.
struct Live {
    state: StreamState,
    since: Timestamp,
    decoder: Option<String>,
    losses: u64,
    last_error: Option<String>,
    timeline: Timeline,
    frames: u64,
    /// When this connection put out its first and its newest frame.
    playing: Option<(Instant, Instant)>,
    hardware_failed_at: Option<Instant>,
}

/// How a connection ended, as the supervisor sees it.
enum Outcome {
    Stopped,
    Finished,
    Repeat,
    Lost(DecodeError),
}

impl Shared {
    fn new(camera: CameraId, config: SourceConfig, clock: Arc<dyn Clock>) -> Self {
        let live = Live {
            state: StreamState::Connecting,
            since: clock.now(),
            decoder: None,
            losses: 0,
            last_error: None,
            timeline: Timeline::default(),
            frames: 0,
            playing: None,
            hardware_failed_at: None,
        };
        Self {
            camera,
            config,
            clock,
            cell: LatestCell::new(),
            live: Mutex::new(live),
            stopped: Mutex::new(false),
            stop_requested: Condvar::new(),
        }
    }

    /// Makes one connection after the other until the stream is stopped or finished.
    fn run(self: &Arc<Self>) {
        let mut backoff = Backoff::new(FIRST_BACKOFF, LONGEST_BACKOFF);
        loop {
            match self.run_once() {
                Outcome::Stopped => return,
                Outcome::Finished => {
                    self.change_state(StreamState::Finished);
                    tracing::info!(camera = %self.camera, "source is at its end");
                    return self.cell.close();
                }
                Outcome::Repeat => {}
                Outcome::Lost(error) => {
                    let pause = self.lose(&error, &mut backoff);
                    if self.stopped_within(pause) {
                        return;
                    }
                }
            }
        }
    }

    fn run_once(self: &Arc<Self>) -> Outcome {
        lock(&self.live).playing = None;
        let receive = {
            let shared = Arc::clone(self);
            Box::new(move |picture| shared.receive(picture))
        };
        let connection = match Connection::open(&self.config_now(), Pace::RealTime, receive) {
            Ok(connection) => connection,
            Err(error) => return Outcome::Lost(error),
        };
        let opened = Instant::now();
        loop {
            if self.stopped_within(Duration::ZERO) {
                return Outcome::Stopped;
            }
            if let Some(ending) = connection.wait(Duration::from_millis(100)) {
                self.note_hardware(&connection);
                return self.outcome(ending);
            }
            self.note_playing(&connection);
            let last_sign = lock(&self.live).playing.map_or(opened, |(_, newest)| newest);
            if last_sign.elapsed() > self.config.silence {
                self.note_hardware(&connection);
                let silent_secs = last_sign.elapsed().as_secs_f32();
                return Outcome::Lost(connection.silent(silent_secs));
            }
        }
    }

    /// The camera's configuration, without hardware for a while after it failed.
    fn config_now(&self) -> SourceConfig {
        let rests = lock(&self.live).hardware_failed_at.is_some_and(|at| at.elapsed() < HARDWARE_REST);
        let decoder = if rests { DecoderChoice::Software } else { self.config.decoder };
        SourceConfig { decoder, ..self.config.clone() }
    }

    /// Notes at the end of a connection whether it was the decoder that failed.
    fn note_hardware(&self, connection: &Connection) {
        if !connection.facts().has_hardware_failed() {
            return;
        }
        lock(&self.live).hardware_failed_at = Some(Instant::now());
        device::forget();
        let decoder = connection.facts().decoder().unwrap_or_default();
        tracing::warn!(camera = %self.camera, decoder, "the hardware decoder failed; software takes its place for an hour");
    }

    fn outcome(&self, ending: Ending) -> Outcome {
        match ending {
            Ending::Fault(error) => Outcome::Lost(error),
            Ending::EndOfStream if self.config.source.is_live() => {
                Outcome::Lost(DecodeError::Ended { address: self.address() })
            }
            Ending::EndOfStream if lock(&self.live).playing.is_none() => {
                Outcome::Lost(DecodeError::NoVideo { address: self.address() })
            }
            Ending::EndOfStream => match self.config.at_end {
                AtEnd::Finish => Outcome::Finished,
                AtEnd::Repeat => Outcome::Repeat,
            },
        }
    }

    /// Takes a picture, on GStreamer's thread.
    fn receive(&self, picture: Picture) -> Flow {
        let mut live = lock(&self.live);
        let at = live.timeline.place(self.clock.now(), picture.running_now, picture.running);
        let number = live.frames + 1;
        match velum_frame::seal_i420(self.camera.clone(), at, number, picture.size_px, picture.bytes) {
            Ok(frame) => {
                let frame = frame.leaves_memory_to(&picture.buffers);
                let now = Instant::now();
                live.frames = number;
                live.playing = Some((live.playing.map_or(now, |(first, _)| first), now));
                drop(live);
                self.cell.put(frame);
                Flow::Continue
            }
            Err(error) => {
                live.last_error = Some(error.to_string());
                Flow::Stop
            }
        }
    }

    fn note_playing(&self, connection: &Connection) {
        let mut live = lock(&self.live);
        if live.playing.is_none() || live.state == StreamState::Playing {
            return;
        }
        connection.keep_device();
        let facts = connection.facts();
        live.state = StreamState::Playing;
        live.since = self.clock.now();
        live.decoder = facts.decoder();
        let (decoder, codec) = (facts.decoder().unwrap_or_default(), facts.codec().unwrap_or_default());
        let (width_px, height_px) = facts.size_px().unwrap_or_default();
        let hardware = facts.is_hardware();
        tracing::info!(camera = %self.camera, codec, decoder, hardware, width_px, height_px, "playing");
    }

    /// Notes the loss and returns how long to wait before the next attempt.
    fn lose(&self, error: &DecodeError, backoff: &mut Backoff) -> Duration {
        let text = error.to_string();
        let mut live = lock(&self.live);
        let played = live.playing.map_or(Duration::ZERO, |(first, newest)| newest.duration_since(first));
        if played >= GOOD {
            backoff.reset();
        }
        let pause = if error.wants_long_pause() { backoff.longest_wait() } else { backoff.next_wait() };
        let is_news = live.state != StreamState::Lost || live.last_error.as_deref() != Some(&text);
        if live.state != StreamState::Lost {
            live.state = StreamState::Lost;
            live.since = self.clock.now();
            live.losses += 1;
        }
        live.last_error = Some(text);
        let pause_ms = pause.as_millis() as u64;
        if is_news {
            tracing::warn!(camera = %self.camera, %error, pause_ms, "camera lost, will try again");
        } else {
            tracing::debug!(camera = %self.camera, %error, pause_ms, "camera still lost");
        }
        pause
    }

    fn change_state(&self, state: StreamState) {
        let mut live = lock(&self.live);
        live.state = state;
        live.since = self.clock.now();
    }

    fn address(&self) -> String {
        self.config.source.to_string()
    }

    fn stop(&self) {
        *lock(&self.stopped) = true;
        self.stop_requested.notify_all();
        self.cell.close();
    }

    /// Whether the stream was stopped, waiting for it up to `at_most`.
    fn stopped_within(&self, at_most: Duration) -> bool {
        let stopped = lock(&self.stopped);
        let waited = self.stop_requested.wait_timeout_while(stopped, at_most, |stopped| !*stopped);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// A poisoned lock still guards consistent facts here: each is replaced whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
