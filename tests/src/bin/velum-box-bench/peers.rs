//! Programs of others, under the same camera.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use velum_tests::process::Running;
use velum_tests::programs::{run, workspace_root};

use crate::case::{ANALYSED_FPS, Bench, Case};
use crate::cost::{self, Used};

/// Processor milliseconds of one run of the model, one thread, and the memory of the process.
pub(crate) fn inference(bench: &Bench) -> Result<(f64, u64)> {
    let mut command = pinned(bench, &bench.python);
    command.arg(workspace_root().join("bench/peers/inference.py")).arg(workspace_root().join(&bench.weights));
    let printed = run(&mut command)?;
    let mut figures = printed.split_whitespace();
    let mut next = || figures.next().with_context(|| format!("inference.py printed `{printed}`"));
    Ok((next()?.parse()?, next()?.parse()?))
}

/// What a program costs with one camera.
pub(crate) fn measure(bench: &Bench, case: Case, (dir, address): (&Path, &str)) -> Result<Used> {
    let mut command = match case {
        Case::Decoding => decoding(bench, address)?,
        Case::PythonPipeline => {
            let mut command = pinned(bench, &bench.python);
            command.arg(workspace_root().join("bench/peers/pipeline.py"));
            command.arg(workspace_root().join(&bench.weights)).arg(address).arg(ANALYSED_FPS.to_string());
            command
        }
        Case::Motion => motion(bench, dir, address)?,
        Case::Inference | Case::Box { .. } => bail!("not a program of others"),
    };
    let mut running = Running::start("peer", &mut command, &dir.join("logs/peer.log"))?;
    std::thread::sleep(bench.warm_up);
    let used = cost::over(running.pid(), bench.time);
    if !running.is_running() {
        bail!("it ended by itself:\n{}", running.log_end());
    }
    let used = used?;
    if used.cpu < Duration::from_millis(50) {
        bail!("it did nothing:\n{}", running.log_end());
    }
    Ok(used)
}

fn pinned(bench: &Bench, program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", &bench.cpus]).arg(program).current_dir(workspace_root());
    command
}

/// By the codec that the camera names.
fn decoding(bench: &Bench, address: &str) -> Result<Command> {
    let codec = codec(address)?;
    let mut command = pinned(bench, Path::new("gst-launch-1.0"));
    let source = format!("location={address}");
    let (depay, parse) = (format!("rtp{codec}depay"), format!("{codec}parse"));
    let decoder = format!("avdec_{codec}");
    command.args(["-q", "rtspsrc", &source, "protocols=tcp", "!", &depay, "!", &parse, "!"]);
    command.args([&decoder, "max-threads=1", "!", "fakesink", "sync=false"]);
    Ok(command)
}

/// As the camera's own description says, by a client that is there in any case.
fn codec(address: &str) -> Result<&'static str> {
    use std::io::{Read, Write};
    let host =
        address.strip_prefix("rtsp://").and_then(|rest| rest.split('/').next()).context("no rtsp://")?;
    let mut stream = std::net::TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n")?;
    let (mut told, mut chunk) = (Vec::new(), [0; 4_096]);
    while let Ok(read @ 1..) = stream.read(&mut chunk) {
        told.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let text = String::from_utf8_lossy(&told);
        match (text.contains("H264/"), text.contains("H265/")) {
            (true, _) => return Ok("h264"),
            (_, true) => return Ok("h265"),
            _ => {}
        }
    }
    bail!("the camera does not say how it is coded")
}

/// Motion detection alone, without pictures, at the same rate: as light as it can be set.
fn motion(bench: &Bench, dir: &Path, address: &str) -> Result<Command> {
    let found = Command::new("motion").arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status();
    found.context("motion is not installed: apt-get install motion")?;
    let text = format!(
        "daemon off\nlog_level 4\nnetcam_url {address}\nnetcam_params rtsp_transport=tcp\nwidth 640\nheight 360\n\
         framerate {ANALYSED_FPS}\npicture_output off\nmovie_output off\nwebcontrol_port 0\nstream_port 0\n\
         target_dir {}\n",
        dir.display()
    );
    let path = dir.join("motion.conf");
    std::fs::write(&path, text)?;
    let mut command = pinned(bench, Path::new("motion"));
    command.arg("-n").arg("-c").arg(path);
    Ok(command)
}
