//! What those are told who oversee.
//!
//! Invariant: every list is bounded, and says where it was cut.

use serde::Serialize;
use velum_policy::audit::{Content, Entry, Notice, Outcome, Record, Report, SignedCheckpoint, Subject};
use velum_proto::v1::{BoxSummary, policy_receipt};

use crate::audit::{Newest, short};
use crate::policies::{Library, Published};
use crate::reviews::{FEWEST, Figure};
use crate::store::{BoxPolicyRow, ChangeRow, ToldState};

const MOST_VERSIONS: usize = 50;
const MOST_FIGURES: usize = 1_000;
const MOST_FAULTS: usize = 20;

/// The page of oversight.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct OversightView {
    boxes: Vec<BoxPolicyView>,
    history: Vec<VersionView>,
    /// The newest first.
    entries: Vec<EntryView>,
    /// Lines among them that could not be read.
    unreadable_entries: usize,
    log_key: String,
    /// None for those who may not see how many alerts there were.
    figures: Option<Vec<FigureView>>,
    /// Not all alerts of the weeks were looked through.
    figures_are_cut: bool,
    /// Of fewer decided alerts nothing is said of how many are false.
    fewest: usize,
    /// Changes of cameras' settings that wait for somebody, or for their boxes.
    waiting: Vec<WaitingView>,
    /// What left each box since its program started, by its egress manifest; none for those who may not see counts.
    left: Option<Vec<LeftView>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct WaitingView {
    r#box: String,
    camera: String,
    note: String,
    proposed_by: String,
    proposed_unix_ms: i64,
    /// `proposed`: for another administrator; `approved` and `offered`: for the box.
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct LeftView {
    r#box: String,
    since_unix_ms: i64,
    what: String,
    class: String,
    count: u64,
    bytes: u64,
}

/// What an evaluation measured of the masking, as the policy says it.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct MeasuredView {
    recall_head: f64,
    recall_plate: f64,
    worst_subgroup_recall: f64,
    sample: u32,
    dataset: String,
    unix_ms: i64,
    report_sha256: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct BoxPolicyView {
    r#box: String,
    connected: bool,
    policy_id: String,
    /// What it runs; none where this hub does not know that version.
    version: Option<String>,
    digest: String,
    /// What it should run: the newest version that has begun.
    expected_version: Option<String>,
    /// Whether it runs another.
    drifts: bool,
    receipt: &'static str,
    reason: String,
    /// The version that its receipt is of.
    offered_version: Option<String>,
    cameras: Vec<CameraPolicyView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CameraPolicyView {
    camera: String,
    /// Whether the policy that the box runs names it; none where this hub does not know that.
    is_named: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct VersionView {
    policy_id: String,
    version: String,
    digest: String,
    regime: String,
    status: String,
    effective_from_unix_ms: i64,
    expires_unix_ms: i64,
    published_unix_ms: i64,
    published_by: String,
    /// Which way it went from the one before: `more-private`; `first`.
    change: String,
    signers: usize,
    has_opinion: bool,
    /// Whether it is the newest that has begun.
    holds: bool,
    /// The digest of the one before.
    before: Option<String>,
    /// Of the masking; none where the policy names no measurement.
    measured: Option<MeasuredView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct EntryView {
    number: u64,
    unix_ms: i64,
    /// Of an entry; of a remark of the log about itself `notice`.
    operation: String,
    subject: String,
    /// The random id of an event or alert.
    id: Option<String>,
    operator: Option<String>,
    recipient: Option<String>,
    purpose: Option<String>,
    words: Option<String>,
    /// The rule that denied it.
    denied: Option<String>,
    records: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct FigureView {
    week_unix_secs: i64,
    r#box: String,
    camera: Option<String>,
    raised: usize,
    decided: usize,
    rejected: usize,
    is_enough: bool,
    half_within_secs: Option<i64>,
    most_within_secs: Option<i64>,
}

/// What verifying the log found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct VerifiedView {
    /// It is not at its end yet: ask again.
    is_running: bool,
    is_sound: bool,
    unix_ms: i64,
    files: u64,
    records: u64,
    first_unix_ms: Option<i64>,
    last_unix_ms: Option<i64>,
    records_before: u64,
    checkpoints: u64,
    last_checkpoint: Option<CheckpointView>,
    unsigned_records: u64,
    times_set_back: u64,
    notices: Vec<NoticeView>,
    faults: Vec<FaultView>,
    more_faults: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct NoticeView {
    code: &'static str,
    file: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct FaultView {
    place: String,
    meaning: String,
}

/// A signed checkpoint, to be kept elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct CheckpointView {
    number: u64,
    unix_ms: i64,
    /// As `velum audit verify --checkpoint` takes it.
    short: String,
    /// The signed note.
    text: String,
}

impl OversightView {
    /// What holds where, and what was published.
    pub(in crate::console) fn of_policies(
        library: &Library,
        now_unix_ms: i64,
        (boxes, summary): (&[BoxPolicyRow], &[BoxSummary]),
        is_connected: impl Fn(&str) -> bool,
    ) -> Self {
        let of_box = |row: &BoxPolicyRow| {
            let names = summary.iter().find(|one| one.r#box == row.name).map(cameras_of).unwrap_or_default();
            box_policy(library, now_unix_ms, row, names, is_connected(&row.name))
        };
        Self {
            boxes: boxes.iter().map(of_box).collect(),
            history: history(library, now_unix_ms),
            entries: Vec::new(),
            unreadable_entries: 0,
            log_key: String::new(),
            figures: None,
            figures_are_cut: false,
            fewest: FEWEST,
            waiting: Vec::new(),
            left: None,
        }
    }

    /// What waits for a decision, or for a box.
    pub(in crate::console) fn add_waiting(&mut self, changes: Vec<ChangeRow>) {
        let waiting = |change: ChangeRow| WaitingView {
            r#box: change.of,
            camera: change.camera,
            note: change.note,
            proposed_by: change.proposed_by,
            proposed_unix_ms: change.proposed_unix_ms,
            state: change.state.name(),
        };
        self.waiting = changes.into_iter().map(waiting).collect();
    }

    /// What left the boxes, as each told it last.
    pub(in crate::console) fn add_left(&mut self, states: &[ToldState]) {
        let of_box = |told: &ToldState| {
            let uptime_ms = i64::try_from(told.state.uptime_secs).unwrap_or(i64::MAX).saturating_mul(1_000);
            let since_unix_ms = told.told_unix_ms.saturating_sub(uptime_ms);
            let of = told.of.clone();
            told.state.left.clone().into_iter().map(move |left| LeftView {
                r#box: of.clone(),
                since_unix_ms,
                what: left.what,
                class: left.class,
                count: left.count,
                bytes: left.bytes,
            })
        };
        self.left = Some(states.iter().flat_map(of_box).take(MOST_FIGURES).collect());
    }

    /// The newest entries of the log, none older than the person may see.
    pub(in crate::console) fn add_entries(&mut self, newest: &Newest, since_unix_ms: i64, log_key: String) {
        let is_told = |record: &&Record| record.time.unix_millis() >= since_unix_ms;
        self.entries = newest.records.iter().filter(is_told).map(entry).collect();
        self.unreadable_entries = newest.unreadable;
        self.log_key = log_key;
    }

    /// What reviews added up to.
    pub(in crate::console) fn add_figures(&mut self, counted: Option<(Vec<Figure>, bool)>) {
        if let Some((figures, is_cut)) = counted {
            self.figures_are_cut = is_cut || figures.len() > MOST_FIGURES;
            self.figures = Some(figures.into_iter().take(MOST_FIGURES).map(Into::into).collect());
        }
    }
}

fn cameras_of(of: &BoxSummary) -> Vec<String> {
    let mut names: Vec<String> = of.coverage.iter().map(|bin| bin.camera.clone()).collect();
    names.dedup();
    names
}

/// What a box runs, and what it should run.
pub(super) struct Drift {
    policy_id: String,
    pub(super) version: Option<String>,
    pub(super) expected_version: Option<String>,
    pub(super) drifts: bool,
}

/// By the policy of which it runs a version that is known here, or which it names.
pub(super) fn drift(library: &Library, now_unix_ms: i64, row: &BoxPolicyRow) -> Drift {
    let version = |one: &Published| one.policy().resolved().version.to_string();
    let runs = library.find(&row.digest);
    let id = runs.map_or(row.policy_id.as_str(), |one| one.policy().resolved().id.as_str());
    let expected = library.begun(now_unix_ms).find(|one| one.policy().resolved().id == id);
    Drift {
        policy_id: id.to_owned(),
        version: runs.map(|one| version(one)),
        expected_version: expected.map(|one| version(one)),
        drifts: expected.is_none_or(|expected| expected.policy().digest().as_slice() != row.digest),
    }
}

fn box_policy(
    library: &Library,
    now_unix_ms: i64,
    row: &BoxPolicyRow,
    cameras: Vec<String>,
    connected: bool,
) -> BoxPolicyView {
    let Drift { policy_id, version, expected_version, drifts } = drift(library, now_unix_ms, row);
    let runs = library.find(&row.digest);
    let is_named = |camera: &str| {
        runs.map(|one| one.policy().resolved().cameras.keys().any(|name| name.as_str() == camera))
    };
    let named = |camera: String| CameraPolicyView { is_named: is_named(&camera), camera };
    let offered = library.find(&row.offered_digest);
    BoxPolicyView {
        r#box: row.name.clone(),
        connected,
        policy_id,
        version,
        digest: hex::encode(&row.digest),
        expected_version,
        drifts,
        receipt: receipt(row.outcome),
        reason: row.reason.clone(),
        offered_version: offered.map(|one| one.policy().resolved().version.to_string()),
        cameras: cameras.into_iter().map(named).collect(),
    }
}

pub(super) fn receipt(outcome: i32) -> &'static str {
    match policy_receipt::Outcome::try_from(outcome).unwrap_or_default() {
        policy_receipt::Outcome::Unspecified => "none",
        policy_receipt::Outcome::InForce => "in_force",
        policy_receipt::Outcome::Waits => "waits",
        policy_receipt::Outcome::Refused => "refused",
    }
}

fn history(library: &Library, now_unix_ms: i64) -> Vec<VersionView> {
    let all: Vec<_> = library.history().collect();
    let older = all.iter().skip(1).map(Some).chain([None]);
    let holding: Vec<_> = library.begun(now_unix_ms).map(|one| one.policy().digest()).collect();
    let of = |(one, before): (&&std::sync::Arc<Published>, Option<&&std::sync::Arc<Published>>)| {
        let told = one.to_wire(library.is_first(one));
        let before = before.filter(|before| before.policy().resolved().id == told.policy_id);
        VersionView {
            holds: holding.contains(&one.policy().digest()),
            before: before.map(|before| hex::encode(before.policy().digest())),
            digest: hex::encode(&told.digest),
            expires_unix_ms: one.policy().resolved().expires.as_millisecond(),
            signers: told.signers.len(),
            policy_id: told.policy_id,
            version: told.version,
            regime: told.regime,
            status: told.status,
            effective_from_unix_ms: told.effective_from_unix_ms,
            published_unix_ms: told.published_unix_ms,
            published_by: told.published_by,
            change: told.change,
            has_opinion: told.has_opinion,
            measured: measured(one),
        }
    };
    all.iter().zip(older).take(MOST_VERSIONS).map(of).collect()
}

fn measured(of: &Published) -> Option<MeasuredView> {
    let told = of.policy().file().document().redaction.measured.as_ref()?;
    Some(MeasuredView {
        recall_head: told.recall_head.get(),
        recall_plate: told.recall_plate.get(),
        worst_subgroup_recall: told.worst_subgroup_recall.get(),
        sample: told.sample,
        dataset: told.dataset.clone(),
        unix_ms: told.date.starts().as_millisecond(),
        report_sha256: told.report_sha256.clone(),
    })
}

fn entry(record: &Record) -> EntryView {
    let (number, unix_ms) = (record.number, record.time.unix_millis());
    match &record.content {
        Content::Entry(entry) => of_entry(entry, number, unix_ms),
        Content::Notice(notice) => remark(notice.name(), number, unix_ms),
        // A hub's log has neither.
        Content::Attestation(_) => remark("attestation", number, unix_ms),
        Content::Egress(_) => remark("egress", number, unix_ms),
    }
}

fn of_entry(entry: &Entry, number: u64, unix_ms: i64) -> EntryView {
    let id = match &entry.subject {
        Subject::Event(id) | Subject::Still(id) | Subject::Verdict(id) => Some(id.to_string()),
        Subject::Alert(id) => Some(id.to_string()),
        Subject::Box(name) | Subject::Access(name) => Some(name.clone()),
        _ => None,
    };
    EntryView {
        number,
        unix_ms,
        operation: entry.operation.name().to_owned(),
        subject: entry.subject.name().to_owned(),
        id,
        operator: entry.operator.clone(),
        recipient: entry.recipient.clone(),
        purpose: entry.purpose.clone(),
        words: entry.justification.clone(),
        denied: match &entry.outcome {
            Outcome::Allowed => None,
            Outcome::Denied { rule } => Some(rule.clone()),
        },
        records: entry.records,
    }
}

fn remark(code: &str, number: u64, unix_ms: i64) -> EntryView {
    EntryView {
        number,
        unix_ms,
        operation: "notice".to_owned(),
        subject: code.to_owned(),
        id: None,
        operator: None,
        recipient: None,
        purpose: None,
        words: None,
        denied: None,
        records: None,
    }
}

impl From<Figure> for FigureView {
    fn from(of: Figure) -> Self {
        let is_enough = of.is_enough();
        let (half, most) = of.review_secs.unzip();
        Self {
            is_enough,
            week_unix_secs: of.week_unix_secs,
            r#box: of.r#box,
            camera: of.camera,
            raised: of.raised,
            decided: of.decided,
            rejected: of.rejected,
            half_within_secs: half,
            most_within_secs: most,
        }
    }
}

impl VerifiedView {
    /// It is not at its end yet.
    pub(in crate::console) fn running() -> Self {
        Self { is_running: true, ..Self::of(&Report::default(), 0) }
    }

    /// What was found at this moment.
    pub(in crate::console) fn of(report: &Report, unix_ms: i64) -> Self {
        let notice = |notice: &Notice| match notice {
            Notice::LineSetAside { file, .. } | Notice::ChainBroken { file, .. } => {
                NoticeView { code: notice.name(), file: *file }
            }
        };
        let fault = |located: &velum_policy::audit::Located| {
            let name = located.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            FaultView {
                place: format!("{name}:{}: {}", located.line, located.fault),
                meaning: located.fault.meaning(),
            }
        };
        Self {
            is_running: false,
            is_sound: report.is_sound(),
            unix_ms,
            files: report.files,
            records: report.records,
            first_unix_ms: report.first.map(|(_, time)| time.unix_millis()),
            last_unix_ms: report.last.map(|(_, time)| time.unix_millis()),
            records_before: report.records_before,
            checkpoints: report.checkpoints,
            last_checkpoint: report.last_checkpoint.as_ref().map(CheckpointView::of),
            unsigned_records: report.unsigned_records,
            times_set_back: report.times_set_back,
            notices: report.notices.iter().take(MOST_FAULTS).map(|(_, _, one)| notice(one)).collect(),
            faults: report.faults.iter().take(MOST_FAULTS).map(fault).collect(),
            more_faults: report.faults.len().saturating_sub(MOST_FAULTS),
        }
    }
}

impl CheckpointView {
    /// Of a signed one.
    pub(in crate::console) fn of(signed: &SignedCheckpoint) -> Self {
        Self {
            number: signed.checkpoint().number(),
            unix_ms: signed.checkpoint().time().unix_millis(),
            short: short(signed),
            text: signed.text().to_owned(),
        }
    }
}
