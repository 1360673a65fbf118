//! The last frames of one camera, for as long as a picture may still need them.
//!
//! Invariants: no more than hold + look-ahead + 1 raw frames are kept, none longer than the policy's lifetime of
//! raw frames; what was seen on them (boxes, no pixels) may last as long as the hold. Every ticket gets exactly
//! one answer, a [`Job`] or the reason why there is none.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use velum_frame::RawFrame;
use velum_vocab::{CameraId, Detection, Timestamp};

use crate::{PictureWithheld, RedactionError, Settings, Sight, SightState};

/// The most pictures of one camera that wait at once, for their look-ahead or to be fetched.
const WAITING_MAX: usize = 8;
/// Where frames stop coming, what was seen is forgotten after this time.
const SIGHT_LIFETIME: Duration = Duration::from_secs(60);

/// A picture that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

/// The answer to a ticket.
#[derive(Debug)]
pub struct Due {
    /// What was asked for.
    pub ticket: Ticket,
    /// What [`crate::Redactor::make`] needs, or why the picture is withheld.
    pub job: Result<Job, PictureWithheld>,
}

/// One raw frame and its whole window.
pub struct Job {
    pub(crate) settings: Arc<Settings>,
    pub(crate) target: Arc<RawFrame>,
    pub(crate) window: Vec<Slot>,
}

impl Job {
    /// The camera.
    pub fn camera(&self) -> &CameraId {
        self.target.camera()
    }

    /// When the picture was taken.
    pub fn captured_at(&self) -> Timestamp {
        self.target.captured_at()
    }

    /// Wipes the raw frames of the window that are older; what was seen on them stays.
    pub(crate) fn wipe_older(&mut self, oldest: Timestamp) {
        self.window.iter_mut().for_each(|slot| slot.wipe_older(oldest));
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({:?}, {} frames)", self.target, self.window.len())
    }
}

/// One frame of the ring. What finders find on it is kept beside it: the frame may have become a picture by the
/// time another picture's window needs it.
#[derive(Clone)]
pub(crate) struct Slot {
    pub(crate) at: Timestamp,
    pub(crate) frame: Option<Arc<RawFrame>>,
    pub(crate) sight: Arc<Sight>,
    pub(crate) found: Arc<OnceLock<Vec<Detection>>>,
}

impl Slot {
    fn wipe_older(&mut self, oldest: Timestamp) {
        if self.at < oldest {
            self.frame = None;
        }
    }
}

struct Asked {
    ticket: Ticket,
    captured_at: Timestamp,
}

/// A camera's short memory.
pub struct Timeline {
    camera: CameraId,
    settings: Arc<Settings>,
    ring: VecDeque<Slot>,
    size_px: (u32, u32),
    asked: Vec<Asked>,
    due: VecDeque<Due>,
    last_ticket: u64,
}

impl Timeline {
    /// An empty one.
    pub fn new(camera: CameraId, settings: Arc<Settings>) -> Self {
        let ring = VecDeque::with_capacity(settings.window_frames());
        let (asked, due) = (Vec::new(), VecDeque::new());
        Self { camera, settings, ring, size_px: (0, 0), asked, due, last_ticket: 0 }
    }

    /// Takes the next frame and what was seen on it. Where the frames' size changes or time goes back, everything
    /// before is forgotten, and what waits is withheld.
    ///
    /// # Errors
    /// [`RedactionError::OtherCamera`]: the frame was dropped.
    pub fn push(&mut self, frame: RawFrame, sight: Sight) -> Result<(), RedactionError> {
        if *frame.camera() != self.camera {
            let (expected, found) = (self.camera.clone(), frame.camera().clone());
            return Err(RedactionError::OtherCamera { expected, found });
        }
        let (at, size_px) = (frame.captured_at(), (frame.width_px(), frame.height_px()));
        let follows = self.ring.back().is_none_or(|last| last.at < at && self.size_px == size_px);
        if !follows {
            self.forget(PictureWithheld::WindowIncomplete);
        }
        self.size_px = size_px;
        while self.ring.len() >= self.settings.window_frames() {
            self.ring.pop_front();
        }
        self.ring.push_back(Slot {
            at,
            frame: Some(Arc::new(frame)),
            sight: Arc::new(sight),
            found: Arc::new(OnceLock::new()),
        });
        self.wipe_older(at);
        self.finish_asked();
        Ok(())
    }

    /// Takes note of a frame that never came to be looked at, for example because the box could not keep up: a
    /// picture whose window holds it is withheld.
    pub fn push_blind(&mut self, at: Timestamp, seen: SightState) {
        let follows = self.ring.back().is_none_or(|last| last.at < at);
        if !follows {
            return;
        }
        while self.ring.len() >= self.settings.window_frames() {
            self.ring.pop_front();
        }
        let (sight, found) = (Arc::new(Sight::blind(seen)), Arc::new(OnceLock::new()));
        self.ring.push_back(Slot { at, frame: None, sight, found });
        self.wipe_older(at);
        self.finish_asked();
    }

    /// Asks for a picture of the newest frame.
    ///
    /// # Errors
    /// As [`Timeline::ask`].
    pub fn ask_newest(&mut self) -> Result<Ticket, PictureWithheld> {
        let newest = self.ring.iter().rfind(|slot| slot.frame.is_some()).map(|slot| slot.at);
        newest.map_or(Err(PictureWithheld::WindowIncomplete), |at| self.ask(at))
    }

    /// Asks for a picture of the frame that was taken at this moment. Asked twice while it waits, it is one ticket.
    ///
    /// # Errors
    /// [`PictureWithheld::WindowIncomplete`] where the frame is no longer here, [`PictureWithheld::Overloaded`]
    /// where too many pictures wait already.
    pub fn ask(&mut self, captured_at: Timestamp) -> Result<Ticket, PictureWithheld> {
        if let Some(asked) = self.asked.iter().find(|asked| asked.captured_at == captured_at) {
            return Ok(asked.ticket);
        }
        let is_here = self.ring.iter().any(|slot| slot.at == captured_at && slot.frame.is_some());
        if !is_here {
            return Err(PictureWithheld::WindowIncomplete);
        }
        if self.asked.len() + self.due.len() >= WAITING_MAX {
            return Err(PictureWithheld::Overloaded);
        }
        self.last_ticket += 1;
        let ticket = Ticket(self.last_ticket);
        self.asked.push(Asked { ticket, captured_at });
        self.finish_asked();
        Ok(ticket)
    }

    /// The next answer, if one is ready. Make the pictures in the order in which they come.
    pub fn due(&mut self) -> Option<Due> {
        self.due.pop_front()
    }

    /// Wipes the frames that are older than their lifetime, and withholds the pictures that waited for them. Call
    /// it when no frames come.
    pub fn wipe_expired(&mut self, now: Timestamp) {
        self.wipe_older(now);
        self.finish_asked();
    }

    /// Wipes everything and withholds what waits, for example because the policy changed or the schedule ended.
    pub fn forget(&mut self, reason: PictureWithheld) {
        self.ring.clear();
        for due in &mut self.due {
            due.job = Err(reason);
        }
        let asked = std::mem::take(&mut self.asked);
        self.due.extend(asked.into_iter().map(|asked| Due { ticket: asked.ticket, job: Err(reason) }));
    }

    /// The frames that have lived for half of their time or more and at which no finder has looked yet.
    pub(crate) fn soon_gone(&self, now: Timestamp) -> impl Iterator<Item = (&Slot, &RawFrame)> {
        let lifetime = self.settings.raw_lifetime();
        let due = move |at: Timestamp| at.plus(lifetime / 2) <= now && now <= at.plus(lifetime);
        let frames = self.ring.iter().filter_map(|slot| Some((slot, slot.frame.as_deref()?)));
        frames.filter(move |(slot, _)| due(slot.at) && slot.found.get().is_none())
    }

    /// How many raw frames it holds, those of jobs that nobody has fetched yet included.
    pub fn raw_frames(&self) -> usize {
        let jobs = || self.due.iter().filter_map(|due| due.job.as_ref().ok());
        let waiting = jobs().flat_map(|job| job.window.iter());
        let slots = self.ring.iter().chain(waiting).filter_map(|slot| slot.frame.as_ref());
        let all = slots.chain(jobs().map(|job| &job.target));
        all.map(|frame| frame.captured_at()).collect::<BTreeSet<_>>().len()
    }

    fn wipe_older(&mut self, now: Timestamp) {
        let forgotten = now.minus(SIGHT_LIFETIME.max(self.settings.raw_lifetime()));
        while self.ring.front().is_some_and(|slot| slot.at < forgotten) {
            self.ring.pop_front();
        }
        let oldest = now.minus(self.settings.raw_lifetime());
        self.ring.iter_mut().for_each(|slot| slot.wipe_older(oldest));
        for due in &mut self.due {
            match &mut due.job {
                Ok(job) if job.captured_at() >= oldest => job.wipe_older(oldest),
                Ok(_) => due.job = Err(PictureWithheld::Overloaded),
                Err(_) => {}
            }
        }
    }

    /// Answers the tickets whose look-ahead is complete, and those whose frame is gone.
    fn finish_asked(&mut self) {
        let asked = std::mem::take(&mut self.asked);
        for asked in asked {
            match self.job_of(asked.captured_at) {
                Some(job) => self.due.push_back(Due { ticket: asked.ticket, job }),
                None => self.asked.push(asked),
            }
        }
    }

    /// `None` while the look-ahead is not complete.
    fn job_of(&mut self, captured_at: Timestamp) -> Option<Result<Job, PictureWithheld>> {
        let Some(place) = self.ring.iter().position(|slot| slot.at == captured_at) else {
            return Some(Err(PictureWithheld::WindowIncomplete));
        };
        let is_here = self.ring.get(place).is_some_and(|slot| slot.frame.is_some());
        let Some(first) = place.checked_sub(self.settings.hold_frames()).filter(|_| is_here) else {
            return Some(Err(PictureWithheld::WindowIncomplete));
        };
        if self.ring.len() - place - 1 < self.settings.lookahead_frames() {
            return None;
        }
        let target = self.ring.get_mut(place)?.frame.take()?;
        let window = self.ring.iter().skip(first).take(self.settings.window_frames()).cloned().collect();
        Some(Ok(Job { settings: Arc::clone(&self.settings), target, window }))
    }
}

#[cfg(test)]
mod tests;
