//! From the recipients of a policy to Cedar policies, strictly validated.
//!
//! They are built as Cedar's JSON and not as text: names from a policy are values in it, whatever characters they
//! have. Invariants stand as `forbid`, which wins over every `permit`.

use cedar_policy::{Policy, PolicyId, PolicySet, Schema, ValidationMode, Validator};
use serde_json::{Value, json};
use velum_policy::audit::is_name;
use velum_policy::sections::{Recipient, RecipientRegime};

use crate::terms::{Terms, is_of_regime};

const SCHEMA: &str = include_str!("recipients.cedarschema");
/// The longest role that an error repeats, characters.
const NAME_CHARS: usize = 128;

/// Why nobody may read under a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A recipient that cannot be.
    #[error("recipient[{index}] `{role}`: {reason}")]
    Recipient {
        /// Its place in the file, from 0.
        index: usize,
        /// Its role, as it may stand in a log.
        role: String,
        /// What is wrong, and what would do.
        reason: String,
    },
    /// The built-in schema or invariants.
    #[error("the built-in rules for recipients cannot be used ({0}); update the program")]
    Own(String),
}

/// The schema that all policies are validated against.
pub(crate) fn schema() -> Result<Schema, CompileError> {
    let (schema, _warnings) =
        Schema::from_cedarschema_str(SCHEMA).map_err(|error| CompileError::Own(error.to_string()))?;
    Ok(schema)
}

/// One `permit` for each recipient and action, and the invariants.
///
/// # Errors
/// [`CompileError`] with the recipient's name.
pub(crate) fn compile(terms: &Terms, schema: &Schema) -> Result<PolicySet, CompileError> {
    let mut policies = Vec::new();
    for (index, recipient) in terms.recipients.iter().enumerate() {
        policies.extend(of_recipient(terms, index, recipient)?);
    }
    policies.extend(invariants(terms)?);
    let set = PolicySet::from_policies(policies).map_err(|error| CompileError::Own(error.to_string()))?;
    let validated = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
    match validated.validation_errors().next() {
        None => Ok(set),
        Some(error) => Err(attributed(terms, error.policy_id(), &error.to_string())),
    }
}

/// A validation error with the name of its recipient.
fn attributed(terms: &Terms, id: &PolicyId, reason: &str) -> CompileError {
    let id: &str = id.as_ref();
    let index = id.strip_prefix("recipient.").and_then(|rest| rest.split('.').next()?.parse().ok());
    match index.and_then(|index: usize| Some((index, terms.recipients.get(index)?))) {
        Some((index, recipient)) => refused(index, recipient, reason),
        None => CompileError::Own(format!("{id}: {reason}")),
    }
}

fn refused(index: usize, recipient: &Recipient, reason: &str) -> CompileError {
    let role = recipient.role.escape_debug().take(NAME_CHARS).collect();
    CompileError::Recipient { index, role, reason: reason.to_owned() }
}

fn of_recipient(terms: &Terms, index: usize, recipient: &Recipient) -> Result<Vec<Policy>, CompileError> {
    for (field, name) in std::iter::once(("role", &recipient.role))
        .chain(recipient.purposes.0.iter().map(|purpose| ("purposes", purpose)))
    {
        if !is_name(name) {
            let reason = format!("`{field}` cannot stand in the audit log; write 1 to 128 plain characters");
            return Err(refused(index, recipient, &reason));
        }
    }
    let Ok(age_secs) = i64::try_from(recipient.max_age.0.get().as_secs()) else {
        return Err(refused(index, recipient, "`max_age` has no end; write for example `\"P1D\"`"));
    };
    let made = Recipe { terms, index, recipient, age_secs };
    let mut policies = made.forbids()?;
    // An empty list permits nothing; Cedar has no empty sets, and needs none here.
    let reads_something = !recipient.events.0.is_empty()
        && !recipient.purposes.0.is_empty()
        && is_of_regime(recipient.regime, terms.regime);
    if reads_something && !recipient.fields.0.is_empty() {
        policies.push(made.permit("read", made.with_fields())?);
        if recipient.export {
            policies.push(made.permit("export", made.with_fields())?);
        }
    }
    if reads_something && recipient.imagery {
        policies.push(made.permit("see_still", made.of_still())?);
    }
    Ok(policies)
}

/// One recipient, on its way to Cedar.
struct Recipe<'t> {
    terms: &'t Terms,
    index: usize,
    recipient: &'t Recipient,
    age_secs: i64,
}

impl Recipe<'_> {
    fn permit(&self, action: &str, condition: Value) -> Result<Policy, CompileError> {
        let id = format!("recipient.{}.{action}", self.index);
        let policy = json!({
            "effect": "permit",
            "principal": self.principal(),
            "action": { "op": "==", "entity": { "type": "Action", "id": action } },
            "resource": { "op": "All" },
            "conditions": [{ "kind": "when", "body": condition }],
            "annotations": { "id": id, "role": self.recipient.role },
        });
        Policy::from_json(Some(PolicyId::new(&id)), policy)
            .map_err(|error| refused(self.index, self.recipient, &error.to_string()))
    }

    fn principal(&self) -> Value {
        json!({ "op": "in", "entity": { "type": "Role", "id": self.recipient.role } })
    }

    /// What every action asks for.
    fn common(&self) -> Value {
        let classes = set(self.recipient.events.0.iter().map(String::as_str));
        let purposes = set(self.recipient.purposes.0.iter().map(String::as_str));
        let mut condition = and(
            and(
                binary("contains", classes, of("resource", "class")),
                binary("contains", purposes, of("context", "purpose")),
            ),
            and(
                binary("<=", of("context", "age_secs"), value(self.age_secs)),
                binary("==", of("context", "recipient"), value(self.index)),
            ),
        );
        if self.recipient.regime == RecipientRegime::Public {
            condition = and(condition, of("resource", "aggregate"));
        }
        condition
    }

    fn with_fields(&self) -> Value {
        let fields = set(self.recipient.fields.0.iter().map(|field| field.name()));
        and(self.common(), binary("containsAll", fields, of("context", "fields")))
    }

    fn of_still(&self) -> Value {
        let gives_a_reason = binary("!=", of("context", "justification"), value(""));
        and(and(self.common(), of("resource", "imagery")), gives_a_reason)
    }

    fn forbids(&self) -> Result<Vec<Policy>, CompileError> {
        let id = |what: &str| format!("recipient.{}.{what}", self.index);
        let forbid = |what: &str, condition: Option<Value>| {
            forbid(&id(what), &self.principal(), None, condition)
                .map_err(|error| refused(self.index, self.recipient, &error.to_string()))
        };
        let mut forbids = Vec::new();
        if !is_of_regime(self.recipient.regime, self.terms.regime) {
            forbids.push(forbid("of_another_regime", None)?);
        }
        if !self.terms.is_inside(self.recipient) {
            forbids.push(forbid("unreviewed", Some(of("resource", "review_owed")))?);
        }
        Ok(forbids)
    }
}

fn invariants(terms: &Terms) -> Result<[Policy; 2], CompileError> {
    let anybody = json!({ "op": "All" });
    let other_regime = binary("!=", of("resource", "regime"), value(terms.regime.name()));
    let no_reason = binary("==", of("context", "justification"), value(""));
    let own = |policy: Result<Policy, Box<dyn std::error::Error>>| {
        policy.map_err(|error| CompileError::Own(error.to_string()))
    };
    Ok([
        own(forbid("invariant.regime", &anybody, None, Some(other_regime)))?,
        own(forbid("invariant.export_needs_reason", &anybody, Some("export"), Some(no_reason)))?,
    ])
}

fn forbid(
    id: &str,
    principal: &Value,
    action: Option<&str>,
    condition: Option<Value>,
) -> Result<Policy, Box<dyn std::error::Error>> {
    let action = action.map_or_else(
        || json!({ "op": "All" }),
        |action| json!({ "op": "==", "entity": { "type": "Action", "id": action } }),
    );
    let conditions: Vec<Value> =
        condition.into_iter().map(|body| json!({ "kind": "when", "body": body })).collect();
    let policy = json!({
        "effect": "forbid", "principal": principal, "action": action, "resource": { "op": "All" },
        "conditions": conditions, "annotations": { "id": id },
    });
    Ok(Policy::from_json(Some(PolicyId::new(id)), policy)?)
}

fn value(literal: impl Into<Value>) -> Value {
    json!({ "Value": literal.into() })
}

fn set<'n>(names: impl Iterator<Item = &'n str>) -> Value {
    json!({ "Set": names.map(value).collect::<Vec<_>>() })
}

fn of(variable: &str, attribute: &str) -> Value {
    json!({ ".": { "left": { "Var": variable }, "attr": attribute } })
}

fn binary(operator: &str, left: Value, right: Value) -> Value {
    json!({ operator: { "left": left, "right": right } })
}

fn and(left: Value, right: Value) -> Value {
    binary("&&", left, right)
}
