//! The four tables that a site and a camera may tighten: capture, aggregation, redaction, retention.
//!
//! Each exists three times: as the file's section, where every field may be missing; as the patch of a site or
//! camera, which has the fields with a direction only; and resolved, where a missing field has become the
//! strictest value *before* anything is met with it.

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::order::{
    Allow, AtLeast, AtMost, Direction, Finite, Forbid, PrivacyOrder, PrivateWhenOff, PrivateWhenOn,
    Strictest, choice,
};
use crate::when::When;

choice!(ordered
    /// Whether the camera can be turned.
    Ptz {
        /// It cannot.
        Locked = "locked",
        /// Only between fixed views.
        Presets = "presets",
        /// Freely.
        Free = "free",
    }
);
choice!(ordered
    /// Where raw frames may be.
    RawStore {
        /// In memory only.
        Ram = "ram",
        /// On a disk.
        Disk = "disk",
    }
);
choice!(ordered
    /// Which redacted pictures may leave the box.
    Egress {
        /// None.
        None = "none",
        /// A still, to align the camera.
        MaintenanceStill = "maintenance-still",
        /// A still of an alert, on request.
        AlertStill = "alert-still",
        /// A live stream.
        Live = "live",
    }
);
choice!(ordered
    /// How a region is masked. There is deliberately no `blur`, `pixelate` or mosaic: they can be undone.
    Method {
        /// One colour.
        SolidFill = "solid_fill",
        /// Looks like a blur, built only of pixels outside the mask.
        SurroundBlur = "surround_blur",
    }
);
choice!(ordered
    /// What happens when masking cannot be relied on. There is deliberately no `pass`.
    OnFailure {
        /// The camera stops.
        StopCamera = "stop_camera",
        /// Pictures stop.
        StopStream = "stop_stream",
        /// The picture is dropped.
        DropFrame = "drop_frame",
    }
);
choice!(
    /// What must be masked.
    Target {
        /// Whole persons.
        Person = "person",
        /// Heads.
        Head = "head",
        /// Faces.
        Face = "face",
        /// Number plates.
        Plate = "plate",
    }
);
choice!(
    /// What happens to regions that move and that nothing classified.
    UnknownMotion {
        /// They are masked.
        Mask = "mask",
    }
);
choice!(
    /// Which counts are suppressed.
    Suppress {
        /// Those under `min_group`.
        BelowMinGroup = "below-min-group",
    }
);
choice!(
    /// Whether counting zones may overlap.
    ZoneOverlap {
        /// They may not: A minus B would reveal a few people.
        Forbidden = "forbidden",
    }
);
choice!(
    /// How data goes at the end of its time.
    OnExpiry {
        /// Its key is destroyed.
        CryptoShred = "crypto-shred",
        /// It is deleted and looked for afterwards.
        DeleteVerify = "delete-verify",
    }
);

impl Strictest for Forbid<Target> {
    fn strictest() -> Self {
        Self(Target::ALL.iter().copied().collect())
    }
}

/// A field of a site or camera that is less private than what it inherits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loosening {
    /// The field, within its table.
    pub field: &'static str,
    /// What is inherited.
    pub parent: String,
    /// What was written.
    pub child: String,
}

/// One table with its section, its patch, the strictest defaults and the rule "a child may only tighten".
macro_rules! layered {
    (
        $(#[$doc:meta])*
        $name:ident, $section:ident, $patch:ident {
            $($(#[$fdoc:meta])* $field:ident : $type:ty),+ $(,)?
        } once { $($(#[$odoc:meta])* $once:ident : $otype:ty),* $(,)? }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name { $($(#[$fdoc])* pub $field: $type),+ }

        $crate::outline::outlined!($name { $($field),+ });
        $crate::outline::outlined!($section { $($field,)+ $($once),* });

        impl $crate::outline::Outline for $patch {
            /// What is not written is inherited, and so is nothing here.
            fn outline(&self) -> $crate::outline::Node {
                use $crate::outline::{Node, Outline};
                Node::Table(vec![
                    $((stringify!($field), self.$field.as_ref().map_or(Node::Nothing, Outline::outline))),+
                ])
            }
        }

        /// The table at the top of the file.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $section {
            $($(#[$fdoc])* pub $field: Option<$type>,)+
            $($(#[$odoc])* pub $once: Option<$otype>,)*
        }

        /// What a site or a camera says about it.
        #[derive(Debug, Clone, PartialEq, Default, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $patch { $($(#[$fdoc])* pub $field: Option<$type>),+ }

        impl $section {
            /// Every field, the strictest value where nothing is written.
            pub fn filled(&self) -> $name {
                $name { $($field: self.$field.clone().unwrap_or_else(<$type as Strictest>::strictest)),+ }
            }
        }

        impl $name {
            /// Meets the patch of a child. Fields that would loosen are reported, and the parent's value stays.
            #[must_use]
            pub fn tightened(&self, patch: &$patch) -> (Self, Vec<Loosening>) {
                let mut loosened = Vec::new();
                $(let $field = tighten_field(stringify!($field), &self.$field, patch.$field.as_ref(), &mut loosened);)+
                (Self { $($field),+ }, loosened)
            }
        }
    };
}

fn tighten_field<T: PrivacyOrder + Clone>(
    field: &'static str,
    parent: &T,
    child: Option<&T>,
    loosened: &mut Vec<Loosening>,
) -> T {
    let Some(child) = child else { return parent.clone() };
    if matches!(parent.direction(child), Direction::LessPrivate | Direction::Judgement) {
        loosened.push(Loosening { field, parent: parent.words(), child: child.words() });
    }
    parent.meet(child)
}

layered!(
    /// What the camera may take in.
    Capture, CaptureSection, CapturePatch {
        /// Sound.
        audio: PrivateWhenOff,
        /// Turning.
        ptz: Ptz,
        /// Zooming into the picture.
        digital_zoom: PrivateWhenOff,
        /// Pixels per metre at the person.
        max_px_per_m: AtMost<u32>,
        /// Frames a second.
        max_fps: AtMost<u32>,
        /// Where raw frames may be.
        raw_store: RawStore,
        /// How long they may be there.
        raw_lifetime: AtMost<PolicyDuration>,
        /// Filming in secret.
        covert: PrivateWhenOff,
    } once {}
);

layered!(
    /// How coarsely people are counted.
    Aggregation, AggregationSection, AggregationPatch {
        /// Smaller groups are not told.
        min_group: AtLeast<u32>,
        /// Counts are rounded to multiples of this.
        round_to: AtLeast<u32>,
        /// Times of statistics are rounded to this.
        time_bin: AtLeast<PolicyDuration>,
        /// The crowd levels that may be told at once.
        live_levels: Allow<String>,
        /// Times of crowd levels are rounded to this.
        live_bin: AtLeast<PolicyDuration>,
        /// Following flows from camera to camera.
        cross_camera_linking: PrivateWhenOff,
        /// Open data waits for this long.
        public_delay: AtLeast<PolicyDuration>,
        /// The privacy budget of open data.
        dp_epsilon_per_day: AtMost<Finite>,
    } once {
        /// Which counts are suppressed.
        suppress: Suppress,
        /// Whether counting zones may overlap.
        overlap_of_zones: ZoneOverlap,
    }
);

layered!(
    /// How pictures are masked, and which may leave.
    Redaction, RedactionSection, RedactionPatch {
        /// Which redacted pictures may leave.
        imagery_egress: Egress,
        /// What is masked.
        targets: Forbid<Target>,
        /// How.
        method: Method,
        /// By how much a mask is grown, as a fraction of its side.
        margin: AtLeast<Finite>,
        /// From which score of the detector on.
        min_confidence: AtMost<Finite>,
        /// For how many frames after.
        hold_frames: AtLeast<u32>,
        /// For how many frames before.
        lookahead_frames: AtLeast<u32>,
        /// When the detector fails.
        on_detector_failure: OnFailure,
        /// When it cannot keep up.
        on_overload: OnFailure,
        /// When it is too dark.
        on_low_light: OnFailure,
        /// How old a detection may be.
        max_detector_age: AtMost<PolicyDuration>,
        /// How often a synthetic face must be found.
        canary_interval: AtMost<PolicyDuration>,
        /// When it is not found.
        canary_action: OnFailure,
        /// No EXIF, place or serial numbers in pictures.
        metadata_strip: PrivateWhenOn,
    } once {
        /// Regions that move and that nothing classified.
        unknown_motion: UnknownMotion,
        /// What an evaluation measured; absent: there is none.
        measured: Measured,
    }
);

layered!(
    /// How long what is kept.
    Retention, RetentionSection, RetentionPatch {
        /// Raw video.
        raw_video: AtMost<PolicyDuration>,
        /// Redacted stills.
        redacted_still: AtMost<PolicyDuration>,
        /// Events.
        event: AtMost<PolicyDuration>,
        /// Alerts that nobody reviewed.
        event_unconfirmed: AtMost<PolicyDuration>,
        /// Alerts that a person confirmed.
        event_confirmed: AtMost<PolicyDuration>,
        /// Statistics.
        statistic: AtMost<PolicyDuration>,
        /// The log of accesses.
        audit_log: AtLeast<PolicyDuration>,
        /// Requests of data subjects.
        dsr_file: AtMost<PolicyDuration>,
        /// Reviews of the need.
        review_every: AtMost<PolicyDuration>,
    } once {
        /// How data goes.
        on_expiry: OnExpiry,
        /// When data may stay longer.
        legal_hold: String,
        /// What access to older data needs.
        access_gate: Vec<AccessGate>,
    }
);

/// What an evaluation of the masking measured. It comes from a report, never from a wish.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Share of heads masked.
    pub recall_head: Finite,
    /// Share of plates masked.
    pub recall_plate: Finite,
    /// The same in the group that fares worst.
    pub worst_subgroup_recall: Finite,
    /// How many were looked at.
    pub sample: u32,
    /// On what data.
    pub dataset: String,
    /// When.
    pub date: When,
    /// The report.
    pub report_sha256: String,
}
crate::outline::outlined!(Measured {
    recall_head,
    recall_plate,
    worst_subgroup_recall,
    sample,
    dataset,
    date,
    report_sha256
});

/// What access to data needs after a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AccessGate {
    /// After this long.
    pub after: PolicyDuration,
    /// This is needed.
    pub requires: String,
}

impl AccessGate {
    /// In words.
    pub(crate) fn words(&self) -> String {
        format!("after {}: {}", self.after, self.requires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_is_the_strictest() {
        let aggregation = AggregationSection::default().filled();
        assert_eq!(aggregation.min_group, AtLeast(u32::MAX));
        assert!(aggregation.live_levels.0.is_empty());
        let redaction = RedactionSection::default().filled();
        assert_eq!(redaction.imagery_egress, Egress::None);
        assert_eq!(redaction.targets.0.len(), Target::ALL.len());
        assert_eq!(redaction.on_overload, OnFailure::StopCamera);
        assert_eq!(RetentionSection::default().filled().event, AtMost(PolicyDuration::ZERO));
        assert_eq!(CaptureSection::default().filled().audio, PrivateWhenOff(false));
    }

    #[test]
    fn a_child_may_only_tighten() {
        let city = AggregationSection { min_group: Some(AtLeast(10)), ..Default::default() }.filled();
        let patch = |n| AggregationPatch { min_group: Some(AtLeast(n)), ..Default::default() };
        let (site, loosened) = city.tightened(&patch(15));
        assert_eq!((site.min_group, loosened), (AtLeast(15), vec![]));
        let (site, loosened) = city.tightened(&patch(5));
        assert_eq!(site.min_group, AtLeast(10));
        let expected = Loosening { field: "min_group", parent: "10".to_owned(), child: "5".to_owned() };
        assert_eq!(loosened, vec![expected]);
    }

    #[test]
    fn a_child_cannot_grant_what_the_city_does_not_mention() {
        let city = RetentionSection::default().filled();
        let patch =
            RetentionPatch { event: Some(AtMost(PolicyDuration::from_secs(1))), ..RetentionPatch::default() };
        let (site, loosened) = city.tightened(&patch);
        assert_eq!(site.event, AtMost(PolicyDuration::ZERO));
        assert_eq!(loosened.len(), 1);
    }
}
