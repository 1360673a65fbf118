use super::*;
use crate::policy::tests::{check, example};

fn policy(name: &str, edits: &[(&str, &str)]) -> PolicyFile {
    let text = std::fs::read_to_string(example(name)).unwrap();
    let text = edits.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "{name} has no `{from}`");
        text.replacen(from, to, 1)
    });
    PolicyFile::parse(&text, "new.toml").unwrap()
}

const SQUARE: &str = "gdpr-market-square.toml";

fn shown(edits: &[(&str, &str)]) -> String {
    let (old, new) = (policy(SQUARE, &[]), policy(SQUARE, edits));
    text(&PolicyDiff::between(&old, &new, "2026-11-20T00:00:00Z".parse().unwrap()), &old, &new)
}

#[test]
fn the_exit_code_says_which_way_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let code = |edits: &[(&str, &str)], expected: u8| {
        let path = folder.path().join("new.toml").display().to_string();
        std::fs::write(&path, policy(SQUARE, edits).text()).unwrap();
        for format in ["text", "json"] {
            check(&["diff", &example(SQUARE), &path, "--at", "2026-11-20", "--format", format], expected);
        }
    };
    code(&[], 0);
    code(&[("# gdpr | led", "# another comment"), ("\"1.2.0\"", "\"1.3.0\"")], 0);
    code(&[("min_group        = 10", "min_group = 11")], 0);
    code(&[("mount    = \"pole, 6 m\"", "mount = \"wall\"")], NEEDS_JUDGEMENT);
    code(
        &[("min_group        = 10", "min_group = 9"), ("mount    = \"pole", "mount = \"wall")],
        LESS_PRIVATE,
    );
    let square = example(SQUARE);
    check(&["diff", &square, &example("refused/blur.toml")], DOES_NOT_PARSE);
    check(&["diff", &example("refused/blur.toml"), &square], DOES_NOT_PARSE);
    check(&["diff", &square, "/nowhere/policy.toml"], DOES_NOT_PARSE);
    let broken = folder.path().join("broken.signed.json").display().to_string();
    std::fs::write(&broken, "{}").unwrap();
    check(&["diff", &square, &broken], DOES_NOT_PARSE);
}

#[test]
fn a_change_is_a_sentence_with_both_values_and_lines() {
    let shown = shown(&[("event          = \"P14D\"", "event = \"P28D\""), ("min_group = 15", "")]);
    for line in [
        "LESS PRIVATE: 2",
        "  How long events are kept rises from 14 days to 28 days.",
        "      retention.event",
        "      old, line 215: \"P14D\"",
        "      new, line 215: \"P28D\"",
        "      new: 10 (inherited, line 171)",
        "      another value applies at mp-01, mp-02",
        "Whom it concerns: passer-by, market visitor, child, driver, cyclist.",
    ] {
        assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
    }
    assert!(shown.contains("DIF-001  MISSING  The version must grow"), "{shown}");
    assert!(!shown.contains("compliant"));
}

#[test]
fn long_values_are_cut_so_that_the_difference_is_seen() {
    let shown = shown(&[("\"loitering_detection\", ", "")]);
    let values: Vec<_> = shown.lines().filter(|line| line.contains("line 107")).collect();
    assert!(
        values[0].contains("loitering_detection") && !values[1].contains("loitering_detection"),
        "{values:?}"
    );
    assert!(values.iter().all(|line| line.chars().count() < 140), "{values:?}");
}

#[test]
fn what_says_the_same_is_told_from_what_is_the_same() {
    assert!(!shown(&[]).contains("signed anew"));
    let other = shown(&[("# gdpr | led", "# another comment")]);
    assert!(other.contains("says the same") && other.contains("signed anew"), "{other}");
}

#[test]
fn a_new_file_with_errors_is_said_to_have_them() {
    let shown = shown(&[("min_group        = 10", "min_group = 3")]);
    assert!(shown.contains("cannot be signed as it is: `velum policy lint new.toml` shows them"), "{shown}");
}

#[test]
fn no_name_of_a_policy_commands_the_terminal() {
    let shown = shown(&[("role     = \"maintenance\"", "role = \"a\\u001b[2J\\u202eb\"")]);
    assert!(shown.contains("a\u{fffd}[2J\u{fffd}b"), "{shown}");
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()));
}
