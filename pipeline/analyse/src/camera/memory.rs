//! What of one camera's analysis is remembered over a kill, and taken back after it.

use velum_vocab::{RuleState, Timestamp};

use super::CameraAnalysis;
use crate::error::AnalyseError;
use crate::rules::movement::MovementRule;

impl CameraAnalysis {
    /// What must be remembered over a kill, as of the last frame.
    pub fn rule_state(&self) -> RuleState {
        if let Some(waiting) = &self.waiting {
            return waiting.clone();
        }
        let at = self.stepped_at.unwrap_or(Timestamp::from_unix_micros(0));
        let size = self.view.as_ref().map(|view| view.size);
        RuleState {
            camera: self.settings.camera.clone(),
            at,
            frame_width_px: size.map_or(0, |size| size.frame_width_px),
            frame_height_px: size.map_or(0, |size| size.frame_height_px),
            objects: self.view.as_ref().map(|view| view.abandoned.state(at)).unwrap_or_default(),
            levels: self.density.iter().filter_map(|rule| rule.state(at)).collect(),
            movements: self.movement.iter().flat_map(MovementRule::alerts).collect(),
            usual: self.movement.iter().filter_map(MovementRule::usual).collect(),
        }
    }

    /// Takes back what was remembered before a restart; call it before the first frame. What the settings no
    /// longer ask for is left out, and the next step tells the end of those of its alerts that were open.
    ///
    /// # Errors
    /// [`AnalyseError::OtherCamera`] for the state of another camera.
    pub fn restore(&mut self, state: &RuleState) -> Result<(), AnalyseError> {
        if state.camera != self.settings.camera {
            let (expected, found) = (self.settings.camera.clone(), state.camera.clone());
            return Err(AnalyseError::OtherCamera { expected, found });
        }
        for rule in &mut self.density {
            rule.restore(&state.levels);
        }
        for rule in &mut self.movement {
            rule.restore(&state.movements, &state.usual);
        }
        self.waiting = Some(state.clone());
        (self.view, self.stepped_at) = (None, None);
        Ok(())
    }
}
