//! What does not leave, and why.

use std::fmt;

/// A part that the gate did not let out. It names the rule, and must be told to the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "what was withheld is recorded with the rule that decided: hand it to the outbox"]
pub struct Withheld {
    rule: &'static str,
    detail: String,
}

impl Withheld {
    pub(crate) fn new(rule: &'static str, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }

    /// The rule that decided, for example `schedule`. It travels to the hub.
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// What the rule compared, for the log of the box. It tells nothing of people.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "withheld by the rule `{}`: {}", self.rule, self.detail)
    }
}

impl std::error::Error for Withheld {}
