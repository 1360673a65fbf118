//! The live list: stored records from a cursor on, then what is new, and the state of the boxes, as server-sent
//! events. Fed from the store by cursor as gRPC subscribers are: however slow the browser reads, it misses nothing.
//!
//! `record` (its id is the cursor), `review` (where an alert stands with the people: after the record that raised it, and
//! whenever it changes), `held` (what was left out up to a cursor; for recipients alone: all others know from
//! their session that they are shown no event), `fleet`, `hours` (of the cameras), `suppressions` (places that
//! are left out for a time), `exercises` (those that run), `caught_up` (from here on it
//! is live), `beat` (nothing new, still there) and, at last, `ended` with the reason.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::Console;
use super::logins::{End, Visitor};
use super::view::{HeldView, RecordView, ReviewView, RunningView, SuppressionsView};
use crate::access::{Ask, Held, Reader, Refused, Rule};
use crate::audit::AuditFailure;
use crate::exercises::is_exercise;
use crate::reviews::raised_alert;
use crate::store::{Act, FoundEvent, Selection, StoreError};
use crate::telling::Last;

const PAGE: u32 = 500;
const BEAT: Duration = Duration::from_secs(5);

/// Why a page must be loaded anew.
const CHANGED: &str = "changed";
/// By then it is known whether a login still holds.
const LOGINS_KNOWN: Duration = Duration::from_secs(1);

/// What the browser is sent.
pub(super) type Events = mpsc::Sender<Result<Event, Infallible>>;

/// One open page.
pub(super) struct Watching {
    pub(super) console: Arc<Console>,
    pub(super) visitor: Visitor,
    pub(super) ask: Ask,
    pub(super) reader: Reader,
    pub(super) after_cursor: u64,
    /// The last change of where an alert stands that the page was told.
    pub(super) after_change: u64,
    pub(super) events: Events,
    /// The rules that the audit log knows to have held something back.
    pub(super) told: BTreeSet<Rule>,
    /// Its place among the streams of this login.
    pub(super) place: OwnedSemaphorePermit,
}

enum Stop {
    /// The browser went away.
    Gone,
    /// Something failed; the browser comes back by itself.
    Failed,
    /// What the person may read changed so that the page must be loaded anew.
    Changed,
}

#[derive(Serialize)]
struct CaughtUpView {
    cursor: u64,
    /// None for somebody who is no recipient: it would tell how often people do something.
    change: Option<u64>,
}

#[derive(Serialize)]
struct BeatView {
    hub_unix_ms: i64,
}

#[derive(Serialize)]
struct EndedView {
    reason: &'static str,
}

impl Watching {
    /// Feeds the page until it, its login or the hub ends.
    pub(super) async fn feed(mut self, last: Last<Result<Event, Infallible>>) {
        let mut stopping = self.console.parts.stopping.clone();
        let (mut visitor, events) = (self.visitor.clone(), self.events.clone());
        let reason = tokio::select! {
            () = events.closed() => return,
            end = visitor.ended() => end.code(),
            _ = stopping.wait_for(|stop| *stop) => "stopping",
            stop = self.send_all() => match stop {
                Stop::Gone => return,
                Stop::Failed => "failed",
                Stop::Changed => CHANGED,
            },
        };
        // Who was removed is told so, and not that the page must be loaded anew.
        let reason = match reason {
            CHANGED => tokio::time::timeout(LOGINS_KNOWN, visitor.ended()).await.map_or(CHANGED, End::code),
            other => other,
        };
        if let Some(event) = event("ended", &EndedView { reason }) {
            last.say(Ok(event));
        }
        drop(self.place);
    }

    async fn send_all(&mut self) -> Stop {
        let mut newest = self.console.parts.store.newest();
        let mut reviews = self.console.parts.store.reviews();
        reviews.mark_changed();
        let mut fleet = self.console.fleet.watch(self.reader.kept_out().is_none());
        fleet.mark_changed();
        let mut hours = self.console.fleet.watch_hours();
        hours.mark_changed();
        let mut orders = self.console.parts.store.orders();
        orders.mark_changed();
        let mut beats = tokio::time::interval(BEAT);
        if let Err(stop) = self.send_stored(&mut newest).await {
            return stop;
        }
        let caught_up = CaughtUpView {
            cursor: self.after_cursor,
            change: self.reader.kept_out().is_none().then_some(self.after_change),
        };
        if let Err(stop) = self.send("caught_up", &caught_up).await {
            return stop;
        }
        loop {
            let sent = tokio::select! {
                changed = newest.changed() => match changed {
                    Ok(()) => self.send_stored(&mut newest).await,
                    Err(_) => Err(Stop::Failed),
                },
                changed = reviews.changed() => match changed {
                    Ok(()) => self.send_changes(&mut reviews).await,
                    Err(_) => Err(Stop::Failed),
                },
                changed = fleet.changed() => match changed {
                    Ok(()) => self.send_newest("fleet", &mut fleet).await,
                    Err(_) => Err(Stop::Failed),
                },
                changed = hours.changed() => match changed {
                    Ok(()) => self.send_newest("hours", &mut hours).await,
                    Err(_) => Err(Stop::Failed),
                },
                changed = orders.changed() => match changed {
                    Ok(()) => self.send_orders(&mut orders).await,
                    Err(_) => Err(Stop::Failed),
                },
                _ = beats.tick() => self.beat().await,
            };
            if let Err(stop) = sent {
                return stop;
            }
        }
    }

    async fn send_stored(&mut self, newest: &mut watch::Receiver<u64>) -> Result<(), Stop> {
        loop {
            // Seen before reading: what is stored while we read wakes us again.
            let seen = *newest.borrow_and_update();
            self.renew().await?;
            let kept_out = self.reader.kept_out();
            if let Some(rule) = kept_out {
                self.log_held(&Held::all_by(rule)).await?;
            }
            let store = Arc::clone(&self.console.parts.store);
            let erasures = store.erasures();
            let page = store
                .page(self.after_cursor, PAGE, &self.reader.selection(&Selection::default()))
                .await
                .map_err(|error| failed(&error))?;
            let mut held = Held::default();
            let mut is_stale = false;
            for record in page.records {
                // What was deleted since the page was read is not shown any more.
                is_stale = erasures != store.erasures();
                if is_stale {
                    break;
                }
                let cursor = record.cursor;
                let alert = raised_alert(&record);
                match self.reader.show(record, self.console.parts.clock.unix_ms()) {
                    Ok(record) => {
                        self.send_held(&mut held).await?;
                        let event = event("record", &RecordView::from(record)).ok_or(Stop::Failed)?;
                        self.events.send(Ok(event.id(cursor.to_string()))).await.map_err(|_| Stop::Gone)?;
                        if let Some(alert) = alert {
                            self.note_shown(&alert).await?;
                            self.send_alert(&alert).await?;
                        }
                    }
                    Err(rule) if kept_out.is_none() => held.add(rule),
                    Err(_) => {}
                }
                self.after_cursor = cursor;
            }
            self.send_held(&mut held).await?;
            if page.next_cursor.is_none() && !is_stale {
                if kept_out.is_some() {
                    // What was passed over is not looked through again.
                    self.after_cursor = self.after_cursor.max(seen);
                }
                return Ok(());
            }
        }
    }

    /// Where an alert stands that the page just heard of.
    async fn send_alert(&self, alert: &FoundEvent) -> Result<(), Stop> {
        let looked = self.console.parts.reviews.look(&self.reader, alert).await;
        match looked.map_err(|error| failed(&error))? {
            Some(looked) => self.send("review", &ReviewView::new(looked, None)).await,
            None => Ok(()),
        }
    }

    /// Where alerts stand now that changed since the page was told last.
    async fn send_changes(&mut self, reviews: &mut watch::Receiver<u64>) -> Result<(), Stop> {
        loop {
            // Seen before reading: what changes while we read wakes us again.
            reviews.borrow_and_update();
            self.renew().await?;
            let parts = &self.console.parts;
            let changes = parts.store.alert_changes(self.after_change, PAGE).await;
            let changes = changes.map_err(|error| failed(&error))?;
            let is_last = changes.len() < PAGE as usize;
            for (change, event_id) in changes {
                let looked = self.console.parts.reviews.look_again(&self.reader, &event_id).await;
                if let Some(looked) = looked.map_err(|error| failed(&error))? {
                    self.send("review", &ReviewView::new(looked, Some(change))).await?;
                }
                self.after_change = change;
            }
            if is_last {
                return Ok(());
            }
        }
    }

    /// What boxes were ordered, as this person may see it.
    async fn send_orders(&mut self, orders: &mut watch::Receiver<u64>) -> Result<(), Stop> {
        orders.borrow_and_update();
        self.renew().await?;
        let parts = &self.console.parts;
        let seen = parts.reviews.suppressions(&self.reader).await.map_err(|error| failed(&error))?;
        self.send("suppressions", &SuppressionsView::of(seen, parts.clock.unix_ms())).await?;
        if self.reader.is_beyond_control_room() {
            return Ok(());
        }
        let rows = self.console.parts.store.exercises().await.map_err(|error| failed(&error))?;
        self.send("exercises", &RunningView::of(rows, self.console.parts.clock.unix_ms())).await
    }

    /// Whose page showed an alert of an exercise, for its debrief.
    async fn note_shown(&self, alert: &FoundEvent) -> Result<(), Stop> {
        if !is_exercise(&alert.event) {
            return Ok(());
        }
        let act = Act {
            person: self.reader.person().to_string(),
            what: "shown".to_owned(),
            role: self.reader.recipient().unwrap_or_default(),
            code: String::new(),
            unix_ms: self.console.parts.clock.unix_ms(),
        };
        let noted = self.console.parts.store.exercise_act(&alert.event.id, &act).await;
        noted.map_err(|error| failed(&error))
    }

    /// Roles and policies change while the page is open: from the next records on, the new ones count. With other
    /// roles the page begins anew, and what it showed by the old ones is gone from it.
    async fn renew(&mut self) -> Result<(), Stop> {
        let parts = &self.console.parts;
        let renewed =
            parts.access.reader(self.reader.person(), &self.ask).await.map_err(|error| match error {
                Refused::Store(error) => failed(&error),
                Refused::Invalid { .. } | Refused::BeyondControlRoom { .. } => Stop::Changed,
            })?;
        let is_changed = renewed.recipient() != self.reader.recipient()
            || renewed.kept_out().is_some() != self.reader.kept_out().is_some();
        if is_changed {
            return Err(Stop::Changed);
        }
        self.reader = renewed;
        Ok(())
    }

    /// Tells how much was left out, where something was.
    async fn send_held(&mut self, held: &mut Held) -> Result<(), Stop> {
        if held.is_empty() {
            return Ok(());
        }
        self.log_held(held).await?;
        let held = std::mem::take(held).told(self.reader.person());
        let view = HeldView::new(self.after_cursor, held);
        self.send("held", &view).await
    }

    async fn log_held(&mut self, held: &Held) -> Result<(), Stop> {
        let audit = &self.console.parts.audit;
        let logged = audit.held_back(&self.reader, held, &mut self.told).await;
        logged.map_err(|error| not_logged(&error))
    }

    /// A role that was taken is missed though nothing new is stored.
    async fn beat(&mut self) -> Result<(), Stop> {
        self.renew().await?;
        let beat = BeatView { hub_unix_ms: self.console.parts.clock.unix_ms() };
        self.send("beat", &beat).await
    }

    async fn send_newest<T: Serialize>(
        &mut self,
        name: &str,
        of: &mut watch::Receiver<Option<Arc<T>>>,
    ) -> Result<(), Stop> {
        self.renew().await?;
        let newest = of.borrow_and_update().clone();
        match newest {
            Some(newest) => self.send(name, newest.as_ref()).await,
            None => Ok(()),
        }
    }

    async fn send(&self, name: &str, data: &impl Serialize) -> Result<(), Stop> {
        let event = event(name, data).ok_or(Stop::Failed)?;
        self.events.send(Ok(event)).await.map_err(|_| Stop::Gone)
    }
}

fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(data).ok()
}

fn failed(error: &StoreError) -> Stop {
    tracing::error!(%error, "the store failed");
    Stop::Failed
}

fn not_logged(error: &AuditFailure) -> Stop {
    tracing::error!(%error, "the audit log cannot be written; the page is shown nothing");
    Stop::Failed
}
