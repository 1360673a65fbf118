//! The tree over the records, SHA-256 as in RFC 6962 section 2.1 (RFC 9162 section 2.1): leaves, roots, and the
//! proofs that a record is in a tree and that a tree grew out of a smaller one.

mod leaves;

#[cfg(test)]
mod tests;

use velum_vocab::Digest;

pub use leaves::Leaves;

/// The hash of one record's line, without its line feed.
pub fn leaf(line: &[u8]) -> Digest {
    hash(0, &[line])
}

/// The hash of two subtrees.
pub fn node(left: Digest, right: Digest) -> Digest {
    hash(1, &[&left.0, &right.0])
}

fn hash(prefix: u8, parts: &[&[u8]]) -> Digest {
    Digest::of(&[&[prefix][..], &parts.concat()].concat())
}

/// What is kept of a tree that only grows: the roots of its full subtrees, the largest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Digest>,
}

impl Frontier {
    /// A tree of this size with these full subtrees; none where their number does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// How many leaves it has.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its full subtrees, the largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// Adds a leaf.
    pub fn push(&mut self, leaf: Digest) {
        let mut grown = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                grown = node(left, grown);
            }
        }
        self.peaks.push(grown);
        self.size = self.size.saturating_add(1);
    }

    /// The root; of an empty tree the hash of nothing.
    pub fn root(&self) -> Digest {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node(left, right));
        joined.unwrap_or_else(|| Digest::of(&[]))
    }
}

/// Whether a leaf is number `index` (from 0) of the tree with this size and root.
pub fn is_included(leaf: Digest, index: u64, size: u64, proof: &[Digest], expected: Digest) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut grown) = (index, size - 1, leaf);
    for step in proof {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            grown = node(*step, grown);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            grown = node(grown, *step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && grown == expected
}

/// Whether the tree `later` (size and root) grew out of the tree `earlier`, by the algorithm of RFC 9162 section
/// 2.1.4.2. Every tree grew out of the empty one; that needs no proof.
pub fn is_consistent(earlier: (u64, Digest), later: (u64, Digest), proof: &[Digest]) -> bool {
    if earlier.0 > later.0 {
        return false;
    }
    if earlier.0 == 0 && later.0 != 0 {
        return proof.is_empty() && earlier.1 == Frontier::default().root();
    }
    if earlier.0 == later.0 {
        return proof.is_empty() && earlier.1 == later.1;
    }
    let mut steps = proof.iter().copied();
    let start = if earlier.0.is_power_of_two() { Some(earlier.1) } else { steps.next() };
    let Some(start) = start else { return false };
    let (mut at, mut last) = (earlier.0 - 1, later.0 - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let (mut of_earlier, mut of_later) = (start, start);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            of_earlier = node(step, of_earlier);
            of_later = node(step, of_later);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            of_later = node(of_later, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && of_earlier == earlier.1 && of_later == later.1
}
