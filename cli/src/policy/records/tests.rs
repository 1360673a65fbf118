//! Records of the two worked examples, of a silent policy, and of one that would abuse them.

use velum_policy::PolicyFile;

use super::*;

fn example(name: &str) -> String {
    let path = format!("{}/../policy/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn record(text: &str) -> Record {
    let file = PolicyFile::parse(text, "policy.toml").unwrap_or_else(|error| panic!("{error}"));
    Record::of(file.document())
}

fn letters(record: &Record) -> String {
    record.items.iter().map(|item| item.article.rsplit('(').next().unwrap().trim_end_matches(')')).collect()
}

fn values(record: &Record, article: &str) -> String {
    let item = record.items.iter().find(|item| item.article == article).unwrap();
    item.entries.iter().map(|entry| format!("{} = {}\n", entry.key, entry.value)).collect()
}

#[test]
fn a_city_gets_article_30_and_a_police_zone_article_24() {
    let gdpr = record(&example("gdpr-market-square.toml"));
    assert_eq!((gdpr.article, letters(&gdpr).as_str()), ("GDPR 30(1)", "abcdefg"));
    let led = record(&example("led-tram-hub.toml"));
    assert_eq!((led.article, letters(&led).as_str()), ("LED 24(1)", "abcdefghi"));
    assert!(gdpr.items.iter().chain(&led.items).all(|item| item.mark == "K" && !item.entries.is_empty()));
}

#[test]
fn entries_say_what_the_policy_says_and_where() {
    let gdpr = record(&example("gdpr-market-square.toml"));
    for (article, said) in [
        ("GDPR 30(1)(a)", "controller.dpo_contact = fg@lindehaven.example"),
        ("GDPR 30(1)(b)", "purpose[1].text.fr = traffic-flow: Mesurer"),
        ("GDPR 30(1)(c)", "event[0].fields = crowd_density_level (treated-as-personal; pictures: none): "),
        ("GDPR 30(1)(d)", "processor[0] = processor StadsIT B.V. (fictional)"),
        ("GDPR 30(1)(e)", "open data portal: worldwide"),
        ("GDPR 30(1)(f)", "retention.event = crowd_density_level: P14D"),
        ("GDPR 30(1)(f)", "site.marktplein.retention.event = there: P7D"),
        ("GDPR 30(1)(f)", "retention.raw_video = raw video: not kept"),
        ("GDPR 30(1)(g)", "security.transport = transport: mtls-1.3"),
    ] {
        assert!(values(&gdpr, article).contains(said), "{article}: {}", values(&gdpr, article));
    }
    let led = record(&example("led-tram-hub.toml"));
    for (article, said) in [
        ("LED 24(1)(c)", "disclosure under LED Art 9(1)"),
        ("LED 24(1)(e)", "none: individual_risk_prediction and behaviour_scoring are forbidden"),
        ("LED 24(1)(f)", "none: every recipient"),
        ("LED 24(1)(g)", "legal.authorisation.ref = Council decision 2026-06-22/14"),
    ] {
        assert!(values(&led, article).contains(said), "{article}: {}", values(&led, article));
    }
}

#[test]
fn what_the_policy_does_not_say_is_missing_and_never_invented() {
    let text = example("gdpr-market-square.toml");
    let without = |from: &str, until: &str, text: &str| {
        let (from, until) = (text.find(from).unwrap(), text.find(until).unwrap());
        format!("{}{}", &text[..from], &text[until..])
    };
    let silent = without("[data_subjects]", "[capture]", &text);
    let silent = without("[logging]", "[breach]", &silent);
    let silent = without("[[recipient]]", "[human_oversight]", &silent);
    let silent = silent
        .replace("event          = \"P14D\"\n", "")
        .replace("special_categories = \"none\"\n", "")
        .replace("dpo_contact         = \"fg@", "dpo_contact = \"\" # ");
    let record = record(&silent);
    let missing: Vec<_> =
        record.items.iter().flat_map(|item| &item.missing).filter_map(|gap| gap.key.as_deref()).collect();
    for key in [
        "legal.special_categories",
        "data_subjects",
        "security",
        "logging",
        "recipient",
        "retention.event",
        "controller.dpo_contact",
    ] {
        assert!(missing.contains(&key), "{key}: {missing:?}");
    }
    assert!(!values(&record, "GDPR 30(1)(f)").contains("crowd_density_level"), "a limit that nobody wrote");
    for text in [render::html(&record), render::markdown(&record), render::json(&record).unwrap()] {
        assert!(text.contains("missing"), "{text}");
        assert!(!text.contains("complian"), "{text}");
    }
}

#[test]
fn texts_of_the_policy_stay_texts() {
    let bad = "<script>x</script> **bold** [a](javascript:b) | \\n# head \u{202e}daeh\u{2066}";
    let record = record(&example("gdpr-market-square.toml").replace("Gemeente Lindehaven (fictional)", bad));
    assert!(!render::html(&record).contains("<script"));
    let markdown = render::markdown(&record);
    assert!(
        !markdown.contains("**bold**") && !markdown.contains("[a](") && !markdown.contains("\n# head"),
        "{markdown}"
    );
    for page in [&markdown, &render::html(&record)] {
        assert!(!page.contains(['\u{202e}', '\u{2066}']) && page.contains('\u{fffd}'), "{page}");
    }
    let json: serde_json::Value = serde_json::from_str(&render::json(&record).unwrap()).unwrap();
    assert_eq!(json["items"][0]["article"], "GDPR 30(1)(a)");
    assert_eq!(json["items"][0]["mark"], "K");
    assert!(json["items"][0]["entries"][0]["value"].as_str().unwrap().starts_with("<script>"));
}
