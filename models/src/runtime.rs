//! ONNX Runtime: finding its library and loading it, once a process.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ort::ep::{CUDA, ExecutionProvider, TensorRT};
use ort::logging::LogLevel;

use crate::ModelError;

/// What inference runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// NVIDIA TensorRT.
    TensorRt,
    /// NVIDIA CUDA.
    Cuda,
    /// The processor.
    Cpu,
}

impl Provider {
    /// The name in logs, tables and configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::TensorRt => "tensorrt",
            Self::Cuda => "cuda",
            Self::Cpu => "cpu",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What inference shall run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProviderChoice {
    /// The fastest that really works here.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// CUDA, or an error.
    Cuda,
    /// TensorRT, or an error.
    TensorRt,
}

impl ProviderChoice {
    /// The choice with this name: `auto`, `cpu`, `cuda` or `tensorrt`.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda),
            "tensorrt" => Some(Self::TensorRt),
            _ => None,
        }
    }
}

struct Loaded {
    environment: ort::environment::Environment,
    library: PathBuf,
}

/// ONNX Runtime, loaded. Clones are the same one.
#[derive(Clone, Copy)]
pub struct Runtime(&'static Loaded);

/// One environment a process, even after it is dropped: so it is never dropped.
static LOADED: OnceLock<Loaded> = OnceLock::new();
static LOADING: Mutex<()> = Mutex::new(());

impl Runtime {
    /// Loads the library: the one given, else that of `ORT_DYLIB_PATH`, else one in the usual places: beside the
    /// executable, in `lib` there or beside it, and where the system keeps libraries. A path that is given and
    /// wrong is an error, not a reason to look elsewhere. Later calls give what the first one loaded.
    ///
    /// # Errors
    /// [`ModelError::RuntimeAbsent`], [`ModelError::Runtime`].
    pub fn load(dylib: Option<&Path>) -> Result<Self, ModelError> {
        let _one_at_a_time = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = LOADED.get() {
            return Ok(Self(loaded));
        }
        let library = find_library(dylib)?;
        let environment = load_environment(&library)?;
        tracing::info!(library = %library.display(), "ONNX Runtime is loaded");
        Ok(Self(LOADED.get_or_init(|| Loaded { environment, library })))
    }

    /// The library's file.
    pub fn library(&self) -> &Path {
        &self.0.library
    }

    /// The providers that the library was built with and says are there, fastest first. Whether one really works
    /// shows only when a session is opened.
    pub fn providers(&self) -> Vec<Provider> {
        let all = [Provider::TensorRt, Provider::Cuda, Provider::Cpu];
        all.into_iter().filter(|provider| self.offers(*provider)).collect()
    }

    pub(crate) fn offers(&self, provider: Provider) -> bool {
        match provider {
            Provider::TensorRt => TensorRT::is_available().unwrap_or(false),
            Provider::Cuda => CUDA::is_available().unwrap_or(false),
            Provider::Cpu => true,
        }
    }

    pub(crate) fn environment(&self) -> &'static ort::environment::Environment {
        &self.0.environment
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runtime({})", self.0.library.display())
    }
}

fn load_environment(library: &Path) -> Result<ort::environment::Environment, ModelError> {
    let wrong = |reason: String| ModelError::Runtime { path: library.to_owned(), reason };
    let environment = ort::init_from(library)
        .map_err(|error| wrong(error.to_string()))?
        .with_name("velum")
        .with_telemetry(false)
        .with_logger(Arc::new(log))
        .build()
        .map_err(|error| wrong(error.to_string()))?;
    environment.set_log_level(LogLevel::Warning);
    Ok(environment)
}

/// ONNX Runtime's own words. Its warnings are about graph optimisation and harmless: some sixty at each load.
fn log(level: LogLevel, _category: &str, _id: &str, _place: &str, message: &str) {
    match level {
        LogLevel::Verbose | LogLevel::Info | LogLevel::Warning => {
            tracing::debug!(target: "onnxruntime", "{message}");
        }
        LogLevel::Error | LogLevel::Fatal => tracing::warn!(target: "onnxruntime", "{message}"),
    }
}

fn find_library(given: Option<&Path>) -> Result<PathBuf, ModelError> {
    let from_environment =
        std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(path) = given.map(Path::to_owned).or(from_environment) {
        return library_at(&path).ok_or(ModelError::RuntimeAbsent { searched: vec![path] });
    }
    let searched = usual_places();
    let found = searched.iter().find_map(|place| library_at(place));
    found.ok_or(ModelError::RuntimeAbsent { searched })
}

fn usual_places() -> Vec<PathBuf> {
    let executable = std::env::current_exe().ok();
    let beside = executable.as_deref().and_then(Path::parent);
    let near = beside.into_iter().flat_map(|folder| {
        let up = folder.parent().unwrap_or(folder);
        [folder.to_owned(), folder.join("lib"), up.join("lib"), up.join("lib/velum")]
    });
    let system = ["/usr/local/lib", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu"];
    near.chain(system.map(PathBuf::from)).collect()
}

/// The library that a path means: a file itself, or the one in a folder. Absolute, since `ort` would look for a
/// relative path beside the executable.
fn library_at(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    if path.is_file() {
        return Some(path);
    }
    let is_library = |name: &str| name == "libonnxruntime.so" || name.starts_with("libonnxruntime.so.");
    let mut found: Vec<PathBuf> = (std::fs::read_dir(path).ok()?.flatten())
        .filter(|entry| entry.file_name().to_str().is_some_and(is_library))
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_is_a_file_or_lies_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(library_at(folder.path()), None);
        let file = folder.path().join("libonnxruntime.so.1.31.1");
        std::fs::write(&file, b"").unwrap();
        std::fs::write(folder.path().join("libonnxruntime_providers_shared.so"), b"").unwrap();
        assert_eq!(library_at(folder.path()), Some(file.clone()));
        assert_eq!(library_at(&file), Some(file));
    }

    #[test]
    fn a_wrong_path_says_how_to_mend_it() {
        let error = find_library(Some(Path::new("/nonexistent/lib.so"))).unwrap_err().to_string();
        assert!(
            error
                .starts_with("ONNX Runtime: no libonnxruntime.so in `/nonexistent/lib.so`; run `make setup`")
        );
    }

    #[test]
    fn names_read_back() {
        for provider in [Provider::TensorRt, Provider::Cuda, Provider::Cpu] {
            assert!(ProviderChoice::parse(provider.name()).is_some());
        }
        assert_eq!(ProviderChoice::parse("gpu"), None);
    }
}
