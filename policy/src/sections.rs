//! The tables of a policy file, as they are written. Every table refuses keys that it does not know.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::layers::{
    AggregationPatch, AggregationSection, CapturePatch, CaptureSection, RedactionPatch, RedactionSection,
    RetentionPatch, RetentionSection,
};
use crate::order::{Allow, AtLeast, AtMost, Finite, Forbid, choice};
use crate::schedule::Window;
use crate::version::Version;
use crate::when::When;

choice!(
    /// Under which law. One per file, process and key.
    Regime {
        /// Regulation (EU) 2016/679.
        Gdpr = "gdpr",
        /// Directive (EU) 2016/680.
        Led = "led",
    }
);
choice!(
    /// Under which law a recipient works.
    RecipientRegime {
        /// Regulation (EU) 2016/679.
        Gdpr = "gdpr",
        /// Directive (EU) 2016/680.
        Led = "led",
        /// Open data.
        Public = "public",
    }
);
choice!(
    /// Where in its life a policy is. Only `active` lets anything out.
    Status {
        /// Being written.
        Draft = "draft",
        /// In force.
        Active = "active",
        /// Stopped for the time being.
        Suspended = "suspended",
        /// Over.
        Retired = "retired",
    }
);
choice!(
    /// The risk that an impact assessment leaves.
    Risk {
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
    }
);
choice!(
    /// Every field that an event can have. There is no other, and no wildcard.
    EventField {
        /// The same in all events of one alert.
        AlertId = "alert_id",
        /// The site.
        Site = "site",
        /// The camera.
        Camera = "camera",
        /// The zone.
        Zone = "zone",
        /// The square metre on the ground.
        GridCell = "grid_cell",
        /// When, at `precision.time`.
        Time = "time",
        /// When, at the bin of `[aggregation]`.
        TimeBin = "time_bin",
        /// When the object was put down, at `precision.time`.
        TimeFirstSeen = "time_first_seen",
        /// How long, as a band.
        DwellBand = "dwell_band",
        /// The kind of road user.
        Kind = "kind",
        /// What the object looks like.
        ObjectKind = "object_kind",
        /// The crowd level.
        Level = "level",
        /// The crowd level before.
        PreviousLevel = "previous_level",
        /// How many people, suppressed and rounded.
        CountRounded = "count_rounded",
        /// People per square metre, as coarsely as `count_rounded`.
        PersonsPerM2 = "persons_per_m2",
        /// How sure.
        ConfidenceBand = "confidence_band",
        /// Whether the rule could see well enough.
        Validity = "validity",
        /// The conditions that held.
        Explanation = "explanation",
        /// A redacted still may be asked for.
        StillRef = "still_ref",
        /// The models.
        ModelId = "model_id",
        /// The policy.
        PolicyDigest = "policy_digest",
        /// The state of a camera.
        HealthCode = "health_code",
        /// How often masking failed or withheld.
        RedactionCounters = "redaction_counters",
        /// What the review found.
        ReviewOutcome = "review_outcome",
        /// The role of the reviewer.
        ReviewerRole = "reviewer_role",
        /// How long the review took.
        ReviewSeconds = "review_seconds",
    }
);
choice!(
    /// How true an event claims to be. There is deliberately no `fact`.
    Epistemic {
        /// A machine only assesses.
        Assessment = "assessment",
    }
);
choice!(
    /// How an event relates to persons.
    Identifiable {
        /// As personal data.
        TreatedAsPersonal = "treated-as-personal",
        /// As a statistic.
        Aggregate = "aggregate",
    }
);
choice!(
    /// Which pictures go with an event.
    Imagery {
        /// None.
        None = "none",
        /// A redacted still.
        RedactedStill = "redacted_still",
    }
);
choice!(
    /// When a person must look at an event.
    HumanReview {
        /// Never: it calls for nothing.
        NotApplicable = "not-applicable",
        /// Before anybody acts.
        BeforeAction = "before-action",
        /// Before it leaves the control room.
        BeforeTransmission = "before-transmission",
        /// It is the outcome of a review.
        Done = "done",
    }
);
choice!(
    /// Which limit of `[retention]` an event is under.
    RetentionClass {
        /// Events.
        Event = "event",
        /// Alerts that nobody reviewed.
        EventUnconfirmed = "event_unconfirmed",
        /// Alerts that a person confirmed.
        EventConfirmed = "event_confirmed",
        /// Statistics.
        Statistic = "statistic",
    }
);
choice!(ordered
    /// How exactly a place is told.
    LocationPrecision {
        /// The zone.
        Zone = "zone",
        /// A square metre.
        Grid1m = "grid-1m",
        /// A box in the picture.
        Box = "box",
    }
);
choice!(ordered
    /// Which boxes are told. Boxes of people cannot be written.
    BoxPrecision {
        /// None.
        None = "none",
        /// That of the thing.
        ObjectOnly = "object-only",
    }
);
choice!(
    /// Who decides. There is deliberately no `automatic`.
    Decision {
        /// A person alone.
        HumanOnly = "human-only",
        /// A person confirms.
        HumanConfirms = "human-confirms",
    }
);
choice!(
    /// Whether people are labelled.
    AssignToIndividuals {
        /// Never.
        Never = "never",
    }
);
choice!(
    /// What becomes of a trial's output.
    SandboxOutput {
        /// Nobody acts on it.
        Shadow = "shadow",
    }
);
choice!(
    /// What a zone is for.
    ZoneKind {
        /// People are counted.
        Count = "count",
        /// Objects are watched for.
        Watch = "watch",
        /// Always masked.
        PrivateMask = "private_mask",
        /// Never alerted on.
        NoAlert = "no_alert",
    }
);

macro_rules! table {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }
    };
}

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
        /// The country packs that it was checked against.
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
        competent_authority: bool,
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
        specifies: Allow<String>,
        /// Why it is needed.
        necessity: String,
        /// What else was tried.
        alternatives: Vec<String>,
        /// Data of GDPR Art 9 / LED Art 10.
        special_categories: String,
        /// Data of GDPR Art 10.
        offence_data: String,
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
        actuates_traffic_control: bool,
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
        assign_to_individuals: AssignToIndividuals,
        /// Whether vulnerable people are among them.
        vulnerable: bool,
        /// Whether it is systematic.
        systematic_monitoring: bool,
        /// Whether it is on a large scale.
        large_scale: bool,
    }
);
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
        epistemic: Epistemic,
        /// How it relates to persons.
        identifiable: Identifiable,
        /// Which pictures go with it.
        imagery: Imagery,
        /// When a person must look at it.
        human_review: HumanReview,
        /// How long it is kept.
        retention: RetentionClass,
    }
);
table!(
    /// `[precision]`.
    Precision {
        /// Of places.
        location: LocationPrecision,
        /// Of times.
        time: AtLeast<PolicyDuration>,
        /// Of boxes.
        #[serde(rename = "box")] boxes: BoxPrecision,
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
        purposes: Allow<String>,
        /// Which events.
        events: Allow<String>,
        /// Which fields of them.
        fields: Allow<EventField>,
        /// Whether redacted pictures too.
        imagery: bool,
        /// Whether the log too.
        #[serde(default)] audit_log: bool,
        /// How old at most.
        max_age: AtMost<PolicyDuration>,
        /// Whether it may be taken out.
        export: bool,
        /// With what justification.
        justification: Option<String>,
        /// Under which law, where it crosses regimes.
        disclosure: Option<Disclosure>,
        /// Where.
        location: String,
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
table!(
    /// `[human_oversight]`.
    HumanOversight {
        /// Who decides.
        decision: Decision,
        /// What happens by itself; must be empty.
        automatic_actions: Vec<String>,
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
        restriction_law: String,
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
        contains_public_personal_data: bool,
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
