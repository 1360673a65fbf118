//! The box and the hub of a case, as they are in operation: the gate with a clock that stands at the case's moment, and
//! the rules for recipients.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use velum_gate::{Gate, StillAsked, Withheld};
use velum_policy::VerifiedPolicy;
use velum_recipients::{Decision, Facts, Rule, Rules, Terms, Why};
use velum_vocab::{EventId, SimulatedClock};

use super::answer::Answer;
use super::cases::{Asked, Case, Reading, StillWanted};
use super::told::Released;
use super::written::Moment;

/// How long a request for a still counts: for a moment.
const REQUEST_LASTS: Duration = Duration::from_secs(30);

/// A town under one policy.
pub(super) struct Town {
    policy: VerifiedPolicy,
    rules: Rules,
}

/// What comes of a case, and what the rule compared.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) answer: Answer,
    pub(super) detail: Option<String>,
}

impl From<Withheld> for Found {
    fn from(withheld: Withheld) -> Self {
        let answer = Answer::Withheld(withheld.rule().to_owned());
        Self { answer, detail: Some(withheld.detail().to_owned()) }
    }
}

impl From<Released> for Found {
    fn from(released: Released) -> Self {
        Self { answer: Answer::Released(released.fields()), detail: None }
    }
}

impl From<Answer> for Found {
    fn from(answer: Answer) -> Self {
        Self { answer, detail: None }
    }
}

impl Town {
    /// Under this policy.
    ///
    /// # Errors
    /// Where its recipients cannot be used: a hub would not let it be published.
    pub(super) fn under(policy: VerifiedPolicy) -> Result<Self> {
        let rules = Rules::compile(Terms::of(&policy))?;
        Ok(Self { policy, rules })
    }

    /// What comes of a case. Each has a box of its own, whose clock never went back.
    ///
    /// # Errors
    /// Where the gate does not take the policy, which a new box always does.
    pub(super) fn ask(&self, case: &Case) -> Result<Found> {
        if let Asked::Reading(reading) = &case.asked {
            return Ok(self.read(reading, case.at).into());
        }
        let now = Moment(case.at).timestamp();
        let gate = Gate::new(Arc::new(SimulatedClock::at(now)));
        gate.install(self.policy.clone())?;
        Ok(self.judge(&gate, case).unwrap_or_else(Found::from))
    }

    fn judge(&self, gate: &Gate, case: &Case) -> Result<Found, Withheld> {
        Ok(match &case.asked {
            Asked::Observation(seen) => {
                Released::of_observation(gate.judge(seen.as_ref().clone())?.released()).into()
            }
            Asked::Health(health) => Released::of_health(gate.judge(health.clone())?.released()).into(),
            Asked::Coverage(bin) => Released::of_coverage(gate.judge(bin.clone())?.released()).into(),
            Asked::KeepStill(camera, kind) => {
                gate.may_keep_still(camera, *kind)?;
                Released::default().into()
            }
            Asked::AskStill(wanted) => {
                let asked = asked(gate, wanted, Moment(case.at))?;
                Released::of_still(gate.judge(asked)?.released()).into()
            }
            Asked::MaintenanceStill(camera) => {
                gate.maintenance_still(camera)?;
                Released::default().into()
            }
            Asked::Trial(camera, kind) => {
                let trial = gate.trial(camera, *kind).map(|trial| trial.id);
                Answer::Tried(trial.unwrap_or_else(|| Answer::NOTHING_TRIED.to_owned())).into()
            }
            Asked::Reading(reading) => self.read(reading, case.at).into(),
        })
    }

    /// As the hub answers: under a version that has begun, to recipients, and nothing unreviewed to those who keep to
    /// what was reviewed.
    fn read(&self, reading: &Reading, at: Timestamp) -> Answer {
        let held_back = |rule: Rule| Answer::HeldBack(rule.name().to_owned());
        let (terms, now_unix_ms) = (self.rules.terms(), at.as_millisecond());
        let roles = BTreeSet::from([reading.role.clone()]);
        if !terms.has_begun(now_unix_ms) {
            return held_back(Rule::PolicyUnknown);
        }
        if !reading.is_reviewed && self.rules.keeps_to_reviewed(&roles) == Some(true) {
            return held_back(Rule::Unreviewed);
        }
        let class = if reading.is_reviewed { terms.reviewed_class(&reading.class) } else { &reading.class };
        let facts = Facts {
            class,
            regime: terms.regime(),
            age_secs: whole_secs(reading.age),
            is_reviewed: reading.is_reviewed,
        };
        let why = Why { purpose: reading.purpose.clone(), justification: reading.reason.clone() };
        match self.rules.decide(&roles, reading.action, &facts, &why, now_unix_ms) {
            Decision::Allowed { fields, .. } => {
                Answer::Shown(fields.into_iter().map(velum_policy::EventField::name).collect())
            }
            Decision::Denied { rule } => held_back(rule),
        }
    }
}

/// A request for a picture that was masked by the terms in force.
fn asked(gate: &Gate, wanted: &StillWanted, at: Moment) -> Result<StillAsked, Withheld> {
    let now = at.timestamp();
    Ok(StillAsked {
        event: EventId::from_bytes([0; 16]),
        camera: wanted.camera.clone(),
        kind: wanted.kind,
        captured_at: now.minus(wanted.age),
        redaction_terms: gate.redaction_terms(&wanted.camera)?.digest,
        operator: "an operator".to_owned(),
        purpose: wanted.purpose.clone(),
        justification: wanted.reason.clone(),
        expires_at: now.plus(REQUEST_LASTS),
    })
}

/// As the hub counts: no event is younger than it is.
fn whole_secs(age: Duration) -> i64 {
    let secs = age.as_secs().saturating_add(u64::from(age.subsec_nanos() > 0));
    i64::try_from(secs).unwrap_or(i64::MAX)
}
