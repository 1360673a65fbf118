//! What came of the cases: as text, JSON or JUnit.

use std::collections::BTreeMap;
use std::io::Write as _;

use clap::ValueEnum;
use serde_json::json;
use velum_policy::PolicyFile;

use super::cases::Case;
use super::town::Found;
use crate::policy::junit::{self, Said, Suite};
use crate::screen::{Screen, ScreenArgs, Style, harmless};

/// How it is said.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
    Junit,
}

/// A case, and what came of it.
#[derive(Debug)]
pub(super) struct Tested<'c> {
    pub(super) case: &'c Case,
    pub(super) found: Found,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Report<'c> {
    /// The file of cases.
    pub(super) path: &'c str,
    pub(super) policy: &'c PolicyFile,
    pub(super) tested: Vec<Tested<'c>>,
    /// Of which cameras and recipients there is no case.
    pub(super) left_out: BTreeMap<&'static str, Vec<String>>,
}

impl Tested<'_> {
    fn is_ok(&self) -> bool {
        self.case.expected == self.found.answer
    }

    /// What was expected and found, a line each; the rule's own words behind what it found.
    fn failure(&self) -> Vec<String> {
        let detail = self.found.detail.as_ref().map_or_else(String::new, |detail| format!("  ({detail})"));
        let mut lines = vec![
            format!("expected  {}", self.case.expected),
            format!("found     {}{detail}", self.found.answer),
        ];
        let differences = self.case.expected.differences(&self.found.answer);
        lines.extend(differences.into_iter().map(|difference| format!("          {difference}")));
        lines
    }
}

impl Report<'_> {
    /// How many came out otherwise.
    pub(super) fn failed(&self) -> usize {
        self.tested.iter().filter(|tested| !tested.is_ok()).count()
    }

    /// Prints it to standard output.
    ///
    /// # Errors
    /// Where nobody reads any more, or the disk behind it is full.
    pub(super) fn print(&self, format: Format) -> std::io::Result<()> {
        let text = match format {
            Format::Text => self.text(&Screen::of_stdout(&ScreenArgs::default())),
            Format::Json => format!("{:#}\n", self.json()),
            Format::Junit => junit::report("velum policy test", &[self.suite()]),
        };
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()
    }

    pub(super) fn text(&self, screen: &Screen) -> String {
        let mut lines: Vec<String> = self.tested.iter().flat_map(|one| self.lines(one, screen)).collect();
        let (all, failed) = (self.tested.len(), self.failed());
        let cases = if all == 1 { "1 case" } else { &format!("{all} cases") };
        let identity = &self.policy.document().policy;
        let policy = harmless(&format!("{} {}", identity.id, identity.version));
        lines.push(format!("{cases} against {policy}: {} ok, {failed} FAIL", all - failed));
        for (what, names) in &self.left_out {
            if !names.is_empty() {
                lines.push(harmless(&format!("no case is about the {what} {}", names.join(", "))));
            }
        }
        lines.join("\n") + "\n"
    }

    fn lines(&self, one: &Tested<'_>, screen: &Screen) -> Vec<String> {
        let name = harmless(&one.case.name);
        if one.is_ok() {
            let answer = harmless(&one.found.answer.to_string());
            return vec![format!("{}    {name}: {answer}", screen.styled(Style::Good, "ok"))];
        }
        let place = harmless(&format!("{}:{}", self.path, one.case.line));
        let first = format!("{}  {name} ({place})", screen.styled(Style::Alarm, "FAIL"));
        let rest = one.failure().into_iter().map(|line| format!("      {}", harmless(&line)));
        std::iter::once(first).chain(rest).collect()
    }

    fn json(&self) -> serde_json::Value {
        let case = |one: &Tested<'_>| {
            json!({
                "name": one.case.name,
                "line": one.case.line,
                "at": one.case.at.to_string(),
                "ok": one.is_ok(),
                "expected": one.case.expected.to_string(),
                "found": one.found.answer.to_string(),
                "detail": one.found.detail,
                "differences": one.case.expected.differences(&one.found.answer),
            })
        };
        let identity = &self.policy.document().policy;
        json!({
            "file": self.path,
            "policy": { "file": self.policy.path(), "id": identity.id, "version": identity.version.to_string() },
            "approvers": "stand-ins",
            "ok": self.tested.len() - self.failed(),
            "failed": self.failed(),
            "without_case": self.left_out,
            "cases": self.tested.iter().map(case).collect::<Vec<_>>(),
        })
    }

    fn suite(&self) -> Suite {
        let case = |one: &Tested<'_>| {
            let said = if one.is_ok() { Vec::new() } else { vec![Said::Failure(one.failure().join("\n"))] };
            junit::Case { name: one.case.name.clone(), said }
        };
        Suite { name: self.path.to_owned(), cases: self.tested.iter().map(case).collect() }
    }
}
