//! What a person writes beside their own word, and how somebody reads it: sealed apart, opened one by one.
//!
//! Invariants: a text may say anything, so nothing but the store has it, and nothing but this opens it; who opens one, for
//! what and why, is in the audit log before it is shown.

use std::sync::Arc;

use velum_policy::audit::Outcome;
use zeroize::Zeroizing;

use super::desk::{AlertAsk, ReviewDesk, ReviewError};
use super::sealing::{Bound, SealError};
use super::{UNKNOWN_EVENT, owed};
use crate::access::{self, Action, Ask, Reader, Why};
use crate::identity::same_person;
use crate::pending::random_id;
use crate::store::FoundEvent;

/// The longest text, characters.
const TEXT_CHARS: usize = 2_000;
/// As the audit log names that there is no such text, or none that the person may read.
const UNKNOWN_TEXT: &str = "unknown_text";

/// Who wants to read which text.
#[derive(Debug, Clone)]
pub(crate) struct TextAsk {
    pub(crate) alert: AlertAsk,
    pub(crate) text_id: Vec<u8>,
    /// Why: never empty.
    pub(crate) justification: String,
}

/// A text that is about to be shown.
#[derive(Debug)]
pub(crate) struct OpenedText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) written_unix_ms: i64,
}

impl From<SealError> for ReviewError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::NoKey => Self::TextGone,
            error => {
                tracing::error!(%error, "a text beside a verdict cannot be sealed or opened");
                Self::Sealing
            }
        }
    }
}

impl ReviewDesk {
    /// Seals what a person writes beside their own word; an empty text takes the older one away.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn write_text(&self, ask: &AlertAsk, text: &str) -> Result<(), ReviewError> {
        let text = checked(text)?;
        let what = if text.is_empty() {
            "takes back the text to their own word on the alert"
        } else {
            "writes a text to their own word on the alert; it is sealed"
        };
        let _turn = self.lock().await?;
        let by = self.admit(ask, "", what).await?;
        let (doors, now_unix_ms) = (self.doors(), self.doors().clock.unix_ms());
        let me = same_person(&ask.person.to_string());
        let said = doors.store.alert(&by.event_id).await?.said;
        if !said.iter().any(|said| same_person(&said.person) == me) {
            let outcome = Outcome::Denied { rule: "no_verdict".to_owned() };
            self.log(&by, what, outcome).await?;
            return Err(ReviewError::NoVerdict);
        }
        self.log(&by, what, Outcome::Allowed).await?;
        let of = (by.event_id.as_slice(), &ask.person);
        if text.is_empty() {
            return Ok(doors.store.put_text(of, None, now_unix_ms).await?);
        }
        let bound = Bound { event_id: by.event_id, text_id: random_id().ok_or(ReviewError::Sealing)? };
        let sealer = Arc::clone(&doors.sealer);
        let sealing = tokio::task::spawn_blocking(move || sealer.seal(bound, &text, now_unix_ms));
        let sealed = sealing.await.map_err(|_| ReviewError::Sealing)??;
        Ok(doors.store.put_text(of, Some((&bound.text_id, &sealed)), now_unix_ms).await?)
    }

    /// Opens one text, for a purpose and a reason.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub(crate) async fn open_text(&self, ask: &TextAsk) -> Result<OpenedText, ReviewError> {
        let reason = ask.justification.trim();
        if reason.is_empty() {
            let found = "none".to_owned();
            return Err(ReviewError::Invalid { field: "justification", expected: "a reason", found });
        }
        let unknown = |_| ReviewError::UnknownAlert;
        let event_id = <[u8; 16]>::try_from(ask.alert.event_id.as_slice()).map_err(unknown)?;
        let text_id = <[u8; 16]>::try_from(ask.text_id.as_slice()).map_err(|_| ReviewError::UnknownText)?;
        let why = Why { purpose: ask.alert.purpose.clone(), justification: access::within_limit(reason) };
        let reader = self.reader(&ask.alert, Ask { action: Action::Read, why }).await?;
        let (doors, bound) = (self.doors(), Bound { event_id, text_id });
        let found = doors.store.event(&event_id).await?.filter(|found| owed::raises(&found.event));
        if let Err((rule, error)) = self.may_open(&reader, found.as_ref(), bound).await? {
            let denied = Outcome::Denied { rule: rule.to_owned() };
            doors.audit.text_opened(&reader, event_id, denied).await?;
            return Err(error);
        }
        doors.audit.text_opened(&reader, event_id, Outcome::Allowed).await?;
        let row = doors.store.text(&event_id, &text_id).await?.ok_or(ReviewError::UnknownText)?;
        let sealer = Arc::clone(&doors.sealer);
        let opening = tokio::task::spawn_blocking(move || sealer.open(bound, &row.sealed));
        let text = opening.await.map_err(|_| ReviewError::Sealing)??;
        Ok(OpenedText { text, written_unix_ms: row.written_unix_ms })
    }

    /// Whether a person may read a text: the inner result says by which rule not.
    async fn may_open(
        &self,
        reader: &Reader,
        found: Option<&FoundEvent>,
        of: Bound,
    ) -> Result<Result<(), (&'static str, ReviewError)>, ReviewError> {
        let Some(found) = found else { return Ok(Err((UNKNOWN_EVENT, ReviewError::UnknownAlert))) };
        let row = self.doors().store.alert(&of.event_id).await?;
        let now_unix_ms = self.doors().clock.unix_ms();
        let state = match reader.show_alert(found, &row, now_unix_ms) {
            Ok(state) => state,
            Err(rule) if reader.knows_of(found, now_unix_ms) => {
                return Ok(Err((rule.name(), ReviewError::NotYours { rule: rule.name() })));
            }
            Err(rule) => return Ok(Err((rule.name(), ReviewError::UnknownAlert))),
        };
        let is_told = state.texts.iter().any(|text| text.text_id == of.text_id);
        Ok(if is_told { Ok(()) } else { Err((UNKNOWN_TEXT, ReviewError::UnknownText)) })
    }
}

/// A text as people write it: lines, and nothing that moves a cursor.
fn checked(text: &str) -> Result<Zeroizing<String>, ReviewError> {
    let text = Zeroizing::new(text.replace("\r\n", "\n").trim().to_owned());
    let chars = text.chars().count();
    let invalid = |expected, found| Err(ReviewError::Invalid { field: "text", expected, found });
    if chars > TEXT_CHARS {
        return invalid("at most 2,000 characters", chars.to_string());
    }
    if text.chars().any(|one| one.is_control() && one != '\n') {
        return invalid("lines of text", "control characters".to_owned());
    }
    Ok(text)
}
