//! Text to raw configuration, with every error told by its line and key, and with the fix.

use std::path::Path;

use serde_path_to_error::{Path as KeyPath, Segment};
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::problem::{ConfigError, Problem};
use super::raw::RawConfig;

/// A file that was read, without the cameras whose tables have not the right shape.
pub(super) struct Parsed {
    pub(super) config: RawConfig,
    /// What is wrong with each camera that was left out.
    pub(super) refused: Vec<Problem>,
}

/// Parses a file. A camera whose table is wrong is left out and told; so every camera is told in one run.
pub(super) fn parse(file: &Path, text: &str) -> Result<Parsed, ConfigError> {
    let fail = |problems| ConfigError { file: file.to_owned(), problems };
    let mut refused = Vec::new();
    let mut document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => return Err(fail(vec![problem_of(text, String::new(), None, &error)])),
    };
    loop {
        let error = match serde_path_to_error::deserialize(Deserializer::from(document.clone())) {
            Ok(config) => return Ok(Parsed { config, refused }),
            Err(error) => error,
        };
        let path = match error.path().to_string() {
            root if root == "." => String::new(),
            path => path,
        };
        let camera = camera_of(error.path());
        let left_out = camera.as_deref().is_some_and(|name| leave_out(document.get_mut(), name));
        refused.push(problem_of(text, path, camera, error.inner()));
        if !left_out {
            return Err(fail(refused));
        }
    }
}

/// The camera in whose table the path lies.
fn camera_of(path: &KeyPath) -> Option<String> {
    let mut segments = path.iter().map(|segment| match segment {
        Segment::Map { key } => Some(key),
        _ => None,
    });
    let cameras = segments.next()??;
    (cameras == "cameras").then_some(())?;
    segments.next()?.cloned()
}

/// Takes the camera out; says whether it was there.
fn leave_out(document: &mut DeTable<'_>, camera: &str) -> bool {
    match document.get_mut("cameras").map(Spanned::get_mut) {
        Some(DeValue::Table(cameras)) => cameras.remove(camera).is_some(),
        _ => false,
    }
}

fn problem_of(text: &str, path: String, camera: Option<String>, error: &toml::de::Error) -> Problem {
    let line = error.span().map(|span| line_at(text, span.start));
    Problem { line, path, camera, message: plain_message(error.message()) }
}

/// The line, from 1, of a byte offset.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

/// serde's wording, turned into ours.
pub(super) fn plain_message(message: &str) -> String {
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
        "packs" => "packs = \"packs.signed.json\"",
        "approvers" => "approvers = [\"ed25519:...\", \"ed25519:...\"]",
        "id" => "id = \"platform-1\"",
        "name" => "name = \"busy\"",
        "picture" => "picture = [0.25, 0.80]",
        "ground_m" => "ground_m = [0.0, 4.5]",
        _ => return "add it".to_owned(),
    };
    format!("add it, for example `{example}`")
}
