//! Rules about what is taken in, masked and kept.

use crate::check::Report;
use crate::duration::PolicyDuration;
use crate::layers::{Egress, RawStore, Redaction, Target};
use crate::order::{AtLeast, AtMost};
use crate::sections::{Document, Imagery, Regime, RetentionClass};

pub(super) fn capture(report: &mut Report<'_>, document: &Document) {
    let capture = document.capture.filled();
    let switches = [
        ("CAP-001", "capture.audio", capture.audio.0, "no sound"),
        ("CAP-007", "capture.covert", capture.covert.0, "no filming in secret"),
    ];
    for (rule, key, on, expected) in switches {
        if on {
            report.error(rule, key, expected, "`true`", "write `false`, or delete the key");
        }
    }
    let ten_seconds = PolicyDuration::from_secs(10);
    if capture.raw_store != RawStore::Ram || capture.raw_lifetime.0 > ten_seconds {
        report.error(
            "CAP-006",
            "capture.raw_lifetime",
            "raw frames in memory, for at most ten seconds",
            &format!("`{}` for {}", capture.raw_store, capture.raw_lifetime.0),
            "write `raw_store = \"ram\"` and `raw_lifetime = \"PT10S\"` or less",
        );
    }
}

pub(super) fn schedules(report: &mut Report<'_>, document: &Document) {
    for (name, site) in &document.site {
        let key = format!("site.{name}.schedule");
        if site.schedule.is_empty() {
            report.warn(
                "CAP-008",
                &key,
                "a window in which the site is analysed",
                "none",
                "without a window nothing is ever analysed; all week is `days = [\"mon\", ...]`, \
                 `from = \"00:00\"`, `to = \"24:00\"`",
            );
        }
        for (n, window) in site.schedule.iter().enumerate() {
            let key = format!("{key}[{n}]");
            if window.is_empty() || window.days.is_empty() {
                report.error(
                    "CAP-008",
                    &key,
                    "days, and an end that differs from the beginning",
                    "a window that is never open",
                    "name the days and the times; a whole day is `from = \"00:00\", to = \"24:00\"`",
                );
            }
            if window.why.as_deref().unwrap_or_default().trim().is_empty() {
                report.warn("CAP-008", &key, "a reason", "none", "add `why = \"...\"` to the window");
            }
        }
    }
}

/// Each level's redaction: that of the city, and what is left of it for each camera.
pub(super) fn imagery(report: &mut Report<'_>, document: &Document) {
    let redaction = document.redaction.filled();
    if redaction.imagery_egress == Egress::None {
        for (n, event) in document.event.iter().enumerate() {
            if event.imagery != Imagery::None {
                report.error(
                    "RED-009",
                    &format!("event[{n}].imagery"),
                    "no picture, as redaction.imagery_egress is `none`",
                    &format!("`{}`", event.imagery),
                    "write `imagery = \"none\"`",
                );
            }
        }
        return;
    }
    let missing: Vec<_> = Target::ALL.iter().filter(|target| !redaction.targets.contains(*target)).collect();
    for target in missing {
        let (expected, found) =
            ("all of person, head, face and plate, as pictures may leave", format!("no `{target}`"));
        let fix = format!("add `\"{target}\"`, or write `imagery_egress = \"none\"`");
        if *target == Target::Plate && is_fictional(document) {
            report.warn("RED-001", "redaction.targets", expected, &found, &fix);
        } else {
            report.error("RED-001", "redaction.targets", expected, &found, &fix);
        }
    }
    if redaction.imagery_egress == Egress::Live {
        report.warn(
            "RED-008",
            "redaction.imagery_egress",
            "a still for an alert",
            "`live`",
            "write `\"alert-still\"` unless a still is not enough",
        );
    }
    measured(report, document);
}

fn measured(report: &mut Report<'_>, document: &Document) {
    let good = document.redaction.measured.as_ref().is_some_and(|m| {
        m.recall_head.get() >= 0.99 && m.recall_plate.get() >= 0.99 && m.worst_subgroup_recall.get() >= 0.98
    });
    if !good {
        let found = if document.redaction.measured.is_some() { "less" } else { "no measurement" };
        let expected = "a measured recall of at least 0.99 (worst group 0.98), as pictures may leave";
        let fix = "write `imagery_egress = \"none\"` until an evaluation report shows it; copy its figures, invent none";
        if is_fictional(document) {
            report.warn("RED-006", "redaction.measured", expected, found, fix);
        } else {
            report.error("RED-006", "redaction.measured", expected, found, fix);
        }
    }
}

/// A demonstration in the country that does not exist: nobody may be filmed under it, so that what a town must
/// have measured first is only warned of.
fn is_fictional(document: &Document) -> bool {
    document.policy.country.as_str() == FICTIONAL_COUNTRY
}

/// Reserved by ISO 3166-1 for the user: no country will ever have it.
const FICTIONAL_COUNTRY: &str = "ZZ";

pub(super) fn masking(report: &mut Report<'_>, document: &Document) {
    let Redaction { imagery_egress, min_confidence, hold_frames, lookahead_frames, canary_interval, .. } =
        document.redaction.filled();
    if imagery_egress == Egress::None {
        return;
    }
    if min_confidence.0.get() > 0.25 {
        report.error(
            "RED-004",
            "redaction.min_confidence",
            "at most 0.25",
            &min_confidence.0.get().to_string(),
            "write `0.1`: a mask too many is better than a face too few",
        );
    }
    if hold_frames < AtLeast(1) || lookahead_frames < AtLeast(3) {
        report.warn(
            "RED-005",
            "redaction.hold_frames",
            "a hold of about a second, and a look-ahead of three frames",
            &format!("{} and {}", hold_frames.0, lookahead_frames.0),
            "write for example `hold_frames = 12` and `lookahead_frames = 6`",
        );
    }
    let minute = PolicyDuration::from_secs(60);
    if canary_interval == AtMost(PolicyDuration::ZERO) || canary_interval.0 > minute {
        report.error(
            "RED-007",
            "redaction.canary_interval",
            "a test of the masking at least every minute",
            &canary_interval.0.to_string(),
            "write for example `canary_interval = \"PT30S\"`",
        );
    }
}

pub(super) fn retention(report: &mut Report<'_>, document: &Document) {
    let section = &document.retention;
    let limit = |class| match class {
        RetentionClass::Event => section.event,
        RetentionClass::EventUnconfirmed => section.event_unconfirmed,
        RetentionClass::EventConfirmed => section.event_confirmed,
        RetentionClass::Statistic => section.statistic,
    };
    for (n, event) in document.event.iter().enumerate() {
        if limit(event.retention).is_none() {
            report.error(
                "RET-001",
                &format!("event[{n}].retention"),
                &format!("a limit `retention.{}`", event.retention),
                "none: such events would be destroyed at once",
                &format!("add for example `{} = \"P14D\"` to [retention]", event.retention),
            );
        }
    }
    let filled = section.filled();
    if filled.raw_video.0 > PolicyDuration::ZERO {
        report.error(
            "RET-009",
            "retention.raw_video",
            "no raw video",
            &filled.raw_video.0.to_string(),
            "write `raw_video = \"PT0S\"`, or delete the key",
        );
    }
    let unreviewed = PolicyDuration::from_secs(72 * 3_600);
    if document.policy.regime == Regime::Led && filled.event_unconfirmed.0 > unreviewed {
        report.error(
            "RET-008",
            "retention.event_unconfirmed",
            "at most 72 hours for alerts that nobody confirmed",
            &filled.event_unconfirmed.0.to_string(),
            "write `event_unconfirmed = \"PT72H\"` or less",
        );
    }
}
