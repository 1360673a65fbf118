//! A file of answers, for scripts. Unknown keys are refused; what is missing is named with its question.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use jiff::Timestamp;
use toml::Value;
use velum_policy::lines_of_keys;

use super::interview::{Answered, Asked, Interview, Source, items};
use super::questions::Group;
use crate::screen::harmless;

/// No file of answers is longer, bytes.
const LONGEST_BYTES: usize = 1 << 20;

/// Answers that were written down.
#[derive(Debug)]
pub(super) struct AnswersFile {
    path: String,
    /// What is written under each path and was not asked for yet.
    given: BTreeMap<String, Vec<String>>,
    /// How many tables each list of tables has.
    counts: BTreeMap<String, usize>,
    /// The line of each key.
    lines: BTreeMap<String, usize>,
    /// What is wrong, all of it.
    wrong: Vec<String>,
    /// Defaults that do not fit. Most come of an answer before that is wrong itself, and are told only where none is.
    unfit: Vec<String>,
}

impl AnswersFile {
    /// Reads a file of answers; `path` is only named in errors.
    ///
    /// # Errors
    /// Where the text is no TOML, or has values that no question asks for.
    pub(super) fn parse(text: &str, path: &str) -> anyhow::Result<Self> {
        if text.len() > LONGEST_BYTES {
            bail!(
                "{path}: answers have at most {LONGEST_BYTES} bytes, found {}; is this the right file?",
                text.len()
            );
        }
        let table: toml::Table = text.parse().with_context(|| format!("{path}: expected answers in TOML"))?;
        let mut file = Self {
            path: path.to_owned(),
            given: BTreeMap::new(),
            counts: BTreeMap::new(),
            lines: lines_of_keys(text),
            wrong: Vec::new(),
            unfit: Vec::new(),
        };
        for (key, value) in table {
            file.add(key, value);
        }
        Ok(file)
    }

    fn add(&mut self, path: String, value: Value) {
        match value {
            Value::Table(table) if !table.is_empty() => {
                table.into_iter().for_each(|(key, value)| self.add(format!("{path}.{key}"), value));
            }
            Value::Array(all) if !all.is_empty() && all.iter().all(Value::is_table) => {
                self.counts.insert(path.clone(), all.len());
                all.into_iter().enumerate().for_each(|(n, value)| self.add(format!("{path}[{n}]"), value));
            }
            Value::Array(all) => {
                let texts = all.iter().map(as_text).collect();
                self.given.insert(path, texts);
            }
            Value::Table(_) => {
                self.given.insert(path, Vec::new());
            }
            other => {
                self.given.insert(path, vec![as_text(&other)]);
            }
        }
    }

    /// Answers every question from the file.
    ///
    /// # Errors
    /// All that is wrong or missing, a line each.
    pub(super) fn interview(mut self, now: Timestamp) -> anyhow::Result<Answered> {
        let answered = Interview::new(now).run(&mut self)?;
        for key in self.given.keys() {
            self.wrong.push(format!(
                "{}: expected only what is asked for; delete it (`velum policy new --questions` prints what is asked)",
                self.place(key)
            ));
        }
        if self.wrong.is_empty() {
            self.wrong.append(&mut self.unfit);
        }
        if self.wrong.is_empty() {
            return Ok(answered);
        }
        bail!("{}", self.wrong.join("\n"))
    }

    /// The file, the line of the key or of the table around it, and the key.
    fn place(&self, key: &str) -> String {
        let mut written = key;
        loop {
            if let Some(line) = self.lines.get(written) {
                return format!("{}:{line}: {key}", self.path);
            }
            match written.rfind(['.', '[']).and_then(|end| written.get(..end)) {
                Some(around) => written = around,
                None => return format!("{}: {key}", self.path),
            }
        }
    }
}

/// Numbers, days and truth values may be written as such.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Source for AnswersFile {
    fn answer(&mut self, asked: &Asked<'_>) -> anyhow::Result<Option<Vec<String>>> {
        let Asked { path, ask, question, default, .. } = *asked;
        let Some(given) = self.given.remove(path) else {
            if default.is_empty() && !asked.may_be_empty() {
                let (place, why) = (self.place(path), question.why);
                self.wrong.push(format!("{place}: expected an answer, found none: {ask} {why}"));
                return Ok(None);
            }
            return Ok(match asked.take(items(question.kind, default)) {
                Ok(answer) => Some(answer),
                Err(expected) => {
                    let place = self.place(path);
                    self.unfit
                        .push(format!("{place}: expected {expected}, found the default `{default}`: {ask}"));
                    None
                }
            });
        };
        let shown = given.join(", ");
        match asked.take(given) {
            Ok(answer) => Ok(Some(answer)),
            Err(expected) => {
                let (place, shown) = (self.place(path), harmless(&shown));
                self.wrong.push(format!("{place}: expected {expected}, found `{shown}`: {ask}"));
                Ok(None)
            }
        }
    }

    fn another(&mut self, group: &Group, so_far: usize) -> anyhow::Result<bool> {
        Ok(self.counts.get(group.key).is_some_and(|count| so_far < *count))
    }
}
