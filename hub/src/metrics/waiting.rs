//! How many alerts people owe a word. Read on from where it stopped: neither a long list of records nor many reviews make
//! a look slow.

use std::collections::BTreeMap;

use crate::exercises::is_exercise;
use crate::policies::Library;
use crate::reviews::{Owed, raised_alert};
use crate::store::{FoundEvent, Lapse, Selection, Store, StoreError};

const PAGE: u32 = 1_000;

/// Where an alert stands that nobody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is time left, or no deadline.
    Waiting,
    /// Nobody decided in time.
    PastDeadline,
}

/// The alerts that nobody decided, by the ids of the events that raised them. With
/// when each was stored. The ids never leave this process.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    alerts: BTreeMap<Vec<u8>, (Standing, i64)>,
    cursor: u64,
    change: u64,
    /// The versions of policies that had begun: others owe otherwise.
    begun: Vec<[u8; 32]>,
}

impl Waiting {
    pub(super) fn count(&self, standing: Standing) -> u64 {
        self.alerts.values().filter(|(found, _)| *found == standing).count() as u64
    }

    /// Reads what is new.
    pub(super) async fn look(
        &mut self,
        store: &Store,
        library: &Library,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let begun: Vec<_> = library.begun(now_unix_ms).map(|one| one.policy().digest()).collect();
        if self.begun != begun {
            *self = Self { begun, change: store.newest_alert_change().await?, ..Self::default() };
        }
        self.follow(store, library, now_unix_ms).await?;
        self.look_again(store, library, now_unix_ms).await
    }

    async fn follow(&mut self, store: &Store, library: &Library, now_unix_ms: i64) -> Result<(), StoreError> {
        loop {
            let page = store.page(self.cursor, PAGE, &Selection::default()).await?;
            for record in &page.records {
                if let Some(alert) = raised_alert(record) {
                    self.place(store, alert, (library, now_unix_ms)).await?;
                }
                self.cursor = record.cursor;
            }
            if page.next_cursor.is_none() {
                return Ok(());
            }
        }
    }

    /// What people did meanwhile, and what was deleted.
    async fn look_again(
        &mut self,
        store: &Store,
        library: &Library,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        loop {
            let changes = store.alert_changes(self.change, PAGE).await?;
            let Some((last, _)) = changes.last() else { break };
            let last = *last;
            for (_, id) in &changes {
                match store.event(id).await? {
                    Some(alert) => self.place(store, alert, (library, now_unix_ms)).await?,
                    None => drop(self.alerts.remove(id)),
                }
            }
            self.change = last;
        }
        let oldest = store.oldest_record_unix_ms().await?;
        self.alerts.retain(|_, (_, stored_unix_ms)| oldest.is_some_and(|oldest| oldest <= *stored_unix_ms));
        Ok(())
    }

    async fn place(
        &mut self,
        store: &Store,
        alert: FoundEvent,
        (library, now_unix_ms): (&Library, i64),
    ) -> Result<(), StoreError> {
        let (id, stored_unix_ms) = (alert.event.id.clone(), alert.stored_unix_ms);
        // What people do about an exercise is no figure of what they owe.
        let is_owed = !is_exercise(&alert.event) && Owed::to(&alert.event, library, now_unix_ms).is_some();
        let stands = if is_owed { Some(store.alert(&id).await?) } else { None };
        let standing = stands.filter(|row| row.decided().is_none()).and_then(|row| match row.lapse {
            None => Some(Standing::Waiting),
            Some(Lapse::Kept) => Some(Standing::PastDeadline),
            Some(Lapse::Erased) => None,
        });
        match standing {
            Some(standing) => drop(self.alerts.insert(id, (standing, stored_unix_ms))),
            None => drop(self.alerts.remove(&id)),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
