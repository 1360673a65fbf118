//! The bytes of a [`CoverageBin`]. Bins are not sealed: they tell of cameras, not of people.
//!
//! Value, version 2; integers big-endian; the key holds the hour and the camera:
//! ```text
//! u8 version (2) · u64 decoded · u64 analysed · u64 dropped · list (u32 count) of: u8 state · u32 secs
//!   · list (u32 count) of: text (u32 length, UTF-8) code of the reason · u32 alerts without a still
//! ```
//! The number of a state is that of the protocol (`CoverageState` in `event.proto`). Version 1, which is still read,
//! ends after the states.

use velum_proto::v1;
use velum_vocab::{CameraId, CoverageBin, CoverageState, FrameCounts};

use crate::bytes::{Reader, Writer};
use crate::day::Hour;
use crate::layout::{COVERAGE, coverage_hour};
use crate::wire;

const VERSION: u8 = 2;
/// Without the reasons of missing stills.
const VERSION_WITHOUT_STILLS: u8 = 1;
/// The hub refuses longer codes.
const CODE_BYTES: usize = 64;

pub(crate) fn encode(bin: &CoverageBin) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(VERSION).u64(bin.counts.decoded).u64(bin.counts.analysed).u64(bin.counts.dropped);
    out.count(bin.secs_by_state.len());
    for (&state, &secs) in &bin.secs_by_state {
        out.u8(number(state)).u32(secs);
    }
    out.count(bin.stills_withheld.len());
    for (code, &alerts) in &bin.stills_withheld {
        out.text(code).u32(alerts);
    }
    out.0
}

pub(crate) fn decode(key: &[u8], value: &[u8]) -> Option<CoverageBin> {
    let hour: Hour = coverage_hour(key)?;
    let camera = std::str::from_utf8(key.get(COVERAGE.len() + 4..)?).ok()?;
    let mut from = Reader::new(value);
    let version = from.u8().filter(|version| [VERSION_WITHOUT_STILLS, VERSION].contains(version))?;
    let counts = FrameCounts { decoded: from.u64()?, analysed: from.u64()?, dropped: from.u64()? };
    let states = from.many(|from| Some((state(from.u8()?)?, from.u32()?)))?;
    let stills_withheld = if version == VERSION_WITHOUT_STILLS {
        Vec::new()
    } else {
        from.many(|from| Some((code(from.text()?)?, from.u32()?)))?
    };
    from.end(CoverageBin {
        camera: CameraId::parse(camera).ok()?,
        hour: hour.start(),
        secs_by_state: states.into_iter().collect(),
        counts,
        stills_withheld: stills_withheld.into_iter().collect(),
    })
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
        stills_withheld: bin.stills_withheld.clone(),
    }
}

fn number(state: CoverageState) -> u8 {
    u8::try_from(i32::from(wire::coverage_state(state))).unwrap_or(0)
}

fn state(number_read: u8) -> Option<CoverageState> {
    CoverageState::ALL.into_iter().find(|&state| number(state) == number_read)
}

/// A code as it may stand on screens; none for what a damaged disk made of it.
fn code(text: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    ((1..=CODE_BYTES).contains(&text.len()) && text.chars().all(plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::coverage_key;
    use proptest::prelude::*;

    const HOUR: Hour = Hour(498_000);

    fn bin(stills_withheld: &[(&str, u32)]) -> CoverageBin {
        CoverageBin {
            camera: CameraId::parse("mp.01").unwrap(),
            hour: HOUR.start(),
            secs_by_state: CoverageState::ALL.into_iter().zip(1..).collect(),
            counts: FrameCounts { decoded: 3, analysed: 2, dropped: 1 },
            stills_withheld: stills_withheld
                .iter()
                .map(|(code, count)| ((*code).to_owned(), *count))
                .collect(),
        }
    }

    fn key() -> Vec<u8> {
        coverage_key(HOUR, &bin(&[]).camera)
    }

    #[test]
    fn bins_read_back() {
        for stills in [&[][..], &[("detector_stale", 2), ("too_dark", 1)]] {
            let bin = bin(stills);
            let value = encode(&bin);
            assert_eq!(to_wire(&bin).stills_withheld, bin.stills_withheld);
            assert_eq!(decode(&key(), &value), Some(bin));
            for length in 0..value.len() {
                assert_eq!(decode(&key(), &value[..length]), None);
            }
        }
    }

    #[test]
    fn bins_of_version_1_still_open() {
        let mut value = encode(&bin(&[]));
        value[0] = 1;
        value.truncate(value.len() - 4);
        assert_eq!(decode(&key(), &value), Some(bin(&[])));
        assert_eq!(decode(&key(), &[value.as_slice(), &[0; 4]].concat()), None, "it ends after the states");
        value[0] = 3;
        assert_eq!(decode(&key(), &value), None);
    }

    #[test]
    fn a_code_that_could_not_stand_on_a_screen_is_no_code() {
        let check = |code: &str, is_read: bool| {
            let bin = bin(&[(code, 1)]);
            assert_eq!(decode(&key(), &encode(&bin)), is_read.then_some(bin), "{code:?}");
        };
        check("from-a.newer_box2", true);
        check(&"a".repeat(64), true);
        check(&"a".repeat(65), false);
        check("", false);
        check("two words", false);
        check("\u{1b}[2J", false);
    }

    proptest! {
        #[test]
        fn fuzz_bins_of_random_and_damaged_bytes(
            noise in proptest::collection::vec(any::<u8>(), 0..64),
            at in 0_usize..128,
            with in any::<u8>(),
        ) {
            decode(&key(), &noise);
            let mut value = encode(&bin(&[("verifier", 7)]));
            let at = at % value.len();
            value[at] = with;
            if let Some(read) = decode(&key(), &value) {
                prop_assert_eq!(decode(&key(), &encode(&read)), Some(read));
            }
        }
    }
}
