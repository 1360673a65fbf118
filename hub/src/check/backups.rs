//! Backups: how old the newest is.

use std::path::Path;

use velum_policy::check::Finding;

use crate::backup;

const DAY_MS: i64 = 86_400_000;
const SUBJECT: &str = "backups";
/// One a night, and one that failed.
const OLDEST_DAYS: i64 = 2;

pub(super) fn look(folder: &Path, now_unix_ms: i64) -> Finding {
    let shown = folder.display();
    let fix = format!("run `velum-hub backup --to {shown}` each night, by a timer");
    let (path, made) = match backup::newest(folder) {
        Ok(Some(newest)) => newest,
        Ok(None) => return Finding::error(SUBJECT, format!("{shown}: there is none"), fix),
        Err(error) => return Finding::error(SUBJECT, format!("{shown}: {error}"), fix),
    };
    let age_ms = now_unix_ms.saturating_sub(made.as_millisecond());
    let found = format!("{}, {} h old", path.display(), age_ms.div_euclid(3_600_000));
    match age_ms {
        ..0 => Finding::warning(SUBJECT, format!("{}: of the future", path.display()), "set the clock right"),
        age if age > OLDEST_DAYS * DAY_MS => Finding::warning(SUBJECT, found, fix),
        _ => Finding::ok(SUBJECT, found),
    }
}

#[cfg(test)]
mod tests {
    use velum_policy::check::Verdict;

    use super::*;

    #[test]
    fn the_newest_whole_one_counts() {
        let dir = tempfile::tempdir().unwrap();
        let now = "2026-11-26T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let check = |verdict: Verdict, part: &str| {
            let found = look(dir.path(), now);
            assert_eq!(found.verdict, verdict, "{found:?}");
            assert!(found.found.contains(part), "{found:?}");
        };
        check(Verdict::Error, "there is none");
        for name in ["velum-hub-20261123T020000Z", "velum-hub-20261126T020000Z.unfinished", "other"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        check(Verdict::Error, "there is none");
        let put = |name: &str| {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
            std::fs::write(dir.path().join(name).join("backup.json"), "{}").unwrap();
        };
        put("velum-hub-20261123T020000Z");
        check(Verdict::Warning, "82 h old");
        put("velum-hub-20261126T020000Z");
        check(Verdict::Ok, "10 h old");
        put("velum-hub-20261127T020000Z");
        check(Verdict::Warning, "of the future");
        assert_eq!(look(&dir.path().join("not"), now).verdict, Verdict::Error);
    }
}
