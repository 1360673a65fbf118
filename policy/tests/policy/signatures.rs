//! A box takes a policy only with the signatures of two approvers whom it pins and whom the policy names.

use velum_policy::pack::{CountryPacks, Packs};
use velum_policy::{PAYLOAD_TYPE, PolicyError, PublicKey, SignedPolicy, SigningKey, TrustRoot};

use crate::texts::demo;

struct People {
    first: SigningKey,
    second: SigningKey,
    dpo: SigningKey,
    stranger: SigningKey,
}

impl People {
    fn new() -> Self {
        let [first, second, dpo, stranger] = [(); 4].map(|()| SigningKey::generate().unwrap());
        Self { first, second, dpo, stranger }
    }

    fn policy(&self) -> String {
        let text = |key: &SigningKey| key.public().to_string();
        demo([&text(&self.first), &text(&self.second)], &text(&self.dpo))
    }

    fn trust(&self) -> TrustRoot {
        TrustRoot::new(vec![self.first.public(), self.second.public()], 2, Some(self.dpo.public())).unwrap()
    }
}

fn signed_by(text: &str, keys: &[&SigningKey]) -> SignedPolicy {
    let mut signed = SignedPolicy::unsigned(text, "policy.signed.json");
    keys.iter().for_each(|key| signed.sign(key));
    SignedPolicy::parse(&signed.to_json(), "policy.signed.json").unwrap()
}

#[test]
fn two_approvers_suffice() {
    let people = People::new();
    let text = people.policy();
    let verified = signed_by(&text, &[&people.first, &people.second]).verify(&people.trust()).unwrap();
    assert_eq!(verified.resolved().id, "zz.port-velum.demo");
    assert_eq!(verified.signers().len(), 2);
    let sha256 = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    assert_eq!(verified.digest(), sha256.as_ref());
}

#[test]
fn fewer_do_not_and_the_error_says_why() {
    let people = People::new();
    let text = people.policy();
    let another = "; let another approver read it and run `velum policy sign policy.signed.json --key KEY`";
    let check = |keys: &[&SigningKey], expected: &str, advice: &str| {
        let error = signed_by(&text, keys).verify(&people.trust()).unwrap_err();
        assert!(matches!(error, PolicyError::Quorum { .. }));
        let shown = error.to_string();
        assert!(shown.contains(expected) && shown.ends_with(advice), "{shown}");
    };
    check(
        &[],
        "2 approvers must sign, found 0 (nobody signed it yet); let each approver read it and run",
        "`velum policy sign policy.signed.json --key KEY --out FILE.signed.json`, one after the other",
    );
    check(&[&people.first], "found 1", another);
    check(&[&people.first, &people.first], "found 1", another);
    check(
        &[&people.first, &people.dpo],
        "is the data protection officer's, who advises and does not approve",
        another,
    );
    check(
        &[&people.first, &people.stranger],
        "…` is not among this box's approvers)",
        "; do not sign it before you know whose key that is; fetch the file that this box's approvers signed",
    );
}

#[test]
fn a_changed_policy_breaks_its_signatures() {
    let people = People::new();
    let json = signed_by(&people.policy(), &[&people.first, &people.second]).to_json();
    let other = signed_by(&people.policy().replace("PT1S", "PT2S"), &[]).to_json();
    let payload = |json: &str| json.lines().find(|line| line.contains("\"payload\"")).unwrap().to_owned();
    let swapped = json.replace(&payload(&json), &payload(&other));
    let error = SignedPolicy::parse(&swapped, "p").unwrap().verify(&people.trust()).unwrap_err().to_string();
    assert!(error.contains("does not match: the file was changed after it was signed"), "{error}");
    assert!(error.ends_with("; do not sign it; fetch the approved file again"), "{error}");
    assert!(!error.contains("velum policy sign"), "{error}");
}

#[test]
fn keys_in_the_policy_alone_are_not_believed() {
    let people = People::new();
    let others = TrustRoot::new(vec![people.stranger.public(), people.dpo.public()], 2, None).unwrap();
    let signed = signed_by(&people.policy(), &[&people.first, &people.second]);
    assert!(matches!(signed.verify(&others), Err(PolicyError::Quorum { found: 0, .. })));
}

#[test]
fn pinned_keys_that_the_policy_does_not_name_do_not_count() {
    let people = People::new();
    let trust = TrustRoot::new(vec![people.first.public(), people.stranger.public()], 2, None).unwrap();
    let error = signed_by(&people.policy(), &[&people.first, &people.stranger]).verify(&trust).unwrap_err();
    assert!(error.to_string().contains("is not named under change_control.approver"), "{error}");
    let trust = TrustRoot::new(vec![people.first.public(), people.dpo.public()], 2, None).unwrap();
    let error = signed_by(&people.policy(), &[&people.first, &people.dpo]).verify(&trust).unwrap_err();
    assert!(error.to_string().contains("data protection officer's"), "{error}");
}

#[test]
fn a_higher_quorum_of_the_policy_counts_too() {
    let people = People::new();
    let third = SigningKey::generate().unwrap();
    let dpo_line = "             { key = \"THIRD\", role = \"third\" } ]\ndpo_key";
    let text = people
        .policy()
        .replace("quorum   = 2", "quorum   = 3")
        .replace("role = \"ciso\" } ]\ndpo_key", &format!("role = \"ciso\" }},\n{dpo_line}"))
        .replace("THIRD", &third.public().to_string());
    let keys: Vec<PublicKey> = [&people.first, &people.second, &third].map(SigningKey::public).to_vec();
    let trust = TrustRoot::new(keys, 2, None).unwrap();
    let two = signed_by(&text, &[&people.first, &people.second]).verify(&trust).unwrap_err();
    assert!(matches!(two, PolicyError::Quorum { needed: 3, found: 2, .. }), "{two}");
    assert!(signed_by(&text, &[&people.first, &people.second, &third]).verify(&trust).is_ok());
}

#[test]
fn a_policy_with_errors_is_refused_however_many_signed() {
    let people = People::new();
    let text = people.policy().replace("min_group        = 5", "min_group        = 1");
    let error = signed_by(&text, &[&people.first, &people.second]).verify(&people.trust()).unwrap_err();
    let rules: Vec<_> = error.findings().unwrap().iter().filter_map(|finding| finding.rule).collect();
    assert_eq!(rules, ["AGG-001"]);
}

#[test]
fn other_envelopes_are_refused_with_the_way_to_make_one() {
    let check = |json: &str| {
        let error = SignedPolicy::parse(json, "p.json").unwrap_err().to_string();
        assert!(
            error.starts_with("p.json: expected a signed policy") && error.contains("velum policy sign"),
            "{error}"
        );
    };
    check("");
    check("schema = 'cctv-policy/1'");
    check("{\"payloadType\": \"text/plain\", \"payload\": \"\", \"signatures\": []}");
    check(&format!("{{\"payloadType\": \"{PAYLOAD_TYPE}\", \"payload\": \"*\", \"signatures\": []}}"));
    check(&format!(
        "{{\"payloadType\": \"{PAYLOAD_TYPE}\", \"payload\": \"\", \"signatures\": [], \"more\": 1}}"
    ));
}

#[test]
fn a_waiver_that_only_given_packs_make_necessary_ends_too() {
    let people = People::new();
    let gate = "schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n[[access_gate]]\ncountry = \"ZZ\"\nregime = \"any\"\n\
                after = \"PT1H\"\nlaw = \"a decree\"\nstatus = \"recall\"\n";
    let packs = Packs::built_in().with(CountryPacks::parse_given(gate, "given.toml").unwrap());
    let verified = |text: &str| {
        signed_by(text, &[&people.first, &people.second])
            .verify(&people.trust())
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let bare = verified(&people.policy()).under(&packs);
    assert!(matches!(bare, Err(PolicyError::Lacking(_))), "{bare:?}");
    let waiver = "\n[[waiver]]\nrule = \"RET-010\"\nscope = \"city\"\nreason = \"the decree is asked for\"\n\
                  approved_by = [\"process-owner\", \"ciso\"]\nexpires = 2026-12-10\n";
    let waived = verified(&(people.policy() + waiver));
    assert_eq!(waived.resolved().waived_until, None, "the program's own packs ask for nothing");
    let until = waived.under(&packs).unwrap().resolved().waived_until;
    assert!(until.is_some_and(|until| until.to_string().starts_with("2026-12-1")), "{until:?}");
}
