//! Every tree up to 130 leaves, against the recursive definitions of RFC 6962 section 2.1.

use proptest::prelude::*;

use super::*;

const MOST: usize = 130;

/// The largest power of two below `n`; for `n` of 2 and more.
fn split(n: usize) -> usize {
    (1..n).rev().find(|k| k.is_power_of_two()).unwrap()
}

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

/// PATH(m, D\[n\]), section 2.1.1.
fn path_by_definition(at: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut path, other) = if at < left.len() {
        (path_by_definition(at, left), right)
    } else {
        (path_by_definition(at - left.len(), right), left)
    };
    path.push(root_by_definition(other));
    path
}

/// SUBPROOF(m, D\[n\], b), section 2.1.2.
fn subproof_by_definition(earlier: usize, leaves: &[Digest], is_whole: bool) -> Vec<Digest> {
    if earlier == leaves.len() {
        return if is_whole { Vec::new() } else { vec![root_by_definition(leaves)] };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, other) = if earlier <= left.len() {
        (subproof_by_definition(earlier, left, is_whole), right)
    } else {
        (subproof_by_definition(earlier - left.len(), right, false), left)
    };
    proof.push(root_by_definition(other));
    proof
}

fn hashes(count: usize) -> Vec<Digest> {
    (0..count).map(|n| leaf(&n.to_be_bytes())).collect()
}

fn tree_of(hashes: &[Digest]) -> Leaves {
    let mut tree = Leaves::default();
    hashes.iter().for_each(|hash| tree.push(*hash));
    tree
}

fn frontier_of(hashes: &[Digest]) -> Frontier {
    let mut tree = Frontier::default();
    hashes.iter().for_each(|hash| tree.push(*hash));
    tree
}

#[test]
fn a_grown_root_is_the_defined_one() {
    for count in 0..=MOST {
        let hashes = hashes(count);
        assert_eq!(frontier_of(&hashes).root(), root_by_definition(&hashes), "{count}");
    }
}

/// What holds for a proof holds for no proof with a node less, more, altered or moved.
fn check_nodes(proof: &[Digest], holds: impl Fn(&[Digest]) -> bool) {
    assert!(holds(proof));
    let wrong = Digest::of(b"wrong");
    assert!(!holds(&[proof, &[wrong]].concat()) && !holds(&[&[wrong], proof].concat()));
    for at in 0..proof.len() {
        let (mut without, mut altered) = (proof.to_vec(), proof.to_vec());
        without.remove(at);
        altered[at].0[at % 32] ^= 1;
        assert!(!holds(&without) && !holds(&altered), "{at}");
        if at > 0 {
            let mut moved = proof.to_vec();
            moved.swap(at - 1, at);
            assert!(!holds(&moved), "{at}");
        }
    }
}

#[test]
fn every_leaf_of_every_tree_is_proved_and_no_other() {
    let all = hashes(MOST);
    let tree = tree_of(&all);
    for count in 1..=MOST {
        let (size, root) = (count as u64, frontier_of(&all[..count]).root());
        for at in 0..count {
            let proof = tree.inclusion_proof(at as u64, size).unwrap();
            if count < 40 || at % 7 == 0 {
                assert_eq!(proof, path_by_definition(at, &all[..count]));
            }
            check_nodes(&proof, |proof| is_included(all[at], at as u64, size, proof, root));
            assert!(!is_included(all[(at + 1) % MOST], at as u64, size, &proof, root));
            assert!(!is_included(all[at], at as u64 + 1, size, &proof, root));
        }
        assert_eq!(tree.inclusion_proof(size, size), None);
    }
    assert_eq!(tree.inclusion_proof(0, MOST as u64 + 1), None);
}

#[test]
fn every_growth_is_proved_and_no_other() {
    let all = hashes(MOST);
    let tree = tree_of(&all);
    let roots: Vec<_> = (0..=MOST).map(|count| frontier_of(&all[..count]).root()).collect();
    for count in 1..=MOST {
        let later = (count as u64, roots[count]);
        for (earlier, root) in roots.iter().enumerate().take(count + 1).skip(1) {
            let proof = tree.consistency_proof(earlier as u64, count as u64).unwrap();
            if count < 40 || earlier % 7 == 0 {
                assert_eq!(proof, subproof_by_definition(earlier, &all[..count], true));
            }
            let before = (earlier as u64, *root);
            check_nodes(&proof, |proof| is_consistent(before, later, proof));
            assert!(!is_consistent((before.0, Digest::of(b"wrong")), later, &proof));
            assert!(!is_consistent(before, (later.0, Digest::of(b"wrong")), &proof));
            assert!(!is_consistent((before.0 - 1, before.1), later, &proof));
            assert!(earlier == count || !is_consistent(later, before, &proof));
        }
        assert!(is_consistent((0, roots[0]), later, &[]));
        assert!(
            !is_consistent((0, roots[1]), later, &[]) && !is_consistent((0, roots[0]), later, &roots[..1])
        );
        assert_eq!(tree.consistency_proof(0, count as u64), None);
    }
    assert!(is_consistent((0, roots[0]), (0, roots[0]), &[]));
}

proptest! {
    /// With the first leaves gone but for their subtrees, every proof about the others is the same.
    #[test]
    fn leaves_that_are_gone_change_no_proof(count in 1_usize..=MOST, before in 0_usize..=MOST, at in 0_usize..=MOST) {
        let before = before % (count + 1);
        let all = hashes(count);
        let whole = tree_of(&all);
        let mut part = Leaves::after(frontier_of(&all[..before]));
        all[before..].iter().for_each(|hash| part.push(*hash));
        prop_assert_eq!(part.size(), count as u64);
        let at = (before + at % (count - before + 1)) as u64;
        prop_assert_eq!(part.inclusion_proof(at, count as u64), whole.inclusion_proof(at, count as u64));
        prop_assert_eq!(part.consistency_proof(at, count as u64), whole.consistency_proof(at, count as u64));
    }

    #[test]
    fn another_history_is_not_consistent(count in 2_usize..=MOST, earlier in 0_usize..=MOST, at in 0_usize..=MOST) {
        let earlier = 1 + earlier % count;
        let all = hashes(count);
        let proof = tree_of(&all).consistency_proof(earlier as u64, count as u64).unwrap();
        let mut altered = all[..earlier].to_vec();
        altered[at % earlier] = leaf(b"another");
        let (before, later) = (frontier_of(&altered).root(), frontier_of(&all).root());
        prop_assert!(!is_consistent((earlier as u64, before), (count as u64, later), &proof));
    }
}
