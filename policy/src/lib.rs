//! The policy language: what may be computed, told and kept, for how long, and who said so.
//!
//! A file ([`PolicyFile`]) is read in a closed world: keys that are not known are refused, and what it does not
//! say is forbidden. Every field has a direction ([`order`]), so that a site may only tighten its city and a
//! camera its site ([`ResolvedPolicy`]). A box takes a policy only with the signatures of two approvers whose
//! keys are pinned on it ([`SignedPolicy`], [`TrustRoot`], [`VerifiedPolicy`]). Here are no pixels, and no policy
//! asks a clock: whether one holds *now* is asked of the gate (`velum-gate`). What is done with data is written
//! down before it is done ([`audit`]). What the `check` of box and hub finds is here too, where both can say it ([`check`]).

pub mod audit;
pub mod order;

mod baseline;
pub mod check;
pub mod diff;
mod duration;
mod eea;
pub mod effective;
mod envelope;
mod error;
mod file;
mod finding;
mod grammar;
mod index;
mod keys;
pub mod layers;
mod lines;
pub mod lint;
mod opinion;
mod outline;
pub mod pack;
mod quorum;
mod resolve;
mod schedule;
mod schema;
pub mod sections;
mod signed;
pub mod succession;
mod trust;
mod version;
mod when;

pub use baseline::{Baseline, BaselineName};
pub use duration::PolicyDuration;
pub use eea::is_in_eea;
pub use envelope::read_signed;
pub use error::{PolicyError, Shortfall};
pub use file::PolicyFile;
pub use finding::{Finding, Findings, Severity, turns_around};
pub use grammar::read_tables;
pub use index::{lines_of_keys, place_of_key};
pub use keys::{PublicKey, SigningKey};
pub use lint::{Rule, RuleExample, RuleText, tells_people_apart};
pub use opinion::{Advice, OPINION_TYPE, Opinion, SignedOpinion};
pub use resolve::{CameraPolicy, ResolvedPolicy, Trial};
pub use schedule::{Day, TimeOfDay, Window, Zone as TimeZoneName};
pub use schema::SCHEMA;
pub use sections::EventField;
pub use signed::{PAYLOAD_TYPE, SignedPolicy, VerifiedPolicy};
pub use trust::TrustRoot;
pub use version::Version;
pub use when::When;
