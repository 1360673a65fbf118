//! The page that documents the format says what the code does.

use super::exports::{log_of, period};
use super::writing::everything;
use super::*;
use crate::audit::{Proof, prove_growth, prove_record};

fn page() -> String {
    let path = format!("{}/../docs/audit-log.md", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_example_of_the_page_is_sound() {
    let page = page();
    let example = page.split("```jsonl\n").nth(1).unwrap().split("```").next().unwrap();
    let key = page.split("public key is `").nth(1).unwrap().split('`').next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("audit-000001-2026-12.jsonl");
    std::fs::write(&path, example).unwrap();
    let report = verify(folder.path(), &[PublicKey::parse(key).unwrap()], &[]).unwrap();
    sound(&report);
    assert_eq!((report.records, report.checkpoints, report.unsigned_records), (3, 2, 0));
}

/// Whether a table has a row for this key.
fn is_named(page: &str, key: &str) -> bool {
    page.lines().any(|line| line.starts_with("| `") && line.contains(&format!("`{key}`")))
}

fn keys_of(json: &str) -> Vec<String> {
    let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
    value.into_iter().map(|(key, _)| key).collect()
}

#[test]
fn the_page_names_every_key_of_exports_and_proofs() {
    let desk = log_of(23);
    desk.export(period(5, 18));
    let mut texts = vec![std::fs::read_to_string(desk.out().join("export.json")).unwrap()];
    let lines = files(&desk.out()).unwrap().into_iter().flat_map(|file| lines_of(&file));
    let lines = lines.map(|line| String::from_utf8(line).unwrap());
    texts
        .extend(lines.filter(|line| line.contains("\"kind\":\"cut\"") || line.contains("\"kind\":\"seal\"")));
    assert_eq!(texts.len(), 3);
    desk.export(period(5, 100));
    texts.push(std::fs::read_to_string(desk.out().join("export.json")).unwrap());
    texts.push(Proof::Inclusion(prove_record(&desk.dir(), 7, None).unwrap()).to_json());
    let kept = Remembered::parse(desk.verify().last_checkpoint.unwrap().text()).unwrap();
    texts.push(Proof::Consistency(prove_growth(&desk.dir(), kept).unwrap()).to_json());
    let page = page();
    let keys: std::collections::BTreeSet<_> = texts.iter().flat_map(|text| keys_of(text)).collect();
    assert_eq!(keys.len(), 16, "{keys:?}");
    for key in keys {
        assert!(is_named(&page, &key), "docs/audit-log.md: {key}");
    }
}

#[test]
fn the_page_names_every_key() {
    let desk = Desk::new();
    let log = desk.open();
    for entry in everything() {
        let _receipt = log.append(entry).unwrap();
    }
    let denied = Outcome::Denied { rule: "imagery_egress".to_owned() };
    let alert = Subject::Alert(crate::audit::AlertId::from_bytes([1; 16]));
    let _receipt = log.append(Entry::new(Operation::Collection, alert, denied)).unwrap();
    drop(log);
    // A torn line, then a broken chain: both notices.
    let torn = [std::fs::read(desk.file()).unwrap(), b"{".to_vec()].concat();
    std::fs::write(desk.file(), torn).unwrap();
    drop(desk.try_open().unwrap());
    let text = std::fs::read_to_string(desk.file()).unwrap();
    std::fs::write(desk.file(), text.replacen("op-91c4", "op-0000", 1)).unwrap();
    drop(desk.try_open().unwrap());
    let page = page();
    let mut keys = std::collections::BTreeSet::new();
    for line in desk.files().iter().flat_map(|file| lines_of(file)) {
        keys.extend(keys_of(std::str::from_utf8(&line).unwrap()));
    }
    assert_eq!(keys.len(), 39, "{keys:?}");
    for key in keys {
        assert!(is_named(&page, &key), "docs/audit-log.md: {key}");
    }
    for operation in Operation::ALL {
        assert!(page.contains(&format!("`{operation}`")), "{operation}");
    }
}
