//! The difference of two policies in plain words: what becomes less private, what a person must judge, what
//! becomes more private, and what such a change needs before it may hold.
//!
//! Both files are compared field by field over all that they can say, each with its strictest value where nothing
//! is written; and so is what really applies to each camera. A field that is in the language cannot be forgotten
//! here: the tree is derived of the types ([`crate::outline`]), and what has no direction is a matter of judgement.

mod cameras;
mod duties;
mod guards;
mod layers;
mod needs;
mod walk;
mod ways;
mod words;

use jiff::Timestamp;
use serde::Serialize;

use crate::file::PolicyFile;
use crate::lines::Lines;
use crate::order::Direction;
use crate::outline::{Outline, Way};

pub use cameras::{Applied, CameraChange};
pub use needs::{Need, State};

/// Two policies, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyDiff {
    /// The policy as it was.
    pub old: Named,
    /// The policy as it would be.
    pub new: Named,
    /// All in one word.
    pub verdict: Verdict,
    /// What is written otherwise, in the order of the types.
    pub changes: Vec<Change>,
    /// What really applies otherwise to cameras that are in both.
    pub cameras: Vec<CameraChange>,
    /// What such a change needs.
    pub needs: Vec<Need>,
    /// Whom it concerns, in the words of the new policy.
    pub data_subjects: Vec<String>,
}

/// Which policy it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The file.
    pub path: String,
    /// The same in every version.
    pub id: String,
    /// Its version.
    pub version: String,
}

/// Which way it goes, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing is said otherwise.
    Same,
    /// Neither way: numbers and dates that go with every version.
    EveryVersion,
    /// More private.
    MorePrivate,
    /// A person must judge.
    Judgement,
    /// Less private.
    LessPrivate,
}

/// One thing that is written otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which way.
    pub verdict: Verdict,
    /// Where, with the names of entries: `recipient.traffic-planner.max_age`.
    pub key: String,
    /// In a sentence.
    pub sentence: String,
    /// As it was.
    pub old: Side,
    /// As it would be.
    pub new: Side,
    /// For a field that sites and cameras may tighten: the cameras to which something else really applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cameras: Option<Vec<String>>,
}

/// One side of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// What is written, or what stands in its place; nothing where nothing does.
    pub value: Option<String>,
    /// The line; none if it is not written.
    pub line: Option<usize>,
    /// Whether the value is that of the city or the site above, which was not written here.
    pub inherited: bool,
    /// `baseline 2026.11`, where the value is that of the baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
}

impl Verdict {
    /// In a word, as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::EveryVersion => "every-version",
            Self::MorePrivate => "more-private",
            Self::Judgement => "judgement",
            Self::LessPrivate => "less-private",
        }
    }

    /// Of a direction under the way that it was found by.
    fn of(direction: Direction, way: Way) -> Self {
        match direction {
            Direction::Same => Self::Same,
            _ if way == Way::EveryVersion => Self::EveryVersion,
            Direction::MorePrivate => Self::MorePrivate,
            Direction::Judgement => Self::Judgement,
            Direction::LessPrivate => Self::LessPrivate,
        }
    }
}

impl PolicyDiff {
    /// Compares two files that parse, be they fit to be signed or not. `at` is the day on which a change would be
    /// signed.
    pub fn between(old: &PolicyFile, new: &PolicyFile, at: Timestamp) -> Self {
        let mut walk = walk::Walk::new(Lines::of(old), Lines::of(new));
        walk.document(&old.document().outline(), &new.document().outline());
        layers::compare(&mut walk);
        let cameras = cameras::compare(old, new);
        let mut changes = walk.into_changes();
        cameras::attach(&mut changes, &cameras, new.document());
        let each = changes.iter().map(|change| change.verdict);
        let moved = guards::moved(old.document(), new.document());
        let guards = moved.iter().map(|_| Verdict::LessPrivate);
        let all = each.chain(cameras.iter().map(|change| change.verdict)).chain(guards);
        let verdict = all.max().unwrap_or(Verdict::Same);
        let needs = needs::of((old.document(), new.document()), (verdict, moved), &changes, at);
        let subjects = new.document().data_subjects.as_ref();
        Self {
            old: Named::of(old),
            new: Named::of(new),
            verdict,
            changes,
            cameras,
            needs,
            data_subjects: subjects.map(|subjects| subjects.categories.clone()).unwrap_or_default(),
        }
    }

    /// Those changes that go this way.
    pub fn that(&self, verdict: Verdict) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.verdict == verdict)
    }
}

impl Named {
    fn of(file: &PolicyFile) -> Self {
        let identity = &file.document().policy;
        Self { path: file.path().to_owned(), id: identity.id.clone(), version: identity.version.to_string() }
    }
}

#[cfg(test)]
mod tests;
