//! What the grammar refuses, in words that say how to mend it.

use serde::de::DeserializeOwned;
use toml::de::Error;

use crate::finding::{Finding, Severity};
use crate::index::{KeyIndex, line_column};

/// Reads a text into closed tables, as a policy is read; `path` is only named in the finding.
///
/// # Errors
/// The first thing that does not parse, with line, column, key, what was expected and found, and the fix.
pub fn read_tables<T: DeserializeOwned>(text: &str, path: &str) -> Result<T, Box<Finding>> {
    toml::from_str(text).map_err(|error| Box::new(finding(text, path, &error)))
}

/// The first thing in `text` that does not parse.
pub(crate) fn finding(text: &str, path: &str, error: &Error) -> Finding {
    let span = error.span().unwrap_or(0..0);
    let (line, column) = line_column(text, span.start);
    let place_key = KeyIndex::of(text).at(span.start).map(|place| place.key.clone()).unwrap_or_default();
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    let source = text.get(span).and_then(|s| s.lines().next()).unwrap_or_default();
    let shown: String = source.chars().take(60).collect();
    let said = Said::read(&message, &place_key, &shown);
    let missing = quoted(&message, "missing field `");
    Finding {
        severity: Severity::Error,
        path: path.to_owned(),
        line,
        column,
        rule: missing.map_or_else(|| rule(&place_key, &shown), |field| rule_of_missing(&place_key, field)),
        fix: said.fix,
        expected: said.expected,
        found: said.found,
        key: place_key,
    }
}

struct Said {
    expected: String,
    found: String,
    fix: String,
}

impl Said {
    /// Reads what serde, toml or one of our own types said.
    fn read(message: &str, key: &str, source: &str) -> Self {
        let found = if source.is_empty() { "nothing".to_owned() } else { format!("`{source}`") };
        let (before, expected) = message.split_once("expected ").unwrap_or((message, ""));
        if let Some(field) = quoted(message, "missing field `") {
            let fix = format!("add `{field} = ...`; policy/examples/ has complete files");
            return Self { expected: format!("the key `{field}`"), found: "nothing".to_owned(), fix };
        }
        if let Some(field) = quoted(message, "unknown field `") {
            let fix = match nearest(field, expected) {
                Some(name) => {
                    format!("did you mean `{name}`? Else delete the key: what is not known is refused")
                }
                None => "delete the key: what is not known is refused".to_owned(),
            };
            return Self { expected: expected.to_owned(), found: format!("the unknown key `{field}`"), fix };
        }
        if before.starts_with("unknown variant") {
            return Self { expected: expected.to_owned(), found, fix: choice_fix(key, expected) };
        }
        match expected.split_once("; ") {
            Some((expected, fix)) => Self { expected: expected.to_owned(), found, fix: fix.to_owned() },
            None if expected.is_empty() => Self {
                expected: "valid TOML".to_owned(),
                found: message.to_owned(),
                fix: "mend the line; see https://toml.io for the notation".to_owned(),
            },
            None => {
                Self { expected: plain_type(expected).to_owned(), found, fix: type_fix(expected).to_owned() }
            }
        }
    }
}

fn quoted<'m>(message: &'m str, before: &str) -> Option<&'m str> {
    message.split_once(before)?.1.split('`').next()
}

/// Why a choice is closed, where that is not plain.
fn choice_fix(key: &str, expected: &str) -> String {
    let first = expected.split('`').nth(1).unwrap_or_default();
    let why = match rule(key, "") {
        Some("RED-002") => ": a blur or a mosaic can be undone, so there is none",
        Some("RED-003") => ": a box that cannot mask lets nothing out",
        Some("HUM-001") => ": a person decides, never the machine",
        Some("HUM-003") => ": a machine assesses, it does not state facts",
        Some("HUM-004") => ": people are not labelled",
        Some("MIN-001") => ": an event has only fields that were reviewed; delete this one",
        _ => "",
    };
    format!("write for example `\"{first}\"`{why}")
}

/// The rule of the reference that a refusal by the grammar stands for.
fn rule(key: &str, source: &str) -> Option<&'static str> {
    let last = key.rsplit('.').next().unwrap_or_default();
    let name = last.split('[').next().unwrap_or_default();
    let head = key.split(['.', '[']).next().unwrap_or_default();
    match name {
        "method" if source.contains("mosaic") => Some("RED-011"),
        "method" => Some("RED-002"),
        "on_detector_failure" | "on_overload" | "on_low_light" | "canary_action" => Some("RED-003"),
        "unknown_motion" => Some("RED-010"),
        "decision" => Some("HUM-001"),
        "epistemic" => Some("HUM-003"),
        "assign_to_individuals" => Some("HUM-004"),
        "overlap_of_zones" => Some("AGG-005"),
        "on_expiry" if head == "retention" => Some("RET-007"),
        "output" if head == "sandbox" => Some("CHG-005"),
        "fields" if head == "recipient" => Some("REC-002"),
        "fields" => Some("MIN-001"),
        _ if key.contains("retention.") && source.contains(['P', 'p']) => Some("RET-005"),
        _ => None,
    }
}

/// The rule that wants a key which is not there.
fn rule_of_missing(table: &str, field: &str) -> Option<&'static str> {
    match (table.split(['.', '[']).next().unwrap_or_default(), field) {
        ("policy", "expires") => Some("CHG-004"),
        ("policy", "review_by") => Some("RET-004"),
        ("sandbox", "until") => Some("CHG-005"),
        ("sandbox", "dpia_annex") => Some("CHG-006"),
        ("waiver", _) => Some("CHG-008"),
        ("supervision", "sha256") => Some("DPI-001"),
        ("legal", "instrument") => Some("LAW-001"),
        ("legal", "confirmed_by_counsel") => Some("LAW-009"),
        ("legal", "necessity" | "alternatives") => Some("LAW-011"),
        ("model", "sha256" | "signed_by") => Some("MOD-001"),
        ("change_control", "quorum" | "approver") => Some("CHG-001"),
        _ => None,
    }
}

fn plain_type(expected: &str) -> &str {
    match expected {
        "u32" | "u64" => "a whole number, zero or more",
        "f64" => "a number",
        "a string" | "string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        other => other,
    }
}

fn type_fix(expected: &str) -> &'static str {
    match expected {
        "u32" | "u64" => "write a whole number without quotes, for example `10`",
        "f64" => "write a number without quotes, for example `0.2`",
        "a string" | "string" => "put the value in quotes",
        "a boolean" => "write `true` or `false`, without quotes",
        "a sequence" => "write a list in square brackets, for example `[\"a\", \"b\"]`",
        _ => "write what is expected; policy/examples/ has a complete file",
    }
}

/// The name among those in backquotes that is nearest, if any is near.
fn nearest<'m>(field: &str, expected: &'m str) -> Option<&'m str> {
    let names = expected.split('`').skip(1).step_by(2);
    let near = names.map(|name| (distance(field, name), name)).min_by_key(|(steps, _)| *steps)?;
    (near.0 <= 2.max(field.chars().count() / 3)).then_some(near.1)
}

/// Insertions, deletions and replacements from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (n, a) in from.chars().enumerate() {
        let mut next = vec![n + 1];
        for ((b, diagonal), above) in to.iter().zip(&row).zip(row.iter().skip(1)) {
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(a != *b)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        assert_eq!(distance("min_gruop", "min_group"), 2);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(nearest("min_gruop", "one of `round_to`, `min_group`, `time_bin`"), Some("min_group"));
        assert_eq!(nearest("xyzzy", "one of `round_to`, `min_group`"), None);
    }
}
