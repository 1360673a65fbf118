//! Who may read what: the `[[recipient]]`s of the published policies, enforced on every read.
//!
//! What one policy gives to its recipients is decided in `velum-recipients`. Here `rulebook` knows all policies, `reader`
//! is a person who reads, `shown` blanks what a recipient is not given, `alert` shows where an alert stands
//! with the others, `overseer` is who may look at the log, and `held` counts what is not shown. Invariant: what is not decided, for whatever reason, is not shown.

mod alert;
mod held;
mod overseer;
mod reader;
mod rulebook;
mod shown;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use velum_policy::audit::is_name;

use crate::clock::Clock;
use crate::identity::Person;
use crate::policies::Library;
use crate::store::{Store, StoreError};

pub(crate) use alert::{AlertState, EscalatedState, TakenState, TextState, Word};
pub(crate) use held::{Held, give_command};
pub(crate) use overseer::{NoOversight, Overseer};
pub(crate) use reader::{Reader, class_of, recipient_text};
pub(crate) use rulebook::Rulebook;
pub(crate) use shown::states_alone;
pub(crate) use velum_recipients::{Action, CompileError, Decision, Rule, Rules, Terms, Why};

const JUSTIFICATION_CHARS: usize = 300;

/// What somebody asks for, and why.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) action: Action,
    /// As the person gave it: empty where they did not.
    pub(crate) why: Why,
}

/// Why nobody reads.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// Something in the request cannot be.
    #[error("{field}: expected {expected}, found {found}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would do.
        expected: String,
        /// What was there.
        found: String,
    },
    /// The person's roles are all beyond the control room, under LED.
    #[error(
        "your recipient is beyond the control room: under Directive (EU) 2016/680 it reads what a person has \
         reviewed, and nothing else: `velum events reviewed`"
    )]
    BeyondControlRoom {
        /// The roles, as the audit log names them.
        recipient: Option<String>,
    },
    /// The store failed.
    #[error("the hub cannot read its store at the moment; its log says why")]
    Store(#[from] StoreError),
}

/// The door that every read goes through.
pub(crate) struct Access {
    store: Arc<Store>,
    library: watch::Receiver<Arc<Library>>,
    clock: Arc<dyn Clock>,
    compiled: Mutex<Compiled>,
}

/// The rules, and of what they were compiled.
#[derive(Debug)]
struct Compiled {
    library: Arc<Library>,
    /// The versions that had begun.
    begun: Vec<[u8; 32]>,
    book: Arc<Rulebook>,
}

impl Compiled {
    fn of(library: Arc<Library>, now_unix_ms: i64) -> Self {
        let (begun, book) = (begun(&library, now_unix_ms), Arc::new(Rulebook::of(&library, now_unix_ms)));
        Self { library, begun, book }
    }
}

fn begun(library: &Library, now_unix_ms: i64) -> Vec<[u8; 32]> {
    library.begun(now_unix_ms).map(|published| published.policy().digest()).collect()
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}

impl Access {
    /// For what is published, now and later.
    pub(crate) fn new(
        store: Arc<Store>,
        library: watch::Receiver<Arc<Library>>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let first = Compiled::of(Arc::clone(&library.borrow()), clock.unix_ms());
        Self { store, library, clock, compiled: Mutex::new(first) }
    }

    /// The rules of this moment: what was published before the call counts, once its day has come.
    pub(crate) fn book(&self) -> Arc<Rulebook> {
        let (newest, now_unix_ms) = (Arc::clone(&self.library.borrow()), self.clock.unix_ms());
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        if !Arc::ptr_eq(&compiled.library, &newest) || compiled.begun != begun(&newest, now_unix_ms) {
            *compiled = Compiled::of(newest, now_unix_ms);
        }
        Arc::clone(&compiled.book)
    }

    /// The roles that a person was given.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn roles(&self, person: &Person) -> Result<BTreeSet<String>, StoreError> {
        Ok(self.store.roles_of(person).await?.into_iter().collect())
    }

    /// Whether a person is a recipient of a published policy: for counts and states of boxes, which are no events.
    ///
    /// # Errors
    /// [`Refused::BeyondControlRoom`], [`Refused::Store`].
    pub(crate) async fn is_recipient(&self, person: &Person) -> Result<bool, Refused> {
        let (roles, book) = (self.roles(person).await?, self.book());
        if book.are_beyond_control_room(&roles) {
            return Err(Refused::BeyondControlRoom { recipient: recipient_text(&roles) });
        }
        Ok(book.has_recipient(&roles))
    }

    /// What a person with these roles may read for.
    pub(crate) fn purposes(&self, roles: &BTreeSet<String>) -> BTreeSet<String> {
        self.book().purposes(roles)
    }

    /// Lets somebody read: as of now, in all of their roles.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) async fn reader(&self, person: &Person, ask: &Ask) -> Result<Reader, Refused> {
        let reader = self.any_reader(person, ask).await?;
        if reader.is_beyond_control_room() {
            return Err(Refused::BeyondControlRoom { recipient: reader.recipient() });
        }
        Ok(reader)
    }

    /// The same, wherever the person's recipient is: for what was reviewed.
    ///
    /// # Errors
    /// [`Refused`].
    pub(crate) async fn any_reader(&self, person: &Person, ask: &Ask) -> Result<Reader, Refused> {
        let roles = self.roles(person).await?;
        let book = self.book();
        let purpose = purpose(&ask.why.purpose, &book.purposes(&roles))?;
        let justification = justification(&ask.why.justification)?;
        let why = Why { purpose, justification };
        Ok(Reader { person: person.clone(), roles, action: ask.action, why, book })
    }
}

/// The purpose that was given, or the only one there is.
fn purpose(given: &str, of_recipient: &BTreeSet<String>) -> Result<String, Refused> {
    let invalid =
        |expected: String, found: String| Err(Refused::Invalid { field: "purpose", expected, found });
    if !given.is_empty() {
        if is_name(given) {
            return Ok(given.to_owned());
        }
        return invalid("a purpose id of the policy".to_owned(), "another text".to_owned());
    }
    let mut purposes = of_recipient.iter();
    match (purposes.next(), purposes.next()) {
        (None, _) => Ok(String::new()),
        (Some(only), None) => Ok(only.clone()),
        (Some(_), Some(_)) => {
            let all: Vec<&str> = of_recipient.iter().map(String::as_str).collect();
            invalid(format!("one of {}", all.join(", ")), "none".to_owned())
        }
    }
}

fn justification(given: &str) -> Result<String, Refused> {
    let given = given.trim();
    let chars = given.chars().count();
    let invalid = |expected: &str, found: String| {
        Err(Refused::Invalid { field: "justification", expected: expected.to_owned(), found })
    };
    if chars > JUSTIFICATION_CHARS {
        return invalid("at most 300 characters", chars.to_string());
    }
    if given.chars().any(char::is_control) {
        return invalid("one line of text", "control characters".to_owned());
    }
    Ok(given.to_owned())
}

/// A line that a person typed, trimmed; else what was expected, and how many characters were there.
pub(crate) fn one_line(text: &str, chars: RangeInclusive<usize>) -> Result<String, (String, usize)> {
    let text = text.trim();
    let found = text.chars().count();
    if !chars.contains(&found) || text.chars().any(char::is_control) {
        return Err((format!("one line of {} to {} characters", chars.start(), chars.end()), found));
    }
    Ok(text.to_owned())
}

/// The beginning of a longer reason: whether there is one decides, and the log has all of it elsewhere.
pub(crate) fn within_limit(justification: &str) -> String {
    justification.chars().take(JUSTIFICATION_CHARS).collect()
}

#[cfg(test)]
mod tests;
