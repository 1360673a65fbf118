//! `velum policy schema`: the JSON Schema of a policy, for editors.

use std::process::ExitCode;

use velum_policy::SCHEMA;

use crate::screen::say;

/// Prints it.
pub(crate) fn run() -> anyhow::Result<ExitCode> {
    say(SCHEMA.trim_end())?;
    Ok(ExitCode::SUCCESS)
}
