//! `velum summary`: the account of every box's numbers, and when its cameras were really analysed.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::Args;
use velum_proto::v1::SummaryRequest;

use crate::hub::{HubArgs, refusal};
use crate::json::{BoxView, CoverageView, IncarnationView, SummaryView};
use crate::screen::{Screen, ScreenArgs, Style, harmless, say};
use crate::words;

/// What became of every box's numbers, and the coverage of its cameras in the last 24 hours.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  velum summary --pki pki\n  velum summary --pki pki --json\n\n\
    Of each incarnation of a box's outbox: stored + withheld + expired + lost + missing = highest_sequence.\n\
    Nothing is lost when `lost` and `missing` are 0.\n\
    Fields of --json: boxes [{box, connected, last_seen_unix_ms, version, policy_digest, model_digests,\n\
    incarnations [{incarnation, stored, withheld, expired, lost, missing, highest_sequence}],\n\
    coverage [{camera, hour_unix_secs, secs_by_state, frames_decoded, frames_analysed, frames_dropped,\n\
    stills_withheld (alerts without a still that the policy allows, by the reason)}]}].")]
pub(crate) struct SummaryArgs {
    #[command(flatten)]
    hub: HubArgs,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// Asks the hub and prints.
///
/// # Errors
/// When the hub refuses or cannot be reached.
pub(crate) async fn run(args: SummaryArgs) -> Result<()> {
    let mut client = args.hub.connect().await?;
    let answer = client.summary(SummaryRequest {}).await.map_err(|status| refusal(&status))?;
    let summary = SummaryView::from(answer.into_inner());
    let text = if args.json {
        serde_json::to_string(&summary)?
    } else {
        in_words(&summary, &Screen::of_stdout(&args.screen))
    };
    Ok(say(&text)?)
}

fn in_words(summary: &SummaryView, screen: &Screen) -> String {
    if summary.boxes.is_empty() {
        return "no box is known yet; enrol one: velum-hub enroll BOX".to_owned();
    }
    summary.boxes.iter().map(|one| box_block(one, screen)).collect::<Vec<_>>().join("\n\n")
}

fn box_block(of: &BoxView, screen: &Screen) -> String {
    let connected = if of.connected {
        screen.styled(Style::Good, "connected")
    } else {
        screen.styled(Style::Alarm, "not connected")
    };
    let seen = match of.last_seen_unix_ms {
        Some(unix_ms) => format!("last seen {}", screen.moment(unix_ms)),
        None => "never seen".to_owned(),
    };
    let mut lines = vec![format!("{}  {connected}  {seen}  {}", harmless(&of.r#box), harmless(&of.version))];
    lines.extend(of.incarnations.iter().map(|one| numbers_line(one, screen)));
    let mut by_camera: BTreeMap<&str, Vec<&CoverageView>> = BTreeMap::new();
    for bin in &of.coverage {
        by_camera.entry(&bin.camera).or_default().push(bin);
    }
    let width = by_camera.keys().map(|camera| camera.chars().count()).max().unwrap_or(0);
    for (camera, bins) in by_camera {
        lines.push(camera_line(camera, width, &bins));
        lines.extend(missing_stills(&bins));
    }
    lines.join("\n    ")
}

fn numbers_line(of: &IncarnationView, screen: &Screen) -> String {
    let bad = |count: u64, name: &str| {
        let text = format!("{name} {count}");
        if count == 0 { text } else { screen.styled(Style::Alarm, &text) }
    };
    format!(
        "numbers 1 to {}: stored {} · withheld {} · expired {} · {} · {}  {}",
        of.highest_sequence,
        of.stored,
        of.withheld,
        of.expired,
        bad(of.lost, "lost"),
        bad(of.missing, "missing"),
        screen.styled(Style::Faint, &format!("incarnation {}", of.incarnation)),
    )
}

fn camera_line(camera: &str, width: usize, bins: &[&CoverageView]) -> String {
    let mut secs_by_state: BTreeMap<&str, u64> = BTreeMap::new();
    for (state, secs) in bins.iter().flat_map(|bin| &bin.secs_by_state) {
        *secs_by_state.entry(state).or_default() += u64::from(*secs);
    }
    let states: Vec<String> = secs_by_state
        .iter()
        .filter(|(_, secs)| **secs > 0)
        .map(|(state, secs)| format!("{state} {}", words::duration(*secs as f64)))
        .collect();
    let sum = |of: fn(&CoverageView) -> u64| bins.iter().map(|bin| of(bin)).sum::<u64>();
    format!(
        "{:width$}  last 24 h: {} · frames {} decoded, {} analysed, {} dropped",
        harmless(camera),
        if states.is_empty() { "nothing recorded".to_owned() } else { states.join(", ") },
        sum(|bin| bin.frames_decoded),
        sum(|bin| bin.frames_analysed),
        sum(|bin| bin.frames_dropped),
    )
}

/// One line for each reason, the most frequent first.
fn missing_stills(bins: &[&CoverageView]) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, u64> = BTreeMap::new();
    for (reason, alerts) in bins.iter().flat_map(|bin| &bin.stills_withheld) {
        let sum = by_reason.entry(reason).or_default();
        *sum = sum.saturating_add(u64::from(*alerts));
    }
    let mut reasons: Vec<_> = by_reason.into_iter().filter(|(_, alerts)| *alerts > 0).collect();
    reasons.sort_by_key(|(_, alerts)| std::cmp::Reverse(*alerts));
    let line = |(reason, alerts): (&str, u64)| {
        let alerts = if alerts == 1 { "1 alert".to_owned() } else { format!("{alerts} alerts") };
        format!("  {alerts} without a still: {}", harmless(&words::withheld(reason)))
    };
    reasons.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_in_words() {
        let bin = |hour_unix_secs, secs| CoverageView {
            camera: "plaza-1".to_owned(),
            hour_unix_secs,
            secs_by_state: BTreeMap::from([("analysed", secs), ("offline", 30)]),
            frames_decoded: 100,
            frames_analysed: 90,
            frames_dropped: 10,
            stills_withheld: reasons(&[("too_dark", 1), ("detector_stale", 2), ("from_a_newer_box", 0)]),
        };
        let summary = SummaryView {
            boxes: vec![BoxView {
                r#box: "box-1".to_owned(),
                connected: true,
                last_seen_unix_ms: Some(1_795_270_992_000),
                version: "velum-edge 0.1.0".to_owned(),
                policy_digest: String::new(),
                model_digests: Vec::new(),
                incarnations: vec![IncarnationView {
                    incarnation: "00ff".to_owned(),
                    stored: 12,
                    withheld: 3,
                    expired: 0,
                    lost: 0,
                    missing: 2,
                    highest_sequence: 17,
                }],
                coverage: vec![bin(0, 3_540), bin(3_600, 60)],
            }],
        };
        assert_eq!(
            in_words(&summary, &Screen::plain()),
            "box-1  connected  last seen 2026-11-21 14:23:12 UTC  velum-edge 0.1.0\n    \
             numbers 1 to 17: stored 12 · withheld 3 · expired 0 · lost 0 · missing 2  incarnation 00ff\n    \
             plaza-1  last 24 h: analysed 1 h, offline 1 min · frames 200 decoded, 180 analysed, 20 dropped\n      \
             4 alerts without a still: not every moment around the picture was looked at: \
             the picture stays on the box\n      \
             2 alerts without a still: it was too dark for detection to be believed: \
             the picture stays on the box"
        );
        let json = serde_json::to_string(&summary).unwrap();
        assert!(
            json.contains(r#""stills_withheld":{"detector_stale":2,"from_a_newer_box":0,"too_dark":1}"#),
            "{json}"
        );
    }

    fn reasons(reasons: &[(&str, u32)]) -> BTreeMap<String, u32> {
        reasons.iter().map(|(reason, alerts)| ((*reason).to_owned(), *alerts)).collect()
    }

    #[test]
    fn missing_stills_in_words() {
        let check = |of: &[(&str, u32)], expected: &[&str]| {
            let bin = CoverageView {
                camera: "plaza-1".to_owned(),
                hour_unix_secs: 0,
                secs_by_state: BTreeMap::new(),
                frames_decoded: 0,
                frames_analysed: 0,
                frames_dropped: 0,
                stills_withheld: reasons(of),
            };
            assert_eq!(missing_stills(&[&bin]), expected);
        };
        check(&[], &[]);
        check(&[("from_a_newer_box", 1)], &["  1 alert without a still: from_a_newer_box"]);
        check(
            &[("canary", 2), ("\u{1b}[2J", 7)],
            &[
                &format!("  7 alerts without a still: {}", harmless("\u{1b}[2J")),
                "  2 alerts without a still: a detector no longer finds the test face: \
                 no picture leaves until it does",
            ],
        );
        assert!(!harmless("\u{1b}[2J").contains('\u{1b}'));
    }
}
