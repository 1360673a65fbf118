//! One connection, from hello to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use prost::Message;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};
use velum_outbox::{Incarnation, Outbox, OutboxError, Produced};
use velum_proto::v1::uplink_client::UplinkClient;
use velum_proto::v1::{
    Batch, BoxMessage, CoverageBin, CoverageReport, Hello, HubMessage, Record, Welcome, box_message,
    hub_message,
};
use velum_vocab::Digest;

use crate::boxes::{BoxLane, ClockOffset};
use crate::orders::{Order, OrderDesks, OrderLane};
use crate::policies::PolicyLane;
use crate::scenarios;
use crate::stills::StillLane;
use crate::trouble::Trouble;
use crate::uplink::{HelloFacts, Settings, Uplink};

/// Messages to the hub that wait for the network.
const OUTGOING_LIMIT: usize = 4;
/// Hours of cameras in one report, at most.
const BINS_LIMIT: usize = 256;

/// Why a connection ended.
pub(crate) enum End {
    /// The box shuts down; what could be drained is.
    Shutdown,
    /// There is something new to say in a hello: connect again at once.
    Renewed,
    /// The hub or the way to it is lost, or the disk fails.
    Lost {
        /// Why.
        trouble: Trouble,
        /// The hub acknowledged something before.
        progressed: bool,
    },
}

impl End {
    /// Something went wrong on this box, or between the two programs.
    fn lost(code: &str) -> Self {
        Self::of(Trouble::own(code.to_owned()))
    }

    fn of(trouble: Trouble) -> Self {
        Self::Lost { trouble, progressed: false }
    }
}

/// Connects, says hello, and sends until something ends it.
pub(crate) async fn run(uplink: &Uplink, stopping: &mut watch::Receiver<bool>) -> End {
    let limit = uplink.settings.connect_timeout;
    let begun = tokio::time::timeout(limit, Session::begin(uplink));
    tokio::pin!(begun);
    let begun = tokio::select! {
        begun = &mut begun => begun,
        // A connection that is nearly there may still take what waits.
        () = stopped(stopping) => match tokio::time::timeout(uplink.settings.drain, begun).await {
            Ok(begun) => begun,
            Err(_) => return End::Shutdown,
        },
    };
    let mut session = match begun {
        Ok(Ok(session)) => session,
        Ok(Err(end)) => return end,
        Err(_) => return End::of(Trouble::timed_out()),
    };
    uplink.status.send_modify(|status| {
        status.is_connected = true;
        status.connections = status.connections.saturating_add(1);
        status.acknowledged = session.acknowledged;
    });
    tracing::info!(acknowledged = session.acknowledged, last = session.last, "uplink connected");
    match session.converse(stopping).await {
        End::Lost { trouble, .. } => End::Lost { trouble, progressed: session.progressed },
        end => end,
    }
}

struct Session<'u> {
    uplink: &'u Uplink,
    facts: watch::Receiver<HelloFacts>,
    produced: watch::Receiver<Produced>,
    incarnation: Incarnation,
    outgoing: mpsc::Sender<BoxMessage>,
    incoming: Streaming<HubMessage>,
    /// The highest number given, sent, and acknowledged.
    last: u64,
    sent: u64,
    acknowledged: u64,
    /// What the hub said at first to have stored. Up to here it must see each record again: it may hold others
    /// under these numbers.
    contested: u64,
    progressed: bool,
    progressed_at: Instant,
    coverage: SentCoverage,
    stills: StillLane,
    policies: PolicyLane,
    boxes: BoxLane,
    orders: OrderLane,
}

impl<'u> Session<'u> {
    async fn begin(uplink: &'u Uplink) -> Result<Self, End> {
        let mut facts = uplink.facts.clone();
        let mut produced = uplink.outbox.produced();
        let now = *produced.borrow_and_update();
        let hello = hello(&facts.borrow_and_update(), &uplink.order_desks, &uplink.outbox);
        let connect = uplink.access.connect(Arc::clone(&uplink.clock));
        let connect = connect.map_err(|error| End::of(Trouble::own(error.to_string())))?;
        let channel = connect.channel(uplink.settings.connect_timeout).await;
        let channel = channel.map_err(|error| End::of(Trouble::of(&error)))?;
        let (outgoing, messages) = mpsc::channel(OUTGOING_LIMIT);
        // Before the call: a hub may answer a call only after its first message.
        let first = BoxMessage { message: Some(box_message::Message::Hello(hello)) };
        outgoing.try_send(first).map_err(|_| End::lost("closed"))?;
        let asked = uplink.clock.now();
        let answer = UplinkClient::new(channel).connect(ReceiverStream::new(messages)).await;
        let mut incoming = answer.map_err(|status| End::of(Trouble::of_status(&status)))?.into_inner();
        let welcome = welcome(&mut incoming).await?;
        let offset = ClockOffset::measured(asked, uplink.clock.now(), welcome.hub_unix_ms);
        let box_desk = uplink.box_desk.clone().filter(|_| welcome.hears_of_boxes);
        let mut session = Self {
            uplink,
            facts,
            produced,
            incarnation: now.incarnation,
            outgoing,
            incoming,
            last: now.last_sequence,
            sent: 0,
            acknowledged: 0,
            contested: welcome.acknowledged,
            progressed: false,
            progressed_at: Instant::now(),
            coverage: SentCoverage::default(),
            stills: StillLane::new(Arc::clone(&uplink.desk)),
            policies: PolicyLane::new(uplink.policy_desk.clone()),
            boxes: BoxLane::new(box_desk, offset),
            orders: OrderLane::new(uplink.order_desks.clone()),
        };
        let stats = session.uplink.outbox.stats();
        if stats.incarnation != session.incarnation {
            return Err(End::Renewed);
        }
        session.last = stats.last_sequence;
        // Nothing is deleted on the word of a welcome: on a disk that was set back, these numbers may be others.
        (session.acknowledged, session.sent) = (stats.acknowledged, stats.acknowledged);
        if welcome.acknowledged > session.last {
            return Err(session.begin_again(welcome.acknowledged).await);
        }
        Ok(session)
    }

    async fn converse(&mut self, stopping: &mut watch::Receiver<bool>) -> End {
        let mut coverage_ticks = tokio::time::interval(self.settings().coverage_interval);
        coverage_ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut drain_until = None;
        let mut coverage_due = false;
        loop {
            if drain_until.is_some() && self.acknowledged >= self.last {
                return End::Shutdown;
            }
            let has_records = self.has_records();
            // Whoever waits for records waits for no picture.
            let has_answer = self.stills.has_answer() && !has_records;
            let has_receipt = self.policies.has_receipt() || self.orders.has_answer();
            let has_told = self.boxes.has_message() && !has_records;
            let has_work = has_records || coverage_due || has_answer || has_receipt || has_told;
            let stalled_at = self.progressed_at + self.settings().acknowledge_timeout;
            let done = tokio::select! {
                message = self.incoming.message() => self.hear(message).await,
                permit = self.outgoing.clone().reserve_owned(), if has_work => match permit {
                    Ok(permit) if coverage_due => self.next_coverage().await.map(|report| {
                        coverage_due = report.is_some();
                        if let Some(report) = report {
                            self.send(permit, report);
                        }
                    }),
                    Ok(permit) if has_receipt => {
                        if let Some(receipt) = self.policies.next_receipt().or_else(|| self.orders.next_answer()) {
                            self.send(permit, receipt);
                        }
                        Ok(())
                    }
                    Ok(permit) if has_told => {
                        if let Some(message) = self.boxes.next_message() {
                            self.send(permit, message);
                        }
                        Ok(())
                    }
                    Ok(permit) if has_answer => {
                        if let Some(answer) = self.stills.next_answer(self.uplink.clock.now()) {
                            self.send(permit, answer);
                        }
                        Ok(())
                    }
                    Ok(permit) => self.next_batch().await.map(|batch| self.send(permit, batch)),
                    Err(_) => Err(End::lost("closed")),
                },
                () = self.stills.decided() => Ok(()),
                () = self.policies.judged() => Ok(()),
                () = self.boxes.due() => Ok(()),
                () = self.orders.done() => Ok(()),
                Ok(()) = self.produced.changed() => self.look(),
                Ok(()) = self.facts.changed() => Err(End::Renewed),
                _ = coverage_ticks.tick() => {
                    coverage_due = true;
                    Ok(())
                }
                () = stopped(stopping), if drain_until.is_none() => {
                    drain_until = Some(Instant::now() + self.settings().drain);
                    self.look()
                }
                () = until(drain_until) => Err(End::Shutdown),
                () = tokio::time::sleep_until(stalled_at), if self.under_way() > 0 => {
                    Err(End::lost("not acknowledged"))
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    fn send(&self, permit: mpsc::OwnedPermit<BoxMessage>, message: BoxMessage) {
        self.uplink.status.send_modify(|status| status.sent.add(&message));
        permit.send(message);
    }

    fn settings(&self) -> &'u Settings {
        &self.uplink.settings
    }

    /// One batch at a time where the hub may hold other records: an acknowledgement then speaks of that batch.
    fn has_records(&self) -> bool {
        let window_records = if self.sent < self.contested { 1 } else { self.settings().window_records };
        self.sent < self.last && self.under_way() < window_records
    }

    fn under_way(&self) -> u64 {
        self.sent.saturating_sub(self.acknowledged)
    }

    /// New numbers, or a new incarnation.
    fn look(&mut self) -> Result<(), End> {
        let now = *self.produced.borrow_and_update();
        if now.incarnation != self.incarnation {
            return Err(End::Renewed);
        }
        self.last = now.last_sequence;
        Ok(())
    }

    async fn hear(&mut self, message: Result<Option<HubMessage>, Status>) -> Result<(), End> {
        match message {
            Ok(Some(HubMessage { message: Some(hub_message::Message::Ack(ack)) })) => {
                self.acknowledge(ack.acknowledged).await
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::StillRequest(request)) })) => {
                self.stills.hear(request, self.uplink.clock.now());
                Ok(())
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::SignedPolicy(offer)) })) => {
                self.policies.hear(offer);
                Ok(())
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::SettingsOffer(offer)) })) => {
                self.boxes.hear_offer(offer);
                Ok(())
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::Suspensions(all)) })) => {
                self.boxes.hear_suspensions(all);
                Ok(())
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::SuppressionOrder(order)) })) => {
                self.orders.hear(Order::Suppression(order));
                Ok(())
            }
            Ok(Some(HubMessage { message: Some(hub_message::Message::ExerciseOrder(order)) })) => {
                self.orders.hear(Order::Exercise(order));
                Ok(())
            }
            // A message of a newer hub.
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(End::lost("hub ended the stream")),
            // The hub holds another event, or another end than an event, under one of these numbers. An event
            // that this box withheld or let expire since is no such case, the hub takes that for a duplicate:
            // only a disk that was set back gives a number twice.
            Err(status) if status.code() == Code::FailedPrecondition && self.under_way() > 0 => {
                Err(self.begin_again(self.acknowledged).await)
            }
            Err(status) => Err(End::of(Trouble::of_status(&status))),
        }
    }

    async fn acknowledge(&mut self, up_to: u64) -> Result<(), End> {
        if up_to > self.last {
            self.look()?;
        }
        if up_to > self.last {
            return Err(self.begin_again(up_to).await);
        }
        // What this connection has not sent, the hub has not compared.
        let up_to = up_to.min(self.sent);
        match on_disk(&self.uplink.outbox, move |outbox| outbox.acknowledge(up_to)).await {
            Ok(()) => {}
            Err(OutboxError::AheadOfBox { .. }) => return Err(self.begin_again(up_to).await),
            Err(_) => return Err(End::lost("outbox")),
        }
        if up_to > self.acknowledged {
            self.acknowledged = up_to;
            self.progressed = true;
            self.progressed_at = Instant::now();
            self.uplink.status.send_modify(|status| status.acknowledged = up_to);
        }
        Ok(())
    }

    /// The hub knows other or later numbers of this incarnation than this disk: a new incarnation begins.
    async fn begin_again(&self, hub_acknowledged: u64) -> End {
        tracing::error!(hub_acknowledged, given = self.last, "disk was set back; a new incarnation begins");
        let begun =
            on_disk(&self.uplink.outbox, move |outbox| outbox.begin_new_incarnation(hub_acknowledged));
        match begun.await {
            Ok(_) => End::lost("disk was set back"),
            Err(_) => End::lost("outbox"),
        }
    }

    /// The next records, as many as may be under way.
    async fn next_batch(&mut self) -> Result<BoxMessage, End> {
        let room = self.settings().window_records.saturating_sub(self.under_way());
        let max = usize::try_from(room).unwrap_or(usize::MAX).min(self.settings().batch_records);
        let (of, after) = (self.incarnation, self.sent);
        let records = match on_disk(&self.uplink.outbox, move |outbox| outbox.pending(of, after, max)).await {
            Ok(records) => records,
            Err(OutboxError::OtherIncarnation) => return Err(End::Renewed),
            Err(_) => return Err(End::lost("outbox")),
        };
        let records = whole_batch(records, after, self.settings().batch_bytes);
        let last = records.last().map(|record| record.sequence).ok_or_else(|| End::lost("record missing"))?;
        self.uplink.manifest.before_send(&self.uplink.outbox, of, &records).await.map_err(End::lost)?;
        if self.under_way() == 0 {
            self.progressed_at = Instant::now();
        }
        self.sent = last;
        Ok(BoxMessage { message: Some(box_message::Message::Batch(Batch { records })) })
    }

    /// The next report of what has changed; none when all was said.
    async fn next_coverage(&mut self) -> Result<Option<BoxMessage>, End> {
        let since = self.uplink.clock.now().minus(self.settings().coverage_history);
        let report = on_disk(&self.uplink.outbox, move |outbox| outbox.coverage_report(since)).await;
        let bins = self.coverage.changed(report.map_err(|_| End::lost("outbox"))?.bins);
        let report = CoverageReport { bins };
        let is_empty = report.bins.is_empty();
        Ok((!is_empty).then_some(BoxMessage { message: Some(box_message::Message::Coverage(report)) }))
    }
}

/// The hours that this connection has told, as it told them.
#[derive(Default)]
struct SentCoverage(BTreeMap<(String, i64), CoverageBin>);

impl SentCoverage {
    /// Those that are new or have changed, and takes them for told.
    fn changed(&mut self, bins: Vec<CoverageBin>) -> Vec<CoverageBin> {
        let key = |bin: &CoverageBin| (bin.camera.clone(), bin.hour_unix_secs);
        // What is no longer told needs no memory.
        let given: BTreeSet<_> = bins.iter().map(key).collect();
        self.0.retain(|told, _| given.contains(told));
        let mut changed = bins;
        changed.retain(|bin| self.0.get(&key(bin)) != Some(bin));
        changed.truncate(BINS_LIMIT);
        self.0.extend(changed.iter().map(|bin| (key(bin), bin.clone())));
        changed
    }
}

fn hello(facts: &HelloFacts, desks: &OrderDesks, outbox: &Outbox) -> Hello {
    let stats = outbox.stats();
    let bytes = |digest: &Digest| digest.0.to_vec();
    Hello {
        incarnation: stats.incarnation.as_bytes().to_vec(),
        oldest_sequence: stats.acknowledged.saturating_add(1),
        next_sequence: stats.last_sequence.saturating_add(1),
        policy_digest: facts.policy_digest.as_ref().map(bytes).unwrap_or_default(),
        policy_id: facts.policy_id.clone(),
        model_digests: facts.model_digests.iter().map(bytes).collect(),
        version: facts.version.clone(),
        understands: desks.understands(),
        scenarios: facts.scenarios.iter().map(scenarios::to_wire).collect(),
    }
}

async fn welcome(incoming: &mut Streaming<HubMessage>) -> Result<Welcome, End> {
    match incoming.message().await {
        Ok(Some(HubMessage { message: Some(hub_message::Message::Welcome(welcome)) })) => Ok(welcome),
        Ok(_) => Err(End::lost("no welcome")),
        Err(status) => Err(End::of(Trouble::of_status(&status))),
    }
}

/// The records that follow each other after `after`, up to the limit of bytes, one at least.
fn whole_batch(records: Vec<Record>, after: u64, bytes_limit: usize) -> Vec<Record> {
    let mut bytes = 0_usize;
    let mut next = after;
    let fits = |record: &Record| {
        let is_first = next == after;
        next = next.saturating_add(1);
        bytes = bytes.saturating_add(record.encoded_len());
        record.sequence == next && (is_first || bytes <= bytes_limit)
    };
    records.into_iter().take_while(fits).collect()
}

/// Runs on a thread that may wait for the disk.
async fn on_disk<T: Send + 'static>(
    outbox: &Arc<Outbox>,
    work: impl FnOnce(&Outbox) -> Result<T, OutboxError> + Send + 'static,
) -> Result<T, OutboxError> {
    let outbox = Arc::clone(outbox);
    let done = tokio::task::spawn_blocking(move || work(&outbox)).await;
    done.map_err(|_| OutboxError::Closed)?
}

/// Until the uplink is told to stop; also when nobody can tell it any longer.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|&stop| stop).await;
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(hour: i64, frames_analysed: u64) -> CoverageBin {
        CoverageBin {
            camera: "a".to_owned(),
            hour_unix_secs: hour,
            frames_analysed,
            ..CoverageBin::default()
        }
    }

    #[test]
    fn coverage_is_told_once_and_past_hours_are_forgotten() {
        let mut sent = SentCoverage::default();
        assert_eq!(sent.changed(vec![bin(1, 5), bin(2, 5)]), [bin(1, 5), bin(2, 5)]);
        assert_eq!(sent.changed(vec![bin(1, 5), bin(2, 6)]), [bin(2, 6)]);
        for hour in 3..100 {
            assert_eq!(sent.changed(vec![bin(hour - 1, 6), bin(hour, 6)]).last(), Some(&bin(hour, 6)));
            assert_eq!(sent.0.len(), 2, "hour {hour}");
        }
    }

    #[test]
    fn a_batch_ends_where_a_record_is_missing() {
        let record = |sequence| Record { sequence, end: None };
        assert_eq!(whole_batch(vec![record(5), record(6), record(8)], 4, 99), [record(5), record(6)]);
        assert_eq!(whole_batch(vec![record(6)], 4, 99), []);
    }
}
