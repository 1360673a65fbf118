//! What guards people and is moved: no program can say that nothing is uncovered by it, so it counts as less private.

use crate::sections::{Document, Zone, ZoneKind};

/// What of the old policy's guards is no longer just so, in a sentence each: the officer whose opinions count, and the
/// places of cameras in both policies that are painted over or raise no alert.
pub(super) fn moved(old: &Document, new: &Document) -> Vec<String> {
    let cameras = old.camera.iter().filter_map(|(name, camera)| Some((name, camera, new.camera.get(name)?)));
    let zones = cameras.flat_map(|(name, before, after)| {
        let lost = before.zone.iter().filter(|zone| guards(zone) && !after.zone.iter().any(|one| same(one, zone)));
        lost.map(move |zone| {
            format!(
                "Where `camera.{name}.zone.{}` was is no longer just so `{}`: that counts as less private, wherever \
                 else something is covered.",
                zone.id, zone.kind
            )
        })
    });
    let (before, after) = (&old.change_control.dpo_key, &new.change_control.dpo_key);
    let officer = (before.is_some() && before != after).then(|| {
        "change_control.dpo_key names another officer: the opinion of the one before is needed.".to_owned()
    });
    officer.into_iter().chain(zones).collect()
}

fn guards(zone: &Zone) -> bool {
    matches!(zone.kind, ZoneKind::PrivateMask | ZoneKind::NoAlert)
}

fn same(one: &Zone, other: &Zone) -> bool {
    one.kind == other.kind && one.polygon == other.polygon
}
