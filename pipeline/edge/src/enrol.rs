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
    Ok(told(&runtime.block_on(enrolling)?, dir))
}

fn told(enrolled: &Enrolled, dir: &Path) -> String {
    let Enrolled { box_id, hub_address } = enrolled;
    let dir = dir.display();
    format!(
        "this box is `{box_id}`; its identity lies in {dir}\n\
         its hub: {hub_address}\n\
         a velum-edge that runs takes it at its next connection, if its user can read it: where root has enrolled, \
         `chown -R velum-edge: {dir}`\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_running_box_need_not_be_restarted() {
        let enrolled = Enrolled {
            box_id: velum_vocab::BoxId::parse("a").unwrap(),
            hub_address: "hub.example:7443".to_owned(),
        };
        let text = told(&enrolled, Path::new("/i"));
        assert!(text.starts_with("this box is `a`; its identity lies in /i\nits hub: hub.example:7443\n"));
        assert!(text.contains("takes it at its next connection"), "{text}");
    }
}
