//! `velum policy publish` and `status`: the way of a signed policy to the boxes, and what runs where.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use tokio::time::Instant;
use tonic::transport::Channel;
use velum_proto::v1::policy_client::PolicyClient;
use velum_proto::v1::policy_receipt::Outcome;
use velum_proto::v1::{
    BoxPolicy, PolicyStatusRequest, PolicyStatusResponse, PublishPolicyRequest, PublishedPolicy,
};

use crate::hub::{HubArgs, refusal};
use crate::screen::{Screen, ScreenArgs, Style, harmless, say};

const POLL: Duration = Duration::from_millis(500);
/// What is shown of a digest.
const DIGEST_CHARS: usize = 12;

/// `velum policy publish`.
#[derive(Debug, Args)]
pub(crate) struct PublishArgs {
    /// The signed policy.
    file: PathBuf,
    /// The data protection officer's opinion on it.
    #[arg(long, value_name = "FILE.opinion.json")]
    opinion: Option<PathBuf>,
    /// Only say what would become of it; nothing is published.
    #[arg(long)]
    check: bool,
    /// How long to wait for the boxes that are connected, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// `velum policy status`.
#[derive(Debug, Args)]
#[command(after_help = "\
Fields of --json: policies [{policy_id, version, digest, status, regime, effective_from_unix_ms, change, signers, has_opinion,
published_by, published_unix_ms}], boxes [{box, connected, policy_id, digest (of what it runs), offered_digest,
outcome (in-force, waits, refused, or null: not answered), reason}].")]
pub(crate) struct StatusArgs {
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    hub: HubArgs,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// Publishes, and waits for the boxes.
///
/// # Errors
/// When the hub refuses or cannot be reached.
pub(crate) async fn run(args: PublishArgs) -> Result<ExitCode> {
    let request = PublishPolicyRequest {
        policy_json: text_of(&args.file)?,
        opinion_json: args.opinion.as_deref().map(text_of).transpose()?,
        check_only: args.check,
    };
    let screen = Screen::of_stdout(&args.screen);
    let mut client = PolicyClient::new(args.hub.channel().await?);
    let answer = client.publish(request).await.map_err(|status| refusal(&status))?.into_inner();
    let policy = answer.policy.context("the hub did not say what it took; update the hub")?;
    let what = match (args.check, answer.was_known) {
        (true, false) => "may be published",
        (false, false) => "is published",
        (_, true) => "was published before",
    };
    say(&format!("{} {what}", named(&policy, &screen)))?;
    if args.check {
        return Ok(ExitCode::SUCCESS);
    }
    let boxes = wait_for_boxes(&mut client, &policy, Duration::from_secs(args.wait)).await?;
    let known = PolicyStatusResponse { policies: ask(&mut client).await?.policies, boxes };
    let lines: Vec<_> = known.boxes.iter().map(|one| line(one, &known, &screen, now_unix_ms())).collect();
    if lines.is_empty() {
        say("no box is connected that runs this policy; each is handed it when it connects")?;
    } else {
        say(&lines.join("\n"))?;
    }
    Ok(code(known.boxes.iter().all(|one| answered(one, &policy.digest) == Some(true))))
}

/// Prints what runs where.
///
/// # Errors
/// When the hub refuses or cannot be reached.
pub(crate) async fn status(args: StatusArgs) -> Result<ExitCode> {
    let mut client = PolicyClient::new(args.hub.channel().await?);
    let found = ask(&mut client).await?;
    if args.json {
        say(&serde_json::to_string(&StatusView::from(&found))?)?;
    } else {
        say(&in_words(&found, &Screen::of_stdout(&args.screen)))?;
    }
    let is_well = |one: &BoxPolicy| {
        one.offered_digest.is_empty() || one.digest == one.offered_digest || one.outcome() == Outcome::Waits
    };
    Ok(code(found.boxes.iter().all(is_well)))
}

fn code(is_good: bool) -> ExitCode {
    if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn text_of(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{}: cannot be read", path.display()))
}

async fn ask(client: &mut PolicyClient<Channel>) -> Result<PolicyStatusResponse> {
    let answer = client.status(PolicyStatusRequest {}).await.map_err(|status| refusal(&status))?;
    Ok(answer.into_inner())
}

/// The connected boxes that run this policy, once each has answered, or the time is over.
async fn wait_for_boxes(
    client: &mut PolicyClient<Channel>,
    policy: &PublishedPolicy,
    longest: Duration,
) -> Result<Vec<BoxPolicy>> {
    let until = Instant::now() + longest;
    loop {
        let mut boxes = ask(client).await?.boxes;
        let concerns =
            |one: &BoxPolicy| one.policy_id == policy.policy_id || one.offered_digest == policy.digest;
        boxes.retain(|one| concerns(one) && one.is_connected);
        // A box that took it connects anew, to say what it runs.
        let is_done = boxes.iter().all(|one| answered(one, &policy.digest).is_some());
        if (is_done && !boxes.is_empty()) || Instant::now() >= until {
            return Ok(boxes);
        }
        tokio::time::sleep(POLL.min(longest)).await;
    }
}

/// Whether the box took this policy; none where it has not answered.
fn answered(of: &BoxPolicy, digest: &[u8]) -> Option<bool> {
    let offered = of.offered_digest == digest;
    match of.outcome() {
        _ if of.digest == digest => Some(true),
        Outcome::InForce | Outcome::Waits if offered => Some(true),
        Outcome::Refused if offered => Some(false),
        _ => None,
    }
}

fn named(policy: &PublishedPolicy, screen: &Screen) -> String {
    let change = match policy.change.as_str() {
        "first" => "the first one",
        "same" => "nothing is said otherwise",
        "every-version" => "only numbers and dates change",
        "more-private" => "more private than the one before",
        "judgement" => "a person had to judge the change",
        "less-private" => "less private than the one before, with the officer's opinion",
        other => other,
    };
    format!(
        "{} {} ({}; from {}; sha256 {})",
        harmless(&policy.policy_id),
        harmless(&policy.version),
        harmless(change),
        screen.moment(policy.effective_from_unix_ms),
        hex::encode(&policy.digest)
    )
}

fn in_words(found: &PolicyStatusResponse, screen: &Screen) -> String {
    let mut lines: Vec<String> = Vec::new();
    for policy in &found.policies {
        let when = screen.moment(policy.published_unix_ms);
        let by = harmless(&policy.published_by);
        lines.push(named(policy, screen));
        lines.push(screen.styled(Style::Faint, &format!("    published {when} by {by}")));
    }
    if lines.is_empty() {
        lines.push("no policy is published; publish one: velum policy publish FILE.signed.json".to_owned());
    }
    lines.push(String::new());
    lines.extend(found.boxes.iter().map(|one| line(one, found, screen, now_unix_ms())));
    if found.boxes.is_empty() {
        lines.push("no box was ever connected".to_owned());
    }
    lines.join("\n")
}

fn now_unix_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// What a version that a box runs lets out now.
fn standing(of: &PublishedPolicy, screen: &Screen, now_unix_ms: i64) -> String {
    if of.status != "active" {
        return screen
            .styled(Style::Notice, &format!(" ({}: nothing leaves but the state of cameras)", of.status));
    }
    if of.effective_from_unix_ms > now_unix_ms {
        let from = screen.moment(of.effective_from_unix_ms);
        return screen.styled(Style::Notice, &format!(" (does not hold before {from})"));
    }
    String::new()
}

fn line(of: &BoxPolicy, known: &PolicyStatusResponse, screen: &Screen, now_unix_ms: i64) -> String {
    let version = |digest: &[u8]| {
        let policy = known.policies.iter().find(|policy| policy.digest == digest);
        policy.map_or_else(
            || format!("sha256 {}…", hex::encode(digest).chars().take(DIGEST_CHARS).collect::<String>()),
            |policy| policy.version.clone(),
        )
    };
    let runs = match of.digest.as_slice() {
        [] => screen.styled(Style::Alarm, "runs no policy (none was taken yet, or what it had was altered)"),
        digest => {
            let policy = known.policies.iter().find(|policy| policy.digest == digest);
            let standing = policy.map(|policy| standing(policy, screen, now_unix_ms)).unwrap_or_default();
            format!("runs {}{standing}", harmless(&version(digest)))
        }
    };
    let of_offer = match (of.outcome(), of.offered_digest.as_slice()) {
        (_, []) => String::new(),
        (_, offered) if offered == of.digest => screen.styled(Style::Good, "  as published"),
        (Outcome::InForce, offered) => screen.styled(Style::Good, &format!("  took {}", version(offered))),
        (Outcome::Waits, offered) => {
            screen.styled(Style::Notice, &format!("  took {}, which waits for its day", version(offered)))
        }
        (Outcome::Refused, offered) => {
            screen.styled(Style::Alarm, &format!("  refused {}: {}", version(offered), of.reason))
        }
        (Outcome::Unspecified, offered) => {
            screen.styled(Style::Notice, &format!("  was handed {}, has not answered", version(offered)))
        }
    };
    let connected = if of.is_connected { "" } else { "  (not connected)" };
    format!("{:16} {runs}{of_offer}{connected}", harmless(&of.r#box))
}

#[derive(Serialize)]
struct StatusView<'a> {
    policies: Vec<PolicyView<'a>>,
    boxes: Vec<BoxView<'a>>,
}

#[derive(Serialize)]
struct PolicyView<'a> {
    policy_id: &'a str,
    version: &'a str,
    digest: String,
    status: &'a str,
    regime: &'a str,
    effective_from_unix_ms: i64,
    change: &'a str,
    signers: &'a [String],
    has_opinion: bool,
    published_by: &'a str,
    published_unix_ms: i64,
}

#[derive(Serialize)]
struct BoxView<'a> {
    r#box: &'a str,
    connected: bool,
    policy_id: &'a str,
    digest: String,
    offered_digest: String,
    outcome: Option<&'static str>,
    reason: &'a str,
}

impl<'a> From<&'a PolicyStatusResponse> for StatusView<'a> {
    fn from(found: &'a PolicyStatusResponse) -> Self {
        let policies = found.policies.iter().map(|of| PolicyView {
            policy_id: &of.policy_id,
            version: &of.version,
            digest: hex::encode(&of.digest),
            status: &of.status,
            regime: &of.regime,
            effective_from_unix_ms: of.effective_from_unix_ms,
            change: &of.change,
            signers: &of.signers,
            has_opinion: of.has_opinion,
            published_by: &of.published_by,
            published_unix_ms: of.published_unix_ms,
        });
        let boxes = found.boxes.iter().map(|of| BoxView {
            r#box: &of.r#box,
            connected: of.is_connected,
            policy_id: &of.policy_id,
            digest: hex::encode(&of.digest),
            offered_digest: hex::encode(&of.offered_digest),
            outcome: match of.outcome() {
                Outcome::InForce => Some("in-force"),
                Outcome::Waits => Some("waits"),
                Outcome::Refused => Some("refused"),
                Outcome::Unspecified => None,
            },
            reason: &of.reason,
        });
        Self { policies: policies.collect(), boxes: boxes.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(digest: &[u8], offered: &[u8], outcome: Outcome) -> BoxPolicy {
        BoxPolicy {
            r#box: "lobby".to_owned(),
            is_connected: true,
            policy_id: "demo".to_owned(),
            digest: digest.to_vec(),
            offered_digest: offered.to_vec(),
            outcome: outcome.into(),
            reason: "DIF-001: \u{1b}[31m no".to_owned(),
        }
    }

    fn check(of: &BoxPolicy, expected: &str, took: Option<bool>) {
        let policy = |version: &str, byte| PublishedPolicy {
            version: version.to_owned(),
            status: "active".to_owned(),
            digest: vec![byte; 32],
            ..PublishedPolicy::default()
        };
        let known = PolicyStatusResponse {
            policies: vec![policy("1.1.0", 2), policy("1.0.0", 1)],
            boxes: Vec::new(),
        };
        assert_eq!(line(of, &known, &Screen::plain(), 0).trim_start_matches("lobby").trim(), expected);
        assert_eq!(answered(of, &[2; 32]), took);
    }

    #[test]
    fn a_box_is_told_of_in_one_line_that_no_box_can_colour() {
        let [old, new] = [vec![1; 32], vec![2; 32]];
        check(
            &row(&[], &[], Outcome::Unspecified),
            "runs no policy (none was taken yet, or what it had was altered)",
            None,
        );
        check(&row(&new, &new, Outcome::InForce), "runs 1.1.0  as published", Some(true));
        check(&row(&old, &new, Outcome::InForce), "runs 1.0.0  took 1.1.0", Some(true));
        check(
            &row(&old, &new, Outcome::Waits),
            "runs 1.0.0  took 1.1.0, which waits for its day",
            Some(true),
        );
        check(&row(&old, &new, Outcome::Unspecified), "runs 1.0.0  was handed 1.1.0, has not answered", None);
        let refused = row(&[7; 32], &new, Outcome::Refused);
        let shown = line(&refused, &PolicyStatusResponse::default(), &Screen::plain(), 0);
        assert!(shown.contains("runs sha256 070707070707…") && !shown.contains('\u{1b}'), "{shown}");
    }
}
