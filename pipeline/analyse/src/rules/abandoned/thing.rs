//! One thing that may have been put down, from its first second to its end.

use velum_vocab::{AbandonedCandidate, AlertId, BoxInFrame, ObjectClass, Timestamp};

use super::attendance::{Attendance, Presence, Surroundings};
use super::evidence::{Covers, Sighting, Template, bag_class, perhaps_person_before, person_touches};
use super::tests_of_things::Suppression;
use super::{Said, Scene, new_alert};
use crate::appearance::Look;
use crate::blobs::Blob;
use crate::error::AnalyseError;
use crate::patch::{Area, cut};
use crate::picture::WorkingSize;
use crate::settings::CameraSettings;

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
/// The share of the time in which a thing may be unseen though nobody is before it; beyond it, it raises no alert,
/// and after this long is given up.
const MAX_UNEXPLAINED_FRACTION: f64 = 0.3;
const UNSTEADY_SECS: f64 = 10.0;
const YOUNG_SECS: f64 = 2.0;
const SEEN_LATELY_SECS: f64 = 5.0;
/// Seconds in which a person was there count up to a limit, and are forgotten at half the pace; beyond the second
/// number no alert is raised.
const PERSON_FORGOTTEN_RATE: f64 = 0.5;
const MAX_PERSON_SECS: f64 = 10.0;
const TOLERATED_PERSON_SECS: f64 = 4.0;
/// The owner stays this long to count as being back; anybody else, where proximity decides, this long.
const OWNER_BACK_SECS: f64 = 1.0;
const LINGERER_BACK_SECS: f64 = 3.0;
/// After the alert, the owner must attend for this long.
const ATTENDED_AGAIN_SECS: f64 = 10.0;
/// A blob that grows or shrinks this much is judged anew, this often: the owner who stood beside it steps away. An
/// object may only grow, while it is this young.
const MAX_REGROWTHS: u8 = 6;
const REGROWTH_SECS: f64 = 30.0;
const REGROWTH: f32 = 1.5;
const SHRINKAGE: f32 = 0.65;

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
    pub(super) look: Option<Look>,
    pub(super) template: Option<Template>,
    pub(super) covers: Covers,
    pub(super) attendance: Attendance,
    pub(super) class: Option<ObjectClass>,
    pub(super) confirmed: bool,
    /// It looked like a thing from its first second on.
    plausible: bool,
    pub(super) restored: bool,
    pub(super) unattended_secs: f64,
    pub(super) hidden_secs: f64,
    pub(super) raised: bool,
    /// The alert is updated when nobody has attended the object for this long.
    pub(super) update_at_secs: f64,
    pub(super) ending: Option<Ending>,
    pub(super) visible: bool,
    pub(super) person_there: bool,
    pub(super) search: super::restored::Search,
    regrowths: u8,
    attended_secs: f64,
    person_secs: f64,
    unseen_secs: f64,
    bare_secs: f64,
    visible_secs: f64,
    /// Not seen although nobody was before it.
    unexplained_secs: f64,
}

impl Thing {
    fn new(alert: AlertId, zone: usize, area: Area, stage: Stage, put_down_at: Timestamp) -> Self {
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
            look: None,
            template: None,
            covers: Covers::default(),
            attendance: Attendance::default(),
            class: None,
            confirmed: false,
            plausible: false,
            restored: false,
            unattended_secs: 0.0,
            hidden_secs: 0.0,
            raised: false,
            update_at_secs: 0.0,
            ending: None,
            visible: false,
            person_there: false,
            search: super::restored::Search::default(),
            regrowths: 0,
            attended_secs: 0.0,
            person_secs: 0.0,
            unseen_secs: 0.0,
            bare_secs: 0.0,
            visible_secs: 0.0,
            unexplained_secs: 0.0,
        }
    }

    fn of_blob(
        blob: Blob,
        stage: Stage,
        zone: usize,
        put_down_at: Timestamp,
        at: Timestamp,
        contrast: f32,
    ) -> Result<Self, AnalyseError> {
        let thing = Self::new(new_alert()?, zone, blob.area, stage, put_down_at);
        Ok(Self { mask: blob.mask, pixels: blob.pixels, begun_at: at, seen_at: at, contrast, ..thing })
    }

    pub(super) fn early(
        blob: Blob,
        zone: usize,
        put_down_at: Timestamp,
        at: Timestamp,
        contrast: f32,
    ) -> Result<Self, AnalyseError> {
        Self::of_blob(blob, Stage::Early, zone, put_down_at, at, contrast)
    }

    pub(super) fn settling(
        blob: Blob,
        zone: usize,
        put_down_at: Timestamp,
        at: Timestamp,
        contrast: f32,
    ) -> Result<Self, AnalyseError> {
        Self::of_blob(blob, Stage::Settling { since: at }, zone, put_down_at, at, contrast)
    }

    pub(super) fn restored(candidate: &AbandonedCandidate, zone: usize, area: Area) -> Self {
        let known = Self::new(candidate.alert, zone, area, Stage::Restored, candidate.put_down_at);
        let attendance = Attendance::after_restart(
            candidate.drop_off_witnessed,
            candidate.owner_back_traced,
            candidate.owner_left_at,
        );
        Self {
            mask: crate::patch::ellipse(&area),
            contrast: candidate.luma_contrast as f32,
            attendance,
            confirmed: candidate.confirmed,
            restored: true,
            unattended_secs: candidate.unattended_secs,
            hidden_secs: candidate.hidden_secs,
            raised: candidate.raised,
            update_at_secs: 2.0 * candidate.unattended_secs.max(1.0),
            ..known
        }
    }

    /// A static blob was found where this thing is.
    pub(super) fn take_blob(&mut self, blob: Blob, scene: &Scene<'_>) {
        let at = scene.at;
        match self.stage {
            // What merged with whoever stood beside it is not yet the thing alone.
            Stage::Early if blob.pixels as f32 > REGROWTH * self.pixels as f32 => self.seen_at = at,
            Stage::Early => {
                (self.stage, self.plausible) = (Stage::Settling { since: at }, true);
                self.take_outline(blob);
            }
            Stage::Settling { .. } if blob.pixels >= self.pixels => self.take_outline(blob),
            Stage::Object | Stage::Refused { .. } if self.is_another(&blob, scene) => {
                self.regrowths += 1;
                self.confirmed = false;
                self.stage = Stage::Settling { since: at };
                self.take_outline(blob);
            }
            _ => {}
        }
    }

    /// Whether a blob found in its place differs so much that it must be judged anew.
    fn is_another(&self, blob: &Blob, scene: &Scene<'_>) -> bool {
        let share = blob.pixels as f32 / self.pixels.max(1) as f32;
        let changed = match self.stage {
            Stage::Object => {
                let young = scene.at.secs_since(self.begun_at) < REGROWTH_SECS;
                // A person who stands before or beside the object is not part of it.
                let alone = blob.area.as_box().is_some_and(|found| !person_touches(scene.detections, &found));
                share > REGROWTH && young && self.visible && alone
            }
            _ => !(SHRINKAGE..=REGROWTH).contains(&share),
        };
        changed && !self.raised && !self.restored && self.regrowths < MAX_REGROWTHS
    }

    fn take_outline(&mut self, blob: Blob) {
        (self.area, self.mask, self.pixels) = (blob.area, blob.mask, blob.pixels);
    }

    /// How it stands out, measured while it is there and nobody is near it.
    pub(super) fn measure_contrast(
        &mut self,
        scene: &Scene<'_>,
        size: &WorkingSize,
    ) -> Result<(), AnalyseError> {
        let there = match self.stage {
            Stage::Early | Stage::Settling { .. } => true,
            Stage::Object => self.visible,
            Stage::Restored | Stage::Refused { .. } | Stage::Over => false,
        };
        let around = self.area.grown(CONTRAST_RING_PX, size.width_px, size.height_px).as_box();
        if there && around.is_some_and(|around| !perhaps_person_before(scene.detections, &around)) {
            self.contrast = crate::patch::brightness_contrast(scene.background.picture(), &self.area)?;
        }
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
        self.covers.look(scene.detections, &found, scene.at);
        let covered = perhaps_person_before(scene.detections, &found);
        let Some(template) = &mut self.template else { return Ok(()) };
        let sighting = template.sight(scene.background.picture(), &self.area, covered)?;
        self.weigh(sighting, scene, covered);
        if !self.raised && !self.is_steady() && self.unexplained_secs > UNSTEADY_SECS {
            said.suppressed.push(Suppression::Unsteady);
            self.stage = Stage::Refused { at: scene.at, reason: Suppression::Unsteady };
            return Ok(());
        }
        let person_before = self.person_there;
        self.person_there = self.covers.show_a_person();
        if self.person_there && !person_before {
            said.suppressed.push(Suppression::Person);
        }
        if let Some(class) = bag_class(scene.detections, &found) {
            self.class = Some(class);
        }
        let first_look = self.attendance.left_at.is_none() && self.unattended_secs == 0.0 && !self.restored;
        let presence = self.attendance.look(scene.tracker, scene.at, around);
        self.count(presence, scene);
        if first_look && presence == Presence::Nobody && !self.person_there {
            self.count_back(scene.at);
        }
        Ok(())
    }

    /// Seen, hidden or gone.
    fn weigh(&mut self, sighting: Sighting, scene: &Scene<'_>, covered: bool) {
        self.visible = sighting == Sighting::Object;
        if self.visible {
            self.visible_secs += scene.step_secs;
            (self.unseen_secs, self.bare_secs, self.seen_at) = (0.0, 0.0, scene.at);
            return;
        }
        self.unseen_secs += scene.step_secs;
        if !covered {
            self.unexplained_secs += scene.step_secs;
        }
        self.bare_secs = if sighting == Sighting::Bare { self.bare_secs + scene.step_secs } else { 0.0 };
        if sighting == Sighting::Hidden {
            self.hidden_secs += scene.step_secs;
        }
        let gone_secs = if self.restored { GONE_UNKNOWN_BEHIND_SECS } else { GONE_SECS };
        let given_up_secs = if self.raised { GIVEN_UP_RAISED_SECS } else { GIVEN_UP_SECS };
        if self.bare_secs >= gone_secs {
            self.ending = Some(Ending::PickedUp);
        } else if self.unseen_secs >= given_up_secs {
            self.ending = Some(Ending::BecameBackground);
        }
    }

    /// Whether a person was there for some of the last time: not only now.
    pub(super) fn may_be_a_person(&self) -> bool {
        self.person_there || self.person_secs > TOLERATED_PERSON_SECS
    }

    /// Whether it is an object, is seen, and shows no sign of being a person.
    pub(super) fn is_plainly_there(&self) -> bool {
        self.stage == Stage::Object
            && self.confirmed
            && self.visible
            && self.is_steady()
            && !self.may_be_a_person()
            && self.ending.is_none()
    }

    /// A solid thing is seen unless somebody is before it.
    pub(super) fn is_steady(&self) -> bool {
        self.unexplained_secs <= MAX_UNEXPLAINED_FRACTION * (self.visible_secs + self.unexplained_secs)
    }

    /// The timer runs on evidence only: the object is seen, and nobody is with it.
    fn count(&mut self, presence: Presence, scene: &Scene<'_>) {
        let attends = match presence {
            Presence::Owner => true,
            Presence::Lingering => self.attendance.by_proximity() || self.restored,
            Presence::Nobody => false,
        };
        self.attended_secs = if attends { self.attended_secs + scene.step_secs } else { 0.0 };
        let growth = if self.person_there { 1.0 } else { -PERSON_FORGOTTEN_RATE };
        self.person_secs = (self.person_secs + growth * scene.step_secs).clamp(0.0, MAX_PERSON_SECS);
        if self.person_there {
            self.unattended_secs = (self.unattended_secs - scene.step_secs).max(0.0);
        } else if presence == Presence::Nobody && self.visible {
            self.unattended_secs += scene.step_secs;
        }
        let back_secs = if presence == Presence::Owner { OWNER_BACK_SECS } else { LINGERER_BACK_SECS };
        if self.raised {
            // Whoever else looks at it is not known to be its owner: the alert stays.
            if presence == Presence::Owner && self.attended_secs >= ATTENDED_AGAIN_SECS {
                self.ending = Some(Ending::AttendedAgain);
            }
        } else if self.attended_secs > back_secs {
            self.unattended_secs = 0.0;
        }
    }

    /// The owner had left already while the thing settled.
    fn count_back(&mut self, at: Timestamp) {
        let left_at = self.attendance.left_at.unwrap_or(at).max(self.put_down_at);
        let settled_secs = at.secs_since(self.put_down_at).min(super::STATIC_SECS + super::SETTLE_SECS + 1.0);
        self.unattended_secs += at.secs_since(left_at).clamp(0.0, settled_secs);
    }

    /// The alert ended; an object that is still there may be abandoned again, under another id.
    pub(super) fn begin_again(&mut self) -> Result<(), AnalyseError> {
        self.alert = new_alert()?;
        (self.raised, self.ending, self.unattended_secs, self.attended_secs) = (false, None, 0.0, 0.0);
        Ok(())
    }

    /// Whether an object without an alert is worth remembering: what is hardly ever seen would be taken for
    /// whatever lies there after a restart.
    fn can_be_found_again(&self, at: Timestamp) -> bool {
        let steady = self.is_steady() || self.unexplained_secs < YOUNG_SECS;
        let seen = self.visible_secs >= self.hidden_secs || at.secs_since(self.seen_at) <= SEEN_LATELY_SECS;
        steady && seen
    }

    /// What must be remembered of it over a kill.
    pub(super) fn state(
        &self,
        settings: &CameraSettings,
        size: &WorkingSize,
        at: Timestamp,
    ) -> Option<AbandonedCandidate> {
        let worth = match self.stage {
            Stage::Early | Stage::Restored => true,
            Stage::Object => self.raised || self.can_be_found_again(at),
            Stage::Settling { .. } => self.plausible,
            Stage::Refused { .. } | Stage::Over => false,
        };
        if !worth {
            return None;
        }
        Some(AbandonedCandidate {
            alert: self.alert,
            zone: settings.zones.get(self.zone)?.id.clone(),
            box_in_frame: size.frame_from_working(&self.area.as_box()?),
            put_down_at: self.put_down_at,
            owner_left_at: self.attendance.left_at,
            owner_back_traced: self.attendance.back_traced,
            drop_off_witnessed: self.attendance.witnessed,
            unattended_secs: self.unattended_secs,
            hidden_secs: self.hidden_secs,
            raised: self.raised,
            confirmed: self.confirmed,
            luma_contrast: f64::from(self.contrast),
        })
    }
}
