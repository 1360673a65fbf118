//! What stands inside a table of duties that is added, or taken away, as a whole.
//!
//! That the table is there at all is more private, as without it nobody owes anything; what is written in it need
//! not be. Each value is held against what stands where nothing is written: the strictest, or what the rules of
//! [`crate::lint`] ask for at the least. What a rule does not let pass is never called more private.

use std::collections::BTreeMap;

use crate::diff::walk::{Place, Walk};
use crate::diff::{Change, Side, Verdict, ways, words};
use crate::file::PolicyFile;
use crate::lines::Lines;
use crate::order::Direction;
use crate::outline::{Kind, Node, Value, Way};

/// The tables that say what a controller owes.
const TABLES: [&str; 8] =
    ["supervision", "human_oversight", "rights", "notice", "logging", "security", "breach", "ai_act"];

/// Whether this is such a table.
pub(super) fn is_duty(key: &str) -> bool {
    TABLES.contains(&key)
}

/// Writes down every value of such a table, in the file that has it, that is looser than no table is.
pub(super) fn look_into(walk: &mut Walk<'_>, at: &Place, table: &Node, is_added: bool) {
    let lines = if is_added { &walk.new } else { &walk.old };
    let found = found_in(lines.file(), &at.key);
    let mut loose = Vec::new();
    looser(at, table, &found, &mut loose);
    let changes: Vec<Change> = loose.into_iter().map(|one| one.change(lines, &found, is_added)).collect();
    changes.into_iter().for_each(|change| walk.push(change));
}

/// Which rule finds something at which key below this table. Rules about today are left out.
fn found_in(file: &PolicyFile, table: &str) -> BTreeMap<String, &'static str> {
    let inside = format!("{table}.");
    let findings = file.lint(None);
    let named = findings.iter().filter(|finding| finding.key.starts_with(&inside));
    named.map(|finding| (finding.key.clone(), finding.rule.unwrap_or("no rule"))).collect()
}

/// A value that is looser than what stands where nothing is written, or that nobody but a person can tell of.
struct Loose<'n> {
    at: Place,
    value: &'n Value,
    verdict: Verdict,
}

fn looser<'n>(
    at: &Place,
    node: &'n Node,
    found: &BTreeMap<String, &'static str>,
    loose: &mut Vec<Loose<'n>>,
) {
    match node {
        Node::Table(fields) => {
            for (name, field) in fields {
                looser(&at.field(name), field, found, loose);
            }
        }
        Node::Value(value) => {
            let verdict = verdict(&at.key, value, found.contains_key(&at.key));
            loose.extend(verdict.map(|verdict| Loose { at: at.clone(), value, verdict }));
        }
        Node::Entries(_) | Node::Nothing => {}
    }
}

/// None where the value is no looser than nothing.
fn verdict(key: &str, value: &Value, is_found: bool) -> Option<Verdict> {
    let way = ways::of_value(key, value);
    let is_looser = unwritten(&value.kind, way)
        .is_some_and(|nothing| way.direction(&nothing, &value.kind) == Direction::LessPrivate);
    match (is_found, way) {
        (true, Way::LessIsPrivate) => Some(Verdict::LessPrivate),
        _ if is_looser => Some(Verdict::LessPrivate),
        (true, _) => Some(Verdict::Judgement),
        (false, _) => None,
    }
}

/// The strictest value of a switch or a choice. Of times, numbers and lists the rules say which are too loose.
fn unwritten(kind: &Kind, way: Way) -> Option<Kind> {
    match (kind, way) {
        (Kind::Switch(_), Way::LessIsPrivate) => Some(Kind::Switch(false)),
        (Kind::Choice(..), Way::Ranked(ranks)) => {
            let strictest = ranks.first().and_then(|rank| rank.first())?;
            Some(Kind::Choice(0, strictest))
        }
        _ => None,
    }
}

impl Loose<'_> {
    fn change(self, lines: &Lines<'_>, found: &BTreeMap<String, &'static str>, is_added: bool) -> Change {
        let key = self.at.key.as_str();
        let value = lines.written(key).unwrap_or_else(|| self.value.kind.notation());
        let rule = found.get(key).copied();
        let subject = words::subject(key, &self.at.names);
        let baseline = lines.baseline(key);
        let there = Side { value: Some(value), line: lines.line(key), inherited: false, baseline };
        let nothing = Side { value: None, line: None, inherited: false, baseline: None };
        let sentence = words::of_loose(&subject, &self.value.kind, rule, is_added);
        let verdict = if is_added { self.verdict } else { turned(self.verdict) };
        let (old, new) = if is_added { (nothing, there) } else { (there, nothing) };
        Change { verdict, key: self.at.shown, sentence, old, new, cameras: None }
    }
}

fn turned(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::LessPrivate => Verdict::MorePrivate,
        other => other,
    }
}
