//! This hub among others on the same database: it says that it is there, ends sessions that are over because the box connected
//! to another hub, and knows which box talks to which.

use std::sync::Arc;
use std::time::Duration;

use crate::sessions::Sessions;
use crate::store::{Store, StoreError};

const LOOK: Duration = Duration::from_secs(1);

/// For ever; ends at once where there can be no other hub.
pub(crate) async fn keep(store: Arc<Store>, sessions: Arc<Sessions>, name: String) {
    if !store.is_shared() {
        return;
    }
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = look(&store, &sessions, &name).await {
            tracing::error!(%error, "it is not known which box talks to which hub");
        }
    }
}

async fn look(store: &Store, sessions: &Sessions, name: &str) -> Result<(), StoreError> {
    store.replica_seen(name).await?;
    sessions.begin_look();
    for (of, number) in sessions.compare(store.held_sessions().await?) {
        store.session_ended(&of, number).await?;
    }
    Ok(())
}

/// For people: the machine, and the port on which boxes are heard.
pub(crate) fn name_of(port: u16) -> String {
    format!("{}:{port}", rustix::system::uname().nodename().to_string_lossy())
}
