//! What an administrator of the hub asks of the box, and what the box tells of itself as a machine: settings that are
//! offered, cameras that are suspended, and the state of the box.
//!
//! Invariants: nothing of it is believed here, the box's program judges it; nothing is told to a hub that has not said
//! that it hears of boxes, since an older one would close the stream.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};
use velum_proto::v1::settings_receipt::Outcome;
use velum_proto::v1::{
    BoxMessage, BoxState, ClockState, DiskState, HeldSuspension, LeftState, ModelState, PlaneSketch,
    PointFit, SettingsOffer, SettingsProblem, SettingsReceipt, SettingsReport, Suspensions, box_message,
};
use velum_vocab::{Digest, Timestamp};

/// How often the state is told, though nothing is known to have changed.
const STATE_EVERY: Duration = Duration::from_secs(60);
/// As the protocol says.
const SETTINGS_BYTES: usize = 256 * 1_024;
const TEXT_CHARS: usize = 500;
const PROBLEMS: usize = 64;
const GRID_NUMBERS: usize = 16_384;
/// Work that may wait; a hub that asks for more is not answered.
const WAITING: usize = 8;
/// No measure of a fit is larger, where it is not known at all.
const FARTHEST: f64 = 1e9;

/// Settings that the hub offers for a camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsWish {
    /// Of this offer; the same where it is made again.
    pub id: [u8; 16],
    /// The camera.
    pub camera: String,
    /// `{"zones": [...], "ground_plane": [...]}` as in the configuration.
    pub settings_json: String,
    /// Of the settings that it was written from.
    pub base_digest: Digest,
    /// Nothing is to be changed.
    pub check_only: bool,
    /// Who approved it, for the audit log.
    pub approved_by: String,
}

/// What became of offered settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsOutcome {
    /// Nothing is wrong with them, and nothing was changed.
    Checked,
    /// The camera runs by them.
    InForce,
    /// Those before stay.
    Refused,
    /// They were tried, and those before are back.
    RolledBack,
}

/// The box's answer to an offer.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsAnswer {
    /// Of the offer.
    pub id: [u8; 16],
    /// The camera.
    pub camera: String,
    /// What became of it.
    pub outcome: SettingsOutcome,
    /// What is wrong, each with its place.
    pub problems: Vec<(String, String)>,
    /// Of the settings that hold; none where there is no such camera.
    pub digest: Option<Digest>,
    /// The ground plane that was offered, to be drawn.
    pub plane: Option<Sketch>,
}

/// A fitted ground plane, to be drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sketch {
    /// The grid of square metres, in fractions of the picture.
    pub lines: Vec<[(f64, f64); 2]>,
    /// Of each point pair: pixels and metres off, and metres off a plane through the others.
    pub points: Vec<(f64, f64, Option<f64>)>,
    /// What makes it doubtful.
    pub warnings: Vec<String>,
}

/// The settings of a camera that hold.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingsTold {
    /// The camera.
    pub camera: String,
    /// As in the configuration.
    pub settings_json: String,
    /// Of that text.
    pub digest: Digest,
    /// They came from the hub.
    pub from_hub: bool,
    /// Whether the hub may offer others.
    pub takes_settings: bool,
    /// What became of the last offer.
    pub last: Option<SettingsAnswer>,
}

/// One place that the hub suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionWish {
    /// Of this suspension.
    pub id: [u8; 16],
    /// The camera; none: all of them.
    pub camera: Option<String>,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Since when, by the hub's clock.
    pub since: Timestamp,
}

/// One place that the hub suspended, as the box holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensionHeld {
    /// Of this suspension.
    pub id: [u8; 16],
    /// The camera; none: all of them.
    pub camera: Option<String>,
    /// Since when, by the hub's clock.
    pub since: Timestamp,
    /// Why it is not in force; none where it is.
    pub trouble: Option<String>,
}

/// How the box stands as a machine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// Free, total and least bytes of the disk that holds its data.
    pub disk: Option<(u64, u64, u64)>,
    /// Why its clock is not trusted; none where it is.
    pub clock_trouble: Option<String>,
    /// Loaded models: name, digest, task.
    pub models: Vec<(String, Digest, String)>,
    /// When its certificate ends.
    pub certificate_ends: Option<Timestamp>,
    /// Since its start.
    pub uptime: Duration,
    /// Its version.
    pub version: String,
    /// The configured cameras.
    pub cameras: Vec<String>,
    /// What the hub suspended.
    pub suspensions: Vec<SuspensionHeld>,
    /// What left since its start, by the egress manifest.
    pub left: Vec<LeftSum>,
}

/// What left of one kind and class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftSum {
    /// An event, or a still.
    pub what: String,
    /// The policy's class.
    pub class: String,
    /// How many.
    pub count: u64,
    /// How long they were together.
    pub bytes: u64,
}

/// Who answers for the box: its program. Each is called on a thread that may wait for the disk.
pub trait BoxDesk: Send + Sync + 'static {
    /// Settings are offered; the answer comes with [`BoxDesk::answers`].
    fn offered(&self, wish: SettingsWish);

    /// All that the hub suspended, and the ids of what it lifted.
    fn suspended(&self, all: Vec<SuspensionWish>, lifted: Vec<[u8; 16]>);

    /// Answers that were not taken yet.
    fn answers(&self) -> Vec<SettingsAnswer>;

    /// The settings of each camera.
    fn settings(&self) -> Vec<SettingsTold>;

    /// How the box stands.
    fn standing(&self) -> Standing;

    /// Tells of something new to say.
    fn news(&self) -> watch::Receiver<u64>;
}

/// By how much the box's clock is ahead of the hub's, and how much of that may be the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockOffset {
    pub(crate) ahead_ms: i64,
    pub(crate) margin_ms: i64,
}

impl ClockOffset {
    /// Of a question that was asked and answered at these moments of the box.
    pub(crate) fn measured(asked: Timestamp, answered: Timestamp, hub_unix_ms: i64) -> Self {
        let (asked_ms, answered_ms) = (asked.unix_millis(), answered.unix_millis());
        let way_ms = answered_ms.saturating_sub(asked_ms).max(0);
        let middle_ms = asked_ms.saturating_add(way_ms / 2);
        Self { ahead_ms: middle_ms.saturating_sub(hub_unix_ms), margin_ms: way_ms.saturating_add(1) / 2 }
    }
}

enum Work {
    Heard,
    Gathered(Box<Gathered>),
}

struct Gathered {
    answers: Vec<SettingsAnswer>,
    settings: Vec<SettingsTold>,
    standing: Standing,
}

/// The lane of one connection.
pub(crate) struct BoxLane {
    /// None where there is nobody to ask, or a hub that does not hear.
    desk: Option<Arc<dyn BoxDesk>>,
    news: watch::Receiver<u64>,
    ticks: Interval,
    offset: ClockOffset,
    work: JoinSet<Work>,
    gathers: bool,
    again: bool,
    told: BTreeMap<String, SettingsTold>,
    messages: VecDeque<BoxMessage>,
}

impl BoxLane {
    pub(crate) fn new(desk: Option<Arc<dyn BoxDesk>>, offset: ClockOffset) -> Self {
        let news = desk.as_ref().map_or_else(|| watch::channel(0).1, |desk| desk.news());
        let mut ticks = tokio::time::interval(STATE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            desk,
            news,
            ticks,
            offset,
            work: JoinSet::new(),
            gathers: false,
            again: false,
            told: BTreeMap::new(),
            messages: VecDeque::new(),
        }
    }

    /// Has an offer judged.
    pub(crate) fn hear_offer(&mut self, offer: SettingsOffer) {
        let wish = wish(offer);
        if wish.is_none() {
            tracing::warn!("an offer of settings that is none was passed over");
        }
        if let Some(wish) = wish {
            self.ask(move |desk| desk.offered(wish));
        }
    }

    /// Has suspensions done.
    pub(crate) fn hear_suspensions(&mut self, all: Suspensions) {
        let one = |one: velum_proto::v1::Suspension| {
            Some(SuspensionWish {
                id: one.id.as_slice().try_into().ok()?,
                camera: Some(one.camera).filter(|camera| !camera.is_empty()),
                by: plain(&one.by),
                reason: plain(&one.reason),
                since: Timestamp::from_unix_millis(one.since_unix_ms),
            })
        };
        let lifted = all.lifted.iter().filter_map(|id| id.as_slice().try_into().ok()).collect();
        let all: Vec<_> = all.suspensions.into_iter().filter_map(one).collect();
        self.ask(move |desk| desk.suspended(all, lifted));
    }

    fn ask(&mut self, what: impl FnOnce(&dyn BoxDesk) + Send + 'static) {
        let Some(desk) = self.desk.clone().filter(|_| self.work.len() < WAITING) else { return };
        self.work.spawn_blocking(move || {
            what(desk.as_ref());
            Work::Heard
        });
    }

    /// Waits until there may be something new to say. Nothing is lost where it is not waited to the end.
    pub(crate) async fn due(&mut self) {
        if self.desk.is_none() {
            return std::future::pending().await;
        }
        tokio::select! {
            Some(done) = self.work.join_next(), if !self.work.is_empty() => match done {
                Ok(Work::Heard) => self.gather(),
                Ok(Work::Gathered(gathered)) => self.take(*gathered),
                Err(error) => tracing::error!(%error, "what the hub asked of this box was not done to the end"),
            },
            Ok(()) = self.news.changed() => self.gather(),
            _ = self.ticks.tick() => self.gather(),
        }
    }

    fn gather(&mut self) {
        if std::mem::replace(&mut self.gathers, true) {
            self.again = true;
            return;
        }
        let Some(desk) = self.desk.clone() else { return };
        self.work.spawn_blocking(move || {
            let (answers, settings) = (desk.answers(), desk.settings());
            Work::Gathered(Box::new(Gathered { answers, settings, standing: desk.standing() }))
        });
    }

    /// Answers first: what an administrator waits for.
    fn take(&mut self, gathered: Gathered) {
        self.gathers = false;
        let Gathered { answers, settings, standing } = gathered;
        let receipts = answers.into_iter().map(receipt).map(box_message::Message::SettingsReceipt);
        self.messages.extend(receipts.map(message));
        for told in settings {
            if self.told.get(&told.camera) != Some(&told) {
                self.told.insert(told.camera.clone(), told.clone());
                self.messages.push_back(message(box_message::Message::SettingsReport(report(told))));
            }
        }
        self.messages.push_back(message(box_message::Message::BoxState(state(standing, self.offset))));
        if std::mem::take(&mut self.again) {
            self.gather();
        }
    }

    pub(crate) fn has_message(&self) -> bool {
        !self.messages.is_empty()
    }

    /// The next message to send.
    pub(crate) fn next_message(&mut self) -> Option<BoxMessage> {
        self.messages.pop_front()
    }
}

fn message(message: box_message::Message) -> BoxMessage {
    BoxMessage { message: Some(message) }
}

fn wish(offer: SettingsOffer) -> Option<SettingsWish> {
    let SettingsOffer { offer_id, camera, settings_json, base_digest, check_only, approved_by } = offer;
    (settings_json.len() <= SETTINGS_BYTES).then_some(())?;
    Some(SettingsWish {
        id: offer_id.as_slice().try_into().ok()?,
        camera,
        settings_json,
        base_digest: Digest(base_digest.as_slice().try_into().ok()?),
        check_only,
        approved_by: plain(&approved_by),
    })
}

fn receipt(answer: SettingsAnswer) -> SettingsReceipt {
    let outcome = match answer.outcome {
        SettingsOutcome::Checked => Outcome::Checked,
        SettingsOutcome::InForce => Outcome::InForce,
        SettingsOutcome::Refused => Outcome::Refused,
        SettingsOutcome::RolledBack => Outcome::RolledBack,
    };
    let problem = |(path, text): (String, String)| SettingsProblem { path: plain(&path), text: plain(&text) };
    SettingsReceipt {
        offer_id: answer.id.to_vec(),
        camera: answer.camera,
        outcome: outcome.into(),
        problems: answer.problems.into_iter().take(PROBLEMS).map(problem).collect(),
        digest: answer.digest.map(|digest| digest.0.to_vec()).unwrap_or_default(),
        plane: answer.plane.map(plane),
    }
}

fn plane(sketch: Sketch) -> PlaneSketch {
    let near = |value: f64| if value.is_finite() { value.min(FARTHEST) } else { FARTHEST };
    let point = |(off_px, off_m, off_without_m): &(f64, f64, Option<f64>)| PointFit {
        off_px: near(*off_px),
        off_m: near(*off_m),
        off_without_m: off_without_m.map(near),
    };
    let lines = sketch.lines.iter().take(GRID_NUMBERS / 4);
    PlaneSketch {
        lines: lines.flat_map(|[a, b]| [a.0, a.1, b.0, b.1]).collect(),
        points: sketch.points.iter().map(point).collect(),
        warnings: sketch.warnings.iter().map(|warning| plain(warning)).collect(),
    }
}

fn report(told: SettingsTold) -> SettingsReport {
    SettingsReport {
        camera: told.camera,
        settings_json: told.settings_json,
        digest: told.digest.0.to_vec(),
        from_hub: told.from_hub,
        takes_settings: told.takes_settings,
        last: told.last.map(receipt),
    }
}

fn left(LeftSum { what, class, count, bytes }: LeftSum) -> LeftState {
    LeftState { what, class, count, bytes }
}

fn state(standing: Standing, offset: ClockOffset) -> BoxState {
    let disk = standing.disk.map(|(free_bytes, total_bytes, least_bytes)| DiskState {
        free_bytes,
        total_bytes,
        least_bytes,
    });
    let clock = ClockState {
        is_trusted: standing.clock_trouble.is_none(),
        reason: standing.clock_trouble.as_deref().map(plain).unwrap_or_default(),
        ahead_ms: Some(offset.ahead_ms),
        margin_ms: offset.margin_ms,
    };
    let model =
        |(name, digest, task): (String, Digest, String)| ModelState { name, digest: digest.0.to_vec(), task };
    let held = |held: SuspensionHeld| HeldSuspension {
        id: held.id.to_vec(),
        trouble: held.trouble.as_deref().map(plain).unwrap_or_default(),
        camera: held.camera.unwrap_or_default(),
        since_unix_ms: held.since.unix_millis(),
    };
    BoxState {
        disk,
        clock: Some(clock),
        models: standing.models.into_iter().map(model).collect(),
        certificate_ends_unix_ms: standing.certificate_ends.map(Timestamp::unix_millis),
        uptime_secs: standing.uptime.as_secs(),
        version: standing.version,
        cameras: standing.cameras,
        suspensions: standing.suspensions.into_iter().map(held).collect(),
        left: standing.left.into_iter().map(left).collect(),
    }
}

/// One short line.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests;
