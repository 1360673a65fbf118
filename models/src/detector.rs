//! A detector: one session that all cameras share.
//!
//! Each caller makes its tensor in its own thread and hands it to the detector's one thread through a bounded
//! queue. Frames that wait together run together, where the model takes more than one. A caller waits no longer
//! than the time-out; a frame that failed is an error for its caller and for nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use velum_frame::RawFrame;
use velum_vocab::{BoxInFrame, Detection, Digest};

use crate::head::{Candidate, InputSize};
use crate::manifest::Manifest;
use crate::preprocess::{Picture, tensor_from_picture};
use crate::session::InferenceSession;
use crate::suppression::suppress;
use crate::{LoadedModel, ModelError, Provider, ProviderChoice, Runtime};

/// Frames that may wait at once, of all cameras together.
const WAITING_MAX: usize = 64;

/// Whatever finds things in a frame.
pub trait Detect: Send + Sync {
    /// What is in the frame, best first, in the frame's own pixels. Scores go down to the floors of the model's
    /// manifest (0.1 for people): whoever asks decides what to believe.
    ///
    /// # Errors
    /// [`ModelError`]: this frame was not looked at, and nothing may be concluded of it.
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError>;

    /// The sha256 of the model's file.
    fn digest(&self) -> Digest;
}

/// How a detector runs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectorOptions {
    /// What it runs on.
    pub provider: ProviderChoice,
    /// Threads of one run on the processor.
    pub intra_threads: usize,
    /// The most frames of one run, where the model takes more than one.
    pub batch_max: usize,
    /// How long a caller waits for its answer.
    pub timeout: Duration,
    /// Width and height of the tensor, where the model leaves them open; multiples of 32.
    pub input_px: Option<(u32, u32)>,
}

impl Default for DetectorOptions {
    fn default() -> Self {
        Self {
            provider: ProviderChoice::Auto,
            intra_threads: 1,
            batch_max: 8,
            timeout: Duration::from_secs(5),
            input_px: None,
        }
    }
}

/// What a detector has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DetectorCounts {
    /// Frames answered, errors included.
    pub frames: u64,
    /// Runs of the session; fewer than frames where frames ran together.
    pub runs: u64,
    /// Frames whose answer was an error.
    pub failed: u64,
}

#[derive(Default)]
struct Counters {
    frames: AtomicU64,
    runs: AtomicU64,
    failed: AtomicU64,
}

struct Request {
    tensor: Vec<f32>,
    asked_at: Instant,
    timeout: Duration,
    answer: SyncSender<Result<Vec<Candidate>, ModelError>>,
}

/// A model that runs; shared by all cameras as `Arc<dyn Detect>`.
pub struct Detector {
    manifest: Manifest,
    options: DetectorOptions,
    provider: Provider,
    size: InputSize,
    counters: Arc<Counters>,
    requests: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl Detector {
    /// Loads the model and runs it once; TensorRT may take minutes for that.
    ///
    /// # Errors
    /// [`ModelError::Session`], [`ModelError::Provider`], [`ModelError::Answer`], [`ModelError::Refused`].
    pub fn open(
        runtime: &Runtime,
        model: &LoadedModel,
        options: DetectorOptions,
    ) -> Result<Self, ModelError> {
        let session = InferenceSession::open(runtime, model, &options)?;
        let (provider, size, manifest) = (session.provider(), session.size(), model.manifest().clone());
        tracing::info!(
            model = manifest.id(),
            %provider,
            input = %format_args!("{}x{}", size.width_px, size.height_px),
            batch_max = session.batch_max(),
            "detector is ready"
        );
        let (requests, waiting) = sync_channel(WAITING_MAX);
        let counters = Arc::new(Counters::default());
        let shared = Arc::clone(&counters);
        let thread = std::thread::Builder::new()
            .name(format!("detector-{}", manifest.id()).chars().take(15).collect())
            .spawn(move || serve(session, &waiting, &shared))
            .map_err(|error| ModelError::session(manifest.id(), error))?;
        Ok(Self {
            manifest,
            options,
            provider,
            size,
            counters,
            requests: Some(requests),
            thread: Some(thread),
        })
    }

    /// What it runs on.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// The model's manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What it has done so far.
    pub fn counts(&self) -> DetectorCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        DetectorCounts {
            frames: read(&self.counters.frames),
            runs: read(&self.counters.runs),
            failed: read(&self.counters.failed),
        }
    }

    pub(crate) fn detect_in(&self, picture: &Picture<'_>) -> Result<Vec<Detection>, ModelError> {
        let (tensor, placement) = tensor_from_picture(picture, self.manifest.input(), self.size);
        let candidates = self.ask(tensor)?;
        let (width_px, height_px) = picture.size_px();
        let found = candidates.iter().filter_map(|candidate| {
            let (left, top, right, bottom) = placement.frame_from_tensor(candidate);
            let box_in_frame = BoxInFrame::new(left, top, right, bottom).ok()?;
            let box_in_frame = box_in_frame.clipped_to(width_px as u32, height_px as u32)?;
            Some(Detection { class: candidate.class, score: candidate.score, box_in_frame })
        });
        Ok(suppress(found.collect(), self.manifest.nms_iou))
    }

    fn ask(&self, tensor: Vec<f32>) -> Result<Vec<Candidate>, ModelError> {
        let model = || self.manifest.id().to_owned();
        let timeout = self.options.timeout;
        let (answer, answered) = sync_channel(1);
        let request = Request { tensor, asked_at: Instant::now(), timeout, answer };
        let requests = self.requests.as_ref().ok_or_else(|| ModelError::Stopped { model: model() })?;
        requests.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => ModelError::Busy { model: model(), waiting: WAITING_MAX },
            TrySendError::Disconnected(_) => ModelError::Stopped { model: model() },
        })?;
        answered.recv_timeout(timeout).map_err(|error| match error {
            RecvTimeoutError::Timeout => timed_out(&self.manifest, timeout),
            RecvTimeoutError::Disconnected => ModelError::Stopped { model: model() },
        })?
    }
}

impl Detect for Detector {
    fn detect(&self, frame: &RawFrame) -> Result<Vec<Detection>, ModelError> {
        self.detect_in(&Picture::of_raw(frame))
    }

    fn digest(&self) -> Digest {
        self.manifest.digest()
    }
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Detector({} on {})", self.manifest.id(), self.provider)
    }
}

impl Drop for Detector {
    /// Ends the thread: it stops when nobody can ask any more.
    fn drop(&mut self) {
        self.requests = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!(model = self.manifest.id(), "the detector's thread ended abnormally");
        }
    }
}

/// The detector's thread: takes what waits, runs it, answers.
fn serve(mut session: InferenceSession, waiting: &Receiver<Request>, counters: &Counters) {
    let mut joined = Vec::new();
    while let Ok(first) = waiting.recv() {
        let mut batch = vec![first];
        batch.extend(waiting.try_iter().take(session.batch_max() - 1));
        let (late, batch): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|request| request.asked_at.elapsed() >= request.timeout);
        for request in late {
            reply(&request, Err(timed_out(session.manifest(), request.timeout)), counters);
        }
        answer(&mut session, batch, &mut joined, counters);
    }
}

/// Runs a batch; where that fails as a whole, runs its frames one by one, so that one cannot spoil another.
fn answer(session: &mut InferenceSession, batch: Vec<Request>, joined: &mut Vec<f32>, counters: &Counters) {
    if batch.len() > 1 {
        joined.clear();
        batch.iter().for_each(|request| joined.extend_from_slice(&request.tensor));
        counters.runs.fetch_add(1, Ordering::Relaxed);
        if let Ok(answers) = session.run(joined, batch.len()) {
            batch.into_iter().zip(answers).for_each(|(request, answer)| reply(&request, answer, counters));
            return;
        }
    }
    for request in batch {
        counters.runs.fetch_add(1, Ordering::Relaxed);
        let answer = session.run_one(&request.tensor);
        reply(&request, answer, counters);
    }
}

fn timed_out(manifest: &Manifest, timeout: Duration) -> ModelError {
    let after_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    ModelError::Timeout { model: manifest.id().to_owned(), after_ms }
}

fn reply(request: &Request, answer: Result<Vec<Candidate>, ModelError>, counters: &Counters) {
    counters.frames.fetch_add(1, Ordering::Relaxed);
    if answer.is_err() {
        counters.failed.fetch_add(1, Ordering::Relaxed);
    }
    // A caller that gave up has closed its end; there is nobody to tell.
    let _ = request.answer.try_send(answer);
}

#[cfg(test)]
mod tests;
