//! `velum-hardware-bench`: what decoders in hardware and ONNX Runtime's accelerators do with a recording, beside software
//! and the processor in the same run. Through the box's own decoder and detectors, so that what is told is what a box
//! would see: whether pictures and boxes are the same, how many a second, and what they cost the processor.

mod decode;

mod infer;

mod cost;

mod power;

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::Parser;
use velum_decode::available_decoders;

/// Compare hardware with software on recordings: pictures, boxes, speed, processor time.
#[derive(Debug, Parser)]
#[command(name = "velum-hardware-bench", version)]
struct Arguments {
    /// Recordings, each of 2 s or more.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// So many cameras at once play each recording as fast as they can; may be given often.
    #[arg(long = "cameras", value_name = "N", default_values_t = [1, 4])]
    cameras: Vec<usize>,
    /// Run these models on the first recording; none if not given.
    #[arg(long = "model", value_name = "ID")]
    models: Vec<String>,
    /// Look for models in this folder.
    #[arg(long = "model-dir", value_name = "DIR", default_value = ".cache/models")]
    model_folders: Vec<PathBuf>,
    /// ONNX Runtime's library.
    #[arg(long, value_name = "FILE", default_value = ".cache/onnxruntime")]
    onnxruntime: PathBuf,
    /// Frames of the first recording that models look at.
    #[arg(long, value_name = "N", default_value_t = 100)]
    frames: usize,
    /// Only models; recordings are not compared.
    #[arg(long)]
    models_only: bool,
}

fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::WARN).init();
    let arguments = Arguments::parse();
    velum_decode::init()?;
    let mut out = stdout().lock();
    for decoder in available_decoders() {
        let place = if decoder.hardware { "hardware" } else { "software" };
        writeln!(out, "decoder {:8} {:16} {place}", decoder.codec.name(), decoder.element)?;
    }
    if !arguments.models_only {
        for file in &arguments.files {
            decode::compare(&mut out, file)?;
            for &cameras in &arguments.cameras {
                decode::time(&mut out, file, cameras)?;
            }
        }
    }
    if let (Some(file), false) = (arguments.files.first(), arguments.models.is_empty()) {
        let bench =
            infer::Bench::open(&arguments.onnxruntime, &arguments.model_folders, file, arguments.frames)?;
        for model in &arguments.models {
            bench.compare(&mut out, model)?;
        }
    }
    Ok(())
}
