//! When an unusual movement begins and ends: hysteresis in value and in time, for one pattern in one zone.

use velum_vocab::{AlertId, IdError, Interval, Timestamp};

/// How the crowd is now, held against what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    /// Unusual, and enough people.
    Unusual,
    /// Neither.
    Between,
    /// As usual, or nobody is there.
    Calm,
}

/// An alert that goes on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Open {
    pub(super) alert: AlertId,
    pub(super) since: Timestamp,
    pub(super) persons: Interval,
}

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// It held for so many seconds and begins.
    Raised(Open, f64),
    /// It is over.
    Cleared(Open),
}

/// The state of one pattern.
#[derive(Debug, Default)]
pub(super) struct Onset {
    open: Option<Open>,
    /// Since when it is unusual while closed, calm while open.
    contrary_since: Option<Timestamp>,
}

impl Onset {
    pub(super) fn open(&self) -> Option<Open> {
        self.open
    }

    pub(super) fn restore(&mut self, open: Open) {
        self.open = Some(open);
    }

    /// Time in which nothing could be judged counts for neither side.
    pub(super) fn rest(&mut self) {
        self.contrary_since = None;
    }

    /// One step.
    pub(super) fn step(
        &mut self,
        now: Now,
        persons: Interval,
        at: Timestamp,
        (hold_secs, clear_secs): (f64, f64),
    ) -> Result<Option<Change>, IdError> {
        let contrary = match self.open {
            None => now == Now::Unusual,
            Some(_) => now == Now::Calm,
        };
        if !contrary {
            self.contrary_since = None;
            return Ok(None);
        }
        let lasted_secs = at.secs_since(*self.contrary_since.get_or_insert(at));
        match self.open {
            None if lasted_secs >= hold_secs => {
                let open = Open { alert: AlertId::random()?, since: at, persons };
                (self.open, self.contrary_since) = (Some(open), None);
                Ok(Some(Change::Raised(open, lasted_secs)))
            }
            Some(open) if lasted_secs >= clear_secs => {
                (self.open, self.contrary_since) = (None, None);
                Ok(Some(Change::Cleared(open)))
            }
            _ => Ok(None),
        }
    }
}
