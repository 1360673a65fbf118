//! The stream of records: events as they may be shown, numbers that ended otherwise, and how much was held back.

use std::collections::{BTreeSet, VecDeque};

use tokio::sync::watch;
use velum_proto::v1::StoredRecord;

use super::{Doors, Trouble};
use crate::access::{Ask, Held, Reader, Rule};
use crate::identity::Person;
use crate::store::Selection;

/// A follower of the stream.
pub(crate) struct Records {
    doors: Doors,
    ask: Ask,
    reader: Reader,
    selection: Selection,
    page_records: u32,
    newest: watch::Receiver<u64>,
    cursor: u64,
    /// Read from the store, and not judged yet.
    page: VecDeque<StoredRecord>,
    /// The store's count of erasures when it was read.
    erasures: u64,
    is_last_page: bool,
    /// Where the last page ended for somebody who is no recipient.
    passed_to: Option<u64>,
    /// Judged, and told after what was held back before it.
    shown: Option<StoredRecord>,
    held: Held,
    /// The rules that the audit log knows to have held something back.
    told: BTreeSet<Rule>,
    /// Whether somebody who is no recipient was told so.
    knows_out: bool,
}

impl Records {
    /// Follows from after a cursor on. `of` says what is selected, for the audit log.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn after(
        cursor: u64,
        doors: Doors,
        (person, ask): (&Person, Ask),
        (selection, of): (Selection, &str),
        page_records: u32,
    ) -> Result<Self, Trouble> {
        // Seen before reading: what is stored while we read wakes us again.
        let newest = doors.store.newest();
        let reader = doors.reader(person, &ask).await?;
        doors.log_following(&reader, &format!("follows records after cursor {cursor} {of}")).await?;
        Ok(Self {
            doors,
            ask,
            reader,
            selection,
            page_records,
            newest,
            cursor,
            page: VecDeque::new(),
            erasures: 0,
            is_last_page: false,
            passed_to: None,
            shown: None,
            held: Held::default(),
            told: BTreeSet::new(),
            knows_out: false,
        })
    }

    /// Up to where everything is told or passed over.
    pub(crate) fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Who follows, as of the newest page.
    pub(crate) fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Begins anew after a cursor: what was read and not told is judged again when it is asked for.
    pub(crate) fn go_back_to(&mut self, cursor: u64) {
        self.cursor = cursor;
        self.forget_page();
        self.held = Held::default();
    }

    /// What was read is read anew.
    fn forget_page(&mut self) {
        self.page.clear();
        (self.is_last_page, self.passed_to, self.shown) = (false, None, None);
    }

    /// The next that is to be told, once there is one; none where the store is gone.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn next(&mut self) -> Result<Option<StoredRecord>, Trouble> {
        loop {
            if let Some(record) = self.try_next().await? {
                return Ok(Some(record));
            }
            if self.newest.changed().await.is_err() {
                return Ok(None);
            }
            self.is_last_page = false;
        }
    }

    /// The next that is to be told; none where there is nothing more at the moment.
    ///
    /// # Errors
    /// [`Trouble`].
    pub(crate) async fn try_next(&mut self) -> Result<Option<StoredRecord>, Trouble> {
        loop {
            if let Some(record) = self.next_of_page().await? {
                return Ok(Some(record));
            }
            if self.is_last_page && !self.newest.has_changed().unwrap_or(false) {
                return Ok(None);
            }
            if let Some(told) = self.turn_page().await? {
                return Ok(Some(told));
            }
        }
    }

    /// Tells somebody who is no recipient so, once and not with each event.
    async fn turn_page(&mut self) -> Result<Option<StoredRecord>, Trouble> {
        let seen = *self.newest.borrow_and_update();
        self.renew().await?;
        let kept_out = self.reader.kept_out();
        let knew = std::mem::replace(&mut self.knows_out, kept_out.is_some());
        let selection = self.reader.selection(&self.selection);
        self.erasures = self.doors.store.erasures();
        let page = self.doors.store.page(self.cursor, self.page_records, &selection).await?;
        self.is_last_page = page.next_cursor.is_none();
        // What was passed over is not looked through again.
        self.passed_to = (self.knows_out && self.is_last_page).then_some(seen);
        self.page = page.records.into();
        match kept_out {
            Some(rule) if !knew => self.tell(Held::all_by(rule)).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Roles and policies change while somebody follows: from the next page on, the new ones count.
    async fn renew(&mut self) -> Result<(), Trouble> {
        let renewed = self.doors.reader(self.reader.person(), &self.ask).await?;
        if renewed.recipient() != self.reader.recipient() {
            let what = format!("follows records after cursor {} in other roles", self.cursor);
            self.doors.log_following(&renewed, &what).await?;
        }
        self.reader = renewed;
        Ok(())
    }

    /// Of what may be shown the next and, in the place of what may not, how much it is.
    async fn next_of_page(&mut self) -> Result<Option<StoredRecord>, Trouble> {
        if self.erasures != self.doors.store.erasures() {
            self.forget_page();
        }
        if let Some(shown) = self.shown.take() {
            self.cursor = shown.cursor;
            return Ok(Some(shown));
        }
        while let Some(record) = self.page.pop_front() {
            let cursor = record.cursor;
            match self.reader.show(record, self.doors.clock.unix_ms()) {
                Ok(shown) if self.held.is_empty() => {
                    self.cursor = cursor;
                    return Ok(Some(shown));
                }
                Ok(shown) => {
                    self.shown = Some(shown);
                    return self.tell_held().await;
                }
                // Whoever is no recipient knows by now.
                Err(rule) if !self.knows_out => self.held.add(rule),
                Err(_) => {}
            }
            self.cursor = cursor;
        }
        self.cursor = self.passed_to.take().map_or(self.cursor, |seen| seen.max(self.cursor));
        self.tell_held().await
    }

    async fn tell_held(&mut self) -> Result<Option<StoredRecord>, Trouble> {
        if self.held.is_empty() {
            return Ok(None);
        }
        let held = std::mem::take(&mut self.held);
        self.tell(held).await.map(Some)
    }

    async fn tell(&mut self, held: Held) -> Result<StoredRecord, Trouble> {
        self.doors.audit.held_back(&self.reader, &held, &mut self.told).await?;
        let held_back = held.told(self.reader.person());
        Ok(StoredRecord { cursor: self.cursor, held_back, ..StoredRecord::default() })
    }
}
