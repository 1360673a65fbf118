use std::sync::Arc;
use std::time::Duration;

use velum_uplink::{SettingsAnswer, SettingsOutcome, SettingsWish};
use velum_vocab::{CameraId, Digest};

use super::desk::Overlays;
use super::load;
use crate::config::Settings;
use crate::testing::{Approvers, TestBox, logged_box, test_box};

const HALL: &str = "{\"zones\":[{\"id\":\"hall\"}],\"ground_plane\":[]}";
const YARD: &str = "{\"zones\":[{\"id\":\"yard\"}],\"ground_plane\":[]}";
const PLANE: &str = "{\"zones\":[{\"id\":\"floor\",\"polygon\":[[0.2,0.5],[0.8,0.5],[0.8,0.9]]}],\"ground_plane\":[{\"picture\":[0.2,0.4],\"ground_m\":[0,10]},{\"picture\":[0.8,0.4],\"ground_m\":[8,10]},\
    {\"picture\":[0.9,0.9],\"ground_m\":[6,2]},{\"picture\":[0.1,0.9],\"ground_m\":[2,2]}]}";

struct Scene {
    edge: TestBox,
    desk: Overlays,
}

fn allow(edge: &TestBox) {
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
}

/// The configuration of a box with two cameras of the demonstration's policy.
fn written(edge: &TestBox, table: &str, hub: &str) -> Settings {
    let file = edge.folder.path().join("edge.toml");
    let text = format!(
        "[box]\ndata_dir = \".\"\n[hub]\n{hub}\n[cameras.plaza-1]\nsource = \"test:ball\"\n{table}\n[cameras.plaza-2]\nsource = \"test:ball\"\n"
    );
    std::fs::write(&file, text).unwrap();
    crate::config::load(&file).unwrap()
}

fn opened(edge: &TestBox, table: &str) -> Overlays {
    Overlays::open(&written(edge, table, ""), Arc::clone(&edge.shared))
}

fn scene() -> Scene {
    let edge = logged_box();
    allow(&edge);
    let desk = opened(&edge, "");
    Scene { edge, desk }
}

fn camera() -> CameraId {
    CameraId::parse("plaza-1").unwrap()
}

/// What is told of the first camera.
fn now(desk: &Overlays) -> velum_uplink::SettingsTold {
    desk.told().into_iter().find(|told| told.camera == "plaza-1").unwrap()
}

fn wish(desk: &Overlays, number: u8, json: &str) -> SettingsWish {
    SettingsWish {
        id: [number; 16],
        camera: "plaza-1".to_owned(),
        settings_json: json.to_owned(),
        base_digest: now(desk).digest,
        check_only: false,
        approved_by: "console:ben, proposed by console:anna".to_owned(),
    }
}

fn answer(desk: &Overlays) -> SettingsAnswer {
    let answers = desk.take_answers();
    let [answer] = answers.as_slice() else { panic!("{answers:?}") };
    answer.clone()
}

impl Scene {
    fn offer(&self, number: u8, json: &str) {
        self.desk.offered(&wish(&self.desk, number, json));
    }

    /// Time passes, second by second; returns which cameras were started meanwhile, and by which zones.
    fn pass(&self, secs: u64) -> Vec<(String, String)> {
        let mut started = Vec::new();
        let mut look = || {
            for camera in self.desk.look() {
                self.edge.shared.proofs.begin(&camera.id);
                started.push((camera.id.to_string(), camera.analysis.zones[0].id.to_string()));
            }
        };
        for _ in 0..secs {
            look();
            self.edge.clock.advance(Duration::from_secs(1));
        }
        look();
        started
    }

    fn sees(&self) {
        self.edge.shared.proofs.analysed(&camera(), (1280, 720));
    }

    fn audit(&self) -> String {
        let files = std::fs::read_dir(self.edge.folder.path().join("audit")).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect()
    }
}

fn started(camera: &str, zone: &str) -> (String, String) {
    (camera.to_owned(), zone.to_owned())
}

#[test]
fn settings_hold_once_the_camera_was_seen_to_run_by_them() {
    let scene = scene();
    scene.offer(1, HALL);
    assert_eq!(scene.desk.take_answers(), [], "it is tried first");
    assert_eq!(scene.pass(4), [started("plaza-1", "hall")], "the other camera is left as it is");
    scene.sees();
    assert!(!now(&scene.desk).from_hub);
    scene.pass(2);
    let told = answer(&scene.desk);
    assert_eq!((told.id, told.outcome, &told.problems), ([1; 16], SettingsOutcome::InForce, &vec![]));
    assert_eq!(told.digest, Some(Digest::of(HALL.as_bytes())));
    assert!(now(&scene.desk).from_hub);
    scene.offer(1, HALL);
    assert_eq!(answer(&scene.desk).outcome, SettingsOutcome::InForce, "offered again, answered again");
    assert_eq!(scene.pass(1), [], "and done once");
    let log = scene.audit();
    assert!(log.contains("settings-offered") && log.contains("settings-in-force"), "{log}");
    assert!(log.contains("approved by console:ben, proposed by console:anna"), "{log}");

    let file = scene.edge.folder.path().join("edge.toml");
    let loaded = load(&file).unwrap().settings;
    assert_eq!(loaded.cameras[0].analysis.zones[0].id.as_str(), "hall", "commands beside the box see it");
    let again = opened(&scene.edge, "");
    assert_eq!(again.running()[0].analysis.zones[0].id.as_str(), "hall", "over a restart");
    assert_eq!(now(&again).last.map(|last| last.outcome), Some(SettingsOutcome::InForce));
    // Back to what the file says.
    let base = now(&scene.desk);
    scene.desk.offered(&SettingsWish { base_digest: base.digest, ..wish(&scene.desk, 2, "{}") });
    scene.pass(1);
    scene.sees();
    scene.pass(6);
    assert_eq!(answer(&scene.desk).outcome, SettingsOutcome::InForce);
    assert!(!now(&scene.desk).from_hub);
}

#[test]
fn what_cannot_be_taken_is_refused_by_its_place_and_changes_nothing() {
    let scene = scene();
    let check = |wish: SettingsWish, path: &str, text: &str| {
        scene.desk.offered(&wish);
        let told = answer(&scene.desk);
        assert_eq!(told.outcome, SettingsOutcome::Refused);
        assert_eq!(told.problems[0].0, path, "{told:?}");
        assert!(told.problems[0].1.contains(text), "{told:?}");
        assert_eq!(scene.pass(1), []);
    };
    let two = "{\"zones\":[{\"id\":\"a\"},{\"id\":\"b\",\"polygon\":[[0,0],[1,1]]}]}";
    check(wish(&scene.desk, 1, two), "zones[1]", "at least 3 points, found 2");
    check(wish(&scene.desk, 2, "{\"source\":\"rtsp://x\"}"), "source", "not known");
    let other = SettingsWish { base_digest: Digest::of(b"another"), ..wish(&scene.desk, 3, HALL) };
    check(other, "", "other settings hold by now");
    let elsewhere = SettingsWish { camera: "attic".to_owned(), ..wish(&scene.desk, 4, HALL) };
    check(elsewhere, "", "no camera of this name");
    let settings = written(&scene.edge, "", "takes_settings = false");
    let closed = Overlays::open(&settings, Arc::clone(&scene.edge.shared));
    closed.offered(&wish(&closed, 5, HALL));
    assert!(answer(&closed).problems[0].1.contains("takes_settings = false"));
    assert!(!now(&closed).takes_settings);
}

#[test]
fn a_draft_is_looked_at_and_its_ground_plane_drawn() {
    let scene = scene();
    let draft = SettingsWish { check_only: true, ..wish(&scene.desk, 1, PLANE) };
    scene.desk.offered(&draft);
    let told = answer(&scene.desk);
    assert_eq!(told.outcome, SettingsOutcome::Checked, "{told:?}");
    let plane = told.plane.unwrap();
    assert_eq!(plane.points.len(), 4);
    assert!(
        plane.lines.len() > 100 && plane.warnings.iter().any(|words| words.contains("four pairs")),
        "{plane:?}"
    );
    assert_eq!(scene.pass(1), []);
}

#[test]
fn without_a_log_or_a_policy_nothing_is_tried() {
    let edge = test_box(10);
    allow(&edge);
    let desk = opened(&edge, "");
    desk.offered(&wish(&desk, 1, HALL));
    assert!(answer(&desk).problems[0].1.starts_with("the audit log cannot be written"));
    assert!(desk.look().is_empty());
    let edge = logged_box();
    let desk = opened(&edge, "");
    desk.offered(&wish(&desk, 1, HALL));
    assert!(answer(&desk).problems[0].1.contains("not analysed now: no valid policy"));
}

#[test]
fn a_camera_that_is_not_seen_to_run_goes_back() {
    let scene = scene();
    scene.offer(1, HALL);
    scene.pass(3);
    scene.edge.shared.proofs.failed(&camera(), "the stream does not open".to_owned());
    assert_eq!(scene.pass(26), []);
    assert_eq!(scene.pass(2), [started("plaza-1", "frame")], "those of the file are back");
    let told = answer(&scene.desk);
    assert_eq!(told.outcome, SettingsOutcome::RolledBack);
    assert!(told.problems[0].1.ends_with("within 30 s: the stream does not open"), "{told:?}");
    assert!(!now(&scene.desk).from_hub && scene.audit().contains("settings-rolled-back"));

    // Frames of the run before prove nothing, nor does time in which nobody may look.
    scene.sees();
    scene.offer(2, YARD);
    scene.sees();
    scene.pass(10);
    let mut pauses = velum_gate::Pauses::default();
    pauses.cameras.insert(camera(), velum_vocab::Timestamp::from_unix_secs(i64::from(u32::MAX)));
    scene.edge.shared.gate.set_paused(pauses);
    scene.pass(600);
    assert_eq!(scene.desk.take_answers(), []);
    scene.edge.shared.gate.set_paused(velum_gate::Pauses::default());
    scene.pass(31);
    assert!(answer(&scene.desk).problems[0].1.starts_with("no frame was analysed"));
}

#[test]
fn a_box_that_is_killed_meanwhile_goes_back() {
    let scene = scene();
    scene.offer(1, HALL);
    scene.pass(2);
    let Scene { edge, desk } = scene;
    drop(desk);
    let edge = edge.restarted();
    let desk = opened(&edge, "");
    assert_eq!(desk.running()[0].analysis.zones[0].id.as_str(), "frame");
    let last = now(&desk).last.unwrap();
    assert_eq!((last.id, last.outcome), ([1; 16], SettingsOutcome::RolledBack));
    assert_eq!(last.problems[0].1, "the box ended while they were tried out");
    desk.offered(&wish(&desk, 1, HALL));
    assert_eq!(answer(&desk).outcome, SettingsOutcome::RolledBack, "the same offer is not tried twice");
}

#[test]
fn a_change_of_the_file_beneath_drops_what_the_hub_offered() {
    let scene = scene();
    scene.offer(1, HALL);
    scene.pass(1);
    scene.sees();
    scene.pass(6);
    assert!(now(&scene.desk).from_hub);
    let changed = opened(&scene.edge, "zones = [{ id = \"terrace\" }]");
    assert_eq!(changed.running()[0].analysis.zones[0].id.as_str(), "terrace");
    assert!(!now(&changed).from_hub && scene.audit().contains("settings-dropped"));
    let again = opened(&scene.edge, "");
    assert_eq!(again.running()[0].analysis.zones[0].id.as_str(), "frame", "and it does not come back");
}

#[test]
fn one_change_of_a_camera_is_tried_at_a_time() {
    let scene = scene();
    scene.offer(1, HALL);
    scene.offer(2, YARD);
    assert!(answer(&scene.desk).problems[0].1.contains("another change of this camera is tried out"));
    scene.offer(1, HALL);
    assert_eq!(scene.desk.take_answers(), [], "offered again while it is tried");
    scene.pass(1);
    scene.sees();
    scene.pass(6);
    assert_eq!(answer(&scene.desk).outcome, SettingsOutcome::InForce);
}
