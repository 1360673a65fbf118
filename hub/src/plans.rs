//! Plans of sites: a picture of a place, and where cameras stand on it and look.
//!
//! `picture` makes of an uploaded file a picture of our own. Invariant: nothing of the uploaded bytes is kept or served,
//! only what a decoder saw in them, drawn anew.

mod picture;

pub(crate) use picture::{MOST_BYTES, Picture, PictureError, drawn_anew};

/// The longest name of a plan or a site, characters.
pub(crate) const TITLE_CHARS: usize = 64;
/// So many plans a hub has at most.
pub(crate) const MOST_PLANS: usize = 32;
/// So many cameras stand on one plan at most.
pub(crate) const MOST_CAMERAS: usize = 500;

/// How people name a plan, and of which place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlanTitle {
    pub(crate) name: String,
    pub(crate) site: String,
}

/// Where a camera stands on a plan and how it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placed {
    /// Of the width of the picture, 0..=1.
    pub(crate) x_fraction: f64,
    /// Of the height of the picture, 0..=1.
    pub(crate) y_fraction: f64,
    /// Clockwise, 0 is up; 0..360.
    pub(crate) heading_degrees: f64,
    /// How wide it sees, 5..=360.
    pub(crate) view_degrees: f64,
    /// How far it sees, of the width of the picture, 0.01..=1.
    pub(crate) reach_fraction: f64,
}

/// A value that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: expected {expected}, found {found}")]
pub(crate) struct InvalidPlan {
    field: &'static str,
    expected: &'static str,
    found: String,
}

impl PlanTitle {
    /// Of what a person typed.
    ///
    /// # Errors
    /// [`InvalidPlan`], where there is no name or no site, or one that is too long.
    pub(crate) fn parse(name: &str, site: &str) -> Result<Self, InvalidPlan> {
        Ok(Self { name: title("name", name)?, site: title("site", site)? })
    }
}

impl Placed {
    /// Whether every value can be.
    ///
    /// # Errors
    /// [`InvalidPlan`].
    pub(crate) fn checked(self) -> Result<Self, InvalidPlan> {
        let within = |field, value: f64, least, most, expected| {
            // Nothing lies within bounds that is no number.
            if (least..=most).contains(&value) {
                return Ok(());
            }
            Err(InvalidPlan { field, expected, found: value.to_string() })
        };
        within("x_fraction", self.x_fraction, 0.0, 1.0, "0 to 1")?;
        within("y_fraction", self.y_fraction, 0.0, 1.0, "0 to 1")?;
        within("heading_degrees", self.heading_degrees, 0.0, 360.0, "0 to 360")?;
        within("view_degrees", self.view_degrees, 5.0, 360.0, "5 to 360")?;
        within("reach_fraction", self.reach_fraction, 0.01, 1.0, "0.01 to 1")?;
        Ok(Self { heading_degrees: self.heading_degrees.rem_euclid(360.0), ..self })
    }
}

fn title(field: &'static str, text: &str) -> Result<String, InvalidPlan> {
    let text = text.trim();
    let chars = text.chars().count();
    if (1..=TITLE_CHARS).contains(&chars) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    let found = if chars == 0 { "none".to_owned() } else { format!("{chars} characters") };
    Err(InvalidPlan { field, expected: "one line of 1 to 64 characters", found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_one_short_line() {
        let check = |name: &str, is_good: bool| {
            assert_eq!(PlanTitle::parse(name, "station").is_ok(), is_good, "{name:?}");
            assert_eq!(PlanTitle::parse("hall", name).is_ok(), is_good, "{name:?}");
        };
        check("  ground floor ", true);
        check("", false);
        check("   ", false);
        check("two\nlines", false);
        check(&"x".repeat(64), true);
        check(&"ü".repeat(65), false);
        assert_eq!(
            PlanTitle::parse("", "x").unwrap_err().to_string(),
            "name: expected one line of 1 to 64 characters, found none"
        );
    }

    #[test]
    fn what_lies_beyond_the_picture_or_is_no_number_is_refused() {
        let good = Placed {
            x_fraction: 0.0,
            y_fraction: 1.0,
            heading_degrees: 360.0,
            view_degrees: 360.0,
            reach_fraction: 0.01,
        };
        assert_eq!(good.checked().unwrap().heading_degrees, 0.0);
        for bad in [
            Placed { x_fraction: -0.001, ..good },
            Placed { y_fraction: 1.001, ..good },
            Placed { x_fraction: f64::NAN, ..good },
            Placed { heading_degrees: 361.0, ..good },
            Placed { heading_degrees: f64::INFINITY, ..good },
            Placed { view_degrees: 4.9, ..good },
            Placed { reach_fraction: 0.0, ..good },
            Placed { reach_fraction: 1.1, ..good },
        ] {
            assert!(bad.checked().is_err(), "{bad:?}");
        }
    }
}
