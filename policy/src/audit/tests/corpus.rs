//! Files that were made once: those of this format must verify in every later version, the others never.

use super::*;
use crate::audit::pack::list;
use crate::audit::{Line, Period, Proof, SignedCheckpoint, read_line};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/audit")
}

#[test]
fn what_an_earlier_version_handed_out_still_verifies() {
    let key = PublicKey::parse(&std::fs::read_to_string(corpus().join("audit.pub")).unwrap()).unwrap();
    let growth = Proof::of_file(&corpus().join("growth.json")).unwrap().unwrap().unwrap();
    for name in ["record-19.json", "growth.json"] {
        let proof = Proof::of_file(&corpus().join(name)).unwrap().unwrap().unwrap();
        proof.verify(&[key], &[]).unwrap();
        assert_eq!(
            (proof.checkpoint(), proof.checkpoint().unwrap().checkpoint().number()),
            (growth.checkpoint(), 60)
        );
    }
    let report = verify(&corpus().join("export"), &[key], &[]).unwrap();
    sound(&report);
    assert!(report.is_cut && report.is_sealed);
    assert_eq!((report.records, report.outside, report.last.unwrap().0), (8, 2, 23));
    // The checkpoint at its end is that of the proofs: one who kept it can compare all three.
    assert_eq!(report.last_checkpoint.as_ref(), growth.checkpoint());
    let kept = [Remembered::parse(growth.checkpoint().unwrap().text()).unwrap()];
    assert_eq!(verify(&corpus().join("export"), &[key], &kept).unwrap().confirmed, kept);
}

#[test]
fn what_is_malformed_is_refused_and_said_to_be() {
    let mut tries = 0;
    for entry in std::fs::read_dir(corpus().join("refused")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let refused = match path.extension().unwrap().to_str().unwrap() {
            "proof" => Proof::of_file(&path).unwrap().is_none_or(|read| read.is_err()),
            "line" => read_line(&bytes).is_err_and(|reason| reason.len() > 10),
            "period" => Period::parse(&text).is_err(),
            "list" => list::parse(&text).is_none(),
            other => panic!("{other}"),
        };
        assert!(refused, "{}", path.display());
        assert!(
            SignedCheckpoint::parse(&text).is_err() && Remembered::parse(&text).is_err(),
            "{}",
            path.display()
        );
        tries += 1;
    }
    assert!(tries > 50, "{tries}");
    // Each is a small change of one that is not refused.
    for line in lines_of(&corpus().join("export/audit-000001-2026-12.jsonl")) {
        assert!(read_line(line.trim_ascii_end()).is_ok());
    }
    let first = lines_of(&corpus().join("export/audit-000001-2026-12.jsonl")).remove(0);
    assert!(matches!(read_line(first.trim_ascii_end()), Ok(Line::Cut(_))));
}
