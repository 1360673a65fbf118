//! Passwords: which are taken, and how they are kept and compared.
//!
//! *Source*: RFC 9106, section 4, second recommended option (argon2id, 64 MiB, 3 passes, 4 lanes); NIST SP 800-63B,
//! section 3.1.1 (length instead of composition).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

const MEMORY_KIB: u32 = 64 * 1_024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
const LEAST_CHARS: usize = 12;
const MOST_BYTES: usize = 256;

/// Makes and compares hashes.
pub(super) struct Passwords {
    /// Compared with where there is no user, so that the time of an answer does not tell.
    of_nobody: String,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let of_nobody = crate::secret::new_secret().ok().and_then(|secret| hash(&secret));
        Self { of_nobody: of_nobody.unwrap_or_default() }
    }

    /// Whether this is the password; takes as long where there is none.
    pub(super) fn matches(&self, password: &str, hash: Option<&str>) -> bool {
        let kept = hash.unwrap_or(&self.of_nobody);
        let equal = PasswordHash::new(kept)
            .is_ok_and(|kept| Argon2::default().verify_password(password.as_bytes(), &kept).is_ok());
        equal && hash.is_some()
    }
}

/// A hash in PHC text form, with a random salt; none where the system gives no random bytes.
pub(super) fn hash(password: &str) -> Option<String> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password(password.as_bytes()).ok().map(|hash| hash.to_string())
}

/// What is wrong with a password that somebody chose, as the catalogue names it; none where it will do.
pub(super) fn shortcoming(password: &str, name: &str) -> Option<&'static str> {
    let lower = password.to_lowercase();
    let mut characters: Vec<char> = lower.chars().collect();
    if characters.len() < LEAST_CHARS {
        return Some("password_short");
    }
    if password.len() > MOST_BYTES {
        return Some("password_long");
    }
    if lower.contains(&name.to_lowercase()) {
        return Some("password_name");
    }
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < 5 {
        return Some("password_repeats");
    }
    ["password", "12345678", "qwertyui"]
        .iter()
        .any(|common| lower.contains(common))
        .then_some("password_common")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_matches_and_nobody_has_one() {
        let passwords = Passwords::new();
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"), "{kept}");
        assert!(passwords.matches("correct horse battery", Some(&kept)));
        assert!(!passwords.matches("correct horse batterz", Some(&kept)));
        assert!(!passwords.matches("correct horse battery", None));
        assert!(!passwords.matches("", Some("no hash")));
    }

    #[test]
    fn weak_passwords_are_refused_with_what_would_do() {
        let check = |password: &str, expected: Option<&str>| {
            assert_eq!(shortcoming(password, "anna"), expected, "{password}");
        };
        check("short", Some("password_short"));
        check("abababababababab", Some("password_repeats"));
        check("ANNAs long password", Some("password_name"));
        check("Password for velum", Some("password_common"));
        check(&"long enough ".repeat(30), Some("password_long"));
        check("tram lantern quince", None);
        check("größere Äpfel 7", None);
    }
}
