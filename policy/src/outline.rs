//! A policy as a tree of fields, each with its value and its direction, so that two policies can be compared and
//! one can be shown without naming every field again.
//!
//! The macros of the tables derive it: no field that is parsed is missing here. A field that may be left out and
//! has a direction stands in the tree with its strictest value.

mod kind;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::baseline::BaselineName;
use crate::duration::PolicyDuration;
use crate::layers::{AccessGate, Target};
use crate::order::{Allow, AtLeast, AtMost, Finite, Forbid, PrivateWhenOff, PrivateWhenOn, Strictest};
use crate::schedule::Window;
use crate::sections::{
    Approver, EventClass, Model, Processor, Purpose, Recipient, Sandbox, SensitivePlace, Tasks, Waiver, Zone,
};
use crate::version::Version;
use crate::when::When;

pub(crate) use kind::{Hours, Kind, Way};

/// One field, table or list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Not written, and nothing stands in its place.
    Nothing,
    /// A single value.
    Value(Value),
    /// Fields by their names in the file, in the order of the type.
    Table(Vec<(&'static str, Node)>),
    /// Entries that are told apart by a name.
    Entries(Vec<Entry>),
}

/// A value, and what its type says about its direction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) way: Way,
}

/// One entry of a list or of a table whose keys are names.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// What the same entry is called in another version of the file.
    pub(crate) name: String,
    /// How its key goes on: `[2]` or `.mp-01`.
    pub(crate) step: String,
    pub(crate) node: Node,
}

/// What can be put into the tree.
pub(crate) trait Outline {
    /// The tree of it.
    fn outline(&self) -> Node;
    /// What stands where it is not written.
    fn absent() -> Node
    where
        Self: Sized,
    {
        Node::Nothing
    }
}

/// An entry of a list, known by a name of its own.
pub(crate) trait Named {
    /// Its name; the same in every version of the file.
    fn name(&self) -> String;
}

/// Derives the tree of a table.
macro_rules! outlined {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::outline::Outline for $name {
            fn outline(&self) -> $crate::outline::Node {
                $crate::outline::Node::Table(vec![$((
                    $crate::outline::written(stringify!($field)),
                    $crate::outline::Outline::outline(&self.$field),
                )),+])
            }
        }
    };
}
pub(crate) use outlined;

/// The name of a field in the file. Two of them are words that Rust keeps for itself.
pub(crate) fn written(field: &'static str) -> &'static str {
    match field {
        "reference" => "ref",
        "boxes" => "box",
        other => other,
    }
}

impl Node {
    /// A value whose direction, if it has one, is not in its type.
    pub(crate) fn plain(kind: Kind) -> Self {
        Self::Value(Value { kind, way: Way::Judgement })
    }

    /// A value that is more private the less of it there is.
    pub(crate) fn less(kind: Kind) -> Self {
        Self::Value(Value { kind, way: Way::LessIsPrivate })
    }

    /// A value that is more private the more of it there is.
    pub(crate) fn more(kind: Kind) -> Self {
        Self::Value(Value { kind, way: Way::MoreIsPrivate })
    }

    /// The field of this name, if this is a table that has it.
    pub(crate) fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Table(fields) => fields.iter().find(|(field, _)| *field == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The value, if it is one.
    pub(crate) fn value(&self) -> Option<&Value> {
        match self {
            Self::Value(value) => Some(value),
            _ => None,
        }
    }
}

/// As one would write it in the file, on one line.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |parts: Vec<String>| parts.join(", ");
        match self {
            Self::Nothing => Ok(()),
            Self::Value(value) => f.write_str(&value.kind.notation()),
            Self::Table(fields) => {
                let written = fields.iter().filter(|(_, node)| *node != Self::Nothing);
                write!(
                    f,
                    "{{ {} }}",
                    joined(written.map(|(name, node)| format!("{name} = {node}")).collect())
                )
            }
            Self::Entries(entries) => {
                let is_list = entries.iter().all(|entry| entry.step.starts_with('['));
                let part = |entry: &Entry| match entry.step.strip_prefix('.') {
                    Some(key) => format!("{key} = {}", entry.node),
                    None => entry.node.to_string(),
                };
                let parts = joined(entries.iter().map(part).collect());
                if is_list { write!(f, "[{parts}]") } else { write!(f, "{{ {parts} }}") }
            }
        }
    }
}

impl<T: Outline> Outline for Option<T> {
    fn outline(&self) -> Node {
        self.as_ref().map_or_else(T::absent, T::outline)
    }
}

/// A number or a duration under [`AtMost`] or [`AtLeast`].
pub(crate) trait Measure {
    /// The value without its direction.
    fn measure(&self) -> Kind;
}
impl Measure for u32 {
    fn measure(&self) -> Kind {
        Kind::Whole(*self)
    }
}
impl Measure for PolicyDuration {
    fn measure(&self) -> Kind {
        Kind::Duration(*self)
    }
}
impl Measure for Finite {
    fn measure(&self) -> Kind {
        Kind::Number(*self)
    }
}

impl<T: Measure> Outline for AtMost<T>
where
    Self: Strictest,
{
    fn outline(&self) -> Node {
        Node::less(self.0.measure())
    }
    fn absent() -> Node {
        Self::strictest().outline()
    }
}
impl<T: Measure> Outline for AtLeast<T>
where
    Self: Strictest,
{
    fn outline(&self) -> Node {
        Node::more(self.0.measure())
    }
    fn absent() -> Node {
        Self::strictest().outline()
    }
}
impl<T: fmt::Display> Outline for Allow<T> {
    fn outline(&self) -> Node {
        Node::less(Kind::set(&self.0))
    }
    fn absent() -> Node {
        Node::less(Kind::Set(BTreeSet::new()))
    }
}
impl Outline for Forbid<String> {
    fn outline(&self) -> Node {
        Node::more(Kind::set(&self.0))
    }
}
impl Outline for Forbid<Target> {
    fn outline(&self) -> Node {
        Node::more(Kind::set(&self.0))
    }
    fn absent() -> Node {
        Self::strictest().outline()
    }
}
impl Outline for PrivateWhenOff {
    fn outline(&self) -> Node {
        Node::less(Kind::Switch(self.0))
    }
    fn absent() -> Node {
        Self::strictest().outline()
    }
}
impl Outline for PrivateWhenOn {
    fn outline(&self) -> Node {
        Node::more(Kind::Switch(self.0))
    }
    fn absent() -> Node {
        Self::strictest().outline()
    }
}

/// Values whose type says nothing about their direction.
macro_rules! undirected {
    ($($type:ty => |$it:ident| $kind:expr),+ $(,)?) => {
        $(impl Outline for $type {
            fn outline(&self) -> Node {
                let $it = self;
                Node::plain($kind)
            }
        })+
    };
}
undirected!(
    String => |it| Kind::Text(it.clone()),
    bool => |it| Kind::Switch(*it),
    u32 => |it| Kind::Whole(*it),
    Finite => |it| Kind::Number(*it),
    PolicyDuration => |it| Kind::Duration(*it),
    When => |it| Kind::Date(*it),
    Version => |it| Kind::Text(it.to_string()),
    BaselineName => |it| Kind::Text(it.to_string()),
    Tasks => |it| it.kind(),
    Vec<String> => |it| Kind::set(it),
    Vec<[Finite; 2]> => |it| Kind::corners(it),
    Vec<Window> => |it| Kind::Hours(Hours::of(it)),
);

impl Outline for Vec<AccessGate> {
    fn outline(&self) -> Node {
        Node::plain(Kind::Set(self.iter().map(AccessGate::words).collect()))
    }
    fn absent() -> Node {
        Node::plain(Kind::Set(BTreeSet::new()))
    }
}

impl<T: Named + Outline> Outline for Vec<T> {
    fn outline(&self) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        for (n, item) in self.iter().enumerate() {
            let (mut name, mut double) = (item.name(), 1);
            while entries.iter().any(|other| other.name == name) {
                double += 1;
                name = format!("{} ({double})", item.name());
            }
            entries.push(Entry { name, step: format!("[{n}]"), node: item.outline() });
        }
        Node::Entries(entries)
    }
}
impl<T: Outline> Outline for BTreeMap<String, T> {
    fn outline(&self) -> Node {
        let entry = |(name, item): (&String, &T)| Entry {
            name: name.clone(),
            step: format!(".{name}"),
            node: item.outline(),
        };
        Node::Entries(self.iter().map(entry).collect())
    }
}

/// By which field entries of a list are told apart.
macro_rules! named {
    ($($type:ty => $field:ident),+ $(,)?) => {
        $(impl Named for $type {
            fn name(&self) -> String {
                self.$field.clone()
            }
        })+
    };
}
named!(
    Processor => name,
    Purpose => id,
    Model => id,
    EventClass => class,
    Recipient => role,
    Approver => key,
    Sandbox => id,
    SensitivePlace => name,
    Zone => id,
);
impl Named for Waiver {
    fn name(&self) -> String {
        format!("{} for {}", self.rule, self.scope)
    }
}

#[cfg(test)]
mod tests;
