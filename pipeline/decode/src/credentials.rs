//! A camera's user name and password: read from a file or an environment variable, shown nowhere.

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::DecodeError;

/// A user name and a password. Not printable, overwritten when dropped.
#[derive(Clone)]
pub struct Credentials {
    user: Zeroizing<String>,
    password: Zeroizing<String>,
}

impl Credentials {
    /// Reads one line `user:password` from a file.
    ///
    /// # Errors
    /// [`DecodeError::CredentialsFile`] where it cannot be read or has another form; other users of the
    /// system being able to read it is an error too.
    pub fn from_file(path: &Path) -> Result<Self, DecodeError> {
        let wrong = |reason: String| DecodeError::CredentialsFile { path: path.to_path_buf(), reason };
        refuse_open_permissions(path).map_err(wrong)?;
        let text = std::fs::read_to_string(path).map_err(|e| wrong(e.to_string()))?;
        Self::parse(Zeroizing::new(text).as_str()).map_err(|reason| wrong(reason.to_owned()))
    }

    /// Reads `user:password` from an environment variable.
    ///
    /// # Errors
    /// [`DecodeError::CredentialsEnv`] where it is not set or has another form.
    pub fn from_env(variable: &str) -> Result<Self, DecodeError> {
        let wrong = |reason: &str| DecodeError::CredentialsEnv {
            variable: variable.to_owned(),
            reason: reason.to_owned(),
        };
        let text = std::env::var(variable).map_err(|_| wrong("not set, or not text"))?;
        Self::parse(Zeroizing::new(text).as_str()).map_err(wrong)
    }

    /// Parses `user:password`; the password may hold colons. Errors never repeat the text.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let line = text.trim_end_matches(['\r', '\n']);
        if line.contains(['\r', '\n', '\0']) {
            return Err("expected one line");
        }
        let (user, password) = line.split_once(':').ok_or("expected `user:password`, found no colon")?;
        if user.is_empty() {
            return Err("expected `user:password`, found an empty user name");
        }
        Ok(Self { user: user.to_owned().into(), password: password.to_owned().into() })
    }

    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    pub(crate) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

#[cfg(unix)]
fn refuse_open_permissions(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).map_err(|e| e.to_string())?.permissions().mode();
    if mode & 0o007 == 0 {
        return Ok(());
    }
    Err(format!(
        "every user of the system may read or change it (mode {:o}); run `chmod 600` on it",
        mode & 0o777
    ))
}

#[cfg(not(unix))]
fn refuse_open_permissions(_: &Path) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&str, &str), &str>) {
        let found = Credentials::parse(text);
        let found = found.as_ref().map(|c| (c.user(), c.password())).map_err(|e| *e);
        assert_eq!(found, expected);
    }

    #[test]
    fn forms() {
        check("admin:pass", Ok(("admin", "pass")));
        check("admin:pa:ss\r\n", Ok(("admin", "pa:ss")));
        check("admin:", Ok(("admin", "")));
        check("admin", Err("expected `user:password`, found no colon"));
        check(":pass", Err("expected `user:password`, found an empty user name"));
        check("a:b\nc:d", Err("expected one line"));
    }

    #[test]
    fn nothing_shows_them() {
        let credentials = Credentials::parse("admin:hunter2").unwrap();
        assert_eq!(format!("{credentials:?}"), "Credentials(…)");
    }

    #[test]
    fn a_file_must_be_private_and_well_formed() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("camera.credentials");
        let missing = Credentials::from_file(&path).unwrap_err().to_string();
        assert!(missing.starts_with("credentials_file: `") && missing.contains("one line `user:password`"));
        std::fs::write(&path, "admin:hunter2\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let open = Credentials::from_file(&path).unwrap_err().to_string();
        assert!(
            open.contains("mode 644") && open.contains("chmod 600") && !open.contains("hunter2"),
            "{open}"
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(Credentials::from_file(&path).unwrap().user(), "admin");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let error = Credentials::from_env("VELUM_NO_SUCH_VARIABLE").unwrap_err().to_string();
        assert!(error.starts_with("credentials_env: `VELUM_NO_SUCH_VARIABLE`: not set"), "{error}");
    }

    #[test]
    fn random_bytes_do_no_harm() {
        let mut random = fastrand::Rng::with_seed(11);
        for _ in 0..5_000 {
            let bytes: Vec<u8> = (0..random.usize(0..12)).map(|_| random.u8(..)).collect();
            if let Ok(credentials) = Credentials::parse(&String::from_utf8_lossy(&bytes)) {
                assert!(!credentials.user().is_empty() && !credentials.user().contains(':'));
            }
        }
    }
}
