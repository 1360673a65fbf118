//! The whole hub on loopback: real TLS, real store, certificates made for each test.

mod alerts;
mod backup;
mod browser;
mod console;
mod enrolment;
mod ingest;
mod policies;
mod published;
mod recipients;
mod stills;
mod subscribe;
mod town;
