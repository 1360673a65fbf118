//! The service that boxes call: records in, acknowledgements out.
//!
//! One task a session reads messages in order, stores each batch, and only then acknowledges it. A record that is
//! refused closes the stream with the reason; the box keeps what is not acknowledged. What a box says of itself is passed
//! over where it is refused.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};
use velum_proto::v1::uplink_server::Uplink;
use velum_proto::v1::{
    Ack, BoxMessage, CoverageReport, Hello, HubMessage, PolicyReceipt, Record, RenewRequest, RenewResponse,
    SignedPolicy, StillAnswer, Welcome, box_message, hub_message, policy_receipt,
};

use crate::authority::{Authority, signs_nothing};
use crate::clock::Clock;
use crate::config::Limits;
use crate::identity::{Identity, Role, certificate_ended, certificate_ends, require};
use crate::metrics::Metrics;
use crate::orders::Orders;
use crate::pending::Pending;
use crate::policies::{Library, Policies};
use crate::record::{self, ValidHello, ValidRecord};
use crate::sessions::{Answers, Session, Sessions, revoked};
use crate::settings::{SettingsDesk, SettingsError};
use crate::store::{Ingested, Source, Store, StoreError};
use crate::suspensions::SuspensionDesk;

/// A stream that says nothing is not waited for longer.
pub(crate) const HELLO_LIMIT: Duration = Duration::from_secs(20);
const ANSWERS: usize = 32;

/// What a session needs.
#[derive(Clone)]
pub(crate) struct UplinkService {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) hello_limit: Duration,
    pub(crate) stills: Arc<Pending<StillAnswer>>,
    pub(crate) policies: Arc<Policies>,
    pub(crate) settings: Arc<SettingsDesk>,
    pub(crate) suspensions: Arc<SuspensionDesk>,
    /// Signs; none where this hub enrols nobody.
    pub(crate) authority: Option<Arc<Authority>>,
    pub(crate) metrics: Metrics,
    pub(crate) stopping: watch::Receiver<bool>,
}

#[tonic::async_trait]
impl Uplink for UplinkService {
    type ConnectStream = ReceiverStream<Result<HubMessage, Status>>;

    async fn connect(
        &self,
        request: Request<Streaming<BoxMessage>>,
    ) -> Result<Response<Self::ConnectStream>, Status> {
        let identity = require(&request, Role::Box, self.clock.unix_ms())?;
        self.refuse_revoked(&identity).await.inspect_err(|status| self.metrics.stream_closed(status))?;
        let ends_unix_ms = certificate_ends(&request);
        let shown = self.store.certificate_shown(&identity.name, identity.generation, ends_unix_ms).await;
        shown.map_err(|error| failed(&error))?;
        let (answers, stream) = mpsc::channel(ANSWERS);
        tokio::spawn(self.clone().serve((identity, ends_unix_ms), request.into_inner(), answers));
        Ok(Response::new(ReceiverStream::new(stream)))
    }

    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let identity = require(&request, Role::Box, self.clock.unix_ms())?;
        self.refuse_revoked(&identity).await?;
        let now_unix_ms = self.clock.unix_ms();
        let authority = self.authority.as_ref().ok_or_else(signs_nothing)?;
        let certificate = authority.sign(request.into_inner().csr_der, &identity, now_unix_ms)?;
        // What was revoked meanwhile keeps its generation, and so is of no use.
        tracing::info!(box = %identity.name, generation = identity.generation, "a box's certificate was renewed");
        Ok(Response::new(RenewResponse { certificate_der: certificate.to_vec() }))
    }
}

impl UplinkService {
    async fn serve(
        self,
        (identity, ends_unix_ms): (Identity, Option<i64>),
        mut messages: Streaming<BoxMessage>,
        answers: Answers,
    ) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; connect again soon")),
            status = certificate_ended(ends_unix_ms, Arc::clone(&self.clock)) => Err(status),
            ended = self.attend(&identity, &mut messages, &answers) => {
                ended.inspect_err(|status| self.metrics.stream_closed(status))
            }
        };
        match ended {
            Ok(()) => tracing::info!(box = %identity.name, "the box disconnected"),
            Err(status) => {
                tracing::warn!(box = %identity.name, code = ?status.code(), reason = status.message(), "the box's stream was closed");
                // A box that does not read its answers must not keep the session open.
                if answers.try_send(Err(status)).is_err() {
                    tracing::debug!(box = %identity.name, "the reason could not be told");
                }
            }
        }
    }

    async fn refuse_revoked(&self, identity: &Identity) -> Result<(), Status> {
        if self.store.is_revoked(&identity.name, identity.generation).await.map_err(|error| failed(&error))? {
            tracing::warn!(box = %identity.name, "a revoked box was refused");
            return Err(revoked());
        }
        Ok(())
    }

    /// A session begins with its hello: a box that only asks whether this hub would take it ends no other session.
    async fn attend(
        &self,
        identity: &Identity,
        messages: &mut Streaming<BoxMessage>,
        answers: &Answers,
    ) -> Result<(), Status> {
        let first = tokio::time::timeout(self.hello_limit, messages.message())
            .await
            .map_err(|_| Status::deadline_exceeded("no hello came; it must be the first message"))??;
        let Some(first) = first else { return Ok(()) };
        let Some(box_message::Message::Hello(hello)) = first.message else {
            return Err(Status::invalid_argument("the first message must be a hello"));
        };
        let session = self.sessions.open(identity);
        let opened = self.store.session_opened(&identity.name, session.number()).await;
        opened.map_err(|error| failed(&error))?;
        session.known();
        let ended = self.hold(&session, identity, &hello, messages, answers).await;
        if let Err(error) = self.store.session_ended(&identity.name, session.number()).await {
            tracing::error!(%error, box = %identity.name, "other hubs take the box for connected");
        }
        ended
    }

    async fn hold(
        &self,
        session: &Session,
        identity: &Identity,
        hello: &Hello,
        messages: &mut Streaming<BoxMessage>,
        answers: &Answers,
    ) -> Result<(), Status> {
        // A revocation since the call found no session to end.
        self.refuse_revoked(identity).await?;
        tokio::select! {
            stop = session.stopped() => Err(stop.into()),
            ended = self.converse(session, identity, hello, messages, answers) => ended,
        }
    }

    async fn converse(
        &self,
        session: &Session,
        identity: &Identity,
        hello: &Hello,
        messages: &mut Streaming<BoxMessage>,
        answers: &Answers,
    ) -> Result<(), Status> {
        let hello = record::hello(hello).map_err(|refusal| refused(&refusal))?;
        let source = self.greet(identity, &hello, answers).await?;
        session.greeted(answers);
        // A box that runs what it was handed need not say so twice: its receipt may have been lost with the connection.
        let in_force = (policy_receipt::Outcome::InForce.into(), "");
        let noted = self.store.policy_answered(&source.name, &hello.policy_digest, in_force).await;
        noted.map_err(|error| failed(&error))?;
        let mut offers = Offers::of(&hello, self.policies.watch());
        self.offer(&source, &mut offers, answers).await?;
        let (mut approved, mut suspended) = (self.settings.watch(), self.suspensions.watch());
        let mut orders = Orders::of(&hello, &self.store);
        loop {
            tokio::select! {
                message = messages.message() => match message?.map(|message| message.message) {
                    Some(message) => self.hear(&source, message, (&mut offers, answers)).await?,
                    None => return Ok(()),
                },
                Ok(()) = offers.library.changed() => self.offer(&source, &mut offers, answers).await?,
                Ok(()) = approved.changed(), if offers.hears => self.offer_settings(&source, &mut offers, answers).await?,
                Ok(()) = suspended.changed(), if offers.hears => self.tell_suspensions(&source, answers).await?,
                () = orders.due() => self.order(&source, &orders, answers).await?,
            }
        }
    }

    async fn hear(
        &self,
        source: &Source,
        message: Option<box_message::Message>,
        (offers, answers): (&mut Offers, &Answers),
    ) -> Result<(), Status> {
        match message {
            Some(box_message::Message::Batch(batch)) => self.ingest(source, &batch.records, answers).await,
            Some(box_message::Message::Coverage(report)) => self.record_coverage(source, &report).await,
            Some(box_message::Message::StillAnswer(answer)) => {
                let id = answer.request_id.clone();
                self.stills.deliver(&source.name, &id, answer);
                Ok(())
            }
            Some(box_message::Message::PolicyReceipt(receipt)) => {
                self.note(source, &receipt, offers).await?;
                self.offer(source, offers, answers).await
            }
            Some(box_message::Message::SettingsReport(report)) => {
                let Some(report) = fit(source, record::settings_report(report)) else { return Ok(()) };
                kept(self.settings.told(&source.name, report).await)
            }
            Some(box_message::Message::SettingsReceipt(receipt)) => {
                let Some(()) = fit(source, record::settings_receipt(&receipt)) else { return Ok(()) };
                kept(self.settings.answered(&source.name, receipt).await)
            }
            Some(box_message::Message::BoxState(state)) => {
                let Some(()) = fit(source, record::box_state(&state)) else { return Ok(()) };
                let kept = self.store.keep_box_state(&source.name, &state, self.clock.unix_ms()).await;
                kept.map_err(|error| failed(&error))?;
                if !std::mem::replace(&mut offers.hears, true) {
                    self.tell_suspensions(source, answers).await?;
                    self.offer_settings(source, offers, answers).await?;
                }
                Ok(())
            }
            Some(box_message::Message::SuppressionReceipt(receipt)) => {
                let Some(()) = fit(source, record::suppression_receipt(&receipt)) else { return Ok(()) };
                let answered = self.store.suppression_answered(&source.name, &receipt).await;
                answered.map_err(|error| failed(&error))
            }
            Some(box_message::Message::ExerciseReport(report)) => {
                let Some(()) = fit(source, record::exercise_report(&report)) else { return Ok(()) };
                let noted = self.store.exercise_reported(&source.name, &report).await;
                noted.map_err(|error| failed(&error))
            }
            Some(box_message::Message::Hello(_)) => {
                Err(Status::invalid_argument("a second hello; connect again for a new one"))
            }
            // A message of a newer box.
            None => {
                tracing::debug!(box = %source.name, "a message that this hub does not know was passed over");
                Ok(())
            }
        }
    }

    /// Hands the box the version that follows the one that it has, once.
    async fn offer(&self, source: &Source, offers: &mut Offers, answers: &Answers) -> Result<(), Status> {
        let Some((digest, policy)) = offers.next() else { return Ok(()) };
        self.store.policy_offered(&source.name, &digest).await.map_err(|error| failed(&error))?;
        tracing::info!(box = %source.name, digest = hex::encode(&digest), "the box is handed a policy");
        offers.offered = digest;
        answer(answers, hub_message::Message::SignedPolicy(policy)).await
    }

    /// Hands the box approved changes of its cameras' settings, each once in a session.
    async fn offer_settings(
        &self,
        source: &Source,
        offers: &mut Offers,
        answers: &Answers,
    ) -> Result<(), Status> {
        let due = self.settings.offers_for(&source.name).await.map_err(|error| failed(&error))?;
        for offer in due {
            if offers.settings.insert(offer.offer_id.clone()) {
                tracing::info!(box = %source.name, camera = offer.camera, "the box is handed settings");
                answer(answers, hub_message::Message::SettingsOffer(offer)).await?;
            }
        }
        Ok(())
    }

    /// Hands the box what it is to do.
    async fn order(&self, source: &Source, orders: &Orders, answers: &Answers) -> Result<(), Status> {
        let waiting = orders.waiting(&self.store, &source.name, self.clock.unix_ms()).await;
        for message in waiting.map_err(|error| failed(&error))? {
            answer(answers, message).await?;
        }
        Ok(())
    }

    /// All that is suspended on the box, and what was lifted.
    async fn tell_suspensions(&self, source: &Source, answers: &Answers) -> Result<(), Status> {
        let all = self.suspensions.of(&source.name).await.map_err(|error| failed(&error))?;
        answer(answers, hub_message::Message::Suspensions(all)).await
    }

    async fn note(
        &self,
        source: &Source,
        receipt: &PolicyReceipt,
        offers: &mut Offers,
    ) -> Result<(), Status> {
        record::receipt(receipt).map_err(|refusal| refused(&refusal))?;
        let said = (receipt.outcome, receipt.reason.as_str());
        let noted = self.store.policy_answered(&source.name, &receipt.digest, said).await;
        noted.map_err(|error| failed(&error))?;
        let (digest, reason) = (hex::encode(&receipt.digest), receipt.reason.as_str());
        match receipt.outcome() {
            policy_receipt::Outcome::InForce | policy_receipt::Outcome::Waits => {
                tracing::info!(box = %source.name, digest, outcome = receipt.outcome().as_str_name(), "the box took the policy");
            }
            policy_receipt::Outcome::Refused | policy_receipt::Outcome::Unspecified => {
                tracing::warn!(box = %source.name, digest, reason, "the box refused the policy");
            }
        }
        // Whatever it said: a later one may be what it takes, such as a suspension.
        if receipt.digest == offers.offered {
            offers.after.clone_from(&receipt.digest);
        }
        Ok(())
    }

    async fn greet(
        &self,
        identity: &Identity,
        hello: &ValidHello,
        answers: &Answers,
    ) -> Result<Source, Status> {
        let source = Source { name: identity.name.clone(), incarnation: hello.incarnation };
        let now_unix_ms = self.clock.unix_ms();
        let greeted = self.store.greet(&source, hello, now_unix_ms).await.map_err(|error| failed(&error))?;
        tracing::info!(
            box = %source.name, incarnation = hex::encode(source.incarnation.0), version = hello.version,
            acknowledged = greeted.acknowledged, "the box connected"
        );
        if greeted.newly_missing > 0 {
            tracing::warn!(
                box = %source.name, missing = greeted.newly_missing,
                "the box no longer has numbers that never came here; they are shown as missing"
            );
        }
        let welcome =
            Welcome { acknowledged: greeted.acknowledged, hub_unix_ms: now_unix_ms, hears_of_boxes: true };
        answer(answers, hub_message::Message::Welcome(welcome)).await?;
        Ok(source)
    }

    async fn ingest(&self, source: &Source, records: &[Record], answers: &Answers) -> Result<(), Status> {
        let records =
            record::batch(records, self.limits.max_batch_records).map_err(|refusal| refused(&refusal))?;
        let ingested = self.ingest_to_the_end(source, records).await?;
        tracing::debug!(
            box = %source.name, stored = ingested.stored, duplicates = ingested.duplicates,
            acknowledged = ingested.acknowledged, "a batch is stored"
        );
        answer(answers, hub_message::Message::Ack(Ack { acknowledged: ingested.acknowledged })).await
    }

    /// A session may end at any wait, but a batch that is on disk must be announced: sent again, it is all
    /// duplicates, and nobody would learn of it.
    async fn ingest_to_the_end(
        &self,
        source: &Source,
        records: Vec<ValidRecord>,
    ) -> Result<Ingested, Status> {
        let (store, source, now_unix_ms) = (Arc::clone(&self.store), source.clone(), self.clock.unix_ms());
        let storing = tokio::spawn(async move { store.ingest(&source, records, now_unix_ms).await });
        let stored = storing.await.map_err(|error| {
            tracing::error!(%error, "a batch was not stored to the end");
            cannot_store()
        })?;
        stored.map_err(|error| failed(&error))
    }

    async fn record_coverage(&self, source: &Source, report: &CoverageReport) -> Result<(), Status> {
        let bins = record::coverage(&report.bins, self.limits.max_batch_records)
            .map_err(|refusal| refused(&refusal))?;
        self.store.record_coverage(source, &bins, self.clock.unix_ms()).await.map_err(|error| failed(&error))
    }
}

/// What one box was handed in this session.
struct Offers {
    library: watch::Receiver<Arc<Library>>,
    policy_id: String,
    /// What it has, or has refused: what is handed next follows this.
    after: Vec<u8>,
    /// What it was handed last, and has not answered.
    offered: Vec<u8>,
    /// It told of itself, and so knows what is handed over beside policies.
    hears: bool,
    /// Changes of settings that it was handed.
    settings: BTreeSet<Vec<u8>>,
}

impl Offers {
    fn of(hello: &ValidHello, library: watch::Receiver<Arc<Library>>) -> Self {
        let ValidHello { policy_id, policy_digest, .. } = hello.clone();
        let several = library.borrow().ids().count();
        if policy_id.is_empty() && several > 1 {
            tracing::warn!(
                policies = several,
                "a box that names no policy is handed none while several are published: write `[policy] id` into its configuration"
            );
        }
        Self {
            library,
            policy_id,
            after: policy_digest,
            offered: Vec::new(),
            hears: false,
            settings: BTreeSet::new(),
        }
    }

    /// What follows, unless the box has it, or was handed it before in this session.
    fn next(&mut self) -> Option<(Vec<u8>, SignedPolicy)> {
        let library = self.library.borrow_and_update();
        let policy = library.next_for(&self.policy_id, &self.after)?.to_box();
        let digest = policy.digest.clone();
        (digest != self.offered).then_some((digest, policy))
    }
}

async fn answer(answers: &Answers, message: hub_message::Message) -> Result<(), Status> {
    answers
        .send(Ok(HubMessage { message: Some(message) }))
        .await
        .map_err(|_| Status::cancelled("the box went away"))
}

/// What a box says of itself and cannot be kept holds up no events: it is passed over, with a word in the log.
fn fit<T>(source: &Source, looked_at: Result<T, record::Refusal>) -> Option<T> {
    let told = |refusal: &record::Refusal| tracing::warn!(box = %source.name, %refusal, "what the box says of itself is passed over");
    looked_at.inspect_err(told).ok()
}

/// An audit log that cannot be written holds up no events: the box says it again when it next connects.
fn kept(done: Result<(), SettingsError>) -> Result<(), Status> {
    match done {
        Err(SettingsError::Store(error)) => Err(failed(&error)),
        Err(error) => {
            tracing::error!(%error, "what a box said of its settings does not count yet");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn refused(refusal: &record::Refusal) -> Status {
    Status::invalid_argument(refusal.to_string())
}

fn failed(error: &StoreError) -> Status {
    match error {
        // The only use of this code: the box begins a new incarnation on it.
        StoreError::Conflict { .. } => Status::failed_precondition(error.to_string()),
        _ => {
            tracing::error!(%error, "the store failed");
            cannot_store()
        }
    }
}

fn cannot_store() -> Status {
    Status::unavailable("the hub cannot store at the moment; its log says why; keep and send again")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use velum_proto::v1::{Event, EventKind, record::End};

    use super::*;
    use crate::clock::SystemClock;
    use crate::identity::Name;
    use crate::record::Incarnation;

    const PATIENCE: Duration = Duration::from_secs(60);

    async fn service(dir: &Path, stopping: watch::Receiver<bool>) -> UplinkService {
        let store = Arc::new(Store::open(&crate::tests::database::at(dir)).await.unwrap());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let audit = Arc::new(crate::audit::Audit::at(dir, "hub", Arc::clone(&clock)).unwrap());
        let doors = crate::settings::Doors {
            store: Arc::clone(&store),
            sessions: Arc::default(),
            audit: Arc::clone(&audit),
            clock: Arc::clone(&clock),
            drafts: Arc::new(Pending::new(1)),
        };
        let suspensions = SuspensionDesk::new(Arc::clone(&store), Arc::clone(&audit), Arc::clone(&clock));
        UplinkService {
            policies: Arc::new(Policies::open(Arc::clone(&store), audit, None).await.unwrap()),
            store,
            sessions: Arc::default(),
            clock,
            limits: Limits { max_connections: 1, max_message_bytes: 1_048_576, max_batch_records: 256 },
            hello_limit: Duration::from_millis(1),
            stills: Arc::new(Pending::new(1)),
            settings: Arc::new(SettingsDesk::new(doors)),
            suspensions: Arc::new(suspensions),
            authority: None,
            metrics: Metrics::new(Default::default()),
            stopping,
        }
    }

    #[tokio::test]
    async fn who_never_says_hello_is_not_waited_for_and_ends_no_other_session() {
        let dir = tempfile::tempdir().unwrap();
        let (_stop, stopping) = watch::channel(false);
        let service = service(dir.path(), stopping).await;
        let identity = Identity { role: Role::Box, name: Name::parse("lobby").unwrap(), generation: 1 };
        let session = service.sessions.open(&identity);
        let silent =
            axum::body::Body::from_stream(tokio_stream::pending::<Result<Vec<u8>, std::io::Error>>());
        let decoder = tonic_prost::ProstDecoder::default();
        let mut messages = Streaming::new_request(decoder, silent, None, None);
        let (answers, _stream) = mpsc::channel(ANSWERS);
        let ended = service.attend(&identity, &mut messages, &answers).await.unwrap_err();
        assert_eq!(ended.code(), tonic::Code::DeadlineExceeded);
        tokio::select! {
            biased;
            stop = session.stopped() => panic!("the session that there was ended: {stop:?}"),
            () = std::future::ready(()) => {}
        }
    }

    #[tokio::test]
    async fn a_batch_is_stored_and_announced_though_its_session_ends_meanwhile() {
        let dir = tempfile::tempdir().unwrap();
        let (stop, stopping) = watch::channel(false);
        let service = service(dir.path(), stopping).await;
        let source = Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) };
        let hello =
            Hello { incarnation: vec![7; 16], oldest_sequence: 1, next_sequence: 2, ..Hello::default() };
        service.store.greet(&source, &record::hello(&hello).unwrap(), 0).await.unwrap();
        let event = Event { id: vec![1; 16], kind: EventKind::CrowdDensity.into(), ..Event::default() };
        let records = [Record { sequence: 1, end: Some(End::Event(event)) }];
        let (answers, _stream) = mpsc::channel(ANSWERS);
        let mut newest = service.store.newest();

        // The session ends at the first wait.
        tokio::select! {
            biased;
            _ = service.ingest(&source, &records, &answers) => panic!("it did not wait for the disk"),
            () = std::future::ready(()) => {}
        }
        tokio::time::timeout(PATIENCE, newest.changed()).await.expect("an announcement").unwrap();
        assert_eq!(*newest.borrow(), 1);
        drop(stop);
    }
}
