//! What `velum-edge check` and `velum-hub check` found, and how it is shown: as a table for people, as JSON for machines.
//! Nothing of it is about people: subjects are parts of the machine and of its configuration.

mod alive;
pub mod machine;

pub use alive::alive;

use std::fmt::Write as _;

use serde::Serialize;

/// How good it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to do.
    Ok,
    /// The program runs, but worse than it could, or less safely.
    Warning,
    /// Something that the configuration asks for will not work.
    Error,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Error => "ERROR",
        }
    }

    /// What the program exits with.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Error => 2,
        }
    }
}

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// For example `camera plaza-1`.
    pub subject: String,
    /// How good it is.
    pub verdict: Verdict,
    /// What is there.
    pub found: String,
    /// How to mend it; empty where there is nothing to mend.
    pub fix: String,
}

impl Finding {
    /// Nothing to do.
    pub fn ok(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Ok, found: found.into(), fix: String::new() }
    }

    /// Runs, but worse or less safely.
    pub fn warning(subject: impl Into<String>, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Warning, found: found.into(), fix: fix.into() }
    }

    /// Does not work.
    pub fn error(subject: impl Into<String>, found: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { subject: subject.into(), verdict: Verdict::Error, found: found.into(), fix: fix.into() }
    }

    /// An error whose text says what is wrong and, after the last `; `, how to mend it.
    pub fn of_error(subject: impl Into<String>, verdict: Verdict, error: &dyn std::fmt::Display) -> Self {
        let text = error.to_string();
        let (found, fix) = text.rsplit_once("; ").unwrap_or((&text, ""));
        Self { subject: subject.into(), verdict, found: found.to_owned(), fix: fix.to_owned() }
    }
}

/// The worst of all verdicts.
pub fn worst(findings: &[Finding]) -> Verdict {
    findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Ok)
}

/// One line a finding, and below it how to mend it.
pub fn table(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.subject.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for Finding { subject, verdict, found, fix } in findings {
        let indent = format!("{:width$}  {:7}  ", "", "");
        let found = found.replace('\n', &format!("\n{indent}"));
        // Writing to a String does not fail.
        let _ = writeln!(text, "{subject:width$}  {:7}  {found}", verdict.word());
        if !fix.is_empty() {
            let fix = fix.replace('\n', &format!("\n{indent}   "));
            let _ = writeln!(text, "{indent}-> {fix}");
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let (errors, warnings) = (count(Verdict::Error), count(Verdict::Warning));
    let _ = match (errors, warnings) {
        (0, 0) => writeln!(text, "everything is in order"),
        _ => writeln!(text, "{errors} to mend, {warnings} to think about"),
    };
    text
}

/// The same as JSON: `{"verdict": ..., "findings": [...]}`.
///
/// # Errors
/// None in practice: all of it is text.
pub fn json(findings: &[Finding]) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Report<'f> {
        verdict: Verdict,
        findings: &'f [Finding],
    }
    serde_json::to_string_pretty(&Report { verdict: worst(findings), findings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings() -> Vec<Finding> {
        vec![
            Finding::ok("configuration", "2 cameras"),
            Finding::warning("swap", "swap is on", "run `swapoff -a`"),
            Finding::of_error(
                "camera plaza-1",
                Verdict::Error,
                &"no connection (refused); check the address; or the cable",
            ),
        ]
    }

    #[test]
    fn the_table_says_what_is_wrong_and_how_to_mend_it() {
        let expected = "\
configuration   ok       2 cameras
swap            warning  swap is on
                         -> run `swapoff -a`
camera plaza-1  ERROR    no connection (refused); check the address
                         -> or the cable
1 to mend, 1 to think about
";
        assert_eq!(table(&findings()), expected);
        let fine = [Finding::ok("disk", "12 GiB free")];
        assert_eq!(table(&fine), "disk  ok       12 GiB free\neverything is in order\n");
    }

    #[test]
    fn the_exit_code_is_that_of_the_worst() {
        let all = findings();
        assert_eq!(worst(&all).exit_code(), 2);
        assert_eq!(worst(&all[..2]).exit_code(), 1);
        assert_eq!(worst(&all[..1]).exit_code(), 0);
        assert_eq!(worst(&[]).exit_code(), 0);
    }

    #[test]
    fn json_says_the_same() {
        let value: serde_json::Value = serde_json::from_str(&json(&findings()).unwrap()).unwrap();
        assert_eq!(value["verdict"], "error");
        assert_eq!(value["findings"][1]["fix"], "run `swapoff -a`");
    }
}
