//! The closed choices of the tables. What is not among them cannot be written.

use crate::order::choice;

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
        /// In which way a crowd moves unusually.
        Movement = "movement",
        /// Where a crowd goes in the picture, as one of eight sectors.
        DirectionSector = "direction_sector",
        /// How fast a crowd moves, as a band.
        SpeedBand = "speed_band",
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

/// What stands where nothing is written: the strictest.
macro_rules! unwritten {
    ($($name:ident => $choice:ident),+ $(,)?) => {
        $(impl Default for $name {
            fn default() -> Self {
                Self::$choice
            }
        })+
    };
}
unwritten!(
    Epistemic => Assessment,
    Identifiable => TreatedAsPersonal,
    Imagery => None,
    HumanReview => BeforeTransmission,
    Decision => HumanOnly,
    AssignToIndividuals => Never,
);
