//! What leaves, field by field: as a file of cases expects it, and as the gate released it. Both are the same type in
//! the same notation, so that what was found can be pasted into the file.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use velum_gate::{
    ConfidenceBand, CountBand, ReleasedBody, ReleasedCoverage, ReleasedHealth, ReleasedInterval,
    ReleasedObservation, ReleasedStillAsked, ReleasedTime, SpeedBand,
};
use velum_policy::PolicyDuration;
use velum_vocab::{Explanation, ExplanationCode, Validity};

use super::written::{Moment, Number};
use crate::policy::notation::quoted;

/// How a value is written in a file of cases.
trait Notation {
    fn notation(&self) -> String;
}

macro_rules! released {
    ($($(#[$doc:meta])* $field:ident: $kind:ty),+ $(,)?) => {
        /// What leaves. A field that is not there does not leave.
        #[derive(Debug, Clone, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Released { $($(#[$doc])* $field: Option<$kind>),+ }

        impl Released {
            /// Each field in its notation.
            pub(super) fn fields(&self) -> BTreeMap<&'static str, String> {
                let mut fields = BTreeMap::new();
                $(if let Some(value) = &self.$field {
                    fields.insert(stringify!($field), value.notation());
                })+
                // No condition at all is no field.
                fields.retain(|_, value| value != NOTHING);
                fields
            }
        }
    };
}

released! {
    alert_id: Yes,
    site: String,
    camera: String,
    zone: String,
    grid_cell: String,
    time: Time,
    time_bin: Time,
    time_first_seen: Time,
    confidence_band: String,
    validity: String,
    explanation: Codes,
    model_id: Yes,
    policy_digest: Yes,
    still_ref: Yes,
    object_kind: String,
    dwell_band: Lasted,
    level: String,
    previous_level: String,
    count_rounded: Count,
    persons_per_m2: Density,
    movement: String,
    speed_band: Speed,
    direction_sector: String,
    health_code: String,
    /// Of a still that is asked for: when it was taken.
    captured: Time,
    /// Of an hour of coverage: how many alerts have no still.
    missing_stills: u32,
}

const NOTHING: &str = "{}";

/// A field that leaves, whose value nobody can know before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Yes;

/// A time, rounded down.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Time {
    at: Moment,
    precision: PolicyDuration,
}

/// A number of people, as a band.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    at_least: u32,
    below: Option<u32>,
}

/// A duration, as a band.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lasted {
    at_least: PolicyDuration,
    below: Option<PolicyDuration>,
}

/// A speed, as a band, in metres per second.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Speed {
    at_least: Number,
    below: Option<Number>,
}

/// People per square metre, as an interval.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Density {
    low: Number,
    high: Number,
}

/// The conditions of an explanation, each with its number, or `true` where it has none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Codes(BTreeMap<Code, CodeValue>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Code(ExplanationCode);

#[derive(Debug, Clone, Copy)]
struct CodeValue(Option<f64>);

impl Codes {
    /// As a rule would say them.
    pub(super) fn explanation(&self) -> Vec<Explanation> {
        let one = |(code, value): (&Code, &CodeValue)| Explanation { code: code.0, value: value.0 };
        self.0.iter().map(one).collect()
    }

    fn of(all: &[Explanation]) -> Self {
        Self(all.iter().map(|one| (Code(one.code), CodeValue(one.value))).collect())
    }
}

impl Released {
    /// Of an observation.
    pub(super) fn of_observation(told: &ReleasedObservation) -> Self {
        let told_of_kind = Self::of_body(&told.body);
        Self {
            alert_id: told.alert_id.map(|_| Yes),
            site: told.site.as_ref().map(ToString::to_string),
            camera: told.camera.as_ref().map(ToString::to_string),
            zone: told.zone.as_ref().map(ToString::to_string),
            grid_cell: told.grid_cell.clone(),
            time: told.time.map(Time::of),
            time_bin: told.time_bin.map(Time::of),
            time_first_seen: told.time_first_seen.map(Time::of),
            confidence_band: told.confidence_band.map(|band| confidence(band).to_owned()),
            validity: told.validity.map(|validity| self::validity(validity).to_owned()),
            explanation: Some(Codes::of(&told.explanation)),
            model_id: (!told.models.is_empty()).then_some(Yes),
            policy_digest: Some(Yes),
            still_ref: told.still_may_be_asked_for.then_some(Yes),
            ..told_of_kind
        }
    }

    fn of_body(body: &ReleasedBody) -> Self {
        let count = |band: CountBand| Count { at_least: band.at_least, below: band.below };
        match body {
            ReleasedBody::AbandonedObject(object) => Self {
                object_kind: object.object_kind.map(str::to_owned),
                dwell_band: object
                    .dwell_band
                    .map(|band| Lasted { at_least: lasting(band.at_least), below: band.below.map(lasting) }),
                ..Self::default()
            },
            ReleasedBody::CrowdDensity(crowd) => Self {
                level: crowd.level.clone(),
                previous_level: crowd.previous_level.clone(),
                count_rounded: crowd.count_rounded.map(count),
                persons_per_m2: crowd.persons_per_m2.map(Density::of),
                ..Self::default()
            },
            ReleasedBody::CrowdMovement(crowd) => Self {
                movement: crowd.pattern.map(|pattern| pattern.name().to_owned()),
                count_rounded: crowd.count_rounded.map(count),
                speed_band: crowd.speed_band.map(Speed::of),
                direction_sector: crowd.direction_sector.map(|sector| sector.name().to_owned()),
                ..Self::default()
            },
        }
    }

    /// Of the state of a camera.
    pub(super) fn of_health(told: &ReleasedHealth) -> Self {
        Self {
            camera: Some(told.camera.to_string()),
            health_code: Some(told.state.name().to_owned()),
            time: told.time.map(Time::of),
            policy_digest: told.policy_digest.map(|_| Yes),
            ..Self::default()
        }
    }

    /// Of an hour of coverage.
    pub(super) fn of_coverage(told: &ReleasedCoverage) -> Self {
        let missing = told.bin.stills_withheld.values().sum::<u32>();
        Self { missing_stills: (missing > 0).then_some(missing), ..Self::default() }
    }

    /// Of a still that was asked for.
    pub(super) fn of_still(told: &ReleasedStillAsked) -> Self {
        Self { captured: told.captured.map(Time::of), policy_digest: Some(Yes), ..Self::default() }
    }
}

impl Time {
    fn of(told: ReleasedTime) -> Self {
        Self { at: Moment::of(told.at), precision: lasting(told.precision) }
    }
}

impl Speed {
    fn of(band: SpeedBand) -> Self {
        Self { at_least: Number(band.at_least_m_per_s), below: band.below_m_per_s.map(Number) }
    }
}

impl Density {
    fn of(interval: ReleasedInterval) -> Self {
        Self { low: Number(interval.low), high: Number(interval.high) }
    }
}

fn lasting(duration: Duration) -> PolicyDuration {
    let (secs, nanos) = (duration.as_secs(), duration.subsec_nanos());
    PolicyDuration::parse(&format!("PT{secs}.{nanos:09}S")).unwrap_or(PolicyDuration::MAX)
}

fn confidence(band: ConfidenceBand) -> &'static str {
    match band {
        ConfidenceBand::Low => "low",
        ConfidenceBand::Medium => "medium",
        ConfidenceBand::High => "high",
    }
}

fn validity(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::NotValid => "not_valid",
    }
}

/// Tables are written in one line.
fn table<'p>(parts: impl IntoIterator<Item = (&'p str, Option<String>)>) -> String {
    let written = |(key, value): (&str, Option<String>)| value.map(|value| format!("{key} = {value}"));
    let parts: Vec<_> = parts.into_iter().filter_map(written).collect();
    if parts.is_empty() { NOTHING.to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

impl Notation for Yes {
    fn notation(&self) -> String {
        "true".to_owned()
    }
}

impl Notation for String {
    fn notation(&self) -> String {
        quoted(self)
    }
}

impl Notation for u32 {
    fn notation(&self) -> String {
        self.to_string()
    }
}

impl Notation for Time {
    fn notation(&self) -> String {
        table([("at", Some(self.at.to_string())), ("precision", Some(quoted(&self.precision.to_string())))])
    }
}

impl Notation for Count {
    fn notation(&self) -> String {
        table([
            ("at_least", Some(self.at_least.to_string())),
            ("below", self.below.map(|below| below.to_string())),
        ])
    }
}

impl Notation for Lasted {
    fn notation(&self) -> String {
        table([
            ("at_least", Some(quoted(&self.at_least.to_string()))),
            ("below", self.below.map(|below| quoted(&below.to_string()))),
        ])
    }
}

impl Notation for Speed {
    fn notation(&self) -> String {
        table([
            ("at_least", Some(self.at_least.to_string())),
            ("below", self.below.map(|below| below.to_string())),
        ])
    }
}

impl Notation for Density {
    fn notation(&self) -> String {
        table([("low", Some(self.low.to_string())), ("high", Some(self.high.to_string()))])
    }
}

impl Notation for Codes {
    fn notation(&self) -> String {
        let value = |value: &CodeValue| value.0.map_or("true".to_owned(), |value| Number(value).to_string());
        table(self.0.iter().map(|(code, one)| (code.0.name(), Some(value(one)))))
    }
}

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            return Ok(Self);
        }
        Err(de::Error::custom("expected true; delete the key where the field does not leave"))
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let code = ExplanationCode::ALL.iter().find(|code| code.name() == name);
        code.copied().map(Self).ok_or_else(|| {
            de::Error::custom(
                "expected a code of an explanation; write for example `unattended_secs = 200`: docs/glossary.md \
                 lists them",
            )
        })
    }
}

impl<'de> Deserialize<'de> for CodeValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::Boolean(true) => Ok(Self(None)),
            toml::Value::Integer(number) => Ok(Self(Some(number as f64))),
            toml::Value::Float(number) if number.is_finite() => Ok(Self(Some(number))),
            _ => Err(de::Error::custom(
                "expected a number, or true where the code has none; write for example `unattended_secs = 200` \
                 or `proximity_only = true`",
            )),
        }
    }
}
