//! Trials of the policy (`[[sandbox]]`): each is written into the audit log before it begins, runs in shadow, and ends
//! by itself, with a receipt of what was erased.
//!
//! Invariants: without a log there is no trial; what a trial left on the box goes when it is over, at the latest with
//! the next start; what is in the receipt was looked for on the disk.

use velum_gate::Trial;
use velum_policy::audit::{Entry, ErasedTrial, Operation, Outcome, Subject};
use velum_vocab::CameraId;

use crate::local::TrialRun;
use crate::shared::Shared;

/// Where it is looked for what a trial left: nowhere else is anything of one written.
const SEARCHED: &str = "shadow";
/// What a box remembers of a trial without knowing that it was begun goes, too.
const UNKNOWN_RUN: &str = "sandbox";

/// Whether the trial may run on the camera: it was begun before, or is from now on.
pub(crate) fn begin(shared: &Shared, camera: &CameraId, trial: &Trial) -> bool {
    let run = TrialRun::of(camera, trial, shared.clock.now());
    if !shared.stills.archive.log.is_open() {
        tracing::error!(%camera, trial = trial.id, "there is no audit log: the trial does not run");
        return false;
    }
    if shared.local.trial_runs().iter().any(|known| known.is_same(&run)) {
        return true;
    }
    let subject = Subject::Trial(trial.id.clone());
    let entry = entry_of(shared, &run, Operation::Collection, subject);
    if shared.stills.archive.log.append(entry).is_err() {
        tracing::error!(%camera, trial = trial.id, "the trial cannot be logged: it does not run");
        return false;
    }
    match shared.local.begin_trial(run) {
        Ok(()) => {
            tracing::info!(%camera, trial = trial.id, rule = trial.kind.name(), "a trial begins, in shadow");
            true
        }
        Err(problem) => {
            tracing::error!(%camera, trial = trial.id, %problem, "the trial could not be noted: it does not run");
            false
        }
    }
}

/// Ends the trials that are over. What cannot be done now is tried again at the next call.
pub(crate) fn end_over(shared: &Shared) {
    for run in shared.local.trial_runs() {
        let over = run.trial().map(|trial| shared.gate.trial_over(&run.camera, &trial));
        match over {
            Some(None) => {}
            Some(Some(over)) => end(shared, &run, over.rule()),
            None => end(shared, &run, UNKNOWN_RUN),
        }
    }
    for run in shared.local.unknown_trial_runs() {
        end(shared, &run, UNKNOWN_RUN);
    }
}

fn end(shared: &Shared, run: &TrialRun, rule: &str) {
    let (camera, trial) = (&run.camera, &run.trial.id);
    let erased = shared.local.erase_trial(run);
    if erased.found_after > 0 {
        tracing::error!(%camera, trial, "what a trial left could not be erased; it is tried again");
        return;
    }
    let subject = Subject::ErasedTrial(ErasedTrial {
        trial: trial.clone(),
        rule: rule.to_owned(),
        searched: vec![SEARCHED.to_owned()],
        found_after: erased.found_after,
    });
    let mut entry = entry_of(shared, run, Operation::Erasure, subject);
    entry.records = Some(erased.records);
    if shared.stills.archive.log.append(entry).is_err() {
        tracing::error!(%camera, trial, "a trial is over and erased, but its receipt cannot be written; it is tried again");
        return;
    }
    tracing::info!(%camera, trial, rule, records = erased.records, "a trial is over: what it left is erased");
    if let Err(problem) = shared.local.end_trial(run) {
        tracing::warn!(%camera, trial, %problem, "the end of a trial could not be noted; its receipt will be written again");
    }
}

fn entry_of(shared: &Shared, run: &TrialRun, operation: Operation, subject: Subject) -> Entry {
    Entry {
        camera: Some(run.camera.clone()),
        reference: Some(run.analytic.clone()),
        policy_digest: shared.gate.policy_digest(),
        ..Entry::new(operation, subject, Outcome::Allowed)
    }
}

#[cfg(test)]
mod tests;
