//! The search for the still of one alert: where a picture hides what the alert is about, or there is none, later
//! ones are tried, and the one that hides it least is kept.
//!
//! Invariants: no mask is made smaller, only another moment is chosen; every picture that is looked at here was
//! masked and verified on its own; of all of them at most one is judged, logged and kept, the others are wiped.

use std::time::Duration;

use velum_event::EventKind;
use velum_gate::AlertStill;
use velum_redaction::RedactedFrame;
use velum_vocab::{AlertId, BoxInFrame, CameraId, Digest, EventId, Polygon, Timestamp};

use super::studio::Team;
use super::{Archive, worker};

/// The time from one picture to the next that is tried.
const TRY_EVERY: Duration = Duration::from_millis(1_500);
/// Pictures of one alert that are tried.
const TRIES_MAX: u32 = 10;
/// How long is searched.
const SEARCH: Duration = Duration::from_secs(20);
/// A picture in which no more than this share of the object is covered is good enough. The first such one ends the
/// search: the longer it chose among pictures, the more it would favour those in which somebody was missed.
const HIDDEN_MAX: f64 = 0.4;
/// Whom the verifier finds, the plan missed; a later picture that it lets pass may only hide the same from it.
const SEEN: &str = "verifier";
/// What who asks is told meanwhile.
const BEING_MADE: &str = "being_made";

/// The alert that a still is searched for.
#[derive(Debug, Clone)]
pub(super) struct Sought {
    pub(super) alert: AlertId,
    pub(super) event: EventId,
    pub(super) kind: EventKind,
    /// Where that lies which it is about, in frame pixels. It stays in memory.
    pub(super) object_in_frame: Option<BoxInFrame>,
}

/// How pictures are masked, whatever policy and people say by the time that they are made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mask {
    /// By which terms of the policy.
    pub(super) redaction_terms: Digest,
    /// What was painted over on every frame, because people had paused it.
    pub(super) painted: Vec<Polygon>,
}

/// The least covered picture so far.
struct Best {
    still: AlertStill,
    hidden_fraction: f64,
}

/// One alert's search.
pub(super) struct Search {
    pub(super) sought: Sought,
    camera: CameraId,
    began_at: Timestamp,
    tried_at: Option<Timestamp>,
    tries: u32,
    /// The alert has ended.
    is_cleared: bool,
    best: Option<Best>,
    /// Why the last picture that was tried was withheld.
    missed: Option<&'static str>,
}

impl Search {
    /// Nothing was tried yet.
    pub(super) fn begin(sought: Sought, camera: CameraId, now: Timestamp, archive: &Archive) -> Self {
        archive.reasons.remember(sought.event, BEING_MADE);
        let (tried_at, tries, is_cleared, best, missed) = (None, 0, false, None, None);
        Self { sought, camera, began_at: now, tried_at, tries, is_cleared, best, missed }
    }

    /// The alert has ended: what it was about is no longer there.
    pub(super) fn clear(&mut self) {
        self.is_cleared = true;
    }

    /// Whether it is time to try the next picture.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.tried_at.is_none_or(|tried| now >= tried.plus(TRY_EVERY))
    }

    /// When it was tried last; searches are tried in turn.
    pub(super) fn tried_at(&self) -> Option<Timestamp> {
        self.tried_at
    }

    /// Counts a picture of this moment that was asked for.
    pub(super) fn tried(&mut self, at: Timestamp) {
        self.tried_at = Some(at);
        self.tries += 1;
    }

    /// The picture that was tried is withheld. Where the verifier found somebody there is no still at all.
    pub(super) fn miss(&mut self, reason: &'static str) {
        tracing::debug!(camera = %self.camera, reason, tries = self.tries, "a picture was withheld");
        if reason == SEEN {
            self.best = None;
        }
        self.missed = Some(reason);
    }

    /// Whether nothing more is tried. Where the clock went back by as much, too.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        let searched_secs = now.secs_since(self.began_at).abs();
        let is_seen = self.missed == Some(SEEN);
        is_seen || self.is_cleared || self.tries >= TRIES_MAX || searched_secs >= SEARCH.as_secs_f64()
    }

    /// Takes a picture that was made, and lays it aside where it hides less of the object than any before.
    pub(super) fn take(&mut self, picture: RedactedFrame, team: Team, mask: Mask) {
        let of_object = |area: &BoxInFrame| picture.covered_fraction_of(area);
        let hidden_fraction = self.sought.object_in_frame.as_ref().map_or(0.0, of_object);
        tracing::debug!(camera = %self.camera, hidden_fraction, tries = self.tries, "a picture was made");
        if self.best.as_ref().is_none_or(|best| hidden_fraction < best.hidden_fraction) {
            let Team { looked_for, models, .. } = team;
            let kind = self.sought.kind;
            let Mask { redaction_terms, painted } = mask;
            let still = AlertStill { picture, kind, redaction_terms, painted, looked_for, models };
            self.best = Some(Best { still, hidden_fraction });
        }
    }

    /// Whether there is a picture on which the object can be seen.
    pub(super) fn is_found(&self) -> bool {
        self.best.as_ref().is_some_and(|best| best.hidden_fraction <= HIDDEN_MAX)
    }

    /// The end: the best picture is judged, logged and kept, also one that hides the object, since it shows the
    /// scene. Where there is none, or it may not be kept, that is said.
    pub(super) fn settle(self, archive: &Archive) {
        let Self { sought, camera, tries, best, missed, .. } = self;
        let kept = match best {
            Some(Best { still, hidden_fraction }) => {
                worker::guarded(|| worker::keep(archive, sought.event, still)).map(|()| hidden_fraction)
            }
            // It waited behind others until it was over.
            None => Err(missed.unwrap_or("overloaded")),
        };
        match kept {
            Ok(hidden_fraction) => {
                tracing::debug!(%camera, tries, hidden_fraction, "a redacted still of an alert is kept");
                archive.metrics.stills.kept();
                archive.metrics.tally.still_kept(&camera);
            }
            Err(rule) => archive.withhold(&camera, sought.event, rule),
        }
    }
}
