//! Sums of a period, for recipients that may take out what they read.
//!
//! `period` is what is asked for, `sums` adds up what a reader was shown. Invariants: a sum is made of events that went
//! through [`Reader::show`] with the action *export*, and of nothing else; no bin is shorter than an hour or than the
//! policy's `time_bin`; what is handed over is in the audit log first, as a disclosure. What was staged is in no sum.

mod period;
mod sums;

use velum_policy::audit::Subject;
use velum_proto::v1::{Event, StatisticsRequest, StatisticsResponse, record::End};

use crate::access::{Action, Ask, Held, Reader, Refused, Why};
use crate::following::{Doors, Trouble};
use crate::identity::Person;
use crate::reviews::raised_alert;
use crate::store::Selection;
use period::Period;
use sums::{Outcome, Sums};

const PAGE: u32 = 1_000;
/// So many rows are handed over at once: a few megabytes.
const MOST_ROWS: usize = 20_000;
/// How long before the period is looked for the level that held when it began.
const LEAD_MS: i64 = DAY_MS;
const DAY_MS: i64 = 86_400_000;

/// The sums of a period, as one person may take them out.
///
/// # Errors
/// [`Trouble`].
pub(crate) async fn statistics(
    doors: &Doors,
    person: &Person,
    request: StatisticsRequest,
) -> Result<StatisticsResponse, Trouble> {
    let asked = Period::of(&request)?;
    let why = Why { purpose: request.purpose, justification: request.justification };
    if why.justification.trim().is_empty() {
        let expected = "why it is taken out, at most 300 characters".to_owned();
        return Err(Refused::Invalid { field: "justification", expected, found: "none".to_owned() }.into());
    }
    let reader = doors.reader(person, &Ask { action: Action::Export, why }).await?;
    let period = asked.not_finer_than(reader.time_bin_ms());
    let (sums, held) = match reader.kept_out() {
        Some(rule) => (Sums::of(period, 0), Held::all_by(rule)),
        None => add_up(doors, &reader, period).await?,
    };
    let rows = sums.rows();
    let what = format!("statistics of {period} in bins of {} h, {} rows", period.bin_hours(), rows.len());
    doors.audit.read(&reader, Subject::Events, &what, Some(rows.len()), &held).await?;
    Ok(StatisticsResponse {
        bin_hours: period.bin_hours(),
        rows,
        held_back: held.told(reader.person()),
        staged_left_out: sums.staged,
        without_time: sums.without_time,
    })
}

async fn add_up(doors: &Doors, reader: &Reader, period: Period) -> Result<(Sums, Held), Trouble> {
    let (mut held, mut sums) = (Held::default(), Sums::of(period, reader.least_group()));
    let now_unix_ms = doors.clock.unix_ms();
    let mut cursor = doors.store.cursor_before(period.begins_unix_ms().saturating_sub(LEAD_MS)).await?;
    loop {
        let page = doors.store.page(cursor, PAGE, &Selection::default()).await?;
        for record in page.records {
            cursor = record.cursor;
            let (of, raised) = (record.r#box.clone(), raised_alert(&record));
            let stored_unix_ms = record.stored_unix_ms;
            let Some(End::Event(_)) = record.record.as_ref().and_then(|one| one.end.as_ref()) else {
                continue;
            };
            match reader.show(record, now_unix_ms) {
                Ok(shown) => {
                    let told_unix_ms = shown.stored_unix_ms;
                    let Some(End::Event(event)) = shown.record.and_then(|record| record.end) else {
                        continue;
                    };
                    let outcome = match &raised {
                        Some(found) if sums.counts(&event, told_unix_ms) => {
                            let row = doors.store.alert(&found.event.id).await?;
                            Outcome::told(reader.show_alert(found, &row, now_unix_ms).ok().as_ref(), &row)
                        }
                        _ => Outcome::Undecided,
                    };
                    sums.add(&of, &event, told_unix_ms, outcome);
                }
                // As many as of the period: those before it are not asked for.
                Err(rule) if period.has(stored_unix_ms) => held.add(rule),
                Err(_) => {}
            }
        }
        too_many(&sums)?;
        if page.next_cursor.is_none() {
            break;
        }
    }
    let mut day = period.begins_unix_ms();
    while day < period.ends_unix_ms() {
        let end = day.saturating_add(DAY_MS).min(period.ends_unix_ms());
        for (of, bin) in doors.store.coverage_between(day, end).await? {
            sums.cover(&of, &bin);
        }
        too_many(&sums)?;
        day = end;
    }
    sums.close(now_unix_ms);
    too_many(&sums)?;
    Ok((sums, held))
}

fn too_many(sums: &Sums) -> Result<(), Trouble> {
    if sums.len() <= MOST_ROWS {
        return Ok(());
    }
    let expected =
        format!("a period and bins that make at most {MOST_ROWS} rows, for example days with 24 hours a bin");
    Err(Refused::Invalid { field: "bin_hours", expected, found: "more rows".to_owned() }.into())
}

/// When an event was, as it is told; none where that is not told.
fn moment(event: &Event, told_unix_ms: i64) -> Option<i64> {
    let told = event.time.as_ref().map_or(told_unix_ms, |time| time.unix_ms);
    (told > 0).then_some(told)
}
