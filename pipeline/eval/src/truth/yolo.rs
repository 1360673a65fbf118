//! Boxes as YOLO writes them, a file a picture: `class x y width height`, middle and size as shares of it.

use super::{Kind, TruthBox, box_of_corner};

/// Class 0 of COCO.
const PERSON: &str = "0";

/// Reads the persons of one picture of this size.
///
/// # Errors
/// The line, from 1, that has not five fields, or other things than numbers in them.
pub(crate) fn parse(text: &str, (width_px, height_px): (u32, u32)) -> Result<Vec<TruthBox>, String> {
    let (across, down) = (width_px as f32, height_px as f32);
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = || format!("line {}: expected `class x y width height`", index + 1);
        let mut fields = line.split_whitespace();
        let class = fields.next().ok_or_else(wrong)?;
        let shares: Vec<f32> = fields.map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
        let &[x, y, width, height] = shares.as_slice() else { return Err(wrong()) };
        let (left, top) = ((x - width / 2.0) * across, (y - height / 2.0) * down);
        let area = box_of_corner(left, top, width * across, height * down);
        found.extend(area.filter(|_| class == PERSON).map(|area| TruthBox::new(Kind::Person, area)));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_persons_are_read() {
        let found = parse("0 0.5 0.5 0.2 0.4\n45 0.1 0.1 0.1 0.1\n", (100, 50)).unwrap();
        let [only] = found.as_slice() else { panic!("{found:?}") };
        let b = only.box_in_frame;
        let edges = [b.left_px(), b.top_px(), b.right_px(), b.bottom_px()];
        let near = edges.iter().zip([40.0, 15.0, 60.0, 35.0]).all(|(a, e)| (a - e).abs() < 1e-3);
        assert!(near && only.kind == Kind::Person, "{edges:?}");
    }

    #[test]
    fn what_is_no_line_is_told() {
        let check = |text: &str, line| {
            assert_eq!(
                parse(text, (9, 9)).unwrap_err(),
                format!("line {line}: expected `class x y width height`")
            );
        };
        check("0 0.5 0.5 0.2", 1);
        check("0 0.5 0.5 0.2 0.4\n0 a b c d", 2);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[0-9. \\-einfa\n]{0,120}") {
            let _ = parse(&text, (640, 480));
        }
    }
}
