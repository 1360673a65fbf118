//! The operators' page, served to browsers over HTTPS.
//!
//! In the order of a visit: [`serve`] takes connections, `guard` holds every request to the rules of the house
//! (same origin, security headers, a login, a CSRF token), `routes` and, about alerts, `alerts` and `texts` answer. `entry`, `password`, `throttle`,
//! `logins` and `setup` are about who comes in; `live` and `fleet` about what they see, `oversight` about who looks after it, `boxes` about who is let in, `cameras` about what they watch, `plans` about where cameras stand, `people` about who may, `view` and `words` about how it is said;
//! `assets` is the page itself. Invariant: but for the page, logging in and a set-up link, nothing is answered
//! without a login, and nothing is changed without its CSRF token.

mod alerts;
mod assets;
mod boxes;
mod cameras;
mod download;
mod entry;
mod exercises;
mod fleet;
mod guard;
mod live;
mod logins;
mod oversight;
mod password;
mod people;
mod plans;
mod routes;
mod setup;
mod texts;
mod throttle;
pub(crate) mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

pub(crate) use setup::{Purpose, first_link, new_link};

use crate::access::Access;
use crate::audit::Audit;
use crate::clock::Clock;
use crate::config::{ConsoleConfig, HubConfig};
use crate::exercises::ExerciseDesk;
use crate::listener::{self, Door, Speaks};
use crate::places::Limits;
use crate::policies::Library;
use crate::reviews::ReviewDesk;
use crate::sessions::Sessions;
use crate::settings::SettingsDesk;
use crate::stills::Desk;
use crate::store::Store;
use crate::suspensions::SuspensionDesk;
use entry::CameFrom;
use fleet::Fleet;
use logins::Logins;
use oversight::Verification;
use password::Passwords;
use throttle::Throttle;

/// No browser has a certificate: an address's part is all there is.
const PLACES: Limits =
    Limits { open: 256, open_by_address: 64, open_by_holder: 64, handshakes: 64, handshakes_by_address: 16 };
/// Each takes 64 MiB for a moment.
const HASHES_AT_A_TIME: usize = 2;
const USERS_POLL: Duration = Duration::from_millis(500);

/// Serves the console until the hub stops.
pub(crate) async fn serve(
    console: Arc<Console>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    stopping: watch::Receiver<bool>,
) {
    let router = routes::router(console);
    let door = Door { listener, tls, limits: PLACES, speaks: Speaks::Http1 };
    listener::serve(
        door,
        |connection| router.clone().layer(Extension(CameFrom(connection.address()))),
        stopping,
    )
    .await;
}

/// What the console is made of.
pub(crate) struct Parts {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) reviews: Arc<ReviewDesk>,
    pub(crate) settings: Arc<SettingsDesk>,
    pub(crate) suspensions: Arc<SuspensionDesk>,
    pub(crate) exercises: Arc<ExerciseDesk>,
    pub(crate) access: Arc<Access>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) library: watch::Receiver<Arc<Library>>,
    pub(crate) hub: HubConfig,
    pub(crate) stopping: watch::Receiver<bool>,
}

/// What every request may need.
pub(crate) struct Console {
    parts: Parts,
    config: ConsoleConfig,
    logins: Logins,
    throttle: Throttle,
    passwords: Passwords,
    /// Held by the hashing itself.
    hashing: Arc<Semaphore>,
    fleet: Fleet,
    verification: Verification,
    /// Held while an audit pack is made.
    packing: Arc<Semaphore>,
    /// A plan of a site is decoded by whoever holds it.
    decoding: Arc<Semaphore>,
}

impl Console {
    /// A console that nobody is logged in to.
    pub(crate) fn new(config: &ConsoleConfig, parts: Parts) -> Arc<Self> {
        Arc::new(Self {
            logins: Logins::new(config.idle_limit, config.session_limit),
            throttle: Throttle::default(),
            passwords: Passwords::new(),
            hashing: Arc::new(Semaphore::new(HASHES_AT_A_TIME)),
            fleet: Fleet::default(),
            verification: Verification::default(),
            packing: Arc::new(Semaphore::new(1)),
            decoding: Arc::new(Semaphore::new(1)),
            config: config.clone(),
            parts,
        })
    }

    /// Ends logins that are over, for ever: `velum-hub user` is another process, and time passes by itself.
    pub(crate) async fn watch_logins(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(USERS_POLL);
        loop {
            ticks.tick().await;
            if self.logins.is_empty() {
                continue;
            }
            match self.parts.store.users().await {
                Ok(users) => self.logins.sweep(&users, self.parts.clock.instant()),
                Err(error) => {
                    tracing::error!(%error, "the console's users cannot be read; everybody is logged out");
                    self.logins.sweep(&[], self.parts.clock.instant());
                }
            }
        }
    }

    /// Keeps the state of the boxes fresh for whoever watches, for ever.
    pub(crate) async fn watch_fleet(self: Arc<Self>) {
        self.fleet.keep(&self.parts.store, &self.parts.sessions, self.parts.clock.as_ref()).await;
    }
}
