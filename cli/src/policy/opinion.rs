//! `velum policy opinion`: what the data protection officer says of a policy, signed.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use velum_policy::{Advice, SignedOpinion, SigningKey};

use super::{read, write_whole};

/// On what, and what it says.
#[derive(Debug, Args)]
pub(crate) struct OpinionArgs {
    /// The policy (TOML), or a signed one (JSON). The opinion holds for this file, byte for byte, and for no other.
    file: PathBuf,
    /// The officer's private key, as `keygen` wrote it.
    #[arg(long)]
    key: PathBuf,
    /// `favourable`, `favourable-with-conditions` or `unfavourable`.
    #[arg(long, value_parser = advice)]
    advice: Advice,
    /// Why, and under which conditions; a longer document can be named.
    #[arg(long)]
    text: String,
    /// Where to write it.
    #[arg(long, value_name = "FILE.opinion.json")]
    out: Option<PathBuf>,
}

fn advice(text: &str) -> Result<Advice, String> {
    let names = || Advice::ALL.iter().map(|advice| advice.name()).collect::<Vec<_>>().join("`, `");
    let found = Advice::ALL.iter().find(|advice| advice.name() == text).copied();
    found.ok_or_else(|| format!("expected `{}`", names()))
}

pub(super) fn run(args: &OpinionArgs) -> anyhow::Result<ExitCode> {
    let file = read(&args.file)?.file()?;
    let out = args.out.clone().unwrap_or_else(|| args.file.with_extension("").with_extension("opinion.json"));
    if out.exists() {
        bail!("{}: there is one already; choose another --out, or move it away", out.display());
    }
    let key = SigningKey::load(&args.key)?;
    let opinion = SignedOpinion::give(&file, (args.advice, &args.text), jiff::Timestamp::now(), &key)?;
    write_whole(&out, &opinion.to_json())?;
    let identity = &file.document().policy;
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{}: {} on `{}` {}",
        out.display(),
        args.advice,
        crate::screen::harmless(&identity.id),
        identity.version
    )?;
    if file.document().change_control.dpo_key.as_deref() != Some(key.public().to_string().as_str()) {
        writeln!(stdout, "note: the policy does not name this key as change_control.dpo_key")?;
    }
    Ok(ExitCode::SUCCESS)
}
