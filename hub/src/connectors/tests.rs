//! Connectors against scripted targets on simulated time, webhooks against a real server over TLS, and
//! XProtect's analytics events against a stand-in that was written from what Milestone publishes.

mod couriers;
pub(crate) mod desk;
mod event_server;
mod milestone;
mod mosquitto;
mod pages;
pub(crate) mod receiver;
mod webhooks;

/// A secret that only its owner can read.
pub(crate) fn write_secret(path: &std::path::Path, text: &str) {
    crate::secret_file::write(path, text, 0o600);
}
