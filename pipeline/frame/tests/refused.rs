//! What a raw frame cannot do. Each refused program has a twin, the same but for the one line, that compiles and
//! runs: so that a refusal is for the reason meant. The twins are part of this test, which spares trybuild a
//! second build.

#![expect(clippy::unwrap_used, reason = "a test program")]

#[path = "refused/cannot_be_cloned_twin.rs"]
mod cannot_be_cloned_twin;
#[path = "refused/cannot_be_made_of_fields_twin.rs"]
mod cannot_be_made_of_fields_twin;
#[path = "refused/cannot_be_serialised_twin.rs"]
mod cannot_be_serialised_twin;
#[path = "refused/cannot_show_its_bytes_twin.rs"]
mod cannot_show_its_bytes_twin;
#[path = "refused/opens_only_through_pixels_twin.rs"]
mod opens_only_through_pixels_twin;

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
        "cannot_be_cloned",
        "cannot_be_made_of_fields",
        "cannot_be_serialised",
        "cannot_show_its_bytes",
        "opens_only_through_pixels",
    ] {
        cases.compile_fail(format!("tests/refused/{name}.rs"));
    }
}

#[test]
fn their_twins_run() {
    cannot_be_cloned_twin::main();
    cannot_be_made_of_fields_twin::main();
    cannot_be_serialised_twin::main();
    cannot_show_its_bytes_twin::main();
    opens_only_through_pixels_twin::main();
}
