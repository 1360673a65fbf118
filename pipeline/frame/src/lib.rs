//! The closed box around un-redacted pixels.
//!
//! A [`RawFrame`] is made by the decoder ([`seal_i420`]) and opened only through the extension trait
//! [`Pixels`]. Crates that may not see pixels (`edge` above all) get the type re-exported by `decode` and have
//! no way to name this trait: the crate graph is the lock. A frame cannot be cloned, printed or serialised,
//! and its memory is overwritten when it is dropped.

mod buffers;
mod burn;
mod i420;

use std::fmt;

use velum_vocab::{CameraId, Polygon, Timestamp};

pub use buffers::FrameBuffers;
pub use i420::{I420Layout, Plane, PlaneMut};

/// Why pixels were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A picture needs even, non-zero sides of at most 16384 pixels.
    #[error("a frame of {width_px}x{height_px} pixels: sides must be even, from 2 to 16384")]
    Size {
        /// As given.
        width_px: u32,
        /// As given.
        height_px: u32,
    },
    /// The buffer does not hold what the size says.
    #[error("a frame of {width_px}x{height_px} pixels needs {expected} bytes of I420, found {found}")]
    Length {
        /// As given.
        width_px: u32,
        /// As given.
        height_px: u32,
        /// Bytes needed.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
}

/// One decoded picture, un-redacted. Planar YUV 4:2:0 (I420), limited range BT.601 unless the source says else.
pub struct RawFrame {
    camera: CameraId,
    captured_at: Timestamp,
    number: u64,
    layout: I420Layout,
    bytes: buffers::WipedBytes,
}

impl RawFrame {
    /// The camera that it came from.
    pub fn camera(&self) -> &CameraId {
        &self.camera
    }

    /// When the picture was taken; never earlier than that of the frame before.
    pub fn captured_at(&self) -> Timestamp {
        self.captured_at
    }

    /// The frame's number since the source was opened, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Width, pixels.
    pub fn width_px(&self) -> u32 {
        self.layout.width_px()
    }

    /// Height, pixels.
    pub fn height_px(&self) -> u32 {
        self.layout.height_px()
    }

    /// Leaves its memory to the next frame of the camera, once this one is dropped and overwritten.
    pub fn leaves_memory_to(mut self, buffers: &FrameBuffers) -> Self {
        self.bytes.set_home(buffers);
        self
    }

    /// Paints areas over, for good: neither model nor rule sees what was there.
    pub fn burn_in(&mut self, areas: &[Polygon]) {
        for area in areas {
            burn::burn(self.layout.planes_mut(self.bytes.as_mut_slice()), area);
        }
    }
}

impl fmt::Debug for RawFrame {
    /// Names the frame and shows nothing of the picture.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = (self.width_px(), self.height_px());
        write!(f, "RawFrame({} #{} {width}x{height})", self.camera, self.number)
    }
}

/// Makes a frame of tightly packed I420 bytes: `width * height` of Y, then a quarter of that of U and of V.
///
/// # Shape
/// `bytes`: `[height * width + 2 * (height / 2) * (width / 2)] u8`.
///
/// # Errors
/// [`FrameError`] where the sides are odd or out of range, or the buffer has another length.
pub fn seal_i420(
    camera: CameraId,
    captured_at: Timestamp,
    number: u64,
    (width_px, height_px): (u32, u32),
    bytes: Vec<u8>,
) -> Result<RawFrame, FrameError> {
    let bytes = buffers::WipedBytes::new(bytes);
    let layout = I420Layout::new(width_px, height_px)?;
    let (expected, found) = (layout.byte_len(), bytes.len());
    if expected != found {
        return Err(FrameError::Length { width_px, height_px, expected, found });
    }
    Ok(RawFrame { camera, captured_at, number, layout, bytes })
}

/// The only way to un-redacted pixels. Whoever names this trait is on the list in `docs/architecture.md`.
pub trait Pixels {
    /// Brightness. *Shape*: `[height, width] u8`, 16..=235 nominal.
    fn luma(&self) -> Plane<'_>;
    /// Blue difference. *Shape*: `[height / 2, width / 2] u8`.
    fn chroma_u(&self) -> Plane<'_>;
    /// Red difference. *Shape*: `[height / 2, width / 2] u8`.
    fn chroma_v(&self) -> Plane<'_>;
    /// All three planes, to be painted over in place.
    fn planes_mut(&mut self) -> [PlaneMut<'_>; 3];
    /// The bytes, tightly packed I420, taken out of the closed box; the caller answers for them from here on.
    fn into_i420(self) -> (I420Layout, Vec<u8>);
}

impl Pixels for RawFrame {
    fn luma(&self) -> Plane<'_> {
        self.layout.plane(0, self.bytes.as_slice())
    }

    fn chroma_u(&self) -> Plane<'_> {
        self.layout.plane(1, self.bytes.as_slice())
    }

    fn chroma_v(&self) -> Plane<'_> {
        self.layout.plane(2, self.bytes.as_slice())
    }

    fn planes_mut(&mut self) -> [PlaneMut<'_>; 3] {
        self.layout.planes_mut(self.bytes.as_mut_slice())
    }

    fn into_i420(self) -> (I420Layout, Vec<u8>) {
        (self.layout, self.bytes.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> RawFrame {
        let camera = CameraId::parse("c").unwrap();
        seal_i420(camera, Timestamp::from_unix_secs(1), 7, (4, 2), (0..12).collect()).unwrap()
    }

    #[test]
    fn planes_lie_where_i420_says() {
        let frame = frame();
        assert_eq!(frame.luma().row(1), &[4, 5, 6, 7]);
        assert_eq!(frame.chroma_u().row(0), &[8, 9]);
        assert_eq!(frame.chroma_v().row(0), &[10, 11]);
        assert_eq!(frame.chroma_v().row(9), &[] as &[u8]);
    }

    #[test]
    fn debug_shows_no_pixel() {
        assert_eq!(format!("{:?}", frame()), "RawFrame(c #7 4x2)");
    }

    #[test]
    fn refuses_what_is_no_picture() {
        let seal = |w, h, n| {
            seal_i420(CameraId::parse("c").unwrap(), Timestamp::from_unix_secs(1), 1, (w, h), vec![0; n])
                .unwrap_err()
                .to_string()
        };
        assert_eq!(seal(3, 2, 9), "a frame of 3x2 pixels: sides must be even, from 2 to 16384");
        assert_eq!(seal(0, 2, 0), "a frame of 0x2 pixels: sides must be even, from 2 to 16384");
        assert_eq!(seal(4, 2, 11), "a frame of 4x2 pixels needs 12 bytes of I420, found 11");
    }
}
