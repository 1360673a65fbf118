//! The wish to stop, told once to every thread and task.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

/// Clones share one wish.
#[derive(Debug, Clone)]
pub(crate) struct Shutdown(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    requested: Mutex<bool>,
    told: Condvar,
    tasks: watch::Sender<bool>,
}

impl Shutdown {
    /// Nobody has asked yet.
    pub(crate) fn new() -> Self {
        let inner =
            Inner { requested: Mutex::new(false), told: Condvar::new(), tasks: watch::Sender::new(false) };
        Self(Arc::new(inner))
    }

    /// Asks everyone to stop.
    pub(crate) fn request(&self) {
        *self.0.requested.lock() = true;
        self.0.told.notify_all();
        self.0.tasks.send_replace(true);
    }

    /// Whether someone asked.
    pub(crate) fn is_requested(&self) -> bool {
        *self.0.requested.lock()
    }

    /// Waits this long, or until someone asks; says whether someone did.
    pub(crate) fn wait(&self, at_most: Duration) -> bool {
        let mut requested = self.0.requested.lock();
        if !*requested {
            self.0.told.wait_while_for(&mut requested, |requested| !*requested, at_most);
        }
        *requested
    }

    /// For tasks: becomes `true` when someone asks.
    pub(crate) fn subscribe(&self) -> watch::Receiver<bool> {
        self.0.tasks.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_hears_it() {
        let shutdown = Shutdown::new();
        let (other, task) = (shutdown.clone(), shutdown.subscribe());
        assert!(!other.wait(Duration::ZERO));
        shutdown.request();
        assert!(other.is_requested() && *task.borrow());
        assert!(other.wait(Duration::from_secs(3600)));
    }
}
