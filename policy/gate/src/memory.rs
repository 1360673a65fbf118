//! What the gate must remember over a restart. The caller keeps it on disk, beside the outbox.

use std::time::Duration;

use velum_policy::Version;
use velum_policy::succession::AcceptedPolicy;
use velum_vocab::{Digest, Timestamp};

const HEADER: &str = "velum-gate-memory 1";

/// The highest time seen and the newest policy accepted. Without it a restart would forget both, and a clock or
/// a policy could be turned back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GateMemory {
    /// The highest time seen under trusted time.
    pub time_high_water: Option<Timestamp>,
    /// The newest policy accepted.
    pub policy: Option<AcceptedPolicy>,
    /// How long that policy let events be kept: what waits expires although the policy's file is gone.
    pub event_retention: Option<Duration>,
}

/// What was read is no memory of the gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the gate's memory: line {line}: expected `{HEADER}` and then lines `key = value`, found `{found}`; restore the \
     file, or delete it once nobody can have set the clock or the policy back"
)]
pub struct MemoryError {
    line: usize,
    found: String,
}

impl GateMemory {
    /// As text, for a file. Lines: the header, then `time_high_water_unix_us = N`, `policy_id = TEXT`,
    /// `policy_version = N.N.N`, `policy_digest = HEX`, these three all or none, then `event_retention_secs = N`.
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(mark) = self.time_high_water {
            text += &format!("time_high_water_unix_us = {}\n", mark.unix_micros());
        }
        if let Some(policy) = &self.policy {
            let AcceptedPolicy { id, version, digest } = policy;
            text += &format!("policy_id = {id:?}\npolicy_version = {version}\npolicy_digest = {digest}\n");
        }
        if let Some(retention) = self.event_retention {
            text += &format!("event_retention_secs = {}\n", retention.as_secs());
        }
        text
    }

    /// Reads what [`GateMemory::to_text`] wrote.
    ///
    /// # Errors
    /// [`MemoryError`] for anything else: a damaged memory is not taken for an empty one.
    pub fn parse(text: &str) -> Result<Self, MemoryError> {
        let refuse = |line: usize, found: &str| MemoryError {
            line: line + 1,
            found: found.chars().take(60).collect(),
        };
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, HEADER)) => {}
            other => return Err(refuse(0, other.map_or("", |(_, line)| line))),
        }
        let (mut mark, mut id, mut version, mut digest, mut event_retention) = (None, None, None, None, None);
        for (n, line) in lines {
            let value = line.split_once(" = ").and_then(|(key, value)| match key {
                "time_high_water_unix_us" => {
                    mark = Some(Timestamp::from_unix_micros(value.parse().ok()?));
                    Some(())
                }
                "policy_id" => {
                    id = Some(value.strip_prefix('"')?.strip_suffix('"')?.to_owned());
                    Some(())
                }
                "policy_version" => {
                    version = Some(Version::parse(value)?);
                    Some(())
                }
                "policy_digest" => {
                    digest = Some(Digest::parse(value).ok()?);
                    Some(())
                }
                "event_retention_secs" => {
                    event_retention = Some(Duration::from_secs(value.parse().ok()?));
                    Some(())
                }
                _ => None,
            });
            value.ok_or_else(|| refuse(n, line))?;
        }
        let policy = match (id, version, digest) {
            (Some(id), Some(version), Some(digest)) => Some(AcceptedPolicy { id, version, digest }),
            (None, None, None) => None,
            _ => return Err(refuse(text.lines().count(), "a policy with a part missing")),
        };
        Ok(Self { time_high_water: mark, policy, event_retention })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_back() {
        let full = GateMemory {
            time_high_water: Some(Timestamp::from_unix_micros(1_234_567)),
            policy: Some(AcceptedPolicy {
                id: "velum.demo".to_owned(),
                version: Version::parse("1.2.0").unwrap(),
                digest: Digest::of(b"policy"),
            }),
            event_retention: Some(Duration::from_secs(86_400)),
        };
        for memory in [full.clone(), GateMemory::default()] {
            assert_eq!(GateMemory::parse(&memory.to_text()), Ok(memory));
        }
        let older = GateMemory { event_retention: None, ..full.clone() };
        assert_eq!(GateMemory::parse(&older.to_text()), Ok(older), "as it was written before");
        let text = full.to_text();
        for cut in 1..text.len() {
            let read = GateMemory::parse(&text[..cut]);
            assert!(read.as_ref() != Ok(&full) || cut == text.len() - 1, "cut at {cut}: {read:?}");
        }
    }

    #[test]
    fn a_damaged_memory_is_refused() {
        for odd in ["", "x", "velum-gate-memory 1\nx = 1", "velum-gate-memory 1\npolicy_version = 1.2.0\n"] {
            assert!(GateMemory::parse(odd).is_err(), "{odd:?}");
        }
    }
}
