//! Every question: what is asked, why, what an answer may be, and what stands if there is none.

use jiff::civil::Date;

use super::interview::{Answered, Default};
use super::kind::Kind;

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question {
    /// Its name in a file of answers.
    pub(super) key: &'static str,
    /// What is asked.
    pub(super) ask: &'static str,
    /// Why, and what the answer does.
    pub(super) why: &'static str,
    /// What an answer may be.
    pub(super) kind: Kind,
    /// What stands if there is none.
    pub(super) default: Default,
    /// Whether it is asked at all, after what was answered before.
    pub(super) asked: fn(&Answered, &str) -> bool,
}

/// Questions that are asked once for each of several things.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    /// The name of its tables in a file of answers.
    pub(super) key: &'static str,
    /// One of them, in words.
    pub(super) one: &'static str,
    /// So many there must be.
    pub(super) least: usize,
    /// What is asked of each.
    pub(super) questions: &'static [Question],
}

const ALWAYS: fn(&Answered, &str) -> bool = |_, _| true;
const GDPR: fn(&Answered, &str) -> bool = |answered, _| answered.one("regime") == "gdpr";
const LED: fn(&Answered, &str) -> bool = |answered, _| answered.one("regime") == "led";
const AUTHORISED: fn(&Answered, &str) -> bool =
    |answered, _| answered.one("authorisation") != "none-required";
const UNAUTHORISED: fn(&Answered, &str) -> bool =
    |answered, _| answered.one("authorisation") == "none-required";
const ASSESSED: fn(&Answered, &str) -> bool = |answered, _| answered.one("dpia_done") == "yes";
const COUNTED: fn(&Answered, &str) -> bool =
    |answered, _| answered.many("analytics").iter().any(|one| one.starts_with("crowd_"));

/// The analytics that a box has.
pub(super) const ANALYTICS: [&str; 3] = ["abandoned_object", "crowd_density", "crowd_movement"];

const fn question(
    key: &'static str,
    kind: Kind,
    default: Default,
    ask: &'static str,
    why: &'static str,
) -> Question {
    Question { key, ask, why, kind, default, asked: ALWAYS }
}

impl Question {
    const fn when(mut self, asked: fn(&Answered, &str) -> bool) -> Self {
        self.asked = asked;
        self
    }
}

/// The first ones: who, under which law.
pub(super) const WHO: &[Question] = &[
    question(
        "regime",
        Kind::Choice(&["gdpr", "led"]),
        Default::Is("gdpr"),
        "Under which law: gdpr or led?",
        "gdpr for a city; led only for police and other competent authorities (LED Art 3(7), K). Never both in a file.",
    ),
    question(
        "country",
        Kind::Country,
        Default::None,
        "In which country?",
        "Its two letters, for example NL.",
    ),
    question(
        "languages",
        Kind::Languages,
        Default::Is("en"),
        "In which languages are people told?",
        "The purpose is written in each. Signs can be drawn in en, nl, de, fr, es, it.",
    ),
    question("controller", Kind::Text(2), Default::None, "Who is the controller?", "Its full name."),
    question(
        "contact",
        Kind::Text(3),
        Default::None,
        "Where can people write to the controller?",
        "An address.",
    ),
    question(
        "dpo_name",
        Kind::Text(2),
        Default::Is("Data Protection Officer"),
        "Name or title of the data protection officer?",
        "The officer advises, and never approves (GDPR Art 38(6), K).",
    ),
    question(
        "dpo_contact",
        Kind::Text(3),
        Default::None,
        "Where can people write to the officer?",
        "An address.",
    ),
    question(
        "analytics",
        Kind::Names(&ANALYTICS),
        Default::None,
        "Which analytics: abandoned_object, crowd_density, crowd_movement?",
        "What is not named is forbidden. Name only what the purpose needs.",
    ),
    question(
        "policy_id",
        Kind::Name,
        Default::Of(|answered| {
            let words: String = answered
                .one("controller")
                .chars()
                .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
                .collect();
            let words = words.to_lowercase();
            let name: Vec<_> = words.split('-').filter(|word| !word.is_empty()).take(3).collect();
            format!("{}.{}.cameras", answered.one("country").to_lowercase(), name.join("-"))
        }),
        "How is the policy called?",
        "The same name in every version.",
    ),
    question(
        "effective_from",
        Kind::Day,
        Default::Of(|answered| later(answered.today, 1)),
        "From which day does it hold?",
        "It must be signed by then.",
    ),
    question(
        "review_by",
        Kind::Day,
        Default::Of(|answered| later(answered.day("effective_from"), 180)),
        "By which day is it reviewed whether it is still needed?",
        "After it the boxes stop (LED Art 5, K; GDPR Art 5(1)(e), K).",
    ),
    question(
        "expires",
        Kind::Day,
        Default::Of(|answered| later(answered.day("effective_from"), 364)),
        "On which day does it end by itself?",
        "Within 24 months.",
    ),
];

/// What for; the text of the purpose is asked in each language between.
pub(super) const PURPOSE: &[Question] = &[question(
    "purpose_id",
    Kind::Name,
    Default::Of(|answered| {
        if answered.many("analytics").contains(&"abandoned_object".to_owned()) {
            "left-objects"
        } else {
            "crowd-safety"
        }
        .to_owned()
    }),
    "A short name for the purpose?",
    "Events, cameras and recipients name it.",
)];

/// The purpose in one language.
pub(super) const PURPOSE_TEXT: Question = question(
    "purpose_text",
    Kind::Sentence,
    Default::None,
    "What is it for, in one sentence, in the language",
    "Say what is noticed, where, and who then does what: \"for your safety\" is too vague (EDPB 3/2019, V). It stands on the sign.",
);

/// Law, assessment, people, retention.
pub(super) const CITY: &[Question] = &[
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
        "Which role pauses the analysis of an area when somebody objects on the spot?",
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
        Default::Of(|_| super::draft::built_in_detector().to_owned()),
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
        "dpo_key",
        Kind::KeyOrNot,
        Default::Is(""),
        "The officer's public key?",
        "For opinions; nothing if there is none yet.",
    ),
];

/// The people who approve.
pub(super) const APPROVERS: Group = Group {
    key: "approver",
    one: "approver",
    least: 2,
    questions: &[
        question(
            "role",
            Kind::Name,
            Default::None,
            "Role of this approver?",
            "Two different people, never the officer.",
        ),
        question(
            "key",
            Kind::Key,
            Default::None,
            "Public key of this approver?",
            "`velum policy keygen` makes it.",
        ),
    ],
};

/// The sites.
pub(super) const SITES: Group = Group {
    key: "site",
    one: "site",
    least: 1,
    questions: &[
        question(
            "id",
            Kind::Id,
            Default::None,
            "A short name for the site?",
            "Files of signs are named for it.",
        ),
        question("name", Kind::Text(2), Default::None, "Its name in words?", "It stands on the sign."),
        question(
            "days",
            Kind::Names(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
            Default::None,
            "On which days is it analysed?",
            "mon, tue, wed, thu, fri, sat, sun.",
        ),
        question("from", Kind::Time, Default::None, "From what time?", "For example 07:00."),
        question(
            "to",
            Kind::Time,
            Default::None,
            "Until what time?",
            "24:00 is midnight; an earlier time is on the next day.",
        ),
        question(
            "timezone",
            Kind::TimeZone,
            Default::None,
            "By the clock of which place?",
            "For example Europe/Amsterdam.",
        ),
        question("why", Kind::Text(3), Default::None, "Why these times?", "For example \"weekly market\"."),
    ],
};

/// The cameras.
pub(super) const CAMERAS: Group = Group {
    key: "camera",
    one: "camera",
    least: 1,
    questions: &[
        question("id", Kind::Id, Default::None, "A short name for the camera?", "As in the box's configuration."),
        question("site", Kind::Id, Default::Of(|answered| answered.one("site[0].id").to_owned()), "On which site?", "One of those above."),
        question("mount", Kind::Text(2), Default::None, "Where does it hang?", "For example \"pole, 6 m\"."),
        question(
            "views_dwelling",
            Kind::YesNo,
            Default::None,
            "Can one see into dwellings?",
            "Then that part of the picture is hidden before anything looks at it.",
        ),
        question(
            "mask",
            Kind::Polygon,
            Default::None,
            "Which part of the picture is hidden?",
            "Corners as fractions of the picture, for example 0.0,0.0 1.0,0.0 1.0,0.2 0.0,0.2 for its top fifth.",
        )
        .when(|answered, at| answered.one(&format!("{at}views_dwelling")) == "yes"),
    ],
};

const DPV_GDPR: &str = "https://w3id.org/dpv/sector/infra#RoadPedestrianSafetyMonitoring";
const DPV_LED: &str = "https://w3id.org/dpv/sector/law#PublicTransportSafetyMonitoring";

fn later(day: Date, days: i64) -> String {
    day.checked_add(jiff::Span::new().days(days)).unwrap_or(day).to_string()
}

/// A file of answers to fill in.
pub(super) fn as_file() -> String {
    let mut text =
        "# Answers for `velum policy new --answers FILE`. What stands behind a # is a default.\n".to_owned();
    for question in WHO.iter().chain(PURPOSE).chain(CITY) {
        text.push_str(&as_line(question));
    }
    text.push_str(&format!(
        "\n# {} of each entry of `languages`?\n[purpose_text]\nen = \"\"\n",
        PURPOSE_TEXT.ask
    ));
    for group in [APPROVERS, SITES, CAMERAS] {
        let several = if group.least > 1 { "at least two of these tables" } else { "a table for each" };
        text.push_str(&format!("\n# {several}\n[[{}]]\n", group.key));
        text.extend(group.questions.iter().map(as_line));
    }
    text
}

fn as_line(question: &Question) -> String {
    let empty = if question.kind.separator().is_some() { "[]" } else { "\"\"" };
    let line = match question.default {
        Default::None => format!("{} = {empty}", question.key),
        Default::Is(default) => format!("# {} = {}", question.key, in_toml(question, default)),
        Default::Of(_) => format!("# {} = {empty}  # there is a default", question.key),
    };
    format!("# {} {}\n{line}\n", question.ask, question.why)
}

fn in_toml(question: &Question, default: &str) -> String {
    match question.kind.separator() {
        Some(between) => super::notation::list(default.split(between).map(str::trim)),
        None => super::notation::quoted(default),
    }
}
