use super::*;

const WHOLE: &str = "title = \"A bag at the bench\"\nsource = \"composed with velum-compose\"\nlicence = \"CC0-1.0\"\n\
                     video = \"bag.mp4\"\nsecs = 90\n\n[[expected]]\nkind = \"abandoned_object\"\nat_secs = 45\n\
                     words = \"a bag is put down\"\n";

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bag.mp4"), "").unwrap();
    folder
}

#[test]
fn what_is_wrong_is_said_by_its_key() {
    let folder = folder();
    let check = |from: &str, to: &str, expected: &str| {
        assert!(WHOLE.contains(from));
        let found = Scenario::parse("bag", &WHOLE.replace(from, to), folder.path()).map(|_| ()).unwrap_err();
        assert!(found.starts_with(expected), "{found}");
    };
    assert!(Scenario::parse("bag", WHOLE, folder.path()).is_ok());
    check("secs = 90", "secs = 1801", "secs: expected 1 to 1800, found 1801");
    check("\"bag.mp4\"", "\"../bag.mp4\"", "video: expected the name of a file in the same folder");
    check("\"bag.mp4\"", "\"/etc/passwd\"", "video: expected the name of a file in the same folder");
    check("\"bag.mp4\"", "\"..\"", "video: expected the name of a file in the same folder");
    check("\"bag.mp4\"", "\"no.mp4\"", "video: there is no file `no.mp4`");
    check("\"A bag at the bench\"", "\"\"", "title: expected one line of 1 to 80 characters");
    check("\"A bag at the bench\"", "\"a\\nb\"", "title: expected one line");
    check("\"abandoned_object\"", "\"person\"", "expected[0].kind: expected one of `abandoned_object`");
    check("at_secs = 45", "at_secs = 91", "expected[0].at_secs: expected at most `secs`, 90, found 91");
    check("licence", "license", "unknown field `license`");
    let named = Scenario::parse("a bag", WHOLE, folder.path()).map(|_| ()).unwrap_err();
    assert!(named.starts_with("its name: expected 1 to 64"), "{named}");
}

#[test]
fn it_takes_the_place_of_the_camera_with_its_rules_or_its_own_zones() {
    let folder = folder();
    let file = folder.path().join("edge.toml");
    let text = "[cameras.door]\nsource = \"rtsp://192.0.2.10/a\"\ncredentials_env = \"DOOR\"\n\
                zones = [{ id = \"hall\", abandoned = { mode = \"shadow\" }, density = {} }]\n";
    std::fs::write(&file, text).unwrap();
    let settings = crate::config::load(&file).unwrap();
    let camera = &settings.cameras[0];
    let plain = Scenario::parse("bag", WHOLE, folder.path()).unwrap().in_place_of(camera).unwrap();
    assert_eq!(plain.analysis.staged.as_deref(), Some("exercise: A bag at the bench"));
    assert_eq!(plain.stream.source, SourceUrl::File(folder.path().join("bag.mp4")));
    assert!(plain.credentials.is_none() && plain.shadow.is_empty() && plain.id == camera.id);
    let zone = &plain.analysis.zones[0];
    assert!(zone.abandoned.is_none() && zone.density.is_some(), "what is only tried says nothing live");
    let own = format!("{WHOLE}\n[[zones]]\nid = \"bench\"\nabandoned = {{ unattended_secs = 20 }}\n");
    let own = Scenario::parse("bag", &own, folder.path()).unwrap().in_place_of(camera).unwrap();
    assert_eq!(own.analysis.zones[0].id.as_str(), "bench");
}

#[test]
fn a_folder_gives_what_is_whole_and_says_what_is_not() {
    let folder = folder();
    std::fs::write(folder.path().join("b.toml"), WHOLE).unwrap();
    std::fs::write(folder.path().join("a.toml"), "title = 3").unwrap();
    std::fs::write(folder.path().join("c.toml"), "#".repeat(70_000)).unwrap();
    let (found, problems) = scenarios(folder.path());
    assert_eq!(found.iter().map(|one| one.about.id.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    let (none, problems) = scenarios(&folder.path().join("nowhere"));
    assert!(none.is_empty() && problems[0].starts_with("exercises.dir: "), "{problems:?}");
}

#[test]
fn fuzz_scenarios_of_any_bytes_are_refused_or_bounded() {
    let folder = folder();
    let mut seed = 7_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let more = format!("{WHOLE}[[zones]]\nid = \"z\"\npolygon = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]\n");
    for _ in 0..4_000 {
        let mut bytes = more.clone().into_bytes();
        for _ in 0..1 + next(6) {
            let at = next(bytes.len());
            bytes[at] = next(256) as u8;
        }
        bytes.truncate(next(bytes.len()) + 1);
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(scenario) = Scenario::parse("fuzz", &text, folder.path()) {
            let about = &scenario.about;
            assert!(about.expected.len() <= MOST_EXPECTED && about.secs <= LONGEST_SECS);
            assert!(scenario.staged().len() <= 512 && !scenario.staged().chars().any(char::is_control));
            assert_eq!(scenario.video.parent(), Some(folder.path()));
        }
    }
}
