//! The service that operators and connectors call: stored records by cursor, then live, and the summary.
//!
//! A subscriber is fed from the store by cursor; the news of a newer cursor only wakes it. However slow it
//! reads, it misses nothing. Invariants: what an operator looks at is in the audit log before anything is answered,
//! and every event went through [`Reader::show`].

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use velum_policy::audit::Subject;
use velum_proto::v1::events_server::Events;
use velum_proto::v1::{
    EventKind, Filter, ListRequest, ListResponse, ReviewedRecord, ReviewedRequest, SetVerdictRequest,
    SetVerdictResponse, StoredRecord, SubscribeRequest, SummaryRequest, SummaryResponse,
};

use crate::access::{Access, Action, Ask, Held, Reader, Refused, Rule, Why, states_alone};
use crate::audit::{Audit, AuditFailure};
use crate::clock::Clock;
use crate::identity::{Identity, Name, Person};
use crate::operators::Operators;
use crate::reviews::ReviewDesk;
use crate::sessions::Sessions;
use crate::store::{Selection, Store, StoreError};

/// On the answer to a subscription: the cursor after which it began.
const START_CURSOR: &str = "velum-after-cursor";
const DEFAULT_LIMIT: u32 = 100;
const MOST: u32 = 1_000;
const FILTER_ENTRIES: usize = 1_000;
const AHEAD: usize = 64;
/// As many boxes and kinds of a filter the audit log names; of more it tells the number.
const NAMED: usize = 3;

/// What a reader needs.
#[derive(Clone)]
pub(crate) struct EventsService {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) operators: Arc<Operators>,
    pub(crate) access: Arc<Access>,
    pub(crate) reviews: Arc<ReviewDesk>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stopping: watch::Receiver<bool>,
}

type Records = mpsc::Sender<Result<StoredRecord, Status>>;

#[tonic::async_trait]
impl Events for EventsService {
    type SubscribeStream = ReceiverStream<Result<StoredRecord, Status>>;
    type ReviewedStream = ReceiverStream<Result<ReviewedRecord, Status>>;

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
        self.follow_reviewed(identity, request.into_inner()).await
    }

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let identity = self.operators.admit(&request).await?;
        let request = request.into_inner();
        let newest = self.store.newest();
        let after_cursor = request.after_cursor.unwrap_or_else(|| *newest.borrow());
        let of = summary_of(request.filter.as_ref());
        let selection = selection(request.filter)?;
        let ask = ask(request.export, request.purpose, request.justification);
        let reader = self.reader(&identity.person(), &ask).await?;
        let what = format!("follows records after cursor {after_cursor} {of}");
        self.log(&reader, &what, None, &Held::default()).await?;
        tracing::info!(operator = %identity.name, after_cursor, "an operator subscribed");
        let (records, stream) = mpsc::channel(AHEAD);
        let following = Following {
            ask,
            reader,
            selection,
            cursor: after_cursor,
            told: BTreeSet::new(),
            knows_out: false,
        };
        tokio::spawn(self.clone().feed(identity, following, newest, records));
        let mut response = Response::new(ReceiverStream::new(stream));
        // A follower that began "now" goes on from here after an interruption.
        response.metadata_mut().insert(START_CURSOR, after_cursor.into());
        Ok(response)
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
        let page =
            self.store.page(request.after_cursor, limit, &selection).await.map_err(|error| failed(&error))?;
        let (records, held) = reader.sift(page.records, self.clock.unix_ms());
        let what = format!("lists records after cursor {} {of}", request.after_cursor);
        self.log(&reader, &what, Some(records.len()), &held).await?;
        let held_back = held.told(reader.person());
        Ok(Response::new(ListResponse { records, next_cursor: page.next_cursor, held_back }))
    }

    async fn summary(&self, request: Request<SummaryRequest>) -> Result<Response<SummaryResponse>, Status> {
        let identity = self.operators.admit(&request).await?;
        let person = identity.person();
        let is_recipient = match self.access.is_recipient(&person).await {
            Ok(is_recipient) => is_recipient,
            Err(refused) => return Err(self.refused(&person, refused, Subject::Summary).await),
        };
        let mut boxes = self.store.summary(self.clock.unix_ms()).await.map_err(|error| failed(&error))?;
        let what = if is_recipient {
            "counts and coverage of all boxes"
        } else {
            "coverage of all boxes, no counts"
        };
        let logged = self.audit.counted(&person, what, boxes.len()).await;
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

/// A subscription under way.
struct Following {
    ask: Ask,
    reader: Reader,
    selection: Selection,
    cursor: u64,
    /// The rules that the audit log knows to have held something back.
    told: BTreeSet<Rule>,
    /// Whether somebody who is no recipient was told so.
    knows_out: bool,
}

fn ask(is_export: bool, purpose: String, justification: String) -> Ask {
    let action = if is_export { Action::Export } else { Action::Read };
    Ask { action, why: Why { purpose, justification } }
}

impl EventsService {
    /// Lets a person read, or says why not; a refusal by the policy is logged.
    async fn reader(&self, person: &Person, ask: &Ask) -> Result<Reader, Status> {
        match self.access.reader(person, ask).await {
            Ok(reader) => Ok(reader),
            Err(refused) => Err(self.refused(person, refused, Subject::Events).await),
        }
    }

    async fn refused(&self, person: &Person, refused: Refused, subject: Subject) -> Status {
        if let Refused::BeyondControlRoom { recipient } = &refused {
            let (recipient, rule) = (recipient.clone(), Rule::Unreviewed.name());
            if let Err(error) = self.audit.read_refused(person, recipient, subject, rule).await {
                return not_logged(&error);
            }
        }
        refused.into()
    }

    async fn log(
        &self,
        reader: &Reader,
        what: &str,
        records: Option<usize>,
        held: &Held,
    ) -> Result<(), Status> {
        let logged = self.audit.read(reader, Subject::Events, what, records, held).await;
        logged.map_err(|error| not_logged(&error))
    }

    async fn feed(
        self,
        identity: Identity,
        following: Following,
        newest: watch::Receiver<u64>,
        records: Records,
    ) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => Ok(()),
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            revoked = self.operators.ended(&identity) => Err(revoked),
            ended = self.send_all(following, newest, &records) => ended,
        };
        tracing::info!(operator = %identity.name, "an operator's subscription ended");
        if let Err(status) = ended
            && records.send(Err(status)).await.is_err()
        {
            tracing::debug!(operator = %identity.name, "the reason could not be told");
        }
    }

    async fn send_all(
        &self,
        mut of: Following,
        mut newest: watch::Receiver<u64>,
        records: &Records,
    ) -> Result<(), Status> {
        loop {
            // Seen before reading: what is stored while we read wakes us again.
            let seen = *newest.borrow_and_update();
            self.renew(&mut of).await?;
            if !self.tell_kept_out(&mut of, records).await? {
                return Ok(());
            }
            let selection = of.reader.selection(&of.selection);
            let page = self.store.page(of.cursor, MOST, &selection).await.map_err(|error| failed(&error))?;
            if !self.send_page(&mut of, page.records, records).await? {
                return Ok(());
            }
            if of.knows_out && page.next_cursor.is_none() {
                // What was passed over is not looked through again.
                of.cursor = of.cursor.max(seen);
            }
            if page.next_cursor.is_none() && newest.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Roles and policies change while somebody follows: from the next page on, the new ones count.
    async fn renew(&self, of: &mut Following) -> Result<(), Status> {
        let renewed = self.reader(of.reader.person(), &of.ask).await?;
        if renewed.recipient() != of.reader.recipient() {
            let what = format!("follows records after cursor {} in other roles", of.cursor);
            self.log(&renewed, &what, None, &Held::default()).await?;
        }
        of.reader = renewed;
        Ok(())
    }

    /// Tells somebody who is no recipient so, once and not with each event. False where nobody listens any more.
    async fn tell_kept_out(&self, of: &mut Following, records: &Records) -> Result<bool, Status> {
        let kept_out = of.reader.kept_out();
        let knew = std::mem::replace(&mut of.knows_out, kept_out.is_some());
        match kept_out {
            Some(rule) if !knew => self.send_held(of, &mut Held::all_by(rule), records).await,
            _ => Ok(true),
        }
    }

    /// Sends what may be shown and, in its place, how much may not. False where nobody listens any more.
    async fn send_page(
        &self,
        of: &mut Following,
        page: Vec<StoredRecord>,
        records: &Records,
    ) -> Result<bool, Status> {
        let mut held = Held::default();
        for record in page {
            let cursor = record.cursor;
            match of.reader.show(record, self.clock.unix_ms()) {
                Ok(record) => {
                    if !self.send_held(of, &mut held, records).await?
                        || records.send(Ok(record)).await.is_err()
                    {
                        return Ok(false);
                    }
                }
                // Whoever is no recipient knows by now.
                Err(rule) if !of.knows_out => held.add(rule),
                Err(_) => {}
            }
            of.cursor = cursor;
        }
        self.send_held(of, &mut held, records).await
    }

    async fn send_held(
        &self,
        of: &mut Following,
        held: &mut Held,
        records: &Records,
    ) -> Result<bool, Status> {
        if held.is_empty() {
            return Ok(true);
        }
        let logged = self.audit.held_back(&of.reader, held, &mut of.told).await;
        logged.map_err(|error| not_logged(&error))?;
        let held_back = std::mem::take(held).told(of.reader.person());
        let told = StoredRecord { cursor: of.cursor, held_back, ..StoredRecord::default() };
        Ok(records.send(Ok(told)).await.is_ok())
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
