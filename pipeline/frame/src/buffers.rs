//! The memory of frames: overwritten when a frame is dropped, and then used for the next one.

use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroize;

/// More are freed: one frame is analysed while the next is filled, and what a burst leaves, as when a camera's look-back is let
/// go, is not kept.
const MOST_KEPT: usize = 2;

/// Buffers of frames that were dropped, to be filled again: the frames of a camera are of one size, and need no fresh memory each.
///
/// Invariant: nothing of a picture is left in them.
#[derive(Clone, Default)]
pub struct FrameBuffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl FrameBuffers {
    /// An empty buffer, one that was used before where there is one.
    pub fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give(&self, wiped: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push(wiped);
        }
    }
}

/// Bytes that are overwritten when they are dropped.
pub(crate) struct WipedBytes {
    bytes: Vec<u8>,
    home: Option<FrameBuffers>,
}

impl WipedBytes {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self { bytes, home: None }
    }

    /// Where the memory goes once it is overwritten.
    pub(crate) fn set_home(&mut self, home: &FrameBuffers) {
        self.home = Some(home.clone());
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    pub(crate) fn into_inner(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Drop for WipedBytes {
    fn drop(&mut self) {
        // Empties it, too.
        self.bytes.zeroize();
        if let Some(home) = self.home.take().filter(|_| self.bytes.capacity() > 0) {
            home.give(std::mem::take(&mut self.bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_frame_leaves_its_memory_and_nothing_of_its_picture() {
        let buffers = FrameBuffers::default();
        let mut frame = WipedBytes::new(vec![7; 1_000]);
        frame.set_home(&buffers);
        let at = frame.as_slice().as_ptr();
        drop(frame);
        let mut again = buffers.take();
        assert_eq!((again.len(), again.as_ptr()), (0, at));
        again.resize(1_000, 1);
        assert_eq!(again.as_ptr(), at, "there is room for another frame");
        assert_eq!(buffers.take().capacity(), 0, "there is one");
    }

    #[test]
    fn a_burst_of_frames_does_not_keep_its_memory() {
        let buffers = FrameBuffers::default();
        let frames: Vec<_> = (0..20)
            .map(|_| {
                let mut frame = WipedBytes::new(vec![7; 100]);
                frame.set_home(&buffers);
                frame
            })
            .collect();
        drop(frames);
        assert_eq!((0..20).filter(|_| buffers.take().capacity() > 0).count(), MOST_KEPT);
    }

    #[test]
    fn what_is_taken_out_of_a_frame_does_not_come_back() {
        let buffers = FrameBuffers::default();
        let mut frame = WipedBytes::new(vec![7; 100]);
        frame.set_home(&buffers);
        assert_eq!(frame.into_inner(), vec![7; 100]);
        assert_eq!(buffers.take().capacity(), 0);
    }
}
