//! The rules that a policy is held against. Ids and articles are those of the reference study.
//!
//! Nothing here ever says that a policy complies with the law: it says which rules found something. What the
//! rules say to people is in `policy/rules/en.toml`; an edit that trips each of them, and one that just does
//! not, in `policy/rules/examples.toml`.

mod changed;
mod hits;
mod kept;
mod law;
mod owed;
mod read;
mod run;
mod taken;
mod texts;
mod told;
mod waivers;

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::error::PolicyError;
use crate::file::PolicyFile;
use crate::finding::{Finding, Findings, Severity};
use crate::pack::Packs;
use crate::resolve::{ResolvedPolicy, resolve};

use hits::{Case, Hits};
pub use texts::{RuleExample, RuleText};
pub use told::tells_people_apart;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// For example `RED-002`.
    pub id: &'static str,
    /// How bad a finding is.
    pub severity: Severity,
    /// Whether two approvers may accept a finding for a time.
    pub waivable: bool,
    /// The law or the practice it stands for, as the reference cites it (marks: see `docs/policy-guide.md`).
    pub article: &'static str,
    about_papers: bool,
    finder: Finder,
}

/// Who finds what the rule is about.
#[derive(Debug, Clone, Copy)]
enum Finder {
    /// A function over the file.
    Rule(fn(&Case<'_>, &mut Hits)),
    /// The grammar: what the rule forbids cannot be written.
    Grammar,
    /// The way in which sites and cameras inherit.
    Inheritance,
}

impl Rule {
    const fn error(id: &'static str, article: &'static str, check: fn(&Case<'_>, &mut Hits)) -> Self {
        let finder = Finder::Rule(check);
        Self { id, severity: Severity::Error, waivable: true, article, about_papers: false, finder }
    }

    const fn warning(id: &'static str, article: &'static str, check: fn(&Case<'_>, &mut Hits)) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, article, check) }
    }

    const fn unsayable(id: &'static str, article: &'static str) -> Self {
        Self { finder: Finder::Grammar, waivable: false, ..Self::error(id, article, |_, _| {}) }
    }

    /// Nobody can waive it.
    const fn fixed(self) -> Self {
        Self { waivable: false, ..self }
    }

    /// About documents, people and measurements that a town must have and a demonstration cannot: only warned of
    /// in the country that does not exist, where nobody may be filmed.
    const fn about_papers(self) -> Self {
        Self { about_papers: true, ..self }
    }

    /// What it says to people.
    pub fn text(&self) -> &'static RuleText {
        texts::of(self.id)
    }

    /// An edit of a worked example that trips it, and one that just does not.
    pub fn example(&self) -> Option<&'static RuleExample> {
        texts::example_of(self.id)
    }

    /// The rule of this id.
    pub fn find(id: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.id == id)
    }

    /// Every rule, in the order of the reference.
    pub fn all() -> &'static [Self] {
        &RULES
    }
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    [
        law::RULES,
        told::MINIMAL,
        told::SPECIAL,
        taken::CAPTURE,
        taken::REDACTION,
        kept::RULES,
        told::COUNTS,
        read::RECIPIENTS,
        read::PEOPLE,
        owed::RIGHTS,
        owed::SIGNS,
        owed::ASSESSMENTS,
        changed::RULES,
        run::LOG,
        run::SECURITY,
        run::MODELS,
    ]
    .concat()
});

/// Reserved by ISO 3166-1 for the user: no country will ever have it.
const FICTIONAL_COUNTRY: &str = "ZZ";

impl PolicyFile {
    /// Every rule, on this file, with the packs of this program. Rules about today are left out without a moment.
    pub fn lint(&self, at: Option<Timestamp>) -> Findings {
        self.lint_under(Packs::built_in(), at)
    }

    /// The same with these packs.
    pub fn lint_under(&self, packs: &Packs, at: Option<Timestamp>) -> Findings {
        self.linted(packs, at).0
    }

    /// With when the first waiver ends that an error of the file needs.
    pub(crate) fn linted(&self, packs: &Packs, at: Option<Timestamp>) -> (Findings, Option<Timestamp>) {
        let (_, mut findings) = resolve(self, packs);
        if packs.is_empty() {
            findings.push(self.without_packs());
            return (Findings::new(findings), None);
        }
        let case = Case::of(self, at, packs);
        findings.extend(Rule::all().iter().flat_map(|rule| self.found_by(rule, &case)));
        let waived_until = waivers::apply(&case, &mut findings);
        (Findings::new(findings), waived_until)
    }

    fn found_by(&self, rule: &Rule, case: &Case<'_>) -> Vec<Finding> {
        let Finder::Rule(check) = rule.finder else { return Vec::new() };
        let mut hits = Hits::default();
        check(case, &mut hits);
        let is_fictional = self.document().policy.country == FICTIONAL_COUNTRY;
        let text = rule.text();
        let finding = |hit: hits::Hit| {
            let softened = is_fictional && (hit.soft || rule.about_papers);
            let severity = if softened { Severity::Warning } else { rule.severity };
            let fix = text.fix.replace("{found}", &hit.found);
            self.finding(severity, Some(rule.id), &hit.key, &text.expected, &hit.found, &fix)
        };
        hits.0.into_iter().map(finding).collect()
    }

    fn without_packs(&self) -> Finding {
        let (expected, found) = ("the country packs of this program", "some that do not parse");
        let fix = "install a whole copy of this program; without its country's limits no policy is taken";
        self.finding(Severity::Error, None, "policy.country", expected, found, fix)
    }

    /// What applies to each camera.
    ///
    /// # Errors
    /// [`PolicyError::Refused`] when a rule finds an error.
    pub fn resolve(&self) -> Result<ResolvedPolicy, PolicyError> {
        let packs = Packs::built_in();
        let (findings, waived_until) = self.linted(packs, None);
        if findings.has_errors() {
            return Err(PolicyError::Refused(findings.errors()));
        }
        Ok(ResolvedPolicy { waived_until, ..resolve(self, packs).0 })
    }
}
