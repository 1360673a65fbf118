//! What must not compile, each with a twin that does. The twins are modules of this very test: to build them
//! apart would cost minutes.

#[path = "compile/twins/deserialised.rs"]
mod deserialised;
#[path = "compile/twins/judged.rs"]
mod judged;
#[path = "compile/twins/still.rs"]
mod still;

#[test]
fn the_gate_cannot_be_gone_around() {
    trybuild::TestCases::new().compile_fail("tests/compile/fail/*.rs");
}

#[test]
fn the_twins_compile_and_run() {
    judged::main();
    deserialised::main();
    still::main();
}
