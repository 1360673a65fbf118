use proptest::prelude::*;

use super::*;
use crate::file::PolicyFile;
use crate::order::Direction;
use crate::resolve::resolve;

fn example(name: &str) -> PolicyFile {
    let path = format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    PolicyFile::parse(&std::fs::read_to_string(&path).unwrap(), &path).unwrap()
}

/// A file of packs with one ceiling.
fn ceiling(country: &str, regime: &str, data: &str, max: PolicyDuration) -> CountryPacks {
    let text = format!(
        "schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n[[retention]]\ncountry = \"{country}\"\n\
         regime = \"{regime}\"\ndata = \"{data}\"\nmax = \"{max}\"\nlaw = \"a law\"\nstatus = \"unsure\"\n"
    );
    CountryPacks::parse(&text, "given.toml").unwrap()
}

/// The retention of every camera.
fn kept(file: &PolicyFile, packs: &Packs) -> Vec<Retention> {
    resolve(file, packs).0.cameras.into_values().map(|camera| camera.retention).collect()
}

#[test]
fn a_ceiling_is_about_pictures_or_about_all_that_is_kept_of_people() {
    let hub = example("led-tram-hub.toml");
    let day = PolicyDuration::from_secs(86_400);
    let tight = |data| kept(&hub, &Packs::built_in().with(ceiling("BE", "led", data, day)));
    for (before, after) in kept(&hub, Packs::built_in()).iter().zip(tight("raw_video")) {
        assert_eq!(after.redacted_still, before.redacted_still.meet(&AtMost(day)));
        assert_eq!((after.event, after.event_confirmed), (before.event, before.event_confirmed));
    }
    for (before, after) in kept(&hub, Packs::built_in()).iter().zip(tight("any")) {
        assert_eq!(after.event_confirmed, AtMost(day));
        assert_eq!((after.statistic, after.audit_log), (before.statistic, before.audit_log));
    }
    let elsewhere = Packs::built_in().with(ceiling("NL", "led", "any", day));
    let other_law = Packs::built_in().with(ceiling("BE", "gdpr", "any", day));
    for packs in [elsewhere, other_law] {
        assert_eq!(kept(&hub, &packs), kept(&hub, Packs::built_in()));
    }
}

#[test]
fn a_pack_that_allows_more_changes_nothing() {
    let hub = example("led-tram-hub.toml");
    let loose = ceiling("BE", "any", "any", PolicyDuration::parse("P999D").unwrap());
    assert_eq!(kept(&hub, &Packs::built_in().with(loose)), kept(&hub, Packs::built_in()));
}

proptest! {
    #[test]
    fn no_pack_makes_anything_less_private(led: bool, any: bool, about: bool, days in 0_u64..1000, city_days in 0_u64..1000) {
        let name = if led { "led-tram-hub.toml" } else { "gdpr-market-square.toml" };
        let city = AtMost(PolicyDuration::from_secs(city_days * 86_400));
        let file = example(name).edited(|document| {
            document.retention.event = Some(city);
            document.retention.redacted_still = Some(city);
        });
        let country = if led { "BE" } else { "NL" };
        let regime = match (any, led) { (true, _) => "any", (_, true) => "led", (_, false) => "gdpr" };
        let data = if about { "any" } else { "raw_video" };
        let given = ceiling(country, regime, data, PolicyDuration::from_secs(days * 86_400));
        for packs in [Packs::default(), Packs::built_in().clone()] {
            let (without, with) = (kept(&file, &packs), kept(&file, &packs.with(given.clone())));
            prop_assert_eq!(without.len(), with.len());
            for (without, with) in without.iter().zip(&with) {
                for time in Kept::ALL {
                    let [without, with] = [without, with].map(|one| AtMost(time.of(one)));
                    prop_assert!(matches!(without.direction(&with), Direction::Same | Direction::MorePrivate));
                }
                let rest = |one: &Retention| (one.audit_log, one.dsr_file, one.review_every);
                prop_assert_eq!(rest(without), rest(with));
            }
        }
    }
}
