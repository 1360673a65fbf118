//! Runs programs that must not compile, each with a twin, the same but for what is refused, that compiles and runs:
//! so that a refusal is for the reason meant. The twins are part of the test, which spares trybuild a second build.
//!
//! Included by path where it is needed: a crate of its own would be a room for two functions.

use std::collections::BTreeSet;
use std::process::Command;

/// The compiler whose words the `.stderr` files hold; others say the same in other words.
const WRITTEN_WITH: &str = "rustc 1.95.";

/// Tests of the programs with these names: `NAME.rs`, `NAME.stderr` and `NAME_twin.rs` in `tests/refused`.
macro_rules! refused_programs {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            include!(concat!("refused/", stringify!($name), "_twin.rs"));
        })+

        #[test]
        fn the_refused_programs_do_not_compile() {
            refused::do_not_compile(&[$(stringify!($name)),+]);
        }

        #[test]
        fn their_twins_run() {
            $($name::main();)+
        }
    };
}
pub(crate) use refused_programs;

/// Each of these programs is refused in the words beside it, and no other lies there.
#[expect(clippy::print_stdout, reason = "a test says that it was skipped")]
pub(crate) fn do_not_compile(names: &[&str]) {
    let expected: BTreeSet<String> =
        names.iter().flat_map(|name| [format!("{name}.rs"), format!("{name}_twin.rs")]).collect();
    assert_eq!(sources(), expected, "left: in tests/refused; right: those that are tested");
    let version = Command::new("rustc").arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    if !version.starts_with(WRITTEN_WITH) {
        println!("skipped: the expected messages are those of {WRITTEN_WITH}x, this is {version}");
        return;
    }
    let cases = trybuild::TestCases::new();
    for name in names {
        cases.compile_fail(format!("tests/refused/{name}.rs"));
    }
}

fn sources() -> BTreeSet<String> {
    let names = std::fs::read_dir("tests/refused").unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    names.filter(|name| name.ends_with(".rs")).collect()
}
