//! Findings as JUnit XML: a suite for each file, a test for each rule.

use velum_policy::{Finding, Rule, Severity};

use super::Linted;
use crate::policy::junit::{self, Case, Said, Suite};

/// All files. Errors are failures; warnings and waived findings are told of in a test that passes.
pub(super) fn report(linted: &[Linted]) -> String {
    junit::report("velum policy lint", &linted.iter().map(suite).collect::<Vec<_>>())
}

fn suite(linted: &Linted) -> Suite {
    let name = linted.path.clone();
    if !linted.parses {
        let cases = vec![case("does it parse".to_owned(), linted.findings.iter())];
        return Suite { name, cases };
    }
    let unnamed = linted.findings.iter().filter(|one| one.rule.is_none());
    let named = Rule::all().iter().map(|rule| {
        let of_rule = linted.findings.iter().filter(|one| one.rule == Some(rule.id));
        case(format!("{} {}", rule.id, rule.text().flags), of_rule)
    });
    Suite { name, cases: named.chain([case("it hangs together".to_owned(), unnamed)]).collect() }
}

fn case<'f>(name: String, findings: impl Iterator<Item = &'f Finding>) -> Case {
    let said = findings.map(|one| {
        let text = format!("{}: {one}", one.severity.name());
        if one.severity == Severity::Error { Said::Failure(text) } else { Said::Remark(text) }
    });
    Case { name, said: said.collect() }
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
