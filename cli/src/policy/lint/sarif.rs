//! Findings as SARIF 2.1.0, the format that code hosts and editors read.
//!
//! Source: <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>.

use serde_json::{Value, json};
use velum_policy::{Finding, Rule, Severity};

use super::Linted;

/// One run over all files.
pub(super) fn report(linted: &[Linted]) -> Value {
    let results: Vec<_> = linted.iter().flat_map(|one| one.findings.iter()).map(result).collect();
    let driver = json!({
        "name": "velum policy lint",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": Rule::all().iter().map(rule).collect::<Vec<_>>(),
    });
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    })
}

fn rule(rule: &Rule) -> Value {
    let text = rule.text();
    json!({
        "id": rule.id,
        "shortDescription": { "text": text.flags },
        "fullDescription": { "text": text.why },
        "help": { "text": text.fix },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "article": rule.article, "waivable": rule.waivable },
    })
}

fn result(finding: &Finding) -> Value {
    let message =
        format!("{}: expected {}, found {}. {}", finding.key, finding.expected, finding.found, finding.fix);
    let place = json!({
        "artifactLocation": { "uri": finding.path },
        "region": { "startLine": finding.line, "startColumn": finding.column },
    });
    // An empty list says that nothing is suppressed.
    let waived = (finding.severity == Severity::Waived)
        .then(|| json!({ "kind": "inSource", "justification": finding.fix }));
    json!({
        "ruleId": finding.rule.unwrap_or("GRAMMAR"),
        "level": level(finding.severity),
        "message": { "text": message },
        "locations": [{ "physicalLocation": place }],
        "suppressions": waived.into_iter().collect::<Vec<_>>(),
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Waived => "note",
    }
}

#[cfg(test)]
mod tests {
    use velum_policy::PolicyFile;

    use super::*;

    #[test]
    fn a_finding_has_its_rule_place_and_level() {
        let text = include_str!("../../../../policy/examples/gdpr-market-square.toml");
        let text = text.replace("min_group        = 10", "min_group        = 3");
        let findings = PolicyFile::parse(&text, "a.toml").unwrap().lint(None);
        let report = report(&[Linted { path: "a.toml".to_owned(), parses: true, findings }]);
        let result = &report["runs"][0]["results"][0];
        assert_eq!(result["ruleId"], "AGG-001");
        assert_eq!(result["level"], "error");
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], text.lines().position(|l| l.starts_with("min_group")).unwrap() + 1);
        assert_eq!(report["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().len(), Rule::all().len());
    }
}
