use std::sync::Mutex;

use prost::Message as _;

use super::*;

/// Answers each offer, and remembers what it heard.
struct Recorder {
    heard: Mutex<Vec<String>>,
    answers: Mutex<Vec<SettingsAnswer>>,
    settings: Mutex<Vec<SettingsTold>>,
    news: watch::Sender<u64>,
}

impl Recorder {
    fn new() -> Arc<Self> {
        let (heard, answers, settings) = (Mutex::default(), Mutex::default(), Mutex::default());
        Arc::new(Self { heard, answers, settings, news: watch::Sender::default() })
    }

    fn tell(&self, camera: &str, settings_json: &str) {
        let told = SettingsTold {
            camera: camera.to_owned(),
            settings_json: settings_json.to_owned(),
            digest: Digest::of(settings_json.as_bytes()),
            from_hub: false,
            takes_settings: true,
            last: None,
        };
        let mut settings = self.settings.lock().unwrap();
        settings.retain(|one| one.camera != camera);
        settings.push(told);
        self.news.send_modify(|times| *times += 1);
    }
}

impl BoxDesk for Recorder {
    fn offered(&self, wish: SettingsWish) {
        self.heard.lock().unwrap().push(wish.camera.clone());
        let answer = SettingsAnswer {
            id: wish.id,
            camera: wish.camera,
            outcome: SettingsOutcome::Refused,
            problems: vec![("zones[0]".to_owned(), "two\nlines".to_owned())],
            digest: None,
            plane: Some(Sketch { points: vec![(f64::INFINITY, 1.0, None)], ..Sketch::default() }),
        };
        self.answers.lock().unwrap().push(answer);
    }

    fn suspended(&self, all: Vec<SuspensionWish>, _lifted: Vec<[u8; 16]>) {
        self.heard.lock().unwrap().push(format!("{} suspensions", all.len()));
    }

    fn answers(&self) -> Vec<SettingsAnswer> {
        std::mem::take(&mut self.answers.lock().unwrap())
    }

    fn settings(&self) -> Vec<SettingsTold> {
        self.settings.lock().unwrap().clone()
    }

    fn standing(&self) -> Standing {
        Standing::default()
    }

    fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }
}

const OFFSET: ClockOffset = ClockOffset { ahead_ms: 2_500, margin_ms: 20 };

/// What is said until the next state of the box.
async fn round(lane: &mut BoxLane) -> Vec<box_message::Message> {
    while !lane.has_message() {
        lane.due().await;
    }
    std::iter::from_fn(|| lane.next_message()?.message).collect()
}

fn offer(camera: &str) -> SettingsOffer {
    SettingsOffer {
        offer_id: vec![7; 16],
        camera: camera.to_owned(),
        settings_json: "{}".to_owned(),
        base_digest: vec![1; 32],
        ..SettingsOffer::default()
    }
}

#[tokio::test]
async fn settings_are_told_once_and_when_they_change() {
    let desk = Recorder::new();
    desk.tell("door", "{}");
    let mut lane = BoxLane::new(Some(desk.clone()), OFFSET);
    let kinds = |said: &[box_message::Message]| -> String {
        let kind = |message: &box_message::Message| match message {
            box_message::Message::SettingsReport(_) => 'r',
            box_message::Message::SettingsReceipt(_) => 'a',
            box_message::Message::BoxState(_) => 's',
            other => panic!("{other:?}"),
        };
        said.iter().map(kind).collect()
    };
    let said = round(&mut lane).await;
    assert_eq!(kinds(&said), "rs");
    let Some(box_message::Message::BoxState(state)) = said.last() else { panic!() };
    assert_eq!(state.clock.as_ref().unwrap().ahead_ms, Some(2_500));
    desk.tell("door", "{}");
    assert_eq!(kinds(&round(&mut lane).await), "s", "nothing new");
    desk.tell("door", "{\"zones\":[]}");
    assert_eq!(kinds(&round(&mut lane).await), "rs");

    lane.hear_offer(offer("door"));
    let said = round(&mut lane).await;
    assert_eq!(kinds(&said), "as");
    let Some(box_message::Message::SettingsReceipt(receipt)) = said.first() else { panic!() };
    assert_eq!(receipt.problems[0].text, "two lines");
    assert_eq!(
        receipt.plane.as_ref().unwrap().points[0].off_px,
        FARTHEST,
        "the hub takes finite numbers alone"
    );
    lane.hear_suspensions(Suspensions::default());
    round(&mut lane).await;
    assert_eq!(*desk.heard.lock().unwrap(), ["door", "0 suspensions"]);
}

#[tokio::test]
async fn a_hub_that_does_not_hear_is_told_nothing() {
    let mut lane = BoxLane::new(None, OFFSET);
    lane.hear_offer(offer("door"));
    tokio::select! {
        biased;
        () = lane.due() => panic!("something is due"),
        () = std::future::ready(()) => {}
    }
    assert!(!lane.has_message());
}

#[test]
fn what_is_no_offer_is_passed_over() {
    let check = |change: fn(&mut SettingsOffer), is_one: bool| {
        let mut offer = offer("door");
        change(&mut offer);
        assert_eq!(wish(offer).is_some(), is_one);
    };
    check(|_| {}, true);
    check(|offer| offer.offer_id = vec![1; 15], false);
    check(|offer| offer.base_digest.clear(), false);
    check(|offer| offer.settings_json = " ".repeat(SETTINGS_BYTES + 1), false);
}

#[test]
fn the_clock_is_measured_at_the_middle_of_the_way() {
    let at = Timestamp::from_unix_millis;
    let offset = |asked, answered, hub| ClockOffset::measured(at(asked), at(answered), hub);
    assert_eq!(offset(1_000, 1_040, 1_020), ClockOffset { ahead_ms: 0, margin_ms: 20 });
    assert_eq!(offset(5_000, 5_001, 1_000), ClockOffset { ahead_ms: 4_000, margin_ms: 1 });
    // The box's clock was set back meanwhile.
    assert_eq!(offset(1_000, 900, 1_000), ClockOffset { ahead_ms: 0, margin_ms: 0 });
}

#[test]
fn fuzz_offers_of_random_and_damaged_bytes() {
    let good = SettingsOffer { approved_by: "console:ben".to_owned(), ..offer("door") }.encode_to_vec();
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..20_000 {
        let mut damaged = good.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..damaged.len());
            damaged[at] = random.u8(..);
        }
        damaged.truncate(random.usize(..=good.len()));
        let Ok(offer) = SettingsOffer::decode(damaged.as_slice()) else { continue };
        if let Some(wish) = wish(offer) {
            assert!(
                wish.settings_json.len() <= SETTINGS_BYTES && !wish.approved_by.chars().any(char::is_control)
            );
        }
    }
}
