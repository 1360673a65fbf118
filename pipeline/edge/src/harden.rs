//! Before anything else: this process must not leave pixels behind, in a core dump, to a debugger, or because
//! a variable asks a library to dump what it sees.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Names with these beginnings can make a library write frames, tensors, addresses, pipelines or the memory of
/// an accelerator somewhere.
const DUMPING_PREFIXES: [&str; 7] =
    ["GST_DEBUG", "GST_TRACERS", "ORT_", "OPENCV_", "LIBVA_TRACE", "CUDA_COREDUMP", "CUDA_ENABLE_"];
/// These share a beginning and only say where a library lies.
const HARMLESS: [&str; 1] = ["ORT_DYLIB_PATH"];

/// Turns core dumps off, forbids tracing by other processes of the same user, and clears dangerous variables.
///
/// The environment cannot be changed safely in a running process: the program starts itself anew, under
/// the same process id, with a clean one.
///
/// # Errors
/// Where the system refuses: then nothing must run that holds pixels.
pub(crate) fn harden() -> anyhow::Result<()> {
    let dangerous = dangerous_variables(std::env::vars_os().map(|(name, _)| name));
    if !dangerous.is_empty() {
        return Err(restart_without(&dangerous));
    }
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .context("core dumps could not be turned off (RLIMIT_CORE)")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .context("tracing by other processes could not be turned off (PR_SET_DUMPABLE)")
}

/// Does not return where it succeeds.
fn restart_without(names: &[OsString]) -> anyhow::Error {
    // By its own name, which is what `top` and the journal show; what an upgrade has replaced meanwhile has none any more.
    let own = std::env::current_exe().ok().filter(|path| path.exists());
    let mut again = Command::new(own.unwrap_or_else(|| PathBuf::from("/proc/self/exe")));
    let mut arguments = std::env::args_os();
    if let Some(own_name) = arguments.next() {
        again.arg0(own_name);
    }
    again.args(arguments);
    for name in names {
        again.env_remove(name);
    }
    anyhow::Error::new(again.exec()).context(format!(
        "could not start anew without the variables {}; unset them",
        names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(", ")
    ))
}

fn dangerous_variables(names: impl Iterator<Item = OsString>) -> Vec<OsString> {
    names.filter(|name| is_dangerous(name)).collect()
}

fn is_dangerous(name: &OsStr) -> bool {
    let begins = |prefix: &&str| name.as_bytes().starts_with(prefix.as_bytes());
    DUMPING_PREFIXES.iter().any(begins) && !HARMLESS.iter().any(|harmless| name == *harmless)
}

#[cfg(test)]
mod tests {
    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    /// Set in the process that the test below starts.
    const CHILD: &str = "VELUM_TEST_HARDENED";
    const DANGEROUS: [&str; 6] = [
        "GST_DEBUG",
        "GST_DEBUG_DUMP_DOT_DIR",
        "ORT_DEBUG_NODE_IO_DUMP_OUTPUT_DATA",
        "OPENCV_LOG_LEVEL",
        "LIBVA_TRACE",
        "CUDA_COREDUMP_FILE",
    ];

    /// Run by the test below in a process of its own, and harmless in any other.
    #[test]
    fn this_process_is_hardened() {
        if std::env::var_os(CHILD).is_none() {
            return;
        }
        // With a dangerous variable this does not return: the program begins anew, and comes here again.
        harden().unwrap();
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        for name in DANGEROUS {
            assert_eq!(std::env::var_os(name), None, "{name}");
        }
        assert_eq!(std::env::var("ORT_DYLIB_PATH").as_deref(), Ok("/kept"));
        assert_ne!(std::fs::read_to_string("/proc/self/comm").unwrap().trim(), "exe");
        println!("hardened as {}", std::process::id());
    }

    #[test]
    fn a_process_with_dangerous_variables_begins_anew_without_them() {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "harden::tests::this_process_is_hardened", "--nocapture"]);
        child.env(CHILD, "1").env("ORT_DYLIB_PATH", "/kept");
        DANGEROUS.into_iter().for_each(|name| {
            child.env(name, "1");
        });
        let child = child.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let own_id = child.id();
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{said}");
        assert!(said.contains(&format!("hardened as {own_id}")), "it kept its process id: {said}");
    }

    #[test]
    fn variables_that_can_dump_are_cleared() {
        let check = |name: &str, dangerous: bool| {
            assert_eq!(is_dangerous(OsStr::new(name)), dangerous, "{name}");
        };
        check("GST_DEBUG", true);
        check("GST_DEBUG_DUMP_DOT_DIR", true);
        check("GST_DEBUG_FILE", true);
        check("GST_TRACERS", true);
        check("ORT_DEBUG_NODE_IO_DUMP_OUTPUT_DATA", true);
        check("OPENCV_DUMP_CONFIG", true);
        check("LIBVA_TRACE", true);
        check("LIBVA_TRACE_SURFACE", true);
        check("CUDA_COREDUMP_FILE", true);
        check("CUDA_ENABLE_COREDUMP_ON_EXCEPTION", true);
        check("CUDA_ENABLE_USER_TRIGGERED_COREDUMP", true);
        check("LIBVA_DRIVER_NAME", false);
        check("CUDA_VISIBLE_DEVICES", false);
        check("ORT_DYLIB_PATH", false);
        check("GST_PLUGIN_PATH", false);
        check("PATH", false);
    }
}
