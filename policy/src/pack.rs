//! Country packs: national ceilings and gates as data, each with its law and how well that was checked.
//!
//! They are the outermost layer of a policy: what applies is pack ∧ city ∧ site ∧ camera. The packs of this program
//! always hold; another file ([`SignedPacks`]) may be given beside them, and then both hold at once, so that it can
//! add and tighten and never loosen. Not legal advice.

mod file;
mod given;
mod limits;
mod looser;
mod signed;
mod version;

use std::sync::LazyLock;

use crate::sections::Regime;

pub use file::{
    AgeGate, Ceiling, Confidence, CountryPacks, Exemption, KeptData, NationalGate, Scope, UnionRule,
};
pub use given::GivenPacks;
pub use limits::Kept;
pub(crate) use limits::{Limits, limited};
pub use signed::{AcceptedPacks, PACKS_TYPE, SignedPacks};
pub use version::PackVersion;

/// The packs that hold: those of this program, and another file where one was given.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Packs(Vec<CountryPacks>);

static BUILT_IN: LazyLock<Packs> = LazyLock::new(|| {
    let own = CountryPacks::parse(include_str!("../packs/2026.11.toml"), "policy/packs/2026.11.toml");
    Packs(own.into_iter().collect())
});

impl Packs {
    /// The packs that came with this program. None at all would mean that they do not parse, which a test excludes;
    /// the linter then refuses every policy.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// These and that file, both at once.
    #[must_use]
    pub fn with(&self, given: CountryPacks) -> Self {
        Self(self.0.iter().cloned().chain([given]).collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The files, the program's own first.
    pub fn files(&self) -> &[CountryPacks] {
        &self.0
    }

    /// Their versions with `+` between, for example `2026.11+2026.12.1`.
    pub fn versions(&self) -> String {
        self.0.iter().map(|one| one.version.to_string()).collect::<Vec<_>>().join("+")
    }

    /// Ceilings of a country on what is kept, each with its file.
    pub fn ceilings(&self, country: &str, regime: Regime) -> impl Iterator<Item = (&CountryPacks, &Ceiling)> {
        self.0.iter().flat_map(move |pack| pack.ceilings(country, regime).map(move |one| (pack, one)))
    }

    /// Ages from which on reading needs more.
    pub fn age_gates(&self, country: &str, regime: Regime) -> impl Iterator<Item = &AgeGate> {
        self.0.iter().flat_map(move |pack| pack.age_gates(country, regime))
    }

    /// Authorisations that a country asks for.
    pub fn gates(&self, country: &str, regime: Regime) -> impl Iterator<Item = &NationalGate> {
        self.0.iter().flat_map(move |pack| pack.gates(country, regime))
    }
}
