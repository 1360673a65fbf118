//! `velum-edge enroll`: a one-use token for this box's certificate.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read, stdin};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use velum_uplink::Enrolled;
use velum_vocab::SystemClock;

/// No token is longer.
const MOST_BYTES: u64 = 4_096;

/// The token as it was given, or the first line of the file; `-` is standard input.
///
/// # Errors
/// The file cannot be read, or begins with no line.
pub(crate) fn token(given: Option<String>, file: Option<PathBuf>) -> anyhow::Result<String> {
    match file {
        None => Ok(given.unwrap_or_default()),
        Some(file) if file == Path::new("-") => first_line(stdin()).context("standard input"),
        Some(file) => {
            let opened = File::open(&file).map_err(anyhow::Error::from);
            opened.and_then(first_line).with_context(|| file.display().to_string())
        }
    }
}

fn first_line(from: impl Read) -> anyhow::Result<String> {
    let mut line = String::new();
    BufReader::new(from.take(MOST_BYTES)).read_line(&mut line)?;
    ensure!(!line.trim().is_empty(), "no token in the first line; `velum-hub enroll BOX` prints one");
    Ok(line)
}

/// Gets the certificate; the text is for standard output.
///
/// # Errors
/// What the token, the hub or the disk says.
pub(crate) fn run(token: &str, dir: &Path) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let enrolling = velum_uplink::enroll(token.trim(), dir, Arc::new(SystemClock));
    Ok(told(&runtime.block_on(enrolling)?, dir))
}

fn told(enrolled: &Enrolled, dir: &Path) -> String {
    let Enrolled { box_id, hub_address } = enrolled;
    let dir = dir.display();
    format!(
        "this box is `{box_id}`; its identity lies in {dir}\n\
         its hub: {hub_address}\n\
         a velum-edge that runs takes it at its next connection, if its user can read it: where root has enrolled, \
         `chown -R velum-edge: {dir}`\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_the_first_line_of_its_file_and_none_is_said_to_be_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let read = || token(None, Some(path.clone())).map_err(|error| format!("{error:#}"));
        assert!(read().unwrap_err().contains("token: No such file"));
        std::fs::write(&path, "VELUM-abc\nother\n").unwrap();
        assert_eq!(read().unwrap().trim(), "VELUM-abc");
        std::fs::write(&path, "\n").unwrap();
        assert!(read().unwrap_err().contains("token: no token in the first line"));
        assert_eq!(token(Some("given".to_owned()), None).unwrap(), "given");
    }

    #[test]
    fn a_running_box_need_not_be_restarted() {
        let enrolled = Enrolled {
            box_id: velum_vocab::BoxId::parse("a").unwrap(),
            hub_address: "hub.example:7443".to_owned(),
        };
        let text = told(&enrolled, Path::new("/i"));
        assert!(text.starts_with("this box is `a`; its identity lies in /i\nits hub: hub.example:7443\n"));
        assert!(text.contains("takes it at its next connection"), "{text}");
    }
}
