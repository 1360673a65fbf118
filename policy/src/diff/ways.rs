//! Which way is more private, wherever the type of a field does not say it, or not rightly. Only here.
//!
//! A field that is not named here and whose type has no direction is a matter of judgement: so is every text, and
//! every field that somebody adds to a table and forgets here. Keys are those of the file without the names of
//! entries: `recipient.max_age`, `camera.zone.kind`.

use crate::outline::{Node, Value, Way};

use Way::{EveryVersion, Judgement, LessIsPrivate, MoreIsPrivate, Ranked};

/// Which way the value of this field is more private.
pub(super) fn of_value(key: &str, value: &Value) -> Way {
    written(key).unwrap_or(value.way)
}

fn written(key: &str) -> Option<Way> {
    Some(match key {
        // Grow with every version, and are judged by the rules of the life cycle instead.
        "policy.version"
        | "policy.effective_from"
        // What another baseline says otherwise is told field by field.
        | "policy.baseline"
        | "policy.supersedes.version"
        | "policy.supersedes.digest"
        | "supervision.dpia.covers_policy" => EveryVersion,

        // Nothing leaves a box but under an active policy.
        "policy.status" => Ranked(&[&["draft", "suspended", "retired"], &["active"]]),

        // What ends later is allowed for longer; what is looked at again later is looked at less often.
        "policy.review_by"
        | "policy.expires"
        | "supervision.dpia.review_by"
        | "legal.authorisation.valid_until"
        | "ai_act.reassess_by"
        | "sandbox.until"
        | "waiver.expires" => LessIsPrivate,
        // A trial that begins later is shorter; signs that were looked at later are the surer.
        "sandbox.from" | "notice.last_checked" => MoreIsPrivate,

        // More people, machines and pictures.
        "processor.subprocessors"
        | "model.identity_embedding"
        | "recipient.imagery"
        | "recipient.export"
        | "sandbox.cameras"
        | "ai_act.actuates_traffic_control" => LessIsPrivate,
        "event.imagery" => Ranked(&[&["none"], &["redacted_still"]]),

        // The sooner and the more thoroughly a person looks, the better for who is told of.
        "event.human_review" => Ranked(&[&["before-transmission"], &["before-action"], &["not-applicable"]]),
        "human_oversight.decision" => Ranked(&[&["human-only"], &["human-confirms"]]),
        "human_oversight.automatic_actions" | "human_oversight.review_deadline" => LessIsPrivate,
        "human_oversight.stop_authority"
        | "human_oversight.reviewers"
        | "human_oversight.second_reviewer_for" => MoreIsPrivate,

        // What is not written is no review, and not one without end.
        "retention.review_every" => Judgement,

        // A key that is destroyed leaves less than a deletion that is looked after.
        "retention.on_expiry" => Ranked(&[&["crypto-shred"], &["delete-verify"]]),
        "retention.access_gate" => MoreIsPrivate,

        // Windows of analysis.
        "site.schedule" => LessIsPrivate,
        "camera.zone.kind" => Ranked(&[&["private_mask"], &["no_alert"], &["count", "watch"]]),

        // What the controller owes: more of it is more private, also where the type says "allowed".
        "rights.channels"
        | "notice.layer1_elements"
        | "notice.languages"
        | "notice.qr"
        | "notice.registers"
        | "logging.operations"
        | "logging.record"
        | "logging.integrity.hash_chain"
        | "logging.integrity.witnesses"
        | "security.secure_boot"
        | "breach.register"
        | "change_control.tighten_alone" => MoreIsPrivate,
        "rights.objection.max"
        | "logging.contains_public_personal_data"
        | "breach.detect_to_controller"
        | "breach.authority_deadline"
        | "change_control.dpo_counts_in_quorum" => LessIsPrivate,

        // What the law lays down is a fact about the law, not something that the policy allows.
        "legal.specifies" => Judgement,
        _ => return None,
    })
}

/// Of a single value that is written in one file only.
pub(super) fn of_absent(key: &str) -> Way {
    match written(key) {
        Some(EveryVersion) => EveryVersion,
        _ => Judgement,
    }
}

/// Which way it is more private whether an entry of a list, or a whole table, is there at all.
pub(super) fn of_presence(key: &str, node: &Node) -> Way {
    match key {
        // Without it nobody finds what must be covered; but it may serve something else as well.
        "model" => match node.field("task").map(ToString::to_string) {
            Some(task) if task == "\"redaction\"" || task == "[\"redaction\"]" => MoreIsPrivate,
            Some(task) if task.contains("\"redaction\"") => Judgement,
            _ => LessIsPrivate,
        },
        // One more purpose, party, model, class of event, recipient, trial, exception, place or camera.
        "processor" | "purpose" | "event" | "sandbox" | "waiver" | "site" | "camera" => LessIsPrivate,
        // Who only checks the others is no loss to anybody.
        "recipient" if reads_nothing_but_the_log(node) => Judgement,
        "recipient" => LessIsPrivate,
        "camera.zone" => match node.field("kind").map(ToString::to_string).as_deref() {
            Some("\"private_mask\"" | "\"no_alert\"") => MoreIsPrivate,
            _ => LessIsPrivate,
        },
        // Duties.
        "supervision" | "human_oversight" | "rights" | "notice" | "logging" | "security" | "breach" => {
            MoreIsPrivate
        }
        "policy.supersedes" => EveryVersion,
        _ => Judgement,
    }
}

fn reads_nothing_but_the_log(recipient: &Node) -> bool {
    let says =
        |field: &str, words: &str| recipient.field(field).is_some_and(|node| node.to_string() == words);
    says("events", "[]") && says("imagery", "false") && says("audit_log", "true")
}
