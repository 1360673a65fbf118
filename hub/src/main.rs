//! The control room's server: takes records from boxes, keeps them, and shows them.
//!
//! In the order of a record's way: `tls`, `places` and `identity` let a box in, `uplink` converses with it, `record`
//! checks what it says, `store` keeps it, `access` decides who may see it, `events` shows it to programs and `console`
//! to people, `reviews` takes what people found and shows what was decided, `following` is how streams are read, `statistics` adds up, and
//! `connectors` hand on to machines by it. `stills` fetches a
//! redacted still on request, `settings` hands changes of their cameras' settings to boxes, `suspensions` lets boxes and cameras rest, `pending`
//! knows which answers of boxes are waited for, `audit` knows who looked at what. Beside them: `enrolment` makes boxes known,
//! `operators` lets people with a certificate in, `sessions` knows who is connected, `users` who may log in,
//! `recipients` who has which role, `backup` copies all of it and puts it back, `check` says what is wrong with it,
//! `metrics` how it is, `server` puts all together.

mod access;
mod audit;
mod authority;
mod backup;
mod certificates;
mod check;
mod client_tls;
mod clock;
mod config;
mod connectors;
mod console;
mod disk;
mod enrolment;
mod events;
mod exercises;
mod following;
mod harden;
mod identity;
mod listener;
mod logs;
mod metrics;
mod operators;
mod orders;
mod pending;
mod places;
mod plans;
mod policies;
mod recipients;
mod record;
mod replicas;
mod rest;
mod retention;
mod reviews;
mod secret;
mod secret_file;
mod server;
mod sessions;
mod settings;
mod statistics;
mod stills;
mod store;
mod suspensions;
mod telling;
mod tls;
mod uplink;
mod users;
mod words;

use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use sd_notify::NotifyState;
use tokio::signal::unix::{SignalKind, signal};

use clock::{Clock as _, SystemClock};
use config::HubConfig;
use identity::{Name, Role};
use logs::LogFormat;
use server::Hub;
use store::Store;

/// The control room's server: takes records from boxes over mutual TLS, keeps them, and shows them.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "\
A first hub, step by step:
  velum pki init --dir pki --hub-name localhost     certificates and keys
  velum-hub run --config hub.toml                   after the example examples/hub.toml
  (open the link that it prints)                    the first user of the console
  velum-hub enroll tram-hub-3 --config hub.toml     a token for one box
  velum events tail --pki pki                       what the boxes report"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the hub until SIGTERM or SIGINT.
    #[command(after_help = "Example:\n  velum-hub run --config /etc/velum/hub.toml --log-format json\n\n\
        With a table [console] in the configuration, operators open https://HOST:8443.\n\
        As long as the console has no user, each start makes a link by which one person chooses\n\
        a name and a password; it works once and expires. On a terminal it is printed; elsewhere,\n\
        as under a service manager that keeps logs, it is written to DATA_DIR/setup-link.\n\
        Further people: velum-hub user add NAME --recipient ROLE. What somebody may read is decided by\n\
        the [[recipient]]s of the published policies; who is which, by velum-hub recipient.\n\n\
        Who logged in and who asked for which still stands in the audit log:\n  \
        velum audit verify DATA_DIR/audit --key DATA_DIR/audit.pub\n\n\
        RUST_LOG chooses what is logged, for example RUST_LOG=velum_hub=debug.")]
    Run {
        /// The configuration; examples/hub.toml explains it.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
        /// Prints the link for the console's first user though standard output is no terminal: a secret, until used.
        #[arg(long)]
        print_setup_link: bool,
        /// How log lines look.
        #[arg(long, value_enum, default_value = "text")]
        log_format: LogFormat,
    },
    /// Who may log in to the console.
    #[command(after_help = "Examples:\n  \
        velum-hub user add anna --recipient plaza-steward --config hub.toml\n                                                  \
        a link for anna to choose a password\n  \
        velum-hub user reset anna --config hub.toml     her password and logins end; a new link\n  \
        velum-hub user remove anna --config hub.toml    her logins end within a second\n  \
        velum-hub user list --config hub.toml\n\n\
        The hub may be running meanwhile. A link alone goes to standard output; it is a secret until it is used.")]
    User {
        #[command(subcommand)]
        command: users::UserCommand,
    },
    /// What people may read: which of them has which role of a [[recipient]] of the published policies.
    #[command(after_help = "Examples:\n  \
        velum-hub recipient give plaza-steward anna --config hub.toml              a user of the console\n  \
        velum-hub recipient give plaza-steward dispatch --operator --config hub.toml   a certificate\n  \
        velum-hub recipient take plaza-steward anna --config hub.toml\n  \
        velum-hub recipient list --config hub.toml\n\n\
        Without a role a person sees how the boxes are, and no event. The hub may be running meanwhile; what\n\
        changed is in its audit log.")]
    Recipient {
        #[command(subcommand)]
        command: recipients::RecipientCommand,
    },
    /// Says what is good, doubtful and wrong with this hub, and how to mend it; changes nothing.
    #[command(after_help = "Examples:\n  \
        velum-hub check --config /etc/velum/hub.toml\n  \
        velum-hub check --config /etc/velum/hub.toml --backups /var/backups/velum --format json\n\n\
        Before the first start, after an upgrade, or each night; the hub may be running meanwhile. As the hub's user or\n\
        as root. Ends with 0 where all is good, 1 where something is doubtful, 2 where something is wrong.")]
    Check(check::CheckArgs),
    /// Asks the hub that runs whether it is well, as its page `/healthz` says; for health checks of containers.
    #[command(
        after_help = "Needs `metrics_listen` in the configuration. Ends with 0 where the hub is well, 1 where it is not \
        or does not answer."
    )]
    Alive {
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
    /// Copies the database, the audit log and its key into a folder; the hub may be running meanwhile.
    #[command(
        after_help = "Example, each night:\n  velum-hub backup --to /var/backups/velum --config /etc/velum/hub.toml\n\n\
        Prints the folder, for example /var/backups/velum/velum-hub-20261126T020000Z. What retention has deleted is not\n\
        in it. Back up the folder of certificates ([tls], pki_dir) besides: once is enough."
    )]
    Backup(backup::BackupArgs),
    /// Puts a backup back into an empty `data_dir`; the hub must not be running.
    #[command(after_help = "Example:\n  \
        systemctl stop velum-hub && mv /var/lib/velum-hub /var/lib/velum-hub.old\n  \
        velum-hub restore --from /var/backups/velum/velum-hub-20261126T020000Z --config /etc/velum/hub.toml\n\n\
        Each file must be, byte for byte, what was backed up. What has become older than `retention_days` meanwhile is\n\
        deleted before the hub runs on it. It says what has to be done again.")]
    Restore(backup::RestoreArgs),
    /// Where events are handed on to: the [[connector]]s of hub.toml.
    #[command(after_help = "Examples:\n  \
        velum-hub connector list --config hub.toml              how each is, and what is in the way\n  \
        velum-hub connector test dispatch --config hub.toml     a message that tells of nothing\n  \
        velum-hub connector dead dispatch --config hub.toml     what its target refused for good\n  \
        velum-hub connector replay dispatch 1041 --config hub.toml   one of them again; without a number all\n\n\
        A connector sends what the [[recipient]] that it names may be told and take out, and nothing without one.\n\
        The hub may be running meanwhile. docs/integration/README.md goes through it step by step.")]
    Connector {
        #[command(subcommand)]
        command: connectors::ConnectorCommand,
    },
    /// Prints a token with which one box can enrol once, until it expires.
    #[command(after_help = "Example:\n  velum-hub enroll tram-hub-3 --config /etc/velum/hub.toml\n\n\
        The token alone goes to standard output. It is a secret: whoever has it first, becomes the box.\n\
        An older certificate of the box stays good until `velum-hub revoke`.")]
    Enroll {
        /// The box's name: 1 to 64 of a-z A-Z 0-9 . _ -
        #[arg(value_name = "BOX")]
        name: String,
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
    /// Refuses every certificate that a box has now, or an operator ever has, and closes their streams.
    #[command(after_help = "Examples:\n  velum-hub revoke tram-hub-3 --config /etc/velum/hub.toml\n  \
        velum-hub revoke anna --operator --config /etc/velum/hub.toml\n\n\
        A running hub closes open streams within a second. A new `velum-hub enroll` lets the box in again; an \
        operator needs a certificate with another name.")]
    Revoke {
        /// The name of the box or operator.
        #[arg(value_name = "NAME")]
        name: String,
        /// It is an operator's, as given to `velum pki operator`.
        #[arg(long)]
        operator: bool,
        /// The configuration of the hub.
        #[arg(long, value_name = "FILE", default_value = "hub.toml")]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    match harden::harden().and_then(|()| run(Arguments::parse().command)) {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _told = writeln!(std::io::stderr(), "velum-hub: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().context("the asynchronous runtime cannot start")?;
    let done = match command {
        Command::Check(args) => return runtime.block_on(check::run(&args)),
        Command::Alive { config } => alive(&HubConfig::read(&config)?),
        Command::Run { config, print_setup_link, log_format } => {
            runtime.block_on(serve(&HubConfig::read(&config)?, print_setup_link, log_format))
        }
        Command::Enroll { name, config } => runtime.block_on(enroll(&HubConfig::read(&config)?, &name)),
        Command::User { command } => runtime.block_on(users::run(command)),
        Command::Backup(args) => runtime.block_on(backup::back_up(&args)),
        Command::Restore(args) => runtime.block_on(backup::restore(&args)),
        Command::Recipient { command } => runtime.block_on(recipients::run(command)),
        Command::Connector { command } => runtime.block_on(connectors::run(command)),
        Command::Revoke { name, operator, config } => {
            runtime.block_on(revoke(&HubConfig::read(&config)?, &name, operator))
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

async fn serve(config: &HubConfig, print_setup_link: bool, log_format: LogFormat) -> anyhow::Result<()> {
    logs::start(log_format);
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let hub = Hub::start(config, Arc::new(SystemClock)).await?;
    let or_off =
        |address: Option<SocketAddr>| address.map_or_else(|| "off".to_owned(), |one| one.to_string());
    tracing::info!(
        address = %hub.address, enrolment = or_off(hub.enrolment_address), console = or_off(hub.console_address),
        metrics = or_off(hub.metrics_address),
        retention_days = config.retention_days, "the hub is ready"
    );
    let is_read_at_once = print_setup_link || std::io::stdout().is_terminal();
    users::offer_first_link(hub.store(), config, is_read_at_once).await?;
    tell_systemd(NotifyState::Ready);
    hub.run_until(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        tell_systemd(NotifyState::Stopping);
        tracing::info!("the hub stops");
    })
    .await?;
    Ok(())
}

/// Says nothing where systemd did not start the hub.
fn tell_systemd(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd cannot be told how the hub stands");
    }
}

fn alive(config: &HubConfig) -> anyhow::Result<()> {
    let address = config
        .metrics_listen
        .context("metrics_listen: not set, and so nothing can be asked; write for example `metrics_listen = \"127.0.0.1:9465\"`")?;
    velum_policy::check::alive(address).map_err(anyhow::Error::msg)?;
    writeln!(std::io::stdout(), "ok").context("the outcome cannot be printed")
}

async fn enroll(config: &HubConfig, name: &str) -> anyhow::Result<()> {
    let name = Name::parse(name)?;
    let authority = tls::authority(config)?;
    let store = Store::open(&config.database).await?;
    let token = enrolment::new_token(&store, config, &authority, &name, SystemClock.unix_ms()).await;
    store.close().await;
    writeln!(std::io::stdout(), "{}", token?).context("the token cannot be printed")?;
    let minutes = config.enrolment.as_ref().map_or(0, |enrolment| enrolment.token_valid.as_secs() / 60);
    writeln!(
        std::io::stderr(),
        "This token makes one machine the box `{name}`, once, within {minutes} minutes. On that machine:\n\
         \x20 velum-edge enroll --token TOKEN --dir identity"
    )
    .context("the explanation cannot be printed")?;
    Ok(())
}

async fn revoke(config: &HubConfig, name: &str, is_operator: bool) -> anyhow::Result<()> {
    let name = Name::parse(name)?;
    let store = Store::open(&config.database).await?;
    let revoked = if is_operator {
        store.revoke_operator(&name, SystemClock.unix_ms()).await
    } else {
        store.revoke(&name).await
    };
    store.close().await;
    revoked?;
    let role = if is_operator { Role::Operator } else { Role::Box };
    writeln!(std::io::stdout(), "{role} `{name}` is revoked: its certificates are refused from now on")
        .context("the outcome cannot be printed")?;
    Ok(())
}

#[cfg(test)]
mod tests;
