//! The answer: the log verified as a whole, then read for what it says of the camera.

use std::collections::BTreeSet;
use std::path::Path;

use velum_vocab::{CameraId, Timestamp};

use super::timeline::{Gap, GapCause, Span, gaps_of};
use super::{Claim, Question, fit_of};
use crate::audit::attestation::Share;
use crate::audit::egress::{Egress, EgressKind};
use crate::audit::entry::{Content, Record};
use crate::audit::follow::follow;
use crate::audit::line::Line;
use crate::audit::note::SignedCheckpoint;
use crate::audit::verify::{Report, verify};
use crate::audit::writer::Writer;
use crate::audit::{AuditError, folder};
use crate::keys::PublicKey;

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
    /// Interruptions of up to two minutes, in which the box did not run.
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
                self.spans.push(Span {
                    number: record.number,
                    from: said.from,
                    until: said.until,
                    is_trusted: said.time_trusted,
                    fit: fit_of(&self.question.claim, said, camera),
                });
            }
            Content::Egress(left) if self.question.claim == Claim::NothingSent => {
                self.take_egress(record, left);
            }
            _ => {}
        }
    }

    fn take_egress(&mut self, record: &Record, left: &Egress) {
        let Question { from, to, camera, .. } = self.question;
        if left.kind == EgressKind::StillWithdrawn {
            self.left.retain(|(_, _, still)| {
                still.kind != EgressKind::Still || still.commitment != left.commitment
            });
        } else if (*from..*to).contains(&record.time)
            && left.camera.as_ref().is_none_or(|told| told == camera)
        {
            self.left.push((record.number, record.time, left.clone()));
        }
    }

    fn conclude(mut self, checkpoint: SignedCheckpoint, unsigned: u64) -> Answer {
        let question = self.question.clone();
        let (mut gaps, short) = gaps_of(&self.spans, question.from, question.to);
        gaps.extend(self.edges());
        gaps.extend(self.left.iter().filter(|(_, _, left)| left.camera.is_none()).map(|(_, at, _)| Gap {
            from: *at,
            to: Timestamp::from_unix_secs(at.unix_secs().saturating_add(1)),
            cause: GapCause::NoCamera,
        }));
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
        let left = self.left.iter().find(|(_, _, left)| left.camera.is_some());
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
            let fit = fit_of(&question.claim, said, camera);
            let (number, from, until) = (record.number, said.from, said.until);
            let span = Span { number, from, until, is_trusted: said.time_trusted, fit };
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
