//! Boxes of faces as dlib's image sets have them: `<image file='…'>` with `<box top= left= width= height= />`.
//!
//! Only these two elements are read, of the form in which dlib's own tool writes them; it is no XML parser.

use std::collections::BTreeMap;

use super::{Kind, TruthBox, box_of_corner};

/// File name to the faces in it; a file without a face stands there too.
pub(crate) type Images = BTreeMap<String, Vec<TruthBox>>;

/// Reads a file's text. Boxes marked `ignore='1'` are left out.
///
/// # Errors
/// The line, from 1, of an element that misses something, or of a box outside an image.
pub(crate) fn parse(text: &str) -> Result<Images, String> {
    let mut images = Images::new();
    let mut current = None;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let wrong = |expected: &str| format!("line {}: expected {expected}", index + 1);
        if line.starts_with("<image ") {
            let file = attribute(line, "file").ok_or_else(|| wrong("`<image file='…'>`"))?;
            images.entry(file.to_owned()).or_default();
            current = Some(file.to_owned());
        } else if line.starts_with("</image>") {
            current = None;
        } else if line.starts_with("<box ") && attribute(line, "ignore") != Some("1") {
            let edge = |name| attribute(line, name).and_then(|text| text.parse::<f32>().ok());
            let face = (|| box_of_corner(edge("left")?, edge("top")?, edge("width")?, edge("height")?))();
            let face = face.ok_or_else(|| wrong("`<box top='1' left='2' width='3' height='4'>`"))?;
            let faces = current.as_ref().and_then(|file| images.get_mut(file));
            faces.ok_or_else(|| wrong("a box inside an image"))?.push(TruthBox::new(Kind::Face, face));
        }
    }
    Ok(images)
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let start = element.find(&format!(" {name}="))? + name.len() + 2;
    let quoted = element.get(start..)?;
    let quote = quoted.chars().next().filter(|c| *c == '\'' || *c == '"')?;
    quoted.get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: &str = "<?xml version='1.0'?>\n<images>\n  <image file='a.jpg' width='9' height='9'>\n    \
        <box top='90' left='194' width='37' height='38'/>\n    <box top='1' left='1' width='3' height='3' ignore='1'/>\n  \
        </image>\n  <image file=\"b.jpg\">\n  </image>\n</images>\n";

    #[test]
    fn faces_lie_in_their_image() {
        let images = parse(TWO).unwrap();
        assert_eq!(images.keys().collect::<Vec<_>>(), ["a.jpg", "b.jpg"]);
        assert_eq!(images["a.jpg"].len(), 1);
        let face = images["a.jpg"][0].box_in_frame;
        assert_eq!(
            (face.left_px(), face.top_px(), face.width_px(), face.height_px()),
            (194.0, 90.0, 37.0, 38.0)
        );
        assert!(images["b.jpg"].is_empty());
    }

    #[test]
    fn what_misses_something_is_told() {
        let check = |text: &str, expected: &str| assert_eq!(parse(text).unwrap_err(), expected);
        check("<image width='9'>", "line 1: expected `<image file='…'>`");
        check("<box top='1' left='1' width='3' height='3'/>", "line 1: expected a box inside an image");
        check(
            "<image file='a'>\n<box top='1' left='x' width='3' height='3'/>",
            "line 2: expected `<box top='1' left='2' width='3' height='4'>`",
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(<image file='a'>|<box |top='|left=|'|[0-9]|é|>|\n| ){0,40}") {
            let _ = parse(&text);
        }
    }
}
