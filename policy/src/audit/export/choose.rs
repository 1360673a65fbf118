//! Which lines of which files an export needs, so that it shows by itself that its period is all there.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use velum_vocab::Timestamp;

use crate::audit::export::survey::{Place, Survey};
use crate::audit::period::Period;
use crate::audit::text;

/// What is exported.
pub(super) struct Choice {
    pub(super) period: Period,
    pub(super) files: RangeInclusive<usize>,
    /// The line of the first file that comes behind the cut; none where the file is not cut.
    pub(super) cut_before: Option<u64>,
    /// The last line of the last file; none where it is exported to its end.
    pub(super) end_after: Option<u64>,
    /// Whether a seal comes behind it.
    pub(super) is_sealed: bool,
    /// Records that are not signed yet.
    pub(super) unsigned: u64,
}

/// A record that can be shown, and the file that it is in.
type Shown = (usize, Place);

pub(super) fn choose(surveys: &[Survey], asked: Period) -> Result<Choice, String> {
    if surveys.iter().any(|survey| survey.is_part) {
        return Err("this is an export itself; export from the log, or hand this on as it is".to_owned());
    }
    let (shown, unsigned) = shown(surveys);
    let mut period = within(surveys, asked)?;
    let in_period = |(_, place): &Shown| period.contains(place.time);
    let is_after = |(_, place): &Shown| place.time >= period.to;
    let first = shown.iter().position(in_period).or_else(|| shown.iter().position(is_after));
    let first = first.unwrap_or(shown.len());
    let end = shown.iter().rposition(in_period).map_or(first, |last| last + 1);
    // The fences: nothing was left out between them.
    let before = shown.iter().take(first).rfind(|(_, place)| place.time < period.from).copied();
    let closed = end.checked_sub(1).and_then(|last| closed(surveys, *shown.get(last)?, period.to));
    let after = shown.iter().skip(end).find(|shown| is_after(shown)).copied().filter(|_| closed.is_none());
    let ends_in = closed.or(after).map(|(file, _)| file);
    let files = files(surveys, period, before.map(|(file, _)| file), ends_in);
    let cut_before = before.filter(|(file, _)| file == files.start()).and_then(|(file, place)| {
        let survey = surveys.get(file).filter(|survey| survey.fault.is_none())?;
        let is_first = survey.records.first().is_none_or(|first| first.line == place.line);
        (!is_first).then_some(place.line)
    });
    let last = surveys.get(*files.end()).filter(|survey| survey.fault.is_none());
    let (end_after, is_sealed) = match (last, closed) {
        (Some(_), Some((file, signed))) if file == *files.end() => (Some(signed.line), false),
        (Some(survey), _) => end_of(survey, after.filter(|(file, _)| file == files.end())),
        (None, _) => (None, false),
    };
    if closed.is_none() && after.is_none() {
        period.newest = last.and_then(|survey| survey.checkpoints.last()).map(|signed| signed.number);
    }
    Ok(Choice { period, files, cut_before, end_after, is_sealed, unsigned })
}

/// The records that a checkpoint covers, and those before a fault; and how many others there are.
fn shown(surveys: &[Survey]) -> (Vec<Shown>, u64) {
    let mut signed = BTreeMap::new();
    for survey in surveys {
        let most = survey.checkpoints.iter().map(|signed| signed.number).max().unwrap_or(0);
        let so_far: &mut u64 = signed.entry(&survey.origin).or_default();
        *so_far = most.max(*so_far);
    }
    let (mut shown, mut unsigned) = (Vec::new(), 0);
    for (file, survey) in surveys.iter().enumerate() {
        let up_to = signed.get(&survey.origin).copied().unwrap_or(0);
        for place in &survey.records {
            if survey.fault.is_some() || place.number <= up_to {
                shown.push((file, *place));
            } else {
                unsigned += 1;
            }
        }
    }
    (shown, unsigned)
}

/// What was asked for, as far as the log reaches and is signed.
fn within(surveys: &[Survey], asked: Period) -> Result<Period, String> {
    let mut period = Period { newest: None, ..asked };
    let (Some(first), Some(last)) = (surveys.first(), surveys.last()) else {
        return Err("the log has no files".to_owned());
    };
    if let Some(begun) = first.begun.filter(|_| !first.is_beginning) {
        // Records of its very second may have been in the file before.
        period.from = period.from.max(second_after(begun));
    }
    let signed = surveys.iter().rev().find_map(|survey| survey.checkpoints.last());
    let signed = signed.map(|signed| signed.time).filter(|_| last.fault.is_none());
    if let Some(signed) = signed {
        period.to = period.to.min(second_after(signed));
    }
    if period.from < period.to {
        return Ok(period);
    }
    let said =
        |at: Option<Timestamp>| at.and_then(text::time).unwrap_or_else(|| "an unknown time".to_owned());
    Err(format!(
        "nothing of that time can be shown: the files here begin at {} and are signed up to {}; choose another --from \
         and --to",
        said(first.begun),
        said(signed)
    ))
}

fn second_after(at: Timestamp) -> Timestamp {
    Timestamp::from_unix_secs(at.unix_secs().saturating_add(1))
}

/// The checkpoint behind a record, where it says that there was no other until the period was over: no fence is needed.
fn closed(surveys: &[Survey], (file, last): Shown, to: Timestamp) -> Option<Shown> {
    let survey = surveys.get(file).filter(|survey| survey.fault.is_none())?;
    let is_closing =
        |signed: &&Place| signed.line > last.line && signed.number == last.number && signed.time >= to;
    survey.checkpoints.iter().find(is_closing).map(|signed| (file, *signed))
}

/// From the fence before to the fence behind, with files that cannot be read to their end where they may matter.
fn files(
    surveys: &[Survey],
    period: Period,
    before: Option<usize>,
    after: Option<usize>,
) -> RangeInclusive<usize> {
    let is_used = |survey: &Survey| survey.fault.is_some() || !survey.checkpoints.is_empty();
    let last = surveys.iter().rposition(is_used).unwrap_or(0);
    let (start, end) = (before.unwrap_or(0), after.unwrap_or(last));
    let is_broken = |at: usize| surveys.get(at).is_some_and(|survey| survey.fault.is_some());
    let begun = |at: usize| surveys.get(at).and_then(|survey| survey.begun);
    let reaches_in = |at: usize| begun(at + 1).is_none_or(|next| next > period.from);
    let start = (0..start).find(|at| is_broken(*at) && reaches_in(*at)).unwrap_or(start);
    let begins_in = |at: usize| begun(at).is_none_or(|begun| begun < period.to);
    let end = (end + 1..surveys.len()).rfind(|at| is_broken(*at) && begins_in(*at)).unwrap_or(end);
    start..=end
}

/// Where the last file ends, and whether a seal is needed there.
fn end_of(survey: &Survey, after: Option<Shown>) -> (Option<u64>, bool) {
    let signed = survey.checkpoints.last().map(|signed| signed.line);
    let Some((_, place)) = after else { return (signed, false) };
    let has_more = survey.records.last().is_some_and(|last| last.line > place.line);
    match signed {
        Some(signed) if signed > place.line && !has_more => (Some(signed), false),
        _ => (Some(place.line), true),
    }
}
