//! A running box is taken through all seven states, by policies that are published, by people, by files and clock that
//! are not as they must be; what leaves in each is counted on the line. It takes some three minutes: `make test-states`.
#![cfg(test)]

#[path = "../integration/tap.rs"]
mod tap;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use prost::Message as _;
use velum_proto::v1::still_answer::Answer;
use velum_proto::v1::{BoxMessage, EventKind, box_message::Message, record::End};
use velum_tests::town::{Plan, Ports, Town};

use tap::Tap;

/// Seconds after the cameras' start at which the bag is put down: once the box has a policy and has learned the scene.
const BAG_AT_SECS: u32 = 50;
/// What left is counted for so long where hours must be among it, which the box tells every ten seconds; and where
/// nothing must be.
const SOME: Duration = Duration::from_secs(12);
const NOTHING: Duration = Duration::from_secs(6);
/// Stills that may be asked for in an hour: the test asks again and again while one is being made.
const MANY: i64 = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);
const CAMERAS: [&str; 2] = ["plaza-1", "plaza-2"];

/// What left, by what it was.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Left {
    /// Events that tell of people or things.
    events: usize,
    /// Changes of cameras' states.
    health: usize,
    /// Hours of cameras.
    coverage: usize,
    stills: usize,
}

impl Left {
    fn of(said: &[BoxMessage]) -> Self {
        let mut left = Self::default();
        for message in said.iter().filter_map(|message| message.message.as_ref()) {
            match message {
                Message::Batch(batch) => {
                    for record in &batch.records {
                        match &record.end {
                            Some(End::Event(event)) if event.kind() == EventKind::CameraHealth => {
                                left.health += 1
                            }
                            Some(End::Event(_)) => left.events += 1,
                            _ => {}
                        }
                    }
                }
                Message::Coverage(report) => left.coverage += report.bins.len(),
                Message::StillAnswer(answer) => {
                    left.stills += usize::from(matches!(answer.answer, Some(Answer::Still(_))))
                }
                // Of the machine, its cameras' settings and what it was ordered: nothing that a camera saw.
                Message::Hello(_)
                | Message::PolicyReceipt(_)
                | Message::SettingsReport(_)
                | Message::SettingsReceipt(_)
                | Message::BoxState(_)
                | Message::SuppressionReceipt(_)
                | Message::ExerciseReport(_) => {}
            }
        }
        left
    }
}

impl Left {
    /// Whether anything of people, things or hours left.
    fn tells(self) -> bool {
        self.events + self.coverage >= 1
    }
}

struct Place {
    town: Town,
    tap: Tap,
    dir: tempfile::TempDir,
    counted: BTreeMap<&'static str, Left>,
}

impl Place {
    fn found() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let ports = Ports::free().unwrap();
        let plan =
            Plan { ports, bag_at_secs: Some(BAG_AT_SECS), produced_log: false, marker: None, load: None };
        let mut town = Town::found(&dir.path().join("town"), plan).unwrap();
        configure(town.dir(), "hub.toml", |table| {
            section(table, "stills").insert("max_per_operator_per_hour".to_owned(), MANY.into());
        });
        town.start_hub().unwrap();
        town.enroll_box().unwrap();
        let tap = Tap::start(town.dir(), ports.hub);
        town.lead_box_through(tap.port()).unwrap();
        // The hub alone hands the policy over.
        configure(town.dir(), "edge.toml", |table| {
            section(table, "policy").remove("file");
            section(table, "stills").insert("per_operator_per_hour".to_owned(), MANY.into());
            section(table, "stills").insert("per_hour".to_owned(), MANY.into());
        });
        town.start_cameras().unwrap();
        town.start_edge().unwrap();
        Self { town, tap, dir, counted: BTreeMap::new() }
    }

    /// Waits until the box says that every camera is in this state.
    fn reach(&self, state: &str) {
        self.town.wait_until(state, PATIENCE, |town| {
            let metrics = town.metrics().unwrap_or_default();
            let is_in = |camera: &&str| {
                metrics.get(&format!("velum_camera_state{{camera=\"{camera}\",state=\"{state}\"}}"))
                    == Some(&1.0)
            };
            CAMERAS.iter().all(is_in)
        });
    }

    /// Counts what leaves for a while, with a still being asked for.
    fn count(&mut self, (state, counted): (&'static str, Duration), alert: Option<&str>) -> Left {
        // What was said before the state began may still be on its way.
        std::thread::sleep(Duration::from_secs(1));
        let before = said(&self.tap).len();
        if let Some(alert) = alert {
            let asked = self.town.still(alert, &self.dir.path().join(format!("{state}.jpg")));
            assert_eq!(asked.is_ok(), state == "active", "{state}: {asked:?}");
        }
        std::thread::sleep(counted);
        let left = Left::of(&said(&self.tap)[before..]);
        println!("{state}: {left:?}");
        self.counted.insert(state, left);
        left
    }

    /// The demonstration's policy in this version, with edits.
    fn text(&self, version: &str, edits: &[(&str, String)]) -> String {
        let text = self.town.policy_text().unwrap();
        let text = text.replace("version        = \"1.0.0\"", &format!("version        = \"{version}\""));
        edits.iter().fold(text, |text, (key, value)| {
            let line = text.lines().find(|line| line.starts_with(key)).unwrap();
            let written = format!("{} = {value}", key.trim());
            text.replacen(line, &written, 1)
        })
    }

    /// Signed by so many, and published. Gives what was printed.
    fn publish(&self, name: &str, text: &str, approvers: usize) -> String {
        let signed = self.town.sign(name, text, approvers).unwrap();
        self.town.publish(&signed).unwrap()
    }

    fn in_force(&self) -> std::path::PathBuf {
        self.town.dir().join("box-data/policy/in-force.signed.json")
    }
}

fn configure(dir: &Path, file: &str, change: impl FnOnce(&mut toml::Table)) {
    let file = dir.join(file);
    let mut table: toml::Table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
    change(&mut table);
    std::fs::write(&file, toml::to_string(&table).unwrap()).unwrap();
}

fn section<'t>(table: &'t mut toml::Table, key: &str) -> &'t mut toml::Table {
    let empty = || toml::Value::Table(toml::Table::new());
    table.entry(key).or_insert_with(empty).as_table_mut().unwrap()
}

/// Nothing of people, things or hours, and no picture.
fn only_health(left: Left) {
    assert_eq!((left.events, left.coverage, left.stills), (0, 0, 0), "{left:?}");
}

#[test]
fn a_running_box_lets_out_in_each_state_what_that_state_may() {
    let mut place = Place::found();

    // No policy: nothing was published yet.
    place.reach("no_policy");
    only_health(place.count(("no policy", NOTHING), None));

    let printed = place.publish("first", &place.text("1.0.0", &[]), 2);
    assert!(printed.contains("as published") || printed.contains("took 1.0.0"), "{printed}");
    place.reach("analysed");
    let mut alert = None;
    place.town.wait_until("alerted", Duration::from_secs(150), |town| {
        alert = town.abandoned_object().unwrap();
        alert.as_ref().is_some_and(|event| town.still(event, &place.dir.path().join("first.jpg")).is_ok())
    });
    let alert = alert.unwrap();
    let so_far = Left::of(&said(&place.tap));
    assert!(so_far.events >= 1 && so_far.stills == 1, "{so_far:?}");
    let active = place.count(("active", SOME), Some(&alert));
    assert!(active.tells() && active.stills == 1, "{active:?}");

    // Paused by people, both cameras.
    for camera in CAMERAS {
        let ask = ["pause", camera, "--minutes", "10", "--reason", "somebody objects", "--operator", "anna"];
        place.town.edge_command(&ask).unwrap();
    }
    place.reach("paused");
    let paused = place.count(("paused", NOTHING), Some(&alert));
    assert_eq!((paused.events, paused.stills), (0, 0), "{paused:?}");
    for camera in CAMERAS {
        place.town.edge_command(&["resume", camera, "--reason", "it is over", "--operator", "anna"]).unwrap();
    }
    place.reach("analysed");

    // No policy: one bit of the accepted one is not as it was. The hub, once it is there, hands it over again.
    place.town.kill_hub().unwrap();
    let good = std::fs::read(place.in_force()).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    std::fs::write(place.in_force(), bad).unwrap();
    place.reach("no_policy");
    place.town.start_hub().unwrap();
    place.reach("analysed");
    assert_eq!(std::fs::read(place.in_force()).unwrap(), good);

    // Metadata only: nobody looks over the masks.
    place.town.stop_edge().unwrap();
    configure(place.town.dir(), "edge.toml", |table| {
        section(table, "stills").insert("verifier".to_owned(), toml::Value::String("none".to_owned()));
    });
    place.town.start_edge().unwrap();
    place.reach("analysed");
    let metadata_only = place.count(("metadata only", SOME), Some(&alert));
    assert!(metadata_only.tells() && metadata_only.stills == 0, "{metadata_only:?}");

    // Expired: one approver alone may have it end sooner.
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(15);
    let end = soon.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let sooner = place.text("1.1.0", &[("review_by ", end.clone()), ("expires ", end)]);
    // What has expired is not signed any more.
    let suspended = sooner.replace("\"1.1.0\"", "\"1.2.0\"").replace("= \"active\"", "= \"suspended\"");
    let suspended = place.town.sign("suspended", &suspended, 1).unwrap();
    place.publish("sooner", &sooner, 1);
    place.reach("no_policy");
    only_health(place.count(("expired", NOTHING), Some(&alert)));

    // Suspended, by one approver.
    place.town.publish(&suspended).unwrap();
    place.reach("paused");
    only_health(place.count(("suspended", NOTHING), Some(&alert)));

    // Untrusted time: the box remembers a later time than its clock shows.
    place.town.stop_edge().unwrap();
    let memory = place.town.dir().join("box-data/outbox/gate-memory");
    let text = std::fs::read_to_string(&memory).unwrap();
    let mark = text.lines().find_map(|line| line.strip_prefix("time_high_water_unix_us = ")).unwrap();
    let later = mark.parse::<i64>().unwrap() + 3_600 * 1_000_000;
    std::fs::write(&memory, text.replace(mark, &later.to_string())).unwrap();
    place.town.start_edge().unwrap();
    place.reach("untrusted_time");
    only_health(place.count(("untrusted time", NOTHING), Some(&alert)));
    println!("{:#?}", place.counted);
}

/// What the box said so far, message by message, over all connections.
fn said(tap: &Tap) -> Vec<BoxMessage> {
    tap.payloads(true).iter().flat_map(|stream| messages(stream)).collect()
}

/// The messages of a gRPC stream: a byte that says whether it is compressed (we never do), a length, the message.
fn messages(stream: &[u8]) -> Vec<BoxMessage> {
    let mut rest = stream;
    let mut found = Vec::new();
    while let Some((head, after)) = rest.split_first_chunk::<5>() {
        let [0, length @ ..] = *head else { break };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        // The last one may still be under way.
        let Some(message) = after.get(..length) else { break };
        found.extend(BoxMessage::decode(message));
        rest = &after[length..];
    }
    found
}
