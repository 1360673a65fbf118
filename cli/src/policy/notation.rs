//! TOML as policies and cases are written in: what stands in them is outside input, and nothing of it may end a text or
//! turn the direction of reading.

use velum_policy::turns_around;

/// A text in quotes, on one line.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() || turns_around(c) => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// A list of texts.
pub(super) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| quoted(item.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_reads_back_as_it_is() {
        let mut texts: Vec<String> = vec![
            String::new(),
            "plain".to_owned(),
            "\"\"\"".to_owned(),
            "a\"\n[controller]\nname = \"x".to_owned(),
            "\\u0022 \\".to_owned(),
            "'''\r\n\t".to_owned(),
            "é 漢 \u{202e}".to_owned(),
        ];
        texts.extend((0..=0xff_u32).filter_map(char::from_u32).map(String::from));
        for text in texts {
            let written = format!("a = {}\nb = {}\n", quoted(&text), list([&text, &text]));
            let read: toml::Table = written.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(read["a"].as_str(), Some(text.as_str()));
            assert_eq!(read["b"][1].as_str(), Some(text.as_str()));
            assert_eq!(written.lines().count(), 2, "{text:?}");
        }
    }
}
