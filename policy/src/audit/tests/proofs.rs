//! What is handed out of a log proves what it says, and nothing else.

use proptest::prelude::*;

use super::*;
use crate::audit::{
    Content, Fault, Incarnation, InclusionProof, Line, Proof, prove_growth, prove_record, read_line,
};

/// A log of several files, its end not signed yet.
fn desk() -> (Desk, AuditLog) {
    let desk = Desk::at(Pace { records: 5, secs: 3_600, file_bytes: 2_600 });
    let log = desk.open();
    desk.append(&log, 33);
    assert!(desk.files().len() > 3);
    (desk, log)
}

#[test]
fn a_record_can_be_proved_without_the_others() {
    let (desk, log) = desk();
    let newest = log.last_checkpoint().unwrap().unwrap();
    assert!(newest.checkpoint().number() < 33);
    for number in 1..=newest.checkpoint().number() {
        let proof = prove_record(&desk.dir(), number, None).unwrap();
        assert_eq!(proof.checkpoint, newest);
        let record = proof.verify(&[desk.public]).unwrap();
        let Content::Entry(entry) = record.content else { panic!() };
        assert_eq!(entry.justification.unwrap(), format!("alarm {number} is looked at"));
        let other = InclusionProof { number: number + 1, ..proof.clone() };
        assert!(other.verify(&[desk.public]).is_err());
        let stranger = SigningKey::generate().unwrap().public();
        assert_eq!(proof.verify(&[stranger]), Err(Fault::Signature { names_another_key: true }));
        let text = Proof::Inclusion(proof.clone()).to_json();
        assert_eq!(Proof::parse(&text).unwrap(), Proof::Inclusion(proof));
    }
    let check = |number: u64, expected: &str| {
        let error = prove_record(&desk.dir(), number, None).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(33, "record 33 is not signed yet");
    check(34, "expected a record up to 33, found 34");
    check(0, "found 0");
    let other = Incarnation::parse(&"0".repeat(32));
    assert!(prove_record(&desk.dir(), 1, other).is_err());
}

/// A record of a later file is proved without the earlier ones: the file's opening has what is needed.
#[test]
fn what_is_left_of_a_log_is_enough_to_prove_it() {
    let (desk, log) = desk();
    log.close().unwrap();
    let whole = prove_record(&desk.dir(), 33, None).unwrap();
    let kept = desk.files().pop().unwrap();
    for file in desk.files().iter().filter(|file| **file != kept) {
        std::fs::remove_file(file).unwrap();
    }
    let before = desk.verify().records_before;
    assert!(before > 20 && before < 33, "{before}");
    assert_eq!(prove_record(&desk.dir(), 33, None).unwrap(), whole);
    assert!(prove_record(&desk.dir(), before, None).is_err());
}

#[test]
fn a_log_is_proved_to_have_grown_from_each_checkpoint_that_was_kept() {
    let (desk, log) = desk();
    log.close().unwrap();
    let mut kept = Vec::new();
    for line in desk.files().iter().flat_map(|file| lines_of(file)) {
        if let Ok(Line::Checkpoint(signed)) = read_line(line.trim_ascii_end()) {
            kept.push(signed);
        }
    }
    assert!(kept.len() > 8);
    for signed in &kept {
        let short = format!("{}:{}", signed.checkpoint().number(), signed.text().lines().nth(2).unwrap());
        for text in [signed.text(), &short] {
            let remembered = Remembered::parse(text).unwrap();
            let proof = prove_growth(&desk.dir(), remembered.clone()).unwrap();
            assert_eq!(Some(&proof.checkpoint), kept.last());
            let proof = Proof::Consistency(proof);
            proof.verify(&[desk.public], &[remembered]).unwrap();
            assert_eq!(Proof::parse(&proof.to_json()).unwrap(), proof);
            let other = Remembered::parse(&format!("1{short}")).unwrap();
            let fault = proof.verify(&[desk.public], &[other]).unwrap_err();
            assert!(matches!(fault, Fault::NotComparable { .. }), "{fault}");
        }
    }
    // Somebody with the key writes another history, and cuts the log: neither begins with what was kept.
    let kept = Remembered::parse(kept.last().unwrap().text()).unwrap();
    let last = desk.files().pop().unwrap();
    std::fs::remove_file(&last).unwrap();
    let error = prove_growth(&desk.dir(), kept.clone()).unwrap_err().to_string();
    assert!(error.contains("its end was cut off"), "{error}");
    std::fs::remove_dir_all(desk.dir()).unwrap();
    let log = desk.open();
    desk.append(&log, 40);
    log.close().unwrap();
    let error = prove_growth(&desk.dir(), kept.clone()).unwrap_err().to_string();
    assert!(error.contains("is of another log"), "{error}");
    let short = format!("33:{}", kept.to_string().lines().nth(2).unwrap());
    let error = prove_growth(&desk.dir(), Remembered::parse(&short).unwrap()).unwrap_err().to_string();
    assert!(error.contains("it was rewritten"), "{error}");
}

#[test]
fn a_broken_log_proves_what_comes_before_the_break_and_says_so() {
    let desk = Desk::with_entries(10);
    let text = std::fs::read_to_string(desk.file()).unwrap();
    std::fs::write(desk.file(), text.replacen("alarm 7", "alarm 8", 1)).unwrap();
    assert!(prove_record(&desk.dir(), 3, None).unwrap().verify(&[desk.public]).is_ok());
    let check = |number: u64| {
        let error = prove_record(&desk.dir(), number, None).unwrap_err().to_string();
        assert!(error.contains("up to a fault") && error.contains("velum audit verify"), "{error}");
    };
    check(7);
    check(9);
}

proptest! {
    #[test]
    fn any_text_is_read_as_a_proof_without_panic(text in "\\PC*", bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Proof::parse(&text).is_err());
        prop_assert!(Proof::parse(&String::from_utf8_lossy(&bytes)).is_err());
        let begun = format!("{{\n  \"kind\": \"inclusion\",\n  \"v\": 1,\n{text}");
        prop_assert!(Proof::parse(&begun).is_err());
    }
}
