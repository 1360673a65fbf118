//! What is wrong with a policy file, where, and how to mend it.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Found, and accepted by two approvers for a time: see the finding's `fix`.
    Waived,
    /// Worth a thought; the file can be signed.
    Warning,
    /// The file cannot be signed, and no box takes it.
    Error,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The key, for example `redaction.method`; empty where the text is no TOML.
    pub key: String,
    /// The rule that found it, for example `RED-002`, where the rule has a name.
    pub rule: Option<&'static str>,
    /// What should be there.
    pub expected: String,
    /// What is there.
    pub found: String,
    /// What to do.
    pub fix: String,
}

impl Severity {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waived => "waived",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Finding {
    /// What stands in a file may be anybody's: it neither commands a terminal nor shows words in another order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", Plain(&self.path), self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", Plain(&self.key))?;
        }
        write!(f, "expected {}, found {}", Plain(&self.expected), Plain(&self.found))?;
        if let Some(rule) = self.rule {
            write!(f, " [{rule}]")?;
        }
        write!(f, "\n  help: {}", Plain(&self.fix))
    }
}

/// Whether it makes what follows read in another direction than it stands.
pub fn turns_around(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

struct Plain<'t>(&'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |c: char| !c.is_control() && !turns_around(c);
        self.0.chars().try_for_each(|c| write!(f, "{}", if is_plain(c) { c } else { '\u{fffd}' }))
    }
}

/// Findings, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    pub(crate) fn new(mut findings: Vec<Finding>) -> Self {
        findings.sort_by(|a, b| (a.line, a.column, a.rule).cmp(&(b.line, b.column, b.rule)));
        Self(findings)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// Whether any of them keeps the file from being signed.
    pub fn has_errors(&self) -> bool {
        self.count(Severity::Error) > 0
    }

    /// How many are of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Only those that keep the file from being signed.
    #[must_use]
    pub fn errors(&self) -> Self {
        Self(self.0.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, finding) in self.0.iter().enumerate() {
            let newline = if n == 0 { "" } else { "\n" };
            write!(f, "{newline}{finding}")?;
        }
        Ok(())
    }
}
