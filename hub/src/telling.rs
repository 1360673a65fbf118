//! A stream to somebody who listens: what waits for them, and a last word that overtakes it.
//!
//! Invariant: once the last word is said, nothing that still waits is told. Whoever may hear no more, and reads slowly, hears
//! no more; and whoever does not read at all keeps nobody waiting who has to say so.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;

/// The way to end a stream at once, with a word.
#[derive(Debug)]
pub(crate) struct Last<T>(oneshot::Sender<T>);

impl<T> Last<T> {
    /// Nothing but this is told any more.
    pub(crate) fn say(self, word: T) {
        // Whoever is gone needs no word.
        let _gone = self.0.send(word);
    }
}

/// What the listener is told.
#[derive(Debug)]
pub(crate) struct Telling<T> {
    waiting: mpsc::Receiver<T>,
    last: Option<oneshot::Receiver<T>>,
}

/// A stream that keeps `ahead` items for a listener who is slow. Without a last word it ends after them.
pub(crate) fn telling<T>(ahead: usize) -> (mpsc::Sender<T>, Last<T>, Telling<T>) {
    let (items, waiting) = mpsc::channel(ahead);
    let (say, last) = oneshot::channel();
    (items, Last(say), Telling { waiting, last: Some(last) })
}

impl<T> Stream for Telling<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        if let Some(last) = &mut self.last {
            match Pin::new(last).poll(cx) {
                Poll::Ready(Ok(word)) => {
                    self.last = None;
                    self.waiting.close();
                    while self.waiting.try_recv().is_ok() {}
                    return Poll::Ready(Some(word));
                }
                Poll::Ready(Err(_)) => self.last = None,
                Poll::Pending => {}
            }
        }
        self.waiting.poll_recv(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt as _;

    use super::*;

    #[tokio::test]
    async fn the_last_word_overtakes_what_waits() {
        let (items, last, mut told) = telling(4);
        for item in ["one", "two", "three"] {
            items.send(item).await.unwrap();
        }
        assert_eq!(told.next().await, Some("one"));
        last.say("no more");
        assert_eq!(told.next().await, Some("no more"));
        assert_eq!(told.next().await, None);
        assert!(items.send("four").await.is_err(), "nothing is taken any more");
    }

    #[tokio::test]
    async fn without_a_last_word_all_that_waits_is_told() {
        let (items, last, mut told) = telling(4);
        items.send("one").await.unwrap();
        drop(last);
        items.send("two").await.unwrap();
        drop(items);
        assert_eq!(
            (told.next().await, told.next().await, told.next().await),
            (Some("one"), Some("two"), None)
        );
    }
}
