//! What an operator asks of the box, and its answer: two small files in the data folder, gone once read.
//!
//! `SUBJECT/asked/ID.json` and `SUBJECT/answered/ID.json`, framed as every file of ours (`local::file`), version 1:
//! ```text
//! {"wish": {...}, "operator": "a.meier", "reason": "the new bench"}      what can be wished: see the subject
//! {"done": true, "text": "furniture 1 is in force until ..."}
//! ```

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use velum_policy::audit::JUSTIFICATION_CHARS;
use velum_vocab::{Clock, EventId, SystemClock};

use crate::audit::BoxLog;
use crate::local::{self, Content};

/// So many are read at a look.
const MAX_ASKED: usize = 16;
const NAME_CHARS: usize = 128;
/// The box looks every two seconds.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(200);

/// What can be asked for, of one subject.
pub(crate) trait Wish: Serialize + DeserializeOwned + Default {
    /// What it is about, in a word.
    const SUBJECT: &'static str;
    /// Where requests are left.
    const ASKED: &'static str;
    /// Where answers are.
    const ANSWERED: &'static str;
    /// What a file of a request calls itself.
    const FORMAT: &'static str;
    /// A reason, as one would write it.
    const REASON: &'static str;
}

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ask<W> {
    pub(crate) wish: W,
    pub(crate) operator: String,
    pub(crate) reason: String,
}

/// The box's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) done: bool,
    pub(crate) text: String,
}

impl<W: Wish> Content for Ask<W> {
    const FORMAT: &'static str = W::FORMAT;
    const FOLDER: &'static str = W::ASKED;

    fn is_empty(&self) -> bool {
        false
    }
}

impl Content for Answer {
    const FORMAT: &'static str = "velum-answer";
    const FOLDER: &'static str = "answered";

    fn is_empty(&self) -> bool {
        false
    }
}

impl<W: Wish> Ask<W> {
    /// Whether the audit log will take it.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn check(&self) -> Result<(), String> {
        one_line("--reason", &self.reason, JUSTIFICATION_CHARS, W::REASON)?;
        one_line("--operator", &self.operator, NAME_CHARS, "a.meier")
    }
}

fn one_line(name: &str, text: &str, most: usize, example: &str) -> Result<(), String> {
    let chars = text.chars().count();
    if text.trim().is_empty() || chars > most || text.chars().any(char::is_control) {
        return Err(format!(
            "{name}: expected one line of 1 to {most} characters, found {chars}; write for example `{name} \"{example}\"`"
        ));
    }
    Ok(())
}

/// A request that was left.
pub(crate) struct Waiting {
    asked: PathBuf,
    answered: PathBuf,
}

/// Leaves a request for the box.
///
/// # Errors
/// In words, where the data folder cannot be written.
pub(crate) fn leave<W: Wish>(data_dir: &Path, ask: &Ask<W>) -> Result<Waiting, String> {
    let owner = fs::metadata(data_dir).map_err(|error| format!("{}: {error}", data_dir.display()))?.uid();
    let me = rustix::process::geteuid().as_raw();
    if owner != me {
        // What root left there, the box could not take away, and its own user could not add to.
        return Err(format!(
            "{}: belongs to the user with the number {owner}, and you are {me}; run it as the user that the box runs as, for \
             example `runuser -u velum-edge -- velum-edge ...`",
            data_dir.display()
        ));
    }
    let name = format!("{}.json", EventId::random().map_err(|error| error.to_string())?);
    let (asked, answered) = (data_dir.join(W::ASKED).join(&name), data_dir.join(W::ANSWERED).join(&name));
    local::write_one(&asked, ask)
        .map_err(|problem| format!("{problem}; run it as the user that the box runs as"))?;
    Ok(Waiting { asked, answered })
}

impl Waiting {
    /// The answer, once.
    pub(crate) fn answer(&self) -> Option<Result<String, String>> {
        let answer: Answer = local::read_one(&self.answered).ok()??;
        let _gone = fs::remove_file(&self.answered);
        Some(if answer.done { Ok(answer.text) } else { Err(answer.text) })
    }
}

/// Has the running box do it; where none runs, `here` does it, with the box's own log.
///
/// # Errors
/// In words, where it cannot be done or was not allowed.
pub(crate) fn send<W: Wish>(
    data_dir: &Path,
    ask: &Ask<W>,
    mut here: impl FnMut(&BoxLog, Arc<dyn Clock>),
) -> anyhow::Result<String> {
    ask.check().map_err(anyhow::Error::msg)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let waiting = leave(data_dir, ask).map_err(anyhow::Error::msg)?;
    let until = Instant::now() + ANSWERED_WITHIN;
    loop {
        if let Some(answer) = waiting.answer() {
            return answer.map(|text| text + "\n").map_err(anyhow::Error::msg);
        }
        if Instant::now() >= until {
            let _gone = fs::remove_file(&waiting.asked);
            bail!("no answer came within {} s; see the box's log", ANSWERED_WITHIN.as_secs());
        }
        match BoxLog::open_if_free(data_dir, Arc::clone(&clock))? {
            Some(log) => here(&log, Arc::clone(&clock)),
            None => std::thread::sleep(POLL),
        }
    }
}

/// Does what was asked, and answers. What is no request is removed and told.
pub(crate) fn answer_all<W: Wish>(data_dir: &Path, mut done: impl FnMut(&Ask<W>) -> Result<String, String>) {
    for (path, request) in waiting::<W>(data_dir) {
        let answer = match request.check().and_then(|()| done(&request)) {
            Ok(text) => Answer { done: true, text },
            Err(text) => Answer { done: false, text },
        };
        tracing::info!(about = W::SUBJECT, done = answer.done, "a request was answered: {}", answer.text);
        let name = path.file_name().unwrap_or_default();
        if let Err(problem) = local::write_one(&data_dir.join(W::ANSWERED).join(name), &answer) {
            tracing::warn!(about = W::SUBJECT, %problem, "a request could not be answered");
        }
        let _gone = fs::remove_file(path);
    }
}

fn waiting<W: Wish>(data_dir: &Path) -> Vec<(PathBuf, Ask<W>)> {
    let Ok(entries) = fs::read_dir(data_dir.join(W::ASKED)) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = |path: PathBuf| match local::read_one::<Ask<W>>(&path) {
        Ok(ask) => ask.map(|ask| (path, ask)),
        Err(problem) => {
            tracing::warn!(about = W::SUBJECT, %problem, "a request could not be read and was removed");
            let _gone = fs::remove_file(&path);
            None
        }
    };
    paths.take(MAX_ASKED).filter_map(read).collect()
}

/// Who asks, for the audit log.
///
/// # Errors
/// Where neither is known.
pub(crate) fn operator_name(written: Option<String>) -> anyhow::Result<String> {
    let of_system = || ["SUDO_USER", "USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    written
        .or_else(of_system)
        .filter(|name| !name.trim().is_empty())
        .context("--operator: it is not known who asks; write for example `--operator a.meier`")
}
