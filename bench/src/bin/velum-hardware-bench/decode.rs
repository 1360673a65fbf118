//! Decoders: the same pictures, and at which cost.

use std::io::Write;
use std::path::Path;
use std::thread;

use anyhow::{Context, ensure};
use velum_decode::{DecoderChoice, FrameReader, RawFrame, SourceConfig, SourceUrl};
use velum_frame::Pixels;
use velum_vocab::{CameraId, Timestamp};

use crate::cost::Cost;
use crate::power::Power;

/// At which pictures are asked for: every one as the recording has it, and as a box usually analyses.
const FORMS: [(&str, Option<u32>, f32); 3] = [
    ("all, own size", None, 120.0),
    ("all, 640 wide", Some(640), 120.0),
    ("5 a second, 640 wide", Some(640), 5.0),
];
/// What is told of pictures that are the same to the bit.
const IDENTICAL_DB: f64 = 99.0;

/// A reader of every frame, or of what a box analyses.
pub(crate) fn open(
    file: &Path,
    decoder: DecoderChoice,
    width_px: Option<u32>,
    fps: f32,
) -> anyhow::Result<FrameReader> {
    let source = SourceUrl::parse(&file.to_string_lossy())?;
    ensure!(!source.is_live(), "`{source}`: expected the path of a file");
    let config =
        SourceConfig { decoder, analysed_width_px: width_px, analysed_fps: fps, ..SourceConfig::new(source) };
    Ok(FrameReader::open(CameraId::parse("recording")?, &config, Timestamp::from_unix_secs(0))?)
}

/// Plays a recording with both decoders side by side and says how like their pictures are.
pub(crate) fn compare(out: &mut impl Write, file: &Path) -> anyhow::Result<()> {
    writeln!(out, "\n{}", file.display())?;
    for (form, width_px, fps) in FORMS {
        let mut auto = open(file, DecoderChoice::Auto, width_px, fps)?;
        let mut software = open(file, DecoderChoice::Software, width_px, fps)?;
        let mut likeness = Likeness::default();
        loop {
            match (auto.next().transpose()?, software.next().transpose()?) {
                (Some(auto), Some(software)) => likeness.add(&auto, &software),
                (None, None) => break,
                (Some(_), None) => likeness.only_auto += 1 + auto.by_ref().count() as u64,
                (None, Some(_)) => likeness.only_software += 1 + software.by_ref().count() as u64,
            }
        }
        let names = [&auto, &software].map(|reader| reader.decoder().unwrap_or_default());
        writeln!(out, "  {form:22} {} against {}: {likeness}", names[0], names[1])?;
    }
    Ok(())
}

/// How like two rows of pictures are.
#[derive(Debug, Default)]
struct Likeness {
    frames: u64,
    identical: u64,
    other_size: u64,
    other_time: u64,
    only_auto: u64,
    only_software: u64,
    /// Of Y, U and V, the worst frame's.
    worst_db: Option<[f64; 3]>,
    greatest_difference: u8,
}

impl Likeness {
    fn add(&mut self, a: &RawFrame, b: &RawFrame) {
        self.frames += 1;
        self.other_time += u64::from(a.captured_at() != b.captured_at());
        if (a.width_px(), a.height_px()) != (b.width_px(), b.height_px()) {
            self.other_size += 1;
            return;
        }
        let planes = [(a.luma(), b.luma()), (a.chroma_u(), b.chroma_u()), (a.chroma_v(), b.chroma_v())];
        let differences = planes.map(|(a, b)| Difference::of(a.samples(), b.samples()));
        let greatest = differences.iter().map(|d| d.greatest).max().unwrap_or_default();
        self.identical += u64::from(greatest == 0);
        self.greatest_difference = self.greatest_difference.max(greatest);
        let here_db = differences.map(|d| d.psnr_db());
        let worst_db = self.worst_db.unwrap_or(here_db);
        self.worst_db = Some([0, 1, 2].map(|plane: usize| {
            let of = |dbs: &[f64; 3]| dbs.get(plane).copied().unwrap_or_default();
            of(&worst_db).min(of(&here_db))
        }));
    }
}

impl std::fmt::Display for Likeness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [y, u, v] = self.worst_db.unwrap_or([0.0; 3]);
        write!(
            f,
            "{} frames, {} identical, worst PSNR Y {y:.1} U {u:.1} V {v:.1} dB, greatest difference {}",
            self.frames, self.identical, self.greatest_difference
        )?;
        let odd = [
            (self.other_size, "of another size"),
            (self.other_time, "at another time"),
            (self.only_auto, "only of the first"),
            (self.only_software, "only of the second"),
        ];
        odd.iter().filter(|(count, _)| *count > 0).try_for_each(|(count, what)| write!(f, ", {count} {what}"))
    }
}

struct Difference {
    squared: u64,
    greatest: u8,
    samples: usize,
}

impl Difference {
    fn of(a: &[u8], b: &[u8]) -> Self {
        let zero = Self { squared: 0, greatest: 0, samples: a.len().min(b.len()) };
        a.iter().zip(b).fold(zero, |sum, (a, b)| {
            let difference = a.abs_diff(*b);
            let squared = sum.squared + u64::from(difference) * u64::from(difference);
            Self { squared, greatest: sum.greatest.max(difference), ..sum }
        })
    }

    fn psnr_db(&self) -> f64 {
        if self.squared == 0 {
            return IDENTICAL_DB;
        }
        let mean = self.squared as f64 / self.samples.max(1) as f64;
        (10.0 * (255.0 * 255.0 / mean).log10()).min(IDENTICAL_DB)
    }
}

/// Plays a recording on so many cameras at once, each as fast as it can, in software and by whatever is preferred.
pub(crate) fn time(out: &mut impl Write, file: &Path, cameras: usize) -> anyhow::Result<()> {
    let all = open(file, DecoderChoice::Auto, Some(64), 120.0)?.count() as u64;
    for (form, width_px, fps) in FORMS {
        let mut told = String::new();
        for choice in [DecoderChoice::Software, DecoderChoice::Auto] {
            let begin = |_| begin(file, choice, width_px, fps);
            let (readers, begun) = Cost::of(|| in_parallel((0..cameras).collect(), begin))?;
            let decoder = readers.first().and_then(FrameReader::decoder).unwrap_or_default();
            if decoder == told {
                continue;
            }
            let power = Power::watch();
            let (_, cost) = Cost::of(|| in_parallel(readers, play))?;
            let card = power.drawn().map_or_else(String::new, |drawn| {
                format!(", card {:.0} W, its decoders {:.0} % busy", drawn.watts, drawn.decoders_busy)
            });
            // Frames that are not analysed are decoded all the same.
            let decoded = all * cameras as u64;
            writeln!(
                out,
                "  {cameras:3} cameras, {form:21} {decoder:16} begun in {:4.0} ms, then {:7.0} decoded frames/s, {:5.2} cpu-ms each{card}",
                1e3 * begun.wall.as_secs_f64(),
                cost.per_sec(decoded),
                cost.cpu_ms_each(decoded),
            )?;
            told = decoder;
        }
    }
    Ok(())
}

/// Opens a recording and takes its first frame, so that what a decoder needs once is not counted with each frame.
fn begin(file: &Path, choice: DecoderChoice, width_px: Option<u32>, fps: f32) -> anyhow::Result<FrameReader> {
    let mut reader = open(file, choice, width_px, fps)?;
    reader.next().context("there is no frame")??;
    Ok(reader)
}

fn play(reader: FrameReader) -> anyhow::Result<()> {
    for frame in reader {
        frame?;
    }
    Ok(())
}

/// Does the work with each of these at once; what came of it, in order.
fn in_parallel<I: Send, T: Send>(
    items: Vec<I>,
    work: impl Fn(I) -> anyhow::Result<T> + Sync,
) -> anyhow::Result<Vec<T>> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = items.into_iter().map(|item| scope.spawn(move || work(item))).collect();
        let joined =
            threads.into_iter().map(|thread| thread.join().ok().context("a camera's thread failed")?);
        joined.collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_of_planes() {
        let check = |a: &[u8], b: &[u8], db: f64| {
            assert!((Difference::of(a, b).psnr_db() - db).abs() < 0.01, "{a:?} {b:?}");
        };
        check(&[1, 2, 3], &[1, 2, 3], 99.0);
        check(&[0, 0], &[255, 255], 0.0);
        check(&[10, 10], &[11, 9], 48.13);
    }
}
