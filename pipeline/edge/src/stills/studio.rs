//! The models of redaction: opened when the first camera may keep a still, and not before.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use velum_gate::{RedactionTerms, Withheld};
use velum_models::{Catalogue, Detect, Detector, DetectorOptions, Manifest, ModelError, Presence, Task};
use velum_redaction::{
    Finder, Method, PersonCover, PlateCover, RedactionError, Redactor, RedactorParts, Settings,
    SettingsDraft, VERIFY_SCORE_MIN, Verifier,
};
use velum_vocab::{Clock, Digest, ObjectClass, Timestamp};

use crate::config::{LimitSettings, ModelSettings, VerifierChoice};
use crate::detectors::{EMBEDDED, load_runtime, model_folders};

/// A redactor that could not be opened is tried again after this time.
pub(super) const TRY_AGAIN: Duration = Duration::from_secs(60);
/// Redaction takes none that is longer.
const LONGEST_RAW_LIFETIME: Duration = Duration::from_secs(10);
const LONGEST_DETECTOR_AGE: Duration = Duration::from_secs(60);
const LONGEST_CANARY_INTERVAL: Duration = Duration::from_secs(24 * 3_600);

/// Why no pictures can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The policy asks for none, or for what cannot be done.
    #[error("{0}")]
    Policy(Withheld),
    /// There is no model to verify with.
    #[error(
        "no verifier of another family than `{0}` is here; run `make setup`, or `velum-edge models fetch yunet`"
    )]
    NoVerifier(String),
    /// The configuration switches them off.
    #[error("`stills.verifier` is `none`; delete the line to choose one")]
    SwitchedOff,
    /// A model cannot be opened.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The models do not fit together, or the policy's values cannot be met.
    #[error(transparent)]
    Redaction(#[from] RedactionError),
    /// It failed a moment ago.
    #[error("{0}")]
    AsBefore(String),
}

impl Refusal {
    /// Whether it may be otherwise in a moment, without another policy or configuration.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Model(_) | Self::NoVerifier(_) | Self::AsBefore(_))
    }

    /// The rule in counters and the log.
    pub(crate) fn rule(&self) -> &'static str {
        match self {
            Self::Policy(withheld) => withheld.rule(),
            Self::NoVerifier(_) | Self::SwitchedOff => "no_verifier",
            Self::Model(_) | Self::AsBefore(_) => "model",
            Self::Redaction(_) => "redaction_settings",
        }
    }
}

/// The detector whose detections are the sights.
#[derive(Clone)]
pub(crate) struct SightModel {
    /// As one that makes plans.
    pub(crate) finder: Arc<dyn Finder>,
    /// The sha256 of its file.
    pub(crate) digest: Digest,
    /// Its name in the catalogue.
    pub(crate) id: String,
}

impl SightModel {
    /// The detector that runs.
    pub(crate) fn of(detector: &Arc<Detector>) -> Self {
        let finder = Arc::clone(detector) as Arc<dyn Finder>;
        Self { finder, digest: detector.digest(), id: detector.manifest().id().to_owned() }
    }
}

/// Models that fit together.
#[derive(Clone)]
pub(crate) struct Team {
    /// Makes the pictures.
    pub(crate) redactor: Arc<Redactor>,
    /// What its plans cover.
    pub(crate) looked_for: Vec<ObjectClass>,
    /// Who takes part.
    pub(crate) models: Vec<Digest>,
}

enum Opened {
    Not,
    Team(Team),
    Failed { text: String, at: Timestamp },
}

/// Opens the models once.
pub(crate) struct Studio {
    models: ModelSettings,
    verifier: VerifierChoice,
    options: DetectorOptions,
    clock: Arc<dyn Clock>,
    opened: Mutex<Opened>,
}

impl Studio {
    /// Nothing is open yet.
    pub(crate) fn new(
        models: ModelSettings,
        verifier: VerifierChoice,
        limits: LimitSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let options =
            DetectorOptions { intra_threads: limits.inference_threads, ..DetectorOptions::default() };
        Self { models, verifier, options, clock, opened: Mutex::new(Opened::Not) }
    }

    /// With models of a test.
    #[cfg(test)]
    pub(crate) fn with(
        &self,
        sight: &SightModel,
        finder: (Arc<dyn Finder>, Digest),
        verifier: (Arc<dyn Verifier>, Digest),
    ) {
        *self.opened.lock() = Opened::Team(self.team(sight, vec![finder], verifier).unwrap());
    }

    /// The models; those of another detector than `sight` never take its place, since there is one for all.
    ///
    /// # Errors
    /// [`Refusal`]; it is tried again after a minute.
    pub(crate) fn open(&self, sight: &SightModel) -> Result<Team, Refusal> {
        let mut opened = self.opened.lock();
        let now = self.clock.now();
        match &*opened {
            Opened::Team(team) => return Ok(team.clone()),
            Opened::Failed { text, at } if *at <= now && now < at.plus(TRY_AGAIN) => {
                return Err(Refusal::AsBefore(text.clone()));
            }
            _ => {}
        }
        let team = self.load(sight);
        *opened = match &team {
            Ok(team) => Opened::Team(team.clone()),
            Err(refusal) => Opened::Failed { text: refusal.to_string(), at: now },
        };
        team
    }

    /// What makes the pictures, where the models are open.
    pub(crate) fn redactor(&self) -> Option<Arc<Redactor>> {
        // While models are opened, which may take minutes, nobody waits here.
        match &*self.opened.try_lock()? {
            Opened::Team(team) => Some(Arc::clone(&team.redactor)),
            _ => None,
        }
    }

    /// The digests of the models that are open; the verifier's is the last.
    pub(crate) fn digests(&self) -> Vec<Digest> {
        match &*self.opened.lock() {
            Opened::Team(team) => team.models.clone(),
            _ => Vec::new(),
        }
    }

    fn load(&self, sight: &SightModel) -> Result<Team, Refusal> {
        let catalogue = Catalogue::open(&model_folders(&self.models))?;
        let verifier_id = verifier_of(&catalogue, &self.verifier, &sight.id)?.id().to_owned();
        let runtime = load_runtime(&self.models)?;
        let open = |id: &str| -> Result<_, ModelError> {
            let detector = Detector::open(&runtime, &catalogue.load(id)?, self.options)?;
            let digest = detector.digest();
            tracing::info!(model = id, %digest, "redaction uses this detector");
            Ok((Arc::new(detector), digest))
        };
        let mut finders = Vec::new();
        if sight.id != EMBEDDED {
            let (own, digest) = open(EMBEDDED)?;
            finders.push((own as Arc<dyn Finder>, digest));
        }
        let (verifier, digest) = open(&verifier_id)?;
        self.team(sight, finders, (verifier, digest))
    }

    /// *Source* of this way to share them out: measured in `models/tests/redaction.rs`.
    fn team(
        &self,
        sight: &SightModel,
        finders: Vec<(Arc<dyn Finder>, Digest)>,
        (verifier, verifier_digest): (Arc<dyn Verifier>, Digest),
    ) -> Result<Team, Refusal> {
        let digests = finders.iter().map(|(_, digest)| *digest);
        let models = std::iter::once(sight.digest).chain(digests).chain([verifier_digest]).collect();
        let finders: Vec<_> = finders.into_iter().map(|(finder, _)| finder).collect();
        let also = finders.iter().flat_map(|finder| finder.finds());
        let looked_for = sight.finder.finds().into_iter().chain(also).collect();
        let clock = Arc::clone(&self.clock);
        let sight = Arc::clone(&sight.finder);
        let redactor = Redactor::new(RedactorParts { sight, finders, verifier, clock })?;
        Ok(Team { redactor: Arc::new(redactor), looked_for, models })
    }
}

/// The model that verifies what a plan of this detector's family left: of another family, and here.
///
/// # Errors
/// [`Refusal::NoVerifier`], [`Refusal::SwitchedOff`], or what the catalogue says.
pub(crate) fn verifier_of<'c>(
    catalogue: &'c Catalogue,
    choice: &VerifierChoice,
    sight: &str,
) -> Result<&'c Manifest, Refusal> {
    let family = catalogue.manifest(sight)?.head().family();
    // The embedded model always takes part in the plan.
    let planners = [family, catalogue.manifest(EMBEDDED)?.head().family()];
    let fits = |manifest: &Manifest| {
        manifest.task() != Task::Density && !planners.contains(&manifest.head().family())
    };
    let is_here = |id: &str| catalogue.presence(id).is_ok_and(|presence| presence != Presence::Absent);
    let refuse = || Refusal::NoVerifier(family.to_owned());
    match choice {
        VerifierChoice::None => Err(Refusal::SwitchedOff),
        VerifierChoice::Named(id) => {
            let manifest = catalogue.manifest(id)?;
            if fits(manifest) && is_here(id) { Ok(manifest) } else { Err(refuse()) }
        }
        VerifierChoice::Auto => {
            let mut all = catalogue.list().into_iter().map(|listing| listing.manifest.id().to_owned());
            let found = all.find(|id| is_here(id) && catalogue.manifest(id).is_ok_and(fits));
            Ok(catalogue.manifest(&found.ok_or_else(refuse)?)?)
        }
    }
}

/// The policy's terms as redaction takes them. Whole persons are covered, whatever the policy says.
///
/// # Errors
/// What the policy asks for and cannot be done, for example an endless hold where it says nothing.
pub(crate) fn settings_of(terms: RedactionTerms) -> Result<Settings, RedactionError> {
    Settings::new(SettingsDraft {
        margin_fraction: terms.margin_fraction as f32,
        max_fps: terms.max_fps,
        hold_frames: terms.hold_frames,
        lookahead_frames: terms.lookahead_frames,
        method: match terms.method {
            velum_policy::layers::Method::SolidFill => Method::SolidFill,
            velum_policy::layers::Method::SurroundBlur => Method::SurroundBlur,
        },
        persons: PersonCover::Whole,
        plates: if terms.masks_plates { PlateCover::Needed } else { PlateCover::AsFound },
        private_areas: terms.private_areas,
        score_min: terms.min_score as f32,
        verify_score_min: VERIFY_SCORE_MIN,
        raw_lifetime: terms.raw_lifetime.min(LONGEST_RAW_LIFETIME),
        max_detector_age: terms.max_detector_age.min(LONGEST_DETECTOR_AGE),
        canary_interval: terms.canary_interval.min(LONGEST_CANARY_INTERVAL),
    })
}
