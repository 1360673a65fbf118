//! A rectangle in fractions of the picture, as it stands in files and on the command line.

use serde::{Deserialize, Serialize};
use velum_vocab::BoxInFrame;

/// Furniture that hides more of the picture than this would switch the rule off.
const LARGEST_FRACTION: f64 = 0.25;

/// Left, top, right, bottom, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rectangle([f64; 4]);

impl Rectangle {
    /// Reads `LEFT,TOP,RIGHT,BOTTOM`.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
        let four = numbers.ok().and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
        let shape = || {
            format!(
                "`{text}`: expected LEFT,TOP,RIGHT,BOTTOM in fractions of the picture, for example 0.42,0.55,0.50,0.71"
            )
        };
        Self(four.ok_or_else(shape)?).checked()
    }

    /// Whether it is a rectangle, inside the picture and not too large.
    ///
    /// # Errors
    /// In words.
    pub(crate) fn checked(self) -> Result<Self, String> {
        let [left, top, right, bottom] = self.0;
        let inside = self.0.iter().all(|edge| (0.0..=1.0).contains(edge));
        if !inside || left >= right || top >= bottom {
            return Err(format!(
                "`{self}`: expected fractions from 0 to 1 with left < right and top < bottom, for example \
                 0.42,0.55,0.50,0.71"
            ));
        }
        let area = (right - left) * (bottom - top);
        if area > LARGEST_FRACTION {
            return Err(format!(
                "`{self}` covers {:.0} % of the picture, at most {:.0} % may be furniture; make it smaller, or take the \
                 rule out of the zone",
                area * 100.0,
                LARGEST_FRACTION * 100.0
            ));
        }
        Ok(self)
    }

    /// Of a box in a frame of this size, to a thousandth.
    pub(crate) fn of(found: &BoxInFrame, width_px: u32, height_px: u32) -> Self {
        let fraction = |px: f32, of: u32| {
            let exact = (f64::from(px) / f64::from(of.max(1))).clamp(0.0, 1.0);
            (exact * 1_000.0).round() / 1_000.0
        };
        Self([
            fraction(found.left_px(), width_px),
            fraction(found.top_px(), height_px),
            fraction(found.right_px(), width_px),
            fraction(found.bottom_px(), height_px),
        ])
    }

    pub(crate) fn edges(&self) -> [f64; 4] {
        self.0
    }
}

impl std::fmt::Display for Rectangle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [left, top, right, bottom] = self.0;
        write!(f, "{left},{top},{right},{bottom}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_are_inside_the_picture_and_not_too_large() {
        let check = |text: &str, expected: Result<[f64; 4], &str>| match (Rectangle::parse(text), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found.edges(), expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (found, _) => panic!("{text}: {found:?}"),
        };
        check("0.1,0.2,0.3,0.4", Ok([0.1, 0.2, 0.3, 0.4]));
        check(" 0.1, 0.2 ,0.3,0.4", Ok([0.1, 0.2, 0.3, 0.4]));
        check("0.1,0.2,0.3", Err("expected LEFT,TOP,RIGHT,BOTTOM"));
        check("a,b,c,d", Err("expected LEFT,TOP,RIGHT,BOTTOM"));
        check("0.3,0.2,0.1,0.4", Err("left < right"));
        check("0.1,0.2,nan,0.4", Err("from 0 to 1"));
        check("0.1,0.2,0.3,1.4", Err("from 0 to 1"));
        check("0,0,1,1", Err("covers 100 % of the picture, at most 25 %"));
    }

    #[test]
    fn a_box_becomes_fractions_of_its_frame() {
        let found = BoxInFrame::new(64.0, -2.0, 96.0, 48.0).unwrap();
        assert_eq!(Rectangle::of(&found, 640, 480).edges(), [0.1, 0.0, 0.15, 0.1]);
    }
}
