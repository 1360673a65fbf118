//! The demonstration's policy, as if two approvers had published it.

use std::collections::HashMap;
use std::sync::Arc;

use velum_policy::{SignedPolicy, SigningKey, TrustRoot, VerifiedPolicy};

use crate::access::Known;

/// The digest under which the events of these tests were released.
pub(super) const RELEASED_UNDER: [u8; 32] = [1; 32];

const DEMO: &str = include_str!("../../../policy/examples/demo-policy.toml.in");

/// The demonstration's policy with these changes, in force now.
pub(super) fn policy(changes: &[(&str, &str)]) -> VerifiedPolicy {
    let [first, second, dpo] = [(); 3].map(|()| SigningKey::generate().unwrap());
    let day = |days: i64| {
        let moment = jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(24 * days)).unwrap();
        moment.strftime("%Y-%m-%dT00:00:00Z").to_string()
    };
    let mut text = DEMO
        .replace("@APPROVER_1@", &first.public().to_string())
        .replace("@APPROVER_2@", &second.public().to_string())
        .replace("@DPO_KEY@", &dpo.public().to_string())
        .replace("@DATE_FROM@", &day(-1))
        .replace("@DATE_EXPIRES@", &day(30));
    for (from, to) in changes {
        assert!(text.contains(from), "the policy has no `{from}`");
        text = text.replace(from, to);
    }
    let mut signed = SignedPolicy::unsigned(&text, "policy.toml");
    signed.sign(&first);
    signed.sign(&second);
    let trust = TrustRoot::new(vec![first.public(), second.public()], 2, Some(dpo.public())).unwrap();
    signed.verify(&trust).unwrap()
}

/// What the hub knows when this is the newest version of the policy under which the events were released.
pub(super) fn known(policy: VerifiedPolicy) -> Arc<Known> {
    let id = policy.resolved().id.clone();
    let ids = HashMap::from([(RELEASED_UNDER, id.clone()), (policy.digest(), id)]);
    Arc::new(Known { newest: vec![Arc::new(policy)], ids })
}
