//! Scenarios for exercises: which there are, and what is wrong with the others.

use std::path::Path;

use velum_policy::check::Finding;

use crate::config::scenarios;

const SUBJECT: &str = "exercises";

/// None where the configuration names no folder.
pub(super) fn look(folder: Option<&Path>) -> Vec<Finding> {
    let Some(folder) = folder else { return Vec::new() };
    let (found, problems) = scenarios(folder);
    let titles: Vec<_> = found.iter().map(|one| format!("`{}`", one.about.title)).collect();
    let what = if titles.is_empty() {
        format!("no scenario lies in {}; see docs/exercises.md", folder.display())
    } else {
        format!("scenarios that could be played: {}", titles.join(", "))
    };
    let wrong =
        problems.into_iter().map(|problem| Finding::warning(SUBJECT, problem, "see docs/exercises.md"));
    std::iter::once(Finding::ok(SUBJECT, what)).chain(wrong).collect()
}
