//! The second layer: all that the policy says about what is done, for whoever wants to know.
//!
//! The order is that of GDPR article 13 and LED article 13. Every sentence is drawn from the policy; what it does
//! not say is said to be missing.

use velum_policy::order::{AtLeast, AtMost};
use velum_policy::sections::{Decision, Identifiable, Recipient, RecipientRegime, Regime, Rights};

use super::claims::enforced;
use super::practice::{Place, Practice};
use super::texts::fill;
use super::{Page, words};
use crate::policy::eea;
use crate::policy::html::Markup;

const STYLE: &str = include_str!("layer2.css");

/// All that a notice denies, as far as it is enforced.
const DENIED: [&str; 10] = [
    "no_face_recognition",
    "nobody_identified",
    "nobody_followed",
    "no_number_plates",
    "no_rating",
    "no_pictures",
    "no_video",
    "no_sound",
    "no_training",
    "human_decides",
];

/// A right: its text, its article, and how well the article was checked: V read in a source, K from knowledge.
type Right<'t> = (&'t str, &'static str, &'static str);

/// The notice in one language.
pub(crate) fn page(page: &Page<'_>, practice: &Practice<'_>) -> String {
    let texts = &page.texts.notice;
    let denied = enforced(&DENIED, practice, page.texts).into_iter().map(Markup::text);
    let denied = Markup::list("never", denied);
    let mut sections: Vec<(&str, Markup)> = vec![
        (&texts.who, who(page)),
        (&texts.purposes, page.purposes(practice).map(|text| Markup::line("p", "purpose", text)).collect()),
        (&texts.legal, legal(page)),
        (&texts.computed, computed(page, practice)),
        (&texts.told, told(page, practice)),
        (&texts.never, denied),
        (&page.texts.picture.title, pictures(page, practice)),
        (&texts.retention, retention(page, practice)),
        (&texts.recipients, recipients(page)),
        (&texts.transfers, transfers(page)),
        (&texts.rights, rights(page)),
        (&texts.how, how(page, practice)),
        (&texts.complaint, complaint(page)),
        (&texts.decisions, decisions(page, practice)),
        (&texts.places, practice.places.iter().map(|place| at_place(page, place)).collect()),
        (&texts.trials, trials(page)),
        (&texts.registers, registers(page)),
        (&texts.about, about(page)),
    ];
    sections.retain(|(_, inside)| !inside.is_empty());
    let sections: Markup = sections
        .into_iter()
        .map(|(title, inside)| Markup::element("section", "", Markup::line("h2", "", title).then(inside)))
        .collect();
    let body = page.banner().then(Markup::line("h1", "", &texts.title)).then(sections);
    Markup::page(page.language, &texts.title, &[STYLE], Markup::element("main", "", body))
}

impl Page<'_> {
    /// A text of the policy, or that it is missing.
    fn said(&self, text: &str) -> Markup {
        if text.trim().is_empty() { self.missing() } else { Markup::line("p", "", text) }
    }

    fn missing(&self) -> Markup {
        Markup::line("p", "missing", &self.texts.notice.missing)
    }

    fn labelled(&self, label: &str, text: &str) -> Markup {
        Markup::element("p", "", Markup::line("span", "label", label).then(Markup::text(text)))
    }
}

fn who(page: &Page<'_>) -> Markup {
    let (texts, controller) = (page.texts, &page.document.controller);
    let name = Markup::line("p", "controller", &controller.name);
    let contact = page.labelled(&texts.notice.contact, &controller.contact);
    let dpo = page.labelled(&texts.sign.dpo, &format!("{}, {}", controller.dpo_name, controller.dpo_contact));
    let processors =
        page.document.processor.iter().map(|one| Markup::text(&format!("{}: {}", one.name, one.role)));
    let processors = Markup::list("", processors);
    let label = if processors.is_empty() {
        Markup::default()
    } else {
        Markup::line("h3", "", &texts.notice.processors)
    };
    name.then(contact).then(dpo).then(label).then(processors)
}

fn legal(page: &Page<'_>) -> Markup {
    let (texts, legal) = (&page.texts.notice, &page.document.legal);
    let regime = match page.regime() {
        Regime::Gdpr => &texts.regime_gdpr,
        Regime::Led => &texts.regime_led,
    };
    let authorised = legal.authorisation.reference.as_deref();
    let authorised = authorised.map(|reference| fill(&texts.authorisation, &[("reference", reference)]));
    let basis = Markup::element("p", "", Markup::link(&legal.basis));
    Markup::line("p", "", regime)
        .then(page.said(&legal.instrument))
        .then(basis)
        .then(Markup::element("p", "", Markup::link(&legal.instrument_url)))
        .then(authorised.map(|text| Markup::line("p", "", &text)).unwrap_or_default())
        .then(Markup::line("h3", "", &texts.necessity))
        .then(page.said(&legal.necessity))
}

fn computed(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let lines: Vec<_> = practice
        .analytics()
        .into_iter()
        .map(|name| Markup::text(&words::analytic(name, page.texts)))
        .collect();
    if lines.is_empty() {
        return page.missing();
    }
    Markup::line("p", "", &page.texts.sign.cameras_here).then(Markup::list("", lines))
}

fn told(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let texts = &page.texts.notice;
    let lines = practice.events().into_iter().map(|event| {
        let personal = match event.identifiable {
            Identifiable::TreatedAsPersonal => &texts.personal,
            Identifiable::Aggregate => &texts.aggregate,
        };
        Markup::text(&format!("{} ({personal})", words::event(&event.class, page.texts)))
    });
    let layers = practice.layers();
    let group = layers.iter().map(|layers| layers.aggregation.min_group).min();
    let round = layers.iter().map(|layers| layers.aggregation.round_to).min();
    let counted = match (group, round) {
        (Some(AtLeast(group)), Some(AtLeast(round))) if group < u32::MAX && round < u32::MAX => {
            let (group, round) = (group.to_string(), round.to_string());
            Markup::line("p", "", &fill(&texts.groups, &[("group", &group), ("round", &round)]))
        }
        // The strictest, which stands where nothing is written: no number is told at all.
        _ => Markup::default(),
    };
    Markup::list("", lines).then(counted)
}

fn pictures(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let mut lines: Vec<String> =
        words::pictures(practice, page.texts).into_iter().map(str::to_owned).collect();
    if lines.is_empty() {
        return Markup::default();
    }
    lines.extend(enforced(&["people_covered"], practice, page.texts).into_iter().map(str::to_owned));
    lines.push(words::targets(practice, page.texts));
    let seen_by = page.seen_by(practice);
    if !seen_by.is_empty() {
        lines.push(fill(&page.texts.picture.seen_by, &[("names", &seen_by.join(", "))]));
    }
    lines.iter().map(|line| Markup::line("p", "", line)).collect()
}

fn retention(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let kept = words::retention(practice, practice.events(), page.texts);
    let kept = kept.iter().map(|line| Markup::text(line));
    let review = page.document.retention.review_every.map(|AtMost(every)| {
        let time = words::duration(every, page.texts);
        Markup::line("p", "", &fill(&page.texts.notice.review, &[("time", &time)]))
    });
    Markup::list("", kept).then(review.unwrap_or_default())
}

fn recipients(page: &Page<'_>) -> Markup {
    let lines: Vec<_> = page.document.recipient.iter().map(|one| recipient(page, one)).collect();
    if lines.is_empty() { page.missing() } else { Markup::list("", lines) }
}

fn recipient(page: &Page<'_>, one: &Recipient) -> Markup {
    let texts = &page.texts.notice;
    let who = if one.regime == RecipientRegime::Public {
        format!("{}: {}", texts.public, one.organisation)
    } else {
        format!("{}, {}", words::spaced(&one.role), one.organisation)
    };
    let mut said = Vec::new();
    if !one.events.0.is_empty() {
        let events: Vec<_> = one.events.0.iter().map(|class| words::event(class, page.texts)).collect();
        let age = words::duration(one.max_age.0, page.texts);
        said.push(fill(&texts.sees, &[("events", &events.join(", ")), ("age", &age)]));
    }
    if one.imagery {
        said.push(texts.sees_pictures.clone());
    }
    if one.audit_log {
        said.push(texts.sees_log.clone());
    }
    if let Some(disclosure) = &one.disclosure {
        said.push(fill(&texts.other_law, &[("law", &disclosure.law)]));
    }
    Markup::line("strong", "", &who).then(Markup::text(&said.join("; ")))
}

fn transfers(page: &Page<'_>) -> Markup {
    let texts = &page.texts.notice;
    let abroad: Vec<_> = eea::abroad(page.document)
        .into_iter()
        .map(|one| Markup::text(&fill(&texts.transfer, &[("name", one.name), ("location", one.location)])))
        .collect();
    if abroad.is_empty() { Markup::line("p", "", &texts.no_transfers) } else { Markup::list("", abroad) }
}

fn rights(page: &Page<'_>) -> Markup {
    let texts = &page.texts.notice;
    let rights: Vec<Right<'_>> = match page.regime() {
        Regime::Gdpr => vec![
            (&texts.right_information, "13", "V"),
            (&texts.right_access, "15", "V"),
            (&texts.right_rectification, "16", "K"),
            (&texts.right_erasure, "17", "K"),
            (&texts.right_restriction, "18", "K"),
            (&texts.right_portability, "20", "K"),
            (&texts.right_objection, "21", "V"),
        ],
        Regime::Led => vec![
            (&texts.right_information, "13", "K"),
            (&texts.right_access, "14", "K"),
            (&texts.right_rectification, "16", "K"),
            (&texts.right_erasure, "16", "K"),
            (&texts.right_restriction, "16", "K"),
        ],
    };
    let lines = rights.into_iter().map(|(text, number, mark)| article(page, text, number, mark));
    Markup::list("", lines)
        .then(page.document.rights.as_ref().map(|rights| limits(page, rights)).unwrap_or_default())
}

fn article(page: &Page<'_>, text: &str, number: &str, mark: &'static str) -> Markup {
    let article = fill(&page.texts.notice.article, &[("n", number)]);
    Markup::text(&format!("{text} ({article}")).then(Markup::line("sup", "", mark)).then(Markup::literal(")"))
}

/// What the policy says about limits of access, and the way round them.
fn limits(page: &Page<'_>, rights: &Rights) -> Markup {
    let texts = &page.texts.notice;
    let mut lines = Vec::new();
    if !rights.restriction_law.trim().is_empty() {
        lines.push(fill(&texts.right_limits, &[("law", &rights.restriction_law)]));
    }
    if let Some(name) = rights.indirect_access_via.as_deref().filter(|name| !name.trim().is_empty()) {
        lines.push(fill(&texts.right_indirect, &[("name", name)]));
    }
    lines.iter().map(|line| Markup::line("p", "", line)).collect()
}

fn how(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let texts = &page.texts.notice;
    let Some(rights) = &page.document.rights else {
        return page.missing();
    };
    let deadline = words::duration(rights.deadline.0, page.texts);
    let no_names = enforced(&["no_names"], practice, page.texts);
    page.labelled(&texts.contact, &rights.contact)
        .then(Markup::list("", rights.channels.iter().map(|channel| Markup::text(channel))))
        .then(Markup::line("p", "", &fill(&texts.deadline, &[("time", &deadline)])))
        .then(no_names.into_iter().map(|text| Markup::line("p", "", text)).collect())
        .then(Markup::line("h3", "", &texts.objection))
        .then(objection(page, rights))
}

fn objection(page: &Page<'_>, rights: &Rights) -> Markup {
    let (texts, objection) = (&page.texts.notice, &rights.objection);
    let how = match (objection.mechanism.as_str(), objection.max) {
        ("pause-zone" | "pause-camera", Some(max)) => {
            fill(&texts.pause, &[("time", &words::duration(max, page.texts))])
        }
        ("pause-zone" | "pause-camera", None) => texts.pause_open.clone(),
        _ if page.regime() == Regime::Led => texts.no_objection.clone(),
        ("none" | "not-applicable" | "", _) => texts.no_objection_stated.clone(),
        (other, _) => words::spaced(other),
    };
    let asked = objection.handled_by.as_deref();
    let asked = asked.map(|role| fill(&texts.asked_of, &[("name", &words::spaced(role))]));
    let lines = [Some(how), asked, objection.law.clone()];
    lines.iter().flatten().map(|line| Markup::line("p", "", line)).collect()
}

fn complaint(page: &Page<'_>) -> Markup {
    let named = page.document.rights.as_ref().map(|rights| rights.complaint_authority.as_str());
    let supervision = page.document.supervision.as_ref().map(|supervision| supervision.authority.as_str());
    page.said(named.filter(|name| !name.trim().is_empty()).or(supervision).unwrap_or_default())
}

fn decisions(page: &Page<'_>, practice: &Practice<'_>) -> Markup {
    let texts = &page.texts.notice;
    let Some(oversight) = &page.document.human_oversight else {
        return page.missing();
    };
    if !oversight.automatic_actions.is_empty() {
        // The rules refuse such a policy; a draft of one says what it would do.
        return Markup::list("", oversight.automatic_actions.iter().map(|action| Markup::text(action)));
    }
    if enforced(&["human_decides"], practice, page.texts).is_empty() {
        return Markup::default();
    }
    let decided = match oversight.decision {
        Decision::HumanOnly => &texts.human_only,
        Decision::HumanConfirms => &texts.human_confirms,
    };
    Markup::line("p", "", decided)
}

fn at_place(page: &Page<'_>, place: &Place<'_>) -> Markup {
    let texts = page.texts;
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    let mut lines = vec![texts.notice.cameras.of(count(place.cameras.len()))];
    lines.extend(words::times(&place.site.schedule, texts));
    let zones: std::collections::BTreeSet<_> =
        place.site.schedule.iter().map(|one| one.tz.to_string()).collect();
    lines.extend(zones.iter().map(|zone| fill(&texts.time.zone, &[("zone", zone)])));
    if place.masks() > 0 {
        lines.push(texts.notice.masks.of(count(place.masks())));
    }
    Markup::line("h3", "", &place.site.name)
        .then(Markup::list("", lines.iter().map(|line| Markup::text(line))))
}

fn trials(page: &Page<'_>) -> Markup {
    let lines = page.document.sandbox.iter().map(|trial| {
        let what: Vec<_> = trial.analytics.0.iter().map(|name| words::analytic(name, page.texts)).collect();
        let (from, until) = (trial.from.to_string(), trial.until.to_string());
        let values = [("from", day(&from)), ("until", day(&until)), ("what", &what.join(", "))];
        Markup::text(&fill(&page.texts.notice.trial, &values))
    });
    Markup::list("", lines)
}

fn registers(page: &Page<'_>) -> Markup {
    let assessment =
        page.document.supervision.as_ref().map(|supervision| supervision.dpia.reference.as_str());
    let assessment =
        assessment.map(|reference| fill(&page.texts.notice.assessment, &[("reference", reference)]));
    let registers = page.notice.registers.iter().map(|register| Markup::text(register));
    Markup::list("", registers.chain(assessment.iter().map(|line| Markup::text(line))))
}

fn about(page: &Page<'_>) -> Markup {
    let texts = &page.texts.notice;
    let lines = [&page.made_from(), &texts.no_verdict, &texts.marks];
    lines.into_iter().map(|line| Markup::line("p", "small", line)).collect()
}

/// The day of a date or a moment, as people write it.
pub(super) fn day(moment: &str) -> &str {
    moment.split('T').next().unwrap_or(moment)
}
