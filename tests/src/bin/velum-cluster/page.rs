//! The report: `cluster.md` for people, `cluster.json` for programs.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;

use crate::trial::Outcome;

/// All trials of one run.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    began: String,
    seed: u64,
    postgresql: String,
    cores: usize,
    trials: Vec<Outcome>,
}

impl Report {
    pub(crate) fn begin(seed: u64, postgresql: &str) -> Self {
        let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
        let began = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        Self { began, seed, postgresql: postgresql.to_owned(), cores, trials: Vec::new() }
    }

    /// Adds a trial, and says how it went.
    pub(crate) fn add(&mut self, outcome: Outcome, say: impl Fn(&str)) {
        say(&row(&outcome));
        self.trials.push(outcome);
    }

    /// Whether nothing was lost and nothing doubled.
    pub(crate) fn holds(&self) -> bool {
        self.trials.iter().all(|one| one.lost() == 0 && one.doubled() == 0)
    }

    pub(crate) fn write(&self, out: &Path) -> Result<()> {
        std::fs::write(out.join("cluster.json"), serde_json::to_string_pretty(self)?)?;
        Ok(std::fs::write(out.join("cluster.md"), self.markdown()?)?)
    }

    fn markdown(&self) -> Result<String> {
        let mut page = format!(
            "# Hubs on one database\n\n{}, seed {}, {} cores for hubs, database, boxes and subscribers together, PostgreSQL {} on a \
             Unix socket with fsync on.\nBoxes are simulated: each has a certificate of the town's authority and talks the real \
             protocol over TLS 1.3; records carry no signature of their own.\n\n\
             | trial | engine | hubs | boxes | s | made | acknowledged | stored | in the stream | words | told to each subscriber | by a connector, of, again, p99 ms | lost | doubled | \
             acknowledged a second | p50 ms | p99 ms | resident MiB before, at the end |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n",
            self.began, self.seed, self.cores, self.postgresql
        );
        for outcome in &self.trials {
            writeln!(page, "{}", row(outcome))?;
        }
        for outcome in self.trials.iter().filter(|one| !one.faults.is_empty()) {
            writeln!(
                page,
                "\n| s | fault under `{}` | streams that broke | median, longest ms without a hub | longest ms for an acknowledgement |",
                outcome.name
            )?;
            writeln!(page, "|---|---|---|---|---|")?;
            for of in &outcome.faults {
                let (median, longest) = (whole(of.median_ms), whole(of.longest_ms));
                let wait = of.longest_wait_ms.map_or_else(|| "below 100".to_owned(), |ms| ms.to_string());
                writeln!(
                    page,
                    "| {} | {} | {} | {median}, {longest} | {wait} |",
                    of.at_secs, of.what, of.outages
                )?;
            }
        }
        page.push_str(
            "\n*lost*: made, and not told to some subscriber, not in the database, not in the stream, or not handed to the connector's target. *doubled*: in the database, or told, twice; a word that one hub said twice. \
             *by a connector*: alerts of objects, every tenth event, that came to the target of a connector (an event server of XProtect, of our own), of how many that were made; \
             *again*: more than once under the same number, as connectors promise. *in the stream*: stored, and a word in the stream of NATS tells of its cursor or of a later one. \
             *p50, p99*: from when a box made an event to when the slowest subscriber had it, of events that were made once all boxes were connected; under `rate` boxes make as much as is \
             taken, so that it is the wait in their own queues. *without a hub*: a box, from the end of its stream to its next welcome. *for an acknowledgement*: from a batch to its acknowledgement, on one stream.\n",
        );
        Ok(page)
    }
}

fn whole(value: Option<u64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

fn row(one: &Outcome) -> String {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.0}"));
    let slowest = |of: fn(&crate::trial::Subscriber) -> Option<f64>| {
        number(one.subscribers.iter().filter_map(of).max_by(f64::total_cmp))
    };
    let mib = |kib: Option<u64>| number(kib.map(|kib| kib as f64 / 1_024.0));
    let told: Vec<String> = one.subscribers.iter().map(|of| of.told.to_string()).collect();
    format!(
        "| {} | {} | {} | {} | {:.0} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} | {} | {} | {}, {} |",
        one.name,
        one.engine,
        one.hubs,
        one.boxes,
        one.secs,
        one.made,
        one.acknowledged,
        whole(one.stored),
        whole(one.in_stream),
        whole(one.words),
        told.join(", "),
        one.connector.as_ref().map_or_else(
            || "-".to_owned(),
            |of| { format!("{}, {}, {}, {}", of.delivered, of.due, of.again, number(of.p99_ms)) }
        ),
        one.lost(),
        one.doubled(),
        one.acknowledged_per_sec,
        slowest(|of| of.p50_ms),
        slowest(|of| of.p99_ms),
        mib(one.resident_before_kib),
        mib(one.resident_kib)
    )
}
