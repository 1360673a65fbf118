//! `velum-compose`: scenes with exact truth, made of real footage and cut-outs.
//!
//! ```text
//! spec ─► scene ─► backdrop (frames, empty scene, who moves) ─┐
//!           └────► walkers, cut-outs ─► plan ─► clip ─► paint ┴─► H.264, truth, suite
//! ```

mod options;

mod spec;

mod ground;

mod sprite;

mod cutouts;

mod backdrop;

mod walker;

mod actor;

mod paint;

mod contrast;

mod clip;

mod plan;

mod truth;

mod make;

use std::process::ExitCode;

use clap::Parser;

use crate::options::Options;

fn main() -> ExitCode {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
    match make::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
