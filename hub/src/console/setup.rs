//! One-time links by which a person chooses a password. The secret stands in the link's fragment, which browsers
//! do not send: it is in no server's log.

use crate::config::{ConsoleConfig, HubConfig};
use crate::identity::Name;
use crate::secret::{NoRandom, digest, new_secret};
use crate::store::{NewUser, Store, StoreError};

/// Why no link can be given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SetupError {
    /// The table is missing.
    #[error("hub.toml has no table `[console]`; add it, with for example `listen = \"0.0.0.0:8443\"`")]
    NotConfigured,
    /// No random bytes.
    #[error(transparent)]
    Random(#[from] NoRandom),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose<'r> {
    /// Let a new person in.
    Add(NewUser<'r>),
    /// Let a person choose a new password; the old one and all logins end.
    Reset,
}

/// A link for a named user.
///
/// # Errors
/// [`SetupError`].
pub(crate) async fn new_link(
    store: &Store,
    config: &HubConfig,
    name: &Name,
    purpose: Purpose<'_>,
    now_unix_ms: i64,
) -> Result<String, SetupError> {
    let console = config.console.as_ref().ok_or(SetupError::NotConfigured)?;
    let (secret, expires_unix_ms) = (new_secret()?, expiry(console, now_unix_ms));
    let digest = digest(&secret);
    match purpose {
        Purpose::Add(new) => store.add_user(name, new, &digest, now_unix_ms, expires_unix_ms).await?,
        Purpose::Reset => store.reset_user(name, &digest, now_unix_ms, expires_unix_ms).await?,
    }
    Ok(link(console, &secret))
}

/// A link for the first user, in place of any older one; none where somebody can log in already.
///
/// # Errors
/// [`SetupError`].
pub(crate) async fn first_link(
    store: &Store,
    console: &ConsoleConfig,
    now_unix_ms: i64,
) -> Result<Option<String>, SetupError> {
    let secret = new_secret()?;
    let offered = store.offer_first_setup(&digest(&secret), expiry(console, now_unix_ms)).await?;
    Ok(offered.then(|| link(console, &secret)))
}

fn expiry(console: &ConsoleConfig, now_unix_ms: i64) -> i64 {
    now_unix_ms.saturating_add(i64::try_from(console.setup_valid.as_millis()).unwrap_or(i64::MAX))
}

fn link(console: &ConsoleConfig, secret: &str) -> String {
    format!("{}/#setup={secret}", console.public_url)
}
