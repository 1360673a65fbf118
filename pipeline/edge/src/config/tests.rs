//! Every wrong configuration has one clear message; every example is right.

use std::path::Path;

use super::*;
use velum_analyse::LevelFrom;
use velum_decode::{SourceConfig, SourceUrl};
use velum_vocab::Polygon;

fn settings(text: &str) -> Result<Settings, ConfigError> {
    whole(parse_settings(Path::new("/etc/velum/edge.toml"), text)?)
}

/// The settings of one camera `door` with these lines.
fn door(lines: &str) -> Result<CameraSettings, String> {
    let text = format!("[cameras.door]\nsource = \"test:ball\"\n{lines}");
    settings(&text).map(|mut settings| settings.cameras.remove(0)).map_err(|error| error.to_string())
}

fn check(text: &str, expected: &str) {
    let found = settings(text).map(|_| "accepted".to_owned()).unwrap_or_else(|error| error.to_string());
    let place = |line: &str| if line.starts_with(|c: char| c.is_ascii_digit()) { "" } else { " " };
    let expected = expected.lines().map(str::trim);
    let expected: Vec<_> =
        expected.map(|line| format!("/etc/velum/edge.toml:{}{line}", place(line))).collect();
    assert_eq!(found, expected.join("\n"), "for\n{text}");
}

fn check_door(lines: &str, expected: &str) {
    check(&format!("[cameras.door]\nsource = \"test:ball\"\n{lines}"), expected);
}

#[test]
fn shapes_that_are_wrong() {
    check(
        "[cameras.door]\nsorce = \"test:ball\"",
        "2: cameras.door.sorce: `sorce` is not known here; did you mean `source`? Known: `source`, `analysis_source`, `credentials_file`, `credentials_env`, `tls_ca_file`, `transport`, `decoder`, `site`, `analysed_fps`, `analysed_width_px`, `at_end`, `back_tracing`, `density_model`, `detector_rest_secs`, `staged`, `ground_plane`, `zones`",
    );
    check(
        "[cameras.door]",
        "1: cameras.door: needs the key `source`, found none; add it, for example `source = \"rtsp://192.168.1.20/stream1\"`",
    );
    check(
        "[camera.door]",
        "1: camera: `camera` is not known here; did you mean `cameras`? Known: `box`, `hub`, `policy`, `models`, `stills`, `limits`, `commissioning`, `metrics`, `exercises`, `cameras`",
    );
    check_door(
        "analysed_fps = \"five\"",
        "3: cameras.door.analysed_fps: expected a finite number, found string \"five\"",
    );
    check_door(
        "analysed_fps = nan",
        "3: cameras.door.analysed_fps: expected a finite number, found `NaN`; write a number such as 2.5",
    );
    check_door(
        "analysed_width_px = -1",
        "3: cameras.door.analysed_width_px: invalid value: integer `-1`, expected u32",
    );
    check_door(
        "at_end = \"loop\"",
        "3: cameras.door.at_end: `loop` is not known here; known: `finish`, `repeat`",
    );
}

#[test]
fn values_that_are_wrong() {
    check(
        "",
        " cameras: needs at least one camera, found none; add for example `[cameras.door]` and below it `source = \"rtsp://192.0.2.10/stream1\"`",
    );
    check_door(
        "analysed_fps = 0",
        " cameras.door.analysed_fps: `0`: expected a number from 0.1 to 120, for example 5",
    );
    check_door(
        "detector_rest_secs = 5",
        " cameras.door.detector_rest_secs: expected a number from 0 to 1, found `5`; 0 has the detector look at each frame",
    );
    check_door("transport = \"http\"", " cameras.door.transport: `http`: expected `tcp` or `udp`");
    check_door("decoder = \"gpu\"", " cameras.door.decoder: `gpu`: expected `auto` or `software`");
    check_door(
        "site = \"town hall\"",
        " cameras.door.site: `town hall`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `tram-hub-3`",
    );
    check_door(
        "credentials_file = \"a\"\ncredentials_env = \"B\"",
        " cameras.door: expected one of credentials_file and credentials_env, found both; delete one",
    );
    check_door(
        "tls_ca_file = \"/etc/velum/camera-ca.pem\"",
        " cameras.door.tls_ca_file: `/etc/velum/camera-ca.pem`: expected a source with `rtsps://` beside it; this one is not encrypted",
    );
    check_door(
        "analysis_source = \"http://x\"",
        " cameras.door.analysis_source: `http://x`: expected an address with rtsp://, rtsps://, file:// or test:, or the path of a file, for example `rtsp://192.0.2.10:554/stream1`",
    );
    check(
        "[cameras.\"a b\"]\nsource = \"test:ball\"",
        " cameras.a b: `a b`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `tram-hub-3`",
    );
    check_door(
        "[metrics]\nlisten = \"0.0.0.0:9464\"",
        " metrics.listen: `0.0.0.0:9464` can be reached from other machines; metrics are served on loopback only: write `127.0.0.1:9464` and let a local agent collect them",
    );
    check_door(
        "[hub]\naddress = \"https://hub\"",
        " hub.address: expected `https://HOST:PORT`, found `https://hub`; write for example `https://hub.example:7443`",
    );
    check_door(
        "[stills]\nper_hour = 0",
        " stills.per_hour: expected a whole number from 1 to 1000, found `0`; use 60, for example",
    );
    check_door(
        "[limits]\ninference_threads = 0",
        " limits.inference_threads: expected a whole number from 1 to 64, found `0`; use 2, for example",
    );
}

#[test]
fn a_density_model_is_the_cameras_own_or_that_of_all() {
    let of = |models: &str, lines: &str| {
        let text = format!("{models}\n[cameras.door]\nsource = \"test:ball\"\n{lines}");
        let named = settings(&text).unwrap().cameras.remove(0).density_model;
        named.map(|named| (named.id, named.key))
    };
    let expected = |id: &str, key: &str| Some((id.to_owned(), key.to_owned()));
    let all = "[models]\ndensity_model = \"mcnn\"";
    let own = "density_model = \"square-density\"";
    assert_eq!(of("", ""), None);
    assert_eq!(of(all, ""), expected("mcnn", "models.density_model"));
    assert_eq!(of(all, own), expected("square-density", "cameras.door.density_model"));
    assert_eq!(of("", own), expected("square-density", "cameras.door.density_model"));
    assert_eq!(of(all, "density_model = \"none\""), None);
    assert_eq!(of(all, "zones = [{ id = \"hall\", abandoned = {} }]"), None, "nothing to count");
}

#[test]
fn a_rule_is_live_unless_it_is_written_to_run_in_shadow() {
    let names = |lines: &str| -> Vec<String> {
        let door = door(lines).unwrap();
        door.shadow.iter().map(|shadow| format!("{} {}", shadow.zone, shadow.rule)).collect()
    };
    assert!(names("").is_empty());
    assert!(names("zones = [{ id = \"a\", abandoned = { mode = \"live\" } }]").is_empty());
    assert_eq!(
        names(
            "zones = [{ id = \"a\", abandoned = { mode = \"shadow\" } }, { id = \"b\", density = { mode = \"shadow\" } }]"
        ),
        ["a abandoned_object", "b crowd_density"]
    );
    check_door(
        "zones = [{ id = \"a\", abandoned = { mode = \"dark\" } }]",
        "3: cameras.door.zones[0].abandoned.mode: `dark` is not known here; known: `live`, `shadow`",
    );
}

#[test]
fn what_commissioning_asks_for() {
    check_door(
        "[commissioning]\nmin_shadow_hours = 0\nkeep_days = 91\nmin_valid_fraction = 1.5",
        " commissioning.min_shadow_hours: expected a whole number from 1 to 8760, found `0`; use 168, for example
         commissioning.keep_days: expected a whole number from 1 to 90, found `91`; use 30, for example
         commissioning.min_valid_fraction: expected a number from 0 to 1, found `1.5`; use 0.8, for example",
    );
    let text = "[commissioning]\nmin_shadow_hours = 24\n[cameras.a]\nsource = \"test:ball\"";
    let found = settings(text).unwrap().commissioning;
    assert_eq!(found, CommissioningSettings { min_shadow_hours: 24, ..CommissioningSettings::default() });
}

#[test]
fn texts_that_the_hub_would_refuse() {
    let long = "x".repeat(129);
    let staged = " cameras.door.staged: expected one line of at most 128 bytes; write for example `staged = \"drill\"`";
    check_door("staged = \"a\\u001b[2J\"", staged);
    check_door("staged = \"a\\nb\"", staged);
    check_door(&format!("staged = \"{long}\""), staged);
    assert!(door(&format!("staged = \"{}\"", &long[1..])).is_ok());
    check_door(
        "zones = [{ id = \"a\", density = { levels = [{ name = \"b\\tc\", from_persons = 9 }] } }]",
        " cameras.door.zones[0].density.levels[0].name: expected one line of at most 128 bytes; write for example `name = \"busy\"`",
    );
    check_door(
        &format!("zones = [{{ id = \"a\", density = {{ lowest_level = \"{long}\" }} }}]"),
        " cameras.door.zones[0].density.lowest_level: expected one line of at most 128 bytes; write for example `lowest_level = \"low\"`",
    );
}

#[test]
fn policies_that_are_wrong() {
    let key = "ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let policy = |lines: &str| format!("[policy]\nfile = \"p.json\"\n{lines}");
    check_door(
        &policy(""),
        "3: policy: needs the key `approvers`, found none; add it, for example `approvers = [\"ed25519:...\", \"ed25519:...\"]`",
    );
    check_door(
        &policy("approvers = [\"rsa:x\"]"),
        " policy.approvers[0]: `rsa:x`: expected `ed25519:` and 32 bytes in base64; `velum policy keygen` makes a pair and prints it",
    );
    check_door(
        &policy(&format!("approvers = [\"{key}\"]")),
        " policy.quorum: expected at least 2 and at most the 1 distinct approver keys, found 2; write `quorum = 2` and pin the keys of two or more people",
    );
}

#[test]
fn a_password_in_an_address_is_refused_and_not_repeated() {
    let error =
        settings("[cameras.door]\nsource = \"rtsp://admin:hunter2@192.0.2.10/s\"").unwrap_err().to_string();
    assert!(error.contains("cameras.door.source") && error.contains("credentials_file"), "{error}");
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn zones_that_are_wrong() {
    check_door(
        "[[cameras.door.zones]]\nid = \"a\"\n[[cameras.door.zones]]\nid = \"b\"\npolygon = [[0.1, 0.1], [0.9, 0.1]]",
        " cameras.door.zones[1]: needs at least 3 points, found 2; add a point, or delete the zone to use the whole frame",
    );
    check_door(
        "zones = [{ id = \"a\" }, { id = \"a\" }]",
        " cameras.door.zones[1].id: `a` is used twice; give each zone a name of its own",
    );
    check_door(
        "zones = [{ id = \"a\", polygon = [[0, 0], [1, 0], [1, 1.5]] }]",
        " cameras.door.zones[0]: point 2 is (1, 1.5); write fractions of the picture between 0 and 1, for example [0.25, 0.80]",
    );
    check_door(
        "zones = [{ id = \"a\", abandoned = { unattended_secs = 0 } }]",
        " cameras.door.zones[0].abandoned.unattended_secs: expected a number from 1 to 86400, found `0`; use 30, for example",
    );
    check_door(
        "zones = [{ id = \"a\", abandoned = { unattended_minutes = 1 } }]",
        "3: cameras.door.zones[0].abandoned.unattended_minutes: `unattended_minutes` is not known here; known: `mode`, `unattended_secs`, `attended_radius_m`, `owner_radius_m`, `valid_up_to_persons`",
    );
    check_door(
        "zones = [{ id = \"a\", density = { levels = [{ name = \"busy\" }] } }]",
        " cameras.door.zones[0].density.levels[0]: expected one of from_persons and from_persons_per_m2, found neither; write for example `{ name = \"busy\", from_persons = 20 }`\n cameras.door.zones[0].density.levels: needs at least one level above the lowest, found none; add one, for example { name = \"busy\", from_persons = 10 }",
    );
    check_door(
        "zones = [{ id = \"a\", density = { levels = [{ name = \"busy\", from_persons_per_m2 = 2 }] } }]",
        " cameras.door.zones[0].density.levels[0].from_persons_per_m2: needs a ground plane, found none; add four or more point pairs to ground_plane, or use from_persons",
    );
    check_door(
        "ground_plane = [{ picture = [0.1, 0.2], ground_m = [0, 0] }]",
        " cameras.door.ground_plane: needs at least 4 point pairs, found 1; measure 3 more on the ground",
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    check(
        "[cameras.a]\nsource = \"test:ball\"\nzones = [{ id = \"a\", movement = { min_persons = 2 } }]",
        " cameras.a.zones[0].movement.min_persons: expected a number from 3 to 1000, found `2`; use 5, for example: the rule is about crowds",
    );
    check(
        "[hub]\naddress = \"hub\"\n[cameras.a]\nsource = \"test:cat\"\n[cameras.b]\nsource = \"test:ball\"\nanalysed_fps = 500",
        " hub.address: expected `https://HOST:PORT`, found `hub`; write for example `https://hub.example:7443`
         cameras.a.source: `test:cat`: expected one of test:ball, test:smpte, test:snow, test:black, test:white
         cameras.b.analysed_fps: `500`: expected a number from 0.1 to 120, for example 5",
    );
}

#[test]
fn a_camera_needs_one_line() {
    let door = door("").unwrap();
    assert_eq!(door.stream.analysed_fps, 5.0);
    let zone = &door.analysis.zones[0];
    assert_eq!((zone.id.as_str(), &zone.polygon), ("frame", &Polygon::whole_frame()));
    assert!(zone.abandoned.is_some() && zone.density.is_some());
    assert_eq!(zone.density.as_ref().unwrap().levels[0].from, LevelFrom::Persons(20.0));
}

#[test]
fn a_zone_has_the_rules_that_are_written() {
    let door =
        door("zones = [{ id = \"a\", abandoned = { unattended_secs = 20 } }, { id = \"b\" }]").unwrap();
    let rules: Vec<_> =
        door.analysis.zones.iter().map(|z| (z.abandoned.is_some(), z.density.is_some())).collect();
    assert_eq!(rules, [(true, false), (true, true)]);
    assert_eq!(door.analysis.zones[0].abandoned.unwrap().unattended_secs, 20.0);
}

#[test]
fn crowd_movement_must_be_asked_for() {
    let door =
        door("zones = [{ id = \"a\", movement = { hold_secs = 4, min_persons = 12 } }, { id = \"b\" }]")
            .unwrap();
    let [a, b] = &door.analysis.zones[..] else { panic!("two zones") };
    assert!(a.abandoned.is_none() && a.density.is_none() && b.movement.is_none());
    let movement = a.movement.unwrap();
    assert_eq!((movement.hold_secs, movement.min_persons, movement.learn_secs), (4.0, 12.0, 120.0));
}

#[test]
fn paths_begin_at_the_folder_of_the_file() {
    let text =
        "[box]\ndata_dir = \"data\"\n[cameras.a]\nsource = \"clips/a.mp4\"\n[cameras.b]\nsource = \"/b.mp4\"";
    let settings = settings(text).unwrap();
    assert_eq!(settings.data_dir, Path::new("/etc/velum/data"));
    let sources: Vec<_> = settings.cameras.iter().map(|camera| camera.stream.source.clone()).collect();
    assert_eq!(sources, [SourceUrl::File("/etc/velum/clips/a.mp4".into()), SourceUrl::File("/b.mp4".into())]);
}

#[test]
fn the_authority_of_a_cameras_certificate_goes_to_its_stream() {
    let text = "[cameras.a]\nsource = \"rtsps://192.0.2.10/a\"\ntls_ca_file = \"camera-ca.pem\"";
    let camera = settings(text).unwrap().cameras.remove(0);
    let of = |config: SourceConfig| config.tls_ca_file;
    assert_eq!(of(camera.source_config().unwrap()), Some("/etc/velum/camera-ca.pem".into()));
}

#[test]
fn a_missing_file_is_named() {
    let error = load(Path::new("/nonexistent/edge.toml")).unwrap_err().to_string();
    assert!(error.starts_with("/nonexistent/edge.toml: cannot be read"), "{error}");
}

#[test]
fn the_examples_are_right() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for name in ["demo.toml", "one-camera.toml", "shadow.toml"] {
        let loaded = load(&examples.join(name)).unwrap_or_else(|error| panic!("{error}"));
        assert!(!loaded.cameras.is_empty(), "{name}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    let mut random = fastrand::Rng::with_seed(5);
    let words = [
        "[cameras.a]",
        "source",
        "=",
        "\"test:ball\"",
        "zones",
        "[[",
        "]]",
        "{",
        "}",
        "nan",
        "-1",
        "\n",
        ",",
        "polygon",
        "é",
    ];
    for _ in 0..5_000 {
        let text: String = (0..random.usize(0..20)).map(|_| words[random.usize(0..words.len())]).collect();
        // Only that it returns.
        let _ = settings(&text);
    }
}

#[test]
fn a_wrong_camera_is_left_out_and_the_others_run() {
    let text = "[cameras.gate]\nsource = \"test:ball\"\nanalysed_fps = \"five\"\n\
                [cameras.\"a.b\"]\nsorce = \"test:ball\"\n\
                [cameras.door]\nsource = \"test:ball\"\n\
                [cameras.yard]\nsource = \"test:ball\"\nzones = [{ id = \"z\", polygon = [[0, 0], [1, 1]] }]\n";
    let file = Path::new("edge.toml");
    let loaded = parse_settings(file, text).unwrap();
    let names: Vec<_> = loaded.settings.cameras.iter().map(|camera| camera.id.as_str()).collect();
    assert_eq!(names, ["door"]);
    let refused = loaded.refused.unwrap();
    assert_eq!(refused.cameras(), ["a.b", "gate", "yard"]);
    let lines = refused.lines();
    assert_eq!(lines.len(), 3, "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("edge.toml:3: cameras.gate.analysed_fps: ")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.starts_with("edge.toml:5: cameras.a.b.sorce: ")), "{lines:?}");
    let elsewhere = format!("{text}[limits]\ninference_threads = 0\n");
    assert_eq!(parse_settings(file, &elsewhere).unwrap_err().lines().len(), 4, "the box does not run");
    assert!(parse_settings(file, "[cameras.a]\nsorce = \"test:ball\"").is_err(), "no camera is left");
}

#[test]
fn a_camera_that_is_wrong_does_not_hide_the_models() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edge.toml");
    let check = |text: &str, expected: Option<&str>| {
        std::fs::write(&file, text).unwrap();
        let found = load_models(&file).ok().and_then(|models| models.dir);
        assert_eq!(found, expected.map(|dir| folder.path().join(dir)), "{text}");
    };
    check("[models]\ndir = \"m\"\n[cameras.a]\nsorce = \"test:ball\"\n", Some("m"));
    check("[models]\ndir = \"m\"\n[cameras.a]\nsource = \"test:cat\"\n", Some("m"));
    check("[models]\ndirr = \"m\"\n[cameras.a]\nsource = \"test:ball\"\n", None);
}
