//! A record as JSON, as a page, and as text.

use anyhow::Context;

use super::{Entry, Item, Record};
use crate::policy::html::Markup;

/// How such pages look.
pub(crate) const STYLE: &str = include_str!("page.css");

pub(super) fn json(record: &Record) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(record).context("the record cannot be written as JSON")?;
    Ok(text + "\n")
}

pub(super) fn html(record: &Record) -> String {
    let title = format!("Record of processing, {}", record.article);
    let head = Markup::line("h1", "", &title).then(Markup::line("p", "", &from(record)));
    let body = head
        .then(record.items.iter().map(|item| html_item(item, |_| Markup::default())).collect())
        .then(Markup::line("p", "small", &format!("Marks: {}", record.marks)));
    Markup::page("en", &title, &[STYLE], Markup::element("main", "", body))
}

/// One item as a table under its title, each entry behind its label.
pub(crate) fn html_item(item: &Item, label: impl Fn(&Entry) -> Markup) -> Markup {
    let entries = item.entries.iter().map(|entry| {
        let value = label(entry).then(Markup::text(&entry.value));
        let key = Markup::line("code", "", &entry.key);
        Markup::element("td", "", value).then(Markup::element("td", "key", key))
    });
    let missing = item.missing.iter().map(|gap| {
        let key = gap.key.as_deref().map(|key| Markup::line("code", "", key)).unwrap_or_default();
        Markup::line("td", "missing", &format!("missing: {}", gap.what))
            .then(Markup::element("td", "key", key))
    });
    let rows = entries.chain(missing).map(|row| Markup::element("tr", "", row)).collect();
    let title = Markup::text(&format!("{} ", item.article))
        .then(Markup::line("sup", "", item.mark))
        .then(Markup::text(item.asks_for));
    Markup::element("h2", "", title).then(Markup::element("table", "", rows))
}

pub(super) fn markdown(record: &Record) -> String {
    let mut text = format!("# Record of processing, {}\n\n{}\n", record.article, plain(&from(record)));
    for item in &record.items {
        text.push_str(&format!("\n## {} [{}]: {}\n\n", item.article, item.mark, item.asks_for));
        for entry in &item.entries {
            text.push_str(&format!("- {} ({})\n", plain(&entry.value), code(&entry.key)));
        }
        for gap in &item.missing {
            let key = gap.key.as_deref().map(|key| format!(" ({})", code(key))).unwrap_or_default();
            text.push_str(&format!("- **missing**: {}{key}\n", plain(&gap.what)));
        }
    }
    text + &format!("\nMarks: {}\n", record.marks)
}

fn from(record: &Record) -> String {
    format!("Drawn from policy {}, from {} until {}.", record.policy, record.holds_from, record.holds_until)
}

/// Text of a policy in Markdown: nothing in it is markup, and it stays on its line.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!' | '&' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if velum_policy::turns_around(c) => escaped.push('\u{fffd}'),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn code(key: &str) -> String {
    let is_plain = |c: char| c != '`' && !c.is_control() && !velum_policy::turns_around(c);
    let key: String = key.chars().map(|c| if is_plain(c) { c } else { ' ' }).collect();
    format!("`{key}`")
}
