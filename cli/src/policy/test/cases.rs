//! Cases that hang together: each asks one thing of cameras, recipients and classes that the policy has, and says what
//! must come of it.

mod reader;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use velum_gate::EventKind;
use velum_policy::{Finding, PolicyFile, Severity, lines_of_keys, place_of_key, read_tables};
use velum_recipients::Action;
use velum_vocab::{CameraId, CoverageBin, Health, Observation};

use super::answer::Answer;
use super::written::WrittenFile;
use reader::Reader;

/// No file of cases is longer, bytes.
const LONGEST_BYTES: usize = 1 << 20;

/// What is wrong with a file, and where.
pub(super) type Fault = Box<Finding>;

/// A file of cases that parses.
#[derive(Debug)]
pub(super) struct CasesFile {
    text: String,
    path: String,
    written: WrittenFile,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) at: Timestamp,
    pub(super) asked: Asked,
    pub(super) expected: Answer,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// What becomes of something that a rule has seen.
    Observation(Box<Observation>),
    /// What becomes of a camera's state.
    Health(Health),
    /// What becomes of a camera's hour.
    Coverage(CoverageBin),
    /// Whether a still of such alerts may be kept.
    KeepStill(CameraId, EventKind),
    /// Whether a still that was kept may be sent.
    AskStill(StillWanted),
    /// Whether a still to align the camera may be made.
    MaintenanceStill(CameraId),
    /// In which trial it may be computed.
    Trial(CameraId, EventKind),
    /// What a recipient is shown.
    Reading(Reading),
}

/// Somebody asks for the still of an alert.
#[derive(Debug)]
pub(super) struct StillWanted {
    pub(super) camera: CameraId,
    pub(super) kind: EventKind,
    pub(super) age: Duration,
    pub(super) purpose: String,
    pub(super) reason: String,
}

/// Somebody reads on the hub.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) role: String,
    pub(super) action: Action,
    pub(super) class: String,
    pub(super) age: Duration,
    pub(super) is_reviewed: bool,
    pub(super) purpose: String,
    pub(super) reason: String,
}

impl Asked {
    /// The camera that it is about; none of a reading.
    pub(super) fn camera(&self) -> Option<&CameraId> {
        match self {
            Self::Observation(seen) => Some(&seen.camera),
            Self::Health(health) => Some(&health.camera),
            Self::Coverage(bin) => Some(&bin.camera),
            Self::AskStill(wanted) => Some(&wanted.camera),
            Self::KeepStill(camera, _) | Self::MaintenanceStill(camera) | Self::Trial(camera, _) => {
                Some(camera)
            }
            Self::Reading(_) => None,
        }
    }

    /// The role that reads.
    pub(super) fn role(&self) -> Option<&str> {
        match self {
            Self::Reading(reading) => Some(&reading.role),
            _ => None,
        }
    }
}

impl CasesFile {
    /// Reads a file of cases; `path` is only named in findings.
    ///
    /// # Errors
    /// The first thing that does not parse.
    pub(super) fn parse(text: &str, path: &str) -> Result<Self, Fault> {
        if text.len() > LONGEST_BYTES {
            let found = format!("{} bytes", text.len());
            let expected = format!("at most {LONGEST_BYTES} bytes");
            return Err(finding((path, 1, 1), "", (&expected, &found), "is this the right file?"));
        }
        let written: WrittenFile = read_tables(text, path)?;
        let file = Self { text: text.to_owned(), path: path.to_owned(), written };
        if file.written.case.is_empty() {
            let fix = "write a case; `velum policy test --example` prints a file to start from";
            return Err(file.fault("", ("a table `[[case]]`", "none"), fix));
        }
        Ok(file)
    }

    /// The policy that it is about, relative to the file; none where none is named.
    pub(super) fn policy(&self) -> Option<&str> {
        self.written.policy.as_deref()
    }

    /// The cases, held against what the policy has.
    ///
    /// # Errors
    /// All that is wrong.
    pub(super) fn cases(&self, policy: &PolicyFile) -> Result<Vec<Case>, Vec<Finding>> {
        let lines = lines_of_keys(&self.text);
        let mut cases = Vec::new();
        let mut wrong = Vec::new();
        for (n, written) in self.written.case.iter().enumerate() {
            let key = format!("case[{n}]");
            let line = lines.get(&key).copied().unwrap_or(1);
            match Reader::new(self, policy.document(), key, line).case(written) {
                Ok(case) => cases.push(case),
                Err(fault) => wrong.push(*fault),
            }
        }
        if wrong.is_empty() { Ok(cases) } else { Err(wrong) }
    }

    fn fault(&self, key: &str, (expected, found): (&str, &str), fix: &str) -> Fault {
        let (line, column) = place_of_key(&self.text, key);
        finding((&self.path, line, column), key, (expected, found), fix)
    }
}

fn finding(
    (path, line, column): (&str, usize, usize),
    key: &str,
    (expected, found): (&str, &str),
    fix: &str,
) -> Fault {
    Box::new(Finding {
        severity: Severity::Error,
        path: path.to_owned(),
        line,
        column,
        key: key.to_owned(),
        rule: None,
        expected: expected.to_owned(),
        found: found.to_owned(),
        fix: fix.to_owned(),
    })
}

/// Names that no case is about.
pub(super) fn left_out(cases: &[Case], policy: &PolicyFile) -> BTreeMap<&'static str, Vec<String>> {
    let cameras: BTreeSet<&str> =
        cases.iter().filter_map(|case| Some(case.asked.camera()?.as_str())).collect();
    let roles: BTreeSet<&str> = cases.iter().filter_map(|case| case.asked.role()).collect();
    let document = policy.document();
    let without_case = |cameras: &BTreeSet<&str>, names: BTreeSet<&String>| -> Vec<String> {
        names.into_iter().filter(|name| !cameras.contains(name.as_str())).cloned().collect()
    };
    BTreeMap::from([
        ("cameras", without_case(&cameras, document.camera.keys().collect())),
        ("recipients", without_case(&roles, document.recipient.iter().map(|one| &one.role).collect())),
    ])
}
