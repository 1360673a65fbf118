//! What one attestation says about a claim.

use crate::audit::attestation::{Attestation, CameraAttested, CameraStanding, Masking, Share};
use crate::audit::question::{Claim, PolicyName};

/// How far the claim held in the time of one attestation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) share: Share,
    /// What was otherwise, in words.
    pub(crate) why: String,
}

pub(crate) fn fit_of(claim: &Claim, said: &Attestation, camera: &CameraAttested) -> Fit {
    match claim {
        Claim::MaskingOn => masking(camera),
        Claim::Analysing => {
            let why = format!("its time was spent on: {}", listed(&camera.coverage));
            Fit { share: camera.analysed, why }
        }
        Claim::Paused => {
            let states: Vec<_> = camera.states.iter().map(|state| state.name().to_owned()).collect();
            Fit { share: camera.paused, why: format!("its states were: {}", listed(&states)) }
        }
        Claim::InForce(policy) => in_force(policy, said, camera),
        // What left are records of their own.
        Claim::NothingSent => Fit { share: Share::All, why: String::new() },
    }
}

fn masking(camera: &CameraAttested) -> Fit {
    let (share, why) = match camera.masking {
        Masking::All => (Share::All, String::new()),
        Masking::Part => (Share::Part, listed(&camera.lapses)),
        Masking::None => (Share::None, listed(&camera.lapses)),
        Masking::NoPictures => (
            Share::None,
            "the policy allowed no picture of this camera: there was nothing to mask".to_owned(),
        ),
    };
    Fit { share, why }
}

fn in_force(policy: &PolicyName, said: &Attestation, camera: &CameraAttested) -> Fit {
    let is_it = |version: &str, digest| match policy {
        PolicyName::Version(asked) => asked.to_string() == version,
        PolicyName::Digest(asked) => *asked == digest,
    };
    let matching = said.policies.iter().filter(|found| is_it(&found.version, found.digest)).count();
    let share = match matching {
        0 => Share::None,
        count if count == said.policies.len() => said.in_force,
        _ => said.in_force.min(Share::Part),
    };
    let found: Vec<_> =
        said.policies.iter().map(|found| format!("{} ({})", found.version, found.digest)).collect();
    let held = match said.in_force {
        Share::All => "in force",
        Share::Part => "in force for a part of the time",
        Share::None => "not in force",
    };
    let states: Vec<_> = camera.states.iter().map(|state| state.name().to_owned()).collect();
    let why = format!("installed: {}; {held}; the camera's states were: {}", listed(&found), listed(&states));
    Fit { share: share.min(governed(camera)), why }
}

/// For how much of the time a policy held for the camera at all. A pause ends none.
fn governed(camera: &CameraAttested) -> Share {
    let is_governed = |state: &&CameraStanding| {
        matches!(state, CameraStanding::Active | CameraStanding::MetadataOnly | CameraStanding::Paused)
    };
    match camera.states.iter().filter(is_governed).count() {
        0 => Share::None,
        count if count == camera.states.len() => Share::All,
        _ => Share::Part,
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}
