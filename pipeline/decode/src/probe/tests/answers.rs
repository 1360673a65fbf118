//! Against something that answers, and not with a stream.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::JoinHandle;

use super::*;

/// Answers the first connections with these bytes to each request, until it is dropped.
struct Answerer {
    port: u16,
    thread: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Answerer {
    /// `describe` is what DESCRIBE gets; `None` hangs up at once.
    fn start(describe: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (stop, describe) = (Arc::clone(&stop), describe.map(str::to_owned));
            move || {
                while let Ok((stream, _)) = listener.accept() {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    describe.as_ref().inspect(|describe| answer(stream, describe));
                }
            }
        });
        Self { port, thread: Some(thread), stop }
    }

    fn address(&self) -> String {
        format!("rtsp://127.0.0.1:{}/live?token=secret", self.port)
    }
}

impl Drop for Answerer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        self.thread.take().unwrap().join().unwrap();
    }
}

fn answer(mut stream: TcpStream, describe: &str) {
    let mut request = [0; 4096];
    for number in 1.. {
        let Ok(read @ 1..) = stream.read(&mut request) else { return };
        let is_options = request[..read].starts_with(b"OPTIONS");
        let status = if is_options { "RTSP/1.0 200 OK" } else { describe };
        let end = if is_options { "Public: DESCRIBE, SETUP, PLAY" } else { "X: 1" };
        if stream.write_all(format!("{status}\r\nCSeq: {number}\r\n{end}\r\n\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

fn check(describe: Option<&str>, expected: &str) {
    let answerer = Answerer::start(describe);
    let error = probe_address(&answerer.address(), None).unwrap_err().to_string();
    let shown = answerer.address().replace("token=secret", "…");
    let (found, fix) = error.rsplit_once("; ").unwrap();
    assert_eq!(found, format!("source: `{shown}`: {expected}"));
    assert!(!fix.is_empty() && !error.contains("secret"), "{error}");
}

#[test]
fn answers_that_are_no_stream_are_told_apart() {
    check(Some("RTSP/1.0 404 Not Found"), "the camera has no such stream (404)");
    check(Some("RTSP/1.0 403 Forbidden"), "the camera does not let this user watch (403)");
    check(Some("RTSP/1.0 453 Not Enough Bandwidth"), "the camera refused the stream (453)");
    check(Some("RTSP/1.0 503 secret"), "the camera refused the stream (503)");
    check(Some("HTTP/1.1 400 Bad Request"), "what answers there does not speak RTSP");
    check(None, "what answers there does not speak RTSP");
}
