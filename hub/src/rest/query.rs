//! What can be asked: the parameters of each path, as the messages of `Events`.

use serde::Deserialize;
use velum_proto::v1::{EventKind, Filter, ListRequest, ReviewedRequest, SubscribeRequest};

use super::Problem;
use crate::console::view::event_kind;

/// Of `/v1/events`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ListQuery {
    after: u64,
    limit: u32,
    r#box: String,
    kind: String,
    purpose: String,
    justification: String,
    export: bool,
}

/// Of `/v1/events/stream`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct StreamQuery {
    after: Option<u64>,
    r#box: String,
    kind: String,
    purpose: String,
    justification: String,
    export: bool,
}

/// Of `/v1/reviewed/stream`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReviewedQuery {
    after: Option<u64>,
    purpose: String,
    justification: String,
    export: bool,
}

/// Of `/v1/boxes`: nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct BoxesQuery {}

impl ListQuery {
    pub(super) fn request(self) -> Result<ListRequest, Problem> {
        Ok(ListRequest {
            after_cursor: self.after,
            limit: self.limit,
            filter: filter(&self.r#box, &self.kind)?,
            purpose: self.purpose,
            justification: self.justification,
            export: self.export,
        })
    }
}

impl StreamQuery {
    /// Goes on after what the client saw last, whatever it asked for at first.
    pub(super) fn request(self, last_seen: Option<u64>) -> Result<SubscribeRequest, Problem> {
        Ok(SubscribeRequest {
            after_cursor: last_seen.or(self.after),
            filter: filter(&self.r#box, &self.kind)?,
            purpose: self.purpose,
            justification: self.justification,
            export: self.export,
        })
    }
}

impl ReviewedQuery {
    pub(super) fn request(self, last_seen: Option<u64>) -> ReviewedRequest {
        ReviewedRequest {
            after_cursor: last_seen.or(self.after),
            purpose: self.purpose,
            justification: self.justification,
            export: self.export,
        }
    }
}

/// Names with commas between; empty: all.
fn filter(boxes: &str, kinds: &str) -> Result<Option<Filter>, Problem> {
    let kinds = names(kinds).map(kind).collect::<Result<Vec<_>, _>>()?;
    let filter = Filter { boxes: names(boxes).map(str::to_owned).collect(), kinds };
    Ok((filter != Filter::default()).then_some(filter))
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty())
}

const KINDS: [EventKind; 4] =
    [EventKind::AbandonedObject, EventKind::CrowdDensity, EventKind::CrowdMovement, EventKind::CameraHealth];

fn kind(name: &str) -> Result<i32, Problem> {
    let found = KINDS.into_iter().find(|kind| event_kind(*kind) == name);
    let known = KINDS.map(event_kind).join("`, `");
    found.map(i32::from).ok_or_else(|| {
        let found: String = name.chars().take(64).filter(|one| !one.is_control()).collect();
        Problem::invalid("kind", &format!("`{known}`, with commas between, found `{found}`"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_with_commas_between_and_kinds_by_the_names_of_events() {
        let check = |boxes: &str, kinds: &str, expected: Option<(&[&str], &[EventKind])>| {
            let expected = expected.map(|(boxes, kinds)| Filter {
                boxes: boxes.iter().map(|&name| name.to_owned()).collect(),
                kinds: kinds.iter().map(|&kind| kind.into()).collect(),
            });
            assert_eq!(filter(boxes, kinds).unwrap(), expected, "{boxes} {kinds}");
        };
        check("", "", None);
        check(",", " ", None);
        check("lobby", "", Some((&["lobby"], &[])));
        check("lobby, yard", "crowd_density", Some((&["lobby", "yard"], &[EventKind::CrowdDensity])));
        let error = filter("", "bag").unwrap_err();
        assert!(error.detail().contains("`abandoned_object`") && error.detail().contains("`bag`"));
    }
}
