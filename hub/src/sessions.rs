//! Which boxes are connected now. One session a box: a newer connection replaces an older one, which is most
//! likely the same box before its network changed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, watch};
use tonic::Status;
use velum_proto::v1::HubMessage;

use crate::identity::{Identity, Name};
use crate::store::HeldSession;

/// Why a session was told to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The same box connected again.
    Replaced,
    /// The box's certificate was revoked.
    Revoked,
}

impl From<Stop> for Status {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Replaced => Self::aborted(
                "this box connected again; if two boxes share one identity, enrol one of them anew",
            ),
            Stop::Revoked => revoked(),
        }
    }
}

/// The answer to a revoked certificate.
pub(crate) fn revoked() -> Status {
    Status::permission_denied(
        "this box's certificate was revoked; a new token from `velum-hub enroll` lets it in again",
    )
}

/// What the hub says to a box, in order.
pub(crate) type Answers = mpsc::Sender<Result<HubMessage, Status>>;

#[derive(Debug)]
struct Open {
    id: u64,
    generation: u32,
    /// In which look the database came to have it, in the place of any older one.
    known_in: Option<u64>,
    stop: watch::Sender<Option<Stop>>,
    /// From the hello on. Weak: the stream ends with its session, whoever would still like to speak.
    answers: Option<mpsc::WeakSender<Result<HubMessage, Status>>>,
}

/// The way to a connected box, for as long as its session lasts.
#[derive(Debug)]
pub(crate) struct Line {
    answers: mpsc::WeakSender<Result<HubMessage, Status>>,
    stop: watch::Receiver<Option<Stop>>,
}

impl Line {
    /// Says something to the box, unless it went away or does not listen.
    pub(crate) fn send(&self, message: HubMessage) -> bool {
        self.answers.upgrade().is_some_and(|answers| answers.try_send(Ok(message)).is_ok())
    }

    /// Waits until the session ends.
    pub(crate) async fn closed(&mut self) {
        // An error means that the session is gone from the table: closed as well.
        let _closed = self.stop.wait_for(Option::is_some).await;
    }
}

#[derive(Debug, Default)]
struct Table {
    open: HashMap<Name, Open>,
    last_id: u64,
    /// How often it was looked what the database knows.
    looks: u64,
    /// Boxes that talk to another hub on the same database, with its name.
    elsewhere: HashMap<Name, String>,
}

/// The open sessions.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Table>);

/// One open session; ends when dropped.
#[derive(Debug)]
pub(crate) struct Session {
    sessions: Arc<Sessions>,
    name: Name,
    id: u64,
    stop: watch::Receiver<Option<Stop>>,
}

impl Sessions {
    /// Opens a session, and ends the older one of the same box.
    pub(crate) fn open(self: &Arc<Self>, identity: &Identity) -> Session {
        let (stop, stopped) = watch::channel(None);
        let mut table = self.table();
        table.last_id += 1;
        let id = table.last_id;
        let open = Open { id, generation: identity.generation, stop, answers: None, known_in: None };
        if let Some(older) = table.open.insert(identity.name.clone(), open) {
            older.stop.send_replace(Some(Stop::Replaced));
        }
        Session { sessions: Arc::clone(self), name: identity.name.clone(), id, stop: stopped }
    }

    /// The way to a box that is connected and has been greeted.
    pub(crate) fn line(&self, name: &Name) -> Option<Line> {
        let table = self.table();
        let open = table.open.get(name)?;
        Some(Line { answers: open.answers.clone()?, stop: open.stop.subscribe() })
    }

    /// Whether a box is connected, to whichever hub.
    pub(crate) fn is_connected(&self, name: &str) -> bool {
        let table = self.table();
        table.open.keys().chain(table.elsewhere.keys()).any(|one| one.as_str() == name)
    }

    /// It is about to be read what the database knows.
    pub(crate) fn begin_look(&self) {
        let mut table = self.table();
        table.looks = table.looks.wrapping_add(1);
    }

    /// What the database knows of all sessions: those here that are over because their box connected to another hub end.
    /// Gives those of this hub that it knows and that are over.
    pub(crate) fn compare(&self, held: Vec<HeldSession>) -> Vec<(Name, u64)> {
        let mut table = self.table();
        let mut over = Vec::new();
        table.elsewhere.clear();
        for HeldSession { r#box, elsewhere, number } in held {
            let Ok(name) = Name::parse(&r#box) else { continue };
            let open = table.open.get(&name);
            match elsewhere {
                None if open.is_none_or(|open| open.id != number) => over.push((name, number)),
                None => {}
                Some(elsewhere) => {
                    // One that the database came to have since it was read is newer than what was read.
                    let looks = table.looks;
                    if let Some(open) = open.filter(|open| open.known_in.is_some_and(|look| look < looks)) {
                        open.stop.send_replace(Some(Stop::Replaced));
                    }
                    table.elsewhere.insert(name, elsewhere);
                }
            }
        }
        over
    }

    /// The name of the other hub that a box talks to, where it does not talk to this one.
    pub(crate) fn elsewhere(&self, name: &Name) -> Option<String> {
        self.table().elsewhere.get(name).cloned()
    }

    /// How many boxes are connected to this hub.
    pub(crate) fn count(&self) -> usize {
        self.table().open.len()
    }

    /// Whether nobody is connected.
    pub(crate) fn is_empty(&self) -> bool {
        self.table().open.is_empty()
    }

    /// Ends the session of a box whose certificate is older than `minimum_generation`.
    pub(crate) fn revoke(&self, name: &str, minimum_generation: u32) {
        let table = self.table();
        let revoked = table
            .open
            .iter()
            .filter(|(open, session)| open.as_str() == name && session.generation < minimum_generation);
        for (name, session) in revoked {
            if session.stop.send_replace(Some(Stop::Revoked)).is_none() {
                tracing::warn!(box = %name, "revoked: the box's stream is closed");
            }
        }
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Among all sessions of this hub.
    pub(crate) fn number(&self) -> u64 {
        self.id
    }

    /// The database knows of this session from now on.
    pub(crate) fn known(&self) {
        let mut table = self.sessions.table();
        table.elsewhere.remove(&self.name);
        let look = table.looks;
        if let Some(open) = table.open.get_mut(&self.name).filter(|open| open.id == self.id) {
            open.known_in = Some(look);
        }
    }

    /// From now on the hub may speak to the box.
    pub(crate) fn greeted(&self, answers: &Answers) {
        let mut table = self.sessions.table();
        if let Some(open) = table.open.get_mut(&self.name).filter(|open| open.id == self.id) {
            open.answers = Some(answers.downgrade());
        }
    }

    /// Waits until this session is told to end.
    pub(crate) async fn stopped(&self) -> Stop {
        match self.stop.clone().wait_for(Option::is_some).await.map(|stop| *stop) {
            Ok(Some(stop)) => stop,
            // The sender lives in the table; gone without a word, it was replaced.
            Ok(None) | Err(_) => Stop::Replaced,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let mut table = self.sessions.table();
        if table.open.get(&self.name).is_some_and(|open| open.id == self.id) {
            table.open.remove(&self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Role;

    fn identity(generation: u32) -> Identity {
        Identity { role: Role::Box, name: Name::parse("lobby").unwrap(), generation }
    }

    #[tokio::test]
    async fn a_newer_connection_replaces_the_older() {
        let sessions = Arc::new(Sessions::default());
        let older = sessions.open(&identity(1));
        let newer = sessions.open(&identity(1));
        assert_eq!(older.stopped().await, Stop::Replaced);
        drop(older);
        assert!(sessions.is_connected("lobby"), "the end of the older must not hide the newer");
        drop(newer);
        assert!(!sessions.is_connected("lobby"));
    }

    #[tokio::test]
    async fn a_line_reaches_the_greeted_session_and_ends_with_it() {
        let sessions = Arc::new(Sessions::default());
        let name = Name::parse("lobby").unwrap();
        let session = sessions.open(&identity(1));
        assert!(sessions.line(&name).is_none(), "not before the hello");
        let (answers, mut said) = mpsc::channel(1);
        session.greeted(&answers);
        let mut line = sessions.line(&name).unwrap();
        assert!(line.send(HubMessage::default()));
        assert!(!line.send(HubMessage::default()), "the box does not read");
        said.recv().await.unwrap().unwrap();
        drop((session, answers));
        line.closed().await;
        assert!(!line.send(HubMessage::default()));
        assert!(said.recv().await.is_none(), "a line does not keep the stream open");
    }

    #[tokio::test]
    async fn a_session_ends_once_its_box_talks_to_another_hub_and_not_by_what_was_read_before_it_began() {
        let sessions = Arc::new(Sessions::default());
        let name = Name::parse("lobby").unwrap();
        let elsewhere =
            || HeldSession { r#box: "lobby".to_owned(), elsewhere: Some("b:7443".to_owned()), number: 4 };
        sessions.begin_look();
        let session = sessions.open(&identity(1));
        session.known();
        assert!(sessions.compare(vec![elsewhere()]).is_empty());
        assert!(!session.stop.has_changed().unwrap(), "read before this one began");
        sessions.begin_look();
        sessions.compare(vec![elsewhere()]);
        assert_eq!(session.stopped().await, Stop::Replaced);
        drop(session);
        assert_eq!(sessions.elsewhere(&name).as_deref(), Some("b:7443"));
        assert!(sessions.is_connected("lobby") && sessions.line(&name).is_none());
        // The database has one of this hub that ended without a word.
        let own = HeldSession { elsewhere: None, ..elsewhere() };
        sessions.begin_look();
        assert_eq!(sessions.compare(vec![own]), [(name, 4)]);
        assert!(!sessions.is_connected("lobby"));
    }

    #[tokio::test]
    async fn revocation_ends_older_generations_only() {
        let sessions = Arc::new(Sessions::default());
        let session = sessions.open(&identity(2));
        sessions.revoke("lobby", 2);
        sessions.revoke("yard", 3);
        assert!(!session.stop.has_changed().unwrap());
        sessions.revoke("lobby", 3);
        assert_eq!(session.stopped().await, Stop::Revoked);
    }
}
