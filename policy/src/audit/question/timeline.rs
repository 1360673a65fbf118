//! Of which time the attestations of one camera speak, and of which they do not.

use velum_vocab::Timestamp;

use crate::audit::attestation::LONGEST_GAP_SECS;
use crate::audit::question::Fit;

/// Why nothing can be said of some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapCause {
    /// The first attestation of the camera came later.
    BeforeFirst,
    /// There is no later attestation of the camera that is signed.
    AfterLast,
    /// There is none.
    Nothing,
    /// It came too late: one speaks of two minutes at most.
    Late,
    /// The box did not trust its clock.
    UntrustedTime,
    /// The clock was set back: this time was there twice.
    SetBack,
    /// Of the minute at the edge only a part was asked about, and it held for a part of it.
    Edge,
    /// Something left that does not tell its camera.
    NoCamera,
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
            Self::Late => "the attestation came too late: one speaks of two minutes at most",
            Self::UntrustedTime => "the box did not trust its clock",
            Self::SetBack => "the clock was set back: this time was there twice",
            Self::Edge => "only a part of this minute is asked about, and it held for a part of it",
            Self::NoCamera => "something left that does not tell its camera",
        }
    }
}

/// One attestation of the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) number: u64,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) is_trusted: bool,
    pub(super) fit: Fit,
}

impl Span {
    /// Whether it vouches for its time.
    pub(super) fn vouches(&self) -> bool {
        let secs = self.until.unix_secs().saturating_sub(self.from.unix_secs());
        self.is_trusted && (1..=LONGEST_GAP_SECS).contains(&secs)
    }

    pub(super) fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        self.from < to && from < self.until
    }

    pub(super) fn is_within(&self, from: Timestamp, to: Timestamp) -> bool {
        from <= self.from && self.until <= to
    }
}

/// The gaps of a time in attestations `(from, until, trusted)` in the order of the log: those longer than two minutes
/// or otherwise a finding, and the short ones.
pub fn gaps(
    attested: &[(Timestamp, Timestamp, bool)],
    from: Timestamp,
    to: Timestamp,
) -> (Vec<Gap>, Vec<Gap>) {
    let fit = Fit { share: crate::audit::attestation::Share::All, why: String::new() };
    let span = |&(from, until, is_trusted): &(Timestamp, Timestamp, bool)| Span {
        number: 0,
        from,
        until,
        is_trusted,
        fit: fit.clone(),
    };
    gaps_of(&attested.iter().map(span).collect::<Vec<_>>(), from, to)
}

pub(super) fn gaps_of(spans: &[Span], from: Timestamp, to: Timestamp) -> (Vec<Gap>, Vec<Gap>) {
    let mut findings = set_back(spans);
    let mut short = Vec::new();
    for (gap, is_bounded) in uncovered(spans) {
        let secs = gap.to.unix_secs().saturating_sub(gap.from.unix_secs());
        if is_bounded && gap.cause == GapCause::Nothing && secs <= LONGEST_GAP_SECS {
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

/// Time that was there twice.
fn set_back(spans: &[Span]) -> Vec<Gap> {
    let mut highest = Timestamp::from_unix_micros(i64::MIN);
    let mut twice = Vec::new();
    for span in spans {
        let until = highest.max(span.from);
        let earliest = span.from.min(span.until);
        if earliest < until {
            twice.push(Gap { from: earliest, to: until, cause: GapCause::SetBack });
        }
        highest = until.max(span.until);
    }
    twice
}
