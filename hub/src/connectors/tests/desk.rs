//! A hub's parts without a hub: store, policies, audit log and clock, and a target that answers by a script.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use velum_proto::v1::{Record, record::End};

use super::super::courier::{Courier, Step};
use super::super::{Message, Outcome, Target};
use crate::access::Access;
use crate::audit::Audit;
use crate::clock::simulated::SimulatedClock;
use crate::clock::{Clock, SystemClock};
use crate::config::{ConnectorConfig, HubConfig};
use crate::following::Doors;
use crate::identity::Name;
use crate::policies::Policies;
use crate::record::{Incarnation, ValidHello, batch};
use crate::store::{ConnectorRow, Source, Store};
use crate::tests::published;

/// The recipient of machines, as the policy of these tests has it; a test's edits come after this one.
pub(crate) const RECIPIENT: (&str, &str) = (
    "[human_oversight]\n",
    "[[recipient]]\nrole = \"dispatch-system\"\norganisation = \"City of Port Velum (fictional)\"\n\
     regime = \"gdpr\"\npurposes = [\"plaza-safety\"]\n\
     events = [\"abandoned_object_alert\", \"crowd_density_level\", \"camera_health\"]\n\
     fields = [\"alert_id\", \"site\", \"camera\", \"zone\", \"time\", \"level\", \"count_rounded\"]\n\
     imagery = false\nmax_age = \"P1D\"\nexport = true\n\
     justification = \"dispatch sends the stewards\"\nlocation = \"EEA\"\n\n[human_oversight]\n",
);

const CONNECTOR: &str = "[[connector]]\nname = \"dispatch\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\n\
                         reason = \"dispatch sends stewards\"\nurl = \"https://alerts.example.org\"\nsecret_file = \"s\"\n";

pub(super) struct Desk {
    dir: tempfile::TempDir,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) doors: Doors,
    policies: Arc<Policies>,
    pub(super) script: Script,
    /// Of the policy with the machines' recipient: what the events of these tests were released under.
    released_under: Vec<u8>,
}

/// What a target answers, and what it got.
#[derive(Clone, Default)]
pub(super) struct Script(Arc<Mutex<(VecDeque<Outcome>, Vec<Message>)>>);

impl Script {
    /// After these it acknowledges.
    pub(super) fn answer(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.0.lock().unwrap().0.extend(outcomes);
    }

    /// The ids of what it got since it was asked last.
    pub(super) fn got(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().1).iter().map(Message::id).collect()
    }

    pub(super) fn got_kinds(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().1).iter().map(Message::kind).collect()
    }
}

impl Target for Script {
    async fn deliver(&mut self, message: &Message) -> Outcome {
        let mut script = self.0.lock().unwrap();
        script.1.push(message.clone());
        script.0.pop_front().unwrap_or(Outcome::Acknowledged)
    }
}

pub(super) fn failed(reason: &str, retry_after: Option<Duration>) -> Outcome {
    Outcome::Failed { reason: reason.to_owned(), retry_after }
}

/// A checked `[[connector]]` of a file in this folder.
pub(crate) fn config(dir: &Path, connectors: &str) -> Vec<ConnectorConfig> {
    let hub = "data_dir = \"data\"\npki_dir = \"pki\"\nlisten = \"127.0.0.1:0\"\npublic_host = \"hub.example.org\"\n";
    let path = dir.join("hub.toml");
    std::fs::write(&path, format!("{hub}{connectors}")).unwrap();
    HubConfig::read(&path).unwrap().connectors
}

impl Desk {
    /// With a policy that has the machines' recipient.
    pub(super) async fn new() -> Self {
        let desk = Self::bare().await;
        desk.publish("1.0.0", &[RECIPIENT]).await;
        desk
    }

    pub(super) async fn bare() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(SimulatedClock::at(SystemClock.unix_ms()));
        let store = Arc::new(Store::open(&crate::tests::database::at(dir.path())).await.unwrap());
        let shared = || Arc::<SimulatedClock>::clone(&clock);
        let audit = Arc::new(Audit::at(dir.path(), "hub", shared()).unwrap());
        let trust = Some(published::approvers().trust());
        let policies = Arc::new(Policies::open(Arc::clone(&store), Arc::clone(&audit), trust).await.unwrap());
        let access = Arc::new(Access::new(Arc::clone(&store), policies.watch(), shared()));
        let doors = Doors { store, access, audit, clock: shared() };
        let released_under = published::digest(&published::text("1.0.0", &[RECIPIENT])).to_vec();
        Self { dir, clock, doors, policies, script: Script::default(), released_under }
    }

    pub(super) async fn publish(&self, version: &str, edits: &[(&str, &str)]) {
        let signed = published::approvers().sign(&published::text(version, edits), 2);
        let by = Name::parse("anna").unwrap();
        self.policies.publish((signed, None), &by, (self.clock.unix_ms(), false)).await.unwrap();
    }

    /// The connector `dispatch` with further keys.
    pub(super) async fn courier(&self, keys: &str) -> Courier<Script> {
        let [config] = config(self.dir.path(), &format!("{CONNECTOR}{keys}")).try_into().unwrap();
        let roles = [(config.name.clone(), config.recipient.clone())];
        self.doors.store.set_connector_roles(&roles, 1).await.unwrap();
        Courier::open(&config, self.doors.clone(), self.script.clone()).await.unwrap()
    }

    /// Takes these records of a box, with the digest of the policy of now.
    pub(super) async fn ingest(&self, records: Vec<Record>) {
        let source = Source { name: Name::parse("lobby").unwrap(), incarnation: Incarnation([7; 16]) };
        let hello = ValidHello {
            incarnation: Incarnation([7; 16]),
            oldest_sequence: 1,
            next_sequence: 1,
            policy_digest: Vec::new(),
            model_digests: Vec::new(),
            version: String::new(),
            policy_id: String::new(),
            abilities: Default::default(),
        };
        let (store, now_unix_ms) = (&self.doors.store, self.clock.unix_ms());
        store.greet(&source, &hello, now_unix_ms).await.unwrap();
        store.ingest(&source, batch(&records, usize::MAX).unwrap(), now_unix_ms).await.unwrap();
    }

    /// Events are of another policy from now on: of this one, in the first version.
    pub(super) fn release_under(&mut self, edits: &[(&str, &str)]) {
        self.released_under = published::digest(&published::text("1.0.0", edits)).to_vec();
    }

    /// An event.
    pub(super) fn event(&self, sequence: u64) -> Record {
        let mut record = crate::tests::town::event(sequence);
        if let Some(End::Event(event)) = &mut record.end {
            event.policy_digest.clone_from(&self.released_under);
        }
        record
    }

    pub(super) fn events(&self, sequences: std::ops::RangeInclusive<u64>) -> Vec<Record> {
        sequences.map(|sequence| self.event(sequence)).collect()
    }

    pub(super) async fn row(&self) -> ConnectorRow {
        self.doors.store.connector(&Name::parse("dispatch").unwrap()).await.unwrap().unwrap()
    }

    pub(super) fn audit_lines(&self, parts: &[&str]) -> usize {
        let files = std::fs::read_dir(self.dir.path().join("audit")).unwrap();
        let text: String =
            files.filter_map(|file| std::fs::read_to_string(file.unwrap().path()).ok()).collect();
        text.lines().filter(|line| parts.iter().all(|part| line.contains(part))).count()
    }
}

/// Steps until there is nothing to do, or a wait; the last step.
pub(super) async fn run(courier: &mut Courier<Script>) -> Step {
    for _ in 0..1_000 {
        match courier.step().await {
            Step::Again => {}
            step => return step,
        }
    }
    panic!("the courier does not come to rest")
}
