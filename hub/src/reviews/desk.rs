//! The one way to do something about an alert: check, allow, log, store.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Mutex, MutexGuard, watch};
use velum_policy::audit::{Outcome, Subject, is_name};
use velum_proto::v1::Verdict;

use super::UNKNOWN_EVENT;
use super::deadline::LapseError;
use super::owed::{Owed, raises};
use super::sealing::Sealer;
use crate::access::{Access, Action, AlertState, Ask, Reader, Refused, Rule, Why};
use crate::audit::{Audit, AuditFailure};
use crate::clock::Clock;
use crate::exercises::is_exercise;
use crate::identity::{Name, Person, same_person};
use crate::policies::Library;
use crate::store::{
    Act, AlertRow, Alone, FoundEvent, Lapse, Lapsing, Review, Reviewed, Store, StoreError, Turn,
};

const MINUTE_MS: i64 = 60_000;
/// How long somebody who took an alert is taken to look at it.
const TAKEN_FOR: Duration = Duration::from_secs(300);
/// As the audit log names that another person looks at the alert.
const TAKEN: &str = "taken";

/// Who does something about which alert.
#[derive(Debug, Clone)]
pub(crate) struct AlertAsk {
    pub(crate) person: Person,
    /// The event that raised it.
    pub(crate) event_id: Vec<u8>,
    /// A purpose id of the policy, or empty where there is only one.
    pub(crate) purpose: String,
}

/// Why somebody wants others to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escalation {
    /// Something must be done at once.
    Urgent,
    /// The person cannot tell what it is.
    CannotTell,
    /// Others must decide.
    NotMine,
}

impl Escalation {
    /// Every reason.
    pub(crate) const ALL: [Self; 3] = [Self::Urgent, Self::CannotTell, Self::NotMine];

    /// In the store, in logs and on the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Urgent => "urgent",
            Self::CannotTell => "cannot_tell",
            Self::NotMine => "not_mine",
        }
    }
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReviewError {
    /// Something in the request cannot be.
    #[error("{field}: expected {expected}, found {found}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would do.
        expected: &'static str,
        /// What was there.
        found: String,
    },
    /// The person may not read at all.
    #[error(transparent)]
    Refused(Refused),
    /// No such alert, or none that the person may read: whoever may not is told no more.
    #[error(
        "no such alert is stored here, or your recipient may not read it; name the id of the event that raised it"
    )]
    UnknownAlert,
    /// The person may read the alert, and no more.
    #[error("you may not review this alert, by rule `{rule}`")]
    NotYours {
        /// The rule that decided.
        rule: &'static str,
    },
    /// Somebody else looks at it.
    #[error("somebody else looks at this alert; it is free again in {} s", left_ms.div_euclid(1_000).saturating_add(1))]
    Taken {
        /// For so long, unless they say what it is before.
        left_ms: i64,
    },
    /// A text belongs to a word.
    #[error("say what the alert was first: a text belongs to your own word on it")]
    NoVerdict,
    /// No such text, or none that the person may read.
    #[error(
        "no such text is here, or it is not told to you: to whom the policy gives `review_outcome`, others' texts are told \
         once they said something themselves, or it is decided"
    )]
    UnknownText,
    /// Its key is destroyed.
    #[error(
        "nobody can read this text any more: the key of its day is destroyed, or was not restored with the backup"
    )]
    TextGone,
    /// A text cannot be sealed or opened.
    #[error("the text cannot be sealed or opened at the moment; the hub's log says why")]
    Sealing,
    /// Its place cannot be left out.
    #[error("alerts at its place go on: {why}")]
    NotSuppressible {
        /// Why not.
        why: &'static str,
    },
    /// The box's program is too old.
    #[error("{}", super::suppress::outdated(r#box))]
    Outdated {
        /// Which.
        r#box: Name,
    },
    /// The audit log failed.
    #[error("the audit log cannot be written, so that nothing is done; the hub's log says why")]
    NotLogged,
    /// The store failed.
    #[error("the hub cannot use its store at the moment; its log says why")]
    Store,
}

impl From<AuditFailure> for ReviewError {
    fn from(error: AuditFailure) -> Self {
        tracing::error!(%error, "the audit log cannot be written; nothing is done about an alert");
        Self::NotLogged
    }
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed; nothing is done about an alert");
        Self::Store
    }
}

/// What a desk works with.
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) access: Arc<Access>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) library: watch::Receiver<Arc<Library>>,
    pub(crate) sealer: Arc<Sealer>,
}

/// Where people do something about alerts.
pub(crate) struct ReviewDesk {
    doors: Doors,
    /// No deadline counts from before this.
    since_unix_ms: AtomicI64,
    /// What is looked at before the log is written still holds after it.
    pub(super) turn: Mutex<()>,
}

/// Somebody who may do something about an alert.
pub(super) struct Admitted {
    reader: Reader,
    pub(super) found: FoundEvent,
    pub(super) event_id: [u8; 16],
    /// By which role.
    pub(super) role: String,
    /// How many must say the same.
    needed: u32,
}

/// How somebody may see where an alert stands, and what is owed to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Looked {
    pub(crate) state: AlertState,
    /// Whether the policy wants a person to look.
    pub(crate) owed: Option<Owed>,
    /// Until when.
    pub(crate) deadline_unix_ms: Option<i64>,
}

impl ReviewDesk {
    /// A desk that counts deadlines from now on.
    pub(crate) fn new(doors: Doors) -> Self {
        let since_unix_ms = AtomicI64::new(doors.clock.unix_ms());
        Self { doors, since_unix_ms, turn: Mutex::default() }
    }

    /// Takes a person's word on an alert.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn review(
        &self,
        ask: &AlertAsk,
        verdict: Verdict,
        action: &str,
    ) -> Result<Reviewed, ReviewError> {
        let invalid = |field, expected, found: &str| {
            Err(ReviewError::Invalid { field, expected, found: found.to_owned() })
        };
        if verdict == Verdict::Unspecified {
            return invalid("verdict", "one of the protocol's verdicts", "none");
        }
        if !action.is_empty() && !is_name(action) {
            return invalid("action", "a name of at most 128 characters", "another text");
        }
        let what = format!("review of the alert: {}", name_of(verdict));
        let _turn = self.lock().await?;
        let by = self.admit(ask, action, &what).await?;
        self.log(&by, &what, Outcome::Allowed).await?;
        let review = Review {
            event_id: by.event_id.to_vec(),
            person: ask.person.clone(),
            role: by.role.clone(),
            verdict,
            needed: by.needed,
            stored_unix_ms: by.found.stored_unix_ms,
        };
        let reviewed = self.doors.store.review(&review, self.doors.clock.unix_ms()).await?;
        self.note_act(&by.found, ask, ("said", &review.role), &name_of(verdict)).await?;
        Ok(reviewed)
    }

    /// A person looks at an alert; for a while others see that somebody does.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn take(&self, ask: &AlertAsk) -> Result<(), ReviewError> {
        let what = "takes the alert, to look at it";
        let _turn = self.lock().await?;
        let by = self.admit(ask, "", what).await?;
        let now_unix_ms = self.doors.clock.unix_ms();
        let person = ask.person.to_string();
        let taken = self.doors.store.alert(&by.event_id).await?.taken;
        if let Some(other) = taken
            .filter(|one| same_person(&one.person) != same_person(&person) && one.until_unix_ms > now_unix_ms)
        {
            self.log(&by, what, Outcome::Denied { rule: TAKEN.to_owned() }).await?;
            return Err(ReviewError::Taken { left_ms: other.until_unix_ms.saturating_sub(now_unix_ms) });
        }
        self.log(&by, what, Outcome::Allowed).await?;
        let for_ms = i64::try_from(TAKEN_FOR.as_millis()).unwrap_or(i64::MAX);
        let taken = (&ask.person, by.role.as_str(), now_unix_ms.saturating_add(for_ms));
        self.doors.store.take_alert(&by.event_id, taken, now_unix_ms).await?;
        self.note_act(&by.found, ask, ("took", &by.role), "").await
    }

    /// A person wants others to look at an alert.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn escalate(&self, ask: &AlertAsk, reason: Escalation) -> Result<(), ReviewError> {
        let what = format!("escalates the alert: {}", reason.name());
        let _turn = self.lock().await?;
        let by = self.admit(ask, "", &what).await?;
        self.log(&by, &what, Outcome::Allowed).await?;
        let escalated = (reason.name(), by.role.as_str());
        let now_unix_ms = self.doors.clock.unix_ms();
        self.doors.store.escalate_alert(&by.event_id, escalated, now_unix_ms).await?;
        self.note_act(&by.found, ask, ("escalated", &by.role), reason.name()).await
    }

    /// What was done about an alert of an exercise, for its debrief.
    async fn note_act(
        &self,
        found: &FoundEvent,
        ask: &AlertAsk,
        (what, role): (&str, &str),
        code: &str,
    ) -> Result<(), ReviewError> {
        if !is_exercise(&found.event) {
            return Ok(());
        }
        let act = Act {
            person: ask.person.to_string(),
            what: what.to_owned(),
            role: role.to_owned(),
            code: code.to_owned(),
            unix_ms: self.doors.clock.unix_ms(),
        };
        Ok(self.doors.store.exercise_act(&found.event.id, &act).await?)
    }

    /// Where an alert stands, as this person may see it; none where they may not.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn look(
        &self,
        reader: &Reader,
        found: &FoundEvent,
    ) -> Result<Option<Looked>, StoreError> {
        let row = self.doors.store.alert(&found.event.id).await?;
        let now_unix_ms = self.doors.clock.unix_ms();
        let Ok(state) = reader.show_alert(found, &row, now_unix_ms) else { return Ok(None) };
        let owed = Owed::to(&found.event, &self.library(), now_unix_ms);
        let deadline_unix_ms =
            owed.and_then(|owed| self.deadline_unix_ms(&owed, found.stored_unix_ms)).map(|exact| {
                if state.tells_time { exact } else { exact.saturating_sub(exact.rem_euclid(MINUTE_MS)) }
            });
        Ok(Some(Looked { state, owed, deadline_unix_ms }))
    }

    /// The same of an alert that changed, though it may be erased by now.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn look_again(
        &self,
        reader: &Reader,
        event_id: &[u8],
    ) -> Result<Option<Looked>, StoreError> {
        let store = &self.doors.store;
        let found = match store.event(event_id).await? {
            Some(found) => Some(found),
            None => store.erased_alert(event_id).await?,
        };
        match found {
            Some(found) => self.look(reader, &found).await,
            None => Ok(None),
        }
    }

    /// Lets somebody do something about an alert; where they may not, that is logged.
    pub(super) async fn admit(
        &self,
        ask: &AlertAsk,
        action: &str,
        what: &str,
    ) -> Result<Admitted, ReviewError> {
        let event_id = <[u8; 16]>::try_from(ask.event_id.as_slice()).map_err(|_| ReviewError::Invalid {
            field: "event_id",
            expected: "16 bytes",
            found: ask.event_id.len().to_string(),
        })?;
        let why = Why { purpose: ask.purpose.clone(), justification: String::new() };
        let reader = self.reader(ask, Ask { action: Action::Read, why }).await?;
        let now_unix_ms = self.doors.clock.unix_ms();
        let found = self.doors.store.event(&event_id).await?.filter(|found| raises(&found.event));
        let (rule, is_known) = match found {
            Some(found) => match reader.reviewer(&found, action, now_unix_ms) {
                Ok((role, needed)) => return Ok(Admitted { reader, found, event_id, role, needed }),
                Err(rule) => (rule.name(), reader.knows_of(&found, now_unix_ms)),
            },
            None => (UNKNOWN_EVENT, false),
        };
        let denied = Outcome::Denied { rule: rule.to_owned() };
        self.doors.audit.of_alert(&reader, (reader.recipient(), event_id), what, denied).await?;
        Err(if is_known { ReviewError::NotYours { rule } } else { ReviewError::UnknownAlert })
    }

    pub(super) async fn reader(&self, ask: &AlertAsk, asked: Ask) -> Result<Reader, ReviewError> {
        let refused = match self.doors.access.reader(&ask.person, &asked).await {
            Ok(reader) => return Ok(reader),
            Err(Refused::Store(error)) => return Err(error.into()),
            Err(refused) => refused,
        };
        if let Refused::BeyondControlRoom { recipient } = &refused {
            let (recipient, rule) = (recipient.clone(), Rule::Unreviewed.name());
            self.doors.audit.read_refused(&ask.person, recipient, Subject::Events, rule).await?;
        }
        Err(ReviewError::Refused(refused))
    }

    pub(super) async fn log(&self, by: &Admitted, what: &str, outcome: Outcome) -> Result<(), ReviewError> {
        let who = (Some(by.role.clone()), by.event_id);
        Ok(self.doors.audit.of_alert(&by.reader, who, what, outcome).await?)
    }

    /// Ends an alert that nobody decided in time; nothing happens where somebody did, or it ended before.
    pub(super) async fn end_unless_decided(
        &self,
        found: &FoundEvent,
        lapse: Lapse,
    ) -> Result<(), LapseError> {
        let _turn = self.lock().await?;
        let row: AlertRow = self.doors.store.alert(&found.event.id).await?;
        if row.decided().is_some() {
            return Ok(());
        }
        // Another box may have told an event of the same id.
        let is_left = lapse == Lapse::Erased && self.doors.store.holds(found).await?;
        if row.lapse == Some(lapse) && !is_left {
            return Ok(());
        }
        self.doors.audit.lapsed(found, lapse).await?;
        let lapsing = Lapsing { found, lapse };
        let records = self.doors.store.lapse_alert(&lapsing, self.doors.clock.unix_ms()).await?;
        tracing::info!(records, is_erased = lapse == Lapse::Erased, "nobody reviewed an alert in time");
        Ok(())
    }

    /// Until when an alert must be reviewed; none where the policy sets no deadline.
    pub(super) fn deadline_unix_ms(&self, owed: &Owed, stored_unix_ms: i64) -> Option<i64> {
        let since_unix_ms = self.since_unix_ms.load(Ordering::Relaxed);
        // Stored in a future that was set back since.
        let is_ahead = stored_unix_ms > self.doors.clock.unix_ms();
        let from_unix_ms = if is_ahead { since_unix_ms } else { stored_unix_ms.max(since_unix_ms) };
        owed.deadline_ms.map(|deadline_ms| from_unix_ms.saturating_add(deadline_ms))
    }

    /// No deadline counts from before this moment.
    pub(super) fn count_from(&self, unix_ms: i64) {
        self.since_unix_ms.store(unix_ms, Ordering::Relaxed);
    }

    /// Both clocks.
    pub(super) fn now(&self) -> (Instant, i64) {
        (self.doors.clock.instant(), self.doors.clock.unix_ms())
    }

    /// What is published.
    pub(super) fn library(&self) -> Arc<Library> {
        Arc::clone(&self.doors.library.borrow())
    }

    pub(super) fn doors(&self) -> &Doors {
        &self.doors
    }

    pub(super) fn audit(&self) -> &Audit {
        &self.doors.audit
    }

    /// One person's turn, on all hubs.
    pub(super) async fn lock(&self) -> Result<(MutexGuard<'_, ()>, Alone), StoreError> {
        let turn = self.turn.lock().await;
        Ok((turn, self.doors.store.turn(Turn::Reviews).await?))
    }

    pub(super) fn store(&self) -> &Store {
        &self.doors.store
    }
}

/// As logs and the page name it.
pub(crate) fn name_of(verdict: Verdict) -> String {
    verdict.as_str_name().trim_start_matches("VERDICT_").to_lowercase()
}
