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
use tonic::{Request, Status};

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

fn revoked() -> Status {
    Status::permission_denied(
        "this operator's certificates were revoked; one with another name lets the person in again",
    )
}
