//! `velum-edge enroll`: a one-use token for this box's certificate.

use std::path::Path;
use std::sync::Arc;

use velum_uplink::Enrolled;
use velum_vocab::SystemClock;

/// Gets the certificate; the text is for standard output.
///
/// # Errors
/// What the token, the hub or the disk says.
pub(crate) fn run(token: &str, dir: &Path) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let enrolling = velum_uplink::enroll(token.trim(), dir, Arc::new(SystemClock));
    let Enrolled { box_id, hub_address } = runtime.block_on(enrolling)?;
    let dir = dir.display();
    Ok(format!("this box is `{box_id}`; its identity lies in {dir}\nits hub: {hub_address}\n"))
}
