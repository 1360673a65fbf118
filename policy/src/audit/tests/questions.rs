//! Questions to attestations on simulated time: what is there, what is missing, what was altered.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::START_SECS;
use crate::audit::{
    Answer, Asked, Attestation, AuditLog, CameraAttested, CameraId, CameraStanding, Digest, Egress,
    EgressKind, GapCause, Installed, Masking, Pace, Pack, Period, Proof, Question, Share, SimulatedClock,
    Software, Timestamp, Verdict, Wanted, Writer, answer, export, files, last_left, manifest, prove_answer,
    verify, verify_pack, write_pack,
};
use crate::keys::{PublicKey, SigningKey};

/// 2026-12-03T08:15:00Z, as the clock of the log in these tests.
const BEGIN: i64 = START_SECS + 40;

/// A box that attests.
struct Place {
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    public: PublicKey,
    log: Option<AuditLog>,
    last: i64,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = SimulatedClock::at(Timestamp::from_unix_secs(BEGIN));
        let public = SigningKey::load_or_make(&folder.path().join("audit.key")).unwrap().public();
        let mut place = Self { folder, clock, public, log: None, last: BEGIN };
        place.start();
        place
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("attest")
    }

    fn start(&mut self) {
        let key = SigningKey::load(&self.folder.path().join("audit.key")).unwrap();
        let writer = Writer::attesting("box").unwrap();
        let pace = Pace { records: 5, ..Pace::default() };
        let opened = AuditLog::open_at(&self.dir(), key, Arc::new(self.clock.clone()), writer, pace).unwrap();
        self.log = Some(opened.0);
        self.last = self.now();
    }

    fn stop(&mut self) {
        self.log.take().unwrap().close().unwrap();
    }

    fn now(&self) -> i64 {
        velum_vocab::Clock::now(&self.clock).unix_secs()
    }

    /// So many minutes pass, with an attestation at the end of each.
    fn minutes(&mut self, count: u32, change: impl Fn(&mut Attestation)) {
        for _ in 0..count {
            self.clock.advance(Duration::from_secs(60));
            self.attest(&change);
        }
    }

    fn attest(&mut self, change: impl Fn(&mut Attestation)) {
        let now = self.now();
        let mut said = said(self.last, now);
        change(&mut said);
        let _receipt = self.log.as_ref().unwrap().attest(said).unwrap();
        self.last = now;
    }

    fn asked(&self, claim: &str, camera: &str, from: i64, to: i64) -> Asked {
        let [from, to] = [from, to].map(|secs| jiff::Timestamp::from_second(BEGIN + secs).unwrap());
        let question = Question::parse(&format!("{claim}, camera {camera}, from {from} to {to}")).unwrap();
        answer(&self.dir(), &[self.public], &question).unwrap()
    }

    /// Of `plaza-1`, in seconds from the beginning.
    fn ask(&self, claim: &str, from: i64, to: i64) -> Answer {
        match self.asked(claim, "plaza-1", from, to) {
            Asked::Answered(answered) => *answered,
            other => panic!("{other:?}"),
        }
    }

    fn masking(&self, from: i64, to: i64) -> Verdict {
        self.ask("masking on", from, to).verdict
    }
}

fn camera_attested() -> CameraAttested {
    CameraAttested {
        state: CameraStanding::Active,
        states: vec![CameraStanding::Active],
        analysed: Share::All,
        coverage: vec!["analysed".to_owned()],
        paused: Share::None,
        masking: Masking::All,
        lapses: Vec::new(),
        frames: [300, 300, 0],
        events: BTreeMap::from([("camera_health".to_owned(), 1)]),
        stills: [1, 0],
    }
}

fn said(from: i64, until: i64) -> Attestation {
    Attestation {
        from: Timestamp::from_unix_secs(from),
        until: Timestamp::from_unix_secs(until),
        policies: vec![Installed { digest: Digest::of(b"policy"), version: "1.2.0".to_owned() }],
        in_force: Share::All,
        packs: Some("2026.11".to_owned()),
        models: BTreeMap::from([("detector".to_owned(), vec![Digest::of(b"model")])]),
        software: Software { version: "0.1.0".to_owned(), executable: Some(Digest::of(b"program")) },
        time_source: "system_clock".to_owned(),
        time_trusted: true,
        missed: 0,
        canaries: [2, 0],
        events: BTreeMap::new(),
        withheld: BTreeMap::from([("min_group".to_owned(), 3)]),
        cameras: BTreeMap::from([(plaza(), camera_attested())]),
    }
}

fn plaza() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

fn unchanged(_: &mut Attestation) {}

fn masking(masking: Masking) -> impl Fn(&mut Attestation) {
    move |said| {
        let camera = said.cameras.get_mut(&plaza()).unwrap();
        (camera.masking, camera.lapses) = (masking, vec!["canary".to_owned()]);
    }
}

fn causes(answered: &Answer) -> Vec<(i64, i64, GapCause)> {
    let secs = |at: Timestamp| at.unix_secs() - BEGIN;
    answered.gaps.iter().map(|gap| (secs(gap.from), secs(gap.to), gap.cause)).collect()
}

#[test]
fn an_hour_without_a_gap_is_answered_with_yes_and_its_records() {
    let mut place = Place::new();
    place.minutes(60, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 3_600);
    assert_eq!(
        (answered.verdict, answered.attestations, answered.records),
        (Verdict::Yes, 60, Some((1, 60)))
    );
    assert_eq!((answered.gaps.len(), answered.short.len(), answered.unsigned), (0, 0, 0));
    let mut report = verify(&place.dir(), &[place.public], &[]).unwrap();
    assert_eq!((report.faults.len(), report.attestations, report.egress), (0, 60, 0));
    assert_eq!(report.writer.take().unwrap().to_string(), "attest/box");
    for claim in ["analysing", "policy 1.2.0 in force", &format!("policy {} in force", Digest::of(b"policy"))]
    {
        assert_eq!(place.ask(claim, 600, 1_200).verdict, Verdict::Yes, "{claim}");
    }
    for claim in ["paused", "policy 1.3.0 in force"] {
        let answered = place.ask(claim, 600, 1_200);
        assert_eq!((answered.verdict, answered.contradiction.unwrap().number), (Verdict::No, 11), "{claim}");
    }
}

#[test]
fn gaps_at_the_beginning_in_the_middle_and_at_the_end_make_it_unknown() {
    let mut place = Place::new();
    place.minutes(10, unchanged);
    place.stop();
    place.clock.advance(Duration::from_secs(300));
    place.start();
    place.minutes(10, unchanged);
    place.stop();
    let answered = place.ask("masking on", -60, 1_560);
    assert_eq!(answered.verdict, Verdict::Unknown);
    assert_eq!(
        causes(&answered),
        [(-60, 0, GapCause::BeforeFirst), (600, 900, GapCause::Nothing), (1_500, 1_560, GapCause::AfterLast)]
    );
    assert_eq!(place.masking(0, 600), Verdict::Yes);
    assert_eq!(place.masking(900, 1_500), Verdict::Yes);
    assert_eq!(place.masking(599, 601), Verdict::Unknown, "one second of a long gap");
    assert_eq!(place.masking(1_499, 1_501), Verdict::Unknown, "nobody spoke of the last second");
    assert_eq!(place.masking(-1, 1), Verdict::Unknown);
}

#[test]
fn a_restart_of_two_minutes_is_listed_and_a_longer_one_is_a_finding() {
    let check = |secs: u64, expected: Verdict, short: usize| {
        let mut place = Place::new();
        place.minutes(5, unchanged);
        place.stop();
        place.clock.advance(Duration::from_secs(secs));
        place.start();
        place.minutes(5, unchanged);
        place.stop();
        let answered = place.ask("masking on", 0, 600);
        assert_eq!((answered.verdict, answered.short.len()), (expected, short), "{secs} s");
    };
    check(0, Verdict::Yes, 0);
    check(12, Verdict::Yes, 1);
    check(120, Verdict::Yes, 1);
    check(121, Verdict::Unknown, 0);
}

#[test]
fn what_contradicts_is_named_and_the_edges_are_weighed() {
    let mut place = Place::new();
    place.minutes(2, unchanged);
    place.minutes(1, masking(Masking::Part));
    place.minutes(1, masking(Masking::None));
    place.minutes(1, masking(Masking::NoPictures));
    place.minutes(2, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 420);
    let found = answered.contradiction.unwrap();
    assert_eq!((answered.verdict, found.number), (Verdict::No, 3));
    assert_eq!(found.why, "only for a part of that time (canary)");
    assert_eq!(place.masking(0, 120), Verdict::Yes);
    let edge = place.ask("masking on", 0, 150);
    assert_eq!((edge.verdict, causes(&edge)), (Verdict::Unknown, vec![(120, 150, GapCause::Edge)]));
    assert_eq!(place.masking(200, 201), Verdict::No, "it was off in all of that minute");
    let none = place.ask("masking on", 240, 300).contradiction.unwrap();
    assert!(none.why.contains("the policy allowed no picture"), "{}", none.why);
    // No is no, whatever is missing beside it.
    assert_eq!(place.masking(-600, 900), Verdict::No);
}

#[test]
fn a_camera_that_was_not_configured_is_unknown() {
    let mut place = Place::new();
    place.minutes(5, unchanged);
    place.minutes(5, |said| {
        said.cameras.insert(CameraId::parse("plaza-2").unwrap(), camera_attested());
    });
    place.stop();
    let Asked::Answered(other) = place.asked("analysing", "plaza-3", 0, 300) else { panic!() };
    assert_eq!((other.verdict, other.attestations), (Verdict::Unknown, 0));
    let others: Vec<_> = other.others.iter().map(CameraId::as_str).collect();
    assert_eq!(others, ["plaza-1", "plaza-2"]);
    let Asked::Answered(late) = place.asked("analysing", "plaza-2", 0, 600) else { panic!() };
    assert_eq!((late.verdict, causes(&late)), (Verdict::Unknown, vec![(0, 300, GapCause::BeforeFirst)]));
}

#[test]
fn a_policy_that_changed_was_not_in_force_all_the_time() {
    let mut place = Place::new();
    let newer = || Installed { digest: Digest::of(b"newer"), version: "1.3.0".to_owned() };
    place.minutes(3, unchanged);
    place.minutes(1, |said| said.policies.push(newer()));
    place.minutes(3, |said| said.policies = vec![newer()]);
    place.minutes(1, |said| (said.policies, said.in_force) = (vec![newer()], Share::None));
    place.stop();
    let check = |claim: &str, from, to, expected| {
        assert_eq!(place.ask(claim, from, to).verdict, expected, "{claim} {from} {to}");
    };
    check("policy 1.2.0 in force", 0, 180, Verdict::Yes);
    check("policy 1.2.0 in force", 0, 240, Verdict::No);
    check("policy 1.2.0 in force", 0, 200, Verdict::Unknown);
    check("policy 1.3.0 in force", 240, 420, Verdict::Yes);
    check("policy 1.3.0 in force", 240, 480, Verdict::No);
}

#[test]
fn a_clock_that_was_set_back_or_not_trusted_makes_it_unknown() {
    let mut place = Place::new();
    place.minutes(10, unchanged);
    place.clock.set(Timestamp::from_unix_secs(BEGIN + 300));
    place.attest(unchanged);
    place.minutes(2, |said| said.time_trusted = false);
    place.minutes(8, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 900);
    assert_eq!(answered.verdict, Verdict::Unknown);
    assert!(causes(&answered).contains(&(300, 600, GapCause::SetBack)), "{:?}", causes(&answered));
    assert_eq!(place.masking(0, 300), Verdict::Yes);
    assert_eq!(place.masking(600, 900), Verdict::Yes);

    let mut place = Place::new();
    place.minutes(3, unchanged);
    place.minutes(2, |said| said.time_trusted = false);
    place.minutes(3, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 480);
    assert_eq!(causes(&answered), [(180, 300, GapCause::UntrustedTime)]);
}

/// As after a full disk: the box could not write, and the next attestation counts since the last.
#[test]
fn an_attestation_that_comes_late_vouches_for_nothing() {
    let mut place = Place::new();
    place.minutes(2, unchanged);
    place.clock.advance(Duration::from_secs(540));
    place.minutes(1, |said| said.missed = 9);
    place.minutes(2, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 840);
    assert_eq!((answered.verdict, causes(&answered)), (Verdict::Unknown, vec![(120, 720, GapCause::Late)]));
}

#[test]
fn what_is_not_signed_yet_counts_for_nothing() {
    let mut place = Place::new();
    place.minutes(8, unchanged);
    let answered = place.ask("masking on", 0, 480);
    assert_eq!((answered.verdict, answered.unsigned), (Verdict::Unknown, 3));
    assert_eq!(causes(&answered), [(300, 480, GapCause::AfterLast)]);
    assert_eq!(place.masking(0, 300), Verdict::Yes);
}

#[test]
fn a_log_that_was_altered_answers_nothing() {
    let mut place = Place::new();
    place.minutes(10, unchanged);
    place.stop();
    let file = files(&place.dir()).unwrap().pop().unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    let flipped = whole.replacen("\"masking\":\"all\"", "\"masking\":\"none\"", 1);
    let lines: Vec<_> = whole.lines().collect();
    let cut =
        lines.iter().enumerate().filter(|(n, _)| *n != 4).map(|(_, line)| format!("{line}\n")).collect();
    for altered in [flipped, cut] {
        assert_ne!(altered, whole);
        fs::write(&file, altered).unwrap();
        assert!(matches!(place.asked("masking on", "plaza-1", 0, 60), Asked::Unsound(_)));
    }
    fs::write(&file, &whole).unwrap();
    let question =
        Question::parse("analysing, camera a, from 2026-12-03T08:15:00Z to 2026-12-03T08:16:00Z").unwrap();
    let other = SigningKey::generate().unwrap().public();
    assert!(matches!(answer(&place.dir(), &[other], &question).unwrap(), Asked::Unsound(_)));
}

#[test]
fn an_article_25_log_answers_nothing() {
    let desk = super::Desk::with_entries(3);
    let question =
        Question::parse("analysing, camera a, from 2026-12-03T08:15:00Z to 2026-12-03T08:16:00Z").unwrap();
    let asked = answer(&desk.dir(), &[desk.public], &question).unwrap();
    assert!(matches!(asked, Asked::NotAttestations(Some(Writer::Hub(_)))));
    let log = desk.open();
    assert!(log.attest(said(BEGIN, BEGIN + 60)).is_err(), "each kind has its log");
    let place = Place::new();
    assert!(place.log.as_ref().unwrap().append(super::consultation("a look")).is_err());
}

#[test]
fn an_export_answers_as_the_log_does_within_its_time() {
    let mut place = Place::new();
    place.minutes(60, unchanged);
    place.stop();
    let [from, to] = [1_200, 2_400].map(|secs| Timestamp::from_unix_secs(BEGIN + secs));
    let out = place.folder.path().join("out");
    export(&place.dir(), Period { from, to, newest: None }, &out).unwrap();
    let ask = |from: i64, to: i64| {
        let [from, to] = [from, to].map(|secs| jiff::Timestamp::from_second(BEGIN + secs).unwrap());
        let question = Question::parse(&format!("analysing, camera plaza-1, from {from} to {to}")).unwrap();
        match answer(&out, &[place.public], &question).unwrap() {
            Asked::Answered(answered) => answered.verdict,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask(1_200, 2_400), Verdict::Yes);
    assert_eq!(ask(1_200, 3_600), Verdict::Unknown);
}

#[test]
fn proofs_of_answers_hold_alone_and_not_for_another_answer() {
    let mut place = Place::new();
    place.minutes(20, unchanged);
    place.minutes(1, masking(Masking::None));
    place.minutes(20, unchanged);
    place.stop();
    let prove = |from, to| prove_answer(&place.dir(), &place.ask("masking on", from, to)).unwrap();
    let (yes, no) = (prove(600, 1_200), prove(600, 1_800));
    assert_eq!(yes.records.iter().map(|proof| proof.number).collect::<Vec<_>>(), [11, 20]);
    assert_eq!(no.records.iter().map(|proof| proof.number).collect::<Vec<_>>(), [21]);
    assert!(yes.growth.is_some());
    for proof in [&yes, &no] {
        let proof = Proof::Answer(Box::new(proof.clone()));
        let read = Proof::parse(&proof.to_json()).unwrap();
        assert_eq!(read, proof);
        assert_eq!(read.verify(&[place.public], &[]), Ok(()));
        let stranger = SigningKey::generate().unwrap().public();
        assert!(read.verify(&[stranger], &[]).is_err());
    }
    let forged = |change: &dyn Fn(&mut crate::audit::AnswerProof)| {
        [&yes, &no].map(|proof| {
            let mut proof = proof.clone();
            change(&mut proof);
            proof.verify(&[place.public]).is_err()
        })
    };
    assert_eq!(forged(&|proof| proof.verdict = Verdict::No), [true, false]);
    assert_eq!(forged(&|proof| proof.verdict = Verdict::Yes), [false, true]);
    assert_eq!(forged(&|proof| proof.records.clear()), [true, true]);
    let changed = |proof: &mut crate::audit::AnswerProof| {
        let line = &mut proof.records[0].line;
        *line = line.replace("\"time_trusted\":true", "\"time_trusted\":false");
    };
    assert_eq!(forged(&changed), [true, true]);
    let nothing = place.ask("masking on", -900, -600);
    assert!(prove_answer(&place.dir(), &nothing).is_err());
}

#[test]
fn what_left_is_read_from_the_same_log() {
    let mut place = Place::new();
    let left = |kind, camera: Option<CameraId>| Egress {
        kind,
        class: "abandoned_object".to_owned(),
        camera,
        fields: BTreeMap::from([("time".to_owned(), "1 s".to_owned())]),
        bytes: 211,
        policy_digest: Some(Digest::of(b"policy")),
        purpose: None,
        recipient: "hub.example".to_owned(),
        commitment: Some(Digest::of(b"content")),
        sequence: None,
        picture: None,
    };
    let leave = |place: &Place, leaving| place.log.as_ref().unwrap().leave(leaving).unwrap();
    place.minutes(5, unchanged);
    leave(
        &place,
        vec![
            left(EgressKind::Event, Some(plaza())),
            left(EgressKind::Event, Some(CameraId::parse("b").unwrap())),
        ],
    );
    place.minutes(5, unchanged);
    leave(&place, vec![left(EgressKind::Event, None)]);
    place.minutes(5, unchanged);
    leave(
        &place,
        vec![left(EgressKind::Still, Some(plaza())), left(EgressKind::StillWithdrawn, Some(plaza()))],
    );
    place.minutes(65, unchanged);
    place.stop();
    let check = |from, to, expected| {
        let answered = place.ask("nothing sent", from, to);
        assert_eq!(answered.verdict, expected, "{from} {to}: {answered:?}");
        answered
    };
    check(0, 300, Verdict::Yes);
    let sent = check(0, 301, Verdict::No);
    assert_eq!(sent.contradiction.as_ref().unwrap().number, 6);
    assert_eq!(
        sent.contradiction.clone().unwrap().why,
        "an event of the class abandoned_object left, to hub.example"
    );
    let proof = prove_answer(&place.dir(), &sent).unwrap();
    assert_eq!(proof.verify(&[place.public]), Ok(()));
    let after = check(301, 600, Verdict::Unknown);
    assert_eq!(causes(&after), [(301, 600, GapCause::MayBeSentAgain)]);
    let unnamed = check(301, 660, Verdict::Unknown);
    assert_eq!(causes(&unnamed), [(301, 660, GapCause::MayBeSentAgain), (600, 601, GapCause::NoCamera)]);
    let last = check(4_000, 4_500, Verdict::Unknown);
    assert_eq!(causes(&last), [(4_000, 4_200, GapCause::MayBeSentAgain)], "an hour after the last");
    check(4_200, 4_800, Verdict::Yes);
    let report = verify(&place.dir(), &[place.public], &[]).unwrap();
    assert_eq!((report.is_sound(), report.egress, report.attestations), (true, 5, 80));
}

#[test]
fn one_withdrawal_takes_back_one_still() {
    let check = |kinds: &[EgressKind], commitment: Option<Digest>, expected: Option<u64>| {
        let mut place = Place::new();
        place.minutes(2, unchanged);
        for kind in kinds {
            let still = Egress { sequence: None, commitment, ..left(*kind, 1, &[("time", "1 s")]) };
            place.log.as_ref().unwrap().leave(vec![still]).unwrap();
            place.minutes(1, unchanged);
        }
        place.minutes(2, unchanged);
        place.stop();
        let found = place.ask("nothing sent", 0, 240).contradiction.map(|found| found.number);
        assert_eq!(found, expected, "{kinds:?} {commitment:?}");
    };
    let (still, withdrawn) = (EgressKind::Still, EgressKind::StillWithdrawn);
    let known = Some(Digest::of(b"still"));
    check(&[still, withdrawn], known, None);
    check(&[still, still, withdrawn], known, Some(3));
    check(&[still, withdrawn], None, Some(3));
    // The second, which was withdrawn, was written after what is asked about.
    check(&[still, EgressKind::Event, still, withdrawn], known, Some(3));
}

#[test]
fn many_short_interruptions_are_no_short_one() {
    let check = |restarts: u32, expected: Verdict, short: usize| {
        let mut place = Place::new();
        place.minutes(3, unchanged);
        for _ in 0..restarts {
            place.stop();
            place.clock.advance(Duration::from_secs(60));
            place.start();
            place.minutes(3, unchanged);
        }
        place.stop();
        let answered = place.ask("masking on", 0, 180 + i64::from(restarts) * 240);
        assert_eq!((answered.verdict, answered.short.len()), (expected, short), "{restarts} restarts");
        assert_eq!(place.masking(0, 300), Verdict::Yes, "of which two minutes have one");
    };
    check(2, Verdict::Yes, 2);
    check(3, Verdict::Unknown, 0);
}

#[test]
fn what_nobody_looked_at_is_unknown() {
    let mut place = Place::new();
    let late = |share: Share| {
        move |said: &mut Attestation| {
            let camera = said.cameras.get_mut(&plaza()).unwrap();
            (camera.analysed, camera.lapses) = (share, vec!["late_look".to_owned()]);
        }
    };
    place.minutes(2, unchanged);
    place.minutes(1, late(Share::Part));
    place.minutes(2, unchanged);
    place.stop();
    let answered = place.ask("analysing", 0, 300);
    assert_eq!((answered.verdict, causes(&answered)), (Verdict::Unknown, vec![(120, 180, GapCause::Late)]));
    assert_eq!(answered.contradiction, None);
    assert_eq!(place.ask("policy 1.2.0 in force", 120, 180).verdict, Verdict::Unknown);
}

#[test]
fn a_policy_holds_only_for_a_camera_that_it_lets_be() {
    let check = |states: &[CameraStanding], expected: Verdict| {
        let mut place = Place::new();
        place.minutes(3, |said| said.cameras.get_mut(&plaza()).unwrap().states = states.to_vec());
        place.stop();
        assert_eq!(place.ask("policy 1.2.0 in force", 0, 180).verdict, expected, "{states:?}");
    };
    check(&[CameraStanding::Active, CameraStanding::MetadataOnly, CameraStanding::Paused], Verdict::Yes);
    check(&[CameraStanding::Active, CameraStanding::Suspended], Verdict::No);
    check(&[CameraStanding::Suspended], Verdict::No);
    check(&[CameraStanding::NoPolicy], Verdict::No);
}

#[test]
fn a_leap_far_ahead_and_back_does_not_spoil_all_that_follows() {
    let mut place = Place::new();
    place.minutes(3, unchanged);
    place.minutes(1, |said| said.until = Timestamp::from_unix_secs(BEGIN + 1_000_000_000));
    place.minutes(3, unchanged);
    place.stop();
    let answered = place.ask("masking on", 0, 420);
    assert_eq!(causes(&answered), [(180, 240, GapCause::Late)]);
    assert_eq!(place.masking(240, 420), Verdict::Yes);
}

fn left(kind: EgressKind, sequence: u64, fields: &[(&str, &str)]) -> Egress {
    let own = |(name, how): &(&str, &str)| ((*name).to_owned(), (*how).to_owned());
    Egress {
        kind,
        class: "camera_health".to_owned(),
        camera: Some(plaza()),
        fields: fields.iter().map(own).collect(),
        bytes: 100 + sequence,
        policy_digest: None,
        purpose: Some("plaza-safety".to_owned()),
        recipient: "hub.example:7443".to_owned(),
        commitment: Some(Digest::of(b"content")),
        sequence: Some((crate::audit::Incarnation::parse(&"5".repeat(32)).unwrap(), sequence)),
        picture: None,
    }
}

#[test]
fn the_manifest_is_summed_up_by_class_and_field() {
    let mut place = Place::new();
    assert_eq!(last_left(&place.dir()).unwrap(), None);
    place.minutes(2, unchanged);
    let log = place.log.as_ref().unwrap();
    let events = [1, 2].map(|n| left(EgressKind::Event, n, &[("time", "60 s"), ("camera", "exact")]));
    log.leave(events.to_vec()).unwrap();
    log.leave(Vec::new()).unwrap();
    let still = left(EgressKind::Still, 3, &[("time", "1 s")]);
    log.leave(vec![Egress { sequence: None, ..still.clone() }]).unwrap();
    log.leave(vec![Egress { sequence: None, kind: EgressKind::StillWithdrawn, ..still }]).unwrap();
    place.minutes(2, unchanged);
    assert_eq!(last_left(&place.dir()).unwrap().map(|(_, number)| number), Some(2));
    let all = |camera: Option<&str>| Wanted {
        from: Timestamp::from_unix_secs(BEGIN),
        to: Timestamp::from_unix_secs(BEGIN + 900),
        camera: camera.map(|id| CameraId::parse(id).unwrap()),
    };
    let found = manifest(&place.dir(), &all(None)).unwrap();
    assert_eq!(found.left.iter().map(|left| left.number).collect::<Vec<_>>(), [3, 4, 5, 6]);
    let total = |what: &str| found.by_class[&(what.to_owned(), "camera_health".to_owned())];
    assert_eq!((total("event").count, total("event").bytes, total("still").count), (2, 203, 1));
    let field = |name: &str, how: &str| found.by_field[&(name.to_owned(), how.to_owned())];
    assert_eq!((field("time", "60 s"), field("time", "1 s"), field("camera", "exact")), (2, 1, 2));
    assert_eq!(manifest(&place.dir(), &all(Some("plaza-1"))).unwrap().left.len(), 4);
    assert_eq!(manifest(&place.dir(), &all(Some("plaza-2"))).unwrap().left.len(), 0);
    place.stop();
    assert_eq!(place.ask("nothing sent", 60, 180).contradiction.unwrap().number, 3);
}

/// What an auditor gets: the audit log, the attestations, and both told in other files.
#[test]
fn a_pack_has_attestations_their_gaps_and_what_left() {
    let mut place = Place::new();
    let key = SigningKey::load(&place.folder.path().join("audit.key")).unwrap();
    let (dir, clock) = (place.folder.path().join("audit"), Arc::new(place.clock.clone()));
    let (audit, _) = AuditLog::open(&dir, key, clock, Writer::edge_box("box").unwrap()).unwrap();
    for minute in 0..12 {
        place.minutes(1, unchanged);
        if minute == 5 {
            place.log.as_ref().unwrap().leave(vec![left(EgressKind::Event, 1, &[("time", "1 s")])]).unwrap();
            place.clock.advance(Duration::from_secs(180));
            place.last = place.now();
        }
        let _receipt = audit.append(super::consultation("a look")).unwrap();
    }
    place.stop();
    audit.close().unwrap();
    let [from, to] = [120, 720].map(|secs| Timestamp::from_unix_secs(BEGIN + secs));
    let (attest, keys) = (place.dir(), [place.public]);
    let mut pack = Pack {
        period: Period { from, to, newest: None },
        keys: &keys,
        attest: Some(&attest),
        policies: &[],
        made_by: "tests",
    };
    let out = place.folder.path().join("pack");
    write_pack(&dir, &pack, &out).unwrap();
    let report = verify_pack(&out, &keys, &[]).unwrap();
    assert_eq!(report.log.faults, []);
    let attested = report.attest.unwrap();
    assert_eq!((attested.attestations, attested.egress), (7, 1));
    let text = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert!(text("gaps.json").contains("\"cause\": \"nothing\""), "{}", text("gaps.json"));
    assert!(text("manifest.json").contains("\"what\": \"event\""), "{}", text("manifest.json"));
    for name in ["gaps.json", "manifest.json"] {
        let whole = text(name);
        fs::write(out.join(name), whole.replacen("\"v\": 1", "\"v\": 2", 1)).unwrap();
        let faults = verify_pack(&out, &keys, &[]).unwrap().log.faults;
        assert!(faults.iter().any(|fault| fault.path.ends_with(name)), "{name}: {faults:?}");
        fs::write(out.join(name), whole).unwrap();
    }
    let file = files(&out.join("attest")).unwrap().pop().unwrap();
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replacen("\"masking\":\"all\"", "\"masking\":\"none\"", 1)).unwrap();
    assert!(!verify_pack(&out, &keys, &[]).unwrap().log.is_sound());
    pack.attest = Some(&dir);
    let refused = write_pack(&dir, &pack, &place.folder.path().join("other")).unwrap_err().to_string();
    assert!(refused.contains("expected the attestations of a box"), "{refused}");
}

#[test]
fn many_cameras_are_attested_in_several_lines() {
    let mut place = Place::new();
    place.minutes(5, |said| {
        for n in 0..40 {
            said.cameras.insert(CameraId::parse(&format!("camera-{n:02}")).unwrap(), camera_attested());
        }
    });
    place.stop();
    let report = verify(&place.dir(), &[place.public], &[]).unwrap();
    assert_eq!((report.is_sound(), report.attestations), (true, 15));
    for camera in ["camera-00", "camera-20", "plaza-1"] {
        let Asked::Answered(answered) = place.asked("masking on", camera, 0, 300) else { panic!() };
        assert_eq!((answered.verdict, answered.attestations), (Verdict::Yes, 5), "{camera}");
    }
    let file = files(&place.dir()).unwrap().pop().unwrap();
    let longest = fs::read_to_string(file).unwrap().lines().map(str::len).max().unwrap();
    assert!(longest < 8_000, "{longest}");
}
