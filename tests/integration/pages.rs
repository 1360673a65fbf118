//! The pages say what the code says.

use std::collections::BTreeSet;
use std::process::Command;

use velum_tests::programs::{program, run, workspace_root};
use velum_vocab::{CoverageState, ExplanationCode};

fn page(path: &str) -> String {
    std::fs::read_to_string(workspace_root().join(path)).unwrap()
}

#[test]
fn the_glossary_and_the_command_line_know_every_explanation_code() {
    let (glossary, words) = (page("docs/glossary.md"), page("cli/src/words/en.toml"));
    for code in ExplanationCode::ALL {
        assert!(glossary.contains(&format!("| `{}` |", code.name())), "docs/glossary.md: {}", code.name());
        assert!(words.contains(&format!("\n{} = ", code.name())), "cli/src/words/en.toml: {}", code.name());
    }
}

#[test]
fn the_glossary_knows_every_camera_state() {
    let glossary = page("docs/glossary.md");
    for state in CoverageState::ALL {
        assert!(glossary.contains(&format!("`{}`", state.name())), "{}", state.name());
    }
}

#[test]
fn links_between_pages_lead_somewhere() {
    let pages = [
        "README",
        "SECURITY",
        "CONTRIBUTING",
        "docs/architecture",
        "docs/status",
        "docs/accuracy",
        "docs/commissioning",
        "docs/security",
        "docs/sizing",
        "docs/operations",
    ];
    for path in pages.map(|page| format!("{page}.md")) {
        let folder = workspace_root().join(&path).parent().unwrap().to_path_buf();
        let text = page(&path);
        let targets: BTreeSet<&str> = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split([')', '#']).next())
            .filter(|t| !t.is_empty())
            .collect();
        for target in targets.into_iter().filter(|t| !t.starts_with("http")) {
            assert!(folder.join(target).exists(), "{path} leads to `{target}`, which is not there");
        }
    }
}

/// What stands between the fences of blocks in this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let inside = page.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next());
    inside.map(str::to_owned).collect()
}

/// Whether a source has a test of this name: in Rust a function with a test's attribute, in a browser's test an entry.
fn has_test(path: &str, source: &str, name: &str) -> bool {
    if !path.ends_with(".rs") {
        return source.contains(&format!("\"{name}\"("));
    }
    let (sync, asynchronous) = (format!("fn {name}("), format!("async fn {name}("));
    let mut is_marked = false;
    for line in source.lines().map(str::trim_start) {
        if line.starts_with(&sync) || line.starts_with(&asynchronous) {
            return is_marked;
        }
        // Other attributes and comments may stand between the mark and the function.
        let is_mark = line == "#[test]" || line.starts_with("#[tokio::test");
        is_marked = is_mark || (is_marked && (line.starts_with("#[") || line.starts_with("//")));
    }
    false
}

#[test]
fn the_threat_model_names_tests_and_files_that_are_there() {
    let text = page("docs/security.md");
    let spans: BTreeSet<&str> = text.split('`').skip(1).step_by(2).collect();
    let mut tests = 0;
    for (path, name) in spans.iter().filter_map(|span| span.split_once("::")) {
        let source = std::fs::read_to_string(workspace_root().join(path)).unwrap_or_default();
        assert!(has_test(path, &source, name), "docs/security.md: {path} has no test `{name}`");
        tests += 1;
    }
    assert!(tests > 100, "found {tests} tests: the page is not read as it is written");
    let is_path = |span: &str| span.contains('/') && span.ends_with(".rs") && !span.contains("::");
    for path in spans.into_iter().filter(|span| is_path(span)) {
        assert!(workspace_root().join(path).is_file(), "docs/security.md: `{path}` is not there");
    }
    for number in 1..=22 {
        assert!(text.contains(&format!("\n### T{number} ")), "docs/security.md: T{number} is missing");
    }
}

#[test]
fn a_test_is_told_from_what_only_looks_like_one() {
    let source = "#[test]\nfn whole() {}\n    #[tokio::test]\n    /// Words.\n    async fn waits() {}\nfn helper() {}\n";
    for (name, expected) in
        [("whole", true), ("waits", true), ("helper", false), ("who", false), ("gone", false)]
    {
        assert_eq!(has_test("a.rs", source, name), expected, "{name}");
    }
    assert!(has_test("a.mjs", "  async \"walks the list\"() {", "walks the list"));
    assert!(!has_test("a.mjs", "// \"walks the list\" is gone", "walks the list"));
}

#[test]
fn make_knows_every_target_that_the_readme_names() {
    let readme = page("README.md");
    let written = readme.replace(['`', '(', ')', ',', '.'], " ");
    let words: Vec<&str> = written.split_whitespace().collect();
    let named: BTreeSet<&str> =
        words.windows(2).filter(|pair| pair[0] == "make").map(|pair| pair[1]).collect();
    assert!(named.contains("demo") && named.contains("test"), "{named:?}");
    for target in named.into_iter().filter(|word| *word != "and") {
        // Shows what would be done, and fails where there is no such target.
        run(Command::new("make").args(["--dry-run", target]).current_dir(workspace_root())).unwrap();
    }
}

#[test]
fn the_programs_know_every_command_that_the_readme_names() {
    let readme = page("README.md");
    let shell = blocks(&readme, "sh").join("\n");
    let inline = readme.split('`').skip(1).step_by(2).filter(|code| !code.contains('\n'));
    let commands: BTreeSet<&str> = inline.chain(shell.lines()).filter(|c| c.starts_with("velum")).collect();
    let commands = commands.into_iter().filter(|command| command.contains(' '));
    let mut tried = 0;
    for command in commands {
        let mut words = command.split_whitespace();
        let mut ask = Command::new(program(words.next().unwrap()).unwrap());
        ask.args(words.take_while(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
        // An option without its value would not be understood; the page of help shows all of them.
        let help = run(ask.arg("--help")).unwrap();
        for option in command.split_whitespace().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "`{command}`: its help has no `{option}`:\n{help}");
        }
        tried += 1;
    }
    assert!(tried > 0, "the README names no command of ours");
}

#[test]
fn the_box_understands_the_readmes_camera() {
    let camera = blocks(&page("README.md"), "toml").into_iter().next().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let check = |text: &str| {
        std::fs::write(dir.path().join("edge.toml"), text).unwrap();
        let mut command = Command::new(program("velum-edge").unwrap());
        let output =
            command.args(["check", "--config", "edge.toml"]).current_dir(dir.path()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let found = check(&camera);
    assert!(found.contains("edge.toml: 1 camera"), "{found}");
    // The file of the password is not there: that is the only thing wrong with this camera.
    assert!(found.contains("credentials_file: `/etc/velum/entrance.credentials`"), "{found}");
    let found = check(&camera.replace("analysed_fps", "analysed_fbs"));
    assert!(found.contains("did you mean `analysed_fps`?"), "{found}");
}
