use super::*;

const NOW: Timestamp = Timestamp::from_unix_secs(1_795_219_200);

fn request(id: u8) -> StillRequest {
    StillRequest {
        request_id: vec![id; 16],
        event_id: vec![9; 16],
        operator: "operator-1".to_owned(),
        purpose: "plaza-safety".to_owned(),
        justification: "is it a suitcase".to_owned(),
        expires_unix_ms: NOW.unix_millis() + 30_000,
    }
}

fn rule_of(heard: &Heard) -> Option<&'static str> {
    match heard {
        Heard::Wish(_) => None,
        Heard::Refused(_, rule) => Some(rule),
        Heard::Ignored => Some("ignored"),
    }
}

fn check(change: impl FnOnce(&mut StillRequest), expected: Option<&str>) {
    let mut asked = request(1);
    change(&mut asked);
    let heard = Register::new(StillLimits::default()).hear(asked.clone(), NOW);
    assert_eq!(rule_of(&heard), expected, "{asked:?}");
}

#[test]
fn only_whole_requests_within_their_time_are_heard() {
    check(|_| {}, None);
    check(|asked| asked.request_id = vec![1; 15], Some("ignored"));
    check(|asked| asked.request_id = vec![], Some("ignored"));
    check(|asked| asked.event_id = vec![1; 17], Some(MALFORMED));
    check(|asked| asked.operator = String::new(), Some(MALFORMED));
    check(|asked| asked.operator = "x".repeat(129), Some(MALFORMED));
    check(|asked| asked.purpose = " ".to_owned(), Some(MALFORMED));
    check(|asked| asked.justification = "\n\t".to_owned(), Some(MALFORMED));
    check(|asked| asked.justification = "ü".repeat(500), None);
    check(|asked| asked.justification = "ü".repeat(501), Some(MALFORMED));
    check(|asked| asked.expires_unix_ms = NOW.unix_millis(), Some(EXPIRED));
    check(|asked| asked.expires_unix_ms = i64::MIN, Some(EXPIRED));
    check(|asked| asked.expires_unix_ms = i64::MAX, Some(MALFORMED));
}

#[test]
fn a_request_is_heard_once() {
    let mut register = Register::new(StillLimits::default());
    assert_eq!(rule_of(&register.hear(request(1), NOW)), None);
    assert_eq!(register.hear(request(1), NOW), Heard::Ignored);
    let broken = StillRequest { purpose: String::new(), ..request(2) };
    assert_eq!(rule_of(&register.hear(broken, NOW)), Some(MALFORMED));
    assert_eq!(register.hear(request(2), NOW), Heard::Ignored, "mended, it is still the same");
    // When its id is forgotten, the request's own time has long been over.
    let later = NOW.plus(LONGEST_LIFE);
    assert_eq!(rule_of(&register.hear(request(1), later)), Some(EXPIRED));
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut register = Register::new(StillLimits::default());
    for number in 0..2 * REMEMBERED_MAX {
        let mut asked = request(0);
        asked.request_id[..8].copy_from_slice(&(number as u64).to_be_bytes());
        let heard = register.hear(asked, NOW);
        assert_eq!(heard == Heard::Ignored, number >= REMEMBERED_MAX, "{number}");
    }
    assert_eq!((register.ids.len(), register.admitted.len()), (REMEMBERED_MAX, 20));
    register.hear(request(1), NOW.plus(HOUR));
    assert_eq!(register.ids.len(), 1);
}

#[test]
fn stills_are_limited_by_the_hour_and_by_the_operator() {
    let limits = StillLimits { per_hour: 5, per_operator_per_hour: 3, waiting: 4 };
    let mut register = Register::new(limits);
    let mut ask = |id: u8, operator: &str, after_secs: u64| {
        let now = NOW.plus(Duration::from_secs(after_secs));
        let expires_unix_ms = now.unix_millis() + 1_000;
        let asked = StillRequest { operator: operator.to_owned(), expires_unix_ms, ..request(id) };
        rule_of(&register.hear(asked, now))
    };
    for id in 0..3 {
        assert_eq!(ask(id, "a", 0), None);
    }
    assert_eq!(ask(3, "a", 10), Some(RATE));
    assert_eq!(ask(4, "b", 10), None);
    assert_eq!(ask(5, "b", 10), None);
    assert_eq!(ask(6, "c", 10), Some(RATE));
    assert_eq!(ask(7, "a", 3_599), Some(RATE));
    assert_eq!(ask(8, "a", 3_600), None);
}

#[test]
fn random_requests_are_refused_or_whole() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut register = Register::new(StillLimits { per_hour: usize::MAX, ..StillLimits::default() });
    for _ in 0..20_000 {
        let mut bytes =
            |most: usize| -> Vec<u8> { (0..random.usize(..most)).map(|_| random.u8(..)).collect() };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let (request_id, event_id) = (bytes(18), bytes(18));
        let asked = StillRequest {
            request_id,
            event_id,
            operator: text(bytes(200)),
            purpose: text(bytes(200)),
            justification: text(bytes(700)),
            expires_unix_ms: NOW.unix_millis().wrapping_add(random.i64(..) >> random.u8(..60)),
        };
        if let Heard::Wish(wish) = register.hear(asked, NOW) {
            assert!(wish.expires_at > NOW && !wish.justification.trim().is_empty());
        }
    }
}

type Decide = Box<dyn Fn(&StillWish) -> Result<Still, &'static str> + Send + Sync>;

/// A desk that changes its mind when it is told to.
pub(crate) struct Moody {
    decide: Decide,
    refuses_by: Mutex<Option<&'static str>>,
    withdrawn: Mutex<Vec<([u8; 16], &'static str)>>,
}

impl Moody {
    /// One that decides so.
    pub(crate) fn new(
        decide: impl Fn(&StillWish) -> Result<Still, &'static str> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { decide: Box::new(decide), refuses_by: Mutex::default(), withdrawn: Mutex::default() })
    }
}

impl Decider for Moody {
    fn decide(&self, wish: &StillWish) -> Result<Still, &'static str> {
        (self.decide)(wish)
    }

    fn may_still(&self, _: &StillWish) -> Result<(), &'static str> {
        self.refuses_by.lock().unwrap().map_or(Ok(()), Err)
    }

    fn told_withdrawn(&self, wish: &StillWish, rule: &'static str) {
        self.withdrawn.lock().unwrap().push((wish.request_id, rule));
    }
}

fn lane(decide: impl Fn(&StillWish) -> Result<Still, &'static str> + Send + Sync + 'static) -> StillLane {
    lane_of(Moody::new(decide))
}

fn lane_of(decider: Arc<Moody>) -> StillLane {
    let mut desk = Desk::closed(StillLimits::default());
    desk.opened(decider);
    StillLane::new(Arc::new(desk))
}

fn answer_of(message: Option<BoxMessage>) -> Result<u8, String> {
    let Some(BoxMessage { message: Some(box_message::Message::StillAnswer(answer)) }) = message else {
        return Err("no answer".to_owned());
    };
    match answer.answer.unwrap() {
        Answer::Still(_) => Ok(answer.request_id[0]),
        Answer::Refused(refused) => Err(refused.rule),
    }
}

#[tokio::test]
async fn stills_are_decided_one_after_the_other_and_never_pile_up() {
    let mut lane = lane(|_| Ok(Still { jpeg: vec![0; 10], ..Still::default() }));
    for id in 0..7 {
        lane.hear(request(id), NOW);
    }
    // One is being decided and four wait.
    let busy: Vec<_> = (0..2).map(|_| answer_of(lane.next_answer(NOW))).collect();
    assert_eq!(busy, [Err(BUSY.to_owned()), Err(BUSY.to_owned())]);
    for id in 0..5 {
        assert!(!lane.has_answer());
        lane.decided().await;
        assert_eq!(lane.answers.len(), 1);
        assert!(lane.deciding.is_none(), "the next waits until this one is on its way");
        assert_eq!(answer_of(lane.next_answer(NOW)), Ok(id));
    }
    assert!(lane.deciding.is_none() && lane.waiting.is_empty());
}

#[tokio::test]
async fn a_still_that_waited_until_it_may_leave_no_more_is_not_sent() {
    let check = async |now: Timestamp, rule: Option<&'static str>, expected: Result<u8, &'static str>| {
        let desk = Moody::new(|_| Ok(Still { jpeg: vec![0; 10], ..Still::default() }));
        let mut lane = lane_of(Arc::clone(&desk));
        lane.hear(request(1), NOW);
        lane.decided().await;
        *desk.refuses_by.lock().unwrap() = rule;
        assert_eq!(answer_of(lane.next_answer(now)), expected.map_err(str::to_owned));
        drop(lane);
        // Whoever is to tell the desk holds it until then.
        while Arc::strong_count(&desk) > 1 {
            tokio::task::yield_now().await;
        }
        let told = desk.withdrawn.lock().unwrap().clone();
        assert_eq!(told, Vec::from_iter(expected.err().map(|rule| ([1; 16], rule))));
    };
    let late = NOW.plus(Duration::from_secs(30));
    check(NOW, None, Ok(1)).await;
    check(late, None, Err(EXPIRED)).await;
    check(late, Some("expires"), Err(EXPIRED)).await;
    check(NOW, Some("expires"), Err("expires")).await;
    check(NOW, Some("trusted_time"), Err("trusted_time")).await;
}

#[tokio::test]
async fn a_desk_that_fails_refuses_and_none_does_too() {
    let mut failing = lane(|_| panic!("a fault"));
    failing.hear(request(1), NOW);
    failing.decided().await;
    assert_eq!(answer_of(failing.next_answer(NOW)), Err("failed".to_owned()));
    let mut refusing = lane(|wish| if wish.purpose == "x" { Ok(Still::default()) } else { Err("purpose") });
    refusing.hear(request(2), NOW);
    refusing.decided().await;
    assert_eq!(answer_of(refusing.next_answer(NOW)), Err("purpose".to_owned()));
    let mut nobody = StillLane::new(Arc::new(Desk::closed(StillLimits::default())));
    nobody.hear(request(1), NOW);
    assert_eq!(answer_of(nobody.next_answer(NOW)), Err(NO_DESK.to_owned()));
}
