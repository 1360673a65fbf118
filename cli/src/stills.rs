//! `velum stills get`: one redacted still, asked for with a reason.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use tonic::{Code, Status};
use velum_proto::v1::stills_client::StillsClient;
use velum_proto::v1::{GetStillRequest, Still};

use crate::hub::{HubArgs, refusal};
use crate::json::TimeView;
use crate::screen::{Screen, ScreenArgs, say};
use crate::words;

/// Redacted stills of alerts.
#[derive(Debug, Args)]
pub(crate) struct StillsArgs {
    #[command(subcommand)]
    command: StillsCommand,
}

#[derive(Debug, Subcommand)]
enum StillsCommand {
    /// Fetches the redacted still of one alert from the box, if the policy lets it out.
    #[command(after_help = "Example:\n  \
        velum stills get 6f0c... --purpose plaza-safety --reason \"who left the suitcase?\" -o still.jpg\n\n\
        EVENT is the id of the event that raised the alert (`velum events list --json`, field `event.id`).\n\
        Your name, the purpose and the reason are written into the audit logs of hub and box before the box is\n\
        asked. The file is yours to protect and to delete.")]
    Get {
        #[command(flatten)]
        hub: HubArgs,
        /// The id of the event that raised the alert, 32 hexadecimal digits.
        #[arg(value_name = "EVENT")]
        event: String,
        /// A purpose id of the policy.
        #[arg(long, value_name = "PURPOSE")]
        purpose: String,
        /// Why the picture is needed, 1 to 500 characters.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Where to write the picture; an existing file is not overwritten.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        screen: ScreenArgs,
    },
}

/// Runs the subcommand.
///
/// # Errors
/// When the hub or the box refuse, or the file cannot be written.
pub(crate) async fn run(args: StillsArgs) -> Result<()> {
    let StillsCommand::Get { hub, event, purpose, reason, output, screen } = args.command;
    let request = GetStillRequest { event_id: event_id(&event)?, purpose, justification: reason };
    // Before anything is asked for: a picture that cannot be kept should not be looked up in vain.
    if output.try_exists().with_context(|| output.display().to_string())? {
        bail!("{}: is there already; name another file", output.display());
    }
    let mut client = StillsClient::new(hub.channel().await?);
    let answer = client.get(request).await.map_err(|status| refused(&status))?;
    let still = answer.into_inner().still.context("the hub sent no picture; update the hub")?;
    write(&output, &still.jpeg).with_context(|| format!("{}: cannot be written", output.display()))?;
    Ok(say(&outcome(&still, &output, &Screen::of_stdout(&screen)))?)
}

/// The id of an event, as it is typed.
///
/// # Errors
/// When it is none.
pub(crate) fn event_id(text: &str) -> Result<Vec<u8>> {
    match hex::decode(text) {
        Ok(id) if id.len() == 16 => Ok(id),
        _ => bail!(
            "`{text}`: expected the id of an event, 32 hexadecimal digits, as in `velum events list --json`"
        ),
    }
}

/// Readable by this user alone.
fn write(path: &Path, jpeg: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(jpeg)?;
    file.sync_all()
}

fn outcome(still: &Still, path: &Path, screen: &Screen) -> String {
    let taken = still
        .captured
        .map_or_else(String::new, |instant| format!(", taken {}", screen.time(TimeView::from(instant))));
    format!(
        "{}: {} x {} pixels, {:.0} % painted over{taken}",
        path.display(),
        still.width_px,
        still.height_px,
        still.covered_fraction * 100.0
    )
}

/// The rule in plain words, where the refusal names one.
fn refused(status: &Status) -> anyhow::Error {
    let rule = status.message().strip_prefix("withheld by rule `").and_then(|rest| rest.strip_suffix('`'));
    match (status.code(), rule) {
        (Code::PermissionDenied, Some(rule)) => {
            anyhow::anyhow!("withheld by rule `{rule}`: {}", words::withheld(rule))
        }
        _ => refusal(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_withheld_still_is_told_in_plain_words() {
        let check = |status: &Status, expected: &str| assert_eq!(refused(status).to_string(), expected);
        check(
            &Status::permission_denied("withheld by rule `imagery_egress`"),
            "withheld by rule `imagery_egress`: the policy lets no picture leave the box",
        );
        check(
            &Status::permission_denied("withheld by rule `from_a_newer_box`"),
            "withheld by rule `from_a_newer_box`: from_a_newer_box",
        );
        assert!(
            refused(&Status::permission_denied("another")).to_string().contains("the hub refused: another")
        );
    }

    #[test]
    fn only_an_id_is_an_id() {
        assert_eq!(event_id(&"ab".repeat(16)).unwrap(), [0xab; 16]);
        for text in ["", "ab", "zz", &"ab".repeat(17)] {
            assert!(event_id(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_file_is_private_and_never_overwritten() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("still.jpg");
        write(&path, b"first").unwrap();
        assert!(write(&path, b"second").is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
