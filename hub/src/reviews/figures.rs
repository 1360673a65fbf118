//! Review times and false alarms, by camera and week: numbers beside each other, and no rate of too few.

use std::collections::BTreeMap;

use velum_proto::v1::Verdict;

use crate::store::CountedAlert;

const WEEK_SECS: i64 = 7 * 86_400;
/// 5 January 1970 was a Monday.
const FIRST_MONDAY_SECS: i64 = 4 * 86_400;
/// Of fewer decided alerts nothing is said of how many are false.
pub(crate) const FEWEST: usize = 10;

/// One camera in one week, from Monday, 0:00 UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Figure {
    pub(crate) week_unix_secs: i64,
    pub(crate) r#box: String,
    pub(crate) camera: Option<String>,
    pub(crate) raised: usize,
    /// Of those: a person's word was enough, or that of several.
    pub(crate) decided: usize,
    /// Of those: it was something else.
    pub(crate) rejected: usize,
    /// From when they came to when they were decided: half of them within the first time, nine of ten within the second.
    pub(crate) review_secs: Option<(i64, i64)>,
}

impl Figure {
    /// Whether a rate of them would say anything.
    pub(crate) fn is_enough(&self) -> bool {
        self.decided >= FEWEST
    }
}

#[derive(Default)]
struct Sum {
    raised: usize,
    rejected: usize,
    secs: Vec<i64>,
}

/// Adds them up, the newest week first, in it by box and camera.
pub(crate) fn figures(alerts: Vec<CountedAlert>) -> Vec<Figure> {
    let mut sums: BTreeMap<(i64, String, Option<String>), Sum> = BTreeMap::new();
    for alert in alerts {
        // Negative, so that the newest week comes first.
        let key = (-week_of(alert.stored_unix_ms), alert.r#box, alert.camera);
        let sum = sums.entry(key).or_default();
        sum.raised = sum.raised.saturating_add(1);
        if let Some((verdict, decided_unix_ms)) = alert.decided {
            sum.rejected = sum.rejected.saturating_add(usize::from(verdict != Verdict::Confirmed));
            sum.secs.push(decided_unix_ms.saturating_sub(alert.stored_unix_ms).max(0).div_euclid(1_000));
        }
    }
    sums.into_iter().map(|((week, r#box, camera), sum)| figure((-week, r#box, camera), sum)).collect()
}

fn figure((week_unix_secs, r#box, camera): (i64, String, Option<String>), mut sum: Sum) -> Figure {
    sum.secs.sort_unstable();
    let review_secs = share_of(&sum.secs, 5).zip(share_of(&sum.secs, 9));
    let decided = sum.secs.len();
    Figure { week_unix_secs, r#box, camera, raised: sum.raised, decided, rejected: sum.rejected, review_secs }
}

/// The least value that so many tenths of the values do not exceed.
fn share_of(sorted: &[i64], tenths: usize) -> Option<i64> {
    let place = sorted.len().saturating_mul(tenths).div_ceil(10).saturating_sub(1);
    sorted.get(place).copied()
}

/// The Monday before.
pub(crate) fn week_of(unix_ms: i64) -> i64 {
    let secs = unix_ms.div_euclid(1_000);
    let weeks = secs.saturating_sub(FIRST_MONDAY_SECS).div_euclid(WEEK_SECS);
    weeks.saturating_mul(WEEK_SECS).saturating_add(FIRST_MONDAY_SECS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Thursday, 26 November 2026, 12:00 UTC.
    const NOON_MS: i64 = 1_795_694_400_000;

    fn alert(camera: &str, days_ago: i64, decided: Option<(Verdict, i64)>) -> CountedAlert {
        let stored_unix_ms = NOON_MS - days_ago * 86_400_000;
        let decided = decided.map(|(verdict, secs)| (verdict, stored_unix_ms + secs * 1_000));
        CountedAlert { r#box: "b".to_owned(), camera: Some(camera.to_owned()), stored_unix_ms, decided }
    }

    #[test]
    fn a_week_begins_on_monday() {
        let check = |unix_ms, expected: &str| {
            let monday = jiff::Timestamp::from_second(week_of(unix_ms)).unwrap();
            assert_eq!(monday.to_string(), expected, "{unix_ms}");
        };
        check(NOON_MS, "2026-11-23T00:00:00Z");
        check(1_795_392_000_000, "2026-11-23T00:00:00Z");
        check(1_795_391_999_999, "2026-11-16T00:00:00Z");
        check(0, "1969-12-29T00:00:00Z");
    }

    #[test]
    fn cameras_and_weeks_are_added_up_apart() {
        let no = Verdict::Shadow;
        let all = vec![
            alert("a", 0, Some((no, 30))),
            alert("a", 1, Some((Verdict::Confirmed, 90))),
            alert("a", 2, None),
            alert("b", 0, None),
            alert("a", 7, Some((no, 10))),
        ];
        let found = figures(all);
        let told: Vec<_> = found
            .iter()
            .map(|one| {
                (one.camera.as_deref().unwrap(), one.raised, one.decided, one.rejected, one.review_secs)
            })
            .collect();
        assert_eq!(
            told,
            [("a", 3, 2, 1, Some((30, 90))), ("b", 1, 0, 0, None), ("a", 1, 1, 1, Some((10, 10)))]
        );
        assert!(found[0].week_unix_secs > found[2].week_unix_secs);
        assert!(!found[0].is_enough());
    }

    #[test]
    fn times_are_those_that_so_many_do_not_exceed() {
        let check = |count: i64, tenths, expected| {
            let sorted: Vec<i64> = (1..=count).collect();
            assert_eq!(share_of(&sorted, tenths), expected, "{count} {tenths}");
        };
        check(0, 5, None);
        check(1, 5, Some(1));
        check(10, 5, Some(5));
        check(10, 9, Some(9));
        check(11, 9, Some(10));
    }
}
