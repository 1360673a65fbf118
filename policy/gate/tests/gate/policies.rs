//! Which policy may follow which, and how long events are kept.

use std::time::Duration;

use velum_gate::{EventKind, GateMemory};
use velum_policy::PolicyError;

use super::town::{Town, policy};

const VERSION: &str = "version        = \"1.0.0\"";

fn version(number: &str) -> Vec<(&'static str, String)> {
    vec![(VERSION, format!("version        = \"{number}\""))]
}

fn verified(changes: &[(&str, String)]) -> velum_policy::VerifiedPolicy {
    let changes: Vec<_> = changes.iter().map(|(from, to)| (*from, to.as_str())).collect();
    policy(&changes).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn versions_only_grow_over_restarts_too() {
    let town = Town::without_policy();
    town.gate.install(verified(&version("1.2.0"))).unwrap();
    let digest = town.gate.policy_digest();
    let older = town.gate.install(verified(&version("1.1.9"))).unwrap_err();
    assert!(matches!(older, PolicyError::Rollback { .. }));
    assert!(older.to_string().contains("1.1.9 is older than 1.2.0"), "{older}");
    assert_eq!(town.gate.policy_digest(), digest, "the policy before stays");
    town.gate.install(verified(&version("1.10.0"))).unwrap();
    let memory = GateMemory::parse(&town.gate.memory().to_text()).unwrap();
    let again = Town::remembering(memory);
    assert!(matches!(again.gate.install(verified(&version("1.9.0"))), Err(PolicyError::Rollback { .. })));
    assert_eq!(again.gate.policy_digest(), None);
    again.gate.install(verified(&version("1.10.1"))).unwrap();
}

#[test]
fn the_same_version_must_be_the_same_file_and_the_id_stays() {
    let town = Town::without_policy();
    let first = verified(&version("1.0.0"));
    town.gate.install(first.clone()).unwrap();
    town.gate.install(first).unwrap();
    let changed = town.gate.install(verified(&version("1.0.0"))).unwrap_err();
    assert!(matches!(changed, PolicyError::SameVersion { .. }), "{changed}");
    let other =
        verified(&[("zz.port-velum.demo", "zz.elsewhere".to_owned()), (VERSION, VERSION.replace('1', "9"))]);
    let other = town.gate.install(other).unwrap_err();
    assert!(matches!(other, PolicyError::OtherPolicy { .. }), "{other}");
}

#[test]
fn retention_is_the_shortest_among_the_cameras_and_outlives_the_policy() {
    let day = Duration::from_secs(86_400);
    assert_eq!(Town::without_policy().gate.event_retention(EventKind::CrowdDensity), None);
    let town = Town::with(&[]);
    town.clock.advance(100 * day);
    assert_eq!(town.gate.event_retention(EventKind::CrowdDensity), Some(day));
    let memory = GateMemory::parse(&town.gate.memory().to_text()).unwrap();
    let without = Town::remembering(memory);
    assert_eq!(without.gate.memory().event_retention, Some(day), "and the policy's file");
    let tightened = Town::with(&[(
        "mount    = \"recorded footage\"",
        "mount    = \"recorded footage\"\n[camera.plaza-1.retention]\nevent = \"PT6H\"",
    )]);
    assert_eq!(tightened.gate.event_retention(EventKind::AbandonedObject), Some(day / 4));
}
