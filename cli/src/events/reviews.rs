//! `velum events review` and `reviewed`: what people found alerts to be.

use anyhow::Result;
use serde::Serialize;
use velum_proto::v1::{ReviewedRecord, ReviewedRequest, SetVerdictRequest, Verdict};

use super::{ReadingArgs, ReviewArgs, Start};
use crate::hub::{HubArgs, refusal};
use crate::json::EventView;
use crate::screen::say;
use crate::stills::event_id;

/// Says what an alert was.
///
/// # Errors
/// When the hub refuses or cannot be reached.
pub(super) async fn review(hub: &HubArgs, args: ReviewArgs) -> Result<()> {
    let request = SetVerdictRequest {
        event_id: event_id(&args.event)?,
        verdict: Verdict::from(args.verdict).into(),
        purpose: args.purpose.unwrap_or_default(),
        action: args.action.unwrap_or_default(),
    };
    let answer = hub.connect().await?.set_verdict(request).await.map_err(|status| refusal(&status))?;
    let answer = answer.into_inner();
    let outcome = match (answer.decided, answer.cursor) {
        (false, _) => "taken down; a second person must say the same before it counts".to_owned(),
        (true, None) => "decided; nothing goes beyond the control room".to_owned(),
        (true, Some(number)) => format!("decided; number {number} of the reviewed alerts"),
    };
    Ok(say(&outcome)?)
}

/// Prints what was decided, until the stream ends.
///
/// # Errors
/// When the hub refuses, cannot be reached, or goes away.
pub(super) async fn follow(hub: &HubArgs, from: Start, reading: &ReadingArgs) -> Result<()> {
    let request = ReviewedRequest {
        after_cursor: match from {
            Start::Now => None,
            Start::After(cursor) => Some(cursor),
        },
        purpose: reading.purpose(),
        justification: reading.reason(),
        export: reading.export,
    };
    let answer = hub.connect().await?.reviewed(request).await.map_err(|status| refusal(&status))?;
    let mut records = answer.into_inner();
    while let Some(record) = records.message().await.map_err(|status| refusal(&status))? {
        say(&serde_json::to_string(&ReviewedLine::from(record))?)?;
    }
    Ok(())
}

#[derive(Serialize)]
struct ReviewedLine {
    cursor: u64,
    class: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    reviewer_role: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    review_secs: Option<u32>,
    event: Option<EventView>,
}

impl From<ReviewedRecord> for ReviewedLine {
    fn from(record: ReviewedRecord) -> Self {
        let outcome = match record.outcome() {
            Verdict::Unspecified => None,
            told => Some(told.as_str_name().trim_start_matches("VERDICT_").to_lowercase()),
        };
        Self {
            cursor: record.cursor,
            class: record.class,
            outcome,
            reviewer_role: record.reviewer_role,
            review_secs: record.review_secs,
            event: record.event.map(EventView::from),
        }
    }
}
