//! The service that operators and connectors call: stored records by cursor, then live, and the summary.
//!
//! A subscriber is fed from the store by cursor; the news of a newer cursor only wakes it. However slow it
//! reads, it misses nothing.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use velum_proto::v1::events_server::Events;
use velum_proto::v1::{
    Filter, ListRequest, ListResponse, StoredRecord, SubscribeRequest, SummaryRequest, SummaryResponse,
};

use crate::clock::Clock;
use crate::identity::{Identity, Role, require};
use crate::sessions::Sessions;
use crate::store::{Selection, Store, StoreError};

/// On the answer to a subscription: the cursor after which it began.
const START_CURSOR: &str = "velum-after-cursor";
const DEFAULT_LIMIT: u32 = 100;
const MOST: u32 = 1_000;
const FILTER_ENTRIES: usize = 1_000;
const AHEAD: usize = 64;

/// What a reader needs.
#[derive(Clone)]
pub(crate) struct EventsService {
    pub(crate) store: Arc<Store>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) stopping: watch::Receiver<bool>,
}

type Records = mpsc::Sender<Result<StoredRecord, Status>>;

#[tonic::async_trait]
impl Events for EventsService {
    type SubscribeStream = ReceiverStream<Result<StoredRecord, Status>>;

    async fn subscribe(
        &self,
        request: Request<SubscribeRequest>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let identity = require(&request, Role::Operator)?;
        let request = request.into_inner();
        let newest = self.store.newest();
        let after_cursor = request.after_cursor.unwrap_or_else(|| *newest.borrow());
        let selection = selection(request.filter)?;
        tracing::info!(operator = %identity.name, after_cursor, "an operator subscribed");
        let (records, stream) = mpsc::channel(AHEAD);
        tokio::spawn(self.clone().feed(identity, after_cursor, selection, newest, records));
        let mut response = Response::new(ReceiverStream::new(stream));
        // A follower that began "now" goes on from here after an interruption.
        response.metadata_mut().insert(START_CURSOR, after_cursor.into());
        Ok(response)
    }

    async fn list(&self, request: Request<ListRequest>) -> Result<Response<ListResponse>, Status> {
        require(&request, Role::Operator)?;
        let request = request.into_inner();
        let limit = if request.limit == 0 { DEFAULT_LIMIT } else { request.limit.min(MOST) };
        let selection = selection(request.filter)?;
        let page =
            self.store.page(request.after_cursor, limit, &selection).await.map_err(|error| failed(&error))?;
        Ok(Response::new(ListResponse { records: page.records, next_cursor: page.next_cursor }))
    }

    async fn summary(&self, request: Request<SummaryRequest>) -> Result<Response<SummaryResponse>, Status> {
        require(&request, Role::Operator)?;
        let mut boxes = self.store.summary(self.clock.unix_ms()).await.map_err(|error| failed(&error))?;
        for one in &mut boxes {
            one.connected = self.sessions.is_connected(&one.r#box);
        }
        Ok(Response::new(SummaryResponse { boxes }))
    }
}

impl EventsService {
    async fn feed(
        self,
        identity: Identity,
        after_cursor: u64,
        selection: Selection,
        newest: watch::Receiver<u64>,
        records: Records,
    ) {
        let mut stopping = self.stopping.clone();
        let ended = tokio::select! {
            () = records.closed() => Ok(()),
            _ = stopping.wait_for(|stop| *stop) => Err(Status::unavailable("the hub is stopping; subscribe again soon")),
            ended = self.send_all(after_cursor, &selection, newest, &records) => ended,
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
        mut cursor: u64,
        selection: &Selection,
        mut newest: watch::Receiver<u64>,
        records: &Records,
    ) -> Result<(), Status> {
        loop {
            // Seen before reading: what is stored while we read wakes us again.
            newest.borrow_and_update();
            let page = self.store.page(cursor, MOST, selection).await.map_err(|error| failed(&error))?;
            for record in page.records {
                cursor = record.cursor;
                if records.send(Ok(record)).await.is_err() {
                    return Ok(());
                }
            }
            if page.next_cursor.is_none() && newest.changed().await.is_err() {
                return Ok(());
            }
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

fn failed(error: &StoreError) -> Status {
    tracing::error!(%error, "the store failed");
    Status::unavailable("the hub cannot read its store at the moment; its log says why")
}
