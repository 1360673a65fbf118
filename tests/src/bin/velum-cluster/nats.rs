//! Servers of NATS as one cluster, with JetStream in a folder of each, and what the hubs' stream has. They go with this program.

use std::collections::HashSet;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use async_nats::jetstream::consumer::push::OrderedConfig;
use async_nats::jetstream::stream::Stream;
use tokio_stream::StreamExt as _;
use toml::{Table, Value};
use velum_tests::process::Running;

/// Where Debian puts it, and where others do.
const PROGRAMS: [&str; 3] = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];

/// The hubs' own default.
const STREAM: &str = "velum";

/// What the stream has.
pub(crate) struct Words {
    pub(crate) count: u64,
    /// Said by the same hub twice.
    pub(crate) doubled: u64,
    /// Records up to here were told.
    pub(crate) newest_cursor: u64,
}

/// Some servers.
pub(crate) struct Nats {
    dir: PathBuf,
    program: PathBuf,
    ports: Vec<u16>,
    running: Vec<Option<Running>>,
}

impl Nats {
    /// Starts so many.
    pub(crate) fn start(dir: &Path, count: usize) -> Result<Self> {
        if dir.exists() {
            std::fs::remove_dir_all(dir).with_context(|| dir.display().to_string())?;
        }
        std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        let found = PROGRAMS.into_iter().map(PathBuf::from).find(|path| path.is_file());
        let program = found.context("nats-server is not installed: apt-get install nats-server")?;
        let held: Vec<TcpListener> =
            (0..count * 2).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
        let mut ports: Vec<u16> =
            held.iter().map(|one| Ok(one.local_addr()?.port())).collect::<Result<_>>()?;
        let routes = ports.split_off(count);
        let routes_of_all: Vec<String> =
            routes.iter().map(|port| format!("\"nats-route://127.0.0.1:{port}\"")).collect();
        let dir = dir.canonicalize()?;
        for (number, (port, route)) in ports.iter().zip(&routes).enumerate() {
            let text = format!(
                "server_name: nats-{number}\nlisten: \"127.0.0.1:{port}\"\n\
                 jetstream {{ store_dir: \"{}/{number}\" }}\n\
                 cluster {{ name: velum, listen: \"127.0.0.1:{route}\", routes: [ {} ] }}\n",
                dir.display(),
                routes_of_all.join(", ")
            );
            std::fs::write(dir.join(format!("{number}.conf")), text)?;
        }
        drop(held);
        let mut nats = Self { dir, program, ports, running: (0..count).map(|_| None).collect() };
        (0..count).try_for_each(|number| nats.start_one(number))?;
        Ok(nats)
    }

    /// Its `[nats]` of hub.toml.
    pub(crate) fn table(&self) -> Table {
        let servers = self.ports.iter().map(|port| Value::from(format!("nats://127.0.0.1:{port}"))).collect();
        let replicas = i64::try_from(self.ports.len()).unwrap_or(1);
        Table::from_iter([
            ("servers".to_owned(), Value::Array(servers)),
            ("replicas".to_owned(), Value::Integer(replicas)),
        ])
    }

    /// Starts one of them.
    pub(crate) fn start_one(&mut self, number: usize) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.dir.join(format!("{number}.conf")));
        let log = self.dir.join(format!("{number}.log"));
        let running = Running::start(&format!("nats-{number}"), &mut command, &log)?;
        *self.running.get_mut(number).context("a server")? = Some(running);
        Ok(())
    }

    /// Kills one of them at once.
    pub(crate) fn kill(&mut self, number: usize) -> Result<()> {
        self.running.get_mut(number).and_then(Option::as_mut).map_or(Ok(()), Running::kill)
    }

    /// Their numbers.
    pub(crate) fn all(&self) -> std::ops::Range<usize> {
        0..self.ports.len()
    }

    /// The number of the server that leads the stream.
    pub(crate) async fn leader(&self) -> Result<usize> {
        let stream = self.stream().await?;
        let leader = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.as_deref());
        let number = leader.and_then(|name| name.strip_prefix("nats-")).context("nobody leads the stream")?;
        Ok(number.parse()?)
    }

    /// Reads the whole stream.
    pub(crate) async fn words(&self) -> Result<Words> {
        let stream = self.stream().await?;
        let count = stream.cached_info().state.messages;
        let deliver_subject = "_INBOX.velum-cluster".to_owned();
        let consumer = stream.create_consumer(OrderedConfig { deliver_subject, ..OrderedConfig::default() });
        let mut messages = consumer.await?.messages().await?.take(usize::try_from(count)?);
        let (mut said, mut newest_cursor) = (HashSet::new(), 0);
        while let Some(message) = messages.next().await {
            let word = String::from_utf8(message?.payload.to_vec())?;
            let (_, cursor) = word.split_once(' ').context("a word without a cursor")?;
            newest_cursor = newest_cursor.max(cursor.parse()?);
            said.insert(word);
        }
        Ok(Words { count, doubled: count.saturating_sub(said.len() as u64), newest_cursor })
    }

    async fn stream(&self) -> Result<Stream> {
        let servers: Vec<String> = self.ports.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        let client = async_nats::connect(servers).await?;
        Ok(async_nats::jetstream::new(client).get_stream(STREAM).await?)
    }
}
