//! A model that all callers share, in one session or several of the same.
//!
//! Each caller makes its tensor in its own thread and hands it to the sessions' threads, one each, through one bounded
//! queue. Frames that wait together run together, where the model takes more than one. A caller waits no longer
//! than the time-out; a frame that failed is an error for its caller and for nobody else.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use velum_vocab::Digest;

use crate::detector::DetectorOptions;
use crate::head::{InputSize, ReadAnswer};
use crate::manifest::Manifest;
use crate::session::InferenceSession;
use crate::{LoadedModel, ModelError, Provider, ProviderChoice, Runtime};

/// Frames that may wait at once, of all cameras together.
const WAITING_MAX: usize = 64;

/// Tensors of so many frames are kept for the next ones; more are freed.
const SPARE_MAX: usize = 2;

/// What a session has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCounts {
    /// Frames answered, errors included.
    pub frames: u64,
    /// Runs of the session; fewer than frames where frames ran together.
    pub runs: u64,
    /// Frames whose answer was an error.
    pub failed: u64,
}

/// What the session's thread shares with those who ask.
#[derive(Default)]
struct Common {
    frames: AtomicU64,
    runs: AtomicU64,
    failed: AtomicU64,
    /// The memory of tensors that were answered: megabytes, which would be fresh for each frame.
    spare: Mutex<Vec<Vec<f32>>>,
}

impl Common {
    fn spare(&self) -> MutexGuard<'_, Vec<Vec<f32>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Request<T> {
    tensor: Vec<f32>,
    asked_at: Instant,
    timeout: Duration,
    answer: SyncSender<Result<T, ModelError>>,
}

/// What waits; whichever session is free takes it.
type Waiting<T> = Arc<Mutex<Receiver<Request<T>>>>;

/// A model that runs, in threads of its own; its answers are read as `R` says.
pub(crate) struct SharedSession<R: ReadAnswer> {
    manifest: Manifest,
    digest: Digest,
    timeout: Duration,
    provider: Provider,
    size: InputSize,
    common: Arc<Common>,
    requests: Option<SyncSender<Request<R::Found>>>,
    threads: Vec<JoinHandle<()>>,
}

impl<R: ReadAnswer> SharedSession<R> {
    /// Loads the model and runs it once.
    pub(crate) fn open(
        runtime: &Runtime,
        model: &LoadedModel,
        options: DetectorOptions,
    ) -> Result<Self, ModelError> {
        let session = InferenceSession::<R>::open(runtime, model, &options)?;
        let (provider, size, manifest) = (session.provider(), session.size(), model.manifest().clone());
        let beside = if provider == Provider::Cpu { options.sessions.saturating_sub(1) } else { 0 };
        tracing::info!(
            model = manifest.id(),
            %provider,
            input = %format_args!("{}x{}", size.width_px, size.height_px),
            batch_max = session.batch_max(),
            sessions = beside + 1,
            "model is ready"
        );
        let (requests, waiting) = sync_channel(WAITING_MAX);
        let (digest, timeout) = (model.digest(), options.timeout);
        let common = Arc::new(Common::default());
        let requests = Some(requests);
        // Where a thread cannot be had, those before it are ended by what is dropped here.
        let mut opened =
            Self { manifest, digest, timeout, provider, size, common, requests, threads: Vec::new() };
        let waiting = Arc::new(Mutex::new(waiting));
        opened.begin(session, Arc::clone(&waiting))?;
        // On what the first runs on, though an accelerator may have room by now.
        let same = DetectorOptions { provider: ProviderChoice::Cpu, ..options };
        for _ in 0..beside {
            opened.begin(InferenceSession::<R>::open(runtime, model, &same)?, Arc::clone(&waiting))?;
        }
        Ok(opened)
    }

    fn begin(&mut self, session: InferenceSession<R>, waiting: Waiting<R::Found>) -> Result<(), ModelError> {
        let shared = Arc::clone(&self.common);
        let thread = std::thread::Builder::new()
            .name(format!("model-{}", self.manifest.id()).chars().take(15).collect())
            .spawn(move || serve(session, &waiting, &shared))
            .map_err(|error| ModelError::session(self.manifest.id(), error))?;
        self.threads.push(thread);
        Ok(())
    }

    pub(crate) fn provider(&self) -> Provider {
        self.provider
    }

    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(crate) fn digest(&self) -> Digest {
        self.digest
    }

    pub(crate) fn size(&self) -> InputSize {
        self.size
    }

    pub(crate) fn counts(&self) -> SessionCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SessionCounts {
            frames: read(&self.common.frames),
            runs: read(&self.common.runs),
            failed: read(&self.common.failed),
        }
    }

    /// Memory for a frame's tensor: of one that was answered and is overwritten, where there is one.
    pub(crate) fn memory(&self) -> Vec<f32> {
        self.common.spare().pop().unwrap_or_default()
    }

    /// The answer for one frame's tensor.
    pub(crate) fn ask(&self, tensor: Vec<f32>) -> Result<R::Found, ModelError> {
        let model = || self.manifest.id().to_owned();
        let timeout = self.timeout;
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

impl<R: ReadAnswer> Drop for SharedSession<R> {
    /// Ends the threads: they stop when nobody can ask any more.
    fn drop(&mut self) {
        self.requests = None;
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!(model = self.manifest.id(), "a model's thread ended abnormally");
            }
        }
    }
}

/// A session's thread: takes what waits, runs it, answers.
fn serve<R: ReadAnswer>(
    mut session: InferenceSession<R>,
    waiting: &Mutex<Receiver<Request<R::Found>>>,
    common: &Common,
) {
    let mut joined = Vec::new();
    while let Some(batch) = next_batch(waiting, session.batch_max()) {
        let (late, batch): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|request| request.asked_at.elapsed() >= request.timeout);
        for request in late {
            let error = timed_out(session.manifest(), request.timeout);
            reply(request, Err(error), common);
        }
        answer(&mut session, batch, &mut joined, common);
    }
}

/// What waits, or the first that comes; none when nobody can ask any more. Of sessions that are free one waits for frames, the
/// others for their turn to wait.
fn next_batch<T>(waiting: &Mutex<Receiver<Request<T>>>, most: usize) -> Option<Vec<Request<T>>> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let mut batch = vec![waiting.recv().ok()?];
    batch.extend(waiting.try_iter().take(most - 1));
    Some(batch)
}

/// Runs a batch; where that fails as a whole, runs its frames one by one, so that one cannot spoil another.
fn answer<R: ReadAnswer>(
    session: &mut InferenceSession<R>,
    batch: Vec<Request<R::Found>>,
    joined: &mut Vec<f32>,
    common: &Common,
) {
    if batch.len() > 1 {
        joined.clear();
        batch.iter().for_each(|request| joined.extend_from_slice(&request.tensor));
        common.runs.fetch_add(1, Ordering::Relaxed);
        let answers = session.run(joined, batch.len());
        // Pictures are in them, too.
        joined.fill(0.0);
        if let Ok(answers) = answers {
            batch.into_iter().zip(answers).for_each(|(request, answer)| reply(request, answer, common));
            return;
        }
    }
    for request in batch {
        common.runs.fetch_add(1, Ordering::Relaxed);
        let answer = session.run_one(&request.tensor);
        reply(request, answer, common);
    }
}

fn timed_out(manifest: &Manifest, timeout: Duration) -> ModelError {
    let after_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
    ModelError::Timeout { model: manifest.id().to_owned(), after_ms }
}

fn reply<T>(request: Request<T>, answer: Result<T, ModelError>, common: &Common) {
    common.frames.fetch_add(1, Ordering::Relaxed);
    if answer.is_err() {
        common.failed.fetch_add(1, Ordering::Relaxed);
    }
    // A caller that gave up has closed its end; there is nobody to tell.
    let _ = request.answer.try_send(answer);
    // A picture is in it: overwritten before it waits, however long the camera then rests.
    let mut tensor = request.tensor;
    tensor.fill(0.0);
    let mut spare = common.spare();
    if spare.len() < SPARE_MAX {
        spare.push(tensor);
    }
}
