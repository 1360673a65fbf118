//! What may be computed and told, and to whom.

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::order::{Allow, AtLeast, AtMost, Finite, Forbid};
use crate::sections::choices::{
    BoxPrecision, Epistemic, EventField, HumanReview, Identifiable, Imagery, LocationPrecision,
    RecipientRegime, RetentionClass,
};
use crate::sections::table;
use crate::when::When;

table!(
    /// `[analytics]`. What is not allowed is forbidden.
    Analytics {
        /// What may be computed.
        allow: Allow<String>,
        /// What may not, in any case.
        forbid: Forbid<String>,
    }
);
table!(
    /// `[[model]]`.
    Model {
        /// Its name in this file.
        id: String,
        /// What it is for.
        task: String,
        /// The digest of its file.
        sha256: String,
        /// Who signed it.
        signed_by: String,
        /// What it puts out.
        outputs: Vec<String>,
        /// Whether it puts out something that tells people apart.
        identity_embedding: bool,
        /// What an evaluation measured; absent: there is none.
        evaluation: Option<Evaluation>,
    }
);
table!(
    /// `model.evaluation`.
    Evaluation {
        /// The report.
        report_sha256: String,
        /// When.
        date: When,
        /// Mean absolute error, relative.
        mae_rel: Option<Finite>,
        /// False alarms per camera and day.
        false_alarms_per_camera_day: Option<Finite>,
        /// Which groups were looked at.
        #[serde(default)] subgroups: Vec<String>,
    }
);
table!(
    /// `[[event]]`: one class of event, and all that it may tell.
    EventClass {
        /// Which class.
        class: String,
        /// What for.
        purpose: String,
        /// The fields; there are no others.
        fields: Allow<EventField>,
        /// How true it claims to be.
        #[serde(default)] epistemic: Epistemic,
        /// How it relates to persons.
        #[serde(default)] identifiable: Identifiable,
        /// Which pictures go with it.
        #[serde(default)] imagery: Imagery,
        /// When a person must look at it.
        #[serde(default)] human_review: HumanReview,
        /// How long it is kept.
        retention: RetentionClass,
    }
);
table!(
    /// `[precision]`.
    Precision {
        /// Of places.
        #[serde(default)] location: LocationPrecision,
        /// Of times.
        time: AtLeast<PolicyDuration>,
        /// Of boxes.
        #[serde(default, rename = "box")] boxes: BoxPrecision,
    }
);
table!(
    /// `[[recipient]]`.
    Recipient {
        /// The role.
        role: String,
        /// Of which organisation.
        organisation: String,
        /// Under which law.
        regime: RecipientRegime,
        /// Which processor it is.
        processor: Option<String>,
        /// What for.
        #[serde(default)] purposes: Allow<String>,
        /// Which events.
        #[serde(default)] events: Allow<String>,
        /// Which fields of them.
        #[serde(default)] fields: Allow<EventField>,
        /// Whether redacted pictures too.
        #[serde(default)] imagery: bool,
        /// Whether the log too.
        #[serde(default)] audit_log: bool,
        /// How old at most.
        max_age: AtMost<PolicyDuration>,
        /// Whether it may be taken out.
        #[serde(default)] export: bool,
        /// With what justification.
        justification: Option<String>,
        /// Under which law, where it crosses regimes.
        disclosure: Option<Disclosure>,
        /// Where.
        location: String,
        /// What allows the transfer, where that is outside the EEA.
        transfer: Option<String>,
    }
);
table!(
    /// `recipient.disclosure`.
    Disclosure {
        /// The law.
        law: String,
        /// What is disclosed.
        data: String,
        /// Whether it is logged.
        logged: bool,
    }
);
