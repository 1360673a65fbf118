//! Before anything else: stills and passwords must not be left behind in a core dump, nor be read by a debugger of
//! another process of the same user.

use anyhow::Context as _;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Turns core dumps off, and forbids tracing by other processes of the same user.
///
/// # Errors
/// Where the system refuses: then nothing must run that holds pictures.
pub(crate) fn harden() -> anyhow::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .context("core dumps could not be turned off (RLIMIT_CORE)")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .context("tracing by other processes could not be turned off (PR_SET_DUMPABLE)")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    /// Set in the process that the test below starts.
    const CHILD: &str = "VELUM_TEST_HARDENED";

    /// Run by the test below in a process of its own, and harmless in any other.
    #[test]
    fn this_process_is_hardened() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        harden().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        println!("hardened");
    }

    #[test]
    fn leaves_no_core_dump_and_cannot_be_traced() {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "harden::tests::this_process_is_hardened", "--nocapture"]).env(CHILD, "1");
        let done = child.output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && said.contains("hardened"), "{said}");
    }
}
