//! A person's word on an alert, and the stream of what was decided: under LED all that goes beyond the control room.
//!
//! Invariants: a word is in the audit log before it counts; the stream has its own numbers, so that it tells nothing
//! of alerts that nobody reviewed; what it shows see `following`.

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use velum_policy::audit::{Outcome, is_name};
use velum_proto::v1::{
    EventKind, EventState, ReviewedRecord, ReviewedRequest, SetVerdictRequest, SetVerdictResponse, Verdict,
};

use crate::access::{Action, Ask, Why};
use crate::events::{EventsService, failed, not_logged};
use crate::following::Reviewed;
use crate::identity::Identity;
use crate::store::{FoundEvent, Review};

const AHEAD: usize = 64;
/// As the audit log names that an id is of no alert here.
pub(crate) const UNKNOWN_EVENT: &str = "unknown_event";

type Sender = mpsc::Sender<Result<ReviewedRecord, Status>>;

impl EventsService {
    /// Takes a person's word on an alert.
    pub(crate) async fn take_verdict(
        &self,
        identity: &Identity,
        request: SetVerdictRequest,
    ) -> Result<SetVerdictResponse, Status> {
        let verdict = request.verdict();
        let event_id = <[u8; 16]>::try_from(request.event_id.as_slice()).map_err(|_| {
            let text = format!("event_id: expected 16 bytes, found {}", request.event_id.len());
            Status::invalid_argument(text)
        })?;
        if verdict == Verdict::Unspecified {
            return Err(Status::invalid_argument(
                "verdict: expected one of the protocol's verdicts, found none",
            ));
        }
        if !request.action.is_empty() && !is_name(&request.action) {
            return Err(Status::invalid_argument(
                "action: expected a name of at most 128 characters, found another text",
            ));
        }
        let why = Why { purpose: request.purpose, justification: String::new() };
        let reader = self.reader(&identity.person(), &Ask { action: Action::Read, why }).await?;
        let now_unix_ms = self.doors.clock.unix_ms();
        let name = verdict_name(verdict);
        let log = async |role: Option<String>, outcome| {
            let logged = self.doors.audit.reviewed(&reader, (role, event_id), &name, outcome).await;
            logged.map_err(|error| not_logged(&error))
        };
        let found = self.alert(&event_id).await?;
        let reviewer = match &found {
            Some(found) => reader
                .reviewer(found, &request.action, now_unix_ms)
                .map_err(|rule| (rule.name(), reader.knows_of(found, now_unix_ms))),
            None => Err((UNKNOWN_EVENT, false)),
        };
        let (role, needed) = match reviewer {
            Ok(reviewer) => reviewer,
            Err((rule, is_known)) => {
                log(reader.recipient(), Outcome::Denied { rule: rule.to_owned() }).await?;
                return Err(not_to_review(rule, is_known));
            }
        };
        let stored_unix_ms = found.map(|found| found.stored_unix_ms).unwrap_or_default();
        log(Some(role.clone()), Outcome::Allowed).await?;
        let review = Review {
            event_id: event_id.to_vec(),
            person: identity.person(),
            role,
            verdict,
            needed,
            stored_unix_ms,
        };
        let reviewed = self.doors.store.review(&review, now_unix_ms).await.map_err(|error| failed(&error))?;
        Ok(SetVerdictResponse { decided: reviewed.is_decided, cursor: reviewed.cursor })
    }

    /// The event that raised an alert.
    async fn alert(&self, event_id: &[u8]) -> Result<Option<FoundEvent>, Status> {
        let found = self.doors.store.event(event_id).await.map_err(|error| failed(&error))?;
        Ok(found.filter(|found| {
            found.event.kind() != EventKind::CameraHealth && found.event.state() == EventState::Raised
        }))
    }

    /// Opens the stream of what was decided.
    pub(crate) async fn follow_reviewed(
        &self,
        identity: Identity,
        request: ReviewedRequest,
    ) -> Result<Response<ReceiverStream<Result<ReviewedRecord, Status>>>, Status> {
        let cursor = match request.after_cursor {
            Some(cursor) => cursor,
            None => self.doors.store.newest_reviewed().await.map_err(|error| failed(&error))?,
        };
        let action = if request.export { Action::Export } else { Action::Read };
        let why = Why { purpose: request.purpose, justification: request.justification };
        let ask = Ask { action, why };
        let following = Reviewed::after(cursor, self.doors.clone(), (&identity.person(), ask)).await?;
        let (records, stream) = mpsc::channel(AHEAD);
        tokio::spawn(self.clone().feed_reviewed(identity, following, records));
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn feed_reviewed(self, identity: Identity, mut following: Reviewed, records: Sender) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => return,
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            revoked = self.operators.ended(&identity) => Err(revoked),
            ended = send_reviewed(&mut following, &records) => ended,
        };
        if let Err(status) = ended
            && records.send(Err(status)).await.is_err()
        {
            tracing::debug!(operator = %identity.name, "the reason could not be told");
        }
    }
}

async fn send_reviewed(following: &mut Reviewed, records: &Sender) -> Result<(), Status> {
    while let Some(record) = following.next().await? {
        if records.send(Ok(record)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// A verdict by its name.
pub(crate) fn verdict_name(verdict: Verdict) -> String {
    verdict.as_str_name().trim_start_matches("VERDICT_").to_lowercase()
}

/// Whoever may not read an alert is answered as if there were none.
fn not_to_review(rule: &str, is_known: bool) -> Status {
    if is_known {
        return Status::permission_denied(format!("you may not review this alert, by rule `{rule}`"));
    }
    Status::not_found(
        "no such alert is stored here, or your recipient may not read it; name the id of the event that raised it",
    )
}
