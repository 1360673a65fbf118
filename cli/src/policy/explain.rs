//! `velum policy explain`: what a rule means.

use std::io::Write;
use std::process::ExitCode;

use anyhow::bail;
use velum_policy::Rule;

pub(super) fn run(id: Option<&str>) -> anyhow::Result<ExitCode> {
    let mut stdout = std::io::stdout().lock();
    match id {
        Some(id) => write!(stdout, "{}", explained(known(id)?))?,
        None => {
            for rule in Rule::all() {
                writeln!(stdout, "{}  {:<7}  {}", rule.id, rule.severity.name(), rule.text().flags)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn known(id: &str) -> anyhow::Result<&'static Rule> {
    let upper = id.to_uppercase();
    if let Some(rule) = Rule::find(&upper) {
        return Ok(rule);
    }
    let family = upper.split('-').next().unwrap_or_default();
    let near: Vec<_> = Rule::all().iter().map(|rule| rule.id).filter(|one| one.starts_with(family)).collect();
    match near.as_slice() {
        [first, .., last] => bail!("there is no rule `{id}`; {family} has {first} to {last}"),
        _ => bail!("there is no rule `{id}`; `velum policy explain` without a rule lists them all"),
    }
}

fn explained(rule: &Rule) -> String {
    let text = rule.text();
    let can = if rule.waivable {
        "two approvers can waive it for at most 180 days, with a reason: see [[waiver]]"
    } else {
        "nobody can waive it"
    };
    let mut lines = vec![
        format!("{}  {}  {}", rule.id, rule.severity.name(), text.flags),
        String::new(),
        format!("law or practice:  {}", rule.article),
        format!("expected:         {}", text.expected),
        format!("why:              {}", text.why),
        format!("what to do:       {}", text.fix.replace("{found}", "what was found")),
        format!("waiver:           {can}"),
    ];
    if let Some(example) = rule.example() {
        lines.push(format!("trips it:         {}", example.fails));
        lines.push(format!("does not:         {}", example.passes));
    }
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_explained_and_an_unknown_one_is_not() {
        for rule in Rule::all() {
            let text = explained(known(&rule.id.to_lowercase()).unwrap());
            assert!(text.contains(rule.article) && text.contains("trips it:"), "{text}");
        }
        assert_eq!(
            known("RET-099").unwrap_err().to_string(),
            "there is no rule `RET-099`; RET has RET-001 to RET-010"
        );
        assert!(known("").is_err() && known("XXX-001").is_err());
    }
}
