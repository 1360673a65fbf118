//! The example files, and what is found in a text.

use velum_policy::{Finding, PolicyFile};

pub(crate) fn example(name: &str) -> String {
    let path = format!("{}/examples/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn parsed(name: &str) -> PolicyFile {
    PolicyFile::parse(&example(name), name).unwrap_or_else(|error| panic!("{error}"))
}

/// Every finding about a text, be it by the grammar or by a rule; dates are not judged.
pub(crate) fn findings(text: &str) -> Vec<Finding> {
    found(text, None)
}

/// The same, on a day.
pub(crate) fn linted(text: &str, at: &str) -> Vec<Finding> {
    found(text, Some(at.parse().unwrap()))
}

fn found(text: &str, at: Option<jiff::Timestamp>) -> Vec<Finding> {
    match PolicyFile::parse(text, "policy.toml") {
        Ok(file) => file.lint(at).iter().cloned().collect(),
        Err(error) => error.findings().map(|all| all.iter().cloned().collect()).unwrap_or_default(),
    }
}

/// The demonstration's policy as the set-up fills it.
pub(crate) fn demo(approvers: [&str; 2], dpo: &str) -> String {
    example("demo-policy.toml.in")
        .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
        .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z")
        .replace("@APPROVER_1@", approvers[0])
        .replace("@APPROVER_2@", approvers[1])
        .replace("@DPO_KEY@", dpo)
}

/// The market square's policy, with these approvers and this officer.
pub(crate) fn market_square(approvers: [&str; 2], dpo: &str) -> String {
    example("gdpr-market-square.toml")
        .replace("ed25519:uNq0vY1cQ7pJw2mR9xT4sB6dF8hK3lZ5aE1gI7oU0c=", approvers[0])
        .replace("ed25519:Yk3sD8fG1hJ4kL7zX0cV5bN2mQ9wE6rT8yU1iO4pA=", approvers[1])
        .replace("ed25519:Tf6gH3jK0lZ7xC4vB1nM8aS5dF2qW9eR6tY3uI0oP=", dpo)
}
