//! A connection whose other end must begin to speak in time.
//!
//! Servers wait for the first bytes of a connection without an end: HTTP/2's own looks at who is there begin after them.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// So much is HTTP/2's preface (RFC 9113, section 3.4), and no request of HTTP/1.1 with a host is shorter.
const FIRST_WORDS: usize = 24;

/// Reading fails where the first words do not come in time.
#[derive(Debug)]
pub(super) struct Prompt<S> {
    stream: S,
    heard: usize,
    limit: Option<Pin<Box<Sleep>>>,
}

impl<S> Prompt<S> {
    pub(super) fn new(stream: S, limit: Duration) -> Self {
        Self { stream, heard: 0, limit: Some(Box::pin(tokio::time::sleep(limit))) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(limit) = &mut self.limit
            && limit.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "no request began in time")));
        }
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        if self.limit.is_some() {
            self.heard += into.filled().len().saturating_sub(before);
            if self.heard >= FIRST_WORDS {
                self.limit = None;
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(1);
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    #[tokio::test]
    async fn who_does_not_begin_in_time_is_not_waited_for() {
        for said in [b"".as_slice(), b"G", &PREFACE[..FIRST_WORDS - 1]] {
            let (mut client, server) = tokio::io::duplex(64);
            client.write_all(said).await.unwrap();
            let mut heard = Vec::new();
            let failed = Prompt::new(server, LIMIT).read_to_end(&mut heard).await.unwrap_err();
            assert_eq!(failed.kind(), io::ErrorKind::TimedOut, "{said:?}");
        }
    }

    #[tokio::test]
    async fn who_has_begun_may_be_silent() {
        let (mut client, server) = tokio::io::duplex(64);
        let mut server = Prompt::new(server, Duration::from_secs(3_600));
        client.write_all(PREFACE).await.unwrap();
        let mut preface = [0; FIRST_WORDS];
        server.read_exact(&mut preface).await.unwrap();
        assert!(server.limit.is_none());
        client.write_all(b"later").await.unwrap();
        let mut words = [0; 5];
        server.read_exact(&mut words).await.unwrap();
        assert_eq!(&words, b"later");
    }
}
