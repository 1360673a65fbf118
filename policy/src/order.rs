//! The idea that the language rests on: **every field says which way is more private**.
//!
//! That a child may only tighten, what a missing field means and what really applies to a camera are all read
//! off the type of the field. The meet is idempotent, commutative and associative, and never less private than
//! either side.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Deserializer, de};

use crate::duration::PolicyDuration;

/// Which way a value moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// It does not.
    Same,
    /// More private.
    MorePrivate,
    /// Less private.
    LessPrivate,
    /// Neither: one thing is swapped for another, and a person must judge.
    Judgement,
}

/// A field with a direction.
pub trait PrivacyOrder: Sized {
    /// Which way it goes from `self` to `new`.
    fn direction(&self, new: &Self) -> Direction;
    /// The least private value that satisfies both.
    #[must_use]
    fn meet(&self, other: &Self) -> Self;
    /// The value as one would write it in the file.
    fn words(&self) -> String;
}

/// What stands where nothing is written.
pub trait Strictest {
    /// The most private value.
    fn strictest() -> Self;
}

/// The ends of a totally ordered type, and its notation.
pub trait Bounded: Ord + Clone {
    /// The smallest value.
    const LEAST: Self;
    /// The largest value.
    const MOST: Self;
    /// As one would write it in the file.
    fn notation(&self) -> String;
}

impl Bounded for u32 {
    const LEAST: Self = 0;
    const MOST: Self = Self::MAX;
    fn notation(&self) -> String {
        if *self == Self::MAX { "without end".to_owned() } else { self.to_string() }
    }
}

impl Bounded for PolicyDuration {
    const LEAST: Self = Self::ZERO;
    const MOST: Self = Self::MAX;
    fn notation(&self) -> String {
        self.to_string()
    }
}

/// A number that is neither infinite nor NaN, so that its order is total.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(transparent))]
pub struct Finite(f64);

impl Finite {
    /// This number; none if it is infinite or NaN. Minus zero becomes zero.
    pub fn new(value: f64) -> Option<Self> {
        value.is_finite().then_some(Self(value + 0.0))
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl PartialEq for Finite {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Finite {}
impl PartialOrd for Finite {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Finite {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
impl Bounded for Finite {
    const LEAST: Self = Self(0.0);
    const MOST: Self = Self(f64::MAX);
    fn notation(&self) -> String {
        if self.0 == f64::MAX { "without end".to_owned() } else { self.0.to_string() }
    }
}
impl<'de> Deserialize<'de> for Finite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(f64::deserialize(deserializer)?)
            .ok_or_else(|| de::Error::custom("expected a finite number; write for example `0.2`"))
    }
}

/// Smaller is more private: retention, pixels per metre, frame rate, thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AtMost<T>(pub T);

/// Larger is more private: minimum group, rounding, margin, hold, quorum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct AtLeast<T>(pub T);

impl<T: Bounded> PrivacyOrder for AtMost<T> {
    fn direction(&self, new: &Self) -> Direction {
        by_order(self.0.cmp(&new.0))
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.clone().min(other.0.clone()))
    }
    fn words(&self) -> String {
        self.0.notation()
    }
}
impl<T: Bounded> Strictest for AtMost<T> {
    fn strictest() -> Self {
        Self(T::LEAST)
    }
}
impl<T: Bounded> PrivacyOrder for AtLeast<T> {
    fn direction(&self, new: &Self) -> Direction {
        by_order(new.0.cmp(&self.0))
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.clone().max(other.0.clone()))
    }
    fn words(&self) -> String {
        self.0.notation()
    }
}
impl<T: Bounded> Strictest for AtLeast<T> {
    fn strictest() -> Self {
        Self(T::MOST)
    }
}

/// `old` against `new`, where less is more private.
pub(crate) fn by_order(old_to_new: std::cmp::Ordering) -> Direction {
    match old_to_new {
        std::cmp::Ordering::Equal => Direction::Same,
        std::cmp::Ordering::Greater => Direction::MorePrivate,
        std::cmp::Ordering::Less => Direction::LessPrivate,
    }
}

/// What is allowed: the smaller set is more private, and nothing is the strictest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent, bound = "T: Ord + Deserialize<'de>")]
pub struct Allow<T>(pub BTreeSet<T>);

/// What is forbidden, or must be masked: the larger set is more private.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent, bound = "T: Ord + Deserialize<'de>")]
pub struct Forbid<T>(pub BTreeSet<T>);

impl<T> Default for Allow<T> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}
impl<T: Ord> Allow<T> {
    /// Whether it is allowed.
    pub fn contains<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        self.0.contains(value)
    }
}
impl<T: Ord> Forbid<T> {
    /// Whether it is forbidden.
    pub fn contains<Q: Ord + ?Sized>(&self, value: &Q) -> bool
    where
        T: std::borrow::Borrow<Q>,
    {
        self.0.contains(value)
    }
}

pub(crate) fn by_subset<T: Ord>(old: &BTreeSet<T>, new: &BTreeSet<T>) -> Direction {
    if old == new {
        Direction::Same
    } else if new.is_subset(old) {
        Direction::MorePrivate
    } else if new.is_superset(old) {
        Direction::LessPrivate
    } else {
        Direction::Judgement
    }
}

fn set_words<T: fmt::Display>(set: &BTreeSet<T>) -> String {
    let quoted: Vec<_> = set.iter().map(|item| format!("\"{item}\"")).collect();
    format!("[{}]", quoted.join(", "))
}

impl<T: Ord + Clone + fmt::Display> PrivacyOrder for Allow<T> {
    fn direction(&self, new: &Self) -> Direction {
        by_subset(&self.0, &new.0)
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.intersection(&other.0).cloned().collect())
    }
    fn words(&self) -> String {
        set_words(&self.0)
    }
}
impl<T> Strictest for Allow<T> {
    fn strictest() -> Self {
        Self::default()
    }
}
impl<T: Ord + Clone + fmt::Display> PrivacyOrder for Forbid<T> {
    fn direction(&self, new: &Self) -> Direction {
        by_subset(&new.0, &self.0)
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0.union(&other.0).cloned().collect())
    }
    fn words(&self) -> String {
        set_words(&self.0)
    }
}

/// A function of the device that is more private when off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct PrivateWhenOff(pub bool);

/// A safeguard: more private when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct PrivateWhenOn(pub bool);

impl PrivacyOrder for PrivateWhenOff {
    fn direction(&self, new: &Self) -> Direction {
        by_order(self.0.cmp(&new.0))
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0 && other.0)
    }
    fn words(&self) -> String {
        self.0.to_string()
    }
}
impl Strictest for PrivateWhenOff {
    fn strictest() -> Self {
        Self(false)
    }
}
impl PrivacyOrder for PrivateWhenOn {
    fn direction(&self, new: &Self) -> Direction {
        by_order(new.0.cmp(&self.0))
    }
    fn meet(&self, other: &Self) -> Self {
        Self(self.0 || other.0)
    }
    fn words(&self) -> String {
        self.0.to_string()
    }
}
impl Strictest for PrivateWhenOn {
    fn strictest() -> Self {
        Self(true)
    }
}

/// A closed choice. `ordered` choices list their variants from the most to the least private.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($choices:tt)+ }) => {
        $crate::order::choice!(@closed $(#[$doc])* $name { $($choices)+ });
        $crate::order::choice!(@undirected $name);
    };
    (@closed $(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// Every choice.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As it is written in the file.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
    (@undirected $name:ident) => {
        impl $crate::outline::Outline for $name {
            fn outline(&self) -> $crate::outline::Node {
                $crate::outline::Node::plain($crate::outline::Kind::Choice(*self as usize, self.name()))
            }
            fn absent() -> $crate::outline::Node {
                match Self::ALL {
                    // Where there is but one choice, it holds whether or not it is written.
                    [only] => only.outline(),
                    _ => $crate::outline::Node::Nothing,
                }
            }
        }
    };
    (ordered $(#[$doc:meta])* $name:ident { $(#[$fdoc:meta])* $first:ident = $ftext:literal $($rest:tt)* }) => {
        $crate::order::choice!(@closed $(#[$doc])* $name { $(#[$fdoc])* $first = $ftext $($rest)* });

        impl $crate::order::PrivacyOrder for $name {
            fn direction(&self, new: &Self) -> $crate::order::Direction {
                $crate::order::by_order(self.cmp(new))
            }
            fn meet(&self, other: &Self) -> Self {
                (*self).min(*other)
            }
            fn words(&self) -> String {
                format!("\"{self}\"")
            }
        }
        impl $crate::order::Strictest for $name {
            fn strictest() -> Self {
                Self::$first
            }
        }
        impl Default for $name {
            /// The strictest, where nothing is written.
            fn default() -> Self {
                Self::$first
            }
        }
        impl $crate::outline::Outline for $name {
            fn outline(&self) -> $crate::outline::Node {
                $crate::outline::Node::less($crate::outline::Kind::Choice(*self as usize, self.name()))
            }
            fn absent() -> $crate::outline::Node {
                Self::$first.outline()
            }
        }
    };
}
pub(crate) use choice;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::{Egress, Method, OnFailure};

    fn obeys_the_laws<T: PrivacyOrder + PartialEq + fmt::Debug>(a: &T, b: &T, c: &T) {
        assert_eq!(a.meet(a), *a);
        assert_eq!(a.meet(b), b.meet(a));
        assert_eq!(a.meet(b).meet(c), a.meet(&b.meet(c)));
        for side in [a, b] {
            let direction = side.direction(&a.meet(b));
            assert!(matches!(direction, Direction::Same | Direction::MorePrivate), "{a:?} ∧ {b:?}");
        }
        if a.direction(b) == Direction::MorePrivate {
            assert_eq!(b.direction(a), Direction::LessPrivate);
        }
    }

    fn strictest_is_never_loosened<T: PrivacyOrder + Strictest + PartialEq + fmt::Debug>(a: &T) {
        assert_eq!(T::strictest().meet(a), T::strictest());
        assert!(!matches!(a.direction(&T::strictest()), Direction::LessPrivate | Direction::Judgement));
    }

    fn set() -> impl Strategy<Value = BTreeSet<u8>> {
        proptest::collection::btree_set(0_u8..5, 0..5)
    }

    proptest! {
        #[test]
        fn numbers(a: u32, b: u32, c: u32) {
            obeys_the_laws(&AtMost(a), &AtMost(b), &AtMost(c));
            obeys_the_laws(&AtLeast(a), &AtLeast(b), &AtLeast(c));
            strictest_is_never_loosened(&AtMost(a));
            strictest_is_never_loosened(&AtLeast(a));
        }

        #[test]
        fn finite_numbers(a in 0.0..1e300_f64, b in 0.0..1e300_f64, c in 0.0..1e300_f64) {
            let [a, b, c] = [a, b, c].map(|x| Finite::new(x).unwrap());
            obeys_the_laws(&AtMost(a), &AtMost(b), &AtMost(c));
            obeys_the_laws(&AtLeast(a), &AtLeast(b), &AtLeast(c));
            strictest_is_never_loosened(&AtLeast(a));
        }

        #[test]
        fn durations(a: u64, b: u64, c: u64) {
            let [a, b, c] = [a, b, c].map(PolicyDuration::from_secs);
            obeys_the_laws(&AtMost(a), &AtMost(b), &AtMost(c));
            strictest_is_never_loosened(&AtMost(a));
            strictest_is_never_loosened(&AtLeast(a));
        }

        #[test]
        fn sets(a in set(), b in set(), c in set()) {
            obeys_the_laws(&Allow(a.clone()), &Allow(b.clone()), &Allow(c.clone()));
            obeys_the_laws(&Forbid(a.clone()), &Forbid(b), &Forbid(c));
            strictest_is_never_loosened(&Allow(a));
        }
    }

    #[test]
    fn choices_and_switches_on_their_whole_domain() {
        fn all<T: PrivacyOrder + Strictest + PartialEq + fmt::Debug>(domain: &[T]) {
            for a in domain {
                strictest_is_never_loosened(a);
                for b in domain {
                    domain.iter().for_each(|c| obeys_the_laws(a, b, c));
                }
            }
        }
        all(Egress::ALL);
        all(Method::ALL);
        all(OnFailure::ALL);
        all(&[false, true].map(PrivateWhenOff));
        all(&[false, true].map(PrivateWhenOn));
    }

    #[test]
    fn a_swap_needs_judgement_and_no_number_is_nan() {
        let [old, new] = [[1, 2], [1, 3]].map(|s| Allow(BTreeSet::from(s)));
        assert_eq!(old.direction(&new), Direction::Judgement);
        for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Finite::new(odd).is_none());
        }
    }
}
