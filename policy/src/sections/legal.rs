//! Who answers for it, under which law, and what for.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::baseline::BaselineName;
use crate::order::Allow;
use crate::sections::choices::{AssignToIndividuals, Regime, Risk, Status};
use crate::sections::table;
use crate::version::Version;
use crate::when::When;

table!(
    /// `[policy]`.
    Identity {
        /// The same in every version.
        id: String,
        /// Three numbers; only ever grows.
        version: Version,
        /// Where in its life it is.
        status: Status,
        /// Under which law.
        regime: Regime,
        /// ISO 3166 code.
        country: String,
        /// ISO 639 codes.
        languages: Vec<String>,
        /// From when it holds.
        effective_from: When,
        /// When its need must have been reviewed; after it the policy is suspended.
        review_by: When,
        /// When it ends by itself.
        expires: When,
        /// What holds where this file writes nothing; not written: the strictest.
        baseline: Option<BaselineName>,
        /// The country packs that it was checked against, for example `be@2026.11`.
        #[serde(default)] packs: Vec<String>,
        /// The version before.
        supersedes: Option<Supersedes>,
    }
);
table!(
    /// `policy.supersedes`.
    Supersedes {
        /// The version before.
        version: Version,
        /// Its digest.
        digest: String,
    }
);
table!(
    /// `[controller]`.
    Controller {
        /// Name.
        name: String,
        /// Whether it is a public authority.
        public_authority: bool,
        /// Whether it is a competent authority in the sense of LED Art 3(7).
        #[serde(default)] competent_authority: bool,
        /// Where to write.
        contact: String,
        /// The data protection officer.
        dpo_name: String,
        /// Where to write to the officer.
        dpo_contact: String,
    }
);
table!(
    /// `[[processor]]`.
    Processor {
        /// Name.
        name: String,
        /// What it does.
        role: String,
        /// Under which contract.
        contract: String,
        /// Since when.
        signed: When,
        /// Where.
        location: String,
        /// What allows the transfer, where that is outside the EEA.
        transfer: Option<String>,
        /// Who works for it.
        #[serde(default)] subprocessors: Vec<String>,
    }
);
table!(
    /// `[supervision]`.
    Supervision {
        /// The authority.
        authority: String,
        /// The impact assessment.
        dpia: Dpia,
        /// The consultation before.
        prior_consultation: Option<PriorConsultation>,
    }
);
table!(
    /// `[supervision.dpia]`.
    Dpia {
        /// Its reference.
        #[serde(rename = "ref")] reference: String,
        /// Its digest.
        sha256: String,
        /// When it was completed.
        completed: When,
        /// Which version of the policy it covers.
        covers_policy: String,
        /// What risk it leaves.
        residual_risk: Risk,
        /// What the officer advised; an advice, not an approval.
        dpo_advice: String,
        /// When it must be reviewed.
        review_by: When,
        /// What those concerned think.
        views_of_data_subjects: String,
    }
);
table!(
    /// `[supervision.prior_consultation]`.
    PriorConsultation {
        /// Whether it was needed.
        required: bool,
        /// Its reference.
        #[serde(rename = "ref")] reference: String,
        /// When.
        date: When,
        /// With what result.
        outcome: String,
        /// Which conditions are met.
        #[serde(default)] conditions_met: Vec<String>,
    }
);
table!(
    /// `[legal]`.
    Legal {
        /// The basis.
        basis: String,
        /// The law.
        instrument: String,
        /// Where to read it.
        instrument_url: String,
        /// When counsel confirmed it.
        confirmed_by_counsel: When,
        /// What the law specifies.
        #[serde(default)] specifies: Allow<String>,
        /// Why it is needed.
        necessity: String,
        /// What else was tried.
        alternatives: Vec<String>,
        /// Data of GDPR Art 9 / LED Art 10; not written: nobody said whether there are any.
        special_categories: Option<String>,
        /// Data of GDPR Art 10; not written: there may be none.
        offence_data: Option<String>,
        /// Who authorised it.
        authorisation: Authorisation,
    }
);
table!(
    /// `legal.authorisation`.
    Authorisation {
        /// What kind; `none-required` where the law asks for none.
        kind: String,
        /// Its reference.
        #[serde(rename = "ref")] reference: Option<String>,
        /// When it was given.
        date: Option<When>,
        /// Until when it holds.
        valid_until: Option<When>,
        /// Which analytics it covers.
        #[serde(default)] covers: Allow<String>,
        /// Why none is required.
        reason: Option<String>,
    }
);
table!(
    /// `[[purpose]]`.
    Purpose {
        /// Its name in this file.
        id: String,
        /// Its name in the Data Privacy Vocabulary.
        #[serde(default)] dpv: Vec<String>,
        /// In plain words, by language.
        text: BTreeMap<String, String>,
    }
);
table!(
    /// `[ai_act]`.
    AiAct {
        /// Provider or deployer.
        role: String,
        /// The point of Annex III, or `none`.
        annex_iii_point: String,
        /// Whether it is high-risk.
        high_risk: bool,
        /// Why.
        rationale: String,
        /// Whether it controls traffic.
        #[serde(default)] actuates_traffic_control: bool,
        /// When to look at it again.
        reassess_by: When,
        /// How people are taught.
        literacy: String,
        /// The assessment of Art 27.
        fria: Option<Fria>,
        /// The registration of Art 49.
        registration: Option<String>,
    }
);
table!(
    /// `ai_act.fria`.
    Fria {
        /// Whether there is one.
        done: bool,
        /// Its reference.
        #[serde(rename = "ref")] reference: String,
        /// Its digest.
        sha256: String,
    }
);
table!(
    /// `[data_subjects]`.
    DataSubjects {
        /// Who passes by.
        categories: Vec<String>,
        /// Whether people are labelled.
        #[serde(default)] assign_to_individuals: AssignToIndividuals,
        /// Whether vulnerable people are among them.
        #[serde(default = "assumed")] vulnerable: bool,
        /// Whether it is systematic.
        #[serde(default = "assumed")] systematic_monitoring: bool,
        /// Whether it is on a large scale.
        #[serde(default = "assumed")] large_scale: bool,
    }
);

/// What asks for more care is taken to be so, unless somebody wrote that it is not.
fn assumed() -> bool {
    true
}
