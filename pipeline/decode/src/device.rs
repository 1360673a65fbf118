//! The graphics device that all cameras decode on. Without this each pipeline opens it anew: half a gigabyte of the
//! device's memory and a fifth of a second for every camera, and decoders that take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use gst::prelude::*;

/// GStreamer's name for an open CUDA device.
const CUDA: &str = "gst.cuda.context";

/// The device, once a decoder has opened it.
static OPEN: Mutex<Option<gst::Context>> = Mutex::new(None);

/// Keeps the device that an element of the pipeline has opened, if any, for those that come after it.
pub(crate) fn keep(pipeline: &gst::Pipeline) {
    if let Some(context) = pipeline.context(CUDA) {
        open().get_or_insert(context);
    }
}

/// Hands the open device to a new pipeline.
pub(crate) fn lend(pipeline: &gst::Pipeline) {
    if let Some(context) = open().as_ref() {
        pipeline.set_context(context);
    }
}

/// Lets the device go after a decoder on it failed: who tries again opens it anew.
pub(crate) fn forget() {
    *open() = None;
}

/// The context is replaced whole: a poisoned lock still guards a consistent one.
fn open() -> MutexGuard<'static, Option<gst::Context>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_device_is_lent_until_it_is_forgotten() {
        crate::init().unwrap();
        forget();
        let first = gst::Pipeline::new();
        keep(&first);
        assert!(open().is_none(), "a pipeline without a device has none to keep");
        first.set_context(&gst::Context::new(CUDA, true));
        keep(&first);
        let second = gst::Pipeline::new();
        lend(&second);
        assert!(second.context(CUDA).is_some());
        forget();
        let third = gst::Pipeline::new();
        lend(&third);
        assert!(third.context(CUDA).is_none());
    }
}
