//! Connecting, for ever.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use velum_outbox::Outbox;
use velum_vocab::{Backoff, Clock, Digest};

use crate::access::HubAccess;
use crate::boxes::BoxDesk;
use crate::error::UplinkError;
use crate::manifest::{Manifest, SendLog};
use crate::orders::{ExerciseDesk, OrderDesks, SuppressionDesk};
use crate::policies::PolicyDesk;
use crate::renewal;
use crate::scenarios::Scenario;
use crate::session::{self, End};
use crate::status::UplinkStatus;
use crate::stills::{Desk, StillDesk, StillLimits};

/// A connection that held for so long was a good one: the next attempt begins with the shortest wait.
const GOOD_SESSION: Duration = Duration::from_secs(30);

/// What the box says of itself at each connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HelloFacts {
    /// The policy in force, if there is one.
    pub policy_digest: Option<Digest>,
    /// Its id, or that of the policy that the hub is to hand over; may be empty.
    pub policy_id: String,
    /// The loaded models.
    pub model_digests: Vec<Digest>,
    /// The version of the software.
    pub version: String,
    /// What it could play for exercises.
    pub scenarios: Vec<Scenario>,
}

/// Limits and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Records of one batch, at most.
    pub batch_records: usize,
    /// Bytes of one batch, at most, but for a single larger record.
    pub batch_bytes: usize,
    /// Numbers that may be under way without an acknowledgement.
    pub window_records: u64,
    /// How often changed coverage is sent.
    pub coverage_interval: Duration,
    /// How far back coverage is sent at a new connection.
    pub coverage_history: Duration,
    /// The longest time for a connection and the hub's welcome.
    pub connect_timeout: Duration,
    /// The longest time that the hub may leave numbers unacknowledged before the connection is made anew.
    pub acknowledge_timeout: Duration,
    /// How many stills may be asked for.
    pub stills: StillLimits,
    /// The first wait after a lost connection.
    pub first_backoff: Duration,
    /// The longest wait between attempts.
    pub longest_backoff: Duration,
    /// How long a shutdown may wait for what is still to be acknowledged.
    pub drain: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch_records: 256,
            batch_bytes: 512 * 1_024,
            window_records: 1_024,
            coverage_interval: Duration::from_secs(10),
            coverage_history: Duration::from_secs(48 * 3_600),
            connect_timeout: Duration::from_secs(15),
            acknowledge_timeout: Duration::from_secs(120),
            stills: StillLimits::default(),
            first_backoff: Duration::from_millis(500),
            longest_backoff: Duration::from_secs(60),
            drain: Duration::from_secs(3),
        }
    }
}

/// The connection of one box to its hub.
pub struct Uplink {
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) access: HubAccess,
    pub(crate) facts: watch::Receiver<HelloFacts>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    pub(crate) status: watch::Sender<UplinkStatus>,
    pub(crate) desk: Arc<Desk>,
    pub(crate) policy_desk: Option<Arc<dyn PolicyDesk>>,
    pub(crate) box_desk: Option<Arc<dyn BoxDesk>>,
    pub(crate) order_desks: OrderDesks,
    pub(crate) manifest: Manifest,
}

impl Uplink {
    /// An uplink by `access`, which is read anew for each connection. When the facts change, the box connects
    /// again and says the new ones.
    ///
    /// # Errors
    /// Where the address is none, or the identity cannot be used now.
    pub fn new(
        outbox: Arc<Outbox>,
        access: HubAccess,
        facts: watch::Receiver<HelloFacts>,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Result<Self, UplinkError> {
        access.connect(Arc::clone(&clock))?;
        let status = watch::Sender::new(UplinkStatus::default());
        let desk = Arc::new(Desk::closed(settings.stills));
        let (manifest, order_desks) = (Manifest::default(), OrderDesks::default());
        let (policy_desk, box_desk) = (None, None);
        Ok(Self {
            outbox,
            access,
            facts,
            clock,
            settings,
            status,
            desk,
            policy_desk,
            box_desk,
            order_desks,
            manifest,
        })
    }

    /// The same uplink, which sends no event that this log has not written of.
    #[must_use]
    pub fn with_send_log(self, log: Arc<dyn SendLog>) -> Self {
        Self { manifest: Manifest::of(log), ..self }
    }

    /// The same uplink, whose requests for stills are decided by this desk. Without one all are refused.
    #[must_use]
    pub fn with_still_desk(self, desk: Arc<dyn StillDesk>) -> Self {
        let mut opened = Desk::closed(self.settings.stills);
        opened.opened(Arc::new(desk));
        Self { desk: Arc::new(opened), ..self }
    }

    /// The same uplink, whose policies from the hub are judged by this desk. Without one they are not answered.
    #[must_use]
    pub fn with_policy_desk(self, desk: Arc<dyn PolicyDesk>) -> Self {
        Self { policy_desk: Some(desk), ..self }
    }

    /// The same uplink, where this desk answers for the box. Without one the hub is told nothing of it, and what it asks is
    /// not answered.
    #[must_use]
    pub fn with_box_desk(self, desk: Arc<dyn BoxDesk>) -> Self {
        Self { box_desk: Some(desk), ..self }
    }

    /// The same uplink, whose suppressions are done by this desk. Without one the hub is told that this box does none.
    #[must_use]
    pub fn with_suppression_desk(self, desk: Arc<dyn SuppressionDesk>) -> Self {
        Self { order_desks: OrderDesks { suppressions: Some(desk), ..self.order_desks }, ..self }
    }

    /// The same uplink, whose exercises are played by this desk. Without one the hub is told that this box does none.
    #[must_use]
    pub fn with_exercise_desk(self, desk: Arc<dyn ExerciseDesk>) -> Self {
        Self { order_desks: OrderDesks { exercises: Some(desk), ..self.order_desks }, ..self }
    }

    /// How the connection stands, now and later.
    pub fn status(&self) -> watch::Receiver<UplinkStatus> {
        self.status.subscribe()
    }

    /// Sends what the outbox holds until `shutdown` ends, then drains for a moment. A lost hub is connected to
    /// again for ever.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let (stop, stopping) = watch::channel(false);
        let (work, renewing) = (self.connect_for_ever(stopping), renewal::keep(&self));
        tokio::pin!(work, renewing);
        tokio::select! {
            () = &mut work => return,
            never = &mut renewing => match never {},
            () = shutdown => {}
        }
        stop.send_replace(true);
        work.await;
    }

    async fn connect_for_ever(&self, mut stopping: watch::Receiver<bool>) {
        let settings = &self.settings;
        let mut backoff = Backoff::new(settings.first_backoff, settings.longest_backoff);
        while !*stopping.borrow() {
            let began = Instant::now();
            let end = session::run(self, &mut stopping).await;
            if began.elapsed() >= GOOD_SESSION {
                backoff.reset();
            }
            let wait = match end {
                End::Shutdown => return,
                End::Renewed => Duration::ZERO,
                End::Lost { trouble, progressed } => {
                    if progressed {
                        backoff.reset();
                    }
                    let wait = backoff.next_wait();
                    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                    tracing::warn!(reason = %trouble, wait_ms, "uplink lost");
                    self.status.send_modify(|status| status.last_end = Some(trouble.to_string()));
                    wait
                }
            };
            self.status.send_modify(|status| status.is_connected = false);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = session::stopped(&mut stopping) => {}
            }
        }
    }
}
