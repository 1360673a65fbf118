//! `velum policy packs`: the country packs that hold, and files of them that are given beside the built-in ones.

mod list;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use velum_policy::pack::{CountryPacks, Packs, SignedPacks};
use velum_policy::{PolicyError, SigningKey};

use super::diff::Format;
use super::lint::DOES_NOT_PARSE;
use super::verify::trust_of;
use super::{refuse_over, text_of, write_whole};
use crate::screen::{harmless, remark, say};

/// National ceilings and gates, each with its law and how well that was checked: show, sign and verify them.
///
/// The packs of this program always hold. A file that two approvers signed may be given beside them, to boxes and hub as
/// `[policy] packs`: it can add and tighten. What it allows beyond the built-in ones changes nothing. Not legal advice.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  velum policy packs show
  velum policy packs show decrees.toml --country BE
  velum policy packs sign decrees.toml --key ciso.key --out decrees.signed.json
  velum policy packs verify decrees.signed.json --trust approvers.toml
Exit code: 0, 2 the signatures do not suffice, 3 the file does not parse, 1 anything else.")]
pub(crate) struct PacksArgs {
    #[command(subcommand)]
    command: PacksCommand,
}

#[derive(Debug, Subcommand)]
enum PacksCommand {
    /// Print every entry with its law, its mark (V read in a source, K known, U counsel must check) and its origin.
    Show {
        /// A file (TOML, or signed JSON) that is given beside the built-in packs.
        file: Option<PathBuf>,
        /// Only of this country, for example BE.
        #[arg(long, value_name = "CODE")]
        country: Option<String>,
        /// Text for people, or JSON for programs.
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Sign a file of packs, one approver after the other with the same --out; policy/packs/ has an example.
    Sign {
        /// The packs (TOML), or a file that was signed before (JSON).
        file: PathBuf,
        /// The approver's private key, as `velum policy keygen` wrote it.
        #[arg(long)]
        key: PathBuf,
        /// Where to write the signed packs; if it exists and holds the same packs, the signature is added.
        #[arg(long, value_name = "FILE.signed.json")]
        out: Option<PathBuf>,
    },
    /// Verify that enough approvers signed, as boxes and hub do; with --after, that they may follow older ones.
    Verify {
        /// The signed packs.
        file: PathBuf,
        /// An approver's public key, `ed25519:...`, or the file ROLE.pub; give it once for each approver.
        #[arg(long, value_name = "KEY", required_unless_present = "trust", conflicts_with = "trust")]
        approver: Vec<String>,
        /// A file with `quorum = 2` and `approvers = ["ed25519:...", "ed25519:..."]`.
        #[arg(long, value_name = "approvers.toml")]
        trust: Option<PathBuf>,
        /// The signed packs that were accepted before.
        #[arg(long, value_name = "FILE.signed.json")]
        after: Option<PathBuf>,
    },
}

/// Runs one of the subcommands.
pub(crate) fn run(args: &PacksArgs) -> anyhow::Result<ExitCode> {
    let done = match &args.command {
        PacksCommand::Show { file, country, format } => show(file.as_deref(), country.as_deref(), *format),
        PacksCommand::Sign { file, key, out } => sign(file, key, out.as_deref()),
        PacksCommand::Verify { file, approver, trust, after } => {
            verify(file, (approver, trust.as_deref()), after.as_deref())
        }
    };
    match done {
        Err(error) if matches!(error.downcast_ref(), Some(PolicyError::Packs { .. })) => {
            remark(&harmless(&format!("{error}")))?;
            Ok(ExitCode::from(DOES_NOT_PARSE))
        }
        done => done,
    }
}

/// The built-in packs and, if one is named, that file. Its signatures are not looked at: `verify` does that.
pub(super) fn with(file: Option<&Path>) -> anyhow::Result<Packs> {
    let built_in = Packs::built_in();
    Ok(file.map(given).transpose()?.map_or_else(|| built_in.clone(), |given| built_in.with(given)))
}

fn given(path: &Path) -> anyhow::Result<CountryPacks> {
    Ok(read(path)?.packs()?)
}

/// Packs, signed or not.
fn read(path: &Path) -> anyhow::Result<SignedPacks> {
    let (text, shown) = (text_of(path)?, path.display().to_string());
    if is_signed(path) {
        return Ok(SignedPacks::parse(&text, &shown)?);
    }
    Ok(SignedPacks::unsigned(&text, &shown))
}

fn is_signed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn show(file: Option<&Path>, country: Option<&str>, format: Format) -> anyhow::Result<ExitCode> {
    let packs = with(file)?;
    let entries = list::entries(&packs, country);
    if let (Some(country), true) = (country, entries.is_empty()) {
        bail!(
            "--country: expected a country that the packs know, found `{country}`; without it all are shown"
        );
    }
    say(&match format {
        Format::Json => serde_json::to_string_pretty(&entries)?,
        Format::Text => list::text(&packs, &entries),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn sign(path: &Path, key: &Path, out: Option<&Path>) -> anyhow::Result<ExitCode> {
    let offered = read(path)?;
    let version = offered.packs()?.version;
    let beside = || if is_signed(path) { path.to_owned() } else { path.with_extension("signed.json") };
    let out = out.map_or_else(beside, Path::to_owned);
    if !is_signed(path) {
        refuse_over(&out, path)?;
    }
    let mut signed = match std::fs::read_to_string(&out) {
        Ok(json) => SignedPacks::parse(&json, &out.display().to_string())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => offered.clone(),
        Err(error) => return Err(error).with_context(|| out.display().to_string()),
    };
    if signed.digest() != offered.digest() {
        bail!("{}: holds other packs; choose another --out, or delete it", out.display());
    }
    let key = SigningKey::load(key)?;
    signed.sign(&key);
    write_whole(&out, &signed.to_json())?;
    let (shown, count) = (out.display(), signed.signature_count());
    say(&format!("{shown}: packs {version} signed by {}; signatures: {count}", key.public()))?;
    Ok(ExitCode::SUCCESS)
}

fn verify(
    path: &Path,
    (approvers, trust): (&[String], Option<&Path>),
    after: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let trust = trust_of(approvers, trust)?;
    let open = |path: &Path| -> anyhow::Result<SignedPacks> {
        Ok(SignedPacks::parse(&text_of(path)?, &path.display().to_string())?)
    };
    let before = after.map(|path| anyhow::Ok(open(path)?.verify(&trust)?)).transpose()?;
    let accepted = open(path)?.verify_after(before.as_ref(), &trust)?;
    let mut lines = vec![format!("{}: packs {}", path.display(), accepted.version())];
    lines.extend(accepted.signers().iter().map(|signer| format!("signed by {signer}")));
    lines.push(format!("sha256:{}", accepted.digest()));
    lines.extend(list::without_effect(accepted.packs()));
    say(&harmless_lines(&lines))?;
    Ok(ExitCode::SUCCESS)
}

fn harmless_lines(lines: &[String]) -> String {
    lines.iter().map(|line| harmless(line)).collect::<Vec<_>>().join("\n")
}
