//! Requests for stills: heard, limited, decided one at a time, and answered once.
//!
//! Invariants: a request id gets at most one answer, whatever connection it comes by; nothing is sent after the
//! request's time is over; a still is sent only when no record can be, so that it delays none that waits; and the
//! desk has the last word on it just before.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use velum_outbox::OpenStill;
use velum_proto::v1::{
    BoxMessage, Still, StillAnswer, StillRefused, StillRequest, box_message, still_answer::Answer,
};
use velum_vocab::{EventId, Timestamp};

/// A request that is good for longer is none: the hub waits for seconds.
const LONGEST_LIFE: Duration = Duration::from_secs(600);
/// Request ids that are remembered at once; more are not answered at all.
const REMEMBERED_MAX: usize = 1_024;
/// The longest operator's name and purpose, characters.
const NAME_CHARS: usize = 128;
/// As the protocol says.
const JUSTIFICATION_CHARS: usize = 500;
const HOUR: Duration = Duration::from_secs(3_600);

/// What the request is refused by, in the words of the protocol.
const MALFORMED: &str = "malformed_request";
const EXPIRED: &str = "expired_request";
const RATE: &str = "rate_limit";
const BUSY: &str = "busy";
const NO_DESK: &str = "no_still";

/// One operator asks for the still of one alert; well-formed, and within the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillWish {
    /// Drawn by the hub; the same in its audit log.
    pub request_id: [u8; 16],
    /// The raised event of the alert.
    pub event: EventId,
    /// Who asks, as the hub names them.
    pub operator: String,
    /// What for.
    pub purpose: String,
    /// Why, in the operator's own words.
    pub justification: String,
    /// From then on there is no answer but a refusal.
    pub expires_at: Timestamp,
}

/// Who decides about a request: the box's program.
pub trait StillDesk: Send + Sync + 'static {
    /// The still, or the rule that refuses it. Called on a thread that may wait for the disk, one at a time.
    ///
    /// # Errors
    /// The rule, for example `imagery_egress`; it travels to the hub.
    fn answer(&self, wish: &StillWish) -> Result<OpenStill, &'static str>;

    /// Whether the still by which this wish was answered may be sent now: it waited. Must not wait for the disk.
    ///
    /// # Errors
    /// The rule that refuses it.
    fn still_allowed(&self, wish: &StillWish) -> Result<(), &'static str>;

    /// The still by which this wish was answered is not sent after all, by this rule. Called on a thread that may
    /// wait for the disk.
    fn withdrawn(&self, wish: &StillWish, rule: &'static str);
}

/// A desk whose stills are as they travel.
pub(crate) trait Decider: Send + Sync + 'static {
    /// As [`StillDesk::answer`].
    fn decide(&self, wish: &StillWish) -> Result<Still, &'static str>;
    /// As [`StillDesk::still_allowed`].
    fn may_still(&self, wish: &StillWish) -> Result<(), &'static str>;
    /// As [`StillDesk::withdrawn`].
    fn told_withdrawn(&self, wish: &StillWish, rule: &'static str);
}

impl Decider for Arc<dyn StillDesk> {
    fn decide(&self, wish: &StillWish) -> Result<Still, &'static str> {
        self.answer(wish).map(OpenStill::into_wire)
    }

    fn may_still(&self, wish: &StillWish) -> Result<(), &'static str> {
        self.still_allowed(wish)
    }

    fn told_withdrawn(&self, wish: &StillWish, rule: &'static str) {
        self.withdrawn(wish, rule);
    }
}

/// How many stills may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StillLimits {
    /// In an hour, by everybody.
    pub per_hour: usize,
    /// In an hour, by one operator.
    pub per_operator_per_hour: usize,
    /// Requests that may wait for the one that is being decided.
    pub waiting: usize,
}

impl Default for StillLimits {
    fn default() -> Self {
        Self { per_hour: 60, per_operator_per_hour: 20, waiting: 4 }
    }
}

/// The desk, and what is remembered of requests over all connections.
pub(crate) struct Desk {
    decider: Option<Arc<dyn Decider>>,
    register: Mutex<Register>,
    /// Held while one is decided.
    turn: Arc<Mutex<()>>,
}

impl Desk {
    /// Nobody decides: every request is refused.
    pub(crate) fn closed(limits: StillLimits) -> Self {
        Self { decider: None, register: Mutex::new(Register::new(limits)), turn: Arc::default() }
    }

    /// This one decides.
    pub(crate) fn opened(&mut self, decider: Arc<dyn Decider>) {
        self.decider = Some(decider);
    }

    fn hear(&self, request: StillRequest, now: Timestamp) -> Heard {
        let mut register = self.register.lock().unwrap_or_else(PoisonError::into_inner);
        register.hear(request, now)
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Heard {
    /// It is to be decided.
    Wish(StillWish),
    /// It is refused at once.
    Refused([u8; 16], &'static str),
    /// It was heard before, or has no id by which it could be answered.
    Ignored,
}

/// The requests of the last hour.
struct Register {
    limits: StillLimits,
    /// Until when each id is remembered.
    ids: BTreeMap<[u8; 16], Timestamp>,
    /// When each was admitted, and by whom it was asked.
    admitted: VecDeque<(Timestamp, String)>,
}

impl Register {
    fn new(limits: StillLimits) -> Self {
        Self { limits, ids: BTreeMap::new(), admitted: VecDeque::new() }
    }

    fn hear(&mut self, request: StillRequest, now: Timestamp) -> Heard {
        self.ids.retain(|_, until| now < *until);
        let Ok(id) = <[u8; 16]>::try_from(request.request_id.as_slice()) else { return Heard::Ignored };
        if self.ids.contains_key(&id) || self.ids.len() >= REMEMBERED_MAX {
            return Heard::Ignored;
        }
        self.ids.insert(id, now.plus(LONGEST_LIFE));
        let Some(wish) = wish_of(id, request) else { return Heard::Refused(id, MALFORMED) };
        if wish.expires_at > now.plus(LONGEST_LIFE) {
            return Heard::Refused(id, MALFORMED);
        }
        if wish.expires_at <= now {
            return Heard::Refused(id, EXPIRED);
        }
        if !self.admits(&wish.operator, now) {
            return Heard::Refused(id, RATE);
        }
        self.admitted.push_back((now, wish.operator.clone()));
        Heard::Wish(wish)
    }

    fn admits(&mut self, operator: &str, now: Timestamp) -> bool {
        // A clock that went back forgets nothing.
        self.admitted.retain(|(at, _)| now < at.plus(HOUR));
        let own = self.admitted.iter().filter(|(_, asked_by)| asked_by == operator).count();
        self.admitted.len() < self.limits.per_hour && own < self.limits.per_operator_per_hour
    }
}

/// The request's content, if it is whole.
fn wish_of(request_id: [u8; 16], request: StillRequest) -> Option<StillWish> {
    let fits = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
    let whole = fits(&request.operator, NAME_CHARS)
        && fits(&request.purpose, NAME_CHARS)
        && fits(&request.justification, JUSTIFICATION_CHARS);
    let event = <[u8; 16]>::try_from(request.event_id.as_slice()).ok().filter(|_| whole)?;
    Some(StillWish {
        request_id,
        event: EventId::from_bytes(event),
        operator: request.operator,
        purpose: request.purpose,
        justification: request.justification,
        expires_at: Timestamp::from_unix_millis(request.expires_unix_ms),
    })
}

/// The requests of one connection: what waits, the one that is being decided, and what waits to be sent.
pub(crate) struct StillLane {
    desk: Arc<Desk>,
    waiting: VecDeque<StillWish>,
    deciding: Option<(StillWish, tokio::task::JoinHandle<Result<Still, &'static str>>)>,
    /// A still has its wish beside it.
    answers: VecDeque<(Option<StillWish>, StillAnswer)>,
}

impl StillLane {
    pub(crate) fn new(desk: Arc<Desk>) -> Self {
        Self { desk, waiting: VecDeque::new(), deciding: None, answers: VecDeque::new() }
    }

    /// Takes a request.
    pub(crate) fn hear(&mut self, request: StillRequest, now: Timestamp) {
        match self.desk.hear(request, now) {
            Heard::Ignored => tracing::warn!(code = "still_request_ignored", "a request is not answered"),
            Heard::Refused(id, rule) => self.refuse(id, rule),
            Heard::Wish(wish) if self.desk.decider.is_none() => self.refuse(wish.request_id, NO_DESK),
            Heard::Wish(wish) if self.waiting.len() >= self.desk.limits().waiting => {
                self.refuse(wish.request_id, BUSY);
            }
            Heard::Wish(wish) => self.waiting.push_back(wish),
        }
        self.begin_next();
    }

    /// Whether an answer waits to be sent.
    pub(crate) fn has_answer(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The next answer; a still whose request's time is over, or which may be sent no more, has become a refusal.
    pub(crate) fn next_answer(&mut self, now: Timestamp) -> Option<BoxMessage> {
        let (wish, mut answer) = self.answers.pop_front()?;
        if let Some(wish) = wish
            && let Err(rule) = self.desk.may_send(&wish, now)
        {
            answer.answer = Some(refused(rule));
            self.desk.withdraw(wish, rule);
        }
        self.begin_next();
        Some(BoxMessage { message: Some(box_message::Message::StillAnswer(answer)) })
    }

    /// Ends when one has been decided; never while none is.
    pub(crate) async fn decided(&mut self) {
        let Some((_, deciding)) = &mut self.deciding else { return std::future::pending().await };
        let done = deciding.await;
        let Some((wish, _)) = self.deciding.take() else { return };
        let id = wish.request_id;
        match done {
            Ok(Ok(still)) => self.push(id, Some(wish), Answer::Still(still)),
            Ok(Err(rule)) => self.push(id, None, refused(rule)),
            // It panicked.
            Err(_) => self.push(id, None, refused("failed")),
        }
        self.begin_next();
    }

    /// One still in memory at a time: the next is decided when the one before is on its way.
    fn begin_next(&mut self) {
        if self.deciding.is_some() || self.has_answer() {
            return;
        }
        let (Some(decider), Some(wish)) = (self.desk.decider.clone(), self.waiting.pop_front()) else {
            return;
        };
        let (turn, asked) = (Arc::clone(&self.desk.turn), wish.clone());
        let work = move || {
            let _one_at_a_time = turn.lock().unwrap_or_else(PoisonError::into_inner);
            decider.decide(&asked)
        };
        self.deciding = Some((wish, tokio::task::spawn_blocking(work)));
    }

    fn refuse(&mut self, id: [u8; 16], rule: &'static str) {
        tracing::info!(rule, "a still is refused");
        self.push(id, None, refused(rule));
    }

    fn push(&mut self, id: [u8; 16], still_of: Option<StillWish>, answer: Answer) {
        let answer = StillAnswer { request_id: id.to_vec(), answer: Some(answer) };
        self.answers.push_back((still_of, answer));
    }
}

impl Desk {
    /// The last word before a still that waited is sent.
    fn may_send(&self, wish: &StillWish, now: Timestamp) -> Result<(), &'static str> {
        if now >= wish.expires_at {
            return Err(EXPIRED);
        }
        self.decider.as_ref().ok_or(NO_DESK)?.may_still(wish)
    }

    /// Tells the desk that a still was not sent after all; it may take its time.
    fn withdraw(&self, wish: StillWish, rule: &'static str) {
        tracing::info!(rule, "a still that waited is not sent");
        if let Some(decider) = self.decider.clone() {
            tokio::task::spawn_blocking(move || decider.told_withdrawn(&wish, rule));
        }
    }

    fn limits(&self) -> StillLimits {
        self.register.lock().unwrap_or_else(PoisonError::into_inner).limits
    }
}

fn refused(rule: &str) -> Answer {
    Answer::Refused(StillRefused { rule: rule.to_owned() })
}

#[cfg(test)]
pub(crate) mod tests;
