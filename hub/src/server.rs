//! The running hub: listeners, services, retention and revocation, from start to stop.

use std::fs::File;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::transport::Server;
use tonic::transport::server::Connected as _;
use velum_proto::v1::StillAnswer;
use velum_proto::v1::enrolment_server::EnrolmentServer;
use velum_proto::v1::events_server::EventsServer;
use velum_proto::v1::operators_server::OperatorsServer;
use velum_proto::v1::policy_server::PolicyServer;
use velum_proto::v1::stills_server::StillsServer;
use velum_proto::v1::uplink_server::UplinkServer;

use crate::access::Access;
use crate::audit::{Audit, AuditFailure};
use crate::authority::{Authority, AuthorityError};
use crate::certificates::{Certificates, Shown};
use crate::clock::Clock;
use crate::config::{ConsoleConfig, EnrolmentConfig, HubConfig};
use crate::connectors::{self, ConnectorError};
use crate::console::{self, Console};
use crate::enrolment::EnrolmentService;
use crate::events::EventsService;
use crate::exercises::{self, ExerciseDesk};
use crate::following::Doors;
use crate::listener::{self, Door, Speaks};
use crate::metrics::{self, Looker, Metrics};
use crate::operators::{Operators, RenewalService};
use crate::pending::Pending;
use crate::places::Limits;
use crate::policies::{self, Policies, PolicyService};
use crate::replicas;
use crate::rest::{self, Rest};
use crate::retention;
use crate::reviews::{self, ReviewDesk, Sealer};
use crate::sessions::Sessions;
use crate::settings::{self, Drafts, SettingsDesk};
use crate::stills::{self, Desk, StillsService};
use crate::store::{Fanout, FanoutError, OpenError, Store, StoreError, make_folder};
use crate::suspensions::SuspensionDesk;
use crate::tls::{self, Connection, TlsError};
use crate::uplink::{HELLO_LIMIT, UplinkService};

const STOP_LIMIT: Duration = Duration::from_secs(10);
const KEEPALIVE: Duration = Duration::from_secs(20);
const REVOCATION_POLL: Duration = Duration::from_millis(500);
const AUDIT_SIGNING: Duration = Duration::from_secs(60);
/// Whoever enrols has no certificate yet.
const ENROLMENT_PLACES: Limits =
    Limits { open: 16, open_by_address: 4, open_by_holder: 4, handshakes: 16, handshakes_by_address: 4 };
/// A box needs three, and a program of an integrator one.
const CONNECTIONS_OF_ONE: usize = 16;
/// Many boxes may share one address; each is quick where it can show a certificate.
const HANDSHAKES: usize = 256;
const HANDSHAKES_BY_ADDRESS: usize = 64;
/// Drafts of settings that boxes look at, at a time.
const DRAFTS: usize = 16;
const ENROLMENT_CONNECTION_AGE: Duration = Duration::from_secs(30);
const ENROLMENT_MESSAGE_BYTES: usize = 16 * 1_024;
const REQUEST_BYTES: usize = 64 * 1_024;
const STREAMS_A_CONNECTION: u32 = 64;

/// Why the hub could not start or had to stop.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HubError {
    /// Its identity cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Its store cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// `[nats]` cannot be used.
    #[error(transparent)]
    Fanout(#[from] FanoutError),
    /// Published policies cannot be read.
    #[error("published policies cannot be read: {0}")]
    Policies(#[from] StoreError),
    /// Its audit log cannot be opened.
    #[error(transparent)]
    Audit(#[from] AuditFailure),
    /// Enrolment cannot be offered.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// Connectors cannot be used.
    #[error(transparent)]
    Connectors(#[from] ConnectorError),
    /// Another hub runs on the same data.
    #[error("{path}: another velum-hub runs on this `data_dir`; stop it, or give each hub its own folder")]
    Locked {
        /// The lock's file.
        path: String,
    },
    /// The lock cannot be made.
    #[error("{path}: cannot be locked ({source}); make the folder of `data_dir` writable for this user")]
    Lock {
        /// The lock's file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A port cannot be had.
    #[error("{field}: cannot listen on `{address}` ({source}); stop what uses the port, or choose another")]
    Listen {
        /// The key in hub.toml.
        field: &'static str,
        /// Its value.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The reflection service cannot be built.
    #[error("the protocol's description cannot be served: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// A server ended by itself.
    #[error("a listener failed: {0}")]
    Server(#[from] tonic::transport::Error),
}

/// A hub that runs.
pub(crate) struct Hub {
    store: Arc<Store>,
    sessions: Arc<Sessions>,
    operators: Arc<Operators>,
    access: Arc<Access>,
    audit: Arc<Audit>,
    stills: Arc<Pending<StillAnswer>>,
    desk: Arc<Desk>,
    reviews: Arc<ReviewDesk>,
    sealer: Arc<Sealer>,
    policies: Arc<Policies>,
    settings: Arc<SettingsDesk>,
    suspensions: Arc<SuspensionDesk>,
    metrics: Metrics,
    stop: watch::Sender<bool>,
    servers: JoinSet<Result<(), tonic::transport::Error>>,
    background: JoinSet<()>,
    /// Where boxes and operators are heard.
    pub(crate) address: SocketAddr,
    /// Where enrolment is heard.
    pub(crate) enrolment_address: Option<SocketAddr>,
    /// Where the REST face answers.
    pub(crate) rest_address: Option<SocketAddr>,
    /// Renews certificates; none where nobody is enrolled here.
    authority: Option<Arc<Authority>>,
    /// Where browsers are heard.
    pub(crate) console_address: Option<SocketAddr>,
    /// Where metrics are served.
    pub(crate) metrics_address: Option<SocketAddr>,
    _lock: File,
}

impl Hub {
    /// Opens the store, takes the ports, and serves.
    ///
    /// # Errors
    /// [`HubError`], with what would help.
    pub(crate) async fn start(config: &HubConfig, clock: Arc<dyn Clock>) -> Result<Self, HubError> {
        let authority = authority(config)?;
        let certificates = Certificates::open(config, authority.clone(), Arc::clone(&clock))?;
        let mutual = tls::mutual(config, certificates.hub())?;
        make_folder(&config.data_dir)?;
        let fanout = match &config.nats {
            Some(nats) => Some(Fanout::open(nats).await?),
            None => None,
        };
        let store = Arc::new(Store::open(&config.database).await?.telling_by(fanout));
        let lock = lock(config)?;
        certificates.renew();
        let listener = listen("listen", config.listen).await?;
        let address = listener.local_addr().unwrap_or(config.listen);
        let audit = Arc::new(Audit::open(config, Arc::clone(&clock))?);
        let policies = Policies::open(Arc::clone(&store), Arc::clone(&audit), config.trust.clone()).await?;
        let policies = policies.with_packs(config.given_packs()).await;
        let access = Arc::new(Access::new(Arc::clone(&store), policies.watch(), Arc::clone(&clock)));
        let mut hub = Self::idle(config, store, (access, audit, policies), &clock, address, lock);
        hub.authority = authority;
        if let Some((enrolment, authority)) = config.enrolment.as_ref().zip(hub.authority.clone()) {
            hub.serve_enrolment(enrolment, authority, certificates.hub(), &clock).await?;
        }
        if let Some((console, shown)) = config.console.as_ref().zip(certificates.console()) {
            hub.serve_console(config, console, shown, &clock).await?;
        }
        if let Some(listen) = config.rest_listen {
            hub.serve_rest(config, listen, &mutual, &clock).await?;
        }
        let looker = hub.looker(config, &clock);
        if let Some(address) = config.metrics_listen {
            hub.serve_metrics(address, Arc::clone(&looker)).await?;
        }
        if let Some(otlp) = &config.otlp {
            hub.background.spawn(connectors::otlp::open(config, otlp, looker, Arc::clone(&clock))?);
        }
        hub.serve_main(config, listener, mutual, &clock).await?;
        hub.serve_connectors(config, &clock).await?;
        let name = replicas::name_of(hub.address.port());
        hub.background.spawn(replicas::keep(Arc::clone(&hub.store), Arc::clone(&hub.sessions), name));
        hub.background.spawn(Arc::clone(&hub.store).listen());
        hub.background.spawn(Arc::clone(&hub.store).stand());
        hub.background.spawn(Arc::clone(&hub.policies).follow());
        hub.background.spawn(certificates.keep());
        hub.background.spawn(sign_audit(Arc::clone(&hub.audit)));
        hub.background.spawn(watch_revocations(Arc::clone(&hub.store), Arc::clone(&hub.sessions)));
        hub.background.spawn(Arc::clone(&hub.operators).watch());
        hub.background.spawn(tell_audit(Arc::clone(&hub.store), Arc::clone(&hub.audit)));
        hub.background.spawn(reviews::keep(Arc::clone(&hub.reviews)));
        hub.background.spawn(retention::keep(
            (Arc::clone(&hub.store), Arc::clone(&hub.sealer), Arc::clone(&hub.audit)),
            Arc::clone(&clock),
            config.retention_days,
        ));
        Ok(hub)
    }

    /// A hub that serves nothing yet.
    fn idle(
        config: &HubConfig,
        store: Arc<Store>,
        (access, audit, policies): (Arc<Access>, Arc<Audit>, Policies),
        clock: &Arc<dyn Clock>,
        address: SocketAddr,
        lock: File,
    ) -> Self {
        let sessions: Arc<Sessions> = Arc::default();
        let stills = Arc::new(Pending::new(config.stills.max_under_way));
        let doors = stills::Doors {
            store: Arc::clone(&store),
            access: Arc::clone(&access),
            sessions: Arc::clone(&sessions),
            pending: Arc::clone(&stills),
            audit: Arc::clone(&audit),
            clock: Arc::clone(clock),
        };
        let desk = Desk::new(doors, config.stills.clone());
        let sealer = Sealer::below(&config.data_dir);
        let doors = reviews::Doors {
            store: Arc::clone(&store),
            access: Arc::clone(&access),
            audit: Arc::clone(&audit),
            clock: Arc::clone(clock),
            library: policies.watch(),
            sealer: Arc::clone(&sealer),
        };
        let settings = settings::Doors {
            store: Arc::clone(&store),
            sessions: Arc::clone(&sessions),
            audit: Arc::clone(&audit),
            clock: Arc::clone(clock),
            drafts: Arc::new(Drafts::new(DRAFTS)),
        };
        let settings = SettingsDesk::new(settings);
        let suspensions = SuspensionDesk::new(Arc::clone(&store), Arc::clone(&audit), Arc::clone(clock));
        let operators = Operators::new(Arc::clone(&store), Arc::clone(clock));
        let metrics = Metrics::new([audit.failures(), operators.refused(), store.words_refused()]);
        Self {
            operators: Arc::new(operators),
            metrics,
            store,
            sessions,
            access,
            audit,
            stills,
            desk: Arc::new(desk),
            reviews: Arc::new(ReviewDesk::new(doors)),
            sealer,
            policies: Arc::new(policies),
            settings: Arc::new(settings),
            suspensions: Arc::new(suspensions),
            stop: watch::Sender::new(false),
            servers: JoinSet::new(),
            background: JoinSet::new(),
            address,
            enrolment_address: None,
            authority: None,
            rest_address: None,
            console_address: None,
            metrics_address: None,
            _lock: lock,
        }
    }

    async fn serve_main(
        &mut self,
        config: &HubConfig,
        listener: TcpListener,
        mutual: Arc<rustls::ServerConfig>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), HubError> {
        let (uplink, events) = (self.uplink(config, clock), self.events(clock));
        let stills = StillsService { desk: Arc::clone(&self.desk), operators: Arc::clone(&self.operators) };
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<UplinkServer<UplinkService>>().await;
        health.set_serving::<EventsServer<EventsService>>().await;
        health.set_serving::<StillsServer<StillsService>>().await;
        health.set_serving::<PolicyServer<PolicyService>>().await;
        let describe = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(velum_proto::FILE_DESCRIPTOR_SET)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        let uplink_bytes = config.limits.max_message_bytes.max(stills::ANSWER_BYTES);
        let router = Server::builder()
            .http2_keepalive_interval(Some(KEEPALIVE))
            .http2_keepalive_timeout(Some(KEEPALIVE))
            .max_concurrent_streams(STREAMS_A_CONNECTION)
            .add_service(UplinkServer::new(uplink).max_decoding_message_size(uplink_bytes))
            .add_service(OperatorsServer::new(self.renewals(clock)).max_decoding_message_size(REQUEST_BYTES))
            .add_service(EventsServer::new(events).max_decoding_message_size(REQUEST_BYTES))
            .add_service(StillsServer::new(stills).max_decoding_message_size(REQUEST_BYTES))
            .add_service(
                PolicyServer::new(self.policy(clock)).max_decoding_message_size(policies::MOST_BYTES),
            )
            .add_service(health_service)
            .add_service(describe().build_v1()?)
            .add_service(describe().build_v1alpha()?);
        let incoming = tls::accept(listener, mutual, places(config), self.stop.subscribe());
        self.servers.spawn(router.serve_with_incoming_shutdown(incoming, stopped(self.stop.subscribe())));
        Ok(())
    }

    fn uplink(&self, config: &HubConfig, clock: &Arc<dyn Clock>) -> UplinkService {
        UplinkService {
            store: Arc::clone(&self.store),
            sessions: Arc::clone(&self.sessions),
            clock: Arc::clone(clock),
            limits: config.limits,
            hello_limit: HELLO_LIMIT,
            stills: Arc::clone(&self.stills),
            policies: Arc::clone(&self.policies),
            settings: Arc::clone(&self.settings),
            suspensions: Arc::clone(&self.suspensions),
            authority: self.authority.clone(),
            metrics: self.metrics.clone(),
            stopping: self.stop.subscribe(),
        }
    }

    fn renewals(&self, clock: &Arc<dyn Clock>) -> RenewalService {
        RenewalService {
            operators: Arc::clone(&self.operators),
            authority: self.authority.clone(),
            audit: Arc::clone(&self.audit),
            clock: Arc::clone(clock),
        }
    }

    fn policy(&self, clock: &Arc<dyn Clock>) -> PolicyService {
        PolicyService {
            policies: Arc::clone(&self.policies),
            store: Arc::clone(&self.store),
            sessions: Arc::clone(&self.sessions),
            operators: Arc::clone(&self.operators),
            clock: Arc::clone(clock),
        }
    }

    fn events(&self, clock: &Arc<dyn Clock>) -> EventsService {
        EventsService {
            doors: self.doors(clock),
            sessions: Arc::clone(&self.sessions),
            operators: Arc::clone(&self.operators),
            reviews: Arc::clone(&self.reviews),
            metrics: self.metrics.clone(),
            stopping: self.stop.subscribe(),
        }
    }

    /// Events for programs without gRPC, by the same certificates.
    async fn serve_rest(
        &mut self,
        config: &HubConfig,
        listen_at: SocketAddr,
        mutual: &rustls::ServerConfig,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), HubError> {
        let listener = listen("rest_listen", listen_at).await?;
        self.rest_address = listener.local_addr().ok();
        let rest = Rest { events: self.events(clock), hub: config.name().to_owned() };
        let router = rest::router(rest);
        let tls = tls::also_http1(mutual);
        let door = Door { listener, tls, limits: places(config), speaks: Speaks::Http1And2 };
        let whose = move |connection: &Connection| router.clone().layer(Extension(connection.connect_info()));
        let serving = listener::serve(door, whose, self.stop.subscribe());
        self.servers.spawn(async move {
            serving.await;
            Ok(())
        });
        Ok(())
    }

    fn doors(&self, clock: &Arc<dyn Clock>) -> Doors {
        Doors {
            store: Arc::clone(&self.store),
            access: Arc::clone(&self.access),
            audit: Arc::clone(&self.audit),
            clock: Arc::clone(clock),
        }
    }

    async fn serve_enrolment(
        &mut self,
        enrolment: &EnrolmentConfig,
        authority: Arc<Authority>,
        shown: Arc<Shown>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), HubError> {
        let listener = listen("enrolment_listen", enrolment.listen).await?;
        self.enrolment_address = listener.local_addr().ok();
        let service =
            EnrolmentService { store: Arc::clone(&self.store), authority, clock: Arc::clone(clock) };
        let router = Server::builder()
            .max_connection_age(ENROLMENT_CONNECTION_AGE)
            .timeout(ENROLMENT_CONNECTION_AGE)
            .max_concurrent_streams(1)
            .add_service(EnrolmentServer::new(service).max_decoding_message_size(ENROLMENT_MESSAGE_BYTES));
        let tls = tls::server_only(shown)?;
        let incoming = tls::accept(listener, tls, ENROLMENT_PLACES, self.stop.subscribe());
        self.servers.spawn(router.serve_with_incoming_shutdown(incoming, stopped(self.stop.subscribe())));
        Ok(())
    }

    fn looker(&self, config: &HubConfig, clock: &Arc<dyn Clock>) -> Arc<Looker> {
        let of = (Arc::clone(&self.store), Arc::clone(&self.sessions));
        let doors = metrics::Doors::new(config, of, self.policies.watch(), Arc::clone(clock));
        Arc::new(Looker::new(doors, self.metrics.clone()))
    }

    async fn serve_metrics(&mut self, address: SocketAddr, looker: Arc<Looker>) -> Result<(), HubError> {
        let listener = listen("metrics_listen", address).await?;
        self.metrics_address = listener.local_addr().ok();
        let serving = metrics::serve(listener, looker, self.stop.subscribe());
        self.servers.spawn(async move {
            serving.await;
            Ok(())
        });
        Ok(())
    }

    async fn serve_console(
        &mut self,
        config: &HubConfig,
        console: &ConsoleConfig,
        shown: Arc<Shown>,
        clock: &Arc<dyn Clock>,
    ) -> Result<(), HubError> {
        let tls = tls::browsers(shown)?;
        let listener = listen("console.listen", console.listen).await?;
        self.console_address = listener.local_addr().ok();
        let parts = console::Parts {
            store: Arc::clone(&self.store),
            sessions: Arc::clone(&self.sessions),
            desk: Arc::clone(&self.desk),
            reviews: Arc::clone(&self.reviews),
            settings: Arc::clone(&self.settings),
            suspensions: Arc::clone(&self.suspensions),
            exercises: Arc::new(ExerciseDesk::new(exercises::Doors {
                store: Arc::clone(&self.store),
                access: Arc::clone(&self.access),
                audit: Arc::clone(&self.audit),
                sessions: Arc::clone(&self.sessions),
                clock: Arc::clone(clock),
            })),
            access: Arc::clone(&self.access),
            audit: Arc::clone(&self.audit),
            clock: Arc::clone(clock),
            library: self.policies.watch(),
            hub: config.clone(),
            stopping: self.stop.subscribe(),
        };
        let console = Console::new(console, parts);
        self.background.spawn(Arc::clone(&console).watch_logins());
        self.background.spawn(Arc::clone(&console).watch_fleet());
        let serving = console::serve(console, listener, tls, self.stop.subscribe());
        self.servers.spawn(async move {
            serving.await;
            Ok(())
        });
        Ok(())
    }

    /// Connectors run on the hub that leads. What is wrong with them is told at the start of each.
    async fn serve_connectors(&mut self, config: &HubConfig, clock: &Arc<dyn Clock>) -> Result<(), HubError> {
        let doors = self.doors(clock);
        let opened = connectors::open(config, &doors).await?;
        if !self.store.is_shared() {
            opened.into_iter().for_each(|work| drop(self.background.spawn(work)));
            return Ok(());
        }
        self.background.spawn(connectors::run_while_leading(config.clone(), doors));
        Ok(())
    }

    /// The hub's memory.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Waits until `stop` is done or a listener fails, then ends streams, finishes transactions, and closes.
    ///
    /// # Errors
    /// [`HubError::Server`] when a listener failed.
    pub(crate) async fn run_until(mut self, stop: impl Future<Output = ()>) -> Result<(), HubError> {
        let mut outcome = Ok(());
        tokio::select! {
            () = stop => {}
            Some(Ok(Err(error))) = self.servers.join_next() => outcome = Err(error.into()),
        }
        self.stop.send_replace(true);
        let servers = async { while self.servers.join_next().await.is_some() {} };
        if tokio::time::timeout(STOP_LIMIT, servers).await.is_err() {
            tracing::warn!("some connections did not close in time and were cut");
        }
        self.servers.abort_all();
        self.background.shutdown().await;
        if let Err(error) = self.store.replica_gone().await {
            tracing::warn!(%error, "other hubs take this one for running for some seconds more");
        }
        if tokio::time::timeout(STOP_LIMIT, self.store.close()).await.is_err() {
            tracing::warn!("the store did not close in time; the next start will recover it");
        }
        outcome
    }
}

/// In `data_dir`: taken for as long as a hub runs on it.
pub(crate) const LOCK_FILE: &str = "hub.lock";

/// Takes the folder for this process alone.
///
/// # Errors
/// [`HubError::Locked`] and [`HubError::Lock`].
pub(crate) fn lock(config: &HubConfig) -> Result<File, HubError> {
    let path = config.data_dir.join(LOCK_FILE);
    let text = path.display().to_string();
    match velum_policy::audit::take_lock(&path) {
        Ok(Some(file)) => Ok(file),
        Ok(None) => Err(HubError::Locked { path: text }),
        Err(source) => Err(HubError::Lock { path: text, source }),
    }
}

/// The authority's key, where boxes are enrolled here.
fn authority(config: &HubConfig) -> Result<Option<Arc<Authority>>, HubError> {
    let Some(enrolment) = &config.enrolment else { return Ok(None) };
    Ok(Some(Arc::new(Authority::open(enrolment, tls::authority(config)?)?)))
}

/// For those who have a certificate.
fn places(config: &HubConfig) -> Limits {
    Limits {
        open: config.limits.max_connections,
        open_by_address: config.limits.max_connections,
        open_by_holder: CONNECTIONS_OF_ONE,
        handshakes: HANDSHAKES,
        handshakes_by_address: HANDSHAKES_BY_ADDRESS,
    }
}

async fn listen(field: &'static str, address: SocketAddr) -> Result<TcpListener, HubError> {
    TcpListener::bind(address).await.map_err(|source| HubError::Listen { field, address, source })
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the hub is gone: stopped as well.
    let _stopped = stopping.wait_for(|stop| *stop).await;
}

/// What is signed cannot be rewritten unnoticed.
async fn sign_audit(audit: Arc<Audit>) {
    let mut ticks = tokio::time::interval(AUDIT_SIGNING);
    loop {
        ticks.tick().await;
        if let Err(error) = audit.sign_if_due().await {
            tracing::error!(%error, "the audit log cannot be signed");
        }
    }
}

/// What `velum-hub user`, `recipient` and `revoke` changed, other processes, is told here to the audit log. An entry may
/// be written twice where the hub ends in between, and never not at all.
async fn tell_audit(store: Arc<Store>, audit: Arc<Audit>) {
    let mut ticks = tokio::time::interval(REVOCATION_POLL);
    loop {
        ticks.tick().await;
        // Each hub has a log of its own: what is told is in that of the hub that leads.
        if !store.is_leading() {
            continue;
        }
        let notes = store.audit_notes().await.unwrap_or_else(|error| {
            tracing::error!(%error, "what the audit log is to be told cannot be read");
            Vec::new()
        });
        for note in notes {
            if let Err(error) = audit.access_changed(&note).await {
                tracing::error!(%error, "the audit log cannot be told whose access changed; tried again");
                break;
            }
            if let Err(error) = store.audit_told(&note).await {
                tracing::error!(%error, "the audit log will be told twice whose access changed");
                break;
            }
        }
    }
}

/// `velum-hub revoke` is another process: what it wrote is found here, and open streams are closed.
async fn watch_revocations(store: Arc<Store>, sessions: Arc<Sessions>) {
    let mut ticks = tokio::time::interval(REVOCATION_POLL);
    loop {
        ticks.tick().await;
        if sessions.is_empty() {
            continue;
        }
        match store.revoked().await {
            Ok(revoked) => {
                for one in revoked {
                    sessions.revoke(&one.name, one.minimum_generation);
                }
            }
            Err(error) => tracing::error!(%error, "revocations cannot be read"),
        }
    }
}
