//! Why a policy, a key or a signature was refused.

use crate::finding::Findings;
use crate::pack::PackVersion;
use crate::version::Version;

/// Why a policy, a key or a signature was refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file does not parse, or a rule found an error.
    #[error("{0}")]
    Refused(Findings),
    /// It is in order by itself, and lacks what the country packs that hold here ask for.
    #[error("{0}")]
    Lacking(Findings),
    /// The file is too long to be a policy.
    #[error("{path}: a policy has at most {most} bytes, found {bytes}; is this the right file?")]
    TooLong {
        /// The file.
        path: String,
        /// Its length.
        bytes: usize,
        /// The most that is read.
        most: usize,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// A key is not an Ed25519 key in the expected notation.
    #[error(
        "{0}: expected `ed25519:` and 32 bytes in base64; `velum policy keygen` makes a pair and prints it"
    )]
    PublicKey(String),
    /// A private key file is not what `keygen` writes.
    #[error(
        "{path}: expected an Ed25519 private key (PKCS#8, PEM); make one with `velum policy keygen --out DIR`"
    )]
    PrivateKey {
        /// The file.
        path: String,
    },
    /// The system gave no random bytes.
    #[error("the system's random number generator failed; no key can be made")]
    Random,
    /// The signed file is not an envelope.
    #[error(
        "{path}: expected a signed policy (JSON with payloadType, payload and signatures), {reason}; \
             make one with `velum policy sign FILE --key KEY --out FILE.signed.json`"
    )]
    Envelope {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of country packs cannot be used.
    #[error("{path}: {reason}")]
    Packs {
        /// The file.
        path: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// Packs let something go that those before them held to.
    #[error(
        "{path}: {what}, which the packs {accepted} that were accepted before hold to; given packs may only add and tighten: \
         keep that entry as it was, or make it stricter"
    )]
    LooserPacks {
        /// The file.
        path: String,
        /// What is missing or looser.
        what: String,
        /// What was accepted before.
        accepted: PackVersion,
    },
    /// The packs are older than those that were accepted before, or others of the same version.
    #[error(
        "{path}: packs {found} were offered and {accepted} accepted before{}; give the file a version above \
             {accepted} and have it signed again",
        if .found == .accepted { " with other contents" } else { "" }
    )]
    OlderPacks {
        /// The file.
        path: String,
        /// The version offered.
        found: PackVersion,
        /// The newest accepted.
        accepted: PackVersion,
    },
    /// An opinion of the data protection officer cannot be used.
    #[error("{path}: {reason}")]
    Opinion {
        /// The file.
        path: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// The trust root itself cannot be used.
    #[error("{path}: {reason}")]
    Trust {
        /// Where it is written.
        path: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// Too few approvers signed.
    #[error(
        "{path}: {needed} approvers must sign, found {found} ({details}); {}",
        .shortfall.advice(.path, .command)
    )]
    Quorum {
        /// The file.
        path: String,
        /// How many are needed.
        needed: usize,
        /// How many signatures count.
        found: usize,
        /// What became of each signature.
        details: String,
        /// What kind of signature is wanting.
        shortfall: Shortfall,
        /// What adds a signature, for example `velum policy sign`.
        command: &'static str,
    },
    /// The version is older than one that was accepted before.
    #[error(
        "policy `{id}` {found} is older than {highest}, which was accepted before; \
             give the file a version above {highest} and have it signed again"
    )]
    Rollback {
        /// The policy.
        id: String,
        /// The version offered.
        found: Version,
        /// The highest accepted.
        highest: Version,
    },
    /// The version was accepted before with other contents.
    #[error(
        "policy `{id}` {version} was accepted before with other contents; \
             every change needs a new version: raise `policy.version` and have it signed again"
    )]
    SameVersion {
        /// The policy.
        id: String,
        /// The version.
        version: Version,
    },
    /// The diff gate refuses the change.
    #[error("{rule}: {sentence}; `velum policy diff OLD NEW` shows the change and what it needs")]
    Change {
        /// The rule, for example `DIF-001`.
        rule: &'static str,
        /// What is missing.
        sentence: String,
    },
    /// Another policy altogether.
    #[error(
        "this box runs policy `{installed}`, found `{found}`; \
             another policy id needs a box that is set up anew, with an empty state folder"
    )]
    OtherPolicy {
        /// The id that the box runs.
        installed: String,
        /// The id offered.
        found: String,
    },
}

/// Why signatures do not suffice. To sign is only right where nothing but a signature is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortfall {
    /// An approver's signature does not match the file.
    Altered,
    /// A key signed that is not pinned.
    Stranger,
    /// There is no signature at all.
    Unsigned,
    /// Signatures are missing, or do not count.
    Missing,
}

impl Shortfall {
    /// `path` is never named as `--out`: it may be the plain policy.
    fn advice(self, path: &str, command: &str) -> String {
        match self {
            Self::Altered => "do not sign it; fetch the approved file again".to_owned(),
            Self::Stranger => "do not sign it before you know whose key that is; \
                 fetch the file that this box's approvers signed"
                .to_owned(),
            Self::Unsigned => format!(
                "let each approver read it and run `{command} {path} --key KEY --out FILE.signed.json`, \
                 one after the other"
            ),
            Self::Missing => {
                format!("let another approver read it and run `{command} {path} --key KEY`")
            }
        }
    }
}

impl PolicyError {
    /// The findings, where the file itself was refused.
    pub fn findings(&self) -> Option<&Findings> {
        match self {
            Self::Refused(findings) | Self::Lacking(findings) => Some(findings),
            _ => None,
        }
    }
}
