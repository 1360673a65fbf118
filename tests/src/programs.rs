//! Where the executables and the fixtures are.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The workspace's root folder.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The executable of this name, beside the one that runs.
///
/// # Errors
/// When it was not built.
pub fn program(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe().context("where this program lies")?;
    own.ancestors()
        .skip(1)
        .take(2)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("`{name}` is not built; run: cargo build --workspace --bins"))
}

/// Runs a command to its end and gives its standard output.
///
/// # Errors
/// When it cannot be started or ends with another code than 0; the text holds its standard error.
pub fn run(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The real CCTV clip of the demonstration.
///
/// # Errors
/// When `make setup` has not fetched it.
pub fn vtest() -> Result<PathBuf> {
    let path = workspace_root().join(".cache/fixtures/vtest.avi");
    if path.is_file() { Ok(path) } else { bail!("{} is missing; run: make setup", path.display()) }
}

/// ONNX Runtime's library.
///
/// # Errors
/// When `make setup` has not fetched it.
pub fn onnxruntime() -> Result<PathBuf> {
    let folder = workspace_root().join(".cache/onnxruntime");
    std::fs::read_dir(&folder)
        .with_context(|| format!("{} is missing; run: make setup", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .find(|path| path.to_string_lossy().contains("libonnxruntime.so"))
        .with_context(|| format!("no libonnxruntime.so in {}; run: make setup", folder.display()))
}
