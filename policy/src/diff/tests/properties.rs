//! Laws that hold for any two policies: nothing differs from itself, what is stricter than both is less private
//! than neither, and to turn a change around turns its direction around.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::duration::PolicyDuration;
use crate::layers::{Egress, Method, OnFailure, Ptz, RawStore, Target};
use crate::order::{Allow, AtLeast, AtMost, Finite, Forbid, PrivacyOrder, PrivateWhenOff, PrivateWhenOn};
use crate::sections::{
    BoxPrecision, Document, EventField, Imagery, LocationPrecision, RetentionClass, ZoneKind,
};

/// A stream of choices.
struct Dice<'d>(std::slice::Iter<'d, u8>);

impl Dice<'_> {
    fn roll(&mut self, sides: u8) -> u8 {
        self.0.next().copied().unwrap_or(0) % sides
    }
    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::from(self.roll(u8::try_from(of.len()).unwrap()))].clone()
    }
    fn whole(&mut self) -> u32 {
        u32::from(self.roll(4))
    }
    fn time(&mut self) -> PolicyDuration {
        PolicyDuration::from_secs(u64::from(self.roll(4)) * 3_600)
    }
    fn on(&mut self) -> bool {
        self.roll(2) == 1
    }
    fn some<T: Ord + Clone>(&mut self, of: &[T]) -> BTreeSet<T> {
        of.iter().filter(|_| self.on()).cloned().collect()
    }
    /// Written or not.
    fn maybe<T>(&mut self, value: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let value = value(self);
        (self.roll(3) > 0).then_some(value)
    }
    fn number(&mut self) -> Finite {
        Finite::new(f64::from(self.roll(4)) / 4.0).unwrap()
    }
    fn words(&mut self) -> BTreeSet<String> {
        self.some(&["a", "b", "c"].map(str::to_owned))
    }
}

/// The fields that sites and cameras may tighten, all of them, at one level.
macro_rules! roll_layers {
    ($on:expr, $dice:expr) => {{
        let (on, dice) = (&mut *$on, &mut *$dice);
        on.capture.audio = dice.maybe(|d| PrivateWhenOff(d.on()));
        on.capture.ptz = dice.maybe(|d| d.one(Ptz::ALL));
        on.capture.max_fps = dice.maybe(|d| AtMost(d.whole()));
        on.capture.raw_store = dice.maybe(|d| d.one(RawStore::ALL));
        on.capture.raw_lifetime = dice.maybe(|d| AtMost(d.time()));
        on.aggregation.min_group = dice.maybe(|d| AtLeast(d.whole()));
        on.aggregation.live_levels = dice.maybe(|d| Allow(d.words()));
        on.aggregation.dp_epsilon_per_day = dice.maybe(|d| AtMost(d.number()));
        on.redaction.imagery_egress = dice.maybe(|d| d.one(Egress::ALL));
        on.redaction.targets = dice.maybe(|d| Forbid(d.some(Target::ALL)));
        on.redaction.method = dice.maybe(|d| d.one(Method::ALL));
        on.redaction.margin = dice.maybe(|d| AtLeast(d.number()));
        on.redaction.on_overload = dice.maybe(|d| d.one(OnFailure::ALL));
        on.redaction.metadata_strip = dice.maybe(|d| PrivateWhenOn(d.on()));
        on.retention.event = dice.maybe(|d| AtMost(d.time()));
        on.retention.audit_log = dice.maybe(|d| AtLeast(d.time()));
    }};
}

/// The same fields, met. What is not written at the top is the strictest; below it is what is above.
macro_rules! meet_layers {
    ($on:expr, $other:expr, $meet:ident) => {{
        let (on, other) = (&mut *$on, $other);
        $meet!(on, other, capture: audio ptz max_fps raw_store raw_lifetime);
        $meet!(on, other, aggregation: min_group live_levels dp_epsilon_per_day);
        $meet!(on, other, redaction: imagery_egress targets method margin on_overload metadata_strip);
        $meet!(on, other, retention: event audit_log);
    }};
}
macro_rules! meet_city {
    ($on:ident, $other:ident, $table:ident: $($field:ident)+) => {{
        let (a, b) = ($on.$table.filled(), $other.$table.filled());
        $($on.$table.$field = Some(a.$field.meet(&b.$field));)+
    }};
}
macro_rules! meet_patch {
    ($on:ident, $other:ident, $table:ident: $($field:ident)+) => {{
        $($on.$table.$field = match (&$on.$table.$field, &$other.$table.$field) {
            (Some(a), Some(b)) => Some(a.meet(b)),
            (a, b) => a.clone().or_else(|| b.clone()),
        };)+
    }};
}

fn rolled(base: &PolicyFile, bytes: &[u8]) -> PolicyFile {
    let dice = &mut Dice(bytes.iter());
    base.edited(|document| {
        roll_layers!(document, dice);
        roll_layers!(document.site.get_mut("marktplein").unwrap(), dice);
        roll_layers!(document.camera.get_mut("mp-01").unwrap(), dice);
        document.analytics.allow = Allow(dice.words());
        document.analytics.forbid = Forbid(dice.words());
        document.precision.location = dice.one(LocationPrecision::ALL);
        document.precision.boxes = dice.one(BoxPrecision::ALL);
        document.precision.time = AtLeast(dice.time());
        document.change_control.quorum = AtLeast(dice.whole());
        for event in &mut document.event {
            event.fields = Allow(dice.some(&[EventField::Zone, EventField::Level, EventField::Time]));
        }
        for recipient in &mut document.recipient {
            recipient.max_age = AtMost(dice.time());
            recipient.purposes = Allow(dice.words());
        }
        roll_undirected(document, dice);
    })
}

/// What has no meet: texts, switches, dates, and whether entries are there at all.
fn roll_undirected(document: &mut Document, dice: &mut Dice<'_>) {
    document.recipient.retain(|_| dice.roll(4) > 0);
    document.model.retain(|_| dice.roll(4) > 0);
    document.controller.name = dice.one(&["A", "B"]).to_owned();
    document.camera.get_mut("mp-02").unwrap().zone.retain(|_| dice.on());
    document.camera.get_mut("mp-01").unwrap().zone[0].kind = dice.one(ZoneKind::ALL);
    document.event[0].retention = dice.one(RetentionClass::ALL);
    document.event[0].imagery = dice.one(Imagery::ALL);
    document.site.get_mut("marktplein").unwrap().schedule.truncate(usize::from(dice.roll(3)));
    if dice.on() {
        document.rights = None;
    }
    if let Some(security) = &mut document.security {
        security.secure_boot = dice.on();
    }
    if dice.on() {
        document.policy.expires = document.policy.review_by;
    }
}

/// The strictest of both, as far as there is one; all else is that of `a`.
fn met(a: &PolicyFile, b: &PolicyFile) -> PolicyFile {
    let other = b.document();
    a.edited(|document| {
        meet_layers!(document, other, meet_city);
        meet_layers!(document.site.get_mut("marktplein").unwrap(), &other.site["marktplein"], meet_patch);
        meet_layers!(document.camera.get_mut("mp-01").unwrap(), &other.camera["mp-01"], meet_patch);
        document.analytics.allow = document.analytics.allow.meet(&other.analytics.allow);
        document.analytics.forbid = document.analytics.forbid.meet(&other.analytics.forbid);
        document.precision.location = document.precision.location.meet(&other.precision.location);
        document.precision.boxes = document.precision.boxes.meet(&other.precision.boxes);
        document.precision.time = document.precision.time.meet(&other.precision.time);
        document.change_control.quorum = document.change_control.quorum.meet(&other.change_control.quorum);
        for (event, other) in document.event.iter_mut().zip(&other.event) {
            event.fields = event.fields.meet(&other.fields);
        }
        document.recipient.retain(|one| other.recipient.iter().any(|also| also.role == one.role));
        for recipient in &mut document.recipient {
            let also = other.recipient.iter().find(|also| also.role == recipient.role).unwrap();
            recipient.max_age = recipient.max_age.meet(&also.max_age);
            recipient.purposes = recipient.purposes.meet(&also.purposes);
        }
    })
}

fn turned(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::LessPrivate => Verdict::MorePrivate,
        Verdict::MorePrivate => Verdict::LessPrivate,
        other => other,
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn laws_of_the_diff(a in bytes(), b in bytes()) {
        let base = file(&example(GDPR));
        let (a, b) = (rolled(&base, &a), rolled(&base, &b));
        let at = day("2026-11-20");

        let itself = PolicyDiff::between(&a, &a, at);
        prop_assert_eq!(itself.verdict, Verdict::Same);
        prop_assert!(itself.changes.is_empty() && itself.cameras.is_empty() && itself.needs.is_empty());

        for stricter in [met(&a, &b), met(&a, &a)] {
            let diff = PolicyDiff::between(&a, &stricter, at);
            let looser: Vec<_> = diff.that(Verdict::LessPrivate).collect();
            prop_assert!(looser.is_empty(), "{:?}", looser);
            let looser: Vec<_> = diff.cameras.iter().filter(|one| one.verdict == Verdict::LessPrivate).collect();
            prop_assert!(looser.is_empty(), "{:?}", looser);
        }

        let (there, back) = (PolicyDiff::between(&a, &b, at), PolicyDiff::between(&b, &a, at));
        let keys = |diff: &PolicyDiff, turn: fn(Verdict) -> Verdict| -> BTreeSet<(String, Verdict)> {
            diff.changes.iter().map(|one| (one.key.clone(), turn(one.verdict))).collect()
        };
        prop_assert_eq!(keys(&there, turned), keys(&back, |same| same));
        let cameras = |diff: &PolicyDiff, turn: fn(Verdict) -> Verdict| -> BTreeSet<_> {
            diff.cameras
                .iter()
                .flat_map(|one| one.cameras.iter().map(|camera| (camera.clone(), one.key.clone(), turn(one.verdict))))
                .collect()
        };
        prop_assert_eq!(cameras(&there, turned), cameras(&back, |same| same));
        let fields = |change: &Change| (change.old.value.clone(), change.new.value.clone());
        for change in &there.changes {
            let other = back.changes.iter().find(|other| other.key == change.key).unwrap();
            let (new, old) = fields(other);
            prop_assert_eq!(fields(change), (old, new));
        }
    }
}
