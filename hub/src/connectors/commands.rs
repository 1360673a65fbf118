//! `velum-hub connector`: how connectors are, what was refused for good, and trying one.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{AnyTarget, Message, Outcome, Target as _};
use crate::clock::{Clock as _, SystemClock};
use crate::config::{ConnectorConfig, HubConfig};
use crate::store::{ConnectorRow, DeadRow, Store};

/// What can be done with connectors.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectorCommand {
    /// Lists the connectors of hub.toml: how each is, how far behind, and what was in the way last.
    List {
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
    /// Lists what a target refused for good: numbers and reasons.
    Dead(NamedArgs),
    /// Asks the running hub to send dead letters again: one, or all of them.
    Replay {
        #[command(flatten)]
        named: NamedArgs,
        /// The number, as `dead` lists it; without it all.
        #[arg(value_name = "NUMBER")]
        number: Option<u64>,
    },
    /// Sends a message that tells of nothing, from here and now, and says what became of it.
    Test(NamedArgs),
}

/// Which connector of which hub.
#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// `connector.name`, as in hub.toml.
    #[arg(value_name = "NAME")]
    name: String,
    /// The configuration of the hub.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
}

/// Runs one of the subcommands.
///
/// # Errors
/// When there is no such connector, the store cannot be used, or the target does not take the test.
pub(crate) async fn run(command: ConnectorCommand) -> anyhow::Result<()> {
    match command {
        ConnectorCommand::List { config } => list(&HubConfig::read(&config)?).await,
        ConnectorCommand::Dead(args) => dead(&args).await,
        ConnectorCommand::Replay { named, number } => replay(&named, number).await,
        ConnectorCommand::Test(args) => test(&args).await,
    }
}

impl NamedArgs {
    fn resolve(&self) -> anyhow::Result<(HubConfig, ConnectorConfig)> {
        let config = HubConfig::read(&self.config)?;
        let found = config.connectors.iter().find(|one| one.name.as_str() == self.name).cloned();
        let found = found.with_context(|| {
            let names: Vec<&str> = config.connectors.iter().map(|one| one.name.as_str()).collect();
            let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            format!(
                "no [[connector]] `{}` in {}; known: {known}",
                self.name.escape_debug(),
                self.config.display()
            )
        })?;
        Ok((config, found))
    }
}

async fn list(config: &HubConfig) -> anyhow::Result<()> {
    let store = Store::open(&config.database).await?;
    for one in &config.connectors {
        let row = store.connector(&one.name).await?;
        lines(one, row.as_ref()).iter().try_for_each(|line| say(line))?;
    }
    store.close().await;
    Ok(())
}

/// One line, and a second where something is in the way.
fn lines(of: &ConnectorConfig, row: Option<&ConnectorRow>) -> Vec<String> {
    let head = format!("{}  {}  as `{}`", of.name, of.kind.name(), of.recipient);
    let Some(row) = row else { return vec![format!("{head}  has not run yet: start the hub")] };
    let state = if row.state.is_empty() { "starting" } else { row.state.as_str() };
    let acknowledged = row.acknowledged_unix_ms.map_or_else(|| "never".to_owned(), utc);
    let mut lines = vec![format!(
        "{head}  {state} since {}  {} behind  {} dead  last acknowledged {acknowledged}  ({} {})",
        utc(row.changed_unix_ms),
        row.lag,
        row.dead,
        row.stream,
        row.cursor,
    )];
    if !row.error.is_empty() {
        let attempts = if row.attempts > 0 { format!(" ({} attempts)", row.attempts) } else { String::new() };
        lines.push(format!("  {}{attempts}", row.error));
    }
    lines
}

async fn dead(args: &NamedArgs) -> anyhow::Result<()> {
    let (config, connector) = args.resolve()?;
    let store = Store::open(&config.database).await?;
    let dead = store.dead_letters(&connector.name).await;
    store.close().await;
    dead?.iter().try_for_each(|row| say(&dead_line(row)))
}

fn dead_line(row: &DeadRow) -> String {
    let replay = if row.replay { "  to be sent again" } else { "" };
    format!(
        "{} {}  {} UTC  {} attempts  {}{replay}",
        row.stream,
        row.cursor,
        utc(row.dead_unix_ms),
        row.attempts,
        row.reason
    )
}

async fn replay(args: &NamedArgs, number: Option<u64>) -> anyhow::Result<()> {
    let (config, connector) = args.resolve()?;
    let store = Store::open(&config.database).await?;
    let asked = store.ask_replay(&connector.name, number).await;
    store.close().await;
    match (asked?, number) {
        (0, Some(number)) => anyhow::bail!(
            "`{}` has no dead letter {number}; see `velum-hub connector dead {}`",
            connector.name,
            connector.name
        ),
        (count, _) => say(&format!(
            "{count} to be sent again by the running hub: at once, or where it waits for the target, when it tries that again"
        )),
    }
}

async fn test(args: &NamedArgs) -> anyhow::Result<()> {
    let (config, connector) = args.resolve()?;
    let mut target = AnyTarget::open(&connector, config.name())?;
    let id: String = std::iter::repeat_with(fastrand::alphanumeric).take(16).collect();
    let message = Message::Test { id, unix_ms: SystemClock.unix_ms() };
    match target.deliver(&message).await {
        Outcome::Acknowledged => say(&format!("`{}` acknowledged `{}`", connector.name, message.id())),
        Outcome::Refused(reason) => anyhow::bail!("`{}` refuses it for good: {reason}", connector.name),
        Outcome::Failed { reason, .. } => anyhow::bail!("`{}` did not take it: {reason}", connector.name),
    }
}

fn utc(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map_or_else(|_| unix_ms.to_string(), |moment| moment.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("the outcome cannot be printed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::tests::desk::config;

    #[test]
    fn a_line_tells_how_a_connector_is_and_a_second_what_is_in_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let text = "[[connector]]\nname = \"bus\"\nkind = \"mqtt\"\nrecipient = \"city\"\nreason = \"a map\"\n\
                    url = \"mqtts://broker.example.org\"\n";
        let [connector] = config(dir.path(), text).try_into().unwrap();
        assert_eq!(lines(&connector, None), ["bus  mqtt  as `city`  has not run yet: start the hub"]);
        let row = ConnectorRow {
            stream: "records".to_owned(),
            cursor: 41,
            acknowledged_unix_ms: Some(1_796_285_600_000),
            state: "retrying".to_owned(),
            error: "no acknowledgement within 10 s".to_owned(),
            attempts: 3,
            changed_unix_ms: 1_796_285_660_000,
            lag: 7,
            dead: 2,
        };
        assert_eq!(
            lines(&connector, Some(&row)),
            [
                "bus  mqtt  as `city`  retrying since 2026-12-03 08:14:20  7 behind  2 dead  \
                 last acknowledged 2026-12-03 08:13:20  (records 41)",
                "  no acknowledgement within 10 s (3 attempts)",
            ]
        );
    }
}
