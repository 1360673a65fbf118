//! What one camera is asked to look for. The edge's configuration is mapped onto these, and
//! [`CameraSettings::check`] names the field and the fix where something does not fit.

use velum_vocab::{CameraId, Polygon, ZoneId};

use crate::error::AnalyseError;
use crate::ground_plane::GroundPlane;

/// The most zones that one camera may have.
pub const MAX_ZONES: usize = 64;

/// Everything that the analysis of one camera is asked to do.
#[derive(Debug, Clone)]
pub struct CameraSettings {
    /// Which camera.
    pub camera: CameraId,
    /// The zones that are analysed. An object or person belongs to the first zone that holds its foot.
    pub zones: Vec<ZoneSettings>,
    /// Where the policy lets no object raise an alert, such as where people sleep among their belongings.
    pub no_alert_areas: Vec<Polygon>,
    /// Metres on the ground, where the camera was calibrated.
    pub ground_plane: Option<GroundPlane>,
    /// Whether the person who put an object down may be followed back in this camera's own tracks. Without,
    /// any person lingering nearby counts as attending.
    pub back_tracing_allowed: bool,
    /// Set where the scene is staged; travels into every observation.
    pub staged: Option<String>,
    /// Width at which the background model works; pictures that are narrower keep their own width.
    pub background_width_px: u32,
}

/// One zone and the rules in it.
#[derive(Debug, Clone)]
pub struct ZoneSettings {
    /// Its name.
    pub id: ZoneId,
    /// Where it is.
    pub polygon: Polygon,
    /// Look for abandoned objects.
    pub abandoned: Option<AbandonedSettings>,
    /// Watch the crowd's density.
    pub density: Option<DensitySettings>,
    /// Watch how the crowd moves.
    pub movement: Option<MovementSettings>,
}

/// When an object counts as abandoned (definition of PETS 2006 and AVSS 2007).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AbandonedSettings {
    /// Seconds without anyone attending it before the alert.
    pub unattended_secs: f64,
    /// A person within this distance attends it, metres.
    pub attended_radius_m: f64,
    /// The owner beyond this distance has left it, metres.
    pub owner_radius_m: f64,
    /// With more persons in the picture than this, the rule is not valid.
    pub valid_up_to_persons: f64,
}

impl Default for AbandonedSettings {
    fn default() -> Self {
        Self { unattended_secs: 30.0, attended_radius_m: 2.0, owner_radius_m: 3.0, valid_up_to_persons: 25.0 }
    }
}

/// Levels of crowd density in a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct DensitySettings {
    /// The name of the level below the first boundary.
    pub lowest_level: String,
    /// The levels above it, in rising order and one unit.
    pub levels: Vec<LevelBoundary>,
    /// A level is left only this share beyond its boundary: half the width of the dead band.
    pub hysteresis_fraction: f64,
    /// A new level must hold for this many seconds.
    pub hold_secs: f64,
    /// The share of persons that the detector finds, for the uncertainty.
    pub detector_recall: f64,
    /// The share of its finds that are persons, for the uncertainty.
    pub detector_precision: f64,
    /// With more persons than this, the count is not valid.
    pub valid_up_to_persons: f64,
}

impl Default for DensitySettings {
    fn default() -> Self {
        Self {
            lowest_level: "low".to_owned(),
            levels: Vec::new(),
            hysteresis_fraction: 0.05,
            hold_secs: 3.0,
            detector_recall: 0.85,
            detector_precision: 0.85,
            valid_up_to_persons: 40.0,
        }
    }
}

impl DensitySettings {
    /// The levels where nothing else is asked for. With a ground plane, the upper limits of Fruin's levels of
    /// service for walkways: B (2.3 m2 a person), D (0.93) and E (0.46); J. J. Fruin, *Pedestrian Planning and
    /// Design*, 1971. Without one, plain counts.
    pub fn default_levels(calibrated: bool) -> Vec<LevelBoundary> {
        let level = |name: &str, from| LevelBoundary { name: name.to_owned(), from, demo: false };
        if calibrated {
            vec![
                level("busy", LevelFrom::PersonsPerM2(0.43)),
                level("dense", LevelFrom::PersonsPerM2(1.08)),
                level("critical", LevelFrom::PersonsPerM2(2.17)),
            ]
        } else {
            vec![level("busy", LevelFrom::Persons(20.0))]
        }
    }

    /// The rank of a level: 0 is the lowest; `None` for a name that the settings do not have.
    pub(crate) fn rank(&self, level: &str) -> Option<usize> {
        if level == self.lowest_level {
            return Some(0);
        }
        self.levels.iter().position(|boundary| boundary.name == level).map(|index| index + 1)
    }
}

/// When a crowd's movement is unusual. Speeds without a ground plane are those of a person 1.7 m tall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovementSettings {
    /// Fewer persons than this are no crowd, and never make an alert.
    pub min_persons: f64,
    /// Nothing slower than this is a surge or a dispersal, metres per second: people walk at about 1.4.
    pub min_speed_m_per_s: f64,
    /// A smaller share of people against the usual direction is no counter-flow.
    pub min_counter_flow_fraction: f64,
    /// So many spreads above the median of what is usual in the zone.
    pub spreads_above_usual: f64,
    /// It must go on for this many seconds.
    pub hold_secs: f64,
    /// It is over when it was calm for this many seconds.
    pub clear_secs: f64,
    /// Seconds with people from which it is learnt what is usual; until then alerts are not valid.
    pub learn_secs: f64,
}

impl Default for MovementSettings {
    fn default() -> Self {
        Self {
            min_persons: 5.0,
            min_speed_m_per_s: 2.0,
            min_counter_flow_fraction: 0.3,
            spreads_above_usual: 4.0,
            hold_secs: 2.0,
            clear_secs: 5.0,
            learn_secs: 120.0,
        }
    }
}

/// Where a level begins.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelBoundary {
    /// The level above the boundary.
    pub name: String,
    /// Where it begins.
    pub from: LevelFrom,
    /// Whether the boundary was chosen for a demonstration.
    pub demo: bool,
}

/// Where a level begins, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum LevelFrom {
    /// From this many persons in the zone.
    Persons(f64),
    /// From this many persons per square metre; needs a ground plane.
    PersonsPerM2(f64),
}

impl LevelFrom {
    /// The number, in its own unit.
    pub fn value(self) -> f64 {
        match self {
            Self::Persons(value) | Self::PersonsPerM2(value) => value,
        }
    }

    /// The name of the setting.
    pub fn name(self) -> &'static str {
        match self {
            Self::Persons(_) => "from_persons",
            Self::PersonsPerM2(_) => "from_persons_per_m2",
        }
    }
}

impl CameraSettings {
    /// A camera without zones, with back-tracing forbidden and everything else at its default.
    pub fn new(camera: CameraId) -> Self {
        Self {
            camera,
            zones: Vec::new(),
            no_alert_areas: Vec::new(),
            ground_plane: None,
            back_tracing_allowed: false,
            staged: None,
            background_width_px: 640,
        }
    }

    /// Whether all settings are in range and fit each other.
    ///
    /// # Errors
    /// [`AnalyseError::Settings`] names the first field that is wrong, and the fix.
    pub fn check(&self) -> Result<(), AnalyseError> {
        let width_px = f64::from(self.background_width_px);
        in_range("background_width_px", width_px, 160.0..=1280.0, "use 640, or 384 for many cameras")?;
        if self.zones.len() > MAX_ZONES {
            let problem = format!("at most {MAX_ZONES} zones a camera, found {}", self.zones.len());
            return Err(wrong("zones", problem, "join or delete zones"));
        }
        for (index, zone) in self.zones.iter().enumerate() {
            if self.zones.iter().take(index).any(|earlier| earlier.id == zone.id) {
                let problem = format!("`{}` is used twice", zone.id);
                return Err(wrong(
                    &format!("zones[{index}].id"),
                    problem,
                    "give each zone a name of its own",
                ));
            }
            zone.check(&format!("zones[{index}]"), self.ground_plane.as_ref())?;
        }
        Ok(())
    }
}

impl ZoneSettings {
    fn check(&self, path: &str, ground_plane: Option<&GroundPlane>) -> Result<(), AnalyseError> {
        if let Some(abandoned) = &self.abandoned {
            abandoned.check(&format!("{path}.abandoned"))?;
        }
        if let Some(density) = &self.density {
            density.check(&format!("{path}.density"), ground_plane.is_some())?;
            if ground_plane.is_some_and(|plane| plane.area_m2(&self.polygon).is_none()) {
                return Err(AnalyseError::BeyondHorizon { zone: path.to_owned() });
            }
        }
        if let Some(movement) = &self.movement {
            movement.check(&format!("{path}.movement"))?;
        }
        Ok(())
    }
}

impl AbandonedSettings {
    fn check(&self, path: &str) -> Result<(), AnalyseError> {
        let field = |name: &str| format!("{path}.{name}");
        in_range(&field("unattended_secs"), self.unattended_secs, 1.0..=86_400.0, "use 30, for example")?;
        in_range(&field("attended_radius_m"), self.attended_radius_m, 0.2..=50.0, "use 2, for example")?;
        in_range(&field("owner_radius_m"), self.owner_radius_m, 0.2..=50.0, "use 3, for example")?;
        in_range(
            &field("valid_up_to_persons"),
            self.valid_up_to_persons,
            1.0..=1000.0,
            "use 25, for example",
        )?;
        if self.owner_radius_m < self.attended_radius_m {
            let problem = format!(
                "`{}` is less than attended_radius_m, `{}`: one who attends it would have left it",
                self.owner_radius_m, self.attended_radius_m
            );
            return Err(wrong(&field("owner_radius_m"), problem, "use a larger one, for example 3"));
        }
        Ok(())
    }
}

impl DensitySettings {
    fn check(&self, path: &str, calibrated: bool) -> Result<(), AnalyseError> {
        let field = |name: &str| format!("{path}.{name}");
        in_range(
            &field("hysteresis_fraction"),
            self.hysteresis_fraction,
            0.0..=0.5,
            "use 0.05, for example",
        )?;
        in_range(&field("hold_secs"), self.hold_secs, 0.0..=3600.0, "use 3, for example")?;
        in_range(&field("detector_recall"), self.detector_recall, 0.05..=1.0, "use 0.85, for example")?;
        in_range(&field("detector_precision"), self.detector_precision, 0.05..=1.0, "use 0.85, for example")?;
        in_range(
            &field("valid_up_to_persons"),
            self.valid_up_to_persons,
            1.0..=1000.0,
            "use 40, for example",
        )?;
        if self.levels.is_empty() {
            let fix = "add one, for example { name = \"busy\", from_persons = 10 }";
            return Err(wrong(
                &field("levels"),
                "needs at least one level above the lowest, found none".into(),
                fix,
            ));
        }
        let mut names = vec![self.lowest_level.as_str()];
        let mut below: Option<LevelFrom> = None;
        for (index, level) in self.levels.iter().enumerate() {
            let path = format!("{path}.levels[{index}]");
            level.check(&path, calibrated, below)?;
            if level.name.is_empty() || names.contains(&level.name.as_str()) {
                let problem = format!("`{}` is empty or used twice", level.name);
                return Err(wrong(&format!("{path}.name"), problem, "give each level a name of its own"));
            }
            names.push(&level.name);
            below = Some(level.from);
        }
        Ok(())
    }
}

impl MovementSettings {
    fn check(&self, path: &str) -> Result<(), AnalyseError> {
        let check =
            |name: &str, value: f64, range, fix: &str| in_range(&format!("{path}.{name}"), value, range, fix);
        check("min_persons", self.min_persons, 3.0..=1000.0, "use 5, for example: the rule is about crowds")?;
        check("min_speed_m_per_s", self.min_speed_m_per_s, 0.2..=10.0, "use 2, for example")?;
        check(
            "min_counter_flow_fraction",
            self.min_counter_flow_fraction,
            0.05..=1.0,
            "use 0.3, for example",
        )?;
        check("spreads_above_usual", self.spreads_above_usual, 1.0..=50.0, "use 4, for example")?;
        check("hold_secs", self.hold_secs, 0.5..=600.0, "use 2, for example")?;
        check("clear_secs", self.clear_secs, 0.5..=3600.0, "use 5, for example")?;
        check("learn_secs", self.learn_secs, 10.0..=900.0, "use 120, for example")
    }
}

impl LevelBoundary {
    fn check(&self, path: &str, calibrated: bool, below: Option<LevelFrom>) -> Result<(), AnalyseError> {
        let field = format!("{path}.{}", self.from.name());
        in_range(&field, self.from.value(), 0.001..=100_000.0, "use a positive number")?;
        if matches!(self.from, LevelFrom::PersonsPerM2(_)) && !calibrated {
            let fix = "add four or more point pairs to ground_plane, or use from_persons";
            return Err(wrong(&field, "needs a ground plane, found none".into(), fix));
        }
        let Some(below) = below else { return Ok(()) };
        if below.name() != self.from.name() {
            let problem = format!("the level below is given as {}", below.name());
            return Err(wrong(&field, problem, "give all levels of a zone in one unit"));
        }
        if self.from.value() <= below.value() {
            let problem =
                format!("`{}` is not above the level below, `{}`", self.from.value(), below.value());
            return Err(wrong(&field, problem, "list the levels in rising order"));
        }
        Ok(())
    }
}

fn in_range(
    field: &str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
    fix: &str,
) -> Result<(), AnalyseError> {
    if value.is_finite() && range.contains(&value) {
        return Ok(());
    }
    let problem = format!("expected a number from {} to {}, found `{value}`", range.start(), range.end());
    Err(wrong(field, problem, fix))
}

fn wrong(field: &str, problem: String, fix: &str) -> AnalyseError {
    AnalyseError::Settings { field: field.to_owned(), problem, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests;
