//! A policy as if it were approved: its approvers' keys are replaced in memory by keys that are thrown away, it is signed
//! with those, and verified as a box verifies it.
//!
//! Invariant: nothing of it is written anywhere, and no hub or box pins those keys. What applies to each camera must be,
//! word by word, what applies under the file itself.

use anyhow::ensure;
use serde::Deserialize;
use velum_policy::{PolicyError, PolicyFile, SignedPolicy, SigningKey, TrustRoot, VerifiedPolicy};

/// No box takes a policy with fewer.
const QUORUM: u32 = 2;

/// The file, approved by stand-ins.
///
/// # Errors
/// [`PolicyError::Refused`] where the file has errors: no box would take it.
pub(super) fn approved(file: &PolicyFile) -> anyhow::Result<VerifiedPolicy> {
    // What is wrong with the file itself is told before any key of it is replaced.
    let resolved = file.resolve()?;
    let approvers = file.document().change_control.approver.iter();
    let keys = approvers.map(|_| SigningKey::generate()).collect::<Result<Vec<_>, PolicyError>>()?;
    let mut signed = SignedPolicy::unsigned(&renamed(file.text(), &keys)?, file.path());
    keys.iter().for_each(|key| signed.sign(key));
    let trust = TrustRoot::new(keys.iter().map(SigningKey::public).collect(), QUORUM, None)?;
    let verified = signed.verify(&trust)?;
    ensure!(
        *verified.resolved() == resolved,
        "{}: with other approvers the policy means something else; report this as a bug of velum",
        file.path()
    );
    Ok(verified)
}

/// Where the keys of the approvers stand; all else is of no interest here.
#[derive(Deserialize)]
struct Keys {
    change_control: Control,
}

#[derive(Deserialize)]
struct Control {
    #[serde(default)]
    approver: Vec<Approver>,
}

#[derive(Deserialize)]
struct Approver {
    key: toml::Spanned<String>,
}

/// The text with these keys in the place of its approvers', in their order.
fn renamed(text: &str, keys: &[SigningKey]) -> anyhow::Result<String> {
    let Keys { change_control: Control { approver } } = toml::from_str(text)?;
    let mut places: Vec<_> = approver.iter().map(|one| one.key.span()).zip(keys).collect();
    places.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut renamed = text.to_owned();
    for (span, key) in places {
        renamed.replace_range(span, &format!("\"{}\"", key.public()));
    }
    Ok(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> PolicyFile {
        PolicyFile::parse(text, "policy.toml").unwrap()
    }

    #[test]
    fn only_the_approvers_keys_are_others_and_all_of_them_sign() {
        for text in [
            include_str!("../../../../policy/examples/gdpr-market-square.toml"),
            include_str!("../../../../policy/examples/led-tram-hub.toml"),
        ] {
            let original = file(text);
            let approved = approved(&original).unwrap();
            assert_eq!(approved.signers().len(), 3);
            let mut document = approved.file().document().clone();
            let same = original.document().change_control.approver.clone();
            let roles = |all: &[velum_policy::sections::Approver]| {
                all.iter().map(|one| one.role.clone()).collect::<Vec<_>>()
            };
            assert_eq!(roles(&document.change_control.approver), roles(&same));
            assert_ne!(document.change_control.approver, same);
            document.change_control.approver = same;
            assert_eq!(document, *original.document());
        }
    }

    #[test]
    fn what_no_box_takes_is_not_approved_by_stand_ins_either() {
        let text = include_str!("../../../../policy/examples/gdpr-market-square.toml");
        let check = |from: &str, to: &str, expected: &str| {
            assert!(text.contains(from));
            let error = approved(&file(&text.replace(from, to))).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("min_group        = 10", "min_group        = 3", "AGG-001");
        // Two approvers with one key would be two others here: the file itself is judged first.
        check(
            "Yk3sD8fG1hJ4kL7zX0cV5bN2mQ9wE6rT8yU1iO4pA=",
            "uNq0vY1cQ7pJw2mR9xT4sB6dF8hK3lZ5aE1gI7oU0c=",
            "CHG-",
        );
        check("quorum          = 2", "quorum          = 9", "CHG-001");
    }
}
