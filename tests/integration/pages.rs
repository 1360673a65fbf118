//! The pages say what the code says.

use std::collections::BTreeSet;

use velum_tests::programs::workspace_root;
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
    for path in ["README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/status.md"] {
        let folder = workspace_root().join(path).parent().unwrap().to_path_buf();
        let text = page(path);
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

#[test]
fn the_makefile_has_the_commands_that_the_readme_names() {
    let makefile = page("Makefile");
    for target in ["setup", "demo", "test", "lint"] {
        assert!(makefile.contains(&format!("\n{target}:")), "{target}");
    }
}
