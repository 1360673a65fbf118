//! Every policy that this hub may show events under, compiled, and which digest belongs to which.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::held::Rule;
use super::rules::Rules;
use super::terms::Terms;
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
        let regimes: BTreeSet<_> = terms.iter().map(|terms| terms.regime).collect();
        let has_two_regimes = regimes.len() > 1;
        if has_two_regimes {
            tracing::error!(
                "policies under GDPR and under LED are published here: no event is shown; run a hub for each"
            );
        }
        let compiled = terms.into_iter().map(|terms| {
            let id = terms.id.clone();
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

    /// Every purpose of these roles.
    pub(super) fn purposes(&self, roles: &BTreeSet<String>) -> BTreeSet<String> {
        let recipients =
            self.all().flat_map(|rules| roles.iter().flat_map(|role| rules.terms.recipients_of(role)));
        recipients.flat_map(|recipient| recipient.purposes.0.iter().cloned()).collect()
    }

    /// Whether these roles are of recipients, and all of them beyond the control room of a policy under LED.
    pub(super) fn are_beyond_control_room(&self, roles: &BTreeSet<String>) -> bool {
        let of_policy = |rules: &Rules| {
            let recipients = roles.iter().flat_map(|role| rules.terms.recipients_of(role));
            recipients.map(|one| rules.terms.keeps_to_reviewed(one)).collect::<Vec<_>>()
        };
        let places: Vec<bool> = self.all().flat_map(of_policy).collect();
        !places.is_empty() && places.into_iter().all(|keeps_to_reviewed| keeps_to_reviewed)
    }
}
