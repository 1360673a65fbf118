//! What the controller owes, who may change the file, and the places.

use super::told::model_tasks;
use super::{day_or_not, is_led};
use crate::policy::new::interview::Answered;
use crate::policy::new::kind::polygon;
use crate::policy::notation::{list, quoted};

pub(super) fn oversight(a: &Answered) -> String {
    let unreviewed = if is_led(a) { "review_deadline = \"PT3M\"\nunreviewed = \"erase\"\n" } else { "" };
    format!(
        "[human_oversight]  # a person decides, and somebody may stop it\nstop_authority = {}\ntraining = {}\n\
         staffed = {}\n{unreviewed}bias_control = {{ decoy_rate_per_1000 = {} }}\n",
        list([a.one("operator_role"), "dpo-auditor"]),
        quoted(a.one("training")),
        quoted(a.one("staffed")),
        a.one("decoys_per_1000"),
    )
}

pub(super) fn rights(a: &Answered) -> String {
    let (objection, limits) = if is_led(a) {
        let limits = format!(
            "restriction_law = {}\nindirect_access_via = {}\n",
            quoted(a.one("restriction_law")),
            quoted(a.one("indirect_access"))
        );
        ("{ mechanism = \"not-applicable\" }  # LED has no right to object (K)".to_owned(), limits)
    } else {
        let role = quoted(a.one("objection_role"));
        let objection = format!("{{ mechanism = \"pause-camera\", max = \"PT30M\", handled_by = {role} }}");
        (objection, String::new())
    };
    format!(
        "[rights]\ncontact = {}\nchannels = {}\ndeadline = \"P30D\"\nidentification = \"none-kept\"\n\
         objection = {objection}\n{limits}complaint_authority = {}\n",
        quoted(a.one("rights_contact")),
        list(a.many("rights_channels")),
        quoted(a.one("authority")),
    )
}

pub(super) fn notice(a: &Answered) -> String {
    format!(
        "[notice]  # `velum policy notice` draws the signs\nlayer1_elements = [\"controller\", \"purposes\", \"rights\", \
         \"greatest_impact\", \"dpo_contact\", \"layer2_link\", \"retention\", \"no_identification\", \"icon\", \
         \"legal_basis\"]\nlayer2_url = {}\nlanguages = {}\nqr = true\nplacement = {}\nlast_checked = {}\n",
        quoted(a.one("notice_url")),
        list(a.many("languages")),
        quoted(a.one("signs_placement")),
        day_or_not(a, "signs_checked"),
    )
}

pub(super) fn duties(a: &Answered) -> String {
    format!(
        "[logging]\noperations = [\"collection\", \"alteration\", \"consultation\", \"disclosure\", \"combination\", \
         \"erasure\"]\nrecord = [\"time\", \"operator\", \"justification\", \"recipient\", \"scope\", \"policy_digest\"]\n\
         operator_identity = \"named, sealed; opened by two persons\"\n\
         integrity = {{ hash_chain = true, merkle = \"rfc6962-sha256\", checkpoint_every = \"PT1H\", \
         signature = \"ed25519\", witnesses = {} }}\n\
         uses = [\"lawfulness\", \"self-monitoring\", \"integrity-security\"]\n\
         [security]  # what the boxes must have: see that yours do\ntransport = \"mtls-1.3\"\ndisk = \"luks2-tpm2\"\n\
         secure_boot = true\nkey_store = \"tpm2\"\ndebug_ports = \"disabled\"\nupdates = \"signed\"\n\
         time = \"nts+monotonic\"\ntamper = \"wipe-keys\"\n[breach]\nregister = true\n\
         detect_to_controller = \"PT4H\"\nauthority_deadline = \"PT72H\"\nplaybook = {}\n",
        list(a.many("witnesses")),
        quoted(a.one("breach_playbook")),
    )
}

pub(super) fn change_control(a: &Answered) -> String {
    let approvers: Vec<_> = (0..a.count("approver"))
        .map(|n| {
            let (key, role) = (format!("approver[{n}].key"), format!("approver[{n}].role"));
            format!("  {{ key = {}, role = {} }},\n", quoted(a.one(&key)), quoted(a.one(&role)))
        })
        .collect();
    let dpo_key = match a.one("dpo_key") {
        "" => "# dpo_key = \"ed25519:...\"  # not yet: `velum policy keygen --role dpo`\n".to_owned(),
        key => format!("dpo_key = {}\n", quoted(key)),
    };
    format!(
        "[change_control]  # two people approve; the officer advises and does not count\nquorum = 2\napprover = [\n{}]\n{dpo_key}loosening_cooling_off = \"P3D\"\ntighten_alone = true  # one approver may tighten, or suspend, at once\n",
        approvers.concat()
    )
}

pub(super) fn sites(a: &Answered) -> String {
    let site = |n: usize| {
        let one = |key: &str| a.one(&format!("site[{n}].{key}"));
        format!(
            "[site.{}]\nname = {}\nschedule = [{{ days = {}, from = {}, to = {}, tz = {}, why = {} }}]\n\
             # sensitive_places = [{{ kind = \"place-of-worship\", name = \"...\", handling = \"masked\" }}]\n",
            one("id"),
            quoted(one("name")),
            list(a.many(&format!("site[{n}].days"))),
            quoted(one("from")),
            quoted(one("to")),
            quoted(one("timezone")),
            quoted(one("why")),
        )
    };
    (0..a.count("site")).map(site).collect()
}

pub(super) fn cameras(a: &Answered) -> String {
    let models = list(model_tasks(a).into_iter().map(|(id, _)| id));
    let camera = |n: usize| {
        let one = |key: &str| a.one(&format!("camera[{n}].{key}"));
        let corners = polygon(one("mask")).unwrap_or_default();
        let corners: Vec<_> = corners.iter().map(|(x, y)| format!("[{x:?}, {y:?}]")).collect();
        let zones = if corners.is_empty() {
            String::new()
        } else {
            format!(
                "zone = [{{ id = \"dwellings\", kind = \"private_mask\", polygon = [{}], reason = \"dwellings\" }}]\n",
                corners.join(", ")
            )
        };
        format!(
            "[camera.{}]\nsite = {}\npurposes = [{}]\nmodels = {models}\nviews_dwelling = {}\nmount = {}\n{zones}",
            one("id"),
            quoted(one("site")),
            quoted(a.one("purpose_id")),
            one("views_dwelling") == "yes",
            quoted(one("mount")),
        )
    };
    (0..a.count("camera")).map(camera).collect()
}
