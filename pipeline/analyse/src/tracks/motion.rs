//! A constant-velocity Kalman filter for a box: centre, width and height, each on its own.

use velum_vocab::BoxInFrame;

/// Standard deviations as shares of the box's height, as in SORT: of a measurement, and of the velocity's change
/// in one second.
const MEASURED_FRACTION: f32 = 0.05;
const ACCELERATED_FRACTION: f32 = 0.6;

/// One quantity with its velocity and their covariance.
#[derive(Debug, Clone, Copy)]
struct Moving {
    value: f32,
    velocity: f32,
    value_variance: f32,
    covariance: f32,
    velocity_variance: f32,
}

impl Moving {
    fn at_rest(value: f32, scale: f32) -> Self {
        let (value_sigma, velocity_sigma) = (2.0 * MEASURED_FRACTION * scale, 0.5 * scale);
        Self {
            value,
            velocity: 0.0,
            value_variance: value_sigma * value_sigma,
            covariance: 0.0,
            velocity_variance: velocity_sigma * velocity_sigma,
        }
    }

    fn predict(&mut self, secs: f32, scale: f32) {
        let noise = (ACCELERATED_FRACTION * scale).powi(2) * secs;
        self.value += self.velocity * secs;
        self.value_variance +=
            2.0 * secs * self.covariance + secs * secs * self.velocity_variance + noise * secs * secs / 3.0;
        self.covariance += secs * self.velocity_variance + noise * secs / 2.0;
        self.velocity_variance += noise;
    }

    fn correct(&mut self, measured: f32, scale: f32) {
        let variance = self.value_variance + (MEASURED_FRACTION * scale).powi(2);
        if variance <= 0.0 {
            return;
        }
        let (gain, velocity_gain) = (self.value_variance / variance, self.covariance / variance);
        let surprise = measured - self.value;
        self.value += gain * surprise;
        self.velocity += velocity_gain * surprise;
        self.velocity_variance -= velocity_gain * self.covariance;
        self.covariance *= 1.0 - gain;
        self.value_variance *= 1.0 - gain;
    }
}

/// A box that moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct BoxMotion {
    centre_x: Moving,
    centre_y: Moving,
    width: Moving,
    height: Moving,
}

impl BoxMotion {
    pub(super) fn at_rest(found: &BoxInFrame) -> Self {
        let (centre, scale) = (found.centre(), found.height_px());
        Self {
            centre_x: Moving::at_rest(centre.x_px, scale),
            centre_y: Moving::at_rest(centre.y_px, scale),
            width: Moving::at_rest(found.width_px(), 0.2 * scale),
            height: Moving::at_rest(scale, 0.2 * scale),
        }
    }

    fn scale(&self) -> f32 {
        self.height.value.max(1.0)
    }

    pub(super) fn predict(&mut self, secs: f32) {
        let (secs, scale) = (secs.clamp(0.0, 2.0), self.scale());
        self.centre_x.predict(secs, scale);
        self.centre_y.predict(secs, scale);
        self.width.predict(secs, 0.2 * scale);
        self.height.predict(secs, 0.2 * scale);
    }

    pub(super) fn correct(&mut self, found: &BoxInFrame) {
        let (centre, scale) = (found.centre(), found.height_px());
        self.centre_x.correct(centre.x_px, scale);
        self.centre_y.correct(centre.y_px, scale);
        self.width.correct(found.width_px(), scale);
        self.height.correct(found.height_px(), scale);
    }

    /// Where the box is expected; `None` where the filter has lost all sense of it.
    pub(super) fn expected_box(&self) -> Option<BoxInFrame> {
        let (half_width, half_height) = (self.width.value / 2.0, self.height.value / 2.0);
        let (x, y) = (self.centre_x.value, self.centre_y.value);
        BoxInFrame::new(x - half_width, y - half_height, x + half_width, y + half_height).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_what_moves_evenly() {
        let walker = |step: u16| {
            let x = f32::from(step) * 10.0;
            BoxInFrame::new(x, 50.0, x + 30.0, 140.0).unwrap()
        };
        let mut motion = BoxMotion::at_rest(&walker(0));
        for step in 1..10 {
            motion.predict(0.2);
            motion.correct(&walker(step));
        }
        motion.predict(0.6);
        let off = motion.expected_box().unwrap().centre().x_px - walker(12).centre().x_px;
        assert!(off.abs() < 3.0, "off by {off} px");
    }
}
