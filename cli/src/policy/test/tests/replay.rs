//! Outside bytes never make the reader of cases panic, and no case that it takes does. `fuzz_cases` is a plain function,
//! so that a fuzzer can drive it too; here it is replayed over random bytes and over the worked files with random changes.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static TOWNS: LazyLock<[(PolicyFile, Town); 2]> = LazyLock::new(|| {
    [GDPR, LED].map(|text| {
        let policy = PolicyFile::parse(text, "city.toml").unwrap();
        let town = Town::under(stand_in::approved(&policy).unwrap()).unwrap();
        (policy, town)
    })
});

fn fuzz_cases(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = match CasesFile::parse(text, "fuzz.toml") {
        Ok(file) => file,
        Err(finding) => return assert!(finding.line > 0 && finding.column > 0),
    };
    for (policy, town) in &*TOWNS {
        match file.cases(policy) {
            Ok(cases) => {
                let tested: Vec<_> =
                    cases.iter().map(|case| Tested { case, found: town.ask(case).unwrap() }).collect();
                let left_out = cases::left_out(&cases, policy);
                let report = Report { path: "fuzz.toml", policy, tested, left_out };
                assert!(!report.text(&Screen::plain()).is_empty());
            }
            Err(wrong) => assert!(wrong.iter().all(|finding| finding.line > 0 && finding.column > 0)),
        }
    }
}

/// More with `PROPTEST_CASES`: `make fuzz`.
fn config() -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(asked.unwrap_or(64)) }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        fuzz_cases(&bytes);
    }

    #[test]
    fn random_text_that_looks_like_cases(
        text in "(\\[\\[case\\]\\]\n|name = 'x'\n|at = [0-9]{4}-12-03T10:15:42Z\n|camera = 'mp-01'\n|recipient = 'crowd-steward'\n|\
                 keep_still = \\{ of = 'crowd_density' \\}\n|withheld = 'x'\n|shown = \\[\\]\n|\
                 read = \\{ event = 'camera_health', age = 'PT[0-9]{1,20}S', purpose = 'x' \\}\n|\
                 crowd_density = \\{ zone = 'x', level = 'low', persons = [0-9]{1,12} \\}\n){0,12}"
    ) {
        fuzz_cases(text.as_bytes());
    }

    #[test]
    fn changed_examples(led: bool, at: prop::sample::Index, length in 0_usize..30, put in "[ -~\n]{0,16}") {
        let mut bytes = if led { LED_CASES } else { GDPR_CASES }.as_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, put.into_bytes());
        fuzz_cases(&bytes);
    }
}

#[test]
fn any_moment_and_any_age_has_an_answer() {
    for at in ["0001-01-01T00:00:00Z", "9999-12-30T23:59:59+13:00", "2026-12-03T10:15:42-23:59"] {
        for age in ["PT0S", "P999999999D", "PT18446744073709551615S"] {
            let cases = format!(
                "[[case]]\nname = 'x'\nat = {at}\nrecipient = 'crowd-steward'\n\
                 read = {{ event = 'crowd_density_level', age = '{age}', purpose = 'crowd-safety' }}\nshown = []\n\
                 [[case]]\nname = 'y'\nat = {at}\ncamera = 'mp-01'\n\
                 ask_still = {{ of = 'crowd_density', age = '{age}', purpose = 'x' }}\nreleased = {{}}\n\
                 [[case]]\nname = 'z'\nat = {at}\ncamera = 'mp-01'\n\
                 abandoned_object = {{ zone = 'x', unattended = '{age}' }}\nreleased = {{}}\n"
            );
            fuzz_cases(cases.as_bytes());
        }
    }
}
