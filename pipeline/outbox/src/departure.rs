//! What is said of an event or still that is about to leave: the fields by name and how precise each is, the size, and
//! a commitment to the content.
//!
//! The commitment is SHA-256 over a salt of 32 bytes and the content as it travels. The salt is HMAC-SHA-256, under the
//! key of the day by which the content is sealed, over `velum-egress` and the additional data of the seal: it needs no
//! place of its own, and is gone with that key.

use std::collections::BTreeMap;

use prost::Message;
use velum_event::EventKind;
use velum_proto::v1::{self, Record, event::Body, record::End};
use velum_vocab::{CameraId, Digest};

use crate::error::OutboxError;
use crate::layout::{self, Incarnation};
use crate::outbox::Outbox;
use crate::wire;

/// The size of an event tells what it says, down to the length of a name: it is told in steps.
const BYTES_STEP: usize = 128;
/// A field of which only a band or a step is told.
const BAND: &str = "band";
const EXACT: &str = "exact";

/// What is said of an event that leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departure {
    /// Its number.
    pub sequence: u64,
    /// Its class in the policy.
    pub class: &'static str,
    /// Its camera, where the event tells it.
    pub camera: Option<CameraId>,
    /// The fields that it has, and how precise each is: `exact`, `band`, or a duration.
    pub fields: BTreeMap<String, String>,
    /// How many bytes it is at most, in steps of 128.
    pub bytes: u64,
    /// The policy under which it was released.
    pub policy_digest: Option<Digest>,
    /// To its content.
    pub commitment: Option<Digest>,
}

impl Outbox {
    /// What is said of those records that are events; ends without content (withheld, expired, lost) tell of nobody.
    ///
    /// # Errors
    /// Where the database or the key of a day cannot be read.
    pub fn departures(&self, of: Incarnation, records: &[Record]) -> Result<Vec<Departure>, OutboxError> {
        let mut departures = Vec::new();
        for record in records {
            if let Some(End::Event(event)) = &record.end {
                let salt = self.salt_of(of, record.sequence)?;
                departures.push(departure(record, event, salt));
            }
        }
        Ok(departures)
    }

    /// None where the key of its day is gone: it was erased just now.
    fn salt_of(&self, of: Incarnation, sequence: u64) -> Result<Option<[u8; 32]>, OutboxError> {
        let value = self.shared.read(|store| store.value(&layout::record_key(sequence)))?;
        let Some(hour) = value.and_then(|value| layout::sealed_hour(&value)) else { return Ok(None) };
        self.shared.keys.salt(hour.day(), &layout::record_aad(of, sequence, hour))
    }
}

fn departure(record: &Record, event: &v1::Event, salt: Option<[u8; 32]>) -> Departure {
    let camera = event.camera.as_deref().and_then(|id| CameraId::parse(id).ok());
    Departure {
        sequence: record.sequence,
        class: class(event),
        camera,
        fields: fields(event),
        bytes: u64::try_from(record.encoded_len().next_multiple_of(BYTES_STEP)).unwrap_or(u64::MAX),
        policy_digest: <[u8; 32]>::try_from(&event.policy_digest[..]).ok().map(Digest),
        commitment: salt.map(|salt| commitment(&salt, &event.encode_to_vec())),
    }
}

pub(crate) fn commitment(salt: &[u8; 32], content: &[u8]) -> Digest {
    Digest::of(&[&salt[..], content].concat())
}

fn class(event: &v1::Event) -> &'static str {
    let is_it = |kind: &EventKind| i32::from(wire::kind(*kind)) == event.kind;
    EventKind::ALL.into_iter().find(is_it).map_or("unknown", EventKind::class)
}

/// By the names of the policy, where it has one. A band is called so, without its width: that of a small group may be
/// another than that of a large one.
fn fields(event: &v1::Event) -> BTreeMap<String, String> {
    let time = |time: &Option<v1::Instant>| time.as_ref().map(|time| duration(time.precision_ms));
    let exact = |is_there: bool| is_there.then(|| EXACT.to_owned());
    let band = |is_there: bool| is_there.then(|| BAND.to_owned());
    let mut all = vec![
        ("event_id", exact(!event.id.is_empty())),
        ("alert_id", exact(!event.alert_id.is_empty())),
        ("state", exact(event.state != 0)),
        ("site", exact(event.site.is_some())),
        ("camera", exact(event.camera.is_some())),
        ("zone", exact(event.zone.is_some())),
        ("time", time(&event.time)),
        ("confidence_band", band(event.confidence != 0)),
        ("validity", exact(event.validity != 0)),
        ("explanation", exact(!event.explanation.is_empty())),
        ("policy_digest", exact(!event.policy_digest.is_empty())),
        ("model_id", exact(!event.model_digests.is_empty())),
        ("staged", exact(event.staged.is_some())),
        ("still_ref", exact(event.still_may_be_asked_for)),
    ];
    match &event.body {
        Some(Body::AbandonedObject(object)) => all.extend([
            ("object_kind", exact(object.object_kind.is_some())),
            ("dwell_band", band(object.dwell.is_some())),
            ("grid_cell", exact(object.grid_cell.is_some())),
            ("time_first_seen", time(&object.first_seen)),
        ]),
        Some(Body::CrowdDensity(density)) => all.extend([
            ("level", band(density.level.is_some())),
            ("previous_level", band(density.previous_level.is_some())),
            ("count_rounded", band(density.persons.is_some())),
            ("persons_per_m2", band(density.persons_per_m2.is_some())),
        ]),
        Some(Body::CrowdMovement(movement)) => all.extend([
            ("movement", exact(movement.pattern != 0)),
            ("count_rounded", band(movement.persons.is_some())),
            ("speed_band", band(movement.speed.is_some())),
            ("direction_sector", band(movement.direction != 0)),
        ]),
        Some(Body::CameraHealth(_)) => all.push(("health_code", exact(true))),
        None => {}
    }
    all.into_iter().filter_map(|(name, precision)| Some((name.to_owned(), precision?))).collect()
}

/// `250 ms`, `1 s`, `900 s`.
pub(crate) fn duration(ms: u32) -> String {
    if ms.is_multiple_of(1_000) { format!("{} s", ms / 1_000) } else { format!("{ms} ms") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_fields_that_are_there_are_named_with_their_precision() {
        let event = v1::Event {
            id: vec![1; 16],
            kind: v1::EventKind::CrowdDensity.into(),
            state: v1::EventState::Raised.into(),
            camera: Some("plaza-1".to_owned()),
            time: Some(v1::Instant { unix_ms: 5, precision_ms: 60_000 }),
            body: Some(Body::CrowdDensity(v1::CrowdDensity {
                level: Some("busy".to_owned()),
                persons: Some(v1::CountBand { at_least: 5, below: Some(10) }),
                ..v1::CrowdDensity::default()
            })),
            policy_digest: vec![7; 32],
            ..v1::Event::default()
        };
        let record = Record { sequence: 9, end: Some(End::Event(event.clone())) };
        let told = departure(&record, &event, Some([3; 32]));
        let fields: Vec<_> = told.fields.iter().map(|(name, how)| format!("{name}={how}")).collect();
        assert_eq!(
            fields,
            [
                "camera=exact",
                "count_rounded=band",
                "event_id=exact",
                "level=band",
                "policy_digest=exact",
                "state=exact",
                "time=60 s"
            ]
        );
        assert_eq!((told.sequence, told.class), (9, "crowd_density_level"));
        assert!(record.encoded_len() < 128);
        assert_eq!(told.bytes, 128, "what it says does not show in its size");
        assert_eq!(told.camera.unwrap().as_str(), "plaza-1");
        assert_eq!(told.policy_digest, Some(Digest([7; 32])));
        let other = departure(&record, &event, Some([4; 32]));
        assert_ne!(told.commitment, other.commitment, "another salt");
        assert_eq!(departure(&record, &event, None).commitment, None);
    }
}
