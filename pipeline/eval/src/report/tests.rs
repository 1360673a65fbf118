use super::*;
use crate::outcome::{Against, DrawnTruth, Uncovered, WorstPicture};
use crate::runs::Longest;
use crate::statistics::Tally;

fn outcome(hits: u64, of: u64, shown: u64) -> Outcome {
    let tally = Tally { hits, of };
    let size = Uncovered { strict: tally, lenient: tally, bare: tally };
    let against = Against {
        truth: "annotated persons".to_owned(),
        by_size: [size, Uncovered::default(), Uncovered::default()],
        too_small: 0,
        longest: Some(Longest { frames: 3, secs: 0.4 }),
    };
    let drawn =
        |left, is_covered| DrawnTruth { kind: Kind::Person, box_px: [left, 0, left + 10, 30], is_covered };
    let worst = WorstPicture {
        truth: "annotated persons".to_owned(),
        place: "1.0 s".to_owned(),
        secs: 1.0,
        size_px: (100, 60),
        mask_px: vec![[0, 0, 10, 30]],
        truths: vec![drawn(0, true), drawn(50, false)],
        badness_px: 17.0,
    };
    Outcome {
        asked: 10,
        shown,
        withheld: BTreeMap::from([("verifier", 10 - shown)]),
        masked_mean: Some(0.25),
        masked_p95: Some(0.5),
        against: vec![against],
        worst: vec![worst],
    }
}

fn report() -> Report {
    let footage = |id: &str, hits, of, shown| Footage {
        id: id.to_owned(),
        kind: FootageKind::Clip,
        tuned: "<nothing>".to_owned(),
        size_px: Some((100, 60)),
        pictures: 10,
        secs: 1.0,
        outcomes: vec![PlanOutcome {
            plan: "all".to_owned(),
            planned: outcome(hits, of, 10),
            released: Some(outcome(0, of / 2, shown)),
        }],
    };
    Report {
        about: "a <test>".to_owned(),
        made_at: "2026-01-01 00:00 UTC".to_owned(),
        secs: 2.0,
        fps: 5.0,
        width_px: 1280,
        warm_up_secs: 8.0,
        strict: Enough::STRICT,
        lenient: Enough::LENIENT,
        plans: vec![PlanInfo {
            id: "all".to_owned(),
            about: String::new(),
            verified: true,
            planned_by: vec!["yolox-nano".to_owned()],
            verifier: "centerface".to_owned(),
            settings: String::new(),
        }],
        truths: vec![TruthInfo::by_hand("annotated persons", Kind::Person)],
        models: BTreeMap::new(),
        footage: vec![footage("one", 3, 100, 5), footage("two", 7, 900, 10)],
        absent: vec!["clip `three`: it is not here".to_owned()],
    }
}

#[test]
fn the_table_adds_up_and_names_what_is_absent() {
    let table = report().table();
    let planned = table.lines().find(|line| line.contains("all  ")).unwrap();
    assert!(
        planned.contains("20/20") && planned.contains("10/1000") && planned.contains("10.0"),
        "{planned}"
    );
    let released = table.lines().find(|line| line.contains("all + verifier")).unwrap();
    assert!(
        released.contains("15/20") && released.contains("0/500") && released.contains("0.0–7.6"),
        "{released}"
    );
    assert!(table.contains("not here: clip `three`: it is not here"));
    assert!(table.contains("Covered, strictly: 90 % of a face, or 90 % of a person's head and 70 %"));
}

#[test]
fn the_page_stands_alone_and_shows_no_picture() {
    let page = page::page(&report());
    for forbidden in ["<img", "<image", "http:", "https:", "src=", "<script", "base64", "url("] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("a &lt;test&gt;") && page.contains("&lt;nothing&gt;"));
    assert!(page.contains("<rect class=\"uncovered\" x=\"50\" y=\"0\" width=\"10\" height=\"30\"/>"));
    assert!(page.contains("verifier 5"));
}

#[test]
fn both_files_are_written_and_the_json_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let files = report().write(&folder.path().join("new")).unwrap();
    let text = std::fs::read_to_string(&files[0]).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["footage"][1]["outcomes"][0]["planned"]["against"][0]["by_size"][0]["strict"]["of"], 900);
    assert!(std::fs::read_to_string(&files[1]).unwrap().starts_with("<!doctype html>"));
}

#[test]
fn a_model_that_took_part_is_known() {
    let report = report();
    let pseudo = |model: &str| TruthInfo {
        id: "x".to_owned(),
        kind: Kind::Face,
        model: Some(model.to_owned()),
        settings: String::new(),
    };
    assert!(pseudo("yolox-nano").took_part_in(&report.plans[0]));
    assert!(!pseudo("centerface").took_part_in(&report.plans[0]));
    assert!(!report.truths[0].took_part_in(&report.plans[0]));
}
