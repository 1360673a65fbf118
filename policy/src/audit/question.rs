//! Questions to the attestations of a box, and their answers: yes, no, or unknown.
//!
//! Invariant: *yes* is said only where verified, signed attestations speak of all of the time that is asked about, but
//! for interruptions of two minutes at most, all together, which are listed. What is missing, late, not signed yet or of a clock that
//! is not trusted makes the answer unknown. A log in which something is wrong answers nothing.

mod answer;
mod ask;
mod fit;
mod prove;
mod timeline;

pub(crate) use answer::record_contradicts;
pub use answer::{Answer, Asked, Contradiction, Verdict, answer};
pub use ask::{Claim, PolicyName, Question};
use fit::{Fit, fit_of};
pub use prove::prove_answer;
pub use timeline::{Gap, GapCause};
pub(crate) use timeline::{Span, gaps_of};
