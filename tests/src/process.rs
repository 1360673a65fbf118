//! One running program: its output goes to a file; it is stopped when it is dropped.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take to come up or to go away.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running program.
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Running {
    /// Starts a program; both its outputs are appended to `log`.
    ///
    /// # Errors
    /// When the log cannot be opened or the program not started.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Result<Self> {
        let out =
            File::options().create(true).append(true).open(log).with_context(|| log.display().to_string())?;
        let err = out.try_clone()?;
        let child = command
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .with_context(|| format!("starting {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log: log.to_owned() })
    }

    /// Whether the program still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until `condition` holds.
    ///
    /// # Errors
    /// When the program ends before, or patience does; the text holds the end of its log.
    pub fn wait_until(&mut self, what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !condition() {
            if !self.is_running() {
                bail!("{} ended before {what}:\n{}", self.name, self.log_end());
            }
            if Instant::now() > deadline {
                bail!("{} is not {what} after {PATIENCE:?}:\n{}", self.name, self.log_end());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Has the program end as after a grave error: where core images are on, the system writes one.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn abort(&mut self) -> Result<()> {
        self.signal(Signal::ABORT)?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops the program where it is.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen program go on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn thaw(&self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?).context("process id")?;
        Ok(kill_process(pid, signal)?)
    }

    /// Kills the program at once, as a power cut would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the program to end and waits for it.
    ///
    /// # Errors
    /// When it does not end in time: it is killed then.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        match terminate(&mut self.child)? {
            Some(status) => Ok(status),
            None => bail!("{} did not end within {PATIENCE:?} of SIGTERM:\n{}", self.name, self.log_end()),
        }
    }

    /// The last lines of the program's log.
    pub fn log_end(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(25)).copied().collect::<Vec<_>>().join("\n")
    }
}

/// Sends SIGTERM and waits; kills what does not end in time, and gives `None` then.
///
/// # Errors
/// When the system refuses.
pub fn terminate(child: &mut Child) -> Result<Option<ExitStatus>> {
    if let Some(status) = child.try_wait()? {
        return Ok(Some(status));
    }
    let pid = Pid::from_raw(i32::try_from(child.id())?).context("process id")?;
    kill_process(pid, Signal::TERM)?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// A number of /proc/PID/status, for example of `VmRSS:`, which is in KiB.
///
/// # Errors
/// When there is no such process or no such number.
pub fn status_number(pid: u32, key: &str) -> Result<u64> {
    let words = status_words(pid, key)?;
    let number = words.split_whitespace().next().and_then(|word| word.parse().ok());
    number.with_context(|| format!("/proc/{pid}/status: {key} is no number"))
}

/// What stands behind a key of /proc/PID/status.
///
/// # Errors
/// When there is no such process or no such key.
pub fn status_words(pid: u32, key: &str) -> Result<String> {
    let path = format!("/proc/{pid}/status");
    let status = std::fs::read_to_string(&path).with_context(|| format!("{path}: has it ended?"))?;
    let words = status.lines().find_map(|line| line.strip_prefix(key));
    Ok(words.with_context(|| format!("{path} has no {key}"))?.trim().to_owned())
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}
