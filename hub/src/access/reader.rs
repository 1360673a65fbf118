//! A person who reads: in these roles, for this purpose, under the rules of this moment.
//!
//! Invariant: every event on its way to a person or program goes through [`Reader::show`].

use std::collections::BTreeSet;
use std::sync::Arc;

use velum_policy::EventField;
use velum_proto::v1::{Event, EventKind, Record, ReviewedRecord, Still, StoredRecord, Verdict, record::End};
use velum_recipients::{Action, Decision, Facts, Rule, Why};

use super::held::Held;
use super::rulebook::Rulebook;
use super::shown;
use crate::identity::Person;
use crate::store::{FoundEvent, ReviewedRow, Selection};

/// The longest `recipient` of the audit log, characters.
const RECIPIENT_CHARS: usize = 128;

/// One read, or one stream of them.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    pub(super) person: Person,
    pub(super) roles: BTreeSet<String>,
    pub(super) action: Action,
    pub(super) why: Why,
    pub(super) book: Arc<Rulebook>,
}

impl Reader {
    /// Who reads.
    pub(crate) fn person(&self) -> &Person {
        &self.person
    }

    /// What for.
    pub(crate) fn why(&self) -> &Why {
        &self.why
    }

    /// The roles, as the audit log names the recipient; none where there are none.
    pub(crate) fn recipient(&self) -> Option<String> {
        recipient_text(&self.roles)
    }

    /// Whether what is read is taken out.
    pub(crate) fn takes_out(&self) -> bool {
        self.action == Action::Export
    }

    /// Whether both are shown the same, whatever there is: the same person, by the same rules of the same moment.
    pub(crate) fn judges_like(&self, other: &Self) -> bool {
        (&self.person, &self.roles, self.action, &self.why)
            == (&other.person, &other.roles, other.action, &other.why)
            && Arc::ptr_eq(&self.book, &other.book)
    }

    /// The policy that decides, where there is only one.
    pub(crate) fn policy_digest(&self) -> Option<[u8; 32]> {
        let mut all = self.book.all();
        match (all.next(), all.next()) {
            (Some(only), None) => Some(only.terms().digest()),
            _ => None,
        }
    }

    /// Why this person is shown no event, whatever there is: they are no recipient. They are told so once, and never
    /// of an event, of its kind or of when it came. None for recipients.
    pub(crate) fn kept_out(&self) -> Option<Rule> {
        self.book.keeps_out(&self.roles)
    }

    /// The same, and whether every recipient that they are is under another law: nothing at all goes there.
    pub(crate) fn shut_out(&self) -> Option<Rule> {
        let by_law = || self.book.are_under_another_law(&self.roles).then_some(Rule::Regime);
        self.kept_out().or_else(by_law)
    }

    /// Whether they read nothing but what was reviewed: their recipients are beyond the control room, under LED.
    pub(crate) fn is_beyond_control_room(&self) -> bool {
        self.book.are_beyond_control_room(&self.roles)
    }

    /// Of a selection, what this person's pages are made of. Somebody who is no recipient would learn from the cursors
    /// of pages how many events of a kind there are.
    pub(crate) fn selection(&self, asked: &Selection) -> Selection {
        if self.kept_out().is_some() { asked.without_alerts() } else { asked.clone() }
    }

    /// The record with what this person may see of it, or the rule by which they see nothing. Numbers that expired or
    /// were lost tell of a box, and not of people; of withheld ones see [`shown::withheld`].
    pub(crate) fn show(&self, stored: StoredRecord, now_unix_ms: i64) -> Result<StoredRecord, Rule> {
        let sequence = stored.record.as_ref().map_or(0, |record| record.sequence);
        let event = match stored.record {
            Some(Record { end: Some(End::Event(event)), .. }) => event,
            Some(Record { end: Some(End::Withheld(withheld)), .. }) => {
                let is_recipient = self.kept_out().is_none();
                let (withheld, stored_unix_ms) =
                    shown::withheld(withheld, stored.stored_unix_ms, is_recipient);
                let record = Some(Record { sequence, end: Some(End::Withheld(withheld)) });
                return Ok(StoredRecord { stored_unix_ms, record, ..stored });
            }
            _ => return Ok(stored),
        };
        let fields = match self.decide(&event, stored.stored_unix_ms, now_unix_ms) {
            Decision::Allowed { fields, .. } => fields,
            Decision::Denied { rule } => return Err(rule),
        };
        let bin_ms = self.bin_ms(&event);
        let event = shown::only(event, &fields, bin_ms);
        let stored_unix_ms = shown::stored_unix_ms(&event, stored.stored_unix_ms, &fields, bin_ms);
        let end = Some(End::Event(event));
        Ok(StoredRecord { stored_unix_ms, record: Some(Record { sequence, end }), ..stored })
    }

    /// Those of the records that may be shown, and how many may not.
    pub(crate) fn sift(&self, records: Vec<StoredRecord>, now_unix_ms: i64) -> (Vec<StoredRecord>, Held) {
        let mut held = Held::default();
        let shown = records
            .into_iter()
            .filter_map(|record| self.show(record, now_unix_ms).inspect_err(|rule| held.add(*rule)).ok());
        let shown = shown.collect();
        (shown, self.kept_out().map_or(held, Held::all_by))
    }

    /// Whether this person may do this with the event.
    pub(crate) fn decide(&self, event: &Event, stored_unix_ms: i64, now_unix_ms: i64) -> Decision {
        if event.kind() == EventKind::CameraHealth && event.policy_digest.is_empty() {
            return without_policy();
        }
        let rules = match self.book.rules_of(&event.policy_digest) {
            Ok(rules) => rules,
            Err(rule) => return Decision::Denied { rule },
        };
        let Some(class) = class_of(event.kind()) else { return Decision::Denied { rule: Rule::EventClass } };
        let age_secs = age_secs(event, stored_unix_ms, now_unix_ms);
        let facts = Facts { class, regime: rules.terms().regime(), age_secs, is_reviewed: false };
        rules.decide(&self.roles, self.action, &facts, &self.why, now_unix_ms)
    }

    /// What this person may see of the event; nothing where they may not read it.
    pub(crate) fn fields_of(&self, found: &FoundEvent, now_unix_ms: i64) -> BTreeSet<EventField> {
        self.fields_of_event(&found.event, found.stored_unix_ms, now_unix_ms)
    }

    /// The same of an event that was stored then.
    pub(crate) fn fields_of_event(
        &self,
        event: &Event,
        stored_unix_ms: i64,
        now_unix_ms: i64,
    ) -> BTreeSet<EventField> {
        match self.decide(event, stored_unix_ms, now_unix_ms) {
            Decision::Allowed { fields, .. } => fields,
            Decision::Denied { .. } => BTreeSet::new(),
        }
    }

    /// Whether this person may read the event, for any of their purposes, whatever else they may not do with it: to
    /// nobody else is told that there is one.
    pub(crate) fn knows_of(&self, found: &FoundEvent, now_unix_ms: i64) -> bool {
        self.book.purposes(&self.roles).into_iter().any(|purpose| {
            let why = Why { purpose, justification: String::new() };
            let reader = Self { action: Action::Read, why, ..self.clone() };
            let decision = reader.decide(&found.event, found.stored_unix_ms, now_unix_ms);
            matches!(decision, Decision::Allowed { .. })
        })
    }

    /// Under which role, and of which class, this person may say what the alert was; and how many people must say
    /// the same before `action`. Only whoever may look at it, in the control room, may.
    pub(crate) fn reviewer(
        &self,
        found: &FoundEvent,
        action: &str,
        now_unix_ms: i64,
    ) -> Result<(String, u32), Rule> {
        let roles = match self.decide(&found.event, found.stored_unix_ms, now_unix_ms) {
            Decision::Allowed { roles, .. } => roles,
            Decision::Denied { rule } => return Err(rule),
        };
        let class = class_of(found.event.kind()).ok_or(Rule::EventClass)?;
        let terms = self.book.rules_of(&found.event.policy_digest)?.terms();
        let is_inside = |role: &&String| terms.recipients_of(role).all(|one| terms.is_inside(one));
        let role = roles.iter().find(is_inside).ok_or(Rule::Unreviewed)?;
        Ok((role.clone(), terms.reviewers(class, action)))
    }

    /// What this person may see of an alert that was decided.
    pub(crate) fn show_reviewed(
        &self,
        row: &ReviewedRow,
        found: FoundEvent,
        now_unix_ms: i64,
    ) -> Result<ReviewedRecord, Rule> {
        let FoundEvent { event, stored_unix_ms, .. } = found;
        let rules = self.book.rules_of(&event.policy_digest)?;
        let raw = class_of(event.kind()).ok_or(Rule::EventClass)?;
        let class = rules.terms().reviewed_class(raw);
        let age_secs = age_secs(&event, stored_unix_ms, now_unix_ms);
        let facts = Facts { class, regime: rules.terms().regime(), age_secs, is_reviewed: true };
        let fields = match rules.decide(&self.roles, self.action, &facts, &self.why, now_unix_ms) {
            Decision::Allowed { fields, .. } => fields,
            Decision::Denied { rule } => return Err(rule),
        };
        let is_told = |field| fields.contains(&field);
        let outcome = match (row.verdict, is_told(EventField::ReviewOutcome)) {
            (verdict, true) => verdict,
            (Verdict::Confirmed, false) => Verdict::Unspecified,
            // That it was wrong is told to whoever read it: LED 7(3), 16 (K).
            (_, false) => Verdict::Other,
        };
        Ok(ReviewedRecord {
            cursor: row.cursor,
            class: class.to_owned(),
            outcome: outcome.into(),
            reviewer_role: if is_told(EventField::ReviewerRole) { row.role.clone() } else { String::new() },
            review_secs: is_told(EventField::ReviewSeconds).then_some(row.review_secs),
            event: Some(shown::only(event, &fields, rules.terms().time_bin_ms())),
        })
    }

    /// The still with what this person may see beside the picture, of this event.
    pub(crate) fn only_still(&self, still: Still, of: &Event, fields: &BTreeSet<EventField>) -> Still {
        shown::still(still, fields, self.bin_ms(of))
    }

    /// The coarsest bin of time of all policies here; 0 where none has one.
    pub(crate) fn time_bin_ms(&self) -> i64 {
        self.book.all().filter_map(|rules| rules.terms().time_bin_ms()).max().unwrap_or(0)
    }

    /// The largest `min_group` of all policies here.
    pub(crate) fn least_group(&self) -> u32 {
        self.book.all().map(|rules| rules.terms().min_group()).max().unwrap_or(u32::MAX)
    }

    fn bin_ms(&self, event: &Event) -> Option<i64> {
        self.book.rules_of(&event.policy_digest).ok().and_then(|rules| rules.terms().time_bin_ms())
    }
}

/// A box without a policy says so of its cameras, and nothing else: coverage tells everybody the same.
fn without_policy() -> Decision {
    let fields = [EventField::Camera, EventField::Site, EventField::Time, EventField::HealthCode];
    Decision::Allowed { fields: BTreeSet::from(fields), roles: BTreeSet::new() }
}

/// The longer of the times since it was and since it came: a clock that runs ahead makes nothing younger.
pub(super) fn age_secs(event: &Event, stored_unix_ms: i64, now_unix_ms: i64) -> i64 {
    let was_unix_ms = event.time.as_ref().map_or(stored_unix_ms, |time| time.unix_ms.min(stored_unix_ms));
    let age_ms = now_unix_ms.saturating_sub(was_unix_ms).max(0);
    age_ms.div_euclid(1_000).saturating_add(i64::from(age_ms.rem_euclid(1_000) > 0))
}

/// Roles as the audit log takes them.
pub(crate) fn recipient_text(roles: &BTreeSet<String>) -> Option<String> {
    let all = roles.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    (!all.is_empty()).then(|| all.chars().take(RECIPIENT_CHARS).collect())
}

/// The class that a policy declares under `[[event]]` for events of a kind, as the gate on the box has it.
pub(crate) fn class_of(kind: EventKind) -> Option<&'static str> {
    match kind {
        EventKind::Unspecified => None,
        EventKind::AbandonedObject => Some("abandoned_object_alert"),
        EventKind::CrowdDensity => Some("crowd_density_level"),
        EventKind::CrowdMovement => Some("crowd_movement_alert"),
        EventKind::CameraHealth => Some("camera_health"),
    }
}
