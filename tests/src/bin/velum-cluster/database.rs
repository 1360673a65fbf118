//! A PostgreSQL server of Debian's package, with its own settings: what is acknowledged is on the disk. It goes with this program.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

const USER: &str = "postgres";
const PORT: u16 = 5432;

/// A running server, heard on a Unix socket in its folder.
pub(crate) struct Database {
    binaries: PathBuf,
    dir: PathBuf,
    runs_as: Option<(u32, u32)>,
}

impl Database {
    /// Makes a cluster in an empty folder, and starts it.
    pub(crate) fn start(dir: &Path) -> Result<Self> {
        if dir.exists() {
            std::fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
        }
        std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        let database = Self { binaries: binaries()?, dir: dir.canonicalize()?, runs_as: unprivileged()? };
        if let Some((user, group)) = database.runs_as {
            std::os::unix::fs::chown(&database.dir, Some(user), Some(group))?;
        }
        let data = database.data();
        let mut init = database.command("initdb");
        init.args([
            "--auth",
            "trust",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
            "--username",
            USER,
            "--pgdata",
        ]);
        succeed(init.arg(&data))?;
        database.control("start")?;
        database.sql("CREATE DATABASE velum")?;
        Ok(database)
    }

    /// Its `[database]` of hub.toml.
    pub(crate) fn table(&self) -> toml::Table {
        let mut table = toml::Table::new();
        table.insert("host".to_owned(), self.dir.display().to_string().into());
        table.insert("name".to_owned(), "velum".into());
        table.insert("user".to_owned(), USER.into());
        table
    }

    /// Ends it as a crash does, and starts it again.
    pub(crate) fn crash(&self) -> Result<()> {
        self.control("stop")?;
        self.control("start")
    }

    /// The answer to a question, one value.
    pub(crate) fn ask(&self, sql: &str) -> Result<String> {
        let mut psql = self.command("psql");
        psql.arg("--host").arg(&self.dir).args([
            "--username",
            USER,
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
        ]);
        let output = psql.args(["--dbname", "velum", "--command", sql]).stdout(Stdio::piped()).output()?;
        ensure!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn sql(&self, sql: &str) -> Result<()> {
        let mut psql = self.command("psql");
        psql.arg("--host").arg(&self.dir).args([
            "--username",
            USER,
            "--no-psqlrc",
            "--quiet",
            "--command",
            sql,
        ]);
        succeed(&mut psql)
    }

    fn control(&self, what: &str) -> Result<()> {
        let mut control = self.command("pg_ctl");
        control.arg("--pgdata").arg(self.data()).arg("--log").arg(self.dir.join("log")).arg("--wait");
        match what {
            "start" => {
                let options = format!(
                    "-k {} -p {PORT} -c listen_addresses='' -c shared_buffers=256MB",
                    self.dir.display()
                );
                succeed(control.args(["--options", &options, "start"]))
            }
            _ => succeed(control.args(["--mode", "immediate", "stop"])),
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.join(program));
        if let Some((user, group)) = self.runs_as {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.dir).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // It goes with its folder; who still finds it running is told by the system.
        let _stopped = self.control("stop");
    }
}

/// The version that is installed.
pub(crate) fn version() -> Result<String> {
    let output = Command::new(binaries()?.join("postgres")).arg("--version").output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim().trim_start_matches("postgres (PostgreSQL) ").to_owned())
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {command:?}"))?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(())
}

fn binaries() -> Result<PathBuf> {
    let missing = "PostgreSQL is not installed: apt-get install postgresql";
    let all = std::fs::read_dir("/usr/lib/postgresql").context(missing)?;
    let mut found: Vec<PathBuf> = all.flatten().map(|one| one.path().join("bin")).collect();
    found.retain(|folder| folder.join("initdb").exists());
    found.sort();
    found.pop().context(missing)
}

/// Whom the server runs as, where this is root: PostgreSQL refuses to.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:")).context("no user `postgres`")?;
    let mut numbers = line.split(':').skip(2).map(str::parse::<u32>);
    Ok(Some((numbers.next().context("uid")??, numbers.next().context("gid")??)))
}
