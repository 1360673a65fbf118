//! The bytes of a [`CoverageBin`]. Bins are not sealed: they tell of cameras, not of people.
//!
//! Value, version 1; integers big-endian; the key holds the hour and the camera:
//! ```text
//! u8 version (1) · u64 decoded · u64 analysed · u64 dropped · list (u32 count) of: u8 state · u32 secs
//! ```
//! The number of a state is that of the protocol (`CoverageState` in `event.proto`).

use velum_proto::v1;
use velum_vocab::{CameraId, CoverageBin, CoverageState, FrameCounts};

use crate::bytes::{Reader, Writer};
use crate::day::Hour;
use crate::layout::{COVERAGE, coverage_hour};
use crate::wire;

const VERSION: u8 = 1;

pub(crate) fn encode(bin: &CoverageBin) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(VERSION).u64(bin.counts.decoded).u64(bin.counts.analysed).u64(bin.counts.dropped);
    out.count(bin.secs_by_state.len());
    for (&state, &secs) in &bin.secs_by_state {
        out.u8(number(state)).u32(secs);
    }
    out.0
}

pub(crate) fn decode(key: &[u8], value: &[u8]) -> Option<CoverageBin> {
    let hour: Hour = coverage_hour(key)?;
    let camera = std::str::from_utf8(key.get(COVERAGE.len() + 4..)?).ok()?;
    let mut from = Reader::new(value);
    if from.u8()? != VERSION {
        return None;
    }
    let counts = FrameCounts { decoded: from.u64()?, analysed: from.u64()?, dropped: from.u64()? };
    let states = from.many(|from| Some((state(from.u8()?)?, from.u32()?)))?;
    let camera = CameraId::parse(camera).ok()?;
    let secs_by_state = states.into_iter().collect();
    from.end(CoverageBin { camera, hour: hour.start(), secs_by_state, counts })
}

/// As it travels.
pub(crate) fn to_wire(bin: &CoverageBin) -> v1::CoverageBin {
    let secs = |(&state, &secs)| (wire::coverage_state(state).into(), secs);
    v1::CoverageBin {
        camera: bin.camera.as_str().to_owned(),
        hour_unix_secs: bin.hour.unix_secs(),
        secs_by_state: bin.secs_by_state.iter().map(secs).collect(),
        frames_decoded: bin.counts.decoded,
        frames_analysed: bin.counts.analysed,
        frames_dropped: bin.counts.dropped,
    }
}

fn number(state: CoverageState) -> u8 {
    u8::try_from(i32::from(wire::coverage_state(state))).unwrap_or(0)
}

fn state(number_read: u8) -> Option<CoverageState> {
    CoverageState::ALL.into_iter().find(|&state| number(state) == number_read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::coverage_key;

    #[test]
    fn bins_read_back() {
        let camera = CameraId::parse("mp.01").unwrap();
        let secs_by_state = CoverageState::ALL.into_iter().zip(1..).collect();
        let counts = FrameCounts { decoded: 3, analysed: 2, dropped: 1 };
        let bin = CoverageBin { camera, hour: Hour(498_000).start(), secs_by_state, counts };
        let key = coverage_key(Hour::of(bin.hour), &bin.camera);
        let value = encode(&bin);
        assert_eq!(decode(&key, &value), Some(bin));
        for length in 0..value.len() {
            assert_eq!(decode(&key, &value[..length]), None);
        }
    }
}
