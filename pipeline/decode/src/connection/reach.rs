//! Why a camera's host cannot be reached. GStreamer says "generic error" for all of it, so we look once more.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use super::words::plain;

/// How long is looked at most: who stops the camera waits for it.
const LOOK: Duration = Duration::from_secs(3);
/// For each address of a host.
const KNOCK: Duration = Duration::from_secs(1);
const MOST_ADDRESSES: usize = 2;

/// What came of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// The name has no address; what the system said.
    UnknownHost(String),
    /// Nothing listens at the port.
    Refused,
    /// Nothing was heard for so long.
    NoAnswer(Duration),
    /// There is a connection: the address is not at fault.
    Answers,
    /// Anything else; what the system said.
    Other(String),
}

/// Looks the name up and knocks at the port. On a thread of its own: a name server that does not answer holds
/// nobody up for longer than `LOOK`, and the thread ends when the system gives up.
pub(super) fn look(host: &str, port: u16) -> Reach {
    let (sender, answer) = sync_channel(1);
    let host = host.to_owned();
    let look = move || {
        // Nobody waits any more: nothing to tell.
        let _ = sender.send(knock_at_name(&host, port));
    };
    match std::thread::Builder::new().name("decode-reach".to_owned()).spawn(look) {
        Ok(_) => answer.recv_timeout(LOOK).unwrap_or(Reach::NoAnswer(LOOK)),
        Err(error) => Reach::Other(error.to_string()),
    }
}

fn knock_at_name(host: &str, port: u16) -> Reach {
    let addresses = match (host, port).to_socket_addrs() {
        Ok(addresses) => addresses,
        Err(error) => return Reach::UnknownHost(resolver_reason(&error)),
    };
    let mut last = Reach::UnknownHost("it has no address".to_owned());
    for address in addresses.take(MOST_ADDRESSES) {
        last = knock(&address);
        if last == Reach::Answers {
            break;
        }
    }
    last
}

fn knock(address: &SocketAddr) -> Reach {
    match TcpStream::connect_timeout(address, KNOCK) {
        Ok(_) => Reach::Answers,
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Reach::Refused,
            ErrorKind::TimedOut | ErrorKind::WouldBlock => Reach::NoAnswer(KNOCK),
            _ => Reach::Other(without_number(&error.to_string())),
        },
    }
}

/// The system's words, without those that Rust puts before them.
fn resolver_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    let said = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
    plain(said)
}

fn without_number(text: &str) -> String {
    plain(text.split(" (os error").next().unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn ports_and_names_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        assert_eq!(look("127.0.0.1", port), Reach::Answers);
        drop(listener);
        assert_eq!(look("127.0.0.1", port), Reach::Refused);
        // Reserved for names that do not exist: RFC 6761.
        let unknown = look("velum.invalid", 554);
        assert!(matches!(unknown, Reach::UnknownHost(_) | Reach::NoAnswer(LOOK)), "{unknown:?}");
    }

    #[test]
    fn the_systems_words_are_short() {
        let of = |text: &str| resolver_reason(&std::io::Error::other(text.to_owned()));
        assert_eq!(
            of("failed to lookup address information: Name or service not known"),
            "name or service not known"
        );
        assert_eq!(without_number("No route to host (os error 113)"), "no route to host");
    }
}
