//! The whole hub on loopback: real TLS, real store, certificates made for each test.

mod alerts;
mod backup;
mod browser;
mod check;
mod connectors;
mod console;
pub(crate) mod database;
mod enrolment;
mod exercises;
mod hostile;
mod ingest;
mod metrics;
mod on_postgres;
mod oversight;
mod plans;
mod policies;
pub(crate) mod published;
mod recipients;
mod replicas;
mod rest;
mod settings;
mod statistics;
mod stills;
mod subscribe;
mod suppressions;
pub(crate) mod town;
