//! What of a thing is remembered over a kill: its place, times, and one number of how it stands out.

use velum_vocab::{AbandonedCandidate, Timestamp};

use super::attendance::Attendance;
use super::thing::{Stage, Thing};
use super::timer::Timer;
use super::visibility::Visibility;
use crate::patch::{Area, ellipse};
use crate::picture::WorkingSize;
use crate::settings::CameraSettings;

const SEEN_LATELY_SECS: f64 = 5.0;

impl Thing {
    /// A thing that was remembered, to be found again.
    pub(super) fn restored(candidate: &AbandonedCandidate, zone: usize, area: Area) -> Self {
        let known = Self::new(candidate.alert, zone, area, Stage::Restored, candidate.put_down_at);
        let attendance = Attendance::after_restart(
            candidate.drop_off_witnessed,
            candidate.owner_back_traced,
            candidate.owner_left_at,
        );
        Self {
            mask: ellipse(&area),
            contrast: candidate.luma_contrast as f32,
            attendance,
            confirmed: candidate.confirmed,
            restored: true,
            timer: Timer::after_restart(candidate.unattended_secs),
            visibility: Visibility::after_restart(candidate.hidden_secs),
            raised: candidate.raised,
            update_at_secs: 2.0 * candidate.unattended_secs.max(1.0),
            ..known
        }
    }

    /// What must be remembered of it, its box in frame pixels; nothing where it would not be worth it.
    pub(super) fn state(
        &self,
        settings: &CameraSettings,
        size: &WorkingSize,
        at: Timestamp,
    ) -> Option<AbandonedCandidate> {
        let worth = match self.stage {
            Stage::Restored => true,
            Stage::Early => self.told_apart,
            Stage::Object => self.raised || self.can_be_found_again(at),
            Stage::Settling { .. } => self.plausible && self.told_apart,
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
            unattended_secs: self.timer.unattended_secs,
            hidden_secs: self.visibility.hidden_secs,
            raised: self.raised,
            confirmed: self.confirmed,
            luma_contrast: f64::from(self.contrast),
        })
    }

    /// Whether an object without an alert is worth remembering: what is hardly ever seen would be taken for
    /// whatever lies there after a restart.
    fn can_be_found_again(&self, at: Timestamp) -> bool {
        let seen = self.visibility.is_mostly_seen() || at.secs_since(self.seen_at) <= SEEN_LATELY_SECS;
        self.visibility.is_steady_so_far() && seen
    }
}
