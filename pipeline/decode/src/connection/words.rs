//! What others say of an error, in the form of our texts.

/// One sentence without its end, without a capital at its beginning, and without anything that may be an address:
/// those of cameras can hold a token.
pub(super) fn plain(text: &str) -> String {
    let words = text.split_whitespace().map(|word| if is_address(word) { "…" } else { word });
    let text = words.collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

fn is_address(word: &str) -> bool {
    word.contains("://") || word.contains('@') || word.contains('?')
}

/// Why a file cannot be opened.
pub(super) fn plain_io(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_take_our_form_and_lose_addresses() {
        let check = |text: &str, expected: &str| assert_eq!(plain(text), expected);
        check("Could not read from resource.", "could not read from resource");
        check("SDP contains no streams", "SDP contains no streams");
        check("Failed at rtsp://admin:secret@cam/a?b=c.", "failed at …");
        check("No such /user?token=secret here", "no such … here");
        check("line\nof \u{20}two", "line of two");
        check("", "");
    }
}
