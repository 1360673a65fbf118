//! The service that operators and connectors call: stored records by cursor, then live, and the summary.
//!
//! Invariants: what an operator looks at is in the audit log before anything is answered, and every event went through
//! [`Reader::show`]; for subscribers see `following`.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tonic::{Request, Response, Status};
use velum_policy::audit::Subject;
use velum_proto::v1::events_server::Events;
use velum_proto::v1::{
    EventKind, Filter, ListRequest, ListResponse, ReviewedRecord, ReviewedRequest, SetVerdictRequest,
    SetVerdictResponse, StatisticsRequest, StatisticsResponse, StoredRecord, SubscribeRequest,
    SummaryRequest, SummaryResponse,
};

use crate::access::{Action, Ask, Held, Reader, Refused, Why, states_alone};
use crate::audit::AuditFailure;
use crate::following::{Doors, Records, Trouble};
use crate::identity::{Identity, Name, Person};
use crate::metrics::Metrics;
use crate::operators::{Ended, Operators};
use crate::reviews::ReviewDesk;
use crate::sessions::Sessions;
use crate::statistics::statistics;
use crate::store::{Selection, StoreError};
use crate::telling::{Last, Telling, telling};

/// On the answer to a subscription: the cursor after which it began.
pub(crate) const START_CURSOR: &str = "velum-after-cursor";
const DEFAULT_LIMIT: u32 = 100;
const MOST: u32 = 1_000;
const FILTER_ENTRIES: usize = 1_000;
const AHEAD: usize = 64;
/// As many boxes and kinds of a filter the audit log names; of more it tells the number.
const NAMED: usize = 3;

/// What a reader needs.
#[derive(Clone)]
pub(crate) struct EventsService {
    pub(crate) doors: Doors,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) operators: Arc<Operators>,
    pub(crate) reviews: Arc<ReviewDesk>,
    pub(crate) metrics: Metrics,
    pub(crate) stopping: watch::Receiver<bool>,
}

type Sender = mpsc::Sender<Result<StoredRecord, Status>>;

#[tonic::async_trait]
impl Events for EventsService {
    type SubscribeStream = Telling<Result<StoredRecord, Status>>;
    type ReviewedStream = Telling<Result<ReviewedRecord, Status>>;

    async fn set_verdict(
        &self,
        request: Request<SetVerdictRequest>,
    ) -> Result<Response<SetVerdictResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        Ok(Response::new(self.take_verdict(&identity, request.into_inner()).await?))
    }

    async fn reviewed(
        &self,
        request: Request<ReviewedRequest>,
    ) -> Result<Response<Self::ReviewedStream>, Status> {
        let identity = self.operators.admit(&request).await?;
        let ended = self.operators.ended(&identity, &request);
        self.follow_reviewed((identity, ended), request.into_inner()).await
    }

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let identity = self.operators.admit(&request).await?;
        let ended = self.operators.ended(&identity, &request);
        let request = request.into_inner();
        let after_cursor = request.after_cursor.unwrap_or_else(|| *self.doors.store.newest().borrow());
        let of = summary_of(request.filter.as_ref());
        let selection = selection(request.filter)?;
        let ask = ask(request.export, request.purpose, request.justification);
        let asked = (&identity.person(), ask);
        let following =
            Records::after(after_cursor, self.doors.clone(), asked, (selection, &of), MOST).await?;
        tracing::info!(operator = %identity.name, after_cursor, "an operator subscribed");
        let (records, last, stream) = telling(AHEAD);
        tokio::spawn(self.clone().feed((identity, ended), following, (records, last)));
        let mut response = Response::new(stream);
        // A follower that began "now" goes on from here after an interruption.
        response.metadata_mut().insert(START_CURSOR, after_cursor.into());
        Ok(response)
    }

    async fn statistics(
        &self,
        request: Request<StatisticsRequest>,
    ) -> Result<Response<StatisticsResponse>, Status> {
        let person = self.operators.admit(&request).await?.person();
        Ok(Response::new(statistics(&self.doors, &person, request.into_inner()).await?))
    }

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let request = request.into_inner();
        let limit = if request.limit == 0 { DEFAULT_LIMIT } else { request.limit.min(MOST) };
        let of = summary_of(request.filter.as_ref());
        let selection = selection(request.filter)?;
        let ask = ask(request.export, request.purpose, request.justification);
        let reader = self.reader(&identity.person(), &ask).await?;
        let selection = reader.selection(&selection);
        let page = self.doors.store.page(request.after_cursor, limit, &selection).await;
        let page = page.map_err(|error| failed(&error))?;
        let (records, held) = reader.sift(page.records, self.doors.clock.unix_ms());
        let what = format!("lists records after cursor {} {of}", request.after_cursor);
        self.log(&reader, &what, Some(records.len()), &held).await?;
        let held_back = held.told(reader.person());
        Ok(Response::new(ListResponse { records, next_cursor: page.next_cursor, held_back }))
    }

    async fn summary(&self, request: Request<SummaryRequest>) -> Result<Response<SummaryResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let person = identity.person();
        let is_recipient = match self.doors.access.is_recipient(&person).await {
            Ok(is_recipient) => is_recipient,
            Err(refused) => {
                let logged = self.doors.log_refusal(&person, &refused, Subject::Summary).await;
                logged.map_err(|error| not_logged(&error))?;
                return Err(refused.into());
            }
        };
        let boxes = self.doors.store.summary(self.doors.clock.unix_ms()).await;
        let mut boxes = boxes.map_err(|error| failed(&error))?;
        let what = if is_recipient {
            "counts and coverage of all boxes"
        } else {
            "coverage of all boxes, no counts"
        };
        let logged = self.doors.audit.counted(&person, what, boxes.len()).await;
        logged.map_err(|error| not_logged(&error))?;
        for one in &mut boxes {
            one.connected = self.sessions.is_connected(&one.r#box);
        }
        if !is_recipient {
            boxes = boxes.into_iter().map(states_alone).collect();
        }
        Ok(Response::new(SummaryResponse { boxes }))
    }
}

fn ask(is_export: bool, purpose: String, justification: String) -> Ask {
    let action = if is_export { Action::Export } else { Action::Read };
    Ask { action, why: Why { purpose, justification } }
}

impl EventsService {
    pub(crate) async fn reader(&self, person: &Person, ask: &Ask) -> Result<Reader, Status> {
        Ok(self.doors.reader(person, ask).await?)
    }

    async fn log(
        &self,
        reader: &Reader,
        what: &str,
        records: Option<usize>,
        held: &Held,
    ) -> Result<(), Status> {
        let logged = self.doors.audit.read(reader, Subject::Events, what, records, held).await;
        logged.map_err(|error| not_logged(&error))
    }

    async fn feed(
        self,
        (identity, ended): (Identity, Ended),
        mut following: Records,
        (records, last): (Sender, Last<Result<StoredRecord, Status>>),
    ) {
        let _counted = self.metrics.subscribed();
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => Ok(()),
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            status = ended => Err(status),
            ended = send_all(&mut following, &records) => ended,
        };
        tracing::info!(operator = %identity.name, "an operator's subscription ended");
        if let Err(status) = ended {
            last.say(Err(status));
        }
    }
}

/// Until nobody listens any more, or the hub ends.
async fn send_all(following: &mut Records, records: &Sender) -> Result<(), Status> {
    while let Some(record) = following.next().await? {
        if records.send(Ok(record)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

impl From<Trouble> for Status {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(refused) => refused.into(),
            Trouble::Store(error) => failed(&error),
            Trouble::NotLogged(error) => not_logged(&error),
        }
    }
}

impl From<Refused> for Status {
    fn from(refused: Refused) -> Self {
        match &refused {
            Refused::Invalid { .. } => Self::invalid_argument(refused.to_string()),
            Refused::BeyondControlRoom { .. } => Self::permission_denied(refused.to_string()),
            Refused::Store(error) => failed(error),
        }
    }
}

fn selection(filter: Option<Filter>) -> Result<Selection, Status> {
    let entries = filter.as_ref().map_or(0, |filter| filter.boxes.len().max(filter.kinds.len()));
    if entries > FILTER_ENTRIES {
        let text = format!("filter: expected at most {FILTER_ENTRIES} entries, found {entries}");
        return Err(Status::invalid_argument(text));
    }
    Ok(filter.into())
}

pub(crate) fn failed(error: &StoreError) -> Status {
    tracing::error!(%error, "the store failed");
    Status::unavailable("the hub cannot read its store at the moment; its log says why")
}

pub(crate) fn not_logged(error: &AuditFailure) -> Status {
    tracing::error!(%error, "the audit log cannot be written");
    Status::unavailable("the audit log cannot be written, so that nothing is shown; the hub's log says why")
}

/// A filter as the audit log tells it: bounded, and nothing in it that is no name.
fn summary_of(filter: Option<&Filter>) -> String {
    let (boxes, kinds) = filter.map_or((&[][..], &[][..]), |filter| (&filter.boxes[..], &filter.kinds[..]));
    let boxes = some_of("box", boxes.iter().map(|name| Name::parse(name).ok().map(|name| name.to_string())));
    let kind = |kind: &i32| EventKind::try_from(*kind).ok().map(|kind| kind.as_str_name().to_lowercase());
    format!("of {boxes}, {}", some_of("kind", kinds.iter().map(kind)))
}

fn some_of(what: &str, named: impl ExactSizeIterator<Item = Option<String>>) -> String {
    let count = named.len();
    if count == 0 {
        return format!("any {what}");
    }
    let names: Vec<String> = named.flatten().take(NAMED).collect();
    let more = count.saturating_sub(names.len());
    match (names.is_empty(), more) {
        (true, more) => format!("{what}: {more} unnamed"),
        (false, 0) => format!("{what}: {}", names.join(" ")),
        (false, more) => format!("{what}: {} and {more} more", names.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(boxes: &[&str], kinds: &[i32], expected: &str) {
        let boxes = boxes.iter().map(|name| (*name).to_owned()).collect();
        let filter = Filter { boxes, kinds: kinds.to_vec() };
        assert_eq!(summary_of(Some(&filter)), expected);
    }

    #[test]
    fn a_filter_is_told_in_few_words_and_without_what_is_no_name() {
        assert_eq!(summary_of(None), "of any box, any kind");
        check(&["lobby"], &[], "of box: lobby, any kind");
        check(&["a", "b", "c", "d", "e"], &[-7], "of box: a b c and 2 more, kind: 1 unnamed");
        check(&["\u{202e}", "yard"], &[], "of box: yard and 1 more, any kind");
        let long = "x".repeat(64);
        let filter = Filter { boxes: vec![long; FILTER_ENTRIES], kinds: vec![1; FILTER_ENTRIES] };
        assert!(summary_of(Some(&filter)).len() < 400, "{}", summary_of(Some(&filter)));
    }
}
