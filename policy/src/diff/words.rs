//! Sentences about changes. What each field is called in plain English stands in `words/en.toml`, and only there.
//!
//! A field without a name of its own is called by its key, never left out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::duration::PolicyDuration;
use crate::outline::{Hours, Kind};

/// The catalogue that is built in.
const ENGLISH: &str = include_str!("words/en.toml");

static CATALOGUE: LazyLock<BTreeMap<String, String>> =
    // That the built-in catalogue can be read is tested; should it fail, fields are called by their keys.
    LazyLock::new(|| toml::from_str(ENGLISH).unwrap_or_default());

/// Longer texts are shown below the sentence only.
const LONGEST_IN_SENTENCE: usize = 40;

/// What a field, a table or an entry is called; `names` are those of the entries around it.
pub(super) fn subject(key: &str, names: &[String]) -> String {
    let Some(words) = CATALOGUE.get(key) else {
        let of = names.iter().map(|name| format!(" of `{name}`")).collect::<String>();
        return format!("the field `{key}`{of}");
    };
    let put = |words: String, (n, name): (usize, &String)| words.replace(&format!("{{{n}}}"), name);
    names.iter().enumerate().fold(words.clone(), put)
}

/// A whole entry or table that is there in one file only.
pub(super) fn of_presence(subject: &str, is_added: bool) -> String {
    sentence(&format!("{subject} is {}", if is_added { "added" } else { "removed" }))
}

/// A single value that is written in one file only.
pub(super) fn of_writing(subject: &str, is_added: bool) -> String {
    sentence(&match is_added {
        true => format!("{subject} is now written, and was not before"),
        false => format!("{subject} is no longer written"),
    })
}

/// A value of a table that was not there, or is there no more, and that is looser than no table is.
pub(super) fn of_loose(subject: &str, value: &Kind, rule: Option<&str>, is_added: bool) -> String {
    let is = if is_added { "is" } else { "is no longer" };
    let why = rule.map_or_else(
        || "looser than where nothing is written".to_owned(),
        |rule| format!("the rule {rule} does not let that pass"),
    );
    match plain(value) {
        long if long.len() > LONGEST_IN_SENTENCE => {
            sentence(&format!("{subject} {is} what stands below: {why}"))
        }
        value => sentence(&format!("{subject} {is} {value}: {why}")),
    }
}

/// A value that is another.
pub(super) fn of_value(subject: &str, old: &Kind, new: &Kind) -> String {
    let from_to = format!("from {} to {}", plain(old), plain(new));
    let goes = |rises: bool| if rises { "rises" } else { "falls" };
    sentence(&match (old, new) {
        (Kind::Whole(a), Kind::Whole(b)) => format!("{subject} {} {from_to}", goes(a < b)),
        (Kind::Number(a), Kind::Number(b)) => format!("{subject} {} {from_to}", goes(a < b)),
        (Kind::Duration(a), Kind::Duration(b)) => format!("{subject} {} {from_to}", goes(a < b)),
        (Kind::Date(a), Kind::Date(b)) => {
            let later = if a.starts() < b.starts() { "later" } else { "earlier" };
            format!("{subject} moves {from_to}: {later}")
        }
        (Kind::Switch(_), Kind::Switch(on)) if subject.starts_with("whether ") => {
            let answer = |yes: bool| if yes { "yes" } else { "no" };
            format!("{subject} changes from {} to {}", answer(!on), answer(*on))
        }
        (Kind::Switch(_), Kind::Switch(on)) => {
            format!("{subject} is switched {}", if *on { "on" } else { "off" })
        }
        (Kind::Set(old), Kind::Set(new)) => return of_set(subject, old, new),
        (Kind::Hours(old), Kind::Hours(new)) => of_hours(subject, old, new),
        (Kind::Text(a), Kind::Text(b)) if a.len().max(b.len()) > LONGEST_IN_SENTENCE => {
            format!("{subject} is written differently")
        }
        (Kind::Corners(_), Kind::Corners(_)) => format!("{subject} is drawn differently"),
        _ => format!("{subject} changes {from_to}"),
    })
}

fn of_set(subject: &str, old: &BTreeSet<String>, new: &BTreeSet<String>) -> String {
    let list = |items: Vec<&String>| {
        items.into_iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(", ")
    };
    let (added, removed) = (list(new.difference(old).collect()), list(old.difference(new).collect()));
    match (added.is_empty(), removed.is_empty()) {
        (false, true) => format!("Added to {subject}: {added}."),
        (true, _) => format!("Removed from {subject}: {removed}."),
        (false, false) => format!("In {subject}, {added} takes the place of {removed}."),
    }
}

fn of_hours(subject: &str, old: &Hours, new: &Hours) -> String {
    let (more, fewer) = (new.beyond(old), old.beyond(new));
    let each_week = |minutes: usize| match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} minutes a week"),
        (hours, 0) => format!("{hours} hours a week"),
        (hours, minutes) => format!("{hours} hours and {minutes} minutes a week"),
    };
    match (more, fewer) {
        (0, 0) => format!("{subject} are the same, for other reasons"),
        (more, 0) => format!("{subject} grow by {} to {}", each_week(more), each_week(new.covered())),
        (0, fewer) => format!("{subject} shrink by {} to {}", each_week(fewer), each_week(new.covered())),
        (more, fewer) => {
            format!("{subject} move: {} are added and {} taken away", each_week(more), each_week(fewer))
        }
    }
}

/// As one would say it.
fn plain(kind: &Kind) -> String {
    match kind {
        Kind::Duration(duration) => plain_duration(*duration),
        Kind::Whole(u32::MAX) => "a number without end".to_owned(),
        other => other.notation(),
    }
}

/// `14 days`, `36 hours`, `0.5 seconds`.
fn plain_duration(duration: PolicyDuration) -> String {
    if duration == PolicyDuration::MAX {
        return "a time without end".to_owned();
    }
    let (secs, nanos) = (duration.get().as_secs(), duration.get().subsec_nanos());
    let mut units = [(86_400, "day"), (3_600, "hour"), (60, "minute")].into_iter();
    let whole = units.find(|(unit, _)| nanos == 0 && secs > 0 && secs % unit == 0);
    let (number, unit) = match whole {
        Some((unit, name)) => ((secs / unit).to_string(), name),
        None => (duration.get().as_secs_f64().to_string(), "second"),
    };
    if number == "1" { format!("1 {unit}") } else { format!("{number} {unit}s") }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests;
