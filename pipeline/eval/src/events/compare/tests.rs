use super::*;
use crate::events::report::tests::report;

#[test]
fn the_same_report_is_neither_better_nor_worse() {
    let same = compare(&report(), &report(), 0.0);
    assert!(same.worse.is_empty() && same.better.is_empty() && same.apart.is_empty(), "{same:?}");
    let count = same.figures;
    assert_eq!(same.told(0.0), format!("{count} figures compared: 0 worse, 0 better, {count} the same\n"));
    assert!(count > 10);
}

#[test]
fn what_changed_is_told_in_words_and_numbers() {
    let mut after = report();
    let clip = &mut after.clips[0];
    clip.alerts.truncate(2);
    clip.counts[0].mean_absolute_error = 0.75;
    let change = compare(&report(), &after, 0.0);
    assert_eq!(change.better, ["a <hall>, yolox-nano: false alerts: 1 (was 2, by 1)"]);
    let worse = "a <hall>, yolox-nano: zone frame, mean absolute error of the count: 0.75 (was 0.5, by 0.25)";
    assert_eq!(change.worse, [worse]);
    let told = change.told(0.0);
    assert!(told.starts_with(&format!("WORSE, beyond the tolerance of 0:\n  {worse}\nbetter:\n")), "{told}");

    let tolerated = compare(&report(), &after, 0.25);
    assert_eq!((tolerated.worse.len(), tolerated.slightly_worse.len()), (0, 1));
}

#[test]
fn sums_are_compared_too() {
    let mut after = report();
    after.totals[0].recall.hits = 2;
    after.totals[0].false_per_hour.0 = 90.0;
    let change = compare(&report(), &after, 0.0);
    assert_eq!(change.better, ["all composed, report, yolox-nano: recall: 1 (was 0.5, by 0.5)"]);
    assert_eq!(change.worse, ["all composed, report, yolox-nano: false alerts an hour: 90 (was 60, by 30)"]);
    assert!(compare(&report(), &after, 0.5).worse.is_empty());
}

#[test]
fn switches_are_better_fewer_and_shares_better_greater() {
    let mut after = report();
    let continuity = after.clips[0].continuity.as_mut().unwrap();
    continuity.identity_switches = 4;
    continuity.mostly_one_track.hits = 4;
    let change = compare(&report(), &after, 0.0);
    let of = "a <hall>, yolox-nano:";
    assert_eq!(change.worse, [format!("{of} identity switches per 100 matched boxes: 5 (was 2.5, by 2.5)")]);
    let better = format!("{of} share of persons mostly tracked by one track: 0.8 (was 0.6, by 0.2)");
    assert_eq!(change.better, [better]);
}

#[test]
fn what_only_one_measured_is_not_compared() {
    let mut after = report();
    after.clips[0].detection = None;
    let change = compare(&report(), &after, 0.0);
    assert_eq!(change.apart.len(), 2);
    assert_eq!(change.apart[0], "only in the first: a <hall>, yolox-nano: detector's precision");
    assert!(change.worse.is_empty());
}

#[test]
fn what_is_no_report_of_this_version_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let check = |text: &str, expected: &str| {
        std::fs::write(&file, text).unwrap();
        let error = read_report(&file).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {expected}", file.display()));
    };
    let fix = "make it anew with `velum-edge eval --out DIR`";
    let expected = format!("expected the format `{FORMAT}`, found");
    check("{\"format\": \"velum-eval-events-0\"}", &format!("{expected} `velum-eval-events-0`; {fix}"));
    check("{}", &format!("{expected} none; {fix}"));
    check("[", &format!("expected a report.json, found EOF while parsing a list at line 1 column 1; {fix}"));
    let error = read_report(&folder.path().join("none.json")).unwrap_err().to_string();
    assert!(error.contains("none.json"), "{error}");
}
