use super::*;

const SMALL: &str = r#"
about = "a test"
folders = ["$VELUM_SHARED/footage", "here"]
[[plans]]
id = "plain"
detector = "yolox-nano"
[[pseudo_truth]]
id = "tiled"
model = "yolox-nano"
kind = "person"
score_min = 0.3
[[clips]]
id = "street"
file = "street.avi"
pseudo = ["tiled"]
"#;

fn error_of(text: &str) -> String {
    Suite::parse(text, Path::new("s.toml")).unwrap_err().to_string()
}

#[test]
fn what_is_not_written_has_its_default() {
    let suite = Suite::parse(SMALL, Path::new("s.toml")).unwrap();
    let plan = &suite.plans[0];
    assert_eq!((plan.hold_frames, plan.lookahead_frames, plan.moving_regions), (12, 6, true));
    assert_eq!((suite.fps, suite.clips[0].every), (5.0, 1));
    assert_eq!(suite.covered.strict, Enough::STRICT);
}

#[test]
fn what_is_wrong_is_told_with_its_key_and_the_fix() {
    let check = |from: &str, to: &str, expected: &str| {
        assert!(SMALL.contains(from), "{from}");
        assert_eq!(error_of(&SMALL.replace(from, to)), expected);
    };
    check(
        "score_min = 0.3",
        "score_min = 3",
        "s.toml: pseudo_truth[0].score_min: expected 0 to 1, found `3`; write for example 0.3",
    );
    check(
        "pseudo = [\"tiled\"]",
        "pseudo = [\"tyled\"]",
        "s.toml: clips[0].pseudo: expected the id of a [[pseudo_truth]], found `tyled`; known: `tiled`",
    );
    check(
        "pseudo = [\"tiled\"]",
        "persons_mot = \"gt.txt\"",
        "s.toml: clips[0]: persons_mot and mot_fps need each other, found one; write both, for example mot_fps = 25",
    );
    check(
        "detector =",
        "detektor =",
        "s.toml: plans[0].detektor: unknown field `detektor`, expected one of `id`, `detector`, `finders`, `tiled_finders`, \
         `verifier`, `verified`, `hold_frames`, `lookahead_frames`, `margin`, `score_min`, `verify_score_min`, \
         `moving_regions`, `about`",
    );
    check("id = \"street\"\n", "id = \"street\"\nfile = \"a\"\n", "s.toml: line 15: duplicate key");
    check(
        "kind = \"person\"",
        "kind = \"cat\"",
        "s.toml: pseudo_truth[0].kind: unknown variant `cat`, expected `person` or `face`",
    );
    check(
        "[[clips]]",
        "[[clips]]\nid = \"street\"\nfile = \"b\"\n[[clips]]",
        "s.toml: clips and photographs: the id `street` is used twice; give each one its own",
    );
    check(
        "id = \"plain\"\n",
        "id = \"plain\"\nhold_frames = 100\n",
        "s.toml: plans[0].hold_frames and lookahead_frames: expected 0 to 60, found `106`; write for example 12 and 6",
    );
}

#[test]
fn the_built_in_suite_holds_together() {
    let suite = Suite::built_in().unwrap();
    assert!(suite.clips.iter().all(|clip| !clip.tuned.is_empty()), "every clip says what was tuned on it");
    assert!(suite.photographs.iter().all(|photographs| !photographs.tuned.is_empty()));
}

#[test]
fn files_are_looked_for_in_order() {
    let temporary = tempfile::tempdir().unwrap();
    let (base, shared) = (temporary.path().join("base"), temporary.path().join("shared"));
    for folder in [base.join("here"), shared.join("footage")] {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("both.avi"), "").unwrap();
    }
    std::fs::write(base.join("here/second.avi"), "").unwrap();
    let suite = Suite::parse(SMALL, Path::new("s.toml")).unwrap();
    let folders = Folders::new(&suite.folders, &base, &shared);
    assert_eq!(folders.find(Path::new("both.avi")), Ok(shared.join("footage/both.avi")));
    assert_eq!(folders.find(Path::new("second.avi")), Ok(base.join("here/second.avi")));
    let absent = folders.find(Path::new("no.avi")).unwrap_err();
    assert!(absent.starts_with("`no.avi` is not in "), "{absent}");
}
