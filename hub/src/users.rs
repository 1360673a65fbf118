//! `velum-hub user`: who may log in to the console. People choose their passwords themselves, by a one-time link.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::clock::{Clock as _, SystemClock};
use crate::config::{ConsoleConfig, HubConfig};
use crate::console::{self, Purpose};
use crate::identity::Name;
use crate::recipients;
use crate::store::{NewUser, Store, UserRow};

/// In `data_dir`.
const LINK_FILE: &str = "setup-link";

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Adds a user, and prints a link by which the person chooses a password, once.
    Add {
        #[command(flatten)]
        named: NamedArgs,
        /// The role of a [[recipient]] of the published policies: what the person may read. May be given several
        /// times; without it the person sees how the boxes are, and no event.
        #[arg(long = "recipient", value_name = "ROLE")]
        recipients: Vec<String>,
        /// May let boxes in and shut them out on the page, and look at the audit log. Reads no event by it.
        #[arg(long)]
        administrator: bool,
    },
    /// Lists the users.
    List {
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
    /// Removes a user and ends their logins.
    Remove(NamedArgs),
    /// Ends a user's password and logins, and prints a link by which the person chooses a new one, once.
    Reset(NamedArgs),
}

/// Which user of which hub.
#[derive(Debug, Args)]
pub(crate) struct NamedArgs {
    /// The user's name: 1 to 64 of a-z 0-9 . _ -
    #[arg(value_name = "NAME")]
    name: String,
    /// The configuration of the hub.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
}

/// Runs one of the subcommands.
///
/// # Errors
/// When the name is none or not known, or the store cannot be used.
pub(crate) async fn run(command: UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::Add { named, recipients, administrator } => {
            recipients.iter().try_for_each(|role| recipients::check(role))?;
            let new = NewUser { roles: &recipients, is_administrator: administrator };
            link(&named, Purpose::Add(new)).await
        }
        UserCommand::Reset(args) => link(&args, Purpose::Reset).await,
        UserCommand::List { config } => list(&HubConfig::read(&config)?).await,
        UserCommand::Remove(args) => remove(&args).await,
    }
}

async fn link(args: &NamedArgs, purpose: Purpose<'_>) -> anyhow::Result<()> {
    let (config, name) = args.resolve()?;
    let store = Store::open(&config.database).await?;
    let link = console::new_link(&store, &config, &name, purpose, SystemClock.unix_ms()).await;
    store.close().await;
    writeln!(std::io::stdout(), "{}", link?).context("the link cannot be printed")?;
    let minutes = config.console.as_ref().map_or(0, |console| console.setup_valid.as_secs() / 60);
    writeln!(
        std::io::stderr(),
        "Whoever opens this link first chooses the password of `{name}`, once, within {minutes} minutes."
    )
    .context("the explanation cannot be printed")
}

async fn remove(args: &NamedArgs) -> anyhow::Result<()> {
    let (config, name) = args.resolve()?;
    let store = Store::open(&config.database).await?;
    let removed = store.remove_user(&name).await;
    store.close().await;
    removed?;
    writeln!(std::io::stdout(), "user `{name}` is removed: their logins end within a second")
        .context("the outcome cannot be printed")
}

async fn list(config: &HubConfig) -> anyhow::Result<()> {
    let store = Store::open(&config.database).await?;
    let users = store.users().await;
    store.close().await;
    let mut out = std::io::stdout();
    for user in users? {
        writeln!(out, "{}", line(&user)).context("the list cannot be printed")?;
    }
    Ok(())
}

fn line(user: &UserRow) -> String {
    let state = match (&user.password_hash, user.last_login_unix_ms) {
        (None, _) => "has not chosen a password".to_owned(),
        (Some(_), None) => "has never logged in".to_owned(),
        (Some(_), Some(unix_ms)) => format!("last logged in {} UTC", utc(unix_ms)),
    };
    let standing = if user.is_administrator { "  administrator," } else { "" };
    format!("{}{standing}  {state}", user.name)
}

fn utc(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms)
        .map_or_else(|_| unix_ms.to_string(), |moment| moment.strftime("%Y-%m-%d %H:%M").to_string())
}

/// As long as the console has no user, each start makes a link for the first: printed, where somebody reads it at
/// once, else written to a file, because what a service prints stays in logs.
///
/// # Errors
/// When the store fails, standard output is closed, or the file cannot be written.
pub(crate) async fn offer_first_link(
    store: &Store,
    config: &HubConfig,
    is_read_at_once: bool,
) -> anyhow::Result<()> {
    let Some(console) = &config.console else { return Ok(()) };
    let file = config.data_dir.join(LINK_FILE);
    forget(&file)?;
    let Some(link) = console::first_link(store, console, SystemClock.unix_ms()).await? else { return Ok(()) };
    let minutes = minutes(console);
    if !is_read_at_once {
        keep(&file, &link)?;
        tracing::warn!(file = %file.display(), minutes, "nobody can log in to the console yet; whoever opens the link in this file first becomes its first user");
        return Ok(());
    }
    writeln!(
        std::io::stdout(),
        "Nobody can log in to the console yet. Whoever opens this link first, within {minutes} minutes, becomes its\nfirst user:\n  {link}"
    )
    .context("the link cannot be told")
}

fn minutes(console: &ConsoleConfig) -> u64 {
    console.setup_valid.as_secs() / 60
}

/// Writes a link for the hub's user alone.
fn keep(file: &Path, link: &str) -> anyhow::Result<()> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let written = made.and_then(|mut made| writeln!(made, "{link}"));
    written.with_context(|| format!("{}: the link cannot be written", file.display()))
}

/// Removes an older link: it was used, or a newer one replaces it.
fn forget(file: &Path) -> anyhow::Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{}: an old link cannot be removed", file.display()))
        }
        _ => Ok(()),
    }
}

impl NamedArgs {
    fn resolve(&self) -> anyhow::Result<(HubConfig, Name)> {
        Ok((HubConfig::read(&self.config)?, Name::parse(&self.name.to_lowercase())?))
    }
}
