//! `velum-edge alive` and `velum-hub alive`: asks the program that runs how it is, for health checks of containers, in
//! which there is no other client.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A program that answers later is not well.
const PATIENCE: Duration = Duration::from_secs(5);
/// More of an answer is not read, bytes.
const LONGEST_BYTES: u64 = 4_096;

/// Asks `/healthz` of the page that is served at this address of this machine.
///
/// # Errors
/// What it says is in the way, or why nothing was heard of it; in words, ending without a full stop.
pub fn alive(listens_at: SocketAddr) -> Result<(), String> {
    let address = reached_at(listens_at);
    let answer = ask(address).map_err(|error| {
        format!("`{address}` does not answer: {error}; does the program run, with this configuration?")
    })?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    match head.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ if !body.trim().is_empty() => Err(body.trim().to_owned()),
        _ => Err(format!("expected `200 OK`, found `{}`", head.lines().next().unwrap_or_default())),
    }
}

/// What listens at every address is asked at loopback.
fn reached_at(listens_at: SocketAddr) -> SocketAddr {
    let address = match listens_at.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listens_at.port())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /healthz HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut bytes = Vec::new();
    let _length = stream.take(LONGEST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that answers one request so, where it listens.
    fn answers(bytes: &'static [u8]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let _served = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = [0; 64];
            let length = stream.read(&mut asked).unwrap();
            assert!(asked[..length].starts_with(b"GET /healthz HTTP/1.0\r\n"));
            stream.write_all(bytes).unwrap();
        });
        address
    }

    #[test]
    fn what_the_page_says_is_told() {
        assert_eq!(alive(answers(b"HTTP/1.0 200 OK\r\n\r\nok\n")), Ok(()));
        let ill = b"HTTP/1.1 503 Service Unavailable\r\nx: y\r\n\r\noutbox: full\n";
        assert_eq!(alive(answers(ill)), Err("outbox: full".to_owned()));
        for (bytes, reason) in
            [(&b"HTTP/1.0 404 Not Found\r\n\r\n"[..], "404"), (b"", "found ``"), (b"\xff\xfe", "\u{fffd}")]
        {
            assert!(alive(answers(bytes)).unwrap_err().contains(reason));
        }
    }

    #[test]
    fn where_nobody_listens_it_is_not_alive() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert!(alive(address).unwrap_err().contains("does not answer"));
    }

    #[test]
    fn what_listens_everywhere_is_asked_here() {
        for (listens, asked) in
            [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("127.0.0.2:1", "127.0.0.2:1")]
        {
            assert_eq!(reached_at(listens.parse().unwrap()).to_string(), asked);
        }
    }
}
