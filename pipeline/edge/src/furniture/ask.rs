//! What an operator asks of the box, and its answer: two small files in the data folder, gone once read.
//!
//! `furniture/asked/ID.json` and `furniture/answered/ID.json`, framed as every file of ours (`local::file`), version 1:
//! ```text
//! {"wish": {"add": {"camera", "zone", "rectangle", "days", "event"}}   or {"remove": {"number": 1}}
//!  "operator": "a.meier", "reason": "the new bench"}
//! {"done": true, "text": "furniture 1 is in force until ..."}
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use velum_policy::audit::JUSTIFICATION_CHARS;
use velum_vocab::EventId;

use crate::local::{self, Content, Rectangle};

const ASKED: &str = "furniture/asked";
const ANSWERED: &str = "furniture/answered";
/// So many are read at a look.
const MAX_ASKED: usize = 16;
const NAME_CHARS: usize = 128;

/// One request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    pub(super) wish: Wish,
    pub(super) operator: String,
    pub(super) reason: String,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Wish {
    Add { camera: String, zone: String, rectangle: Rectangle, days: u32, event: Option<String> },
    Remove { number: u64 },
}

impl Default for Wish {
    fn default() -> Self {
        Self::Remove { number: 0 }
    }
}

/// The box's answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    pub(super) done: bool,
    pub(super) text: String,
}

impl Content for Ask {
    const FORMAT: &'static str = "velum-furniture-ask";
    const FOLDER: &'static str = ASKED;

    fn is_empty(&self) -> bool {
        false
    }
}

impl Content for Answer {
    const FORMAT: &'static str = "velum-furniture-answer";
    const FOLDER: &'static str = ANSWERED;

    fn is_empty(&self) -> bool {
        false
    }
}

impl Ask {
    /// Whether the audit log will take it.
    ///
    /// # Errors
    /// In words.
    pub(super) fn check(&self) -> Result<(), String> {
        one_line("--reason", &self.reason, JUSTIFICATION_CHARS, "the new bench")?;
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
pub(super) struct Waiting {
    asked: PathBuf,
    answered: PathBuf,
}

/// Leaves a request for the box.
///
/// # Errors
/// In words, where the data folder cannot be written.
pub(super) fn leave(data_dir: &Path, ask: &Ask) -> Result<Waiting, String> {
    let name = format!("{}.json", EventId::random().map_err(|error| error.to_string())?);
    let (asked, answered) = (data_dir.join(ASKED).join(&name), data_dir.join(ANSWERED).join(&name));
    local::write_one(&asked, ask)
        .map_err(|problem| format!("{problem}; run it as the user that the box runs as"))?;
    Ok(Waiting { asked, answered })
}

impl Waiting {
    /// The answer, once.
    pub(super) fn answer(&self) -> Option<Result<String, String>> {
        let answer: Answer = local::read_one(&self.answered).ok()??;
        let _gone = fs::remove_file(&self.answered);
        Some(if answer.done { Ok(answer.text) } else { Err(answer.text) })
    }

    /// Nobody answered.
    pub(super) fn take_back(&self) {
        let _gone = fs::remove_file(&self.asked);
    }
}

/// The requests that wait; what is no request is removed and told.
pub(super) fn waiting(data_dir: &Path) -> Vec<(PathBuf, Ask)> {
    let Ok(entries) = fs::read_dir(data_dir.join(ASKED)) else { return Vec::new() };
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let paths = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let read = |path: PathBuf| match local::read_one::<Ask>(&path) {
        Ok(ask) => ask.map(|ask| (path, ask)),
        Err(problem) => {
            tracing::warn!(%problem, "a request about furniture could not be read and was removed");
            let _gone = fs::remove_file(&path);
            None
        }
    };
    paths.take(MAX_ASKED).filter_map(read).collect()
}

/// Answers a request, and removes it.
pub(super) fn answer(data_dir: &Path, asked: &Path, answer: &Answer) {
    let name = asked.file_name().unwrap_or_default();
    if let Err(problem) = local::write_one(&data_dir.join(ANSWERED).join(name), answer) {
        tracing::warn!(%problem, "a request about furniture could not be answered");
    }
    let _gone = fs::remove_file(asked);
}
