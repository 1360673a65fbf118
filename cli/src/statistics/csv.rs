//! Cells and lines of CSV (RFC 4180), and of text that came from outside, none that a spreadsheet would run.

/// A cell with text from outside.
///
/// *Source*: OWASP, CSV Injection: a cell that begins with `=`, `+`, `-`, `@`, tab or carriage return is a formula to some
/// programs. An apostrophe before it makes it text to them all.
pub(super) fn text(from_outside: &str) -> String {
    let is_formula = from_outside.trim_start().starts_with(['=', '+', '-', '@'])
        || from_outside.starts_with(['\t', '\r', '\n']);
    let harmless: String = from_outside.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if is_formula { format!("'{harmless}") } else { harmless }
}

/// A line, with its end.
pub(super) fn line<'c>(cells: impl IntoIterator<Item = &'c String>) -> String {
    let quoted: Vec<String> = cells.into_iter().map(|cell| quoted(cell)).collect();
    quoted.join(",") + "\r\n"
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula_is_left() {
        let check = |from_outside: &str, expected: &str| {
            assert_eq!(line([&text(from_outside)]), format!("{expected}\r\n"), "{from_outside:?}");
        };
        check("plaza-1", "plaza-1");
        check("hall, north", "\"hall, north\"");
        check("the \"hall\"", "\"the \"\"hall\"\"\"");
        check("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        for sign in ["+1", "-1", "@SUM(A1)", "  =1", "'=1"] {
            let found = text(sign);
            assert!(found.starts_with('\''), "{found}");
        }
        check("\t=1", "' =1");
        check("a\nb", "a b");
        assert_eq!(line([&"a".to_owned(), &String::new(), &"b".to_owned()]), "a,,b\r\n");
    }
}
