//! What a sign may say is *not* done, and what the policy must enforce before it may say so.
//!
//! The table is closed: a claim whose conditions do not all hold is not printed. It is tested from both sides.

use velum_policy::layers::{Egress, RawStore, Target};
use velum_policy::sections::Imagery;
use velum_policy::{PolicyDuration, tells_people_apart};

use super::known;
use super::practice::{Layers, Practice};
use super::texts::Texts;

/// A sentence, and what must hold.
pub(crate) struct Claim {
    /// Its name among the texts.
    pub(crate) id: &'static str,
    text: fn(&Texts) -> &String,
    /// `analytics.forbid` names all of them, and nothing allows or tries any.
    never: &'static [&'static str],
    needs: &'static [Need],
}

/// A condition, in words that go on "because it is not so that ...".
struct Need {
    what: &'static str,
    /// What there is instead, if only that something is; none where the condition holds.
    instead: fn(&Practice<'_>) -> Option<String>,
}

/// All that signs and notices ever deny.
pub(crate) const CLAIMS: [Claim; 12] = [
    Claim {
        id: "no_face_recognition",
        text: |texts| &texts.claim.no_face_recognition,
        never: &["face_recognition", "biometric_identification", "face_crop_export"],
        needs: &[NO_IDENTITY, KNOWN, KNOWN_MODELS],
    },
    Claim {
        id: "nobody_identified",
        text: |texts| &texts.claim.nobody_identified,
        never: &[
            "biometric_identification",
            "face_recognition",
            "gait_recognition",
            "person_reidentification",
            "licence_plate_recognition",
        ],
        needs: &[NO_IDENTITY, KNOWN, KNOWN_MODELS],
    },
    Claim {
        id: "nobody_followed",
        text: |texts| &texts.claim.nobody_followed,
        never: &["cross_camera_tracking", "person_reidentification"],
        needs: &[NO_IDENTITY, KNOWN, KNOWN_MODELS, NO_LINKING],
    },
    Claim {
        id: "no_number_plates",
        text: |texts| &texts.claim.no_number_plates,
        never: &["licence_plate_recognition"],
        needs: &[KNOWN, KNOWN_MODELS],
    },
    Claim {
        id: "no_rating",
        text: |texts| &texts.claim.no_rating,
        never: &[
            "biometric_categorisation",
            "emotion_recognition",
            "age_estimation",
            "gender_estimation",
            "ethnicity_estimation",
            "clothing_attributes",
            "individual_risk_prediction",
            "behaviour_scoring",
        ],
        needs: &[NO_IDENTITY, KNOWN, KNOWN_MODELS],
    },
    Claim {
        id: "no_pictures",
        text: |texts| &texts.claim.no_pictures,
        never: &["face_crop_export"],
        needs: &[KNOWN, KNOWN_MODELS, NO_EGRESS, NO_IMAGERY],
    },
    Claim {
        id: "people_covered",
        text: |texts| &texts.claim.people_covered,
        never: &["face_crop_export"],
        needs: &[EGRESS, PEOPLE_MASKED],
    },
    Claim {
        id: "no_video",
        text: |texts| &texts.claim.no_video,
        never: &[],
        needs: &[KNOWN, KNOWN_MODELS, NO_RAW_VIDEO, RAW_IN_MEMORY],
    },
    Claim {
        id: "no_sound",
        text: |texts| &texts.claim.no_sound,
        never: &["audio_analysis"],
        needs: &[KNOWN, KNOWN_MODELS, NO_AUDIO],
    },
    Claim {
        id: "no_training",
        text: |texts| &texts.claim.no_training,
        never: &["training_on_captured_imagery", "face_crop_export"],
        needs: &[KNOWN, KNOWN_MODELS],
    },
    Claim {
        id: "human_decides",
        text: |texts| &texts.claim.human_decides,
        never: &[],
        needs: &[KNOWN, KNOWN_MODELS, NO_ACTION],
    },
    Claim {
        id: "no_names",
        text: |texts| &texts.claim.no_names,
        never: &["biometric_identification", "face_recognition", "person_reidentification"],
        needs: &[NO_IDENTITY, KNOWN, KNOWN_MODELS, NO_IDENTIFICATION],
    },
];

const NO_IDENTITY: Need = Need {
    what: "no [[model]] has an output that tells people apart",
    instead: |practice| {
        let mut models = practice.document.model.iter();
        let apart = models.find(|model| {
            model.identity_embedding || model.outputs.iter().any(|output| tells_people_apart(output))
        });
        apart.map(|model| format!("the model `{}`", model.id))
    },
};
const KNOWN: Need = Need {
    what: "this program knows all that analytics.allow and [[sandbox]] name, and what it does not do",
    instead: |practice| {
        let document = practice.document;
        let trials = document.sandbox.iter().flat_map(|trial| &trial.analytics.0);
        let unknown = document.analytics.allow.0.iter().chain(trials).find(|name| !known::is_analytic(name));
        unknown.map(|name| format!("`{name}`"))
    },
};
const KNOWN_MODELS: Need = Need {
    what: "this program knows the task and the outputs of each [[model]]",
    instead: |practice| {
        let document = practice.document;
        if document.model.is_empty() && !document.analytics.allow.0.is_empty() {
            return Some("no model is named, whatever runs".to_owned());
        }
        document.model.iter().find_map(known::unknown_of)
    },
};
const NO_LINKING: Need = Need {
    what: "aggregation.cross_camera_linking is `false`",
    instead: |practice| anywhere(practice, |layers| layers.aggregation.cross_camera_linking.0),
};
const NO_EGRESS: Need = Need {
    what: "redaction.imagery_egress is `none`",
    instead: |practice| (practice.egress() != Egress::None).then(|| format!("`{}`", practice.egress())),
};
const NO_IMAGERY: Need = Need {
    what: "no [[event]] has `imagery`",
    instead: |practice| {
        let mut events = practice.document.event.iter();
        let pictured = events.find(|event| event.imagery != Imagery::None);
        pictured.map(|event| format!("`{}`", event.class))
    },
};
const EGRESS: Need = Need {
    what: "redaction.imagery_egress lets pictures out",
    instead: |practice| (practice.egress() == Egress::None).then(String::new),
};
const PEOPLE_MASKED: Need = Need {
    what: "redaction.targets names `person`",
    instead: |practice| anywhere(practice, |layers| !layers.redaction.targets.contains(&Target::Person)),
};
const NO_RAW_VIDEO: Need = Need {
    what: "retention.raw_video is `PT0S`",
    instead: |practice| anywhere(practice, |layers| layers.retention.raw_video.0 != PolicyDuration::ZERO),
};
const RAW_IN_MEMORY: Need = Need {
    what: "capture.raw_store is `ram`",
    instead: |practice| anywhere(practice, |layers| layers.capture.raw_store != RawStore::Ram),
};
const NO_AUDIO: Need = Need {
    what: "capture.audio is `false`",
    instead: |practice| anywhere(practice, |layers| layers.capture.audio.0),
};
const NO_ACTION: Need = Need {
    what: "human_oversight.automatic_actions is `[]`",
    instead: |practice| {
        let oversight = practice.document.human_oversight.as_ref();
        let is_empty = oversight.is_some_and(|oversight| oversight.automatic_actions.is_empty());
        (!is_empty).then(String::new)
    },
};
const NO_IDENTIFICATION: Need = Need {
    what: "rights.identification is `none-kept`",
    instead: |practice| {
        let rights = practice.document.rights.as_ref();
        let is_none = rights.is_some_and(|rights| rights.identification == "none-kept");
        (!is_none).then(String::new)
    },
};

/// Whether something applies to any camera here, and so keeps a claim from being true of all of them.
fn anywhere(practice: &Practice<'_>, applies: impl Fn(&Layers) -> bool) -> Option<String> {
    practice.layers().iter().any(applies).then(String::new)
}

impl Need {
    fn unmet(&self, practice: &Practice<'_>) -> Option<String> {
        let instead = (self.instead)(practice)?;
        Some(if instead.is_empty() {
            self.what.to_owned()
        } else {
            format!("{} (found: {instead})", self.what)
        })
    }
}

impl Claim {
    /// The claim of this name.
    pub(crate) fn named(id: &str) -> Option<&'static Self> {
        CLAIMS.iter().find(|claim| claim.id == id)
    }

    /// What keeps it from being printed; nothing where the policy enforces it.
    pub(crate) fn unmet(&self, practice: &Practice<'_>) -> Vec<String> {
        let analytics = &practice.document.analytics;
        let mut unmet = Vec::new();
        for name in self.never {
            if !analytics.forbid.contains(*name) {
                unmet.push(format!("analytics.forbid names `{name}`"));
            }
            let mut tried = practice.document.sandbox.iter();
            if analytics.allow.contains(*name) || tried.any(|sandbox| sandbox.analytics.contains(*name)) {
                unmet.push(format!("nothing allows or tries `{name}`"));
            }
        }
        unmet.extend(self.needs.iter().filter_map(|need| need.unmet(practice)));
        unmet
    }

    /// The sentence, where the policy enforces it.
    pub(crate) fn sentence<'t>(&self, practice: &Practice<'_>, texts: &'t Texts) -> Option<&'t str> {
        self.unmet(practice).is_empty().then(|| self.words(texts))
    }

    /// The sentence, whether it is true here or not.
    pub(crate) fn words<'t>(&self, texts: &'t Texts) -> &'t str {
        (self.text)(texts)
    }
}

/// Those of these claims that the policy enforces, in this order.
pub(crate) fn enforced<'t>(ids: &[&str], practice: &Practice<'_>, texts: &'t Texts) -> Vec<&'t str> {
    ids.iter().filter_map(|id| Claim::named(id)?.sentence(practice, texts)).collect()
}

#[cfg(test)]
mod tests {
    use velum_policy::PolicyFile;

    use super::*;

    fn example(name: &str) -> String {
        let path = format!("{}/../policy/examples/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).unwrap()
    }

    /// The market square, without any picture.
    fn without_pictures() -> String {
        let text = example("gdpr-market-square.toml");
        let text = text.replace("imagery_egress      = \"maintenance-still\"", "imagery_egress = \"none\"");
        text.replace("imagery       = \"redacted_still\"", "imagery = \"none\"")
    }

    fn unmet(id: &str, text: &str) -> Vec<String> {
        let file = PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}"));
        Claim::named(id).unwrap().unmet(&Practice::everywhere(file.document()))
    }

    /// The base with one change, which must be one.
    fn changed(base: &str, from: &str, to: &str) -> String {
        let text = base.replace(from, to);
        assert_ne!(text, base, "`{from}` is not in the example");
        text
    }

    #[test]
    fn a_claim_is_printed_where_everything_that_it_needs_is_enforced() {
        let (plain, pictures) = (without_pictures(), example("gdpr-market-square.toml"));
        for claim in CLAIMS {
            let base = if claim.id == "people_covered" { &pictures } else { &plain };
            assert_eq!(unmet(claim.id, base), Vec::<String>::new(), "{}", claim.id);
        }
    }

    #[test]
    fn nothing_that_a_claim_denies_may_be_missing_from_the_forbid_list_or_be_allowed_or_tried() {
        let (plain, pictures) = (without_pictures(), example("gdpr-market-square.toml"));
        for claim in CLAIMS {
            let base = if claim.id == "people_covered" { &pictures } else { &plain };
            for name in claim.never {
                let quoted = format!("\"{name}\"");
                let not_forbidden = changed(base, &quoted, "\"x\"");
                assert!(!unmet(claim.id, &not_forbidden).is_empty(), "{} without {name}", claim.id);
                let allowed = changed(base, "\"crowd_density\",", &format!("\"crowd_density\", {quoted},"));
                assert!(!unmet(claim.id, &allowed).is_empty(), "{} although {name} is allowed", claim.id);
                let tried = changed(base, "[\"cargo_bike_count\"]", &format!("[{quoted}]"));
                assert!(!unmet(claim.id, &tried).is_empty(), "{} although {name} is tried", claim.id);
            }
        }
    }

    #[test]
    fn each_condition_alone_keeps_each_claim_that_needs_it_from_being_printed() {
        let (plain, pictures) = (without_pictures(), example("gdpr-market-square.toml"));
        // What is broken, in which text, how; every Need is here once or more.
        let table = [
            (NO_IDENTITY.what, &plain, "identity_embedding = false", "identity_embedding = true"),
            (NO_IDENTITY.what, &plain, "outputs = [\"density_map\"]", "outputs = [\"ReID_features\"]"),
            (KNOWN.what, &plain, "\"cyclist_count\",", "\"facial_analysis\","),
            (KNOWN.what, &plain, "[\"cargo_bike_count\"]", "[\"smart_count\"]"),
            (
                KNOWN_MODELS.what,
                &plain,
                "outputs = [\"density_map\"]",
                "outputs = [\"density_map\", \"text\"]",
            ),
            (KNOWN_MODELS.what, &plain, "\"boxes:vehicle\"]", "\"boxes:plate\"]"),
            (KNOWN_MODELS.what, &plain, "task = \"crowd_density\"", "task = \"mood\""),
            (NO_LINKING.what, &plain, "cross_camera_linking = false", "cross_camera_linking = true"),
            (NO_EGRESS.what, &plain, "imagery_egress = \"none\"", "imagery_egress = \"alert-still\""),
            (NO_IMAGERY.what, &plain, "imagery = \"none\"", "imagery = \"redacted_still\""),
            (
                EGRESS.what,
                &pictures,
                "imagery_egress      = \"maintenance-still\"",
                "imagery_egress = \"none\"",
            ),
            (PEOPLE_MASKED.what, &pictures, "[\"person\", \"head\",", "[\"head\","),
            (NO_RAW_VIDEO.what, &plain, "raw_video      = \"PT0S\"", "raw_video = \"PT1S\""),
            (RAW_IN_MEMORY.what, &plain, "raw_store             = \"ram\"", "raw_store = \"disk\""),
            (NO_AUDIO.what, &plain, "audio                 = false", "audio = true"),
            (NO_ACTION.what, &plain, "automatic_actions = []", "automatic_actions = [\"dispatch\"]"),
            (
                NO_IDENTIFICATION.what,
                &plain,
                "identification = \"none-kept\"",
                "identification = \"passport\"",
            ),
        ];
        for claim in CLAIMS {
            for need in claim.needs {
                let mut broken = table.iter().filter(|row| row.0 == need.what).peekable();
                assert!(broken.peek().is_some(), "no line of the table breaks `{}`", need.what);
                for (what, base, from, to) in broken {
                    let found = unmet(claim.id, &changed(base, from, to));
                    assert!(found.iter().any(|one| one.starts_with(what)), "{}: {what}: {found:?}", claim.id);
                }
            }
        }
    }

    #[test]
    fn without_any_model_nobody_knows_what_runs() {
        let plain = without_pictures();
        let (from, until) = (plain.find("[[model]]").unwrap(), plain.find("[[event]]").unwrap());
        let bare = format!("{}{}", &plain[..from], &plain[until..]);
        for claim in CLAIMS.iter().filter(|claim| claim.id != "people_covered") {
            let found = unmet(claim.id, &bare);
            assert!(found.iter().any(|one| one.starts_with(KNOWN_MODELS.what)), "{}: {found:?}", claim.id);
        }
    }

    #[test]
    fn a_camera_that_is_stricter_does_not_make_a_claim_for_the_others() {
        let stricter = changed(
            &example("gdpr-market-square.toml"),
            "[camera.mp-01.capture]",
            "[camera.mp-01.redaction]\nimagery_egress = \"none\"\n[camera.mp-01.capture]",
        );
        assert!(unmet("no_pictures", &stricter).iter().any(|one| one.starts_with(NO_EGRESS.what)));
    }
}
