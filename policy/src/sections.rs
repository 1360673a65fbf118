//! The tables of a policy file, as they are written. Every table refuses keys that it does not know.

mod choices;
mod duties;
mod legal;
mod places;
mod telling;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::layers::{AggregationSection, CaptureSection, RedactionSection, RetentionSection};

pub use choices::{
    AssignToIndividuals, BoxPrecision, Decision, Epistemic, EventField, HumanReview, Identifiable, Imagery,
    LocationPrecision, RecipientRegime, Regime, RetentionClass, Risk, SandboxOutput, Status, ZoneKind,
};
pub use duties::{
    Approver, BiasControl, Breach, ChangeControl, HumanOversight, Integrity, Logging, Notice, Objection,
    Rights, Security, Waiver,
};
pub use legal::{
    AiAct, Authorisation, Controller, DataSubjects, Dpia, Fria, Identity, Legal, PriorConsultation,
    Processor, Purpose, Supersedes, Supervision,
};
pub use places::{Camera, Sandbox, SensitivePlace, Site, Zone};
pub use telling::{Analytics, Disclosure, Evaluation, EventClass, Model, Precision, Recipient, Tasks};

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }

        $crate::outline::outlined!($name { $($field),+ });
    };
}
use table;

table!(
    /// A whole file: the city at the top, its sites and cameras below.
    Document {
        /// `cctv-policy/1`.
        schema: String,
        /// Name, version and dates.
        policy: Identity,
        /// Who answers for it.
        controller: Controller,
        /// Who works for the controller.
        #[serde(default)] processor: Vec<Processor>,
        /// The authority and the impact assessment.
        supervision: Option<Supervision>,
        /// The legal basis.
        legal: Legal,
        /// What for.
        purpose: Vec<Purpose>,
        /// Under Regulation (EU) 2024/1689.
        ai_act: Option<AiAct>,
        /// Whom it concerns.
        data_subjects: Option<DataSubjects>,
        /// What cameras may take in.
        #[serde(default)] capture: CaptureSection,
        /// What may be computed.
        analytics: Analytics,
        /// With which models.
        #[serde(default)] model: Vec<Model>,
        /// What may be told.
        event: Vec<EventClass>,
        /// How coarsely people are counted.
        #[serde(default)] aggregation: AggregationSection,
        /// How exactly places and times are told.
        precision: Precision,
        /// How pictures are masked.
        #[serde(default)] redaction: RedactionSection,
        /// How long what is kept.
        #[serde(default)] retention: RetentionSection,
        /// Who may read what.
        #[serde(default)] recipient: Vec<Recipient>,
        /// Who decides.
        human_oversight: Option<HumanOversight>,
        /// The rights of those concerned.
        rights: Option<Rights>,
        /// The signs.
        notice: Option<Notice>,
        /// The log.
        logging: Option<Logging>,
        /// The box.
        security: Option<Security>,
        /// When something goes wrong.
        breach: Option<Breach>,
        /// Who may change this file.
        change_control: ChangeControl,
        /// Trials.
        #[serde(default)] sandbox: Vec<Sandbox>,
        /// Rules that were waived.
        #[serde(default)] waiver: Vec<Waiver>,
        /// The sites.
        #[serde(default)] site: BTreeMap<String, Site>,
        /// The cameras.
        #[serde(default)] camera: BTreeMap<String, Camera>,
    }
);
