//! The report as one JSON object.

use std::path::PathBuf;

use serde::Serialize;
use velum_policy::audit::{Fault, Located, Notice, Operation, Period, Remembered, Report, Timestamp};

use super::{notice_in_words, short};

/// The report for other programs; documented in `docs/audit-log.md`.
#[derive(Debug, Serialize)]
pub(in crate::audit) struct ReportView {
    /// `log`, `export` or `part` of one.
    kind: &'static str,
    sound: bool,
    writer: Option<String>,
    files: u64,
    records: u64,
    records_before: u64,
    first: Option<PointView>,
    last: Option<PointView>,
    period: Option<PeriodView>,
    records_outside: u64,
    operations: Vec<OperationView>,
    policies: Vec<PolicyView>,
    attestations: u64,
    egress: u64,
    checkpoints: u64,
    last_checkpoint: Option<String>,
    to_keep: Option<String>,
    signed_by: Vec<String>,
    unsigned_records: u64,
    times_set_back: u64,
    checkpoints_confirmed: Vec<u64>,
    /// The keys that signed each of those; none where one is only a number and a root.
    checkpoints_confirmed_by: Vec<Vec<String>>,
    remarks: Vec<RemarkView>,
    faults: Vec<FaultView>,
}

#[derive(Debug, Serialize)]
struct PointView {
    number: u64,
    unix_secs: i64,
}

#[derive(Debug, Serialize)]
struct PeriodView {
    from_unix_secs: i64,
    to_unix_secs: i64,
    newest: Option<u64>,
}

#[derive(Debug, Serialize)]
struct PolicyView {
    digest: String,
    entries: u64,
}

#[derive(Debug, Serialize)]
struct OperationView {
    operation: &'static str,
    allowed: u64,
    denied: u64,
}

#[derive(Debug, Serialize)]
struct RemarkView {
    path: String,
    line: u64,
    what: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct FaultView {
    path: String,
    line: u64,
    after_record: Option<u64>,
    what: String,
    meaning: String,
}

impl ReportView {
    pub(in crate::audit) fn of(report: &Report) -> Self {
        let kind = match report.period {
            Some(_) => "export",
            None if report.is_cut || report.is_sealed => "part",
            None => "log",
        };
        let period = report.period.map(|Period { from, to, newest }| PeriodView {
            from_unix_secs: from.unix_secs(),
            to_unix_secs: to.unix_secs(),
            newest,
        });
        let policies = report.policies.iter();
        let policies = policies.map(|(digest, n)| PolicyView { digest: digest.to_string(), entries: *n });
        let point = |(number, time): (u64, Timestamp)| PointView { number, unix_secs: time.unix_secs() };
        let all = Operation::ALL.iter().map(|operation| {
            let counts = report.operations.get(operation).copied().unwrap_or_default();
            OperationView { operation: operation.name(), allowed: counts.allowed, denied: counts.denied }
        });
        Self {
            kind,
            period,
            records_outside: report.outside,
            policies: policies.collect(),
            sound: report.is_sound(),
            writer: report.writer.as_ref().map(ToString::to_string),
            files: report.files,
            records: report.records,
            records_before: report.records_before,
            first: report.first.map(point),
            last: report.last.map(point),
            operations: all.collect(),
            attestations: report.attestations,
            egress: report.egress,
            checkpoints: report.checkpoints,
            last_checkpoint: report.last_checkpoint.as_ref().map(|signed| signed.text().to_owned()),
            to_keep: report.last_checkpoint.as_ref().filter(|_| report.is_sound()).map(short),
            signed_by: report.signed_by.iter().map(ToString::to_string).collect(),
            unsigned_records: report.unsigned_records,
            times_set_back: report.times_set_back,
            checkpoints_confirmed: report.confirmed.iter().map(Remembered::number).collect(),
            checkpoints_confirmed_by: report.confirmed.iter().map(|kept| signers(report, kept)).collect(),
            remarks: report.notices.iter().map(RemarkView::of).collect(),
            faults: report.faults.iter().map(FaultView::of).collect(),
        }
    }
}

fn signers(report: &Report, kept: &Remembered) -> Vec<String> {
    kept.signers(&report.signed_by).into_iter().map(ToString::to_string).collect()
}

impl RemarkView {
    fn of((path, line, notice): &(PathBuf, u64, Notice)) -> Self {
        let path = path.display().to_string();
        Self { path, line: *line, what: notice.name(), text: notice_in_words(notice) }
    }
}

impl FaultView {
    fn of(located: &Located) -> Self {
        let fault: &Fault = &located.fault;
        Self {
            path: located.path.display().to_string(),
            line: located.line,
            after_record: located.after,
            what: fault.to_string(),
            meaning: fault.meaning(),
        }
    }
}
