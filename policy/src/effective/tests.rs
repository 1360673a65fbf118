use super::*;

fn example(name: &str) -> PolicyFile {
    let path = format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    PolicyFile::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
}

/// The value of a field and where it comes from.
fn check(file: &PolicyFile, camera: &str, key: &str, value: &str, origin: &str) {
    let effective = Effective::of(file, Packs::built_in());
    let camera = effective.cameras.iter().find(|one| one.camera == camera).unwrap();
    let field = camera.fields.iter().chain(&camera.facts).find(|field| field.key == key);
    let found = field.map(|field| (field.value.clone(), field.origin.to_string()));
    assert_eq!(found, Some((value.to_owned(), origin.to_owned())), "{key}");
}

#[test]
fn each_value_says_where_it_was_written() {
    let square = example("gdpr-market-square.toml");
    check(&square, "mp-01", "retention.statistic", "\"P730D\"", "city, line 216");
    check(&square, "mp-01", "retention.event", "\"P7D\"", "site marktplein, line 371");
    check(&square, "mp-01", "capture.max_px_per_m", "60", "camera mp-01, line 385");
    check(&square, "mp-02", "capture.max_px_per_m", "80", "city, line 99");
    check(&square, "mp-02", "trials", "[\"cargo-bike-lane-trial\"]", "city, line 349");
    let hub = example("led-tram-hub.toml");
    check(&hub, "hub-hall", "retention.event", "\"PT0S\"", "not written: the strictest value");
    check(&hub, "hub-hall", "aggregation.live_levels", "[]", "not written: the strictest value");
    check(&hub, "hub-hall", "analytics", "[\"abandoned_object\"]", "city, line 104");
    check(&hub, "hub-hall", "precision.location", "\"grid-1m\"", "city, line 168");
}

#[test]
fn sets_that_no_level_writes_alone_come_of_all_of_them() {
    let text = example("gdpr-market-square.toml").text().replacen(
        "[site.marktplein.aggregation]\n",
        "[site.marktplein.aggregation]\nlive_levels = [\"busy\", \"dense\"]\n",
        1,
    );
    let text = format!("{text}\n[camera.mp-02.aggregation]\nlive_levels = [\"dense\", \"critical\"]\n");
    let file = PolicyFile::parse(&text, "policy.toml").unwrap();
    let all = "city, line 175 and site marktplein, line 369 and camera mp-02, line 398";
    check(&file, "mp-02", "aggregation.live_levels", "[\"dense\"]", all);
    check(&file, "mp-01", "aggregation.live_levels", "[\"busy\", \"dense\"]", "site marktplein, line 369");
}

#[test]
fn what_the_city_does_not_write_no_site_allows() {
    let text = example("gdpr-market-square.toml").text().replacen("event          = \"P14D\"", "", 1);
    let file = PolicyFile::parse(&text, "policy.toml").unwrap();
    check(&file, "mp-01", "retention.event", "\"PT0S\"", "not written: the strictest value");
}

#[test]
fn the_values_are_those_that_a_box_applies() {
    for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
        let file = example(name);
        let resolved = file.resolve().unwrap();
        for camera in Effective::of(&file, Packs::built_in()).cameras {
            let applied = resolved.cameras[&camera.camera].layers();
            assert!(camera.fields.len() > 35);
            for field in &camera.fields {
                let (table, name) = field.key.split_once('.').unwrap();
                assert_eq!(field.applied.as_ref(), find(&applied, table, name), "{}", field.key);
            }
        }
    }
}

#[test]
fn it_lists_what_may_be_told_and_the_zones() {
    let effective = Effective::of(&example("gdpr-market-square.toml"), Packs::built_in());
    let told: Vec<_> = effective.cameras[1].events.iter().map(|event| event.class.as_str()).collect();
    assert_eq!(told, ["road_user_count"]);
    assert!(effective.cameras[1].events[0].fields.contains(&"count_rounded"));
    let zones: Vec<_> = effective.cameras[1].zones.iter().map(|zone| (zone.kind, zone.line)).collect();
    assert_eq!(zones, [("count", Some(393)), ("private_mask", Some(394))]);
}

#[test]
fn what_a_pack_keeps_lower_names_the_pack_its_law_and_how_well_that_was_checked() {
    let hub =
        example("led-tram-hub.toml").text().replace("country        = \"BE\"", "country        = \"NL\"");
    let hub = hub.replace("redacted_still     = \"PT72H\"", "redacted_still     = \"P29D\"");
    let hub = hub.replace("redacted_still = \"PT48H\"", "redacted_still = \"P29D\"");
    let file = PolicyFile::parse(&hub, "policy.toml").unwrap();
    let effective = Effective::of(&file, Packs::built_in());
    let field = |key: &str| effective.cameras[0].fields.iter().find(|field| field.key == key).unwrap();
    let still = field("retention.redacted_still");
    assert_eq!(still.value, "\"P28D\"");
    let origin = still.origin.to_string();
    assert!(
        origin.starts_with("pack NL 2026.11 (Gemeentewet Art 151c") && origin.ends_with("[V])"),
        "{origin}"
    );
    // What the policy says lower itself is the policy's.
    assert!(field("retention.raw_video").origin.to_string().starts_with("city, line"));
}
