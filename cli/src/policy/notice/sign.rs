//! The first layer: a sign for the place itself, one printed page.

use anyhow::{Context, bail};
use velum_policy::sections::{Notice, Regime};

use super::claims::{Claim, enforced};
use super::fit::{self, Block, Column, Row, whole};
use super::practice::{Place, Practice};
use super::texts::{Sign, fill};
use super::{Page, qr, words};
use crate::policy::html::Markup;

const STYLE: &str = include_str!("sign.css");
const PICTOGRAM: &str = include_str!("camera.svg");

/// What `notice.layer1_elements` may ask for.
const ELEMENTS: [&str; 10] = [
    "controller",
    "purposes",
    "rights",
    "greatest_impact",
    "dpo_contact",
    "layer2_link",
    "retention",
    "no_identification",
    "icon",
    "legal_basis",
];

/// What a sign denies, as far as it is enforced.
const DENIED: [&str; 6] =
    ["no_face_recognition", "nobody_identified", "nobody_followed", "no_pictures", "no_video", "no_sound"];

/// What must be enforced where the policy promises `no_identification` on its signs.
const NO_IDENTIFICATION: [&str; 2] = ["no_face_recognition", "nobody_identified"];

/// The paper that a sign is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Paper {
    /// 210 by 297 mm.
    A4,
    /// 297 by 420 mm.
    A3,
}

/// The sign of one site in one language.
///
/// # Errors
/// Where the policy asks for an element that there is none of, promises what it does not enforce, has no address of
/// the second layer, or says more than fits on a page.
pub(crate) fn page(page: &Page<'_>, practice: &Practice<'_>, paper: Paper) -> anyhow::Result<String> {
    let place = practice.places.first().context("a sign stands at a site")?;
    check_elements(page.notice, practice)?;
    let size = match paper {
        Paper::A4 => "@page { size: A4 portrait; margin: 0 }\nhtml { font-size: 4.2mm }\n",
        Paper::A3 => "@page { size: A3 portrait; margin: 0 }\nhtml { font-size: 5.94mm }\n",
    };
    let content = Content::of(page, practice, place);
    let class = fit::class(&content.rows()).with_context(|| {
        format!(
            "site.{}: the sign in `{}` does not fit on a page, however small its type; shorten purpose.text or \
             legal.instrument, or give the cameras of this site fewer purposes",
            place.id, page.language
        )
    })?;
    let code = if page.notice.qr { Some(qr::code(&page.notice.layer2_url)?) } else { None };
    let sheet = Markup::element("main", class, content.markup(code));
    let title = format!("{}: {}", page.texts.sign.camera, place.site.name);
    Ok(Markup::page(page.language, &title, &[size, STYLE], sheet))
}

/// Every element that the policy asks for is one that this sign has, and may have.
fn check_elements(notice: &Notice, practice: &Practice<'_>) -> anyhow::Result<()> {
    for element in &notice.layer1_elements.0 {
        if !ELEMENTS.contains(&element.as_str()) {
            bail!(
                "notice.layer1_elements: expected elements that a sign has ({}), found `{element}`; delete it, and \
                 put what it means on a sign of your own",
                ELEMENTS.join(", ")
            );
        }
    }
    if !notice.layer1_elements.contains("no_identification") {
        return Ok(());
    }
    for claim in NO_IDENTIFICATION.iter().filter_map(|id| Claim::named(id)) {
        let unmet = claim.unmet(practice);
        if let Some(first) = unmet.first() {
            bail!(
                "notice.layer1_elements: `no_identification` expects that the policy enforces it ({}): it is not so \
                 that {first}; change that, or delete `no_identification`",
                claim.id
            );
        }
    }
    Ok(())
}

/// All that stands on a sign, in its words.
struct Content<'p> {
    draft: Option<String>,
    texts: &'p Sign,
    computed: Vec<String>,
    place: &'p str,
    controller: &'p str,
    contact: &'p str,
    purposes: Vec<&'p str>,
    left: Vec<Part<'p>>,
    right: Vec<Part<'p>>,
    foot: Vec<(&'p str, String)>,
    made_from: String,
}

/// A list under its title.
struct Part<'p> {
    title: &'p str,
    class: &'static str,
    lines: Vec<String>,
}

impl<'p> Content<'p> {
    fn of(page: &'p Page<'p>, practice: &Practice<'p>, place: &Place<'p>) -> Self {
        let (texts, document) = (page.texts, page.document);
        let owned = |lines: Vec<&str>| lines.into_iter().map(str::to_owned).collect::<Vec<_>>();
        let part = |title, class, lines| Part { title, class, lines };
        let told = practice.events().into_iter().filter(|event| !words::is_health(event));
        let mut left = vec![
            part(texts.sign.never.as_str(), "never", owned(enforced(&DENIED, practice, texts))),
            part(&texts.sign.impact, "", impact(page, practice)),
        ];
        let mut right = vec![
            part(texts.sign.retention.as_str(), "", words::retention(practice, told, texts)),
            part(&texts.sign.times, "", words::times(&place.site.schedule, texts)),
            part(&texts.sign.rights, "", rights(page)),
        ];
        left.retain(|part| !part.lines.is_empty());
        right.retain(|part| !part.lines.is_empty());
        Self {
            draft: page.draft_words(),
            texts: &texts.sign,
            computed: practice.analytics().into_iter().map(|name| words::analytic(name, texts)).collect(),
            place: &place.site.name,
            controller: &document.controller.name,
            contact: &document.controller.contact,
            purposes: page.purposes(practice).collect(),
            left,
            right,
            foot: vec![
                (&texts.sign.dpo, document.controller.dpo_contact.clone()),
                (&texts.sign.legal_basis, document.legal.instrument.clone()),
                (&texts.sign.more, page.notice.layer2_url.clone()),
            ],
            made_from: page.made_from(),
        }
    }

    /// The same as `sign.css` sets it; its sizes are repeated here.
    fn rows(&self) -> Vec<Row<'_>> {
        let block = |text, size_em, bold, line, below_em| Block { text, size_em, bold, line, below_em };
        let mut rows: Vec<Row<'_>> = Vec::new();
        rows.extend(self.draft.iter().map(|draft| vec![whole(vec![block(draft, 1.1, true, 1.28, 2.0)])]));
        let mut head = vec![block(&self.texts.cameras_here, 4.0, true, 1.05, 0.7)];
        head.extend(self.computed.iter().map(|line| block(line, 2.3, true, 1.2, 0.0)));
        head.push(block(self.place, 1.6, false, 1.28, 0.7 + GAP_EM));
        rows.push(vec![Column { width_rem: 28.8, fixed_rem: 0.0, blocks: head }, pictogram()]);
        rows.push(vec![whole(vec![
            block(&self.texts.controller, 0.86, false, 1.28, 1.4),
            block(self.controller, 1.9, true, 1.28, 0.0),
            block(self.contact, 1.3, false, 1.28, GAP_EM),
        ])]);
        let mut purpose = vec![block(&self.texts.purpose, 0.95, true, 1.28, 0.3 + GAP_EM)];
        purpose.extend(self.purposes.iter().map(|text| block(text, 1.65, false, 1.25, 0.6)));
        rows.push(vec![whole(purpose)]);
        rows.push(vec![side(&self.left), side(&self.right)]);
        let mut foot: Vec<Block<'_>> = Vec::new();
        for (label, text) in &self.foot {
            foot.push(block(label, 0.86, false, 1.28, 0.0));
            foot.push(block(text, 1.0, false, 1.28, 0.45));
        }
        foot.push(block(&self.made_from, 0.78, false, 1.28, 1.5 + GAP_EM));
        let scan = block(&self.texts.scan, 1.0, true, 1.28, 1.5);
        rows.push(vec![
            Column { width_rem: 31.8, fixed_rem: 0.2, blocks: foot },
            Column { width_rem: 11.0, fixed_rem: 11.2, blocks: vec![scan] },
        ]);
        rows
    }

    fn markup(&self, code: Option<Markup>) -> Markup {
        let list = |class, lines: &[String]| Markup::list(class, lines.iter().map(|line| Markup::text(line)));
        let draft = self.draft.iter().map(|draft| Markup::line("p", "draft", draft)).collect::<Markup>();
        let words = Markup::line("h1", "", &self.texts.cameras_here)
            .then(list("computed", &self.computed))
            .then(Markup::line("p", "place", self.place));
        let icon = Markup::element("div", "pictogram", Markup::literal(PICTOGRAM));
        let controller = Markup::line("p", "label", &self.texts.controller)
            .then(Markup::line("p", "name", self.controller))
            .then(Markup::line("p", "contact", self.contact));
        let purposes = self.purposes.iter().map(|text| Markup::line("p", "", text)).collect();
        let parts = |parts: &[Part<'_>]| {
            let parts = parts.iter().map(|part| section("", part.title, list(part.class, &part.lines)));
            Markup::element("div", "", parts.collect())
        };
        let labelled = self
            .foot
            .iter()
            .map(|(label, text)| Markup::line("p", "label", label).then(Markup::line("p", "", text)));
        let made_from = Markup::line("p", "made", &self.made_from);
        let scan = code.map(|code| code.then(Markup::line("p", "", &self.texts.scan))).unwrap_or_default();
        let foot = Markup::element("div", "", labelled.collect::<Markup>().then(made_from))
            .then(Markup::element("div", "scan", scan));
        draft
            .then(Markup::element("header", "", icon.then(Markup::element("div", "", words))))
            .then(Markup::element("div", "controller", controller))
            .then(section("purpose", &self.texts.purpose, purposes))
            .then(Markup::element("div", "columns", parts(&self.left).then(parts(&self.right))))
            .then(Markup::element("footer", "", foot))
    }
}

/// Space between the parts of the sheet, em.
const GAP_EM: f64 = 1.2;

fn pictogram() -> Column<'static> {
    let below = Block { text: "", size_em: 0.0, bold: false, line: 0.0, below_em: GAP_EM };
    Column { width_rem: 14.0, fixed_rem: 14.0, blocks: vec![below] }
}

/// One of the two columns in the middle.
fn side<'c>(parts: &'c [Part<'_>]) -> Column<'c> {
    let mut blocks = Vec::new();
    for part in parts {
        blocks.push(Block { text: part.title, size_em: 0.95, bold: true, line: 1.28, below_em: 1.4 });
        let denied = part.class == "never";
        let size_em = if denied { 1.1 } else { 1.0 };
        let line = |text| Block { text, size_em, bold: denied, line: 1.28, below_em: 0.28 };
        blocks.extend(part.lines.iter().map(|text| line(text.as_str())));
    }
    // The marks before the lines take 1.25 em of 21.3 rem.
    Column { width_rem: 19.8, fixed_rem: 0.0, blocks }
}

/// What has the greatest impact: pictures, others who are told, who decides.
fn impact(page: &Page<'_>, practice: &Practice<'_>) -> Vec<String> {
    let texts = page.texts;
    let mut lines: Vec<String> = words::pictures(practice, texts).into_iter().map(str::to_owned).collect();
    let enforced = enforced(&["people_covered", "human_decides"], practice, texts);
    lines.extend(enforced.into_iter().map(str::to_owned));
    let seen_by = page.seen_by(practice);
    if !seen_by.is_empty() {
        lines.push(fill(&texts.picture.seen_by, &[("names", &seen_by.join(", "))]));
    }
    let others = page.told_others(practice);
    if !others.is_empty() {
        lines.push(fill(&texts.sign.others, &[("names", &others.join(", "))]));
    }
    lines
}

fn rights(page: &Page<'_>) -> Vec<String> {
    let notice = &page.texts.notice;
    let mut lines =
        vec![notice.right_access.clone(), notice.right_rectification.clone(), notice.right_erasure.clone()];
    if page.regime() == Regime::Gdpr {
        lines.push(notice.right_objection.clone());
    }
    let authority = page.document.rights.as_ref().map(|rights| rights.complaint_authority.trim());
    if let Some(authority) = authority.filter(|authority| !authority.is_empty()) {
        lines.push(format!("{}: {authority}", notice.complaint));
    }
    lines
}

fn section(class: &'static str, title: &str, inside: Markup) -> Markup {
    Markup::element("section", class, Markup::line("h2", "", title).then(inside))
}
