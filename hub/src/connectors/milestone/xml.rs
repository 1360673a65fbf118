//! Writes XML: elements and text, no attributes, everything escaped.
//!
//! *Source*: XML 1.0 (fifth edition), 2.2 (characters), 2.4 (character data), 2.11 (ends of lines). What XML cannot hold
//! is written as U+FFFD, so that a name that somebody gave never makes a document unreadable.

/// What stands for a character that XML cannot hold.
const REPLACEMENT: char = '\u{fffd}';

/// A document that is being written.
pub(super) struct Xml(String);

impl Xml {
    /// A document with this root element of this namespace; both are ours and need no escaping.
    pub(super) fn document(
        (root, namespace): (&'static str, &'static str),
        write: impl FnOnce(&mut Self),
    ) -> String {
        let mut xml =
            Self(format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<{root} xmlns=\"{namespace}\">"));
        write(&mut xml);
        xml.0.push_str(&format!("</{root}>\n"));
        xml.0
    }

    /// An element with others in it.
    pub(super) fn element(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        self.0.push_str(&format!("<{name}>"));
        write(self);
        self.0.push_str(&format!("</{name}>"));
    }

    /// An element with text.
    pub(super) fn text(&mut self, name: &'static str, text: &str) {
        self.element(name, |xml| xml.escaped(text));
    }

    /// The same, where there is one.
    pub(super) fn text_if(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    fn escaped(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '&' => self.0.push_str("&amp;"),
                // Bare, a reader would take it for a line feed.
                '\r' => self.0.push_str("&#xD;"),
                '\t' | '\n' => self.0.push(c),
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => self.0.push(REPLACEMENT),
                c => self.0.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a reader that is not ours reads it.
    fn read_back(text: &str) -> String {
        let document = Xml::document(("Root", "urn:of-a-test"), |xml| {
            xml.element("Within", |xml| {
                xml.text_if("Nothing", None);
                xml.text_if("Text", Some(text));
            });
        });
        let parsed = roxmltree::Document::parse(&document).unwrap();
        let found = parsed.descendants().find(|node| node.has_tag_name(("urn:of-a-test", "Text"))).unwrap();
        assert_eq!(found.children().filter(|child| !child.is_text()).count(), 0, "{document}");
        found.text().unwrap_or_default().to_owned()
    }

    #[test]
    fn what_means_something_in_xml_is_text() {
        for text in [
            "",
            "</Text><Text>",
            "]]>",
            "<![CDATA[ & ]]>",
            "&amp;&#0;&lol;",
            "<!-- -->",
            "<?pi?>",
            "\"' \t\n\r\n\r ",
            "Größe 😀 \u{202e}",
        ] {
            assert_eq!(read_back(text), text);
        }
        assert_eq!(read_back("a\0b\u{1b}c\u{ffff}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }

    proptest! {
        #[test]
        fn whatever_text_it_is_it_reads_back_the_same(text in any::<String>()) {
            let holds = |c: char| matches!(c, '\t' | '\n' | '\r') || (c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'));
            let expected: String = text.chars().map(|c| if holds(c) { c } else { REPLACEMENT }).collect();
            prop_assert_eq!(read_back(&text), expected);
        }
    }
}
