//! The policy that the answers make: short, with comments, in the order of the examples.
//!
//! Only what was answered is written, and what the rules ask of this policy; whatever the newest baseline says, or would
//! be the strictest anyway, is left out. A day that nobody could know yet is written as `1970-01-01`, and of what does not exist yet a comment
//! says where it belongs: the check finds both.

mod owed;
mod told;

use velum_policy::Baseline;

use super::interview::Answered;
use crate::policy::notation::{list, quoted};

/// The manifest of the detector that is built into the boxes.
const DETECTOR: &str = include_str!("../../../../models/catalogue/velum-person-1.toml");

/// Stands for a day that did not come yet.
const NOT_YET: &str = "1970-01-01";

/// The SHA-256 of the built-in detector.
pub(super) fn built_in_detector() -> &'static str {
    let line = DETECTOR.lines().find_map(|line| line.strip_prefix("sha256 = "));
    line.map_or("", |digest| digest.trim_matches('"'))
}

/// What a detector of this digest puts out, one after the other; nothing where it is not the built-in one.
pub(super) fn built_in_outputs(sha256: &str) -> String {
    if sha256 != built_in_detector() {
        return String::new();
    }
    let classes = DETECTOR.lines().filter_map(|line| line.strip_prefix("class = "));
    let outputs: Vec<_> = classes.map(|class| format!("boxes:{}", class.trim_matches('"'))).collect();
    outputs.join(", ")
}

/// The policy. Keys with dots, so that each part stands on few lines; tables last, as TOML wants it.
pub(super) fn policy(a: &Answered) -> String {
    let parts = [
        head(a) + &controller(a) + &supervision(a) + &legal(a) + &ai_act(a),
        "# What may be taken in, computed, told and kept, and to whom\n".to_owned(),
        told::capture(a) + &told::analytics(a) + &told::aggregation(a) + &told::redaction(a),
        told::retention(a) + &told::models(a) + &told::events(a) + &told::recipients(a),
        "# What is owed, and who may change this file\n".to_owned(),
        owed::oversight(a) + &owed::rights(a) + &owed::notice(a) + &owed::duties(a),
        owed::change_control(a),
        "# Where, and what for\n".to_owned(),
        owed::sites(a) + &owed::cameras(a) + &purpose(a),
    ];
    parts.concat()
}

fn is_led(a: &Answered) -> bool {
    a.one("regime") == "led"
}

/// The newest baseline of this program.
fn baseline() -> &'static str {
    Baseline::all().last().map_or("", Baseline::version)
}

fn head(a: &Answered) -> String {
    format!(
        "# Written by `velum policy new`. What is not written is the baseline's, else forbidden or the strictest:\n\
         # `velum policy show --effective` prints it, `velum policy lint` says what is still open.\n\
         schema = \"cctv-policy/1\"\npolicy.id = {}\npolicy.version = \"1.0.0\"  # every change needs a higher one\n\
         policy.status = \"active\"\npolicy.regime = {}\npolicy.country = {}\npolicy.languages = {}\n\
         policy.baseline = {}  # protective values that are the same for every city\n\
         policy.effective_from = {}T00:00:00Z\npolicy.review_by = {}  # without a review the boxes stop\n\
         policy.expires = {}T23:59:59Z\n",
        quoted(a.one("policy_id")),
        quoted(a.one("regime")),
        quoted(a.one("country")),
        list(a.many("languages")),
        quoted(baseline()),
        a.one("effective_from"),
        a.one("review_by"),
        a.one("expires"),
    )
}

fn controller(a: &Answered) -> String {
    let competent = if is_led(a) { "controller.competent_authority = true  # of LED Art 3(7)\n" } else { "" };
    format!(
        "controller.name = {}\ncontroller.public_authority = {}\n{competent}controller.contact = {}\n\
         controller.dpo_name = {}\ncontroller.dpo_contact = {}\n",
        quoted(a.one("controller")),
        a.one("public_authority") == "yes",
        quoted(a.one("contact")),
        quoted(a.one("dpo_name")),
        quoted(a.one("dpo_contact")),
    )
}

fn supervision(a: &Answered) -> String {
    if a.one("dpia_done") == "yes" { assessment(a) + &consultation(a) } else { assessment(a) }
}

fn consultation(a: &Answered) -> String {
    if a.one("consultation_done") != "yes" {
        return String::new();
    }
    format!(
        "supervision.prior_consultation = {{ required = true, ref = {}, date = {}, outcome = {} }}\n",
        quoted(a.one("consultation_ref")),
        a.one("consultation_date"),
        quoted(a.one("consultation_outcome")),
    )
}

fn assessment(a: &Answered) -> String {
    let authority = quoted(a.one("authority"));
    if a.one("dpia_done") != "yes" {
        return format!(
            "# Missing: the impact assessment. When it is finished: supervision.authority = {authority}, and\n\
             # supervision.dpia with ref, sha256, completed, covers_policy, residual_risk, dpo_advice, review_by, \
             views_of_data_subjects.\n",
        );
    }
    let covers = if a.one("dpia_covers") == "yes" {
        "\"1.0.0\""
    } else {
        "\"\"  # not yet: the version that it covers"
    };
    format!(
        "supervision.authority = {authority}\nsupervision.dpia.ref = {}\nsupervision.dpia.sha256 = {}\n\
         supervision.dpia.completed = {}\nsupervision.dpia.covers_policy = {covers}\n\
         supervision.dpia.residual_risk = {}\nsupervision.dpia.dpo_advice = {}  # an advice, no approval\n\
         supervision.dpia.review_by = {}\nsupervision.dpia.views_of_data_subjects = {}\n",
        quoted(a.one("dpia_ref")),
        quoted(a.one("dpia_sha256")),
        a.one("dpia_completed"),
        quoted(a.one("dpia_residual_risk")),
        quoted(a.one("dpo_advice")),
        a.one("review_by"),
        quoted(a.one("dpia_views")),
    )
}

fn legal(a: &Answered) -> String {
    let authorisation = if a.one("authorisation") == "none-required" {
        format!("{{ kind = \"none-required\", reason = {} }}", quoted(a.one("authorisation_reason")))
    } else {
        format!(
            "{{ kind = {}, ref = {}, valid_until = {}, covers = {} }}",
            quoted(a.one("authorisation")),
            quoted(a.one("authorisation_ref")),
            a.one("authorisation_until"),
            list(a.many("authorisation_covers")),
        )
    };
    let specifies = match a.many("legal_specifies") {
        [] => String::new(),
        parts => format!("legal.specifies = {}\n", list(parts)),
    };
    format!(
        "legal.basis = {}\nlegal.instrument = {}\nlegal.instrument_url = {}\nlegal.confirmed_by_counsel = {}\n\
         {specifies}legal.necessity = {}\nlegal.alternatives = {}\nlegal.authorisation = {authorisation}\n",
        quoted(a.one("legal_basis")),
        quoted(a.one("legal_instrument")),
        quoted(a.one("legal_url")),
        day_or_not(a, "counsel_confirmed"),
        quoted(a.one("necessity")),
        list(a.many("alternatives")),
    )
}

/// A day, or the mark that it did not come yet.
fn day_or_not(a: &Answered, path: &str) -> String {
    match a.one(path) {
        "" => format!("{NOT_YET}  # not yet: write the day"),
        day => day.to_owned(),
    }
}

fn purpose(a: &Answered) -> String {
    let mut text = format!(
        "[[purpose]]\nid = {}\ndpv = [{}]\n",
        quoted(a.one("purpose_id")),
        quoted(a.one("purpose_dpv"))
    );
    for language in a.many("languages") {
        text.push_str(&format!("text.{language} = {}\n", quoted(a.one(&format!("purpose_text.{language}")))));
    }
    text
}

fn ai_act(a: &Answered) -> String {
    format!(
        "ai_act.role = \"deployer\"\nai_act.annex_iii_point = \"none\"\nai_act.high_risk = false\nai_act.rationale = {}\n\
         ai_act.reassess_by = {}\nai_act.literacy = {}\n\
         # Vulnerable people are among them, on a large scale, unless you write otherwise.\n\
         data_subjects.categories = {}\n",
        quoted(a.one("ai_rationale")),
        a.one("review_by"),
        quoted(a.one("training")),
        list(a.many("data_subjects")),
    )
}
