//! The demonstration's policy, published: what the events of these tests were released under.

use std::sync::LazyLock;

use velum_policy::SignedPolicy;

use crate::policies::tests::Approvers;

/// One process has one set of approvers, and so one first version of the policy.
static APPROVERS: LazyLock<Approvers> = LazyLock::new(Approvers::new);
static DATES: LazyLock<[String; 2]> = LazyLock::new(|| {
    [-1, 30].map(|days| {
        let moment = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        moment.strftime("%Y-%m-%dT00:00:00Z").to_string()
    })
});
static DIGEST: LazyLock<[u8; 32]> = LazyLock::new(|| digest(&text("1.0.0", &[])));

/// Who signs.
pub(crate) fn approvers() -> &'static Approvers {
    &APPROVERS
}

/// The policy in this version, with these edits, in force now.
pub(crate) fn text(version: &str, edits: &[(&str, &str)]) -> String {
    let [from, expires] = &*DATES;
    APPROVERS.text_of(version, (from, expires), edits)
}

/// The digest of the first version.
pub(crate) fn released_under() -> Vec<u8> {
    DIGEST.to_vec()
}

/// The digest of a policy's text.
pub(crate) fn digest(text: &str) -> [u8; 32] {
    SignedPolicy::unsigned(text, "policy.toml").digest().0
}
