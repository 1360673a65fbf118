//! Findings as JUnit XML, the format that build servers read: a suite for each file, a test for each rule.

use velum_policy::{Finding, Rule, Severity};

use super::Linted;

/// All files. Errors are failures; warnings and waived findings are told of in a test that passes.
pub(super) fn report(linted: &[Linted]) -> String {
    let suites: String = linted.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"velum policy lint\">\n{suites}</testsuites>\n"
    )
}

fn suite(linted: &Linted) -> String {
    let name = escaped(&linted.path);
    if !linted.parses {
        let findings: Vec<_> = linted.findings.iter().collect();
        let case = case("does it parse", &findings);
        return format!("  <testsuite name=\"{name}\" tests=\"1\" failures=\"1\">\n{case}  </testsuite>\n");
    }
    let mut failures = 0;
    let mut cases = String::new();
    let unnamed: Vec<_> = linted.findings.iter().filter(|one| one.rule.is_none()).collect();
    let named = Rule::all().iter().map(|rule| {
        let of_rule = linted.findings.iter().filter(|one| one.rule == Some(rule.id)).collect();
        (format!("{} {}", rule.id, rule.text().flags), of_rule)
    });
    for (name, findings) in named.chain([("it hangs together".to_owned(), unnamed)]) {
        failures += usize::from(findings.iter().any(|one| one.severity == Severity::Error));
        cases.push_str(&case(&name, &findings));
    }
    let tests = Rule::all().len() + 1;
    format!(
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\">\n{cases}  </testsuite>\n"
    )
}

fn case(name: &str, findings: &[&Finding]) -> String {
    let name = escaped(name);
    let said = |element: &str, one: &Finding| {
        format!("      <{element}>{}</{element}>\n", escaped(&format!("{}: {one}", one.severity.name())))
    };
    let told: String = findings
        .iter()
        .map(|one| said(if one.severity == Severity::Error { "failure" } else { "system-out" }, one))
        .collect();
    if told.is_empty() {
        return format!("    <testcase classname=\"policy\" name=\"{name}\"/>\n");
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

#[cfg(test)]
mod tests {
    use velum_policy::{PolicyError, PolicyFile};

    use super::*;

    fn linted(text: &str) -> Linted {
        let (parses, findings) = match PolicyFile::parse(text, "a<b.toml") {
            Ok(file) => (true, file.lint(None)),
            Err(PolicyError::Refused(findings)) => (false, findings),
            Err(other) => panic!("{other}"),
        };
        Linted { path: "a<b.toml".to_owned(), parses, findings }
    }

    #[test]
    fn errors_fail_and_warnings_do_not() {
        let text = include_str!("../../../../policy/examples/gdpr-market-square.toml");
        let check = |text: &str, expected: &str| {
            let report = report(&[linted(text)]);
            assert!(report.contains(expected), "{report}");
            assert!(report.contains("a&lt;b.toml") && !report.contains("a<b"));
        };
        check(text, "tests=\"116\" failures=\"0\"");
        check(&text.replace("min_group        = 10", "min_group        = 7"), "failures=\"0\"");
        check(&text.replace("min_group        = 10", "min_group        = 3"), "tests=\"116\" failures=\"1\"");
        check("schema = '<&\u{7}'", "tests=\"1\" failures=\"1\"");
    }
}
