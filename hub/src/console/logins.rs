//! Who is logged in. In memory only: a restart of the hub logs everybody out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, watch};

use crate::identity::Name;
use crate::secret::{self, NoRandom, SecretDigest};
use crate::store::UserRow;

const LOGINS_A_USER: usize = 8;
const STREAMS_A_LOGIN: usize = 4;

/// Why a login is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The person logged out.
    LoggedOut,
    /// Nobody touched the page for too long.
    Idle,
    /// It lasted as long as a login may.
    Limit,
    /// The user was removed or reset.
    Revoked,
    /// The same user logged in too many times.
    Replaced,
}

impl End {
    /// As the page is told.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::Idle => "idle",
            Self::Limit => "limit",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
        }
    }
}

#[derive(Debug)]
struct Login {
    user: Name,
    generation: i64,
    csrf: String,
    opened: Instant,
    used: Instant,
    streams: Arc<Semaphore>,
    end: watch::Sender<Option<End>>,
}

/// One request's view of its login.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    id: SecretDigest,
    pub(super) user: Name,
    /// Whoever changes something shows it.
    pub(super) csrf: String,
    /// Until it ends if nobody touches the page.
    pub(super) idle_left: Duration,
    /// Until it ends in any case.
    pub(super) left: Duration,
    /// Places for live streams.
    pub(super) streams: Arc<Semaphore>,
    end: watch::Receiver<Option<End>>,
}

impl Visitor {
    /// Waits until the login is over.
    pub(super) async fn ended(&mut self) -> End {
        match self.end.wait_for(Option::is_some).await.map(|end| *end) {
            Ok(Some(end)) => end,
            Ok(None) | Err(_) => End::LoggedOut,
        }
    }
}

/// The open logins.
#[derive(Debug)]
pub(super) struct Logins {
    idle_limit: Duration,
    limit: Duration,
    table: Mutex<HashMap<SecretDigest, Login>>,
}

impl Logins {
    pub(super) fn new(idle_limit: Duration, limit: Duration) -> Self {
        Self { idle_limit, limit, table: Mutex::default() }
    }

    /// Opens a login; gives the secret for the cookie.
    pub(super) fn open(&self, user: &UserRow, now: Instant) -> Result<String, NoRandom> {
        let (secret, csrf) = (secret::new_secret()?, secret::new_secret()?);
        let mut table = self.table();
        let mut of_user: Vec<(Instant, SecretDigest)> = table
            .iter()
            .filter(|(_, login)| login.user == user.name)
            .map(|(id, login)| (login.opened, *id))
            .collect();
        of_user.sort_unstable();
        for (_, oldest) in of_user.iter().rev().skip(LOGINS_A_USER - 1) {
            end(&mut table, oldest, End::Replaced);
        }
        let login = Login {
            user: user.name.clone(),
            generation: user.generation,
            csrf,
            opened: now,
            used: now,
            streams: Arc::new(Semaphore::new(STREAMS_A_LOGIN)),
            end: watch::Sender::new(None),
        };
        table.insert(secret::digest(&secret), login);
        Ok(secret)
    }

    /// The login of a cookie's secret, if it is not over.
    pub(super) fn visitor(&self, secret: &str, now: Instant) -> Option<Visitor> {
        let id = secret::digest(secret);
        let mut table = self.table();
        if let Some(over) = table.get(&id).and_then(|login| self.over(login, now)) {
            end(&mut table, &id, over);
        }
        let login = table.get(&id)?;
        let left = self.limit.saturating_sub(now.saturating_duration_since(login.opened));
        Some(Visitor {
            id,
            user: login.user.clone(),
            csrf: login.csrf.clone(),
            idle_left: self.idle_limit.saturating_sub(now.saturating_duration_since(login.used)).min(left),
            left,
            streams: Arc::clone(&login.streams),
            end: login.end.subscribe(),
        })
    }

    /// Somebody touched the page.
    pub(super) fn touch(&self, visitor: &Visitor, now: Instant) {
        if let Some(login) = self.table().get_mut(&visitor.id) {
            login.used = now;
        }
    }

    /// Ends a login.
    pub(super) fn log_out(&self, visitor: &Visitor) {
        end(&mut self.table(), &visitor.id, End::LoggedOut);
    }

    /// Ends what is over by time, or whose user is not what they were.
    pub(super) fn sweep(&self, users: &[UserRow], now: Instant) {
        let mut table = self.table();
        let is_current = |login: &Login| {
            users.iter().any(|user| user.name == login.user && user.generation == login.generation)
        };
        let over: Vec<(SecretDigest, End)> = table
            .iter()
            .filter_map(|(id, login)| {
                let revoked = (!is_current(login)).then_some(End::Revoked);
                revoked.or_else(|| self.over(login, now)).map(|why| (*id, why))
            })
            .collect();
        for (id, why) in over {
            end(&mut table, &id, why);
        }
    }

    /// Whether nobody is logged in.
    pub(super) fn is_empty(&self) -> bool {
        self.table().is_empty()
    }

    fn over(&self, login: &Login, now: Instant) -> Option<End> {
        if now.saturating_duration_since(login.opened) >= self.limit {
            return Some(End::Limit);
        }
        (now.saturating_duration_since(login.used) >= self.idle_limit).then_some(End::Idle)
    }

    fn table(&self) -> MutexGuard<'_, HashMap<SecretDigest, Login>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn end(table: &mut HashMap<SecretDigest, Login>, id: &SecretDigest, why: End) {
    if let Some(login) = table.remove(id) {
        tracing::info!(user = %login.user, why = why.code(), "a login to the console ended");
        login.end.send_replace(Some(why));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn anna(generation: i64) -> UserRow {
        let name = Name::parse("anna").unwrap();
        UserRow { name, password_hash: None, generation, last_login_unix_ms: None, is_administrator: false }
    }

    fn logins() -> Logins {
        Logins::new(30 * MINUTE, 60 * MINUTE)
    }

    #[tokio::test]
    async fn idleness_and_age_end_a_login() {
        let (logins, start) = (logins(), Instant::now());
        let secret = logins.open(&anna(1), start).unwrap();
        let visitor = logins.visitor(&secret, start + 29 * MINUTE).unwrap();
        assert_eq!((visitor.idle_left, visitor.left), (MINUTE, 31 * MINUTE));
        logins.touch(&visitor, start + 29 * MINUTE);
        let mut visitor = logins.visitor(&secret, start + 58 * MINUTE).unwrap();
        assert_eq!(visitor.idle_left, MINUTE);
        logins.touch(&visitor, start + 58 * MINUTE);
        assert!(logins.visitor(&secret, start + 60 * MINUTE).is_none());
        assert_eq!(visitor.ended().await, End::Limit);

        let secret = logins.open(&anna(1), start).unwrap();
        let mut visitor = logins.visitor(&secret, start).unwrap();
        logins.sweep(&[anna(1)], start + 30 * MINUTE);
        assert_eq!(visitor.ended().await, End::Idle);
        assert!(logins.is_empty());
    }

    #[tokio::test]
    async fn a_removed_or_reset_user_is_logged_out() {
        let (logins, start) = (logins(), Instant::now());
        for users in [vec![], vec![anna(2)]] {
            let secret = logins.open(&anna(1), start).unwrap();
            let mut visitor = logins.visitor(&secret, start).unwrap();
            logins.sweep(&[anna(1)], start);
            assert!(logins.visitor(&secret, start).is_some());
            logins.sweep(&users, start);
            assert_eq!(visitor.ended().await, End::Revoked);
            assert!(logins.visitor(&secret, start).is_none());
        }
    }

    #[tokio::test]
    async fn the_oldest_login_gives_way() {
        let (logins, start) = (logins(), Instant::now());
        let secrets: Vec<String> = (0..=LOGINS_A_USER)
            .map(|n| logins.open(&anna(1), start + Duration::from_secs(n as u64)).unwrap())
            .collect();
        let open: Vec<bool> = secrets.iter().map(|secret| logins.visitor(secret, start).is_some()).collect();
        assert_eq!(open.iter().filter(|open| **open).count(), LOGINS_A_USER);
        assert!(!open[0]);
    }

    #[test]
    fn nothing_but_the_secret_opens() {
        let (logins, start) = (logins(), Instant::now());
        let secret = logins.open(&anna(1), start).unwrap();
        for other in ["", "x", &secret.to_lowercase(), &secret[1..]] {
            assert!(logins.visitor(other, start).is_none(), "{other}");
        }
        let visitor = logins.visitor(&secret, start).unwrap();
        logins.log_out(&visitor);
        assert!(logins.visitor(&secret, start).is_none());
    }
}
