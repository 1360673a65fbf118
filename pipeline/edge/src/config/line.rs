//! Texts that travel as they are written: the hub takes short ones without control characters alone, and a box
//! whose events it refuses would send nothing more.

use super::problem::Problems;

/// No text of the configuration that travels is longer.
const LONGEST_BYTES: usize = 128;

/// The text, which is noted as wrong where the hub would refuse it.
pub(super) fn one_line(path: &str, example: &str, text: String, problems: &mut Problems) -> String {
    if text.len() > LONGEST_BYTES || text.chars().any(char::is_control) {
        let key = path.rsplit('.').next().unwrap_or(path);
        problems.add(
            path,
            format!(
                "expected one line of at most {LONGEST_BYTES} bytes; write for example `{key} = \"{example}\"`"
            ),
        );
    }
    text
}
