//! The log, looked at by those who oversee: its newest entries, whether it is whole, and a checkpoint to keep.
//!
//! Invariant: nothing of it holds up the writing of entries for longer than a checkpoint takes to sign.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use velum_policy::PublicKey;
use velum_policy::audit::{AuditError, Line, Record, Report, SignedCheckpoint, files, read_line, verify};

/// Of the end of a file so much is read for the newest entries.
const TAIL_BYTES: u64 = 512 * 1_024;
/// The end of the log may be read while a line is being written there.
const TRIES: usize = 3;

/// The newest records, the newest first, and how many lines among them could not be read.
#[derive(Debug, Default)]
pub(crate) struct Newest {
    pub(crate) records: Vec<Record>,
    pub(crate) unreadable: usize,
}

/// At most so many of the newest records of a log.
pub(super) fn newest(folder: &Path, most: usize) -> Result<Newest, AuditError> {
    let mut found = Newest::default();
    for path in files(folder)?.iter().rev() {
        for line in last_lines(path)?.iter().rev() {
            match read_line(line) {
                Ok(Line::Record(record)) => found.records.push(*record),
                Ok(_) => {}
                Err(_) => found.unreadable = found.unreadable.saturating_add(1),
            }
            if found.records.len() >= most {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// The whole lines at the end of a file.
fn last_lines(path: &Path) -> Result<VecDeque<Vec<u8>>, AuditError> {
    let failed = |error| AuditError::Io { path: path.to_owned(), error };
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let from = length.saturating_sub(TAIL_BYTES);
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let mut lines: VecDeque<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    // Behind the last line feed is nothing, or a line that is being written.
    lines.pop_back();
    if from > 0 {
        lines.pop_front();
    }
    Ok(lines)
}

/// Whether the log is whole, by its own key.
pub(super) fn whole(folder: &Path, key: PublicKey) -> Result<Report, AuditError> {
    let mut report = verify(folder, &[key], &[])?;
    for _ in 1..TRIES {
        if report.is_sound() {
            break;
        }
        report = verify(folder, &[key], &[])?;
    }
    Ok(report)
}

/// As `velum audit verify` takes it for `--checkpoint`: `NUMBER:ROOT`.
pub(crate) fn short(signed: &SignedCheckpoint) -> String {
    let root = signed.text().lines().nth(2).unwrap_or_default();
    format!("{}:{root}", signed.checkpoint().number())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use velum_policy::audit::Content;

    use super::*;
    use crate::audit::Audit;
    use crate::clock::SystemClock;
    use crate::identity::Name;

    async fn log(dir: &Path, entries: usize) -> Audit {
        let audit = Audit::at(dir, "hub", Arc::new(SystemClock)).unwrap();
        for number in 0..entries {
            audit.logged_in(&Name::parse(&format!("user-{number}")).unwrap()).await.unwrap();
        }
        audit
    }

    #[tokio::test]
    async fn the_newest_come_first_and_a_line_that_is_being_written_is_not_there_yet() {
        let dir = tempfile::tempdir().unwrap();
        let audit = log(dir.path(), 7).await;
        let file = files(&dir.path().join("audit")).unwrap().pop().unwrap();
        let mut half = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        std::io::Write::write_all(&mut half, b"{\"half\":").unwrap();
        let found = audit.newest(3).await.unwrap();
        let operators = found.records.iter().map(|record| match &record.content {
            Content::Entry(entry) => entry.operator.clone().unwrap_or_default(),
            other => panic!("{other:?}"),
        });
        let operators = operators.collect::<Vec<_>>();
        assert_eq!(operators, ["console:user-6", "console:user-5", "console:user-4"]);
        assert_eq!(found.unreadable, 0);
    }

    #[tokio::test]
    async fn a_whole_log_is_told_from_an_altered_one() {
        let dir = tempfile::tempdir().unwrap();
        let audit = log(dir.path(), 3).await;
        let signed = audit.checkpoint().await.unwrap();
        assert!(short(&signed).starts_with("3:"), "{}", short(&signed));
        let report = audit.verify().await.unwrap();
        assert!(report.is_sound() && report.records == 3 && report.unsigned_records == 0, "{report:?}");
        let file = files(&dir.path().join("audit")).unwrap().pop().unwrap();
        let text = std::fs::read_to_string(&file).unwrap().replace("user-1", "user-9");
        std::fs::write(&file, text).unwrap();
        assert!(!audit.verify().await.unwrap().is_sound());
    }
}
