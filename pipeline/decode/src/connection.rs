//! One connection to a source: an explicit GStreamer pipeline from the source to packed pictures.
//!
//! ```text
//! rtspsrc ─► depayloader ─┐
//! filesrc ─► parsebin ────┼─► parser ─► [from a key frame] ─► [needed] ─► decoder ─► [rate limit] ─► scale ─► I420 ─► appsink
//! videotestsrc ───────────┴───────────────────────────────────────────►
//! ```

mod facts;

mod head;

mod tls;

mod tail;

mod peer;

mod reach;

mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use gst::prelude::*;

use crate::picture::Picture;
use crate::rate::RateLimit;
use crate::{DecodeError, SourceConfig, device};

pub(crate) use facts::Facts;
use peer::Peer;

/// Whether pictures of a recording come out at the pace of the clock or as fast as they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    RealTime,
    AsTaken,
}

/// What the receiver of pictures wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Stop,
}

/// Takes the pictures, on GStreamer's thread.
pub(crate) type Receive = Box<dyn FnMut(Picture) -> Flow + Send>;

/// What a connection learns, and which frames it keeps.
type Learnt<'a> = (&'a Arc<Facts>, &'a Arc<RateLimit>);

/// A running pipeline; torn down when dropped.
pub(crate) struct Connection {
    pipeline: gst::Pipeline,
    bus: gst::Bus,
    facts: Arc<Facts>,
    peer: Peer,
}

/// How a probe leaves a buffer out. The bindings have taken the buffer by then, and at `Drop` GStreamer complains
/// that there is none to be freed.
const LEFT_OUT: gst::PadProbeReturn = gst::PadProbeReturn::Handled;

/// Why a connection ended.
#[derive(Debug, PartialEq)]
pub(crate) enum Ending {
    /// The source has no more pictures.
    EndOfStream,
    /// It broke.
    Fault(DecodeError),
}

impl Connection {
    /// Builds the pipeline and starts it. Connecting goes on in GStreamer's threads.
    pub(crate) fn open(config: &SourceConfig, pace: Pace, receive: Receive) -> Result<Self, DecodeError> {
        crate::init()?;
        let pipeline = gst::Pipeline::new();
        device::lend(&pipeline);
        let facts = Arc::new(Facts::default());
        let bus = pipeline.bus().ok_or_else(|| DecodeError::Gstreamer("a pipeline has no bus".to_owned()))?;
        let limit = Arc::new(RateLimit::new(config.analysed_fps));
        let entry = tail::build(&pipeline, config, pace, (&facts, &limit), receive)?;
        head::build(&pipeline, config, (&facts, &limit), &entry)?;
        let connection = Self { pipeline, bus, facts, peer: Peer::of(config) };
        if connection.pipeline.set_state(gst::State::Playing).is_err() {
            let ending = connection.wait(Duration::from_secs(1));
            return Err(match ending {
                Some(Ending::Fault(fault)) => fault,
                _ => connection.peer.broken("the pipeline does not start"),
            });
        }
        Ok(connection)
    }

    /// Keeps the device that this connection opened, if none was there before it.
    pub(crate) fn keep_device(&self) {
        device::keep(&self.pipeline);
    }

    pub(crate) fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Waits for the end of the connection, at most so long.
    pub(crate) fn wait(&self, at_most: Duration) -> Option<Ending> {
        let deadline = Instant::now() + at_most;
        loop {
            if let Some(fault) = self.facts.fault() {
                return Some(Ending::Fault(fault));
            }
            let left = deadline.saturating_duration_since(Instant::now()).min(Duration::from_millis(50));
            let kinds = [gst::MessageType::Error, gst::MessageType::Eos, gst::MessageType::StreamCollection];
            // First what is there already: a wait without time would not look.
            let message = self.bus.pop_filtered(&kinds).or_else(|| {
                self.bus.timed_pop_filtered(gst::ClockTime::try_from(left).unwrap_or_default(), &kinds)
            });
            match message {
                Some(message) => match self.ending(&message) {
                    Some(ending) => return Some(ending),
                    None => continue,
                },
                None if Instant::now() >= deadline => return None,
                None => {}
            }
        }
    }

    fn ending(&self, message: &gst::Message) -> Option<Ending> {
        let last = match message.view() {
            gst::MessageView::Error(error) => {
                self.facts.note_error(factory_of(message.src()).as_deref());
                Ending::Fault(self.explain(error))
            }
            gst::MessageView::StreamCollection(found) if !has_video(&found.stream_collection()) => {
                Ending::Fault(DecodeError::NoVideo { address: self.peer.address() })
            }
            gst::MessageView::StreamCollection(_) => return None,
            _ => Ending::EndOfStream,
        };
        // The first fault is the cause; what GStreamer says after it follows from it.
        Some(self.facts.fault().map_or(last, Ending::Fault))
    }

    /// The fault that a message of GStreamer stands for. Looks for the cause where GStreamer does not tell it.
    fn explain(&self, message: &gst::message::Error) -> DecodeError {
        // A certificate that is refused is told before the error that follows from it: nothing to look for.
        self.facts.fault().unwrap_or_else(|| {
            let detail = message.debug().unwrap_or_default();
            self.peer.explain(&message.error(), &detail, self.facts.is_described())
        })
    }

    /// Why nothing was seen for so long.
    pub(crate) fn silent(&self, silent_secs: f32) -> DecodeError {
        self.peer.silent(silent_secs, self.facts.is_described())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Nothing to be done where it fails: the elements are gone with the pipeline.
        let _ = self.pipeline.set_state(gst::State::Null);
        let (arrived, left_out) = (self.facts.arrived(), self.facts.left_out());
        tracing::debug!(
            arrived,
            left_out,
            "connection closed; so many frames came, and were left out before the decoder"
        );
    }
}

/// The kind of element that sent a message.
fn factory_of(source: Option<&gst::Object>) -> Option<String> {
    let factory = source?.downcast_ref::<gst::Element>()?.factory()?;
    Some(factory.name().to_string())
}

fn has_video(found: &gst::StreamCollection) -> bool {
    found.is_empty() || found.iter().any(|stream| stream.stream_type().contains(gst::StreamType::VIDEO))
}

/// Makes an element; a missing one is named with the package that has it.
fn make(element: &str, package: &'static str) -> Result<gst::Element, DecodeError> {
    gst::ElementFactory::make(element)
        .build()
        .map_err(|_| DecodeError::MissingElement { element: element.to_owned(), package })
}

/// Adds elements to the pipeline, links them in order, and brings them to its state.
fn add_chain(pipeline: &gst::Pipeline, chain: &[&gst::Element]) -> Result<(), DecodeError> {
    let failed = |e: gst::glib::BoolError| DecodeError::Gstreamer(e.message.to_string());
    pipeline.add_many(chain).map_err(failed)?;
    gst::Element::link_many(chain).map_err(failed)?;
    for element in chain {
        element.sync_state_with_parent().map_err(failed)?;
    }
    Ok(())
}
