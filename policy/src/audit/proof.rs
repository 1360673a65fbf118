//! Proofs that can be handed to somebody who may not see the log: that one record is in it, and that the log of
//! today begins with the log that a kept checkpoint speaks of. Each is one JSON file with all that is needed but
//! the public key; the format is in `docs/audit-log.md`.

mod prove;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};
use velum_vocab::Digest;

use crate::audit::AuditError;
use crate::audit::chain::check_signature;
use crate::audit::entry::Record;
use crate::audit::fault::Fault;
use crate::audit::line::{Line, Linked, VERSION};
use crate::audit::note::{self, SignedCheckpoint};
use crate::audit::question::{Question, Verdict, record_contradicts};
use crate::audit::remembered::Remembered;
use crate::audit::tree;
use crate::keys::PublicKey;
pub use prove::{prove_growth, prove_record};

/// No proof is longer, bytes.
const LONGEST_BYTES: u64 = 512 * 1_024;

/// That one record is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    /// The record's number, from 1.
    pub number: u64,
    /// Its line, without the line feed.
    pub line: String,
    /// The hashes beside the way to the root, from the leaf upwards.
    pub steps: Vec<Digest>,
    /// The checkpoint that speaks of the log.
    pub checkpoint: SignedCheckpoint,
}

/// That the log begins with the records that an earlier checkpoint speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The earlier checkpoint.
    pub earlier: Remembered,
    /// The hashes that lead to both roots.
    pub steps: Vec<Digest>,
    /// The later checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// What a question was answered, with the records at the ends of it, or the one that contradicts. That no record in
/// between says otherwise is not in it: for that, verify an export of that time, or the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerProof {
    /// What was asked.
    pub question: Question,
    /// What was answered.
    pub verdict: Verdict,
    /// The first and the last attestation of that time; of a no, the record that contradicts.
    pub records: Vec<InclusionProof>,
    /// That the log grew from the checkpoint before them; none where there was none before.
    pub growth: Option<ConsistencyProof>,
}

/// A proof of any kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// Of one record.
    Inclusion(InclusionProof),
    /// Of growth.
    Consistency(ConsistencyProof),
    /// Of an answer.
    Answer(Box<AnswerProof>),
}

/// What every proof has, read first to tell which it is.
#[derive(Deserialize)]
struct Head {
    kind: String,
    v: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionFile {
    kind: String,
    v: u8,
    record: u64,
    line: String,
    steps: Vec<String>,
    checkpoint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyFile {
    kind: String,
    v: u8,
    earlier: String,
    steps: Vec<String>,
    checkpoint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerFile {
    kind: String,
    v: u8,
    question: String,
    answer: String,
    records: Vec<InclusionFile>,
    growth: Option<ConsistencyFile>,
}

impl InclusionProof {
    /// Verifies the proof; the record that is proved.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<Record, Fault> {
        let linked = Linked::parse(self.line.as_bytes()).map_err(Fault::Unreadable)?;
        let Line::Record(record) = linked.line else { return Err(Fault::Proof("its line is no record")) };
        if record.number != self.number {
            return Err(Fault::Proof("its line has another number than the proof"));
        }
        let checkpoint = self.checkpoint.checkpoint();
        let index = self.number.checked_sub(1).ok_or(Fault::Proof("records are numbered from 1"))?;
        let leaf = tree::leaf(self.line.as_bytes());
        if !tree::is_included(leaf, index, checkpoint.number(), &self.steps, checkpoint.root()) {
            return Err(Fault::Proof("its hashes do not lead from the record to the checkpoint"));
        }
        check_signature(&self.checkpoint, keys)?;
        Ok(*record)
    }
}

impl ConsistencyProof {
    /// Verifies the proof. A `NUMBER:ROOT` is signed by nobody: that it is the one that was kept, whoever kept it
    /// must see to.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), Fault> {
        let later = self.checkpoint.checkpoint();
        if !self.earlier.is_of(later.origin()) {
            return Err(Fault::Proof("its checkpoints are of two logs"));
        }
        let (before, after) = ((self.earlier.number(), self.earlier.root()), (later.number(), later.root()));
        if !tree::is_consistent(before, after, &self.steps) {
            return Err(Fault::Proof("its hashes do not lead from the earlier checkpoint to the later"));
        }
        if let Remembered::Note(signed) = &self.earlier {
            check_signature(signed, keys)?;
        }
        check_signature(&self.checkpoint, keys)
    }
}

impl AnswerProof {
    /// Verifies the proof: the records are in the log, and those that are here fit to the answer.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), Fault> {
        let Some(first) = self.records.first() else { return Err(Fault::Proof("it has no record")) };
        let origin = first.checkpoint.checkpoint().origin();
        let signed = self.records.iter().map(|record| &record.checkpoint);
        if signed
            .chain(self.growth.iter().map(|growth| &growth.checkpoint))
            .any(|one| one.checkpoint().origin() != origin)
        {
            return Err(Fault::Proof("its checkpoints are of two logs"));
        }
        let mut contradictions = 0;
        for proof in &self.records {
            let record = proof.verify(keys)?;
            contradictions += u32::from(record_contradicts(&self.question, &record));
        }
        self.growth.as_ref().map_or(Ok(()), |growth| growth.verify(keys))?;
        match (self.verdict, contradictions) {
            (Verdict::No, 0) => Err(Fault::Proof("none of its records contradicts what was asked")),
            (Verdict::Yes | Verdict::Unknown, 1..) => {
                Err(Fault::Proof("one of its records contradicts what was asked"))
            }
            _ => Ok(()),
        }
    }

    fn checkpoints(&self) -> impl Iterator<Item = &SignedCheckpoint> {
        let records = self.records.iter().map(|record| &record.checkpoint);
        self.growth.iter().map(|growth| &growth.checkpoint).chain(records)
    }
}

impl Proof {
    /// Verifies the proof, and that each kept checkpoint is one of those that it speaks of.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn verify(&self, keys: &[PublicKey], remembered: &[Remembered]) -> Result<(), Fault> {
        match self {
            Self::Inclusion(proof) => proof.verify(keys).map(drop)?,
            Self::Consistency(proof) => proof.verify(keys)?,
            Self::Answer(proof) => proof.verify(keys)?,
        }
        let Some(later) = self.checkpoint().map(SignedCheckpoint::checkpoint) else {
            return Err(Fault::Proof("it has no record"));
        };
        let names = |kept: &&Remembered| {
            let is = |number, root| kept.number() == number && kept.root() == root;
            let is_growth = |proof: &ConsistencyProof| is(proof.earlier.number(), proof.earlier.root());
            let is_earlier = match self {
                Self::Consistency(proof) => is_growth(proof),
                Self::Inclusion(_) => false,
                Self::Answer(proof) => {
                    let newest = |signed: &SignedCheckpoint| {
                        is(signed.checkpoint().number(), signed.checkpoint().root())
                    };
                    proof.growth.as_ref().is_some_and(is_growth) || proof.checkpoints().any(newest)
                }
            };
            kept.is_of(later.origin()) && (is_earlier || is(later.number(), later.root()))
        };
        if let Some(other) = remembered.iter().find(|kept| !names(kept)) {
            return Err(Fault::NotComparable { number: other.number() });
        }
        let own = self.signers(keys);
        let is_foreign = |kept: &&Remembered| match kept {
            Remembered::Note(_) => !kept.signers(keys).iter().any(|key| own.contains(key)),
            Remembered::Short { .. } => false,
        };
        match remembered.iter().find(is_foreign) {
            Some(other) => Err(Fault::ForeignKey { number: other.number() }),
            None => Ok(()),
        }
    }

    /// Those of these keys that signed a checkpoint of the proof.
    pub fn signers<'k>(&self, keys: &'k [PublicKey]) -> Vec<&'k PublicKey> {
        let (newer, growth): (Vec<&SignedCheckpoint>, _) = match self {
            Self::Inclusion(proof) => (vec![&proof.checkpoint], None),
            Self::Consistency(proof) => (vec![&proof.checkpoint], Some(proof)),
            Self::Answer(proof) => (proof.checkpoints().collect(), proof.growth.as_ref()),
        };
        let earlier = growth.map(|growth| growth.earlier.signers(keys)).unwrap_or_default();
        let signed =
            |key: &&PublicKey| newer.iter().any(|one| one.is_signed_by(key)) || earlier.contains(key);
        keys.iter().filter(signed).collect()
    }

    /// Reads a file; none where it is no proof but, perhaps, a log.
    ///
    /// # Errors
    /// [`AuditError::Io`]. Inside, the reason why it is no proof though it looks like one.
    pub fn of_file(path: &Path) -> Result<Option<Result<Self, String>>, AuditError> {
        if path.is_dir() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(AuditError::at(path))?;
        file.take(LONGEST_BYTES + 1).read_to_end(&mut bytes).map_err(AuditError::at(path))?;
        // A proof has many lines, of a log each line is whole.
        if !bytes.starts_with(b"{\n") {
            return Ok(None);
        }
        if bytes.len() as u64 > LONGEST_BYTES {
            return Ok(Some(Err(format!("it is longer than any proof, {LONGEST_BYTES} bytes"))));
        }
        let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned());
        Ok(Some(text.and_then(|text| Self::parse(&text))))
    }

    /// The newest checkpoint that it speaks of; none in an answer without a record, which proves nothing.
    pub fn checkpoint(&self) -> Option<&SignedCheckpoint> {
        match self {
            Self::Inclusion(proof) => Some(&proof.checkpoint),
            Self::Consistency(proof) => Some(&proof.checkpoint),
            Self::Answer(proof) => proof.checkpoints().max_by_key(|signed| signed.checkpoint().number()),
        }
    }

    /// The text of the file.
    pub fn to_json(&self) -> String {
        let json = match self {
            Self::Inclusion(proof) => serde_json::to_string_pretty(&InclusionFile::of(proof)),
            Self::Consistency(proof) => serde_json::to_string_pretty(&ConsistencyFile::of(proof)),
            Self::Answer(proof) => serde_json::to_string_pretty(&AnswerFile::of(proof)),
        };
        // Texts and whole numbers always serialise.
        json.unwrap_or_default() + "\n"
    }

    /// Reads what [`Proof::to_json`] writes, and nothing else; what is wrong with it, in words.
    ///
    /// # Errors
    /// The reason why it is no proof.
    pub fn parse(json: &str) -> Result<Self, String> {
        let head: Head = read(json)?;
        if head.v != VERSION {
            return Err(format!("it is of version {}, this program reads version {VERSION}", head.v));
        }
        let proof = match head.kind.as_str() {
            "inclusion" => read::<InclusionFile>(json)?.proof().map(Self::Inclusion),
            "consistency" => read::<ConsistencyFile>(json)?.proof().map(Self::Consistency),
            "answer" => read::<AnswerFile>(json)?.proof().map(|proof| Self::Answer(Box::new(proof))),
            other => {
                return Err(format!("its kind is `{other}`, expected inclusion, consistency or answer"));
            }
        };
        let proof = proof.map_err(|field| format!("its field `{field}` is not as the program writes it"))?;
        if proof.to_json() == json {
            Ok(proof)
        } else {
            Err("it is not in the form that the program writes".to_owned())
        }
    }
}

fn read<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, String> {
    serde_json::from_str(json).map_err(|error| format!("it is no proof: {error}"))
}

fn hex(steps: &[Digest]) -> Vec<String> {
    steps.iter().map(Digest::to_string).collect()
}

impl InclusionFile {
    fn of(proof: &InclusionProof) -> Self {
        Self {
            kind: "inclusion".to_owned(),
            v: VERSION,
            record: proof.number,
            line: proof.line.clone(),
            steps: hex(&proof.steps),
            checkpoint: proof.checkpoint.text().to_owned(),
        }
    }

    fn proof(self) -> Result<InclusionProof, &'static str> {
        Ok(InclusionProof {
            number: self.record,
            line: self.line,
            steps: note::digests(&self.steps).ok_or("steps")?,
            checkpoint: SignedCheckpoint::parse(&self.checkpoint).map_err(|_| "checkpoint")?,
        })
    }
}

impl ConsistencyFile {
    fn of(proof: &ConsistencyProof) -> Self {
        Self {
            kind: "consistency".to_owned(),
            v: VERSION,
            earlier: proof.earlier.to_string(),
            steps: hex(&proof.steps),
            checkpoint: proof.checkpoint.text().to_owned(),
        }
    }

    fn proof(self) -> Result<ConsistencyProof, &'static str> {
        Ok(ConsistencyProof {
            earlier: Remembered::parse(&self.earlier).map_err(|_| "earlier")?,
            steps: note::digests(&self.steps).ok_or("steps")?,
            checkpoint: SignedCheckpoint::parse(&self.checkpoint).map_err(|_| "checkpoint")?,
        })
    }
}

impl AnswerFile {
    fn of(proof: &AnswerProof) -> Self {
        Self {
            kind: "answer".to_owned(),
            v: VERSION,
            question: proof.question.to_string(),
            answer: proof.verdict.name().to_owned(),
            records: proof.records.iter().map(InclusionFile::of).collect(),
            growth: proof.growth.as_ref().map(ConsistencyFile::of),
        }
    }

    fn proof(self) -> Result<AnswerProof, &'static str> {
        Ok(AnswerProof {
            question: Question::parse(&self.question).map_err(|_| "question")?,
            verdict: Verdict::parse(&self.answer).ok_or("answer")?,
            records: self.records.into_iter().map(InclusionFile::proof).collect::<Result<_, _>>()?,
            growth: self.growth.map(ConsistencyFile::proof).transpose()?,
        })
    }
}
