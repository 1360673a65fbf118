//! Checkpoints: what the log is at one moment, signed, as a text that a witness can keep.
//!
//! A signed note of C2SP (<https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>): the origin, how
//! many records, the root of their tree in base64; then two lines of our own, `time` and `head` (SHA-256 of the
//! line before the checkpoint, which closes the chain); an empty line; a line with name, key id and signature.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use velum_vocab::{Digest, Timestamp};

use crate::audit::{AuditError, text};
use crate::keys::{PublicKey, SigningKey};

/// The algorithm Ed25519 in a key id.
const ED25519: u8 = 1;
/// No note is longer, bytes.
const LONGEST_BYTES: usize = 4_096;

/// What the log was at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    number: u64,
    root: Digest,
    time: Timestamp,
    head: Digest,
}

/// A checkpoint and its signature; not verified by being read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    body: String,
    /// Key id and signature.
    signature: (KeyId, Vec<u8>),
    text: String,
}

/// Four bytes that tell keys apart; they prove nothing.
type KeyId = [u8; 4];

impl Checkpoint {
    pub(crate) fn new(origin: String, number: u64, root: Digest, time: Timestamp, head: Digest) -> Self {
        Self { origin, number, root, time, head }
    }

    /// Which log: `velum-audit/`, the writer and the incarnation.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// How many records the log had.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The root of the tree over them.
    pub fn root(&self) -> Digest {
        self.root
    }

    /// When it was signed.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// SHA-256 of the line before it.
    pub fn head(&self) -> Digest {
        self.head
    }

    /// # Errors
    /// [`AuditError::Clock`] where no calendar has its time.
    pub(crate) fn sign(self, key: &SigningKey) -> Result<SignedCheckpoint, AuditError> {
        let time = text::time(self.time).ok_or(AuditError::Clock)?;
        let root = STANDARD.encode(self.root.0);
        let body = format!("{}\n{}\n{root}\ntime {time}\nhead {}\n", self.origin, self.number, self.head);
        let signature = (key_id(&self.origin, &key.public()), key.sign(body.as_bytes()));
        let text = whole(&body, &self.origin, &signature);
        Ok(SignedCheckpoint { checkpoint: self, body, signature, text })
    }

    fn parse(body: &str) -> Option<Self> {
        let mut lines = body.strip_suffix('\n')?.split('\n');
        let checkpoint = Self {
            origin: lines.next().filter(|origin| is_name(origin))?.to_owned(),
            number: number(lines.next()?)?,
            root: root(lines.next()?)?,
            time: text::parse_time(lines.next()?.strip_prefix("time ")?)?,
            head: digest(lines.next()?.strip_prefix("head ")?)?,
        };
        lines.next().is_none().then_some(checkpoint)
    }
}

impl SignedCheckpoint {
    /// Reads a note. Signatures of others (witnesses) are let be.
    ///
    /// # Errors
    /// [`AuditError::Checkpoint`] for anything else.
    pub fn parse(note: &str) -> Result<Self, AuditError> {
        let none = |reason: &str| AuditError::Checkpoint(reason.to_owned());
        if note.len() > LONGEST_BYTES {
            return Err(none("too long for a signed note"));
        }
        let (body, signatures) = note.split_once("\n\n").ok_or_else(|| none("not a signed note"))?;
        let body = format!("{body}\n");
        let checkpoint = Checkpoint::parse(&body).ok_or_else(|| none("the note is not of an audit log"))?;
        let own = signatures.lines().find_map(|line| signature(line, &checkpoint.origin));
        let signature = own.ok_or_else(|| none("the note has no signature of the log itself"))?;
        Ok(Self { checkpoint, body, signature, text: note.to_owned() })
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The whole note, to be kept by a witness.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this key signed it.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        key.verifies(self.body.as_bytes(), &self.signature.1)
    }

    /// Whether it has one signature, the log's own, and nothing else: as the log itself writes it.
    pub(crate) fn is_bare(&self) -> bool {
        self.text == whole(&self.body, &self.checkpoint.origin, &self.signature)
    }

    /// Whether it names another key than this one.
    pub(crate) fn names_another_key(&self, key: &PublicKey) -> bool {
        self.signature.0 != key_id(&self.checkpoint.origin, key)
    }
}

fn whole(body: &str, name: &str, (id, signature): &(KeyId, Vec<u8>)) -> String {
    let both = STANDARD.encode([&id[..], signature].concat());
    format!("{body}\n\u{2014} {name} {both}\n")
}

fn key_id(name: &str, key: &PublicKey) -> KeyId {
    let hash = Digest::of(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()].concat());
    let [a, b, c, d, ..] = hash.0;
    [a, b, c, d]
}

fn signature(line: &str, name: &str) -> Option<(KeyId, Vec<u8>)> {
    let (named, base64) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let bytes = STANDARD.decode(base64).ok().filter(|bytes| bytes.len() == 68 && named == name)?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    Some((*id, signature.to_vec()))
}

fn is_name(text: &str) -> bool {
    (1..=256).contains(&text.len()) && text.chars().all(|c| c.is_ascii_graphic() && c != '+')
}

/// A number in the one notation without sign and leading zeros.
pub(crate) fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

pub(crate) fn root(base64: &str) -> Option<Digest> {
    Some(Digest(<[u8; 32]>::try_from(STANDARD.decode(base64).ok()?).ok()?))
}

pub(crate) fn digest(hex: &str) -> Option<Digest> {
    Digest::parse(hex).ok().filter(|digest| digest.to_string() == hex)
}
