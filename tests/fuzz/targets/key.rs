//! libFuzzer on `fuzzed::key`.
#![no_main]
#[path = "../../../policy/tests/policy/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::key(bytes));
