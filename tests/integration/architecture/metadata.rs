//! What `cargo metadata` says of the crate graph, as far as these tests ask. A crate that reads it whole turns on features of
//! serde_json, for which half of all that is built would be built twice.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) workspace_root: PathBuf,
    workspace_members: Vec<String>,
    pub(super) packages: Vec<Package>,
    pub(super) resolve: Resolve,
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) manifest_path: PathBuf,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    kind: Option<String>,
}

impl Dependency {
    /// Neither of builds nor of tests.
    pub(super) fn is_normal(&self) -> bool {
        self.kind.is_none()
    }
}

#[derive(Deserialize)]
pub(super) struct Resolve {
    pub(super) nodes: Vec<Node>,
}

#[derive(Deserialize)]
pub(super) struct Node {
    pub(super) id: String,
    pub(super) deps: Vec<Linked>,
}

#[derive(Deserialize)]
pub(super) struct Linked {
    pub(super) pkg: String,
    pub(super) dep_kinds: Vec<DepKind>,
}

/// `kind` is none where it is linked.
#[derive(Deserialize)]
pub(super) struct DepKind {
    pub(super) kind: Option<String>,
}

impl Metadata {
    pub(super) fn workspace_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| self.workspace_members.contains(&package.id))
    }
}

pub(super) fn metadata() -> Metadata {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let done = Command::new(cargo).args(["metadata", "--format-version", "1", "--locked"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}
