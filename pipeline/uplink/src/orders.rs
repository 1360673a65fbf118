//! Orders of the hub that say what is wanted: a place that is not to be alerted at, a scenario that is to be played. Read,
//! handed to the box's program one at a time, and answered with how it stands.
//!
//! Invariants: nothing of an order is believed here but its shape; an order may come again at any time, and whoever does it
//! does it once; one without an id, or to a box whose program does no such orders, is not answered.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::task::JoinHandle;
use velum_proto::v1::exercise_report::State;
use velum_proto::v1::suppression_receipt::Outcome;
use velum_proto::v1::{
    BoxMessage, ExerciseOrder, ExerciseReport, SuppressionOrder, SuppressionReceipt, box_message,
};
use velum_vocab::{CameraId, EventId, Timestamp};

/// Orders that may wait; a hub that sends more sends them again.
const WAITING: usize = 512;
/// What a suppression may rest on.
const VERDICTS: [&str; 4] = ["reflection", "shadow", "furniture_or_bin", "known_object"];
/// The longest suppression.
const MAX_DAYS: u32 = 30;
const NAME_CHARS: usize = 128;
const CODE_CHARS: usize = 64;
/// As the hub is told that an order is none.
const MALFORMED: &str = "malformed_order";

/// No alert at the place of an event for some days, or again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuppressionWish {
    /// Drawn by the hub; the same in its audit log.
    pub order_id: [u8; 16],
    /// The raised event of the alert.
    pub event: EventId,
    /// What was decided, as the protocol names it.
    pub verdict: String,
    /// As the reviewer chose.
    pub days: u32,
    /// It ends no later.
    pub until: Timestamp,
    /// Of the reviewer.
    pub role: String,
    /// It is not wanted any more.
    pub is_lifted: bool,
}

/// How a suppression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuppressionStanding {
    /// In force.
    InForce {
        /// Of the piece of furniture.
        number: u64,
        /// When it ends by itself.
        until: Timestamp,
    },
    /// Taken away, by the hub or by somebody at the box.
    Removed {
        /// Of the piece of furniture; 0 where it never was.
        number: u64,
    },
    /// The box does not know where the object lay.
    UnknownPlace,
    /// Not done, by this code.
    Refused(&'static str),
}

/// Who does suppressions: the box's program.
pub trait SuppressionDesk: Send + Sync + 'static {
    /// Does what is wanted unless it is done. Called on a thread that may wait for the disk, one at a time.
    fn suppression(&self, wish: &SuppressionWish) -> SuppressionStanding;
}

/// A scenario through a camera, or no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExerciseWish {
    /// Drawn by the hub; the same in its audit log.
    pub order_id: [u8; 16],
    /// In the place of this camera.
    pub camera: CameraId,
    /// Which scenario.
    pub scenario: String,
    /// What has not begun by then does not.
    pub expires_at: Timestamp,
    /// Of whoever ordered it.
    pub role: String,
    /// It is not wanted any more.
    pub is_stopped: bool,
}

/// How an exercise stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExerciseStanding {
    /// It begins within seconds.
    Waits,
    /// It runs.
    Runs {
        /// Since then.
        began: Timestamp,
    },
    /// It is over.
    Ended {
        /// From then,
        began: Timestamp,
        /// to then,
        ended: Timestamp,
        /// and why: a code.
        reason: String,
    },
    /// It never began, by this code.
    Refused(String),
}

/// Who plays exercises: the box's program.
pub trait ExerciseDesk: Send + Sync + 'static {
    /// Does what is wanted unless it is done. Called on a thread that may wait for the disk, one at a time.
    fn exercise(&self, wish: &ExerciseWish) -> ExerciseStanding;
}

/// Who does which orders.
#[derive(Clone, Default)]
pub(crate) struct OrderDesks {
    pub(crate) suppressions: Option<Arc<dyn SuppressionDesk>>,
    pub(crate) exercises: Option<Arc<dyn ExerciseDesk>>,
}

impl OrderDesks {
    /// As the hello says it.
    pub(crate) fn understands(&self) -> Vec<String> {
        let names = [
            self.suppressions.is_some().then_some("suppressions"),
            self.exercises.is_some().then_some("exercises"),
        ];
        names.into_iter().flatten().map(str::to_owned).collect()
    }
}

/// One order.
pub(crate) enum Order {
    Suppression(SuppressionOrder),
    Exercise(ExerciseOrder),
}

/// The orders of one connection: what waits, the one that is being done, and what waits to be sent.
pub(crate) struct OrderLane {
    desks: OrderDesks,
    waiting: VecDeque<Order>,
    doing: Option<JoinHandle<Option<BoxMessage>>>,
    answers: VecDeque<BoxMessage>,
}

impl OrderLane {
    pub(crate) fn new(desks: OrderDesks) -> Self {
        Self { desks, waiting: VecDeque::new(), doing: None, answers: VecDeque::new() }
    }

    /// Takes an order.
    pub(crate) fn hear(&mut self, order: Order) {
        if self.waiting.len() < WAITING {
            self.waiting.push_back(order);
        }
        self.begin_next();
    }

    /// Ends when one has been done; never while none is.
    pub(crate) async fn done(&mut self) {
        let Some(doing) = &mut self.doing else { return std::future::pending().await };
        match doing.await {
            Ok(answer) => self.answers.extend(answer),
            Err(error) => tracing::error!(%error, "an order of the hub was not done to the end"),
        }
        self.doing = None;
        self.begin_next();
    }

    pub(crate) fn has_answer(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The next answer to send.
    pub(crate) fn next_answer(&mut self) -> Option<BoxMessage> {
        self.answers.pop_front()
    }

    fn begin_next(&mut self) {
        if self.doing.is_some() {
            return;
        }
        let Some(order) = self.waiting.pop_front() else { return };
        let desks = self.desks.clone();
        self.doing = Some(tokio::task::spawn_blocking(move || answer(&desks, &order)));
    }
}

fn answer(desks: &OrderDesks, order: &Order) -> Option<BoxMessage> {
    let message = match order {
        Order::Suppression(order) => {
            let (desk, id) = (desks.suppressions.as_ref()?, order_id(&order.order_id)?);
            let standing = match suppression_of(id, order) {
                Some(wish) => desk.suppression(&wish),
                None => SuppressionStanding::Refused(MALFORMED),
            };
            box_message::Message::SuppressionReceipt(receipt(id, standing))
        }
        Order::Exercise(order) => {
            let (desk, id) = (desks.exercises.as_ref()?, order_id(&order.order_id)?);
            let standing = match exercise_of(id, order) {
                Some(wish) => desk.exercise(&wish),
                None => ExerciseStanding::Refused(MALFORMED.to_owned()),
            };
            box_message::Message::ExerciseReport(report(id, standing))
        }
    };
    Some(BoxMessage { message: Some(message) })
}

fn order_id(bytes: &[u8]) -> Option<[u8; 16]> {
    let id = bytes.try_into().ok();
    if id.is_none() {
        tracing::warn!(code = "order_ignored", "an order without an id is not answered");
    }
    id
}

/// The order's content, if it is whole.
fn suppression_of(order_id: [u8; 16], order: &SuppressionOrder) -> Option<SuppressionWish> {
    let event = <[u8; 16]>::try_from(order.event_id.as_slice()).ok()?;
    let is_whole = VERDICTS.contains(&order.verdict.as_str())
        && (1..=MAX_DAYS).contains(&order.days)
        && is_text(&order.role, NAME_CHARS);
    is_whole.then(|| SuppressionWish {
        order_id,
        event: EventId::from_bytes(event),
        verdict: order.verdict.clone(),
        days: order.days,
        until: Timestamp::from_unix_millis(order.until_unix_ms),
        role: order.role.clone(),
        is_lifted: order.lift,
    })
}

fn exercise_of(order_id: [u8; 16], order: &ExerciseOrder) -> Option<ExerciseWish> {
    let camera = CameraId::parse(&order.camera).ok()?;
    let is_whole = is_text(&order.scenario, CODE_CHARS) && is_text(&order.role, NAME_CHARS);
    is_whole.then(|| ExerciseWish {
        order_id,
        camera,
        scenario: order.scenario.clone(),
        expires_at: Timestamp::from_unix_millis(order.expires_unix_ms),
        role: order.role.clone(),
        is_stopped: order.stop,
    })
}

fn is_text(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control)
}

fn receipt(order_id: [u8; 16], standing: SuppressionStanding) -> SuppressionReceipt {
    let (outcome, number, until_unix_ms, reason) = match standing {
        SuppressionStanding::InForce { number, until } => (Outcome::Added, number, until.unix_millis(), ""),
        SuppressionStanding::Removed { number } => (Outcome::Removed, number, 0, ""),
        SuppressionStanding::UnknownPlace => (Outcome::UnknownPlace, 0, 0, ""),
        SuppressionStanding::Refused(reason) => (Outcome::Refused, 0, 0, reason),
    };
    SuppressionReceipt {
        order_id: order_id.to_vec(),
        outcome: outcome.into(),
        number,
        until_unix_ms,
        reason: reason.to_owned(),
    }
}

fn report(order_id: [u8; 16], standing: ExerciseStanding) -> ExerciseReport {
    let (state, began, ended, reason) = match standing {
        ExerciseStanding::Waits => (State::Waits, None, None, String::new()),
        ExerciseStanding::Runs { began } => (State::Runs, Some(began), None, String::new()),
        ExerciseStanding::Ended { began, ended, reason } => (State::Ended, Some(began), Some(ended), reason),
        ExerciseStanding::Refused(reason) => (State::Refused, None, None, reason),
    };
    let unix_ms = |at: Option<Timestamp>| at.map_or(0, Timestamp::unix_millis);
    ExerciseReport {
        order_id: order_id.to_vec(),
        state: state.into(),
        began_unix_ms: unix_ms(began),
        ended_unix_ms: unix_ms(ended),
        reason,
    }
}

#[cfg(test)]
mod tests;
