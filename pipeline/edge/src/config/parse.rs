//! Text to raw configuration, with every error told by its line and key, and with the fix.

use std::path::Path;

use serde::de::DeserializeOwned;

use super::problem::{ConfigError, Problem};

/// Parses a TOML file into its raw form.
pub(super) fn parse<T: DeserializeOwned>(file: &Path, text: &str) -> Result<T, ConfigError> {
    let fail = |problem| ConfigError { file: file.to_owned(), problems: vec![problem] };
    let document =
        toml::Deserializer::parse(text).map_err(|error| fail(problem_of(text, String::new(), &error)))?;
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = match error.path().to_string() {
            root if root == "." => String::new(),
            path => path,
        };
        fail(problem_of(text, path, error.inner()))
    })
}

fn problem_of(text: &str, path: String, error: &toml::de::Error) -> Problem {
    let line = error.span().map(|span| line_at(text, span.start));
    Problem { line, path, message: plain_message(error.message()) }
}

/// The line, from 1, of a byte offset.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

/// serde's wording, turned into ours.
fn plain_message(message: &str) -> String {
    if let Some((key, known)) = unknown_field(message) {
        return unknown_key(key, &known);
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("needs the key {key}, found none; {}", example_of(key.trim_matches('`')));
    }
    if let Some((found, expected)) =
        message.strip_prefix("invalid type: ").and_then(|rest| rest.split_once(", expected "))
    {
        return format!("expected {expected}, found {found}");
    }
    message.trim_end().replace('\n', "; ")
}

fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let quoted =
        message.strip_prefix("unknown field ").or_else(|| message.strip_prefix("unknown variant "))?;
    let mut names = quoted.split('`').skip(1).step_by(2);
    Some((names.next()?, names.collect()))
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(key, name), name))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 3);
    let known_list = known.join("`, `");
    match nearest {
        Some((_, name)) => format!("`{key}` is not known here; did you mean `{name}`? Known: `{known_list}`"),
        None => format!("`{key}` is not known here; known: `{known_list}`"),
    }
}

/// What a line with this key looks like.
fn example_of(key: &str) -> String {
    let example = match key {
        "source" => "source = \"rtsp://192.168.1.20/stream1\"",
        "address" => "address = \"https://hub.example:7443\"",
        "identity_dir" => "identity_dir = \"identity\"",
        "file" => "file = \"policy.signed.json\"",
        "approvers" => "approvers = [\"ed25519:...\", \"ed25519:...\"]",
        "id" => "id = \"platform-1\"",
        "name" => "name = \"busy\"",
        "picture" => "picture = [0.25, 0.80]",
        "ground_m" => "ground_m = [0.0, 4.5]",
        _ => return "add it".to_owned(),
    };
    format!("add it, for example `{example}`")
}
