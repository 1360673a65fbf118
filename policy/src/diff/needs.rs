//! What a change needs before it may hold: the diff gate, rules DIF-001 to DIF-008 of the reference.
//!
//! A rule says what the files themselves show to be met or open, and leaves to people what no file can show. Each
//! rule that the change touches says something.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::diff::{Change, Verdict};
use crate::sections::{ChangeControl, Document, Dpia, Regime};

/// One thing that is needed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The rule, for example `DIF-001`.
    pub rule: &'static str,
    /// Whether it is met.
    pub state: State,
    /// What is needed, in a sentence.
    pub sentence: String,
}

/// How far a need is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The new file shows that it is.
    Met,
    /// The new file shows that it is not.
    Open,
    /// No file can show it: people do it.
    People,
}

/// What this change needs, rule by rule.
pub(super) fn of(
    (old, new): (&Document, &Document),
    (verdict, moved): (Verdict, Vec<String>),
    changes: &[Change],
    at: Timestamp,
) -> Vec<Need> {
    if verdict == Verdict::Same {
        return Vec::new();
    }
    let mut gate = Gate { old, new, changes, at, needs: Vec::new() };
    gate.identity();
    for sentence in moved {
        gate.need("DIF-001", State::People, sentence);
    }
    match verdict {
        Verdict::LessPrivate => gate.less_private(),
        Verdict::Judgement => gate.judgement(),
        Verdict::MorePrivate | Verdict::EveryVersion => gate.more_private(),
        Verdict::Same => {}
    }
    gate.forbid();
    gate.expires();
    gate.records();
    gate.signs();
    gate.needs
}

struct Gate<'d> {
    old: &'d Document,
    new: &'d Document,
    changes: &'d [Change],
    at: Timestamp,
    needs: Vec<Need>,
}

impl Gate<'_> {
    fn need(&mut self, rule: &'static str, state: State, sentence: String) {
        self.needs.push(Need { rule, state, sentence });
    }

    fn met(&mut self, rule: &'static str, is_met: bool, met: String, open: String) {
        let (state, sentence) = if is_met { (State::Met, met) } else { (State::Open, open) };
        self.need(rule, state, sentence);
    }

    /// Whether anything below this key is written otherwise.
    fn touches(&self, key: &str) -> bool {
        self.changes.iter().any(|change| {
            change.key.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The article, under the law of the new policy, with the mark of how well it was read.
    fn law(&self, gdpr: &'static str, led: &'static str) -> &'static str {
        match self.new.policy.regime {
            Regime::Gdpr => gdpr,
            Regime::Led => led,
        }
    }

    /// DIF-005.
    fn identity(&mut self) {
        let (old, new) = (&self.old.policy, &self.new.policy);
        let moved = [
            (old.regime != new.regime).then(|| format!("regime from `{}` to `{}`", old.regime, new.regime)),
            (old.country != new.country)
                .then(|| format!("country from `{}` to `{}`", old.country, new.country)),
        ];
        let moved = moved.into_iter().flatten().collect::<Vec<_>>().join(" and ");
        if !moved.is_empty() {
            self.met(
                "DIF-005",
                old.id != new.id,
                format!("Another {moved}: it has an id of its own, `{}`.", new.id),
                format!(
                    "The {moved} never changes in place: give the new policy another `policy.id` than `{}`.",
                    old.id
                ),
            );
        } else if old.id != new.id {
            let sentence = format!(
                "`{}` and `{}` are two policies, not two versions of one: a box takes the second only after it \
                 was set up anew.",
                old.id, new.id
            );
            self.need("DIF-005", State::People, sentence);
        }
    }

    fn less_private(&mut self) {
        const RULE: &str = "DIF-001";
        self.quorum(RULE);
        let sentence = format!(
            "The data protection officer gives an opinion on the change. It is advice: it neither approves nor \
             blocks ({}).",
            self.law("GDPR Art 35(2), 38(6), 39(1)(c) [K]", "LED Art 34(c) [K]")
        );
        self.need(RULE, State::People, sentence);
        self.cooling_off(RULE);
        self.version(RULE);
        self.coverage(RULE);
    }

    fn judgement(&mut self) {
        const RULE: &str = "DIF-002";
        self.quorum(RULE);
        let sentence = "Somebody writes down why the change is right, where a person must judge; it is kept with \
                        the signed policy.";
        self.need(RULE, State::People, sentence.to_owned());
        self.version(RULE);
    }

    fn more_private(&mut self) {
        const RULE: &str = "DIF-003";
        let sentence = if self.old.change_control.tighten_alone {
            "One approver may decide this, at once (change_control.tighten_alone of the old policy)."
                .to_owned()
        } else {
            let quorum = self.needed_signatures();
            format!("{quorum} approvers sign: change_control.tighten_alone of the old policy is not on.")
        };
        self.need(RULE, State::People, sentence);
        self.version(RULE);
    }

    fn needed_signatures(&self) -> u32 {
        self.old.change_control.quorum.0.max(self.new.change_control.quorum.0)
    }

    fn quorum(&mut self, rule: &'static str) {
        let needed = self.needed_signatures();
        let roles = |control: &ChangeControl| {
            control.approver.iter().map(|approver| approver.role.clone()).collect::<Vec<_>>().join(", ")
        };
        let sentence = format!("{needed} approvers sign, of: {}.", roles(&self.old.change_control));
        self.need(rule, State::People, sentence);
    }

    fn cooling_off(&mut self, rule: &'static str) {
        let Some(wait) = &self.old.change_control.loosening_cooling_off else {
            let open = "The old policy has no change_control.loosening_cooling_off, which means that a loosening \
                        waits without end: write one first, for example \"P3D\", as a change of its own.";
            self.need(rule, State::Open, open.to_owned());
            return;
        };
        let wait = wait.0;
        let pause = SignedDuration::try_from(wait.get()).unwrap_or(SignedDuration::MAX);
        let earliest = self.at.checked_add(pause).unwrap_or(Timestamp::MAX);
        let from = self.new.policy.effective_from;
        let date = |moment: Timestamp| moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        self.met(
            rule,
            from.starts() >= earliest,
            format!(
                "It waits {wait} after the officer's opinion (change_control.loosening_cooling_off): given on {}, \
                 it may hold from {} on, and policy.effective_from is {from}.",
                date(self.at),
                date(earliest)
            ),
            format!(
                "It waits {wait} after the officer's opinion (change_control.loosening_cooling_off): given on {}, \
                 it may hold from {} on, but policy.effective_from is {from}; write that day or a later one.",
                date(self.at),
                date(earliest)
            ),
        );
    }

    fn version(&mut self, rule: &'static str) {
        let (old, new) = (self.old.policy.version, self.new.policy.version);
        if self.old.policy.id != self.new.policy.id {
            return;
        }
        self.met(
            rule,
            new > old,
            format!("The version grows from {old} to {new}."),
            format!(
                "The version must grow: policy.version is {new} after {old}; write for example \"{}\". A box \
                 takes no other contents under a version that it knows.",
                old.next()
            ),
        );
    }

    fn dpia(&self) -> (Option<&Dpia>, Option<&Dpia>) {
        let of = |document| -> Option<&Dpia> {
            let document: &Document = document;
            document.supervision.as_ref().map(|supervision| &supervision.dpia)
        };
        (of(self.old), of(self.new))
    }

    fn coverage(&mut self, rule: &'static str) {
        let version = self.new.policy.version.to_string();
        let law = self.law("GDPR Art 35(11) [K]", "LED Art 27 [K]");
        match self.dpia().1.map(|dpia| (dpia.covers_policy.clone(), dpia.reference.clone())) {
            None => {
                let open = format!(
                    "The new policy names no impact assessment: what is less private is assessed first ({law}); \
                     write [supervision.dpia]."
                );
                self.need(rule, State::Open, open);
            }
            Some((covers, reference)) => self.met(
                rule,
                covers == version && version != self.old.policy.version.to_string(),
                format!("The impact assessment {reference} says that it covers {version} ({law})."),
                format!(
                    "The impact assessment must be reviewed and cover the new version ({law}): \
                     supervision.dpia.covers_policy is \"{covers}\"; write the new version there."
                ),
            ),
        }
    }

    /// DIF-004.
    fn forbid(&mut self) {
        const RULE: &str = "DIF-004";
        let (old, new) = (&self.old.analytics.forbid.0, &self.new.analytics.forbid.0);
        let gone: Vec<_> = old.difference(new).map(|one| format!("\"{one}\"")).collect();
        if gone.is_empty() {
            return;
        }
        let gone = gone.join(", ");
        let (from, to) = (self.old.policy.version, self.new.policy.version);
        self.met(
            RULE,
            to.major() > from.major(),
            format!("{gone} is no longer forbidden: the version is a new major one, {to}."),
            format!(
                "{gone} is no longer forbidden: that needs a new major version; write policy.version = \"{}\".",
                from.next_major()
            ),
        );
        let (old_dpia, new_dpia) = self.dpia();
        let is_new = new_dpia.is_some_and(|new| {
            old_dpia
                .is_none_or(|old| old.sha256 != new.sha256 && old.completed.starts() < new.completed.starts())
        });
        self.met(
            RULE,
            is_new,
            format!("{gone} is no longer forbidden: there is a new impact assessment."),
            format!(
                "{gone} is no longer forbidden: that needs a new impact assessment, not the old one; write its \
                 ref, sha256 and completed into [supervision.dpia]."
            ),
        );
    }

    /// DIF-006.
    fn expires(&mut self) {
        let (old, new) = (self.old.policy.expires, self.new.policy.expires);
        if new.ends() > old.ends() {
            let sentence = format!(
                "It ends later ({new} instead of {old}): there is a record of a review of the need that is newer \
                 than {}, when the old policy began to hold.",
                self.old.policy.effective_from
            );
            self.need("DIF-006", State::People, sentence);
        }
    }

    /// DIF-007.
    fn records(&mut self) {
        let (old, new) = (read(self.old), read(self.new));
        let is_known = |role: &str| old.iter().any(|(known, _)| *known == role);
        let roles: BTreeSet<_> = new
            .difference(&old)
            .map(|(role, field)| match field {
                Some(field) if is_known(role) => format!("field `{field}` for the recipient `{role}`"),
                _ => format!("recipient `{role}`"),
            })
            .collect();
        let (old, new) = (fields(self.old), fields(self.new));
        let is_known = |class: &str| old.iter().any(|(known, _)| *known == class);
        let told: BTreeSet<_> = new
            .difference(&old)
            .map(|(class, field)| match is_known(class) {
                true => format!("field `{field}` of `{class}`"),
                false => format!("class of event `{class}`"),
            })
            .collect();
        let added: Vec<_> = roles.into_iter().chain(told).collect();
        if added.is_empty() {
            return;
        }
        let registers = self.new.notice.as_ref().map(|notice| notice.registers.join(", "));
        let registers = registers.filter(|names| !names.is_empty());
        let entries = registers.map_or_else(String::new, |names| {
            format!(", and the entries in the registers ({names}) renewed")
        });
        let law = self.law("GDPR Art 30 [K]", "LED Art 24 [K]");
        let sentence = format!(
            "New: {}. The records of processing ({law}) are made anew of the new policy{entries}.",
            added.join(", ")
        );
        self.need("DIF-007", State::People, sentence);
    }

    /// DIF-008.
    fn signs(&mut self) {
        let subjects = [("purpose", "purposes"), ("recipient", "recipients"), ("retention", "retention")];
        let of_sites = self.changes.iter().any(|change| change.key.contains(".retention."));
        let changed: Vec<_> = subjects
            .into_iter()
            .filter(|(key, _)| self.touches(key) || (*key == "retention" && of_sites))
            .map(|(_, name)| name)
            .collect();
        if changed.is_empty() {
            return;
        }
        let changed = changed.join(" and ");
        let from = self.new.policy.effective_from;
        let checked = self.new.notice.as_ref().map(|notice| notice.last_checked);
        let sentence = format!(
            "The {changed} changed: the signs and the full notice get a new text, and once it holds ({from}) \
             somebody looks at the signs and writes that day into notice.last_checked ({}).",
            checked.map_or_else(|| "not written".to_owned(), |day| format!("now {day}"))
        );
        // Before the policy holds there is nothing to look at.
        let is_met = checked.is_some_and(|day| day.ends() > from.starts());
        self.need("DIF-008", if is_met { State::Met } else { State::People }, sentence);
    }
}

/// Who may read which field, and that a recipient is there at all.
fn read(document: &Document) -> BTreeSet<(&str, Option<&str>)> {
    let of = document.recipient.iter();
    of.flat_map(|one| {
        let fields = one.fields.0.iter().map(|field| Some(field.name()));
        std::iter::once(None).chain(fields).map(|field| (one.role.as_str(), field))
    })
    .collect()
}

/// Which class may tell which field.
fn fields(document: &Document) -> BTreeSet<(&str, &str)> {
    let of = document.event.iter();
    of.flat_map(|event| event.fields.0.iter().map(|field| (event.class.as_str(), field.name()))).collect()
}
