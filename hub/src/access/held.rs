//! What is there and is not shown: by which rule, how much, and what would help.

use std::collections::BTreeMap;

use velum_proto::v1::HeldBack;

use crate::identity::Person;

/// Why something is not shown. Later ones come nearer to showing: of several reasons the latest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Rule {
    /// The hub has no policy of that digest.
    PolicyUnknown,
    /// The recipients of the policy cannot be compiled.
    PolicyRefused,
    /// The policy has expired, or is not active.
    PolicyNotInForce,
    /// The person has no role of a recipient of the policy.
    NoRecipient,
    /// The recipient, or this hub, is under another law.
    Regime,
    /// The class is not among the recipient's events.
    EventClass,
    /// The purpose is none of the recipient's.
    Purpose,
    /// It is older than the recipient may read.
    MaxAge,
    /// Nobody reviewed it, and the recipient is beyond the control room.
    Unreviewed,
    /// The recipient may not take it out.
    Export,
    /// The recipient may see no pictures.
    Imagery,
    /// It needs a reason.
    Justification,
    /// The recipient has no fields.
    Fields,
    /// Cedar could not decide.
    DecisionFailed,
}

impl Rule {
    /// Every rule.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 14] = [
        Self::PolicyUnknown,
        Self::PolicyRefused,
        Self::PolicyNotInForce,
        Self::NoRecipient,
        Self::Regime,
        Self::EventClass,
        Self::Purpose,
        Self::MaxAge,
        Self::Unreviewed,
        Self::Export,
        Self::Imagery,
        Self::Justification,
        Self::Fields,
        Self::DecisionFailed,
    ];

    /// In logs and answers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PolicyUnknown => "policy_unknown",
            Self::PolicyRefused => "policy_refused",
            Self::PolicyNotInForce => "policy_not_in_force",
            Self::NoRecipient => "no_recipient",
            Self::Regime => "regime",
            Self::EventClass => "event_class",
            Self::Purpose => "recipient_purpose",
            Self::MaxAge => "max_age",
            Self::Unreviewed => "unreviewed",
            Self::Export => "export",
            Self::Imagery => "recipient_imagery",
            Self::Justification => "justification",
            Self::Fields => "fields",
            Self::DecisionFailed => "decision_failed",
        }
    }

    /// In words, as what becomes of events, with what would help.
    fn words(self, person: &Person) -> String {
        match self {
            Self::PolicyUnknown => {
                "released under a policy that this hub does not know: publish it with `velum policy publish`"
                    .to_owned()
            }
            Self::PolicyRefused => {
                "under a policy whose recipients this hub cannot read; its log says why".to_owned()
            }
            Self::PolicyNotInForce => {
                "under a policy that has expired or is not active: publish a version that holds".to_owned()
            }
            Self::NoRecipient => format!(
                "for recipients of the policy, and you are none: {} gives you the role of one",
                give_command(person)
            ),
            Self::Regime => "for people under another law (GDPR or LED)".to_owned(),
            Self::EventClass => "of classes that the policy does not give to your recipient".to_owned(),
            Self::Purpose => "for purposes that your recipient does not have".to_owned(),
            Self::MaxAge => "older than the policy lets your recipient read".to_owned(),
            Self::Unreviewed => "not reviewed by a person yet".to_owned(),
            Self::Export => "not to be taken out by your recipient".to_owned(),
            Self::Imagery => "without pictures for your recipient".to_owned(),
            Self::Justification => "to be had only with a reason: give one with `--reason`".to_owned(),
            Self::Fields => "without any field for your recipient".to_owned(),
            Self::DecisionFailed => "not decided: the hub's log says why".to_owned(),
        }
    }
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
            message: rule.words(person),
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
    fn every_rule_has_its_own_name_and_the_glossary_knows_it() {
        let glossary = include_str!("../../../docs/glossary.md");
        for rule in Rule::ALL {
            assert_eq!(Rule::ALL.iter().filter(|other| other.name() == rule.name()).count(), 1);
            assert!(
                glossary.contains(&format!("| `{}` |", rule.name())),
                "docs/glossary.md: {}",
                rule.name()
            );
        }
    }
}
