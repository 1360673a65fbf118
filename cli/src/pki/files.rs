//! The folder of certificates and keys: nothing in it is overwritten but by what renews it, and keys are their owner's alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What is written and does not count yet.
pub(crate) const ASIDE: &str = ".new";

/// Who may read a file.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Owner,
    Everyone,
}

/// A folder of certificates and keys.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder, where it is not there.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path).with_context(|| {
            format!("{}: the folder cannot be made; choose another with --dir", path.display())
        })?;
        Ok(Self(path.to_owned()))
    }

    /// A folder that is there.
    pub(crate) fn open(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Refuses to go on where files of these names exist.
    pub(crate) fn must_lack(&self, names: &[&str]) -> Result<()> {
        for file in names.iter().flat_map(|name| [format!("{name}.pem"), format!("{name}.key")]) {
            let path = self.0.join(file);
            if path.exists() {
                bail!(
                    "{}: is there already and is not overwritten; choose another folder or name, or move it away",
                    path.display()
                );
            }
        }
        Ok(())
    }

    pub(crate) fn read(&self, name: &str) -> Result<String> {
        let path = self.0.join(name);
        std::fs::read_to_string(&path).with_context(|| {
            format!("{}: cannot be read; name the folder of `velum pki init` with --dir", path.display())
        })
    }

    pub(crate) fn write(&self, name: &str, text: &str, access: Access) -> Result<()> {
        let path = self.0.join(name);
        let mode = match access {
            Access::Owner => 0o600,
            Access::Everyone => 0o644,
        };
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        written.with_context(|| format!("{}: cannot be written", path.display()))
    }

    /// Writes beside a file, for its owner and with its rights.
    pub(crate) fn write_aside(&self, name: &str, text: &str) -> Result<()> {
        let (old, path) = (self.0.join(name), self.0.join(format!("{name}{ASIDE}")));
        let write = || {
            let of_old = fs::metadata(&old)?;
            // What an earlier attempt left.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(text.as_bytes())?;
            let of_new = file.metadata()?;
            if (of_new.uid(), of_new.gid()) != (of_old.uid(), of_old.gid()) {
                fchown(&file, Some(of_old.uid()), Some(of_old.gid()))?;
            }
            file.set_permissions(fs::Permissions::from_mode(of_old.permissions().mode() & 0o777))?;
            file.sync_all()
        };
        write().with_context(|| format!("{}: cannot be written", path.display()))
    }

    /// Takes away what was written beside files, as far as it is there.
    pub(crate) fn drop_aside(&self, names: &[&str]) {
        for name in names {
            // What cannot be taken away is overwritten by the next attempt.
            let _gone = fs::remove_file(self.0.join(format!("{name}{ASIDE}")));
        }
    }

    /// Puts what was written beside files in their place, in this order.
    pub(crate) fn put_in_place(&self, names: &[&str]) -> Result<()> {
        for name in names {
            let path = self.0.join(name);
            fs::rename(self.0.join(format!("{name}{ASIDE}")), &path)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        let synced = File::open(&self.0).and_then(|folder| folder.sync_all());
        synced.with_context(|| format!("{}: cannot be written", self.0.display()))
    }
}
