use std::sync::Arc;

use velum_gate::CameraPermission;
use velum_vocab::{CameraId, SimulatedClock, Timestamp};

use super::*;
use crate::audit::BoxLog;
use crate::testing::{Approvers, START, TestBox, test_box};

struct Scene {
    edge: TestBox,
    settings: Settings,
    clock: SimulatedClock,
    log: BoxLog,
}

/// A box with a policy in force, on a clock of its own for pauses.
fn scene() -> Scene {
    let edge = test_box(10);
    let approvers = Approvers::in_folder(edge.folder.path());
    approvers.publish(&approvers.signed("1.0.0", 2));
    edge.shared.gate.install(approvers.verified()).unwrap();
    let file = edge.folder.path().join("edge.toml");
    std::fs::write(
        &file,
        "[cameras.plaza-1]\nsource = \"test:ball\"\n[cameras.plaza-2]\nsource = \"test:ball\"\n",
    )
    .unwrap();
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
        self.ask(PauseWish::Pause { camera: "plaza-1".to_owned(), minutes })
    }

    fn resume(&self) -> Result<String, String> {
        self.ask(PauseWish::Resume { camera: "plaza-1".to_owned() })
    }

    /// As upkeep does it.
    fn look(&self) -> Vec<Timestamp> {
        let cameras = self.settings.cameras.iter().map(|camera| camera.id.clone()).collect();
        let mut desk = PauseDesk::new(&self.settings.data_dir, cameras, Arc::new(self.clock.clone()));
        let paused = desk.look(&self.log, None).by_camera();
        self.edge.shared.gate.set_paused(paused.clone());
        paused.into_values().collect()
    }

    fn permission(&self, camera: &str) -> CameraPermission {
        self.edge.shared.gate.permission(&CameraId::parse(camera).unwrap())
    }

    fn logged(&self) -> String {
        let files = velum_policy::audit::files(&self.settings.data_dir.join("audit")).unwrap();
        files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
    }
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
    assert_eq!(list(&scene.settings).unwrap(), "no camera is paused\n");
    scene.pause(1).unwrap();
    assert!(list(&scene.settings).unwrap().contains("plaza-1"));
}
