//! Encrypted, numbered, crash-safe store-and-forward, and the conversion of events to the wire.
//!
//! Invariants:
//! - A number is told to nobody before its record is on the disk: written, flushed, the file synced.
//! - Numbers of one incarnation count from 1 without a hole, and none is given twice.
//! - Every number ends as exactly one of event, withheld, expired, lost. What cannot be read back is `Lost`,
//!   never left out and never guessed.
//! - What is sealed opens only with its day's key, and destroying that key is the erasure.
//!
//! # Layout, in reading order
//! [`Outbox`] is what callers see; the writing thread (`writer`) numbers, groups and flushes; `store` is the
//! database with its faults kept in; `recovery` opens, mends or sets aside; `expiry` ends what is too old;
//! `withhold` ends what may no longer leave; `keys` and `marks` are the files beside the database; `layout`,
//! `rule_state`, `coverage` are the bytes; `stills` keeps redacted pictures, and `still_calls` is what callers see
//! of it; `wire` makes messages of events and stills.
//!
//! # On the disk
//! ```text
//! <dir>/lock            locked by the one process that uses the outbox; empty
//! <dir>/marks           highest number given (module marks)
//! <dir>/gate-memory     text of the gate's own: time high-water mark, newest policy
//! <dir>/db/             the database (sled 0.34); created anew when it cannot be read
//! <dir>/quarantine-<n>/ databases set aside, the three newest
//! <dir>/stills/         redacted stills, one sealed file each (module stills)
//! <keys_dir>/YYYY-MM-DD.key  one key a day, UTC (module keys)
//! <keys_dir>/stills/YYYY-MM-DD.key  the same for stills
//! ```
//! The database is one tree. Integers are big-endian; `hour` = u32 hours since 1970-01-01T00:00Z, in the clear and
//! no finer, so that after the key's destruction nothing finer is left; day = hour / 24.
//!
//! | key | value |
//! |---|---|
//! | `i` | \[16\] incarnation |
//! | `n` | u64 highest number given |
//! | `a` | u64 highest number acknowledged |
//! | `r` u64 number | u8 format (1) · u8 kind · kind 1: u32 hour · \[12\] nonce · sealed message · \[16\] tag; kind 2: message |
//! | `s` camera | as kind 1; inside, a rule state (module rule_state) |
//! | `c` u32 hour, camera | one camera's hour (module coverage) |
//! | `x` u32 day | empty: this day's key is being destroyed |
//!
//! A message is `velum.v1.Record`, its number included. Kind 2 is for ends that tell of nothing but the number:
//! expired, lost. Sealing is AES-256-GCM with random nonces (module keys says why they are safe) over these
//! additional data: for a record `r` · \[16\] incarnation · u64 number · u32 day · u32 hour; for a rule state
//! `s` · u32 length and camera · u32 day · u32 hour. A record moved to another number, incarnation or day does
//! not open.
//!
//! # After a crash
//! A commit is one batch of the database, whole or absent. Numbers that the marks know and the database does not
//! are `Lost` with cause `record_unreadable`; so is a record that does not open; `key_missing` where the day's key
//! is gone though nobody destroyed it. A database that does not open at all, panics or has lost its beginning
//! is set aside and a new incarnation begins, whose first record is `Lost{database_unreadable}` with the old
//! incarnation and its highest known number.
//!
//! # When no policy is in force
//! Judgement happens when an entry is made. What still waits when the policy ends (suspended, retired, expired)
//! must not leave either: [`Outbox::withhold_waiting`] gives every event that waits, but for a camera's health,
//! the end `Withheld` under its own number, and forgets the hours of coverage.
//!
//! # When there is no room
//! `commit` fails and gives no number as long as the limits are reached or the disk has less than
//! `min_free_bytes` free; acknowledging, expiring and reading go on. The caller keeps its rules' state, counts
//! what it could not commit, tells coverage, and may commit the same entries again, or [`Entry::Lost`] in their
//! place once there is room.

mod bytes;
mod coverage;
mod day;
mod departure;
mod error;
mod expiry;
mod files;
mod keys;
mod layout;
mod marks;
mod outbox;
mod position;
mod recovery;
mod rule_state;
mod shared;
mod still_calls;
mod stills;
mod store;
mod wire;
mod withhold;
mod writer;

pub use departure::Departure;
pub use error::OutboxError;
pub use expiry::ExpiryCounts;
pub use layout::Incarnation;
pub use outbox::{Entry, Outbox, OutboxStats, Produced, Settings};
pub use recovery::{Recovery, SetAside};
pub use still_calls::{OpenStill, StillDeparture};
pub use stills::{ErasureReceipt, KeptStill};

#[cfg(test)]
mod tests;
