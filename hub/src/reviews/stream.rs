//! gRPC's face of reviews: a person's word, and the stream of what was decided, under LED all that goes beyond the
//! control room.
//!
//! Invariants: the stream has its own numbers, so that it tells nothing of alerts that nobody reviewed; and what it
//! shows went through [`Reader::show_reviewed`].

use std::collections::BTreeSet;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Response, Status};
use velum_policy::audit::Subject;
use velum_proto::v1::{ReviewedRecord, ReviewedRequest, SetVerdictRequest, SetVerdictResponse};

use super::desk::{AlertAsk, ReviewError};
use crate::access::{Action, Ask, Held, Reader, Rule, Why};
use crate::events::{EventsService, failed, not_logged};
use crate::identity::Identity;
use crate::store::ReviewedRow;

const PAGE: u32 = 100;
const AHEAD: usize = 64;

type Records = mpsc::Sender<Result<ReviewedRecord, Status>>;

/// A follower of the stream.
struct Following {
    ask: Ask,
    reader: Reader,
    cursor: u64,
    /// The rules that the audit log knows to have held something back.
    told: BTreeSet<Rule>,
}

impl EventsService {
    /// Takes a person's word on an alert.
    pub(crate) async fn take_verdict(
        &self,
        identity: &Identity,
        request: SetVerdictRequest,
    ) -> Result<SetVerdictResponse, ReviewError> {
        let verdict = request.verdict();
        let SetVerdictRequest { event_id, purpose, action, .. } = request;
        let ask = AlertAsk { person: identity.person(), event_id, purpose };
        let reviewed = self.reviews.review(&ask, verdict, &action).await?;
        Ok(SetVerdictResponse { decided: reviewed.is_decided, cursor: reviewed.cursor })
    }

    /// Opens the stream of what was decided.
    pub(crate) async fn follow_reviewed(
        &self,
        identity: Identity,
        request: ReviewedRequest,
    ) -> Result<Response<ReceiverStream<Result<ReviewedRecord, Status>>>, Status> {
        let cursor = match request.after_cursor {
            Some(cursor) => cursor,
            None => self.store.newest_reviewed().await.map_err(|error| failed(&error))?,
        };
        let action = if request.export { Action::Export } else { Action::Read };
        let why = Why { purpose: request.purpose, justification: request.justification };
        let ask = Ask { action, why };
        let reader = self.access.any_reader(&identity.person(), &ask).await?;
        let what = format!("follows reviewed alerts after number {cursor}");
        let logged = self.audit.read(&reader, Subject::Events, &what, None, &Held::default()).await;
        logged.map_err(|error| not_logged(&error))?;
        let wake = self.store.reviews();
        let (records, stream) = mpsc::channel(AHEAD);
        let following = Following { ask, reader, cursor, told: BTreeSet::new() };
        tokio::spawn(self.clone().feed_reviewed(identity, following, wake, records));
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn feed_reviewed(
        self,
        identity: Identity,
        following: Following,
        wake: watch::Receiver<u64>,
        records: Records,
    ) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => return,
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            revoked = self.operators.ended(&identity) => Err(revoked),
            ended = self.send_reviewed(following, wake, &records) => ended,
        };
        if let Err(status) = ended
            && records.send(Err(status)).await.is_err()
        {
            tracing::debug!(operator = %identity.name, "the reason could not be told");
        }
    }

    async fn send_reviewed(
        &self,
        mut of: Following,
        mut wake: watch::Receiver<u64>,
        records: &Records,
    ) -> Result<(), Status> {
        loop {
            // Seen before reading: what is decided while we read wakes us again.
            wake.borrow_and_update();
            self.renew_reviewed(&mut of).await?;
            let page = self.store.reviewed(of.cursor, PAGE).await.map_err(|error| failed(&error))?;
            let is_last = page.len() < PAGE as usize;
            for row in page {
                if let Some(record) = self.shown(&mut of, &row).await?
                    && records.send(Ok(record)).await.is_err()
                {
                    return Ok(());
                }
                of.cursor = row.cursor;
            }
            if is_last && wake.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// As for the stream of records: from the next entries on, new roles and policies count, and new roles are logged.
    async fn renew_reviewed(&self, of: &mut Following) -> Result<(), Status> {
        let renewed = self.access.any_reader(of.reader.person(), &of.ask).await?;
        if renewed.recipient() != of.reader.recipient() {
            let what = format!("follows reviewed alerts after number {} in other roles", of.cursor);
            let logged = self.audit.read(&renewed, Subject::Events, &what, None, &Held::default()).await;
            logged.map_err(|error| not_logged(&error))?;
        }
        of.reader = renewed;
        Ok(())
    }

    /// What of an entry may be shown; none where nothing may, or its event is deleted by now.
    async fn shown(&self, of: &mut Following, row: &ReviewedRow) -> Result<Option<ReviewedRecord>, Status> {
        let found = self.store.event(&row.event_id).await.map_err(|error| failed(&error))?;
        let Some(found) = found else { return Ok(None) };
        match of.reader.show_reviewed(row, found, self.clock.unix_ms()) {
            Ok(record) => Ok(Some(record)),
            Err(rule) => {
                let mut held = Held::default();
                held.add(rule);
                let logged = self.audit.held_back(&of.reader, &held, &mut of.told).await;
                logged.map_err(|error| not_logged(&error))?;
                Ok(None)
            }
        }
    }
}

impl From<ReviewError> for Status {
    fn from(error: ReviewError) -> Self {
        let text = error.to_string();
        match error {
            ReviewError::Refused(refused) => refused.into(),
            ReviewError::Invalid { .. } => Self::invalid_argument(text),
            ReviewError::UnknownAlert => Self::not_found(text),
            ReviewError::NotYours { .. } => Self::permission_denied(text),
            ReviewError::Taken { .. } => Self::failed_precondition(text),
            ReviewError::NotLogged | ReviewError::Store => Self::unavailable(text),
        }
    }
}
