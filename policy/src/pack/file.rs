//! One file of packs: the grammar. What it does not know it refuses, and every entry names its law and how well
//! that was checked.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::error::PolicyError;
use crate::grammar;
use crate::order::choice;
use crate::pack::version::PackVersion;
use crate::sections::Regime;

/// No file of packs is longer, bytes.
const LONGEST_BYTES: usize = 1 << 20;

choice!(
    /// How well an entry was checked.
    Confidence {
        /// Read in a source.
        Checked = "checked",
        /// From the author's knowledge of the text, not read again.
        Recall = "recall",
        /// Counsel must look before anybody relies on it.
        Unsure = "unsure",
    }
);
choice!(
    /// Under which law an entry applies.
    Scope {
        /// Regulation (EU) 2016/679.
        Gdpr = "gdpr",
        /// Directive (EU) 2016/680.
        Led = "led",
        /// Both.
        Any = "any",
        /// Both, wherever anything is computed.
        AnyAnalytics = "any-analytics",
    }
);
choice!(
    /// What a ceiling is about.
    KeptData {
        /// Pictures, raw or redacted.
        RawVideo = "raw_video",
        /// Everything that is kept.
        Any = "any",
    }
);
choice!(
    /// What a gate lets through without an authorisation.
    Exemption {
        /// Counting, with nothing acted on at once.
        StatisticsOnly = "statistics-only",
    }
);

/// A file of packs, of any number of countries.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountryPacks {
    schema: String,
    /// For example `2026.11`.
    pub version: PackVersion,
    /// What holds in the whole Union, by name; shown, and built into rules.
    #[serde(default)]
    pub eu: BTreeMap<String, UnionRule>,
    /// Ceilings on what is kept.
    #[serde(default)]
    pub retention: Vec<Ceiling>,
    /// Ages from which on reading needs more.
    #[serde(default)]
    pub access_gate: Vec<AgeGate>,
    /// Authorisations that countries ask for.
    #[serde(default)]
    pub gate: Vec<NationalGate>,
    /// Whether it was given beside the program's own.
    #[serde(skip)]
    pub is_given: bool,
}

/// What holds in the whole Union.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnionRule {
    /// A duration, a day or a list.
    pub value: toml::Value,
    /// Which law.
    pub why: String,
    /// How well that was checked.
    pub status: Confidence,
}

/// The longest time for which something may be kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// Two capital letters.
    pub country: String,
    /// Under which law it applies.
    pub regime: Scope,
    /// What it is about.
    pub data: KeptData,
    /// At most.
    pub max: PolicyDuration,
    /// Which law.
    pub law: String,
    /// How well that was checked.
    pub status: Confidence,
}

/// Data older than this needs something to be read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeGate {
    /// Two capital letters.
    pub country: String,
    /// Under which law it applies.
    pub regime: Scope,
    /// From this age on.
    pub after: PolicyDuration,
    /// Which law.
    pub law: String,
    /// How well that was checked.
    pub status: Confidence,
}

/// A country that reserves analysis of video to an authorisation of its own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NationalGate {
    /// Two capital letters.
    pub country: String,
    /// For example `FR-ALGO`.
    pub id: String,
    /// Under which law it applies.
    pub applies_to: Scope,
    /// What it lets through.
    pub exempt_if: Option<Exemption>,
    /// The kinds of authorisation that open it.
    pub requires_kind: Vec<String>,
    /// What such an authorisation can cover.
    #[serde(default)]
    pub allowed_events: Vec<String>,
    /// Which law.
    pub law: String,
    /// How well that was checked.
    pub status: Confidence,
}

impl Scope {
    fn covers(self, regime: Regime) -> bool {
        match self {
            Self::Gdpr => regime == Regime::Gdpr,
            Self::Led => regime == Regime::Led,
            Self::Any | Self::AnyAnalytics => true,
        }
    }
}

impl Confidence {
    /// The mark of the reference study: read in a source (V), known but not read again (K), not verified (U).
    pub fn mark(self) -> &'static str {
        match self {
            Self::Checked => "V",
            Self::Recall => "K",
            Self::Unsure => "U",
        }
    }
}

impl NationalGate {
    /// Whether it lets pure statistics through.
    pub fn exempts_statistics(&self) -> bool {
        self.exempt_if == Some(Exemption::StatisticsOnly)
    }
}

impl CountryPacks {
    /// Reads a file of packs; `path` is only named in errors.
    ///
    /// # Errors
    /// [`PolicyError::Packs`] with line, column, key, what was expected and found, and the fix.
    pub fn parse(text: &str, path: &str) -> Result<Self, PolicyError> {
        let refuse = |reason: String| PolicyError::Packs { path: path.to_owned(), reason };
        if text.len() > LONGEST_BYTES {
            return Err(refuse(format!(
                "expected at most {LONGEST_BYTES} bytes, found {}; is this the right file?",
                text.len()
            )));
        }
        let packs: Self = toml::from_str(text).map_err(|error| {
            let finding = grammar::finding(text, path, &error);
            refuse(format!(
                "{}:{}: {}: expected {}, found {}; {}",
                finding.line, finding.column, finding.key, finding.expected, finding.found, finding.fix
            ))
        })?;
        packs.complaint().map_or(Ok(packs), |reason| Err(refuse(reason)))
    }

    /// Reads a file that is given beside the program's own.
    ///
    /// # Errors
    /// As [`CountryPacks::parse`], and for what is built into the rules and cannot be given.
    pub fn parse_given(text: &str, path: &str) -> Result<Self, PolicyError> {
        let packs = Self::parse(text, path)?;
        if packs.eu.is_empty() {
            return Ok(Self { is_given: true, ..packs });
        }
        let reason = "eu: expected no such table in packs that are given: what holds in the whole Union is built into \
                      the rules; delete it, and write national ceilings and gates";
        Err(PolicyError::Packs { path: path.to_owned(), reason: reason.to_owned() })
    }

    /// Whether any entry is about this country.
    pub fn is_about(&self, country: &str) -> bool {
        self.retention.iter().any(|one| one.country == country)
            || self.access_gate.iter().any(|one| one.country == country)
            || self.gate.iter().any(|one| one.country == country)
    }

    /// `pack`, or `given pack`.
    pub fn kind(&self) -> &'static str {
        if self.is_given { "given pack" } else { "pack" }
    }

    /// What the types leave open and must not be so.
    fn complaint(&self) -> Option<String> {
        if self.schema != "cctv-pack/1" {
            let found = &self.schema;
            return Some(format!(
                "schema: expected `cctv-pack/1`, found `{found}`; write `schema = \"cctv-pack/1\"`"
            ));
        }
        let ceilings = self.retention.iter().map(|one| ("retention", &one.country, &one.law));
        let ages = self.access_gate.iter().map(|one| ("access_gate", &one.country, &one.law));
        let gates = self.gate.iter().map(|one| ("gate", &one.country, &one.law));
        let wrong = |(table, country, law): (&str, &String, &String)| {
            let is_code = country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase());
            if !is_code {
                return Some(format!(
                    "{table}.country: expected two capital letters, found `{country}`; write for example `\"BE\"`"
                ));
            }
            law.trim().is_empty().then(|| {
                format!("{table}.law: expected the law of the entry for {country}, found nothing; name it")
            })
        };
        ceilings.chain(ages).chain(gates).find_map(wrong)
    }

    /// Ceilings of a country on what is kept.
    pub fn ceilings(&self, country: &str, regime: Regime) -> impl Iterator<Item = &Ceiling> {
        self.retention.iter().filter(move |one| one.country == country && one.regime.covers(regime))
    }

    /// Ages from which on reading needs more.
    pub fn age_gates(&self, country: &str, regime: Regime) -> impl Iterator<Item = &AgeGate> {
        self.access_gate.iter().filter(move |one| one.country == country && one.regime.covers(regime))
    }

    /// Authorisations that a country asks for.
    pub fn gates(&self, country: &str, regime: Regime) -> impl Iterator<Item = &NationalGate> {
        self.gate.iter().filter(move |one| one.country == country && one.applies_to.covers(regime))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Packs;

    const OWN: &str = include_str!("../../packs/2026.11.toml");

    #[test]
    fn the_built_in_packs_name_law_and_confidence_everywhere() {
        let [packs] = Packs::built_in().files() else { panic!("the built-in packs do not parse") };
        assert_eq!(packs.version.to_string(), "2026.11");
        assert!(packs.eu.contains_key("breach_deadline") && !packs.is_given);
        assert!(
            packs.gates("FR", Regime::Gdpr).all(|gate| gate.exempts_statistics() && !gate.law.is_empty())
        );
        assert_eq!(packs.gates("FR", Regime::Led).count(), 1);
        assert_eq!(packs.gates("BE", Regime::Gdpr).count(), 0);
        assert_eq!(packs.ceilings("AT", Regime::Gdpr).count(), 1);
        assert_eq!(packs.age_gates("BE", Regime::Led).count(), 1);
        assert_eq!(packs.ceilings("ZZ", Regime::Gdpr).count(), 0);
    }

    #[test]
    fn what_is_not_known_or_names_no_law_is_refused_with_its_place() {
        let check = |from: &str, to: &str, expected: &str| {
            assert!(OWN.contains(from), "{from}");
            let error =
                CountryPacks::parse(&OWN.replacen(from, to, 1), "packs.toml").unwrap_err().to_string();
            assert!(error.starts_with("packs.toml: ") && error.contains(expected), "{error}");
        };
        check("max = \"P30D\"", "most = \"P30D\"", "20:1: retention[0].most: expected");
        check("max = \"P30D\"", "max = \"P1M\"", "20:7: retention[0].max");
        check("cctv-pack/1", "cctv-pack/2", "schema: expected `cctv-pack/1`");
        check("\"2026.11\"", "\"2026.13\"", "version: expected year and month");
        check("country = \"FR\"", "country = \"fr\"", "retention.country: expected two capital letters");
        check("id = \"IT-RULE\"", "id = 7", "gate[2].id");
        let lawless = OWN.replace("law = \"LOPDGDD Art 22(3): one month\"", "law = \" \"");
        assert!(
            CountryPacks::parse(&lawless, "p").unwrap_err().to_string().contains("retention.law: expected")
        );
        let long = "# x\n".repeat(400_000);
        assert!(CountryPacks::parse(&long, "p").unwrap_err().to_string().contains("at most"));
    }
}
