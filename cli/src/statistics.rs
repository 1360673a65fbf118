//! `velum statistics`: sums of a period as a CSV file, with a second file that says what its columns are.
//!
//! The hub decides what is in them; here nothing is added up. `table` makes the file, `csv` its cells, `metadata` the other.

mod csv;
mod metadata;
mod table;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use velum_proto::v1::StatisticsRequest;

use crate::hub::{HubArgs, refusal};
use crate::screen::{remark, say};
use table::Table;

/// Sums of a period, as your recipient may take them out: a CSV file.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    velum statistics --from 2026-11-01 --to 2026-12-01 --reason \"yearly report\" --out november.csv --pki pki\n  \
    velum statistics --from 2026-11-26T18:00:00Z --to 2026-11-27T02:00:00Z --reason \"market night\" --out night.csv\n\n\
    It needs a recipient with `export = true`; the hub's audit log knows of it as a disclosure before anything is\n\
    handed over. Events of exercises are in no sum. A row of kind `coverage` is there for each camera and bin of which\n\
    anything is known: `analysed_share` says how much of the time somebody looked, and a 0 beside a share of 0 is no\n\
    observation. Beside FILE.csv a file FILE.csv-metadata.json says what the columns are (W3C CSVW). No file is overwritten.")]
pub(crate) struct StatisticsArgs {
    #[command(flatten)]
    hub: HubArgs,
    /// The first day or hour, UTC, for example 2026-11-01 or 2026-11-26T18:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    from: i64,
    /// The day or hour at which it ends, not counted any more.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    to: i64,
    /// Hours a row; longer where the policy's `time_bin` is.
    #[arg(long, value_name = "HOURS", default_value_t = 1)]
    bin_hours: u32,
    /// A purpose id of the policy; needed where your recipient has several.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// Why it is taken out, in your own words, at most 300 characters.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The file to write.
    #[arg(long, value_name = "FILE.csv")]
    out: PathBuf,
}

/// A day or a whole hour of UTC, in milliseconds since 1970.
fn moment(text: &str) -> Result<i64, String> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let parsed = text.parse::<jiff::Timestamp>().ok().or_else(day);
    let whole = parsed.map(jiff::Timestamp::as_millisecond).filter(|unix_ms| unix_ms % 3_600_000 == 0);
    whole.ok_or_else(|| {
        "expected a day or a whole hour of UTC, for example 2026-11-01 or 2026-11-26T18:00:00Z".to_owned()
    })
}

/// Asks the hub and writes the files.
///
/// # Errors
/// When the hub refuses or cannot be reached, or a file is there already or cannot be written.
pub(crate) async fn run(args: StatisticsArgs) -> Result<()> {
    let described = metadata::beside(&args.out);
    for path in [&args.out, &described] {
        anyhow::ensure!(!path.exists(), "{}: is there already; choose another name", path.display());
    }
    let mut client = args.hub.connect().await?;
    let request = StatisticsRequest {
        from_unix_ms: args.from,
        to_unix_ms: args.to,
        bin_hours: args.bin_hours,
        purpose: args.purpose.unwrap_or_default(),
        justification: args.reason,
    };
    let told = client.statistics(request).await.map_err(|status| refusal(&status))?.into_inner();
    let table = Table::of(&told);
    write_new(&args.out, &table.to_csv())?;
    write_new(&described, &metadata::of(&table, &args.out)?)?;
    for held in &told.held_back {
        let count = if held.events == 0 { "all".to_owned() } else { held.events.to_string() };
        remark(&format!("velum: not in it: {count} events are {}", held.message))?;
    }
    for (count, why) in [
        (told.staged_left_out, "were of exercises or demonstrations"),
        (told.without_time, "have no time that your recipient is told"),
    ] {
        if count > 0 {
            remark(&format!("velum: not in it: {count} events {why}"))?;
        }
    }
    let rows = table.rows.len();
    Ok(say(&format!(
        "{}: {rows} rows of {} h; {} says what the columns are",
        args.out.display(),
        told.bin_hours,
        described.display()
    ))?)
}

/// For its owner alone: what is in it was given to one recipient.
fn write_new(path: &Path, text: &str) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("{}: cannot be written", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_or_a_whole_hour() {
        assert_eq!(moment("1970-01-02"), Ok(86_400_000));
        assert_eq!(moment("1970-01-01T05:00:00Z"), Ok(5 * 3_600_000));
        for wrong in ["1970-01-01T05:30:00Z", "yesterday", "2026-13-01", ""] {
            assert!(moment(wrong).unwrap_err().contains("for example 2026-11-01"), "{wrong}");
        }
    }

    #[test]
    fn no_file_is_overwritten_and_others_cannot_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        write_new(&path, "a\r\n").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(write_new(&path, "b").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\r\n");
    }
}
