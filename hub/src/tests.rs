//! The whole hub on loopback: real TLS, real store, certificates made for each test.

mod enrolment;
mod ingest;
mod subscribe;
mod town;
