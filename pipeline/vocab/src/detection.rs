//! What a detector says about one frame.

use crate::geometry::BoxInFrame;

/// What kind of thing a detector found. There is deliberately no identity, age, sex or clothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectClass {
    /// A whole person, in any posture.
    Person,
    /// A head, seen from any side.
    Head,
    /// A face.
    Face,
    /// A vehicle of any kind.
    Vehicle,
    /// A backpack.
    Backpack,
    /// A handbag.
    Handbag,
    /// A suitcase.
    Suitcase,
}

impl ObjectClass {
    /// The name in manifests, configuration and events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Head => "head",
            Self::Face => "face",
            Self::Vehicle => "vehicle",
            Self::Backpack => "backpack",
            Self::Handbag => "handbag",
            Self::Suitcase => "suitcase",
        }
    }

    /// The class with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// Every class.
    pub const ALL: [Self; 7] =
        [Self::Person, Self::Head, Self::Face, Self::Vehicle, Self::Backpack, Self::Handbag, Self::Suitcase];

    /// Whether this is something that people carry and can leave behind.
    pub fn is_bag(self) -> bool {
        matches!(self, Self::Backpack | Self::Handbag | Self::Suitcase)
    }
}

/// One thing that a detector found in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// What it is.
    pub class: ObjectClass,
    /// How sure the detector is, 0..=1: doubtful from 0.1, at its point of operation 0.5.
    pub score: f32,
    /// Where it is.
    pub box_in_frame: BoxInFrame,
}
