//! The audit pack: an export with all that somebody who checks it alone wants beside it.
//!
//! | path | what | what proves it |
//! |---|---|---|
//! | `log/` | the export | its checkpoints |
//! | `keys/*.pub` | the public keys | whoever verifies gives them, from elsewhere |
//! | `checkpoints/*.note` | the last checkpoint of each file, as notes | they are those of `log/` |
//! | `counts.json` | operations, by kind | counted anew from `log/` |
//! | `policies/*.json` | signed policies | the records name them by digest |
//! | `attest/` | the export of the attestations of the same time, where they were given | its checkpoints |
//! | `gaps.json`, `manifest.json` | of which time none speaks; what left, in total | made anew from `attest/` |
//! | `README.txt` | what to do | nothing |
//! | `digests.sha256` | SHA-256 of every file, for `sha256sum -c` | nothing: it finds damage, not forgery |

mod derived;
pub(in crate::audit) mod list;

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use crate::audit::export::{Exported, make_whole, put, write};
use crate::audit::fault::{Fault, Located};
use crate::audit::period::{NAME, Period};
use crate::audit::remembered::Remembered;
use crate::audit::verify::{Report, verify};
use crate::audit::writer::Writer;
use crate::audit::{AuditError, folder, text};
use crate::keys::PublicKey;
use crate::signed::SignedPolicy;
use derived::{derived, derived_of_attestations};

/// The name of the list of digests.
const DIGESTS: &str = "digests.sha256";
const README: &str = "README.txt";
const LOG: &str = "log";
const ATTEST: &str = "attest";
const KEYS: &str = "keys";
const POLICIES: &str = "policies";
/// No policy or key that is longer is read, bytes.
const LONGEST_BYTES: u64 = 8 * 1_024 * 1_024;

/// What goes into a pack beside the log.
#[derive(Debug, Clone)]
pub struct Pack<'a> {
    /// Which time it is about.
    pub period: Period,
    /// The keys that signed the log.
    pub keys: &'a [PublicKey],
    /// The log of a box's attestations.
    pub attest: Option<&'a Path>,
    /// Names of files, and the signed policies in them.
    pub policies: &'a [(String, Vec<u8>)],
    /// The program and its version, for whoever reads it.
    pub made_by: &'a str,
}

/// A policy in a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnclosedPolicy {
    /// The file, in the pack.
    pub name: String,
    /// SHA-256 of the policy.
    pub digest: Digest,
    /// How many signatures it carries, none of them verified here.
    pub signatures: usize,
    /// How many entries of the period it decided.
    pub entries: u64,
}

/// What verifying a pack found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackReport {
    /// Of the log; with the faults of the whole pack, those of the log first.
    pub log: Report,
    /// Of the attestations, where they are in the pack; its faults stand with those of the log.
    pub attest: Option<Report>,
    /// The policies in the pack.
    pub policies: Vec<EnclosedPolicy>,
    /// Policies that decided entries of the period and are not in the pack, and how many entries.
    pub missing: Vec<(Digest, u64)>,
}

/// Writes a pack into a new folder.
///
/// # Errors
/// As [`crate::audit::export()`], and [`AuditError::NotExportable`] for a policy that is none.
pub fn write_pack(log: &Path, pack: &Pack<'_>, out: &Path) -> Result<Exported, AuditError> {
    make_whole(out, |folder| {
        let dir = |name: &str| {
            let path = folder.join(name);
            DirBuilder::new().mode(0o700).create(&path).map_err(AuditError::at(&path))?;
            Ok::<_, AuditError>(path)
        };
        let exported = write(log, pack.period, &dir(LOG)?)?;
        if let Some(attest) = pack.attest {
            write_attestations(attest, pack, &dir(ATTEST)?)?;
        }
        let keys = dir(KEYS)?;
        for (n, key) in pack.keys.iter().enumerate() {
            put(&keys.join(format!("audit-{}.pub", n + 1)), format!("{key}\n").as_bytes())?;
        }
        let policies = dir(POLICIES)?;
        for (name, bytes) in pack.policies {
            policy(name, bytes).map_err(|reason| AuditError::NotExportable { path: name.into(), reason })?;
            put(&policies.join(name), bytes)?;
        }
        dir(derived::CHECKPOINTS)?;
        let report = verify(&folder.join(LOG), pack.keys, &[])?;
        let attest = attestations(folder, pack.keys)?;
        for (name, bytes) in derived(&folder.join(LOG), &report)? {
            put(&folder.join(name), &bytes)?;
        }
        for (name, bytes) in derived_of_attestations(&folder.join(ATTEST), attest.as_ref())? {
            put(&folder.join(name), &bytes)?;
        }
        put(&folder.join(README), readme(pack)?.as_bytes())?;
        put(&folder.join(DIGESTS), list::make(folder)?.as_bytes())?;
        Ok(exported)
    })
}

/// What people are told; the marks in braces are filled in.
const TOLD: &str = include_str!("pack/readme.txt");

fn readme(pack: &Pack<'_>) -> Result<String, AuditError> {
    let moment = |at| text::time(at).ok_or(AuditError::Clock);
    let keys: Vec<_> = pack.keys.iter().map(|key| format!("  {key}")).collect();
    Ok(TOLD
        .replace("{from}", &moment(pack.period.from)?)
        .replace("{to}", &moment(pack.period.to)?)
        .replace("{keys}", &keys.join("\n"))
        .replace("{made_by}", pack.made_by))
}

/// Exports the attestations of the same time; a box that has another log there is refused.
fn write_attestations(log: &Path, pack: &Pack<'_>, out: &Path) -> Result<(), AuditError> {
    let refuse = |reason: &str| AuditError::NotExportable { path: log.to_owned(), reason: reason.to_owned() };
    let _exported = write(log, pack.period, out)?;
    match verify(out, pack.keys, &[])?.writer {
        Some(Writer::Attest(_)) => Ok(()),
        _ => Err(refuse("expected the attestations of a box: its folder `attest`")),
    }
}

/// What verifying the attestations of a pack finds; none where there are none.
fn attestations(pack: &Path, keys: &[PublicKey]) -> Result<Option<Report>, AuditError> {
    let path = pack.join(ATTEST);
    if path.is_dir() { verify(&path, keys, &[]).map(Some) } else { Ok(None) }
}

/// Whether a folder is a pack.
pub fn is_pack(path: &Path) -> bool {
    path.join(DIGESTS).exists() || path.join(LOG).is_dir()
}

/// Verifies a pack: its log with the keys, and everything else against the log and the list of digests.
///
/// # Errors
/// As [`verify`], and [`AuditError::NotPlain`] where it holds a link or the like: then nothing of it is read.
pub fn verify_pack(
    path: &Path,
    keys: &[PublicKey],
    remembered: &[Remembered],
) -> Result<PackReport, AuditError> {
    let _all_plain = list::files(path)?;
    let mut log = verify(&path.join(LOG), keys, remembered)?;
    let mut faults = Vec::new();
    let mut wrong = |name: &Path, reason: String| {
        faults.push(Located::whole(path.join(name), Fault::Pack(reason)));
    };
    for (name, reason) in list::compare(path, DIGESTS)? {
        wrong(&name, reason);
    }
    for name in list::files(path)?.iter().filter(|name| !is_expected(name)) {
        wrong(name, "a pack has no such file: nothing proves it, and it may say anything".to_owned());
    }
    if log.is_sound() {
        // What is made from a broken log says nothing.
        compare_derived(path, &log, &mut wrong)?;
    }
    let attest = attestations(path, keys)?;
    match &attest {
        Some(report) if !report.is_sound() => {}
        report => compare_attestations(path, report.as_ref(), &mut wrong)?,
    }
    compare_keys(path, keys, &mut wrong)?;
    let policies = policies(path, &log, &mut wrong)?;
    log.faults.extend(faults);
    log.faults.extend(attest.iter().flat_map(|report| report.faults.clone()));
    let is_here = |digest: &Digest| policies.iter().any(|policy| policy.digest == *digest);
    let missing = log.policies.iter().filter(|(digest, _)| !is_here(digest));
    let missing = missing.map(|(digest, entries)| (*digest, *entries)).collect();
    Ok(PackReport { log, attest, policies, missing })
}

/// Files beside the folders.
const OF_ITS_OWN: [&str; 5] = ["counts.json", "gaps.json", "manifest.json", README, DIGESTS];

/// Whether a pack has a file of this name, by the table at the top. Nothing else is in one, whatever its list says.
fn is_expected(name: &Path) -> bool {
    let ends_in = |ending: &str| name.extension().is_some_and(|found| found == ending);
    match name.parent().and_then(Path::to_str) {
        Some("") => OF_ITS_OWN.iter().any(|known| name == Path::new(known)),
        Some(LOG | ATTEST) => folder::parse_name(name).is_some() || name.ends_with(NAME),
        Some(KEYS) => ends_in("pub"),
        Some(derived::CHECKPOINTS) => ends_in("note"),
        Some(POLICIES) => true,
        _ => false,
    }
}

/// What the log says, told in other files.
fn compare_derived(
    path: &Path,
    log: &Report,
    wrong: &mut impl FnMut(&Path, String),
) -> Result<(), AuditError> {
    let mut expected: BTreeSet<PathBuf> = BTreeSet::new();
    for (name, bytes) in derived(&path.join(LOG), log)? {
        if read(&path.join(&name))?.is_none_or(|found| found != bytes) {
            wrong(&name, "it is missing, or says something else than the log".to_owned());
        }
        expected.insert(name);
    }
    for name in list::files(path)?.iter().filter(|name| name.starts_with(derived::CHECKPOINTS)) {
        if !expected.contains(name) {
            wrong(name, "it is no checkpoint of a file of the log".to_owned());
        }
    }
    Ok(())
}

/// What the attestations say, told in other files.
fn compare_attestations(
    path: &Path,
    attest: Option<&Report>,
    wrong: &mut impl FnMut(&Path, String),
) -> Result<(), AuditError> {
    for (name, bytes) in derived_of_attestations(&path.join(ATTEST), attest)? {
        if read(&path.join(&name))?.is_none_or(|found| found != bytes) {
            wrong(&name, "it is missing, or says something else than the attestations".to_owned());
        }
    }
    Ok(())
}

/// The keys in the pack are for comparison; whoever put another log in could put another key in, too.
fn compare_keys(
    path: &Path,
    keys: &[PublicKey],
    wrong: &mut impl FnMut(&Path, String),
) -> Result<(), AuditError> {
    for name in list::files(path)?.iter().filter(|name| name.starts_with(KEYS)) {
        let bytes = read(&path.join(name))?.unwrap_or_default();
        let key = std::str::from_utf8(&bytes).ok().and_then(|text| PublicKey::parse(text).ok());
        match key {
            Some(key) if keys.contains(&key) => {}
            Some(key) => wrong(name, format!("the key in the pack, {key}, is none of those given")),
            None => wrong(name, "expected a public key, `ed25519:` and base64".to_owned()),
        }
    }
    Ok(())
}

fn policies(
    path: &Path,
    log: &Report,
    wrong: &mut impl FnMut(&Path, String),
) -> Result<Vec<EnclosedPolicy>, AuditError> {
    let mut policies = Vec::new();
    for name in list::files(path)?.iter().filter(|name| name.starts_with(POLICIES)) {
        let shown = name.display().to_string();
        match policy(&shown, &read(&path.join(name))?.unwrap_or_default()) {
            Ok(signed) => {
                let (digest, signatures) = (signed.digest(), signed.signature_count());
                let entries = log.policies.get(&digest).copied().unwrap_or(0);
                policies.push(EnclosedPolicy { name: shown, digest, signatures, entries });
            }
            Err(reason) => wrong(name, reason),
        }
    }
    Ok(policies)
}

fn policy(name: &str, bytes: &[u8]) -> Result<SignedPolicy, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "expected a signed policy, found no text".to_owned())?;
    SignedPolicy::parse(text, name).map_err(|error| error.to_string())
}

/// The bytes of a file of the pack; none where it is missing or longer than any.
fn read(path: &Path) -> Result<Option<Vec<u8>>, AuditError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() && metadata.len() <= LONGEST_BYTES => {
            fs::read(path).map(Some).map_err(AuditError::at(path))
        }
        _ => Ok(None),
    }
}

/// The files of the log in a pack.
fn log_files(log: &Path) -> Result<Vec<PathBuf>, AuditError> {
    folder::files_of(log)
}
