//! Cases that hang together: each asks one thing of cameras, recipients and classes that the policy has, and says what
//! must come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use velum_gate::EventKind;
use velum_policy::sections::{Document, HumanReview};
use velum_policy::{EventField, Finding, PolicyFile, Severity, lines_of_keys, place_of_key, read_tables};
use velum_recipients::Action;
use velum_vocab::{CameraId, CoverageBin, Health, Observation};

use super::answer::Answer;
use super::seen;
use super::written::{Written, WrittenFile, WrittenReading};

/// No file of cases is longer, bytes.
const LONGEST_BYTES: usize = 1 << 20;

/// A file of cases that parses.
#[derive(Debug)]
pub(super) struct CasesFile {
    text: String,
    path: String,
    written: WrittenFile,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) at: Timestamp,
    pub(super) asked: Asked,
    pub(super) expected: Answer,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Asked {
    /// What becomes of something that a rule has seen.
    Observation(Box<Observation>),
    /// What becomes of a camera's state.
    Health(Health),
    /// What becomes of a camera's hour.
    Coverage(CoverageBin),
    /// Whether a still of such alerts may be kept.
    KeepStill(CameraId, EventKind),
    /// Whether a still that was kept may be sent.
    AskStill(StillWanted),
    /// Whether a still to align the camera may be made.
    MaintenanceStill(CameraId),
    /// In which trial it may be computed.
    Trial(CameraId, EventKind),
    /// What a recipient is shown.
    Reading(Reading),
}

/// Somebody asks for the still of an alert.
#[derive(Debug)]
pub(super) struct StillWanted {
    pub(super) camera: CameraId,
    pub(super) kind: EventKind,
    pub(super) age: Duration,
    pub(super) purpose: String,
    pub(super) reason: String,
}

/// Somebody reads on the hub.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) role: String,
    pub(super) action: Action,
    pub(super) class: String,
    pub(super) age: Duration,
    pub(super) is_reviewed: bool,
    pub(super) purpose: String,
    pub(super) reason: String,
}

impl Asked {
    /// The camera that it is about; none of a reading.
    pub(super) fn camera(&self) -> Option<&CameraId> {
        match self {
            Self::Observation(seen) => Some(&seen.camera),
            Self::Health(health) => Some(&health.camera),
            Self::Coverage(bin) => Some(&bin.camera),
            Self::AskStill(wanted) => Some(&wanted.camera),
            Self::KeepStill(camera, _) | Self::MaintenanceStill(camera) | Self::Trial(camera, _) => {
                Some(camera)
            }
            Self::Reading(_) => None,
        }
    }

    /// The role that reads.
    pub(super) fn role(&self) -> Option<&str> {
        match self {
            Self::Reading(reading) => Some(&reading.role),
            _ => None,
        }
    }
}

impl CasesFile {
    /// Reads a file of cases; `path` is only named in findings.
    ///
    /// # Errors
    /// The first thing that does not parse.
    pub(super) fn parse(text: &str, path: &str) -> Result<Self, Finding> {
        if text.len() > LONGEST_BYTES {
            let found = format!("{} bytes", text.len());
            let expected = format!("at most {LONGEST_BYTES} bytes");
            return Err(finding((path, 1, 1), "", (&expected, &found), "is this the right file?"));
        }
        let written: WrittenFile = read_tables(text, path)?;
        let file = Self { text: text.to_owned(), path: path.to_owned(), written };
        if file.written.case.is_empty() {
            let fix = "write a case; `velum policy test --example` prints a file to start from";
            return Err(file.fault("", ("a table `[[case]]`", "none"), fix));
        }
        Ok(file)
    }

    /// The policy that it is about, relative to the file; none where none is named.
    pub(super) fn policy(&self) -> Option<&str> {
        self.written.policy.as_deref()
    }

    /// The cases, held against what the policy has.
    ///
    /// # Errors
    /// All that is wrong.
    pub(super) fn cases(&self, policy: &PolicyFile) -> Result<Vec<Case>, Vec<Finding>> {
        let lines = lines_of_keys(&self.text);
        let mut cases = Vec::new();
        let mut wrong = Vec::new();
        for (n, written) in self.written.case.iter().enumerate() {
            let key = format!("case[{n}]");
            let line = lines.get(&key).copied().unwrap_or(1);
            match (Reader { file: self, document: policy.document(), key, line }).case(written) {
                Ok(case) => cases.push(case),
                Err(finding) => wrong.push(finding),
            }
        }
        if wrong.is_empty() { Ok(cases) } else { Err(wrong) }
    }

    fn fault(&self, key: &str, (expected, found): (&str, &str), fix: &str) -> Finding {
        let (line, column) = place_of_key(&self.text, key);
        finding((&self.path, line, column), key, (expected, found), fix)
    }
}

fn finding(
    (path, line, column): (&str, usize, usize),
    key: &str,
    (expected, found): (&str, &str),
    fix: &str,
) -> Finding {
    Finding {
        severity: Severity::Error,
        path: path.to_owned(),
        line,
        column,
        key: key.to_owned(),
        rule: None,
        expected: expected.to_owned(),
        found: found.to_owned(),
        fix: fix.to_owned(),
    }
}

/// One table on its way to a case.
struct Reader<'r> {
    file: &'r CasesFile,
    document: &'r Document,
    key: String,
    line: usize,
}

/// What can be asked of a camera, and of a recipient.
const OF_CAMERA: &str = "`abandoned_object`, `crowd_density`, `crowd_movement`, `camera_health`, `coverage`, \
                         `keep_still`, `ask_still`, `maintenance_still` or `trial`";
const OF_RECIPIENT: &str = "`read`, `export` or `see_still`";

impl Reader<'_> {
    fn case(&self, written: &Written) -> Result<Case, Finding> {
        if written.name.trim().is_empty() {
            return Err(self.fault("name", ("a name", "nothing"), "say in a sentence what must hold"));
        }
        let asked = match (&written.camera, &written.recipient) {
            (Some(camera), None) => self.of_camera(written, &self.camera(camera)?)?,
            (None, Some(role)) => self.of_recipient(written, role)?,
            (Some(_), Some(_)) => {
                let fix = "make two cases of it: what the box lets out, and what the recipient is shown";
                return Err(self.fault("recipient", ("a camera or a recipient", "both"), fix));
            }
            (None, None) => {
                let fix = "write for example `camera = \"mp-01\"` or `recipient = \"crowd-steward\"`";
                return Err(self.fault("", ("a camera or a recipient", "none"), fix));
            }
        };
        let expected = self.expected(written, &asked)?;
        Ok(Case { name: written.name.clone(), line: self.line, at: written.at.0, asked, expected })
    }

    fn of_camera(&self, written: &Written, camera: &CameraId) -> Result<Asked, Finding> {
        let at = written.at.timestamp();
        let mut all: Vec<(&str, Result<Asked, Finding>)> = Vec::new();
        let observation = |of: &str, zone: &str, seen: Option<Observation>| -> Result<Asked, Finding> {
            let seen = seen.ok_or_else(|| self.bad_zone(of, zone))?;
            Ok(Asked::Observation(Box::new(seen)))
        };
        if let Some(object) = &written.abandoned_object {
            let seen = seen::object(object, camera, at);
            all.push(("abandoned_object", observation("abandoned_object", &object.zone, seen)));
        }
        if let Some(crowd) = &written.crowd_density {
            let seen = seen::density(crowd, camera, at);
            all.push(("crowd_density", observation("crowd_density", &crowd.zone, seen)));
        }
        if let Some(crowd) = &written.crowd_movement {
            let seen = seen::movement(crowd, camera, at);
            all.push(("crowd_movement", observation("crowd_movement", &crowd.zone, seen)));
        }
        if let Some(health) = &written.camera_health {
            let (camera, state) = (camera.clone(), health.state.0);
            all.push(("camera_health", Ok(Asked::Health(Health { camera, at, state, staged: None }))));
        }
        if let Some(coverage) = &written.coverage {
            all.push(("coverage", Ok(Asked::Coverage(seen::hour(coverage, camera, at)))));
        }
        if let Some(keep) = &written.keep_still {
            all.push(("keep_still", Ok(Asked::KeepStill(camera.clone(), keep.of.0))));
        }
        if let Some(ask) = &written.ask_still {
            let wanted = StillWanted {
                camera: camera.clone(),
                kind: ask.of.0,
                age: ask.age.get(),
                purpose: ask.purpose.clone(),
                reason: ask.reason.clone(),
            };
            all.push(("ask_still", Ok(Asked::AskStill(wanted))));
        }
        if written.maintenance_still.is_some() {
            all.push(("maintenance_still", Ok(Asked::MaintenanceStill(camera.clone()))));
        }
        if let Some(trial) = &written.trial {
            all.push(("trial", Ok(Asked::Trial(camera.clone(), trial.of.0))));
        }
        for (key, read) in [("read", &written.read), ("export", &written.export)] {
            self.is_absent(key, read.is_some(), "a case with `recipient`")?;
        }
        self.is_absent("see_still", written.see_still.is_some(), "a case with `recipient`")?;
        self.only(all, OF_CAMERA)?
    }

    fn of_recipient(&self, written: &Written, role: &str) -> Result<Asked, Finding> {
        let known: BTreeSet<&str> = self.document.recipient.iter().map(|one| one.role.as_str()).collect();
        self.is_known("recipient", role, ("a role of a [[recipient]] of the policy", &known))?;
        let of_camera = [
            ("abandoned_object", written.abandoned_object.is_some()),
            ("crowd_density", written.crowd_density.is_some()),
            ("crowd_movement", written.crowd_movement.is_some()),
            ("camera_health", written.camera_health.is_some()),
            ("coverage", written.coverage.is_some()),
            ("keep_still", written.keep_still.is_some()),
            ("ask_still", written.ask_still.is_some()),
            ("maintenance_still", written.maintenance_still.is_some()),
            ("trial", written.trial.is_some()),
        ];
        of_camera.iter().try_for_each(|(key, is)| self.is_absent(key, *is, "a case with `camera`"))?;
        let actions = [
            ("read", Action::Read, &written.read),
            ("export", Action::Export, &written.export),
            ("see_still", Action::SeeStill, &written.see_still),
        ];
        let all = actions.into_iter().filter_map(|(key, action, reading)| {
            Some((key, self.reading(key, (role, action), reading.as_ref()?)))
        });
        self.only(all.collect(), OF_RECIPIENT)?
    }

    fn reading(
        &self,
        key: &str,
        (role, action): (&str, Action),
        written: &WrittenReading,
    ) -> Result<Asked, Finding> {
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

    fn expected(&self, written: &Written, asked: &Asked) -> Result<Answer, Finding> {
        let Written { released, withheld, tried, shown, held_back, .. } = written;
        let mut all = Vec::new();
        if let Some(released) = released {
            all.push(("released", Answer::Released(released.fields())));
        }
        if let Some(rule) = withheld {
            all.push(("withheld", Answer::Withheld(rule.clone())));
        }
        if let Some(trial) = tried {
            let trials = self.document.sandbox.iter().map(|one| one.id.as_str());
            let known: BTreeSet<&str> = trials.chain([Answer::NOTHING_TRIED]).collect();
            self.is_known("tried", trial, ("a [[sandbox]] of the policy", &known))?;
            all.push(("tried", Answer::Tried(trial.clone())));
        }
        if let Some(fields) = shown {
            let names: BTreeSet<_> = fields.iter().map(|field: &EventField| field.name()).collect();
            all.push(("shown", Answer::Shown(names)));
        }
        if let Some(rule) = held_back {
            all.push(("held_back", Answer::HeldBack(rule.clone())));
        }
        let fitting: &[&str] = match asked {
            Asked::Reading(_) => &["shown", "held_back"],
            Asked::Trial(..) => &["tried"],
            _ => &["released", "withheld"],
        };
        let names = fitting.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ");
        if let Some((odd, _)) = all.iter().find(|(name, _)| !fitting.contains(name)) {
            let found = format!("`{odd}`");
            return Err(self.fault(odd, (&names, &found), "write what can come of what is asked"));
        }
        self.only(all, &names)
    }

    fn camera(&self, name: &str) -> Result<CameraId, Finding> {
        let known: BTreeSet<&str> = self.document.camera.keys().map(String::as_str).collect();
        self.is_known("camera", name, ("a camera of the policy", &known))?;
        let fix = "a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`";
        CameraId::parse(name).map_err(|_| self.fault("camera", ("a name", &format!("`{name}`")), fix))
    }

    fn bad_zone(&self, of: &str, zone: &str) -> Finding {
        let expected = "1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`";
        let fix = "write the zone's name as the box's configuration has it, for example `zone = \"plaza\"`";
        self.fault(&format!("{of}.zone"), (expected, &format!("`{zone}`")), fix)
    }

    fn is_known(&self, key: &str, name: &str, (what, known): (&str, &BTreeSet<&str>)) -> Result<(), Finding> {
        if known.contains(name) {
            return Ok(());
        }
        let names = known.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        let fix = if names.is_empty() { "the policy has none".to_owned() } else { format!("it has {names}") };
        Err(self.fault(key, (what, &format!("`{name}`")), &fix))
    }

    fn is_absent(&self, key: &str, is_there: bool, belongs_to: &str) -> Result<(), Finding> {
        if !is_there {
            return Ok(());
        }
        let found = format!("`{key}`, which belongs to {belongs_to}");
        Err(self.fault(key, ("what can be asked in this case", &found), "move it to a case of its own"))
    }

    /// The only one of several.
    fn only<T>(&self, all: Vec<(&str, T)>, of: &str) -> Result<T, Finding> {
        let names: Vec<_> = all.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut all = all.into_iter();
        match (all.next(), all.next()) {
            (Some((_, only)), None) => Ok(only),
            (None, _) => Err(self.fault("", (of, "none of them"), "write one of them into the case")),
            (Some(_), Some((second, _))) => {
                let expected = format!("one of {of}");
                Err(self.fault(second, (&expected, &names.join(" and ")), "make a case of each"))
            }
        }
    }

    /// A fault of a key of the case; of the case itself where the key is empty.
    fn fault(&self, key: &str, (expected, found): (&str, &str), fix: &str) -> Finding {
        let dot = if key.is_empty() { "" } else { "." };
        self.file.fault(&format!("{}{dot}{key}", self.key), (expected, found), fix)
    }
}

/// Names that no case is about.
pub(super) fn left_out(cases: &[Case], policy: &PolicyFile) -> BTreeMap<&'static str, Vec<String>> {
    let cameras: BTreeSet<&str> =
        cases.iter().filter_map(|case| Some(case.asked.camera()?.as_str())).collect();
    let roles: BTreeSet<&str> = cases.iter().filter_map(|case| case.asked.role()).collect();
    let document = policy.document();
    let without_case = |cameras: &BTreeSet<&str>, names: BTreeSet<&String>| -> Vec<String> {
        names.into_iter().filter(|name| !cameras.contains(name.as_str())).cloned().collect()
    };
    BTreeMap::from([
        ("cameras", without_case(&cameras, document.camera.keys().collect())),
        ("recipients", without_case(&roles, document.recipient.iter().map(|one| &one.role).collect())),
    ])
}
