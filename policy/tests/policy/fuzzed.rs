//! What reads outside bytes, as plain functions of bytes: nothing panics, and what is refused says why. Replayed in
//! `make test` over random input and the corpus; driven by a coverage-guided fuzzer in `make fuzz` (`tests/fuzz`).

use jiff::Timestamp;
use velum_policy::audit::{Proof, Question, Remembered, SignedCheckpoint, read_line, verify, verify_pack};
use velum_policy::effective::Effective;
use velum_policy::pack::{CountryPacks, Packs, SignedPacks};
use velum_policy::{PolicyFile, PublicKey, SignedOpinion, SignedPolicy, SigningKey, TrustRoot};

/// A parser by the name of its corpus and target.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// Every target.
#[allow(dead_code, reason = "a fuzzing program drives one of them, the replay all")]
pub(crate) const TARGETS: [Target; 12] = [
    ("policy", policy),
    ("envelope", envelope),
    ("opinion", opinion),
    ("trust", trust),
    ("key", key),
    ("audit_line", audit_line),
    ("checkpoint", checkpoint),
    ("proof", proof),
    ("question", question),
    ("packs", packs),
    ("export", export),
    ("audit_pack", audit_pack),
];

/// A policy file: read, linted, resolved.
pub(crate) fn policy(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match PolicyFile::parse(text, "fuzz.toml") {
        Ok(file) => {
            let found = file.lint(Some(Timestamp::UNIX_EPOCH));
            assert!(found.iter().all(|finding| finding.line > 0 && finding.column > 0));
            assert_eq!(file.resolve().is_err(), file.lint(None).has_errors());
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A signed policy, of which nobody pinned the keys.
pub(crate) fn envelope(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(signed) = SignedPolicy::parse(text, "fuzz.json") {
        let _ = signed.file().is_ok();
    }
}

/// Whatever is said to be an opinion is the officer's, or is refused.
pub(crate) fn opinion(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(opinion) = SignedOpinion::parse(text, "fuzz.opinion.json") else { return };
    let example = include_str!("../../examples/gdpr-market-square.toml");
    let file = PolicyFile::parse(example, "fuzz.toml").unwrap();
    let stranger = SigningKey::generate().unwrap().public();
    assert!(opinion.verify(&file, &stranger).is_err());
}

/// The keys that a box pins.
pub(crate) fn trust(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = TrustRoot::parse(text, "fuzz.toml").is_ok();
}

/// Public and private keys. What is read of a private one is never told.
pub(crate) fn key(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = PublicKey::parse(text) {
        assert!(!error.to_string().contains("PRIVATE"));
    }
    let _ = SigningKey::from_pem(text, "fuzz.key").is_ok();
}

/// A line of an audit log.
pub(crate) fn audit_line(bytes: &[u8]) {
    if let Err(reason) = read_line(bytes) {
        assert!(!reason.is_empty());
    }
}

/// A signed checkpoint, and one that somebody kept.
pub(crate) fn checkpoint(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = SignedCheckpoint::parse(text).is_ok();
    let _ = Remembered::parse(text).is_ok();
}

/// A proof; one that is read is written again byte for byte, and holds with nobody's key.
pub(crate) fn proof(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(proof) = Proof::parse(text) {
        assert_eq!(proof.to_json(), text);
        assert!(proof.verify(&[], &[]).is_err());
    }
}

/// A question to the attestations.
pub(crate) fn question(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(reason) = Question::parse(text) {
        assert!(!reason.is_empty());
    }
}

/// Whatever is said to be packs is signed by approvers, or is refused; and what parses can be met with.
pub(crate) fn packs(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match CountryPacks::parse_given(text, "fuzz.toml") {
        Ok(given) => {
            let packs = Packs::built_in().with(given);
            for text in [
                include_str!("../../examples/gdpr-market-square.toml"),
                include_str!("../../examples/led-tram-hub.toml"),
            ] {
                let file = PolicyFile::parse(text, "fuzz.toml").unwrap();
                let _ = file.lint_under(&packs, None).len();
                assert!(!Effective::of(&file, &packs).cameras.is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(signed) = SignedPacks::parse(text, "fuzz.json") {
        let strangers = [(); 2].map(|()| SigningKey::generate().unwrap().public());
        let trust = TrustRoot::new(strangers.to_vec(), 2, None).unwrap();
        assert!(signed.verify(&trust).is_err());
    }
}

/// An export: what stands before the first zero byte is its `export.json`, the rest its log. Nobody's key is sound.
pub(crate) fn export(bytes: &[u8]) {
    let (told, log) = cut(bytes);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("export.json"), told).unwrap();
    std::fs::write(folder.path().join("audit-000001-2026-12.jsonl"), log).unwrap();
    let report = verify(folder.path(), &[], &[]);
    assert!(report.map_or(true, |report| !report.is_sound()));
}

/// An audit pack: before the first zero byte its list of digests, then its log.
pub(crate) fn audit_pack(bytes: &[u8]) {
    let (list, log) = cut(bytes);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("log")).unwrap();
    std::fs::write(folder.path().join("digests.sha256"), list).unwrap();
    std::fs::write(folder.path().join("log/audit-000001-2026-12.jsonl"), log).unwrap();
    let report = verify_pack(folder.path(), &[], &[]);
    assert!(report.map_or(true, |report| !report.log.is_sound()));
}

fn cut(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..at], bytes.get(at + 1..).unwrap_or_default())
}
