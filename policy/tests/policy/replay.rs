//! Outside bytes never make the parsers panic: [`fuzzed`](crate::fuzzed) over random bytes, over examples with random
//! changes, and over the corpus of the coverage-guided fuzzer.

use std::path::Path;

use proptest::prelude::*;
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
    fn fuzz_changed_examples(led: bool, at: prop::sample::Index, length in 0_usize..40, put in "[ -~\n]{0,20}") {
        let mut bytes =
            example(if led { "led-tram-hub.toml" } else { "gdpr-market-square.toml" }).into_bytes();
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
    fuzzed::policy(format!("a = {}", "[".repeat(100_000)).as_bytes());
    fuzzed::policy(format!("{}a = 1", "a.".repeat(50_000)).as_bytes());
    let long = "# x\n".repeat(400_000);
    let error = PolicyFile::parse(&long, "long.toml").unwrap_err().to_string();
    assert!(error.starts_with("long.toml: a policy has at most"), "{error}");
}
