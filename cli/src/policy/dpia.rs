//! `velum policy dpia`: the annex to an impact assessment, in the order of GDPR 35(7).
//!
//! Each line is marked by how it is known: what the policy says, which nobody looked at here, stands apart from what
//! boxes hold to and from what was measured. What is not measured is said to be not measured; necessity, risks and the
//! conclusion are left to people.

mod figures;
mod sections;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use velum_policy::PolicyFile;

use crate::policy::html::Markup;
use crate::policy::records::{Entry, MARKS, STYLE, Source, html_item};
use crate::screen;
use figures::Report;
use sections::Section;

/// What to write, and out of what.
#[derive(Debug, Args)]
pub(crate) struct DpiaArgs {
    /// The policy (TOML), or a signed one (JSON).
    file: PathBuf,
    /// A report of `velum-edge eval` (report.json); give it once for each report.
    #[arg(long, value_name = "EVAL/report.json")]
    report: Vec<PathBuf>,
    /// The page to write; replaced if it is there.
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    /// Judge the dates as on this day, for example 2026-12-01; today if left out.
    #[arg(long, value_name = "DATE", value_parser = super::moment)]
    at: Option<Timestamp>,
}

/// Writes the annex.
pub(crate) fn run(args: &DpiaArgs) -> anyhow::Result<ExitCode> {
    let file = super::read(&args.file)?.file()?;
    let reports = args.report.iter().map(|path| {
        let shown = path.display().to_string();
        Report::parse(&std::fs::read(path).with_context(|| shown.clone())?, &shown)
    });
    let reports = reports.collect::<anyhow::Result<Vec<_>>>()?;
    let page = page(&file, &reports, args.at.unwrap_or_else(Timestamp::now));
    for input in std::iter::once(&args.file).chain(&args.report) {
        super::refuse_over(&args.out, input)?;
    }
    super::write_whole(&args.out, &page)?;
    screen::say(&args.out.display().to_string())?;
    if reports.is_empty() {
        screen::remark("note: without --report nothing is measured; `velum-edge eval` makes a report")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The annex as a page.
fn page(file: &PolicyFile, reports: &[Report], at: Timestamp) -> String {
    let document = file.document();
    let policy = &document.policy;
    let title = format!("Annex to the impact assessment: policy {} {}", policy.id, policy.version);
    let assessment = document.supervision.as_ref().map_or("none yet", |one| one.dpia.reference.as_str());
    let head = Markup::line("h1", "", &title)
        .then(Markup::line("p", "", &format!("Assessment: {assessment}. Drawn on the day {}.", day(at))))
        .then(Markup::line(
            "p",
            "",
            "Each line has the key of the policy, or the report, that it comes from, and how it is known:",
        ))
        .then(Markup::list(
            "",
            LABELS
                .iter()
                .map(|(_, label, meaning)| Markup::line("strong", "", label).then(Markup::text(meaning))),
        ));
    let sections: Markup = sections::of(file, reports, at).iter().map(section).collect();
    let body = head.then(sections).then(Markup::line("p", "small", &format!("Marks: {MARKS}")));
    Markup::page("en", &title, &[STYLE], Markup::element("main", "", body))
}

/// How something is known, in words.
const LABELS: [(Source, &str, &str); 5] = [
    (Source::Policy, "The policy says:", "a statement of the policy. Nobody looked here whether it is so."),
    (
        Source::Held,
        "Boxes hold to it:",
        "the policy says so, and a box under it releases nothing that is otherwise.",
    ),
    (Source::Follows, "It follows:", "from several statements of the policy, the key says how."),
    (
        Source::Measured,
        "Measured:",
        "in an evaluation whose report is named; on other footage it may be otherwise.",
    ),
    (Source::Found, "Found:", "by a rule of the check in this policy, or waived by the policy."),
];

/// How an entry is known.
fn label(entry: &Entry) -> Markup {
    let known = LABELS.iter().find(|(source, ..)| *source == entry.source);
    known.map(|(_, label, _)| Markup::line("strong", "", label)).unwrap_or_default()
}

fn section(section: &Section) -> Markup {
    let items: Markup = section.items.iter().map(|item| html_item(item, label)).collect();
    let judged = section.judged.iter().map(|what| {
        Markup::element("div", "judge", Markup::text(&format!("To be written by people: {what}")))
    });
    Markup::line("h1", "", section.title).then(items).then(judged.collect())
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
