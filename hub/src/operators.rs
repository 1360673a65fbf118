//! Operators with a certificate: who is let in, and whose open subscriptions end.
//!
//! Invariant: every call asks the store, so that a revocation counts from the next call on; where the store cannot
//! be asked, nobody is let in. A certificate that has ended lets nobody in either, and ends what is open by it, though its
//! connection stands.

use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use tokio::sync::watch;
use tonic::{Request, Response, Status};
use velum_proto::v1::{RenewRequest, RenewResponse, operators_server};

use crate::audit::Audit;
use crate::authority::{Authority, signs_nothing};
use crate::clock::Clock;
use crate::identity::{Identity, Role, certificate_ended, certificate_ends, require};
use crate::store::Store;

const REVOCATION_POLL: Duration = Duration::from_millis(500);

/// Why what is open by an operator's certificate ends, once it does.
pub(crate) type Ended = Pin<Box<dyn Future<Output = Status> + Send>>;

/// The door for operators.
pub(crate) struct Operators {
    store: Arc<Store>,
    clock: Arc<dyn Clock>,
    revoked: watch::Sender<HashSet<String>>,
    /// Calls that were refused.
    refused: Counter,
}

impl Operators {
    pub(crate) fn new(store: Arc<Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, revoked: watch::Sender::default(), refused: Counter::default() }
    }

    /// Counts the calls of revoked operators.
    pub(crate) fn refused(&self) -> Counter {
        self.refused.clone()
    }

    /// The caller, if it is an operator whose certificates are not revoked, by one that has not ended.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `PERMISSION_DENIED`, and `UNAVAILABLE` where the store fails.
    pub(crate) async fn admit<T: Sync>(&self, request: &Request<T>) -> Result<Identity, Status> {
        let identity = require(request, Role::Operator, self.clock.unix_ms())?;
        match self.store.is_operator_revoked(&identity.name).await {
            Ok(false) => Ok(identity),
            Ok(true) => {
                tracing::warn!(operator = %identity.name, "a revoked operator was refused");
                self.refused.inc();
                Err(revoked())
            }
            Err(error) => {
                tracing::error!(%error, "no operator is let in: revocations cannot be read");
                Err(Status::unavailable("the hub cannot read its store at the moment; its log says why"))
            }
        }
    }

    /// Waits until this operator is revoked, or the certificate ends by which the request came.
    pub(crate) fn ended<T>(&self, of: &Identity, request: &Request<T>) -> Ended {
        let (mut revocations, name) = (self.revoked.subscribe(), of.name.as_str().to_owned());
        let ended = certificate_ended(certificate_ends(request), Arc::clone(&self.clock));
        Box::pin(async move {
            tokio::select! {
                found = revocations.wait_for(|names| names.contains(&name)) => match found {
                    Ok(_) => revoked(),
                    Err(_) => Status::unavailable("the hub is stopping; subscribe again soon"),
                },
                status = ended => status,
            }
        })
    }

    /// Looks for new revocations, for ever: `velum-hub revoke` is another process.
    pub(crate) async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(REVOCATION_POLL);
        loop {
            ticks.tick().await;
            match self.store.revoked_operators().await {
                Ok(names) => {
                    let names = HashSet::from_iter(names);
                    self.revoked.send_if_modified(|known| {
                        let is_news = *known != names;
                        *known = names;
                        is_news
                    });
                }
                Err(error) => tracing::error!(%error, "revocations of operators cannot be read"),
            }
        }
    }
}

/// Renews operators' certificates.
pub(crate) struct RenewalService {
    pub(crate) operators: Arc<Operators>,
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[tonic::async_trait]
impl operators_server::Operators for RenewalService {
    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let authority = self.authority.as_ref().ok_or_else(signs_nothing)?;
        let certificate = authority.sign(request.into_inner().csr_der, &identity, self.clock.unix_ms())?;
        self.audit.certificate_renewed(&identity).await.map_err(|error| {
            tracing::error!(%error, "an operator's certificate was not renewed");
            Status::unavailable("the hub cannot write its audit log at the moment; its log says why")
        })?;
        tracing::info!(operator = %identity.name, "an operator's certificate was renewed");
        Ok(Response::new(RenewResponse { certificate_der: certificate.to_vec() }))
    }
}

fn revoked() -> Status {
    Status::permission_denied(
        "this operator's certificates were revoked; one with another name lets the person in again",
    )
}
