//! Hubs, each the real program with a folder of its own, on one database or on a file.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use toml::{Table, Value};
use velum_tests::process::{Running, status_number};
use velum_tests::programs::{program, run};

/// The recipient of the demonstration's policy.
const ROLE: &str = "plaza-steward";

/// Some hubs of one town.
pub(crate) struct Hubs {
    dir: PathBuf,
    town: PathBuf,
    pub(crate) ports: Vec<u16>,
    running: Vec<Option<Running>>,
}

impl Hubs {
    /// Writes their configurations after that of a town, and starts them; the operator is a recipient, the policy published.
    pub(crate) fn start(
        town: &Path,
        name: &str,
        count: usize,
        tables: Vec<(&'static str, Value)>,
    ) -> Result<Self> {
        let dir = town.join(name);
        std::fs::create_dir_all(&dir)?;
        let held: Vec<TcpListener> =
            (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
        let ports: Vec<u16> = held.iter().map(|one| Ok(one.local_addr()?.port())).collect::<Result<_>>()?;
        drop(held);
        let mut hubs =
            Self { dir, town: town.to_owned(), ports, running: (0..count).map(|_| None).collect() };
        for number in 0..count {
            hubs.configure(number, tables.clone())?;
        }
        let mut give = Command::new(program("velum-hub")?);
        give.args(["recipient", "give", ROLE, "operator", "--operator", "--config"]).arg(hubs.config(0));
        run(&mut give)?;
        for number in 0..count {
            hubs.start_one(number)?;
        }
        hubs.publish()?;
        Ok(hubs)
    }

    fn config(&self, number: usize) -> PathBuf {
        self.dir.join(format!("hub-{number}.toml"))
    }

    fn configure(&self, number: usize, tables: Vec<(&'static str, Value)>) -> Result<()> {
        let mut table: Table = std::fs::read_to_string(self.town.join("hub.toml"))?.parse()?;
        let port = self.ports.get(number).context("a port")?;
        table.insert("listen".to_owned(), format!("127.0.0.1:{port}").into());
        for key in ["enrolment_listen", "console", "enrolment", "metrics_listen"] {
            table.remove(key);
        }
        let data = self.dir.join(format!("data-{number}")).display().to_string();
        table.insert("data_dir".to_owned(), data.into());
        let limits = Table::from_iter([("max_connections".to_owned(), Value::Integer(4_096))]);
        table.insert("limits".to_owned(), limits.into());
        table.extend(tables.into_iter().map(|(name, of)| (name.to_owned(), of)));
        Ok(std::fs::write(self.config(number), toml::to_string(&table)?)?)
    }

    /// Starts one of them, and waits until it listens.
    pub(crate) fn start_one(&mut self, number: usize) -> Result<()> {
        let mut command = Command::new(program("velum-hub")?);
        command.args(["run", "--config"]).arg(self.config(number)).env("RUST_LOG", "velum_hub=info");
        let port = *self.ports.get(number).context("a port")?;
        let log = self.dir.join(format!("hub-{number}.log"));
        let mut running = Running::start(&format!("hub-{number}"), &mut command, &log)?;
        running.wait_until("listening", || listens(port))?;
        *self.running.get_mut(number).context("a hub")? = Some(running);
        Ok(())
    }

    fn publish(&self) -> Result<()> {
        let port = self.ports.first().context("a hub")?;
        let mut velum = Command::new(program("velum")?);
        velum.env("VELUM_PKI", self.town.join("pki")).env("VELUM_HUB", format!("https://localhost:{port}"));
        run(velum.args(["policy", "publish"]).arg(self.town.join("policy.signed.json"))).map(drop)
    }

    /// Kills one of them at once.
    pub(crate) fn kill(&mut self, number: usize) -> Result<()> {
        self.running.get_mut(number).and_then(Option::as_mut).map_or(Ok(()), Running::kill)
    }

    /// The memory that one holds.
    pub(crate) fn resident_kib(&self, number: usize) -> Option<u64> {
        let pid = self.running.get(number)?.as_ref()?.pid();
        status_number(pid, "VmRSS:").ok()
    }
}

fn listens(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}
