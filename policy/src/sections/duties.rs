//! What the controller owes: oversight, rights, signs, logs, security, and how the file may change.

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::order::{Allow, AtLeast, AtMost, Finite};
use crate::sections::choices::Decision;
use crate::sections::table;
use crate::when::When;

table!(
    /// `[human_oversight]`.
    HumanOversight {
        /// Who decides.
        #[serde(default)] decision: Decision,
        /// What happens by itself; must be empty.
        #[serde(default)] automatic_actions: Vec<String>,
        /// Who may stop it.
        stop_authority: Vec<String>,
        /// How people are trained.
        training: String,
        /// When somebody is there.
        staffed: String,
        /// Until when a review must have happened.
        review_deadline: Option<PolicyDuration>,
        /// What becomes of the others.
        unreviewed: Option<String>,
        /// How many review.
        reviewers: Option<u32>,
        /// For what a second one is needed.
        #[serde(default)] second_reviewer_for: Vec<String>,
        /// Against automation bias.
        bias_control: BiasControl,
    }
);
table!(
    /// `human_oversight.bias_control`.
    BiasControl {
        /// Decoys per 1000 alerts.
        decoy_rate_per_1000: u32,
        /// Why so many.
        reason: Option<String>,
        /// Too few decoys caught.
        alarm_below_catch_rate: Option<Finite>,
        /// Decisions too quick.
        alarm_median_seconds_below: Option<u32>,
    }
);
table!(
    /// `[rights]`.
    Rights {
        /// Where to write.
        contact: String,
        /// In what ways.
        channels: Vec<String>,
        /// Until when an answer comes.
        deadline: AtMost<PolicyDuration>,
        /// What is needed to be recognised.
        identification: String,
        /// How to object.
        objection: Objection,
        /// The law that restricts rights.
        #[serde(default)] restriction_law: String,
        /// Who reads in one's stead.
        indirect_access_via: Option<String>,
        /// Where to complain.
        complaint_authority: String,
    }
);
table!(
    /// `rights.objection`.
    Objection {
        /// How.
        mechanism: String,
        /// Within which time.
        max: Option<PolicyDuration>,
        /// By whom.
        handled_by: Option<String>,
        /// Remarks.
        note: Option<String>,
        /// The law that excludes it.
        law: Option<String>,
    }
);
table!(
    /// `[notice]`.
    Notice {
        /// What the sign says.
        layer1_elements: Allow<String>,
        /// Where the rest is.
        layer2_url: String,
        /// In which languages.
        languages: Vec<String>,
        /// Whether with a QR code.
        qr: bool,
        /// Where the signs are.
        placement: String,
        /// When they were last looked at.
        last_checked: When,
        /// Where the system is registered.
        #[serde(default)] registers: Vec<String>,
    }
);
table!(
    /// `[logging]`.
    Logging {
        /// What is logged.
        operations: Allow<String>,
        /// With what.
        record: Allow<String>,
        /// How operators are named.
        operator_identity: String,
        /// How it is kept from being altered.
        integrity: Integrity,
        /// Whether it holds personal data of the public.
        #[serde(default)] contains_public_personal_data: bool,
        /// What it may be used for.
        uses: Allow<String>,
    }
);
table!(
    /// `logging.integrity`.
    Integrity {
        /// Whether it is chained.
        hash_chain: bool,
        /// Which tree.
        merkle: String,
        /// How often it is signed.
        checkpoint_every: AtMost<PolicyDuration>,
        /// How.
        signature: String,
        /// By whom it is witnessed.
        #[serde(default)] witnesses: Vec<String>,
    }
);
table!(
    /// `[security]`.
    Security {
        /// On the wire.
        transport: String,
        /// On the disk.
        disk: String,
        /// At the start.
        secure_boot: bool,
        /// Where keys are.
        key_store: String,
        /// Service ports.
        debug_ports: String,
        /// How it is updated.
        updates: String,
        /// Where time comes from.
        time: String,
        /// When it is opened.
        tamper: String,
    }
);
table!(
    /// `[breach]`.
    Breach {
        /// Whether there is a register.
        register: bool,
        /// Until when the controller knows.
        detect_to_controller: PolicyDuration,
        /// Until when the authority knows.
        authority_deadline: PolicyDuration,
        /// What to do.
        playbook: String,
    }
);
table!(
    /// `[change_control]`.
    ChangeControl {
        /// How many approvers must sign.
        quorum: AtLeast<u32>,
        /// Who they are.
        approver: Vec<Approver>,
        /// The data protection officer's key. It never counts.
        dpo_key: Option<String>,
        /// Must be false.
        #[serde(default)] dpo_counts_in_quorum: bool,
        /// How long a loosening waits.
        loosening_cooling_off: Option<AtLeast<PolicyDuration>>,
        /// Whether one approver may tighten alone.
        #[serde(default)] tighten_alone: bool,
    }
);
table!(
    /// `change_control.approver`.
    Approver {
        /// `ed25519:` and the public key in base64.
        key: String,
        /// The approver's role.
        role: String,
    }
);
table!(
    /// `[[waiver]]`.
    Waiver {
        /// Which rule.
        rule: String,
        /// Where.
        scope: String,
        /// Why.
        reason: String,
        /// By whom.
        approved_by: Vec<String>,
        /// Until when.
        expires: When,
    }
);
