//! From a frame's planes to a model's tensor.
//!
//! One pass over the frame: for each line of the tensor the lines of the frame below it are added up with the
//! weights of a triangle filter that is as wide as the scaling (bilinear when enlarging, area-aware when
//! reducing, so that a distant person is not lost between two samples), then along the line, then the colours
//! are turned. Runs in the caller's thread.

use velum_frame::{Pixels, Plane, RawFrame};

use crate::head::{Candidate, InputSize};
use crate::manifest::{Affine, Channels, Fit, InputLayout};

/// The planes of an I420 picture, limited-range BT.601.
#[derive(Clone, Copy)]
pub(crate) struct Picture<'a> {
    luma: Plane<'a>,
    chroma_u: Plane<'a>,
    chroma_v: Plane<'a>,
}

impl<'a> Picture<'a> {
    pub(crate) fn of_raw(frame: &'a RawFrame) -> Self {
        Self { luma: frame.luma(), chroma_u: frame.chroma_u(), chroma_v: frame.chroma_v() }
    }

    pub(crate) fn size_px(&self) -> (usize, usize) {
        (self.luma.width_px(), self.luma.height_px())
    }
}

/// Where the frame lies on the tensor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Placement {
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    /// Frame pixels a tensor pixel.
    frame_px_per_px: (f32, f32),
}

impl Placement {
    pub(crate) fn of(frame_px: (usize, usize), size: InputSize, fit: Fit) -> Self {
        let (frame_width, frame_height) = (frame_px.0.max(1) as f32, frame_px.1.max(1) as f32);
        let (full_width, full_height) = (size.width_px as usize, size.height_px as usize);
        let scale = (full_width as f32 / frame_width).min(full_height as f32 / frame_height);
        let scaled = |side: f32, full: usize| ((side * scale).round() as usize).clamp(1, full);
        let (width, height) = match fit {
            Fit::Stretch => (full_width, full_height),
            _ => (scaled(frame_width, full_width), scaled(frame_height, full_height)),
        };
        let (left, top) = match fit {
            Fit::LetterboxCentre => ((full_width - width) / 2, (full_height - height) / 2),
            _ => (0, 0),
        };
        let frame_px_per_px = (frame_width / width as f32, frame_height / height as f32);
        Self { left, top, width, height, frame_px_per_px }
    }

    /// Left, top, width and height of the picture on the tensor, pixels of the tensor.
    pub(crate) fn on_tensor_px(&self) -> (usize, usize, usize, usize) {
        (self.left, self.top, self.width, self.height)
    }

    /// Fills what of a plane is not under the picture; the picture covers the rest whole.
    fn pad(&self, plane: &mut [f32], plane_width: usize, pad: f32) {
        let under_picture = self.top..self.top + self.height;
        for (line, row) in plane.chunks_exact_mut(plane_width).enumerate() {
            if !under_picture.contains(&line) {
                row.fill(pad);
                continue;
            }
            row.iter_mut().take(self.left).for_each(|value| *value = pad);
            row.iter_mut().skip(self.left + self.width).for_each(|value| *value = pad);
        }
    }

    /// A candidate's edges (left, top, right, bottom) in frame space, pixels.
    pub(crate) fn frame_from_tensor(&self, found: &Candidate) -> (f32, f32, f32, f32) {
        let x = |px: f32| (px - self.left as f32) * self.frame_px_per_px.0;
        let y = |px: f32| (px - self.top as f32) * self.frame_px_per_px.1;
        (x(found.left_px), y(found.top_px), x(found.right_px), y(found.bottom_px))
    }
}

/// The tensor of a picture, in memory in which anything may stand, and where the picture lies on it.
///
/// # Shape
/// `[3, height_px, width_px] f32`, planes and range as the layout says; `[1, ...]` for a layout of brightness alone.
pub(crate) fn tensor_from_picture(
    picture: &Picture<'_>,
    layout: &InputLayout,
    size: InputSize,
    mut tensor: Vec<f32>,
) -> (Vec<f32>, Placement) {
    let placement = Placement::of(picture.size_px(), size, layout.fit);
    let (width, plane_len) = (size.width_px as usize, size.width_px as usize * size.height_px as usize);
    let planes = layout.channels.count();
    tensor.resize(planes * plane_len, 0.0);
    for (plane, values) in tensor.chunks_exact_mut(plane_len).enumerate() {
        placement.pad(values, width, layout.affine(plane).of(f32::from(layout.pad_value)));
    }
    match layout.channels {
        Channels::Gray => write_brightness(&mut tensor, picture, layout, size, &placement),
        Channels::Rgb | Channels::Bgr => write_colours(&mut tensor, picture, layout, size, &placement),
    }
    (tensor, placement)
}

/// *Source*: ITU-R BT.601, limited range to full.
fn write_brightness(
    tensor: &mut [f32],
    picture: &Picture<'_>,
    layout: &InputLayout,
    size: InputSize,
    placement: &Placement,
) {
    let affine = layout.affine(0);
    let mut luma = PlaneScaler::of(&picture.luma, placement.width, placement.height);
    let rows = tensor.chunks_exact_mut(size.width_px as usize).skip(placement.top).take(placement.height);
    for (line, row) in rows.enumerate() {
        luma.read(&picture.luma, line);
        for (value, &y) in row.iter_mut().skip(placement.left).zip(&luma.line) {
            *value = affine.of((1.164_383 * (y - 16.0)).clamp(0.0, 255.0));
        }
    }
}

fn write_colours(
    tensor: &mut [f32],
    picture: &Picture<'_>,
    layout: &InputLayout,
    size: InputSize,
    placement: &Placement,
) {
    let (first, rest) = tensor.split_at_mut(tensor.len() / 3);
    let (second, third) = rest.split_at_mut(rest.len() / 2);
    let [one, two, three] = [0, 1, 2].map(|plane| layout.affine(plane));
    let ([red, green, blue], affines) = match layout.channels {
        Channels::Bgr => ([third, second, first], [three, two, one]),
        _ => ([first, second, third], [one, two, three]),
    };
    let mut lines = ColourLines::of(picture, placement);
    let width = size.width_px as usize;
    let rows =
        red.chunks_exact_mut(width).zip(green.chunks_exact_mut(width)).zip(blue.chunks_exact_mut(width));
    for (line, ((red, green), blue)) in rows.skip(placement.top).take(placement.height).enumerate() {
        lines.read(picture, line);
        let targets = [red, green, blue].map(|row| row.get_mut(placement.left..).unwrap_or_default());
        lines.write_rgb(targets, affines);
    }
}

/// One line of the tensor in the frame's own colours, and the filters that make it.
struct ColourLines {
    luma: PlaneScaler,
    chroma_u: PlaneScaler,
    chroma_v: PlaneScaler,
}

impl ColourLines {
    fn of(picture: &Picture<'_>, placement: &Placement) -> Self {
        let scaler = |plane: &Plane<'_>| PlaneScaler::of(plane, placement.width, placement.height);
        Self {
            luma: scaler(&picture.luma),
            chroma_u: scaler(&picture.chroma_u),
            chroma_v: scaler(&picture.chroma_v),
        }
    }

    fn read(&mut self, picture: &Picture<'_>, line: usize) {
        self.luma.read(&picture.luma, line);
        self.chroma_u.read(&picture.chroma_u, line);
        self.chroma_v.read(&picture.chroma_v, line);
    }

    /// *Source*: ITU-R BT.601, limited range.
    fn write_rgb(&self, [red, green, blue]: [&mut [f32]; 3], affines: [Affine; 3]) {
        let [of_red, of_green, of_blue] = affines;
        let chroma = self.chroma_u.line.iter().zip(&self.chroma_v.line);
        let targets = red.iter_mut().zip(green).zip(blue);
        for ((&y, (&u, &v)), ((red, green), blue)) in self.luma.line.iter().zip(chroma).zip(targets) {
            let (y, u, v) = (1.164_383 * (y - 16.0), u - 128.0, v - 128.0);
            *red = of_red.of((y + 1.596_027 * v).clamp(0.0, 255.0));
            *green = of_green.of((y - 0.391_762 * u - 0.812_968 * v).clamp(0.0, 255.0));
            *blue = of_blue.of((y + 2.017_232 * u).clamp(0.0, 255.0));
        }
    }
}

/// Scales one plane, line by line.
struct PlaneScaler {
    across: Taps,
    down: Taps,
    sum: Vec<f32>,
    line: Vec<f32>,
}

impl PlaneScaler {
    fn of(plane: &Plane<'_>, width: usize, height: usize) -> Self {
        Self {
            across: Taps::of(plane.width_px(), width),
            down: Taps::of(plane.height_px(), height),
            sum: vec![0.0; plane.width_px()],
            line: vec![0.0; width],
        }
    }

    fn read(&mut self, plane: &Plane<'_>, line: usize) {
        self.sum.fill(0.0);
        let (start, weights) = self.down.at(line);
        for (y_px, &weight) in (start..).zip(weights).filter(|(_, weight)| **weight > 0.0) {
            let samples = plane.row(y_px);
            self.sum.iter_mut().zip(samples).for_each(|(sum, &sample)| *sum += weight * f32::from(sample));
        }
        // The usual counts by themselves: halves, thirds, and what is enlarged. The sum is in the same order.
        match self.across.count {
            3 => self.across.weigh::<3>(&self.sum, &mut self.line),
            4 => self.across.weigh::<4>(&self.sum, &mut self.line),
            5 => self.across.weigh::<5>(&self.sum, &mut self.line),
            7 => self.across.weigh::<7>(&self.sum, &mut self.line),
            _ => self.across.weigh_any(&self.sum, &mut self.line),
        }
    }
}

/// For each target sample, where its source samples begin and what they weigh; the weights add up to 1.
struct Taps {
    starts: Vec<usize>,
    weights: Vec<f32>,
    count: usize,
}

impl Taps {
    fn of(source_len: usize, target_len: usize) -> Self {
        let ratio = source_len as f64 / target_len.max(1) as f64;
        let reach = ratio.max(1.0);
        let count = ((2.0 * reach).ceil() as usize + 1).min(source_len);
        let mut taps = Self { starts: Vec::new(), weights: Vec::new(), count };
        for target in 0..target_len {
            let centre = (target as f64 + 0.5) * ratio - 0.5;
            let start = ((centre - reach).ceil().max(0.0) as usize).min(source_len - count);
            let raw = (start..start + count).map(|at| (1.0 - (at as f64 - centre).abs() / reach).max(0.0));
            let sum: f64 = raw.clone().sum();
            taps.starts.push(start);
            taps.weights.extend(raw.map(|weight| (weight / sum) as f32));
        }
        taps
    }

    /// Each target sample of a line; `N` is the count.
    fn weigh<const N: usize>(&self, source: &[f32], line: &mut [f32]) {
        let (weights, _) = self.weights.as_chunks::<N>();
        for ((value, &start), weights) in line.iter_mut().zip(&self.starts).zip(weights) {
            let under = source.get(start..).and_then(|rest| rest.first_chunk::<N>());
            let Some(under) = under else { continue };
            *value = weights.iter().zip(under).map(|(weight, sum)| weight * sum).sum();
        }
    }

    fn weigh_any(&self, source: &[f32], line: &mut [f32]) {
        for (column, value) in line.iter_mut().enumerate() {
            let (start, weights) = self.at(column);
            let under = source.get(start..).unwrap_or_default();
            *value = weights.iter().zip(under).map(|(weight, sum)| weight * sum).sum();
        }
    }

    fn at(&self, target: usize) -> (usize, &[f32]) {
        let start = self.starts.get(target).copied().unwrap_or_default();
        (start, self.weights.get(target * self.count..(target + 1) * self.count).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
