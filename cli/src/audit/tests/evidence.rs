//! What is taken out of a log, and what verifying it says.

use velum_policy::audit::{Fault, Located, Proof, verify_pack};
use velum_policy::{PublicKey, SignedPolicy};

use super::*;

const DAY: [&str; 4] = ["--from", "2026-12-03", "--to", "2026-12-03"];

impl Desk {
    fn key(&self) -> PublicKey {
        crate::policy::public_key(&self.path("audit.pub").display().to_string()).unwrap()
    }

    fn check_verify(&self, path: &str, expected: u8) {
        self.check_words(&["verify", path, "--key", "AUDIT.pub"], expected);
        self.check_words(&["verify", path, "--key", "AUDIT.pub", "--json"], expected);
    }

    /// Changes a text in a file beside the log.
    fn alter(&self, path: &str, from: &str, to: &str) {
        let path = self.path(path);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    fn proof_in_words(&self, path: &str) -> String {
        let proof = Proof::of_file(&self.path(path)).unwrap().unwrap().unwrap();
        proof.verify(&[self.key()], &[]).unwrap();
        proof::in_words(Path::new(path), Some(&proof), None, &Screen::plain())
    }
}

#[test]
fn a_record_is_proved_in_words() {
    let desk = Desk::new();
    desk.check_words(&["prove", "AUDIT", "--record", "2"], 0);
    desk.check_words(&["prove", "AUDIT", "--record", "2", "--out", "AUDIT-2.json"], 0);
    desk.check_verify("AUDIT-2.json", 0);
    let words = desk.proof_in_words("audit-2.json");
    assert!(
        words.starts_with("audit-2.json: proof of record 2 of the audit log of hub/town-hall (inc"),
        "{words}"
    );
    let proved = "\nproved:   record 2 is in the log, in these words, as it was when its checkpoint of 2 records was \
        signed, 2026-12-03 08:14:20 UTC\n  2026-12-03 08:14:20 UTC       2  denied (imagery_egress)  consultation";
    assert!(words.contains(proved), "{words}");
    assert!(words.contains("not shown: any other record; that what the record says is true"), "{words}");
    desk.alter("audit-2.json", "op-91c4", "op-0000");
    desk.check_verify("AUDIT-2.json", 2);
    desk.alter("audit-2.json", "\"v\": 1", "\"v\": 7");
    desk.check_verify("AUDIT-2.json", 2);
    let fault = Located::whole("audit-2.json".into(), Fault::Proof("it is none"));
    let words = proof::in_words(Path::new("x"), None, Some(&fault), &Screen::plain());
    assert!(words.contains("WRONG audit-2.json: the proof does not hold: it is none"), "{words}");
    assert!(!words.contains("proved"), "{words}");
    assert!(desk.run_words(&["prove", "AUDIT", "--record", "3"]).is_err());
    assert!(desk.run_words(&["prove", "AUDIT"]).is_err());
    assert!(desk.run_words(&["prove", "AUDIT", "--record", "1", "--incarnation", "x"]).is_err());
}

#[test]
fn growth_is_proved_in_words() {
    let desk = Desk::new();
    let kept = desk.words().rsplit(' ').next().unwrap().to_owned();
    let log = desk.open();
    let _receipt = log.append(entry("a third look", Outcome::Allowed)).unwrap();
    log.close().unwrap();
    desk.check_words(&["prove", "AUDIT", "--from", &kept, "--out", "AUDIT-growth.json"], 0);
    desk.check_verify("AUDIT-growth.json", 0);
    let with_kept = |kept: &str, code| {
        desk.check_words(&["verify", "AUDIT-growth.json", "--key", "AUDIT.pub", "--checkpoint", kept], code);
    };
    with_kept(&kept, 0);
    with_kept(&kept.replacen('2', "1", 1), 2);
    let words = desk.proof_in_words("audit-growth.json");
    assert!(words.contains("grew from 2 records to 3 records"), "{words}");
    assert!(words.contains(&format!("not signed: compare it with the one that you kept: {kept}")), "{words}");
    assert!(words.contains("the log begins with just those 2 records: none of them was altered"), "{words}");
    desk.alter("audit-growth.json", "\"2:", "\"1:");
    desk.check_verify("AUDIT-growth.json", 2);
    assert!(desk.run_words(&["prove", "AUDIT", "--from", &kept.replacen('2', "1", 1)]).is_err());
}

#[test]
fn a_day_is_exported_and_verified() {
    let desk = Desk::new();
    desk.check_words(&[&["export", "AUDIT", "--out", "AUDIT-day"], &DAY[..]].concat(), 0);
    desk.check_verify("AUDIT-day", 0);
    let report = velum_policy::audit::verify(&desk.path("audit-day"), &[desk.key()], &[]).unwrap();
    let words = verify::in_words(&report, Path::new("day"), &Screen::plain());
    assert!(words.starts_with("day: export of the audit log of hub/town-hall, 1 file"), "{words}");
    let expected = "complete: 2 records from 2026-12-03 00:00:00 UTC up to 2026-12-03 08:14:21 UTC";
    assert!(words.contains(expected), "{words}");
    assert!(desk.run_words(&[&["export", "AUDIT", "--out", "AUDIT-day"], &DAY[..]].concat()).is_err());
    assert!(
        desk.run_words(&[
            "export",
            "AUDIT",
            "--out",
            "AUDIT-x",
            "--from",
            "2026-12-04",
            "--to",
            "2026-12-03"
        ])
        .is_err()
    );
    desk.alter("audit-day/audit-000001-2026-12.jsonl", "op-91c4", "op-0000");
    desk.check_verify("AUDIT-day", 2);
    let report = velum_policy::audit::verify(&desk.path("audit-day"), &[desk.key()], &[]).unwrap();
    let words = verify::in_words(&report, Path::new("day"), &Screen::plain());
    assert!(
        words.contains("2026-12.jsonl:4: the line does not carry the hash of the line before it"),
        "{words}"
    );
    assert!(words.contains("(behind record 1)") && !words.contains("complete"), "{words}");
}

#[test]
fn a_pack_is_made_and_verified() {
    let desk = Desk::new();
    std::fs::write(desk.path("policy.signed.json"), SignedPolicy::unsigned("policy", "p").to_json()).unwrap();
    let policy = desk.path("policy.signed.json").display().to_string();
    let pack = ["pack", "AUDIT", "--key", "AUDIT.pub", "--policy", &policy, "--out", "AUDIT-pack"];
    desk.check_words(&[&pack[..], &DAY[..]].concat(), 0);
    desk.check_verify("AUDIT-pack", 0);
    let report = verify_pack(&desk.path("audit-pack"), &[desk.key()], &[]).unwrap();
    let words = pack::pack_in_words(&report, Path::new("pack"), &Screen::plain());
    assert!(
        words.starts_with("pack: audit pack\npack/log: export of the audit log of hub/town-hall"),
        "{words}"
    );
    assert!(words.contains("policy.signed.json decided 0 entries; it carries 0 signatures"), "{words}");
    let readme = std::fs::read_to_string(desk.path("audit-pack/README.txt")).unwrap();
    assert!(
        readme.contains("velum audit verify . --key KEY") && readme.contains(&desk.key().to_string()),
        "{readme}"
    );
    assert!(readme.contains("from 2026-12-03T00:00:00Z up to 2026-12-04T00:00:00Z"), "{readme}");
    assert!(!readme.contains('{') && !readme.to_lowercase().contains("complian"), "{readme}");
    desk.alter("audit-pack/counts.json", "\"allowed\": 1", "\"allowed\": 0");
    desk.check_verify("AUDIT-pack", 2);
}

#[test]
fn dates_are_days_or_moments() {
    let check = |text: &str, from: i64, to: i64| {
        assert_eq!(beginning(text).unwrap().unix_secs(), from, "{text}");
        assert_eq!(end(text).unwrap().unix_secs(), to, "{text}");
    };
    check("2026-12-03", 1_796_256_000, 1_796_256_000 + 86_400);
    check("2026-12-03T08:14:20Z", 1_796_285_660, 1_796_285_660);
    check("2026-12-03T09:14:20+01:00", 1_796_285_660, 1_796_285_660);
    for odd in ["", "december", "2026-13-01", "9999-99-99"] {
        assert!(beginning(odd).is_err() && end(odd).is_err(), "{odd}");
    }
}
