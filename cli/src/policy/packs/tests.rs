use velum_policy::SigningKey;

use crate::policy::tests::{check, example, run_line};

const GIVEN: &str = "schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n\
    [[retention]]\ncountry = \"BE\"\nregime = \"led\"\ndata = \"any\"\nmax = \"P5D\"\nlaw = \"a decree\"\nstatus = \"recall\"\n\
    [[retention]]\ncountry = \"FR\"\nregime = \"any\"\ndata = \"raw_video\"\nmax = \"P999D\"\nlaw = \"none\"\nstatus = \"unsure\"\n";

/// A folder with two keys and the packs.
fn folder() -> (tempfile::TempDir, impl Fn(&str) -> String) {
    let folder = tempfile::tempdir().unwrap();
    for role in ["a", "b"] {
        let key = SigningKey::generate().unwrap();
        key.save(&folder.path().join(format!("{role}.key"))).unwrap();
        std::fs::write(folder.path().join(format!("{role}.pub")), key.public().to_string()).unwrap();
    }
    std::fs::write(folder.path().join("packs.toml"), GIVEN).unwrap();
    let path = folder.path().to_owned();
    (folder, move |name: &str| path.join(name).display().to_string())
}

#[test]
fn packs_are_shown_signed_and_verified() {
    let (_folder, at) = folder();
    let [packs, signed, a, b, a_pub, b_pub] =
        ["packs.toml", "packs.signed.json", "a.key", "b.key", "a.pub", "b.pub"].map(&at);
    check(&["packs", "show"], 0);
    check(&["packs", "show", &packs, "--country", "BE", "--format", "json"], 0);
    assert!(run_line(&["packs", "show", "--country", "XX"]).is_err());
    check(&["packs", "sign", &packs, "--key", &a], 0);
    let verify = ["packs", "verify", &signed, "--approver", &a_pub, "--approver", &b_pub];
    check(&verify, 2);
    check(&["packs", "sign", &packs, "--key", &b, "--out", &signed], 0);
    check(&verify, 0);
    // Other packs are not signed into the same file, nor over what they are made of.
    std::fs::write(&packs, GIVEN.replace("2026.12", "2026.11.9")).unwrap();
    assert!(run_line(&["packs", "sign", &packs, "--key", &a, "--out", &signed]).is_err());
    assert!(run_line(&["packs", "sign", &packs, "--key", &a, "--out", &packs]).is_err());
    let older = at("older.signed.json");
    for key in [&a, &b] {
        check(&["packs", "sign", &packs, "--key", key, "--out", &older], 0);
    }
    let follows = ["packs", "verify", &older, "--approver", &a_pub, "--approver", &b_pub, "--after", &signed];
    assert!(run_line(&follows).unwrap_err().to_string().contains("2026.12 accepted before"));
    std::fs::write(&packs, "schema = 1").unwrap();
    check(&["packs", "show", &packs], 3);
}

#[test]
fn given_packs_are_linted_and_shown_with() {
    let (_folder, at) = folder();
    let (packs, policy) = (at("packs.toml"), example("led-tram-hub.toml"));
    check(&["lint", &policy, "--at", "2026-12-01"], 0);
    check(&["lint", &policy, "--at", "2026-12-01", "--packs", &packs], 2);
    check(&["show", &policy, "--effective", "--packs", &packs], 0);
}

#[test]
fn a_pack_that_allows_more_is_said_to_be_without_effect() {
    let given = velum_policy::pack::CountryPacks::parse_given(GIVEN, "packs.toml").unwrap();
    let told = super::list::without_effect(&given);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("FR any raw_video at most P999D: the built-in pack says at most P30D"),
        "{told:?}"
    );
}
