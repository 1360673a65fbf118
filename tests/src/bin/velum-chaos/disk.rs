//! A small disk of its own for one folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

const MIB: u64 = 1_200;

/// A disk, gone when dropped.
pub(crate) struct OwnDisk {
    folder: PathBuf,
    /// A file with ext4 in it, which can hang; else memory.
    image: Option<PathBuf>,
}

impl OwnDisk {
    /// `None` where this user may not mount.
    pub(crate) fn mount(folder: &Path, image: &Path) -> Option<Self> {
        std::fs::create_dir_all(folder).ok()?;
        let folder = folder.to_owned();
        if with_ext4(&folder, image).is_ok() {
            return Some(Self { folder, image: Some(image.to_owned()) });
        }
        let size = format!("size={MIB}m");
        let done = call("mount", |command| {
            command.args(["-t", "tmpfs", "-o", &size, "velum-chaos"]).arg(&folder);
        });
        done.ok().map(|()| Self { folder, image: None })
    }

    pub(crate) fn can_hang(&self) -> bool {
        self.image.is_some()
    }

    /// Lets whoever writes wait. Whatever happens meanwhile, it goes on again after it.
    pub(crate) fn hang(&self, hold: Duration) -> Result<()> {
        let frozen = Frozen::at(&self.folder)?;
        std::thread::sleep(hold);
        frozen.thaw()
    }
}

fn with_ext4(folder: &Path, image: &Path) -> Result<()> {
    File::create(image)?.set_len(MIB << 20)?;
    call("mkfs.ext4", |command| {
        // Nothing is kept for root: the box may run as root here, and its disk is to fill up.
        command.args(["-q", "-F", "-m", "0"]).arg(image);
    })?;
    call("mount", |command| {
        command.args(["-o", "loop"]).args([image, folder]);
    })
}

impl Drop for OwnDisk {
    fn drop(&mut self) {
        // What still uses it keeps it until it ends.
        let _ = Command::new("umount").arg("--lazy").arg(&self.folder).status();
        if let Some(image) = &self.image {
            let _ = std::fs::remove_file(image);
        }
    }
}

struct Frozen<'a>(&'a Path);

impl<'a> Frozen<'a> {
    fn at(folder: &'a Path) -> Result<Self> {
        call("fsfreeze", |command| {
            command.arg("--freeze").arg(folder);
        })?;
        Ok(Self(folder))
    }

    fn thaw(self) -> Result<()> {
        call("fsfreeze", |command| {
            command.arg("--unfreeze").arg(self.0);
        })
    }
}

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        // Once more where it was done already, which harms nothing: a frozen disk would outlive this program.
        let _ = Command::new("fsfreeze").arg("--unfreeze").arg(self.0).output();
    }
}

fn call(program: &str, with: impl FnOnce(&mut Command)) -> Result<()> {
    let mut command = Command::new(program);
    with(&mut command);
    let output = command.output().with_context(|| program.to_owned())?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{program}: {}", told.trim());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_hangs_and_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let disk = OwnDisk::mount(&dir.path().join("disk"), &dir.path().join("image"));
        let Some(disk) = disk.filter(OwnDisk::can_hang) else {
            println!("skipped: this user may not mount a disk of its own that can hang");
            return;
        };
        let frozen = Frozen::at(&disk.folder).unwrap();
        let file = disk.folder.join("file");
        let writing = std::thread::spawn(move || std::fs::write(file, "written"));
        assert!(Frozen::at(&disk.folder).is_err(), "it hangs already");
        frozen.thaw().unwrap();
        writing.join().unwrap().unwrap();
        assert_eq!(std::fs::read(disk.folder.join("file")).unwrap(), b"written");
        disk.hang(Duration::from_millis(1)).unwrap();
        std::fs::write(disk.folder.join("file"), "again").unwrap();
    }
}
