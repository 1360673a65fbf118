//! What a box may say: outside bytes become records of known shape here, or are refused.
//!
//! Invariant: a [`ValidRecord`] has a number, exactly one end, ids and digests of the right length, finite
//! values, and texts that are short and hold no control character (they end up on terminals).

mod of_box;

use prost::Message as _;
use velum_proto::v1::{
    ConfidenceBand, CoverageBin, CoverageState, CrowdMovement, Epistemic, Event, EventKind, EventState,
    ExerciseReport, Explanation, Hello, Instant, MovementPattern, PictureDirection, PolicyReceipt, Record,
    Scenario, Still, SuppressionReceipt, Validity, event::Body, exercise_report, record::End,
    suppression_receipt,
};

pub(crate) use of_box::{ValidReport, box_state, settings_receipt, settings_report};

pub(crate) const NAME_BYTES: usize = 128;
const TEXT_BYTES: usize = 512;
/// A thousand characters.
const REASON_BYTES: usize = 4_000;
const EXPLANATIONS: usize = 64;
const MODELS: usize = 64;
/// Orders that a box may say that it does.
const ORDERS: usize = 16;
const SCENARIOS: usize = 64;
const EXPECTED: usize = 32;
/// Eighty characters.
const TITLE_BYTES: usize = 320;
/// Two hundred characters.
const SCENARIO_BYTES: usize = 800;
const SCENARIO_SECS: u32 = 1_800;
/// Reasons for which stills are missing in one hour of one camera: about twice as many as there are.
const STILL_REASONS: usize = 64;
const HOUR_SECS: i64 = 3_600;

/// One outbox on one disk: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Incarnation(pub(crate) [u8; 16]);

impl Incarnation {
    fn from_slice(bytes: &[u8]) -> Result<Self, Refusal> {
        bytes.try_into().map(Self).map_err(|_| Refusal::length("hello.incarnation", 16, bytes.len()))
    }
}

/// How a number ended; the numbers are those of the table `record`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndKind {
    /// As a stored event.
    Event = 1,
    /// Withheld by a rule of the policy.
    Withheld = 2,
    /// Its key was destroyed before it could be sent.
    Expired = 3,
    /// Lost on the box.
    Lost = 4,
}

/// A record that may be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValidRecord {
    pub(crate) sequence: i64,
    pub(crate) end: EndKind,
    pub(crate) event_kind: Option<i32>,
    /// The event's id, of events only.
    pub(crate) event_id: Option<Vec<u8>>,
    /// Which alert the event is of, of events only.
    pub(crate) alert_id: Option<Vec<u8>>,
    pub(crate) payload: Vec<u8>,
}

/// A hello that may be answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValidHello {
    pub(crate) incarnation: Incarnation,
    pub(crate) oldest_sequence: i64,
    pub(crate) next_sequence: i64,
    pub(crate) policy_digest: Vec<u8>,
    pub(crate) model_digests: Vec<u8>,
    pub(crate) version: String,
    pub(crate) policy_id: String,
    /// Which orders it does, and what it has for exercises; of the hello these alone.
    pub(crate) abilities: Hello,
}

/// A coverage bin that may be stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ValidBin {
    pub(crate) camera: String,
    pub(crate) hour_unix_secs: i64,
    pub(crate) payload: Vec<u8>,
}

/// Why a message of a box was refused: which field, what was found, what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}, found {found}")]
pub(crate) struct Refusal {
    field: String,
    expected: String,
    found: String,
}

impl Refusal {
    fn new(field: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into(), found: found.into() }
    }

    fn length(field: &str, expected: usize, found: usize) -> Self {
        Self::new(field, format!("{expected} bytes"), format!("{found}"))
    }

    fn of_record(mut self, sequence: u64) -> Self {
        self.field = format!("record {sequence}: {}", self.field);
        self
    }
}

/// Checks a hello.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn hello(hello: &Hello) -> Result<ValidHello, Refusal> {
    let oldest_sequence = number("hello.oldest_sequence", hello.oldest_sequence)?;
    let next_sequence = number("hello.next_sequence", hello.next_sequence)?;
    if oldest_sequence > next_sequence {
        let expected = format!("at most next_sequence, {next_sequence}");
        return Err(Refusal::new("hello.oldest_sequence", expected, oldest_sequence.to_string()));
    }
    optional_digest("hello.policy_digest", &hello.policy_digest)?;
    digests("hello.model_digests", &hello.model_digests)?;
    text("hello.version", &hello.version, NAME_BYTES)?;
    text("hello.policy_id", &hello.policy_id, NAME_BYTES)?;
    Ok(ValidHello {
        incarnation: Incarnation::from_slice(&hello.incarnation)?,
        oldest_sequence,
        next_sequence,
        policy_digest: hello.policy_digest.clone(),
        model_digests: hello.model_digests.concat(),
        version: hello.version.clone(),
        policy_id: hello.policy_id.clone(),
        abilities: abilities(hello)?,
    })
}

fn abilities(hello: &Hello) -> Result<Hello, Refusal> {
    if hello.understands.len() > ORDERS {
        let expected = format!("at most {ORDERS} orders");
        return Err(Refusal::new("hello.understands", expected, hello.understands.len().to_string()));
    }
    if hello.understands.iter().any(|order| rule(order).is_none()) {
        let expected = "codes of 1 to 64 letters, digits, `.`, `_` and `-`";
        return Err(Refusal::new("hello.understands", expected, "another text"));
    }
    if hello.scenarios.len() > SCENARIOS {
        let expected = format!("at most {SCENARIOS} scenarios");
        return Err(Refusal::new("hello.scenarios", expected, hello.scenarios.len().to_string()));
    }
    hello.scenarios.iter().try_for_each(scenario)?;
    let (understands, scenarios) = (hello.understands.clone(), hello.scenarios.clone());
    Ok(Hello { understands, scenarios, ..Hello::default() })
}

fn scenario(of: &Scenario) -> Result<(), Refusal> {
    if rule(&of.id).is_none() {
        let expected = "1 to 64 letters, digits, `.`, `_` and `-`";
        return Err(Refusal::new("hello.scenarios.id", expected, "another text"));
    }
    if of.title.is_empty() {
        return Err(Refusal::new("hello.scenarios.title", "a text", "an empty one"));
    }
    text("hello.scenarios.title", &of.title, TITLE_BYTES)?;
    text("hello.scenarios.source", &of.source, SCENARIO_BYTES)?;
    text("hello.scenarios.licence", &of.licence, SCENARIO_BYTES)?;
    if !(1..=SCENARIO_SECS).contains(&of.secs) {
        return Err(Refusal::new(
            "hello.scenarios.secs",
            format!("1 to {SCENARIO_SECS}"),
            of.secs.to_string(),
        ));
    }
    if of.expected.len() > EXPECTED {
        let expected = format!("at most {EXPECTED} events");
        return Err(Refusal::new("hello.scenarios.expected", expected, of.expected.len().to_string()));
    }
    of.expected.iter().try_for_each(|one| {
        name("hello.scenarios.expected.kind", &one.kind)?;
        text("hello.scenarios.expected.words", &one.words, SCENARIO_BYTES)
    })
}

/// Checks a box's answer to an exercise.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn exercise_report(report: &ExerciseReport) -> Result<(), Refusal> {
    length("exercise_report.order_id", &report.order_id, 16)?;
    let state = exercise_report::State::try_from(report.state);
    let is_known = state.is_ok_and(|state| state != exercise_report::State::Unspecified);
    known("exercise_report.state", report.state, is_known)?;
    unix_ms("exercise_report.began_unix_ms", report.began_unix_ms)?;
    unix_ms("exercise_report.ended_unix_ms", report.ended_unix_ms)?;
    code("exercise_report.reason", &report.reason)
}

/// Checks a box's answer to an order about a place.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn suppression_receipt(receipt: &SuppressionReceipt) -> Result<(), Refusal> {
    length("suppression_receipt.order_id", &receipt.order_id, 16)?;
    let outcome = suppression_receipt::Outcome::try_from(receipt.outcome);
    let is_known = outcome.is_ok_and(|outcome| outcome != suppression_receipt::Outcome::Unspecified);
    known("suppression_receipt.outcome", receipt.outcome, is_known)?;
    unix_ms("suppression_receipt.until_unix_ms", receipt.until_unix_ms)?;
    code("suppression_receipt.reason", &receipt.reason)
}

/// A time that a calendar shows; 0 for none.
fn unix_ms(field: &str, unix_ms: i64) -> Result<(), Refusal> {
    instant(field, &Instant { unix_ms, precision_ms: 0 })
}

/// A code, or nothing.
fn code(field: &str, text: &str) -> Result<(), Refusal> {
    if text.is_empty() || rule(text).is_some() {
        return Ok(());
    }
    Err(Refusal::new(field, "a code of at most 64 letters, digits, `.`, `_` and `-`", "another text"))
}

/// Checks a box's answer to a policy: 32 bytes of digest, and a reason that a terminal may show.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn receipt(receipt: &PolicyReceipt) -> Result<(), Refusal> {
    let bytes = receipt.digest.len();
    if bytes != 32 {
        return Err(Refusal::length("policy_receipt.digest", 32, bytes));
    }
    text("policy_receipt.reason", &receipt.reason, REASON_BYTES)
}

/// Checks a batch: not empty, not too long, its numbers contiguous and ascending, each record well formed.
///
/// # Errors
/// [`Refusal`] with the record's number and the field.
pub(crate) fn batch(records: &[Record], max_records: usize) -> Result<Vec<ValidRecord>, Refusal> {
    if records.is_empty() || records.len() > max_records {
        let expected = format!("1 to {max_records} records");
        return Err(Refusal::new("batch", expected, records.len().to_string()));
    }
    let mut checked: Vec<ValidRecord> = Vec::with_capacity(records.len());
    for one in records {
        let valid = record(one).map_err(|refusal| refusal.of_record(one.sequence))?;
        if let Some(expected) = checked.last().map(|last| last.sequence.saturating_add(1))
            && valid.sequence != expected
        {
            return Err(Refusal::new("batch", format!("number {expected}"), valid.sequence.to_string()));
        }
        checked.push(valid);
    }
    Ok(checked)
}

fn record(record: &Record) -> Result<ValidRecord, Refusal> {
    let sequence = number("sequence", record.sequence)?;
    let end = record.end.as_ref().ok_or_else(|| Refusal::new("end", "one end", "none"))?;
    let (kind, event_kind, ids) = match end {
        End::Event(of) => {
            event(of)?;
            (EndKind::Event, Some(of.kind), Some((of.id.clone(), of.alert_id.clone())))
        }
        End::Withheld(withheld) => {
            name("withheld.rule", &withheld.rule)?;
            (EndKind::Withheld, None, None)
        }
        End::Expired(expired) => {
            name("expired.key_day", &expired.key_day)?;
            (EndKind::Expired, None, None)
        }
        End::Lost(lost) => {
            name("lost.cause", &lost.cause)?;
            if let Some(incarnation) = &lost.incarnation {
                length("lost.incarnation", incarnation, 16)?;
            }
            (EndKind::Lost, None, None)
        }
    };
    let (event_id, alert_id) = ids.unzip();
    Ok(ValidRecord { sequence, end: kind, event_kind, event_id, alert_id, payload: record.encode_to_vec() })
}

fn event(event: &Event) -> Result<(), Refusal> {
    length("event.id", &event.id, 16)?;
    if !event.alert_id.is_empty() {
        length("event.alert_id", &event.alert_id, 16)?;
    }
    let kind = match EventKind::try_from(event.kind) {
        Ok(EventKind::Unspecified) | Err(_) => {
            let expected = "a kind that this hub knows (a newer box needs a newer hub)";
            return Err(Refusal::new("event.kind", expected, event.kind.to_string()));
        }
        Ok(kind) => kind,
    };
    known("event.state", event.state, EventState::try_from(event.state).is_ok())?;
    known("event.confidence", event.confidence, ConfidenceBand::try_from(event.confidence).is_ok())?;
    known("event.validity", event.validity, Validity::try_from(event.validity).is_ok())?;
    known("event.epistemic", event.epistemic, Epistemic::try_from(event.epistemic).is_ok())?;
    for (field, value) in
        [("event.site", &event.site), ("event.camera", &event.camera), ("event.zone", &event.zone)]
    {
        value.as_deref().map_or(Ok(()), |value| name(field, value))?;
    }
    event.staged.as_deref().map_or(Ok(()), |staged| text("event.staged", staged, TEXT_BYTES))?;
    event.time.as_ref().map_or(Ok(()), |value| instant("event.time.unix_ms", value))?;
    event.body.as_ref().map_or(Ok(()), |of| body(kind, of))?;
    optional_digest("event.policy_digest", &event.policy_digest)?;
    digests("event.model_digests", &event.model_digests)?;
    explanations(&event.explanation)
}

fn instant(field: &str, instant: &Instant) -> Result<(), Refusal> {
    // Far enough for any camera, near enough for any calendar that shows it (year 9999).
    if (0..=253_402_300_799_999).contains(&instant.unix_ms) {
        return Ok(());
    }
    Err(Refusal::new(field, "a time from 1970 to 9999", instant.unix_ms.to_string()))
}

fn body(kind: EventKind, body: &Body) -> Result<(), Refusal> {
    let fits = match (kind, body) {
        (EventKind::AbandonedObject, Body::AbandonedObject(object)) => {
            object.object_kind.as_deref().map_or(Ok(()), |value| name("event.object_kind", value))?;
            object.grid_cell.as_deref().map_or(Ok(()), |value| name("event.grid_cell", value))?;
            object.first_seen.as_ref().map_or(Ok(()), |value| instant("event.first_seen.unix_ms", value))?;
            true
        }
        (EventKind::CrowdDensity, Body::CrowdDensity(crowd)) => {
            crowd.level.as_deref().map_or(Ok(()), |value| name("event.level", value))?;
            crowd.previous_level.as_deref().map_or(Ok(()), |value| name("event.previous_level", value))?;
            if let Some(density) = &crowd.persons_per_m2 {
                finite("event.persons_per_m2.low", density.low)?;
                finite("event.persons_per_m2.high", density.high)?;
            }
            true
        }
        (EventKind::CrowdMovement, Body::CrowdMovement(crowd)) => {
            movement(crowd)?;
            true
        }
        (EventKind::CameraHealth, Body::CameraHealth(health)) => {
            known("event.camera_health.state", health.state, CoverageState::try_from(health.state).is_ok())?;
            true
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(Refusal::new("event.body", format!("that of {kind:?}"), "another kind's")) }
}

fn movement(crowd: &CrowdMovement) -> Result<(), Refusal> {
    known("event.crowd_movement.pattern", crowd.pattern, MovementPattern::try_from(crowd.pattern).is_ok())?;
    let direction = PictureDirection::try_from(crowd.direction);
    known("event.crowd_movement.direction", crowd.direction, direction.is_ok())?;
    let Some(speed) = &crowd.speed else { return Ok(()) };
    finite("event.crowd_movement.speed.at_least_m_per_s", speed.at_least_m_per_s)?;
    speed.below_m_per_s.map_or(Ok(()), |below| finite("event.crowd_movement.speed.below_m_per_s", below))
}

fn explanations(explanations: &[Explanation]) -> Result<(), Refusal> {
    if explanations.len() > EXPLANATIONS {
        let expected = format!("at most {EXPLANATIONS} conditions");
        return Err(Refusal::new("event.explanation", expected, explanations.len().to_string()));
    }
    for explanation in explanations {
        name("event.explanation.code", &explanation.code)?;
        explanation.value.map_or(Ok(()), |value| finite("event.explanation.value", value))?;
    }
    Ok(())
}

/// Checks coverage bins.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn coverage(bins: &[CoverageBin], max_bins: usize) -> Result<Vec<ValidBin>, Refusal> {
    if bins.len() > max_bins {
        return Err(Refusal::new("coverage", format!("at most {max_bins} bins"), bins.len().to_string()));
    }
    bins.iter().map(bin).collect()
}

fn bin(bin: &CoverageBin) -> Result<ValidBin, Refusal> {
    name("coverage.camera", &bin.camera)?;
    let hour = bin.hour_unix_secs;
    if hour < 0 || hour.rem_euclid(HOUR_SECS) != 0 {
        return Err(Refusal::new("coverage.hour_unix_secs", "the start of an hour", hour.to_string()));
    }
    for state in bin.secs_by_state.keys() {
        known("coverage.secs_by_state", *state, CoverageState::try_from(*state).is_ok())?;
    }
    stills_withheld(bin)?;
    Ok(ValidBin { camera: bin.camera.clone(), hour_unix_secs: hour, payload: bin.encode_to_vec() })
}

/// Reasons of a newer box are kept as they are, as long as they may stand on a screen.
fn stills_withheld(bin: &CoverageBin) -> Result<(), Refusal> {
    let reasons = &bin.stills_withheld;
    if reasons.len() > STILL_REASONS {
        let expected = format!("at most {STILL_REASONS} reasons");
        return Err(Refusal::new("coverage.stills_withheld", expected, reasons.len().to_string()));
    }
    if reasons.keys().all(|reason| rule(reason).is_some()) {
        return Ok(());
    }
    let expected = "codes of 1 to 64 letters, digits, `.`, `_` and `-`";
    Err(Refusal::new("coverage.stills_withheld", expected, "another text"))
}

/// Checks what is told about a still; the picture itself is looked at elsewhere.
///
/// # Errors
/// [`Refusal`] with the field.
pub(crate) fn still(still: &Still) -> Result<(), Refusal> {
    still.captured.as_ref().map_or(Ok(()), |value| instant("still.captured.unix_ms", value))?;
    if !(0.0..=1.0).contains(&still.covered_fraction) {
        let found = still.covered_fraction.to_string();
        return Err(Refusal::new("still.covered_fraction", "a share from 0 to 1", found));
    }
    length("still.policy_digest", &still.policy_digest, 32)?;
    digests("still.model_digests", &still.model_digests)
}

/// The name of a rule, as it may stand in logs and on screens; none for anything else.
pub(crate) fn rule(text: &str) -> Option<&str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!text.is_empty() && text.len() <= 64 && text.chars().all(plain)).then_some(text)
}

fn number(field: &str, value: u64) -> Result<i64, Refusal> {
    // Half of the range: sums of two numbers stay inside it.
    i64::try_from(value)
        .ok()
        .filter(|number| (1..i64::MAX / 2).contains(number))
        .ok_or_else(|| Refusal::new(field, "a number from 1 to 2^62", value.to_string()))
}

fn length(field: &str, bytes: &[u8], expected: usize) -> Result<(), Refusal> {
    if bytes.len() == expected { Ok(()) } else { Err(Refusal::length(field, expected, bytes.len())) }
}

fn optional_digest(field: &str, bytes: &[u8]) -> Result<(), Refusal> {
    if bytes.is_empty() { Ok(()) } else { length(field, bytes, 32) }
}

fn digests(field: &str, digests: &[Vec<u8>]) -> Result<(), Refusal> {
    if digests.len() > MODELS {
        let expected = format!("at most {MODELS} digests");
        return Err(Refusal::new(field, expected, digests.len().to_string()));
    }
    digests.iter().try_for_each(|digest| length(field, digest, 32))
}

fn known(field: &str, value: i32, is_known: bool) -> Result<(), Refusal> {
    let expected = "a value that this hub knows (a newer box needs a newer hub)";
    if is_known { Ok(()) } else { Err(Refusal::new(field, expected, value.to_string())) }
}

fn finite(field: &str, value: f64) -> Result<(), Refusal> {
    if value.is_finite() { Ok(()) } else { Err(Refusal::new(field, "a finite number", value.to_string())) }
}

fn name(field: &str, value: &str) -> Result<(), Refusal> {
    if value.is_empty() {
        return Err(Refusal::new(field, "a text", "an empty one"));
    }
    text(field, value, NAME_BYTES)
}

fn text(field: &str, value: &str, max_bytes: usize) -> Result<(), Refusal> {
    if value.len() > max_bytes {
        return Err(Refusal::new(field, format!("at most {max_bytes} bytes"), value.len().to_string()));
    }
    if value.chars().any(char::is_control) {
        return Err(Refusal::new(field, "no control characters", "some"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
