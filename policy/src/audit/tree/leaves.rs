//! A tree of which the first leaves are known by their full subtrees alone: what an export has, or a log whose
//! oldest files are gone. It still proves what the other leaves have to do with it.

use std::ops::Range;

use velum_vocab::Digest;

use crate::audit::tree::{Frontier, node};

/// The leaves of a tree from some number on, and the full subtrees over those before them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Leaves {
    before: Frontier,
    leaves: Vec<Digest>,
}

impl Leaves {
    /// A tree with no more leaves than those that are known by their full subtrees.
    pub fn after(before: Frontier) -> Self {
        Self { before, leaves: Vec::new() }
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        self.leaves.push(leaf);
    }

    /// How many leaves the tree has, with those before.
    pub fn size(&self) -> u64 {
        self.before.size().saturating_add(self.leaves.len() as u64)
    }

    /// The proof that leaf `index` (from 0) is in the tree over the first `size` leaves; none where there is no
    /// such leaf, or where it needs leaves that are not known.
    ///
    /// *Source*: RFC 6962, section 2.1.1.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut inside, mut proof) = (0..size, Vec::new());
        while length(&inside) > 1 {
            let (left, right) = halves(&inside);
            let (next, other) = if index < left.end { (left, right) } else { (right, left) };
            proof.push(self.root_of(&other)?);
            inside = next;
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the tree over the first `later` leaves grew out of the tree over the first `earlier`; none
    /// where those are not at least one and at most `later`, or where it needs leaves that are not known.
    ///
    /// *Source*: RFC 6962, section 2.1.2.
    pub fn consistency_proof(&self, earlier: u64, later: u64) -> Option<Vec<Digest>> {
        if earlier == 0 || earlier > later || later > self.size() {
            return None;
        }
        let (mut inside, mut is_whole, mut proof) = (0..later, true, Vec::new());
        while earlier < inside.end {
            let (left, right) = halves(&inside);
            if earlier <= left.end {
                proof.push(self.root_of(&right)?);
                inside = left;
            } else {
                proof.push(self.root_of(&left)?);
                (inside, is_whole) = (right, false);
            }
        }
        if !is_whole {
            proof.push(self.root_of(&inside)?);
        }
        proof.reverse();
        Some(proof)
    }

    /// The root over some of the leaves.
    fn root_of(&self, range: &Range<u64>) -> Option<Digest> {
        if let Some(peak) = self.peak(range) {
            return Some(peak);
        }
        if length(range) == 1 {
            let at = range.start.checked_sub(self.before.size())?;
            return self.leaves.get(usize::try_from(at).ok()?).copied();
        }
        let (left, right) = halves(range);
        Some(node(self.root_of(&left)?, self.root_of(&right)?))
    }

    /// The full subtree before the leaves that spans just this.
    fn peak(&self, range: &Range<u64>) -> Option<Digest> {
        let mut start = 0;
        for (power, peak) in powers(self.before.size()).zip(self.before.peaks()) {
            if *range == (start..start + power) {
                return Some(*peak);
            }
            start += power;
        }
        None
    }
}

/// The powers of two that a number is the sum of, the largest first.
fn powers(number: u64) -> impl Iterator<Item = u64> {
    (0..u64::BITS).rev().map(|bit| 1 << bit).filter(move |power| number & power != 0)
}

fn length(range: &Range<u64>) -> u64 {
    range.end.saturating_sub(range.start)
}

/// Parts at the largest power of two below the length, which is at least 2.
fn halves(range: &Range<u64>) -> (Range<u64>, Range<u64>) {
    let middle = range.start + length(range).div_ceil(2).next_power_of_two();
    (range.start..middle, middle..range.end)
}
