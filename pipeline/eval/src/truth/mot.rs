//! Boxes of persons as MOTChallenge writes them: `frame, id, left, top, width, height, use, class, visible`.

use std::collections::BTreeMap;

use velum_vocab::{GroundPoint, PointInFrame};

use super::{Kind, TruthBox, box_of_corner};

/// Pedestrian, in the columns that tell a class.
const PEDESTRIAN: f32 = 1.0;
/// Persons of whom less than this share can be seen are left out, where the file tells it.
const VISIBLE_MIN: f32 = 0.25;

/// Frame number, from 1, to the persons in it.
pub(crate) type Frames = BTreeMap<u32, Vec<TruthBox>>;

/// Reads a file's text. Lines that say that they are not to be used, of other classes than pedestrians, or of
/// persons who are mostly hidden are left out; so are boxes without a size.
///
/// # Errors
/// The line, from 1, that is not made of numbers.
pub(crate) fn parse(text: &str) -> Result<Frames, String> {
    let mut frames = Frames::new();
    for line in lines(text) {
        let line = line?;
        if !is_used(&line.rest) {
            continue;
        }
        if let Some(box_in_frame) = box_of_corner(line.left, line.top, line.width, line.height) {
            let truth = TruthBox { id: Some(line.id), ..TruthBox::new(Kind::Person, box_in_frame) };
            frames.entry(line.frame).or_default().push(truth);
        }
    }
    Ok(frames)
}

/// Reads the feet of persons who are there and whose lines say that they are not to be used: trackers are not judged by
/// them, being small or cut by the picture's edge, and whoever counts must count them.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_unused_feet(text: &str) -> Result<BTreeMap<u32, Vec<PointInFrame>>, String> {
    let mut frames: BTreeMap<u32, Vec<PointInFrame>> = BTreeMap::new();
    for line in lines(text) {
        let line = line?;
        if is_unused(&line.rest)
            && let Some(place) = box_of_corner(line.left, line.top, line.width, line.height)
        {
            frames.entry(line.frame).or_default().push(place.foot());
        }
    }
    Ok(frames)
}

/// A person's foot in the picture, and where it is on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OnGround {
    /// In pixels of the file's picture.
    pub(crate) foot: PointInFrame,
    /// In metres.
    pub(crate) ground: GroundPoint,
}

/// Reads where the persons of each frame stand on the ground, used or not: the last three columns of ten, metres.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_ground(text: &str) -> Result<BTreeMap<u32, Vec<OnGround>>, String> {
    let mut frames: BTreeMap<u32, Vec<OnGround>> = BTreeMap::new();
    for line in lines(text) {
        let line = line?;
        let [_, x_m, y_m, _] = line.rest.as_slice() else { continue };
        let box_in_frame = box_of_corner(line.left, line.top, line.width, line.height);
        if let Some(box_in_frame) = box_in_frame.filter(|_| (*x_m, *y_m) != (-1.0, -1.0)) {
            let ground = GroundPoint { x_m: f64::from(*x_m), y_m: f64::from(*y_m) };
            frames.entry(line.frame).or_default().push(OnGround { foot: box_in_frame.foot(), ground });
        }
    }
    Ok(frames)
}

/// One line.
struct Line {
    frame: u32,
    id: u32,
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    rest: Vec<f32>,
}

fn lines(text: &str) -> impl Iterator<Item = Result<Line, String>> + '_ {
    let written = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    written.map(|(index, line)| {
        line_of(line).ok_or_else(|| {
            let number = index + 1;
            format!(
                "line {number}: expected `frame,id,left,top,width,height[,use,class,visible]` in numbers, found `{}`",
                cut(line)
            )
        })
    })
}

fn line_of(line: &str) -> Option<Line> {
    let numbers: Result<Vec<f32>, _> = line.split(',').map(|field| field.trim().parse()).collect();
    let numbers = numbers.ok()?;
    let [frame, id, left, top, width, height, rest @ ..] = numbers.as_slice() else { return None };
    let (frame, id, rest) = (*frame as u32, *id as u32, rest.to_vec());
    Some(Line { frame, id, left: *left, top: *top, width: *width, height: *height, rest })
}

/// Ground-plane positions stand where MOT17 has class and visibility (as -1, or metres): only a class of exactly
/// three columns is one.
fn is_used(rest: &[f32]) -> bool {
    match rest {
        [used, class, visible] => *used > 0.0 && *class == PEDESTRIAN && *visible >= VISIBLE_MIN,
        [used, ..] => *used > 0.0,
        [] => true,
    }
}

/// Whether a line tells of a person who would be used but for its own word. Other classes are told with the same word.
fn is_unused(rest: &[f32]) -> bool {
    match rest {
        [used, others @ ..] if *used <= 0.0 => {
            let mut as_used = vec![1.0];
            as_used.extend_from_slice(others);
            is_used(&as_used)
        }
        _ => false,
    }
}

fn cut(line: &str) -> String {
    line.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Result<&[(u32, u32)], &str>) {
        let found = parse(text).map(|frames| {
            let ids = |(frame, found): (u32, Vec<TruthBox>)| {
                found.into_iter().map(move |truth| (frame, truth.id.unwrap()))
            };
            frames.into_iter().flat_map(ids).collect::<Vec<_>>()
        });
        assert_eq!(found, expected.map(<[_]>::to_vec).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn lines_are_read_as_they_mean() {
        check("1,7,10,20,30,40,1,-1,-1,-1\n\n2,7,1,2,3,4,1,-4.1,-7.3,0\n", Ok(&[(1, 7), (2, 7)]));
        check("1,7,10,20,30,40", Ok(&[(1, 7)]));
        check("1,7,10,20,30,40,0,1,1\n1,8,10,20,30,40,1,7,1\n1,9,1,2,3,4,1,1,0.1", Ok(&[]));
        check("1,9,1,2,3,4,1,1,0.3", Ok(&[(1, 9)]));
        check("1,9,1,2,0,4,1,1,1", Ok(&[]));
    }

    #[test]
    fn persons_who_are_not_to_be_used_are_there_all_the_same() {
        let check = |text: &str, expected: &[u32]| {
            let frames: Vec<u32> = parse_unused_feet(text).unwrap().into_keys().collect();
            assert_eq!(frames, expected, "{text}");
        };
        check("1,7,10,20,30,40,1,-1,-1,-1\n2,7,1,2,3,4,0,-4.1,-7.3,0\n", &[2]);
        check("1,7,1,2,3,4,0,1,0.9\n2,7,1,2,3,4,0,8,0.9\n3,7,1,2,3,4,0,1,0.1\n4,7,1,2,3,4", &[1]);
        assert_eq!(
            parse_unused_feet("3,7,10,20,30,40,0").unwrap()[&3],
            [PointInFrame { x_px: 25.0, y_px: 60.0 }]
        );
        assert_eq!(parse_ground("2,7,1,2,3,4,0,-4.1,-7.3,0\n3,7,1,2,3,4,1,-1,-1,-1").unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_line_is_told() {
        let fix = "expected `frame,id,left,top,width,height[,use,class,visible]` in numbers, found";
        check("1,1,1,1,1,1\nframe,id", Err(&format!("line 2: {fix} `frame,id`")));
        check("1,2,3", Err(&format!("line 1: {fix} `1,2,3`")));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9,.\\-naife\n ]{0,200}") {
            let _ = parse(&text);
        }
    }
}
