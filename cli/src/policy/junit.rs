//! JUnit XML, the format that build servers read: suites of cases, each with what is said of it.

use std::fmt::Write as _;

/// A suite, for example a file.
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) cases: Vec<Case>,
}

/// A case. It fails if one of the things that are said of it is a failure.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) said: Vec<Said>,
}

/// What is said of a case.
pub(super) enum Said {
    /// It failed.
    Failure(String),
    /// It is worth knowing.
    Remark(String),
}

/// All suites of a program.
pub(super) fn report(program: &str, suites: &[Suite]) -> String {
    let suites: String = suites.iter().map(suite).collect();
    let program = escaped(program);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"{program}\">\n{suites}</testsuites>\n"
    )
}

fn suite(suite: &Suite) -> String {
    let failed = |case: &&Case| case.said.iter().any(|said| matches!(said, Said::Failure(_)));
    let (tests, failures) = (suite.cases.len(), suite.cases.iter().filter(failed).count());
    let cases: String = suite.cases.iter().map(case).collect();
    let name = escaped(&suite.name);
    format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">\n{cases}  </testsuite>\n"
    )
}

fn case(case: &Case) -> String {
    let name = escaped(&case.name);
    if case.said.is_empty() {
        return format!("    <testcase classname=\"policy\" name=\"{name}\"/>\n");
    }
    let mut told = String::new();
    for said in &case.said {
        let (element, text) = match said {
            Said::Failure(text) => ("failure", text),
            Said::Remark(text) => ("system-out", text),
        };
        // Writing to a string does not fail.
        let _ = writeln!(told, "      <{element}>{}</{element}>", escaped(text));
    }
    format!("    <testcase classname=\"policy\" name=\"{name}\">\n{told}    </testcase>\n")
}

/// Safe in text and attributes. Characters that XML 1.0 cannot hold become `?`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}' => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
