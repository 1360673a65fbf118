//! The keys of approvers: Ed25519.

use std::fmt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::error::PolicyError;

const PREFIX: &str = "ed25519:";
const PEM_BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_END: &str = "-----END PRIVATE KEY-----";

/// A public key, written `ed25519:` and 32 bytes in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

/// What was given instead of a public key. It may be a private one, and so only a short line is quoted.
fn shown(text: &str) -> String {
    let chars = text.chars().count();
    let is_short = chars <= 64 && !text.contains("PRIVATE") && !text.chars().any(char::is_control);
    if is_short { format!("`{text}`") } else { format!("{chars} characters that are no public key") }
}

impl PublicKey {
    /// Reads the notation.
    ///
    /// # Errors
    /// [`PolicyError::PublicKey`] for anything else.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let text = text.trim();
        let bytes = text.strip_prefix(PREFIX).and_then(|base64| STANDARD.decode(base64).ok());
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| PolicyError::PublicKey(shown(text)))
    }

    /// The 32 bytes.
    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key signed these bytes.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", STANDARD.encode(self.0))
    }
}

/// A private key. It is not shown, not cloned, and written only by [`SigningKey::save`].
pub struct SigningKey {
    pair: Ed25519KeyPair,
    pkcs8: Vec<u8>,
}

impl SigningKey {
    /// Makes a new pair.
    ///
    /// # Errors
    /// [`PolicyError::Random`] when the system gives no random bytes.
    pub fn generate() -> Result<Self, PolicyError> {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| PolicyError::Random)?;
        Self::from_pkcs8(pkcs8.as_ref()).ok_or(PolicyError::Random)
    }

    fn from_pkcs8(bytes: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(bytes).ok()?;
        Some(Self { pair, pkcs8: bytes.to_vec() })
    }

    /// Reads what [`SigningKey::to_pem`] writes; `path` is only named in the error.
    ///
    /// # Errors
    /// [`PolicyError::PrivateKey`] for anything else.
    pub fn from_pem(text: &str, path: &str) -> Result<Self, PolicyError> {
        let inside = text.trim().strip_prefix(PEM_BEGIN).and_then(|rest| rest.strip_suffix(PEM_END));
        let bytes =
            inside.and_then(|base64| STANDARD.decode(base64.split_whitespace().collect::<String>()).ok());
        let key = bytes.and_then(|bytes| Self::from_pkcs8(&bytes));
        key.ok_or_else(|| PolicyError::PrivateKey { path: path.to_owned() })
    }

    /// The key in PKCS#8, PEM.
    pub fn to_pem(&self) -> String {
        let base64 = STANDARD.encode(&self.pkcs8);
        let mut pem = format!("{PEM_BEGIN}\n");
        for (n, symbol) in base64.chars().enumerate() {
            if n > 0 && n % 64 == 0 {
                pem.push('\n');
            }
            pem.push(symbol);
        }
        pem + "\n" + PEM_END + "\n"
    }

    /// Reads a private key file.
    ///
    /// # Errors
    /// [`PolicyError::Io`] or [`PolicyError::PrivateKey`].
    pub fn load(path: &Path) -> Result<Self, PolicyError> {
        let shown = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_pem(&text, &shown),
            Err(source) => Err(PolicyError::Io { path: shown, source }),
        }
    }

    /// Reads the private key at `path`, or makes one there, readable by its owner alone. The public half is
    /// written beside it, as `.pub`.
    ///
    /// # Errors
    /// [`PolicyError::Io`], [`PolicyError::PrivateKey`] and [`PolicyError::Random`].
    pub fn load_or_make(path: &Path) -> Result<Self, PolicyError> {
        let at = |path: &Path| {
            let path = path.display().to_string();
            move |source| PolicyError::Io { path, source }
        };
        if !path.try_exists().map_err(at(path))? {
            let unfinished = path.with_extension("new");
            match std::fs::remove_file(&unfinished) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(at(&unfinished)(error));
                }
                _ => Self::generate()?.save(&unfinished)?,
            }
            std::fs::rename(&unfinished, path).map_err(at(path))?;
        }
        let key = Self::load(path)?;
        let public = path.with_extension("pub");
        std::fs::write(&public, format!("{}\n", key.public())).map_err(at(&public))?;
        Ok(key)
    }

    /// Writes a new private key file, readable by its owner alone. An existing file is not overwritten.
    ///
    /// # Errors
    /// [`PolicyError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), PolicyError> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let written = file.and_then(|mut file| {
            file.write_all(self.to_pem().as_bytes())?;
            file.sync_all()
        });
        written.map_err(|source| PolicyError::Io { path: path.display().to_string(), source })
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        let mut bytes = [0; 32];
        // The public half of an Ed25519 key always has 32 bytes; the copy is length-checked all the same.
        bytes.iter_mut().zip(self.pair.public_key().as_ref()).for_each(|(to, from)| *to = *from);
        PublicKey(bytes)
    }

    /// Signs.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_read_back_and_files_are_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("approver.key");
        let key = SigningKey::generate().unwrap();
        key.save(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(SigningKey::load(&path).unwrap().public(), key.public());
        assert!(matches!(key.save(&path), Err(PolicyError::Io { .. })));
        assert_eq!(PublicKey::parse(&key.public().to_string()).unwrap(), key.public());
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_key_is_made_once_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.key");
        std::fs::write(folder.path().join("audit.new"), "half of a key").unwrap();
        let made = SigningKey::load_or_make(&path).unwrap().public();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(SigningKey::load_or_make(&path).unwrap().public(), made);
        let public = std::fs::read_to_string(folder.path().join("audit.pub")).unwrap();
        assert_eq!(PublicKey::parse(&public).unwrap(), made);
        std::fs::write(&path, "something else").unwrap();
        assert!(matches!(SigningKey::load_or_make(&path), Err(PolicyError::PrivateKey { .. })));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for odd in ["", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:not base64"] {
            assert!(PublicKey::parse(odd).is_err(), "{odd}");
            assert!(SigningKey::from_pem(odd, "x.key").is_err(), "{odd}");
        }
        let error = PublicKey::parse("ed25519:AAAA").unwrap_err().to_string();
        assert!(error.contains("velum policy keygen"), "{error}");
    }
}
