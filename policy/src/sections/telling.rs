//! What may be computed and told, and to whom.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::duration::PolicyDuration;
use crate::order::{Allow, AtLeast, AtMost, Finite, Forbid};
use crate::outline::Kind;
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
        /// What it is for: a task, or a list of them.
        task: Tasks,
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
/// The tasks that one model serves: a text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tasks(BTreeSet<String>);

impl Tasks {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether this is one of them.
    pub fn contains(&self, task: &str) -> bool {
        self.0.contains(task)
    }

    /// Whether this is the only one.
    pub fn is_only(&self, task: &str) -> bool {
        self.0.len() == 1 && self.contains(task)
    }

    /// One is a text, however it is written.
    pub(crate) fn kind(&self) -> Kind {
        match (self.0.first(), self.0.len()) {
            (Some(only), 1) => Kind::Text(only.clone()),
            _ => Kind::set(&self.0),
        }
    }
}

impl fmt::Display for Tasks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.iter().collect::<Vec<_>>().join(", "))
    }
}

impl<'de> Deserialize<'de> for Tasks {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TaskVisitor)
    }
}

struct TaskVisitor;

impl<'de> Visitor<'de> for TaskVisitor {
    type Value = Tasks;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a task, or a list of them; write for example `\"crowd_density\"`")
    }

    fn visit_str<E: de::Error>(self, task: &str) -> Result<Tasks, E> {
        Ok(Tasks(BTreeSet::from([task.to_owned()])))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tasks, A::Error> {
        let mut tasks = BTreeSet::new();
        while let Some(task) = seq.next_element::<String>()? {
            if !tasks.insert(task) {
                return Err(de::Error::custom("expected each task once; delete the second"));
            }
        }
        if tasks.is_empty() {
            return Err(de::Error::invalid_length(0, &self));
        }
        Ok(Tasks(tasks))
    }
}

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
