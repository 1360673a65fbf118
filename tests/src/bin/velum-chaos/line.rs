//! The line between box and hub, which can be cut, held up, or let drip.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::Result;

/// What the line does with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mode {
    /// Hands them on.
    Whole,
    /// Closes every connection, and takes none.
    Cut,
    /// Takes them and hands none on; nobody is told.
    Silent,
    /// Hands on a few bytes at a time.
    Drips,
}

const DRIP_BYTES: usize = 64;
const DRIP_PAUSE: Duration = Duration::from_millis(40);
const LOOK: Duration = Duration::from_millis(50);

/// A forwarder of TCP on loopback. Runs as long as the program.
pub(crate) struct Line {
    pub(crate) port: u16,
    mode: Arc<AtomicU8>,
}

impl Line {
    /// Listens on a free port, for a hub on `hub_port`.
    pub(crate) fn to(hub_port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let mode = Arc::new(AtomicU8::new(Mode::Whole as u8));
        let shared = Arc::clone(&mode);
        std::thread::Builder::new().name("line".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that cannot be made is closed, as by any router.
                let _ = connect(stream, hub_port, &shared);
            }
        })?;
        Ok(Self { port, mode })
    }

    pub(crate) fn set(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::SeqCst);
    }
}

fn is(mode: &AtomicU8, wanted: Mode) -> bool {
    mode.load(Ordering::SeqCst) == wanted as u8
}

fn connect(from_box: TcpStream, hub_port: u16, mode: &Arc<AtomicU8>) -> Result<()> {
    if is(mode, Mode::Cut) {
        return Ok(());
    }
    let to_hub = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, hub_port)))?;
    for (from, to) in [(from_box.try_clone()?, to_hub.try_clone()?), (to_hub, from_box)] {
        let mode = Arc::clone(mode);
        std::thread::Builder::new().name("line".to_owned()).spawn(move || {
            // Its end is the connection's end, whatever it was.
            let _ = forward(&from, &to, &mode);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
        })?;
    }
    Ok(())
}

fn forward(mut from: &TcpStream, mut to: &TcpStream, mode: &AtomicU8) -> std::io::Result<()> {
    from.set_read_timeout(Some(LOOK))?;
    let mut buffer = [0; 16 * 1_024];
    loop {
        if is(mode, Mode::Cut) {
            return Ok(());
        }
        if is(mode, Mode::Silent) {
            std::thread::sleep(LOOK);
            continue;
        }
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => count,
            Err(error)
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(error) => return Err(error),
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        for part in bytes.chunks(if is(mode, Mode::Drips) { DRIP_BYTES } else { count.max(1) }) {
            to.write_all(part)?;
            if is(mode, Mode::Drips) {
                std::thread::sleep(DRIP_PAUSE);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_hands_on_holds_up_and_is_cut() {
        let hub = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let line = Line::to(hub.local_addr().unwrap().port()).unwrap();
        let mut at_box = TcpStream::connect((Ipv4Addr::LOCALHOST, line.port)).unwrap();
        let (mut at_hub, _) = hub.accept().unwrap();
        at_hub.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut four = [0; 4];
        at_box.write_all(b"one ").unwrap();
        at_hub.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"one ");
        line.set(Mode::Silent);
        std::thread::sleep(2 * LOOK);
        at_box.write_all(b"two ").unwrap();
        assert!(at_hub.read_exact(&mut four).is_err(), "held up");
        line.set(Mode::Whole);
        at_hub.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        at_hub.read_exact(&mut four).unwrap();
        assert_eq!(&four, b"two ");
        line.set(Mode::Cut);
        assert_eq!(at_hub.read(&mut four).unwrap(), 0, "closed");
    }
}
