//! Outside bytes never make the parsers panic. The functions `fuzz_*` are plain, so that a fuzzer can drive them
//! too; here they are replayed over random bytes and over examples with random changes.

use proptest::prelude::*;
use velum_policy::effective::Effective;
use velum_policy::pack::{CountryPacks, Packs, SignedPacks};
use velum_policy::{Advice, PolicyFile, PublicKey, SignedOpinion, SignedPolicy, SigningKey, TrustRoot};

use crate::texts::example;

fn fuzz_policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match PolicyFile::parse(text, "fuzz.toml") {
        Ok(file) => {
            let found = file.lint(Some(jiff::Timestamp::UNIX_EPOCH));
            assert!(found.iter().all(|finding| finding.line > 0 && finding.column > 0));
            assert_eq!(file.resolve().is_err(), file.lint(None).has_errors());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn fuzz_envelope(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = PublicKey::parse(text).is_ok();
    let _ = SigningKey::from_pem(text, "fuzz.key").is_ok();
    let _ = TrustRoot::parse(text, "fuzz.toml").is_ok();
    if let Ok(signed) = SignedPolicy::parse(text, "fuzz.json") {
        let _ = signed.file().is_ok();
    }
    fuzz_opinion(text);
}

/// Whatever is said to be an opinion is the officer's, or is refused.
fn fuzz_opinion(text: &str) {
    let Ok(opinion) = SignedOpinion::parse(text, "fuzz.opinion.json") else { return };
    let file = PolicyFile::parse(&example("gdpr-market-square.toml"), "fuzz.toml").unwrap();
    let stranger = SigningKey::generate().unwrap().public();
    assert!(opinion.verify(&file, &stranger).is_err());
}

/// Whatever is said to be packs is signed by approvers, or is refused; and what parses never loosens.
fn fuzz_packs(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match CountryPacks::parse_given(text, "fuzz.toml") {
        Ok(given) => {
            let packs = Packs::built_in().with(given);
            for name in ["gdpr-market-square.toml", "led-tram-hub.toml"] {
                let file = PolicyFile::parse(&example(name), name).unwrap();
                let _ = file.lint_under(&packs, None).len();
                assert!(!Effective::of(&file, &packs).cameras.is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(signed) = SignedPacks::parse(text, "fuzz.json") {
        let strangers = [(); 2].map(|()| SigningKey::generate().unwrap().public());
        let trust = TrustRoot::new(strangers.to_vec(), 2, None).unwrap();
        assert!(signed.verify(&trust).is_err());
    }
}

/// More with `PROPTEST_CASES`: `make fuzz`.
fn cases() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(64))
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz_policy(&bytes);
        fuzz_envelope(&bytes);
        fuzz_packs(&bytes);
    }

    #[test]
    fn random_text_that_looks_like_toml(text in "([a-z]{1,4}( = |\\.|\\[|\\]|\"|\\{|\n|1|inf|2026-12-01)){0,40}") {
        fuzz_policy(text.as_bytes());
        fuzz_envelope(text.as_bytes());
        fuzz_packs(text.as_bytes());
    }

    #[test]
    fn changed_packs(at: prop::sample::Index, length in 0_usize..40, put in "[ -~\n]{0,20}") {
        let own = include_str!("../../packs/2026.11.toml");
        // Without what only the program's own may have.
        let mut bytes = own.split_at(own.find("[[retention]]").unwrap()).1.as_bytes().to_vec();
        bytes.splice(0..0, *b"schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n");
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        fuzz_packs(&bytes);
    }

    #[test]
    fn changed_pack_envelopes(at: prop::sample::Index, put: u8) {
        let mut signed = SignedPacks::unsigned("schema = 'x'", "x.toml");
        signed.sign(&SigningKey::generate().unwrap());
        let mut bytes = signed.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        fuzz_packs(&bytes);
        fuzz_envelope(&bytes);
    }

    #[test]
    fn changed_examples(led: bool, based: bool, at: prop::sample::Index, length in 0_usize..40, put in "[ -~\n]{0,20}") {
        let bytes =
            example(if led { "led-tram-hub.toml" } else { "gdpr-market-square.toml" });
        let bytes = if based { bytes.replacen("[policy]\n", "[policy]\nbaseline = \"2026.11\"\n", 1) } else { bytes };
        let mut bytes = bytes.into_bytes();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        fuzz_policy(&bytes);
    }

    #[test]
    fn changed_envelopes(at: prop::sample::Index, put: u8) {
        let mut signed = SignedPolicy::unsigned("schema = 'x'", "x.toml");
        signed.sign(&SigningKey::generate().unwrap());
        let mut bytes = signed.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        fuzz_envelope(&bytes);
    }

    #[test]
    fn changed_opinions(at: prop::sample::Index, put: u8) {
        let file = PolicyFile::parse(&example("gdpr-market-square.toml"), "x.toml").unwrap();
        let (said, given) = ((Advice::Favourable, "good"), jiff::Timestamp::UNIX_EPOCH);
        let opinion = SignedOpinion::give(&file, said, given, &SigningKey::generate().unwrap()).unwrap();
        let mut bytes = opinion.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        fuzz_envelope(&bytes);
    }
}

#[test]
fn deep_nesting_and_great_length_are_refused() {
    fuzz_packs(format!("a = {}", "[".repeat(100_000)).as_bytes());
    fuzz_policy(format!("a = {}", "[".repeat(100_000)).as_bytes());
    fuzz_policy(format!("{}a = 1", "a.".repeat(50_000)).as_bytes());
    let long = "# x\n".repeat(400_000);
    let error = PolicyFile::parse(&long, "long.toml").unwrap_err().to_string();
    assert!(error.starts_with("long.toml: a policy has at most"), "{error}");
}
