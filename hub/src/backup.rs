//! `velum-hub backup` and `restore`: what lies below `data_dir` in one folder, and back from it.
//!
//! The database is copied as it is at one moment, the audit log after it: the log then knows of everything that the
//! database has. Invariants: a backup is whole or not there; nothing is restored that is not, byte for byte, what was
//! backed up; what has become too old meanwhile is deleted before a hub runs on it.
//!
//! A backup holds what boxes reported, the passwords' digests and the key that signs the audit log: it must lie as safely
//! as the hub itself. The certificates that `[tls]` names are not in it,
//! and neither are the keys of the texts beside verdicts: what is destroyed here is destroyed in every backup.

mod folder;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use jiff::Timestamp;

use crate::clock::{Clock, SystemClock};
use crate::config::{DatabaseConfig, HubConfig};
use crate::server;
use crate::store::{Store, StoreError};
use folder::{Backup, DATABASE};

const DAY_MS: i64 = 86_400_000;

/// Where to.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder in which the backup gets a folder of its own, named after its time.
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
    /// The configuration of the hub.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
}

/// From where.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The folder of one backup, as `velum-hub backup` printed it.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The configuration of the hub, whose `data_dir` must hold no database and no audit log.
    #[arg(long, value_name = "FILE", default_value = "hub.toml")]
    config: PathBuf,
}

/// Makes a backup. The hub may run meanwhile.
///
/// # Errors
/// In words; what was begun is taken away.
pub(crate) async fn back_up(args: &BackupArgs) -> anyhow::Result<()> {
    let config = HubConfig::read(&args.config)?;
    let made = make(&config, &args.to, &SystemClock).await?;
    say(&made.display().to_string())?;
    let told = "It holds what boxes reported and the key that signs the audit log: keep it as safe as the hub. The \
                certificates that [tls] names are not in it.";
    writeln!(std::io::stderr(), "{told}").context("the explanation cannot be printed")
}

/// Puts a backup back.
///
/// # Errors
/// In words; `data_dir` is then as it was.
pub(crate) async fn restore(args: &RestoreArgs) -> anyhow::Result<()> {
    let config = HubConfig::read(&args.config)?;
    let restored = put_back(&config, &args.from, &SystemClock).await?;
    say(&restored.words())
}

/// Makes one; gives its folder.
///
/// # Errors
/// As [`back_up`].
pub(crate) async fn make(config: &HubConfig, to: &Path, clock: &dyn Clock) -> anyhow::Result<PathBuf> {
    ensure!(matches!(config.database, DatabaseConfig::File(_)), "{}", StoreError::OnServer);
    let database = config.data_dir.join(DATABASE);
    ensure!(database.exists(), "{}: not there: no hub has run on this `data_dir`", database.display());
    let made = moment(clock)?;
    let backup = Backup::begin(to, made)?;
    let store = Store::open(&config.database).await?;
    let copied = store.copy_to(&backup.path(DATABASE), &format!("a backup was made at {made}")).await;
    store.close().await;
    copied.with_context(|| format!("{}: the database cannot be copied", backup.path(DATABASE).display()))?;
    backup.take_log(&config.data_dir)?;
    backup.finish(config.name())
}

/// The newest whole backup in a folder, by its name: its bytes are not looked at.
///
/// # Errors
/// Where the folder cannot be read.
pub(crate) fn newest(folder: &Path) -> std::io::Result<Option<(PathBuf, Timestamp)>> {
    folder::newest(folder)
}

/// What was put back.
#[derive(Debug)]
pub(crate) struct Restored {
    made: Timestamp,
    /// Records that had become too old.
    pub(crate) purged: u64,
}

impl Restored {
    fn words(&self) -> String {
        format!(
            "restored, as of {}; {} records have become too old since and are deleted.\n\
             What was done since then is forgotten. Do again, before the hub starts:\n  \
             velum-hub revoke ...                    whoever was refused since\n  \
             velum-hub user remove ...               whoever left since\n  \
             velum-hub recipient give | take ...     roles that changed since\n  \
             velum policy publish ...                versions that were published since (boxes keep theirs); once the hub runs\n  \
             page *Boxes*, suspend                   whatever was suspended since: boxes let it watch again at their next connection\n\
             Where root has restored, give the folder to the hub's user: chown -R velum-hub: DATA_DIR\n\
             Texts beside verdicts open only with text-keys/ of the folder before: copy it, if it is still there.\n\
             Alerts that were erased since, because nobody reviewed them, are back for one more review deadline.\n\
             Records that boxes had handed over since then are missing and shown as gaps. Who kept a later checkpoint of\n\
             the audit log will find that the log does not go on from it: the log says that it was restored, and from when.",
            self.made, self.purged
        )
    }
}

/// Puts one back.
///
/// # Errors
/// As [`restore`].
pub(crate) async fn put_back(config: &HubConfig, from: &Path, clock: &dyn Clock) -> anyhow::Result<Restored> {
    ensure!(
        matches!(config.database, DatabaseConfig::File(_)),
        "[database] names a PostgreSQL server, and the backup holds a file of SQLite: restore the server's own backup there \
         (docs/operations.md says how), or take [database] out of hub.toml"
    );
    let backup = Backup::open(from)?;
    let now = moment(clock)?;
    ensure!(
        backup.made <= now,
        "{}: the backup was made at {}, and this machine's clock says {now}: set the clock right first, for what is too old \
         is deleted by it",
        from.display(),
        backup.made
    );
    folder::private_folder(&config.data_dir)?;
    let _alone = server::lock(config)?;
    let copied = backup.copy_beside(&config.data_dir)?;
    let store = Store::open(&DatabaseConfig::File(copied.folder().to_owned())).await?;
    let before = clock.unix_ms().saturating_sub(i64::from(config.retention_days).saturating_mul(DAY_MS));
    let outcome = async {
        let purged = store.purge(before, clock.unix_ms()).await?;
        store.leave_word(&format!("restored at {now} from the backup of {}", backup.made)).await?;
        Ok::<_, anyhow::Error>(purged.records)
    };
    let purged = outcome.await;
    // Into the one file that is put in its place.
    store.owe_fold();
    let is_folded = store.fold_if_owed().await;
    store.close().await;
    is_folded?;
    let purged = purged?;
    copied.put()?;
    Ok(Restored { made: backup.made, purged })
}

fn moment(clock: &dyn Clock) -> anyhow::Result<Timestamp> {
    Timestamp::from_second(clock.unix_ms().div_euclid(1_000)).context("the machine's clock shows no time")
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("the outcome cannot be printed")
}
