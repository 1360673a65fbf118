//! Who may log in to the console, and by which link a password is chosen.

use super::engine::{Transaction, query};
use super::operators::{Change, note};
use super::recipients::{forget, give};
use super::{Store, StoreError};
use crate::identity::{Name, Person};

/// One user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRow {
    pub(crate) name: Name,
    /// None until the person chose a password.
    pub(crate) password_hash: Option<String>,
    /// Sessions of an older generation are over.
    pub(crate) generation: i64,
    pub(crate) last_login_unix_ms: Option<i64>,
    /// Whether they may change boxes, and look at the audit log.
    pub(crate) is_administrator: bool,
}

/// What a new user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct NewUser<'r> {
    /// The recipient roles.
    pub(crate) roles: &'r [String],
    pub(crate) is_administrator: bool,
}

/// Whom a set-up link is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SetupState {
    /// The first user, who chooses a name.
    First,
    /// This user.
    Of(Name),
    /// Nobody: never given, used, replaced or too old.
    Bad,
}

impl Store {
    /// All users, by name.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn users(&self) -> Result<Vec<UserRow>, StoreError> {
        let rows = query(
            "SELECT name, password_hash, generation, last_login_unix_ms, administrator FROM console_user
             ORDER BY name",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(UserRow {
                    // Only valid names are written.
                    name: Name::parse(row.try_get(0)?).map_err(|_| StoreError::Unreadable(0))?,
                    password_hash: row.try_get(1)?,
                    generation: row.try_get(2)?,
                    last_login_unix_ms: row.try_get(3)?,
                    is_administrator: row.try_get(4)?,
                })
            })
            .collect()
    }

    /// One user.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn user(&self, name: &Name) -> Result<Option<UserRow>, StoreError> {
        Ok(self.users().await?.into_iter().find(|user| user.name == *name))
    }

    /// A new user, who gets in by the link of this secret.
    ///
    /// # Errors
    /// [`StoreError::UserExists`], [`StoreError::Database`].
    pub(crate) async fn add_user(
        &self,
        name: &Name,
        new: NewUser<'_>,
        secret_sha256: &[u8],
        now_unix_ms: i64,
        expires_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let added = insert_user(&mut transaction, name, None, now_unix_ms).await?;
        if !added {
            return Err(StoreError::UserExists { name: name.to_string() });
        }
        let person = Person::Console(name.clone());
        for role in new.roles {
            give(&mut transaction, &person, role, now_unix_ms).await?;
        }
        if new.is_administrator {
            make_administrator(&mut transaction, &person, name).await?;
        }
        query("DELETE FROM console_setup WHERE \"user\" IS NULL").execute(&mut transaction).await?;
        insert_setup(&mut transaction, Some(name), secret_sha256, expires_unix_ms).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes a user's password, sessions and links away; the link of this secret lets them choose anew.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`], [`StoreError::Database`].
    pub(crate) async fn reset_user(
        &self,
        name: &Name,
        secret_sha256: &[u8],
        now_unix_ms: i64,
        expires_unix_ms: i64,
    ) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let done = query(
            "UPDATE console_user SET password_hash = NULL, generation = CASE WHEN generation < $1 THEN $1 ELSE generation + 1 END WHERE name = $2",
        )
        .bind(now_unix_ms)
        .bind(name.as_str())
        .execute(&mut transaction)
        .await?;
        if done.rows_affected() == 0 {
            drop(transaction);
            return Err(self.unknown_user(name).await?);
        }
        query("DELETE FROM console_setup WHERE \"user\" = $1")
            .bind(name.as_str())
            .execute(&mut transaction)
            .await?;
        insert_setup(&mut transaction, Some(name), secret_sha256, expires_unix_ms).await?;
        let words = "password and logins were ended on the command line, and a link was made to choose anew";
        let person = Person::Console(name.clone());
        note(&mut transaction, &person.to_string(), &Change::ended("user_reset"), words).await?;
        Ok(transaction.commit().await?)
    }

    /// Removes a user; their sessions and links end.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`], [`StoreError::Database`].
    pub(crate) async fn remove_user(&self, name: &Name) -> Result<(), StoreError> {
        let mut transaction = self.begin().await?;
        let done = query("DELETE FROM console_user WHERE name = $1")
            .bind(name.as_str())
            .execute(&mut transaction)
            .await?;
        if done.rows_affected() == 0 {
            drop(transaction);
            return Err(self.unknown_user(name).await?);
        }
        let words = "the user was removed on the command line";
        let person = Person::Console(name.clone());
        forget(&mut transaction, &person).await?;
        note(&mut transaction, &person.to_string(), &Change::ended("user_removed"), words).await?;
        Ok(transaction.commit().await?)
    }

    pub(super) async fn unknown_user(&self, name: &Name) -> Result<StoreError, StoreError> {
        let users = self.users().await?;
        let names: Vec<&str> = users.iter().map(|user| user.name.as_str()).collect();
        let known = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
        Ok(StoreError::UnknownUser { name: name.to_string(), known })
    }

    /// Where nobody can log in yet: a link for the first user, in place of any older one. False where somebody can.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn offer_first_setup(
        &self,
        secret_sha256: &[u8],
        expires_unix_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let users: i64 =
            query("SELECT count(*) FROM console_user").fetch_one(&mut transaction).await?.try_get(0)?;
        if users > 0 {
            return Ok(false);
        }
        query("DELETE FROM console_setup").execute(&mut transaction).await?;
        insert_setup(&mut transaction, None, secret_sha256, expires_unix_ms).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// Whom a link is for.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn setup_state(
        &self,
        secret_sha256: &[u8],
        now_unix_ms: i64,
    ) -> Result<SetupState, StoreError> {
        let row =
            query("SELECT \"user\" FROM console_setup WHERE secret_sha256 = $1 AND expires_unix_ms > $2")
                .bind(secret_sha256)
                .bind(now_unix_ms)
                .fetch_optional(&self.readers)
                .await?;
        let Some(row) = row else { return Ok(SetupState::Bad) };
        match row.try_get::<Option<&str>>(0)? {
            None => Ok(SetupState::First),
            Some(name) => Ok(Name::parse(name).map_or(SetupState::Bad, SetupState::Of)),
        }
    }

    /// Uses a link up, and keeps the chosen password's hash; false where the link is not good for this name. The
    /// first user gets the roles of `first_roles`.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn use_setup(
        &self,
        secret_sha256: &[u8],
        name: &Name,
        password_hash: &str,
        first_roles: &[String],
        now_unix_ms: i64,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let row = query(
            "DELETE FROM console_setup WHERE secret_sha256 = $1 AND expires_unix_ms > $2 RETURNING \"user\"",
        )
        .bind(secret_sha256)
        .bind(now_unix_ms)
        .fetch_optional(&mut transaction)
        .await?;
        let Some(row) = row else { return Ok(false) };
        let done = match row.try_get::<Option<&str>>(0)? {
            Some(of) if of == name.as_str() => {
                set_password(&mut transaction, name, password_hash, now_unix_ms).await?
            }
            Some(_) => false,
            None => {
                for role in first_roles {
                    give(&mut transaction, &Person::Console(name.clone()), role, now_unix_ms).await?;
                }
                insert_user(&mut transaction, name, Some(password_hash), now_unix_ms).await?
            }
        };
        if done {
            transaction.commit().await?;
        }
        Ok(done)
    }

    /// Takes note that a user logged in.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn note_login(&self, name: &Name, now_unix_ms: i64) -> Result<(), StoreError> {
        query("UPDATE console_user SET last_login_unix_ms = $1 WHERE name = $2")
            .bind(now_unix_ms)
            .bind(name.as_str())
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}

/// Leaves word for the audit log.
async fn make_administrator(
    transaction: &mut Transaction,
    person: &Person,
    name: &Name,
) -> Result<(), StoreError> {
    query("UPDATE console_user SET administrator = TRUE WHERE name = $1")
        .bind(name.as_str())
        .execute(&mut *transaction)
        .await?;
    let change = Change { rule: None, recipient: None };
    let words = "was made an administrator: may let boxes in and shut them out, and look at the audit log";
    note(transaction, &person.to_string(), &change, words).await
}

async fn insert_user(
    transaction: &mut Transaction,
    name: &Name,
    password_hash: Option<&str>,
    now_unix_ms: i64,
) -> Result<bool, StoreError> {
    let done = query(
        "INSERT INTO console_user (name, password_hash, generation, created_unix_ms) VALUES ($1, $2, $3, $3)
         ON CONFLICT (name) DO NOTHING",
    )
    .bind(name.as_str())
    .bind(password_hash)
    .bind(now_unix_ms)
    .execute(&mut *transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}

async fn insert_setup(
    transaction: &mut Transaction,
    name: Option<&Name>,
    secret_sha256: &[u8],
    expires_unix_ms: i64,
) -> Result<(), StoreError> {
    query("INSERT INTO console_setup (secret_sha256, \"user\", expires_unix_ms) VALUES ($1, $2, $3)")
        .bind(secret_sha256)
        .bind(name.map(Name::as_str))
        .bind(expires_unix_ms)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

async fn set_password(
    transaction: &mut Transaction,
    name: &Name,
    password_hash: &str,
    now_unix_ms: i64,
) -> Result<bool, StoreError> {
    let done = query(
        "UPDATE console_user SET password_hash = $1, generation = CASE WHEN generation < $2 THEN $2 ELSE generation + 1 END WHERE name = $3",
    )
    .bind(password_hash)
    .bind(now_unix_ms)
    .bind(name.as_str())
    .execute(&mut *transaction)
    .await?;
    Ok(done.rows_affected() == 1)
}
