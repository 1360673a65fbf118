//! Hands on one message after the other: reads, judges, logs, sends, waits for the acknowledgement, remembers it.
//!
//! A message is not kept over a failure: at each attempt it is read and judged anew, so that what was erased, became too
//! old or is no longer the recipient's is not sent because it once might have been. Invariant: no event is sent before
//! an entry of the audit log says so of that very event, under the rules by which it was judged; a further attempt under
//! the same rules is not another disclosure.

mod backoff;

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use velum_policy::audit::Subject;

use super::feed::{self, Feed, Nothing};
use super::{Message, Outcome, Target};
use crate::access::{Action, Ask, Reader, Rule, Why};
use crate::config::{ConnectorConfig, StreamKind};
use crate::following::{Doors, Trouble};
use crate::identity::{Name, Person};
use crate::store::{DeadRow, Place, StoreError};

/// So often it is looked whether roles or policies changed, and whether somebody asked for a dead letter.
const LOOK: Duration = Duration::from_secs(1);
/// Of what is in the way, so much is kept, characters.
const REASON_CHARS: usize = 300;

/// How a connector is, as its row in the store has it.
mod state {
    /// Nothing more to hand on.
    pub(super) const UP_TO_DATE: &str = "up_to_date";
    /// The target acknowledged the last, and there may be more.
    pub(super) const DELIVERING: &str = "delivering";
    /// The target does not acknowledge.
    pub(super) const RETRYING: &str = "retrying";
    /// The policy lets it hand on nothing.
    pub(super) const KEPT_OUT: &str = "kept_out";
    /// Something in the hub is in the way.
    pub(super) const FAILING: &str = "failing";
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The next message.
    Again,
    /// Wait for news.
    Idle,
    /// Wait so long.
    Wait(Duration),
}

/// Whose turn it is: dead letters that are sent again do not hold up what is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// A dead letter's, where one is asked for again.
    Dead,
    /// The stream's, for one step.
    Stream,
    /// The stream's, until it rests: the target did not take a dead letter.
    StreamToRest,
}

/// One connector at work.
pub(super) struct Courier<T> {
    name: Name,
    person: Person,
    ask: Ask,
    kind: &'static str,
    stream: StreamKind,
    gaps: bool,
    doors: Doors,
    target: T,
    feed: Option<Feed>,
    /// Acknowledged, refused for good or passed over up to here.
    cursor: u64,
    /// The number that was logged last as handed on, and by whom it was judged then.
    logged: Option<(u64, Reader)>,
    turn: Turn,
    failures: u32,
    /// The rules that held something back since the start.
    held_by: BTreeSet<String>,
    shut_out: Option<Rule>,
    /// State and error, as the store knows them.
    told: (&'static str, String),
    random: fastrand::Rng,
}

impl<T: Target> Courier<T> {
    /// At its place in the stream; a new one begins with what comes from now on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(super) async fn open(config: &ConnectorConfig, doors: Doors, target: T) -> Result<Self, StoreError> {
        let newest = match config.stream {
            StreamKind::Records => *doors.store.newest().borrow(),
            StreamKind::Reviewed => doors.store.newest_reviewed().await?,
        };
        let newest = Place { name: &config.name, stream: config.stream.name(), cursor: newest };
        let cursor = doors.store.open_connector(newest, doors.clock.unix_ms()).await?;
        let why =
            Why { purpose: config.purpose.clone().unwrap_or_default(), justification: config.reason.clone() };
        Ok(Self {
            name: config.name.clone(),
            person: Person::Connector(config.name.clone()),
            // What is handed on is taken out.
            ask: Ask { action: Action::Export, why },
            kind: config.kind.name(),
            stream: config.stream,
            gaps: config.gaps,
            doors,
            target,
            feed: None,
            cursor,
            logged: None,
            turn: Turn::Dead,
            failures: 0,
            held_by: BTreeSet::new(),
            shut_out: None,
            told: ("", String::new()),
            random: fastrand::Rng::new(),
        })
    }

    /// For as long as the hub runs.
    pub(super) async fn run(mut self) {
        let (mut newest, mut reviews) = (self.doors.store.newest(), self.doors.store.reviews());
        loop {
            newest.borrow_and_update();
            reviews.borrow_and_update();
            match self.step().await {
                Step::Again => {}
                Step::Idle => news(&mut newest, &mut reviews).await,
                Step::Wait(time) => tokio::time::sleep(time).await,
            }
        }
    }

    /// Does one thing.
    pub(super) async fn step(&mut self) -> Step {
        match self.try_step().await {
            Ok(step) => step,
            Err(trouble) => {
                // Whatever was read is read anew.
                self.feed = None;
                let error = trouble.to_string();
                tracing::error!(connector = %self.name, error, "nothing is handed on");
                self.wait_longer(state::FAILING, &error, None).await
            }
        }
    }

    async fn try_step(&mut self) -> Result<Step, Trouble> {
        let reader = self.doors.access.any_reader(&self.person, &self.ask).await?;
        if let Some(rule) = self.shut_out_by(&reader) {
            return self.stand_still(&reader, rule).await;
        }
        self.shut_out = None;
        if self.turn == Turn::Dead
            && let Some(dead) = self.doors.store.next_replay(&self.name, self.stream.name()).await?
        {
            self.turn = Turn::Stream;
            return self.replay(&reader, &dead).await;
        }
        let step = match self.next().await? {
            Some((message, reader)) if self.is_for_target(&message) => self.hand_on(message, reader).await?,
            Some(_) => Step::Again,
            None => return self.rest().await,
        };
        if self.turn == Turn::Stream {
            self.turn = Turn::Dead;
        }
        Ok(step)
    }

    /// Why nothing at all goes to this recipient.
    fn shut_out_by(&self, reader: &Reader) -> Option<Rule> {
        let is_beyond = self.stream == StreamKind::Records && reader.is_beyond_control_room();
        reader.shut_out().or(is_beyond.then_some(Rule::Unreviewed))
    }

    /// Sends nothing, and says so: to the audit log and the log once, to the store where it changes.
    async fn stand_still(&mut self, reader: &Reader, rule: Rule) -> Result<Step, Trouble> {
        if self.shut_out != Some(rule) {
            self.feed = None;
            let audit = &self.doors.audit;
            audit.read_refused(&self.person, reader.recipient(), Subject::Events, rule.name()).await?;
            tracing::warn!(connector = %self.name, rule = rule.name(), "sends nothing: the policy gives it nothing");
            self.shut_out = Some(rule);
        }
        let recipient = reader.recipient().unwrap_or_default();
        let words = match rule {
            Rule::NoRecipient => format!(
                "no published policy has a [[recipient]] with the role `{recipient}`: publish one, or correct \
                 `recipient` in hub.toml"
            ),
            Rule::Unreviewed => {
                format!("`{recipient}` is beyond the control room: set `stream = \"reviewed\"` in hub.toml")
            }
            Rule::Regime => {
                format!("`{recipient}` is under another law than this hub's policies (GDPR or LED)")
            }
            Rule::PolicyUnknown => "no policy is published: `velum policy publish`".to_owned(),
            other => format!("by rule `{}`; the hub's log says why", other.name()),
        };
        self.is(state::KEPT_OUT, &words).await?;
        Ok(Step::Idle)
    }

    /// The next message, and by whom it was judged.
    async fn next(&mut self) -> Result<Option<(Message, Reader)>, Trouble> {
        let feed = match &mut self.feed {
            Some(feed) => feed,
            None => {
                let at = (self.stream, self.cursor);
                let asked = (&self.person, self.ask.clone());
                self.feed.insert(Feed::after(at, self.doors.clone(), asked).await?)
            }
        };
        let message = feed.try_next().await?;
        if let Some(Message::Record(record)) = &message {
            self.held_by.extend(record.held_back.iter().map(|held| held.rule.clone()));
        }
        Ok(message.map(|message| (message, feed.reader().clone())))
    }

    /// Nothing that is not of what comes next.
    fn is_for_target(&self, message: &Message) -> bool {
        message.cursor() > self.cursor && self.is_wanted(message)
    }

    /// Gaps only where they are wanted.
    fn is_wanted(&self, message: &Message) -> bool {
        self.gaps || !message.is_gap()
    }

    /// There is nothing more: what was passed over is not looked through again.
    async fn rest(&mut self) -> Result<Step, Trouble> {
        let turn = std::mem::replace(&mut self.turn, Turn::Dead);
        let passed_to = self.feed.as_ref().map_or(self.cursor, Feed::cursor);
        if passed_to > self.cursor {
            self.doors.store.connector_passed(self.place(passed_to)).await?;
            self.cursor = passed_to;
        }
        let words = match self.held_by.is_empty() {
            true => String::new(),
            false => {
                let rules = self.held_by.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
                format!("since the start, events were held back from it by: {rules}")
            }
        };
        self.is(state::UP_TO_DATE, &words).await?;
        // There may be further dead letters.
        Ok(if turn == Turn::Dead { Step::Idle } else { Step::Again })
    }

    async fn hand_on(&mut self, message: Message, reader: Reader) -> Result<Step, Trouble> {
        let cursor = message.cursor();
        let is_logged =
            self.logged.as_ref().is_some_and(|(logged, by)| *logged == cursor && by.judges_like(&reader));
        if !is_logged {
            let was_logged = self.log(&reader, &message).await?;
            self.logged = was_logged.then_some((cursor, reader));
        }
        match self.target.deliver(&message).await {
            Outcome::Acknowledged => {
                let (at, now_unix_ms) = (self.place(cursor), self.doors.clock.unix_ms());
                self.doors.store.connector_acknowledged(at, state::DELIVERING, now_unix_ms).await?;
                self.told = (state::DELIVERING, String::new());
                self.go_on_after(cursor);
            }
            Outcome::Refused(reason) => {
                self.to_the_dead(cursor, &reason, self.failures.saturating_add(1)).await?;
                self.go_on_after(cursor);
            }
            Outcome::Failed { reason, retry_after } => {
                self.read_anew();
                return Ok(self.wait_longer(state::RETRYING, &reason, retry_after).await);
            }
        }
        Ok(Step::Again)
    }

    fn go_on_after(&mut self, cursor: u64) {
        (self.cursor, self.failures) = (cursor, 0);
        self.read_anew();
    }

    /// What was read and not sent is judged again when it is sent.
    fn read_anew(&mut self) {
        if let Some(feed) = &mut self.feed {
            feed.go_back_to(self.cursor);
        }
    }

    /// Sends a dead letter again, as far as it may be sent today. One that the target does not take now waits as the
    /// stream does, and what is new goes first then.
    async fn replay(&mut self, reader: &Reader, dead: &DeadRow) -> Result<Step, Trouble> {
        self.read_anew();
        let found = feed::at(&self.doors, reader, (self.stream, dead.cursor)).await?;
        let nothing = match found {
            Ok(message) if self.is_wanted(&message) => return self.hand_on_again(&message, reader).await,
            // Its event was erased: what is left is a gap.
            Ok(_) => Nothing::Gone,
            Err(nothing) => nothing,
        };
        let reason = match nothing {
            Nothing::Gone => "its record is deleted: there is nothing to send".to_owned(),
            Nothing::Held(rule) => format!("may not be sent any more, by rule `{}`", rule.name()),
        };
        self.to_the_dead(dead.cursor, &reason, 0).await?;
        Ok(Step::Again)
    }

    /// Each time that somebody asks is a disclosure of its own.
    async fn hand_on_again(&mut self, message: &Message, reader: &Reader) -> Result<Step, Trouble> {
        let cursor = message.cursor();
        self.log(reader, message).await?;
        match self.target.deliver(message).await {
            Outcome::Acknowledged => {
                self.doors.store.bury_dead(self.place(cursor)).await?;
                self.failures = 0;
            }
            Outcome::Refused(reason) => self.to_the_dead(cursor, &reason, 1).await?,
            Outcome::Failed { reason, retry_after } => {
                self.turn = Turn::StreamToRest;
                self.doors.store.dead_tried(self.place(cursor), within(&reason)).await?;
                return Ok(self.wait_longer(state::RETRYING, &reason, retry_after).await);
            }
        }
        Ok(Step::Again)
    }

    /// Events that are handed on are disclosed, each of them; numbers and tests tell of nobody. Whether it is one.
    async fn log(&self, reader: &Reader, message: &Message) -> Result<bool, Trouble> {
        let Some(event) = message.event() else { return Ok(false) };
        let what = format!("hands on number {} of its stream by {}", message.cursor(), self.kind);
        self.doors.audit.handed_on(reader, &event.id, &what).await?;
        Ok(true)
    }

    async fn to_the_dead(&self, cursor: u64, reason: &str, attempts: u32) -> Result<(), Trouble> {
        let reason = within(reason);
        tracing::warn!(connector = %self.name, cursor, reason, "a dead letter");
        let now_unix_ms = self.doors.clock.unix_ms();
        Ok(self.doors.store.connector_refused(self.place(cursor), (reason, attempts), now_unix_ms).await?)
    }

    /// After another failure in a row.
    async fn wait_longer(&mut self, state: &'static str, error: &str, retry_after: Option<Duration>) -> Step {
        self.failures = self.failures.saturating_add(1);
        let wait = backoff::wait(self.failures, retry_after, &mut self.random);
        if self.failures == 1 {
            tracing::warn!(connector = %self.name, error, "not acknowledged; tried again");
        }
        self.told = ("", String::new());
        if let Err(error) = self.is(state, error).await {
            tracing::error!(connector = %self.name, %error, "how the connector is cannot be kept");
        }
        Step::Wait(wait)
    }

    /// Keeps how it is, where that is news.
    async fn is(&mut self, state: &'static str, error: &str) -> Result<(), StoreError> {
        let error = within(error);
        if (self.told.0, self.told.1.as_str()) != (state, error) {
            let now_unix_ms = self.doors.clock.unix_ms();
            self.doors.store.connector_is(&self.name, (state, error, self.failures), now_unix_ms).await?;
            self.told = (state, error.to_owned());
        }
        Ok(())
    }

    fn place(&self, cursor: u64) -> Place<'_> {
        Place { name: &self.name, stream: self.stream.name(), cursor }
    }
}

/// The beginning of a longer reason.
fn within(reason: &str) -> &str {
    reason.char_indices().nth(REASON_CHARS).and_then(|(end, _)| reason.get(..end)).unwrap_or(reason)
}

async fn news(newest: &mut watch::Receiver<u64>, reviews: &mut watch::Receiver<u64>) {
    // Where the store is gone the hub ends, and with it this.
    tokio::select! {
        _ = newest.changed() => {}
        _ = reviews.changed() => {}
        () = tokio::time::sleep(LOOK) => {}
    }
}
