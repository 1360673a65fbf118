//! Colours as video has them (BT.601, limited range), and when a pixel counts as moved.

/// Differences from the background beyond which a pixel belongs to something that moves.
const LUMA_MOVES: u8 = 16;
const CHROMA_MOVES: u8 = 9;
/// A person's shadow is no person: it leaves this share of the light, and the colour.
const SHADOW_LEAVES: f32 = 0.68;
const CHROMA_IN_SHADOW: u8 = 5;
/// Whether a pixel (Y, U, V) is not the background any more, and not merely its shadow.
pub fn moved(now: [u8; 3], still: [u8; 3]) -> bool {
    let ([now_y, now_u, now_v], [still_y, still_u, still_v]) = (now, still);
    let (y, u, v) = (now_y.abs_diff(still_y), now_u.abs_diff(still_u), now_v.abs_diff(still_v));
    let (now_y, still_y) = (f32::from(now_y), f32::from(still_y));
    let is_shadow = now_y < still_y && now_y > still_y * SHADOW_LEAVES && u.max(v) <= CHROMA_IN_SHADOW;
    (y > LUMA_MOVES && !is_shadow) || u > CHROMA_MOVES || v > CHROMA_MOVES
}

/// Whether a pixel is not the background any more, shadows not told apart: finds grey clothes on grey ground, where
/// nothing casts a shadow.
pub fn differs([now_y, now_u, now_v]: [u8; 3], [still_y, still_u, still_v]: [u8; 3]) -> bool {
    let chroma = now_u.abs_diff(still_u).max(now_v.abs_diff(still_v));
    now_y.abs_diff(still_y) > LUMA_MOVES || chroma > CHROMA_MOVES
}

/// BT.601, limited range.
pub fn yuv_from_rgb([r, g, b]: [f32; 3]) -> (f32, f32, f32) {
    let y = 16.0 + 0.257 * r + 0.504 * g + 0.098 * b;
    let u = 128.0 - 0.148 * r - 0.291 * g + 0.439 * b;
    let v = 128.0 + 0.439 * r - 0.368 * g - 0.071 * b;
    (y, u, v)
}

/// From one sample towards another.
pub fn mix(from: f32, to: f32, share: f32) -> u8 {
    (from + (to - from) * share).round().clamp(16.0, 240.0) as u8
}
