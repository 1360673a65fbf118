//! Standard output for people: colour only on a terminal and never where `NO_COLOR` is set, times with their
//! zone and precision, and no control character of a record ever reaching the terminal.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use velum_policy::turns_around;

use crate::json::TimeView;

/// How times are shown.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ScreenArgs {
    /// Show times in UTC instead of this machine's time zone.
    #[arg(long)]
    utc: bool,
}

/// A style of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// An alert that was raised, or something missing.
    Alarm,
    /// Something that changed or asks for attention.
    Notice,
    /// Something that ended well.
    Good,
    /// What is less important.
    Faint,
}

/// Where and how people read.
#[derive(Debug, Clone)]
pub(crate) struct Screen {
    colour: bool,
    zone: TimeZone,
}

impl Screen {
    /// The screen behind standard output.
    pub(crate) fn of_stdout(args: &ScreenArgs) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: io::stdout().is_terminal() && !no_colour,
            zone: if args.utc { TimeZone::UTC } else { TimeZone::system() },
        }
    }

    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self { colour: false, zone: TimeZone::UTC }
    }

    /// Text in a style.
    pub(crate) fn styled(&self, style: Style, text: &str) -> String {
        let text = harmless(text);
        if !self.colour {
            return text;
        }
        let code = match style {
            Style::Alarm => "1;31",
            Style::Notice => "33",
            Style::Good => "32",
            Style::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A moment of the hub's clock: `2026-11-21 14:03:12 CET`.
    pub(crate) fn moment(&self, unix_ms: i64) -> String {
        self.formatted(unix_ms, "%Y-%m-%d %H:%M:%S %Z")
    }

    /// A moment of a box, at the precision of its policy: `2026-11-21 14:03 CET, to 1 min`.
    pub(crate) fn time(&self, time: TimeView) -> String {
        let format = match time.precision_ms {
            0..1_000 => "%Y-%m-%d %H:%M:%S%.3f %Z",
            1_000..60_000 => "%Y-%m-%d %H:%M:%S %Z",
            _ => "%Y-%m-%d %H:%M %Z",
        };
        let shown = self.formatted(time.unix_ms, format);
        match time.precision_ms {
            0..=1 => shown,
            1_000 => format!("{shown}, to 1 s"),
            ms if ms < 1_000 => format!("{shown}, to {ms} ms"),
            ms => format!("{shown}, to {}", crate::words::duration(f64::from(ms) / 1_000.0)),
        }
    }

    fn formatted(&self, unix_ms: i64, format: &str) -> String {
        match Timestamp::from_millisecond(unix_ms) {
            Ok(moment) => moment.to_zoned(self.zone.clone()).strftime(format).to_string(),
            Err(_) => format!("{unix_ms} ms since 1970 UTC"),
        }
    }
}

/// Text of a record without what could command the terminal, or show words in another order than they stand.
pub(crate) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_around(c) { '\u{fffd}' } else { c }).collect()
}

/// Writes a line to standard output.
///
/// # Errors
/// When nobody reads any more, or the disk behind it is full.
pub(crate) fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Writes a remark beside the output, to standard error.
///
/// # Errors
/// When standard error is closed.
pub(crate) fn remark(line: &str) -> io::Result<()> {
    writeln!(io::stderr(), "{line}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_say_zone_and_precision() {
        let check = |unix_ms, precision_ms, expected: &str| {
            assert_eq!(Screen::plain().time(TimeView { unix_ms, precision_ms }), expected);
        };
        check(1_795_270_992_000, 1_000, "2026-11-21 14:23:12 UTC, to 1 s");
        check(1_795_270_980_000, 60_000, "2026-11-21 14:23 UTC, to 1 min");
        check(1_795_270_980_000, 900_000, "2026-11-21 14:23 UTC, to 15 min");
        check(1_795_270_992_345, 1, "2026-11-21 14:23:12.345 UTC");
        check(1_795_270_992_300, 100, "2026-11-21 14:23:12.300 UTC, to 100 ms");
        check(i64::MAX, 1, "9223372036854775807 ms since 1970 UTC");
    }

    #[test]
    fn records_cannot_command_the_terminal() {
        assert_eq!(harmless("a\x1b[2Jb\u{9b}c\n"), "a\u{fffd}[2Jb\u{fffd}c\u{fffd}");
        assert_eq!(harmless("keep \u{202e}syad 41"), "keep \u{fffd}syad 41");
    }

    #[test]
    fn no_colour_without_a_terminal() {
        assert_eq!(Screen::plain().styled(Style::Alarm, "raised"), "raised");
    }
}
