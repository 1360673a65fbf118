//! gRPC's face of reviews: a person's word, and the stream of what was decided, under LED all that goes beyond the
//! control room.
//!
//! Invariants: the stream has its own numbers, so that it tells nothing of alerts that nobody reviewed; and what it
//! shows see [`crate::following`].

use tokio::sync::mpsc;
use tonic::{Response, Status};
use velum_proto::v1::{ReviewedRecord, ReviewedRequest, SetVerdictRequest, SetVerdictResponse};

use super::desk::{AlertAsk, ReviewError};
use crate::access::{Action, Ask, Why};
use crate::events::{EventsService, failed};
use crate::following::Reviewed;
use crate::identity::Identity;
use crate::operators::Ended;
use crate::telling::{Last, Telling, telling};

const AHEAD: usize = 64;

type Records = mpsc::Sender<Result<ReviewedRecord, Status>>;

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
        (identity, ended): (Identity, Ended),
        request: ReviewedRequest,
    ) -> Result<Response<Telling<Result<ReviewedRecord, Status>>>, Status> {
        let cursor = match request.after_cursor {
            Some(cursor) => cursor,
            None => self.doors.store.newest_reviewed().await.map_err(|error| failed(&error))?,
        };
        let action = if request.export { Action::Export } else { Action::Read };
        let why = Why { purpose: request.purpose, justification: request.justification };
        let ask = Ask { action, why };
        let following = Reviewed::after(cursor, self.doors.clone(), (&identity.person(), ask)).await?;
        let (records, last, stream) = telling(AHEAD);
        tokio::spawn(self.clone().feed_reviewed(ended, following, (records, last)));
        Ok(Response::new(stream))
    }

    async fn feed_reviewed(
        self,
        ended: Ended,
        mut following: Reviewed,
        (records, last): (Records, Last<Result<ReviewedRecord, Status>>),
    ) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => return,
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            status = ended => Err(status),
            ended = send_reviewed(&mut following, &records) => ended,
        };
        if let Err(status) = ended {
            last.say(Err(status));
        }
    }
}

async fn send_reviewed(following: &mut Reviewed, records: &Records) -> Result<(), Status> {
    while let Some(record) = following.next().await? {
        if records.send(Ok(record)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

impl From<ReviewError> for Status {
    fn from(error: ReviewError) -> Self {
        let text = error.to_string();
        match error {
            ReviewError::Refused(refused) => refused.into(),
            ReviewError::Invalid { .. } => Self::invalid_argument(text),
            ReviewError::UnknownAlert | ReviewError::UnknownText | ReviewError::TextGone => {
                Self::not_found(text)
            }
            ReviewError::NotYours { .. } => Self::permission_denied(text),
            ReviewError::Taken { .. }
            | ReviewError::NoVerdict
            | ReviewError::NotSuppressible { .. }
            | ReviewError::Outdated { .. } => Self::failed_precondition(text),
            ReviewError::NotLogged | ReviewError::Store | ReviewError::Sealing => Self::unavailable(text),
        }
    }
}
