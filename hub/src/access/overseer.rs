//! Who may look at the audit log and at what stands around it: recipients to whom a published policy gives the log
//! (`recipient.audit_log`), and administrators.
//!
//! Invariants: as long back as the recipient's `max_age` and no further; with a reason where the policy wants one; and counts
//! of alerts only for recipients. It does not end with a policy: what was done under it stays to be overseen.

use std::collections::BTreeSet;
use std::time::Duration;

use velum_policy::sections::Recipient;
use velum_recipients::is_of_regime;

use super::reader::recipient_text;
use super::rulebook::Rulebook;
use super::{Access, Refused, justification};
use crate::identity::Person;
use crate::store::StoreError;

/// Why somebody does not oversee.
#[derive(Debug)]
pub(crate) enum NoOversight {
    /// Neither an administrator nor a recipient of the log.
    NotYours,
    /// The policy wants a reason.
    NoReason,
    /// The request cannot be.
    Refused(Refused),
}

impl From<Refused> for NoOversight {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// What a person may oversee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Oversight {
    /// Whether they have to say why.
    pub(crate) needs_reason: bool,
    /// How long back; none: all that there is.
    max_age: Option<Duration>,
    /// Whether they may see how many alerts there were.
    pub(crate) sees_counts: bool,
}

impl Oversight {
    /// From when on.
    pub(crate) fn since_unix_ms(&self, now_unix_ms: i64) -> i64 {
        let age_ms = self.max_age.and_then(|age| i64::try_from(age.as_millis()).ok());
        age_ms.map_or(i64::MIN, |age_ms| now_unix_ms.saturating_sub(age_ms))
    }
}

/// A person who oversees, and why.
#[derive(Debug, Clone)]
pub(crate) struct Overseer {
    pub(crate) person: Person,
    /// As the audit log names recipients.
    pub(crate) recipient: Option<String>,
    /// Empty where none is needed and none was given.
    pub(crate) justification: String,
    pub(crate) may: Oversight,
}

impl Access {
    /// Whether a person may change boxes, and look at the log though they are no recipient.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn is_administrator(&self, person: &Person) -> Result<bool, StoreError> {
        match person {
            Person::Console(name) => {
                Ok(self.store.user(name).await?.is_some_and(|user| user.is_administrator))
            }
            Person::Certificate(_) | Person::Connector(_) => Ok(false),
        }
    }

    /// What a person may oversee; none: nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn oversight(&self, person: &Person) -> Result<Option<Oversight>, StoreError> {
        let (roles, is_administrator) = (self.roles(person).await?, self.is_administrator(person).await?);
        Ok(oversight(&self.book(), &roles, is_administrator))
    }

    /// Lets a person oversee, for this reason.
    ///
    /// # Errors
    /// [`NoOversight`].
    pub(crate) async fn overseer(&self, person: &Person, why: &str) -> Result<Overseer, NoOversight> {
        let justification = justification(why)?;
        let may = self.oversight(person).await.map_err(Refused::Store)?.ok_or(NoOversight::NotYours)?;
        if may.needs_reason && justification.is_empty() {
            return Err(NoOversight::NoReason);
        }
        let roles = self.roles(person).await.map_err(Refused::Store)?;
        Ok(Overseer { person: person.clone(), recipient: recipient_text(&roles), justification, may })
    }
}

fn oversight(book: &Rulebook, roles: &BTreeSet<String>, is_administrator: bool) -> Option<Oversight> {
    let sees_counts = book.has_recipient(roles) && !book.are_beyond_control_room(roles);
    if is_administrator {
        return Some(Oversight { needs_reason: false, max_age: None, sees_counts });
    }
    let given: Vec<&Recipient> = book.recipients_of_log(roles);
    let longest = given.iter().map(|one| one.max_age.0.get()).max()?;
    let needs_reason = given.iter().all(|one| one.justification.is_some());
    Some(Oversight { needs_reason, max_age: Some(longest), sees_counts })
}

impl Rulebook {
    /// The recipients of these roles to whom a policy gives the log, under its own law.
    fn recipients_of_log<'b>(&'b self, roles: &'b BTreeSet<String>) -> Vec<&'b Recipient> {
        if self.are_under_another_law(roles) {
            return Vec::new();
        }
        self.all()
            .flat_map(|rules| roles.iter().map(move |role| (rules.terms(), role)))
            .flat_map(|(terms, role)| terms.recipients_of(role).map(move |one| (terms, one)))
            .filter(|(terms, one)| one.audit_log && is_of_regime(one.regime, terms.regime()))
            .map(|(_, one)| one)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use velum_policy::PolicyFile;

    use super::*;
    use crate::access::Terms;

    #[test]
    fn the_log_is_for_whom_the_policy_gives_it_and_for_administrators() {
        let text = include_str!("../../../policy/examples/led-tram-hub.toml");
        let file = PolicyFile::parse(text, "policy.toml").unwrap();
        let terms = Terms::of_parts(file.document(), &file.resolve().unwrap(), [2; 32]);
        let book = Rulebook::of_terms(vec![terms], HashMap::new());
        let of = |names: &[&str], is_administrator| {
            let roles = names.iter().map(|name| (*name).to_owned()).collect();
            let may = oversight(&book, &roles, is_administrator)?;
            let days = may.max_age.map(|age| age.as_secs() / 86_400);
            Some((may.needs_reason, days, may.sees_counts))
        };
        assert_eq!(of(&[], false), None);
        assert_eq!(of(&["control-room-operator"], false), None, "events, and no log");
        assert_eq!(of(&["dpo-auditor"], false), Some((true, Some(1_825), true)));
        assert_eq!(of(&[], true), Some((false, None, false)), "no recipient: no counts");
        assert_eq!(of(&["control-room-operator"], true), Some((false, None, true)));
        let empty = oversight(&Rulebook::default(), &BTreeSet::from(["dpo-auditor".to_owned()]), false);
        assert_eq!(empty, None);
    }

    #[test]
    fn nothing_older_than_the_policy_gives() {
        let may = |max_age| Oversight { needs_reason: false, max_age, sees_counts: false };
        assert_eq!(may(Some(Duration::from_secs(60))).since_unix_ms(100_000), 40_000);
        assert_eq!(may(None).since_unix_ms(100_000), i64::MIN);
    }
}
