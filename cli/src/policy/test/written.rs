//! A file of cases, as it is written. Every table refuses keys that it does not know.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use velum_gate::EventKind;
use velum_policy::{EventField, PolicyDuration};
use velum_recipients::Action;
use velum_vocab::{AlertState, CoverageState, MovementPattern, ObjectClass, PictureDirection, Timestamp};

use super::answer::Answer;
use super::told::{Codes, Released};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenFile {
    /// The policy, relative to this file.
    pub(super) policy: Option<String>,
    #[serde(default)]
    pub(super) case: Vec<Written>,
}

/// `[[case]]`: a moment, one thing that is asked, and what must come of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) at: Moment,
    pub(super) camera: Option<String>,
    pub(super) recipient: Option<String>,

    // Of the box.
    pub(super) abandoned_object: Option<WrittenObject>,
    pub(super) crowd_density: Option<WrittenDensity>,
    pub(super) crowd_movement: Option<WrittenMovement>,
    pub(super) camera_health: Option<WrittenHealth>,
    pub(super) coverage: Option<WrittenCoverage>,
    pub(super) keep_still: Option<WrittenKind>,
    pub(super) ask_still: Option<WrittenAsking>,
    pub(super) maintenance_still: Option<Nothing>,
    pub(super) trial: Option<WrittenKind>,
    // Of the hub.
    pub(super) read: Option<WrittenReading>,
    pub(super) export: Option<WrittenReading>,
    pub(super) see_still: Option<WrittenReading>,

    // What must come of it.
    pub(super) released: Option<Released>,
    pub(super) withheld: Option<String>,
    pub(super) tried: Option<String>,
    pub(super) shown: Option<Vec<EventField>>,
    pub(super) held_back: Option<String>,
}

/// One thing that is asked.
#[derive(Debug)]
pub(super) enum Asking<'w> {
    Object(&'w WrittenObject),
    Density(&'w WrittenDensity),
    Movement(&'w WrittenMovement),
    Health(&'w WrittenHealth),
    Coverage(&'w WrittenCoverage),
    KeepStill(&'w WrittenKind),
    AskStill(&'w WrittenAsking),
    MaintenanceStill,
    Trial(&'w WrittenKind),
    Reading(Action, &'w WrittenReading),
}

impl Written {
    /// All that is asked, by its key: one thing, in a case that is one.
    pub(super) fn asked(&self) -> Vec<(&'static str, Asking<'_>)> {
        let reading = |action| move |reading| Asking::Reading(action, reading);
        let all = [
            ("abandoned_object", self.abandoned_object.as_ref().map(Asking::Object)),
            ("crowd_density", self.crowd_density.as_ref().map(Asking::Density)),
            ("crowd_movement", self.crowd_movement.as_ref().map(Asking::Movement)),
            ("camera_health", self.camera_health.as_ref().map(Asking::Health)),
            ("coverage", self.coverage.as_ref().map(Asking::Coverage)),
            ("keep_still", self.keep_still.as_ref().map(Asking::KeepStill)),
            ("ask_still", self.ask_still.as_ref().map(Asking::AskStill)),
            ("maintenance_still", self.maintenance_still.as_ref().map(|Nothing {}| Asking::MaintenanceStill)),
            ("trial", self.trial.as_ref().map(Asking::Trial)),
            ("read", self.read.as_ref().map(reading(Action::Read))),
            ("export", self.export.as_ref().map(reading(Action::Export))),
            ("see_still", self.see_still.as_ref().map(reading(Action::SeeStill))),
        ];
        all.into_iter().filter_map(|(key, asking)| Some((key, asking?))).collect()
    }

    /// All that must come of it, by its key.
    pub(super) fn expected(&self) -> Vec<(&'static str, Answer)> {
        let shown =
            |fields: &Vec<EventField>| Answer::Shown(fields.iter().map(|field| field.name()).collect());
        let all = [
            ("released", self.released.as_ref().map(|released| Answer::Released(released.fields()))),
            ("withheld", self.withheld.clone().map(Answer::Withheld)),
            ("tried", self.tried.clone().map(Answer::Tried)),
            ("shown", self.shown.as_ref().map(shown)),
            ("held_back", self.held_back.clone().map(Answer::HeldBack)),
        ];
        all.into_iter().filter_map(|(key, answer)| Some((key, answer?))).collect()
    }
}

/// An object that nobody attends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenObject {
    pub(super) zone: String,
    #[serde(default)]
    pub(super) state: State,
    /// None: something that no detector names.
    pub(super) object: Option<OneOf<ObjectClass>>,
    pub(super) unattended: PolicyDuration,
    #[serde(default)]
    pub(super) confidence: Confidence,
    #[serde(default)]
    pub(super) explanation: Codes,
}

/// A zone's crowd level.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenDensity {
    pub(super) zone: String,
    #[serde(default)]
    pub(super) state: State,
    pub(super) level: String,
    pub(super) previous_level: Option<String>,
    pub(super) persons: Number,
    pub(super) persons_per_m2: Option<Number>,
    #[serde(default)]
    pub(super) confidence: Confidence,
    #[serde(default)]
    pub(super) explanation: Codes,
}

/// A crowd that moves unusually.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenMovement {
    pub(super) zone: String,
    #[serde(default)]
    pub(super) state: State,
    pub(super) pattern: OneOf<MovementPattern>,
    pub(super) persons: Number,
    pub(super) speed_m_per_s: Number,
    pub(super) direction: Option<OneOf<PictureDirection>>,
    #[serde(default)]
    pub(super) confidence: Confidence,
    #[serde(default)]
    pub(super) explanation: Codes,
}

/// The state of a camera.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenHealth {
    pub(super) state: OneOf<CoverageState>,
}

/// A camera's hour.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenCoverage {
    pub(super) missing_stills: u32,
}

/// Of which kind of alert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenKind {
    pub(super) of: OneOf<EventKind>,
}

/// Somebody asks the box for a still that it has kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenAsking {
    pub(super) of: OneOf<EventKind>,
    /// Of the picture.
    pub(super) age: PolicyDuration,
    pub(super) purpose: String,
    #[serde(default)]
    pub(super) reason: String,
}

/// Nothing need be said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// Somebody reads on the hub.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenReading {
    /// A class of `[[event]]`.
    pub(super) event: String,
    /// Of the event.
    pub(super) age: PolicyDuration,
    pub(super) purpose: String,
    #[serde(default)]
    pub(super) reason: String,
    /// Whether people have reviewed it.
    #[serde(default)]
    pub(super) reviewed: bool,
}

/// A moment, with its offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) jiff::Timestamp);

impl Moment {
    /// Every moment that the gate tells is within the calendar, or it tells none.
    pub(super) fn of(at: Timestamp) -> Self {
        Self(jiff::Timestamp::from_microsecond(at.unix_micros()).unwrap_or(jiff::Timestamp::MAX))
    }

    pub(super) fn timestamp(self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.as_microsecond())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::value::Datetime::deserialize(deserializer)?;
        written.to_string().parse().map(Self).map_err(|_| {
            de::Error::custom(
                "expected a date and time with its offset; write for example `2026-12-03T10:15:00+01:00`, \
                 without quotes",
            )
        })
    }
}

/// A number, zero or more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number(pub(super) f64);

impl fmt::Display for Number {
    /// To a thousandth.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3}", self.0);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if (0.0..1e9).contains(&number) {
            return Ok(Self(number));
        }
        Err(de::Error::custom("expected a number, zero or more; write for example `42` or `1.5`"))
    }
}

/// How sure the rule is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Confidence(pub(super) f32);

impl Default for Confidence {
    fn default() -> Self {
        Self(0.9)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f32::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&number) {
            return Ok(Self(number));
        }
        Err(de::Error::custom("expected a number from 0 to 1; write for example `0.9`"))
    }
}

/// Beginning, change or end of an alert.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    #[default]
    Raised,
    Updated,
    Cleared,
}

impl From<State> for AlertState {
    fn from(state: State) -> Self {
        match state {
            State::Raised => Self::Raised,
            State::Updated => Self::Updated,
            State::Cleared => Self::Cleared,
        }
    }
}

/// Something that a name is written for.
pub(super) trait Named: Copy + 'static {
    fn all() -> Vec<(&'static str, Self)>;
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneOf<T>(pub(super) T);

impl<'de, T: Named> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let all = T::all();
        if let Some((_, one)) = all.iter().find(|(known, _)| *known == name) {
            return Ok(Self(*one));
        }
        let names: Vec<_> = all.iter().map(|(known, _)| format!("`{known}`")).collect();
        Err(de::Error::custom(format!("unknown variant, expected one of {}", names.join(", "))))
    }
}

impl Named for ObjectClass {
    fn all() -> Vec<(&'static str, Self)> {
        let bags = Self::ALL.into_iter().filter(|class| class.is_bag());
        bags.map(|class| (class.name(), class)).collect()
    }
}

impl Named for MovementPattern {
    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|pattern| (pattern.name(), pattern)).collect()
    }
}

impl Named for PictureDirection {
    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|sector| (sector.name(), sector)).collect()
    }
}

impl Named for CoverageState {
    fn all() -> Vec<(&'static str, Self)> {
        Self::ALL.into_iter().map(|state| (state.name(), state)).collect()
    }
}

impl Named for EventKind {
    fn all() -> Vec<(&'static str, Self)> {
        let computed = Self::ALL.into_iter().filter(|kind| kind.analytic().is_some());
        computed.map(|kind| (kind.name(), kind)).collect()
    }
}
