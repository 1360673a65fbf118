//! The tree over the records, SHA-256 as in RFC 6962 section 2.1 (RFC 9162 section 2.1): leaves, roots, and the
//! proofs that a record is in a tree and that a tree grew out of a smaller one.

use velum_vocab::Digest;

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

/// The root over these leaves.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut tree = Frontier::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// The largest power of two below `n`; for `n` of 2 and more.
fn split(n: usize) -> usize {
    n.div_ceil(2).next_power_of_two()
}

/// The proof that leaf `index` (from 0) is in the tree over `leaves`; none where there is no such leaf.
pub fn inclusion_proof(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut rest, mut at, mut proof) = (leaves, index, Vec::new());
    while rest.len() > 1 {
        let (left, right) = rest.split_at(split(rest.len()));
        let (inside, other) = if at < left.len() { (left, right) } else { (right, left) };
        at = if at < left.len() { at } else { at - left.len() };
        proof.push(root(other));
        rest = inside;
    }
    proof.reverse();
    Some(proof)
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

/// The proof that the tree over `leaves` grew out of the tree over its first `earlier`; none where those are not
/// at least one and at most all.
pub fn consistency_proof(leaves: &[Digest], earlier: usize) -> Option<Vec<Digest>> {
    if earlier == 0 || earlier > leaves.len() {
        return None;
    }
    let (mut rest, mut of, mut is_whole, mut proof) = (leaves, earlier, true, Vec::new());
    while of < rest.len() {
        let (left, right) = rest.split_at(split(rest.len()));
        if of <= left.len() {
            proof.push(root(right));
            rest = left;
        } else {
            proof.push(root(left));
            of -= left.len();
            (rest, is_whole) = (right, false);
        }
    }
    if !is_whole {
        proof.push(root(rest));
    }
    proof.reverse();
    Some(proof)
}

/// Whether the tree `later` (size and root) grew out of the tree `earlier`, by the algorithm of RFC 9162 section
/// 2.1.4.2.
pub fn is_consistent(earlier: (u64, Digest), later: (u64, Digest), proof: &[Digest]) -> bool {
    if earlier.0 == 0 || earlier.0 > later.0 {
        return false;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The recursive definition, RFC 6962 section 2.1.
    fn root_by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => Digest::of(&[]),
            [one] => *one,
            many => {
                let (left, right) = many.split_at(split(many.len()));
                node(root_by_definition(left), root_by_definition(right))
            }
        }
    }

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|n| leaf(&n.to_be_bytes())).collect()
    }

    #[test]
    fn splits_at_the_largest_power_of_two_below() {
        for (n, expected) in [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8), (16, 8), (17, 16)] {
            assert_eq!(split(n), expected, "{n}");
        }
    }

    #[test]
    fn a_grown_root_is_the_defined_one() {
        for count in 0..70 {
            assert_eq!(root(&leaves(count)), root_by_definition(&leaves(count)), "{count}");
        }
    }

    proptest! {
        #[test]
        fn inclusion_holds_for_the_leaf_and_for_no_other(count in 1_usize..80, at in 0_usize..80) {
            let (leaves, at) = (leaves(count), at % count);
            let (size, root) = (count as u64, root(&leaves));
            let proof = inclusion_proof(&leaves, at).unwrap();
            prop_assert!(is_included(leaves[at], at as u64, size, &proof, root));
            for (n, other) in leaves.iter().enumerate().filter(|(n, _)| *n != at) {
                prop_assert!(!is_included(*other, at as u64, size, &proof, root));
                prop_assert!(!is_included(leaves[at], n as u64, size, &proof, root) || n == at);
            }
            prop_assert!(inclusion_proof(&leaves, count).is_none());
        }

        #[test]
        fn growth_is_consistent_and_another_history_is_not(count in 1_usize..80, earlier in 0_usize..80) {
            let (leaves, earlier) = (leaves(count), 1 + earlier % count);
            let proof = consistency_proof(&leaves, earlier).unwrap();
            let later = (count as u64, root(&leaves));
            let before = (earlier as u64, root(&leaves[..earlier]));
            prop_assert!(is_consistent(before, later, &proof));
            let mut altered = leaves[..earlier].to_vec();
            altered[earlier / 2] = leaf(b"another");
            prop_assert!(!is_consistent((earlier as u64, root(&altered)), later, &proof));
        }
    }
}
