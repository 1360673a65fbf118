//! Publishing: what is taken, what is refused, and what is left of a database that was tampered with.

use std::path::Path;

use velum_policy::pack::SignedPacks;
use velum_policy::{Advice, PolicyFile, SigningKey};

use super::*;
use crate::clock::{Clock, SystemClock};

/// Two approvers and their officer, and the demonstration's policy in their names.
pub(crate) struct Approvers {
    keys: [SigningKey; 2],
    officer: SigningKey,
}

impl Approvers {
    pub(crate) fn new() -> Self {
        let key = || SigningKey::generate().unwrap();
        Self { keys: [key(), key()], officer: key() }
    }

    /// `approvers.toml`.
    pub(crate) fn toml(&self) -> String {
        let [a, b] = self.keys.each_ref().map(SigningKey::public);
        format!("quorum = 2\napprovers = ['{a}', '{b}']\ndpo_key = '{}'\n", self.officer.public())
    }

    pub(crate) fn trust(&self) -> TrustRoot {
        TrustRoot::parse(&self.toml(), "approvers.toml").unwrap()
    }

    /// The policy in this version, with edits, in force from 20 November 2026 on.
    pub(crate) fn text(&self, version: &str, edits: &[(&str, &str)]) -> String {
        self.text_of(version, ("2026-11-20T00:00:00Z", "2026-12-20T00:00:00Z"), edits)
    }

    /// The same, in force from the first date to the second.
    pub(crate) fn text_of(
        &self,
        version: &str,
        (from, expires): (&str, &str),
        edits: &[(&str, &str)],
    ) -> String {
        let text = include_str!("../../../policy/examples/demo-policy.toml.in")
            .replace("version        = \"1.0.0\"", &format!("version        = \"{version}\""))
            .replace("@DATE_FROM@", from)
            .replace("@DATE_EXPIRES@", expires)
            .replace("@APPROVER_1@", &self.keys[0].public().to_string())
            .replace("@APPROVER_2@", &self.keys[1].public().to_string())
            .replace("@DPO_KEY@", &self.officer.public().to_string());
        edits.iter().fold(text, |text, (from, to)| {
            assert!(text.contains(from), "the policy has no `{from}`");
            text.replacen(from, to, 1)
        })
    }

    /// Signed by so many.
    pub(crate) fn sign(&self, text: &str, signatures: usize) -> String {
        let mut signed = SignedPolicy::unsigned(text, "policy.toml");
        self.keys.iter().take(signatures).for_each(|key| signed.sign(key));
        signed.to_json()
    }

    /// Of the officer.
    pub(crate) fn opinion(&self, text: &str) -> String {
        let file = PolicyFile::parse(text, "policy.toml").unwrap();
        let given = "2026-11-01T00:00:00Z".parse().unwrap();
        SignedOpinion::give(&file, (Advice::Favourable, "good"), given, &self.officer).unwrap().to_json()
    }
}

pub(crate) const STRICTER: (&str, &str) = ("min_group        = 5", "min_group        = 6");

struct Desk {
    dir: tempfile::TempDir,
    approvers: Approvers,
    policies: Arc<Policies>,
}

/// With an audit log of its own, below the database's folder.
async fn open(dir: &Path, log: &str, trust: Option<TrustRoot>) -> Arc<Policies> {
    let (clock, log): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), dir.join(log));
    std::fs::create_dir(&log).unwrap();
    let audit = Arc::new(Audit::at(&log, "hub", clock).unwrap());
    Arc::new(
        Policies::open(Arc::new(Store::open(&crate::tests::database::at(dir)).await.unwrap()), audit, trust)
            .await
            .unwrap(),
    )
}

impl Desk {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let approvers = Approvers::new();
        let policies = open(dir.path(), "first", Some(approvers.trust())).await;
        Self { dir, approvers, policies }
    }

    async fn publish(&self, json: String, opinion: Option<String>) -> Result<Outcome, PublishError> {
        let by = Name::parse("anna").unwrap();
        self.policies.publish((json, opinion), &by, (1_000, false)).await
    }

    async fn refused(&self, json: String, opinion: Option<String>, part: &str) {
        let before = self.policies.watch().borrow().to_wire();
        let error = self.publish(json, opinion).await.unwrap_err().to_string();
        assert!(error.contains(part), "`{part}`: {error}");
        assert_eq!(self.policies.watch().borrow().to_wire(), before, "{part}");
    }

    fn shown(&self) -> Vec<(String, String)> {
        let all = self.policies.watch().borrow().to_wire();
        all.into_iter().map(|one| (one.version, one.change)).collect()
    }
}

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(version, change)| ((*version).to_owned(), (*change).to_owned())).collect()
}

#[tokio::test]
async fn versions_follow_each_other_and_are_there_after_a_restart() {
    let mut desk = Desk::new().await;
    let first = desk.approvers.sign(&desk.approvers.text("1.0.0", &[]), 2);
    desk.publish(first.clone(), None).await.unwrap();
    let stricter = desk.approvers.sign(&desk.approvers.text("1.1.0", &[STRICTER]), 1);
    desk.publish(stricter.clone(), None).await.unwrap();
    assert!(desk.publish(first, None).await.unwrap().was_known, "again is no error");
    let expected = pairs(&[("1.1.0", "more-private"), ("1.0.0", "first")]);
    assert_eq!(desk.shown(), expected);
    desk.policies = open(desk.dir.path(), "second", Some(desk.approvers.trust())).await;
    assert_eq!(desk.shown(), expected, "as before the restart");
    desk.policies = open(desk.dir.path(), "third", Some(Approvers::new().trust())).await;
    assert_eq!(desk.shown(), [], "not for somebody else");
}

#[tokio::test]
async fn what_lacks_what_given_packs_ask_for_is_not_published() {
    let mut desk = Desk::new().await;
    let (file, kept) = (desk.dir.path().join("packs.json"), desk.dir.path().join("kept.json"));
    let packs = "schema = \"cctv-pack/1\"\nversion = \"2026.12\"\n[[gate]]\ncountry = \"ZZ\"\nid = \"ZZ-COUNCIL\"\n\
                 applies_to = \"any\"\nrequires_kind = [\"council\"]\nlaw = \"a decree\"\nstatus = \"recall\"\n";
    let mut signed = SignedPacks::unsigned(packs, "packs.toml");
    signed.sign(&desk.approvers.keys[0]);
    std::fs::write(&file, signed.to_json()).unwrap();
    let given = GivenPacks::new(&file, &kept, &desk.approvers.trust());
    let policies = Arc::try_unwrap(desk.policies).unwrap().with_packs(Some(given)).await;
    desk.policies = Arc::new(policies);
    // One signature is not enough: the packs of the program hold.
    desk.publish(desk.approvers.sign(&desk.approvers.text("1.0.0", &[]), 2), None).await.unwrap();
    signed.sign(&desk.approvers.keys[1]);
    std::fs::write(&file, signed.to_json()).unwrap();
    let next = desk.approvers.sign(&desk.approvers.text("1.1.0", &[STRICTER]), 2);
    desk.refused(next.clone(), None, "ZZ-COUNCIL asks for `council`").await;
    std::fs::remove_file(&file).unwrap();
    desk.refused(next, None, "ZZ-COUNCIL asks for `council`").await;
}

#[tokio::test]
async fn what_may_not_follow_is_refused_and_nothing_changes() {
    let desk = Desk::new().await;
    let text = desk.approvers.text("1.1.0", &[]);
    desk.refused(desk.approvers.sign(&text, 1), None, "2 approvers must sign, found 1").await;
    desk.publish(desk.approvers.sign(&text, 2), None).await.unwrap();
    let sign = |version, edits: &[_], signatures| {
        desk.approvers.sign(&desk.approvers.text(version, edits), signatures)
    };
    desk.refused(sign("1.0.0", &[], 2), None, "is older than 1.1.0").await;
    desk.refused(sign("1.1.0", &[STRICTER], 2), None, "every change needs a new version").await;
    let looser = ("max_fps      = 10", "max_fps      = 12");
    desk.refused(sign("1.2.0", &[looser], 2), None, "DIF-001").await;
    let opinion = desk.approvers.opinion(&text);
    desk.refused(sign("1.2.0", &[looser], 2), Some(opinion), "is about another file").await;
    desk.refused("{}".to_owned(), None, "expected a signed policy").await;
    let altered = sign("1.2.0", &[STRICTER], 2).replace("payload\": \"", "payload\": \"AAAA");
    desk.refused(altered, None, "policy").await;
    let led = [("zz.port-velum.demo", "zz.port-velum.led"), ("= \"gdpr\"", "= \"led\"")];
    desk.refused(sign("1.0.0", &led, 2), None, "one hub serves one regime").await;
}

#[tokio::test]
async fn without_approvers_nothing_is_published() {
    let mut desk = Desk::new().await;
    desk.policies = open(desk.dir.path(), "second", None).await;
    desk.refused(desk.approvers.sign(&desk.approvers.text("1.0.0", &[]), 2), None, "pins no approvers").await;
}

#[tokio::test]
async fn a_box_is_handed_versions_in_their_order() {
    let desk = Desk::new().await;
    let mut digests = Vec::new();
    for (version, edits, signatures) in
        [("1.0.0", &[][..], 2), ("1.1.0", &[][..], 2), ("1.2.0", &[STRICTER][..], 1)]
    {
        let json = desk.approvers.sign(&desk.approvers.text(version, edits), signatures);
        digests.push(desk.publish(json, None).await.unwrap().published.policy().digest().to_vec());
    }
    let library = desk.policies.watch().borrow().clone();
    let next = |id: &str, digest: &[u8]| library.next_for(id, digest).map(|one| one.to_box().digest);
    let id = "zz.port-velum.demo";
    assert_eq!(next("", b""), Some(digests[0].clone()), "from the first on");
    assert_eq!(next(id, &[9; 32]), Some(digests[0].clone()));
    assert_eq!(next(id, &digests[0]), Some(digests[1].clone()));
    assert_eq!(next(id, &digests[1]), Some(digests[2].clone()));
    assert_eq!(next(id, &digests[2]), None);
    assert_eq!(next("other", &digests[0]), None);
}

#[tokio::test]
async fn a_version_counts_from_its_day_on() {
    let desk = Desk::new().await;
    let later = ("effective_from = 2026-11-20T00:00:00Z", "effective_from = 2026-12-01T00:00:00Z");
    for (version, edits) in [("1.0.0", &[][..]), ("1.1.0", &[later][..])] {
        let json = desk.approvers.sign(&desk.approvers.text(version, edits), 2);
        desk.publish(json, None).await.unwrap();
    }
    let library = desk.policies.watch().borrow().clone();
    let check = |at: &str, expected: &[&str]| {
        let at = at.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let begun = library.begun(at).map(|one| one.policy().resolved().version.to_string());
        assert_eq!(begun.collect::<Vec<_>>(), expected);
    };
    check("2026-11-19T00:00:00Z", &[]);
    check("2026-11-30T23:59:59Z", &["1.0.0"]);
    check("2026-12-01T00:00:00Z", &["1.1.0"]);
}

#[tokio::test]
async fn what_is_to_hold_at_once_follows_what_has_begun_and_not_what_waits() {
    let mut desk = Desk::new().await;
    let named = ("name                = \"City of Port Velum", "name                = \"Town of Port Velum");
    let later = ("effective_from = 2026-11-20T00:00:00Z", "effective_from = 2026-12-01T00:00:00Z");
    let by = Name::parse("anna").unwrap();
    let now = "2026-11-25T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    let publish = async |desk: &Desk, version, edits: &[(&str, &str)], signatures| {
        let json = desk.approvers.sign(&desk.approvers.text(version, edits), signatures);
        desk.policies.publish((json, None), &by, (now, false)).await
    };
    publish(&desk, "1.0.0", &[], 2).await.unwrap();
    publish(&desk, "1.1.0", &[named, later], 2).await.unwrap();
    let error = publish(&desk, "1.2.0", &[named, STRICTER], 1).await.unwrap_err().to_string();
    assert!(
        error.contains(
            "may not follow version 1.0.0, which boxes run when it begins, while a newer one waits"
        ),
        "{error}"
    );
    let log = std::fs::read_dir(desk.dir.path().join("first/audit")).unwrap();
    let log: String =
        log.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect();
    assert!(log.contains("\"publish\""), "a refusal is logged: {log}");
    // A stop by one approver, whatever waits.
    let stop = ("= \"active\"", "= \"suspended\"");
    publish(&desk, "1.2.0", &[stop], 1).await.unwrap();
    let older = publish(&desk, "1.0.5", &[STRICTER], 2).await.unwrap_err().to_string();
    assert!(older.contains("is older than"), "{older}");
    desk.policies = open(desk.dir.path(), "second", Some(desk.approvers.trust())).await;
    let versions: Vec<_> = desk.shown().into_iter().map(|(version, _)| version).collect();
    assert_eq!(versions, ["1.2.0", "1.0.0"], "what waited never begins, after a restart neither");
}
