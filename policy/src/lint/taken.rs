//! CAP and RED: what is taken in, and how it is masked.

use super::Rule;
use super::hits::{Case, Hits, is_blank, quoted};
use crate::duration::PolicyDuration;
use crate::layers::{Egress, Ptz, RawStore, Target};
use crate::order::{AtLeast, AtMost};
use crate::sections::{Imagery, ZoneKind};

pub(super) const CAPTURE: &[Rule] = &[
    Rule::error("CAP-001", "EDPB 3/2019 para 129; GDPR 25(2)", |case, hits| {
        hits.when(case.capture.audio.0, "capture.audio", "`true`");
    })
    .fixed(),
    Rule::error("CAP-002", "EDPB 3/2019 para 129", |case, hits| {
        hits.when(case.capture.digital_zoom.0, "capture.digital_zoom", "`true`");
        hits.when(case.capture.ptz == Ptz::Free, "capture.ptz", "`free`");
    }),
    Rule::warning("CAP-003", "GDPR 5(1)(c), 25(2); LED 20(2)", |case, hits| {
        let AtMost(density) = case.capture.max_px_per_m;
        hits.when((126..250).contains(&density), "capture.max_px_per_m", quoted(density));
    }),
    Rule::error("CAP-004", "GDPR 5(1)(c), 25(2); LED 20(2)", |case, hits| {
        let AtMost(density) = case.capture.max_px_per_m;
        hits.when(density >= 250, "capture.max_px_per_m", quoted(density));
    }),
    Rule::error("CAP-005", "FR CSI L251-3; GDPR 5(1)(c)", |case, hits| {
        for (name, camera) in &case.doc.camera {
            let has_mask = camera.zone.iter().any(|zone| zone.kind == ZoneKind::PrivateMask);
            let bare = camera.views_dwelling && !has_mask;
            hits.when(
                bare,
                format!("camera.{name}.views_dwelling"),
                "`true`, and no zone of kind `private_mask`",
            );
        }
    }),
    Rule::error("CAP-006", "GDPR 5(1)(e), 25; LED 20", |case, hits| {
        let AtMost(lifetime) = case.capture.raw_lifetime;
        hits.when(
            case.capture.raw_store != RawStore::Ram,
            "capture.raw_store",
            quoted(case.capture.raw_store),
        );
        hits.when(lifetime > PolicyDuration::from_secs(10), "capture.raw_lifetime", quoted(lifetime));
    })
    .fixed(),
    Rule::error("CAP-007", "GDPR 5(1)(a), 13; LED 4(1)(a), 13", |case, hits| {
        hits.when(case.capture.covert.0, "capture.covert", "`true`");
    })
    .fixed(),
    Rule::warning("CAP-008", "GDPR 5(1)(c)", schedules),
];

pub(super) const REDACTION: &[Rule] = &[
    Rule::error("RED-001", "GDPR 25(2); LED 20(2)", |case, hits| {
        for target in
            Target::ALL.iter().filter(|one| case.has_egress() && !case.redaction.targets.contains(*one))
        {
            // A demonstration has no model of plates; nobody may ever do without persons, heads and faces.
            let found = format!("no `{target}`");
            match target {
                Target::Plate => hits.soft("redaction.targets", found),
                _ => hits.at("redaction.targets", found),
            }
        }
    })
    .fixed(),
    Rule::unsayable("RED-002", "GDPR 4(5), recital 26, 32; LED 29"),
    Rule::unsayable("RED-003", "GDPR 25(2), 32; LED 20(2), 29"),
    Rule::error("RED-004", "GDPR 25(2)", |case, hits| {
        let AtMost(score) = case.redaction.min_confidence;
        hits.when(case.has_egress() && score.get() > 0.25, "redaction.min_confidence", quoted(score.get()));
    }),
    Rule::warning("RED-005", "GDPR 25(2)", |case, hits| {
        let (AtLeast(hold), AtMost(second)) = (case.redaction.hold_frames, case.capture.max_fps);
        let AtLeast(ahead) = case.redaction.lookahead_frames;
        let found = format!("`{hold}` at up to {second} frames a second");
        hits.when(case.has_egress() && hold < second, "redaction.hold_frames", found);
        hits.when(case.has_egress() && ahead < 3, "redaction.lookahead_frames", quoted(ahead));
    }),
    Rule::error("RED-006", "GDPR 24, 35(7)(d); LED 27(2)", measured).about_papers(),
    Rule::error("RED-007", "GDPR 32; LED 29", |case, hits| {
        let AtMost(interval) = case.redaction.canary_interval;
        let sound = (PolicyDuration::from_secs(1)..=PolicyDuration::from_secs(60)).contains(&interval);
        hits.when(case.has_egress() && !sound, "redaction.canary_interval", quoted(interval));
    }),
    Rule::warning("RED-008", "GDPR 5(1)(c)", |case, hits| {
        let live = case.redaction.imagery_egress == Egress::Live;
        hits.when(live, "redaction.imagery_egress", "`live`");
    }),
    Rule::error("RED-009", "GDPR 5(1)(c)", |case, hits| {
        for (n, event) in case.doc.event.iter().enumerate() {
            let torn = !case.has_egress() && event.imagery != Imagery::None;
            hits.when(torn, format!("event[{n}].imagery"), quoted(event.imagery));
        }
    }),
    Rule::unsayable("RED-010", "GDPR 25(2)"),
    Rule::unsayable("RED-011", "GDPR 4(5), 32; LED 29"),
];

fn schedules(case: &Case<'_>, hits: &mut Hits) {
    for (name, site) in &case.doc.site {
        let key = format!("site.{name}.schedule");
        hits.when(site.schedule.is_empty(), key.as_str(), "no window: nothing is ever analysed");
        for (n, window) in site.schedule.iter().enumerate() {
            let key = format!("{key}[{n}]");
            let shut = window.is_empty() || window.days.is_empty();
            hits.when(shut, key.as_str(), "a window that is never open");
            hits.when(is_blank(window.why.as_deref().unwrap_or_default()), key, "a window without a reason");
        }
    }
}

fn measured(case: &Case<'_>, hits: &mut Hits) {
    if !case.has_egress() {
        return;
    }
    let Some(measured) = &case.doc.redaction.measured else {
        return hits.at("redaction.measured", "no measurement");
    };
    let shares = [
        ("recall_head", measured.recall_head, 0.99),
        ("recall_plate", measured.recall_plate, 0.99),
        ("worst_subgroup_recall", measured.worst_subgroup_recall, 0.98),
    ];
    for (name, share, least) in shares {
        hits.when(share.get() < least, format!("redaction.measured.{name}"), quoted(share.get()));
    }
    hits.when(measured.sample < 10_000, "redaction.measured.sample", quoted(measured.sample));
    hits.when(case.is_older(measured.date, 365), "redaction.measured.date", quoted(measured.date));
}
