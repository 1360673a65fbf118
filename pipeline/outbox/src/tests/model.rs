//! The outbox against a model of it: whatever is done in whatever order, every number has its one end.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use proptest::prelude::*;
use velum_proto::v1::{Expired, record::End};
use velum_vocab::{CameraId, Clock, RuleState};

use super::{Place, START, ends, event, read_all, withheld, write_all};
use crate::day::Hour;
use crate::{ExpiryCounts, Outbox, rule_state};

const RETENTION: Duration = Duration::from_secs(30 * 3_600);

#[derive(Debug, Clone)]
enum Step {
    Commit {
        entries: usize,
        with_state: bool,
    },
    Acknowledge {
        percent: u64,
    },
    Expire,
    Withhold,
    Later {
        hours: u64,
    },
    /// A clean stop and start.
    Restart,
    /// The process is killed: what the files hold at this moment is all that is left.
    Kill,
    NewIncarnation,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => (0_usize..4, any::<bool>()).prop_map(|(entries, with_state)| Step::Commit { entries, with_state }),
        3 => (0_u64..=100).prop_map(|percent| Step::Acknowledge { percent }),
        1 => Just(Step::Expire),
        1 => Just(Step::Withhold),
        2 => (1_u64..20).prop_map(|hours| Step::Later { hours }),
        1 => Just(Step::Restart),
        2 => Just(Step::Kill),
        1 => Just(Step::NewIncarnation),
    ]
}

/// What should be in the outbox. An acknowledgement may be forgotten by a kill, never an entry.
#[derive(Default)]
struct Model {
    /// Unacknowledged, with the hour in which they were sealed (none: needs no key).
    waiting: BTreeMap<u64, (Option<Hour>, End)>,
    /// Acknowledged since the last durable write: a kill may bring them back.
    may_return: BTreeMap<u64, (Option<Hour>, End)>,
    last: u64,
    state: Option<(Hour, RuleState)>,
    drawn: u8,
}

struct Run {
    place: Place,
    outbox: Option<Outbox>,
    model: Model,
}

impl Run {
    fn begin() -> Self {
        let place = Place::new();
        let outbox = Some(place.open().0);
        Self { place, outbox, model: Model::default() }
    }

    fn outbox(&self) -> &Outbox {
        self.outbox.as_ref().unwrap()
    }

    fn hour(&self) -> Hour {
        Hour::of(self.place.clock.now())
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Commit { entries, with_state } => self.commit(*entries, *with_state),
            Step::Acknowledge { percent } => self.acknowledge(self.model.last * percent / 100),
            Step::Expire => self.expire(),
            Step::Withhold => self.withhold(),
            Step::Later { hours } => self.place.later(*hours),
            Step::Restart => {
                self.outbox = None;
                self.reopen();
                self.model.may_return.clear();
            }
            Step::Kill => self.kill(),
            Step::NewIncarnation => self.new_incarnation(),
        }
        self.check();
    }

    fn commit(&mut self, entries: usize, with_state: bool) {
        let hour = self.hour();
        let new: Vec<End> = (0..entries).map(|n| event(self.model.drawn.wrapping_add(n as u8), 40)).collect();
        self.model.drawn = self.model.drawn.wrapping_add(entries as u8);
        let state = with_state.then(|| self.draw_state());
        let bytes = state.as_ref().map(|state| (state.camera.clone(), rule_state::encode(state)));
        let given = self.outbox().commit_ends(new.clone(), bytes).unwrap();
        assert_eq!(given, (self.model.last + 1..=self.model.last + entries as u64).collect::<Vec<_>>());
        self.model.waiting.extend(given.into_iter().zip(new.into_iter().map(|end| (Some(hour), end))));
        self.model.last += entries as u64;
        self.model.state = state.map(|state| (hour, state)).or(self.model.state.take());
        self.model.may_return.clear();
    }

    fn draw_state(&self) -> RuleState {
        RuleState {
            camera: camera(),
            at: self.place.clock.now(),
            frame_width_px: self.model.drawn.into(),
            frame_height_px: 9,
            objects: vec![],
            levels: vec![],
            movements: vec![],
            usual: vec![],
        }
    }

    fn acknowledge(&mut self, up_to: u64) {
        self.outbox().acknowledge(up_to).unwrap();
        let left = self.model.waiting.split_off(&(up_to + 1));
        self.model.may_return.append(&mut self.model.waiting);
        self.model.waiting = left;
    }

    fn expire(&mut self) {
        let now = self.place.clock.now();
        let past = |hour: &Option<Hour>| hour.is_some_and(|hour| hour.is_past(now, RETENTION));
        let done: ExpiryCounts = self.outbox().expire(now, RETENTION).unwrap();
        let mut records = 0;
        for (hour, end) in self.model.waiting.values_mut().filter(|(hour, _)| past(hour)) {
            let key_day = hour.unwrap().day().to_string();
            (*hour, *end) = (None, End::Expired(Expired { key_day }));
            records += 1;
        }
        assert_eq!(done.records, records);
        self.model.state = self.model.state.take().filter(|(hour, _)| !past(&Some(*hour)));
        self.model.may_return.clear();
    }

    fn withhold(&mut self) {
        let events = self.model.waiting.values_mut().filter(|(_, end)| matches!(end, End::Event(_)));
        let changed = events.map(|(_, end)| *end = withheld("no_policy")).count() as u64;
        assert_eq!(self.outbox().withhold_waiting("no_policy"), Ok(changed));
        if changed > 0 {
            self.model.may_return.clear();
        }
    }

    /// Files as they are while the outbox is open, in a place of their own.
    fn kill(&mut self) {
        let files = read_all(self.place.dir.path());
        self.outbox = None;
        self.place.dir = tempfile::tempdir().unwrap();
        write_all(self.place.dir.path(), &files);
        self.reopen();
        let acknowledged = self.outbox().stats().acknowledged;
        let mut back = std::mem::take(&mut self.model.may_return).split_off(&(acknowledged + 1));
        self.model.waiting.append(&mut back);
    }

    fn reopen(&mut self) {
        let (outbox, recovery) = self.place.open();
        assert!(recovery.set_aside.is_none() && !recovery.fresh && recovery.unreadable == 0, "{recovery:?}");
        self.outbox = Some(outbox);
    }

    fn new_incarnation(&mut self) {
        let old = self.outbox().stats().incarnation;
        let hour = self.hour();
        let new = self.outbox().begin_new_incarnation(self.model.last).unwrap();
        assert_ne!(new, old);
        let said = ends(self.outbox());
        assert!(matches!(&said[&1], End::Lost(lost) if lost.incarnation.as_deref() == Some(old.as_bytes())));
        let first = (1, (None, said[&1].clone()));
        let resealed = |(sealed, end): (Option<Hour>, End)| (sealed.map(|_| hour), end);
        let waiting = std::mem::take(&mut self.model.waiting).into_values().map(resealed);
        self.model.waiting = std::iter::once(first).chain((2..).zip(waiting)).collect();
        self.model.last = self.model.waiting.len() as u64;
        self.model.may_return.clear();
    }

    fn check(&self) {
        let expected: BTreeMap<u64, End> =
            self.model.waiting.iter().map(|(&number, (_, end))| (number, end.clone())).collect();
        assert_eq!(ends(self.outbox()), expected);
        let stats = self.outbox().stats();
        assert_eq!((stats.last_sequence, stats.waiting), (self.model.last, expected.len() as u64));
        let state = self.outbox().rule_state(&camera()).unwrap();
        assert_eq!(state, self.model.state.as_ref().map(|(_, state)| state.clone()));
        let now = self.place.clock.now();
        assert!(now >= START && fs::exists(self.place.keys_dir()).unwrap());
    }
}

fn camera() -> CameraId {
    CameraId::parse("mp.01").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_number_has_its_one_end(steps in prop::collection::vec(step(), 1..25)) {
        let mut run = Run::begin();
        for step in &steps {
            run.take(step);
        }
    }
}
