//! The report as one HTML page that needs nothing else: no script, no font, no picture from elsewhere.

use std::fmt::Write as _;

use super::plot::{Line, escaped, rates};
use super::scene::scene;
use super::totals::{Stage, Total, interval, outcome_of, per_thousand, percent, run, total};
use super::{FootageKind, PlanInfo, Report, TruthInfo};
use crate::outcome::WorstPicture;

/// So many of the worst pictures are drawn for each plan whose pictures are verified.
const DRAWN_MAX: usize = 12;

pub(super) fn page(report: &Report) -> String {
    let mut html = head(report);
    html.push_str(&summary(report));
    for (kind, title) in [(FootageKind::Clip, "Video"), (FootageKind::Photographs, "Photographs")] {
        if report.footage.iter().any(|footage| footage.kind == kind) {
            // Writing to a String does not fail.
            let _ = write!(html, "<h2>{title}: who is not covered, per 1,000</h2>");
            report.truths.iter().for_each(|truth| html.push_str(&truth_section(report, kind, truth)));
            html.push_str(&per_footage(report, kind));
        }
    }
    html.push_str(&withheld(report));
    html.push_str(&worst(report));
    html.push_str(&provenance(report));
    html.push_str("</main></body></html>\n");
    html
}

fn head(report: &Report) -> String {
    let style = include_str!("page.css");
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Leak measurement</title><style>{style}</style></head><body><main>\
         <h1>Leak measurement</h1><p>{}</p><p class=\"note\">{} · {} frames a second, at most {} px wide · each clip's \
         beginning played back and forth for {} s before it · took {:.0} s</p><p>{}</p><p class=\"note\">Intervals \
         are Wilson's, 95 %, and take every box for itself; boxes of one clip are alike, so the true uncertainty is \
         larger. A truth marked <em>took part</em> is of a model that helped to make the plan: it misses whom the \
         plan misses, and its figure flatters.</p>",
        escaped(&report.about),
        escaped(&report.made_at),
        report.fps,
        report.width_px,
        report.warm_up_secs,
        report.secs,
        escaped(&report.definition())
    )
}

/// The plans as they would run, in one table.
fn summary(report: &Report) -> String {
    let mut rows = String::new();
    for (kind, footage) in [(FootageKind::Clip, "video"), (FootageKind::Photographs, "photographs")] {
        for plan in report.plans.iter().filter(|plan| plan.verified) {
            for truth in &report.truths {
                let total = total(report, kind, &plan.id, &truth.id, Stage::Released);
                rows.push_str(
                    &total.map_or_else(String::new, |total| summary_row(footage, plan, truth, &total)),
                );
            }
        }
    }
    format!(
        "<h2>In short: pictures that would be released</h2><table><thead><tr><th>footage</th><th>plan</th><th>truth\
         </th><th>withheld</th><th>not covered</th><th>per 1,000</th><th>interval</th><th>longest</th><th>masked, \
         mean</th><th>p95, worst footage</th></tr></thead><tbody>{rows}</tbody></table>"
    )
}

fn summary_row(footage: &str, plan: &PlanInfo, truth: &TruthInfo, total: &Total) -> String {
    let strict = total.all().strict;
    let own = if truth.took_part_in(plan) { " (took part)" } else { "" };
    let withheld = total.asked - total.shown;
    format!(
        "<tr><td>{footage}</td><td>{}</td><td>{}{own}</td><td class=\"n\">{withheld}/{}</td><td class=\"n\">{}/{}\
         </td><td class=\"n\">{}</td><td class=\"ci\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td \
         class=\"n\">{}</td></tr>",
        escaped(&plan.id),
        escaped(&truth.id),
        total.asked,
        strict.hits,
        strict.of,
        per_thousand(strict),
        interval(strict),
        run(total.longest),
        percent(total.masked_mean()),
        percent(total.masked_p95)
    )
}

fn stages(plan: &PlanInfo) -> impl Iterator<Item = Stage> {
    [Stage::Planned, Stage::Released].into_iter().take(if plan.verified { 2 } else { 1 })
}

fn label(plan: &PlanInfo, stage: Stage) -> String {
    if stage == Stage::Released { format!("{} + verifier", plan.id) } else { plan.id.clone() }
}

fn truth_section(report: &Report, kind: FootageKind, truth: &TruthInfo) -> String {
    let mut lines = Vec::new();
    let mut rows = String::new();
    for plan in &report.plans {
        for stage in stages(plan) {
            let Some(total) = total(report, kind, &plan.id, &truth.id, stage) else { continue };
            let own = if truth.took_part_in(plan) { " (took part)" } else { "" };
            let label = format!("{}{own}", label(plan, stage));
            let class = if truth.took_part_in(plan) { "own" } else { "plan" };
            let title = format!("{}: {}", plan.id, plan.settings);
            let note = format!("{} masked", percent(total.masked_mean()));
            lines.push(Line { label: label.clone(), title, tally: total.all().strict, note, class });
            rows.push_str(&size_row(&label, &total));
        }
    }
    if lines.is_empty() {
        return String::new();
    }
    let real = truth.model.as_ref().map_or("annotated by people".to_owned(), |model| {
        format!("pseudo truth: {model}, {}", truth.settings)
    });
    let bounds = truth.kind.size_bounds_px();
    let sizes = [
        format!("{}–{} px", bounds[0], bounds[1]),
        format!("{}–{} px", bounds[1], bounds[2]),
        format!("from {} px", bounds[2]),
    ];
    let heads: String = sizes.iter().map(|size| format!("<th colspan=\"2\">{size}</th>")).collect();
    format!(
        "<section><h3>{} <small>{} · {}</small></h3>{}<details open><summary>By size, and what it costs</summary>\
         <table><thead><tr><th>plan</th><th colspan=\"2\">all sizes</th>{heads}<th>lenient</th><th>bare</th>\
         <th>longest</th><th>masked, mean</th></tr></thead><tbody>{rows}</tbody></table></details></section>",
        escaped(&truth.id),
        truth.kind.plural(),
        escaped(&real),
        rates(&lines)
    )
}

fn size_row(label: &str, total: &Total) -> String {
    let all = total.all();
    let rate = |tally| {
        format!("<td class=\"n\">{}</td><td class=\"ci\">{}</td>", per_thousand(tally), interval(tally))
    };
    let sizes: String = total.by_size.iter().map(|size| rate(size.strict)).collect();
    format!(
        "<tr><td>{}</td>{}{sizes}<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
         <td class=\"n\">{}</td></tr>",
        escaped(label),
        rate(all.strict),
        per_thousand(all.lenient),
        per_thousand(all.bare),
        run(total.longest),
        percent(total.masked_mean())
    )
}

/// Each clip apart, for the plans whose pictures are verified.
fn per_footage(report: &Report, kind: FootageKind) -> String {
    let mut html = String::from("<h3>Each apart</h3>");
    for plan in report.plans.iter().filter(|plan| plan.verified) {
        let mut rows = String::new();
        for footage in report.footage.iter().filter(|footage| footage.kind == kind) {
            let Some(outcome) = outcome_of(footage, &plan.id) else { continue };
            for stage in stages(plan) {
                let Some(outcome) = stage.of(outcome) else { continue };
                for against in &outcome.against {
                    let all = against.all();
                    // Writing to a String does not fail.
                    let _ = write!(
                        rows,
                        "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}/{}</td><td class=\"n\">{}/{}</td>\
                         <td class=\"n\">{}</td><td class=\"ci\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}\
                         </td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                        escaped(&footage.id),
                        escaped(&against.truth),
                        if stage == Stage::Released { "verified" } else { "planned" },
                        outcome.shown,
                        outcome.asked,
                        all.strict.hits,
                        all.strict.of,
                        per_thousand(all.strict),
                        interval(all.strict),
                        per_thousand(all.lenient),
                        run(against.longest),
                        percent(outcome.masked_mean),
                        percent(outcome.masked_p95)
                    );
                }
            }
        }
        let _ = write!(
            html,
            "<details><summary>{}</summary><table><thead><tr><th>footage</th><th>truth</th><th>pictures</th>\
             <th>shown</th><th>not covered</th><th>per 1,000</th><th>interval</th><th>lenient</th><th>longest</th>\
             <th>masked, mean</th><th>p95</th></tr></thead><tbody>{rows}</tbody></table></details>",
            escaped(&plan.id)
        );
    }
    html
}

/// How many pictures did not come, and why.
fn withheld(report: &Report) -> String {
    let mut rows = String::new();
    for plan in report.plans.iter().filter(|plan| plan.verified) {
        for footage in &report.footage {
            let Some(outcome) = outcome_of(footage, &plan.id).and_then(|o| o.released.as_ref()) else {
                continue;
            };
            let reasons: Vec<_> =
                outcome.withheld.iter().map(|(code, count)| format!("{code} {count}")).collect();
            let share =
                (outcome.asked > 0).then(|| (outcome.asked - outcome.shown) as f64 / outcome.asked as f64);
            let _ = write!(
                rows,
                "<tr><td>{}</td><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>\
                 <td>{}</td></tr>",
                escaped(&plan.id),
                escaped(&footage.id),
                outcome.asked,
                outcome.shown,
                percent(share),
                escaped(&reasons.join(", "))
            );
        }
    }
    format!(
        "<h2>Pictures withheld</h2><details><summary>By plan and footage, with the reason</summary><table><thead>\
         <tr><th>plan</th><th>footage</th><th>asked</th><th>shown</th><th>withheld</th><th>why</th></tr></thead>\
         <tbody>{rows}</tbody></table></details>"
    )
}

fn worst(report: &Report) -> String {
    let mut html = String::from(
        "<h2>The worst pictures</h2><p class=\"note\">Boxes only: <span class=\"key mask\"></span> mask, <span \
         class=\"key covered\"></span> covered, <span class=\"key uncovered\"></span> not covered, strictly. At most \
         two of each footage and truth, those that people annotated first; planned masks, before verification.</p>",
    );
    for plan in report.plans.iter().filter(|plan| plan.verified) {
        let mut all: Vec<(&str, &WorstPicture)> = report
            .footage
            .iter()
            .filter_map(|footage| Some((footage.id.as_str(), outcome_of(footage, &plan.id)?)))
            .flat_map(|(id, outcome)| outcome.planned.worst.iter().map(move |picture| (id, picture)))
            .collect();
        // What people annotated first; then as a share of the width, so that large pictures do not lead for their size.
        let is_pseudo = |picture: &WorstPicture| {
            report.truths.iter().any(|truth| truth.id == picture.truth && truth.model.is_some())
        };
        let badness = |picture: &WorstPicture| picture.badness_px / f64::from(picture.size_px.0.max(1));
        let order = |a: &WorstPicture, b: &WorstPicture| {
            is_pseudo(a).cmp(&is_pseudo(b)).then(badness(b).total_cmp(&badness(a)))
        };
        all.sort_by(|a, b| order(a.1, b.1));
        let drawn: String = all.iter().take(DRAWN_MAX).map(|(id, picture)| scene(id, picture)).collect();
        let _ = write!(html, "<h3>{}</h3><div class=\"scenes\">{drawn}</div>", escaped(&plan.id));
    }
    html
}

fn provenance(report: &Report) -> String {
    let row = |cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("<td>{}</td>", escaped(cell))).collect();
        format!("<tr>{cells}</tr>")
    };
    let plans: String = (report.plans.iter())
        .map(|plan| {
            row(&[&plan.id, &plan.planned_by.join(", "), &plan.verifier, &plan.settings, &plan.about])
        })
        .collect();
    let footage: String = (report.footage.iter())
        .map(|footage| row(&[&footage.id, &footage.pictures.to_string(), &footage.tuned]))
        .collect();
    let models: String = report.models.iter().map(|(name, digest)| row(&[name, digest])).collect();
    let absent: String =
        report.absent.iter().map(|missing| format!("<li>{}</li>", escaped(missing))).collect();
    let absent =
        if absent.is_empty() { String::new() } else { format!("<h3>Not here</h3><ul>{absent}</ul>") };
    format!(
        "<h2>What was measured</h2><h3>Plans</h3><table><thead><tr><th>plan</th><th>planned by</th><th>verifier</th>\
         <th>settings</th><th>shows</th></tr></thead><tbody>{plans}</tbody></table><h3>Footage, and what was tuned \
         or trained on it</h3><table><thead><tr><th>footage</th><th>pictures</th><th>tuned or trained</th></tr>\
         </thead><tbody>{footage}</tbody></table><h3>Models</h3><table><thead><tr><th>model</th><th>sha256</th></tr>\
         </thead><tbody>{models}</tbody></table>{absent}"
    )
}
