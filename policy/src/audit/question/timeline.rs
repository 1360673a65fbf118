//! Of which time the attestations of one camera speak, and of which they do not.

use velum_vocab::Timestamp;

use crate::audit::attestation::{Attestation, CameraAttested, LATE_LOOK, LONGEST_GAP_SECS};
use crate::audit::question::{Claim, Fit, fit_of};

/// An attestation of more than a day is one of a clock that leapt, not of a box that could not write.
const LONGEST_LATE_SECS: i64 = 86_400;

/// Why nothing can be said of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapCause {
    /// The first attestation of the camera came later.
    BeforeFirst,
    /// There is no later attestation of the camera that is signed.
    AfterLast,
    /// There is none.
    Nothing,
    /// It came too late: one speaks of two minutes at most; or a look at the box did.
    Late,
    /// The box did not trust its clock.
    UntrustedTime,
    /// The clock was set back: this time was there twice.
    SetBack,
    /// Of the minute at the edge only a part was asked about, and it held for a part of it.
    Edge,
    /// Something left that does not tell its camera.
    NoCamera,
    /// Something left before, and may have been sent once more.
    MayBeSentAgain,
}

/// Time of which nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// From when on, within what was asked about.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
    /// Why.
    pub cause: GapCause,
}

impl Gap {
    pub(super) fn secs(&self) -> i64 {
        self.to.unix_secs().saturating_sub(self.from.unix_secs())
    }
}

impl GapCause {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::BeforeFirst => "before_first",
            Self::AfterLast => "after_last",
            Self::Nothing => "nothing",
            Self::Late => "late",
            Self::UntrustedTime => "untrusted_time",
            Self::SetBack => "set_back",
            Self::Edge => "edge",
            Self::NoCamera => "no_camera",
            Self::MayBeSentAgain => "may_be_sent_again",
        }
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::BeforeFirst => "the first attestation of this camera came later",
            Self::AfterLast => {
                "no later attestation of this camera is signed; where the box runs, it signs within ten minutes: ask again"
            }
            Self::Nothing => "no attestation of this camera: the box did not run, or could not write",
            Self::Late => {
                "the attestation came too late, or a look of the box at itself: nobody knows what was in between"
            }
            Self::UntrustedTime => "the box did not trust its clock",
            Self::SetBack => "the clock was set back: this time was there twice",
            Self::Edge => "only a part of this minute is asked about, and it held for a part of it",
            Self::NoCamera => "something left that does not tell its camera",
            Self::MayBeSentAgain => {
                "something left in the hour before; whether it was sent once more is not written down"
            }
        }
    }
}

/// One attestation of the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(super) number: u64,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) is_trusted: bool,
    /// Whether the box did not look at itself for a while.
    pub(super) was_late: bool,
    pub(super) fit: Fit,
}

impl Span {
    /// What an attestation says of a camera and a claim.
    pub(crate) fn of(claim: &Claim, number: u64, said: &Attestation, camera: &CameraAttested) -> Self {
        let (from, until, is_trusted) = (said.from, said.until, said.time_trusted);
        let was_late = camera.lapses.iter().any(|lapse| lapse == LATE_LOOK);
        Self { number, from, until, is_trusted, was_late, fit: fit_of(claim, said, camera) }
    }

    /// Whether it vouches for its time.
    pub(super) fn vouches(&self) -> bool {
        self.is_trusted && !self.was_late && (1..=LONGEST_GAP_SECS).contains(&self.secs())
    }

    fn secs(&self) -> i64 {
        self.until.unix_secs().saturating_sub(self.from.unix_secs())
    }

    pub(super) fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from < to && from < self.until
    }

    pub(super) fn is_within(&self, from: Timestamp, to: Timestamp) -> bool {
        from <= self.from && self.until <= to
    }
}

/// The gaps of a time in attestations in the order of the log: those longer than two minutes or otherwise a finding, and
/// the short ones.
pub(crate) fn gaps_of(spans: &[Span], from: Timestamp, to: Timestamp) -> (Vec<Gap>, Vec<Gap>) {
    let mut findings = set_back(spans);
    let mut short = Vec::new();
    for (gap, is_bounded) in uncovered(spans) {
        if is_bounded && gap.cause == GapCause::Nothing && gap.secs() <= LONGEST_GAP_SECS {
            short.push(gap);
        } else {
            findings.push(gap);
        }
    }
    findings.sort_by_key(|gap| (gap.from, gap.to, gap.cause));
    (clipped(findings, from, to), clipped(short, from, to))
}

fn clipped(gaps: Vec<Gap>, from: Timestamp, to: Timestamp) -> Vec<Gap> {
    let clip = |gap: Gap| Gap { from: gap.from.max(from), to: gap.to.min(to), cause: gap.cause };
    gaps.into_iter().map(clip).filter(|gap| gap.from < gap.to).collect()
}

/// What no attestation vouches for; and whether it lies between two that do.
fn uncovered(spans: &[Span]) -> Vec<(Gap, bool)> {
    let mut sound: Vec<_> = spans.iter().filter(|span| span.vouches()).collect();
    sound.sort_by_key(|span| (span.from, span.until));
    let (beginning, end) = (Timestamp::from_unix_micros(i64::MIN), Timestamp::from_unix_micros(i64::MAX));
    let mut open = beginning;
    let mut gaps = Vec::new();
    for span in sound {
        if span.from > open {
            let (from, to) = (open, span.from);
            let plain = if open == beginning { GapCause::BeforeFirst } else { GapCause::Nothing };
            gaps.push((Gap { from, to, cause: cause(spans, from, to, plain) }, open != beginning));
        }
        open = open.max(span.until);
    }
    let plain = if open == beginning { GapCause::Nothing } else { GapCause::AfterLast };
    gaps.push((Gap { from: open, to: end, cause: cause(spans, open, end, plain) }, false));
    gaps
}

/// Why, where attestations that vouch for nothing lie there.
fn cause(spans: &[Span], from: Timestamp, to: Timestamp, plain: GapCause) -> GapCause {
    let there = |span: &&Span| !span.vouches() && span.from < to && from < span.until;
    match spans.iter().find(there) {
        Some(span) if !span.is_trusted => GapCause::UntrustedTime,
        Some(_) => GapCause::Late,
        None => plain,
    }
}

/// Time that was there twice. A clock that leapt far ahead and came back makes unknown what it leapt over only where
/// attestations vouch for it.
fn set_back(spans: &[Span]) -> Vec<Gap> {
    let mut highest = Timestamp::from_unix_micros(i64::MIN);
    let mut twice = Vec::new();
    for span in spans {
        let earliest = span.from.min(span.until);
        if earliest < highest {
            twice.push(Gap { from: earliest, to: highest, cause: GapCause::SetBack });
        }
        if span.is_trusted && span.secs() <= LONGEST_LATE_SECS {
            highest = highest.max(span.until);
        }
    }
    twice
}
