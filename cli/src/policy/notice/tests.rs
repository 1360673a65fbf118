//! Signs and notices of the two worked examples, and of files that would abuse them.

use super::*;

fn at() -> Timestamp {
    "2026-12-02T12:00:00Z".parse().unwrap()
}

fn example(name: &str) -> String {
    let path = format!("{}/../policy/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn drawn(text: &str, language: Option<&str>) -> anyhow::Result<Vec<(String, String)>> {
    let file = PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}"));
    draw(&file, language, None, Paper::A4, at())
}

fn page_of(text: &str, name: &str, language: &str) -> String {
    let pages = drawn(text, Some(language)).unwrap_or_else(|error| panic!("{error:#}"));
    pages.into_iter().find(|(file, _)| file == name).map(|(_, page)| page).unwrap_or_else(|| panic!("{name}"))
}

/// The text with one change, which must be one.
fn changed(text: &str, from: &str, to: &str) -> String {
    let changed = text.replace(from, to);
    assert_ne!(changed, text, "`{from}` is not in the example");
    changed
}

#[test]
fn both_examples_get_a_sign_and_a_notice_in_each_of_their_languages() {
    let names = |text: &str| drawn(text, None).unwrap().into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let gdpr = names(&example("gdpr-market-square.toml"));
    assert_eq!(gdpr.len(), 8);
    assert!(
        gdpr.contains(&"sign-marktplein-nl.html".to_owned()) && gdpr.contains(&"notice-fr.html".to_owned())
    );
    let led = names(&example("led-tram-hub.toml"));
    assert!(led.contains(&"sign-hub-en.html".to_owned()), "{led:?}");
}

#[test]
fn the_sign_of_the_market_says_what_the_policy_says() {
    let sign = page_of(&example("gdpr-market-square.toml"), "sign-marktplein-en.html", "en");
    for said in [
        "measure how crowded it is",
        "count cyclists",
        "See dangerous crowding on the market square",
        "Gemeente Lindehaven (fictional)",
        "fg@lindehaven.example",
        "https://lindehaven.example/drukte",
        "No faces are recognised.",
        "crowd levels: 7 days",
        "Autoriteit Persoonsgegevens",
        "A single covered picture may leave the device to align a camera.",
        "Thursday, Saturday, 07:00 to 18:30",
        "class=\"qr\"",
    ] {
        assert!(sign.contains(said), "{said}");
    }
    assert!(!sign.contains("No pictures leave"), "a covered picture may leave");
    assert!(
        !sign.contains("14 days"),
        "the site keeps crowd levels for seven days, not for the city's fourteen"
    );
    assert!(!sign.contains("DRAFT"), "{sign}");
}

#[test]
fn the_notice_of_the_police_zone_speaks_of_its_own_law() {
    let notice = page_of(&example("led-tram-hub.toml"), "notice-en.html", "en");
    for said in [
        "Directive (EU) 2016/680",
        "Article 14",
        "through COC, if you are refused",
        "There is no right to object under this law.",
        "alerts that a person confirmed: 30 days",
        "alerts of an object left alone: 1 day",
        "still pictures: 2 days",
        "under another law, because of: LED Art 9(1)",
        "2 areas are always hidden",
        "every day, 05:00 to 01:30",
        "Council decision 2026-06-22/14",
        "<sup>K</sup>",
    ] {
        assert!(notice.contains(said), "{said}");
    }
    assert!(!notice.contains("Article 21"), "there is no such right");
}

#[test]
fn no_page_gives_a_verdict_loads_anything_or_runs_anything() {
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
        for (file, page) in drawn(&example(name), None).unwrap() {
            let lower = page.to_lowercase();
            for word in
                ["complian", "complies", "conforme", "voldoet aan", "erfüllt", "<script", "<img", "@import"]
            {
                assert!(!lower.contains(word), "{file}: {word}");
            }
            assert!(page.contains("default-src 'none'"), "{file}");
            assert!(!lower.contains("url("), "{file}");
        }
    }
}

#[test]
fn nothing_that_a_policy_says_becomes_markup() {
    let bad = "<script>alert(1)</script><img src=x onerror=y>";
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
        let text = example(name);
        let file = PolicyFile::parse(&text, name).unwrap();
        let document = file.document();
        let mut abused = text.clone();
        for one in [
            document.controller.name.as_str(),
            &document.controller.dpo_contact,
            &document.legal.instrument,
            &document.legal.necessity,
            &document.purpose[0].text["en"],
            &document.purpose[0].text["nl"],
            &document.recipient[0].role,
            &document.notice.as_ref().unwrap().registers[0],
            &document.rights.as_ref().unwrap().channels[0],
            &document.site.values().next().unwrap().name,
            document.supervision.as_ref().unwrap().dpia.reference.as_str(),
        ] {
            let quoted = format!("\"{one}\"");
            abused = changed(&abused, &quoted, &format!("\"{bad}\""));
        }
        for language in ["en", "nl"] {
            for (file, page) in drawn(&abused, Some(language)).unwrap() {
                assert!(page.contains("&lt;script&gt;"), "{file}");
                assert!(!page.contains("<script") && !page.contains("<img"), "{file}");
            }
        }
    }
}

#[test]
fn what_cannot_be_drawn_is_refused_with_its_place_and_the_fix() {
    let text = example("gdpr-market-square.toml");
    let check = |text: &str, language: Option<&str>, said: &[&str]| {
        let error = format!("{:#}", drawn(text, language).unwrap_err());
        for word in said {
            assert!(error.contains(word), "{error}");
        }
    };
    check(&text, Some("es"), &["purpose[0].text", "`crowd-safety` in `es`", "text.es = "]);
    check(&text, Some("tr"), &["notice.languages", "`tr`", "en, nl, de"]);
    let unlike = |from: &str, to: &str| changed(&text, from, to);
    check(
        &unlike("https://lindehaven.example/drukte", "javascript:x"),
        None,
        &["notice.layer2_url", "`javascript:x`"],
    );
    check(&unlike("\"icon\"]", "\"hologram\"]"), None, &["layer1_elements", "`hologram`"]);
    check(
        &unlike("\"gait_recognition\", ", ""),
        None,
        &["layer1_elements", "no_identification", "analytics.forbid names `gait_recognition`"],
    );
    let away = changed(&text, "[site.marktplein", "[site.\"../up\"");
    check(&changed(&away, "= \"marktplein\"", "= \"../up\""), None, &["site.../up", "rename it"]);
    let file = PolicyFile::parse(&text, "policy.toml").unwrap();
    let error = draw(&file, None, Some("harbour"), Paper::A4, at()).unwrap_err().to_string();
    assert!(error.contains("marktplein") && error.contains("`harbour`"), "{error}");
}

#[test]
fn a_policy_that_is_not_in_force_gives_drafts() {
    let text = example("gdpr-market-square.toml");
    for broken in [
        changed(&text, "status         = \"active\"", "status = \"draft\""),
        changed(&text, "quorum          = 2", "quorum = 1"),
    ] {
        for (file, page) in drawn(&broken, Some("en")).unwrap() {
            assert!(page.contains("DRAFT"), "{file}");
        }
    }
}

#[test]
fn what_the_policy_does_not_say_is_said_to_be_missing() {
    let text = example("gdpr-market-square.toml");
    let from = text.find("[human_oversight]").unwrap();
    let until = text.find("[notice]").unwrap();
    let silent = format!("{}{}", &text[..from], &text[until..]);
    let notice = page_of(&silent, "notice-en.html", "en");
    assert!(notice.matches("The policy does not say.").count() >= 2, "{notice}");
    assert!(!notice.contains("a person decides"), "{notice}");
}

#[test]
fn a_name_that_this_program_does_not_know_takes_the_denials_off_and_is_told() {
    let text = example("gdpr-market-square.toml").replace("\"no_identification\", ", "");
    let denied = [
        "No faces are recognised.",
        "Nobody is identified.",
        "No number plates are read.",
        "Nobody is rated",
        "No sound is recorded.",
        "No names are held.",
    ];
    let known = page_of(&text, "notice-en.html", "en");
    assert!(denied.iter().all(|sentence| known.contains(sentence)), "{known}");
    for (from, to, name) in [
        ("[\"cargo_bike_count\"]", "[\"vip_finder\"]", "`vip_finder`"),
        ("\"cyclist_count\",", "\"smart_count\",", "`smart_count`"),
        ("\"boxes:vehicle\"]", "\"text:plate\"]", "output `text:plate` of the model `road-user-count-s`"),
        ("\"boxes:cyclist\"", "\"boxes:plate\"", "output `boxes:plate` of the model `road-user-count-s`"),
        ("task = \"road_user_count\"", "task = \"mood\"", "task `mood` of the model `road-user-count-s`"),
    ] {
        let unknown = changed(&text, from, to);
        for name in ["notice-en.html", "sign-marktplein-en.html"] {
            let page = page_of(&unknown, name, "en");
            for sentence in denied {
                assert!(!page.contains(sentence), "{to}: {name}: {sentence}");
            }
        }
        let file = PolicyFile::parse(&unknown, "policy.toml").unwrap();
        let told = claims_unmet(file.document());
        for id in ["no_face_recognition", "no_number_plates", "no_rating"] {
            let why = told.iter().find(|(claim, _)| claim.starts_with(id)).map(|(_, why)| why.as_str());
            assert!(why.is_some_and(|why| why.contains(name)), "{to}: {id}: {told:?}");
        }
    }
}

#[test]
fn what_the_examples_and_new_policies_compute_is_known() {
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml", "gdpr-market-square.v1.3.0-proposed.toml"] {
        let file = PolicyFile::parse(&example(name), name).unwrap();
        let told = claims_unmet(file.document());
        assert!(told.iter().all(|(claim, _)| claim.starts_with("no_pictures")), "{name}: {told:?}");
        let notice = page_of(&example(name), "notice-en.html", "en");
        assert!(!notice.contains("compute “"), "{name}: every trial and analytic has a text");
    }
}

#[test]
fn every_level_and_every_recipient_of_pictures_is_told() {
    let market = example("gdpr-market-square.toml");
    let hub = example("led-tram-hub.toml");
    let (maintenance, alert, live) =
        ("to align a camera", "With an alert, one still picture", "Covered live pictures");
    // Pictures of cameras as well as of alerts, and a recipient of pictures that no event goes to.
    let both = changed(
        &changed(
            &hub,
            "imagery       = \"none\"\nhuman_review  = \"not-applicable\"",
            "imagery = \"redacted_still\"\nhuman_review = \"not-applicable\"",
        ),
        "events   = [\"abandoned_object_confirmed\"]\nfields   = [\"alert_id\", \"site\", \"zone\", \"object_kind\"]\nimagery  = false",
        "events   = []\nfields   = []\nimagery  = true",
    );
    let streamed = changed(&both, "= \"alert-still\"", "= \"live\"");
    let police = "Politiezone Scheldemonde (fictional)";
    let bombs = "Federal bomb disposal service";
    for (text, told, silent, seen_by) in [
        (&market, vec![maintenance], vec![alert, live], "seen by: StadsIT B.V. (fictional)".to_owned()),
        (&hub, vec![alert], vec![maintenance, live], format!("seen by: {police}")),
        (
            &both,
            vec![maintenance, alert],
            vec![live],
            format!("seen by: {bombs} (fictional contact point), {police}"),
        ),
        (&streamed, vec![maintenance, alert, live], vec![], format!("seen by: {bombs}")),
    ] {
        let pages = drawn(text, Some("en")).unwrap();
        for (file, page) in pages {
            assert!(told.iter().all(|level| page.contains(level)), "{file}");
            assert!(!silent.iter().any(|level| page.contains(level)), "{file}");
            assert!(page.contains(&seen_by), "{file}: {seen_by}");
        }
    }
    let none = changed(&market, "= \"maintenance-still\"", "= \"none\"");
    for (file, page) in drawn(&none, Some("en")).unwrap() {
        assert!(!page.contains("seen by") && !page.contains(maintenance), "{file}");
    }
}

#[test]
fn following_back_who_put_an_object_down_is_said() {
    let text = changed(&example("led-tram-hub.toml"), "\"owner_backtracking\", ", "");
    let text = changed(
        &text,
        "allow  = [\"abandoned_object\"]",
        "allow = [\"abandoned_object\", \"owner_backtracking\"]",
    );
    let sign = page_of(&text, "sign-hub-en.html", "en");
    assert!(sign.contains("follow within one picture who put an object down"), "{sign}");
    assert!(sign.contains("No faces are recognised.") && sign.contains("from camera to camera"), "{sign}");
}
