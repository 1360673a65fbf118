//! Walkers: people cut out of the footage frame by frame, so that their gait moves. Found by following what moves
//! against the empty scene; only whole, upright, solitary ones are kept.

use velum_bench::bag::Rect;
use velum_bench::footage::Picture;
use velum_bench::mask::{blob, grown, shrunk};

use crate::backdrop::Backdrop;
use crate::spec::WalkerSpec;
use crate::sprite::Sprite;

/// A walker has this many frames in a row at least, and no more are kept.
const FRAMES: std::ops::RangeInclusive<usize> = 10..=60;
/// Height over width of somebody upright.
const ASPECT: std::ops::RangeInclusive<f64> = 1.9..=4.6;
/// Shorter ones have no detail.
const HEIGHT_PX_MIN: usize = 50;
/// Share of their box that a person fills.
const FILL_MIN: f64 = 0.38;
/// A person's height does not change faster than this from frame to frame.
const HEIGHT_CHANGE_MAX: f64 = 0.18;
/// Speed of a walker in their heights a second; slower ones have no gait.
const SPEED_MIN: f64 = 0.15;
/// Room around a box when it is cut out, pixels.
const MARGIN_PX: usize = 4;

/// A person in motion.
#[derive(Debug, Clone)]
pub(crate) struct Walker {
    /// Where they were filmed.
    pub(crate) source: String,
    frames: Vec<Sprite>,
    /// The person's height in each frame, smoothed: what a scale refers to.
    heights_px: Vec<f64>,
    walks_right: bool,
}

/// A box followed from frame to frame.
struct Track {
    boxes: Vec<(usize, Rect)>,
}

impl Walker {
    /// All usable walkers of a recording, the longest first.
    pub(crate) fn find(source: &WalkerSpec, backdrop: &Backdrop) -> Vec<Self> {
        let tracks = follow(backdrop, source.feet_rows);
        let mut walkers: Vec<Self> =
            tracks.iter().filter_map(|track| Self::cut(&source.id, track, backdrop)).collect();
        walkers.sort_by_key(|walker| std::cmp::Reverse(walker.frames.len()));
        walkers
    }

    /// Their cut-out after so many seconds of walking, at a height in pixels, walking to the right or left.
    pub(crate) fn sprite(&self, walked_secs: f64, height_px: f64, to_the_right: bool) -> Option<Sprite> {
        let last = self.frames.len().checked_sub(1)?;
        let ticks = (walked_secs * crate::spec::FPS).round() as usize;
        let period = (2 * last).max(1);
        let at = ticks % period;
        let frame = if at <= last { at } else { period - at };
        let (sprite, own_px) = (self.frames.get(frame)?, self.heights_px.get(frame)?);
        let sprite = sprite.with_height(sprite.height as f64 * height_px / own_px);
        Some(if to_the_right == self.walks_right { sprite } else { sprite.flipped() })
    }

    fn cut(source: &str, track: &Track, backdrop: &Backdrop) -> Option<Self> {
        let boxes: Vec<&(usize, Rect)> = track.boxes.iter().take(*FRAMES.end()).collect();
        let (first, last) = (boxes.first()?.1, boxes.last()?.1);
        let middle = |rect: Rect| rect.left as f64 + rect.width as f64 / 2.0;
        let way_px = (middle(last) - middle(first)).hypot(last.bottom() as f64 - first.bottom() as f64);
        let secs = boxes.len() as f64 / crate::spec::FPS;
        if way_px / secs / (first.height as f64) < SPEED_MIN {
            return None;
        }
        let frames: Option<Vec<Sprite>> =
            boxes.iter().map(|(frame, rect)| cut_out(*frame, backdrop, *rect)).collect();
        let frames = frames?;
        let heights: Vec<f64> = frames.iter().map(|sprite| sprite.height as f64).collect();
        let heights_px = smoothed(&heights);
        Some(Self {
            source: source.to_owned(),
            frames,
            heights_px,
            walks_right: middle(last) >= middle(first),
        })
    }
}

/// The mean over some frames before and after.
fn smoothed(values: &[f64]) -> Vec<f64> {
    const REACH: usize = 5;
    let mean = |at: usize| {
        let near: Vec<f64> =
            values.iter().skip(at.saturating_sub(REACH)).take(2 * REACH + 1).copied().collect();
        near.iter().sum::<f64>() / near.len().max(1) as f64
    };
    (0..values.len()).map(mean).collect()
}

/// Follows each upright mover from frame to frame.
fn follow(backdrop: &Backdrop, [from_row, until_row]: [usize; 2]) -> Vec<Track> {
    let (mut open, mut done): (Vec<Track>, Vec<Track>) = (Vec::new(), Vec::new());
    for frame in 0..backdrop.len() {
        let Some(movement) = backdrop.movement(frame) else { continue };
        let mut persons: Vec<Rect> = movement
            .movers
            .iter()
            .filter(|mover| (from_row..until_row).contains(&mover.rect.bottom()))
            .filter(|mover| is_person(mover.rect, mover.area_px, backdrop.size_px()))
            .map(|mover| mover.rect)
            .collect();
        let (kept, ended): (Vec<Track>, Vec<Track>) =
            std::mem::take(&mut open).into_iter().partition(|track| {
                track.boxes.last().is_some_and(|(_, last)| persons.iter().any(|rect| continues(last, rect)))
            });
        done.extend(ended);
        for mut track in kept {
            let next = track.boxes.last().and_then(|(_, last)| {
                persons.iter().position(|rect| continues(last, rect)).map(|at| persons.swap_remove(at))
            });
            match next {
                Some(rect) => {
                    track.boxes.push((frame, rect));
                    open.push(track);
                }
                None => done.push(track),
            }
        }
        open.extend(persons.into_iter().map(|rect| Track { boxes: vec![(frame, rect)] }));
    }
    done.extend(open);
    done.retain(|track| track.boxes.len() >= *FRAMES.start());
    done
}

fn is_person(rect: Rect, area_px: usize, (width, height): (usize, usize)) -> bool {
    let aspect = rect.height as f64 / rect.width.max(1) as f64;
    let fill = area_px as f64 / (rect.width * rect.height).max(1) as f64;
    let inside = rect.left > 3 && rect.top > 1 && rect.right() + 3 < width && rect.bottom() + 3 < height;
    inside && rect.height >= HEIGHT_PX_MIN && ASPECT.contains(&aspect) && fill >= FILL_MIN
}

fn continues(last: &Rect, next: &Rect) -> bool {
    let middle = |rect: &Rect| rect.left as f64 + rect.width as f64 / 2.0;
    let height = last.height as f64;
    (middle(last) - middle(next)).abs() < 0.22 * height
        && (last.bottom() as f64 - next.bottom() as f64).abs() < 0.12 * height
        && (next.height as f64 / height - 1.0).abs() < HEIGHT_CHANGE_MAX
}

/// Cuts a person out of a frame: what differs from the empty scene, its holes filled, its edges soft.
fn cut_out(frame: usize, backdrop: &Backdrop, rect: Rect) -> Option<Sprite> {
    let (now, plate) = (backdrop.picture(Some(frame)), &backdrop.plate);
    let left = rect.left.saturating_sub(MARGIN_PX);
    let top = rect.top.saturating_sub(MARGIN_PX);
    let window = Rect {
        left,
        top,
        width: (rect.right() + MARGIN_PX).min(now.width) - left,
        height: (rect.bottom() + MARGIN_PX).min(now.height) - top,
    };
    let (width, height) = (window.width, window.height);
    let place = |i: usize| (window.left + i % width, window.top + i / width);
    let raw: Vec<bool> = (0..width * height)
        .map(|i| (backdrop.differs)(colour(now, place(i)), colour(plate, place(i))))
        .collect();
    let whole = largest(&filled(&shrunk(&grown(&raw, width, 2), width, 2), width), width);
    let sprite = Sprite::from_fn(width, height, |x, y| {
        let [luma, u, v] = colour(now, (window.left + x, window.top + y)).map(f32::from);
        [luma, u, v, f32::from(u8::from(whole.get(y * width + x) == Some(&true)))]
    });
    let (extent, _) = sprite.extent()?;
    Some(sprite.cut(extent).feathered())
}

/// The mask with the holes in it set: whatever cannot be reached from its border.
fn filled(mask: &[bool], width: usize) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|set| !set).collect();
    let height = mask.len() / width.max(1);
    let mut reached = vec![false; mask.len()];
    let border = (0..mask.len()).filter(|i| {
        let (x, y) = (i % width, i / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    });
    border.for_each(|start| {
        blob(&outside, &mut reached, start, width);
    });
    reached.iter().map(|reached| !reached).collect()
}

fn largest(mask: &[bool], width: usize) -> Vec<bool> {
    let mut visited = vec![false; mask.len()];
    let blobs = (0..mask.len()).map(|start| blob(mask, &mut visited, start, width));
    let mut kept = vec![false; mask.len()];
    let most = blobs.max_by_key(Vec::len).unwrap_or_default();
    most.into_iter().for_each(|index| kept.get_mut(index).into_iter().for_each(|set| *set = true));
    kept
}

/// Y, U and V at a pixel.
fn colour(picture: &Picture, (x, y): (usize, usize)) -> [u8; 3] {
    let sample = |plane: usize, at: usize| picture.plane(plane).get(at).copied().unwrap_or_default();
    let chroma = y / 2 * (picture.width / 2) + x / 2;
    [sample(0, y * picture.width + x), sample(1, chroma), sample(2, chroma)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_upright_whole_people_are_followed() {
        let size = (640, 480);
        let rect = |left, top, width, height| Rect { left, top, width, height };
        assert!(is_person(rect(100, 100, 30, 80), 1400, size));
        assert!(!is_person(rect(0, 100, 30, 80), 1400, size), "cut by the picture's edge");
        assert!(!is_person(rect(100, 100, 80, 80), 3800, size), "a group or a car");
        assert!(!is_person(rect(100, 100, 30, 80), 500, size), "a thin outline");
        assert!(!is_person(rect(100, 100, 10, 30), 250, size), "too small");
    }

    #[test]
    fn holes_are_filled() {
        let ring: Vec<bool> =
            (0..49).map(|i| matches!((i % 7, i / 7), (1..=5, 1 | 5) | (1 | 5, 1..=5))).collect();
        assert_eq!(filled(&ring, 7).iter().filter(|set| **set).count(), 25);
    }

    #[test]
    fn heights_are_smoothed_at_the_ends_too() {
        let smooth = smoothed(&[10.0, 12.0, 10.0, 12.0]);
        assert_eq!(smooth, [11.0; 4]);
    }
}
