use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use velum_event::EventKind;
use velum_vocab::{CameraId, Digest, SimulatedClock};

use super::*;
use crate::tests::{START, read_all, write_all};

const DAY: Duration = Duration::from_secs(86_400);

struct Place {
    dir: tempfile::TempDir,
    clock: SimulatedClock,
    limits: StillLimits,
}

impl Place {
    fn new() -> Self {
        let limits = StillLimits { max_stills: 100, max_bytes: 64 << 20, min_free_bytes: 0 };
        Self { dir: tempfile::tempdir().unwrap(), clock: SimulatedClock::at(START), limits }
    }

    fn stills_dir(&self) -> PathBuf {
        self.dir.path().join("stills")
    }

    fn keys_dir(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn open(&self) -> Stills {
        Stills::open(&self.stills_dir(), &self.keys_dir(), self.limits).unwrap()
    }

    fn keep(&self, stills: &Stills, number: u8) {
        stills.keep(event(number), &facts(self.clock.now()), &picture(number), &self.clock).unwrap();
    }
}

fn event(number: u8) -> EventId {
    EventId::from_bytes([number; 16])
}

fn picture(number: u8) -> Vec<u8> {
    format!("needle-of-picture-{number} ").repeat(3_000).into_bytes()
}

fn facts(captured_at: Timestamp) -> StillFacts {
    StillFacts {
        camera: CameraId::parse("plaza-1").unwrap(),
        kind: EventKind::AbandonedObject,
        captured_at,
        retention: DAY,
        width_px: 1_280,
        height_px: 720,
        covered_fraction: 0.5,
        redaction_terms: Digest::of(b"terms"),
        models: vec![Digest::of(b"a model")],
    }
}

fn kept(stills: &Stills) -> Vec<EventId> {
    stills.index.lock().keys().copied().collect()
}

#[test]
fn a_still_is_kept_over_a_restart_and_nothing_of_it_lies_in_the_clear() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    drop(stills);
    for (name, bytes) in read_all(place.dir.path()) {
        assert!(!bytes.windows(6).any(|part| part == b"needle"), "{}", name.display());
        assert!(!bytes.windows(7).any(|part| part == b"plaza-1"), "{}", name.display());
    }
    let stills = place.open();
    assert_eq!(stills.read(event(1)), Ok((facts(START), picture(1))));
    assert_eq!(stills.facts(event(1)), Some(facts(START)));
    assert_eq!(stills.read(event(2)), Err(OutboxError::NoStill));
    let mode = fs::metadata(stills.path(event(1))).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn nothing_opens_that_was_altered_cut_or_moved() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    let path = stills.path(event(1));
    let whole = fs::read(&path).unwrap();
    let mut random = fastrand::Rng::with_seed(11);
    let places = (0..200).chain((0..200).map(|_| random.usize(..whole.len())));
    for index in places {
        let mut altered = whole.clone();
        altered[index] ^= 1 << (index % 8);
        fs::write(&path, &altered).unwrap();
        assert_eq!(stills.read(event(1)), Err(OutboxError::StillUnreadable), "byte {index}");
        fs::write(&path, &whole[..index]).unwrap();
        assert_eq!(stills.read(event(1)), Err(OutboxError::StillUnreadable), "cut at {index}");
    }
    fs::write(&path, vec![0; LARGEST_STILL_BYTES + OVERHEAD_BYTES + 1]).unwrap();
    assert_eq!(stills.read(event(1)), Err(OutboxError::StillUnreadable));
    // Under another event's name it is not that event's.
    place.keep(&stills, 2);
    fs::write(stills.path(event(2)), &whole).unwrap();
    assert_eq!(stills.read(event(2)), Err(OutboxError::StillUnreadable));
    fs::write(&path, &whole).unwrap();
    assert!(stills.read(event(1)).is_ok());
}

#[test]
fn what_a_kill_leaves_behind_is_no_still() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    place.keep(&stills, 2);
    let whole = fs::read(stills.path(event(1))).unwrap();
    drop(stills);
    let dir = place.stills_dir();
    fs::write(dir.join(format!("{}.new", event(3))), &whole).unwrap();
    fs::write(dir.join(format!("{}.still", event(1))), &whole[..whole.len() / 2]).unwrap();
    fs::write(dir.join(format!("{}.still", event(4))), b"").unwrap();
    fs::write(dir.join("notes"), b"not ours").unwrap();
    let stills = place.open();
    assert_eq!(kept(&stills), [event(1), event(2)], "a picture cut short is found when it is asked for");
    assert_eq!(stills.read(event(1)), Err(OutboxError::StillUnreadable));
    assert_eq!(stills.counts().2, 1);
    let names: Vec<_> = read_all(&dir).into_keys().collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(dir.join("notes").exists());
}

#[test]
fn an_erased_still_is_gone_and_so_is_its_days_key() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    place.clock.advance(DAY);
    place.keep(&stills, 2);
    place.keep(&stills, 3);
    let copy = read_all(&place.stills_dir());
    let receipt = stills.erase(&[event(1), event(2), event(9)]).unwrap();
    let expected =
        ErasureReceipt { events: vec![event(1), event(2)], key_days: vec!["2026-11-21".to_owned()] };
    assert_eq!(receipt, expected, "a still of the second day is left");
    assert_eq!(stills.read(event(1)), Err(OutboxError::NoStill));
    assert_eq!(stills.erase(&[event(1)]), Ok(ErasureReceipt::default()));
    assert_eq!(stills.erase(&[event(3)]).unwrap().key_days, ["2026-11-22"]);
    drop(stills);
    // A copy of the disk from before does not open any more.
    write_all(&place.stills_dir(), &copy);
    let stills = place.open();
    assert_eq!((kept(&stills), stills.counts().2), (vec![], 3));
    assert_eq!(read_all(&place.stills_dir()), BTreeMap::new());
    // The next still of the day has a key of its own.
    place.keep(&stills, 4);
    assert!(stills.read(event(4)).is_ok());
}

#[test]
fn a_still_is_due_at_its_retention_or_earlier_where_the_policy_says_so() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    let is_due = |after: Duration, retention: Option<Duration>| {
        !stills.due(START.plus(after), |_| retention).is_empty()
    };
    let moment = Duration::from_micros(1);
    assert!(!is_due(DAY - moment, None));
    assert!(is_due(DAY, None));
    assert!(is_due(DAY, Some(DAY * 30)), "what was kept under a stricter policy stays under it");
    assert!(!is_due(DAY / 2 - moment, Some(DAY / 2)));
    assert!(is_due(DAY / 2, Some(DAY / 2)));
    assert!(is_due(Duration::ZERO, Some(Duration::ZERO)));
}

#[test]
fn what_is_of_the_future_is_found() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    let after = |moment| stills.after(moment).into_iter().map(|still| still.event).collect::<Vec<_>>();
    assert_eq!(after(START), []);
    assert_eq!(after(START.minus(Duration::from_micros(1))), [event(1)]);
}

#[test]
fn a_still_that_does_not_say_how_it_was_masked_is_erased_at_the_start() {
    let place = Place::new();
    let stills = place.open();
    let (hour, whole) = (Hour::of(START), facts::encode(&facts(START)));
    let terms_at = whole.len() - 4 - 32 - 32;
    let first = [&[1], &whole[1..terms_at], &whole[terms_at + 32..]].concat();
    let seal = |part, plain: &[u8]| stills.keys.seal(hour.day(), &aad(part, event(1), hour), plain).unwrap();
    let (facts, picture) = (seal(FACTS, &first), seal(PICTURE, &picture(1)));
    let mut file = Writer::default();
    file.bytes(MAGIC).bytes(event(1).as_bytes()).u32(hour.0);
    file.count(facts.len()).bytes(&facts).bytes(&picture);
    files::write_new(&stills.path(event(1)), &file.0).unwrap();
    place.keep(&stills, 2);
    drop(stills);
    let stills = place.open();
    assert_eq!((kept(&stills), stills.counts().2), (vec![event(2)], 1));
    assert!(!stills.path(event(1)).exists());
    assert_eq!(stills.read(event(1)), Err(OutboxError::NoStill));
}

#[test]
fn the_oldest_must_go_first_and_nothing_is_kept_beyond_the_limits() {
    let mut place = Place::new();
    place.limits.max_stills = 3;
    let stills = place.open();
    for number in [3, 1, 2] {
        place.clock.advance(Duration::from_secs(1));
        place.keep(&stills, number);
    }
    let surplus = |stills: &Stills, bytes| -> Vec<EventId> {
        stills.in_excess(bytes).into_iter().map(|still| still.event).collect()
    };
    assert_eq!(surplus(&stills, 10), [event(3)]);
    let refused = stills.keep(event(4), &facts(START), &picture(4), &place.clock);
    assert!(matches!(refused, Err(OutboxError::Full { records: 3, .. })), "{refused:?}");
    stills.erase(&surplus(&stills, 10)).unwrap();
    place.keep(&stills, 4);
    assert_eq!(kept(&stills), [event(1), event(2), event(4)]);
    drop(stills);
    place.limits = StillLimits { max_stills: 9, max_bytes: 400_000, min_free_bytes: 0 };
    let stills = place.open();
    assert_eq!(surplus(&stills, 300_000).len(), 2, "{:?}", stills.counts());
    let too_large = vec![0; LARGEST_STILL_BYTES + 1];
    let refused = stills.keep(event(5), &facts(START), &too_large, &place.clock);
    assert!(matches!(refused, Err(OutboxError::TooLarge { .. })), "{refused:?}");
    drop(stills);
    place.limits.min_free_bytes = u64::MAX;
    let refused = place.open().keep(event(6), &facts(START), &picture(6), &place.clock);
    assert!(matches!(refused, Err(OutboxError::DiskFull { .. })), "{refused:?}");
}

#[test]
fn a_key_that_cannot_be_read_for_a_while_erases_nothing() {
    let place = Place::new();
    let stills = place.open();
    place.keep(&stills, 1);
    drop(stills);
    let (key, away) = (place.keys_dir().join("2026-11-21.key"), place.keys_dir().join("away"));
    fs::rename(&key, &away).unwrap();
    fs::create_dir(&key).unwrap();
    assert!(Stills::open(&place.stills_dir(), &place.keys_dir(), place.limits).is_err());
    fs::remove_dir(&key).unwrap();
    fs::rename(&away, &key).unwrap();
    assert_eq!(place.open().read(event(1)), Ok((facts(START), picture(1))));
}

#[test]
fn random_files_are_no_stills() {
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..20_000 {
        let mut bytes: Vec<u8> = (0..random.usize(..80)).map(|_| random.u8(..)).collect();
        if random.bool() {
            bytes.splice(..0, [MAGIC.as_slice(), event(1).as_bytes()].concat());
        }
        // It is a file with parts that do not open, or none; it never panics.
        let _ = File::parse(event(1), &bytes).map(|file| (file.facts.len(), file.picture.len()));
        let name: String = (0..random.usize(..40)).map(|_| random.char(..)).collect();
        assert_eq!(event_of(&name), None);
    }
    assert_eq!(event_of(&format!("{}.still", event(7))), Some(event(7)));
    assert_eq!(event_of(&format!("{}.still", event(0xab)).to_uppercase()), None);
}
