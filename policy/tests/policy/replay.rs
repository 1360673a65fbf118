//! Outside bytes never make the parsers panic: [`fuzzed`](crate::fuzzed) over random bytes, over examples with random
//! changes, and over the corpus of the coverage-guided fuzzer.

use std::path::Path;

use proptest::prelude::*;
use velum_policy::pack::SignedPacks;
use velum_policy::{Advice, PolicyFile, SignedOpinion, SignedPolicy, SigningKey};

use crate::fuzzed::{self, TARGETS};
use crate::texts::example;

fn all(bytes: &[u8]) {
    for (_, target) in TARGETS {
        target(bytes);
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
    fn fuzz_random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        all(&bytes);
    }

    #[test]
    fn fuzz_random_text_that_looks_like_toml(
        text in "([a-z]{1,4}( = |\\.|\\[|\\]|\"|\\{|\n|1|inf|2026-12-01)){0,40}",
    ) {
        all(text.as_bytes());
    }

    #[test]
    fn fuzz_changed_packs(at: prop::sample::Index, length in 0_usize..40, put in "[ -~\n]{0,20}") {
        let own = include_str!("../../packs/2026.11.toml");
        // Without what only the program's own may have.
        let mut bytes = own.split_at(own.find("[[retention]]").unwrap()).1.as_bytes().to_vec();
        bytes.splice(0..0, *b"schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n");
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        fuzzed::packs(&bytes);
    }

    #[test]
    fn fuzz_changed_pack_envelopes(at: prop::sample::Index, put: u8) {
        let mut signed = SignedPacks::unsigned("schema = 'x'", "x.toml");
        signed.sign(&SigningKey::generate().unwrap());
        let mut bytes = signed.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        all(&bytes);
    }

    #[test]
    fn fuzz_changed_examples(led: bool, based: bool, at: prop::sample::Index, length in 0_usize..40, put in "[ -~\n]{0,20}") {
        let text = example(if led { "led-tram-hub.toml" } else { "gdpr-market-square.toml" });
        let text = if based { text.replacen("[policy]\n", "[policy]\nbaseline = \"2026.11\"\n", 1) } else { text };
        let mut bytes = text.into_bytes();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        fuzzed::policy(&bytes);
    }

    #[test]
    fn fuzz_changed_envelopes(at: prop::sample::Index, put: u8) {
        let mut signed = SignedPolicy::unsigned("schema = 'x'", "x.toml");
        signed.sign(&SigningKey::generate().unwrap());
        let mut bytes = signed.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        all(&bytes);
    }

    #[test]
    fn fuzz_changed_opinions(at: prop::sample::Index, put: u8) {
        let file = PolicyFile::parse(&example("gdpr-market-square.toml"), "x.toml").unwrap();
        let (said, given) = ((Advice::Favourable, "good"), jiff::Timestamp::UNIX_EPOCH);
        let opinion = SignedOpinion::give(&file, said, given, &SigningKey::generate().unwrap()).unwrap();
        let mut bytes = opinion.to_json().into_bytes();
        let n = at.index(bytes.len());
        bytes[n] = put;
        all(&bytes);
    }
}

#[test]
fn replay_of_the_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for (name, target) in TARGETS {
        let folder = corpus.join(name);
        let files =
            std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let inputs: Vec<_> = files.map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect();
        assert!(inputs.len() >= 3, "{}: {} inputs", folder.display(), inputs.len());
        inputs.iter().for_each(|bytes| target(bytes));
    }
}

#[test]
fn deep_nesting_and_great_length_are_refused() {
    fuzzed::packs(format!("a = {}", "[".repeat(100_000)).as_bytes());
    fuzzed::policy(format!("a = {}", "[".repeat(100_000)).as_bytes());
    fuzzed::policy(format!("{}a = 1", "a.".repeat(50_000)).as_bytes());
    let long = "# x\n".repeat(400_000);
    let error = PolicyFile::parse(&long, "long.toml").unwrap_err().to_string();
    assert!(error.starts_with("long.toml: a policy has at most"), "{error}");
}
