//! A camera that sends the box to another host.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::mpsc;

use super::*;

/// Answers requests until the other side hangs up; each request goes to `heard`.
fn answer(stream: TcpStream, elsewhere: &str, heard: &mpsc::Sender<String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut out = stream;
    loop {
        let mut request = Vec::new();
        for line in lines.by_ref() {
            let line = line?;
            if line.is_empty() {
                break;
            }
            request.push(line);
        }
        let Some(first) = request.first() else { return Ok(()) };
        let cseq = request.iter().find(|line| line.starts_with("CSeq")).cloned().unwrap_or_default();
        let is_describe = first.starts_with("DESCRIBE");
        let _told = heard.send(request.join("\n"));
        let head = match is_describe {
            true => format!("RTSP/1.0 302 Moved Temporarily\r\n{cseq}\r\nLocation: {elsewhere}\r\n\r\n"),
            false => format!("RTSP/1.0 200 OK\r\n{cseq}\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n"),
        };
        out.write_all(head.as_bytes())?;
    }
}

/// Listens, and answers one connection after the other for as long as the test runs.
fn listen(elsewhere: String) -> (u16, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heard, requests) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ended = answer(stream.unwrap(), &elsewhere, &heard);
        }
    });
    (port, requests)
}

#[test]
fn a_camera_that_sends_the_box_elsewhere_is_not_followed_and_the_other_hears_nothing() {
    crate::init().unwrap();
    let (other, at_other) = listen("rtsp://127.0.0.1:1/".to_owned());
    let (port, at_first) = listen(format!("rtsp://127.0.0.1:{other}/live"));
    let dir = tempfile::tempdir().unwrap();
    let login = credentials(dir.path(), "viewer:hunter2");
    let error = probe_address(&format!("rtsp://127.0.0.1:{port}/live"), login).unwrap_err();
    assert!(matches!(error, DecodeError::Redirected { .. }), "{error}");
    assert!(at_first.try_iter().any(|request| request.starts_with("DESCRIBE")));
    let heard: Vec<_> = at_other.try_iter().collect();
    assert!(heard.is_empty(), "{heard:?}");
}
