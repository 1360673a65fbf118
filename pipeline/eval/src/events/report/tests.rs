use super::*;

/// A report with something of everything.
pub(crate) fn report() -> EventReport {
    let object = |id: &str, kind, outcome, delay_secs| ObjectReport {
        id: id.to_owned(),
        kind,
        scenario: "owner_leaves".to_owned(),
        tags: BTreeMap::new(),
        contrast: Some(36.0),
        height_fraction: Some(0.4),
        box_px: [10.0, 20.0, 30.0, 40.0],
        put_down_secs: 20.0,
        due_secs: (kind == ObjectKind::Object).then_some(55.0),
        gone_secs: None,
        outcome,
        delay_secs,
        duplicates: 0,
    };
    let alert = |raised_secs, verdict| AlertReport {
        raised_secs,
        cleared_secs: None,
        put_down_secs: 20.0,
        box_px: [50.0, 0.0, 10.0, 30.0],
        confidence: 0.8,
        valid: true,
        verdict: Some(verdict),
        codes: vec!["newly_arrived".to_owned()],
        because: "it is <new>".to_owned(),
    };
    let clip = ClipReport {
        clip: "a <hall>".to_owned(),
        detector: "yolox-nano".to_owned(),
        density_model: None,
        kind: ClipKind::Composed,
        half: Half::Report,
        tuned: String::new(),
        tags: BTreeMap::from([("light".to_owned(), "night".to_owned())]),
        size_px: (640, 480),
        unattended_secs: 30.0,
        persons_deleted_fraction: 0.0,
        footage_secs: 120.0,
        played_secs: 120.0,
        frames: 600,
        unseeing_frames: 3,
        objects: vec![
            object("bag", ObjectKind::Object, ObjectOutcome::Found, Some(4.0)),
            object("case", ObjectKind::Object, ObjectOutcome::Missed, None),
            object("sleeper", ObjectKind::PersonLying, ObjectOutcome::Alerted, None),
        ],
        alerts: vec![
            alert(59.0, Verdict::Finds(0)),
            alert(70.0, Verdict::FalseOn(2)),
            alert(80.0, Verdict::False),
        ],
        suppressed: BTreeMap::from([("light".to_owned(), 7)]),
        counts: vec![CountReport {
            zone: "frame".to_owned(),
            frames: 2,
            counted: 2,
            not_valid: 0,
            mean_absolute_error: 0.5,
            bias: 0.5,
            in_interval: Tally { hits: 1, of: 2 },
            truth_mean: 2.0,
            density: None,
            series: vec![[0.0, 2.0, 2.5, 1.0, 4.0], [0.2, 2.0, 2.5, 2.2, 4.0]],
        }],
        detection: Some(DetectionReport {
            score_min: 0.5,
            recall: Tally { hits: 3, of: 4 },
            precision: Tally { hits: 3, of: 5 },
        }),
    };
    EventReport {
        format: FORMAT.to_owned(),
        about: "a <test>".to_owned(),
        fps: 5.0,
        width_px: 1280,
        models: BTreeMap::from([("yolox-nano".to_owned(), "00".to_owned())]),
        totals: Total::all(std::slice::from_ref(&clip)),
        clips: vec![clip],
        absent: vec!["clip `<nothing>`: it is not here".to_owned()],
        run: Run::default(),
    }
}

#[test]
fn sums_are_of_what_is_in_the_clips() {
    let report = report();
    let [total] = report.totals.as_slice() else { panic!("{:?}", report.totals) };
    assert_eq!((total.recall, total.precision), (Tally { hits: 1, of: 2 }, Tally { hits: 1, of: 3 }));
    assert_eq!((total.false_alerts, total.early, total.duplicates), (2, 0, 0));
    assert_eq!(total.alerted[&ObjectKind::PersonLying], Tally { hits: 1, of: 1 });
    assert_eq!((total.delays.median_secs, total.delays.in_time), (Some(4.0), Tally { hits: 1, of: 1 }));
    assert!((total.false_per_hour.0 - 60.0).abs() < 1e-9);
    let part = |key: &str, value: &str| {
        total.parts.iter().find(|part| (part.key.as_str(), part.value.as_str()) == (key, value)).unwrap()
    };
    assert_eq!(part("contrast", "30 to 40").recall, Tally { hits: 1, of: 2 });
    assert_eq!(part("thing", "person_lying").alerted, Tally { hits: 1, of: 1 });
    assert_eq!(part("light", "night").false_alerts, Some(2));
    assert_eq!(part("scenario", "owner_leaves").false_alerts, None);
}

#[test]
fn the_table_tells_figures_and_what_went_wrong() {
    let table = report().table();
    for expected in [
        "composed, report",
        "a <hall>, yolox-nano: FALSE: person lying at 70.0 s (to end), box 50,0 10x30",
        "a <hall>, yolox-nano: FALSE at 80.0 s",
        "because it is <new>",
        "case MISSED (put down 20.0 s, due 55.0 s)",
        "bag found, 4.0 s after the definition was met",
        "not here: clip `<nothing>`: it is not here",
    ] {
        assert!(table.contains(expected), "{expected}\n{table}");
    }
}

#[test]
fn the_page_stands_alone_and_shows_no_picture() {
    let page = page::page(&report());
    for forbidden in ["<img", "<image", "http:", "https:", "src=", "<script", "base64", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    for expected in
        ["a &lt;hall&gt;", "it is &lt;new&gt;", "<rect class=\"false\"", "<polyline class=\"true\"", "missed"]
    {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn both_files_are_written_and_the_json_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let files = report().write(&folder.path().join("new")).unwrap();
    let read = crate::events::read_report(&files[0]).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), serde_json::to_string(&report()).unwrap());
    assert!(std::fs::read_to_string(&files[1]).unwrap().starts_with("<!doctype html>"));
}
