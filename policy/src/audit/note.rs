//! Checkpoints: what the log is at one moment, signed, as a text that a witness can keep.
//!
//! A signed note of C2SP (<https://c2sp.org/signed-note>, <https://c2sp.org/tlog-checkpoint>): the origin, how
//! many records, the root of their tree in base64; then two extension lines of our own, `time` and `head` (SHA-256
//! of the line before the checkpoint, which closes the chain); an empty line; a line with name, key id and
//! signature. A witness may add signatures of its own: they are read as the specification wants it, and let be.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use velum_vocab::{Digest, Timestamp};

use crate::audit::{AuditError, text};
use crate::keys::{PublicKey, SigningKey};

/// The algorithm Ed25519 in a key id.
const ED25519: u8 = 1;
/// No note is longer, bytes. There is room for 16 signatures, the longest (post-quantum) of 5 kB.
const LONGEST_BYTES: usize = 128 * 1_024;

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
    /// Those in the name of the log itself: key id and signature.
    signatures: Vec<(KeyId, Vec<u8>)>,
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
        let root = root_text(self.root);
        let body = format!("{}\n{}\n{root}\ntime {time}\nhead {}\n", self.origin, self.number, self.head);
        let signature = (key_id(&self.origin, &key.public()), key.sign(body.as_bytes()));
        let text = whole(&body, &self.origin, &signature);
        Ok(SignedCheckpoint { checkpoint: self, body, signatures: vec![signature], text })
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
        let (body, signatures) = note.rsplit_once("\n\n").ok_or_else(|| none("not a signed note"))?;
        let body = format!("{body}\n");
        let checkpoint = Checkpoint::parse(&body).ok_or_else(|| none("the note is not of an audit log"))?;
        let lines = signatures.strip_suffix('\n').map(|lines| lines.split('\n').map(signature));
        let all: Option<Vec<_>> = lines.and_then(Iterator::collect);
        let all = all.ok_or_else(|| none("a line of the note is no signature"))?;
        let own = all.into_iter().filter(|(name, ..)| *name == checkpoint.origin);
        // Ed25519; another algorithm in the same name is as unknown as another key.
        let signatures: Vec<_> = own.filter(|(.., s)| s.len() == 64).map(|(_, id, s)| (id, s)).collect();
        if signatures.is_empty() {
            return Err(none("the note has no signature of the log itself"));
        }
        Ok(Self { checkpoint, body, signatures, text: note.to_owned() })
    }

    /// A note with one signature, the log's own, and nothing else: as the log itself writes it.
    pub(crate) fn parse_bare(note: &str) -> Option<Self> {
        Self::parse(note).ok().filter(Self::is_bare)
    }

    /// What it says.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The whole note, to be kept by a witness.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether this key signed it: it is named, and every signature that names it holds.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        let named = self.named(key);
        !named.is_empty() && named.iter().all(|signature| key.verifies(self.body.as_bytes(), signature))
    }

    /// Those of these keys that signed it.
    pub fn signers<'k>(&self, keys: &'k [PublicKey]) -> Vec<&'k PublicKey> {
        keys.iter().filter(|key| self.is_signed_by(key)).collect()
    }

    fn is_bare(&self) -> bool {
        let [signature] = &self.signatures[..] else { return false };
        self.text == whole(&self.body, &self.checkpoint.origin, signature)
    }

    /// Whether it names other keys than this one.
    pub(crate) fn names_another_key(&self, key: &PublicKey) -> bool {
        self.named(key).is_empty()
    }

    /// The signatures that name this key.
    fn named(&self, key: &PublicKey) -> Vec<&[u8]> {
        let id = key_id(&self.checkpoint.origin, key);
        let named = self.signatures.iter().filter(|(named, _)| *named == id);
        named.map(|(_, signature)| &signature[..]).collect()
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

/// Name, key id and signature of a signature line.
fn signature(line: &str) -> Option<(String, KeyId, Vec<u8>)> {
    let (name, base64) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
    let is_named = !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    let bytes = STANDARD.decode(base64).ok().filter(|_| is_named)?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    Some((name.to_owned(), *id, signature.to_vec()))
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

pub(crate) fn root_text(root: Digest) -> String {
    STANDARD.encode(root.0)
}

pub(crate) fn digest(hex: &str) -> Option<Digest> {
    Digest::parse(hex).ok().filter(|digest| digest.to_string() == hex)
}

pub(crate) fn digests(hex: &[String]) -> Option<Vec<Digest>> {
    hex.iter().map(|hex| digest(hex)).collect()
}

#[cfg(test)]
mod tests;
