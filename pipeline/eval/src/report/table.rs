//! The report for a terminal: the totals, and what each clip adds to them.

use std::fmt::Write as _;

use super::totals::{Stage, interval, per_thousand, percent, run, total};
use super::{FootageKind, PlanInfo, Report, TruthInfo};

const HEAD: [&str; 9] = [
    "truth",
    "plan",
    "pictures",
    "not covered",
    "per 1,000",
    "95 % interval",
    "lenient",
    "longest",
    "masked",
];

pub(super) fn table(report: &Report) -> String {
    let mut text = String::new();
    for (kind, title) in [(FootageKind::Clip, "Video"), (FootageKind::Photographs, "Photographs")] {
        let mut rows = rows(report, kind);
        if !rows.is_empty() {
            rows.insert(0, HEAD.map(str::to_owned).to_vec());
            // Writing to a String does not fail.
            let _ = writeln!(text, "{title}\n{}", aligned(&rows, 2));
        }
    }
    let _ = writeln!(text, "{}", report.definition());
    for missing in &report.absent {
        let _ = writeln!(text, "not here: {missing}");
    }
    text
}

fn rows(report: &Report, kind: FootageKind) -> Vec<Vec<String>> {
    let pairs = report.truths.iter().flat_map(|truth| report.plans.iter().map(move |plan| (truth, plan)));
    pairs
        .flat_map(|(truth, plan)| {
            [Stage::Planned, Stage::Released].map(|stage| row(report, kind, truth, plan, stage))
        })
        .flatten()
        .collect()
}

fn row(
    report: &Report,
    kind: FootageKind,
    truth: &TruthInfo,
    plan: &PlanInfo,
    stage: Stage,
) -> Option<Vec<String>> {
    let total = total(report, kind, &plan.id, &truth.id, stage)?;
    let all = total.all();
    let verified = if stage == Stage::Released { " + verifier" } else { "" };
    let own = if truth.took_part_in(plan) { " (took part)" } else { "" };
    Some(vec![
        format!("{}{own}", truth.id),
        format!("{}{verified}", plan.id),
        format!("{}/{}", total.shown, total.asked),
        format!("{}/{}", all.strict.hits, all.strict.of),
        per_thousand(all.strict),
        interval(all.strict),
        per_thousand(all.lenient),
        run(total.longest),
        percent(total.masked_mean()),
    ])
}

/// Rows as wide as their widest cells; the first columns to the left, the others to the right.
pub(crate) fn aligned(rows: &[Vec<String>], left: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            if column < left { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        // Writing to a String does not fail.
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}
