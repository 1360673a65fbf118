//! What the card draws meanwhile, as its driver says it.

use std::io::Read;
use std::process::{Child, Command, Stdio};

/// Milliseconds from one reading to the next.
const EVERY_MS: &str = "200";

/// Readings that go on until they are asked for.
pub(crate) struct Power(Option<Child>);

/// Means over the readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) watts: f64,
    /// Of the decoders' time, %.
    pub(crate) decoders_busy: f64,
}

impl Power {
    /// Begins, where there is an NVIDIA driver.
    pub(crate) fn watch() -> Self {
        let mut command = Command::new("nvidia-smi");
        command.args([
            "--query-gpu=power.draw,utilization.decoder",
            "--format=csv,noheader,nounits",
            "-lms",
            EVERY_MS,
        ]);
        Self(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok())
    }

    /// Ends; `None` where nothing was read.
    pub(crate) fn drawn(mut self) -> Option<Drawn> {
        let child = self.0.as_mut()?;
        // One that has ended by itself has said what it could.
        let _ = child.kill();
        let mut text = String::new();
        child.stdout.take()?.read_to_string(&mut text).ok()?;
        mean(&text)
    }
}

impl Drop for Power {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn mean(text: &str) -> Option<Drawn> {
    let reading = |line: &str| {
        let (watts, busy) = line.split_once(',')?;
        Some((watts.trim().parse::<f64>().ok()?, busy.trim().parse::<f64>().ok()?))
    };
    let readings: Vec<(f64, f64)> = text.lines().filter_map(reading).collect();
    let count = readings.len() as f64;
    let (watts, busy) = readings.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (count > 0.0).then(|| Drawn { watts: watts / count, decoders_busy: busy / count })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_are_averaged_and_what_is_none_is_left_out() {
        let drawn = mean("100.5, 20\n99.5, 40\n[N/A], 3\n12").unwrap();
        assert_eq!(drawn, Drawn { watts: 100.0, decoders_busy: 30.0 });
        assert_eq!(mean("no device"), None);
    }
}
