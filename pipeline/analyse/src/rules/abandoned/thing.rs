//! One thing that may have been put down, from its first second to its end.
//!
//! `growth` keeps its outline, `visibility` counts how it is seen, `timer` how long nobody attends it, and
//! `remembered` is what is kept of it over a kill.

use velum_vocab::{AlertId, BoxInFrame, ObjectClass, Timestamp};

use super::attendance::{Attendance, Presence, Surroundings};
use super::evidence::{Covers, Template, bag_class, perhaps_person_before, person_touches};
use super::rejected::Rejected;
use super::restored::{Search, can_be_told_apart};
use super::tests_of_things::Suppression;
use super::timer::{Moment, Timer};
use super::visibility::Visibility;
use super::{Said, Scene, new_alert};
use crate::appearance::Look;
use crate::background::Background;
use crate::blobs::Blob;
use crate::error::AnalyseError;
use crate::patch::{Area, brightness_contrast, cut};
use crate::picture::WorkingSize;

/// The ring around a thing that its contrast is measured against.
const CONTRAST_RING_PX: usize = 5;
/// An early thing that is not confirmed by a static blob within this time was nothing.
const EARLY_LIFE_SECS: f64 = 2.0;
/// An object is gone when its place has been bare for this long; longer where what was behind is not known.
const GONE_SECS: f64 = 2.0;
const GONE_UNKNOWN_BEHIND_SECS: f64 = 5.0;
/// An object hidden for this long is given up: before its alert, and after.
const GIVEN_UP_SECS: f64 = 120.0;
const GIVEN_UP_RAISED_SECS: f64 = 300.0;

/// What was cut out of a larger region is a thing by itself once it was found by itself for this long.
const ALONE_SECS: f64 = 5.0;
/// What is larger than this may be a part of somebody who lies there: its owner must be seen to go.
const LARGE_IN_PERSONS2: f32 = 0.16;

/// How far a thing has come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stage {
    /// Static for a second and plausible.
    Early,
    /// Static; judged when it has settled.
    Settling {
        /// Since when.
        since: Timestamp,
    },
    /// Passed the tests.
    Object,
    /// Known from before a restart, not yet found again.
    Restored,
    /// Failed a test.
    Refused {
        /// When.
        at: Timestamp,
        /// Which.
        reason: Suppression,
    },
    /// To be forgotten.
    Over,
}

/// Why an object's alert ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    PickedUp,
    AttendedAgain,
    BecameBackground,
    ConfirmedFurniture,
}

/// One thing.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) alert: AlertId,
    /// Index into the camera's zones.
    pub(super) zone: usize,
    pub(super) area: Area,
    pub(super) mask: Vec<bool>,
    pub(super) pixels: usize,
    pub(super) stage: Stage,
    pub(super) put_down_at: Timestamp,
    pub(super) begun_at: Timestamp,
    pub(super) seen_at: Timestamp,
    pub(super) contrast: f32,
    /// Its place looked different enough without it that the two cannot be confused after a restart.
    pub(super) told_apart: bool,
    pub(super) look: Option<Look>,
    pub(super) template: Option<Template>,
    pub(super) covers: Covers,
    pub(super) attendance: Attendance,
    pub(super) class: Option<ObjectClass>,
    pub(super) confirmed: bool,
    /// It looked like a thing from its first second on.
    pub(super) plausible: bool,
    pub(super) restored: bool,
    pub(super) raised: bool,
    /// The alert is updated when nobody has attended the object for this long.
    pub(super) update_at_secs: f64,
    pub(super) ending: Option<Ending>,
    pub(super) search: Search,
    pub(super) regrowths: u8,
    /// It was cut out of a larger region, and may be a part of somebody who stands there.
    pub(super) cut_out: bool,
    /// It is larger than most things that are carried by hand.
    pub(super) is_large: bool,
    /// For how long it has been seen by itself since.
    pub(super) alone_secs: f64,
    pub(super) visibility: Visibility,
    pub(super) timer: Timer,
}

impl Thing {
    pub(super) fn new(alert: AlertId, zone: usize, area: Area, stage: Stage, put_down_at: Timestamp) -> Self {
        Self {
            alert,
            zone,
            area,
            mask: Vec::new(),
            pixels: area.pixels(),
            stage,
            put_down_at,
            begun_at: put_down_at,
            seen_at: put_down_at,
            contrast: 0.0,
            told_apart: false,
            look: None,
            template: None,
            covers: Covers::default(),
            attendance: Attendance::default(),
            class: None,
            confirmed: false,
            plausible: false,
            restored: false,
            raised: false,
            update_at_secs: 0.0,
            ending: None,
            search: Search::default(),
            regrowths: 0,
            cut_out: false,
            is_large: false,
            alone_secs: 0.0,
            visibility: Visibility::default(),
            timer: Timer::default(),
        }
    }

    /// A thing of which a blob was found just now.
    pub(super) fn of_blob(
        blob: Blob,
        stage: Stage,
        zone: usize,
        put_down_at: Timestamp,
        scene: &Scene<'_>,
    ) -> Result<Self, AnalyseError> {
        let thing = Self::new(new_alert()?, zone, blob.area, stage, put_down_at);
        let (begun_at, seen_at) = (scene.at, scene.at);
        let mut thing = Self { mask: blob.mask, pixels: blob.pixels, begun_at, seen_at, ..thing };
        thing.take_contrast(scene.background)?;
        Ok(thing)
    }

    /// How it stands out, measured while it is there and nobody is near it.
    pub(super) fn measure_contrast(
        &mut self,
        scene: &Scene<'_>,
        size: &WorkingSize,
    ) -> Result<(), AnalyseError> {
        let there = match self.stage {
            Stage::Early | Stage::Settling { .. } => true,
            Stage::Object => self.visibility.visible,
            Stage::Restored | Stage::Refused { .. } | Stage::Over => false,
        };
        let around = self.area.grown(CONTRAST_RING_PX, size.width_px, size.height_px).as_box();
        if there && around.is_some_and(|around| !perhaps_person_before(scene.detections, &around)) {
            self.take_contrast(scene.background)?;
        }
        Ok(())
    }

    fn take_contrast(&mut self, background: &Background) -> Result<(), AnalyseError> {
        self.contrast = brightness_contrast(background.picture(), &self.area)?;
        let without_it = brightness_contrast(background.behind(), &self.area)?;
        self.told_apart = can_be_told_apart(self.contrast, without_it);
        Ok(())
    }

    /// An early thing that came to nothing is forgotten.
    pub(super) fn expire_early(&mut self, scene: &Scene<'_>) {
        let hidden = self.box_in_working().is_some_and(|found| person_touches(scene.detections, &found));
        if !hidden && scene.at.secs_since(self.begun_at.max(self.seen_at)) > EARLY_LIFE_SECS {
            self.stage = Stage::Over;
        }
    }

    /// The thing passed the tests: from here on it is an object with a look of its own.
    pub(super) fn confirm(
        &mut self,
        look: Look,
        scene: &Scene<'_>,
        picture_width: usize,
    ) -> Result<(), AnalyseError> {
        let object =
            self.area.indices(picture_width).map(|index| scene.background.challenger(index)).collect();
        let behind = cut(scene.background.behind(), &self.area)?;
        self.template = Some(Template::new(object, Some(behind), self.mask.clone()));
        (self.look, self.confirmed, self.stage) = (Some(look), true, Stage::Object);
        Ok(())
    }

    /// A region was found in its place, alone or within a larger one.
    pub(super) fn note_cut_out(&mut self, cut_out: bool, step_secs: f64) {
        self.alone_secs = if cut_out { 0.0 } else { self.alone_secs + step_secs };
        self.cut_out &= self.alone_secs < ALONE_SECS;
    }

    pub(super) fn box_in_working(&self) -> Option<BoxInFrame> {
        self.area.as_box()
    }

    /// One step in the life of an object.
    pub(super) fn follow(
        &mut self,
        scene: &Scene<'_>,
        around: &Surroundings<'_>,
        said: &mut Said,
    ) -> Result<(), AnalyseError> {
        let Some(found) = self.box_in_working() else { return Ok(()) };
        self.is_large = self.pixels as f32 > LARGE_IN_PERSONS2 * around.person_px.powi(2);
        self.covers.look(scene.detections, &found, scene.at);
        let covered = perhaps_person_before(scene.detections, &found);
        let Some(template) = &mut self.template else { return Ok(()) };
        let sighting = template.sight(scene.background.picture(), &self.area, covered)?;
        self.visibility.take(sighting, covered, scene.step_secs);
        self.note_sighting(scene.at);
        if !self.raised && self.visibility.is_unsteady_for_good() {
            said.suppressed.push(self.rejected(Suppression::Unsteady, scene, around));
            self.stage = Stage::Refused { at: scene.at, reason: Suppression::Unsteady };
            return Ok(());
        }
        self.look_for_a_person(scene, around, said);
        if let Some(class) = bag_class(scene.detections, &found) {
            self.class = Some(class);
        }
        self.attend(scene, around);
        Ok(())
    }

    /// Seen, or gone for good.
    fn note_sighting(&mut self, at: Timestamp) {
        if self.visibility.visible {
            self.seen_at = at;
        }
        let gone_secs = if self.restored { GONE_UNKNOWN_BEHIND_SECS } else { GONE_SECS };
        let given_up_secs = if self.raised { GIVEN_UP_RAISED_SECS } else { GIVEN_UP_SECS };
        if self.visibility.bare_secs() >= gone_secs {
            self.ending = Some(Ending::PickedUp);
        } else if self.visibility.unseen_secs() >= given_up_secs {
            self.ending = Some(Ending::BecameBackground);
        }
    }

    fn rejected(&self, code: Suppression, scene: &Scene<'_>, around: &Surroundings<'_>) -> Rejected {
        Rejected::of(self, code, around.zone, around.person_px, scene, &around.ground.size)
    }

    fn look_for_a_person(&mut self, scene: &Scene<'_>, around: &Surroundings<'_>, said: &mut Said) {
        let person_before = self.timer.person_there;
        self.timer.person_there = self.covers.show_a_person() && !self.visibility.was_in_the_open();
        if self.timer.person_there && !person_before {
            said.suppressed.push(self.rejected(Suppression::Person, scene, around));
        }
    }

    /// Who is with it, and what that does to the timer.
    fn attend(&mut self, scene: &Scene<'_>, around: &Surroundings<'_>) {
        let first_look =
            self.attendance.left_at.is_none() && self.timer.unattended_secs == 0.0 && !self.restored;
        if self.attendance.owner_is_an_object(scene.tracker, around) {
            self.attendance = Attendance::default();
            self.attendance.trace_back(scene.tracker, self.put_down_at, around);
        }
        let presence = self.attendance.look(scene.tracker, scene.at, around);
        let attends = match presence {
            Presence::Owner => true,
            Presence::Lingering => self.attendance.by_proximity() || self.restored,
            Presence::Nobody => false,
        };
        let (visible, step_secs) = (self.visibility.visible, scene.step_secs);
        self.timer.count(&Moment { presence, attends, visible, step_secs });
        if !self.raised {
            self.timer.set_back_if_attended(presence);
        } else if self.timer.is_attended_again(presence) {
            self.ending = Some(Ending::AttendedAgain);
        }
        let nobody = presence == Presence::Nobody && !self.timer.person_there;
        if first_look && nobody && self.attendance.departed() {
            self.count_back(scene.at);
        }
    }

    /// The owner had left already while the thing settled.
    fn count_back(&mut self, at: Timestamp) {
        let left_at = self.attendance.left_at.unwrap_or(at).max(self.put_down_at);
        let settled_secs = at.secs_since(self.put_down_at).min(super::STATIC_SECS + super::SETTLE_SECS + 1.0);
        self.timer.count_back(at.secs_since(left_at).clamp(0.0, settled_secs));
    }

    /// Whether it is an object, is seen, and shows no sign of being a person.
    pub(super) fn is_plainly_there(&self) -> bool {
        self.stage == Stage::Object
            && self.confirmed
            && self.visibility.visible
            && self.visibility.is_steady()
            && !self.timer.may_be_a_person()
            && (!self.timer.was_a_person() || self.visibility.was_in_the_open())
            && (self.attendance.departed() || !self.may_be_part_of_a_person())
            && self.ending.is_none()
    }

    /// Whether it is like a part of somebody who sits or lies there, and whom the detector does not find.
    fn may_be_part_of_a_person(&self) -> bool {
        // After a restart neither its outline nor how tall people are is known well enough.
        let is_large = self.is_large && !self.restored;
        self.cut_out || (is_large && self.attendance.back_traced && self.class.is_none())
    }

    /// The alert ended; an object that is still there may be abandoned again, under another id.
    pub(super) fn begin_again(&mut self) -> Result<(), AnalyseError> {
        self.alert = new_alert()?;
        (self.raised, self.ending) = (false, None);
        self.timer.begin_again();
        Ok(())
    }
}
