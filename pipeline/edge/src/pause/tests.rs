use std::sync::Arc;

use velum_gate::CameraPermission;
use velum_vocab::{CameraId, Clock, Polygon, SimulatedClock, Timestamp};

use super::*;
use crate::audit::BoxLog;
use crate::testing::{Approvers, START, TestBox, test_box};

struct Scene {
    edge: TestBox,
    settings: Settings,
    clock: SimulatedClock,
    log: BoxLog,
}

const CONFIGURATION: &str = r#"
[cameras.plaza-1]
source = "test:ball"
zones = [
    { id = "terrace", polygon = [[0.0, 0.0], [0.333333333333, 0.0], [0.3, 1.0]] },
    { id = "plaza" },
    { id = "stairs", polygon = [[0.8, 0.0], [1.0, 0.0], [1.0, 1.0]], abandoned = {} },
]
[cameras.plaza-2]
source = "test:ball"
"#;
const MOUNT: &str = "mount    = \"recorded footage\"\n";
const ZONES: &str = "mount    = \"recorded footage\"\nzone = [ { id = \"door\", kind = \"watch\", polygon = \
                     [[0.4,0.4],[0.6,0.4],[0.6,0.6]] }, { id = \"terrace\", kind = \"count\", polygon = \
                     [[0.0,0.0],[0.4,0.0],[0.3,1.0]] } ]\n";

/// A box with a policy in force, on a clock of its own for pauses.
fn scene() -> Scene {
    let edge = test_box(10);
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.changed("1.0.0", &[(MOUNT, ZONES)]));
    edge.shared.gate.install(approvers.verified()).unwrap();
    let file = edge.folder.path().join("edge.toml");
    std::fs::write(&file, CONFIGURATION).unwrap();
    let settings = crate::config::load(&file).unwrap();
    std::fs::create_dir_all(&settings.data_dir).unwrap();
    let clock = SimulatedClock::at(START);
    let log = BoxLog::open(&settings.data_dir, Arc::new(clock.clone()));
    Scene { edge, settings, clock, log }
}

impl Scene {
    fn ask(&self, wish: PauseWish) -> Result<String, String> {
        let ask = Ask { wish, operator: "a.meier".to_owned(), reason: "somebody objects".to_owned() };
        let waiting = asked::leave(&self.settings.data_dir, &ask).unwrap();
        self.look();
        waiting.answer().unwrap()
    }

    fn pause(&self, minutes: u32) -> Result<String, String> {
        self.pause_at(place(None), minutes, None)
    }

    fn pause_zone(&self, zone: &str, minutes: u32) -> Result<String, String> {
        self.pause_at(place(Some(zone)), minutes, None)
    }

    fn pause_at(&self, place: PausedPlace, minutes: u32, officer: Option<&str>) -> Result<String, String> {
        let duty_officer = officer.map(ToOwned::to_owned);
        self.ask(PauseWish::Pause { place, minutes, duty_officer })
    }

    fn resume(&self) -> Result<String, String> {
        self.ask(PauseWish::Resume { place: place(None) })
    }

    /// As upkeep does it after a restart: until when cameras are paused.
    fn look(&self) -> Vec<Timestamp> {
        let zones = Zones::of(&self.settings.cameras);
        let mut desk = PauseDesk::new(&self.settings.data_dir, zones, Arc::new(self.clock.clone()));
        let policy = self.edge.shared.gate.policy();
        let paused = desk.look(&self.log, policy.as_deref()).for_gate();
        self.edge.shared.gate.set_paused(paused.clone());
        // The gate has a clock of its own.
        self.edge.clock.set(self.clock.now());
        paused.cameras.into_values().collect()
    }

    /// What is painted over, by the name of the zone.
    fn painted(&self) -> Vec<(String, usize)> {
        let areas = self.edge.shared.gate.paused_areas(&CameraId::parse("plaza-1").unwrap());
        areas.into_iter().map(|(zone, areas)| (zone, areas.len())).collect()
    }

    fn permission(&self, camera: &str) -> CameraPermission {
        self.edge.shared.gate.permission(&CameraId::parse(camera).unwrap())
    }

    fn logged(&self) -> String {
        let files = velum_policy::audit::files(&self.settings.data_dir.join("audit")).unwrap();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }
}

fn place(zone: Option<&str>) -> PausedPlace {
    PausedPlace { camera: "plaza-1".to_owned(), zone: zone.map(ToOwned::to_owned) }
}

#[test]
fn a_zone_that_is_moved_while_it_is_paused_is_painted_over_where_it_is_now_too() {
    let mut scene = scene();
    scene.pause_zone("stairs", 30).unwrap();
    assert_eq!(scene.painted(), [("stairs".to_owned(), 1)]);
    let file = scene.edge.folder.path().join("edge.toml");
    let moved =
        CONFIGURATION.replace("[[0.8, 0.0], [1.0, 0.0], [1.0, 1.0]]", "[[0.5, 0.0], [0.7, 0.0], [0.7, 1.0]]");
    assert_ne!(moved, CONFIGURATION);
    std::fs::write(&file, moved).unwrap();
    scene.settings = crate::config::load(&file).unwrap();
    scene.clock.advance(Duration::from_secs(60));
    let since = |scene: &Scene| {
        scene.look();
        let file = std::fs::read_to_string(crate::local::paused_path(&scene.settings.data_dir)).unwrap();
        serde_json::from_str::<serde_json::Value>(&file).unwrap()["content"]["pauses"][0].clone()
    };
    let first = since(&scene);
    assert_eq!(scene.painted(), [("stairs".to_owned(), 2)], "where it was, and where it is");
    assert_eq!(first["since_unix_secs"], START.unix_secs() + 60, "pictures from before are not of this");
    assert_eq!(first["until_unix_secs"], START.unix_secs() + 1_800);
    scene.clock.advance(Duration::from_secs(60));
    assert_eq!(since(&scene), first, "once");
    // A zone that is gone stays painted over where it was.
    let gone = CONFIGURATION.replace("id = \"stairs\"", "id = \"steps\"");
    std::fs::write(&file, gone).unwrap();
    scene.settings = crate::config::load(&file).unwrap();
    assert_eq!(since(&scene), first);
}

#[test]
fn a_paused_camera_is_not_analysed_and_others_are() {
    let scene = scene();
    assert!(scene.permission("plaza-1").is_active());
    let answer = scene.pause(30).unwrap();
    assert!(answer.starts_with("camera plaza-1 is paused until 2026-"), "{answer}");
    assert_eq!(scene.permission("plaza-1"), CameraPermission::Paused);
    assert!(scene.permission("plaza-2").is_active());
    assert!(scene.logged().contains("paused-for-30-min") && scene.logged().contains("somebody objects"));
    assert_eq!(scene.resume().unwrap(), "camera plaza-1 goes on");
    assert!(scene.permission("plaza-1").is_active());
    assert_eq!(scene.resume().unwrap_err(), "camera plaza-1 is not paused");
}

#[test]
fn a_pause_ends_by_itself_and_holds_over_a_restart_until_then() {
    let scene = scene();
    scene.pause(10).unwrap();
    let until = scene.look();
    let secs: Vec<_> = until.iter().map(|until| until.unix_secs() - START.unix_secs()).collect();
    assert_eq!(secs, [600]);
    scene.pause(5).unwrap();
    assert_eq!(scene.look(), until, "a shorter one does not shorten it");
    scene.clock.advance(Duration::from_secs(601));
    assert!(scene.look().is_empty());
    assert!(scene.permission("plaza-1").is_active());
    assert!(scene.logged().contains("pause-ended"));
}

#[test]
fn a_pause_that_cannot_be_read_pauses_all_cameras() {
    let scene = scene();
    scene.pause(10).unwrap();
    std::fs::write(local::paused_path(&scene.settings.data_dir), "{").unwrap();
    assert_eq!(scene.look().len(), 2);
    assert_eq!(scene.look().len(), 2, "and stay so");
}

#[test]
fn what_cannot_be_is_refused_with_the_limit() {
    let scene = scene();
    let refused = scene.pause(31).unwrap_err();
    assert!(refused.contains("expected 1 to 30"), "{refused}");
    assert!(scene.pause(0).is_err());
    let unknown = known(&scene.settings, "elsewhere").unwrap_err().to_string();
    assert!(unknown.contains("`plaza-1`, `plaza-2`, found `elsewhere`"), "{unknown}");
    assert_eq!(list(&scene.settings).unwrap(), "nothing is paused\n");
    scene.pause(1).unwrap();
    assert!(list(&scene.settings).unwrap().contains("plaza-1"));
}

#[test]
fn a_paused_zone_is_painted_over_while_its_camera_goes_on() {
    let scene = scene();
    let answer = scene.pause_zone("terrace", 30).unwrap();
    assert!(
        answer.starts_with("zone terrace of camera plaza-1 is paused until 2026-11-21T00:30:00Z"),
        "{answer}"
    );
    assert!(answer.ends_with("; zone plaza overlaps it: no crowds are judged there either"), "{answer}");
    assert!(scene.permission("plaza-1").is_active());
    assert_eq!(scene.painted(), [("terrace".to_owned(), 2)], "the configuration's and the policy's");
    scene.pause_zone("door", 5).unwrap();
    assert_eq!(scene.painted().len(), 2, "a zone that only the policy names");
    let log = scene.logged();
    for part in [
        "paused-for-30-min until 2026-11-21T00:30:00Z zone terrace",
        "a.meier",
        "somebody objects",
        "zone door",
    ] {
        assert!(log.contains(part), "{part}: {log}");
    }
    let listed = list(&scene.settings).unwrap();
    assert!(listed.contains("terrace") && listed.contains("2026-11-21T00:30:00Z"), "{listed}");
    let refused = scene.resume().unwrap_err();
    let expected = "camera plaza-1 is not paused; paused are still zone terrace of camera plaza-1, zone door of \
                    camera plaza-1";
    assert_eq!(refused, expected);
    scene.ask(PauseWish::Resume { place: place(Some("terrace")) }).unwrap();
    assert_eq!(scene.painted(), [("door".to_owned(), 1)]);
    let unknown = scene.pause_zone("roof", 5).unwrap_err();
    assert!(
        unknown.contains("`door`, `plaza`, `stairs`, `terrace` of camera plaza-1, found `roof`"),
        "{unknown}"
    );
}

#[test]
fn a_zone_s_pause_holds_over_a_restart_with_the_very_same_area_and_ends_by_itself() {
    let scene = scene();
    scene.pause_zone("terrace", 10).unwrap();
    let areas = || scene.edge.shared.gate.paused_areas(&CameraId::parse("plaza-1").unwrap());
    let before = areas();
    scene.edge.shared.gate.set_paused(Pauses::default());
    scene.clock.advance(Duration::from_secs(599));
    scene.look();
    assert_eq!(areas(), before, "to the last bit: a still's frames were painted over with these");
    scene.clock.advance(Duration::from_secs(1));
    scene.look();
    assert!(areas().is_empty());
    assert!(scene.logged().contains("pause-ended zone terrace"), "{}", scene.logged());
    assert_eq!(list(&scene.settings).unwrap(), "nothing is paused\n");
}

#[test]
fn the_eleventh_pause_of_a_place_within_an_hour_needs_the_duty_officer() {
    for zone in [None, Some("terrace")] {
        let scene = scene();
        for _ in 0..10 {
            scene.pause_at(place(zone), 1, None).unwrap();
            scene.clock.advance(Duration::from_secs(120));
        }
        let refused = scene.pause_at(place(zone), 1, None).unwrap_err();
        assert!(refused.contains("was paused 10 times within an hour"), "{refused}");
        assert!(refused.ends_with("write for example `--duty-officer b.smit`"), "{refused}");
        assert!(scene.logged().contains("\"pause_rate\""), "{}", scene.logged());
        assert!(scene.pause_zone("stairs", 1).is_ok(), "another place");
        for nobody in ["a.meier", " A.Meier", "", "\n"] {
            let refused = scene.pause_at(place(zone), 1, Some(nobody)).unwrap_err();
            assert!(refused.contains("somebody else than who asks"), "{refused}");
        }
        scene.pause_at(place(zone), 1, Some("b.smit")).unwrap();
        let log = scene.logged();
        assert!(log.contains("\"b.smit\"") && log.contains("allowed-by-duty-officer"), "{log}");
        // The first ones are an hour ago.
        scene.clock.advance(Duration::from_secs(3_600 - 10 * 120 + 300));
        scene.pause_at(place(zone), 1, None).unwrap();
    }
}

#[test]
fn what_the_duty_officer_allowed_must_be_in_the_log() {
    let Scene { edge, settings, clock, log } = scene();
    drop(log);
    let scene = Scene { edge, settings, clock, log: BoxLog::none() };
    assert!(scene.pause(1).unwrap().contains("could not be logged"));
    assert!(scene.pause_at(place(None), 1, Some("b.smit")).unwrap_err().contains("audit log"));
}

#[test]
fn what_is_no_area_paints_everything_over() {
    let since = Timestamp::from_unix_secs(1);
    let mut pause = local::Pause::new(place(Some("terrace")), &[], since, Duration::from_secs(60));
    pause.areas = vec![vec![[0.0, 0.0], [1.0, 1.0]]];
    let paused = Paused { pauses: vec![pause], ..Paused::default() }.for_gate();
    assert_eq!(paused.zones.values().next().unwrap()[0].areas, [Polygon::whole_frame()]);
}
