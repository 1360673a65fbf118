//! Redacted stills: asked for one by one, written into the audit log, fetched from the box, checked, shown.
//!
//! `desk` is the one way to a still, for gRPC and console alike; `allowance` bounds how often a person may ask,
//! `jpeg` looks at what came. Invariants: the audit entry is on the
//! disk before the box is asked; a picture whose outcome cannot be logged is not shown; no picture is ever
//! written to the hub's disk.

mod allowance;
mod desk;
mod jpeg;

use std::sync::Arc;

use tonic::{Request, Response, Status};
use velum_proto::v1::stills_server::Stills;
use velum_proto::v1::{GetStillRequest, GetStillResponse};

pub(crate) use desk::{Ask, Desk, Doors, StillError};
#[cfg(test)]
pub(crate) use jpeg::tests::least as least_jpeg;

use crate::operators::Operators;

/// A [`velum_proto::v1::Still`] with its envelope: the protocol's 3 MiB of picture, and what is around it.
pub(crate) const ANSWER_BYTES: usize = jpeg::MOST_BYTES + 64 * 1_024;

/// The service for operators with a certificate.
#[derive(Clone)]
pub(crate) struct StillsService {
    pub(crate) desk: Arc<Desk>,
    pub(crate) operators: Arc<Operators>,
}

#[tonic::async_trait]
impl Stills for StillsService {
    async fn get(&self, request: Request<GetStillRequest>) -> Result<Response<GetStillResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let request = request.into_inner();
        let ask = Ask {
            operator: identity.person(),
            event_id: request.event_id,
            purpose: request.purpose,
            justification: request.justification,
        };
        let still = self.desk.fetch(ask).await?;
        Ok(Response::new(GetStillResponse { still: Some(still) }))
    }
}

impl From<StillError> for Status {
    fn from(error: StillError) -> Self {
        let text = error.to_string();
        match error {
            StillError::Invalid { .. } => Self::invalid_argument(text),
            StillError::UnknownEvent => Self::not_found(text),
            StillError::TooMany { .. } => Self::resource_exhausted(text),
            StillError::Withheld { .. } => Self::permission_denied(text),
            StillError::Away { .. }
            | StillError::Elsewhere { .. }
            | StillError::TimedOut { .. }
            | StillError::Busy
            | StillError::NotLogged
            | StillError::Store => Self::unavailable(text),
        }
    }
}
