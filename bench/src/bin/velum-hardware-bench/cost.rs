//! Wall and processor time of a piece of work of this process.

use std::time::{Duration, Instant};

use anyhow::Context;

/// Clock ticks a second that Linux tells processes of, on every architecture.
const TICKS_PER_SEC: f64 = 100.0;

/// What a piece of work cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// Of all threads, user and system; in steps of 10 ms.
    pub(crate) cpu: Duration,
}

impl Cost {
    /// Does the work and says what it cost.
    pub(crate) fn of<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<(T, Self)> {
        let (began, cpu_before) = (Instant::now(), cpu_time()?);
        let done = work()?;
        Ok((done, Self { wall: began.elapsed(), cpu: cpu_time()?.saturating_sub(cpu_before) }))
    }

    pub(crate) fn per_sec(&self, count: u64) -> f64 {
        count as f64 / self.wall.as_secs_f64().max(1e-6)
    }

    pub(crate) fn cpu_ms_each(&self, count: u64) -> f64 {
        1e3 * self.cpu.as_secs_f64() / count.max(1) as f64
    }
}

/// *Source*: proc_pid_stat(5): utime and stime are the 12th and 13th field after the name in parentheses.
fn cpu_time() -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").context("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat has another form")?;
    let ticks: Result<Vec<u64>, _> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(Duration::from_secs_f64(ticks?.iter().sum::<u64>() as f64 / TICKS_PER_SEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_costs_time() {
        let before = cpu_time().unwrap();
        // However long others keep the processor.
        let work = || {
            while cpu_time()? == before {}
            Ok(())
        };
        let ((), cost) = Cost::of(work).unwrap();
        assert!(cost.wall > Duration::ZERO && cost.cpu > Duration::ZERO, "{cost:?}");
    }
}
