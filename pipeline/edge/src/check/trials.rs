//! Trials of the policy on this box's cameras: whether each runs, and what of it cannot.

use velum_gate::{EventKind, Gate};
use velum_policy::check::Finding;
use velum_policy::{ResolvedPolicy, Trial};
use velum_vocab::Timestamp;

use crate::camera::asks_for;
use crate::config::{CameraSettings, Settings};
use crate::local::time_text;

/// Each trial that names a camera of this box.
pub(super) fn look(settings: &Settings, gate: &Gate, now: Timestamp) -> Vec<Finding> {
    let Some(policy) = gate.policy() else { return Vec::new() };
    let policy = policy.resolved();
    policy.trials.iter().flat_map(|trial| look_at(trial, settings, policy, now)).collect()
}

fn look_at(trial: &Trial, settings: &Settings, policy: &ResolvedPolicy, now: Timestamp) -> Vec<Finding> {
    let is_named = |camera: &&CameraSettings| trial.cameras.iter().any(|name| name == camera.id.as_str());
    let cameras: Vec<_> = settings.cameras.iter().filter(is_named).collect();
    if cameras.is_empty() {
        return Vec::new();
    }
    let subject = format!("trial {}", trial.id);
    let names: Vec<_> = cameras.iter().map(|camera| camera.id.as_str()).collect();
    let analytics: Vec<_> = trial.analytics.0.iter().map(String::as_str).collect();
    let what = format!("{} on {}", analytics.join(", "), names.join(", "));
    let mut findings = vec![Finding::ok(subject.as_str(), format!("{what}: {}", standing(trial, now)))];
    for analytic in analytics {
        match EventKind::ALL.into_iter().find(|kind| kind.analytic() == Some(analytic)) {
            None => findings.push(cannot_run(&subject, analytic)),
            Some(_) if policy.analytics.allow.contains(analytic) => {
                findings.push(in_operation(&subject, analytic))
            }
            Some(kind) => {
                findings.extend(cameras.iter().filter_map(|camera| not_asked_for(&subject, camera, kind)))
            }
        }
    }
    findings
}

fn standing(trial: &Trial, now: Timestamp) -> String {
    let [from, until] = [trial.from, trial.until].map(jiff::Timestamp::as_second);
    let now = now.unix_secs();
    let erased = "what it left on the box is erased then, with a receipt in the audit log";
    match () {
        () if now < from => format!("it has not begun; it runs in shadow from {} on", time_text(from)),
        () if now < until => {
            format!("in shadow until {}; nothing of it leaves, and {erased}", time_text(until))
        }
        () => format!("it was over at {} and does not run any more", time_text(until)),
    }
}

fn cannot_run(subject: &str, analytic: &str) -> Finding {
    let known: Vec<_> = EventKind::ALL.into_iter().filter_map(EventKind::analytic).collect();
    Finding::warning(
        subject,
        format!("`{analytic}` is nothing that this program can try: it does not run"),
        format!("try one of {}, or take the trial out of the policy", known.join(", ")),
    )
}

fn in_operation(subject: &str, analytic: &str) -> Finding {
    Finding::warning(
        subject,
        format!("`{analytic}` is in `analytics.allow`: it is in operation, and not tried"),
        format!("take `{analytic}` out of `analytics.allow`, or take the trial out of the policy"),
    )
}

/// A trial lets be tried what the configuration asks for, and asks for nothing itself.
fn not_asked_for(subject: &str, camera: &CameraSettings, kind: EventKind) -> Option<Finding> {
    let is_asked_for = camera.analysis.zones.iter().any(|zone| asks_for(zone, kind));
    let rule = match kind {
        EventKind::AbandonedObject => "abandoned",
        EventKind::CrowdDensity => "density",
        EventKind::CrowdMovement => "movement",
        EventKind::CameraHealth => return None,
    };
    (!is_asked_for).then(|| {
        Finding::warning(
            subject,
            format!("no zone of `{}` asks for `{}`: it does not run there", camera.id, kind.name()),
            format!("write `{rule} = {{}}` into a zone of `cameras.{}`", camera.id),
        )
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use velum_policy::check::Verdict;

    use super::*;
    use crate::testing::{Approvers, START, TRIAL, TRIAL_UNTIL};
    use velum_vocab::SimulatedClock;

    #[test]
    fn each_trial_is_told_with_what_of_it_cannot_run() {
        let folder = tempfile::tempdir().unwrap();
        let approvers = Approvers::in_folder(folder.path());
        let check = |zones: &str,
                     changes: &[(&str, &str)],
                     now: Timestamp,
                     verdict: Verdict,
                     parts: &[&str]| {
            let file = folder.path().join("edge.toml");
            std::fs::write(&file, format!("[cameras.plaza-1]\nsource = \"test:ball\"\nzones = [{zones}]\n"))
                .unwrap();
            let settings = crate::config::load(&file).unwrap();
            let gate = Gate::new(Arc::new(SimulatedClock::at(now)));
            approvers.publish(&approvers.changed("1.0.0", &[&TRIAL[..], changes].concat()));
            gate.install(approvers.verified()).unwrap();
            let findings = look(&settings, &gate, now);
            assert_eq!(findings.len(), parts.len(), "{findings:?}");
            for (finding, part) in findings.iter().zip(parts) {
                assert_eq!(finding.subject, "trial bags-by-night");
                assert!(finding.found.contains(part), "{part}: {findings:?}");
            }
            assert_eq!(velum_policy::check::worst(&findings), verdict, "{findings:?}");
        };
        let bags = "{ id = \"z\", abandoned = {} }";
        let until = Timestamp::from_unix_secs(TRIAL_UNTIL.unix_secs());
        check(bags, &[], START, Verdict::Ok, &["abandoned_object on plaza-1: in shadow until 2026-11-23"]);
        let before = START.minus(std::time::Duration::from_secs(8 * 3_600));
        check(bags, &[], before, Verdict::Ok, &["it has not begun; it runs in shadow from 2026-11-20"]);
        check(bags, &[], until, Verdict::Ok, &["it was over at 2026-11-23"]);
        let other = ("analytics = [\"abandoned_object\"]", "analytics = [\"abandoned_object_lowlight\"]");
        let unknown = "`abandoned_object_lowlight` is nothing that this program can try";
        check(bags, &[other], START, Verdict::Warning, &["lowlight on plaza-1", unknown]);
        let not_asked = "no zone of `plaza-1` asks for `abandoned_object`";
        check("{ id = \"z\", movement = {} }", &[], START, Verdict::Warning, &["in shadow", not_asked]);
        let elsewhere = ("cameras   = [\"plaza-1\"]", "cameras   = [\"plaza-2\"]");
        check(bags, &[elsewhere], START, Verdict::Ok, &[]);
    }
}
