//! Who attends an object: its owner, or whoever lingers nearby.
//!
//! The owner is known only as the track that was there when the object appeared, in memory, and is forgotten
//! with the object. Where the policy forbids back-tracing, or nobody could be followed, proximity alone decides.

use velum_vocab::{BoxInFrame, PointInFrame, Timestamp, ZoneId};

use crate::background::Background;
use crate::ground_plane::GroundPlane;
use crate::patch::Area;
use crate::person_height::PersonHeight;
use crate::picture::WorkingSize;
use crate::settings::AbandonedSettings;
use crate::tracks::{Track, TrackId, Tracker, distance_px};

/// A standing person's height, by which metres are estimated without a ground plane.
const PERSON_M: f32 = 1.75;
/// Depth is foreshortened: a row further up is farther away than a column further aside.
const FORESHORTENING: f32 = 1.5;
/// The drop-off is sought this long around the moment at which the object appeared, and this near.
const DROP_OFF_SECS: f64 = 2.0;
const DROP_OFF_PERSONS: f32 = 1.2;
/// A track that was lost is continued by one that begins within this time and distance.
const RELINK_SECS: f64 = 2.5;
const RELINK_PERSONS: f32 = 0.8;
const MAX_RELINKS: usize = 8;
/// One who was lost beside the object may be found again for this long.
const FOUND_AGAIN_SECS: f64 = 10.0;
/// One whose box was this near to the edge of the picture when he was lost has left it.
const EDGE_PERSONS: f32 = 0.1;
/// An owner lost near the object is still there while this share of where he stood is foreground, for this long at
/// most: the detector misses people, above all those who bend down or stand half behind something.
const STILL_THERE_FRACTION: f32 = 0.15;
const STILL_THERE_SECS: f64 = 60.0;
const PERSON_WIDTH_IN_HEIGHTS: f32 = 0.4;
/// A person not seen for this long is not known to be there.
const SEEN_SECS: f64 = 1.0;
/// One who lingers has been followed for this long and has hardly moved over the last seconds.
const LINGER_SECS: f64 = 3.0;
const LINGER_WINDOW_SECS: f64 = 2.0;
const LINGER_PERSONS: f32 = 0.5;
/// A track that overlaps an object by this much is that object, taken for a person.
const SAME_OBJECT_IOU: f32 = 0.4;

/// Distances on the ground around an object, as well as they are known.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) plane: Option<&'a GroundPlane>,
    pub(super) size: WorkingSize,
}

impl Ground<'_> {
    /// Metres between two feet in working pixels; `person_px` is a person's height there.
    fn distance_m(&self, a: PointInFrame, b: PointInFrame, person_px: f32) -> f32 {
        let on_plane = |p: PointInFrame| {
            let (x, y) = (p.x_px / self.size.width_px as f32, p.y_px / self.size.height_px as f32);
            self.plane?.ground_at(f64::from(x), f64::from(y))
        };
        match on_plane(a).zip(on_plane(b)) {
            Some((a, b)) => (a.x_m - b.x_m).hypot(a.y_m - b.y_m) as f32,
            None => persons_apart(a, b, person_px) * PERSON_M,
        }
    }
}

/// Person heights between two feet.
fn persons_apart(a: PointInFrame, b: PointInFrame, person_px: f32) -> f32 {
    (a.x_px - b.x_px).hypot((a.y_px - b.y_px) * FORESHORTENING) / person_px.max(1.0)
}

/// Where an object lies, and how far attention reaches.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub(super) zone: &'a ZoneId,
    pub(super) foot: PointInFrame,
    pub(super) person_px: f32,
    pub(super) ground: Ground<'a>,
    pub(super) settings: AbandonedSettings,
    pub(super) back_tracing_allowed: bool,
    pub(super) background: &'a Background,
    /// Where the object lies.
    pub(super) object: Area,
    pub(super) heights: &'a PersonHeight,
    /// Where objects lie, this one among them.
    pub(super) objects: &'a [BoxInFrame],
}

impl Surroundings<'_> {
    fn distance_m(&self, track: &Track) -> f32 {
        self.ground.distance_m(track.last_foot(), self.foot, self.person_px)
    }

    /// Whether something that may be a person is where the owner was seen last, near the object.
    fn something_at(&self, owner: &Owner) -> bool {
        let near = self.ground.distance_m(owner.foot, self.foot, self.person_px);
        let (half, foot) = (self.person_px * PERSON_WIDTH_IN_HEIGHTS / 2.0, owner.foot);
        let place =
            BoxInFrame::new(foot.x_px - half, foot.y_px - self.person_px, foot.x_px + half, foot.y_px);
        let size = self.ground.size;
        let area = place.ok().and_then(|place| Area::covering(&place, size.width_px, size.height_px));
        near < self.settings.owner_radius_m as f32
            && area.is_some_and(|area| {
                self.background.foreground_fraction(&area, &self.object_areas()) > STILL_THERE_FRACTION
            })
    }

    /// Where objects lie, this one and all others.
    fn object_areas(&self) -> Vec<Area> {
        let size = self.ground.size;
        let others = self.objects.iter().filter_map(|o| Area::covering(o, size.width_px, size.height_px));
        others.chain([self.object]).collect()
    }

    fn lingers(&self, track: &Track, at: Timestamp) -> bool {
        let followed = track.first_place().is_some_and(|p| at.secs_since(p.at) >= LINGER_SECS);
        let stays = track.moved_px(LINGER_WINDOW_SECS).is_some_and(|m| m < LINGER_PERSONS * self.person_px);
        let near = self.distance_m(track) < self.settings.attended_radius_m as f32;
        at.secs_since(track.seen_at) <= SEEN_SECS && followed && stays && near && self.may_be_a_person(track)
    }

    /// Whether a track can be of a person: a detector may take a bag for one, this or another.
    fn may_be_a_person(&self, track: &Track) -> bool {
        self.heights.can_be_person(&track.box_in_frame, self.ground.plane) && !self.is_another_object(track)
    }

    fn is_another_object(&self, track: &Track) -> bool {
        let this = self.object.as_box();
        let others = self.objects.iter().filter(|object| Some(**object) != this);
        others.into_iter().any(|other| other.iou(&track.box_in_frame) > SAME_OBJECT_IOU)
    }
}

/// Who is with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// The one who put it down.
    Owner,
    /// Somebody who stays near it.
    Lingering,
    /// Nobody.
    Nobody,
}

#[derive(Debug, Clone, Copy)]
struct Owner {
    track: TrackId,
    foot: PointInFrame,
    seen_at: Timestamp,
    box_in_working: BoxInFrame,
}

impl Owner {
    fn seen(track: &Track) -> Self {
        let foot = track.last_foot();
        Self { track: track.id, foot, seen_at: track.seen_at, box_in_working: track.box_in_frame }
    }

    /// Whether he was seen last at a side or at the lower edge of the picture, or mostly above it: whoever comes in
    /// there next is somebody else.
    fn was_at_the_edge(&self, size: &WorkingSize, person_px: f32) -> bool {
        let (seen, margin_px) = (self.box_in_working, EDGE_PERSONS * person_px);
        let mostly_above = seen.top_px() < 1.0 && seen.bottom_px() < 0.5 * person_px;
        mostly_above
            || seen.left_px() < margin_px
            || seen.right_px() > size.width_px as f32 - margin_px
            || seen.bottom_px() > size.height_px as f32 - margin_px
    }
}

/// What is known of an object's owner.
#[derive(Debug, Clone, Default)]
pub(super) struct Attendance {
    owner: Option<Owner>,
    /// A person was there when it appeared.
    pub(super) witnessed: bool,
    /// That person was followed.
    pub(super) back_traced: bool,
    away: bool,
    /// The owner was seen to go: beyond the owner radius, or out of the picture. Without, he may only have been lost
    /// by the detector, and whoever lingers may be he.
    departed: bool,
    /// Until when something was where the owner was lost.
    stayed_until: Option<Timestamp>,
    pub(super) left_at: Option<Timestamp>,
}

impl Attendance {
    /// What is still known after a restart: tracks are not kept, so proximity decides from here on.
    pub(super) fn after_restart(witnessed: bool, back_traced: bool, left_at: Option<Timestamp>) -> Self {
        Self { witnessed, back_traced, away: true, left_at, ..Self::default() }
    }

    /// Whether presence is judged by proximity alone.
    pub(super) fn by_proximity(&self) -> bool {
        !self.back_traced
    }

    /// Looks for the person who was nearest when the object appeared.
    pub(super) fn trace_back(
        &mut self,
        tracker: &Tracker,
        put_down_at: Timestamp,
        around: &Surroundings<'_>,
    ) {
        let persons = tracker.with_past().filter(|track| around.may_be_a_person(track));
        let places = persons.flat_map(|track| track.places.iter().map(move |place| (track, place)));
        let nearest = places
            .filter(|(_, place)| place.at.secs_since(put_down_at).abs() <= DROP_OFF_SECS)
            .map(|(track, place)| (track, persons_apart(place.foot, around.foot, around.person_px)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let Some((track, persons)) = nearest else { return };
        self.witnessed = persons < DROP_OFF_PERSONS;
        if self.witnessed && around.back_tracing_allowed {
            self.back_traced = true;
            self.owner = Some(Owner::seen(track));
            self.follow_up(tracker, around.person_px);
        }
    }

    /// Whether whoever was taken for the owner has turned out to be another object.
    pub(super) fn owner_is_an_object(&self, tracker: &Tracker, around: &Surroundings<'_>) -> bool {
        let track = self.owner.and_then(|owner| tracker.with_past().find(|track| track.id == owner.track));
        track.is_some_and(|track| around.is_another_object(track))
    }

    /// The owner's track may have ended since, and others may have taken it over.
    fn follow_up(&mut self, tracker: &Tracker, person_px: f32) {
        for _ in 0..MAX_RELINKS {
            let Some(owner) = self.owner else { return };
            let next = continued(tracker.with_past(), &owner, owner.seen_at, person_px);
            let Some(next) = next.filter(|track| track.seen_at > owner.seen_at) else { return };
            self.owner = Some(Owner::seen(next));
        }
    }

    /// Who is there now.
    pub(super) fn look(&mut self, tracker: &Tracker, at: Timestamp, around: &Surroundings<'_>) -> Presence {
        if self.owner_is_there(tracker, at, around) {
            self.left_at = None;
            return Presence::Owner;
        }
        let owner = self.owner.map(|owner| owner.track);
        // Only the owner attends an object, where it is known who that is: a stranger beside it does not.
        let strangers_only = self.back_traced && self.departed;
        let others = tracker.tracks().iter().filter(|track| Some(track.id) != owner);
        if !strangers_only && others.into_iter().any(|track| around.lingers(track, at)) {
            return Presence::Lingering;
        }
        let last_there = self.stayed_until.or(self.owner.map(|owner| owner.seen_at));
        self.left_at.get_or_insert(last_there.unwrap_or(at));
        Presence::Nobody
    }

    /// Whether the owner was seen to go: beyond the owner radius, or out of the picture.
    pub(super) fn departed(&self) -> bool {
        self.departed
    }

    /// An owner whom the detector lost beside the object, bent over it perhaps, and who was not seen to go: whoever is
    /// found first within reach of the object after that is he; passers-by are found before they are so near.
    fn found_again<'a>(
        &self,
        tracker: &'a Tracker,
        owner: &Owner,
        around: &Surroundings<'_>,
    ) -> Option<&'a Track> {
        let is_found_here = |track: &&Track| {
            let first = track.first_place();
            first.is_some_and(|first| {
                let near_m = around.ground.distance_m(first.foot, around.foot, around.person_px);
                let later_secs = first.at.secs_since(owner.seen_at);
                let is_soon = later_secs > 0.0 && later_secs < FOUND_AGAIN_SECS;
                is_soon && near_m < around.settings.attended_radius_m as f32
            })
        };
        let candidates = tracker.tracks().iter().filter(|_| !self.departed);
        candidates.filter(|track| around.may_be_a_person(track)).find(is_found_here)
    }

    fn owner_is_there(&mut self, tracker: &Tracker, at: Timestamp, around: &Surroundings<'_>) -> bool {
        let Some(owner) = self.owner else { return false };
        let last_there = self.stayed_until.unwrap_or(owner.seen_at);
        let has_left = owner.was_at_the_edge(&around.ground.size, around.person_px);
        let taken_over = || continued(tracker.tracks().iter(), &owner, last_there, around.person_px);
        let next = || taken_over().or_else(|| self.found_again(tracker, &owner, around));
        let followed = tracker.find(owner.track).or_else(|| if has_left { None } else { next() });
        let Some(track) = followed else {
            let lost_secs = at.secs_since(owner.seen_at);
            if !self.away && !has_left && lost_secs < STILL_THERE_SECS && around.something_at(&owner) {
                self.stayed_until = Some(at);
            }
            let gone_secs = at.secs_since(self.stayed_until.unwrap_or(owner.seen_at));
            self.away |= gone_secs > RELINK_SECS;
            self.departed |= self.away && has_left;
            return !self.away;
        };
        self.stayed_until = None;
        self.owner = Some(Owner::seen(track));
        let distance_m = around.distance_m(track);
        if distance_m > around.settings.owner_radius_m as f32 {
            (self.away, self.departed) = (true, true);
        } else if distance_m < around.settings.attended_radius_m as f32 && track.seen_at == at {
            (self.away, self.departed) = (false, false);
        }
        !self.away
    }
}

/// The track that takes over where the owner's was lost.
fn continued<'a>(
    tracks: impl Iterator<Item = &'a Track>,
    owner: &Owner,
    last_there: Timestamp,
    person_px: f32,
) -> Option<&'a Track> {
    let takes_over = |track: &&Track| {
        track.first_place().is_some_and(|first| {
            let later_secs = first.at.secs_since(last_there);
            later_secs.abs() < RELINK_SECS
                && first.at.secs_since(owner.seen_at) > -0.5
                && distance_px(first.foot, owner.foot) < RELINK_PERSONS * person_px
        })
    };
    tracks.filter(|track| track.id != owner.track).find(takes_over)
}
