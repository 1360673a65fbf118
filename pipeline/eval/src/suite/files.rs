//! Where the files of a suite are.

use std::path::{Path, PathBuf};

/// Stands for the folder that the variable of this name tells.
const SHARED: &str = "$VELUM_SHARED";

/// The folders of a suite on this machine.
#[derive(Debug, Clone)]
pub struct Folders(Vec<PathBuf>);

impl Folders {
    /// `written` as in the suite, relative ones below `base`. `shared` is what `$VELUM_SHARED` stands for.
    pub fn new(written: &[PathBuf], base: &Path, shared: &Path) -> Self {
        let resolved = written.iter().map(|folder| match folder.strip_prefix(SHARED) {
            Ok(below) => shared.join(below),
            Err(_) => base.join(folder),
        });
        Self(resolved.collect())
    }

    /// What the variable says, else `../shared`.
    pub fn shared_by_environment() -> PathBuf {
        let named = std::env::var_os("VELUM_SHARED").filter(|path| !path.is_empty());
        named.map_or_else(|| PathBuf::from("../shared"), PathBuf::from)
    }

    /// The first of the folders that has this file or folder.
    ///
    /// # Errors
    /// Where it was looked for.
    pub fn find(&self, name: &Path) -> Result<PathBuf, String> {
        let mut places = self.0.iter().map(|folder| folder.join(name));
        places.find(|place| place.exists()).ok_or_else(|| {
            let looked: Vec<_> = self.0.iter().map(|folder| folder.display().to_string()).collect();
            format!("`{}` is not in {}", name.display(), looked.join(", "))
        })
    }
}
