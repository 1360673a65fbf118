//! `velum policy verify`: whether enough approvers signed, by itself or as what follows another one, and what the officer says.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use velum_policy::succession::{officer, succeed};
use velum_policy::{Opinion, PolicyFile, PublicKey, SignedOpinion, SignedPolicy, TrustRoot};

use super::{FOUND_ERRORS, lint, public_key, text_of};

/// Runs `velum policy verify`.
pub(super) fn run(
    path: &Path,
    approvers: &[String],
    trust: Option<&Path>,
    (opinion, after): (Option<&Path>, Option<&Path>),
) -> anyhow::Result<ExitCode> {
    let trust = trust_of(approvers, trust)?;
    let signed = |path: &Path| anyhow::Ok(SignedPolicy::parse(&text_of(path)?, &path.display().to_string())?);
    // It was judged once, as what followed another one: by its approvers, or one of them.
    let before = after.map(|path| anyhow::Ok(signed(path)?.verify_alone(&trust)?)).transpose()?;
    let verified = match &before {
        None => signed(path)?.verify(&trust)?,
        Some(before) => {
            let given =
                |path: &Path| anyhow::Ok(SignedOpinion::parse(&text_of(path)?, &path.display().to_string())?);
            let opinion = opinion.map(given).transpose()?;
            succeed(Some(before), &signed(path)?, opinion.as_ref(), &trust)?.policy
        }
    };
    let resolved = verified.resolved();
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{}: policy `{}` {}",
        path.display(),
        crate::screen::harmless(&resolved.id),
        resolved.version
    )?;
    for signer in verified.signers() {
        writeln!(stdout, "signed by {signer}")?;
    }
    writeln!(stdout, "sha256:{}", hex::encode(verified.digest()))?;
    if let Some(opinion) = opinion {
        // Of a change the officer before has a say, and not one whom it names.
        let key = match &before {
            None => named(verified.file(), trust.dpo())?,
            Some(before) => {
                officer(before, &trust).context("the policy before names no change_control.dpo_key")?
            }
        };
        writeln!(stdout, "{}", said_of(verified.file(), opinion, &key)?)?;
    }
    let findings = verified.file().lint(Some(jiff::Timestamp::now()));
    lint::show(&mut stdout, &path.display().to_string(), &findings)?;
    Ok(if findings.has_errors() { ExitCode::from(FOUND_ERRORS) } else { ExitCode::SUCCESS })
}

/// Whose signatures count: those of a file, or of these keys.
pub(super) fn trust_of(approvers: &[String], trust: Option<&Path>) -> anyhow::Result<TrustRoot> {
    if let Some(trust) = trust {
        return Ok(TrustRoot::parse(&text_of(trust)?, &trust.display().to_string())?);
    }
    let keys = approvers.iter().map(|text| public_key(text)).collect::<Result<_, _>>()?;
    Ok(TrustRoot::new(keys, 2, None)?)
}

/// The officer whom the policy names. Where the officer's key is pinned, it must name that one.
fn named(file: &PolicyFile, pinned: Option<PublicKey>) -> anyhow::Result<PublicKey> {
    let Some(key) = file.document().change_control.dpo_key.as_deref() else {
        bail!("the policy names no change_control.dpo_key: whose opinion that is cannot be known");
    };
    let key = PublicKey::parse(key)?;
    if let Some(pinned) = pinned.filter(|pinned| *pinned != key) {
        bail!(
            "the policy names {key} as the officer's key, and {pinned} is pinned: ask the officer which is right"
        );
    }
    Ok(key)
}

/// What the officer says of it.
fn said_of(file: &PolicyFile, path: &Path, key: &PublicKey) -> anyhow::Result<String> {
    let signed = SignedOpinion::parse(&text_of(path)?, &path.display().to_string())?;
    let Opinion { advice, text, given, .. } = signed.verify(file, key)?;
    let [text, given] = [text, given].map(|said| crate::screen::harmless(&said));
    Ok(format!("the data protection officer, {given}: {advice}: {text}"))
}
