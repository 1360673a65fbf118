//! A decoded sample of GStreamer as tightly packed bytes.

use std::time::Duration;

use gst_video::prelude::*;
use velum_frame::FrameBuffers;

use crate::colours::bt601_from_bt709;

/// One decoded picture: I420, BT.601, limited range, tightly packed, even sides.
pub(crate) struct Picture {
    pub(crate) size_px: (u32, u32),
    pub(crate) bytes: Vec<u8>,
    /// Where the memory of `bytes` comes from, and goes to.
    pub(crate) buffers: FrameBuffers,
    /// Running time of the picture.
    pub(crate) running: Duration,
    /// Running time of the connection when it came out.
    pub(crate) running_now: Duration,
}

impl Picture {
    /// Copies the planes without the gaps that GStreamer leaves at the ends of rows, and turns colours of BT.709. `None`
    /// for a sample that is no I420 picture.
    pub(crate) fn from_sample(
        sample: &gst::Sample,
        running_now: Option<gst::ClockTime>,
        buffers: &FrameBuffers,
    ) -> Option<Self> {
        let info = gst_video::VideoInfo::from_caps(sample.caps()?).ok()?;
        let buffer = sample.buffer()?;
        if info.format() != gst_video::VideoFormat::I420 {
            return None;
        }
        let frame = gst_video::VideoFrameRef::from_buffer_ref_readable(buffer, &info).ok()?;
        let size_px = (info.width() & !1, info.height() & !1);
        let mut bytes = packed_planes(&frame, size_px, buffers.take())?;
        if info.colorimetry().matrix() == gst_video::VideoColorMatrix::Bt709 {
            bt601_from_bt709(&mut bytes, (size_px.0 as usize, size_px.1 as usize));
        }
        let running_now: Duration = running_now.unwrap_or_default().into();
        let running = running_time(sample, buffer).unwrap_or(running_now);
        Some(Self { size_px, bytes, buffers: buffers.clone(), running, running_now })
    }
}

fn running_time(sample: &gst::Sample, buffer: &gst::BufferRef) -> Option<Duration> {
    let segment = sample.segment()?.downcast_ref::<gst::ClockTime>()?;
    segment.to_running_time(buffer.pts()?).map(Duration::from)
}

fn packed_planes<T>(
    frame: &gst_video::VideoFrameRef<T>,
    (width, height): (u32, u32),
    mut bytes: Vec<u8>,
) -> Option<Vec<u8>>
where
    gst_video::VideoFrameRef<T>: gst_video::VideoFrameExt,
{
    let (width, height) = (width as usize, height as usize);
    bytes.clear();
    bytes.reserve_exact(width * height * 3 / 2);
    for plane in 0..3_u32 {
        let halving = if plane == 0 { 1 } else { 2 };
        let stride = usize::try_from(*frame.plane_stride().get(plane as usize)?).ok()?;
        let data = frame.plane_data(plane).ok()?;
        copy_rows(data, stride, (width / halving, height / halving), &mut bytes)?;
    }
    Some(bytes)
}

/// Appends `height` rows of `width` bytes that begin every `stride` bytes.
fn copy_rows(data: &[u8], stride: usize, (width, height): (usize, usize), into: &mut Vec<u8>) -> Option<()> {
    for y in 0..height {
        let start = y.checked_mul(stride)?;
        into.extend_from_slice(data.get(start..start.checked_add(width)?)?);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_at_the_ends_of_rows_are_left_out() {
        let mut packed = Vec::new();
        copy_rows(&[1, 2, 0, 0, 3, 4], 4, (2, 2), &mut packed).unwrap();
        assert_eq!(packed, [1, 2, 3, 4]);
        assert_eq!(copy_rows(&[1, 2, 0], 4, (2, 2), &mut packed), None, "too short");
    }
}
