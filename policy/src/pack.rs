//! Country packs: national ceilings and gates as data, each with its law and how well that was checked.
//!
//! A policy can only be stricter than its country's pack. Not legal advice.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::duration::PolicyDuration;
use crate::order::choice;
use crate::sections::Regime;

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

/// The packs of all countries that were studied.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountryPacks {
    schema: String,
    /// For example `2026.11`.
    pub version: String,
    /// What holds in the whole Union; shown, and built into rules.
    eu: toml::Table,
    retention: Vec<Ceiling>,
    access_gate: Vec<AgeGate>,
    gate: Vec<NationalGate>,
}

/// The longest time for which something may be kept.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    country: String,
    regime: Scope,
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
    country: String,
    regime: Scope,
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
    country: String,
    /// For example `FR-ALGO`.
    pub id: String,
    applies_to: Scope,
    exempt_if: Option<Exemption>,
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

static BUILT_IN: LazyLock<Option<CountryPacks>> =
    LazyLock::new(|| CountryPacks::parse(include_str!("../packs/2026.11.toml")).ok());

impl CountryPacks {
    /// The packs that came with this program. None would mean that they do not parse, which a test excludes; the
    /// linter then refuses every policy.
    pub fn built_in() -> Option<&'static Self> {
        BUILT_IN.as_ref()
    }

    /// Reads packs.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let packs: Self = toml::from_str(text)?;
        if packs.schema == "cctv-pack/1" {
            return Ok(packs);
        }
        Err(serde::de::Error::custom("expected `schema = \"cctv-pack/1\"`"))
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

    #[test]
    fn the_built_in_packs_name_law_and_confidence_everywhere() {
        let packs = CountryPacks::built_in().unwrap();
        assert_eq!(packs.version, "2026.11");
        assert!(packs.eu.contains_key("breach_deadline"));
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
    fn a_pack_with_an_unknown_key_or_another_schema_is_refused() {
        let text = include_str!("../packs/2026.11.toml");
        assert!(CountryPacks::parse(&text.replace("status = \"checked\"", "state = \"checked\"")).is_err());
        assert!(CountryPacks::parse(&text.replace("cctv-pack/1", "cctv-pack/2")).is_err());
        assert!(CountryPacks::parse(&text.replace("\"P30D\"", "\"P1M\"")).is_err());
    }
}
