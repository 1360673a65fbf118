//! Signed notes as the specification has them, and nothing else.

use super::*;

const ORIGIN: &str = "velum-audit/hub/town-hall/9e689e3de20941593c9c47084d78b515";

fn signed(key: &SigningKey) -> SignedCheckpoint {
    let (root, head) = (Digest::of(b"root"), Digest::of(b"head"));
    let time = Timestamp::from_unix_secs(1_796_285_660);
    Checkpoint::new(ORIGIN.to_owned(), 3, root, time, head).sign(key).unwrap()
}

/// Field by field, put together by hand from the specification.
#[test]
fn a_note_is_laid_out_as_c2sp_says() {
    let key = SigningKey::generate().unwrap();
    let note = signed(&key);
    let (body, signatures) = note.text().split_once("\n\n").unwrap();
    let lines: Vec<_> = body.lines().collect();
    assert_eq!(lines[..2], [ORIGIN, "3"]);
    assert_eq!(lines[2], STANDARD.encode(Digest::of(b"root").0));
    assert_eq!(lines.len(), 5, "two extension lines, none of them empty");
    let base64 = signatures.strip_prefix(&format!("\u{2014} {ORIGIN} ")).unwrap().strip_suffix('\n').unwrap();
    let bytes = STANDARD.decode(base64).unwrap();
    let id = Digest::of(&[ORIGIN.as_bytes(), &[0x0a, 0x01], key.public().as_bytes()].concat());
    assert_eq!(bytes[..4], id.0[..4]);
    assert!(key.public().verifies(format!("{body}\n").as_bytes(), &bytes[4..]));
}

#[test]
fn signatures_of_others_are_let_be() {
    let (key, next) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let own = signed(&key);
    let read = |note: &str| SignedCheckpoint::parse(note);
    let witness = format!("\u{2014} witness.example/w1 {}\n", STANDARD.encode([7; 76]));
    let witnessed = read(&format!("{}{}", own.text(), witness.repeat(16))).unwrap();
    assert!(witnessed.is_signed_by(&key.public()) && !witnessed.is_bare());
    // A key that is changed for another: both sign for a while, and either is enough.
    let turned = signed(&next);
    let second = turned.text().split_once("\n\n").unwrap().1;
    let both = read(&format!("{}{second}", own.text())).unwrap();
    assert!(both.is_signed_by(&key.public()) && both.is_signed_by(&next.public()) && !both.is_bare());
    assert!(!both.is_signed_by(&SigningKey::generate().unwrap().public()));
    // One in the name of a known key that does not hold spoils the note.
    let id = key_id(ORIGIN, &key.public());
    let false_one = format!("\u{2014} {ORIGIN} {}\n", STANDARD.encode([&id[..], &[0; 64]].concat()));
    assert!(!read(&format!("{}{false_one}", own.text())).unwrap().is_signed_by(&key.public()));
}

#[test]
fn what_is_no_signed_note_is_refused() {
    let key = SigningKey::generate().unwrap();
    let text = signed(&key).text().to_owned();
    assert!(SignedCheckpoint::parse(&text).is_ok());
    let check = |note: String| assert!(SignedCheckpoint::parse(&note).is_err(), "{note:?}");
    check(text.trim_end().to_owned());
    check(format!("{text}\n"));
    check(format!("{text}one more line\n"));
    check(format!("{text}\u{2014} witness+1 AAAAAAAA\n"));
    check(format!("{text}\u{2014} witness AAA\n"));
    check(text.replace("\n3\n", "\n03\n"));
    check(text.replace("\n3\n", "\n+3\n"));
    check(text.replacen("head ", "\nhead ", 1));
    check(text.replacen("time ", "more\ntime ", 1));
    check(text.replacen('\n', "\r\n", 1));
    check(text.replace(ORIGIN, "a b"));
    check(text.replacen(ORIGIN, "velum-audit/hub/another/9e689e3de20941593c9c47084d78b515", 1));
    check(format!("{text}{}", format!("\u{2014} w {}\n", STANDARD.encode([7; 5_000])).repeat(20)));
}
