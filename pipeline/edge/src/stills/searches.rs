//! The searches of one camera: one picture at a time is tried, for each alert in turn.

use velum_event::EventKind;
use velum_redaction::{Due, Ticket, Timeline};
use velum_vocab::{AlertId, Timestamp};

use super::Archive;
use super::loan::{Lent, Loan};
use super::search::{Mask, Search};
use super::studio::Team;
use super::worker::{Work, Worker};

/// Alerts of one camera that are searched for at once.
const SEARCHES_MAX: usize = 8;

/// The picture that is being tried.
enum Trying {
    /// It waits for its look-ahead.
    Asked(Ticket, Box<Search>),
    /// It is being made; the alert may end meanwhile.
    Lent { loan: Loan, alert: AlertId, is_cleared: bool },
}

/// The searches of one camera.
#[derive(Default)]
pub(super) struct Searches {
    waiting: Vec<Search>,
    trying: Option<Trying>,
}

impl Searches {
    /// Begins this one, or hands it back where too many are under way.
    pub(super) fn begin(&mut self, search: Search) -> Option<Search> {
        if self.waiting.len() + usize::from(self.trying.is_some()) >= SEARCHES_MAX {
            return Some(search);
        }
        self.waiting.push(search);
        None
    }

    /// This alert has ended.
    pub(super) fn clear(&mut self, of: AlertId) {
        self.waiting.iter_mut().filter(|search| search.sought.alert == of).for_each(|search| search.clear());
        match &mut self.trying {
            Some(Trying::Asked(_, search)) if search.sought.alert == of => search.clear(),
            Some(Trying::Lent { alert, is_cleared, .. }) if *alert == of => *is_cleared = true,
            _ => {}
        }
    }

    /// Asks for a picture of the frame that was taken at this moment, where none is being tried and one is due.
    pub(super) fn ask(&mut self, timeline: &mut Timeline, at: Timestamp) {
        if self.trying.is_some() {
            return;
        }
        let due = self.waiting.iter().enumerate().filter(|(_, search)| search.is_due(at));
        let Some((place, _)) = due.min_by_key(|(_, search)| search.tried_at()) else { return };
        let mut search = self.waiting.remove(place);
        search.tried(at);
        match timeline.ask(at) {
            Ok(ticket) => self.trying = Some(Trying::Asked(ticket, Box::new(search))),
            Err(reason) => {
                search.miss(reason.code());
                self.waiting.push(search);
            }
        }
    }

    /// Hands a picture whose window is complete to the worker.
    pub(super) fn hand_over(&mut self, due: Due, team: &Team, mask: &Mask, worker: &Worker) {
        let Some(Trying::Asked(_, mut search)) = self.trying.take_if(|trying| trying.is_for(due.ticket))
        else {
            return;
        };
        let missed = match due.job {
            Ok(job) => {
                let (alert, (loan, back)) = (search.sought.alert, Loan::new());
                match worker.make(Work { job, team: team.clone(), mask: mask.clone(), search, back }) {
                    Ok(()) => return self.trying = Some(Trying::Lent { loan, alert, is_cleared: false }),
                    Err(back) => search = back,
                }
                "overloaded"
            }
            Err(reason) => reason.code(),
        };
        search.miss(missed);
        self.waiting.push(*search);
    }

    /// Takes back a search whose picture was made or withheld, and was not its last.
    pub(super) fn take_back(&mut self) {
        self.trying = match self.trying.take() {
            Some(Trying::Lent { loan, alert, is_cleared }) => match loan.look() {
                Lent::Out(loan) => Some(Trying::Lent { loan, alert, is_cleared }),
                Lent::Back(mut search) => {
                    if is_cleared {
                        search.clear();
                    }
                    self.waiting.push(*search);
                    None
                }
                Lent::Settled => None,
            },
            trying => trying,
        };
    }

    /// Has the worker settle the searches that are over, or whose stills may be kept no more. Where it is busy,
    /// that waits for the next call.
    pub(super) fn settle_over(
        &mut self,
        now: Timestamp,
        may_keep: impl Fn(EventKind) -> bool,
        worker: &Worker,
    ) {
        let all = std::mem::take(&mut self.waiting);
        self.waiting = all
            .into_iter()
            .filter_map(|search| {
                let is_over = search.is_over(now) || !may_keep(search.sought.kind);
                if is_over {
                    worker.settle(Box::new(search)).err().map(|search| *search)
                } else {
                    Some(search)
                }
            })
            .collect();
    }

    /// Settles every search here and now; what is being made settles itself.
    pub(super) fn settle_all(&mut self, reason: &'static str, archive: &Archive) {
        let trying = match self.trying.take() {
            Some(Trying::Asked(_, mut search)) => {
                search.miss(reason);
                Some(search)
            }
            Some(Trying::Lent { loan, .. }) => loan.leave(),
            None => None,
        };
        self.waiting.drain(..).chain(trying.map(|search| *search)).for_each(|search| search.settle(archive));
    }
}

impl Trying {
    fn is_for(&self, due: Ticket) -> bool {
        matches!(self, Self::Asked(ticket, _) if *ticket == due)
    }
}
