//! What the controller owes, who may change the file, and the places.

use super::told::DETECTOR_ID;
use super::{day_or_not, is_led};
use crate::policy::new::interview::Answered;
use crate::policy::new::kind::polygon;
use crate::policy::notation::{list, quoted};

pub(super) fn oversight(a: &Answered) -> String {
    let unreviewed = if is_led(a) { "review_deadline = \"PT3M\", unreviewed = \"erase\", " } else { "" };
    format!(
        "human_oversight = {{ training = {}, staffed = {}, {unreviewed}stop_authority = [\n  {}, \"dpo-auditor\"], \
         bias_control = {{ decoy_rate_per_1000 = {} }} }}  # a person decides, and somebody may stop it\n",
        quoted(a.one("training")),
        quoted(a.one("staffed")),
        quoted(a.one("operator_role")),
        a.one("decoys_per_1000"),
    )
}

pub(super) fn rights(a: &Answered) -> String {
    let (objection, limits) = if is_led(a) {
        let limits = format!(
            "rights.restriction_law = {}\nrights.indirect_access_via = {}\n",
            quoted(a.one("restriction_law")),
            quoted(a.one("indirect_access"))
        );
        ("mechanism = \"not-applicable\"  # LED has no right to object (K)".to_owned(), limits)
    } else {
        (format!("handled_by = {}", quoted(a.one("objection_role"))), String::new())
    };
    format!(
        "rights.contact = {}\nrights.channels = {}\nrights.objection.{objection}\n{limits}\
         rights.complaint_authority = {}\n",
        quoted(a.one("rights_contact")),
        list(a.many("rights_channels")),
        quoted(a.one("authority")),
    )
}

pub(super) fn notice(a: &Answered) -> String {
    format!(
        "notice.layer2_url = {}  # `velum policy notice` draws the signs\nnotice.languages = {}\n\
         notice.placement = {}\nnotice.last_checked = {}\n",
        quoted(a.one("notice_url")),
        list(a.many("languages")),
        quoted(a.one("signs_placement")),
        day_or_not(a, "signs_checked"),
    )
}

pub(super) fn duties(a: &Answered) -> String {
    format!(
        "logging.integrity.witnesses = {}\nbreach.playbook = {}\n",
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
        "" => "# change_control.dpo_key = \"ed25519:...\"  # not yet: `velum policy keygen --role dpo`\n"
            .to_owned(),
        key => format!("change_control.dpo_key = {}  # advises and does not count\n", quoted(key)),
    };
    format!(
        "change_control.approver = [  # two of them approve\n{}]\n\
         change_control.tighten_alone = true  # one of them may tighten, or stop everything, at once\n{dpo_key}",
        approvers.concat().trim_end()
    )
}

pub(super) fn sites(a: &Answered) -> String {
    let site = |n: usize| {
        let one = |key: &str| a.one(&format!("site[{n}].{key}"));
        format!(
            "site.{} = {{ name = {}, schedule = [\n  {{ days = {}, from = {}, to = {}, tz = {}, why = {} }}] }}  \
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
    let camera = |n: usize| {
        let one = |key: &str| a.one(&format!("camera[{n}].{key}"));
        let corners = polygon(one("mask")).unwrap_or_default();
        let corners: Vec<_> = corners.iter().map(|(x, y)| format!("[{x:?}, {y:?}]")).collect();
        let zones = if corners.is_empty() {
            String::new()
        } else {
            format!(
                ", zone = [\n  {{ id = \"dwellings\", kind = \"private_mask\", reason = \"dwellings\", polygon = [{}] }}]",
                corners.join(", ")
            )
        };
        format!(
            "camera.{} = {{ site = {}, purposes = [{}], models = [{}], views_dwelling = {}, mount = {}{zones} }}\n",
            one("id"),
            quoted(one("site")),
            quoted(a.one("purpose_id")),
            quoted(DETECTOR_ID),
            one("views_dwelling") == "yes",
            quoted(one("mount")),
        )
    };
    (0..a.count("camera")).map(camera).collect()
}
