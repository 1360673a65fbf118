//! The policy that the answers make: about a page, with comments, in the order of the examples.
//!
//! Only what was answered, and what the strictest policy has, is written. A day that nobody could know yet is
//! written as `1970-01-01`, a digest as an empty text, each with a comment: the check finds them.

mod owed;
mod told;

use super::interview::Answered;
use super::notation::{list, quoted};

/// The manifest of the detector that is built into the boxes.
const DETECTOR: &str = include_str!("../../../../models/catalogue/velum-person-1.toml");

/// Stands for a day that did not come yet.
const NOT_YET: &str = "1970-01-01";

/// The SHA-256 of the built-in detector.
pub(super) fn built_in_detector() -> &'static str {
    let line = DETECTOR.lines().find_map(|line| line.strip_prefix("sha256 = "));
    line.map_or("", |digest| digest.trim_matches('"'))
}

/// The policy.
pub(super) fn policy(a: &Answered) -> String {
    let parts = [
        head(a),
        controller(a),
        supervision(a),
        legal(a),
        purpose(a),
        ai_act(a),
        told::capture(a),
        told::analytics(a),
        told::models(a),
        told::events(a),
        told::aggregation(a),
        told::redaction(a),
        told::retention(a),
        told::recipients(a),
        owed::oversight(a),
        owed::rights(a),
        owed::notice(a),
        owed::duties(a),
        owed::change_control(a),
        owed::sites(a),
        owed::cameras(a),
    ];
    parts.join("\n")
}

fn is_led(a: &Answered) -> bool {
    a.one("regime") == "led"
}

fn head(a: &Answered) -> String {
    format!(
        "# Written by `velum policy new`. What is not written is forbidden, or the strictest; `velum policy lint`\n\
         # says what is still open, `velum policy sign` takes the signatures. policy/examples/ has longer files.\n\
         schema = \"cctv-policy/1\"\n\n[policy]\nid = {}\nversion = \"1.0.0\"  # every change needs a higher one\n\
         status = \"active\"\nregime = {}\ncountry = {}\nlanguages = {}\neffective_from = {}T00:00:00Z\n\
         review_by = {}  # without a review the boxes stop\nexpires = {}T23:59:59Z\n",
        quoted(a.one("policy_id")),
        quoted(a.one("regime")),
        quoted(a.one("country")),
        list(a.many("languages")),
        a.one("effective_from"),
        a.one("review_by"),
        a.one("expires"),
    )
}

fn controller(a: &Answered) -> String {
    format!(
        "[controller]\nname = {}\npublic_authority = {}\ncompetent_authority = {}  # of LED Art 3(7)\ncontact = {}\n\
         dpo_name = {}\ndpo_contact = {}\n",
        quoted(a.one("controller")),
        a.one("public_authority") == "yes",
        is_led(a),
        quoted(a.one("contact")),
        quoted(a.one("dpo_name")),
        quoted(a.one("dpo_contact")),
    )
}

fn supervision(a: &Answered) -> String {
    assessment(a) + &consultation(a)
}

fn consultation(a: &Answered) -> String {
    if a.one("consultation_done") != "yes" {
        return String::new();
    }
    format!(
        "[supervision.prior_consultation]\nrequired = true\nref = {}\ndate = {}\noutcome = {}\n",
        quoted(a.one("consultation_ref")),
        a.one("consultation_date"),
        quoted(a.one("consultation_outcome")),
    )
}

fn assessment(a: &Answered) -> String {
    let authority =
        format!("[supervision]\nauthority = {}\n[supervision.dpia]\n", quoted(a.one("authority")));
    if a.one("dpia_done") != "yes" {
        return format!(
            "{authority}ref = \"not written yet\"\nsha256 = \"\"  # not yet: `sha256sum` of the finished assessment\n\
             completed = {NOT_YET}  # not yet\ncovers_policy = \"1.0.0\"\n\
             residual_risk = \"high\"  # not assessed yet: until then it counts as high\n\
             dpo_advice = \"\"  # not yet\nreview_by = {}\nviews_of_data_subjects = \"\"  # not asked yet\n",
            a.one("review_by"),
        );
    }
    format!(
        "{authority}ref = {}\nsha256 = {}\ncompleted = {}\ncovers_policy = \"1.0.0\"\nresidual_risk = {}\n\
         dpo_advice = {}  # an advice, no approval\nreview_by = {}\nviews_of_data_subjects = {}\n",
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
            list(a.many("analytics")),
        )
    };
    format!(
        "[legal]\nbasis = {}\ninstrument = {}\ninstrument_url = {}\nconfirmed_by_counsel = {}\n\
         specifies = [\"objectives\", \"data\", \"purposes\"]\nnecessity = {}\nalternatives = {}\n\
         special_categories = \"none\"\noffence_data = {}\nauthorisation = {authorisation}\n",
        quoted(a.one("legal_basis")),
        quoted(a.one("legal_instrument")),
        quoted(a.one("legal_url")),
        day_or_not(a, "counsel_confirmed"),
        quoted(a.one("necessity")),
        list(a.many("alternatives")),
        quoted(if is_led(a) { "none-generated" } else { "none" }),
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
        "[ai_act]\nrole = \"deployer\"\nannex_iii_point = \"none\"\nhigh_risk = false\nrationale = {}\n\
         actuates_traffic_control = false\nreassess_by = {}\nliteracy = {}\n\n[data_subjects]\ncategories = {}\n\
         assign_to_individuals = \"never\"\nvulnerable = true\nsystematic_monitoring = true\nlarge_scale = true\n",
        quoted(a.one("ai_rationale")),
        a.one("review_by"),
        quoted(a.one("training")),
        list(a.many("data_subjects")),
    )
}
