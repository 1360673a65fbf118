//! What somebody who follows a stream of the hub is told, one after the other: a program with a certificate, or a
//! connector. In `records` what boxes reported, in `reviewed` what people decided.
//!
//! Fed from the store by cursor, so that however slow somebody reads, they miss nothing; the news of a newer cursor
//! only wakes. Invariants: every event is judged by [`Reader`] when it is asked for and not before, with the roles and
//! policies of that page; and what somebody follows, and each rule that held something back, is in the audit log first.

mod records;
mod reviewed;

use std::sync::Arc;

use velum_policy::audit::Subject;

use crate::access::{Access, Ask, Held, Reader, Refused, Rule};
use crate::audit::{Audit, AuditFailure};
use crate::clock::Clock;
use crate::identity::Person;
use crate::store::{Store, StoreError};

pub(crate) use records::Records;
pub(crate) use reviewed::Reviewed;

/// What every read goes through.
#[derive(Clone)]
pub(crate) struct Doors {
    pub(crate) store: Arc<Store>,
    pub(crate) access: Arc<Access>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why nothing more is told.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// The person may not ask this.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is to be told cannot be logged.
    #[error(transparent)]
    NotLogged(#[from] AuditFailure),
}

impl Doors {
    /// Lets a person read, or says why not; a refusal by the policy is logged.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn reader(&self, person: &Person, ask: &Ask) -> Result<Reader, Trouble> {
        match self.access.reader(person, ask).await {
            Ok(reader) => Ok(reader),
            Err(refused) => {
                self.log_refusal(person, &refused, Subject::Events).await?;
                Err(refused.into())
            }
        }
    }

    /// A refusal by the policy is logged; what is wrong with the request or the store is not.
    ///
    /// # Errors
    /// [`AuditFailure`].
    pub(crate) async fn log_refusal(
        &self,
        person: &Person,
        refused: &Refused,
        subject: Subject,
    ) -> Result<(), AuditFailure> {
        let Refused::BeyondControlRoom { recipient } = refused else { return Ok(()) };
        self.audit.read_refused(person, recipient.clone(), subject, Rule::Unreviewed.name()).await
    }

    async fn log_following(&self, reader: &Reader, what: &str) -> Result<(), Trouble> {
        Ok(self.audit.read(reader, Subject::Events, what, None, &Held::default()).await?)
    }
}
