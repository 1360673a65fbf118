//! What the rules say to people, and the edits that trip them: data, so that translations and the tests share one
//! place. A test holds both files against the list of rules.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// What a rule says, in one language.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleText {
    /// What it flags.
    pub flags: String,
    /// What should be there.
    pub expected: String,
    /// Why it matters, in a sentence or two.
    pub why: String,
    /// What to do.
    pub fix: String,
}

/// An edit of a worked example that trips a rule, and one that just does not.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleExample {
    /// The example: `gdpr` or `led`.
    pub base: String,
    /// `a.b[0].c = VALUE`, `+=` and `-=` for a list, `del a.b`; several with `; ` between.
    pub fails: String,
    /// The same, as near to the limit as it goes.
    pub passes: String,
}

static ENGLISH: LazyLock<BTreeMap<String, RuleText>> =
    LazyLock::new(|| toml::from_str(include_str!("../../rules/en.toml")).unwrap_or_default());
static EXAMPLES: LazyLock<BTreeMap<String, RuleExample>> =
    LazyLock::new(|| toml::from_str(include_str!("../../rules/examples.toml")).unwrap_or_default());
static SILENT: LazyLock<RuleText> = LazyLock::new(RuleText::default);

/// What the rule says.
pub(super) fn of(id: &str) -> &'static RuleText {
    ENGLISH.get(id).unwrap_or(&SILENT)
}

/// The rule's edits.
pub(super) fn example_of(id: &str) -> Option<&'static RuleExample> {
    EXAMPLES.get(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::Rule;

    #[test]
    fn every_rule_has_its_texts_and_edits_and_no_other_has() {
        let ids: Vec<_> = Rule::all().iter().map(|rule| rule.id).collect();
        for id in &ids {
            let text = of(id);
            for (part, said) in [("flags", &text.flags), ("why", &text.why), ("fix", &text.fix)] {
                assert!(said.len() > 8, "{id} has no `{part}` in policy/rules/en.toml");
            }
            assert!(!text.expected.is_empty(), "{id} has no `expected` in policy/rules/en.toml");
            assert!(example_of(id).is_some(), "{id} has no edits in policy/rules/examples.toml");
        }
        assert!(ENGLISH.keys().chain(EXAMPLES.keys()).all(|id| ids.contains(&id.as_str())));
    }

    #[test]
    fn the_rules_are_those_of_the_reference() {
        let all = Rule::all();
        let count = |is: fn(&Rule) -> bool| all.iter().filter(|rule| is(rule)).count();
        // 114 of the reference, and PCK-001.
        assert_eq!(all.len(), 115);
        // 46 of the reference, and RET-007: what the grammar refuses nobody can waive.
        assert_eq!(count(|rule| !rule.waivable), 47);
    }
}
