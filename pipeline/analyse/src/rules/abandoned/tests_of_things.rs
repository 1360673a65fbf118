//! Is a static blob a thing that was put down? Each test has a name under which refusals are counted.
//!
//! Constants come from a prototype on four clips (aboda-video4, vtest, pets2001, deepstream-retail), and from
//! composed put-downs: real objects scored `newly_arrived` >= 0.87, places where something was taken away <= -0.3.

use crate::appearance::Look;
use crate::patch::Area;
use crate::picture::WorkingSize;

/// Why a static blob did not become an object, or an object raised no alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suppression {
    /// Too small or too large against a person there, or too long and thin.
    ImplausibleSize,
    /// People are too small in the picture there.
    TooFar,
    /// It touches the edge of the picture.
    AtTheEdge,
    /// It hardly differs from what is around it.
    LowContrast,
    /// Its look follows from a change of light.
    Light,
    /// The light of the whole scene was changing, and it is not clear enough.
    LightChanging,
    /// It was there before and moved a little.
    OnlyMoved,
    /// Something was taken away there.
    TakenAway,
    /// It cannot be told whether it is new or something was taken away.
    Unclear,
    /// Nobody was there when it appeared.
    NobodyBroughtIt,
    /// It comes and goes without anybody before it: a tape in the wind, a screen, a reflection.
    Unsteady,
    /// A person is there: standing, sitting or lying.
    Person,
    /// People at the box confirmed that furniture stands there.
    Furniture,
}

impl Suppression {
    /// The name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::ImplausibleSize => "implausible_size",
            Self::TooFar => "too_far",
            Self::AtTheEdge => "at_the_edge",
            Self::LowContrast => "low_contrast",
            Self::Light => "light",
            Self::LightChanging => "light_changing",
            Self::OnlyMoved => "only_moved",
            Self::TakenAway => "taken_away",
            Self::Unclear => "unclear",
            Self::NobodyBroughtIt => "nobody_brought_it",
            Self::Unsteady => "unsteady",
            Self::Person => "person",
            Self::Furniture => "furniture",
        }
    }

    /// Whether what was refused is nothing new in the scene, so that the background may take it at once.
    pub(super) fn is_scenery(self) -> bool {
        matches!(
            self,
            Self::Light
                | Self::LightChanging
                | Self::OnlyMoved
                | Self::TakenAway
                | Self::LowContrast
                | Self::Furniture
        )
    }

    /// Whether a better look a little later may tell otherwise.
    pub(super) fn may_change(self) -> bool {
        self.is_scenery() || self == Self::Unclear
    }
}

/// People smaller than this in the picture, and the rule is not valid.
pub(super) const MIN_PERSON_PX: f32 = 24.0;
const HEIGHT_IN_PERSONS: std::ops::RangeInclusive<f32> = 0.17..=0.75;
const MAX_WIDTH_IN_PERSONS: f32 = 0.75;
const MIN_AREA_IN_PERSONS2: f32 = 0.025;
/// Who lies or crouches covers more than anything that is carried by hand.
const MAX_AREA_IN_PERSONS2: f32 = 0.28;
/// What covers fewer pixels cannot be told from a tape in the wind.
const MIN_PIXELS: usize = 100;
/// Taller than wide by this much at most, and wider than tall: flat strips are kerbs, tapes and shadows.
const MAX_TALLNESS: f32 = 3.5;
const MAX_FLATNESS: f32 = 2.6;
const MIN_SIDE_PX: usize = 6;
const EDGE_PX: usize = 4;
const MIN_RING_CONTRAST: f32 = 10.0;
const MIN_HISTOGRAM_DISTANCE: f32 = 0.12;
const MIN_NEWLY_ARRIVED: f32 = 0.25;
/// A striped tape that moved in the wind hardly looks newly arrived, and is as busy as it was.
const PLAINLY_NEWLY_ARRIVED: f32 = 0.65;
const BUSY_TEXTURE: f32 = 12.0;
const AS_BUSY: f32 = 0.8;
/// Gaps that were closed between strips show the background; a solid thing has few of them.
const MIN_CHANGED_FRACTION: f32 = 0.65;
/// Goods that were moved about on a shelf show more of it than a bag that hardly stands out.
const MOSTLY_CHANGED_FRACTION: f32 = 0.85;
const MAX_TAKEN_AWAY: f32 = -0.1;
const MAX_FOUND_NEARBY: f32 = 0.72;
/// Of what plainly arrived: small things of few colours find something like them by chance.
const MAX_PLAIN_FOUND_NEARBY: f32 = 0.9;
const MUCH_NEWLY_ARRIVED: f32 = 1.2;
const MUCH_APART: f32 = 0.35;
/// A change of the whole scene's light of this much makes the contrast tests stricter.
const LIGHT_CHANGE: f32 = 0.06;

/// Whether a region has the size and place of something that a person carries and puts down.
///
/// # Errors
/// The test that failed.
pub(super) fn check_size(
    area: &Area,
    pixels: usize,
    person_px: f32,
    size: &WorkingSize,
) -> Result<(), Suppression> {
    let (width, height) = (area.width as f32, area.height as f32);
    if person_px < MIN_PERSON_PX {
        return Err(Suppression::TooFar);
    }
    let edge = area.left < EDGE_PX || area.top < EDGE_PX || area.right() + EDGE_PX > size.width_px as usize;
    if edge || area.bottom() + 1 > size.height_px as usize {
        return Err(Suppression::AtTheEdge);
    }
    let tall = HEIGHT_IN_PERSONS.contains(&(height / person_px));
    let strip = height > MAX_TALLNESS * width || width > MAX_FLATNESS * height;
    let thin = strip || area.width.min(area.height) < MIN_SIDE_PX;
    let small = pixels < MIN_PIXELS || (pixels as f32) < MIN_AREA_IN_PERSONS2 * person_px * person_px;
    if !tall || thin || small || is_too_large(area, pixels, person_px) {
        return Err(Suppression::ImplausibleSize);
    }
    Ok(())
}

/// Whether a region is larger than what a person carries and puts down.
pub(super) fn is_too_large(area: &Area, pixels: usize, person_px: f32) -> bool {
    let (width, height) = (area.width as f32 / person_px, area.height as f32 / person_px);
    let filled = pixels as f32 / (person_px * person_px);
    width > MAX_WIDTH_IN_PERSONS || height > *HEIGHT_IN_PERSONS.end() || filled > MAX_AREA_IN_PERSONS2
}

/// Whether a region looks like something new. `light_change`: the largest since shortly before it appeared.
///
/// # Errors
/// The test that failed.
pub(super) fn check_look(look: &Look, light_change: f32) -> Result<(), Suppression> {
    let faint = look.ring_contrast < MIN_RING_CONTRAST || look.histogram_distance < MIN_HISTOGRAM_DISTANCE;
    if faint || look.changed_fraction < MIN_CHANGED_FRACTION {
        return Err(Suppression::LowContrast);
    }
    let clear = look.ring_contrast >= 1.8 * MIN_RING_CONTRAST
        && look.histogram_distance >= 0.45
        && look.outline.abs() > 0.3;
    if light_change > LIGHT_CHANGE && !clear {
        return Err(Suppression::LightChanging);
    }
    if follows_from_light(look) {
        return Err(Suppression::Light);
    }
    let plain = look.newly_arrived >= MUCH_NEWLY_ARRIVED && look.histogram_distance >= MUCH_APART;
    if look.found_nearby > if plain { MAX_PLAIN_FOUND_NEARBY } else { MAX_FOUND_NEARBY } {
        return Err(Suppression::OnlyMoved);
    }
    if look.newly_arrived < MAX_TAKEN_AWAY {
        return Err(Suppression::TakenAway);
    }
    if look.newly_arrived < MIN_NEWLY_ARRIVED {
        return Err(Suppression::Unclear);
    }
    if look.changed_fraction < MOSTLY_CHANGED_FRACTION && look.newly_arrived < PLAINLY_NEWLY_ARRIVED {
        return Err(Suppression::Unclear);
    }
    let as_busy = look.texture_behind > BUSY_TEXTURE && look.texture_now > AS_BUSY * look.texture_behind;
    if as_busy && look.newly_arrived < PLAINLY_NEWLY_ARRIVED {
        return Err(Suppression::OnlyMoved);
    }
    Ok(())
}

/// The background's texture seen through another brightness: a shadow, a reflection, a lamp.
fn follows_from_light(look: &Look) -> bool {
    let same_texture = look.gradient_correlation > 0.6 && look.texture_behind > 2.0;
    let even = |spread: f32, tint: f32, ratio: f32| {
        look.log_ratio_spread < spread && look.tint < tint && look.log_ratio.abs() < ratio
    };
    let dimmed = look.gradient_correlation > 0.3 && even(0.13, 0.06, 0.7);
    let flat = even(0.09, 0.05, 0.6) && look.texture_behind < 3.0 && look.texture_now < 3.0;
    same_texture || dimmed || flat
}

/// How well a region that nobody was seen to bring must stand out.
pub(super) fn stands_out_by_itself(look: &Look) -> bool {
    look.newly_arrived >= 0.8 && look.ring_contrast >= 20.0 && look.histogram_distance >= 0.4
}

/// How surely this is an object, 0..=1, by how far it is from the limits.
pub(super) fn certainty(look: &Look) -> f32 {
    let arrived = ((look.newly_arrived - MIN_NEWLY_ARRIVED) / 1.2).clamp(0.0, 1.0);
    let contrast = ((look.ring_contrast - MIN_RING_CONTRAST) / 50.0).clamp(0.0, 1.0);
    let apart = ((look.histogram_distance - MIN_HISTOGRAM_DISTANCE) / 0.6).clamp(0.0, 1.0);
    (arrived + contrast + apart) / 3.0
}
