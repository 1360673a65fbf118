//! One trial: hubs, boxes and subscribers for some seconds, with faults or without; then everything is handed over, and counted.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use toml::Value;

use crate::account::{Told, lock, quantile};
use crate::database::Database;
use crate::fleet::{Fleet, Line, Pace};
use crate::hubs::Hubs;
use crate::nats::{Nats, Words};
use crate::target::Target;
use crate::{follower, say};

/// For what was made to be stored and told, once no more is made.
const PATIENCE: Duration = Duration::from_secs(120);
const LOOK: Duration = Duration::from_millis(100);

/// What is killed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    /// One hub at random, so often.
    pub(crate) every: Duration,
    /// Until it is started again.
    pub(crate) down: Duration,
    /// The database's server too, once, in the middle.
    pub(crate) database: bool,
}

/// One trial.
pub(crate) struct Trial<'t> {
    pub(crate) name: &'t str,
    pub(crate) boxes: usize,
    pub(crate) pace: Pace,
    pub(crate) secs: u64,
    pub(crate) hubs: usize,
    pub(crate) faults: Option<Faults>,
    pub(crate) seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) engine: &'static str,
    pub(crate) hubs: usize,
    pub(crate) boxes: usize,
    pub(crate) secs: f64,
    pub(crate) made: u64,
    pub(crate) acknowledged: u64,
    /// Asked of the database itself; none on a file, where the hub is not asked while it runs.
    pub(crate) stored: Option<u64>,
    /// Stored, and the stream of NATS was told of a cursor as high.
    pub(crate) in_stream: Option<u64>,
    /// That the stream has.
    pub(crate) words: Option<u64>,
    pub(crate) words_doubled: Option<u64>,
    /// Events that the database has more than once.
    pub(crate) stored_doubled: Option<u64>,
    pub(crate) subscribers: Vec<Subscriber>,
    /// Of a connector, where there is one.
    pub(crate) connector: Option<Delivered>,
    /// While events were made.
    pub(crate) acknowledged_per_sec: f64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) resident_before_kib: Option<u64>,
    pub(crate) resident_kib: Option<u64>,
}

/// What was done to the hubs, and what boxes had of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Fault {
    pub(crate) at_secs: u64,
    pub(crate) what: String,
    /// Boxes whose stream broke between this fault and the next.
    pub(crate) outages: u64,
    /// From the end of a box's stream to its next welcome.
    pub(crate) median_ms: Option<u64>,
    pub(crate) longest_ms: Option<u64>,
    /// For an acknowledgement, on one stream; none where nobody waited long.
    pub(crate) longest_wait_ms: Option<u64>,
}

impl Fault {
    fn of(fleet: &Fleet, began: Instant, (at, what): (Instant, String), next: Instant) -> Self {
        let outages = fleet.outages_ms(at, next);
        Self {
            at_secs: at.saturating_duration_since(began).as_secs(),
            what,
            outages: outages.len() as u64,
            median_ms: outages.get(outages.len() / 2).copied(),
            longest_ms: outages.last().copied(),
            longest_wait_ms: fleet.longest_wait_ms(at, next),
        }
    }
}

/// What one subscriber was told.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Subscriber {
    pub(crate) told: u64,
    pub(crate) doubled: u64,
    pub(crate) reconnections: u64,
    pub(crate) p50_ms: Option<f64>,
    pub(crate) p99_ms: Option<f64>,
}

/// What a connector handed to its target: alerts of objects.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Delivered {
    pub(crate) due: u64,
    pub(crate) delivered: u64,
    /// Handed over more than once, with the same number: what a target has to bear where a hub is killed before it knows of the answer.
    pub(crate) again: u64,
    pub(crate) p99_ms: Option<f64>,
}

impl Outcome {
    /// Made and not told to somebody, or not stored, or not in the stream.
    pub(crate) fn lost(&self) -> u64 {
        let told = self
            .subscribers
            .iter()
            .map(|one| one.told)
            .chain(self.stored)
            .chain(self.in_stream)
            .min()
            .unwrap_or(0);
        let of_connector = self.connector.as_ref().map_or(0, |one| one.due.saturating_sub(one.delivered));
        self.made.saturating_sub(told) + of_connector
    }

    /// Stored or told more than once.
    pub(crate) fn doubled(&self) -> u64 {
        self.subscribers.iter().map(|one| one.doubled).sum::<u64>()
            + self.stored_doubled.unwrap_or(0)
            + self.words_doubled.unwrap_or(0)
    }
}

impl Trial<'_> {
    /// Runs it.
    pub(crate) async fn run(
        &self,
        town: &Path,
        database: Option<&Database>,
        mut nats: Option<&mut Nats>,
    ) -> Result<Outcome> {
        say(&format!("{}: {} boxes, {} hub(s), {} s", self.name, self.boxes, self.hubs, self.secs));
        // Where hubs are killed, it is seen what connectors make of it.
        let target = match self.faults {
            Some(_) => Some(Target::listen().await?),
            None => None,
        };
        let connectors = target.as_ref().map(|target| ("connector", target.table()));
        let mut tables = tables(database, nats.as_deref());
        tables.extend(connectors);
        let mut hubs = Hubs::start(town, self.name, self.hubs, tables)?;
        let resident_before_kib = hubs.resident_kib(0);
        let pki = town.join("pki");
        let operator = follower::operator(&pki)?;
        let mut line = Line::open(&pki, hubs.ports.clone())?;
        line.policy_digest = follower::policy_digest(&line, operator.clone()).await?;
        let fleet = Fleet::new(line, &format!("{}-", self.name), self.boxes, self.pace, self.seed);
        let told: Vec<Arc<Mutex<Told>>> = (0..self.hubs).map(|_| Arc::default()).collect();
        let handed: Arc<Mutex<Told>> = Arc::default();
        let mut running = tokio::task::JoinSet::new();
        if let Some(target) = target {
            wait(PATIENCE, || has_connector(database)).await;
            running.spawn(target.take(Arc::clone(&fleet), Arc::clone(&handed)));
        }
        fleet.start(&mut running);
        for (first, told) in told.iter().enumerate() {
            running.spawn(follower::follow(Arc::clone(&fleet), operator.clone(), first, Arc::clone(told)));
        }
        let connected = || fleet.connected.load(Ordering::Relaxed) == self.boxes;
        wait(PATIENCE, connected).await;
        fleet.account.all_connected();
        let (began, at_first) = (Instant::now(), fleet.account.count_acknowledged());
        let faults = self.harm(&mut hubs, database, nats.as_deref_mut()).await?;
        let secs = began.elapsed().as_secs_f64();
        let meanwhile = fleet.account.count_acknowledged().saturating_sub(at_first);
        let resident_kib = hubs.resident_kib(0);
        fleet.is_over.store(true, Ordering::Relaxed);
        let made = fleet.account.count_made();
        let due = self.faults.is_some().then(|| fleet.count_objects());
        let all_told = || {
            told.iter().all(|told| lock(told).distinct() >= made)
                && due.is_none_or(|due| lock(&handed).distinct() >= due)
        };
        wait(PATIENCE, || fleet.account.count_acknowledged() >= made && all_told()).await;
        fleet.is_ended.store(true, Ordering::Relaxed);
        running.shutdown().await;
        let ends = faults.iter().skip(1).map(|(at, _)| *at).chain([Instant::now()]);
        let ends: Vec<Instant> = ends.collect();
        let faults =
            faults.into_iter().zip(ends).map(|(fault, end)| Fault::of(&fleet, began, fault, end)).collect();
        let words = match &nats {
            Some(nats) => Some(nats.words().await?),
            None => None,
        };
        Ok(Outcome {
            name: self.name.to_owned(),
            engine: match (database, nats) {
                (Some(_), Some(_)) => "PostgreSQL, NATS",
                (Some(_), None) => "PostgreSQL",
                (None, _) => "SQLite",
            },
            hubs: self.hubs,
            boxes: self.boxes,
            secs,
            made,
            acknowledged: fleet.account.count_acknowledged(),
            stored: database.map(|database| number(database, "SELECT count(*) FROM record")).transpose()?,
            in_stream: database.zip(words.as_ref()).map(in_stream).transpose()?,
            words: words.as_ref().map(|words| words.count),
            words_doubled: words.as_ref().map(|words| words.doubled),
            stored_doubled: database.map(|database| number(database, DOUBLED)).transpose()?,
            subscribers: told.iter().map(|told| subscriber(&mut lock(told))).collect(),
            connector: due.map(|due| delivered(due, &mut lock(&handed))),
            acknowledged_per_sec: meanwhile as f64 / secs,
            faults,
            resident_before_kib,
            resident_kib,
        })
    }

    /// Lets the time pass, with faults where there are to be some. Gives what was done, and when.
    async fn harm(
        &self,
        hubs: &mut Hubs,
        database: Option<&Database>,
        mut nats: Option<&mut Nats>,
    ) -> Result<Vec<(Instant, String)>> {
        let began = Instant::now();
        let whole = Duration::from_secs(self.secs);
        let Some(faults) = self.faults else {
            tokio::time::sleep(whole).await;
            return Ok(Vec::new());
        };
        let mut random = fastrand::Rng::with_seed(self.seed);
        let (mut done, mut is_database_due) = (Vec::new(), faults.database);
        let (mut of_hubs, mut of_nats) = (0_u32, 0_u32);
        while began.elapsed() + faults.every < whole {
            tokio::time::sleep(faults.every.saturating_sub(faults.down)).await;
            let at = Instant::now();
            let what = match (database, nats.as_deref_mut()) {
                (Some(database), _) if is_database_due && began.elapsed() * 2 > whole => {
                    is_database_due = false;
                    database.crash()?;
                    tokio::time::sleep(faults.down).await;
                    "the database's server crashed, and was started again".to_owned()
                }
                (_, Some(nats)) if of_nats < of_hubs => {
                    of_nats += 1;
                    harm_nats(nats, of_nats, faults.down).await?
                }
                _ => {
                    of_hubs += 1;
                    self.harm_hub(hubs, random.usize(0..self.hubs), faults.down).await?
                }
            };
            done.push((at, what));
        }
        tokio::time::sleep(whole.saturating_sub(began.elapsed())).await;
        Ok(done)
    }

    async fn harm_hub(&self, hubs: &mut Hubs, one: usize, down: Duration) -> Result<String> {
        hubs.kill(one)?;
        tokio::time::sleep(down).await;
        hubs.start_one(one)?;
        Ok(format!("hub {one} of {} killed, started again {} s later", self.hubs, down.as_secs()))
    }
}

/// The worst that one server can do, and every second time all of them.
async fn harm_nats(nats: &mut Nats, times: u32, down: Duration) -> Result<String> {
    let (whom, which) = match times.is_multiple_of(2) {
        false => ("the server of NATS that leads the stream", vec![nats.leader().await?]),
        true => ("all servers of NATS", nats.all().collect()),
    };
    which.iter().try_for_each(|one| nats.kill(*one))?;
    tokio::time::sleep(down).await;
    which.iter().try_for_each(|one| nats.start_one(*one))?;
    Ok(format!("{whom} killed, started again {} s later", down.as_secs()))
}

/// `[database]` and `[nats]` of hub.toml.
fn tables(database: Option<&Database>, nats: Option<&Nats>) -> Vec<(&'static str, Value)> {
    let database = database.map(|database| ("database", database.table().into()));
    database.into_iter().chain(nats.map(|nats| ("nats", nats.table().into()))).collect()
}

/// What came before a connector began is not for it.
fn has_connector(database: Option<&Database>) -> bool {
    database.is_some_and(|of| number(of, "SELECT count(*) FROM connector").is_ok_and(|count| count > 0))
}

const DOUBLED: &str =
    "SELECT count(*) FROM (SELECT 1 FROM record GROUP BY box, event_id HAVING count(*) > 1) AS doubled";

fn in_stream((database, words): (&Database, &Words)) -> Result<u64> {
    number(database, &format!("SELECT count(*) FROM record WHERE cursor <= {}", words.newest_cursor))
}

fn number(database: &Database, sql: &str) -> Result<u64> {
    Ok(database.ask(sql)?.parse()?)
}

fn delivered(due: u64, handed: &mut Told) -> Delivered {
    let latencies = sorted_latencies_ms(handed);
    let (delivered, again) = (handed.distinct(), handed.doubled());
    Delivered { due, delivered, again, p99_ms: quantile(&latencies, 0.99) }
}

fn sorted_latencies_ms(told: &mut Told) -> Vec<f64> {
    let mut latencies = std::mem::take(&mut told.latencies_ms);
    latencies.sort_by(f64::total_cmp);
    latencies
}

fn subscriber(told: &mut Told) -> Subscriber {
    let latencies = sorted_latencies_ms(told);
    Subscriber {
        told: told.distinct(),
        doubled: told.doubled(),
        reconnections: told.reconnections,
        p50_ms: quantile(&latencies, 0.5),
        p99_ms: quantile(&latencies, 0.99),
    }
}

async fn wait(patience: Duration, holds: impl Fn() -> bool) {
    let until = Instant::now() + patience;
    while !holds() && Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}
