//! What is said otherwise in one version of a policy than in another, as `velum policy diff` tells it.
//!
//! Invariant: lists and values are bounded, and it is told how much was cut.

use serde::Serialize;
use velum_policy::diff::{PolicyDiff, Side};

const MOST_CHANGES: usize = 400;
const VALUE_CHARS: usize = 300;

/// Two versions, compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(in crate::console) struct DiffView {
    old: String,
    new: String,
    verdict: &'static str,
    changes: Vec<ChangeView>,
    cameras: Vec<CameraChangeView>,
    needs: Vec<NeedView>,
    /// So many more are not here.
    cut: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ChangeView {
    verdict: &'static str,
    key: String,
    sentence: String,
    old: Option<String>,
    new: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct CameraChangeView {
    verdict: &'static str,
    sentence: String,
    old: String,
    new: String,
    cameras: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct NeedView {
    rule: &'static str,
    sentence: String,
}

impl DiffView {
    /// The same that `velum policy diff` tells, with long values cut.
    pub(in crate::console) fn of(diff: &PolicyDiff) -> Self {
        let value = |side: &Side| side.value.as_deref().map(cut);
        let changes = diff.changes.iter().map(|change| ChangeView {
            verdict: change.verdict.name(),
            key: change.key.clone(),
            sentence: change.sentence.clone(),
            old: value(&change.old),
            new: value(&change.new),
        });
        let cameras = diff.cameras.iter().map(|change| CameraChangeView {
            verdict: change.verdict.name(),
            sentence: change.sentence.clone(),
            old: cut(&change.old.value),
            new: cut(&change.new.value),
            cameras: change.cameras.iter().take(MOST_CHANGES).cloned().collect(),
        });
        let needs =
            diff.needs.iter().map(|need| NeedView { rule: need.rule, sentence: need.sentence.clone() });
        let more = |count: usize| count.saturating_sub(MOST_CHANGES);
        Self {
            old: diff.old.version.clone(),
            new: diff.new.version.clone(),
            verdict: diff.verdict.name(),
            changes: changes.take(MOST_CHANGES).collect(),
            cameras: cameras.take(MOST_CHANGES).collect(),
            needs: needs.collect(),
            cut: more(diff.changes.len()).saturating_add(more(diff.cameras.len())),
        }
    }
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}…", value.get(..end).unwrap_or_default()),
        None => value.to_owned(),
    }
}
