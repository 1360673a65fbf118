//! The stream of what people decided: all that recipients beyond the control room read under LED.

use std::collections::{BTreeSet, VecDeque};

use tokio::sync::watch;
use velum_proto::v1::ReviewedRecord;

use super::{Doors, Trouble};
use crate::access::{Ask, Held, Reader, Rule};
use crate::identity::Person;
use crate::store::ReviewedRow;

const PAGE: u32 = 100;

/// A follower of the stream.
pub(crate) struct Reviewed {
    doors: Doors,
    ask: Ask,
    reader: Reader,
    reviews: watch::Receiver<u64>,
    cursor: u64,
    page: VecDeque<ReviewedRow>,
    is_last_page: bool,
    /// The rules that the audit log knows to have held something back.
    told: BTreeSet<Rule>,
}

impl Reviewed {
    /// Follows from after a number on.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn after(
        cursor: u64,
        doors: Doors,
        (person, ask): (&Person, Ask),
    ) -> Result<Self, Trouble> {
        // Seen before reading: what is decided while we read wakes us again.
        let reviews = doors.store.reviews();
        let reader = doors.access.any_reader(person, &ask).await?;
        doors.log_following(&reader, &format!("follows reviewed alerts after number {cursor}")).await?;
        let (page, told) = (VecDeque::new(), BTreeSet::new());
        Ok(Self { doors, ask, reader, reviews, cursor, page, is_last_page: false, told })
    }

    /// Up to where everything is told or passed over.
    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Who follows, as of the newest page.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Begins anew after a number: what was read and not told is judged again when it is asked for.
    pub(crate) fn go_back_to(&mut self, cursor: u64) {
        self.cursor = cursor;
        self.page.clear();
        self.is_last_page = false;
    }

    /// The next that is to be told, once there is one; none where the store is gone.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn next(&mut self) -> Result<Option<ReviewedRecord>, Trouble> {
        loop {
            if let Some(record) = self.try_next().await? {
                return Ok(Some(record));
            }
            if self.reviews.changed().await.is_err() {
                return Ok(None);
            }
            self.is_last_page = false;
        }
    }

    /// The next that is to be told; none where there is nothing more at the moment.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn try_next(&mut self) -> Result<Option<ReviewedRecord>, Trouble> {
        loop {
            while let Some(row) = self.page.pop_front() {
                let shown = self.shown(&row).await?;
                self.cursor = row.cursor;
                if shown.is_some() {
                    return Ok(shown);
                }
            }
            if self.is_last_page && !self.reviews.has_changed().unwrap_or(false) {
                return Ok(None);
            }
            self.turn_page().await?;
        }
    }

    async fn turn_page(&mut self) -> Result<(), Trouble> {
        self.reviews.borrow_and_update();
        self.renew().await?;
        self.page = self.doors.store.reviewed(self.cursor, PAGE).await?.into();
        self.is_last_page = self.page.len() < PAGE as usize;
        Ok(())
    }

    /// As for the stream of records: from the next entries on, new roles and policies count, and new roles are logged.
    async fn renew(&mut self) -> Result<(), Trouble> {
        let renewed = self.doors.access.any_reader(self.reader.person(), &self.ask).await?;
        if renewed.recipient() != self.reader.recipient() {
            let what = format!("follows reviewed alerts after number {} in other roles", self.cursor);
            self.doors.log_following(&renewed, &what).await?;
        }
        self.reader = renewed;
        Ok(())
    }

    /// What of an entry may be shown; none where nothing may, or its event is deleted by now.
    async fn shown(&mut self, row: &ReviewedRow) -> Result<Option<ReviewedRecord>, Trouble> {
        let Some(found) = self.doors.store.event(&row.event_id).await? else { return Ok(None) };
        match self.reader.show_reviewed(row, found, self.doors.clock.unix_ms()) {
            Ok(record) => Ok(Some(record)),
            Err(rule) => {
                let mut held = Held::default();
                held.add(rule);
                self.doors.audit.held_back(&self.reader, &held, &mut self.told).await?;
                Ok(None)
            }
        }
    }
}
