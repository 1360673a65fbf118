//! The audit log: verified from its first line to its last, with a key that is the hub's alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use velum_policy::SigningKey;
use velum_policy::audit::{AuditError, Report, verify};
use velum_policy::check::{Finding, Verdict};

use crate::audit::{FOLDER, KEY_FILE};
use crate::secret_file;

const SUBJECT: &str = "audit log";
/// A line that the running hub is writing is not whole for a moment.
const LOOKS: usize = 3;

pub(super) fn look(data_dir: &Path) -> Vec<Finding> {
    let (folder, key) = (data_dir.join(FOLDER), data_dir.join(KEY_FILE));
    if [&folder, &key].iter().all(|path| matches!(path.try_exists(), Ok(false))) {
        return vec![Finding::ok(SUBJECT, "there is none yet; the first start begins one")];
    }
    let mut findings = vec![private(SUBJECT, &key)];
    match SigningKey::load(&key) {
        Ok(pair) => findings.push(verified(&folder, &pair)),
        Err(error) => findings.push(Finding::error(
            SUBJECT,
            error.to_string(),
            "look as the hub's user; where the key is lost, restore a backup: a new key begins a log that says so",
        )),
    }
    findings
}

fn verified(folder: &Path, key: &SigningKey) -> Finding {
    let keys = [key.public()];
    let mut found = verify(folder, &keys, &[]);
    for _ in 1..LOOKS {
        if found.as_ref().is_ok_and(Report::is_sound) {
            break;
        }
        found = verify(folder, &keys, &[]);
    }
    finding(&found, folder)
}

fn finding(found: &Result<Report, AuditError>, folder: &Path) -> Finding {
    let fix = format!(
        "see `velum audit verify {} --key {}`, keep the folder as evidence, and find out who could write it",
        folder.display(),
        folder.with_file_name(KEY_FILE).with_extension("pub").display()
    );
    match found {
        Err(error) => Finding::of_error(SUBJECT, Verdict::Error, error),
        Ok(report) => match report.faults.first() {
            Some(fault) => Finding::error(SUBJECT, fault.to_string(), fix),
            None => Finding::ok(SUBJECT, words(report)),
        },
    }
}

fn words(report: &Report) -> String {
    let Some(last) = report.last_checkpoint.as_ref().map(|signed| signed.checkpoint()) else {
        return format!("{} records, none of them signed yet", report.records);
    };
    format!(
        "{} records verified; the last checkpoint is of {} records, and {} came after it",
        report.records,
        last.number(),
        report.unsigned_records
    )
}

/// A key that nobody else may read.
pub(super) fn private(subject: &str, key: &Path) -> Finding {
    let shown = key.display();
    let found = std::fs::metadata(key);
    match found.map(|found| (found.permissions().mode() & 0o777, secret_file::is_private(&found))) {
        Ok((mode, true)) => Finding::ok(subject, format!("{shown}: mode {mode:03o}")),
        Ok((mode, false)) => Finding::warning(
            subject,
            format!("{shown}: others may read or write it (mode {mode:03o}, expected 600)"),
            format!("run `chmod 600 {shown}`; where others had access, make a new one"),
        ),
        Err(error) => Finding::error(
            subject,
            format!("{shown}: {error}"),
            "look as the hub's user or as root, and see that the file is there",
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{Permissions, set_permissions};

    use super::*;
    use crate::audit::Audit;
    use crate::clock::SystemClock;
    use crate::identity::Name;

    #[tokio::test]
    async fn a_log_that_was_altered_and_a_key_that_others_may_read_are_told() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(look(dir.path()).len(), 1, "there is none yet");
        let audit = Audit::at(dir.path(), "hub", std::sync::Arc::new(SystemClock)).unwrap();
        for name in ["anna", "ben"] {
            audit.logged_in(&Name::parse(name).unwrap()).await.unwrap();
        }
        let check = |verdicts: [Verdict; 2], part: &str| {
            let findings = look(dir.path());
            let found: Vec<_> = findings.iter().map(|finding| finding.verdict).collect();
            assert_eq!(found, verdicts, "{findings:?}");
            assert!(findings.iter().any(|finding| finding.found.contains(part)), "{part}: {findings:?}");
        };
        check([Verdict::Ok, Verdict::Ok], "2 records");
        let key = dir.path().join(KEY_FILE);
        set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
        check([Verdict::Warning, Verdict::Ok], "mode 644, expected 600");
        set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let files = std::fs::read_dir(dir.path().join(FOLDER)).unwrap().map(|entry| entry.unwrap().path());
        let file = files.into_iter().find(|path| path.extension().is_some_and(|end| end == "jsonl")).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen('{', "", 1)).unwrap();
        check([Verdict::Ok, Verdict::Error], "");
        std::fs::remove_file(&key).unwrap();
        check([Verdict::Error, Verdict::Error], "audit.key");
    }
}
