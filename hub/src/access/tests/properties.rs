//! For any recipients and roles: the roles of one policy open nothing that another released.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;

const CLASSES: [&str; 3] = ["abandoned_object_alert", "crowd_density_level", "camera_health"];
const PURPOSES: [&str; 2] = ["left-object", "crowd-safety"];
const ROLES: [&str; 4] = ["steward", "operator", "\"; true", "auditor"];

fn any_names(names: &'static [&'static str]) -> impl Strategy<Value = BTreeSet<String>> {
    subsequence(names, 0..=names.len()).prop_map(|names| roles(&names))
}

fn any_recipient() -> impl Strategy<Value = Recipient> {
    let regime = select(RecipientRegime::ALL);
    let fields = btree_set(select(EventField::ALL), 0..6);
    let limits = (0_u64..200_000, any::<bool>(), any::<bool>(), any::<bool>());
    (select(&ROLES[..]), regime, any_names(&PURPOSES), any_names(&CLASSES), fields, limits).prop_map(
        |(role, regime, purposes, events, fields, (age_secs, imagery, export, is_inside))| Recipient {
            role: role.to_owned(),
            organisation: if is_inside { "the controller" } else { "another" }.to_owned(),
            regime,
            processor: None,
            purposes: Allow(purposes),
            events: Allow(events),
            fields: Allow(fields),
            imagery,
            audit_log: false,
            max_age: AtMost(PolicyDuration::from_secs(age_secs)),
            export,
            justification: None,
            disclosure: None,
            location: "EEA".to_owned(),
            transfer: None,
        },
    )
}

fn any_terms(text: &'static str, digest: u8) -> impl Strategy<Value = Terms> {
    let file = PolicyFile::parse(text, "policy.toml").unwrap();
    let resolved = file.resolve().unwrap();
    vec(any_recipient(), 0..5).prop_map(move |recipients| {
        let mut document = file.document().clone();
        document.recipient = recipients;
        "the controller".clone_into(&mut document.controller.name);
        Terms::of_parts(&document, &resolved, [digest; 32])
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_role_of_one_law_shows_an_event_of_the_other(
        (gdpr, led) in (any_terms(GDPR, 1), any_terms(LED, 2)),
        names in any_names(&ROLES), purpose in select(&PURPOSES[..]), knows_led in any::<bool>(),
        has_both in any::<bool>()
    ) {
        let ids = HashMap::from([([1; 32], gdpr.id().to_owned()), ([2; 32], led.id().to_owned())]);
        let known = match (has_both, knows_led) {
            (true, _) => vec![gdpr, led],
            (false, true) => vec![led],
            (false, false) => vec![gdpr],
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let reader = reader_of(Rulebook::of_terms(known, ids), &names, purpose);
        for digest in [1, 2] {
            let event = Event { policy_digest: vec![digest; 32], ..suitcase() };
            let is_foreign = has_both || (digest == 2) != knows_led;
            prop_assert!(!is_foreign || reader.show(stored(event), NOW).is_err());
        }
    }
}
