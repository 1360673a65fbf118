//! A subscriber: follows all records, by a cursor that it keeps, on one hub after the other when a stream breaks.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use tonic::transport::Identity;
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::policy_client::PolicyClient;
use velum_proto::v1::{PolicyStatusRequest, SubscribeRequest};

use crate::account::{Told, lock};
use crate::fleet::{Fleet, Line};

const BACKOFF: Duration = Duration::from_millis(250);

/// The operator's certificate of a town.
pub(crate) fn operator(pki: &Path) -> Result<Identity> {
    let read = |name: &str| std::fs::read_to_string(pki.join(name)).with_context(|| name.to_owned());
    Ok(Identity::from_pem(read("operator.pem")?, read("operator.key")?))
}

/// The digest of the policy that is published.
pub(crate) async fn policy_digest(line: &Line, operator: Identity) -> Result<Vec<u8>> {
    let mut client = PolicyClient::new(line.channel(0, operator).await?);
    let status = client.status(PolicyStatusRequest {}).await?.into_inner();
    Ok(status.policies.first().context("no policy is published")?.digest.clone())
}

/// Follows from the first record on, until the fleet ends.
pub(crate) async fn follow(fleet: Arc<Fleet>, operator: Identity, first: usize, told: Arc<Mutex<Told>>) {
    let mut hub = first;
    while !fleet.is_ended.load(Ordering::Relaxed) {
        // Why it broke does not matter: it goes on where it was.
        let _broke = follow_once(&fleet, operator.clone(), hub, &told).await;
        lock(&told).reconnections += 1;
        hub = hub.wrapping_add(1);
        tokio::time::sleep(BACKOFF).await;
    }
}

async fn follow_once(fleet: &Fleet, operator: Identity, hub: usize, told: &Mutex<Told>) -> Result<()> {
    let mut client = EventsClient::new(fleet.line.channel(hub, operator).await?);
    let after_cursor = Some(lock(told).cursor);
    let request = SubscribeRequest { after_cursor, ..SubscribeRequest::default() };
    let mut records = client.subscribe(request).await?.into_inner();
    while let Some(record) = records.message().await? {
        let mut told = lock(told);
        told.cursor = told.cursor.max(record.cursor);
        let sequence = record.record.as_ref().map(|one| one.sequence);
        if let (Some(number), Some(sequence)) = (fleet.number(&record.r#box), sequence) {
            told.hear(&fleet.account, number, sequence);
        }
    }
    Ok(())
}
