//! Packs that were given to a box or a hub in a file: accepted, kept, and held beside those of the program.
//!
//! Invariants: what cannot be verified changes nothing, so that the packs that were accepted before hold on, and in
//! any case those of the program; older packs than the newest accepted are refused, over a restart too, for what was
//! accepted is kept in a folder of ours before it holds; while that cannot be read it is not known what holds
//! ([`GivenPacks::is_known`]): no file is looked at, and nothing may be judged.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use velum_vocab::Digest;

use crate::envelope::read_signed;
use crate::error::PolicyError;
use crate::pack::{AcceptedPacks, Packs, SignedPacks};
use crate::trust::TrustRoot;

/// Where the file is, whose signatures count, and what was accepted.
#[derive(Debug)]
pub struct GivenPacks {
    file: PathBuf,
    kept: PathBuf,
    trust: TrustRoot,
    accepted: Option<AcceptedPacks>,
    packs: Packs,
    is_known: bool,
    /// Why it is not known what was accepted, as it was told last.
    trouble: Option<String>,
    /// What was read last of the file.
    seen: Option<Digest>,
}

impl GivenPacks {
    /// Nothing was read yet: the packs of the program hold. `kept` is where accepted packs are kept over a restart.
    pub fn new(file: &Path, kept: &Path, trust: &TrustRoot) -> Self {
        Self {
            file: file.to_owned(),
            kept: kept.to_owned(),
            trust: trust.clone(),
            accepted: None,
            packs: Packs::built_in().clone(),
            is_known: false,
            trouble: None,
            seen: None,
        }
    }

    /// The packs that hold.
    pub fn packs(&self) -> &Packs {
        &self.packs
    }

    /// Whether it is known what was accepted before. Until then it is not known what holds either.
    pub fn is_known(&self) -> bool {
        self.is_known
    }

    /// Looks at the file, and takes it where it changed and may follow what was accepted before. Says whether other
    /// packs hold than before.
    ///
    /// # Errors
    /// Why the file is not used; told once for each state of the file.
    pub fn look(&mut self) -> Result<bool, PolicyError> {
        self.look_and(keep)
    }

    /// The same without keeping anything: for a look from beside a box that runs.
    ///
    /// # Errors
    /// As [`GivenPacks::look`].
    pub fn look_only(&mut self) -> Result<bool, PolicyError> {
        self.look_and(|_, _| Ok(()))
    }

    fn look_and(&mut self, keep: fn(&Path, &str) -> Result<(), PolicyError>) -> Result<bool, PolicyError> {
        let opened = match self.open() {
            Ok(opened) => opened,
            Err(error) => {
                let text = error.to_string();
                let is_told = self.trouble.replace(text.clone()) == Some(text);
                return if is_told { Ok(false) } else { Err(error) };
            }
        };
        let read = read_signed(&self.file);
        let state = match &read {
            Ok(text) => Digest::of(text.as_bytes()),
            Err(error) => Digest::of(error.to_string().as_bytes()),
        };
        let before = self.seen.replace(state);
        if before == Some(state) {
            return Ok(opened);
        }
        let text = read?;
        let signed = SignedPacks::parse(&text, &self.file.display().to_string())?;
        let next = signed.verify_after(self.accepted.as_ref(), &self.trust)?;
        if self.accepted.as_ref().is_some_and(|accepted| accepted.digest() == next.digest()) {
            return Ok(opened);
        }
        if let Err(error) = keep(&self.kept, &text) {
            // The disk, not the file: it is looked at again.
            self.seen = before;
            return Err(error);
        }
        self.hold(next);
        Ok(true)
    }

    /// What was accepted before this start: tried until it can be read.
    fn open(&mut self) -> Result<bool, PolicyError> {
        if self.is_known {
            return Ok(false);
        }
        let was_any = match read_signed(&self.kept) {
            Ok(text) => {
                let signed = SignedPacks::parse(&text, &self.kept.display().to_string())?;
                self.hold(signed.verify(&self.trust)?);
                true
            }
            Err(PolicyError::Io { source, .. }) if is_absent(&source) => false,
            Err(error) => return Err(error),
        };
        (self.is_known, self.trouble) = (true, None);
        Ok(was_any)
    }

    fn hold(&mut self, accepted: AcceptedPacks) {
        self.packs = Packs::built_in().with(accepted.packs().clone());
        self.accepted = Some(accepted);
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Written beside the file and put in its place, durable before it counts.
fn keep(path: &Path, text: &str) -> Result<(), PolicyError> {
    let beside = path.with_extension("unfinished");
    let written = || {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)?;
        path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
    };
    written().map_err(|source| PolicyError::Io { path: path.display().to_string(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SigningKey;

    struct Town {
        folder: tempfile::TempDir,
        keys: [SigningKey; 2],
    }

    impl Town {
        fn new() -> Self {
            let keys = [(); 2].map(|()| SigningKey::generate().unwrap());
            Self { folder: tempfile::tempdir().unwrap(), keys }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn given(&self) -> GivenPacks {
            let trust = TrustRoot::new(self.keys.iter().map(SigningKey::public).collect(), 2, None).unwrap();
            GivenPacks::new(&self.at("packs.json"), &self.at("state/packs.json"), &trust)
        }

        fn put(&self, version: &str, signatures: usize) {
            let text = format!(
                "schema = \"cctv-pack/1\"\nversion = \"{version}\"\n[[retention]]\ncountry = \"BE\"\n\
                 regime = \"led\"\ndata = \"any\"\nmax = \"P90D\"\nlaw = \"a decree\"\nstatus = \"recall\"\n"
            );
            let mut signed = SignedPacks::unsigned(&text, "packs.toml");
            self.keys.iter().take(signatures).for_each(|key| signed.sign(key));
            fs::write(self.at("packs.json"), signed.to_json()).unwrap();
        }
    }

    #[test]
    fn what_cannot_be_verified_changes_nothing_and_is_told_once() {
        let town = Town::new();
        let mut given = town.given();
        assert!(given.look().unwrap_err().to_string().contains("packs.json"), "there is no file yet");
        assert!(!given.look().unwrap());
        town.put("2026.12", 1);
        assert!(given.look().unwrap_err().to_string().contains("2 approvers must sign"));
        assert_eq!(given.packs(), Packs::built_in());
        town.put("2026.12", 2);
        assert!(given.look().unwrap() && !given.look().unwrap());
        assert_eq!(given.packs().versions(), "2026.11+2026.12");
        for spoil in ["", "{}", "\u{0}"] {
            fs::write(town.at("packs.json"), spoil).unwrap();
            assert!(given.look().is_err() && !given.look().unwrap());
            assert_eq!(given.packs().versions(), "2026.11+2026.12", "what was accepted holds on");
        }
        fs::remove_file(town.at("packs.json")).unwrap();
        assert!(given.look().is_err());
        assert_eq!(given.packs().versions(), "2026.11+2026.12");
    }

    #[test]
    fn what_was_accepted_holds_over_a_restart_and_older_packs_are_refused_then_too() {
        let town = Town::new();
        town.put("2026.12", 2);
        assert!(town.given().look().unwrap());
        town.put("2026.11.4", 2);
        let mut given = town.given();
        assert!(matches!(given.look(), Err(PolicyError::OlderPacks { .. })));
        assert_eq!(given.packs().versions(), "2026.11+2026.12");
        town.put("2027.01", 2);
        // From beside nothing is kept.
        let mut beside = town.given();
        assert!(beside.look_only().unwrap());
        assert_eq!(beside.packs().versions(), "2026.11+2027.01");
        fs::remove_file(town.at("packs.json")).unwrap();
        let mut given = town.given();
        assert!(given.look().is_err());
        assert_eq!(given.packs().versions(), "2026.11+2026.12");
    }

    #[test]
    fn while_what_was_accepted_cannot_be_read_nothing_else_is_taken() {
        let town = Town::new();
        town.put("2026.12", 2);
        assert!(town.given().look().unwrap());
        let kept = fs::read_to_string(town.at("state/packs.json")).unwrap();
        fs::write(town.at("state/packs.json"), "{").unwrap();
        // Not an older one as if it were the first, either.
        town.put("2026.11.4", 2);
        let mut given = town.given();
        assert!(given.look().unwrap_err().to_string().contains("state/packs.json"));
        assert!(!given.look().unwrap() && !given.is_known(), "told once, and not known");
        assert_eq!(fs::read_to_string(town.at("state/packs.json")).unwrap(), "{");
        fs::write(town.at("state/packs.json"), kept).unwrap();
        assert!(matches!(given.look(), Err(PolicyError::OlderPacks { .. })));
        assert!(given.is_known());
        assert_eq!(given.packs().versions(), "2026.11+2026.12");
        // So it is with keys of other approvers than those who signed it.
        let others = Town { folder: town.folder, keys: [(); 2].map(|()| SigningKey::generate().unwrap()) };
        let mut given = others.given();
        assert!(given.look().is_err() && !given.is_known());
    }

    #[test]
    fn a_disk_that_takes_nothing_is_tried_again() {
        let town = Town::new();
        town.put("2026.12", 2);
        fs::write(town.at("state"), "a file where the folder should be").unwrap();
        let mut given = town.given();
        for _ in 0..2 {
            assert!(matches!(given.look(), Err(PolicyError::Io { .. })));
            assert_eq!(given.packs(), Packs::built_in());
        }
        fs::remove_file(town.at("state")).unwrap();
        assert!(given.look().unwrap());
    }
}
