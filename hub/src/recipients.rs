//! `velum-hub recipient`: which people have which role of a `[[recipient]]`, and with it what they may read.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use velum_policy::audit::is_name;

use crate::clock::{Clock as _, SystemClock};
use crate::config::HubConfig;
use crate::identity::{Name, Person};
use crate::store::Store;

/// What can be done with roles.
#[derive(Debug, Subcommand)]
pub(crate) enum RecipientCommand {
    /// Gives a person the role of a recipient.
    Give(GivenArgs),
    /// Takes a role from a person; open lists follow within the next record.
    Take(GivenArgs),
    /// Lists who has which role.
    List {
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
}

/// Which role of whom.
#[derive(Debug, Args)]
pub(crate) struct GivenArgs {
    /// `recipient.role`, as the published policy writes it.
    #[arg(value_name = "ROLE")]
    role: String,
    /// A user of the console, or with --operator the name in an operator's certificate.
    #[arg(value_name = "NAME")]
    name: String,
    /// It is an operator's, as given to `velum pki operator`.
    #[arg(long)]
    operator: bool,
    /// The configuration of the hub.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
}

/// Runs one of the subcommands.
///
/// # Errors
/// When the name or role is none or not known, or the store cannot be used.
pub(crate) async fn run(command: RecipientCommand) -> anyhow::Result<()> {
    match command {
        RecipientCommand::Give(args) => give(&args).await,
        RecipientCommand::Take(args) => take(&args).await,
        RecipientCommand::List { config } => list(&HubConfig::read(&config)?).await,
    }
}

async fn give(args: &GivenArgs) -> anyhow::Result<()> {
    check(&args.role)?;
    let (config, person) = (HubConfig::read(&args.config)?, args.person()?);
    let store = Store::open(&config.database).await?;
    let given = store.give_recipient(&person, &args.role, SystemClock.unix_ms()).await;
    store.close().await;
    given?;
    say(&format!("{person} is `{}` from now on, where a published policy has this recipient", args.role))
}

async fn take(args: &GivenArgs) -> anyhow::Result<()> {
    let (config, person) = (HubConfig::read(&args.config)?, args.person()?);
    let store = Store::open(&config.database).await?;
    let taken = store.take_recipient(&person, &args.role).await;
    store.close().await;
    if !taken? {
        anyhow::bail!("{person} is not `{}`; see `velum-hub recipient list`", args.role.escape_debug());
    }
    say(&format!("{person} is no longer `{}`", args.role))
}

async fn list(config: &HubConfig) -> anyhow::Result<()> {
    let store = Store::open(&config.database).await?;
    let recipients = store.recipients().await;
    store.close().await;
    recipients?.iter().try_for_each(|(person, role)| say(&format!("{role}  {person}")))
}

/// Whether it may be a role: it will stand in the audit log.
///
/// # Errors
/// When it may not.
pub(crate) fn check(role: &str) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_name(role),
        "`{}`: expected the role of a [[recipient]] of the policy, for example `plaza-steward`",
        role.escape_debug()
    );
    Ok(())
}

impl GivenArgs {
    fn person(&self) -> anyhow::Result<Person> {
        if self.operator {
            return Ok(Person::Certificate(Name::parse(&self.name)?));
        }
        Ok(Person::Console(Name::parse(&self.name.to_lowercase())?))
    }
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("the outcome cannot be printed")
}
