//! Questions to attestations that were really written, and what left.

use std::collections::BTreeMap;
use std::time::Duration;

use velum_policy::audit::{
    Asked, Attestation, CameraAttested, CameraStanding, Digest, Egress, EgressKind, Masking, Pace, Question,
    Share, Software, answer,
};

use super::*;

/// 2026-12-03T08:00:00Z.
const BEGIN: i64 = 1_796_284_800;

/// Twenty minutes, in the eleventh of which masking was off; then one event that left.
fn attested() -> Desk {
    let desk = Desk::new();
    let clock = SimulatedClock::at(Timestamp::from_unix_secs(BEGIN));
    let key = SigningKey::load(&desk.path("audit.key")).unwrap();
    let writer = Writer::attesting("box").unwrap();
    let shared = Arc::new(clock.clone());
    let (log, _) = AuditLog::open_at(&desk.path("attest"), key, shared, writer, Pace::default()).unwrap();
    for minute in 0..20 {
        clock.advance(Duration::from_secs(60));
        let is_off = minute == 10;
        let _receipt = log.attest(said(BEGIN + 60 * minute, is_off)).unwrap();
    }
    log.leave(vec![left()]).unwrap();
    log.close().unwrap();
    desk
}

fn said(from: i64, is_off: bool) -> Attestation {
    let (masking, lapses) =
        if is_off { (Masking::None, vec!["canary".to_owned()]) } else { (Masking::All, Vec::new()) };
    let camera = CameraAttested {
        state: CameraStanding::Active,
        states: vec![CameraStanding::Active],
        analysed: Share::All,
        coverage: vec!["analysed".to_owned()],
        paused: Share::None,
        masking,
        lapses,
        frames: [300, 300, 0],
        events: BTreeMap::new(),
        stills: [0, 0],
    };
    Attestation {
        from: Timestamp::from_unix_secs(from),
        until: Timestamp::from_unix_secs(from + 60),
        policies: Vec::new(),
        in_force: Share::None,
        packs: None,
        models: BTreeMap::new(),
        software: Software { version: "0.1.0".to_owned(), executable: None },
        time_source: "system_clock".to_owned(),
        time_trusted: true,
        missed: 0,
        canaries: [1, 0],
        events: BTreeMap::new(),
        withheld: BTreeMap::new(),
        cameras: BTreeMap::from([(CameraId::parse("plaza-1").unwrap(), camera)]),
    }
}

fn left() -> Egress {
    Egress {
        kind: EgressKind::Event,
        class: "camera_health".to_owned(),
        camera: Some(CameraId::parse("plaza-1").unwrap()),
        fields: [("camera", "exact"), ("health_code", "exact"), ("time", "60 s")]
            .map(|(name, how)| (name.to_owned(), how.to_owned()))
            .into(),
        bytes: 151,
        policy_digest: Some(Digest::of(b"policy")),
        purpose: Some("plaza-safety".to_owned()),
        recipient: "hub.example:7443".to_owned(),
        commitment: Some(Digest::of(b"content")),
        sequence: None,
        picture: None,
    }
}

impl Desk {
    fn question(&self, question: &str, more: &[&str], expected: u8) {
        let log = self.path("attest").display().to_string();
        let words = ["question", question, "--log", &log, "--key", "AUDIT.pub"];
        self.check_words(&words.iter().chain(more).copied().collect::<Vec<_>>(), expected);
    }
}

fn asked(claim: &str, camera: &str, from: &str, to: &str) -> String {
    format!("{claim}, camera {camera}, from 2026-12-03T{from}:00Z to 2026-12-03T{to}:00Z")
}

#[test]
fn the_exit_code_is_the_answer() {
    let desk = attested();
    let masking = |from, to| asked("masking on", "plaza-1", from, to);
    desk.question(&masking("08:00", "08:10"), &[], 0);
    desk.question(&masking("08:00", "08:20"), &[], 1);
    desk.question(&masking("08:15", "08:21"), &[], 2);
    desk.question(&asked("analysing", "plaza-2", "08:00", "08:10"), &[], 2);
    desk.question(&masking("08:00", "08:10"), &["--json"], 0);
    desk.question(&masking("08:10", "08:00"), &[], 3);
    desk.question("is masking on?", &[], 3);
    let other = ["question", &masking("08:00", "08:10"), "--log", "AUDIT", "--key", "AUDIT.pub"];
    desk.check_words(&other, 3);
    desk.alter_attestation();
    desk.question(&masking("08:00", "08:10"), &[], 3);
    desk.question(&masking("08:00", "08:10"), &["--json"], 3);
    let arguments = |words: &[&str]| words.iter().map(std::ffi::OsString::from).collect::<Vec<_>>();
    assert_eq!(usage_code(&arguments(&["velum", "audit", "question", "--lgo"])), Some(3));
    assert_eq!(usage_code(&arguments(&["velum", "audit", "verify"])), None);
}

impl Desk {
    fn alter_attestation(&self) {
        let file = files(&self.path("attest")).unwrap().pop().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, text.replacen("\"masking\":\"none\"", "\"masking\":\"all\"", 1)).unwrap();
    }

    fn words_of(&self, question: &str) -> String {
        let key = crate::policy::public_key(&self.path("audit.pub").display().to_string()).unwrap();
        let question = Question::parse(question).unwrap();
        match answer(&self.path("attest"), &[key], &question).unwrap() {
            Asked::Answered(answered) => question::in_words(&answered, None, &Screen::plain()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn answers_say_what_they_rest_on() {
    let desk = attested();
    let yes = desk.words_of(&asked("masking on", "plaza-1", "08:00", "08:10"));
    for part in [
        "yes: masking on, camera plaza-1\n",
        "asked:    from 2026-12-03 08:00:00 UTC up to 2026-12-03 08:10:00 UTC\n",
        "looked at: 10 attestations of this camera in that time, records 1 to 10\n",
        "signed:   by the checkpoint of 21 records of 2026-12-03 08:20:00 UTC\n",
    ] {
        assert!(yes.contains(part), "{part} is not in\n{yes}");
    }
    let no = desk.words_of(&asked("masking on", "plaza-1", "08:00", "08:20"));
    let otherwise = "otherwise: record 11, 2026-12-03 08:10:00 UTC to 2026-12-03 08:11:00 UTC: not in that time (canary)\n";
    assert!(no.contains(otherwise) && no.contains("the box keeps and sends no picture at all"), "{no}");
    let unknown = desk.words_of(&asked("analysing", "plaza-1", "07:59", "08:21"));
    assert!(
        unknown.contains("gap:      2026-12-03 07:59:00 UTC to 2026-12-03 08:00:00 UTC: the first"),
        "{unknown}"
    );
    let other = desk.words_of(&asked("analysing", "plaza-2", "08:00", "08:10"));
    assert!(other.contains("camera:   `plaza-2` is in no attestation of this log"), "{other}");
}

#[test]
fn a_proof_of_an_answer_is_written_and_verified() {
    let desk = attested();
    let out = |name: &str| desk.path(name).display().to_string();
    let (yes, no) = (out("audit-yes.json"), out("audit-no.json"));
    desk.question(&asked("masking on", "plaza-1", "08:00", "08:10"), &["--proof", &yes], 0);
    desk.question(&asked("masking on", "plaza-1", "08:00", "08:20"), &["--proof", &no], 1);
    desk.question(&asked("masking on", "plaza-1", "08:00", "08:20"), &["--proof", &no], 3);
    for proof in [&yes, &no] {
        desk.check_words(&["verify", proof, "--key", "AUDIT.pub"], 0);
        desk.check_words(&["verify", proof, "--key", "AUDIT.pub", "--json"], 0);
        let text = std::fs::read_to_string(proof).unwrap();
        std::fs::write(proof, text.replace("\"answer\": \"no\"", "\"answer\": \"yes\"")).unwrap();
    }
    desk.check_words(&["verify", &yes, "--key", "AUDIT.pub"], 0);
    desk.check_words(&["verify", &no, "--key", "AUDIT.pub"], 2);
}

#[test]
fn what_left_is_shown_in_every_format() {
    let desk = attested();
    let log = desk.path("attest").display().to_string();
    for format in ["text", "json", "csv"] {
        desk.check_words(&["manifest", "--log", &log, "--key", "AUDIT.pub", "--format", format], 0);
        desk.check_words(&["manifest", "--log", &log, "--camera", "plaza-9", "--format", format], 0);
    }
    let state = desk.folder.path().display().to_string();
    desk.check_words(&["manifest", "--log", &state, "--from", "2026-12-03", "--to", "2026-12-03"], 0);
    assert!(desk.run_words(&["manifest", "--log", "AUDIT"]).is_err(), "the audit log has none");
    assert!(
        desk.run_words(&["manifest", "--log", &log, "--from", "2026-12-04", "--to", "2026-12-03"]).is_err()
    );
    desk.alter_attestation();
    desk.check_words(&["manifest", "--log", &log, "--key", "AUDIT.pub"], 2);
    let words = crate::audit::manifest::quoted("=1,\"a\"");
    assert_eq!(words, "\" =1,\"\"a\"\"\"");
}
