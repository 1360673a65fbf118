//! `[stills]`: redacted stills of alerts. Whether there are any is the policy's word; this can only ask for fewer.

use serde::Deserialize;

use super::problem::Problems;

const DEFAULT_PER_HOUR: u64 = 60;
const DEFAULT_PER_OPERATOR_PER_HOUR: u64 = 20;
const DEFAULT_MAX_COUNT: u64 = 500;
const DEFAULT_MAX_MIB: u64 = 256;

/// As it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStills {
    pub(super) verifier: Option<String>,
    pub(super) per_hour: Option<u64>,
    pub(super) per_operator_per_hour: Option<u64>,
    pub(super) max_count: Option<u64>,
    pub(super) max_mib: Option<u64>,
}

/// `[stills]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StillSettings {
    /// Which model looks at finished pictures.
    pub(crate) verifier: VerifierChoice,
    /// Stills that may be asked for in an hour.
    pub(crate) per_hour: usize,
    /// The same by one operator.
    pub(crate) per_operator_per_hour: usize,
    /// Stills that are kept at once; the oldest go first.
    pub(crate) max_count: u64,
    /// What they may take, MiB.
    pub(crate) max_mib: u64,
}

/// Which model verifies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum VerifierChoice {
    /// The first that is here and of another family than the detector.
    #[default]
    Auto,
    /// The one with this name in the catalogue.
    Named(String),
    /// None: this box keeps no stills.
    None,
}

impl Default for StillSettings {
    fn default() -> Self {
        resolve_stills(RawStills::default(), &mut Problems::default())
    }
}

/// With every default filled in.
pub(super) fn resolve_stills(raw: RawStills, problems: &mut Problems) -> StillSettings {
    let verifier = match raw.verifier.as_deref() {
        None | Some("auto") => VerifierChoice::Auto,
        Some("none") => VerifierChoice::None,
        Some(name) => VerifierChoice::Named(name.to_owned()),
    };
    let mut within = |key: &str, given: Option<u64>, default: u64, most: u64| {
        let value = given.unwrap_or(default);
        if !(1..=most).contains(&value) {
            let key = format!("stills.{key}");
            problems.add(
                key,
                format!(
                    "expected a whole number from 1 to {most}, found `{value}`; use {default}, for example"
                ),
            );
        }
        value
    };
    let count = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    StillSettings {
        verifier,
        per_hour: count(within("per_hour", raw.per_hour, DEFAULT_PER_HOUR, 1_000)),
        per_operator_per_hour: count(within(
            "per_operator_per_hour",
            raw.per_operator_per_hour,
            DEFAULT_PER_OPERATOR_PER_HOUR,
            1_000,
        )),
        max_count: within("max_count", raw.max_count, DEFAULT_MAX_COUNT, 10_000),
        max_mib: within("max_mib", raw.max_mib, DEFAULT_MAX_MIB, 65_536),
    }
}
