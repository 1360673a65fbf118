//! To which hub, and as whom. Read anew for each connection: a box that was enrolled again needs no restart.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tonic::Status;
use velum_proto::v1::BoxMessage;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_vocab::Clock;

use crate::error::UplinkError;
use crate::identity::Identity;
use crate::tls::{Address, Connect};
use crate::trouble::Trouble;

/// The way of one box to its hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubAccess {
    /// The folder that the enrolment wrote.
    pub identity_dir: PathBuf,
    /// `host:port`; where there is none, as the enrolment said.
    pub address: Option<String>,
}

/// Why a hub does not let this box in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProbeError {
    /// There is no identity to show, or no address.
    #[error(transparent)]
    Identity(#[from] UplinkError),
    /// Nobody answers: events wait on this box.
    #[error("{address}: {trouble}")]
    Unreachable {
        /// The hub.
        address: String,
        /// What failed.
        trouble: Trouble,
    },
    /// Who answers is not the hub, or does not take this box.
    #[error("{address}: {trouble}")]
    Refused {
        /// The hub.
        address: String,
        /// Who refused, and why.
        trouble: Trouble,
    },
}

impl HubAccess {
    /// How to connect, with the identity as it is on the disk now.
    pub(crate) fn connect(&self, clock: Arc<dyn Clock>) -> Result<Connect, UplinkError> {
        self.connect_as(&Identity::load(&self.identity_dir)?, clock)
    }

    /// How to connect with another identity of this box.
    pub(crate) fn connect_as(
        &self,
        identity: &Identity,
        clock: Arc<dyn Clock>,
    ) -> Result<Connect, UplinkError> {
        let address = self.address.as_deref().unwrap_or(identity.hub_address());
        Connect::mutual(Address::parse(address)?, identity, clock)
    }

    /// Connects as this box would, hears whether the hub takes it, and leaves without a word: a connection of the
    /// same box that is open stays open. Gives the hub's address.
    ///
    /// # Errors
    /// [`ProbeError`].
    pub async fn probe(&self, clock: Arc<dyn Clock>, timeout: Duration) -> Result<String, ProbeError> {
        let connect = self.connect(clock)?;
        let address = connect.address();
        let heard = tokio::time::timeout(timeout, hear(&connect, timeout)).await;
        match heard.unwrap_or_else(|_| Err(Trouble::timed_out())) {
            Ok(()) => Ok(address),
            Err(trouble) if trouble.is_refusal() => Err(ProbeError::Refused { address, trouble }),
            Err(trouble) => Err(ProbeError::Unreachable { address, trouble }),
        }
    }
}

/// A call without a message: the hub judges the certificate, and begins no session before a hello.
pub(crate) async fn hear(connect: &Connect, timeout: Duration) -> Result<(), Trouble> {
    let channel = connect.channel(timeout).await.map_err(|error| Trouble::of(&error))?;
    let said = |status: Status| Trouble::of_status(&status);
    let answer = UplinkClient::new(channel).connect(tokio_stream::empty::<BoxMessage>()).await;
    answer.map_err(said)?.into_inner().message().await.map_err(said)?;
    Ok(())
}
