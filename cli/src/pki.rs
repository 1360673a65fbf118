//! `velum pki`: the authority of a town, and the certificates that it signs.
//!
//! A holder's name and role stand in one subject alternative name of type URI, `velum:<role>:<name>:<generation>`;
//! the hub reads it there. Boxes get theirs by enrolment (`velum-hub enroll`), never here. Key files are readable
//! by their owner alone, and nothing is ever overwritten but by a renewal.

mod certificate;
mod files;
pub(crate) mod renewal;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};

use crate::hub::HubArgs;
use crate::screen::say;
use certificate::{Authority, Signed};
use files::{Access, Folder};
use renewal::{When, now_secs};

const AUTHORITY: &str = "authority";
const HUB: &str = "hub";
const FIRST_OPERATOR: &str = "operator";

/// The authority of a town and the certificates that it signs.
#[derive(Debug, Args)]
pub(crate) struct PkiArgs {
    #[command(subcommand)]
    command: PkiCommand,
}

#[derive(Debug, Subcommand)]
enum PkiCommand {
    /// Makes an authority, the hub's certificate, and a first operator's.
    #[command(
        after_help = "Example:\n  velum pki init --dir pki --hub-name hub.example.org --hub-name 192.0.2.7\n\n\
        Files: authority.pem, authority.key, hub.pem, hub.key, operator.pem, operator.key.\n\
        authority.key signs every box and operator: keep it where only the hub's enrolment can read it."
    )]
    Init {
        /// The folder to make.
        #[arg(long, value_name = "DIR", default_value = "pki")]
        dir: PathBuf,
        /// A name or an IP address under which the hub is reached; may be given several times.
        #[arg(long = "hub-name", value_name = "NAME", default_values = ["localhost", "127.0.0.1"])]
        hub_names: Vec<String>,
    },
    /// Makes another certificate for the hub, for example under more names: hub.pem and hub.key, of the same authority.
    #[command(
        after_help = "Example:\n  mv pki/hub.pem pki/hub.pem.old && mv pki/hub.key pki/hub.key.old\n  \
        velum pki hub --dir pki --hub-name hub.example.org\n  chown velum-hub: pki/hub.pem pki/hub.key   # where root has made them\n\n\
        A hub with `enrolment_listen` renews its certificate by itself, under the same names. Nothing is overwritten: move the old ones\n\
        aside. Give all names under which boxes and people reach the hub. Boxes notice nothing: they trust the authority."
    )]
    Hub {
        /// The folder that `velum pki init` made.
        #[arg(long, value_name = "DIR", env = "VELUM_PKI", default_value = "pki")]
        dir: PathBuf,
        /// A name or an IP address under which the hub is reached; may be given several times.
        #[arg(long = "hub-name", value_name = "NAME", required = true)]
        hub_names: Vec<String>,
    },
    /// Makes a certificate for one more operator: NAME.pem and NAME.key.
    #[command(
        after_help = "Example:\n  velum pki operator anna --dir pki\n  velum events tail --pki pki --operator anna"
    )]
    Operator {
        /// 1 to 64 of a-z A-Z 0-9 . _ -
        name: String,
        /// The folder that `velum pki init` made.
        #[arg(long, value_name = "DIR", env = "VELUM_PKI", default_value = "pki")]
        dir: PathBuf,
    },
    /// Renews an operator's certificate at the hub, by the one that still holds: a new key, the same name.
    #[command(after_help = "Examples:\n  velum pki renew --pki pki --operator anna\n  \
        velum pki renew --pki /srv/dispatch/pki --operator dispatch --hub https://hub.example.org:7443   # daily, by cron or a timer\n\n\
        Does nothing while more than a third of its life is left, so that it can be run daily. Every command of `velum` that asks the hub\n\
        does the same by itself where it can write the folder; programs of others that read the files need this one. What is connected\n\
        stays so; whoever connects anew reads the new files. The hub renews where it has the authority's key (`enrolment_listen`).")]
    Renew {
        #[command(flatten)]
        hub: HubArgs,
        /// Whatever is left of its life.
        #[arg(long)]
        now: bool,
    },
}

/// Runs one of the subcommands.
///
/// # Errors
/// When a file exists already or cannot be written.
pub(crate) fn run(args: PkiArgs) -> Result<()> {
    match args.command {
        PkiCommand::Init { dir, hub_names } => {
            init(&dir, &hub_names)?;
            say(&next_steps(&dir))?;
        }
        PkiCommand::Hub { dir, hub_names } => {
            hub(&dir, &hub_names)?;
            say(&format!("{}\nA running hub shows it within a minute.", dir.join("hub.pem").display()))?;
        }
        PkiCommand::Operator { name, dir } => {
            operator(&dir, &name)?;
            say(&format!(
                "{}\nUse it with: velum events tail --pki {} --operator {name}",
                dir.join(format!("{name}.pem")).display(),
                dir.display()
            ))?;
        }
        PkiCommand::Renew { hub, now } => say(&renew(&hub, if now { When::Now } else { When::Due })?)?,
    }
    Ok(())
}

fn renew(hub: &HubArgs, when: When) -> Result<String> {
    let standing = crate::runtime()?.block_on(hub.renew(when))?;
    let (file, days) = (hub.certificate().display().to_string(), standing.days_left(now_secs()));
    Ok(match standing.is_renewed {
        true => format!("{file}: renewed; holds for {days} days"),
        false => format!("{file}: holds for {days} days; it is renewed when a third of its life is left"),
    })
}

fn init(dir: &Path, hub_names: &[String]) -> Result<()> {
    let folder = Folder::create(dir)?;
    folder.must_lack(&[AUTHORITY, HUB, FIRST_OPERATOR])?;
    let authority = Authority::new().context("making the authority")?;
    let hub = authority.sign_hub(hub_names)?;
    let operator = authority.sign_operator(FIRST_OPERATOR)?;
    let own =
        Signed { certificate_pem: authority.certificate_pem().to_owned(), key_pem: authority.key_pem() };
    for (name, signed) in [(AUTHORITY, &own), (HUB, &hub), (FIRST_OPERATOR, &operator)] {
        write(&folder, name, signed)?;
    }
    Ok(())
}

fn operator(dir: &Path, name: &str) -> Result<()> {
    check_name(name)?;
    let folder = Folder::open(dir);
    folder.must_lack(&[name])?;
    write(&folder, name, &authority_in(dir, &folder)?.sign_operator(name)?)
}

fn hub(dir: &Path, hub_names: &[String]) -> Result<()> {
    let folder = Folder::open(dir);
    folder.must_lack(&[HUB])?;
    write(&folder, HUB, &authority_in(dir, &folder)?.sign_hub(hub_names)?)
}

fn authority_in(dir: &Path, folder: &Folder) -> Result<Authority> {
    Authority::load(&folder.read("authority.pem")?, &folder.read("authority.key")?)
        .with_context(|| format!("{}: the authority cannot be used", dir.display()))
}

fn write(folder: &Folder, name: &str, signed: &Signed) -> Result<()> {
    folder.write(&format!("{name}.key"), &signed.key_pem, Access::Owner)?;
    folder.write(&format!("{name}.pem"), &signed.certificate_pem, Access::Everyone)
}

fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(plain) {
        bail!(
            "`{name}`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `anna`"
        );
    }
    if [AUTHORITY, HUB].contains(&name) {
        bail!("`{name}`: this name is taken by the {name}'s own files; choose another");
    }
    Ok(())
}

fn next_steps(dir: &Path) -> String {
    let dir = dir.display();
    format!(
        "{dir}: authority, hub and first operator are made; their certificates are good for {} days, the authority's for 10 years.\n\
         Next:\n\
         \x20 1. name this folder as pki_dir in hub.toml (examples/hub.toml) and start: velum-hub run --config hub.toml\n\
         \x20 2. a token for each box:   velum-hub enroll BOX --config hub.toml\n\
         \x20 3. on the box:             velum-edge enroll --token TOKEN --dir identity\n\
         \x20 4. see what boxes report:  velum events tail --pki {dir}\n\
         Keep {dir}/authority.key to yourself: whoever has it can make boxes and operators.",
        certificate::VALID_DAYS
    )
}

#[cfg(test)]
mod tests;
