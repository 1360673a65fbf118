//! What cannot be done with a picture and its redaction. Each refused program has a twin, the same but for what
//! is refused, that compiles and runs: so that a refusal is for the reason meant. The twins are part of this
//! test, which spares trybuild a second build.

#![expect(clippy::unwrap_used, reason = "a test program")]

#[path = "refused/original_is_gone_twin.rs"]
mod original_is_gone_twin;
#[path = "refused/redacted_cannot_be_cloned_twin.rs"]
mod redacted_cannot_be_cloned_twin;
#[path = "refused/redacted_cannot_be_made_of_fields_twin.rs"]
mod redacted_cannot_be_made_of_fields_twin;
#[path = "refused/redacted_cannot_be_serialised_twin.rs"]
mod redacted_cannot_be_serialised_twin;
// Of two refused programs: that which encodes an unverified picture, and that which reads a redacted one's pixels.
#[path = "refused/redacted_must_be_verified_twin.rs"]
mod redacted_must_be_verified_twin;

/// The compiler whose words the `.stderr` files hold; others say the same in other words.
const WRITTEN_WITH: &str = "rustc 1.95.";

#[test]
fn the_refused_programs_do_not_compile() {
    let version = std::process::Command::new("rustc").arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    if !version.starts_with(WRITTEN_WITH) {
        println!("skipped: the expected messages are those of {WRITTEN_WITH}x, this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    for name in [
        "original_is_gone",
        "redacted_cannot_be_cloned",
        "redacted_cannot_be_made_of_fields",
        "redacted_cannot_be_serialised",
        "redacted_must_be_verified",
        "redacted_shows_only_its_jpeg",
    ] {
        cases.compile_fail(format!("tests/refused/{name}.rs"));
    }
}

#[test]
fn their_twins_run() {
    original_is_gone_twin::main();
    redacted_cannot_be_cloned_twin::main();
    redacted_cannot_be_made_of_fields_twin::main();
    redacted_cannot_be_serialised_twin::main();
    redacted_must_be_verified_twin::main();
}
