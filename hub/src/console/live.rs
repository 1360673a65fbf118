//! The live list: stored records from a cursor on, then what is new, and the state of the boxes, as server-sent
//! events. Fed from the store by cursor as gRPC subscribers are: however slow the browser reads, it misses nothing.
//!
//! `record` (its id is the cursor), `held` (what was left out up to a cursor; for recipients alone: all others know from
//! their session that they are shown no event), `fleet`, `caught_up` (from here on it
//! is live), `beat` (nothing new, still there) and, at last, `ended` with the reason.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};

use super::Console;
use super::logins::Visitor;
use super::view::{FleetView, HeldView, RecordView};
use crate::access::{Ask, Held, Reader, Refused, Rule};
use crate::audit::AuditFailure;
use crate::store::{Selection, StoreError};

const PAGE: u32 = 500;
const BEAT: Duration = Duration::from_secs(5);

/// What the browser is sent.
pub(super) type Events = mpsc::Sender<Result<Event, Infallible>>;

/// One open page.
pub(super) struct Watching {
    pub(super) console: Arc<Console>,
    pub(super) visitor: Visitor,
    pub(super) ask: Ask,
    pub(super) reader: Reader,
    pub(super) after_cursor: u64,
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
struct CursorView {
    cursor: u64,
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
    pub(super) async fn feed(mut self) {
        let mut stopping = self.console.parts.stopping.clone();
        let (mut visitor, events) = (self.visitor.clone(), self.events.clone());
        let reason = tokio::select! {
            () = events.closed() => return,
            end = visitor.ended() => end.code(),
            _ = stopping.wait_for(|stop| *stop) => "stopping",
            stop = self.send_all() => match stop {
                Stop::Gone => return,
                Stop::Failed => "failed",
                Stop::Changed => "changed",
            },
        };
        // A browser that does not read must not keep its place.
        if let Some(event) = event("ended", &EndedView { reason }) {
            let _told = tokio::time::timeout(BEAT, events.send(Ok(event))).await;
        }
        drop(self.place);
    }

    async fn send_all(&mut self) -> Stop {
        let mut newest = self.console.parts.store.newest();
        let mut fleet = self.console.fleet.watch(self.reader.kept_out().is_none());
        fleet.mark_changed();
        let mut beats = tokio::time::interval(BEAT);
        if let Err(stop) = self.send_stored(&mut newest).await {
            return stop;
        }
        let caught_up = CursorView { cursor: self.after_cursor };
        if let Err(stop) = self.send("caught_up", &caught_up).await {
            return stop;
        }
        loop {
            let sent = tokio::select! {
                changed = newest.changed() => match changed {
                    Ok(()) => self.send_stored(&mut newest).await,
                    Err(_) => Err(Stop::Failed),
                },
                changed = fleet.changed() => match changed {
                    Ok(()) => self.send_fleet(&mut fleet).await,
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
            let store = &self.console.parts.store;
            let page = store
                .page(self.after_cursor, PAGE, &self.reader.selection(&Selection::default()))
                .await
                .map_err(|error| failed(&error))?;
            let mut held = Held::default();
            for record in page.records {
                let cursor = record.cursor;
                match self.reader.show(record, self.console.parts.clock.unix_ms()) {
                    Ok(record) => {
                        self.send_held(&mut held).await?;
                        let event = event("record", &RecordView::from(record)).ok_or(Stop::Failed)?;
                        self.events.send(Ok(event.id(cursor.to_string()))).await.map_err(|_| Stop::Gone)?;
                    }
                    Err(rule) if kept_out.is_none() => held.add(rule),
                    Err(_) => {}
                }
                self.after_cursor = cursor;
            }
            self.send_held(&mut held).await?;
            if page.next_cursor.is_none() {
                if kept_out.is_some() {
                    // What was passed over is not looked through again.
                    self.after_cursor = self.after_cursor.max(seen);
                }
                return Ok(());
            }
        }
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

    async fn send_fleet(&mut self, fleet: &mut watch::Receiver<Option<Arc<FleetView>>>) -> Result<(), Stop> {
        self.renew().await?;
        let newest = fleet.borrow_and_update().clone();
        match newest {
            Some(newest) => self.send("fleet", newest.as_ref()).await,
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
