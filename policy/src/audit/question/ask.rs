//! What can be asked: five claims about one camera and one time.

use std::fmt;

use velum_vocab::{CameraId, Digest, Timestamp};

use crate::audit::{note, text};
use crate::version::Version;

/// How a question is written.
const FORM: &str = "masking on, camera plaza-1, from 2026-12-03T14:00:00Z to 2026-12-03T15:00:00Z";
const CLAIMS: &str = "`masking on`, `analysing`, `paused`, `nothing sent`, `policy 1.2.0 in force` or `policy DIGEST in \
                      force`";

/// What is asked: whether it held all the time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Pictures could be masked and verified.
    MaskingOn,
    /// The rules saw the camera's pictures.
    Analysing,
    /// This policy was in force, and no other was installed.
    InForce(PolicyName),
    /// People had paused the camera.
    Paused,
    /// No event and no still of the camera left for the first time; what left before may have been sent once more.
    NothingSent,
}

/// How a policy is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyName {
    /// By its version.
    Version(Version),
    /// By its SHA-256.
    Digest(Digest),
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What.
    pub claim: Claim,
    /// Of which camera.
    pub camera: CameraId,
    /// The first moment; whole seconds.
    pub from: Timestamp,
    /// The first moment after it.
    pub to: Timestamp,
}

impl Question {
    /// Reads `CLAIM, camera NAME, from TIME to TIME`.
    ///
    /// # Errors
    /// What is wrong, what is expected, and an example.
    pub fn parse(question: &str) -> Result<Self, String> {
        let plain = question.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts: Vec<_> = plain.split(',').map(str::trim).collect();
        let [claim, camera, time] = &parts[..] else {
            return Err(format!(
                "expected three parts with commas between, found {}; write for example `{FORM}`",
                parts.len()
            ));
        };
        let camera = camera.strip_prefix("camera ").ok_or_else(|| {
            format!(
                "expected `camera` and its name as the second part, found `{camera}`; for example `{FORM}`"
            )
        })?;
        let named = CameraId::parse(camera).map_err(|error| format!("camera `{camera}`: {error}"))?;
        let (from, to) =
            time.strip_prefix("from ").and_then(|times| times.split_once(" to ")).ok_or_else(|| {
                format!(
                    "expected `from TIME to TIME` as the third part, found `{time}`; for example `{FORM}`"
                )
            })?;
        let question =
            Self { claim: Claim::parse(claim)?, camera: named, from: moment(from)?, to: moment(to)? };
        if question.from >= question.to {
            return Err(format!("`{from}` is not before `{to}`; exchange them"));
        }
        Ok(question)
    }
}

impl Claim {
    fn parse(claim: &str) -> Result<Self, String> {
        match claim {
            "masking on" => return Ok(Self::MaskingOn),
            "analysing" => return Ok(Self::Analysing),
            "paused" => return Ok(Self::Paused),
            "nothing sent" => return Ok(Self::NothingSent),
            _ => {}
        }
        let policy = claim.strip_prefix("policy ").and_then(|rest| rest.strip_suffix(" in force"));
        let Some(policy) = policy else {
            return Err(format!("`{claim}` cannot be asked; expected {CLAIMS}"));
        };
        let digest = || note::digest(policy).map(PolicyName::Digest);
        let named = Version::parse(policy).map(PolicyName::Version).or_else(digest);
        named.map(Self::InForce).ok_or_else(|| {
            format!("`{policy}` is no policy; expected its version, for example `1.2.0`, or all 64 digits of its digest")
        })
    }
}

fn moment(time: &str) -> Result<Timestamp, String> {
    let wrong = |reason: &str| {
        format!("`{time}` {reason}, for example `2026-12-03T14:00:00Z` or `2026-12-03T15:00:00+01:00`")
    };
    let at: jiff::Timestamp = match time.parse() {
        Ok(at) => at,
        Err(_) if time.parse::<jiff::civil::DateTime>().is_ok() => {
            return Err(wrong("has no time zone; add `Z` or an offset"));
        }
        Err(_) => return Err(wrong("is no time; expected date, time and zone")),
    };
    if at.subsec_nanosecond() != 0 {
        return Err(wrong("has a fraction of a second; attestations know whole ones: leave it out"));
    }
    Ok(Timestamp::from_unix_secs(at.as_second()))
}

/// As [`Question::parse`] reads it, in UTC.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |at| text::time(at).unwrap_or_default();
        write!(f, "{}, camera {}, from {} to {}", self.claim, self.camera, time(self.from), time(self.to))
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MaskingOn => f.write_str("masking on"),
            Self::Analysing => f.write_str("analysing"),
            Self::InForce(PolicyName::Version(version)) => write!(f, "policy {version} in force"),
            Self::InForce(PolicyName::Digest(digest)) => write!(f, "policy {digest} in force"),
            Self::Paused => f.write_str("paused"),
            Self::NothingSent => f.write_str("nothing sent"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_read_back_in_utc() {
        let digest = Digest::of(b"policy").to_string();
        for claim in [
            "masking on",
            "analysing",
            "paused",
            "nothing sent",
            "policy 1.2.0 in force",
            &format!("policy {digest} in force"),
        ] {
            let asked =
                format!("{claim},  camera plaza-1 , from 2026-12-03T15:00:00+01:00 to 2026-12-03T15:00:00Z");
            let question = Question::parse(&asked).unwrap();
            let canonical =
                format!("{claim}, camera plaza-1, from 2026-12-03T14:00:00Z to 2026-12-03T15:00:00Z");
            assert_eq!(question.to_string(), canonical);
            assert_eq!(Question::parse(&canonical), Ok(question));
        }
    }

    #[test]
    fn what_cannot_be_asked_is_said_with_the_way_out() {
        let check = |question: &str, said: &str| {
            let error = Question::parse(question).unwrap_err();
            assert!(error.contains(said), "{question}: {error}");
        };
        let time = "from 2026-12-03T14:00:00Z to 2026-12-03T15:00:00Z";
        check("masking on", "expected three parts with commas between, found 1");
        check(&format!("masking, camera a, {time}"), "`masking` cannot be asked; expected `masking on`");
        check(&format!("policy one in force, camera a, {time}"), "`one` is no policy");
        check(&format!("masking on, plaza-1, {time}"), "expected `camera` and its name");
        check(&format!("masking on, camera a b, {time}"), "camera `a b`");
        check("masking on, camera a, 14:00 to 15:00", "expected `from TIME to TIME`");
        check("masking on, camera a, from 2026-12-03T14:00:00 to 2026-12-03T15:00:00Z", "has no time zone");
        check("masking on, camera a, from noon to 2026-12-03T15:00:00Z", "`noon` is no time");
        check("masking on, camera a, from 2026-12-03T14:00:00.5Z to 2026-12-03T15:00:00Z", "a fraction");
        check("masking on, camera a, from 2026-12-03T15:00:00Z to 2026-12-03T15:00:00Z", "is not before");
    }
}
