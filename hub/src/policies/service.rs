//! `Policy`: publishing, and what runs where.

use std::sync::Arc;

use tonic::{Request, Response, Status};
use velum_proto::v1::policy_receipt;
use velum_proto::v1::policy_server::Policy;
use velum_proto::v1::{
    BoxPolicy, PolicyStatusRequest, PolicyStatusResponse, PublishPolicyRequest, PublishPolicyResponse,
};

use super::{Policies, PublishError};
use crate::clock::Clock;
use crate::operators::Operators;
use crate::sessions::Sessions;
use crate::store::{BoxPolicyRow, Store};

/// A policy, its opinion, and what is around them.
pub(crate) const MOST_BYTES: usize = 3 * 1_024 * 1_024;

/// The service for operators with a certificate. Who may decide is no matter of certificates but of the approvers'
/// signatures: who publishes only carries.
#[derive(Clone)]
pub(crate) struct PolicyService {
    pub(crate) policies: Arc<Policies>,
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) operators: Arc<Operators>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl Policy for PolicyService {
    async fn publish(
        &self,
        request: Request<PublishPolicyRequest>,
    ) -> Result<Response<PublishPolicyResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let PublishPolicyRequest { policy_json, opinion_json, check_only } = request.into_inner();
        let now = (self.clock.unix_ms(), check_only);
        let done = self.policies.publish((policy_json, opinion_json), &identity.name, now).await;
        let outcome = done.map_err(|error| {
            tracing::warn!(operator = %identity.name, %error, "a policy was not published");
            refused(&error)
        })?;
        let is_first = self.policies.watch().borrow().is_first(&outcome.published);
        Ok(Response::new(PublishPolicyResponse {
            policy: Some(outcome.published.to_wire(is_first)),
            was_known: outcome.was_known,
        }))
    }

    async fn status(
        &self,
        request: Request<PolicyStatusRequest>,
    ) -> Result<Response<PolicyStatusResponse>, Status> {
        self.operators.admit(&request).await?;
        let rows = self.store.box_policies().await.map_err(|error| refused(&error.into()))?;
        let boxes = rows.into_iter().map(|row| self.of_box(row)).collect();
        let policies = self.policies.watch().borrow().to_wire();
        Ok(Response::new(PolicyStatusResponse { policies, boxes }))
    }
}

impl PolicyService {
    fn of_box(&self, row: BoxPolicyRow) -> BoxPolicy {
        let outcome = policy_receipt::Outcome::try_from(row.outcome).unwrap_or_default();
        BoxPolicy {
            is_connected: self.sessions.is_connected(&row.name),
            r#box: row.name,
            policy_id: row.policy_id,
            digest: row.digest,
            offered_digest: row.offered_digest,
            outcome: outcome.into(),
            reason: row.reason,
        }
    }
}

fn refused(error: &PublishError) -> Status {
    let text = error.to_string();
    match error {
        PublishError::NoApprovers => Status::failed_precondition(text),
        PublishError::Policy(_)
        | PublishError::AfterBegun { .. }
        | PublishError::Recipients(_)
        | PublishError::OtherRegime { .. }
        | PublishError::OtherRow { .. } => Status::invalid_argument(text),
        PublishError::Store(_) | PublishError::Audit(_) => {
            tracing::error!(?error, "the hub failed");
            Status::unavailable(text)
        }
    }
}
