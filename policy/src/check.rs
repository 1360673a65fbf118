//! The rules that a policy must pass before it can be signed or used. Ids are those of the reference.
//!
//! They never say that a policy complies with the law: they say which rules found something.

mod keeping;
mod law;
mod telling;

use jiff::Timestamp;

use crate::error::PolicyError;
use crate::file::PolicyFile;
use crate::finding::{Finding, Findings, Severity};
use crate::resolve::{ResolvedPolicy, resolve};
use crate::sections::Document;

/// The rules that [`PolicyFile::check`] goes through, so that one can say which of them found nothing.
pub const RULE_IDS: [&str; 46] = [
    "AGG-001", "AGG-002", "AGG-003", "AGG-006", "CAP-001", "CAP-006", "CAP-007", "CAP-008", "CHG-001",
    "CHG-002", "CHG-003", "CHG-004", "CHG-005", "CHG-006", "DPI-001", "HUM-001", "HUM-002", "HUM-003",
    "INH-001", "LAW-001", "LAW-006", "LAW-007", "LAW-008", "MIN-001", "MIN-002", "MIN-003", "MOD-001",
    "PUR-003", "PUR-004", "REC-001", "REC-005", "RED-001", "RED-004", "RED-005", "RED-006", "RED-007",
    "RED-008", "RED-009", "RET-001", "RET-004", "RET-008", "RET-009", "SPC-001", "SPC-002", "SPC-003",
    "SPC-004",
];

impl PolicyFile {
    /// Every rule, on this file. Rules about today are left out without a moment.
    pub fn check(&self, at: Option<Timestamp>) -> Findings {
        let (_, mut findings) = resolve(self);
        let mut report = Report { file: self, findings: Vec::new() };
        for rule in RULES {
            rule(&mut report, self.document());
        }
        if let Some(now) = at {
            law::dates_at(&mut report, self.document(), now);
        }
        findings.append(&mut report.findings);
        Findings::new(findings)
    }

    /// What applies to each camera.
    ///
    /// # Errors
    /// [`PolicyError::Refused`] when a rule finds an error.
    pub fn resolve(&self) -> Result<ResolvedPolicy, PolicyError> {
        let findings = self.check(None);
        if findings.has_errors() {
            return Err(PolicyError::Refused(findings.errors()));
        }
        Ok(resolve(self).0)
    }
}

type Rule = fn(&mut Report<'_>, &Document);

const RULES: [Rule; 17] = [
    law::legal_basis,
    law::authorisation,
    law::purposes,
    telling::event_classes,
    telling::analytics,
    telling::models,
    keeping::capture,
    keeping::schedules,
    keeping::imagery,
    keeping::masking,
    keeping::retention,
    telling::aggregation,
    telling::precision,
    telling::recipients,
    telling::oversight,
    law::change_control,
    law::life_and_trials,
];

/// Collects findings.
struct Report<'f> {
    file: &'f PolicyFile,
    findings: Vec<Finding>,
}

impl Report<'_> {
    fn error(&mut self, rule: &'static str, key: &str, expected: &str, found: &str, fix: &str) {
        self.findings.push(self.file.finding(Severity::Error, Some(rule), key, expected, found, fix));
    }

    fn warn(&mut self, rule: &'static str, key: &str, expected: &str, found: &str, fix: &str) {
        self.findings.push(self.file.finding(Severity::Warning, Some(rule), key, expected, found, fix));
    }
}
