//! What is published, in the order of versions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use velum_policy::VerifiedPolicy;
use velum_policy::sections::Regime;
use velum_policy::succession::Successor;
use velum_proto::v1::{PublishedPolicy, SignedPolicy};

use crate::store::PolicyRow;

/// One version.
#[derive(Debug)]
pub(crate) struct Published {
    successor: Successor,
    row: PolicyRow,
}

/// All versions of all policies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Library {
    versions: BTreeMap<String, Vec<Arc<Published>>>,
    by_digest: HashMap<[u8; 32], Arc<Published>>,
}

impl Published {
    pub(super) fn new(successor: Successor, row: &PolicyRow) -> Self {
        Self { successor, row: row.clone() }
    }

    /// What it says.
    pub(crate) fn policy(&self) -> &VerifiedPolicy {
        &self.successor.policy
    }

    /// When.
    pub(crate) fn published_unix_ms(&self) -> i64 {
        self.row.published_unix_ms
    }

    /// Whether its `effective_from` has come.
    fn has_begun(&self, now_unix_ms: i64) -> bool {
        self.policy().resolved().effective_from.as_millisecond() <= now_unix_ms
    }

    /// As a box is handed it.
    pub(crate) fn to_box(&self) -> SignedPolicy {
        SignedPolicy {
            policy_json: self.row.envelope.clone(),
            opinion_json: self.row.opinion.clone(),
            digest: self.row.digest.clone(),
        }
    }

    /// As an operator is told of it.
    pub(crate) fn to_wire(&self, is_first: bool) -> PublishedPolicy {
        let policy = self.policy();
        let resolved = policy.resolved();
        PublishedPolicy {
            policy_id: resolved.id.clone(),
            version: resolved.version.to_string(),
            digest: self.row.digest.clone(),
            regime: policy.file().document().policy.regime.to_string(),
            effective_from_unix_ms: resolved.effective_from.as_millisecond(),
            change: if is_first { "first" } else { self.successor.verdict.name() }.to_owned(),
            signers: policy.signers().iter().map(ToString::to_string).collect(),
            has_opinion: self.row.opinion.is_some(),
            published_by: self.row.published_by.clone(),
            published_unix_ms: self.row.published_unix_ms,
            status: policy.file().document().policy.status.to_string(),
        }
    }
}

impl Library {
    /// Adds the newest version. It takes the place of those that would begin later: they never do, and no box is handed
    /// them.
    pub(super) fn add(&mut self, published: Arc<Published>) {
        let id = published.policy().resolved().id.clone();
        self.by_digest.insert(published.policy().digest(), Arc::clone(&published));
        let versions = self.versions.entry(id).or_default();
        let begins = published.policy().resolved().effective_from.as_millisecond();
        let begins = begins.max(published.row.published_unix_ms);
        versions.retain(|one| one.has_begun(begins));
        versions.push(published);
    }

    /// The ids of all policies.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.versions.keys().map(String::as_str)
    }

    /// The digest of every version, and the policy that it is a version of.
    pub(crate) fn digests(&self) -> impl Iterator<Item = ([u8; 32], &str)> {
        self.by_digest.iter().map(|(digest, one)| (*digest, one.row.policy_id.as_str()))
    }

    /// The version with this digest.
    pub(crate) fn find(&self, digest: &[u8]) -> Option<&Arc<Published>> {
        self.by_digest.get(&<[u8; 32]>::try_from(digest).ok()?)
    }

    /// The newest version of a policy, in force or not.
    pub(crate) fn newest(&self, id: &str) -> Option<&Arc<Published>> {
        self.versions.get(id)?.last()
    }

    /// Of each policy the newest version that has begun at this moment.
    pub(crate) fn begun(&self, now_unix_ms: i64) -> impl Iterator<Item = &Arc<Published>> {
        let newest = move |versions: &'_ Vec<Arc<Published>>| {
            versions.iter().rposition(|one| one.has_begun(now_unix_ms))
        };
        self.versions.values().filter_map(move |versions| versions.get(newest(versions)?))
    }

    /// The one regime of this hub; none before the first policy.
    pub(crate) fn regime(&self) -> Option<Regime> {
        let mut all = self.by_digest.values();
        all.next().map(|one| one.policy().file().document().policy.regime)
    }

    /// What a box is handed after the version with this digest, of the policy `id`. One that names no policy is handed the
    /// only one that there is.
    ///
    /// Versions are handed in their order, from the first on where it is not known what the box has: each is judged as
    /// the one that follows the one before.
    pub(crate) fn next_for(&self, id: &str, digest: &[u8]) -> Option<&Arc<Published>> {
        let only = || match self.versions.len() {
            1 => self.versions.values().next(),
            _ => None,
        };
        let versions = if id.is_empty() { only()? } else { self.versions.get(id)? };
        let place = versions.iter().position(|one| one.row.digest == digest);
        versions.get(place.map_or(0, |place| place.saturating_add(1)))
    }

    /// Lets go of a policy, because one of its versions does not verify any more.
    pub(super) fn forget(&mut self, id: &str) {
        self.versions.remove(id);
        self.by_digest.retain(|_, one| one.row.policy_id != id);
    }

    /// Every version, by id, the newest first.
    pub(crate) fn history(&self) -> impl Iterator<Item = &Arc<Published>> {
        self.versions.values().flat_map(|versions| versions.iter().rev())
    }

    /// Every version as a signed file, with a name by which people tell them apart.
    pub(crate) fn to_files(&self) -> Vec<(String, Vec<u8>)> {
        let file = |one: &Arc<Published>| {
            let resolved = one.policy().resolved();
            let short: String = hex::encode(&one.row.digest).chars().take(8).collect();
            let name = format!("{}-{}-{short}.signed.json", resolved.id, resolved.version);
            (name, one.row.envelope.clone().into_bytes())
        };
        self.by_digest.values().map(file).collect()
    }

    /// As operators are told: by id, the newest first.
    pub(crate) fn to_wire(&self) -> Vec<PublishedPolicy> {
        let of = |versions: &Vec<Arc<Published>>| -> Vec<PublishedPolicy> {
            versions.iter().enumerate().rev().map(|(place, one)| one.to_wire(place == 0)).collect()
        };
        self.versions.values().flat_map(of).collect()
    }

    /// Whether this version is the first of its policy.
    pub(crate) fn is_first(&self, published: &Published) -> bool {
        let first = self.versions.get(&published.row.policy_id).and_then(|versions| versions.first());
        first.is_none_or(|first| first.row.digest == published.row.digest)
    }
}
