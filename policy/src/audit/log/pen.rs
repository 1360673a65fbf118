//! The file that is being written: its recovery at the start, its successors, and one line after the other.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;

use velum_vocab::{Clock, Digest, Timestamp};

use crate::audit::chain::{Chain, NOTHING};
use crate::audit::entry::{Content, Notice, Receipt, Record};
use crate::audit::fault::{Fault, Located};
use crate::audit::line::{Line, Linked, Opening};
use crate::audit::log::Pace;
use crate::audit::note::{Checkpoint, SignedCheckpoint};
use crate::audit::recover::{Break, Recovery, Scan, scan};
use crate::audit::tree::Frontier;
use crate::audit::writer::{Incarnation, Writer};
use crate::audit::{AuditError, folder, text};
use crate::keys::SigningKey;

/// What every file of the log shares.
pub(super) struct Desk {
    pub(super) dir: PathBuf,
    pub(super) key: SigningKey,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) writer: Writer,
    pub(super) pace: Pace,
    /// Held for as long as the log is open.
    pub(super) _lock: File,
}

/// The file that is being written, and where its chain is.
pub(super) struct Page {
    pub(super) file: File,
    pub(super) path: PathBuf,
    month: String,
    /// Up to the end of the last line that is on the disk.
    length: u64,
    pub(super) chain: Chain,
}

/// What writes.
pub(super) struct Pen {
    desk: Desk,
    pub(super) page: Page,
    /// Whether a write failed in the middle.
    pub(super) is_torn: bool,
}

impl Desk {
    pub(super) fn recover(self) -> Result<(Pen, Recovery), AuditError> {
        let Some((number, path)) = folder::list(&self.dir)?.pop() else {
            let page = self.begin(1, None)?;
            return Ok((Pen::on(self, page)?, Recovery::default()));
        };
        match scan(&path, &[self.key.public()])? {
            Err(found) => self.after_break(number, found),
            Ok(scan) if scan.chain.writer != self.writer => {
                Err(AuditError::OtherWriter { path, found: scan.chain.writer, expected: self.writer })
            }
            Ok(scan) => self.go_on(path, scan),
        }
    }

    fn go_on(self, path: PathBuf, mut scan: Scan) -> Result<(Pen, Recovery), AuditError> {
        let records = scan.chain.tree.size();
        let set_aside = scan.set_aside(&path)?;
        let file = folder::reopen(&path)?;
        let Scan { chain, month, length, .. } = scan;
        let mut pen = Pen::on(self, Page { file, path, month, length, chain })?;
        if let Some(aside) = &set_aside {
            let (file, bytes, sha256) = (aside.file, aside.bytes, aside.sha256);
            let _on_disk = pen.record(Content::Notice(Notice::LineSetAside { file, bytes, sha256 }))?;
            pen.sign()?;
        }
        Ok((pen, Recovery { records, set_aside, broken: None }))
    }

    fn after_break(self, file: u64, found: Located) -> Result<(Pen, Recovery), AuditError> {
        let sha256 = folder::sha256(&found.path)?;
        let broken = Break { file, found, sha256 };
        let page = self.begin(file.saturating_add(1), Some(&broken))?;
        Ok((Pen::on(self, page)?, Recovery { records: 0, set_aside: None, broken: Some(broken) }))
    }

    /// The first file of a new incarnation. What broke the one before stands in it from the beginning.
    fn begin(&self, file: u64, broken: Option<&Break>) -> Result<Page, AuditError> {
        let opening = Opening {
            writer: self.writer.clone(),
            incarnation: Incarnation::random()?,
            file,
            time: self.now(),
            tree: Frontier::default(),
        };
        let notice = broken.map(|broken| Record {
            number: 1,
            time: self.now(),
            content: Content::Notice(Notice::ChainBroken {
                file: broken.file,
                line: broken.found.line,
                reason: text::shortened(&broken.found.fault.to_string()),
                sha256: broken.sha256,
            }),
        });
        self.create(opening, NOTHING, notice)
    }

    fn create(&self, opening: Opening, prev: Digest, first: Option<Record>) -> Result<Page, AuditError> {
        let month = text::month(&text::time(opening.time).ok_or(AuditError::Clock)?);
        let path = self.dir.join(folder::name(opening.file, &month));
        let linked = Linked { line: Line::Opening(opening.clone()), prev };
        let mut bytes = linked.to_bytes()?;
        let mut chain = Chain::at(&opening, Digest::of(&bytes));
        bytes.push(b'\n');
        if let Some(record) = first {
            let linked = Linked { line: Line::Record(Box::new(record)), prev: chain.head };
            let line = linked.to_bytes()?;
            chain.advance(&linked.line, &line);
            bytes.extend([&line[..], b"\n"].concat());
        }
        let file = folder::create(&path, &bytes)?;
        Ok(Page { file, path, month, length: bytes.len() as u64, chain })
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_unix_secs(self.clock.now().unix_secs())
    }
}

impl Pen {
    /// Ready to write, and signed.
    fn on(desk: Desk, page: Page) -> Result<Self, AuditError> {
        let mut pen = Self { desk, page, is_torn: false };
        pen.make_ready()?;
        pen.sign()?;
        Ok(pen)
    }

    /// Cuts off what a failed write left, notices what others did to the file, and turns to a new file where it
    /// is time.
    pub(super) fn make_ready(&mut self) -> Result<(), AuditError> {
        let page = &self.page;
        if self.is_torn {
            let cut = page.file.set_len(page.length).and_then(|()| page.file.sync_all());
            cut.map_err(AuditError::at(&page.path))?;
            self.is_torn = false;
        }
        let metadata = page.file.metadata().map_err(AuditError::at(&page.path))?;
        if metadata.len() != page.length || metadata.nlink() == 0 {
            return self.begin_anew();
        }
        let month = text::month(&text::time(self.desk.now()).ok_or(AuditError::Clock)?);
        if month > page.month || page.length >= self.desk.pace.file_bytes {
            self.turn_page()?;
        }
        Ok(())
    }

    /// The chain goes on in the next file.
    fn turn_page(&mut self) -> Result<(), AuditError> {
        let signed = self.sign()?;
        let before = &self.page.chain;
        let opening = Opening {
            writer: before.writer.clone(),
            incarnation: before.incarnation,
            file: before.file.saturating_add(1),
            time: self.desk.now(),
            tree: before.tree.clone(),
        };
        self.page = self.desk.create(opening, before.head, None)?;
        self.page.chain.checkpoint = Some(signed);
        Ok(())
    }

    /// Somebody else changed the file: the log leaves it as it is and begins anew.
    fn begin_anew(&mut self) -> Result<(), AuditError> {
        let (file, path) = (self.page.chain.file, self.page.path.clone());
        let found = match scan(&path, &[self.desk.key.public()]) {
            Ok(Err(located)) => located,
            _ => Located::whole(path.clone(), Fault::Changed),
        };
        let sha256 = folder::sha256(&path).unwrap_or(NOTHING);
        let last = folder::list(&self.desk.dir)?.pop().map_or(file, |(last, _)| last.max(file));
        self.page = self.desk.begin(last.saturating_add(1), Some(&Break { file, found, sha256 }))?;
        self.sign().map(drop)
    }

    pub(super) fn record(&mut self, content: Content) -> Result<Receipt, AuditError> {
        self.record_all(vec![content])
    }

    /// All of them, or none: the disk is waited for once. The receipt is that of the last.
    pub(super) fn record_all(&mut self, contents: Vec<Content>) -> Result<Receipt, AuditError> {
        let mut chain = self.page.chain.clone();
        let mut lines = Vec::new();
        for content in contents {
            let number = chain.tree.size().saturating_add(1);
            let record = Record { number, time: self.desk.now(), content };
            let linked = Linked { line: Line::Record(Box::new(record)), prev: chain.head };
            let bytes = linked.to_bytes()?;
            chain.advance(&linked.line, &bytes);
            lines.extend_from_slice(&bytes);
            lines.push(b'\n');
        }
        self.put(&lines, chain)?;
        Ok(Receipt { number: self.page.chain.tree.size(), hash: self.page.chain.head })
    }

    /// Whether the log is that of a box's attestations.
    pub(super) fn attests(&self) -> bool {
        matches!(self.desk.writer, Writer::Attest(_))
    }

    pub(super) fn sign(&mut self) -> Result<SignedCheckpoint, AuditError> {
        let (number, root) = (self.page.chain.tree.size(), self.page.chain.tree.root());
        let (time, head) = (self.desk.now(), self.page.chain.head);
        let signed =
            Checkpoint::new(self.page.chain.origin(), number, root, time, head).sign(&self.desk.key)?;
        self.write(Line::Checkpoint(signed.clone()))?;
        Ok(signed)
    }

    /// Adds a line.
    fn write(&mut self, line: Line) -> Result<(), AuditError> {
        let linked = Linked { line, prev: self.page.chain.head };
        let bytes = linked.to_bytes()?;
        let mut chain = self.page.chain.clone();
        chain.advance(&linked.line, &bytes);
        self.put(&[&bytes[..], b"\n"].concat(), chain)
    }

    /// Adds whole lines and waits until the disk has them; then the chain is behind them.
    fn put(&mut self, lines: &[u8], chain: Chain) -> Result<(), AuditError> {
        self.is_torn = true;
        let written = self.page.file.write_all(lines).and_then(|()| self.page.file.sync_data());
        written.map_err(AuditError::at(&self.page.path))?;
        self.is_torn = false;
        self.page.length += lines.len() as u64;
        self.page.chain = chain;
        Ok(())
    }

    pub(super) fn unsigned_records(&self) -> u64 {
        let signed = self.page.chain.checkpoint.as_ref().map_or(0, |signed| signed.checkpoint().number());
        self.page.chain.tree.size().saturating_sub(signed)
    }

    pub(super) fn is_checkpoint_due(&self) -> bool {
        let Some(signed) = &self.page.chain.checkpoint else { return true };
        let since = self.desk.now().unix_secs().saturating_sub(signed.checkpoint().time().unix_secs());
        self.unsigned_records() >= self.desk.pace.records || !(0..self.desk.pace.secs).contains(&since)
    }
}
