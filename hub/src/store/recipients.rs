//! Which recipient roles people were given.

use super::engine::{Transaction, query};
use super::operators::{Change, note};
use super::{Store, StoreError};
use crate::identity::Person;

impl Store {
    /// The roles of a person.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn roles_of(&self, person: &Person) -> Result<Vec<String>, StoreError> {
        let rows = query("SELECT role FROM recipient_role WHERE person = $1 ORDER BY role")
            .bind(person.to_string())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Everybody's roles: the person as the audit log names them, and the role.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn recipients(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = query("SELECT person, role FROM recipient_role ORDER BY role, person")
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
    }

    /// Gives a person a role. Of the console, only users have one.
    ///
    /// # Errors
    /// [`StoreError::UnknownUser`], [`StoreError::Database`].
    pub(crate) async fn give_recipient(
        &self,
        person: &Person,
        role: &str,
        now_unix_ms: i64,
    ) -> Result<(), StoreError> {
        if let Person::Console(name) = person
            && self.user(name).await?.is_none()
        {
            return Err(self.unknown_user(name).await?);
        }
        let mut transaction = self.begin().await?;
        give(&mut transaction, person, role, now_unix_ms).await?;
        Ok(transaction.commit().await?)
    }

    /// Takes a role from a person; false where they did not have it.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(crate) async fn take_recipient(&self, person: &Person, role: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let done = query("DELETE FROM recipient_role WHERE person = $1 AND role = $2")
            .bind(person.to_string())
            .bind(role)
            .execute(&mut transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        let change = Change { rule: Some("recipient_taken"), recipient: Some(role) };
        let words = match person {
            Person::Connector(_) => "hub.toml gives the connector this role no longer",
            _ => "the role was taken away on the command line",
        };
        note(&mut transaction, &person.to_string(), &change, words).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

/// Gives a role, and leaves word for the audit log.
pub(super) async fn give(
    transaction: &mut Transaction,
    person: &Person,
    role: &str,
    now_unix_ms: i64,
) -> Result<(), StoreError> {
    query(
        "INSERT INTO recipient_role (person, role, given_unix_ms) VALUES ($1, $2, $3)
         ON CONFLICT (person, role) DO NOTHING",
    )
    .bind(person.to_string())
    .bind(role)
    .bind(now_unix_ms)
    .execute(&mut *transaction)
    .await?;
    let change = Change { rule: None, recipient: Some(role) };
    note(transaction, &person.to_string(), &change, "may read what the policy gives to this recipient").await
}

/// Whoever comes later by the same name begins without roles.
pub(super) async fn forget(transaction: &mut Transaction, person: &Person) -> Result<(), StoreError> {
    query("DELETE FROM recipient_role WHERE person = $1")
        .bind(person.to_string())
        .execute(&mut *transaction)
        .await?;
    Ok(())
}
