//! Every policy that this hub may show events under, compiled, and which digest belongs to which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use velum_recipients::{Rule, Rules, Terms, is_of_regime};

use crate::policies::Library;

/// The rules of all policies.
#[derive(Debug, Default)]
pub(crate) struct Rulebook {
    by_id: BTreeMap<String, Option<Rules>>,
    ids: HashMap<[u8; 32], String>,
    /// A hub works under one law: where policies of both were published, nothing is shown.
    has_two_regimes: bool,
}

impl Rulebook {
    /// Compiles what was published and has begun at this moment. A policy whose recipients cannot be used shows nothing, and
    /// the log says why.
    pub(crate) fn of(library: &Library, now_unix_ms: i64) -> Self {
        let terms = library.begun(now_unix_ms).map(|published| Terms::of(published.policy())).collect();
        let ids = library.digests().map(|(digest, id)| (digest, id.to_owned())).collect();
        Self::of_terms(terms, ids)
    }

    pub(super) fn of_terms(terms: Vec<Terms>, ids: HashMap<[u8; 32], String>) -> Self {
        let regimes: BTreeSet<_> = terms.iter().map(Terms::regime).collect();
        let has_two_regimes = regimes.len() > 1;
        if has_two_regimes {
            tracing::error!(
                "policies under GDPR and under LED are published here: no event is shown; run a hub for each"
            );
        }
        let compiled = terms.into_iter().map(|terms| {
            let id = terms.id().to_owned();
            let rules = Rules::compile(terms).inspect_err(|error| {
                tracing::error!(policy = id, %error, "nothing is shown under this policy; publish a version whose recipients can be used");
            });
            (id, rules.ok())
        });
        Self { by_id: compiled.collect(), ids, has_two_regimes }
    }

    /// The rules for what was released under this version: those of the newest version of the same policy
    /// that has begun.
    pub(crate) fn rules_of(&self, policy_digest: &[u8]) -> Result<&Rules, Rule> {
        if self.has_two_regimes {
            return Err(Rule::Regime);
        }
        let digest = <[u8; 32]>::try_from(policy_digest).map_err(|_| Rule::PolicyUnknown)?;
        let id = self.ids.get(&digest).ok_or(Rule::PolicyUnknown)?;
        let rules = self.by_id.get(id).ok_or(Rule::PolicyUnknown)?;
        rules.as_ref().ok_or(Rule::PolicyRefused)
    }

    /// All rules that can be used.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Rules> {
        self.by_id.values().flatten()
    }

    /// Whether one of these roles is of a recipient here.
    pub(crate) fn has_recipient(&self, roles: &BTreeSet<String>) -> bool {
        let is_recipient =
            |rules: &Rules| roles.iter().any(|role| rules.terms().recipients_of(role).next().is_some());
        self.all().any(is_recipient)
    }

    /// Why people with these roles are shown no event, whatever there is; none where one of them is of a recipient.
    pub(super) fn keeps_out(&self, roles: &BTreeSet<String>) -> Option<Rule> {
        if self.has_recipient(roles) {
            return None;
        }
        Some(match (self.by_id.is_empty(), self.all().next()) {
            (true, _) => Rule::PolicyUnknown,
            (false, None) => Rule::PolicyRefused,
            (false, Some(_)) => Rule::NoRecipient,
        })
    }

    /// Whether every recipient of these roles is under another law than its policy: none of them is ever shown an event.
    pub(super) fn are_under_another_law(&self, roles: &BTreeSet<String>) -> bool {
        let is_served = |rules: &Rules| {
            let mut recipients = roles.iter().flat_map(|role| rules.terms().recipients_of(role));
            recipients.any(|one| is_of_regime(one.regime, rules.terms().regime()))
        };
        self.has_two_regimes || !self.all().any(is_served)
    }

    /// Every purpose of these roles.
    pub(super) fn purposes(&self, roles: &BTreeSet<String>) -> BTreeSet<String> {
        let recipients =
            self.all().flat_map(|rules| roles.iter().flat_map(|role| rules.terms().recipients_of(role)));
        recipients.flat_map(|recipient| recipient.purposes.0.iter().cloned()).collect()
    }

    /// Whether these roles are of recipients, and all of them beyond the control room of a policy under LED.
    pub(super) fn are_beyond_control_room(&self, roles: &BTreeSet<String>) -> bool {
        let by_policy = self.all().filter_map(|rules| rules.keeps_to_reviewed(roles));
        by_policy.reduce(|all, one| all && one).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use velum_policy::PolicyFile;

    use super::*;

    #[test]
    fn whoever_has_no_role_of_a_recipient_here_is_kept_out_whatever_there_is() {
        let text = include_str!("../../../policy/examples/led-tram-hub.toml");
        let file = PolicyFile::parse(text, "policy.toml").unwrap();
        let terms = Terms::of_parts(file.document(), &file.resolve().unwrap(), [2; 32]);
        let book = Rulebook::of_terms(vec![terms], HashMap::new());
        let kept_out = |book: &Rulebook, names: &[&str]| {
            book.keeps_out(&names.iter().map(|name| (*name).to_owned()).collect())
        };
        assert_eq!(kept_out(&book, &[]), Some(Rule::NoRecipient));
        assert_eq!(kept_out(&book, &["of_an_older_version"]), Some(Rule::NoRecipient));
        assert_eq!(kept_out(&book, &["of_an_older_version", "shift-supervisor"]), None);
        assert_eq!(kept_out(&Rulebook::default(), &["shift-supervisor"]), Some(Rule::PolicyUnknown));
    }
}
