//! For any recipients, roles and events: nobody reads across laws, outside the recipient's fields, or older than
//! they may.

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

fn any_terms(base: Terms) -> impl Strategy<Value = Terms> {
    vec(any_recipient(), 0..5).prop_map(move |recipients| {
        let mut terms = base.clone();
        terms.recipients = recipients;
        "the controller".clone_into(&mut terms.controller);
        terms
    })
}

#[derive(Debug, Clone)]
struct Question {
    roles: BTreeSet<String>,
    action: Action,
    class: &'static str,
    regime: Regime,
    age_secs: i64,
    is_reviewed: bool,
    why: Why,
}

fn any_question() -> impl Strategy<Value = Question> {
    let action = select(&[Action::Read, Action::Export, Action::SeeStill][..]);
    let of_event = (select(&CLASSES[..]), select(Regime::ALL), -10_i64..300_000, any::<bool>());
    let reason = select(&["", "because"][..]);
    (any_names(&ROLES), action, of_event, select(&PURPOSES[..]), reason).prop_map(
        |(roles, action, (class, regime, age_secs, is_reviewed), purpose, reason)| Question {
            roles,
            action,
            class,
            regime,
            age_secs,
            is_reviewed,
            why: why(purpose, reason),
        },
    )
}

/// What the policy says in so many words, without Cedar: the fields that one recipient is given.
fn by_hand<'t>(terms: &Terms, one: &'t Recipient, asked: &Question) -> Option<&'t BTreeSet<EventField>> {
    let of_law = match one.regime {
        RecipientRegime::Led => terms.regime == Regime::Led,
        RecipientRegime::Gdpr => terms.regime == Regime::Gdpr,
        RecipientRegime::Public => terms.regime == Regime::Gdpr && terms.is_aggregate(asked.class),
    };
    let is_inside = one.organisation == terms.controller && one.regime.name() == terms.regime.name();
    let may_act = match asked.action {
        Action::Read => !one.fields.0.is_empty(),
        Action::Export => !one.fields.0.is_empty() && one.export && !asked.why.justification.is_empty(),
        Action::SeeStill => {
            one.imagery && terms.has_imagery(asked.class) && !asked.why.justification.is_empty()
        }
    };
    let young = u64::try_from(asked.age_secs).is_ok_and(|age| age <= one.max_age.0.get().as_secs())
        || asked.age_secs < 0;
    let may = of_law
        && asked.regime == terms.regime
        && asked.roles.contains(&one.role)
        && one.events.contains(asked.class)
        && one.purposes.contains(&asked.why.purpose)
        && young
        && (is_inside || asked.is_reviewed || !terms.needs_review(asked.class))
        && may_act;
    may.then_some(&one.fields.0)
}

/// Of several recipients with one role, one beyond the control room or of another law binds all: `forbid` wins.
fn has_double_roles(terms: &Terms) -> bool {
    let names: BTreeSet<&str> = terms.recipients.iter().map(|one| one.role.as_str()).collect();
    names.len() < terms.recipients.len()
}

fn check(rules: &Rules, asked: &Question) -> Result<(), TestCaseError> {
    let facts = Facts {
        class: asked.class,
        regime: asked.regime,
        age_secs: asked.age_secs,
        is_reviewed: asked.is_reviewed,
    };
    let found = rules.decide(&asked.roles, asked.action, &facts, &asked.why, NOW);
    let terms = &rules.terms;
    let given: Vec<&BTreeSet<EventField>> =
        terms.recipients.iter().filter_map(|one| by_hand(terms, one, asked)).collect();
    match found {
        Decision::Allowed { fields, roles } => {
            prop_assert!(!given.is_empty(), "shown to nobody's recipient");
            prop_assert_eq!(asked.regime, terms.regime, "read across laws");
            let listed: BTreeSet<EventField> = given.into_iter().flatten().copied().collect();
            prop_assert!(fields.is_subset(&listed), "a field outside the list");
            prop_assert!(roles.is_subset(&asked.roles));
            if !has_double_roles(terms) {
                prop_assert_eq!(fields, listed);
            }
        }
        Decision::Denied { rule } => {
            prop_assert!(rule != Rule::DecisionFailed);
            prop_assert!(given.is_empty() || has_double_roles(terms), "held back by {:?}", rule);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn gdpr_recipients_read_what_their_policy_gives_them_and_no_led_event(
        terms in any_terms(terms(GDPR, 1)), asked in vec(any_question(), 8)
    ) {
        let rules = Rules::compile(terms).unwrap();
        for question in &asked {
            check(&rules, question)?;
        }
    }

    #[test]
    fn led_recipients_read_what_their_policy_gives_them_and_no_gdpr_event(
        terms in any_terms(terms(LED, 2)), asked in vec(any_question(), 8)
    ) {
        let rules = Rules::compile(terms).unwrap();
        for question in &asked {
            check(&rules, question)?;
        }
    }
}
