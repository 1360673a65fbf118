//! Every frame of a recording, one after the other and as fast as they are taken: for evaluation on simulated
//! time. Nothing is dropped but what the analysed rate leaves out.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::Duration;

use velum_frame::RawFrame;
use velum_vocab::{CameraId, Timestamp};

use crate::connection::{Connection, Ending, Flow, Pace};
use crate::picture::Picture;
use crate::{DecodeError, SourceConfig};

/// Reads a file; an iterator of frames. The first error ends it.
pub struct FrameReader {
    // Dropped first: a decoder that waits for room in the queue must be freed before its pipeline is stopped.
    pictures: Option<Receiver<Picture>>,
    connection: Connection,
    ending: Option<Ending>,
    camera: CameraId,
    start: Timestamp,
    newest: Timestamp,
    number: u64,
    silence: Duration,
    address: String,
}

impl FrameReader {
    /// Opens a file. The frame at the file's own time `t` is captured at `start + t`.
    ///
    /// # Errors
    /// [`DecodeError`] where the file cannot be opened or a setting is wrong.
    pub fn open(camera: CameraId, config: &SourceConfig, start: Timestamp) -> Result<Self, DecodeError> {
        config.check()?;
        let (sender, pictures) = sync_channel(2);
        let receive = Box::new(move |picture| match sender.send(picture) {
            Ok(()) => Flow::Continue,
            Err(_) => Flow::Stop,
        });
        let connection = Connection::open(config, Pace::AsTaken, receive)?;
        let (silence, address) = (config.silence, config.source.to_string());
        let pictures = Some(pictures);
        Ok(Self {
            pictures,
            connection,
            ending: None,
            camera,
            start,
            newest: start,
            number: 0,
            silence,
            address,
        })
    }

    /// The decoder's element, once the first frame was read.
    pub fn decoder(&self) -> Option<String> {
        self.connection.facts().decoder()
    }

    fn next_picture(&mut self) -> Option<Result<Picture, DecodeError>> {
        let pictures = self.pictures.as_ref()?;
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        loop {
            // The last pictures are in the queue before the end is told.
            let at_most = if self.ending.is_some() { Duration::ZERO } else { step };
            match (pictures.recv_timeout(at_most), self.ending.take()) {
                (Ok(picture), ending) => {
                    self.ending = ending;
                    return Some(Ok(picture));
                }
                (Err(_), Some(Ending::Fault(fault))) => return Some(Err(fault)),
                (Err(_), Some(Ending::EndOfStream)) | (Err(RecvTimeoutError::Disconnected), None) => {
                    return None;
                }
                (Err(RecvTimeoutError::Timeout), None) => waited += step,
            }
            self.ending = self.connection.wait(Duration::ZERO);
            if self.ending.is_none() && waited > self.silence {
                return Some(Err(self.connection.silent(waited.as_secs_f32())));
            }
        }
    }

    fn seal(&mut self, picture: Picture) -> Result<RawFrame, DecodeError> {
        self.newest = self.newest.max(self.start.plus(picture.running));
        self.number += 1;
        velum_frame::seal_i420(self.camera.clone(), self.newest, self.number, picture.size_px, picture.bytes)
            .map(|frame| frame.leaves_memory_to(&picture.buffers))
            .map_err(|e| DecodeError::Broken { address: self.address.clone(), reason: e.to_string() })
    }
}

impl Iterator for FrameReader {
    type Item = Result<RawFrame, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.next_picture().map(|picture| picture.and_then(|picture| self.seal(picture)));
        if !matches!(result, Some(Ok(_))) {
            self.pictures = None;
        }
        result
    }
}

#[cfg(test)]
mod tests;
