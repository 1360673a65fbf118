//! The connection to the hub: mutual TLS with an operator's certificate, and errors that say what to do.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};
use velum_proto::v1::events_client::EventsClient;

use crate::pki::renewal::{self, Standing, When};
use crate::screen::remark;

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const KEEPALIVE: Duration = Duration::from_secs(20);
/// From then on it is told that a certificate could not be renewed.
const SOON_DAYS: i64 = 30;
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// Which hub, and as whom.
#[derive(Debug, Clone, Args)]
pub(crate) struct HubArgs {
    /// The hub's address.
    #[arg(long, env = "VELUM_HUB", value_name = "URL", default_value = "https://localhost:7443")]
    hub: String,
    /// The folder that `velum pki init` made: authority.pem, and the operator's certificate and key.
    #[arg(long, env = "VELUM_PKI", value_name = "DIR", default_value = "pki")]
    pki: PathBuf,
    /// The operator whose certificate is used: NAME.pem and NAME.key in the folder of --pki.
    #[arg(long, env = "VELUM_OPERATOR", value_name = "NAME", default_value = "operator")]
    operator: String,
}

/// A client of the hub's events.
pub(crate) type Client = EventsClient<Channel>;

impl HubArgs {
    /// Connects.
    ///
    /// # Errors
    /// When files are missing, the address is wrong, or the hub cannot be reached.
    pub(crate) async fn connect(&self) -> Result<Client> {
        Ok(EventsClient::new(self.channel().await?).max_decoding_message_size(MAX_ANSWER_BYTES))
    }

    /// A connection for any of the hub's services.
    ///
    /// # Errors
    /// As [`HubArgs::connect`].
    pub(crate) async fn channel(&self) -> Result<Channel> {
        let channel = self.open().await?;
        self.renew_if_due(&channel).await;
        Ok(channel)
    }

    async fn open(&self) -> Result<Channel> {
        renewal::mend(&self.pki, &self.operator);
        self.endpoint()?.connect().await.map_err(|error| self.unreachable(&error))
    }

    /// Renews the operator's certificate where it is time; the connection at hand stays.
    async fn renew_if_due(&self, channel: &Channel) {
        let now_secs = renewal::now_secs();
        let standing = renewal::standing(&self.pki, &self.operator);
        let Some(standing) = standing.filter(|standing| standing.is_due(now_secs)) else { return };
        let renewed = renewal::renew(&self.pki, &self.operator, channel.clone(), When::Due).await;
        let days = standing.days_left(now_secs);
        let Some(error) = renewed.err().filter(|_| days < SOON_DAYS) else { return };
        let file = self.certificate();
        // What was asked for is answered all the same.
        let _told = remark(&format!(
            "velum: {}: ends in {days} days and could not be renewed ({error:#}); see `velum pki renew --help`",
            file.display()
        ));
    }

    /// Renews the operator's certificate.
    ///
    /// # Errors
    /// As [`HubArgs::connect`], and why the old one is used on.
    pub(crate) async fn renew(&self, when: When) -> Result<Standing> {
        renewal::renew(&self.pki, &self.operator, self.open().await?, when).await
    }

    /// The file of the operator's certificate.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.pki.join(format!("{}.pem", self.operator))
    }

    fn unreachable(&self, error: &tonic::transport::Error) -> anyhow::Error {
        let cause = deepest(error);
        let help = if cause.contains("certificate") {
            "is that host one of the names in the hub's certificate, and is --pki the folder of the `velum pki init` that made it?"
        } else {
            "is velum-hub running, and is that its address?"
        };
        anyhow::anyhow!("{}: the hub cannot be reached ({cause}); {help}", self.hub)
    }

    fn endpoint(&self) -> Result<Endpoint> {
        let url = match self.hub.split_once("://") {
            None => format!("https://{}", self.hub),
            Some(("https", _)) => self.hub.clone(),
            Some(_) => bail!(
                "{}: the hub speaks TLS only; write https://, for example https://localhost:7443",
                self.hub
            ),
        };
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.file("authority.pem")?))
            .identity(Identity::from_pem(
                self.file(&format!("{}.pem", self.operator))?,
                self.file(&format!("{}.key", self.operator))?,
            ));
        Endpoint::from_shared(url)
            .with_context(|| format!("{}: not an address; for example https://localhost:7443", self.hub))?
            .connect_timeout(CONNECT_LIMIT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_while_idle(true)
            .tls_config(tls)
            .with_context(|| format!("{}: certificates cannot be used", self.pki.display()))
    }

    fn file(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.pki.join(name);
        std::fs::read(&path).with_context(|| {
            format!(
                "{}: cannot be read; name the folder with --pki DIR or VELUM_PKI, or make it with `velum pki init --dir DIR`",
                path.display()
            )
        })
    }
}

/// Whether trying again later can help.
pub(crate) fn is_passing(status: &Status) -> bool {
    !matches!(
        status.code(),
        Code::PermissionDenied | Code::Unauthenticated | Code::InvalidArgument | Code::Unimplemented
    )
}

/// A refused call in plain words.
pub(crate) fn refusal(status: &Status) -> anyhow::Error {
    let text = status.message();
    match status.code() {
        Code::PermissionDenied | Code::Unauthenticated => anyhow::anyhow!(
            "the hub refused: {text}; an operator's certificate is made with `velum pki operator NAME`"
        ),
        // With TLS 1.3 a certificate is refused only after the connection seemed good.
        Code::Cancelled | Code::Unknown if std::error::Error::source(status).is_some() => anyhow::anyhow!(
            "the hub closed the connection ({}); it may not know the authority of this certificate: use the folder of the `velum pki init` that made the hub's",
            std::error::Error::source(status).map(deepest).unwrap_or_default()
        ),
        code => anyhow::anyhow!("the hub answered {code:?}: {text}"),
    }
}

fn deepest(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
