//! The rows as columns of text. Crowd levels have the policy's names: each is a column of seconds.

use std::collections::BTreeSet;

use velum_proto::v1::{EventKind, StatisticsResponse, StatisticsRow};

use super::csv::{line, text};

/// What a column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    /// Of XML Schema, as CSVW has it.
    pub(super) datatype: &'static str,
    pub(super) means: String,
}

/// The file before it is text.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn of(told: &StatisticsResponse) -> Self {
        let levels: BTreeSet<&String> = told.rows.iter().flat_map(|row| row.secs_by_level.keys()).collect();
        let rows = told.rows.iter().map(|row| cells(row, told.bin_hours, &levels)).collect();
        Self { columns: columns(&levels), rows }
    }

    pub(super) fn to_csv(&self) -> String {
        let heads: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
        std::iter::once(line(&heads)).chain(self.rows.iter().map(line)).collect()
    }
}

fn columns(levels: &BTreeSet<&String>) -> Vec<Column> {
    let column = |name: &str, datatype, means: &str| Column {
        name: name.to_owned(),
        datatype,
        means: means.to_owned(),
    };
    let mut all = vec![
        column("bin_start_utc", "dateTime", "Start of the bin, UTC"),
        column(
            "bin_hours",
            "integer",
            "Length of the bin in hours; the last one of the period may be shorter",
        ),
        column("box", "string", "The box that reported it"),
        column("camera", "string", "The camera; empty where the recipient is not told"),
        column("zone", "string", "The zone; empty for a whole camera, or where the recipient is not told"),
        column(
            "kind",
            "string",
            "abandoned_object, crowd_density, crowd_movement; coverage: what was looked at, nothing else",
        ),
        column(
            "analysed_share",
            "decimal",
            "How much of the bin the camera was analysed, 0 to 1; empty: not known. A 0 elsewhere in a row with a share of 0 is no observation",
        ),
        column("raised_count", "integer", "Alerts, or crowd levels, that were raised in the bin"),
        column("confirmed_count", "integer", "Of those raised: confirmed by people"),
        column("rejected_count", "integer", "Of those raised: rejected by people as something else"),
        column("undecided_count", "integer", "Of those raised: nobody decided"),
        column(
            "outcome_not_told_count",
            "integer",
            "Of those raised: decided, and the recipient is not told how",
        ),
        column(
            "persons_at_least",
            "integer",
            "Lower end of the rounded bands of persons told in the bin, as the policy releases them; empty: none told",
        ),
        column("persons_below", "integer", "Upper end of those bands, exclusive; empty: open, or none told"),
    ];
    all.extend(levels.iter().map(|level| Column {
        name: text(&format!("level_{level}_secs")),
        datatype: "integer",
        means: format!(
            "Seconds for which the crowd level `{}` was told to hold, from the first level that is known on",
            text(level)
        ),
    }));
    all
}

fn cells(row: &StatisticsRow, bin_hours: u32, levels: &BTreeSet<&String>) -> Vec<String> {
    let start = jiff::Timestamp::from_millisecond(row.bin_unix_ms);
    let kind = row.kind();
    let is_sum = kind != EventKind::Unspecified;
    // A row about what was looked at has no sums, not even of nothing.
    let count = |sum: u32| if is_sum { sum.to_string() } else { String::new() };
    let share = row.analysed_permille.map(|permille| format!("{}.{:03}", permille / 1_000, permille % 1_000));
    let persons = row.persons.as_ref();
    let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
    let mut cells = vec![
        start.map(|start| start.to_string()).unwrap_or_default(),
        bin_hours.to_string(),
        text(&row.r#box),
        text(&row.camera),
        text(&row.zone),
        name_of(kind).to_owned(),
        share.unwrap_or_default(),
        count(row.raised),
        count(row.confirmed),
        count(row.rejected),
        count(row.undecided),
        count(row.outcome_not_told),
        number(persons.map(|band| band.at_least)),
        number(persons.and_then(|band| band.below)),
    ];
    let secs = |level: &&String| {
        let held = row.secs_by_level.get(*level).copied();
        number(held.or((kind == EventKind::CrowdDensity).then_some(0)))
    };
    cells.extend(levels.iter().map(secs));
    cells
}

fn name_of(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Unspecified => "coverage",
        EventKind::AbandonedObject => "abandoned_object",
        EventKind::CrowdDensity => "crowd_density",
        EventKind::CrowdMovement => "crowd_movement",
        EventKind::CameraHealth => "camera_health",
    }
}

#[cfg(test)]
mod tests {
    use velum_proto::v1::CountBand;

    use super::*;

    fn told() -> StatisticsResponse {
        let row = StatisticsRow {
            bin_unix_ms: 1_795_269_600_000,
            r#box: "lobby".to_owned(),
            camera: "plaza-1".to_owned(),
            ..StatisticsRow::default()
        };
        let crowd = StatisticsRow {
            zone: "=cmd".to_owned(),
            kind: EventKind::CrowdDensity.into(),
            analysed_permille: Some(972),
            secs_by_level: [("busy".to_owned(), 1_800)].into(),
            persons: Some(CountBand { at_least: 10, below: None }),
            raised: 2,
            confirmed: 1,
            undecided: 1,
            ..row.clone()
        };
        let unseen = StatisticsRow { analysed_permille: Some(0), ..row };
        StatisticsResponse { bin_hours: 1, rows: vec![unseen, crowd], ..StatisticsResponse::default() }
    }

    #[test]
    fn what_was_not_looked_at_is_no_zero() {
        let expected = "bin_start_utc,bin_hours,box,camera,zone,kind,analysed_share,raised_count,confirmed_count,\
            rejected_count,undecided_count,outcome_not_told_count,persons_at_least,persons_below,level_busy_secs\r\n\
            2026-11-21T14:00:00Z,1,lobby,plaza-1,,coverage,0.000,,,,,,,,\r\n\
            2026-11-21T14:00:00Z,1,lobby,plaza-1,'=cmd,crowd_density,0.972,2,1,0,1,0,10,,1800\r\n";
        assert_eq!(Table::of(&told()).to_csv(), expected);
    }

    #[test]
    fn every_row_has_a_cell_for_each_column() {
        let table = Table::of(&told());
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
        assert_eq!(Table::of(&StatisticsResponse::default()).to_csv().lines().count(), 1, "a head");
    }
}
