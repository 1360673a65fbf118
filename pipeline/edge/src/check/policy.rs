//! The policy: whether it is there, signed and in force, and what it makes of each camera.

use std::path::Path;
use std::sync::Arc;

use velum_gate::{CameraPermission, Gate, GateMemory};
use velum_policy::check::{Finding, Verdict};
use velum_vocab::Clock;

use crate::camera::{crowds_rest, level_boundaries, widest_px};
use crate::config::{CameraSettings, PolicySettings, Settings};
use crate::policy;

/// The policy, then each camera under it.
pub(super) fn look(settings: &Settings, clock: &Arc<dyn Clock>) -> Vec<Finding> {
    let Some(policy_settings) = &settings.policy else {
        return vec![Finding::warning(
            "policy",
            "none is configured: nothing leaves but the state of cameras",
            "add `[policy]` with `approvers`, and `file` unless the hub hands the policy over",
        )];
    };
    let memory = match remembered(&settings.data_dir) {
        Ok(memory) => memory,
        Err(words) => return vec![Finding::of_error("policy", Verdict::Error, &words)],
    };
    let gate = Gate::with_memory(Arc::clone(clock), memory);
    match crate::pause::in_force(&settings.data_dir, settings.cameras.iter().map(|camera| &camera.id)) {
        Ok(paused) => gate.set_paused(paused),
        Err(words) => return vec![Finding::of_error("policy", Verdict::Error, &words)],
    }
    let given = packs(settings, policy_settings);
    let installed = policy::in_force(&settings.data_dir, policy_settings).and_then(|verified| {
        let resolved = verified.resolved();
        let words = format!("{} {}, signed by {}", resolved.id, resolved.version, verified.signers().len());
        gate.install(verified).map(|()| words)
    });
    match installed {
        Err(error) => {
            given.into_iter().chain([Finding::of_error("policy", Verdict::Error, &error)]).collect()
        }
        Ok(words) => {
            let mut findings = vec![Finding::ok("policy", words)];
            findings.extend(given);
            for camera in &settings.cameras {
                findings.extend(look_at(camera, &gate));
            }
            findings.extend(super::trials::look(settings, &gate, clock.now()));
            findings.extend(super::stills::look(settings, &gate));
            findings
        }
    }
}

/// The country packs that were given, if the configuration names a file.
fn packs(settings: &Settings, policy_settings: &PolicySettings) -> Option<Finding> {
    policy_settings.packs.as_ref()?;
    Some(match policy::packs(&settings.data_dir, policy_settings) {
        Ok((packs, None)) => Finding::ok("policy.packs", format!("country packs {} hold", packs.versions())),
        Ok((_, Some(error))) | Err(error) => Finding::of_error("policy.packs", Verdict::Error, &error),
    })
}

/// The newest time and policy that this box accepted: what is older is refused. The file is replaced whole, so
/// it can be read while the box runs.
///
/// # Errors
/// Where the file is there and cannot be read.
pub(crate) fn remembered(data_dir: &Path) -> Result<GateMemory, String> {
    let file = data_dir.join("outbox/gate-memory");
    match std::fs::read_to_string(&file) {
        Ok(text) => GateMemory::parse(&text).map_err(|error| error.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(GateMemory::default()),
        Err(error) => Err(format!("{}: {error}; run as the user that the box runs as", file.display())),
    }
}

fn look_at(camera: &CameraSettings, gate: &Gate) -> Vec<Finding> {
    let subject = format!("policy for {}", camera.id);
    let mut findings = vec![permission(&subject, gate.permission(&camera.id), gate)];
    findings.extend(paused_zones(&subject, camera, gate));
    findings.extend(site(&subject, camera, gate));
    findings.extend(rate(&subject, camera, gate));
    findings.extend(detail(&subject, camera, gate));
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

fn permission(subject: &str, permission: CameraPermission, gate: &Gate) -> Finding {
    let (words, fix) = permission.words().split_once("; ").unwrap_or((permission.words(), ""));
    let date = gate.policy().and_then(|policy| permission.date(policy.resolved()));
    let found = date.map_or_else(|| words.to_owned(), |date| format!("{words} ({date})"));
    let found_nothing = format!("{found}: nothing of this camera leaves but its state");
    match permission {
        CameraPermission::Active => Finding::ok(subject, found),
        // The schedule is meant to close.
        CameraPermission::OutOfSchedule => Finding::ok(subject, found),
        // These are written, or were asked for.
        CameraPermission::Draft
        | CameraPermission::Suspended
        | CameraPermission::Retired
        | CameraPermission::Paused
        | CameraPermission::CameraNotNamed => Finding::warning(subject, found_nothing, fix),
        CameraPermission::NoPolicy
        | CameraPermission::NotYetEffective
        | CameraPermission::ReviewOverdue
        | CameraPermission::Expired
        | CameraPermission::Unauthorised
        | CameraPermission::WaiverEnded
        | CameraPermission::UntrustedTime => Finding::error(subject, found_nothing, fix),
    }
}

/// What people paused of a camera that goes on.
fn paused_zones(subject: &str, camera: &CameraSettings, gate: &Gate) -> Vec<Finding> {
    let paused = gate.paused_areas(&camera.id);
    let resting = camera.analysis.zones.iter().filter(|zone| crowds_rest(zone, &paused));
    let resting = resting.map(|zone| zone.id.to_string()).collect::<Vec<_>>().join(", ");
    let found = |zone: &String| {
        Finding::warning(
            format!("{subject}, zone {zone}"),
            format!(
                "people paused the zone: it is painted over and nothing is told of it; no crowds are judged in {resting}"
            ),
            format!(
                "it goes on by itself, or with `velum-edge resume {} --zone {zone}`; `velum-edge pause` says when",
                camera.id
            ),
        )
    };
    paused.keys().map(found).collect()
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

/// Where more frames are to be analysed than the policy lets, the others are dropped.
fn rate(subject: &str, camera: &CameraSettings, gate: &Gate) -> Option<Finding> {
    let policy = gate.policy()?;
    let max_fps = policy.resolved().cameras.get(camera.id.as_str())?.capture.max_fps.0;
    let analysed_fps = camera.stream.analysed_fps;
    (analysed_fps > max_fps as f32).then(|| {
        Finding::warning(
            subject,
            format!(
                "analysed_fps = {analysed_fps} is more than the policy's capture.max_fps = {max_fps}; frames above \
                 it are dropped"
            ),
            format!("write `analysed_fps = {max_fps}` or less"),
        )
    })
}

/// Where the picture shows more pixels per metre than the policy lets, it is made smaller.
fn detail(subject: &str, camera: &CameraSettings, gate: &Gate) -> Option<Finding> {
    let policy = gate.policy()?;
    let most = policy.resolved().cameras.get(camera.id.as_str())?.capture.max_px_per_m.0;
    let widest = widest_px(camera.analysis.ground_plane.as_ref()?, most)?;
    let width = camera.stream.analysed_width_px.filter(|width| *width > widest)?;
    Some(Finding::warning(
        subject,
        format!(
            "analysed_width_px = {width} shows more than the policy's capture.max_px_per_m = {most} where the camera sees \
             closest; the picture is analysed {widest} pixels wide"
        ),
        format!("write `analysed_width_px = {widest}` or less"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Approvers, START};
    use velum_vocab::{SimulatedClock, Timestamp};

    #[test]
    fn a_policy_that_the_box_would_not_take_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let approvers = Approvers::in_folder(folder.path());
        let file = folder.path().join("edge.toml");
        std::fs::write(&file, "[cameras.plaza-1]\nsource = \"test:ball\"\n").unwrap();
        let mut settings = crate::config::load(&file).unwrap();
        settings.policy = Some(approvers.settings.clone());
        settings.stills.verifier = crate::config::VerifierChoice::None;
        let check = |now: Timestamp, verdict: Verdict, part: &str| {
            let clock: Arc<dyn Clock> = Arc::new(SimulatedClock::at(now));
            let findings = look(&settings, &clock);
            assert_eq!(velum_policy::check::worst(&findings), verdict, "{findings:?}");
            assert!(findings.iter().any(|finding| finding.found.contains(part)), "{part}: {findings:?}");
        };
        approvers.publish(&approvers.signed("1.1.0", 2));
        check(START, Verdict::Ok, "the policy allows it now");
        let mut fast = settings.cameras[0].clone();
        let gate = Gate::new(Arc::new(SimulatedClock::at(START)));
        gate.install(approvers.verified()).unwrap();
        assert_eq!(rate("a", &fast, &gate), None);
        fast.stream.analysed_fps = 10.5;
        let told = rate("a", &fast, &gate).unwrap();
        fast.stream.analysed_width_px = Some(640);
        assert_eq!(detail("a", &fast, &gate), None, "not calibrated: not known");
        fast.analysis.ground_plane = Some(crate::testing::floor(4.0));
        let narrower = detail("a", &fast, &gate).unwrap();
        assert!(narrower.found.contains("capture.max_px_per_m = 125 where"), "{narrower:?}");
        fast.analysis.ground_plane = Some(crate::testing::floor(6.0));
        assert_eq!(detail("a", &fast, &gate), None);
        let words =
            "analysed_fps = 10.5 is more than the policy's capture.max_fps = 10; frames above it are dropped";
        assert_eq!((told.verdict, told.found.as_str()), (Verdict::Warning, words));
        check(Timestamp::from_unix_secs(START.unix_secs() - 172_800), Verdict::Error, "2026-11-20T00:00:00Z");
        check(
            Timestamp::from_unix_secs(START.unix_secs() + 3_456_000),
            Verdict::Error,
            "2026-12-20T00:00:00Z",
        );

        let gate = Gate::new(Arc::new(SimulatedClock::at(START)));
        gate.install(approvers.verified()).unwrap();
        let outbox = settings.data_dir.join("outbox");
        std::fs::create_dir_all(&outbox).unwrap();
        std::fs::write(outbox.join("gate-memory"), gate.memory().to_text()).unwrap();
        check(START, Verdict::Ok, "1.1.0");
        approvers.publish(&approvers.signed("1.0.0", 2));
        check(START, Verdict::Error, "this box had accepted `zz.port-velum.demo` 1.1.0");
        std::fs::write(outbox.join("gate-memory"), "?").unwrap();
        check(START, Verdict::Error, "the gate's memory");
    }
}
