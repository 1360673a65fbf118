//! What is wrong with a configuration, each with the place, what was expected and found, and the fix.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The line of the file, from 1, where it is known.
    pub(crate) line: Option<usize>,
    /// The key, for example `cameras.tram-hub-3.zones[1]`; empty for the file as a whole.
    pub(crate) path: String,
    /// The camera that it is about, and no other.
    pub(crate) camera: Option<String>,
    /// Expected, found, and how to mend it.
    pub(crate) message: String,
}

/// Everything that is wrong with one configuration file. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// The file, as the user named it.
    pub(crate) file: PathBuf,
    /// In the order of the file.
    pub(crate) problems: Vec<Problem>,
}

impl ConfigError {
    /// An error about the file as a whole.
    pub(crate) fn of_file(file: &Path, message: String) -> Self {
        let problem = Problem { line: None, path: String::new(), camera: None, message };
        Self { file: file.to_owned(), problems: vec![problem] }
    }
}

impl ConfigError {
    /// The cameras that something is wrong with.
    pub(crate) fn cameras(&self) -> Vec<&str> {
        let names: BTreeSet<_> =
            self.problems.iter().filter_map(|problem| problem.camera.as_deref()).collect();
        names.into_iter().collect()
    }

    /// One problem a line: `edge.toml:12: cameras.door.sorce: unknown key; did you mean `source`?`.
    pub(crate) fn lines(&self) -> Vec<String> {
        let file = self.file.display();
        let line = |problem: &Problem| {
            let place = problem.line.map_or_else(String::new, |line| format!("{line}:"));
            let key = if problem.path.is_empty() { String::new() } else { format!(" {}:", problem.path) };
            format!("{file}:{place}{key} {}", problem.message)
        };
        self.problems.iter().map(line).collect()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines().join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// Collects problems, so that one run of `check` shows all of them.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    /// The camera that is looked at.
    camera: Option<String>,
}

impl Problems {
    /// Notes that the value at `path` is wrong.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let (path, message) = (path.into(), message.into());
        self.found.push(Problem { line: None, path, camera: self.camera.clone(), message });
    }

    /// What is noted from now on is about this camera alone.
    pub(crate) fn about(&mut self, camera: &str) {
        self.camera = Some(camera.to_owned());
    }

    /// Everything that was noted.
    pub(crate) fn into_found(self) -> Vec<Problem> {
        self.found
    }

    /// Whether the camera that is looked at has nothing wrong.
    pub(crate) fn spare(&self, camera: &str) -> bool {
        self.found.iter().all(|problem| problem.camera.as_deref() != Some(camera))
    }

    /// The value, or `None` after its error was noted under `path`.
    pub(crate) fn keep<T>(&mut self, path: &str, value: Result<T, impl fmt::Display>) -> Option<T> {
        value.map_err(|error| self.add(path, error.to_string())).ok()
    }

    /// Notes an error whose text begins with a key, `zones[1].density.hold_secs: ...`, of the table at `path`.
    pub(crate) fn add_below(&mut self, path: &str, error: &impl fmt::Display) {
        let text = error.to_string();
        match text.split_once(": ") {
            Some((key, message)) if !key.contains(' ') => self.add(format!("{path}.{key}"), message),
            _ => self.add(path, text),
        }
    }

    /// The same, where the text names the table by another word before the key.
    pub(crate) fn add_in(&mut self, path: &str, word: &str, error: &impl fmt::Display) {
        let text = error.to_string();
        self.add_below(path, &text.strip_prefix(&format!("{word}: ")).unwrap_or(&text));
    }
}
