//! A disk that really fills up, where this user may mount a small one. A test program of its own: a fault of one
//! sled database holds up every other one in the same process.

#![expect(clippy::unwrap_used, reason = "the whole program is a test")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use velum_outbox::{Entry, Outbox, Settings};
use velum_vocab::{SimulatedClock, Timestamp};

struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let options = format!("size={size}");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "velum-test"]).arg(dir.path());
        mount.output().is_ok_and(|done| done.status.success()).then_some(Self(dir))
    }

    fn grow(&self, size: &str) {
        let options = format!("remount,size={size}");
        let grown = Command::new("mount").args(["-o", &options]).arg(self.path()).output().unwrap();
        assert!(grown.status.success());
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.path()).output();
    }
}

fn open(disk: &SmallDisk) -> (Outbox, velum_outbox::Recovery) {
    let clock = Arc::new(SimulatedClock::at(Timestamp::from_unix_secs(1_795_219_200)));
    // No reserve is kept, so that the database itself meets the full disk: the worst case.
    let settings =
        Settings { min_free_bytes: 0, confirm_timeout: Duration::from_secs(20), ..Settings::default() };
    Outbox::open(&disk.path().join("outbox"), &disk.path().join("keys"), clock, settings).unwrap()
}

fn large() -> Entry {
    Entry::Withheld("r".repeat(20_000))
}

#[test]
fn a_disk_that_fills_up_under_the_database_loses_nothing_that_was_numbered() {
    let Some(disk) = SmallDisk::mount("12m") else {
        return println!("skipped: no right to mount a small file system");
    };
    let (outbox, recovery) = open(&disk);
    let mut given = Vec::new();
    let mut refusals = Vec::new();
    while refusals.len() < 3 {
        match outbox.commit(vec![large()], None) {
            Ok(numbers) => given.extend(numbers),
            Err(error) => refusals.push(error.to_string()),
        }
        assert!(given.len() < 4_000, "the disk never filled up");
    }
    println!("{} numbers given, then: {refusals:?}", given.len());
    disk.grow("64m");
    // The same outbox goes on as soon as there is room.
    let last = outbox.commit(vec![large()], None).unwrap();
    given.extend(last);
    assert_eq!(outbox.trouble(), None);
    drop(outbox);
    let (outbox, again) = open(&disk);
    assert_eq!(again.incarnation, recovery.incarnation, "{again:?}");
    let held = outbox.pending(again.incarnation, 0, usize::MAX).unwrap();
    let held: std::collections::BTreeMap<_, _> =
        held.into_iter().map(|record| (record.sequence, record.end.unwrap())).collect();
    let is_held = |number: &u64| matches!(held.get(number), Some(velum_proto::v1::record::End::Withheld(_)));
    assert!(given.iter().all(is_held), "{} given, {} held", given.len(), held.len());
    assert_eq!(held.len() as u64, again.last_sequence);
}
