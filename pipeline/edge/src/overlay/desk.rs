//! Takes what the hub offers for a camera, tries it out, and keeps it or goes back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use velum_policy::audit::{Entry, JUSTIFICATION_CHARS, Operation, Outcome, Subject, plain};
use velum_uplink::{SettingsAnswer, SettingsOutcome, SettingsTold, SettingsWish};
use velum_vocab::{CameraId, Digest, Timestamp};

use super::kept::{Became, KeptSettings, Last, Trying};
use super::sketch::sketch;
use crate::audit::BoxLog;
use crate::config::{CameraSettings, Settings};
use crate::local::{Kept, order_text};
use crate::shared::Shared;

/// Within this time of being allowed to run, the camera must be seen to run by them.
const PROBATION: Duration = Duration::from_secs(30);
/// For so long it must have run before that is believed.
const STEADY: Duration = Duration::from_secs(5);
/// Answers that wait for a connection; of older ones the next report tells.
const ANSWERS: usize = 64;
/// Who asks, as the audit log names it.
const HUB: &str = "hub";

/// What the desk works with.
struct Parts {
    data_dir: PathBuf,
    shared: Arc<Shared>,
    /// `[hub] takes_settings`.
    takes_settings: bool,
}

/// The settings of all cameras, and what is tried out.
pub(crate) struct Overlays {
    parts: Parts,
    places: Mutex<BTreeMap<CameraId, Place>>,
    answers: Mutex<Vec<SettingsAnswer>>,
    news: watch::Sender<u64>,
}

struct Place {
    /// As the file says.
    of_file: CameraSettings,
    /// As was seen to run last: those of the file, or an overlay.
    settled: CameraSettings,
    kept: Kept<KeptSettings>,
    probation: Option<Probation>,
    /// The camera is to be started by these.
    start: Option<CameraSettings>,
}

struct Probation {
    offer: [u8; 16],
    settings: CameraSettings,
    since: Timestamp,
}

impl Overlays {
    /// As it was when the box stopped; what was tried out then is gone, and so is what the file has changed beneath.
    pub(crate) fn open(settings: &Settings, shared: Arc<Shared>) -> Self {
        let takes_settings = settings.hub.as_ref().is_some_and(|hub| hub.takes_settings);
        let parts = Parts { data_dir: settings.data_dir.clone(), shared, takes_settings };
        let place = |camera: &CameraSettings| (camera.id.clone(), Place::open(camera, &parts));
        let places = settings.cameras.iter().map(place).collect();
        Self { places: Mutex::new(places), parts, answers: Mutex::default(), news: watch::Sender::default() }
    }

    /// The settings by which cameras run, or are about to.
    pub(crate) fn running(&self) -> Vec<CameraSettings> {
        let running = |place: &Place| {
            place.probation.as_ref().map_or(&place.settled, |probation| &probation.settings).clone()
        };
        self.places.lock().values().map(running).collect()
    }

    /// Looks at what is tried out; returns the cameras that are to be started by other settings.
    pub(crate) fn look(&self) -> Vec<CameraSettings> {
        let mut places = self.places.lock();
        for (camera, place) in places.iter_mut() {
            if let Some((became, problems)) = place.judge(camera, &self.parts) {
                let answer = place.settle(became, problems, &self.parts);
                self.answer(answer);
            }
        }
        places.values_mut().filter_map(|place| place.start.take()).collect()
    }

    /// Takes an offer, or refuses it. Of one that is tried out the answer comes when that is over.
    pub(crate) fn offered(&self, wish: &SettingsWish) {
        let answer = self.judged(wish);
        self.answer(answer);
    }

    /// Answers that were not told yet.
    pub(crate) fn take_answers(&self) -> Vec<SettingsAnswer> {
        std::mem::take(&mut self.answers.lock())
    }

    /// What holds, camera by camera.
    pub(crate) fn told(&self) -> Vec<SettingsTold> {
        let told = |(camera, place): (&CameraId, &Place)| SettingsTold {
            camera: camera.to_string(),
            settings_json: place.settled.watching.json().to_owned(),
            digest: place.settled.watching.digest(),
            from_hub: place.kept.content().settings.is_some(),
            takes_settings: self.parts.takes_settings,
            last: place.last(),
        };
        self.places.lock().iter().map(told).collect()
    }

    /// Wakes whoever tells the hub.
    pub(crate) fn news(&self) -> watch::Receiver<u64> {
        self.news.subscribe()
    }

    fn answer(&self, answer: Option<SettingsAnswer>) {
        let mut answers = self.answers.lock();
        answers.extend(answer);
        let surplus = answers.len().saturating_sub(ANSWERS);
        answers.drain(..surplus);
        drop(answers);
        self.news.send_modify(|times| *times = times.wrapping_add(1));
    }

    fn judged(&self, wish: &SettingsWish) -> Option<SettingsAnswer> {
        let mut places = self.places.lock();
        let place = CameraId::parse(&wish.camera).ok().and_then(|camera| places.get_mut(&camera));
        let Some(place) = place else {
            return Some(refusal(wish, None, vec![whole("this box has no camera of this name that runs")]));
        };
        place.offered(wish, &self.parts)
    }
}

impl Place {
    fn open(of_file: &CameraSettings, parts: &Parts) -> Self {
        let kept = Kept::<KeptSettings>::open(&parts.data_dir, &of_file.id);
        let settled = super::in_force(&parts.data_dir, of_file);
        let mut place = Self {
            of_file: of_file.clone(),
            settled: settled.clone().unwrap_or_else(|| of_file.clone()),
            probation: None,
            start: None,
            kept,
        };
        if place.kept.content().settings.is_some() && settled.is_none() {
            let words = "the configuration changed beneath what the hub had offered: the file holds, and what was offered is dropped";
            tracing::warn!(camera = %of_file.id, "{words}");
            let _logged = place.log(parts, "settings-dropped", words, Outcome::Allowed);
            place.kept.change(|kept| kept.settings.take().is_some());
        }
        if let Some(trying) = place.kept.content().trying.clone() {
            let words = "the box ended while they were tried out";
            tracing::warn!(camera = %of_file.id, "settings of the hub are rolled back: {words}");
            let outcome = Outcome::Denied { rule: "rolled_back".to_owned() };
            let _logged = place.log(parts, &format!("settings-rolled-back {}", trying.offer), words, outcome);
            place.kept.change(|kept| {
                kept.trying = None;
                kept.last = Some(Last {
                    offer: trying.offer,
                    outcome: Became::RolledBack,
                    problems: vec![whole(words)],
                });
                true
            });
        }
        place.kept.save();
        place
    }

    fn last(&self) -> Option<SettingsAnswer> {
        let last = self.kept.content().last.as_ref()?;
        last.answer(self.settled.id.as_str(), self.settled.watching.digest())
    }

    fn offered(&mut self, wish: &SettingsWish, parts: &Parts) -> Option<SettingsAnswer> {
        let digest = self.settled.watching.digest();
        let size_px = parts.shared.proofs.of(&self.settled.id).size_px;
        let plane = sketch(&wish.settings_json, size_px);
        let refuse =
            |problems| Some(SettingsAnswer { plane: plane.clone(), ..refusal(wish, Some(digest), problems) });
        if !parts.takes_settings {
            return refuse(vec![whole(
                "the configuration of this box takes none: `[hub] takes_settings = false`",
            )]);
        }
        let settings = match self.of_file.watching(&wish.settings_json) {
            Ok(settings) => settings,
            Err(problems) => {
                return refuse(problems.into_iter().map(|one| (one.path, one.message)).collect());
            }
        };
        if wish.check_only {
            let outcome = SettingsOutcome::Checked;
            return Some(SettingsAnswer { outcome, plane, ..refusal(wish, Some(digest), vec![]) });
        }
        let name = order_text(wish.id);
        if self.probation.as_ref().is_some_and(|probation| probation.offer == wish.id) {
            return None;
        }
        if let Some(last) = self.kept.content().last.as_ref().filter(|last| last.offer == name) {
            return last.answer(self.settled.id.as_str(), digest);
        }
        match self.begin(wish, settings, &name, parts) {
            Ok(()) => None,
            Err(problem) => {
                let problems = vec![whole(&problem)];
                let last = Last { offer: name, outcome: Became::Refused, problems: problems.clone() };
                self.kept.change(|kept| {
                    kept.last = Some(last);
                    true
                });
                self.kept.save();
                refuse(problems)
            }
        }
    }

    /// Logged, then kept, then tried.
    fn begin(
        &mut self,
        wish: &SettingsWish,
        settings: CameraSettings,
        name: &str,
        parts: &Parts,
    ) -> Result<(), String> {
        if wish.base_digest != self.settled.watching.digest() {
            return Err("other settings hold by now than those it was written from; draw it anew".to_owned());
        }
        if self.probation.is_some() {
            return Err("another change of this camera is tried out at the moment; offer it again".to_owned());
        }
        let permission = parts.shared.gate.permission(&settings.id);
        if !permission.is_active() {
            return Err(format!(
                "nobody could see whether the camera runs by it, since it is not analysed now: {}",
                permission.words()
            ));
        }
        let words = format!("settings of the hub, approved by {}", wish.approved_by);
        self.log(parts, &format!("settings-offered {name}"), &words, Outcome::Allowed).map_err(|_| {
            "the audit log cannot be written, so that nothing is changed; see the box's log".to_owned()
        })?;
        let trying = Trying { settings: settings.watching.json().to_owned(), offer: name.to_owned() };
        let kept = KeptSettings { trying: Some(trying), ..self.kept.content().clone() };
        self.kept.put(kept).map_err(|problem| format!("it cannot be kept: {problem}"))?;
        tracing::info!(camera = %settings.id, offer = name, "settings of the hub are tried out");
        self.start = Some(settings.clone());
        let since = parts.shared.clock.now();
        parts.shared.proofs.await_start(&settings.id);
        self.probation = Some(Probation { offer: wish.id, settings, since });
        Ok(())
    }

    /// What a trial has come to; none while it lasts.
    fn judge(&mut self, camera: &CameraId, parts: &Parts) -> Option<(Became, Vec<(String, String)>)> {
        let probation = self.probation.as_mut()?;
        let now = parts.shared.clock.now();
        // Time in which nobody may look proves nothing; a clock that went back begins anew.
        if !parts.shared.gate.permission(camera).is_active() || now < probation.since {
            probation.since = now;
        }
        let for_secs = now.secs_since(probation.since);
        let proof = parts.shared.proofs.of(camera);
        if proof.frames_analysed > 0 && for_secs >= STEADY.as_secs_f64() {
            return Some((Became::InForce, vec![]));
        }
        if for_secs < PROBATION.as_secs_f64() {
            return None;
        }
        let secs = PROBATION.as_secs();
        let words = match proof.trouble {
            Some(trouble) => format!("the camera did not run by it within {secs} s: {trouble}"),
            None => format!("no frame was analysed by it within {secs} s"),
        };
        Some((Became::RolledBack, vec![whole(&words)]))
    }

    fn settle(
        &mut self,
        became: Became,
        problems: Vec<(String, String)>,
        parts: &Parts,
    ) -> Option<SettingsAnswer> {
        let Probation { offer, settings, .. } = self.probation.take()?;
        let name = order_text(offer);
        let kept = KeptSettings { trying: None, ..self.kept.content().clone() };
        let last = |outcome, problems| Some(Last { offer: name.clone(), outcome, problems });
        if became == Became::InForce {
            let is_of_file = settings.watching == self.of_file.watching;
            let over = self.of_file.watching.digest().to_string();
            let overlay = (!is_of_file).then(|| settings.watching.json().to_owned());
            let confirmed =
                KeptSettings { settings: overlay, over, last: last(became, vec![]), ..kept.clone() };
            let logged = self.log(
                parts,
                &format!("settings-in-force {name}"),
                "the camera runs by them",
                Outcome::Allowed,
            );
            let logged = logged.map_err(|_| "the audit log cannot be written".to_owned());
            match logged.and_then(|()| self.kept.put(confirmed)) {
                Ok(()) => {
                    tracing::info!(camera = %settings.id, offer = name, "settings of the hub are in force");
                    self.settled = settings;
                    return self.last();
                }
                Err(problem) => {
                    let words = format!("the camera runs by it, and that cannot be kept: {problem}");
                    return self.roll_back(parts, kept, (&name, vec![whole(&words)]));
                }
            }
        }
        self.roll_back(parts, kept, (&name, problems))
    }

    /// Also where it can be neither logged nor kept: at the next start it is found tried out, and dropped.
    fn roll_back(
        &mut self,
        parts: &Parts,
        kept: KeptSettings,
        (name, problems): (&str, Vec<(String, String)>),
    ) -> Option<SettingsAnswer> {
        let words = problems.first().map(|(_, text)| text.clone()).unwrap_or_default();
        tracing::warn!(camera = %self.settled.id, offer = name, "settings of the hub are rolled back: {words}");
        let outcome = Outcome::Denied { rule: "rolled_back".to_owned() };
        let _logged = self.log(parts, &format!("settings-rolled-back {name}"), &words, outcome);
        let last = Last { offer: name.to_owned(), outcome: Became::RolledBack, problems };
        let answer = last.answer(self.settled.id.as_str(), self.settled.watching.digest());
        self.kept.change(|before| {
            *before = KeptSettings { last: Some(last), ..kept };
            true
        });
        self.kept.save();
        self.start = Some(self.settled.clone());
        answer
    }

    /// What is collected changes.
    fn log(&self, parts: &Parts, what: &str, words: &str, outcome: Outcome) -> Result<(), &'static str> {
        log(
            &parts.shared.stills.archive.log,
            &self.of_file.id,
            parts.shared.gate.policy_digest(),
            (what, words, outcome),
        )
    }
}

/// Writes what is done with the settings of a camera into the box's audit log.
pub(super) fn log(
    log: &BoxLog,
    camera: &CameraId,
    policy_digest: Option<Digest>,
    (what, words, outcome): (&str, &str, Outcome),
) -> Result<(), &'static str> {
    log.append(Entry {
        camera: Some(camera.clone()),
        operator: Some(HUB.to_owned()),
        reference: Some(what.to_owned()),
        justification: Some(plain(words, JUSTIFICATION_CHARS)),
        policy_digest,
        ..Entry::new(Operation::Alteration, Subject::Policy, outcome)
    })
}

fn refusal(wish: &SettingsWish, digest: Option<Digest>, problems: Vec<(String, String)>) -> SettingsAnswer {
    SettingsAnswer {
        id: wish.id,
        camera: wish.camera.clone(),
        outcome: SettingsOutcome::Refused,
        problems,
        digest,
        plane: None,
    }
}

/// A problem of all of it.
fn whole(text: &str) -> (String, String) {
    (String::new(), text.to_owned())
}
