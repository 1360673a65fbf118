//! A pack is verified by one command, and what was changed in it is named.

use proptest::prelude::*;

use super::exports::{log_of, period};
use super::*;
use crate::SignedPolicy;
use crate::audit::{Pack, PackReport, is_pack, verify_pack, write_pack};

/// The policy that [`consultation`] names.
fn signed_policy() -> (String, Vec<u8>) {
    let mut signed = SignedPolicy::unsigned("policy", "policy.toml");
    signed.sign(&SigningKey::generate().unwrap());
    ("policy.signed.json".to_owned(), signed.to_json().into_bytes())
}

fn pack_of(desk: &Desk, policies: &[(String, Vec<u8>)]) -> PathBuf {
    let out = desk.folder.path().join("pack");
    let _absent = std::fs::remove_dir_all(&out);
    let pack = Pack { period: period(5, 18), keys: &[desk.public], attest: None, policies, made_by: "tests" };
    write_pack(&desk.dir(), &pack, &out).unwrap();
    assert!(is_pack(&out) && !is_pack(&desk.dir()));
    out
}

fn check(desk: &Desk, pack: &Path) -> PackReport {
    verify_pack(pack, &[desk.public], &[]).unwrap()
}

/// All files of a pack, but the list of digests.
fn paths(pack: &Path) -> Vec<PathBuf> {
    crate::audit::pack::list::files(pack)
        .unwrap()
        .into_iter()
        .filter(|p| !p.ends_with("digests.sha256"))
        .collect()
}

/// As somebody does it who wants the list to fit.
fn redo_list(pack: &Path) {
    std::fs::remove_file(pack.join("digests.sha256")).unwrap();
    std::fs::write(pack.join("digests.sha256"), crate::audit::pack::list::make(pack).unwrap()).unwrap();
}

#[test]
fn a_pack_is_sound_and_names_its_policies() {
    let desk = log_of(23);
    let pack = pack_of(&desk, &[signed_policy()]);
    let report = check(&desk, &pack);
    sound(&report.log);
    assert!(report.missing.is_empty());
    assert_eq!((report.policies[0].entries, report.policies[0].signatures), (13, 1));
    let counts = std::fs::read_to_string(pack.join("counts.json")).unwrap();
    assert!(counts.contains("\"allowed\": 13"), "{counts}");
    let report = check(&desk, &pack_of(&desk, &[]));
    sound(&report.log);
    assert_eq!(report.missing, [(Digest::of(b"policy"), 13)]);
    let none = Pack {
        period: period(5, 18),
        keys: &[],
        attest: None,
        policies: &[("a".to_owned(), b"{".to_vec())],
        made_by: "",
    };
    let error = write_pack(&desk.dir(), &none, &desk.folder.path().join("other")).unwrap_err().to_string();
    assert!(error.starts_with("a: "), "{error}");
}

#[test]
fn what_was_changed_in_a_pack_is_named() {
    let desk = log_of(23);
    let policies = [signed_policy()];
    let try_it = |change: &dyn Fn(&Path), expected: &str| {
        let pack = pack_of(&desk, &policies);
        change(&pack);
        let report = check(&desk, &pack);
        let found = report.log.faults.first().map(ToString::to_string).unwrap_or_default();
        assert!(found.contains(expected), "{expected}: {found}");
    };
    let append = |name: &'static str| {
        move |pack: &Path| {
            let bytes = [std::fs::read(pack.join(name)).unwrap(), b"\n".to_vec()].concat();
            std::fs::write(pack.join(name), bytes).unwrap();
        }
    };
    try_it(&append("README.txt"), "README.txt: it is not the file whose digest");
    try_it(&append("policies/policy.signed.json"), "policy.signed.json: it is not the file");
    try_it(
        &|pack| std::fs::remove_file(pack.join("counts.json")).unwrap(),
        "counts.json: it is in digests.sha256, and",
    );
    try_it(&|pack| std::fs::write(pack.join("log/more"), "").unwrap(), "log/more: it is not in digests");
    try_it(&append("digests.sha256"), "expected lines `SHA-256  PATH`");
    try_it(&|pack| std::fs::remove_file(pack.join("digests.sha256")).unwrap(), "expected lines");
    // And where the list was made to fit.
    let try_redone = |change: &dyn Fn(&Path), expected: &str| {
        try_it(
            &|pack| {
                change(pack);
                redo_list(pack)
            },
            expected,
        );
    };
    try_redone(&append("counts.json"), "counts.json: it is missing, or says something else");
    let stranger = SigningKey::generate().unwrap().public();
    let key = |pack: &Path| std::fs::write(pack.join("keys/audit-1.pub"), stranger.to_string()).unwrap();
    try_redone(&key, "is none of those given");
    try_redone(
        &|pack| std::fs::write(pack.join("keys/audit-1.pub"), "none").unwrap(),
        "expected a public key",
    );
    try_redone(
        &|pack| std::fs::write(pack.join("checkpoints/more.note"), "").unwrap(),
        "no checkpoint of a file",
    );
    try_redone(&|pack| std::fs::write(pack.join("policies/more.json"), "{").unwrap(), "policies/more.json");
    // Files that no pack has, in its list or not.
    for name in ["extra.html", "log/notes.txt", "keys/audit.txt", "checkpoints/a.txt", "policies/in/a.json"] {
        let add = |pack: &Path| {
            std::fs::create_dir_all(pack.join(name).parent().unwrap()).unwrap();
            std::fs::write(pack.join(name), "all is well").unwrap();
        };
        try_redone(&add, &format!("{name}: a pack has no such file"));
    }
    let pack = pack_of(&desk, &policies);
    let stranger = verify_pack(&pack, &[stranger], &[]).unwrap();
    assert!(stranger.log.faults[0].to_string().contains("signed by none of the given keys"));
}

/// Whoever verifies a pack of somebody else's reads nothing beside it, and does not wait for a pipe.
#[test]
fn a_link_in_a_pack_is_refused_before_anything_is_read() {
    let desk = log_of(23);
    let policies = [signed_policy()];
    let refused = |name: &Path, put: &dyn Fn(&Path)| {
        let pack = pack_of(&desk, &policies);
        let there = pack.join(name);
        // What the link leads to is the very thing that belongs there.
        let moved = desk.folder.path().join("elsewhere");
        let _absent = std::fs::remove_dir_all(&moved);
        std::fs::create_dir_all(&moved).unwrap();
        if there.exists() {
            std::fs::rename(&there, moved.join("it")).unwrap();
        }
        put(&there);
        let error = verify_pack(&pack, &[desk.public], &[]).unwrap_err();
        let expected = format!("{}: expected a file or a folder", there.display());
        assert!(error.to_string().starts_with(&expected), "{error}");
        assert!(matches!(error, AuditError::NotPlain(_)));
    };
    let original = desk.folder.path().join("elsewhere/it");
    let link = |there: &Path| std::os::unix::fs::symlink(&original, there).unwrap();
    let pack = pack_of(&desk, &policies);
    let folders = ["log", "policies", "keys", "checkpoints"].map(PathBuf::from);
    for name in paths(&pack).into_iter().chain(folders).chain(["log/audit-000009-2026-11.jsonl".into()]) {
        refused(&name, &link);
    }
    let nowhere = |there: &Path| std::os::unix::fs::symlink("/nowhere/at/all", there).unwrap();
    refused(Path::new("README.txt"), &nowhere);
    let socket = |there: &Path| drop(std::os::unix::net::UnixListener::bind(there).unwrap());
    refused(Path::new("keys/audit-1.pub"), &socket);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_changed_byte_of_a_pack_is_found(
        file in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        change in 1_u8..,
        is_redone in any::<bool>(),
    ) {
        use std::sync::LazyLock;
        static CASE: LazyLock<(Desk, PathBuf)> = LazyLock::new(|| {
            let desk = log_of(23);
            let pack = pack_of(&desk, &[signed_policy()]);
            (desk, pack)
        });
        let (desk, pack) = &*CASE;
        let copy = tempfile::tempdir().unwrap();
        for name in paths(pack).iter().chain([&PathBuf::from("digests.sha256")]) {
            let to = copy.path().join(name);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::hard_link(pack.join(name), to).unwrap();
        }
        let name = file.get(&paths(pack)).clone();
        let mut bytes = std::fs::read(copy.path().join(&name)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        std::fs::remove_file(copy.path().join(&name)).unwrap();
        std::fs::write(copy.path().join(&name), bytes).unwrap();
        if is_redone {
            redo_list(copy.path());
        }
        let (whole, report) = (check(desk, pack), check(desk, copy.path()));
        let is_told = report.log.period != whole.log.period || !report.missing.is_empty();
        // Of the text and of who signed a policy, the list of digests alone speaks.
        let is_unsigned = name.ends_with("README.txt") || name.starts_with("policies") || name.starts_with("keys");
        prop_assert!(!report.log.is_sound() || (is_redone && (is_told || is_unsigned)), "{name:?} {at}");
    }

    #[test]
    fn any_text_is_read_as_a_list_and_as_a_period_without_panic(text in "\\PC*") {
        let _read = crate::audit::pack::list::parse(&text);
        prop_assert!(crate::audit::Period::parse(&text).is_err());
        let begun = format!("{{\"from\":\"2026-12-01T00:00:00Z\",\"kind\":\"export\",{text}");
        prop_assert!(crate::audit::Period::parse(&begun).is_err());
        for kind in ["cut", "seal"] {
            let line = format!("{{\"kind\":\"{kind}\",{text}");
            prop_assert!(crate::audit::read_line(line.as_bytes()).is_err());
        }
    }
}
