//! libFuzzer on `fuzzed::packs`.
#![no_main]
#[path = "../../../policy/tests/policy/fuzzed.rs"]
mod fuzzed;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzzed::packs(bytes));
