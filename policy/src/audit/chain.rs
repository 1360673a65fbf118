//! Follows a log line by line: links, numbers, the tree, and what its checkpoints say. Writer and reader share it.

use velum_vocab::Digest;

use crate::audit::fault::Fault;
use crate::audit::line::{Cut, Line, Linked, Opening, Seal};
use crate::audit::note::{Checkpoint, SignedCheckpoint};
use crate::audit::tree::{self, Frontier};
use crate::audit::writer::{Incarnation, Writer, origin};
use crate::keys::PublicKey;

/// What comes before the first line of an incarnation.
pub(crate) const NOTHING: Digest = Digest([0; 32]);

/// Where a log is after some line.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) writer: Writer,
    pub(crate) incarnation: Incarnation,
    pub(crate) file: u64,
    pub(crate) tree: Frontier,
    /// SHA-256 of the last line.
    pub(crate) head: Digest,
    pub(crate) checkpoint: Option<SignedCheckpoint>,
    /// Whether an export's last line was read: nothing comes behind it.
    pub(crate) is_sealed: bool,
    /// Whether a record was read since the first line. Only that binds what the first line says to the tree.
    has_record: bool,
}

impl Chain {
    /// At the first line of a file of a log or of an export; `file` is its number where it begins with a cut.
    pub(crate) fn open_part(bytes: &[u8], file: u64) -> Result<(Self, Linked), Fault> {
        let linked = Linked::parse(bytes).map_err(Fault::Unreadable)?;
        let Line::Cut(Cut { writer, incarnation, tree }) = &linked.line else { return Self::open(bytes) };
        if tree.size() == 0 {
            return Err(Fault::Part("the export is cut where nothing is missing"));
        }
        // The line below carries the hash of the line that was above it in the log, not that of the cut.
        let chain = Self {
            writer: writer.clone(),
            incarnation: *incarnation,
            file,
            tree: tree.clone(),
            head: linked.prev,
            checkpoint: None,
            is_sealed: false,
            has_record: false,
        };
        Ok((chain, linked))
    }

    /// At the first line of a file, on its own: what it says of what was before is taken as it is.
    pub(crate) fn open(bytes: &[u8]) -> Result<(Self, Linked), Fault> {
        let linked = Linked::parse(bytes).map_err(Fault::Unreadable)?;
        let Line::Opening(opening) = &linked.line else {
            return Err(Fault::Opening("the file does not begin with an opening line"));
        };
        let is_first = opening.tree.size() == 0;
        if linked.prev == NOTHING && !is_first {
            return Err(Fault::Opening("the opening line names records, but no line before it"));
        }
        Ok((Self::at(opening, Digest::of(bytes)), linked))
    }

    pub(crate) fn at(opening: &Opening, head: Digest) -> Self {
        Self {
            writer: opening.writer.clone(),
            incarnation: opening.incarnation,
            file: opening.file,
            tree: opening.tree.clone(),
            head,
            checkpoint: None,
            is_sealed: false,
            has_record: false,
        }
    }

    /// Whether a file with this opening goes on where this chain is.
    pub(crate) fn goes_on(&self, opening: &Opening, prev: Digest) -> bool {
        self.head == prev && self.tree == opening.tree && self.writer == opening.writer
    }

    /// The number of the last record so far.
    pub(crate) fn last_record(&self) -> Option<u64> {
        Some(self.tree.size()).filter(|size| *size > 0)
    }

    pub(crate) fn origin(&self) -> String {
        origin(&self.writer, self.incarnation)
    }

    /// The line after this one, any but the first of a file of a log.
    pub(crate) fn follow(&mut self, bytes: &[u8], keys: &[PublicKey]) -> Result<Line, Fault> {
        let linked = Linked::parse(bytes).map_err(Fault::Unreadable)?;
        if matches!(linked.line, Line::Cut(_) | Line::Seal(_)) {
            return Err(Fault::Part("a line that only exports have stands in a log"));
        }
        self.follow_linked(linked, bytes, Some(keys))
    }

    /// As [`Chain::follow`], in an export too; without keys the signatures are let be.
    pub(crate) fn follow_part(&mut self, bytes: &[u8], keys: Option<&[PublicKey]>) -> Result<Line, Fault> {
        let linked = Linked::parse(bytes).map_err(Fault::Unreadable)?;
        self.follow_linked(linked, bytes, keys)
    }

    fn follow_linked(
        &mut self,
        Linked { line, prev }: Linked,
        bytes: &[u8],
        keys: Option<&[PublicKey]>,
    ) -> Result<Line, Fault> {
        match &line {
            _ if self.is_sealed => return Err(Fault::Part("a line stands behind the seal of an export")),
            Line::Opening(_) => return Err(Fault::Opening("an opening line stands in the middle of a file")),
            Line::Cut(_) => return Err(Fault::Part("a cut stands in the middle of a file")),
            Line::Record(record) => {
                let expected = self.tree.size().saturating_add(1);
                if record.number != expected {
                    return Err(Fault::Number { expected, found: record.number });
                }
            }
            Line::Checkpoint(_) | Line::Seal(_) => {}
        }
        if prev != self.head {
            return Err(Fault::Link);
        }
        match &line {
            Line::Checkpoint(signed) => {
                self.compare(signed.checkpoint())?;
                keys.map_or(Ok(()), |keys| check_signature(signed, keys))?;
            }
            Line::Seal(seal) => {
                self.compare_seal(seal)?;
                keys.map_or(Ok(()), |keys| check_signature(&seal.checkpoint, keys))?;
            }
            _ => {}
        }
        self.advance(&line, bytes);
        Ok(line)
    }

    /// Past a line that is known to be right.
    pub(crate) fn advance(&mut self, line: &Line, bytes: &[u8]) {
        match line {
            Line::Record(_) => {
                self.tree.push(tree::leaf(bytes));
                self.has_record = true;
            }
            Line::Checkpoint(signed) => self.checkpoint = Some(signed.clone()),
            Line::Seal(seal) => {
                (self.checkpoint, self.is_sealed) = (Some(seal.checkpoint.clone()), true);
            }
            Line::Opening(_) | Line::Cut(_) => {}
        }
        self.head = Digest::of(bytes);
    }

    /// Whether the seal's checkpoint covers the records up to here.
    fn compare_seal(&self, seal: &Seal) -> Result<(), Fault> {
        let checkpoint = seal.checkpoint.checkpoint();
        if !self.has_record {
            return Err(Fault::Part(
                "an export is sealed behind no record: its first line could be anybody's",
            ));
        }
        if checkpoint.origin() != self.origin() {
            return Err(Fault::Checkpoint("it is of another log"));
        }
        let (here, signed) = ((self.tree.size(), self.tree.root()), (checkpoint.number(), checkpoint.root()));
        if tree::is_consistent(here, signed, &seal.steps) { Ok(()) } else { Err(Fault::Seal) }
    }

    fn compare(&self, checkpoint: &Checkpoint) -> Result<(), Fault> {
        let wrong = [
            (checkpoint.origin() != self.origin(), "it is of another log"),
            (checkpoint.number() != self.tree.size(), "it counts another number of records"),
            (checkpoint.root() != self.tree.root(), "the root of its tree is another"),
            (checkpoint.head() != self.head, "its chain is another"),
        ];
        wrong.iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, what)| Err(Fault::Checkpoint(what)))
    }
}

pub(crate) fn check_signature(signed: &SignedCheckpoint, keys: &[PublicKey]) -> Result<(), Fault> {
    let named: Vec<_> = keys.iter().filter(|key| !signed.names_another_key(key)).collect();
    if named.iter().any(|key| signed.is_signed_by(key)) {
        return Ok(());
    }
    Err(Fault::Signature { names_another_key: named.is_empty() })
}
