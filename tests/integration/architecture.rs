//! The crate graph is a wall: these tests hold it against `docs/architecture.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

mod metadata;

use metadata::{Metadata, metadata};

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Crates that hold or read un-redacted pixels, and the engines behind them.
const PIXEL_SIDE: [&str; 9] = [
    "velum-frame",
    "velum-decode",
    "velum-redaction",
    "velum-models",
    "velum-analyse",
    "ort",
    "opencv",
    "gstreamer",
    "image",
];

/// The short name in the drawing: `velum-edge` is `edge`, the command line `velum` is `cli`.
fn short(package: &str) -> String {
    if package == "velum" { "cli".to_owned() } else { package.trim_start_matches("velum-").to_owned() }
}

fn real_edges(metadata: &Metadata) -> Edges {
    let ours: BTreeSet<&str> = metadata.workspace_packages().map(|p| p.name.as_str()).collect();
    let mut edges = Edges::new();
    for package in metadata.workspace_packages() {
        for dependency in &package.dependencies {
            let drawn = dependency.is_normal()
                && ours.contains(dependency.name.as_str())
                && dependency.name != "velum-vocab";
            if drawn {
                edges.entry(short(&package.name)).or_default().insert(short(&dependency.name));
            }
        }
    }
    edges
}

fn drawn_edges(page: &str) -> Edges {
    let drawing = page.split("```graph").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    drawing
        .lines()
        .filter_map(|line| line.split_once("─►"))
        .map(|(from, to)| {
            let targets = to.split(',').map(|name| name.trim().to_owned()).collect();
            (from.trim().to_owned(), targets)
        })
        .collect()
}

#[test]
fn direct_dependencies_equal_the_drawing() {
    let metadata = metadata();
    let page = std::fs::read_to_string(metadata.workspace_root.join("docs/architecture.md")).unwrap();
    assert_eq!(
        real_edges(&metadata),
        drawn_edges(&page),
        "left: cargo metadata; right: docs/architecture.md"
    );
}

#[test]
fn no_crate_can_both_see_a_pixel_and_write_to_the_wire() {
    for (package, named) in real_edges(&metadata()) {
        let both = named.contains("frame") && named.contains("proto");
        assert!(!both, "{package} names frame and proto");
    }
}

/// Every package that `root` links, directly or not.
fn linked(metadata: &Metadata, root: &str) -> BTreeSet<String> {
    let name_of = |id: &str| metadata.packages.iter().find(|p| p.id == id).unwrap().name.clone();
    let mut open = vec![metadata.workspace_packages().find(|p| p.name.as_str() == root).unwrap().id.clone()];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        let node = metadata.resolve.nodes.iter().find(|n| n.id == id).unwrap();
        for dependency in &node.deps {
            let normal = dependency.dep_kinds.iter().any(|one| one.kind.is_none());
            if normal && seen.insert(name_of(&dependency.pkg)) {
                open.push(dependency.pkg.clone());
            }
        }
    }
    seen
}

/// What the gate brings along into the command line: types of pictures, and no way for a picture to come into being.
const BESIDE_THE_GATE: [&str; 3] = ["velum-frame", "velum-redaction", "image"];

/// The hub decodes with it what an administrator uploads as the plan of a site, to keep nothing of the file but what it
/// shows; see `only_plans_of_sites_are_decoded_by_the_hub`.
const DRAWS_PLANS: &str = "image";

/// What makes bytes for the wire of what a gate released.
const BEYOND_THE_GATE: [&str; 3] = ["velum-event", "velum-outbox", "velum-uplink"];

#[test]
fn hub_and_command_line_link_nothing_that_sees() {
    let metadata = metadata();
    let check = |program: &str, forbidden: &[&str]| {
        let linked = linked(&metadata, program);
        for forbidden in forbidden {
            assert!(!linked.contains(*forbidden), "{program} links {forbidden}");
        }
    };
    let of_cameras: Vec<_> = PIXEL_SIDE.into_iter().filter(|name| *name != DRAWS_PLANS).collect();
    check("velum-hub", &of_cameras);
    check("velum-hub", &["velum-gate"]);
    let sees: Vec<_> = PIXEL_SIDE.into_iter().filter(|name| !BESIDE_THE_GATE.contains(name)).collect();
    check("velum", &sees);
}

/// Files with this ending in a folder and below, with what they say.
fn sources(folder: &Path, ending: &str) -> Vec<(PathBuf, String)> {
    let (mut open, mut found) = (vec![folder.to_owned()], Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == ending) {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Stills pass through the hub as bytes that it holds against a strict form (`stills/jpeg.rs`) and never decodes.
#[test]
fn only_plans_of_sites_are_decoded_by_the_hub() {
    let folder = metadata().workspace_root.join("hub/src");
    let naming: BTreeSet<_> = sources(&folder, "rs")
        .into_iter()
        .filter(|(_, text)| text.contains("image::"))
        .map(|(path, _)| path.strip_prefix(&folder).unwrap().display().to_string())
        .collect();
    let expected = ["plans/picture.rs", "plans/picture/tests.rs", "tests/plans.rs"];
    assert_eq!(naming, expected.map(str::to_owned).into());
}

/// What makes markup, or a program, of a text.
const OF_MARKUP: [&str; 12] = [
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    "createContextualFragment",
    "DOMParser",
    "parseFromString",
    "setHTML",
    "srcdoc",
    "eval(",
    "new Function",
    "javascript:",
];

#[test]
fn the_operators_page_makes_no_markup_of_texts() {
    let console = metadata().workspace_root.join("hub/console");
    let mut read = 0;
    for (folder, ending) in [("src", "ts"), ("src", "html"), ("dist", "js"), ("dist", "html")] {
        for (path, text) in sources(&console.join(folder), ending) {
            let word = OF_MARKUP.iter().find(|word| text.contains(**word));
            assert_eq!(word, None, "{}: write texts as text", path.display());
            read += 1;
        }
    }
    assert!(read > 40, "found {read} files of the page");
}

/// The workspace denies `unsafe`, and whatever takes its lints; each crate must, and no source may lift it.
#[test]
fn every_crate_is_denied_unsafe() {
    let metadata = metadata();
    let lint = concat!("unsafe", "_code");
    let manifest = |path: &Path| std::fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
    let workspace = &manifest(&metadata.workspace_root.join("Cargo.toml"))["workspace"];
    assert_eq!(workspace["lints"]["rust"][lint].as_str(), Some("deny"));
    let mut folders = Vec::new();
    for package in metadata.workspace_packages() {
        let takes =
            manifest(&package.manifest_path).get("lints").and_then(|lints| lints["workspace"].as_bool());
        assert_eq!(
            takes,
            Some(true),
            "{}: write `[lints] workspace = true`",
            package.manifest_path.display()
        );
        folders.push(package.manifest_path.parent().unwrap().to_owned());
    }
    // Workspaces of their own.
    for beside in workspace["exclude"].as_array().unwrap() {
        let folder = metadata.workspace_root.join(beside.as_str().unwrap());
        let lints = manifest(&folder.join("Cargo.toml"));
        assert_eq!(lints["lints"]["rust"][lint].as_str(), Some("deny"), "{}", folder.display());
        folders.push(folder);
    }
    for (path, text) in folders.iter().flat_map(|folder| sources(folder, "rs")) {
        assert!(!text.contains(lint), "{}: no source lifts the lint", path.display());
    }
}

#[test]
fn what_the_gate_of_the_command_line_releases_becomes_nothing_on_the_wire() {
    let metadata = metadata();
    let linked = linked(&metadata, "velum");
    assert!(linked.contains("velum-gate"), "`velum policy test` asks the real one");
    for forbidden in BEYOND_THE_GATE {
        assert!(!linked.contains(forbidden), "velum links {forbidden}");
    }
    let edges = real_edges(&metadata);
    for named in ["frame", "redaction"] {
        assert!(!edges["cli"].contains(named), "cli names {named}");
    }
}

#[test]
fn only_the_named_crates_hold_each_engine() {
    let metadata = metadata();
    let allowed = [
        ("ort", vec!["velum-models"]),
        ("opencv", vec!["velum-analyse"]),
        ("sled", vec!["velum-outbox"]),
        ("gstreamer", vec!["velum-decode", "velum-bench"]),
        ("sqlx", vec!["velum-hub"]),
    ];
    for (engine, crates) in allowed {
        let holders: Vec<_> = metadata
            .workspace_packages()
            .filter(|p| p.dependencies.iter().any(|d| d.name == engine && d.is_normal()))
            .map(|p| p.name.clone())
            .collect();
        assert!(holders.iter().all(|h| crates.contains(&h.as_str())), "{engine} is named by {holders:?}");
    }
}

/// In the names of libraries that tell people apart.
const OF_IDENTIFICATION: [&str; 12] = [
    "face-rec",
    "face_rec",
    "facenet",
    "arcface",
    "insightface",
    "deepface",
    "openface",
    "dlib",
    "biometric",
    "rekognition",
    "reid",
    "re-id",
];
/// Parts of names of fields that would say who somebody is, or describe them so that they are found again.
const OF_A_PERSON: [&str; 14] = [
    "embedding",
    "feature",
    "identity",
    "face",
    "person_id",
    "person_name",
    "gait",
    "plate",
    "reid",
    "biometric",
    "gender",
    "ethnic",
    "track_id",
    "appearance",
];

/// What models put out is held by `velum-edge attest` and its test.
#[test]
fn no_dependency_and_no_field_on_the_wire_tells_people_apart() {
    let metadata = metadata();
    for package in &metadata.packages {
        let word = OF_IDENTIFICATION.iter().find(|word| package.name.to_lowercase().contains(**word));
        assert_eq!(word, None, "the package {}", package.name);
    }
    let messages = metadata.workspace_root.join("proto/velum/v1");
    let files: Vec<_> = std::fs::read_dir(messages).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.lines().filter_map(|line| line.split("//").next());
        for field in code.filter_map(|line| line.split_once(" = ")?.0.split_whitespace().last()) {
            let word = OF_A_PERSON.iter().find(|word| field.to_lowercase().contains(**word));
            assert_eq!(word, None, "the field {field} of {}", file.display());
        }
    }
}

#[test]
fn domain_types_do_not_serialise() {
    let metadata = metadata();
    for package in
        ["velum-vocab", "velum-frame", "velum-redaction", "velum-analyse", "velum-gate", "velum-event"]
    {
        let serde = metadata
            .workspace_packages()
            .filter(|p| p.name.as_str() == package)
            .any(|p| p.dependencies.iter().any(|d| d.name == "serde" && d.is_normal()));
        assert!(!serde, "{package} names serde");
    }
}
