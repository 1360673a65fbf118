//! A policy takes the place of the one before as the diff gate says, and as nobody else does.

use velum_policy::diff::Verdict;
use velum_policy::succession::{Successor, succeed};
use velum_policy::{
    Advice, PolicyError, PolicyFile, SignedOpinion, SignedPolicy, SigningKey, TrustRoot, VerifiedPolicy,
};

use crate::texts::market_square;

/// min_group and its version, as edits of the market square's policy.
const LOOSER: [(&str, &str); 3] = [
    ("min_group        = 10", "min_group = 9"),
    ("version        = \"1.2.0\"", "version = \"1.3.0\""),
    ("covers_policy = \"1.2.0\"", "covers_policy = \"1.3.0\""),
];
const STRICTER: [(&str, &str); 3] = [
    ("min_group        = 10", "min_group = 11"),
    ("version        = \"1.2.0\"", "version = \"1.2.1\""),
    ("covers_policy = \"1.2.0\"", "covers_policy = \"1.2.1\""),
];
const JUDGED: [(&str, &str); 3] = [
    ("mount    = \"pole, 6 m\"", "mount = \"wall\""),
    ("version        = \"1.2.0\"", "version = \"1.2.1\""),
    ("covers_policy = \"1.2.0\"", "covers_policy = \"1.2.1\""),
];
/// Before and after three days before the policy begins, 2026-12-01.
const IN_TIME: &str = "2026-11-20T10:00:00Z";
const LATE: &str = "2026-11-29T10:00:00Z";

struct Town {
    approvers: [SigningKey; 2],
    dpo: SigningKey,
    text: String,
}

impl Town {
    fn new() -> Self {
        let [a, b, dpo] = [(); 3].map(|()| SigningKey::generate().unwrap());
        let text = |key: &SigningKey| key.public().to_string();
        let text = market_square([&text(&a), &text(&b)], &text(&dpo));
        Self { approvers: [a, b], dpo, text }
    }

    fn trust(&self, pins_officer: bool) -> TrustRoot {
        let keys = self.approvers.iter().map(SigningKey::public).collect();
        TrustRoot::new(keys, 2, pins_officer.then(|| self.dpo.public())).unwrap()
    }

    fn edited(&self, edits: &[(&str, &str)]) -> String {
        edits.iter().fold(self.text.clone(), |text, (from, to)| {
            assert!(text.contains(from), "`{from}`");
            text.replacen(from, to, 1)
        })
    }

    fn signed(&self, text: &str, signatures: usize) -> SignedPolicy {
        let mut signed = SignedPolicy::unsigned(text, "policy.signed.json");
        self.approvers.iter().take(signatures).for_each(|key| signed.sign(key));
        signed
    }

    fn before(&self) -> VerifiedPolicy {
        self.signed(&self.text, 2).verify(&self.trust(true)).unwrap()
    }

    fn opinion(&self, text: &str, given: &str, key: &SigningKey) -> SignedOpinion {
        let file = PolicyFile::parse(text, "policy.toml").unwrap();
        SignedOpinion::give(&file, (Advice::Unfavourable, "not yet"), given.parse().unwrap(), key).unwrap()
    }

    /// The change with so many signatures and an opinion of that day.
    fn change(
        &self,
        edits: &[(&str, &str)],
        signatures: usize,
        given: Option<&str>,
    ) -> Result<Successor, PolicyError> {
        let text = self.edited(edits);
        let opinion = given.map(|given| self.opinion(&text, given, &self.dpo));
        let next = self.signed(&text, signatures);
        succeed(Some(&self.before()), &next, opinion.as_ref(), &self.trust(true))
    }
}

fn check(result: Result<Successor, PolicyError>, expected: Result<(Verdict, bool), &str>) {
    match (result, expected) {
        (Ok(found), Ok(expected)) => assert_eq!((found.verdict, found.decided_alone), expected),
        (Err(error), Err(part)) => assert!(error.to_string().contains(part), "`{part}`: {error}"),
        (Ok(found), Err(part)) => panic!("expected `{part}`, found {:?}", found.verdict),
        (Err(error), Ok(_)) => panic!("{error}"),
    }
}

#[test]
fn the_first_policy_needs_the_quorum_and_no_opinion() {
    let town = Town::new();
    let first = |signatures| succeed(None, &town.signed(&town.text, signatures), None, &town.trust(true));
    check(first(2), Ok((Verdict::Same, false)));
    check(first(1), Err("2 approvers must sign, found 1"));
}

#[test]
fn one_approver_may_make_it_stricter_and_nothing_else() {
    let town = Town::new();
    check(town.change(&STRICTER, 1, None), Ok((Verdict::MorePrivate, true)));
    check(town.change(&STRICTER, 2, None), Ok((Verdict::MorePrivate, false)));
    check(town.change(&STRICTER, 0, None), Err("found 0"));
    check(town.change(&JUDGED, 1, None), Err("2 approvers must sign, found 1"));
    check(town.change(&JUDGED, 2, None), Ok((Verdict::Judgement, false)));
    check(town.change(&LOOSER, 1, Some(IN_TIME)), Err("2 approvers must sign, found 1"));
    let both = [STRICTER[0], STRICTER[1], STRICTER[2], ("max_fps               = 6", "max_fps = 7")];
    check(town.change(&both, 1, Some(IN_TIME)), Err("2 approvers must sign, found 1"));
}

#[test]
fn where_the_policy_before_does_not_say_so_one_does_not_suffice() {
    let mut town = Town::new();
    town.text = town.edited(&[("tighten_alone   = true", "tighten_alone   = false")]);
    check(town.change(&STRICTER, 1, None), Err("2 approvers must sign, found 1"));
    check(town.change(&STRICTER, 2, None), Ok((Verdict::MorePrivate, false)));
}

#[test]
fn what_is_less_private_needs_an_opinion_and_waits_from_its_day() {
    let town = Town::new();
    check(town.change(&LOOSER, 2, None), Err("DIF-001: the change makes something less private"));
    check(town.change(&LOOSER, 2, Some(LATE)), Err("DIF-001: It waits P3D"));
    // It is advice: also one that is not favourable does not block.
    check(town.change(&LOOSER, 2, Some(IN_TIME)), Ok((Verdict::LessPrivate, false)));
    check(town.change(&LOOSER[..2], 2, Some(IN_TIME)), Err("[DPI-002]"));
}

#[test]
fn an_opinion_is_the_officers_and_about_this_file() {
    let town = Town::new();
    let text = town.edited(&LOOSER);
    let next = town.signed(&text, 2);
    let judge = |opinion: &SignedOpinion, pins_officer| {
        succeed(Some(&town.before()), &next, Some(opinion), &town.trust(pins_officer))
    };
    let stranger = SigningKey::generate().unwrap();
    check(judge(&town.opinion(&text, IN_TIME, &stranger), true), Err("found none that holds"));
    check(judge(&town.opinion(&town.text, IN_TIME, &town.dpo), true), Err("is about another file"));
    // The key that the policy before named, where the box pins none.
    check(judge(&town.opinion(&text, IN_TIME, &town.dpo), false), Ok((Verdict::LessPrivate, false)));
    check(judge(&town.opinion(&text, IN_TIME, &stranger), false), Err("found none that holds"));
}

#[test]
fn versions_only_grow_and_a_policy_stays_itself() {
    let town = Town::new();
    check(town.change(&[], 2, None), Ok((Verdict::Same, false)));
    check(town.change(&STRICTER[..1], 2, None), Err("was accepted before with other contents"));
    let older = ("version        = \"1.2.0\"", "version = \"1.1.9\"");
    let covers = ("covers_policy = \"1.2.0\"", "covers_policy = \"1.1.9\"");
    check(town.change(&[STRICTER[0], older, covers], 2, None), Err("is older than 1.2.0"));
    let other = ("id             = \"nl.lindehaven.crowd-safety\"", "id = \"nl.lindehaven.other\"");
    check(town.change(&[other, STRICTER[1], STRICTER[2]], 2, None), Err("this box runs policy"));
}

#[test]
fn a_lower_quorum_needs_the_higher_one() {
    let mut town = Town::new();
    let third = SigningKey::generate().unwrap();
    let long = "ed25519:Pz7xC4vB1nM8aS5dF2gH9jK6lQ3wE0rT7yU4iO1pZ=";
    town.text = town.text.replace(long, &third.public().to_string());
    town.text = town.edited(&[("quorum          = 2", "quorum          = 3")]);
    let keys = town.approvers.iter().chain([&third]).map(SigningKey::public).collect();
    let trust = TrustRoot::new(keys, 2, None).unwrap();
    let mut before = town.signed(&town.text, 2);
    before.sign(&third);
    let before = before.verify(&trust).unwrap();
    let lower = [("quorum          = 3", "quorum          = 2"), LOOSER[1], LOOSER[2]];
    let text = town.edited(&lower);
    let opinion = town.opinion(&text, IN_TIME, &town.dpo);
    let two = town.signed(&text, 2);
    let mut three = two.clone();
    three.sign(&third);
    check(succeed(Some(&before), &two, Some(&opinion), &trust), Err("3 approvers must sign, found 2"));
    check(succeed(Some(&before), &three, Some(&opinion), &trust), Ok((Verdict::LessPrivate, false)));
}

#[test]
fn to_move_a_mask_or_to_name_another_officer_is_a_loosening() {
    let town = Town::new();
    let smaller =
        ("[[0.0,0.0],[1.0,0.0],[1.0,0.22],[0.0,0.22]]", "[[0.0,0.0],[1.0,0.0],[1.0,0.05],[0.0,0.05]]");
    let smaller = [smaller, JUDGED[1], JUDGED[2]];
    check(town.change(&smaller, 2, None), Err("DIF-001: the change makes something less private"));
    check(town.change(&smaller, 2, Some(LATE)), Err("DIF-001: It waits P3D after the officer's opinion"));
    check(town.change(&smaller, 2, Some(IN_TIME)), Ok((Verdict::LessPrivate, false)));
    let other = SigningKey::generate().unwrap();
    let (old, new) = (town.dpo.public().to_string(), other.public().to_string());
    let moved = [(old.as_str(), new.as_str()), JUDGED[1], JUDGED[2]];
    check(town.change(&moved, 2, None), Err("DIF-001"));
    check(town.change(&moved, 2, Some(IN_TIME)), Ok((Verdict::LessPrivate, false)));
    // The new officer has no say in it.
    let text = town.edited(&moved);
    let opinion = town.opinion(&text, IN_TIME, &other);
    let next = town.signed(&text, 2);
    check(
        succeed(Some(&town.before()), &next, Some(&opinion), &town.trust(false)),
        Err("found none that holds"),
    );
}

#[test]
fn one_approver_may_stop_everything_and_loosen_nothing_with_it() {
    let town = Town::new();
    let stop = ("status         = \"active\"", "status         = \"suspended\"");
    check(town.change(&[stop, STRICTER[1], STRICTER[2]], 1, None), Ok((Verdict::MorePrivate, true)));
    // Else what is less private would come in with the stop, and nobody would see it when that is lifted.
    let looser = [stop, LOOSER[0], LOOSER[1], LOOSER[2]];
    check(town.change(&looser, 1, None), Err("2 approvers must sign, found 1"));
    check(town.change(&looser, 2, None), Err("DIF-001"));
}
