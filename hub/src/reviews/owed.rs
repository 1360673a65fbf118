//! What a policy asks of people about an alert: whether somebody must look, until when, and what becomes of it if
//! nobody does. As everywhere on the hub, the newest version that has begun decides.

use velum_policy::sections::HumanReview;
use velum_proto::v1::{Event, EventKind, EventState, StoredRecord, record::End};

use crate::access::class_of;
use crate::exercises::is_exercise;
use crate::identity::Name;
use crate::policies::Library;
use crate::store::{FoundEvent, Lapse};

/// `human_oversight.unreviewed`, where alerts that nobody reviewed must go.
const ERASE: &str = "erase";

/// What is owed to one alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owed {
    /// From when it was stored; none where the policy sets no deadline.
    pub(crate) deadline_ms: Option<i64>,
    /// What becomes of it then.
    pub(crate) lapse: Lapse,
}

impl Owed {
    /// None where the policy is not known, or asks for nobody to look at alerts of this kind.
    pub(crate) fn to(event: &Event, library: &Library, now_unix_ms: i64) -> Option<Self> {
        let id = &library.find(&event.policy_digest)?.policy().resolved().id;
        let newest = library.begun(now_unix_ms).find(|one| one.policy().resolved().id == *id)?;
        let class = newest.policy().resolved().events.get(class_of(event.kind())?)?;
        match class.human_review {
            HumanReview::BeforeTransmission | HumanReview::BeforeAction => {}
            HumanReview::Done | HumanReview::NotApplicable => return None,
        }
        let oversight = newest.policy().file().document().human_oversight.as_ref();
        let deadline = oversight.and_then(|oversight| oversight.review_deadline);
        let deadline_ms = deadline.and_then(|deadline| i64::try_from(deadline.get().as_millis()).ok());
        let fate = oversight.and_then(|oversight| oversight.unreviewed.as_deref());
        // An exercise is looked at afterwards, also where nobody was in time.
        let lapse = if fate == Some(ERASE) && !is_exercise(event) { Lapse::Erased } else { Lapse::Kept };
        Some(Self { deadline_ms, lapse })
    }
}

/// Whether an event raised an alert: what people review.
pub(super) fn raises(event: &Event) -> bool {
    event.kind() != EventKind::CameraHealth && event.state() == EventState::Raised
}

/// The alert that a record raised, where it did.
pub(crate) fn raised_alert(stored: &StoredRecord) -> Option<FoundEvent> {
    let Some(End::Event(event)) = stored.record.as_ref()?.end.as_ref() else { return None };
    let of = Name::parse(&stored.r#box).ok()?;
    raises(event).then(|| FoundEvent { of, event: event.clone(), stored_unix_ms: stored.stored_unix_ms })
}
