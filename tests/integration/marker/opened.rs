//! What only the box itself can read: its memory while it runs, a core image, its sealed stills.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::pictures::{Found, search};

/// Regions larger than this are read in pieces; a picture may lie across two, so that they overlap.
const PIECE_BYTES: usize = 64 << 20;
const OVERLAP_BYTES: usize = 4 << 20;

/// Coded pictures in the memory of a running process; none where the system does not let us look.
pub(super) fn pictures_in_memory(pid: u32) -> Option<Found> {
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut found = Found::default();
    for region in maps.lines().filter_map(writable_region) {
        let mut at = region.0;
        while at < region.1 {
            let length = PIECE_BYTES.min((region.1 - at) as usize);
            let mut bytes = vec![0; length];
            // A region may have gone since; then there is nothing to find in it.
            if memory.seek(SeekFrom::Start(at)).is_ok() && memory.read_exact(&mut bytes).is_ok() {
                found = found + search(&bytes);
            }
            at += (length.saturating_sub(OVERLAP_BYTES)).max(1).min(length) as u64;
            if length < PIECE_BYTES {
                break;
            }
        }
    }
    Some(found)
}

/// Start and end of a region that the program writes to.
fn writable_region(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (from, to) = words.next()?.split_once('-')?;
    let is_memory = words.next()?.starts_with("rw") && !line.contains("/dev/");
    is_memory.then(|| Some((u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?)))?
}

/// Lets every program that is started from now on write core images, as far as the system allows it.
pub(super) fn allow_core_images() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: maximum, maximum }).unwrap();
}

/// Whether the system may write a core image of a running process, wherever it would put it.
pub(super) fn may_dump_core(pid: u32) -> bool {
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    !core.split_whitespace().skip(4).take(2).all(|limit| limit == "0")
}

/// Files below a folder that look like a core image: by name, or by the ELF type `ET_CORE`.
pub(super) fn core_images(folder: &Path) -> Vec<String> {
    let is_core = |path: &Path| {
        let mut head = [0; 18];
        let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut head));
        read.is_ok() && head.starts_with(b"\x7fELF") && head[16] == 4
    };
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file() && is_core(path)).map(|path| path.display().to_string()).collect()
}

/// The pictures in the box's sealed stills, opened with the keys beside them as their format is documented
/// (`pipeline/outbox/src/stills.rs`).
pub(super) fn sealed_stills(data_dir: &Path) -> Found {
    let mut found = Found::default();
    for path in files_named(data_dir, ".still") {
        found = found + search(&unsealed(&fs::read(path).unwrap(), data_dir));
    }
    found
}

fn unsealed(file: &[u8], data_dir: &Path) -> Vec<u8> {
    let rest = file.strip_prefix(b"VELUMST1").unwrap();
    let (event, rest) = rest.split_at(16);
    let (hour, rest) = rest.split_at(4);
    let (length, rest) = rest.split_at(4);
    let sealed_picture = &rest[u32::from_be_bytes(length.try_into().unwrap()) as usize..];
    let day = u32::from_be_bytes(hour.try_into().unwrap()) / 24;
    let aad = [b"p".as_slice(), event, &day.to_be_bytes(), hour].concat();
    // Each key is tried: only the day's own opens it.
    let opened = files_named(data_dir, ".key").into_iter().find_map(|path| {
        let key = fs::read(path).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.get(8..40)?).ok()?);
        let (nonce, body) = sealed_picture.split_at(12);
        let mut body = body.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
        Some(key.open_in_place(nonce, Aad::from(&aad), &mut body).ok()?.to_vec())
    });
    opened.expect("a still that no key opens")
}

fn files_named(folder: &Path, ending: &str) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_named(&path, ending));
        } else if path.to_str().unwrap().ends_with(ending) {
            found.push(path);
        }
    }
    found
}
