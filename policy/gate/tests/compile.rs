//! What must not compile, each with a twin that does.

#[test]
fn the_gate_cannot_be_gone_around() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile/pass/*.rs");
    cases.compile_fail("tests/compile/fail/*.rs");
}
