use std::os::unix::fs::PermissionsExt;

use super::*;

fn names() -> Vec<String> {
    vec!["localhost".to_owned(), "127.0.0.1".to_owned()]
}

#[test]
fn keys_are_their_owners_alone() {
    let dir = tempfile::tempdir().unwrap();
    let pki = dir.path().join("pki");
    init(&pki, &names()).unwrap();
    operator(&pki, "anna").unwrap();
    for name in ["authority", "hub", "operator", "anna"] {
        let mode = |file: String| std::fs::metadata(pki.join(file)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(format!("{name}.key")), 0o600, "{name}");
        assert_eq!(mode(format!("{name}.pem")) & 0o600, 0o600, "{name}");
    }
}

#[test]
fn nothing_is_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), &names()).unwrap();
    let before = std::fs::read(dir.path().join("authority.key")).unwrap();
    let error = init(dir.path(), &names()).unwrap_err();
    assert!(error.to_string().contains("is not overwritten"), "{error}");
    assert!(operator(dir.path(), "operator").is_err());
    assert!(hub(dir.path(), &names()).unwrap_err().to_string().contains("is not overwritten"));
    assert_eq!(std::fs::read(dir.path().join("authority.key")).unwrap(), before);
}

#[test]
fn another_certificate_of_the_hub_is_of_the_same_authority() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), &names()).unwrap();
    let moved =
        |name: &str| std::fs::rename(dir.path().join(name), dir.path().join(format!("{name}.old"))).unwrap();
    ["hub.pem", "hub.key"].into_iter().for_each(moved);
    hub(dir.path(), &names()).unwrap();
    let read = |name: &str| std::fs::read(dir.path().join(name)).unwrap();
    assert_ne!(read("hub.pem"), read("hub.pem.old"));
    let mode = std::fs::metadata(dir.path().join("hub.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn names_are_checked() {
    let dir = tempfile::tempdir().unwrap();
    init(dir.path(), &names()).unwrap();
    for name in ["", "authority", "hub", "../anna", "anna:box", ".anna"] {
        assert!(operator(dir.path(), name).is_err(), "{name}");
    }
    let error = init(&dir.path().join("other"), &["https://hub".to_owned()]).unwrap_err();
    assert!(error.to_string().contains("--hub-name `https://hub`"), "{error}");
}

#[test]
fn a_lost_folder_is_named() {
    let error = operator(Path::new("/nonexistent/pki"), "anna").unwrap_err();
    assert!(error.to_string().contains("/nonexistent/pki/authority.pem: cannot be read"), "{error:#}");
}
