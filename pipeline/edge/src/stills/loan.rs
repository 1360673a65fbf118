//! A search that is lent to the worker while it makes a picture.
//!
//! Invariant: whoever holds the search when the other side is gone settles it, so that each alert is answered once.

use std::sync::Arc;

use parking_lot::Mutex;

use super::search::Search;

/// Where the search is.
enum Place {
    AtWorker,
    /// The worker is done with its picture, and more must be tried.
    Returned(Box<Search>),
    /// It is settled, or the worker will.
    Over,
}

/// What the camera keeps of a search that it lent.
pub(super) struct Loan(Arc<Mutex<Place>>);

/// What the worker gets with it.
pub(super) struct Return(Arc<Mutex<Place>>);

/// What became of it.
pub(super) enum Lent {
    /// The worker still has it.
    Out(Loan),
    /// It is back.
    Back(Box<Search>),
    /// The worker settled it.
    Settled,
}

impl Loan {
    /// Both sides of one loan.
    pub(super) fn new() -> (Self, Return) {
        let place = Arc::new(Mutex::new(Place::AtWorker));
        (Self(Arc::clone(&place)), Return(place))
    }

    /// Whether it is back.
    pub(super) fn look(self) -> Lent {
        let place = std::mem::replace(&mut *self.0.lock(), Place::AtWorker);
        match place {
            Place::AtWorker => Lent::Out(self),
            Place::Returned(search) => Lent::Back(search),
            Place::Over => Lent::Settled,
        }
    }

    /// The camera ends: a search that is back is handed out, one that is not is left to the worker.
    pub(super) fn leave(self) -> Option<Box<Search>> {
        match std::mem::replace(&mut *self.0.lock(), Place::Over) {
            Place::Returned(search) => Some(search),
            Place::AtWorker | Place::Over => None,
        }
    }
}

impl Return {
    /// Gives it back; where nobody waits for it any more, it is the worker's to settle.
    pub(super) fn give(self, search: Box<Search>) -> Option<Box<Search>> {
        let mut place = self.0.lock();
        if matches!(*place, Place::Over) {
            return Some(search);
        }
        *place = Place::Returned(search);
        None
    }

    /// The worker settled it.
    pub(super) fn settled(self) {
        *self.0.lock() = Place::Over;
    }
}
