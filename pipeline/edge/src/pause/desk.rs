//! Where pauses are done: by the one who holds the audit log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use velum_policy::VerifiedPolicy;
use velum_policy::audit::{Entry, Operation, Outcome, Subject, is_name, plain};
use velum_vocab::{CameraId, Clock, Digest, Timestamp};

use super::{PauseWish, Zones, longest};
use crate::asked::{self, Ask};
use crate::audit::BoxLog;
use crate::local::{Kept, Pause, Paused, PausedPlace, paused_path, time_text};

const MINUTE: Duration = Duration::from_secs(60);
/// So many pauses of one place within an hour need nobody but who asks.
///
/// *Source*: threat T21 of the policy reference: somebody keeps a zone paused to hide.
const FREELY_PER_HOUR: usize = 10;
/// The log takes no longer reference.
const REFERENCE_CHARS: usize = 128;

/// The desk of one data folder.
pub(crate) struct PauseDesk {
    data_dir: PathBuf,
    zones: Zones,
    clock: Arc<dyn Clock>,
    /// Pauses that could not be written to the disk.
    unwritten: Paused,
}

/// What one look works with.
struct Look<'a> {
    log: &'a BoxLog,
    policy: Option<&'a VerifiedPolicy>,
    zones: &'a Zones,
    now: Timestamp,
}

/// What is paused, on the disk and, where that could not be written, in memory.
struct Books<'a> {
    kept: &'a mut Kept<Paused>,
    unwritten: &'a mut Paused,
}

impl PauseDesk {
    pub(crate) fn new(data_dir: &Path, zones: Zones, clock: Arc<dyn Clock>) -> Self {
        Self { data_dir: data_dir.to_owned(), zones, clock, unwritten: Paused::default() }
    }

    /// Zones lie elsewhere from now on.
    pub(crate) fn know_zones(&mut self, zones: Zones) {
        self.zones = zones;
    }

    /// Does what was asked and ends what is over; returns what is in force. Where it cannot be read what was, each
    /// camera is paused for as long as a pause may last.
    pub(crate) fn look(&mut self, log: &BoxLog, policy: Option<&VerifiedPolicy>) -> Paused {
        let mut kept = Kept::<Paused>::open_at(paused_path(&self.data_dir));
        let look = Look { log, policy, zones: &self.zones, now: self.clock.now() };
        let mut books = Books { kept: &mut kept, unwritten: &mut self.unwritten };
        if books.kept.was_set_aside() {
            look.pause_all(&mut books);
        }
        look.end_over(&mut books);
        look.follow_zones(&mut books);
        asked::answer_all(&self.data_dir, |ask: &Ask<PauseWish>| match &ask.wish {
            PauseWish::Pause { place, minutes, duty_officer } => {
                look.pause(&mut books, ask, place, (*minutes, duty_officer.as_deref()))
            }
            PauseWish::Resume { place } => look.resume(&mut books, ask, place),
        });
        let mut in_force = kept.content().clone();
        self.unwritten.pauses.iter().for_each(|paused| in_force.pause(paused.clone()));
        in_force
    }
}

impl Books<'_> {
    fn counted(&self, place: &PausedPlace) -> usize {
        self.kept.content().counted(place) + self.unwritten.counted(place)
    }
}

impl Look<'_> {
    /// It is not known what was paused.
    fn pause_all(&self, books: &mut Books<'_>) {
        tracing::error!("it is not known what was paused: all cameras are, for a time");
        for camera in self.zones.cameras() {
            // Also where it cannot be written: the file that was there is set aside by now.
            let place = PausedPlace { camera: camera.to_string(), zone: None };
            let pause = Pause::new(place, &[], self.now, longest(self.policy));
            books.unwritten.pause(pause.clone());
            books.kept.change(|paused| {
                paused.pause(pause);
                true
            });
        }
    }

    /// A zone that lies elsewhere by now, in the configuration or the policy, is painted over there, too.
    fn follow_zones(&self, books: &mut Books<'_>) {
        let known = books.kept.content().pauses.iter().chain(&books.unwritten.pauses);
        let moved: Vec<Pause> = known.filter_map(|pause| self.moved(pause)).collect();
        for pause in moved {
            // Also where it cannot be written.
            books.unwritten.pause(pause.clone());
            books.kept.change(|paused| {
                paused.pause(pause);
                true
            });
        }
        books.kept.save();
    }

    /// The same pause over what its zone is now; none where that is painted over already, or there is no such zone any more.
    fn moved(&self, pause: &Pause) -> Option<Pause> {
        let areas = self.zones.areas(&pause.place, self.policy).ok()?;
        let now = Pause::new(pause.place.clone(), &areas, self.now, Duration::ZERO);
        let is_covered = now.areas.iter().all(|area| pause.areas.contains(area));
        (!is_covered).then_some(Pause { until_unix_secs: pause.until_unix_secs, ..now })
    }

    fn end_over(&self, books: &mut Books<'_>) {
        let mut over = Vec::new();
        books.kept.change(|paused| paused.expire(self.now, &mut over));
        books.kept.save();
        for one in &over {
            tracing::info!(place = %one.place, "a pause has ended by itself");
            let _refused = self.log.append(self.entry(&one.place, "pause-ended"));
        }
        books.unwritten.expire(self.now, &mut Vec::new());
    }

    /// Whoever pauses the same place again and again needs the duty officer, by name and in the log.
    fn may_pause(
        &self,
        books: &Books<'_>,
        ask: &Ask<PauseWish>,
        place: &PausedPlace,
        duty_officer: Option<&str>,
    ) -> Result<(), String> {
        let example = "write for example `--duty-officer b.smit`";
        let Some(officer) = duty_officer else {
            let counted = books.counted(place);
            if counted < FREELY_PER_HOUR {
                return Ok(());
            }
            let outcome = Outcome::Denied { rule: "pause_rate".to_owned() };
            let _refused = self.log.append(Entry { outcome, ..self.asked(ask, place, "pause") });
            return Err(format!(
                "{place} was paused {counted} times within an hour: once more needs the duty officer; {example}"
            ));
        };
        if !is_name(officer) || officer.trim().eq_ignore_ascii_case(ask.operator.trim()) {
            return Err(format!(
                "--duty-officer: expected the name of somebody else than who asks, found `{officer}`; {example}"
            ));
        }
        let operator = Some(officer.to_owned());
        let entry = Entry { operator, ..self.asked(ask, place, "allowed-by-duty-officer") };
        let refused = "the audit log cannot be written, and that the duty officer allowed it must be; see the box's log";
        self.log.append(entry).map(drop).map_err(|_| refused.to_owned())
    }

    /// Done, whether it can be logged or not: the box only sees less.
    fn pause(
        &self,
        books: &mut Books<'_>,
        ask: &Ask<PauseWish>,
        place: &PausedPlace,
        (minutes, duty_officer): (u32, Option<&str>),
    ) -> Result<String, String> {
        let lasts = self.lasting(minutes)?;
        let areas = self.zones.areas(place, self.policy)?;
        self.may_pause(books, ask, place, duty_officer)?;
        let pause = Pause::new(place.clone(), &areas, self.now, lasts);
        let mut next = books.kept.content().clone();
        next.count(place.clone(), self.now);
        next.pause(pause.clone());
        let paused = next.pauses.last().cloned().unwrap_or(pause);
        let until = time_text(paused.until_unix_secs);
        let logged =
            self.log.append(self.asked(ask, place, &format!("paused-for-{minutes}-min until {until}")));
        let mut text = format!("{place} is paused until {until}");
        let resting = self.zones.also_resting(place, &areas);
        if !resting.is_empty() {
            text += &format!("; zone {} overlaps it: no crowds are judged there either", resting.join(", "));
        }
        if let Err(problem) = books.kept.put(next) {
            books.unwritten.count(place.clone(), self.now);
            books.unwritten.pause(paused);
            text += &format!(
                "; but a restart would end it, and commands beside the box do not know of it: {problem}"
            );
        }
        if logged.is_err() {
            text += "; but it could not be logged: see the box's log";
        }
        Ok(text)
    }

    fn lasting(&self, minutes: u32) -> Result<Duration, String> {
        let (lasts, most) = (MINUTE.saturating_mul(minutes), longest(self.policy));
        if lasts < MINUTE || lasts > most {
            let most = most.as_secs() / 60;
            return Err(format!(
                "--minutes: expected 1 to {most} (`rights.objection.max` of the policy), found {minutes}"
            ));
        }
        Ok(lasts)
    }

    /// Logged, then done.
    fn resume(
        &self,
        books: &mut Books<'_>,
        ask: &Ask<PauseWish>,
        place: &PausedPlace,
    ) -> Result<String, String> {
        let mut next = books.kept.content().clone();
        let is_written = next.resume(place).is_some();
        let others: Vec<String> = next
            .pauses
            .iter()
            .filter(|one| one.place.camera == place.camera)
            .map(|one| one.place.to_string())
            .collect();
        let but = if others.is_empty() {
            String::new()
        } else {
            format!("; paused are still {}", others.join(", "))
        };
        if !is_written && !books.unwritten.holds(place) {
            return Err(format!("{place} is not paused{but}"));
        }
        let refused =
            format!("the audit log cannot be written, so that {place} stays paused; see the box's log");
        self.log.append(self.asked(ask, place, "resumed")).map_err(|_| refused)?;
        if is_written {
            books.kept.put(next)?;
        }
        let _ended = books.unwritten.resume(place);
        Ok(format!("{place} goes on{but}"))
    }

    fn asked(&self, ask: &Ask<PauseWish>, place: &PausedPlace, what: &str) -> Entry {
        let (operator, justification) = (Some(ask.operator.clone()), Some(ask.reason.clone()));
        Entry { operator, justification, ..self.entry(place, what) }
    }

    /// What the policy lets be collected changes.
    fn entry(&self, place: &PausedPlace, what: &str) -> Entry {
        let zone = place.zone.as_ref().map(|zone| format!(" zone {zone}")).unwrap_or_default();
        Entry {
            camera: CameraId::parse(&place.camera).ok(),
            reference: Some(plain(&format!("{what}{zone}"), REFERENCE_CHARS)),
            policy_digest: self.policy.map(|policy| Digest(policy.digest())),
            ..Entry::new(Operation::Alteration, Subject::Policy, Outcome::Allowed)
        }
    }
}
