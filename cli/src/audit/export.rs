//! `velum audit export`.

use std::path::Path;
use std::process::ExitCode;

use velum_policy::audit::{Exported, Period, Timestamp, export};

use super::ExportArgs;
use super::verify::{counted, fault, verdict};
use crate::screen::{Screen, Style, say};

pub(super) fn run(args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let asked = args.period.period()?;
    let exported = export(&args.log, asked, &args.out)?;
    let screen = Screen::of_stdout(&args.screen);
    for line in in_words(&exported, asked, &args.out, &screen) {
        say(&line)?;
    }
    say(&format!("verify it with: velum audit verify {} --key audit.pub", args.out.display()))?;
    Ok(verdict(exported.faults.is_empty()))
}

pub(super) fn in_words(exported: &Exported, asked: Period, out: &Path, screen: &Screen) -> Vec<String> {
    let moment = |at: Timestamp| screen.moment(at.unix_millis());
    let Period { from, to, .. } = exported.period;
    let files = counted(exported.files as u64, "file");
    let out = out.display();
    let mut lines = vec![format!("{out}: from {} up to {}, lines of {files}", moment(from), moment(to))];
    if (from, to) != (asked.from, asked.to) {
        let text = format!(
            "asked for {} up to {}: the log does not reach further, or is not signed further",
            moment(asked.from),
            moment(asked.to)
        );
        lines.push(screen.styled(Style::Notice, &text));
    }
    if exported.unsigned > 0 {
        let count = counted(exported.unsigned, "record");
        let text = format!("not in it: {count} since the last checkpoint; the next one signs them");
        lines.push(screen.styled(Style::Notice, &text));
    }
    for located in &exported.faults {
        lines.push(fault(located, screen));
        lines.push("      this file is exported whole, as it was found".to_owned());
    }
    lines
}
