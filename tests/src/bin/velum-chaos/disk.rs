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
    /// A file with ext4 in it, which can hang and fail; else memory.
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

    /// Whether it can hang and fail.
    pub(crate) fn is_real(&self) -> bool {
        self.image.is_some()
    }

    /// Has it report an error: the system then refuses every further write.
    pub(crate) fn fail(&self) -> Result<()> {
        let found = Command::new("findmnt")
            .args(["--noheadings", "--output", "SOURCE"])
            .arg(&self.folder)
            .output()?;
        let device = String::from_utf8_lossy(&found.stdout).trim().replace("/dev/", "");
        let trigger = Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error");
        std::fs::write(&trigger, "1").with_context(|| trigger.display().to_string())
    }

    /// As an administrator does: taken off, checked, put back. Nobody may use it meanwhile.
    pub(crate) fn repair(&self) -> Result<()> {
        let image = self.image.as_ref().context("no disk that can fail")?;
        call("umount", |command| {
            command.arg(&self.folder);
        })?;
        // 1: there was something to be mended.
        let checked = Command::new("e2fsck").arg("-y").arg(image).output().context("e2fsck")?;
        let told = String::from_utf8_lossy(&checked.stdout);
        anyhow::ensure!(checked.status.code().is_some_and(|code| code <= 1), "e2fsck: {}", told.trim());
        mount(&self.folder, image)
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
    mount(folder, image)
}

fn mount(folder: &Path, image: &Path) -> Result<()> {
    call("mount", |command| {
        command.args(["-o", "loop,errors=remount-ro"]).args([image, folder]);
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

/// Runs a program that says nothing where all is well.
pub(crate) fn call(program: &str, with: impl FnOnce(&mut Command)) -> Result<()> {
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
    fn a_disk_hangs_and_goes_on_fails_and_is_repaired() {
        let dir = tempfile::tempdir().unwrap();
        let disk = OwnDisk::mount(&dir.path().join("disk"), &dir.path().join("image"));
        let Some(disk) = disk.filter(OwnDisk::is_real) else {
            println!("skipped: this user may not mount a disk of its own that can hang and fail");
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
        File::open(disk.folder.join("file")).unwrap().sync_all().unwrap();
        disk.fail().unwrap();
        let refused = std::fs::write(disk.folder.join("file"), "never").unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
        disk.repair().unwrap();
        assert_eq!(std::fs::read(disk.folder.join("file")).unwrap(), b"again");
        std::fs::write(disk.folder.join("file"), "and again").unwrap();
    }
}
