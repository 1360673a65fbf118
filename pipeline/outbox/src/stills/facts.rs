//! The bytes of [`StillFacts`], before they are sealed.
//!
//! Version 2; integers big-endian:
//! ```text
//! u8 version (2) · text camera · u8 kind (as `EventKind` in event.proto) · i64 captured, microseconds since 1970
//! · u64 retention, seconds · u32 width · u32 height · f64 covered fraction · [32] digest of the redaction's terms
//! · list (u32 count) of [32] model digests
//! ```
//! A text is u32 length and UTF-8. Version 1 did not say by which terms the picture was masked: it is no still.

use std::time::Duration;

use velum_event::{EventKind, StillFacts};
use velum_vocab::{CameraId, Digest, Timestamp};

use crate::bytes::{Reader, Writer};
use crate::wire;

const VERSION: u8 = 2;

pub(super) fn encode(facts: &StillFacts) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(VERSION).text(facts.camera.as_str()).u8(number(facts.kind));
    out.i64(facts.captured_at.unix_micros()).u64(facts.retention.as_secs());
    out.u32(facts.width_px).u32(facts.height_px).f64(facts.covered_fraction);
    out.bytes(&facts.redaction_terms.0).count(facts.models.len());
    facts.models.iter().for_each(|model| {
        out.bytes(&model.0);
    });
    out.0
}

pub(super) fn decode(bytes: &[u8]) -> Option<StillFacts> {
    let mut from = Reader::new(bytes);
    if from.u8()? != VERSION {
        return None;
    }
    let camera = CameraId::parse(from.text()?).ok()?;
    let kind = from.u8()?;
    let facts = StillFacts {
        camera,
        kind: EventKind::ALL.into_iter().find(|&each| number(each) == kind)?,
        captured_at: Timestamp::from_unix_micros(from.i64()?),
        retention: Duration::from_secs(from.u64()?),
        width_px: from.u32()?,
        height_px: from.u32()?,
        covered_fraction: from.f64().filter(|fraction| (0.0..=1.0).contains(fraction))?,
        redaction_terms: from.array().map(Digest)?,
        models: from.many(|from| from.array().map(Digest))?,
    };
    from.end(facts)
}

fn number(kind: EventKind) -> u8 {
    u8::try_from(i32::from(wire::kind(kind))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_read_back_and_nothing_else_does() {
        let facts = StillFacts {
            camera: CameraId::parse("mp.01").unwrap(),
            kind: EventKind::CrowdDensity,
            captured_at: Timestamp::from_unix_micros(-5),
            retention: Duration::from_secs(86_400),
            width_px: 640,
            height_px: 480,
            covered_fraction: 0.25,
            redaction_terms: Digest::of(b"terms"),
            models: vec![Digest::of(b"a"), Digest::of(b"b")],
        };
        let bytes = encode(&facts);
        assert_eq!(decode(&bytes), Some(facts));
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), None);
        }
        assert_eq!(decode(&[&bytes[..], &[0]].concat()), None);
        for version in [0, 1, 3] {
            assert_eq!(decode(&[&[version], &bytes[1..]].concat()), None);
        }
        let terms_at = bytes.len() - 4 - 2 * 32 - 32;
        let first = [&[1], &bytes[1..terms_at], &bytes[terms_at + 32..]].concat();
        assert_eq!(decode(&first), None, "the first version does not say how it was masked");
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut odd = bytes.clone();
            let place = random.usize(..odd.len());
            odd[place] = random.u8(..);
            // It reads as other facts, or not at all; it never panics.
            let _ = decode(&odd);
            let noise: Vec<u8> = (0..random.usize(..120)).map(|_| random.u8(..)).collect();
            let _ = decode(&noise);
        }
    }
}
