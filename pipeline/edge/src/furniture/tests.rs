use std::sync::Arc;
use std::time::Duration;

use velum_policy::audit::{Content as Logged, Line, Outcome, Subject};
use velum_vocab::{EventId, SimulatedClock, SystemClock, ZoneId};

use super::*;
use crate::audit::BoxLog;
use crate::local::{DEFAULT_KEEP, Local};
use crate::testing::START;

const DAY: Duration = Duration::from_secs(86_400);
const EVENT: [u8; 16] = [0x0f; 16];

/// Who, why, of which event, and what was done.
type Logging = (Option<String>, Option<String>, Option<EventId>, String);

struct Scene {
    folder: tempfile::TempDir,
    settings: Settings,
    clock: SimulatedClock,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edge.toml");
    std::fs::write(&file, "[cameras.door]\nsource = \"test:ball\"\nzones = [{ id = \"plaza\" }]\n").unwrap();
    let settings = crate::config::load(&file).unwrap();
    std::fs::create_dir_all(&settings.data_dir).unwrap();
    Scene { folder, settings, clock: SimulatedClock::at(START) }
}

impl Scene {
    fn desk(&self) -> Desk {
        Desk::new(&self.settings.data_dir, Arc::new(self.clock.clone()))
    }

    fn log(&self) -> BoxLog {
        BoxLog::open(&self.settings.data_dir, Arc::new(self.clock.clone()))
    }

    fn add(&self, rect: &str) -> FurnitureCommand {
        FurnitureCommand::Add {
            event: None,
            camera: Some("door".to_owned()),
            zone: Some("plaza".to_owned()),
            rect: Some(rect.to_owned()),
            reason: "the new bench".to_owned(),
            days: 30,
            operator: Some("a.meier".to_owned()),
        }
    }

    /// What the audit log says of furniture: who, why, which, and what was done.
    fn logged(&self) -> Vec<Logging> {
        let files = velum_policy::audit::files(&self.settings.data_dir.join("audit")).unwrap();
        let text: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let lines = text.lines().map(|line| velum_policy::audit::read_line(line.as_bytes()).unwrap());
        let entry = |line: Line| match line {
            Line::Record(record) => match record.content {
                Logged::Entry(entry) => Some(entry),
                _ => None,
            },
            _ => None,
        };
        lines
            .filter_map(entry)
            .map(|entry| {
                assert_eq!(entry.outcome, Outcome::Allowed);
                let Subject::Furniture(event) = entry.subject else { panic!("{entry:?}") };
                (entry.operator, entry.justification, event, entry.reference.unwrap())
            })
            .collect()
    }
}

fn ask(wish: FurnitureWish) -> Ask<FurnitureWish> {
    Ask { wish, operator: "a.meier".to_owned(), reason: "the new bench".to_owned() }
}

fn add(rect: &str, event: Option<&str>) -> Ask<FurnitureWish> {
    ask(FurnitureWish::Add {
        camera: "door".to_owned(),
        zone: "plaza".to_owned(),
        rectangle: Rectangle::parse(rect).unwrap(),
        days: 30,
        event: event.map(str::to_owned),
    })
}

#[test]
fn without_a_running_box_it_is_logged_and_done_at_once() {
    let scene = scene();
    let said = run(&scene.settings, scene.add("0.1,0.2,0.15,0.3")).unwrap();
    assert!(said.starts_with("furniture 1 is in force until "), "{said}");
    let listed = run(&scene.settings, FurnitureCommand::List { json: false }).unwrap();
    assert!(listed.contains("     1  door             plaza            0.1,0.2,0.15,0.3 "), "{listed}");
    let remove = |number| FurnitureCommand::Remove {
        number,
        reason: "it was moved".to_owned(),
        operator: Some("b.kern".to_owned()),
    };
    assert_eq!(run(&scene.settings, remove(1)).unwrap(), "furniture 1 is removed\n");
    let error = run(&scene.settings, remove(1)).unwrap_err().to_string();
    assert!(error.starts_with("there is no furniture 1"), "{error}");
    let empty = run(&scene.settings, FurnitureCommand::List { json: false }).unwrap();
    assert_eq!(empty, "no furniture is in force\n");
    let who = |name: &str| Some(name.to_owned());
    let expected = [
        (who("a.meier"), who("the new bench"), None, "furniture-1-added".to_owned()),
        (who("b.kern"), who("it was moved"), None, "furniture-1-removed".to_owned()),
    ];
    assert_eq!(scene.logged(), expected);
}

#[test]
fn the_running_box_does_it_once_and_answers() {
    let scene = scene();
    let (desk, log, dir) = (scene.desk(), scene.log(), &scene.settings.data_dir);
    assert!(BoxLog::open_if_free(dir, Arc::new(SystemClock)).unwrap().is_none(), "the box holds it");
    let waiting = asked::leave(dir, &add("0.1,0.2,0.15,0.3", Some(&"0f".repeat(16)))).unwrap();
    assert!(waiting.answer().is_none());
    let in_force = desk.look(&log, None);
    assert_eq!(in_force.pieces.len(), 1);
    let answer = waiting.answer().unwrap().unwrap();
    assert_eq!(answer, "furniture 1 is in force until 2026-12-21T00:00:00Z");
    assert!(waiting.answer().is_none(), "told once");
    assert_eq!(desk.look(&log, None), in_force);
    assert_eq!(scene.logged()[0].2, Some(EventId::from_bytes(EVENT)));
}

#[test]
fn what_cannot_be_logged_is_not_done() {
    let scene = scene();
    let waiting = asked::leave(&scene.settings.data_dir, &add("0.1,0.2,0.15,0.3", None)).unwrap();
    assert!(scene.desk().look(&BoxLog::none(), None).pieces.is_empty());
    let refused = waiting.answer().unwrap().unwrap_err();
    assert!(refused.starts_with("the audit log cannot be written"), "{refused}");
}

#[test]
fn it_ends_by_itself_and_is_bounded() {
    let scene = scene();
    let (desk, log, dir) = (scene.desk(), scene.log(), &scene.settings.data_dir);
    for number in 0..33 {
        let waiting = asked::leave(dir, &add("0.1,0.2,0.15,0.3", None)).unwrap();
        desk.look(&log, None);
        assert_eq!(waiting.answer().unwrap().is_ok(), number < 32, "{number}");
    }
    scene.clock.advance(30 * DAY - Duration::from_secs(1));
    assert_eq!(desk.look(&log, None).pieces.len(), 32);
    scene.clock.advance(Duration::from_secs(1));
    assert!(desk.look(&BoxLog::none(), None).pieces.is_empty(), "the rule looks there again, log or not");
    let waiting = asked::leave(dir, &add("0.1,0.2,0.15,0.3", None)).unwrap();
    let next = desk.look(&log, None);
    assert!(waiting.answer().unwrap().is_ok());
    assert_eq!(next.pieces[0].number, 33, "no number is given twice");
}

#[test]
fn an_event_is_known_by_the_boxs_own_memory_alone() {
    let scene = scene();
    let event = EventId::from_bytes(EVENT);
    let by_event = |event: String| FurnitureCommand::Add {
        event: Some(event),
        camera: None,
        zone: None,
        rect: None,
        reason: "the new bench".to_owned(),
        days: 30,
        operator: Some("a.meier".to_owned()),
    };
    let error = run(&scene.settings, by_event(event.to_string())).unwrap_err().to_string();
    assert!(error.contains("give --camera ID --zone ID --rect LEFT,TOP,RIGHT,BOTTOM instead"), "{error}");
    let local = Local::new(&scene.settings.data_dir, Arc::new(scene.clock.clone()), DEFAULT_KEEP);
    let (door, plaza) = (velum_vocab::CameraId::parse("door").unwrap(), ZoneId::parse("plaza").unwrap());
    local.place(&door, event, &plaza, Rectangle::parse("0.1,0.2,0.15,0.3").unwrap());
    run(&scene.settings, by_event(event.to_string())).unwrap();
    assert_eq!(scene.logged()[0].2, Some(event));
    local.expire(START.plus(31 * DAY), None);
    assert!(run(&scene.settings, by_event(event.to_string())).is_err(), "it is too old");
}

#[test]
fn what_is_wrong_is_said_by_the_option() {
    let scene = scene();
    let check = |change: &dyn Fn(&mut FurnitureCommand), part: &str| {
        let mut command = scene.add("0.1,0.2,0.15,0.3");
        change(&mut command);
        let error = run(&scene.settings, command).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let change = |what: fn(&mut Option<String>), of: &'static str| {
        move |command: &mut FurnitureCommand| {
            if let FurnitureCommand::Add { camera, zone, rect, reason, days, .. } = command {
                match of {
                    "camera" => what(camera),
                    "zone" => what(zone),
                    "rect" => what(rect),
                    "days" => *days = 366,
                    _ => reason.push('\n'),
                }
            }
        }
    };
    check(&change(|text| *text = Some("dor".to_owned()), "camera"), "--camera: no camera `dor`");
    check(
        &change(|text| *text = Some("z".to_owned()), "zone"),
        "door looks for abandoned objects in `plaza`, found `z`",
    );
    check(
        &change(|text| *text = Some("1,2".to_owned()), "rect"),
        "--rect: `1,2`: expected LEFT,TOP,RIGHT,BOTTOM",
    );
    check(&change(|text| *text = None, "zone"), "expected --event EVENT, or --camera ID --zone ID");
    check(&change(|_| (), "days"), "--days: expected 1 to 365, found `366`");
    check(&change(|_| (), "reason"), "--reason: expected one line");
    assert!(scene.folder.path().exists());
}

#[test]
fn what_is_no_request_is_removed() {
    let scene = scene();
    let asked = scene.settings.data_dir.join("furniture/asked");
    std::fs::create_dir_all(&asked).unwrap();
    std::fs::write(asked.join("x.json"), "{").unwrap();
    scene.desk().look(&scene.log(), None);
    assert!(!asked.join("x.json").exists());
}
