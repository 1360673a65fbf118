//! Every question: what is asked, why, what an answer may be, and what stands if there is none.

mod city;

use jiff::civil::Date;

use super::interview::{Answered, Default};
use super::kind::Kind;

pub(super) use city::CITY;

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
    /// Whether no two of a group may answer the same.
    pub(super) unlike_others: bool,
    /// The only answers that earlier ones leave, where they do.
    pub(super) choices: Option<fn(&Answered) -> Vec<String>>,
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

/// The analytics that a box has.
pub(super) const ANALYTICS: [&str; 3] = ["abandoned_object", "crowd_density", "crowd_movement"];

const fn question(
    key: &'static str,
    kind: Kind,
    default: Default,
    ask: &'static str,
    why: &'static str,
) -> Question {
    Question { key, ask, why, kind, default, asked: ALWAYS, unlike_others: false, choices: None }
}

impl Question {
    const fn when(mut self, asked: fn(&Answered, &str) -> bool) -> Self {
        self.asked = asked;
        self
    }

    const fn unlike_others(mut self) -> Self {
        self.unlike_others = true;
        self
    }

    const fn among(mut self, choices: fn(&Answered) -> Vec<String>) -> Self {
        self.choices = Some(choices);
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
        "public_authority",
        Kind::YesNo,
        Default::Is("yes"),
        "Is it a public authority?",
        "Then legitimate interest is no basis (GDPR Art 6(1), K).",
    ),
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
            let country = answered.one("country").to_lowercase();
            format!("{country}.{}.cameras", short_name(answered.one("controller")))
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
        )
        .unlike_others(),
        question(
            "key",
            Kind::Key,
            Default::None,
            "Public key of this approver?",
            "`velum policy keygen` makes it.",
        )
        .unlike_others(),
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
        )
        .unlike_others(),
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
        question("id", Kind::Id, Default::None, "A short name for the camera?", "As in the box's configuration.")
            .unlike_others(),
        question("site", Kind::Id, Default::Of(|answered| answered.one("site[0].id").to_owned()), "On which site?", "One of those above.")
            .among(|answered| (0..answered.count("site")).map(|n| answered.one(&format!("site[{n}].id")).to_owned()).collect()),
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

/// A short name out of words; `city` where they have no letters of the Latin alphabet.
fn short_name(words: &str) -> String {
    let letters = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let plain: String = words.chars().map(letters).collect();
    let name: Vec<_> = plain.split('-').filter(|word| !word.is_empty()).take(3).collect();
    let name: String = name.join("-").chars().take(40).collect();
    let name = name.trim_end_matches('-');
    if name.is_empty() { "city".to_owned() } else { name.to_owned() }
}

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
        Some(between) => crate::policy::notation::list(default.split(between).map(str::trim)),
        None => crate::policy::notation::quoted(default),
    }
}
