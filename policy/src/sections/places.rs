//! Sites and cameras, and trials on them.

use serde::Deserialize;

use crate::layers::{AggregationPatch, CapturePatch, RedactionPatch, RetentionPatch};
use crate::order::{Allow, Finite};
use crate::schedule::Window;
use crate::sections::choices::{SandboxOutput, ZoneKind};
use crate::sections::table;
use crate::when::When;

table!(
    /// `[site.NAME]`. It may only tighten the city.
    Site {
        /// In plain words.
        name: String,
        /// When it may be analysed; no window is never.
        #[serde(default)] schedule: Vec<Window>,
        /// Places in view that deserve care.
        #[serde(default)] sensitive_places: Vec<SensitivePlace>,
        /// Tightened.
        #[serde(default)] capture: CapturePatch,
        /// Tightened.
        #[serde(default)] aggregation: AggregationPatch,
        /// Tightened.
        #[serde(default)] redaction: RedactionPatch,
        /// Tightened.
        #[serde(default)] retention: RetentionPatch,
    }
);
table!(
    /// `site.sensitive_places`.
    SensitivePlace {
        /// What kind.
        kind: String,
        /// In plain words.
        name: String,
        /// What is done about it.
        handling: String,
    }
);
table!(
    /// `[camera.NAME]`. It may only tighten its site.
    Camera {
        /// On which site.
        site: String,
        /// What for.
        #[serde(default)] purposes: Allow<String>,
        /// With which models.
        #[serde(default)] models: Vec<String>,
        /// Whether dwellings are in view.
        views_dwelling: bool,
        /// Where it hangs.
        mount: String,
        /// Its zones.
        #[serde(default)] zone: Vec<Zone>,
        /// Tightened.
        #[serde(default)] capture: CapturePatch,
        /// Tightened.
        #[serde(default)] aggregation: AggregationPatch,
        /// Tightened.
        #[serde(default)] redaction: RedactionPatch,
        /// Tightened.
        #[serde(default)] retention: RetentionPatch,
    }
);
table!(
    /// `camera.zone`.
    Zone {
        /// Its name.
        id: String,
        /// What it is for.
        kind: ZoneKind,
        /// Its corners, as fractions of the picture.
        polygon: Vec<[Finite; 2]>,
        /// Why.
        reason: Option<String>,
    }
);
table!(
    /// `[[sandbox]]`: a trial that ends by itself.
    Sandbox {
        /// Its name.
        id: String,
        /// What is tried.
        analytics: Allow<String>,
        /// Where.
        cameras: Vec<String>,
        /// From when.
        from: When,
        /// Until when.
        until: When,
        /// What becomes of its output.
        output: SandboxOutput,
        /// What would count as success.
        success: String,
        /// When that is judged.
        evaluation_due: When,
        /// What becomes of it then.
        on_expiry: String,
        /// Where it is assessed.
        dpia_annex: String,
    }
);
