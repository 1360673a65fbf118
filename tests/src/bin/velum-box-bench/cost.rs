//! Processor time and memory of a process, as Linux tells them.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use velum_tests::process::status_number;

/// Clock ticks a second that Linux tells processes of, on every architecture.
const TICKS_PER_SEC: f64 = 100.0;

/// What a process used between two looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Used {
    /// Of all threads, user and system; in steps of 10 ms.
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    /// Resident at the end, bytes.
    pub(crate) resident: u64,
}

/// Looks at a process over a while.
pub(crate) fn over(pid: u32, while_secs: Duration) -> Result<Used> {
    let (before, began) = (cpu_time(pid)?, Instant::now());
    std::thread::sleep(while_secs);
    let cpu = cpu_time(pid)?.saturating_sub(before);
    Ok(Used { cpu, wall: began.elapsed(), resident: 1_024 * status_number(pid, "VmRSS:")? })
}

/// *Source*: proc_pid_stat(5): utime and stime are the 12th and 13th field after the name in parentheses.
fn cpu_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).with_context(|| format!("{path}: has it ended?"))?;
    let (_, fields) = stat.rsplit_once(')').context("another form")?;
    let ticks: Result<Vec<u64>, _> = fields.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(Duration::from_secs_f64(ticks?.iter().sum::<u64>() as f64 / TICKS_PER_SEC))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_seen_and_rest_is_not() {
        let own = std::process::id();
        let before = cpu_time(own).unwrap();
        let until = Instant::now() + Duration::from_millis(60);
        while Instant::now() < until {}
        assert!(cpu_time(own).unwrap() > before);
        let used = over(own, Duration::from_millis(5)).unwrap();
        assert!(used.wall >= Duration::from_millis(5) && used.resident > 0, "{used:?}");
    }
}
