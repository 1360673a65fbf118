//! `velum policy notice`: the sign at the place, and the page that it leads to, drawn from the policy.
//!
//! Both say only what the policy says. What is *not* done is said only where the policy enforces it
//! ([`claims`]), and no page says that the law is complied with.

mod claims;
mod fit;
mod known;
mod layer2;
mod practice;
mod qr;
mod sign;
mod texts;
mod words;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail, ensure};
use clap::Args;
use jiff::Timestamp;
use velum_policy::PolicyFile;
use velum_policy::layers::Egress;
use velum_policy::sections::{Document, Notice, Recipient, RecipientRegime, Regime, Status};

use crate::policy::html::Markup;
use crate::screen;
use practice::Practice;
use sign::Paper;
use texts::{LANGUAGES, Texts, fill};

/// What to draw, for whom.
#[derive(Debug, Args)]
pub(crate) struct NoticeArgs {
    /// The policy (TOML), or a signed one (JSON).
    file: PathBuf,
    /// The folder to write to; made if it does not exist. Pages of an earlier run are replaced.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Only this language, for example `nl`; else all of `notice.languages`.
    #[arg(long, value_name = "CODE")]
    lang: Option<String>,
    /// Only the sign of this site.
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// The paper of the signs.
    #[arg(long, value_enum, default_value = "a4")]
    paper: Paper,
    /// Judge the dates as on this day, for example 2026-12-01; today if left out.
    #[arg(long, value_name = "DATE", value_parser = super::moment)]
    at: Option<Timestamp>,
}

/// Draws the pages and says where they are.
pub(crate) fn run(args: &NoticeArgs) -> anyhow::Result<ExitCode> {
    let file = super::read(&args.file)?.file()?;
    let at = args.at.unwrap_or_else(Timestamp::now);
    let pages = draw(&file, args.lang.as_deref(), args.site.as_deref(), args.paper, at)?;
    std::fs::create_dir_all(&args.out).with_context(|| args.out.display().to_string())?;
    for (name, page) in &pages {
        let path = args.out.join(name);
        super::write_whole(&path, page)?;
        screen::say(&path.display().to_string())?;
    }
    remarks(&file, at)?;
    Ok(ExitCode::SUCCESS)
}

/// What whoever prints the pages should know.
fn remarks(file: &PolicyFile, at: Timestamp) -> anyhow::Result<()> {
    let document = file.document();
    if let Some(reason) = draft(file, at) {
        screen::remark(&format!("note: the pages are marked as a draft: {reason}"))?;
    }
    for (unmet, denials) in dropped(document) {
        screen::remark(&format!("note: not said on every page, as it is not so that {unmet}:"))?;
        for denial in denials {
            screen::remark(&format!("  {denial}"))?;
        }
    }
    if document.policy.country == "BE" && document.policy.regime == Regime::Led {
        screen::remark(
            "note: Belgium prescribes the pictogram of police cameras (Royal Decree of 22 May 2019, V): put it in \
             place of the drawn one",
        )?;
    }
    screen::remark(
        "note: have native speakers read the pages before they are printed; open them in a browser to print",
    )?;
    Ok(())
}

/// The denials that are not enforced everywhere, under the first condition of each that does not hold.
fn dropped(document: &Document) -> BTreeMap<String, Vec<String>> {
    let mut dropped: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (denial, unmet) in
        claims_unmet(document).into_iter().filter(|(claim, _)| !claim.starts_with("people_covered"))
    {
        dropped.entry(unmet).or_default().push(denial);
    }
    dropped
}

/// Why these pages are for no policy in force; none where it is, or will be.
fn draft(file: &PolicyFile, at: Timestamp) -> Option<String> {
    let errors = file.lint(Some(at)).errors().len();
    if errors > 0 {
        let path = file.path();
        return Some(format!("errors that `velum policy lint {path}` names: {errors}"));
    }
    let status = file.document().policy.status;
    (status != Status::Active).then(|| format!("policy.status is `{status}`"))
}

/// Every page by the name of its file.
fn draw(
    file: &PolicyFile,
    language: Option<&str>,
    site: Option<&str>,
    paper: Paper,
    at: Timestamp,
) -> anyhow::Result<Vec<(String, String)>> {
    let document = file.document();
    let notice = document.notice.as_ref().context(
        "notice: expected where the notice is published, found no table `[notice]`; add it with \
         `layer2_url = \"https://city.example/cameras\"`, as in policy/examples/",
    )?;
    let sites = sites(document, site)?;
    let draft = draft(file, at);
    let mut pages = Vec::new();
    for language in languages(document, notice, language)? {
        let texts = texts_of(document, language)?;
        let page = Page { document, notice, texts: &texts, language, draft: draft.as_deref() };
        for (id, practice) in &sites {
            pages.push((format!("sign-{id}-{language}.html"), sign::page(&page, practice, paper)?));
        }
        let everywhere = Practice::everywhere(document);
        pages.push((format!("notice-{language}.html"), layer2::page(&page, &everywhere)));
    }
    Ok(pages)
}

/// The languages to draw in.
fn languages<'d>(
    document: &'d Document,
    notice: &'d Notice,
    only: Option<&'d str>,
) -> anyhow::Result<Vec<&'d str>> {
    let all = if notice.languages.is_empty() { &document.policy.languages } else { &notice.languages };
    let all: Vec<&str> = only.map_or_else(|| all.iter().map(String::as_str).collect(), |one| vec![one]);
    ensure!(
        !all.is_empty(),
        "notice.languages: expected a language, found none; write for example `languages = [\"en\"]`"
    );
    Ok(all)
}

/// The texts of a language, where the policy has its purposes in it, too.
fn texts_of(document: &Document, language: &str) -> anyhow::Result<Texts> {
    let known = LANGUAGES.map(|(code, _)| code).join(", ");
    let texts = Texts::of(language).with_context(|| {
        format!(
            "notice.languages: expected languages that there are texts for ({known}), found `{language}`; delete it, \
             or choose with `--lang`"
        )
    })?;
    for (n, purpose) in document.purpose.iter().enumerate() {
        if purpose.text.get(language).is_none_or(|text| text.trim().is_empty()) {
            bail!(
                "purpose[{n}].text: expected the purpose `{}` in `{language}`, found it in {}; add \
                 `text.{language} = \"...\"`, or choose another language with `--lang`",
                purpose.id,
                purpose.text.keys().cloned().collect::<Vec<_>>().join(", ")
            );
        }
    }
    Ok(texts)
}

/// The sites to draw signs for.
fn sites<'d>(document: &'d Document, only: Option<&str>) -> anyhow::Result<Vec<(&'d str, Practice<'d>)>> {
    let known: Vec<&str> = document.site.keys().map(String::as_str).collect();
    if let Some(site) = only.filter(|site| !known.contains(site)) {
        bail!("--site: expected a site of the policy ({}), found `{site}`", known.join(", "));
    }
    let chosen = known.into_iter().filter(|id| only.is_none_or(|only| only == *id));
    chosen
        .map(|id| {
            ensure!(
                is_file_name(id),
                "site.{id}: a site that gets a sign has a name of the characters a-z, A-Z, 0-9, `-` and `_`, as its \
                 files are named for it; rename it"
            );
            let practice = Practice::at(document, id).with_context(|| format!("site.{id}: there is no such site"))?;
            Ok((id, practice))
        })
        .collect()
}

/// The name of a site comes from the policy, and must not lead out of the folder.
fn is_file_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// In English, what the policy enforces everywhere that signs may deny.
pub(crate) fn claims_enforced(document: &Document) -> Vec<String> {
    let practice = Practice::everywhere(document);
    let texts = Texts::of("en");
    let sentences = claims::CLAIMS.iter().filter_map(|claim| claim.sentence(&practice, texts.as_ref()?));
    sentences.map(str::to_owned).collect()
}

/// What the policy does not enforce, in English and by the name of the claim, with the first condition that fails.
pub(crate) fn claims_unmet(document: &Document) -> Vec<(String, String)> {
    let practice = Practice::everywhere(document);
    let texts = Texts::of("en");
    let unmet = |claim: &claims::Claim| {
        let said = texts.as_ref().map_or("", |texts| claim.words(texts));
        Some((format!("{} (\"{said}\")", claim.id), claim.unmet(&practice).into_iter().next()?))
    };
    claims::CLAIMS.iter().filter_map(unmet).collect()
}

/// What all pages of one language share.
pub(crate) struct Page<'p> {
    document: &'p Document,
    notice: &'p Notice,
    texts: &'p Texts,
    language: &'p str,
    draft: Option<&'p str>,
}

impl Page<'_> {
    fn regime(&self) -> Regime {
        self.document.policy.regime
    }

    /// The purposes that are followed here, in the language of the page.
    fn purposes<'s>(&'s self, practice: &Practice<'s>) -> impl Iterator<Item = &'s str> {
        let here = practice.purposes();
        let purposes = self.document.purpose.iter().filter(move |purpose| here.contains(purpose.id.as_str()));
        purposes.filter_map(|purpose| purpose.text.get(self.language)).map(String::as_str)
    }

    /// Who else than the controller is told of events here, other than how the cameras are.
    fn told_others(&self, practice: &Practice<'_>) -> Vec<String> {
        let told: Vec<_> = practice.events().into_iter().filter(|event| !words::is_health(event)).collect();
        let others = self.document.recipient.iter().filter(|one| {
            one.organisation != self.document.controller.name
                && told.iter().any(|event| one.events.contains(&event.class))
        });
        self.names(others)
    }

    /// Who may see pictures of here, be it the controller itself; nobody where none may leave.
    fn seen_by(&self, practice: &Practice<'_>) -> Vec<String> {
        let pictures = practice.egress() != Egress::None;
        self.names(self.document.recipient.iter().filter(|one| pictures && one.imagery))
    }

    fn names<'r>(&self, recipients: impl Iterator<Item = &'r Recipient>) -> Vec<String> {
        let name = |one: &Recipient| match one.regime {
            RecipientRegime::Public => self.texts.notice.public.clone(),
            RecipientRegime::Gdpr | RecipientRegime::Led => one.organisation.clone(),
        };
        let names: BTreeSet<String> = recipients.map(name).collect();
        names.into_iter().collect()
    }

    /// Which policy the page was drawn from.
    fn made_from(&self) -> String {
        let policy = &self.document.policy;
        let (version, from, until) =
            (policy.version.to_string(), policy.effective_from.to_string(), policy.expires.to_string());
        let values = [
            ("id", policy.id.as_str()),
            ("version", &version),
            ("from", layer2::day(&from)),
            ("until", layer2::day(&until)),
        ];
        fill(&self.texts.notice.made_from, &values)
    }

    /// That no policy is in force for the page, where that is so.
    fn draft_words(&self) -> Option<String> {
        self.draft.map(|reason| format!("{} ({reason})", self.texts.sign.draft))
    }

    /// The same, across the page.
    fn banner(&self) -> Markup {
        self.draft_words().map(|words| Markup::line("p", "draft", &words)).unwrap_or_default()
    }
}
