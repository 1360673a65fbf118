//! The bytes of a [`RuleState`], before they are sealed.
//!
//! Format, version 2; integers big-endian, `text` = u32 length and UTF-8, `list` = u32 count and its items:
//! ```text
//! u8 version (2) · text camera · i64 at_micros · u32 frame_width_px · u32 frame_height_px
//! list objects: [16] alert · text zone · f32 left, top, right, bottom (px) · i64 put_down_at_micros
//!               · u8 has_owner_left · i64 owner_left_at_micros (0 where not) · u8 owner_back_traced
//!               · u8 drop_off_witnessed · f64 unattended_secs · f64 hidden_secs · u8 raised · u8 confirmed
//!               · f64 luma_contrast
//! list levels:  text zone · [16] alert · text level · i64 since_micros
//! list movements: text zone · u8 pattern (1 surge, 2 dispersal, 3 counter-flow) · [16] alert · i64 since_micros
//!               · f64 persons low, estimate, high
//! list usual:   text zone · f64 learned_secs · f64 median, spread of speed_m_per_s, of apart_m_per_s,
//!               of counter_flow_fraction · f64 x, y of the direction
//! ```
//! Version 1 had neither movements nor usual, and is still read. Another version, a byte too many or too few, a box without area: the state is not readable, and the rules
//! start afresh. A change of the format takes a new version.

use velum_vocab::{
    AbandonedCandidate, AlertId, BoxInFrame, CameraId, DensityLevelState, Interval, MovementAlertState,
    MovementPattern, RuleState, Timestamp, UsualMovementState, ZoneId,
};

use crate::bytes::{Reader, Writer};

const VERSION: u8 = 2;
const WITHOUT_MOVEMENT: u8 = 1;

/// The state as bytes.
pub(crate) fn encode(state: &RuleState) -> Vec<u8> {
    let mut out = Writer::default();
    out.u8(VERSION).text(state.camera.as_str()).i64(state.at.unix_micros());
    out.u32(state.frame_width_px).u32(state.frame_height_px);
    out.count(state.objects.len());
    for object in &state.objects {
        encode_object(&mut out, object);
    }
    out.count(state.levels.len());
    for level in &state.levels {
        out.text(level.zone.as_str()).bytes(level.alert.as_bytes());
        out.text(&level.level).i64(level.since.unix_micros());
    }
    out.count(state.movements.len());
    for movement in &state.movements {
        encode_movement(&mut out, movement);
    }
    out.count(state.usual.len());
    for usual in &state.usual {
        encode_usual(&mut out, usual);
    }
    out.0
}

/// The state that these bytes hold, if they hold one.
pub(crate) fn decode(bytes: &[u8]) -> Option<RuleState> {
    let mut from = Reader::new(bytes);
    let version = from.u8()?;
    if !matches!(version, VERSION | WITHOUT_MOVEMENT) {
        return None;
    }
    let camera = CameraId::parse(from.text()?).ok()?;
    let at = timestamp(&mut from)?;
    let (frame_width_px, frame_height_px) = (from.u32()?, from.u32()?);
    let objects = from.many(decode_object)?;
    let levels = from.many(decode_level)?;
    let (movements, usual) = if version == WITHOUT_MOVEMENT {
        (Vec::new(), Vec::new())
    } else {
        (from.many(decode_movement)?, from.many(decode_usual)?)
    };
    from.end(RuleState { camera, at, frame_width_px, frame_height_px, objects, levels, movements, usual })
}

fn encode_object(out: &mut Writer, object: &AbandonedCandidate) {
    let place = object.box_in_frame;
    out.bytes(object.alert.as_bytes()).text(object.zone.as_str());
    out.f32(place.left_px()).f32(place.top_px()).f32(place.right_px()).f32(place.bottom_px());
    out.i64(object.put_down_at.unix_micros());
    out.bool(object.owner_left_at.is_some());
    out.i64(object.owner_left_at.map_or(0, Timestamp::unix_micros));
    out.bool(object.owner_back_traced).bool(object.drop_off_witnessed);
    out.f64(object.unattended_secs).f64(object.hidden_secs);
    out.bool(object.raised).bool(object.confirmed).f64(object.luma_contrast);
}

fn decode_object(from: &mut Reader<'_>) -> Option<AbandonedCandidate> {
    let alert = AlertId::from_bytes(from.array()?);
    let zone = ZoneId::parse(from.text()?).ok()?;
    let box_in_frame = BoxInFrame::new(from.f32()?, from.f32()?, from.f32()?, from.f32()?).ok()?;
    let put_down_at = timestamp(from)?;
    let has_owner_left = from.bool()?;
    let owner_left_at = timestamp(from)?;
    Some(AbandonedCandidate {
        alert,
        zone,
        box_in_frame,
        put_down_at,
        owner_left_at: has_owner_left.then_some(owner_left_at),
        owner_back_traced: from.bool()?,
        drop_off_witnessed: from.bool()?,
        unattended_secs: from.f64()?,
        hidden_secs: from.f64()?,
        raised: from.bool()?,
        confirmed: from.bool()?,
        luma_contrast: from.f64()?,
    })
}

fn decode_level(from: &mut Reader<'_>) -> Option<DensityLevelState> {
    Some(DensityLevelState {
        zone: ZoneId::parse(from.text()?).ok()?,
        alert: AlertId::from_bytes(from.array()?),
        level: from.text()?.to_owned(),
        since: timestamp(from)?,
    })
}

fn encode_movement(out: &mut Writer, movement: &MovementAlertState) {
    let Interval { low, estimate, high } = movement.persons;
    out.text(movement.zone.as_str()).u8(pattern_number(movement.pattern)).bytes(movement.alert.as_bytes());
    out.i64(movement.since.unix_micros()).f64(low).f64(estimate).f64(high);
}

fn decode_movement(from: &mut Reader<'_>) -> Option<MovementAlertState> {
    let zone = ZoneId::parse(from.text()?).ok()?;
    let number = from.u8()?;
    Some(MovementAlertState {
        zone,
        pattern: MovementPattern::ALL.into_iter().find(|pattern| pattern_number(*pattern) == number)?,
        alert: AlertId::from_bytes(from.array()?),
        since: timestamp(from)?,
        persons: Interval { low: from.f64()?, estimate: from.f64()?, high: from.f64()? },
    })
}

fn pattern_number(pattern: MovementPattern) -> u8 {
    match pattern {
        MovementPattern::Surge => 1,
        MovementPattern::Dispersal => 2,
        MovementPattern::CounterFlow => 3,
    }
}

fn encode_usual(out: &mut Writer, usual: &UsualMovementState) {
    out.text(usual.zone.as_str()).f64(usual.learned_secs);
    for (first, second) in
        [usual.speed_m_per_s, usual.apart_m_per_s, usual.counter_flow_fraction, usual.direction]
    {
        out.f64(first).f64(second);
    }
}

fn decode_usual(from: &mut Reader<'_>) -> Option<UsualMovementState> {
    // A number that is none would make every speed usual.
    let finite = |from: &mut Reader<'_>| from.f64().filter(|value| value.is_finite());
    let zone = ZoneId::parse(from.text()?).ok()?;
    let learned_secs = finite(from)?;
    let mut pair = || Some((finite(from)?, finite(from)?));
    Some(UsualMovementState {
        zone,
        learned_secs,
        speed_m_per_s: pair()?,
        apart_m_per_s: pair()?,
        counter_flow_fraction: pair()?,
        direction: pair()?,
    })
}

fn timestamp(from: &mut Reader<'_>) -> Option<Timestamp> {
    from.i64().map(Timestamp::from_unix_micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn object() -> impl Strategy<Value = AbandonedCandidate> {
        let place = (0.0_f32..1e4, 0.0_f32..1e4, 0.1_f32..1e4, 0.1_f32..1e4)
            .prop_filter_map("a box", |(x, y, w, h)| BoxInFrame::new(x, y, x + w, y + h).ok());
        let times = (any::<i64>(), any::<Option<i64>>());
        let flags = any::<[bool; 4]>();
        let numbers = (0.0..1e9_f64, 0.0..1e9_f64, -255.0..255.0_f64);
        (any::<[u8; 16]>(), "[a-zA-Z0-9._-]{1,64}", place, times, flags, numbers).prop_map(
            |(alert, zone, box_in_frame, (put_down, owner_left), flags, numbers)| AbandonedCandidate {
                alert: AlertId::from_bytes(alert),
                zone: ZoneId::parse(&zone).unwrap(),
                box_in_frame,
                put_down_at: Timestamp::from_unix_micros(put_down),
                owner_left_at: owner_left.map(Timestamp::from_unix_micros),
                owner_back_traced: flags[0],
                drop_off_witnessed: flags[1],
                unattended_secs: numbers.0,
                hidden_secs: numbers.1,
                raised: flags[2],
                confirmed: flags[3],
                luma_contrast: numbers.2,
            },
        )
    }

    fn level() -> impl Strategy<Value = DensityLevelState> {
        ("[a-zA-Z0-9._-]{1,64}", any::<[u8; 16]>(), ".{0,20}", any::<i64>()).prop_map(
            |(zone, alert, level, since)| DensityLevelState {
                zone: ZoneId::parse(&zone).unwrap(),
                alert: AlertId::from_bytes(alert),
                level,
                since: Timestamp::from_unix_micros(since),
            },
        )
    }

    fn movement() -> impl Strategy<Value = MovementAlertState> {
        let pattern = prop::sample::select(MovementPattern::ALL.to_vec());
        ("[a-zA-Z0-9._-]{1,64}", pattern, any::<[u8; 16]>(), any::<i64>(), 0.0..1e3_f64).prop_map(
            |(zone, pattern, alert, since, low)| MovementAlertState {
                zone: ZoneId::parse(&zone).unwrap(),
                pattern,
                alert: AlertId::from_bytes(alert),
                since: Timestamp::from_unix_micros(since),
                persons: Interval { low, estimate: low + 1.0, high: low + 2.0 },
            },
        )
    }

    fn usual() -> impl Strategy<Value = UsualMovementState> {
        let pair = || (0.0..9.0_f64, 0.0..9.0_f64);
        ("[a-zA-Z0-9._-]{1,64}", 0.0..900.0_f64, pair(), pair(), pair(), pair()).prop_map(
            |(zone, learned_secs, speed_m_per_s, apart_m_per_s, counter_flow_fraction, direction)| {
                UsualMovementState {
                    zone: ZoneId::parse(&zone).unwrap(),
                    learned_secs,
                    speed_m_per_s,
                    apart_m_per_s,
                    counter_flow_fraction,
                    direction,
                }
            },
        )
    }

    pub(crate) fn state() -> impl Strategy<Value = RuleState> {
        let lists = (
            prop::collection::vec(object(), 0..4),
            prop::collection::vec(level(), 0..4),
            prop::collection::vec(movement(), 0..4),
            prop::collection::vec(usual(), 0..4),
        );
        ("[a-zA-Z0-9._-]{1,64}", any::<i64>(), any::<(u32, u32)>(), lists).prop_map(
            |(camera, at, (frame_width_px, frame_height_px), (objects, levels, movements, usual))| {
                RuleState {
                    camera: CameraId::parse(&camera).unwrap(),
                    at: Timestamp::from_unix_micros(at),
                    frame_width_px,
                    frame_height_px,
                    objects,
                    levels,
                    movements,
                    usual,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn states_read_back(state in state()) {
            prop_assert_eq!(decode(&encode(&state)), Some(state));
        }

        #[test]
        fn a_state_of_the_first_version_reads_without_movement(state in state()) {
            let state = RuleState { movements: Vec::new(), usual: Vec::new(), ..state };
            let mut bytes = encode(&state);
            bytes[0] = WITHOUT_MOVEMENT;
            bytes.truncate(bytes.len() - 8);
            prop_assert_eq!(decode(&bytes), Some(state));
        }

        #[test]
        fn a_byte_more_or_less_is_not_a_state(state in state(), cut in 0_usize..200) {
            let mut bytes = encode(&state);
            bytes.push(0);
            prop_assert_eq!(decode(&bytes), None);
            bytes.pop();
            bytes.truncate(bytes.len().saturating_sub(1 + cut));
            prop_assert_eq!(decode(&bytes), None);
        }

        #[test]
        fn fuzz_decode(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
