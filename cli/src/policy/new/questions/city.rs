//! The longest part: law, assessment, people, retention, rights, the log.

use super::super::draft;
use super::super::interview::{Answered, Default};
use super::super::kind::Kind;
use super::{ANALYTICS, Question, question};

const GDPR: fn(&Answered, &str) -> bool = |answered, _| answered.one("regime") == "gdpr";
const LED: fn(&Answered, &str) -> bool = |answered, _| answered.one("regime") == "led";
const AUTHORISED: fn(&Answered, &str) -> bool =
    |answered, _| answered.one("authorisation") != "none-required";
const UNAUTHORISED: fn(&Answered, &str) -> bool =
    |answered, _| answered.one("authorisation") == "none-required";
const EVALUATED: fn(&Answered, &str) -> bool = |answered, _| answered.one("detector_evaluated") == "yes";
const ASSESSED: fn(&Answered, &str) -> bool = |answered, _| answered.one("dpia_done") == "yes";
const CONSULTED: fn(&Answered, &str) -> bool = |answered, _| answered.one("consultation_done") == "yes";
const COUNTED: fn(&Answered, &str) -> bool =
    |answered, _| answered.many("analytics").iter().any(|one| one.starts_with("crowd_"));
const DPV_GDPR: &str = "https://w3id.org/dpv/sector/infra#RoadPedestrianSafetyMonitoring";
const DPV_LED: &str = "https://w3id.org/dpv/sector/law#PublicTransportSafetyMonitoring";

/// Law, assessment, people, retention.
pub(in crate::policy::new) const CITY: &[Question] = &[
    question(
        "purpose_dpv",
        Kind::Address,
        Default::Of(|answered| {
            let led = answered.one("regime") == "led";
            if led { DPV_LED } else { DPV_GDPR }.to_owned()
        }),
        "The purpose in the Data Privacy Vocabulary?",
        "An IRI of DPV 2.3; law-enforcement purposes only under led.",
    ),
    question(
        "legal_basis",
        Kind::Text(5),
        Default::Of(|answered| {
            let led = answered.one("regime") == "led";
            if led {
                String::new()
            } else {
                "https://w3id.org/dpv/legal/eu/gdpr#A6-1-e-public-interest".to_owned()
            }
        }),
        "On which basis?",
        "Under gdpr a public authority cannot rely on legitimate interest (Art 6(1), K). Under led: the law itself.",
    ),
    question(
        "legal_instrument",
        Kind::Text(10),
        Default::None,
        "Which law and article allow it?",
        "It stands on the sign.",
    ),
    question("legal_url", Kind::Address, Default::None, "Where can that law be read?", "Its address."),
    question(
        "counsel_confirmed",
        Kind::DayOrNot,
        Default::Is(""),
        "On which day did counsel confirm that?",
        "Nothing if not yet: the check will say so.",
    ),
    question(
        "legal_specifies",
        Kind::Names(&["objectives", "data", "purposes"]),
        Default::None,
        "Which of these does that law itself lay down: objectives, data, purposes?",
        "Look it up: all three must be there (LED Art 8(2), K), and the check refuses a law that lacks one.",
    )
    .when(LED),
    question(
        "necessity",
        Kind::Text(60),
        Default::None,
        "Why is it needed?",
        "What happened without it, with figures of your own (GDPR Art 35(7)(b), K). At least 60 characters.",
    ),
    question(
        "alternatives",
        Kind::Phrases(1),
        Default::None,
        "What less intrusive was tried or considered, and why does it not do?",
        "With `;` between.",
    ),
    question(
        "authorisation",
        Kind::Name,
        Default::Of(|answered| {
            match (answered.one("country"), answered.one("regime")) {
                ("BE", "led") => "municipal-council",
                ("IT", "gdpr") => "law-or-general-act",
                ("FR", _) => "loi-2023-380-art-10",
                _ => "none-required",
            }
            .to_owned()
        }),
        "Which authorisation does your country ask for?",
        "municipal-council (Belgium, led, V), law-or-general-act (Italy, gdpr, V), loi-2023-380-art-10 (France, V; whether it still holds, U), or none-required.",
    ),
    question("authorisation_ref", Kind::Text(3), Default::None, "Its reference?", "As on the document.")
        .when(AUTHORISED),
    question(
        "authorisation_until",
        Kind::Day,
        Default::None,
        "Until which day does it hold?",
        "After it the boxes stop.",
    )
    .when(AUTHORISED),
    question(
        "authorisation_covers",
        Kind::Names(&ANALYTICS),
        Default::None,
        "Which analytics does it name: abandoned_object, crowd_density, crowd_movement?",
        "By its own words. What it does not name is not authorised, and the check says so.",
    )
    .when(AUTHORISED),
    question(
        "authorisation_reason",
        Kind::Text(10),
        Default::None,
        "Why is none required?",
        "What counsel found.",
    )
    .when(UNAUTHORISED),
    question(
        "authority",
        Kind::Text(2),
        Default::None,
        "Which supervisory authority can people complain to?",
        "Its name.",
    ),
    question(
        "dpia_done",
        Kind::YesNo,
        Default::Is("no"),
        "Is the impact assessment finished?",
        "If not, it is left open in the file, and the check finds it (GDPR Art 35, K; LED Art 27, K).",
    ),
    question("dpia_ref", Kind::Text(2), Default::None, "Its reference?", "As on the document.")
        .when(ASSESSED),
    question("dpia_sha256", Kind::Digest, Default::None, "Its SHA-256?", "As `sha256sum FILE` prints it.")
        .when(ASSESSED),
    question(
        "dpia_covers",
        Kind::YesNo,
        Default::None,
        "Does it cover this policy as it is written now, version 1.0.0?",
        "Every change needs a new look (GDPR Art 35(11), K). If not, the check will say so.",
    )
    .when(ASSESSED),
    question("dpia_completed", Kind::Day, Default::None, "On which day was it finished?", "A day.")
        .when(ASSESSED),
    question(
        "dpia_residual_risk",
        Kind::Choice(&["low", "medium", "high"]),
        Default::None,
        "Which risk does it leave: low, medium or high?",
        "high asks for a consultation of the authority before (GDPR Art 36, K; LED Art 28, K).",
    )
    .when(ASSESSED),
    question(
        "dpo_advice",
        Kind::Text(3),
        Default::None,
        "What did the officer advise?",
        "An advice, no approval.",
    )
    .when(ASSESSED),
    question(
        "dpia_views",
        Kind::Text(3),
        Default::None,
        "What do the people concerned think, and how was it asked?",
        "GDPR Art 35(9), K.",
    )
    .when(ASSESSED),
    question(
        "consultation_done",
        Kind::YesNo,
        Default::Is("no"),
        "Was the authority consulted before?",
        "Where a high risk is left, and under led for new technology (GDPR Art 36, K; LED Art 28, K).",
    ),
    question(
        "consultation_ref",
        Kind::Text(2),
        Default::None,
        "Reference of its answer?",
        "As on the document.",
    )
    .when(CONSULTED),
    question("consultation_date", Kind::Day, Default::None, "On which day did it answer?", "A day.")
        .when(CONSULTED),
    question("consultation_outcome", Kind::Text(2), Default::None, "What did it answer?", "In short.")
        .when(CONSULTED),
    question(
        "ai_rationale",
        Kind::Text(40),
        Default::None,
        "Why is it no high-risk system under the AI Act?",
        "Annex III, point by point; whatever points 1, 2 and 6 say to it. If it is one, write the file by hand.",
    ),
    question(
        "data_subjects",
        Kind::Phrases(1),
        Default::Is("passer-by; child"),
        "Who passes by?",
        "With `;` between. No category is ever put on a person (LED Art 6, K).",
    ),
    question(
        "pictures",
        Kind::YesNo,
        Default::Is("no"),
        "May one masked still of an alert be looked at?",
        "It needs a measured masking, which an evaluation report must show first: the check finds it.",
    ),
    question(
        "max_px_per_m",
        Kind::Count(10, 249),
        Default::Is("80"),
        "How many pixels per metre at most?",
        "80 is enough for a level of crowding, 125 for a bag; from 250 on faces can be recognised (IEC 62676-4:2025, V).",
    ),
    question(
        "max_fps",
        Kind::Count(1, 30),
        Default::Is("6"),
        "How many frames a second at most?",
        "Few suffice.",
    ),
    question(
        "min_group",
        Kind::Count(5, 1_000),
        Default::Is("10"),
        "Groups smaller than what are never told as a number?",
        "10 is usual in official statistics; 5 is the least.",
    )
    .when(COUNTED),
    question(
        "retention_event",
        Kind::Length,
        Default::Is("P7D"),
        "How long are events kept?",
        "Days or hours, for example P7D.",
    )
    .when(GDPR),
    question(
        "retention_unconfirmed",
        Kind::Length,
        Default::Is("PT24H"),
        "How long are alerts kept that nobody confirmed?",
        "72 hours at most.",
    )
    .when(LED),
    question(
        "retention_confirmed",
        Kind::Length,
        Default::Is("P14D"),
        "How long are alerts kept that a person confirmed?",
        "Belgium: 30 days and more need a prosecutor's decision to be read (V).",
    )
    .when(LED),
    question(
        "operator_role",
        Kind::Name,
        Default::Of(|answered| {
            if answered.one("regime") == "led" { "control-room-operator" } else { "steward" }.to_owned()
        }),
        "Which role reads the alerts, and may stop the analysis?",
        "A role, not a person.",
    ),
    question(
        "operator_organisation",
        Kind::Text(2),
        Default::Of(|answered| answered.one("controller").to_owned()),
        "Of which organisation?",
        "Its name.",
    ),
    question(
        "operator_location",
        Kind::Place,
        Default::Of(|answered| match answered.one("country") {
            "" => "EEA".to_owned(),
            country => country.to_owned(),
        }),
        "Where is that organisation?",
        "`EEA`, or its country by two letters. The notice tells of transfers out of the EEA.",
    ),
    question(
        "training",
        Kind::Text(5),
        Default::None,
        "How are these people trained?",
        "AI Act Art 4 and 14, V.",
    ),
    question(
        "staffed",
        Kind::Text(3),
        Default::None,
        "When is somebody there?",
        "For example \"24/7 control room\".",
    ),
    question(
        "decoys_per_1000",
        Kind::Count(1, 500),
        Default::Is("10"),
        "How many decoys among 1000 alerts, so that nobody just clicks?",
        "LED Art 11(1), K; AI Act Art 14(4)(b), V.",
    ),
    question(
        "rights_contact",
        Kind::Text(3),
        Default::Of(|answered| answered.one("dpo_contact").to_owned()),
        "Where do people ask for their rights?",
        "An address.",
    ),
    question(
        "rights_channels",
        Kind::Phrases(1),
        Default::Is("e-mail; post"),
        "In which ways?",
        "With `;` between.",
    ),
    question(
        "objection_role",
        Kind::Name,
        Default::Of(|answered| answered.one("operator_role").to_owned()),
        "Which role pauses the analysis of a camera when somebody objects on the spot?",
        "GDPR Art 21(1), V; EDPB 3/2019 para 106, V.",
    )
    .when(GDPR),
    question("restriction_law", Kind::Text(5), Default::None, "Which law limits access?", "LED Art 15, K.")
        .when(LED),
    question(
        "indirect_access",
        Kind::Text(2),
        Default::None,
        "Through whom is access had then?",
        "LED Art 17, K.",
    )
    .when(LED),
    question(
        "notice_url",
        Kind::Address,
        Default::None,
        "Where will the notice stand that signs lead to?",
        "An address.",
    ),
    question(
        "signs_placement",
        Kind::Text(5),
        Default::Is("before every entrance of the viewed area, at eye height"),
        "Where do the signs hang?",
        "People must see them before they enter (EDPB 3/2019 paras 111-117, V).",
    ),
    question(
        "signs_checked",
        Kind::DayOrNot,
        Default::Is(""),
        "On which day were the signs last looked at?",
        "Nothing if not yet: the check will say so.",
    ),
    question(
        "witnesses",
        Kind::Names(&[]),
        Default::None,
        "Who outside keeps the signed heads of the audit log?",
        "A host name each, of the officer, a court of audit, the authority: then nobody can rewrite it unseen.",
    ),
    question(
        "breach_playbook",
        Kind::Text(2),
        Default::None,
        "Which playbook is followed when something goes wrong?",
        "Its reference.",
    ),
    question(
        "detector_sha256",
        Kind::Digest,
        Default::Of(|_| draft::built_in_detector().to_owned()),
        "The SHA-256 of the detector on the boxes?",
        "The default is the built-in velum-person-1; `velum-edge check` prints what runs.",
    ),
    question(
        "detector_signed_by",
        Kind::Text(2),
        Default::None,
        "Who answers for that detector?",
        "A role or a body that accepted it.",
    ),
    question(
        "detector_outputs",
        Kind::Outputs,
        Default::Of(|answered| draft::built_in_outputs(answered.one("detector_sha256"))),
        "What does that detector put out?",
        "For example boxes:person, boxes:head. The default is what the built-in one does; of another, its card says it.",
    ),
    question(
        "detector_tells_apart",
        Kind::YesNo,
        Default::Of(|answered| {
            let is_known = !draft::built_in_outputs(answered.one("detector_sha256")).is_empty();
            if is_known { "no" } else { "" }.to_owned()
        }),
        "Does it put out anything by which one person can be told from another, or found again?",
        "Embeddings, features of a face or of clothes. Such a model is refused (SPC-003).",
    ),
    question(
        "detector_evaluated",
        Kind::YesNo,
        Default::Is("no"),
        "Was that detector evaluated by group, for example at night, with children, with people who use a wheelchair?",
        "By you or for you, on your own footage (`velum-edge eval`). If not, it is left open, and the check finds it (MOD-002).",
    ),
    question(
        "evaluation_sha256",
        Kind::Digest,
        Default::None,
        "The SHA-256 of the report?",
        "As `sha256sum report.json` prints it. Nobody looks whether it is one: that is yours to know.",
    )
    .when(EVALUATED),
    question(
        "evaluation_date",
        Kind::Day,
        Default::None,
        "On which day was it evaluated?",
        "A day of the last 12 months.",
    )
    .when(EVALUATED),
    question(
        "evaluation_groups",
        Kind::Phrases(2),
        Default::None,
        "Which groups were looked at?",
        "Two or more, with `;` between.",
    )
    .when(EVALUATED),
    question(
        "dpo_key",
        Kind::KeyOrNot,
        Default::Is(""),
        "The officer's public key?",
        "For opinions; nothing if there is none yet.",
    ),
];
