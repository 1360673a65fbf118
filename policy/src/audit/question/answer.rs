//! The answer: the log verified as a whole, then read for what it says of the camera.

use std::collections::BTreeSet;
use std::path::Path;

use velum_vocab::{CameraId, Timestamp};

use super::timeline::{Gap, GapCause, Span, gaps_of};
use super::{Claim, Question};
use crate::audit::attestation::{LONGEST_GAP_SECS, Share};
use crate::audit::egress::{Egress, EgressKind};
use crate::audit::entry::{Content, Record};
use crate::audit::follow::follow;
use crate::audit::line::Line;
use crate::audit::note::SignedCheckpoint;
use crate::audit::verify::{Report, verify};
use crate::audit::writer::Writer;
use crate::audit::{AuditError, folder};
use crate::keys::PublicKey;

/// A line is written before something is sent for the first time, and not when it is sent once more. For this long it
/// is taken to be possible that it was.
const RETRIED_SECS: i64 = 3_600;

/// Yes, no, or neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It held all the time, but for interruptions that are listed.
    Yes,
    /// At some time it did not.
    No,
    /// It cannot be said.
    Unknown,
}

impl Verdict {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

/// The first record that says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// Its number.
    pub number: u64,
    /// From when on it speaks; of what left, when it left.
    pub from: Timestamp,
    /// Up to when.
    pub until: Timestamp,
    /// What it says, in words.
    pub why: String,
}

/// An answer, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked.
    pub question: Question,
    /// The answer.
    pub verdict: Verdict,
    /// How many attestations of that camera speak of that time.
    pub attestations: u64,
    /// The first and the last of them.
    pub records: Option<(u64, u64)>,
    /// What makes it unknown, unless something contradicts.
    pub gaps: Vec<Gap>,
    /// Interruptions of two minutes at most, together, of which no attestation speaks.
    pub short: Vec<Gap>,
    /// What makes it no.
    pub contradiction: Option<Contradiction>,
    /// The cameras that are attested anywhere in the log, where this one is not.
    pub others: Vec<CameraId>,
    /// Records that no checkpoint covers yet: none of them counts.
    pub unsigned: u64,
    /// The checkpoint that signs all that counts.
    pub checkpoint: SignedCheckpoint,
    /// The last checkpoint before the first record that counts.
    pub(super) earlier: Option<SignedCheckpoint>,
}

/// What became of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// It is answered.
    Answered(Box<Answer>),
    /// Something is wrong with the log: it answers nothing.
    Unsound(Box<Report>),
    /// The log is another than that of a box's attestations.
    NotAttestations(Option<Writer>),
}

/// Answers a question from a log of attestations, or an export of one.
///
/// # Errors
/// As [`verify`].
pub fn answer(path: &Path, keys: &[PublicKey], question: &Question) -> Result<Asked, AuditError> {
    let report = verify(path, keys, &[])?;
    if !matches!(report.writer, Some(Writer::Attest(_))) {
        return Ok(Asked::NotAttestations(report.writer));
    }
    let Some(checkpoint) = report.last_checkpoint.clone().filter(|_| report.is_sound()) else {
        return Ok(Asked::Unsound(Box::new(report)));
    };
    let mut reading = Reading::of(question, checkpoint.checkpoint().number());
    for file in folder::files_of(path)? {
        let end = follow(&file, Some(keys), |_, line, _| reading.take(line))?;
        if let Some(fault) = end.fault {
            // It was changed since it was verified just now.
            let mut report = report;
            report.faults.push(fault);
            return Ok(Asked::Unsound(Box::new(report)));
        }
    }
    Ok(Asked::Answered(Box::new(reading.conclude(checkpoint, report.unsigned_records))))
}

/// What was read so far.
struct Reading<'q> {
    question: &'q Question,
    /// Up to which record it is signed.
    signed: u64,
    spans: Vec<Span>,
    cameras: BTreeSet<CameraId>,
    left: Vec<(u64, Timestamp, Egress)>,
    checkpoints: Vec<SignedCheckpoint>,
}

impl<'q> Reading<'q> {
    fn of(question: &'q Question, signed: u64) -> Self {
        let (spans, cameras, left) = (Vec::new(), BTreeSet::new(), Vec::new());
        Self { question, signed, spans, cameras, left, checkpoints: Vec::new() }
    }

    fn take(&mut self, line: &Line) {
        match line {
            Line::Record(record) if record.number <= self.signed => self.take_record(record),
            Line::Checkpoint(signed) if self.spans.is_empty() || self.is_before() => {
                self.checkpoints.push(signed.clone());
            }
            _ => {}
        }
    }

    /// Whether nothing was read yet that the question is about.
    fn is_before(&self) -> bool {
        let Question { from, to, .. } = *self.question;
        !self.spans.iter().any(|span| span.overlaps(from, to))
    }

    fn take_record(&mut self, record: &Record) {
        match &record.content {
            Content::Attestation(said) => {
                self.cameras.extend(said.cameras.keys().cloned());
                let Some(camera) = said.cameras.get(&self.question.camera) else { return };
                self.spans.push(Span::of(&self.question.claim, record.number, said, camera));
            }
            Content::Egress(left) if self.question.claim == Claim::NothingSent => {
                self.take_egress(record, left);
            }
            _ => {}
        }
    }

    fn take_egress(&mut self, record: &Record, left: &Egress) {
        let Question { to, camera, .. } = self.question;
        if left.camera.as_ref().is_some_and(|told| told != camera) {
            return;
        }
        let is_near = (self.retried_since()..*to).contains(&record.time);
        match left.kind {
            EgressKind::StillWithdrawn => self.withdraw(left),
            // Of any time: the one that is withdrawn later may be another than the one that was asked about.
            EgressKind::Still => self.left.push((record.number, record.time, left.clone())),
            EgressKind::Event if is_near => self.left.push((record.number, record.time, left.clone())),
            EgressKind::Event => {}
        }
    }

    /// The last still of that commitment did not leave; those before it did.
    fn withdraw(&mut self, withdrawn: &Egress) {
        let is_it = |(_, _, still): &(u64, Timestamp, Egress)| {
            still.kind == EgressKind::Still
                && withdrawn.commitment.is_some()
                && still.commitment == withdrawn.commitment
        };
        if let Some(last) = self.left.iter().rposition(is_it) {
            self.left.remove(last);
        }
    }

    /// What left since then may have been sent once more in the time that is asked about.
    fn retried_since(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.question.from.unix_secs().saturating_sub(RETRIED_SECS))
    }

    /// What left within the time that is asked about.
    fn left_within(&self) -> impl Iterator<Item = &(u64, Timestamp, Egress)> {
        let Question { from, to, .. } = *self.question;
        self.left.iter().filter(move |(_, at, _)| (from..to).contains(at))
    }

    fn conclude(mut self, checkpoint: SignedCheckpoint, unsigned: u64) -> Answer {
        let question = self.question.clone();
        let (mut gaps, mut short) = gaps_of(&self.spans, question.from, question.to);
        if short.iter().map(Gap::secs).fold(0, i64::saturating_add) > LONGEST_GAP_SECS {
            gaps.append(&mut short);
        }
        gaps.extend(self.edges());
        gaps.extend(self.untold());
        gaps.extend(self.retried());
        gaps.sort_by_key(|gap| (gap.from, gap.to, gap.cause));
        let contradiction = self.contradiction();
        let within: Vec<_> =
            self.spans.iter().filter(|span| span.overlaps(question.from, question.to)).collect();
        let records = within.first().zip(within.last()).map(|(first, last)| (first.number, last.number));
        let attestations = within.len() as u64;
        let verdict = match (&contradiction, records) {
            (Some(_), _) => Verdict::No,
            (None, Some(_)) if gaps.is_empty() => Verdict::Yes,
            _ => Verdict::Unknown,
        };
        let first =
            contradiction.iter().map(|found| found.number).chain(records.map(|(first, _)| first)).min();
        let before = |signed: &SignedCheckpoint| {
            first.is_some_and(|first| (1..first).contains(&signed.checkpoint().number()))
        };
        let earlier = self.checkpoints.iter().rev().find(|signed| before(signed)).cloned();
        let others = if self.cameras.remove(&question.camera) { BTreeSet::new() } else { self.cameras };
        Answer {
            question,
            verdict,
            attestations,
            records,
            gaps,
            short,
            contradiction,
            others: others.into_iter().collect(),
            unsigned,
            checkpoint,
            earlier,
        }
    }

    /// Minutes at the edges of what was asked about, which held for a part: whether for that part, nobody can say.
    fn edges(&self) -> Vec<Gap> {
        let Question { from, to, .. } = *self.question;
        let edge = |span: &&Span| {
            span.vouches()
                && span.overlaps(from, to)
                && !span.is_within(from, to)
                && span.fit.share == Share::Part
        };
        let gap =
            |span: &Span| Gap { from: span.from.max(from), to: span.until.min(to), cause: GapCause::Edge };
        self.spans.iter().filter(edge).map(gap).collect()
    }

    /// What left and does not tell its camera.
    fn untold(&self) -> impl Iterator<Item = Gap> {
        self.left_within().filter(|(_, _, left)| left.camera.is_none()).map(|(_, at, _)| Gap {
            from: *at,
            to: Timestamp::from_unix_secs(at.unix_secs().saturating_add(1)),
            cause: GapCause::NoCamera,
        })
    }

    /// How long what left before may have been sent once more.
    fn retried(&self) -> Option<Gap> {
        let Question { from, to, .. } = *self.question;
        let before =
            self.left.iter().map(|(_, at, _)| *at).filter(|at| (self.retried_since()..from).contains(at));
        let until = |at: Timestamp| Timestamp::from_unix_secs(at.unix_secs().saturating_add(RETRIED_SECS));
        let gap = |last: Timestamp| Gap { from, to: until(last).min(to), cause: GapCause::MayBeSentAgain };
        before.max().map(gap).filter(|gap| gap.from < gap.to)
    }

    fn contradiction(&self) -> Option<Contradiction> {
        let Question { from, to, .. } = *self.question;
        let says_no = |span: &&Span| span.vouches() && contradicts(span, from, to);
        let said = self.spans.iter().find(says_no).map(|span| Contradiction {
            number: span.number,
            from: span.from,
            until: span.until,
            why: match span.fit.share {
                Share::Part => format!("only for a part of that time ({})", span.fit.why),
                _ => format!("not in that time ({})", span.fit.why),
            },
        });
        let left = self.left_within().find(|(_, _, left)| left.camera.is_some());
        said.or_else(|| left.map(|(number, at, left)| sent(*number, *at, left)))
    }
}

/// Whether it did not hold at some moment between.
fn contradicts(span: &Span, from: Timestamp, to: Timestamp) -> bool {
    span.overlaps(from, to)
        && match span.fit.share {
            Share::All => false,
            Share::Part => span.is_within(from, to),
            Share::None => true,
        }
}

fn sent(number: u64, at: Timestamp, left: &Egress) -> Contradiction {
    let what = if left.kind == EgressKind::Still { "a still of an alert" } else { "an event" };
    let why = format!("{what} of the class {} left, to {}", left.class, left.recipient);
    Contradiction { number, from: at, until: at, why }
}

/// Whether one record alone answers no.
pub(crate) fn record_contradicts(question: &Question, record: &Record) -> bool {
    match &record.content {
        Content::Attestation(said) => said.cameras.get(&question.camera).is_some_and(|camera| {
            let span = Span::of(&question.claim, record.number, said, camera);
            span.vouches() && contradicts(&span, question.from, question.to)
        }),
        Content::Egress(left) => {
            question.claim == Claim::NothingSent
                && left.kind != EgressKind::StillWithdrawn
                && left.camera.as_ref() == Some(&question.camera)
                && (question.from..question.to).contains(&record.time)
        }
        _ => false,
    }
}
