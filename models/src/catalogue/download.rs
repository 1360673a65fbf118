//! A download: bounded in size and time, encrypted all the way, through the proxy that the environment names.

use std::fs::File;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use ureq::http::{Response, header};

use crate::manifest::check::may_be_fetched;
use crate::onnx::FILE_BYTES_MAX;

const CHUNK_BYTES: usize = 64 * 1024;
const REDIRECTS_MAX: usize = 5;

const ELSEWHERE: &str = "fetch it elsewhere and run `velum-edge models import FILE`";
const TRY_AGAIN: &str = "try again, or fetch it elsewhere and run `velum-edge models import FILE`";
const LOOK_AT_NETWORK: &str = "look at the network and at HTTPS_PROXY, or fetch it elsewhere and run \
                               `velum-edge models import FILE`";
const NOT_THE_FILE: &str = "what is there is not the model: do not use it; fetch the right file elsewhere and run \
                            `velum-edge models import FILE`";

/// What a download may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// To a connection.
    pub(super) connect: Duration,
    /// From one piece of the answer to the next.
    pub(super) silence: Duration,
    /// All in all.
    pub(super) whole: Duration,
    pub(super) bytes: u64,
}

impl Limits {
    /// `bytes` is the file's size where it is known.
    pub(super) fn usual(bytes: Option<u64>) -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(20),
            whole: Duration::from_secs(1_800),
            bytes: bytes.unwrap_or(FILE_BYTES_MAX).min(FILE_BYTES_MAX),
        }
    }
}

/// Why there is no file, and what to do.
#[derive(Debug)]
pub(super) enum Failure {
    Fetch { reason: String, fix: &'static str },
    Write(std::io::Error),
}

impl Failure {
    fn new(reason: impl Into<String>, fix: &'static str) -> Self {
        Self::Fetch { reason: reason.into(), fix }
    }
}

/// Writes what is at an address into a file. `progress` is told the bytes so far, and those of the whole where known.
pub(super) fn download(
    address: &str,
    to: &mut File,
    limits: &Limits,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Failure> {
    let deadline = Instant::now() + limits.whole;
    let agent = agent(limits);
    let mut address = address.to_owned();
    for _ in 0..=REDIRECTS_MAX {
        may_be_fetched(&address).map_err(|why| Failure::new(format!("it leads to {why}"), ELSEWHERE))?;
        let left = deadline.saturating_duration_since(Instant::now());
        let request = agent.get(&address).config().timeout_global(Some(left)).build();
        let answer = request.call().map_err(|error| of_call(&error, limits))?;
        match answer.status().as_u16() {
            200 => return receive(answer, to, limits, progress),
            301 | 302 | 303 | 307 | 308 => address = next_address(&address, &answer)?,
            status => return Err(of_status(status)),
        }
    }
    Err(Failure::new(format!("it leads on more than {REDIRECTS_MAX} times"), ELSEWHERE))
}

/// The proxy of `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY`, and the exceptions of `NO_PROXY`, are taken as they are.
fn agent(limits: &Limits) -> ureq::Agent {
    ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_connect(Some(limits.connect))
        .timeout_recv_response(Some(limits.silence))
        .timeout_per_read(Some(limits.silence))
        .build()
        .into()
}

/// Where an answer leads on: an address of its own, or a path on the same server.
fn next_address<T>(from: &str, answer: &Response<T>) -> Result<String, Failure> {
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let location = location.ok_or_else(|| Failure::new("it leads on without saying where", ELSEWHERE))?;
    if !location.starts_with('/') {
        return Ok(location.to_owned());
    }
    let server = from.find("://").and_then(|at| {
        let rest = from.get(at + 3..)?;
        from.get(..at + 3 + rest.find('/').unwrap_or(rest.len()))
    });
    Ok(match (location.starts_with("//"), server) {
        (false, Some(server)) => format!("{server}{location}"),
        // Another server by the same scheme: none that publishes models does it.
        _ => location.to_owned(),
    })
}

fn receive(
    answer: Response<ureq::Body>,
    to: &mut File,
    limits: &Limits,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<(), Failure> {
    let whole = answer.body().content_length();
    let too_large = || Failure::new(format!("it is larger than {} bytes", limits.bytes), NOT_THE_FILE);
    if whole.is_some_and(|whole| whole > limits.bytes) {
        return Err(too_large());
    }
    let mut reader = answer.into_body().into_reader();
    let (mut received, mut chunk) = (0_u64, vec![0; CHUNK_BYTES]);
    loop {
        let count = reader.read(&mut chunk).map_err(|error| of_read(error, received, whole, limits))?;
        if count == 0 {
            break;
        }
        received += count as u64;
        if received > limits.bytes {
            return Err(too_large());
        }
        to.write_all(chunk.get(..count).unwrap_or_default()).map_err(Failure::Write)?;
        progress(received, whole);
    }
    match whole {
        Some(whole) if received < whole => Err(cut_off(received, whole)),
        _ => Ok(()),
    }
}

fn cut_off(received: u64, whole: u64) -> Failure {
    Failure::new(format!("it was cut off after {received} of {whole} bytes"), TRY_AGAIN)
}

fn of_read(error: std::io::Error, received: u64, whole: Option<u64>, limits: &Limits) -> Failure {
    match (ureq::Error::from(error), whole) {
        (ureq::Error::Io(error), Some(whole)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            cut_off(received, whole)
        }
        (error, _) => of_call(&error, limits),
    }
}

fn of_call(error: &ureq::Error, limits: &Limits) -> Failure {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            Failure::new(format!("no connection within {:?}", limits.connect), LOOK_AT_NETWORK)
        }
        ureq::Error::Timeout(ureq::Timeout::Global) => {
            Failure::new(format!("it took longer than {:?}", limits.whole), TRY_AGAIN)
        }
        ureq::Error::Timeout(_) => Failure::new(format!("nothing came for {:?}", limits.silence), TRY_AGAIN),
        error => Failure::new(error.to_string(), LOOK_AT_NETWORK),
    }
}

fn of_status(status: u16) -> Failure {
    let reason = format!("the server answers with status {status}");
    match status {
        401 | 403 | 404 | 410 => Failure::new(format!("{reason}: the file is not there for us"), ELSEWHERE),
        _ => Failure::new(reason, TRY_AGAIN),
    }
}
