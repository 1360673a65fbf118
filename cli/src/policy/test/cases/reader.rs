//! One table of a file of cases on its way to a case, held against what the policy has.

use std::collections::BTreeSet;

use velum_policy::sections::{Document, HumanReview, ZoneKind};
use velum_recipients::Action;
use velum_vocab::{CameraId, Health, Observation};

use super::{Asked, Case, CasesFile, Fault, Reading, StillWanted};
use crate::policy::test::answer::Answer;
use crate::policy::test::seen;
use crate::policy::test::written::{Asking, Moment, Written, WrittenAsking, WrittenReading};

/// What can be asked.
const ASKED: &str = "`abandoned_object`, `crowd_density`, `crowd_movement`, `camera_health`, `coverage`, `keep_still`, \
                     `ask_still`, `maintenance_still` or `trial` of a camera, `read`, `export` or `see_still` of a \
                     recipient";

/// One table.
pub(super) struct Reader<'r> {
    file: &'r CasesFile,
    document: &'r Document,
    key: String,
    line: usize,
}

impl<'r> Reader<'r> {
    pub(super) fn new(file: &'r CasesFile, document: &'r Document, key: String, line: usize) -> Self {
        Self { file, document, key, line }
    }

    /// The case.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub(super) fn case(&self, written: &Written) -> Result<Case, Fault> {
        if written.name.trim().is_empty() {
            return Err(self.fault("name", ("a name", "nothing"), "say in a sentence what must hold"));
        }
        let (key, asking) = self.only(written.asked(), ASKED)?;
        let asked = match (&asking, &written.camera, &written.recipient) {
            (_, Some(_), Some(_)) => {
                let fix = "make two cases of it: what the box lets out, and what the recipient is shown";
                return Err(self.fault("recipient", ("a camera or a recipient", "both"), fix));
            }
            (Asking::Reading(action, reading), None, Some(role)) => {
                self.reading(key, (role, *action), reading)?
            }
            (Asking::Reading(..), ..) => {
                return Err(self.of_whom(key, "a recipient, for example `crowd-steward`"));
            }
            (_, Some(camera), None) => self.of_camera(key, &asking, (&self.camera(camera)?, written.at))?,
            (_, None, _) => return Err(self.of_whom(key, "a camera, for example `mp-01`")),
        };
        let expected = self.expected(written, &asked)?;
        Ok(Case { name: written.name.clone(), line: self.line, at: written.at.0, asked, expected })
    }

    /// Whom the case must be about.
    fn of_whom(&self, key: &str, whom: &str) -> Fault {
        let found = format!("`{key}` without one");
        self.fault(key, (whom, &found), "say of whom it is asked: `camera = ...` or `recipient = ...`")
    }

    fn of_camera(
        &self,
        key: &str,
        asking: &Asking<'_>,
        (camera, moment): (&CameraId, Moment),
    ) -> Result<Asked, Fault> {
        let (at, named) = (moment.timestamp(), camera.clone());
        let observation = |zone: &str, seen: Option<Observation>| {
            self.is_looked_at(key, camera, zone)?;
            seen.map(|seen| Asked::Observation(Box::new(seen))).ok_or_else(|| self.bad_zone(key, zone))
        };
        match asking {
            Asking::Object(object) => observation(&object.zone, seen::object(object, camera, at)),
            Asking::Density(crowd) => observation(&crowd.zone, seen::density(crowd, camera, at)),
            Asking::Movement(crowd) => observation(&crowd.zone, seen::movement(crowd, camera, at)),
            Asking::Health(health) => {
                Ok(Asked::Health(Health { camera: named, at, state: health.state.0, staged: None }))
            }
            Asking::Coverage(coverage) => Ok(Asked::Coverage(seen::hour(coverage, camera, at))),
            Asking::KeepStill(keep) => Ok(Asked::KeepStill(named, keep.of.0)),
            Asking::AskStill(ask) => Ok(Asked::AskStill(wanted(ask, named))),
            Asking::MaintenanceStill => Ok(Asked::MaintenanceStill(named)),
            Asking::Trial(trial) => Ok(Asked::Trial(named, trial.of.0)),
            Asking::Reading(..) => Err(self.of_whom(key, "a recipient")),
        }
    }

    fn reading(
        &self,
        key: &str,
        (role, action): (&str, Action),
        written: &WrittenReading,
    ) -> Result<Asked, Fault> {
        let known: BTreeSet<&str> = self.document.recipient.iter().map(|one| one.role.as_str()).collect();
        self.is_known("recipient", role, ("a role of a [[recipient]] of the policy", &known))?;
        let classes: BTreeSet<&str> = self.document.event.iter().map(|one| one.class.as_str()).collect();
        let expected = ("a class of an [[event]] of the policy", &classes);
        self.is_known(&format!("{key}.event"), &written.event, expected)?;
        // Such events are made by a review, and by nothing else.
        let is_of_review = |class: &str| {
            let declared = self.document.event.iter().find(|one| one.class == class);
            declared.is_some_and(|one| one.human_review == HumanReview::Done)
        };
        Ok(Asked::Reading(Reading {
            role: role.to_owned(),
            action,
            class: written.event.clone(),
            age: written.age.get(),
            is_reviewed: written.reviewed || is_of_review(&written.event),
            purpose: written.purpose.clone(),
            reason: written.reason.clone(),
        }))
    }

    fn expected(&self, written: &Written, asked: &Asked) -> Result<Answer, Fault> {
        let fitting: &[&str] = match asked {
            Asked::Reading(_) => &["shown", "held_back"],
            Asked::Trial(..) => &["tried"],
            _ => &["released", "withheld"],
        };
        let names = fitting.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        let all = written.expected();
        if let Some((odd, _)) = all.iter().find(|(name, _)| !fitting.contains(name)) {
            let found = format!("`{odd}`");
            return Err(self.fault(odd, (&names, &found), "write what can come of what is asked"));
        }
        let (key, expected) = self.only(all, &names)?;
        if let Answer::Tried(trial) = &expected {
            let trials = self.document.sandbox.iter().map(|one| one.id.as_str());
            let known: BTreeSet<&str> = trials.chain([Answer::NOTHING_TRIED]).collect();
            self.is_known(key, trial, ("a [[sandbox]] of the policy", &known))?;
        }
        Ok(expected)
    }

    fn camera(&self, name: &str) -> Result<CameraId, Fault> {
        let known: BTreeSet<&str> = self.document.camera.keys().map(String::as_str).collect();
        self.is_known("camera", name, ("a camera of the policy", &known))?;
        let fix = "a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`";
        CameraId::parse(name).map_err(|_| self.fault("camera", ("a name", &format!("`{name}`")), fix))
    }

    /// What the policy has painted over no rule ever sees, and where it wants no alerts no object raises one: the gate is
    /// asked of neither.
    fn is_looked_at(&self, of: &str, camera: &CameraId, zone: &str) -> Result<(), Fault> {
        let zones = self.document.camera.get(camera.as_str()).map(|camera| camera.zone.as_slice());
        let Some(named) = zones.unwrap_or_default().iter().find(|one| one.id == zone) else { return Ok(()) };
        let is_unseen = match named.kind {
            ZoneKind::PrivateMask => true,
            ZoneKind::NoAlert => of == "abandoned_object",
            _ => false,
        };
        if !is_unseen {
            return Ok(());
        }
        let found = format!("`{zone}`, a `{}` of {camera}", named.kind);
        let fix = "nothing is ever told of it, so that there is nothing to ask: name a zone of the box's configuration";
        Err(self.fault(&format!("{of}.zone"), ("a zone that a rule looks at", &found), fix))
    }

    fn bad_zone(&self, of: &str, zone: &str) -> Fault {
        let expected = "1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`";
        let fix = "write the zone's name as the box's configuration has it, for example `zone = \"plaza\"`";
        self.fault(&format!("{of}.zone"), (expected, &format!("`{zone}`")), fix)
    }

    fn is_known(&self, key: &str, name: &str, (what, known): (&str, &BTreeSet<&str>)) -> Result<(), Fault> {
        if known.contains(name) {
            return Ok(());
        }
        let names = known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        let fix = if names.is_empty() { "the policy has none".to_owned() } else { format!("it has {names}") };
        Err(self.fault(key, (what, &format!("`{name}`")), &fix))
    }

    /// The only one of several, with its key.
    fn only<'k, T>(&self, all: Vec<(&'k str, T)>, of: &str) -> Result<(&'k str, T), Fault> {
        let names: Vec<_> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut all = all.into_iter();
        match (all.next(), all.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => Err(self.fault("", (of, "none of them"), "write one of them into the case")),
            (Some(_), Some((second, _))) => {
                let expected = format!("one of {of}");
                Err(self.fault(second, (&expected, &names.join(" and ")), "make a case of each"))
            }
        }
    }

    /// A fault of a key of the case; of the case itself where the key is empty.
    fn fault(&self, key: &str, (expected, found): (&str, &str), fix: &str) -> Fault {
        let dot = if key.is_empty() { "" } else { "." };
        self.file.fault(&format!("{}{dot}{key}", self.key), (expected, found), fix)
    }
}

fn wanted(ask: &WrittenAsking, camera: CameraId) -> StillWanted {
    StillWanted {
        camera,
        kind: ask.of.0,
        age: ask.age.get(),
        purpose: ask.purpose.clone(),
        reason: ask.reason.clone(),
    }
}
