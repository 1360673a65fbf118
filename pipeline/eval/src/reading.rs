//! Reading what people write for the evaluator: TOML whose errors name the key, what was expected, what was found
//! and the fix; and the checks that several files share.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::EvalError;

/// The key and what is wrong with it.
pub(crate) type Wrong = (String, String);

/// Reads a file's text and has it checked; `place` is said in errors.
///
/// # Errors
/// [`EvalError::Suite`].
pub(crate) fn parse<T: DeserializeOwned>(
    text: &str,
    place: &Path,
    check: impl FnOnce(&T) -> Result<(), Wrong>,
) -> Result<T, EvalError> {
    let wrong = |key: String, problem| EvalError::Suite { place: place.to_owned(), key, problem };
    let reader = toml::Deserializer::parse(text)
        .map_err(|error| wrong(line_of(text, &error), error.message().to_owned()))?;
    let read: T = serde_path_to_error::deserialize(reader).map_err(|error| {
        let (path, inner) = (error.path().to_string(), error.into_inner());
        let key = if path == "." { line_of(text, &inner) } else { path };
        wrong(key, inner.message().trim_end().replace('\n', "; "))
    })?;
    check(&read).map_err(|(key, problem)| wrong(key, problem))?;
    Ok(read)
}

fn line_of(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().map(|span| text.bytes().take(span.start).filter(|b| *b == b'\n').count());
    before.map_or_else(|| "the file".to_owned(), |newlines| format!("line {}", newlines + 1))
}

/// Checks each entry of a list, by its path.
pub(crate) fn each<T>(
    name: &str,
    all: &[T],
    check: impl Fn(&str, &T) -> Result<(), Wrong>,
) -> Result<(), Wrong> {
    all.iter().enumerate().try_for_each(|(index, one)| check(&format!("{name}[{index}]"), one))
}

/// Whether each name is one, and its own.
pub(crate) fn check_names<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Result<(), Wrong> {
    let mut seen = std::collections::BTreeSet::new();
    for name in names {
        if name.trim().is_empty() || name.len() > 64 {
            return wrong(key, format!("an id needs 1 to 64 characters, found `{name}`"));
        }
        if !seen.insert(name) {
            return wrong(key, format!("the id `{name}` is used twice; give each one its own"));
        }
    }
    Ok(())
}

/// Whether a number is from `least` to `most`.
pub(crate) fn in_range(key: &str, value: f32, least: f32, most: f32, example: &str) -> Result<(), Wrong> {
    if (least..=most).contains(&value) {
        return Ok(());
    }
    wrong(key, format!("expected {least} to {most}, found `{value}`; write for example {example}"))
}

pub(crate) fn wrong(key: &str, problem: String) -> Result<(), Wrong> {
    Err((key.to_owned(), problem))
}
