//! The one way to a still: check, allow, log, ask, wait, check, log, show.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use velum_policy::EventField;
use velum_policy::audit::AuditError;
use velum_proto::v1::{HubMessage, Still, StillAnswer, StillRequest, hub_message, still_answer::Answer};

use super::allowance::Allowance;
use super::jpeg;
use crate::access::{self, Access, Action, Decision, Reader, Refused, Rule, Why};
use crate::audit::{Audit, AuditFailure, Consultation};
use crate::clock::Clock;
use crate::config::StillsConfig;
use crate::identity::{Name, Person};
use crate::pending::{Pending, RequestId, random_id};
use crate::record;
use crate::reviews::UNKNOWN_EVENT;
use crate::sessions::{Line, Sessions};
use crate::store::{FoundEvent, Store};

const JUSTIFICATION_CHARS: usize = 500;
const PURPOSE_BYTES: usize = 64;
/// The hub's own rule, beside those of the policy.
const PICTURE_CHECK: &str = "picture_check";
/// As the box says where it has none.
const NO_STILL: &str = "no_still";

/// What somebody asks for, and why.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) operator: Person,
    /// The event that raised the alert.
    pub(crate) event_id: Vec<u8>,
    /// A purpose id of the policy.
    pub(crate) purpose: String,
    /// The person's own words.
    pub(crate) justification: String,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StillError {
    /// Purpose or reason is missing or cannot be.
    #[error("{field}: expected {expected}, found {found}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would do.
        expected: String,
        /// What was there.
        found: String,
    },
    /// No such event, more than one, or none that the person may read: whoever may not is told no more.
    #[error(
        "no such event is stored here, or your recipient may not read it; name the id of the event that raised the \
         alert"
    )]
    UnknownEvent,
    /// The person asked too often.
    #[error("too many stills were asked for; the next in {} s", wait.as_secs().saturating_add(1))]
    TooMany {
        /// Until the next may be asked for.
        wait: Duration,
    },
    /// Box or hub withhold.
    #[error("withheld by rule `{rule}`")]
    Withheld {
        /// The rule that decided.
        rule: String,
    },
    /// The box is not connected, or went away.
    #[error("box `{name}` is not connected; ask again when it is back")]
    Away {
        /// The box.
        name: String,
    },
    /// The box is connected to another hub on the same database.
    #[error("box `{name}` talks to the hub `{hub}` at the moment; ask there")]
    Elsewhere {
        /// The box.
        name: String,
        /// The other hub.
        hub: String,
    },
    /// No answer came.
    #[error("box `{name}` did not answer in time; ask again later")]
    TimedOut {
        /// The box.
        name: String,
    },
    /// As many as may be are under way.
    #[error("too many stills are being fetched at the moment; ask again in a few seconds")]
    Busy,
    /// The audit log failed.
    #[error("the audit log cannot be written, so that no picture is shown; the hub's log says why")]
    NotLogged,
    /// The store failed.
    #[error("the hub cannot read its store at the moment; its log says why")]
    Store,
}

impl StillError {
    /// What the audit log calls the outcome.
    fn rule(&self) -> &str {
        match self {
            Self::Withheld { rule } => rule,
            Self::Away { .. } | Self::Elsewhere { .. } => "box_away",
            Self::TimedOut { .. } => "no_answer",
            Self::Busy => "too_many_under_way",
            Self::UnknownEvent => UNKNOWN_EVENT,
            Self::Invalid { .. } | Self::TooMany { .. } | Self::NotLogged | Self::Store => "not_asked",
        }
    }
}

/// What a desk works with.
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) access: Arc<Access>,
    pub(crate) sessions: Arc<Sessions>,
    /// Where answers come in.
    pub(crate) pending: Arc<Pending<StillAnswer>>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What the hub says to somebody who asks.
struct Judged {
    /// The roles by which it may be seen, or all of the person's.
    recipient: Option<String>,
    /// The camera, where the event tells it.
    camera: Option<String>,
    /// Or the rule for the audit log, and the answer.
    verdict: Result<Allowed, (&'static str, StillError)>,
}

/// A still that a person may see.
struct Allowed {
    reader: Reader,
    found: FoundEvent,
    fields: BTreeSet<EventField>,
}

impl Allowed {
    /// Beside the picture the recipient is told what its fields have, and no more.
    fn only(&self, still: Still) -> Still {
        self.reader.only_still(still, &self.found.event, &self.fields)
    }
}

impl Judged {
    fn of(reader: Reader, found: Option<FoundEvent>, now_unix_ms: i64) -> Self {
        let Some(found) = found else {
            let verdict = Err((UNKNOWN_EVENT, StillError::UnknownEvent));
            return Self { recipient: reader.recipient(), camera: None, verdict };
        };
        let camera = found.event.camera.clone();
        match reader.decide(&found.event, found.stored_unix_ms, now_unix_ms) {
            Decision::Allowed { roles, fields } => {
                let recipient = access::recipient_text(&roles);
                Self { recipient, camera, verdict: Ok(Allowed { reader, found, fields }) }
            }
            Decision::Denied { rule } => {
                let answer = if reader.knows_of(&found, now_unix_ms) {
                    StillError::Withheld { rule: rule.name().to_owned() }
                } else {
                    StillError::UnknownEvent
                };
                Self { recipient: reader.recipient(), camera, verdict: Err((rule.name(), answer)) }
            }
        }
    }
}

/// Where stills are asked for.
pub(crate) struct Desk {
    doors: Doors,
    config: StillsConfig,
    allowance: Allowance,
}

impl Desk {
    /// A desk at which nobody asked yet.
    pub(crate) fn new(doors: Doors, config: StillsConfig) -> Self {
        Self { allowance: Allowance::new(config.max_per_operator_per_hour), doors, config }
    }

    /// Fetches one still. Goes on to the end though nobody waits any more: the outcome must be logged.
    ///
    /// # Errors
    /// [`StillError`].
    pub(crate) async fn fetch(self: &Arc<Self>, ask: Ask) -> Result<Still, StillError> {
        let desk = Arc::clone(self);
        let fetching = tokio::spawn(async move { desk.fetch_to_the_end(ask).await });
        fetching.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a still was not fetched to the end");
            Err(StillError::Store)
        })
    }

    async fn fetch_to_the_end(&self, mut ask: Ask) -> Result<Still, StillError> {
        ask.justification = ask.justification.trim().to_owned();
        self.check(&ask)?;
        self.allowance
            .take(&ask.operator.to_string(), self.doors.clock.instant())
            .map_err(|wait| StillError::TooMany { wait })?;
        let event_id = RequestId::try_from(ask.event_id.as_slice()).map_err(|_| StillError::UnknownEvent)?;
        let id = random_id().ok_or(StillError::Store)?;
        let Judged { recipient, camera, verdict } = self.judge(&ask).await?;
        let entry = Consultation {
            operator: ask.operator.clone(),
            recipient,
            event_id,
            camera,
            purpose: ask.purpose.clone(),
            justification: ask.justification.clone(),
            request_id: id,
        };
        let audit = &self.doors.audit;
        let outcome = match verdict {
            Ok(allowed) => {
                audit.still_asked(&entry).await.map_err(|error| not_logged(&error))?;
                let outcome = self.obtain(&ask, &allowed.found, id).await;
                let logged = match &outcome {
                    Ok(still) => audit.still_shown(&entry, still).await,
                    Err(error) => audit.still_refused(&entry, error.rule()).await,
                };
                logged.map_err(|error| not_logged(&error))?;
                outcome.map(|still| allowed.only(still))
            }
            Err((rule, error)) => {
                audit.still_refused(&entry, rule).await.map_err(|error| not_logged(&error))?;
                Err(error)
            }
        };
        tracing::info!(
            operator = %ask.operator, reference = hex::encode(id),
            outcome = outcome.as_ref().map_or_else(StillError::rule, |_| "shown"), "a still was asked for"
        );
        outcome
    }

    /// Whether the person may see it. The box judges again.
    async fn judge(&self, ask: &Ask) -> Result<Judged, StillError> {
        let why =
            Why { purpose: ask.purpose.clone(), justification: access::within_limit(&ask.justification) };
        let asked = access::Ask { action: Action::SeeStill, why };
        match self.doors.access.reader(&ask.operator, &asked).await {
            Ok(reader) => {
                let found = self.find(&ask.event_id).await?;
                Ok(Judged::of(reader, found, self.doors.clock.unix_ms()))
            }
            Err(Refused::BeyondControlRoom { recipient }) => {
                let rule = Rule::Unreviewed.name();
                let verdict = Err((rule, StillError::Withheld { rule: rule.to_owned() }));
                Ok(Judged { recipient, camera: None, verdict })
            }
            Err(Refused::Invalid { field, expected, found }) => {
                Err(StillError::Invalid { field, expected, found })
            }
            Err(Refused::Store(error)) => {
                tracing::error!(%error, "the store failed");
                Err(StillError::Store)
            }
        }
    }

    fn check(&self, ask: &Ask) -> Result<(), StillError> {
        let invalid = |field, expected: &str, found: String| {
            Err(StillError::Invalid { field, expected: expected.to_owned(), found })
        };
        let chars = ask.justification.chars().count();
        if !(1..=JUSTIFICATION_CHARS).contains(&chars) {
            return invalid("justification", "1 to 500 characters that say why", format!("{chars}"));
        }
        if ask.justification.chars().any(char::is_control) {
            return invalid("justification", "one line of text", "control characters".to_owned());
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if ask.purpose.is_empty() || ask.purpose.len() > PURPOSE_BYTES || !ask.purpose.chars().all(plain) {
            return invalid("purpose", "a purpose id of the policy", "another text".to_owned());
        }
        let known = &self.config.purposes;
        if !known.is_empty() && known.iter().all(|purpose| purpose.id != ask.purpose) {
            let ids: Vec<&str> = known.iter().map(|purpose| purpose.id.as_str()).collect();
            let expected = format!("one of `stills.purposes` in hub.toml: {}", ids.join(", "));
            return Err(StillError::Invalid {
                field: "purpose",
                expected,
                found: format!("`{}`", ask.purpose),
            });
        }
        Ok(())
    }

    async fn find(&self, event_id: &[u8]) -> Result<Option<FoundEvent>, StillError> {
        self.doors.store.event(event_id).await.map_err(|error| {
            tracing::error!(%error, "the store failed");
            StillError::Store
        })
    }

    async fn obtain(&self, ask: &Ask, found: &FoundEvent, id: RequestId) -> Result<Still, StillError> {
        if !found.event.still_may_be_asked_for {
            return Err(StillError::Withheld { rule: NO_STILL.to_owned() });
        }
        let away = || {
            let name = found.of.to_string();
            match self.doors.sessions.elsewhere(&found.of) {
                Some(hub) => StillError::Elsewhere { name, hub },
                None => StillError::Away { name },
            }
        };
        let mut line = self.doors.sessions.line(&found.of).ok_or_else(away)?;
        let mut expected = self.doors.pending.expect(&found.of, id).ok_or(StillError::Busy)?;
        let limit = self.config.answer_limit;
        if !send(&line, self.request(ask, id)) {
            return Err(away());
        }
        let answer = tokio::select! {
            answer = tokio::time::timeout(limit, expected.answer()) => {
                answer.map_err(|_| StillError::TimedOut { name: found.of.to_string() })?
            }
            () = line.closed() => return Err(away()),
        };
        judged(&found.of, answer)
    }

    fn request(&self, ask: &Ask, id: RequestId) -> StillRequest {
        let limit_ms = i64::try_from(self.config.answer_limit.as_millis()).unwrap_or(i64::MAX);
        StillRequest {
            request_id: id.to_vec(),
            event_id: ask.event_id.clone(),
            operator: ask.operator.to_string(),
            purpose: ask.purpose.clone(),
            justification: ask.justification.clone(),
            expires_unix_ms: self.doors.clock.unix_ms().saturating_add(limit_ms),
        }
    }
}

fn send(line: &Line, request: StillRequest) -> bool {
    line.send(HubMessage { message: Some(hub_message::Message::StillRequest(request)) })
}

/// What of an answer may be shown.
fn judged(from: &Name, answer: StillAnswer) -> Result<Still, StillError> {
    let withheld = |rule: &str| Err(StillError::Withheld { rule: rule.to_owned() });
    match answer.answer {
        Some(Answer::Still(still)) => match fit(&still) {
            Ok(()) => Ok(still),
            Err(why) => {
                tracing::warn!(box = %from, why, "a still is not shown");
                withheld(PICTURE_CHECK)
            }
        },
        Some(Answer::Refused(refused)) => withheld(record::rule(&refused.rule).unwrap_or("unnamed")),
        None => withheld(PICTURE_CHECK),
    }
}

fn fit(still: &Still) -> Result<(), String> {
    let size_px = jpeg::check(&still.jpeg).map_err(|unfit| unfit.to_string())?;
    if size_px != (still.width_px, still.height_px) {
        return Err("the picture has another size than the box says".to_owned());
    }
    record::still(still).map_err(|refusal| refusal.to_string())
}

/// What the log does not take for a text can be mended by whoever wrote it; anything else cannot.
fn not_logged(error: &AuditFailure) -> StillError {
    if let AuditFailure::Log(AuditError::Text { field, reason }) = error {
        let expected = "plain text without marks that turn the direction of writing".to_owned();
        return StillError::Invalid { field, expected, found: format!("one that {reason}") };
    }
    tracing::error!(%error, "the audit log cannot be written");
    StillError::NotLogged
}
