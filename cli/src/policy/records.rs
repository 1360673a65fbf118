//! `velum policy records`: the record of processing activities, drawn from the policy.
//!
//! Every entry names the key of the policy that it comes from. What the law asks for and the policy does not say is
//! listed as missing: nothing is filled in.

pub(crate) mod items;
mod render;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;
use velum_policy::sections::Document;

use crate::screen;

pub(crate) use render::{STYLE, html_item};

/// What to write, and where.
#[derive(Debug, Args)]
pub(crate) struct RecordsArgs {
    /// The policy (TOML), or a signed one (JSON).
    file: PathBuf,
    /// How to write it.
    #[arg(long, value_enum, default_value = "md")]
    format: Format,
    /// The file to write to, replaced if it is there; standard output if left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// How a record is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For other programs.
    Json,
    /// A page to print or to publish.
    Html,
    /// Text with little markup.
    Md,
}

/// Article 30(1) or 24(1), item by item.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Record {
    /// The article.
    article: &'static str,
    /// Id and version of the policy.
    policy: String,
    holds_from: String,
    holds_until: String,
    items: Vec<Item>,
    /// What the marks beside articles mean.
    marks: &'static str,
}

/// One letter of the article.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Item {
    /// For example `GDPR 30(1)(a)`.
    article: &'static str,
    /// How well the article was checked when this program was written: V, K or U.
    mark: &'static str,
    /// What it asks for.
    asks_for: &'static str,
    entries: Vec<Entry>,
    missing: Vec<Gap>,
}

/// Something that the policy says.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Entry {
    /// The key that says it.
    key: String,
    value: String,
    /// A record has what the policy says and nothing else; an annex has more.
    #[serde(skip)]
    pub(crate) source: Source,
}

/// How it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The policy says so. Nobody looked whether it is so.
    Policy,
    /// The policy says so, and boxes release nothing that is otherwise.
    Held,
    /// It follows from several things that the policy says.
    Follows,
    /// An evaluation measured it.
    Measured,
    /// A rule found it in the policy.
    Found,
}

/// Something that the law asks for and the policy does not say.
#[derive(Debug, PartialEq, Serialize)]
pub(crate) struct Gap {
    /// The key that would say it; none where the language has no such key.
    key: Option<String>,
    what: String,
}

/// What the marks beside articles mean.
pub(crate) const MARKS: &str = "V: read in a source; K: from knowledge, not read again; U: not verified, when this program was \
                     written. Nobody checked this record against the law.";

/// Writes the record.
pub(crate) fn run(args: &RecordsArgs) -> anyhow::Result<ExitCode> {
    let file = super::read(&args.file)?.file()?;
    let record = Record::of(file.document());
    let text = match args.format {
        Format::Json => render::json(&record)?,
        Format::Html => render::html(&record),
        Format::Md => render::markdown(&record),
    };
    match &args.out {
        Some(path) => {
            super::refuse_over(path, &args.file)?;
            super::write_whole(path, &text)?;
            screen::say(&path.display().to_string())?;
        }
        None => screen::say(text.trim_end())?,
    }
    let missing: usize = record.items.iter().map(|item| item.missing.len()).sum();
    if missing > 0 {
        screen::remark(&format!(
            "note: {missing} entries are marked as missing: the policy does not say them"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Record {
    /// That of a policy.
    pub(crate) fn of(document: &Document) -> Self {
        let policy = &document.policy;
        let (article, items) = items::of(document);
        Self {
            article,
            policy: format!("{} {}", policy.id, policy.version),
            holds_from: policy.effective_from.to_string(),
            holds_until: policy.expires.to_string(),
            items,
            marks: MARKS,
        }
    }
}

impl Item {
    pub(crate) fn new(article: &'static str, asks_for: &'static str) -> Self {
        // Both articles are marked so in the study that this program rests on.
        Self { article, mark: "K", asks_for, entries: Vec::new(), missing: Vec::new() }
    }

    /// What a key says; it is missing where it says nothing.
    pub(crate) fn says(&mut self, key: impl Into<String>, what: &str, value: &str) {
        self.tells(Source::Policy, key, what, value);
    }

    /// The same of anything that is known otherwise.
    pub(crate) fn tells(&mut self, source: Source, key: impl Into<String>, what: &str, value: &str) {
        let key = key.into();
        if value.trim().is_empty() {
            self.lacks(Some(key), what);
        } else {
            self.entries.push(Entry { key, value: value.to_owned(), source });
        }
    }

    pub(crate) fn lacks(&mut self, key: Option<String>, what: &str) {
        self.missing.push(Gap { key, what: what.to_owned() });
    }
}
