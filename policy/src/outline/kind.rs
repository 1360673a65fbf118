//! What a value is, and which way it moves.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::duration::PolicyDuration;
use crate::order::{Bounded, Direction, Finite, by_order, by_subset};
use crate::schedule::{WEEK_MINUTES, Window};
use crate::when::When;

/// A value as it can be compared and written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    /// Free text.
    Text(String),
    /// The corners of a zone, as they are written.
    Corners(String),
    /// On or off.
    Switch(bool),
    /// A whole number.
    Whole(u32),
    /// Any number.
    Number(Finite),
    /// A duration.
    Duration(PolicyDuration),
    /// A date or a moment.
    Date(When),
    /// One of a closed choice, and its place among them.
    Choice(usize, &'static str),
    /// A list whose order does not matter.
    Set(BTreeSet<String>),
    /// When a site may be analysed.
    Hours(Hours),
}

/// Which way a value is more private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The less the more private: lower, shorter, ending earlier, off, fewer, absent.
    LessIsPrivate,
    /// The more the more private: higher, longer, beginning later, on, more, present.
    MoreIsPrivate,
    /// Choices from the most to the least private; those that stand together have no order.
    Ranked(&'static [&'static [&'static str]]),
    /// It has no order: a person must judge.
    Judgement,
    /// It changes with every version and says nothing by itself.
    EveryVersion,
}

/// The minutes of a week, by time zone, and what for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hours {
    by_zone: BTreeMap<String, Vec<bool>>,
    reasons: BTreeSet<String>,
    written: Vec<String>,
}

impl Hours {
    /// What these windows cover together.
    pub(crate) fn of(windows: &[Window]) -> Self {
        let mut by_zone: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for window in windows.iter().filter(|window| !window.is_empty()) {
            let week = by_zone.entry(window.tz.to_string()).or_insert_with(|| vec![false; WEEK_MINUTES]);
            for minute in window.minutes() {
                if let Some(covered) = week.get_mut(minute) {
                    *covered = true;
                }
            }
        }
        by_zone.retain(|_, week| week.contains(&true));
        let reasons = windows.iter().filter_map(|window| window.why.clone()).collect();
        Self { by_zone, reasons, written: windows.iter().map(Window::words).collect() }
    }

    fn minutes(&self) -> BTreeSet<(&str, usize)> {
        let mut minutes = BTreeSet::new();
        for (zone, week) in &self.by_zone {
            let covered = week.iter().enumerate().filter(|(_, on)| **on);
            minutes.extend(covered.map(|(minute, _)| (zone.as_str(), minute)));
        }
        minutes
    }

    /// Minutes that are in this one and not in the other.
    pub(crate) fn beyond(&self, other: &Self) -> usize {
        self.minutes().difference(&other.minutes()).count()
    }

    /// Minutes of a week that it covers.
    pub(crate) fn covered(&self) -> usize {
        self.minutes().len()
    }

    /// Whether it covers the same minutes, for whatever reasons and in however many windows.
    pub(crate) fn covers_the_same(&self, other: &Self) -> bool {
        self.by_zone == other.by_zone
    }
}

impl Kind {
    /// Of a list whose order does not matter.
    pub(crate) fn set<'i, T: fmt::Display + 'i>(items: impl IntoIterator<Item = &'i T>) -> Self {
        Self::Set(items.into_iter().map(ToString::to_string).collect())
    }

    /// Of the corners of a zone, whose order does matter.
    pub(crate) fn corners(corners: &[[Finite; 2]]) -> Self {
        let corner = |[x, y]: &[Finite; 2]| format!("[{}, {}]", x.notation(), y.notation());
        Self::Corners(format!("[{}]", corners.iter().map(corner).collect::<Vec<_>>().join(", ")))
    }

    /// Whether both say the same.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Hours(a), Self::Hours(b)) => a.covers_the_same(b) && a.reasons == b.reasons,
            _ => self == other,
        }
    }

    /// As one would write it in the file.
    pub(crate) fn notation(&self) -> String {
        match self {
            Self::Corners(corners) => corners.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Switch(on) => on.to_string(),
            Self::Whole(number) => number.notation(),
            Self::Number(number) => number.notation(),
            Self::Duration(PolicyDuration::MAX) => PolicyDuration::MAX.notation(),
            Self::Duration(duration) => format!("\"{duration}\""),
            Self::Date(when) => when.to_string(),
            Self::Choice(_, name) => format!("\"{name}\""),
            Self::Set(items) => {
                format!("[{}]", items.iter().map(|item| format!("{item:?}")).collect::<Vec<_>>().join(", "))
            }
            Self::Hours(hours) => format!("[{}]", hours.written.join(", ")),
        }
    }
}

impl Way {
    /// Which way a value goes.
    pub(crate) fn direction(self, old: &Kind, new: &Kind) -> Direction {
        if old.same(new) {
            return Direction::Same;
        }
        match self {
            Self::LessIsPrivate => grows(old, new, When::ends),
            Self::MoreIsPrivate => turned(grows(old, new, When::starts)),
            Self::Ranked(ranks) => {
                let rank = |kind: &Kind| match kind {
                    Kind::Choice(_, name) => ranks.iter().position(|rank| rank.contains(name)),
                    _ => None,
                };
                match (rank(old), rank(new)) {
                    (Some(old), Some(new)) if old != new => by_order(old.cmp(&new)),
                    _ => Direction::Judgement,
                }
            }
            Self::Judgement | Self::EveryVersion => Direction::Judgement,
        }
    }
}

/// The direction where less is more private. `day` says which end of a day a date means.
fn grows(old: &Kind, new: &Kind, day: fn(When) -> jiff::Timestamp) -> Direction {
    match (old, new) {
        (Kind::Switch(old), Kind::Switch(new)) => by_order(old.cmp(new)),
        (Kind::Whole(old), Kind::Whole(new)) => by_order(old.cmp(new)),
        (Kind::Number(old), Kind::Number(new)) => by_order(old.cmp(new)),
        (Kind::Duration(old), Kind::Duration(new)) => by_order(old.cmp(new)),
        (Kind::Date(old), Kind::Date(new)) => by_order(day(*old).cmp(&day(*new))),
        (Kind::Choice(old, _), Kind::Choice(new, _)) => by_order(old.cmp(new)),
        (Kind::Set(old), Kind::Set(new)) => by_subset(old, new),
        (Kind::Hours(old), Kind::Hours(new)) if old.covers_the_same(new) => Direction::Judgement,
        (Kind::Hours(old), Kind::Hours(new)) => by_subset(&old.minutes(), &new.minutes()),
        _ => Direction::Judgement,
    }
}

/// The same, where more is more private.
pub(crate) fn turned(direction: Direction) -> Direction {
    match direction {
        Direction::MorePrivate => Direction::LessPrivate,
        Direction::LessPrivate => Direction::MorePrivate,
        neither => neither,
    }
}
