//! `velum policy diff`: two policies in plain words, the worst first.
//!
//! The exit code says the same as the head lines: 0 the same or only more private, 1 a person must judge, 2 less
//! private, 3 a file could not be compared. Whatever goes wrong is never 0.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use velum_policy::PolicyFile;
use velum_policy::diff::{CameraChange, Change, Named, Need, PolicyDiff, Side, State, Verdict};

use crate::policy::lint::DOES_NOT_PARSE;
use crate::policy::{moment, read};
use crate::screen::{Screen, ScreenArgs, Style, harmless, remark, say};

const NEEDS_JUDGEMENT: u8 = 1;
const LESS_PRIVATE: u8 = 2;
/// Longer values are cut on the screen; `--format json` has them whole.
const LONGEST_VALUE: usize = 100;
/// More cameras than these are counted instead of named.
const MOST_NAMES: usize = 8;

/// What a change of a policy means (less private, to be judged by a person, more private) and what it needs.
///
/// Compares everything that two policies can say, with the strictest value where nothing is written, and what really
/// applies to each camera. Each change is a sentence, with both values and their lines; then come the signatures,
/// the opinion, the waiting time and the documents that such a change needs. Comments and the order of things do
/// not count. The signatures of a signed file are not verified here: `verify` does that.
///
/// Exit code: 0 the same or only more private, 1 a person must judge, 2 less private, 3 a file does not parse or
/// cannot be read.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  velum policy diff policy.toml proposed.toml
  velum policy diff town.signed.json proposed.toml --at 2026-12-01
  velum policy diff policy.toml proposed.toml --format json")]
pub(crate) struct DiffArgs {
    /// The policy as it is (TOML, or signed JSON).
    old: PathBuf,
    /// The policy as it would be (TOML, or signed JSON).
    new: PathBuf,
    /// Sentences for people, or JSON for programs, with every value whole.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The day on which the change would be signed, for example 2026-12-01; today if left out.
    #[arg(long, value_name = "DATE", value_parser = moment)]
    at: Option<jiff::Timestamp>,
}

/// For whom the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Compares the two; what could not be compared has an exit code of its own.
pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<ExitCode> {
    let files = file(&args.old).and_then(|old| Ok((old, file(&args.new)?)));
    let (old, new) = match files {
        Ok(files) => files,
        Err(error) => {
            // Nobody is left to tell if this fails; the exit code does.
            let _told = remark(&format!("velum: {error:#}"));
            return Ok(ExitCode::from(DOES_NOT_PARSE));
        }
    };
    let diff = PolicyDiff::between(&old, &new, args.at.unwrap_or_else(jiff::Timestamp::now));
    let shown = match args.format {
        Format::Json => serde_json::to_string_pretty(&diff)?,
        Format::Text => text(&diff, &old, &new),
    };
    // Who reads only the first lines gets the exit code all the same.
    match say(&shown) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::from(code(diff.verdict))),
    }
}

fn file(path: &Path) -> anyhow::Result<PolicyFile> {
    Ok(read(path)?.file()?)
}

fn code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Same | Verdict::EveryVersion | Verdict::MorePrivate => 0,
        Verdict::Judgement => NEEDS_JUDGEMENT,
        Verdict::LessPrivate => LESS_PRIVATE,
    }
}

fn text(diff: &PolicyDiff, old: &PolicyFile, new: &PolicyFile) -> String {
    let screen = Screen::of_stdout(&ScreenArgs::default());
    let mut lines = vec![named("old", &diff.old), named("new", &diff.new)];
    if diff.verdict == Verdict::Same {
        lines.push(String::new());
        lines.push("The new policy says the same as the old one.".to_owned());
        if old.text() != new.text() {
            lines.push(
                "Only comments, the order of things or the way of writing differ. Signatures are of the text: it is \
                 signed anew, under a new version."
                    .to_owned(),
            );
        }
        return lines.join("\n");
    }
    for (verdict, head, style) in [
        (Verdict::LessPrivate, "LESS PRIVATE", Style::Alarm),
        (Verdict::Judgement, "NEEDS A PERSON'S JUDGEMENT", Style::Notice),
        (Verdict::MorePrivate, "MORE PRIVATE", Style::Good),
        (Verdict::EveryVersion, "GOES WITH EVERY NEW VERSION", Style::Faint),
    ] {
        let changes: Vec<_> = diff.that(verdict).collect();
        if !changes.is_empty() {
            lines.push(String::new());
            lines.push(screen.styled(style, &format!("{head}: {}", changes.len())));
            lines.extend(changes.into_iter().flat_map(change));
        }
    }
    lines.extend(cameras(&screen, diff));
    lines.push(String::new());
    let missing = diff.needs.iter().filter(|need| need.state == State::Open).count();
    let head = format!("WHAT THIS NEEDS, and whether the new file has it: {missing} missing");
    lines.push(screen.styled(Style::Notice, &head));
    lines.extend(diff.needs.iter().map(need));
    let errors = new.lint(None).errors().len();
    if errors > 0 {
        let fix = format!("`velum policy lint {}` shows them", new.path());
        lines.push(harmless(&format!(
            "  The new file has {errors} errors and cannot be signed as it is: {fix}."
        )));
    }
    lines.push(String::new());
    if !diff.data_subjects.is_empty() {
        lines.push(harmless(&format!("Whom it concerns: {}.", diff.data_subjects.join(", "))));
    }
    if diff.needs.iter().any(|need| need.sentence.contains("[K]")) {
        lines.push("[K]: quoted from knowledge of the law, not read again word for word.".to_owned());
    }
    lines.push("This says what changes. Whether the law allows it, people decide.".to_owned());
    lines.join("\n")
}

fn named(which: &str, policy: &Named) -> String {
    harmless(&format!("{which}: {} ({} {})", policy.path, policy.id, policy.version))
}

fn change(change: &Change) -> Vec<String> {
    let mut lines =
        vec![format!("  {}", harmless(&change.sentence)), format!("      {}", harmless(&change.key))];
    let cut = same_beginning(change.old.value.as_deref(), change.new.value.as_deref());
    lines.push(format!("      old{}", side(&change.old, cut)));
    lines.push(format!("      new{}", side(&change.new, cut)));
    if let Some(cameras) = &change.cameras {
        lines.push(format!("      {}", harmless(&applies(cameras))));
    }
    lines
}

/// How many characters of two long values to leave out, so that what differs is seen.
fn same_beginning(old: Option<&str>, new: Option<&str>) -> usize {
    let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
    if old.chars().count().max(new.chars().count()) <= LONGEST_VALUE {
        return 0;
    }
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).count();
    same.saturating_sub(LONGEST_VALUE / 2)
}

fn side(side: &Side, cut: usize) -> String {
    let value = side.value.as_deref().map(|value| match cut {
        0 => short(value),
        cut => format!("…{}", short(&value.chars().skip(cut).collect::<String>())),
    });
    let line = side.line.map_or_else(String::new, |line| format!("line {line}"));
    match (value, side.line) {
        (None, _) => ": not written".to_owned(),
        (Some(value), None) if side.baseline.is_some() => {
            format!(": {value} ({})", side.baseline.as_deref().unwrap_or_default())
        }
        (Some(value), Some(_)) if side.inherited => format!(": {value} (inherited, {line})"),
        (Some(value), Some(_)) => format!(", {line}: {value}"),
        (Some(value), None) if side.inherited => format!(": {value} (inherited; not written: the strictest)"),
        (Some(value), None) => format!(": {value} (not written: the strictest)"),
    }
}

fn applies(cameras: &[String]) -> String {
    match cameras {
        [] => "no camera that is in both files gets another value".to_owned(),
        some => format!("another value applies at {}", names(some)),
    }
}

fn names(cameras: &[String]) -> String {
    let named = cameras.iter().take(MOST_NAMES).cloned().collect::<Vec<_>>().join(", ");
    match cameras.len().saturating_sub(MOST_NAMES) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// What applies otherwise, where no change above says just that already.
fn cameras(screen: &Screen, diff: &PolicyDiff) -> Vec<String> {
    let is_said = |one: &CameraChange| {
        diff.changes.iter().any(|change| {
            let key = change.key.strip_suffix(one.key.as_str());
            let touched =
                change.cameras.as_ref().is_some_and(|all| one.cameras.iter().all(|c| all.contains(c)));
            key.is_some_and(|above| above.is_empty() || above.ends_with('.'))
                && touched
                && change.old.value.as_ref() == Some(&one.old.value)
                && change.new.value.as_ref() == Some(&one.new.value)
        })
    };
    let changes: Vec<_> = diff.cameras.iter().filter(|one| !is_said(one)).collect();
    if changes.is_empty() {
        return Vec::new();
    }
    let head =
        "WHAT REALLY APPLIES TO CAMERAS, with city, site and camera together, where it is another value";
    let mut lines = vec![String::new(), screen.styled(Style::Notice, head)];
    let mut worst_first = changes;
    worst_first.sort_by_key(|change| std::cmp::Reverse(change.verdict));
    for change in worst_first {
        let way = match change.verdict {
            Verdict::LessPrivate => "less private",
            Verdict::MorePrivate => "more private",
            _ => "to be judged",
        };
        let number = match change.cameras.len() {
            1 => "camera".to_owned(),
            many => format!("{many} cameras"),
        };
        lines.push(harmless(&format!("  {way}: {}", change.sentence)));
        lines.push(harmless(&format!("      {number}: {}", names(&change.cameras))));
        for (which, applied) in [("old", &change.old), ("new", &change.new)] {
            lines.push(format!("      {which}: {} ({})", short(&applied.value), harmless(&applied.origin)));
        }
    }
    lines
}

fn need(need: &Need) -> String {
    let state = match need.state {
        State::Met => "met    ",
        State::Open => "MISSING",
        State::People => "to do  ",
    };
    harmless(&format!("  {}  {state}  {}", need.rule, need.sentence))
}

/// A value for the screen.
fn short(value: &str) -> String {
    let mut text = harmless(value);
    if let Some((end, _)) = text.char_indices().nth(LONGEST_VALUE) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
