//! Connectors against scripted targets on simulated time, and webhooks against a real server over TLS.

mod couriers;
pub(crate) mod desk;
mod mosquitto;
mod pages;
pub(crate) mod receiver;
mod webhooks;

/// A secret that only its owner can read.
pub(crate) fn write_secret(path: &std::path::Path, text: &str) {
    super::secrets::write(path, text, 0o600);
}
