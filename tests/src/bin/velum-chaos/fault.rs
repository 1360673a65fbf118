//! What goes wrong, and how it is put right.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use velum_tests::process::{status_number, status_words};
use velum_tests::town::{Program, Town};

use crate::disk::{OwnDisk, call};
use crate::line::{Line, Mode};

/// A box that was just started has opened its models by then.
const MODELS_WITHIN: Duration = Duration::from_secs(30);
/// The processor for which models wait, and how many others want it.
const ONE: &str = "0";
const BUSY: usize = 4;

/// One fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// SIGKILL, and started again at once.
    BoxKilled,
    /// SIGKILL, and started again later.
    HubKilled,
    /// SIGSTOP, then SIGCONT.
    HubFrozen,
    /// SIGSTOP, then SIGCONT.
    BoxFrozen,
    /// The simulator is gone for a while.
    CamerasGone,
    /// They listen and say nothing more.
    CamerasFrozen,
    /// Another recording: other size, rate, and perhaps codec.
    CamerasChanged,
    /// In their place somebody answers with random bytes.
    CamerasTalkRubbish,
    LineCut,
    LineSilent,
    LineDrips,
    /// The box's data folder has no room left.
    DiskFull,
    /// Whoever writes to the box's data folder waits.
    DiskHangs,
    /// An error of the disk has the system refuse all writes to it, until somebody repairs it.
    DiskReadOnly,
    /// The box is given no more memory.
    MemoryShort,
    /// The models' threads wait for a processor that others have.
    ModelsStarved,
    /// Hours forward, then right again.
    ClockForward,
    /// Hours back, then right again.
    ClockBack,
}

impl Fault {
    pub(crate) const ALL: [Self; 18] = [
        Self::BoxKilled,
        Self::HubKilled,
        Self::HubFrozen,
        Self::BoxFrozen,
        Self::CamerasGone,
        Self::CamerasFrozen,
        Self::CamerasChanged,
        Self::CamerasTalkRubbish,
        Self::LineCut,
        Self::LineSilent,
        Self::LineDrips,
        Self::DiskFull,
        Self::DiskHangs,
        Self::DiskReadOnly,
        Self::MemoryShort,
        Self::ModelsStarved,
        Self::ClockForward,
        Self::ClockBack,
    ];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::BoxKilled => "box killed",
            Self::HubKilled => "hub killed",
            Self::HubFrozen => "hub frozen",
            Self::BoxFrozen => "box frozen",
            Self::CamerasGone => "cameras gone",
            Self::CamerasFrozen => "cameras frozen",
            Self::CamerasChanged => "cameras of another size, rate or codec",
            Self::CamerasTalkRubbish => "cameras talk rubbish",
            Self::LineCut => "line cut",
            Self::LineSilent => "line swallows everything",
            Self::LineDrips => "line drips",
            Self::DiskFull => "disk full",
            Self::DiskHangs => "disk hangs",
            Self::DiskReadOnly => "disk fails and is read-only, is repaired",
            Self::MemoryShort => "no more memory for the box",
            Self::ModelsStarved => "models do not answer",
            Self::ClockForward => "clock two hours forward",
            Self::ClockBack => "clock two hours back",
        }
    }

    /// Whether numbers may be lost of it, each reported as lost: what could not be written was not kept anywhere.
    pub(crate) fn may_lose(self) -> bool {
        matches!(self, Self::DiskFull | Self::DiskReadOnly)
    }
}

/// What the faults work on.
pub(crate) struct Victim {
    pub(crate) town: Town,
    pub(crate) line: Line,
    pub(crate) recordings: Vec<PathBuf>,
    pub(crate) playing: usize,
    /// By how many seconds the box's clock is off; none where it cannot be.
    pub(crate) clock: Option<PathBuf>,
    /// The box's data folder, where it is a small disk of its own.
    pub(crate) disk: Option<OwnDisk>,
}

impl Victim {
    pub(crate) fn can(&self, fault: Fault) -> bool {
        match fault {
            Fault::DiskFull => self.disk.is_some(),
            Fault::DiskHangs | Fault::DiskReadOnly => self.disk.as_ref().is_some_and(OwnDisk::is_real),
            Fault::ClockForward | Fault::ClockBack => self.clock.is_some(),
            Fault::CamerasChanged => self.recordings.len() > 1,
            _ => true,
        }
    }

    /// Does it, lets it be for a while, and puts it right.
    pub(crate) fn suffer(&mut self, fault: Fault, hold: Duration) -> Result<()> {
        let rest = || std::thread::sleep(hold);
        match fault {
            Fault::BoxKilled => {
                self.town.kill_edge()?;
                self.town.start_edge()
            }
            Fault::HubKilled => {
                self.town.kill_hub()?;
                rest();
                self.town.start_hub()
            }
            Fault::HubFrozen => self.frozen(Program::Hub, hold),
            Fault::BoxFrozen => self.frozen(Program::Edge, hold),
            Fault::CamerasFrozen => self.frozen(Program::Cameras, hold),
            Fault::CamerasGone => {
                self.town.kill_cameras()?;
                rest();
                self.town.start_cameras()
            }
            Fault::CamerasChanged => {
                self.playing = (self.playing + 1) % self.recordings.len();
                let recording = self.recordings.get(self.playing).context("no recording")?;
                self.town.kill_cameras()?;
                self.town.play(recording);
                self.town.start_cameras()
            }
            Fault::CamerasTalkRubbish => {
                self.town.kill_cameras()?;
                let rubbish = Rubbish::on(self.town.cameras_port())?;
                rest();
                drop(rubbish);
                self.town.start_cameras()
            }
            Fault::LineCut => self.lined(Mode::Cut, hold),
            Fault::LineSilent => self.lined(Mode::Silent, hold),
            Fault::LineDrips => self.lined(Mode::Drips, hold),
            Fault::DiskFull => fill(&self.town.dir().join("box-data/filler"), hold),
            Fault::DiskHangs => self.disk.as_ref().context("no disk of its own")?.hang(hold),
            Fault::DiskReadOnly => self.disk_fails(hold),
            Fault::MemoryShort => self.memory_short(hold),
            Fault::ModelsStarved => self.models_starved(hold),
            Fault::ClockForward => self.clock_off("+7200", hold),
            Fault::ClockBack => self.clock_off("-7200", hold),
        }
    }

    /// The box is stopped for the repair, as it would be.
    fn disk_fails(&mut self, hold: Duration) -> Result<()> {
        let disk = self.disk.as_ref().context("no disk of its own")?;
        disk.fail()?;
        std::thread::sleep(hold);
        self.town.kill_edge()?;
        disk.repair()?;
        self.town.start_edge()
    }

    /// No more address space than it has: what it does then is its own affair, and if it ends, it is started again.
    fn memory_short(&mut self, hold: Duration) -> Result<()> {
        let pid = self.town.pid(Program::Edge).context("the box does not run")?;
        let used_bytes = status_number(pid, "VmSize:")? * 1_024;
        let allow = |bytes: &str| {
            call("prlimit", |command| {
                command.args(["--pid", &pid.to_string(), &format!("--as={bytes}:")]);
            })
        };
        allow(&used_bytes.to_string())?;
        std::thread::sleep(hold);
        // Where it has ended there is nothing to allow.
        let _ = allow("unlimited");
        if !self.town.all_running() {
            self.town.start_edge()?;
        }
        Ok(())
    }

    /// In the middle of their work, their threads may use one processor alone, and that only while nobody else wants it; somebody does.
    fn models_starved(&self, hold: Duration) -> Result<()> {
        let pid = self.town.pid(Program::Edge).context("the box does not run")?;
        // One that has just been started again opens its models first.
        let until = Instant::now() + MODELS_WITHIN;
        let threads = loop {
            let threads = model_threads(pid)?;
            if !threads.is_empty() {
                break threads;
            }
            anyhow::ensure!(Instant::now() < until, "the box has no thread of a model");
            std::thread::sleep(Duration::from_millis(200));
        };
        let set = |policy: &str, processors: &str| {
            threads.iter().try_for_each(|thread| {
                call("chrt", |command| {
                    command.args([policy, "--pid", "0", thread]);
                })?;
                call("taskset", |command| {
                    command.args(["--cpu-list", "--pid", processors, thread]);
                })
            })
        };
        let allowed = status_words(pid, "Cpus_allowed_list:")?;
        let mut busy = Vec::new();
        for _ in 0..BUSY {
            let mut command = Command::new("taskset");
            busy.push(command.args(["--cpu-list", ONE, "sh", "-c", "while :; do :; done"]).spawn()?);
        }
        let starved = set("--idle", ONE);
        std::thread::sleep(hold);
        let ended = busy.iter_mut().try_for_each(|one| one.kill().and_then(|()| one.wait().map(drop)));
        // Also where only some of them were starved.
        let restored = set("--other", &allowed);
        starved?;
        ended?;
        restored
    }

    fn frozen(&mut self, program: Program, hold: Duration) -> Result<()> {
        self.town.freeze(program)?;
        std::thread::sleep(hold);
        self.town.thaw(program)
    }

    fn lined(&self, mode: Mode, hold: Duration) -> Result<()> {
        self.line.set(mode);
        std::thread::sleep(hold);
        self.line.set(Mode::Whole);
        Ok(())
    }

    fn clock_off(&self, by: &str, hold: Duration) -> Result<()> {
        let path = self.clock.as_ref().context("a clock that stays right")?;
        std::fs::write(path, by)?;
        std::thread::sleep(hold);
        std::fs::write(path, "+0")?;
        Ok(())
    }
}

/// The threads of a process that run models, by the name that they give themselves.
fn model_threads(pid: u32) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for thread in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let thread = thread?;
        // One that has ended meanwhile runs none.
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        if name.starts_with("model-") {
            found.push(thread.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

/// Fills a disk, and empties it again.
fn fill(path: &Path, hold: Duration) -> Result<()> {
    let mut file = File::create(path).with_context(|| path.display().to_string())?;
    let block = vec![0_u8; 256 * 1_024];
    while file.write_all(&block).is_ok() {}
    std::thread::sleep(hold);
    std::fs::remove_file(path).with_context(|| path.display().to_string())?;
    // Durably: where the disk fails next, it would be full again.
    let folder = path.parent().context("a file in a folder")?;
    File::open(folder)?.sync_all().with_context(|| folder.display().to_string())
}

/// Somebody who answers every request with random bytes.
struct Rubbish {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Rubbish {
    fn on(port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).context("the cameras' port")?;
        listener.set_nonblocking(true)?;
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let mut random = fastrand::Rng::new();
            while !ended.load(Ordering::SeqCst) {
                if let Ok((mut stream, _)) = listener.accept() {
                    let mut request = [0; 512];
                    let _ = stream.set_read_timeout(Some(Duration::from_millis(200)));
                    let _ = stream.read(&mut request);
                    let mut answer = vec![0; random.usize(1..40_000)];
                    random.fill(&mut answer);
                    let _ = stream.write_all(&answer);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Ok(Self { over, thread: Some(thread) })
    }
}

impl Drop for Rubbish {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // A thread that panicked has said so itself.
        let _ = self.thread.take().map(std::thread::JoinHandle::join);
    }
}
