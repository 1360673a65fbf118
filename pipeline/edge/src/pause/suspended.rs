//! Cameras that the hub's administrators suspended: beside what people at the box paused, and never in its place.
//!
//! Content of `paused/suspended.json`, version 1:
//! ```text
//! {"suspensions": [{"id": "9b...",                  of the suspension, hex
//!                   "camera": "door",               null: every camera of the box
//!                   "since_unix_secs": 1795219200}]}
//! ```
//! Who suspended it and why is in the audit log. A suspension has no end: the hub lifts it, by its id. Invariants: it is done even
//! where it cannot be logged or kept, since the box only sees less; lifting it needs the log, and that the hub names it as
//! lifted: one that forgot it lifts nothing. Where it cannot be read what was suspended, every camera is, until the hub has
//! said so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use velum_gate::Pauses;
use velum_policy::audit::{Entry, JUSTIFICATION_CHARS, Operation, Outcome, Subject, plain};
use velum_uplink::{SuspensionHeld, SuspensionWish};
use velum_vocab::{CameraId, Digest, Timestamp};

use crate::audit::BoxLog;
use crate::local::{self, Content, Kept};

/// 9999-12-31: until somebody lifts it.
const WITHOUT_END: Timestamp = Timestamp::from_unix_secs(253_402_300_799);
const HUB: &str = "hub";
const NO_SUCH_CAMERA: &str = "this box has no camera of this name";

/// All that the hub suspended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Held {
    suspensions: Vec<HeldOne>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldOne {
    id: String,
    camera: Option<String>,
    since_unix_secs: i64,
}

impl Content for Held {
    const FORMAT: &'static str = "velum-suspended";
    const FOLDER: &'static str = "paused";

    fn is_empty(&self) -> bool {
        self.suspensions.is_empty()
    }
}

impl Held {
    /// What is kept, for commands beside the running box.
    ///
    /// # Errors
    /// In words, where it cannot be read.
    pub(super) fn read(data_dir: &Path) -> Result<Self, String> {
        Ok(local::read_one(&path(data_dir))?.unwrap_or_default())
    }

    /// Adds what is suspended.
    pub(super) fn add_to<'c>(&self, pauses: &mut Pauses, cameras: impl Iterator<Item = &'c CameraId>) {
        for camera in cameras {
            if self.suspensions.iter().any(|one| one.is_of(camera)) {
                pauses.cameras.insert(camera.clone(), WITHOUT_END);
            }
        }
    }

    /// A line for each.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |one: &HeldOne| {
            let since = local::time_text(one.since_unix_secs);
            format!(
                "{:24} {:24} {since:22} the hub lifts it",
                one.camera.as_deref().unwrap_or("(all of them)"),
                "(all of it)"
            )
        };
        self.suspensions.iter().map(line).collect()
    }
}

impl HeldOne {
    fn is_of(&self, camera: &CameraId) -> bool {
        self.camera.as_deref().is_none_or(|name| name == camera.as_str())
    }

    fn words(&self) -> String {
        self.camera.as_ref().map_or_else(|| "every camera".to_owned(), |camera| format!("camera {camera}"))
    }
}

/// Where it is done, for the running box.
pub(crate) struct Suspended {
    cameras: Vec<CameraId>,
    log: Arc<BoxLog>,
    kept: Mutex<Books>,
}

struct Books {
    kept: Kept<Held>,
    /// It is not known what was suspended: everything is.
    is_unknown: bool,
}

impl Suspended {
    /// What was suspended before this start.
    pub(crate) fn open(data_dir: &Path, cameras: Vec<CameraId>, log: Arc<BoxLog>) -> Self {
        let kept = Kept::<Held>::open_at(path(data_dir));
        let is_unknown = kept.was_set_aside();
        if is_unknown {
            tracing::error!("it is not known what the hub had suspended: every camera is, until it says so");
        }
        Self { cameras, log, kept: Mutex::new(Books { kept, is_unknown }) }
    }

    /// Adds what is suspended.
    pub(crate) fn add_to(&self, pauses: &mut Pauses) {
        let books = self.kept.lock();
        books.kept.content().add_to(pauses, self.cameras.iter());
        if books.is_unknown {
            pauses.cameras.extend(self.cameras.iter().map(|camera| (camera.clone(), WITHOUT_END)));
        }
    }

    /// All that the hub holds, and what it lifted: what is new is suspended, what is lifted goes on, all else stays.
    pub(crate) fn told(&self, all: &[SuspensionWish], lifted: &[[u8; 16]], policy_digest: Option<Digest>) {
        let mut books = self.kept.lock();
        let before = books.kept.content().clone();
        let wished = |one: &HeldOne| all.iter().any(|wish| local::order_text(wish.id) == one.id);
        let is_lifted = |one: &HeldOne| lifted.iter().any(|id| local::order_text(*id) == one.id);
        let mut next = Held::default();
        for one in before.suspensions.iter().filter(|one| !wished(one)) {
            if !is_lifted(one) {
                tracing::warn!("the hub knows nothing of it that {} is suspended: it stays so", one.words());
                next.suspensions.push(one.clone());
                continue;
            }
            let words = format!("{} goes on, as the hub says", one.words());
            if self.note(one, ("resumed-by-hub", &words), policy_digest).is_err() {
                tracing::error!("the audit log cannot be written, so that {} stays suspended", one.words());
                next.suspensions.push(one.clone());
            }
        }
        for wish in all {
            let one = HeldOne {
                id: local::order_text(wish.id),
                camera: wish.camera.clone(),
                since_unix_secs: wish.since.unix_secs(),
            };
            if !before.suspensions.contains(&one) {
                let words = format!("suspended by {}: {}", wish.by, wish.reason);
                // Done, whether it can be logged or not: the box only sees less.
                let _logged = self.note(&one, ("suspended-by-hub", &words), policy_digest);
                tracing::warn!("{} is suspended by the hub", one.words());
            }
            next.suspensions.push(one);
        }
        books.is_unknown = false;
        if next != before {
            books.kept.change(|held| {
                *held = next;
                true
            });
            books.kept.save();
        }
    }

    /// What is held, and what of it cannot be in force.
    pub(crate) fn standing(&self) -> Vec<SuspensionHeld> {
        let books = self.kept.lock();
        let one = |one: &HeldOne| {
            let is_known = one.camera.is_none() || self.cameras.iter().any(|camera| one.is_of(camera));
            Some(SuspensionHeld {
                id: local::order_id(&one.id)?,
                camera: one.camera.clone(),
                since: Timestamp::from_unix_secs(one.since_unix_secs),
                trouble: (!is_known).then(|| NO_SUCH_CAMERA.to_owned()),
            })
        };
        books.kept.content().suspensions.iter().filter_map(one).collect()
    }

    fn note(
        &self,
        one: &HeldOne,
        (what, words): (&str, &str),
        policy_digest: Option<Digest>,
    ) -> Result<(), &'static str> {
        self.log.append(Entry {
            camera: one.camera.as_deref().and_then(|camera| CameraId::parse(camera).ok()),
            operator: Some(HUB.to_owned()),
            reference: Some(what.to_owned()),
            justification: Some(plain(words, JUSTIFICATION_CHARS)),
            policy_digest,
            ..Entry::new(Operation::Alteration, Subject::Policy, Outcome::Allowed)
        })
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(Held::FOLDER).join("suspended.json")
}

#[cfg(test)]
mod tests {
    use velum_vocab::SimulatedClock;

    use super::*;
    use crate::testing::START;

    fn cameras() -> Vec<CameraId> {
        ["door", "hall"].map(|name| CameraId::parse(name).unwrap()).to_vec()
    }

    fn wish(number: u8, camera: Option<&str>) -> SuspensionWish {
        SuspensionWish {
            id: [number; 16],
            camera: camera.map(str::to_owned),
            by: "console:anna".to_owned(),
            reason: "roadworks".to_owned(),
            since: START,
        }
    }

    fn paused(desk: &Suspended) -> Vec<String> {
        let mut pauses = Pauses::default();
        desk.add_to(&mut pauses);
        pauses.cameras.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn the_hub_suspends_and_lifts_over_restarts_and_lifting_needs_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let log = || Arc::new(BoxLog::open(folder.path(), Arc::new(SimulatedClock::at(START))));
        let open = |log| Suspended::open(folder.path(), cameras(), log);
        let desk = open(log());
        assert_eq!(paused(&desk), [""; 0]);
        desk.told(&[wish(1, Some("door")), wish(2, Some("attic"))], &[], None);
        assert_eq!(paused(&desk), ["door"]);
        let held = |number: u8, camera: &str, trouble: Option<&str>| SuspensionHeld {
            id: [number; 16],
            camera: Some(camera.to_owned()),
            since: START,
            trouble: trouble.map(str::to_owned),
        };
        assert_eq!(desk.standing(), [held(1, "door", None), held(2, "attic", Some(NO_SUCH_CAMERA))]);
        drop(desk);
        let desk = open(Arc::new(BoxLog::none()));
        assert_eq!(paused(&desk), ["door"], "over a restart");
        desk.told(&[], &[[1; 16]], None);
        assert_eq!(paused(&desk), ["door"], "without a log nothing goes on");
        desk.told(&[wish(1, Some("door")), wish(3, None)], &[], None);
        assert_eq!(paused(&desk), ["door", "hall"], "without a log the box may still see less");
        drop(desk);
        let desk = open(log());
        desk.told(&[], &[[3; 16]], None);
        assert_eq!(paused(&desk), ["door"], "a hub that was restored from a backup has forgotten it");
        desk.told(&[], &[[1; 16], [2; 16]], None);
        assert_eq!((paused(&desk), desk.standing()), (vec![], vec![]));
        let text = std::fs::read_dir(folder.path().join("audit")).unwrap();
        let text: String =
            text.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect();
        assert!(
            text.contains("suspended by console:anna: roadworks") && text.contains("resumed-by-hub"),
            "{text}"
        );
    }

    #[test]
    fn where_it_is_not_known_what_was_suspended_everything_is_until_the_hub_says() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("paused")).unwrap();
        std::fs::write(path(folder.path()), "no JSON").unwrap();
        let desk = Suspended::open(folder.path(), cameras(), Arc::new(BoxLog::none()));
        assert_eq!(paused(&desk), ["door", "hall"]);
        desk.told(&[], &[], None);
        assert_eq!(paused(&desk), [""; 0]);
    }
}
