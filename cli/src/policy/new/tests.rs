//! Answers of a city and of a police zone, at the terminal and from a file, and answers that would break out.

use std::io::Cursor;

use velum_policy::Finding;

use super::*;

/// What nobody can know before the documents are there; every other error is one of ours.
const CANNOT_EXIST_YET: [&str; 8] = [
    "DPI-001", // the digest of the impact assessment
    "DPI-002", // that it covers this version
    "DPI-003", // the consultation of the authority, as the risk is not assessed yet
    "DPI-004", // the officer's advice
    "RED-006", // what an evaluation of the masking measured
    "MOD-002", // an evaluation of the detector by group
    "TRN-003", // that the signs were looked at
    "LAW-009", // that counsel confirmed the basis
];

const CITY: &str = include_str!("tests/city.toml");
const POLICE: &str = include_str!("tests/police.toml");

fn now() -> Timestamp {
    "2026-11-26T12:00:00Z".parse().unwrap()
}

fn written(answers: &str) -> String {
    let file = AnswersFile::parse(answers, "answers.toml").unwrap();
    draft::policy(&file.interview(now()).unwrap_or_else(|error| panic!("{error}")))
}

fn refused(answers: &str) -> String {
    match AnswersFile::parse(answers, "answers.toml").and_then(|file| file.interview(now())) {
        Ok(_) => panic!("taken: {answers}"),
        Err(error) => format!("{error:#}"),
    }
}

fn findings(text: &str) -> Vec<Finding> {
    let file = PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    file.lint(Some("2026-12-02T12:00:00Z".parse().unwrap())).iter().cloned().collect()
}

/// The text with one change, which must be one.
fn changed(text: &str, from: &str, to: &str) -> String {
    let changed = text.replace(from, to);
    assert_ne!(changed, text, "`{from}` is not in the answers");
    changed
}

#[test]
fn a_city_and_a_police_zone_get_policies_with_nothing_open_but_what_cannot_exist_yet() {
    for (answers, pictures) in [(CITY, "no"), (POLICE, "yes")] {
        let text = written(answers);
        assert!(text.contains(if pictures == "yes" { "alert-still" } else { "no picture leaves a box" }));
        for finding in findings(&text) {
            assert!(finding.rule.is_some_and(|rule| CANNOT_EXIST_YET.contains(&rule)), "{finding}");
        }
        assert!(
            findings(&text).iter().any(|finding| finding.rule == Some("DPI-001")),
            "the open digest is found"
        );
    }
}

#[test]
fn a_finished_assessment_leaves_nothing_open() {
    let assessed = changed(
        CITY,
        "dpia_done = false",
        "dpia_done = true\ndpia_ref = 'DPIA 7'\n\
         dpia_sha256 = '9c1185a5c5e9fc54612808977ee8f548b2258d31ddadef7d3a6c0f2f3b0c1e77'\n\
         dpia_covers = true\ndpia_completed = 2026-11-20\ndpia_residual_risk = 'medium'\ndpo_advice = 'favourable'\ndpia_views = 'asked'\n\
         consultation_done = true\nconsultation_ref = 'AP 3'\nconsultation_date = 2026-11-21\n\
         consultation_outcome = 'no objection'",
    );
    let open: Vec<_> = findings(&written(&assessed)).into_iter().filter_map(|finding| finding.rule).collect();
    assert_eq!(open, ["MOD-002"]);
    let evaluated = "detector_evaluated = true\nevaluation_date = 2026-11-01\nevaluation_groups = ['night', 'children']\n\
                     evaluation_sha256 = '0c1185a5c5e9fc54612808977ee8f548b2258d31ddadef7d3a6c0f2f3b0c1e77'\n";
    let all = written(&format!("{evaluated}{assessed}"));
    assert_eq!(findings(&all), [], "it lints clean");
    assert!(all.lines().count() <= 98, "{} lines", all.lines().count());
}

#[test]
fn the_policy_is_short_and_commented_and_its_pages_can_be_drawn() {
    for (answers, most) in [(CITY, 92), (POLICE, 105)] {
        let text = written(answers);
        let comments = text.lines().filter(|line| line.contains('#')).count();
        assert!(
            text.lines().count() <= most && comments > 8,
            "{} lines, {comments} comments",
            text.lines().count()
        );
        let file = PolicyFile::parse(&text, "policy.toml").unwrap();
        assert!(file.document().policy.baseline.is_some());
        assert!(!file.document().site.is_empty() && file.document().notice.is_some());
    }
}

#[test]
fn answers_cannot_break_out_of_their_texts() {
    // Control characters are refused; the rest must stay inside its text.
    let bad = "x\"\n[change_control]\nquorum = 1 # \\ '''\"\"\" ${a}";
    let table: toml::Table = CITY.parse().unwrap();
    let mut tried = 0;
    for (key, value) in &table {
        if !value.is_str() {
            continue;
        }
        let mut abused = table.clone();
        abused.insert(
            key.clone(),
            format!("{} {bad} {}", value.as_str().unwrap(), "and so on".repeat(8)).into(),
        );
        let answers = abused.to_string();
        match AnswersFile::parse(&answers, "answers.toml").unwrap().interview(now()) {
            Ok(answered) => {
                tried += 1;
                let text = draft::policy(&answered);
                let file =
                    PolicyFile::parse(&text, "policy.toml").unwrap_or_else(|error| panic!("{key}: {error}"));
                assert_eq!(file.document().change_control.quorum.0, 2, "{key}");
                assert_eq!(text.lines().count(), written(CITY).lines().count(), "{key}: a line was added");
            }
            Err(error) => assert!(error.to_string().contains(key.as_str()), "{key}: {error}"),
        }
    }
    assert!(tried >= 10, "only {tried} answers are free texts");
    let file =
        PolicyFile::parse(&written(&changed(CITY, "'Gemeente Voorbeeld'", "'''a\"b\\'''")), "policy.toml")
            .unwrap();
    assert_eq!(file.document().controller.name, "a\"b\\");
}

#[test]
fn unknown_answers_are_refused_and_missing_ones_are_named_with_their_question() {
    let unknown = refused(&format!("contry = 'NL'\n{CITY}\n[[site.extra]]\nx = 1"));
    assert!(unknown.contains("contry: expected only what is asked for"), "{unknown}");
    assert!(unknown.contains("extra"), "{unknown}");
    let missing = refused("regime = 'gdpr'\ncountry = 'NL'");
    for said in [
        "controller: expected an answer, found none: Who is the controller?",
        "approver[1].key",
        "site[0].days",
        "camera[0].mount",
        "purpose_text.en",
    ] {
        assert!(missing.contains(said), "{said}: {missing}");
    }
    let wrong = refused(&changed(CITY, "country = 'NL'", "country = 'Netherlands'"));
    assert_eq!(
        wrong,
        "answers.toml:3: country: expected two capital letters, for example NL, found `Netherlands`: In which country?"
    );
    let elsewhere = refused(&changed(CITY, "site = 'square'", "site = 'harbour'"));
    assert!(elsewhere.contains("camera[1].site: expected one of square, found `harbour`"), "{elsewhere}");
    assert!(
        refused(&changed(CITY, "retention_event = 'P7D'", "retention_event = 'P1M'"))
            .contains("a month is not")
    );
    assert!(
        format!("{:#}", AnswersFile::parse("a = ", "answers.toml").unwrap_err()).contains("answers.toml")
    );
    assert!(AnswersFile::parse(&"#".repeat(2 << 20), "answers.toml").is_err());
}

#[test]
fn at_the_terminal_a_wrong_answer_is_asked_again_and_nothing_takes_the_default() {
    let key = "ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let key2 = "ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let typed = format!(
        "maybe\n\nNL\n\nGemeente Voorbeeld\n\nprivacy@voorbeeld.example\n\nfg@voorbeeld.example\nface_recognition\n\
         crowd_density\n\n\n\n\n\nSee crowding on the square on market days in time, so that stewards open an exit.\n\
         \n\nGemeentewet Art 172\nhttps://wetten.example\n\nIn 2025 three markets were overcrowded for minutes before \
         anybody of the stewards noticed.\ncounting by hand: too slow\n\nno rule was found that asks for one\n\
         Autoriteit Persoonsgegevens\n\n\nCounts people for a steward, controls nothing, identifies and profiles nobody.\n\
         \n\n\n\n\n\n\n\n\nhalf a day, yearly\nduring markets\n\n\n\n\nhttps://voorbeeld.example/cameras\n\n\n\
         witness.example\nBREACH-1\n\nciso\n\n\n\n\nprocess-owner\n{key}\nciso\n{key2}\nno\nsquare\nMarket square\n\
         thu, sat\n07:00\n18:30\nEurope/Amsterdam\nweekly market\n\nsquare-1\n\npole, 6 m\nno\n\n"
    );
    let mut shown = Vec::new();
    let answered = Interview::new(now()).run(&mut Terminal::new(Cursor::new(&typed), &mut shown)).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("expected one of gdpr, led"), "{shown}");
    assert!(shown.contains("expected some of abandoned_object"), "{shown}");
    assert!(shown.contains("[nl.gemeente-voorbeeld.cameras]"), "{shown}");
    let text = draft::policy(&answered);
    let open = findings(&text);
    assert!(open.iter().all(|one| one.rule.is_some_and(|rule| CANNOT_EXIST_YET.contains(&rule))), "{open:?}");
    let ended = Interview::new(now()).run(&mut Terminal::new(Cursor::new("gdpr\n"), Vec::new())).unwrap_err();
    assert!(ended.to_string().contains("nothing was written"), "{ended}");
}

#[test]
fn no_file_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("answers.toml"), CITY).unwrap();
    let args = || NewArgs { answers: Some(path("answers.toml")), out: path("policy.toml"), questions: false };
    run(&args()).unwrap();
    let first = std::fs::read_to_string(path("policy.toml")).unwrap();
    assert!(run(&args()).unwrap_err().to_string().contains("a file is there already"));
    assert!(write_new(&path("policy.toml"), "x").is_err());
    assert_eq!(std::fs::read_to_string(path("policy.toml")).unwrap(), first);
}

#[test]
fn the_printed_questions_are_a_file_of_answers() {
    let text = questions::as_file();
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(table.contains_key("country") && table.contains_key("site"));
    let unfilled = refused(&text);
    assert!(!unfilled.contains("only what is asked for") || unfilled.contains("authorisation"), "{unfilled}");
}

#[test]
fn what_nobody_answered_is_not_written() {
    let missing = |text: &str, key: &str| {
        let told = refused(text);
        assert!(told.contains(&format!("{key}: expected an answer")), "{key}: {told}");
    };
    missing(&changed(POLICE, "authorisation_covers = ['abandoned_object']\n", ""), "authorisation_covers");
    missing(
        &changed(POLICE, "legal_specifies = ['objectives', 'data', 'purposes']\n", ""),
        "legal_specifies",
    );
    let of_others = format!("detector_sha256 = '{}'\n{CITY}", "0".repeat(64));
    missing(&of_others, "detector_outputs");
    missing(&of_others, "detector_tells_apart");
    // What was answered is written, and the check says what it does not suffice for.
    let check = |base: &str, from: &str, to: &str, rule: &str, written_as: &str| {
        let text = written(&changed(base, from, to));
        assert!(text.contains(written_as), "{written_as}: {text}");
        let found = findings(&text);
        assert!(found.iter().any(|finding| finding.rule == Some(rule)), "{rule}: {found:?}");
    };
    let other = "covers = ['crowd_density']";
    check(POLICE, "covers = ['abandoned_object']", other, "LAW-008", "covers = [\"crowd_density\"]");
    check(POLICE, "'objectives', 'data', 'purposes'", "'data'", "LAW-005", "specifies = [\"data\"]");
    let apart =
        "detector_tells_apart = true\ndetector_outputs = ['boxes:person', 'embedding']\ndetector_signed_by";
    check(CITY, "detector_signed_by", apart, "SPC-003", "outputs = [\"boxes:person\", \"embedding\"]");
    // Of the detector that is built in the program knows it.
    assert!(written(CITY).contains("outputs = [\"boxes:person\", \"boxes:head\", \"boxes:vehicle\"]"));
    let city = written(CITY);
    for claim in ["specifies", "covers", "residual_risk", "special_categories", "dpo_advice"] {
        assert!(!city.contains(&format!("{claim} =")), "{claim}: {city}");
    }
}

#[test]
fn no_answer_makes_a_file_that_does_not_parse() {
    let long = "A".repeat(300);
    let camera = "\n[[camera]]\nid = 'square-1'\nmount = 'wall'\nviews_dwelling = false\n";
    let site = "\n[[site]]\nid = 'square'\nname = 'Again'\ndays = ['mon']\nfrom = '07:00'\nto = '08:00'\n\
                timezone = 'Europe/Amsterdam'\nwhy = 'market'\n";
    // Taken, and written so that it parses.
    for (from, to) in [
        ("min_group = 10", "min_group = '010'"),
        ("min_group = 10", "min_group = 10\nmax_fps = '06'\nmax_px_per_m = '+080'\ndecoys_per_1000 = '0010'"),
        ("'Gemeente Voorbeeld'", &format!("'{long}'")),
        ("'Gemeente Voorbeeld'", "'\u{394}\u{3ae}\u{3bc}\u{3bf}\u{3c2}'"),
        ("'weekly market'", "\"tab\\t, line\\n and \\\"quotes\\\"\""),
        ("'Europe/Amsterdam'", "'europe/amsterdam'"),
    ] {
        let text = written(&changed(CITY, from, to));
        let file = PolicyFile::parse(&text, "policy.toml").unwrap_or_else(|error| panic!("{to}: {error}"));
        let id = &file.document().policy.id;
        assert!((8..=64).contains(&id.len()), "{to}: {id}");
    }
    // Refused, with the line, the answer and what is expected.
    let whole = format!("{CITY}{camera}");
    let line_of = |text: &str, what: &str| 1 + text.lines().position(|line| line.contains(what)).unwrap();
    for (text, said) in [
        (
            whole.clone(),
            format!("answers.toml:{}: camera[2].id: expected another one", whole.lines().count() - 2),
        ),
        (format!("{CITY}{site}"), "site[1].id: expected another one than before: `square`".to_owned()),
        (changed(CITY, "['nl', 'en']", "['nl', 'nl']"), "languages: expected each one once: `nl`".to_owned()),
        (changed(CITY, "['nl', 'en']", "['nl', 'english']"), "answers.toml:4: languages".to_owned()),
        (
            changed(CITY, "role = 'ciso'", "role = 'process-owner'"),
            "approver[1].role: expected another".to_owned(),
        ),
        (
            changed(CITY, "'Gemeente Voorbeeld'", "\"Gemeente\\u0007\""),
            "answers.toml:5: controller: expected a text without control characters".to_owned(),
        ),
        (
            changed(CITY, "'Gemeente Voorbeeld'", "\"Gemeente\\u202e\""),
            "answers.toml:5: controller: expected a text without".to_owned(),
        ),
        (
            changed(CITY, "min_group = 10", "min_group = 4"),
            format!("answers.toml:{}: min_group: expected a whole", line_of(CITY, "min_group")),
        ),
        (changed(CITY, "2026-12-01", "'20261201'"), "effective_from: expected a day".to_owned()),
    ] {
        let told = refused(&text);
        assert!(told.contains(&said), "{said}: {told}");
    }
}

#[test]
fn nothing_is_left_behind_where_answers_are_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("answers.toml"), changed(CITY, "min_group = 10", "min_group = 4")).unwrap();
    let args = NewArgs { answers: Some(path("answers.toml")), out: path("policy.toml"), questions: false };
    assert!(run(&args).is_err() && !path("policy.toml").exists());
}
