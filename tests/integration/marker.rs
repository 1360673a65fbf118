//! A code is drawn where a person's face would be. It is readable in the camera's own pictures, and must never be
//! in anything that leaves the box or that the box writes down.

mod opened;
mod pictures;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use velum_tests::programs::{run, workspace_root};
use velum_tests::town::{Plan, Ports, Town};

use self::pictures::{Found, MARKER, search};
use crate::one_town_at_a_time;
use crate::tap::Tap;

/// Seconds after the cameras' start at which the bag is put down: after the positive control, which takes some 20 s
/// on a busy machine, and the box's learning of the scene.
const BAG_AT_SECS: u32 = 45;
/// Frames of the positive control.
const CONTROL_FRAMES: u32 = 60;

#[test]
fn a_code_in_place_of_a_face_is_readable_by_the_camera_and_nowhere_else() {
    let _alone = one_town_at_a_time();
    opened::allow_core_images();
    let dir = tempfile::tempdir().unwrap();
    let plan = Plan {
        ports: Ports::free().unwrap(),
        bag_at_secs: Some(BAG_AT_SECS),
        produced_log: false,
        marker: Some(MARKER.to_owned()),
        load: None,
    };
    let mut town = Town::found(&dir.path().join("town"), plan.clone()).unwrap();
    town.start_hub().unwrap();
    town.publish_policy().unwrap();
    town.enroll_box().unwrap();
    let tap = Tap::start(town.dir(), plan.ports.hub);
    town.lead_box_through(tap.port()).unwrap();
    town.start_cameras().unwrap();
    // Before the box: a second client of a camera joins in the middle of a group of pictures.
    let (own, encoded) = positive_control(&plan, &dir.path().join("control"));
    assert!(own.readable * 100 >= own.pictures * 95, "the camera's own pictures: {own:?}");
    assert!(encoded.readable * 100 >= encoded.pictures * 95, "encoded without redaction: {encoded:?}");

    town.start_edge().unwrap();
    town.wait_until("an abandoned object with its still", Duration::from_secs(150), |town| {
        town.abandoned_object()
            .unwrap()
            .is_some_and(|event| town.still(&event, &dir.path().join("still.jpg")).is_ok())
    });
    let still = std::fs::read(dir.path().join("still.jpg")).unwrap();
    assert_eq!(search(&still), Found { pictures: 1, readable: 0 }, "the still itself");

    assert!(
        !opened::may_dump_core(town.pid(velum_tests::town::Program::Edge).unwrap()),
        "the box lets a core image be written"
    );
    match opened::pictures_in_memory(town.pid(velum_tests::town::Program::Edge).unwrap()) {
        Some(memory) => assert_eq!(memory.readable, 0, "coded in the box's memory: {memory:?}"),
        None => println!("skipped: the box's memory, which the system does not let this user read"),
    }
    town.abort_edge().unwrap();
    for folder in [town.dir(), &workspace_root()] {
        assert_eq!(opened::core_images(folder), Vec::<String>::new(), "a core image was written");
    }
    let passed =
        tap.payloads(false).iter().map(|payload| search(payload)).fold(Found::default(), |a, b| a + b);
    assert!(passed.pictures >= 1, "the tap saw no still: it would not have seen a face either");
    assert_eq!(passed.readable, 0, "on the line: {passed:?}");
    assert_eq!(on_disk(town.dir()).readable, 0, "on disk or in a log");
    let sealed = opened::sealed_stills(&town.dir().join("box-data"));
    assert!(sealed.pictures >= 1, "no still was kept: {sealed:?}");
    assert_eq!(sealed.readable, 0, "in the sealed stills: {sealed:?}");
}

/// The camera's pictures as any client gets them: as they are, and coded once more as a still would be.
fn positive_control(plan: &Plan, dir: &Path) -> (Found, Found) {
    std::fs::create_dir_all(dir).unwrap();
    let source = format!(
        "rtspsrc location=rtsp://127.0.0.1:{}/plaza-2 protocols=tcp latency=0 ! rtph264depay ! h264parse ! \
         avdec_h264 ! videoconvert ! tee name=t \
         t. ! queue ! identity eos-after={CONTROL_FRAMES} ! pngenc compression-level=1 ! multifilesink location=own-%03d.png \
         t. ! queue ! identity eos-after={CONTROL_FRAMES} ! jpegenc quality=85 ! multifilesink location=encoded-%03d.jpg",
        plan.ports.cameras
    );
    run(Command::new("gst-launch-1.0").arg("-q").args(source.split_whitespace()).current_dir(dir)).unwrap();
    let of = |prefix: &str| {
        let files = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let ours = files.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
        ours.map(|path| search(&std::fs::read(path).unwrap())).fold(Found::default(), |a, b| a + b)
    };
    let (own, encoded) = (of("own"), of("encoded"));
    assert!(own.pictures > 50 && encoded.pictures > 50, "{own:?} {encoded:?}");
    (own, encoded)
}

/// Every file below a folder.
fn on_disk(folder: &Path) -> Found {
    let mut found = Found::default();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        found = found + if path.is_dir() { on_disk(&path) } else { search(&std::fs::read(&path).unwrap()) };
    }
    found
}
