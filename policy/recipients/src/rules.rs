//! What one policy lets people read. Whatever goes wrong on the way to an answer is a no.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr as _;

use cedar_policy::{
    Authorizer, Context, Decision as Verdict, Entities, Entity, EntityId, EntityTypeName, EntityUid,
    PolicySet, Request, RestrictedExpression, Schema,
};
use velum_policy::EventField;
use velum_policy::sections::{Recipient, Regime};

use crate::compile::{self, CompileError};
use crate::rule::Rule;
use crate::terms::{Terms, is_of_regime};

/// What somebody wants to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Look at it.
    Read,
    /// Take it out.
    Export,
    /// Look at its still.
    SeeStill,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 3] = [Self::Read, Self::Export, Self::SeeStill];

    /// As Cedar knows it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Export => "export",
            Self::SeeStill => "see_still",
        }
    }
}

/// An event, as far as it matters for the decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts<'f> {
    /// The class of `[[event]]`.
    pub class: &'f str,
    /// That of the policy under which it was released.
    pub regime: Regime,
    /// How old it is; never less than it is.
    pub age_secs: i64,
    /// Whether a person reviewed it.
    pub is_reviewed: bool,
}

/// Why somebody reads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Why {
    /// A purpose id of the policy; empty where there is none.
    pub purpose: String,
    /// The person's own words; empty where there are none.
    pub justification: String,
}

/// What comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// These fields and no others may be shown.
    Allowed {
        /// Of a still, what may be told beside the picture.
        fields: BTreeSet<EventField>,
        /// By these roles.
        roles: BTreeSet<String>,
    },
    /// Nothing may.
    Denied {
        /// The rule that decided.
        rule: Rule,
    },
}

/// A compiled policy.
#[derive(Debug)]
pub struct Rules {
    pub(crate) terms: Terms,
    policies: PolicySet,
    schema: Schema,
    types: Types,
}

#[derive(Debug)]
struct Types {
    role: EntityTypeName,
    user: EntityTypeName,
    record: EntityTypeName,
    action: EntityTypeName,
}

impl Types {
    fn new() -> Result<Self, CompileError> {
        let named = |name| {
            EntityTypeName::from_str(name).map_err(|error| CompileError::Own(format!("{name}: {error}")))
        };
        Ok(Self {
            role: named("Role")?,
            user: named("User")?,
            record: named("EventRecord")?,
            action: named("Action")?,
        })
    }
}

fn uid(of: &EntityTypeName, id: &str) -> EntityUid {
    EntityUid::from_type_name_and_id(of.clone(), EntityId::new(id))
}

impl Rules {
    /// Compiles the recipients of a policy, and validates what came of it.
    ///
    /// # Errors
    /// [`CompileError`] with the recipient's name.
    pub fn compile(terms: Terms) -> Result<Self, CompileError> {
        let schema = compile::schema()?;
        Ok(Self { policies: compile::compile(&terms, &schema)?, types: Types::new()?, schema, terms })
    }

    /// Of what they were compiled.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whether all recipients of these roles keep to what people have reviewed; none where there are none.
    pub fn keeps_to_reviewed(&self, roles: &BTreeSet<String>) -> Option<bool> {
        let recipients = roles.iter().flat_map(|role| self.terms.recipients_of(role));
        recipients.map(|one| self.terms.keeps_to_reviewed(one)).reduce(|all, one| all && one)
    }

    /// Whether people with these roles may do this with such an event, and what of it they may see: what any of
    /// the roles lets them.
    pub fn decide(
        &self,
        roles: &BTreeSet<String>,
        action: Action,
        facts: &Facts<'_>,
        why: &Why,
        now_unix_ms: i64,
    ) -> Decision {
        if !self.terms.is_in_force(now_unix_ms) {
            return Decision::Denied { rule: Rule::PolicyNotInForce };
        }
        let (mut fields, mut by, mut nearest) = (BTreeSet::new(), BTreeSet::new(), Rule::NoRecipient);
        for role in roles {
            let recipients = self.terms.recipients.iter().enumerate();
            for (index, recipient) in recipients.filter(|(_, one)| one.role == *role) {
                match self.ask((index, recipient), action, facts, why) {
                    Ok(true) => {
                        fields.extend(recipient.fields.0.iter().copied());
                        by.insert(role.clone());
                    }
                    Ok(false) => nearest = nearest.max(self.reason(recipient, action, facts, why)),
                    Err(error) => {
                        tracing::error!(%error, policy = self.terms.id(), "a decision failed; nothing is shown");
                        nearest = Rule::DecisionFailed;
                    }
                }
            }
        }
        if by.is_empty() {
            return Decision::Denied { rule: nearest };
        }
        Decision::Allowed { fields, roles: by }
    }

    /// Asks Cedar for one person who acts in one role, for all fields of that recipient.
    fn ask(
        &self,
        (index, recipient): (usize, &Recipient),
        action: Action,
        facts: &Facts<'_>,
        why: &Why,
    ) -> Result<bool, Box<dyn std::error::Error>> {
        let (user, record) = (uid(&self.types.user, "reader"), uid(&self.types.record, "event"));
        let action_uid = uid(&self.types.action, action.name());
        let mut pairs = context(recipient, action, facts, why);
        pairs.push(("recipient".to_owned(), RestrictedExpression::new_long(i64::try_from(index)?)));
        let context = Context::from_pairs(pairs)?;
        let request = Request::new(user.clone(), action_uid, record.clone(), context, Some(&self.schema))?;
        let role = uid(&self.types.role, &recipient.role);
        let entities = Entities::from_entities(
            [
                Entity::new_no_attrs(role.clone(), HashSet::new()),
                Entity::new_no_attrs(user, HashSet::from([role])),
                Entity::new(record, self.attributes(facts), HashSet::new())?,
            ],
            Some(&self.schema),
        )?;
        let answer = Authorizer::new().is_authorized(&request, &self.policies, &entities);
        match answer.diagnostics().errors().next() {
            // A policy that errs is skipped by Cedar, a `forbid` too: such an answer is none.
            Some(error) => Err(error.to_string().into()),
            None => Ok(answer.decision() == Verdict::Allow),
        }
    }

    fn attributes(&self, facts: &Facts<'_>) -> HashMap<String, RestrictedExpression> {
        let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
        let truth = RestrictedExpression::new_bool;
        let review_owed = self.is_review_owed(facts);
        HashMap::from([
            ("class".to_owned(), text(facts.class)),
            ("regime".to_owned(), text(facts.regime.name())),
            ("imagery".to_owned(), truth(self.terms.has_imagery(facts.class))),
            ("aggregate".to_owned(), truth(self.terms.is_aggregate(facts.class))),
            ("review_owed".to_owned(), truth(review_owed)),
        ])
    }

    fn is_review_owed(&self, facts: &Facts<'_>) -> bool {
        !facts.is_reviewed && self.terms.needs_review(facts.class)
    }

    /// Which of a recipient's limits was the first in the way. Tells people; decides nothing.
    fn reason(&self, recipient: &Recipient, action: Action, facts: &Facts<'_>, why: &Why) -> Rule {
        let oldest_secs = recipient.max_age.0.get().as_secs();
        let too_old = u64::try_from(facts.age_secs).is_ok_and(|age_secs| age_secs > oldest_secs);
        let is_review_owed = self.is_review_owed(facts);
        let checks = [
            (facts.regime != self.terms.regime, Rule::Regime),
            (!is_of_regime(recipient.regime, self.terms.regime), Rule::Regime),
            (!recipient.events.contains(facts.class), Rule::EventClass),
            (!recipient.purposes.contains(&why.purpose), Rule::Purpose),
            (too_old, Rule::MaxAge),
            (is_review_owed && !self.terms.is_inside(recipient), Rule::Unreviewed),
            (action == Action::Export && !recipient.export, Rule::Export),
            (action == Action::SeeStill && !recipient.imagery, Rule::Imagery),
            (action != Action::Read && why.justification.is_empty(), Rule::Justification),
            (recipient.fields.0.is_empty(), Rule::Fields),
        ];
        checks.into_iter().find_map(|(fails, rule)| fails.then_some(rule)).unwrap_or(Rule::Fields)
    }
}

fn context(
    recipient: &Recipient,
    action: Action,
    facts: &Facts<'_>,
    why: &Why,
) -> Vec<(String, RestrictedExpression)> {
    let text = |text: &str| RestrictedExpression::new_string(text.to_owned());
    let mut pairs = vec![
        ("purpose".to_owned(), text(&why.purpose)),
        ("justification".to_owned(), text(&why.justification)),
        ("age_secs".to_owned(), RestrictedExpression::new_long(facts.age_secs)),
    ];
    if action != Action::SeeStill {
        let fields = recipient.fields.0.iter().map(|field| text(field.name()));
        pairs.push(("fields".to_owned(), RestrictedExpression::new_set(fields)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use velum_policy::PolicyFile;

    use super::*;

    #[test]
    fn unreviewed_is_the_reason_only_where_a_review_is_owed() {
        let text = include_str!("../../examples/gdpr-market-square.toml");
        let file = PolicyFile::parse(text, "policy.toml").unwrap();
        let mut terms = Terms::of_parts(file.document(), &file.resolve().unwrap(), [1; 32]);
        terms.recipients.iter_mut().for_each(|one| "Somebody else".clone_into(&mut one.organisation));
        let rules = Rules::compile(terms).unwrap();
        let class = "crowd_density_level";
        assert!(!rules.terms.needs_review(class));
        let facts = Facts { class, regime: Regime::Gdpr, age_secs: 60, is_reviewed: false };
        let why = Why { purpose: "crowd-safety".to_owned(), justification: "a report".to_owned() };
        let roles = BTreeSet::from(["crowd-steward".to_owned()]);
        let decision = rules.decide(&roles, Action::Export, &facts, &why, 1_796_285_660_000);
        assert_eq!(decision, Decision::Denied { rule: Rule::Export });
    }
}
