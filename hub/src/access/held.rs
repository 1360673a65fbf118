//! What is there and is not shown: by which rule, how much, and what would help.

use std::collections::BTreeMap;

use velum_proto::v1::HeldBack;
use velum_recipients::Rule;

use crate::identity::Person;
use crate::words::sentence;

/// In words, as what becomes of events, with what would help.
fn words(rule: Rule, person: &Person) -> String {
    sentence("held", rule.name(), &BTreeMap::from([("command", give_command(person))]))
}

/// The command that gives a person a recipient.
pub(crate) fn give_command(person: &Person) -> String {
    match person {
        Person::Console(name) => format!("`velum-hub recipient give ROLE {name}`"),
        Person::Certificate(name) => format!("`velum-hub recipient give ROLE {name} --operator`"),
        Person::Connector(name) => {
            format!("`recipient = \"ROLE\"` of the [[connector]] `{name}` in hub.toml")
        }
    }
}

/// How much is held back, by rule; 0 where the number is not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Held(BTreeMap<Rule, u64>);

impl Held {
    /// Everything there may be: told without a number, so that it tells nothing of what there is.
    pub(crate) fn all_by(rule: Rule) -> Self {
        Self(BTreeMap::from([(rule, 0)]))
    }

    /// One more.
    pub(crate) fn add(&mut self, rule: Rule) {
        let count = self.0.entry(rule).or_default();
        *count = count.saturating_add(1);
    }

    /// Whether nothing is held back.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each rule, and how many events.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Rule, u64)> + '_ {
        self.0.iter().map(|(rule, events)| (*rule, *events))
    }

    /// As the person is told.
    pub(crate) fn told(&self, person: &Person) -> Vec<HeldBack> {
        let told = |(rule, events): (Rule, u64)| HeldBack {
            rule: rule.name().to_owned(),
            events,
            message: words(rule, person),
        };
        self.iter().map(told).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Name;

    #[test]
    fn what_is_held_back_is_told_with_what_helps() {
        let anna = Name::parse("anna").unwrap();
        let mut held = Held::default();
        (0..3).for_each(|_| held.add(Rule::PolicyUnknown));
        held.add(Rule::NoRecipient);
        let told = held.told(&Person::Certificate(anna.clone()));
        assert_eq!((told[0].events, told[1].events), (3, 1));
        assert_eq!(
            told[0].message,
            "released under a policy that this hub does not know: publish it with `velum policy publish`"
        );
        assert!(told[1].message.contains("`velum-hub recipient give ROLE anna --operator`"));
        let told = held.told(&Person::Console(anna));
        assert!(told[1].message.contains("`velum-hub recipient give ROLE anna`"));
    }

    #[test]
    fn the_glossary_knows_every_rule() {
        let glossary = include_str!("../../../docs/glossary.md");
        for rule in Rule::ALL {
            assert!(
                glossary.contains(&format!("| `{}` |", rule.name())),
                "docs/glossary.md: {}",
                rule.name()
            );
            assert_ne!(words(rule, &Person::Console(Name::parse("anna").unwrap())), rule.name());
        }
    }
}
