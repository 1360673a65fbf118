//! Keeping other processes out of a folder, for as long as a file in it is open.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// A process that is being started has everything of its parent open until its program runs: for that moment a lock
/// outlives whoever let go of it.
const TRIES: u32 = 50;
const BETWEEN: Duration = Duration::from_millis(10);

/// Takes the lock file at `path`, which is made where there is none; none where somebody else keeps it for more than half
/// a second.
///
/// # Errors
/// Where the file cannot be opened or locked.
pub fn take_lock(path: &Path) -> io::Result<Option<File>> {
    let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => thread::sleep(BETWEEN),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_until_it_is_dropped_and_what_is_about_to_be_dropped_is_waited_for() {
        let path = std::env::temp_dir().join(format!("velum-lock-{}", std::process::id()));
        let first = take_lock(&path).unwrap().unwrap();
        assert!(take_lock(&path).unwrap().is_none());
        let (told, ready) = std::sync::mpsc::channel();
        let other = thread::spawn({
            let path = path.clone();
            move || {
                told.send(()).unwrap();
                take_lock(&path).unwrap()
            }
        });
        ready.recv().unwrap();
        drop(first);
        assert!(other.join().unwrap().is_some());
        std::fs::remove_file(&path).unwrap();
        assert!(take_lock(Path::new("/nowhere/lock")).is_err());
    }
}
