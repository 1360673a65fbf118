//! The policy: whether it is there, signed and in force, and what it makes of each camera.

use std::sync::Arc;

use velum_gate::{CameraPermission, Gate};
use velum_vocab::Clock;

use super::finding::{Finding, Verdict};
use crate::camera::level_boundaries;
use crate::config::{CameraSettings, Settings};
use crate::policy;

/// The policy, then each camera under it.
pub(super) fn look(settings: &Settings, clock: &Arc<dyn Clock>) -> Vec<Finding> {
    let Some(policy_settings) = &settings.policy else {
        return vec![Finding::warning(
            "policy",
            "none is configured: nothing leaves but the state of cameras",
            "add `[policy]` with `file` and `approvers`",
        )];
    };
    let gate = Gate::new(Arc::clone(clock));
    let installed = policy::load(policy_settings).and_then(|verified| {
        let resolved = verified.resolved();
        let words = format!("{} {}, signed by {}", resolved.id, resolved.version, verified.signers().len());
        gate.install(verified).map(|()| words)
    });
    match installed {
        Err(error) => vec![Finding::of_error("policy", Verdict::Error, &error)],
        Ok(words) => {
            let mut findings = vec![Finding::ok("policy", words)];
            for camera in &settings.cameras {
                findings.extend(look_at(camera, &gate));
            }
            findings
        }
    }
}

fn look_at(camera: &CameraSettings, gate: &Gate) -> Vec<Finding> {
    let subject = format!("policy for {}", camera.id);
    let mut findings = vec![permission(&subject, gate.permission(&camera.id))];
    findings.extend(site(&subject, camera, gate));
    let plane = camera.analysis.ground_plane.as_ref();
    for zone in &camera.analysis.zones {
        let refused = level_boundaries(zone, plane)
            .into_iter()
            .find_map(|boundary| gate.check_level_boundary(&camera.id, boundary).err());
        findings.extend(
            refused.map(|error| {
                Finding::of_error(format!("{subject}, zone {}", zone.id), Verdict::Error, &error)
            }),
        );
    }
    findings
}

fn permission(subject: &str, permission: CameraPermission) -> Finding {
    let (found, fix) = permission.words().split_once("; ").unwrap_or((permission.words(), ""));
    match permission {
        CameraPermission::Active => Finding::ok(subject, found),
        // The schedule is meant to close.
        CameraPermission::OutOfSchedule => Finding::ok(subject, found),
        _ => Finding::warning(subject, format!("{found}: nothing of this camera leaves but its state"), fix),
    }
}

/// Where configuration and policy name different sites, one of them is wrong.
fn site(subject: &str, camera: &CameraSettings, gate: &Gate) -> Option<Finding> {
    let configured = camera.site.as_ref()?;
    let policy = gate.policy()?;
    let named = &policy.resolved().cameras.get(camera.id.as_str())?.site;
    (named != configured.as_str()).then(|| {
        Finding::warning(
            subject,
            format!("the configuration says site `{configured}`, the policy `{named}`; the policy counts"),
            format!("write `site = \"{named}\"`, or correct the policy"),
        )
    })
}
