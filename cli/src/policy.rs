//! `velum policy`: keys of approvers, checking, signing and verifying a policy.
//!
//! Exit codes: 0 nothing was found, 1 warnings (and everything else that goes wrong, such as a file that cannot be
//! read), 2 an error was found or the signatures do not suffice, 3 the file does not parse. `diff` and `test` have codes of
//! their own.

mod diff;
mod dpia;
mod eea;
mod explain;
mod html;
mod junit;
mod lint;
mod new;
mod notation;
mod notice;
mod opinion;
mod packs;
mod publish;
mod records;
mod schema;
mod show;
mod test;
mod verify;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use velum_policy::{PolicyError, PublicKey, SignedPolicy, SigningKey};

const FOUND_ERRORS: u8 = 2;

/// Check, sign and verify the policy that says what may leave a box.
///
/// The way of a policy: write it (policy/examples/ has complete files), `lint` it, let two approvers `sign` it
/// with keys that `keygen` made on their own machines, `verify` it, and `publish` it to the hub, which hands it to
/// the boxes; hub and boxes pin the approvers' public keys in their configuration.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Write a policy: asks one thing after the other, and leaves open what nobody can know yet.
    ///
    /// The file is short: what it does not say is forbidden, or the strictest. Then run `lint`,
    /// which names what is open, such as the digest of the impact assessment.
    /// For scripts, --questions prints a file of answers to fill in.
    ///   velum policy new --out policy.toml
    ///   velum policy new --questions > answers.toml
    ///   velum policy new --answers answers.toml --out policy.toml
    #[command(verbatim_doc_comment)]
    New(new::NewArgs),
    /// Make an approver's pair of keys: ROLE.key (private, readable by its owner alone) and ROLE.pub.
    ///
    /// Each approver runs this on a machine of their own, keeps ROLE.key, and hands ROLE.pub over: it goes into
    /// the policy (`change_control.approver`) and into the configuration of each box. The data protection
    /// officer's key goes into `change_control.dpo_key` and never counts as an approval.
    Keygen {
        /// The folder to write to; made if it does not exist.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// The approver's role, for example `process-owner`; it names the files.
        #[arg(long, value_parser = role)]
        role: String,
    },
    /// Hold policies against 115 rules of law and good practice: GDPR, LED, AI Act, EDPB guidelines, national gates.
    ///
    /// Prints each finding with line and column, the article behind it and how to mend it, and the rules that found
    /// nothing. That a policy complies with the law no program can say, and this one does not.
    ///   velum policy lint policy.toml
    ///   velum policy lint city/*.toml --at 2027-01-01 --format sarif > findings.sarif
    /// Exit code: 0 nothing found, 1 warnings, 2 errors (the file cannot be signed), 3 a file does not parse.
    #[command(verbatim_doc_comment)]
    Lint(lint::LintArgs),
    /// Say what a rule of `lint` means: what it flags, why, how to mend it, and an edit that trips it.
    ///
    ///   velum policy explain RET-002
    ///   velum policy explain          lists all rules
    #[command(verbatim_doc_comment)]
    Explain {
        /// The rule, for example RED-002; all of them, a line each, if left out.
        rule: Option<String>,
    },
    /// Say what a box and the hub would do in given cases: events, times, stills, recipients. Before anybody signs.
    ///
    /// Each case has a moment, one thing that is asked, and what must come of it. The gate of the boxes
    /// answers, and the rules of the hub, on simulated time; a draft need not be signed.
    ///   velum policy test --example --policy city.toml > city.cases.toml
    ///   velum policy test city.cases.toml
    ///   velum policy test city.cases.toml --policy city-next.toml    does the next version do it too?
    #[command(verbatim_doc_comment)]
    Test(test::TestArgs),
    /// Sign a policy. A file with errors is not signed; every change to it later breaks the signature.
    ///
    /// Two approvers run this one after the other with the same --out; each adds a signature:
    ///   velum policy sign policy.toml --key process-owner.key --out policy.signed.json
    ///   velum policy sign policy.toml --key ciso.key --out policy.signed.json
    #[command(verbatim_doc_comment)]
    Sign {
        /// The policy (TOML), or one that was signed before (JSON).
        file: PathBuf,
        /// The approver's private key, as `keygen` wrote it.
        #[arg(long)]
        key: PathBuf,
        /// Where to write the signed policy; if it exists and holds the same policy, the signature is added.
        #[arg(long, value_name = "FILE.signed.json")]
        out: Option<PathBuf>,
    },
    /// Verify that enough approvers signed, as a box does before it takes a policy.
    ///
    /// The approvers come from --trust or --approver, never from the policy alone; and the policy must name them.
    Verify {
        /// The signed policy.
        file: PathBuf,
        /// An approver's public key, `ed25519:...`, or the file ROLE.pub; give it once for each approver.
        #[arg(long, value_name = "KEY", required_unless_present = "trust", conflicts_with = "trust")]
        approver: Vec<String>,
        /// A file with `quorum = 2` and `approvers = ["ed25519:...", "ed25519:..."]`.
        #[arg(long, value_name = "approvers.toml")]
        trust: Option<PathBuf>,
        /// The data protection officer's opinion, which is verified too, and shown. It neither approves nor blocks.
        #[arg(long, value_name = "FILE.opinion.json")]
        opinion: Option<PathBuf>,
        /// The signed policy before it: judges this one as what follows it, as hub and boxes do: by one approver where it only
        /// tightens, by quorum, --opinion and waiting time where anything is less private.
        #[arg(long, value_name = "OLD.signed.json")]
        after: Option<PathBuf>,
    },
    /// Write the data protection officer's opinion on a policy, signed; an advice and never an approval.
    ///
    /// It is a file of its own, bound to this one policy by its digest, and verified with `verify --opinion`.
    ///   velum policy opinion city.toml --key dpo.key --advice favourable-with-conditions --text "mask 3 first"
    #[command(verbatim_doc_comment)]
    Opinion(opinion::OpinionArgs),
    /// Publish a signed policy: the hub hands it to its boxes, and each says what became of it.
    ///
    /// Hub and boxes believe the approvers' keys that they pin, not whoever publishes. A change must be one that may
    /// follow what they have (`velum policy diff`); what is less private needs the officer's opinion. Each box keeps
    /// the policy that it has when it refuses the new one.
    ///   velum policy publish policy.signed.json
    ///   velum policy publish policy.signed.json --opinion policy.opinion.json
    ///   velum policy publish policy.signed.json --check       only says what would become of it
    /// Exit code: 0 published, and every box that is connected took it; 1 not published, or a box did not take it.
    #[command(verbatim_doc_comment)]
    Publish(publish::PublishArgs),
    /// Say which policies are published on the hub, and which one each box really runs.
    ///
    ///   velum policy status
    ///   velum policy status --json
    /// Exit code: 0 every box runs what the hub holds for it; 1 one does not.
    #[command(verbatim_doc_comment)]
    Status(publish::StatusArgs),
    Diff(diff::DiffArgs),
    Show(show::ShowArgs),
    Packs(packs::PacksArgs),
    /// Print the JSON Schema of a policy, for editors that complete keys and mark mistakes while one writes.
    ///
    /// What no schema can say, such as that a site may only tighten its city, `lint` does.
    #[command(after_help = "\
Example:
  velum policy schema > policy.schema.json
and as the first line of the policy, for Taplo and the editors that use it:
  #:schema ./policy.schema.json")]
    Schema,
    /// Draw the sign for each site, and the notice that its QR code leads to, as pages to print and to publish.
    ///
    /// Both are drawn from the policy alone. What is not done ("no faces are recognised") is said
    /// only where the policy enforces it. Signs are A4 or A3 pages: open them in a browser and print.
    ///   velum policy notice policy.toml --out signs
    ///   velum policy notice policy.toml --out signs --lang nl --site marktplein --paper a3
    #[command(verbatim_doc_comment)]
    Notice(notice::NoticeArgs),
    /// Write the record of processing: GDPR 30(1)(a)-(g) or LED 24(1)(a)-(i), by the policy's regime.
    ///
    /// Every entry names the key of the policy that says it; what the policy does not say is listed
    /// as missing.
    ///   velum policy records policy.toml
    ///   velum policy records policy.toml --format html --out record.html
    #[command(verbatim_doc_comment)]
    Records(records::RecordsArgs),
    /// Write the annex to an impact assessment, in the order of GDPR 35(7): facts of the policy, figures of reports.
    ///
    /// Figures come from reports of `velum-edge eval` only; what is in none of them is "not measured".
    /// Necessity, risks and the conclusion are left to people.
    ///   velum policy dpia policy.toml --report eval/report.json --out annex.html
    #[command(verbatim_doc_comment)]
    Dpia(dpia::DpiaArgs),
}

/// Runs one of the subcommands.
pub(crate) fn run(args: PolicyArgs) -> anyhow::Result<ExitCode> {
    let done = match args.command {
        PolicyCommand::Keygen { out, role } => keygen(&out, &role),
        PolicyCommand::Lint(args) => lint::run(&args),
        PolicyCommand::Test(args) => test::run(&args),
        PolicyCommand::Explain { rule } => explain::run(rule.as_deref()),
        PolicyCommand::Sign { file, key, out } => sign(&file, &key, out),
        PolicyCommand::Verify { file, approver, trust, opinion, after } => {
            verify::run(&file, &approver, trust.as_deref(), (opinion.as_deref(), after.as_deref()))
        }
        PolicyCommand::Opinion(args) => opinion::run(&args),
        PolicyCommand::Publish(args) => crate::runtime().and_then(|on| on.block_on(publish::run(args))),
        PolicyCommand::Status(args) => crate::runtime().and_then(|on| on.block_on(publish::status(args))),
        PolicyCommand::Diff(args) => diff::run(&args),
        PolicyCommand::Show(args) => show::run(&args),
        PolicyCommand::Packs(args) => packs::run(&args),
        PolicyCommand::Schema => schema::run(),
        PolicyCommand::New(args) => new::run(&args),
        PolicyCommand::Notice(args) => notice::run(&args),
        PolicyCommand::Records(args) => records::run(&args),
        PolicyCommand::Dpia(args) => dpia::run(&args),
    };
    match done {
        Ok(code) => Ok(code),
        Err(error) => match error.downcast_ref::<PolicyError>() {
            Some(
                refused @ (PolicyError::Refused(_) | PolicyError::Quorum { .. } | PolicyError::Change { .. }),
            ) => {
                writeln!(std::io::stderr(), "{refused}")?;
                Ok(ExitCode::from(FOUND_ERRORS))
            }
            _ => Err(error),
        },
    }
}

fn role(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
        return Err("a role has the characters a-z, 0-9 and `-`, for example `process-owner`".to_owned());
    }
    Ok(text.to_owned())
}

fn moment(text: &str) -> Result<jiff::Timestamp, String> {
    let day =
        || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let moment = text.parse().ok().or_else(day);
    moment.ok_or_else(|| "expected a date, for example 2026-12-01 or 2026-12-01T12:00:00Z".to_owned())
}

fn keygen(out: &Path, role: &str) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    let (private, public) = (out.join(format!("{role}.key")), out.join(format!("{role}.pub")));
    if private.exists() {
        bail!(
            "{}: a key is there already; choose another --role or --out, or move it away",
            private.display()
        );
    }
    let key = SigningKey::generate()?;
    key.save(&private)?;
    std::fs::write(&public, format!("{}\n", key.public())).with_context(|| public.display().to_string())?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", key.public())?;
    writeln!(stdout, "private key: {} (keep it; it never leaves this machine)", private.display())?;
    writeln!(stdout, "public key:  {} (for the policy and for each box)", public.display())?;
    Ok(ExitCode::SUCCESS)
}

fn sign(path: &Path, key: &Path, out: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let given = read(path)?;
    let file = given.file()?;
    let findings = file.lint(Some(jiff::Timestamp::now()));
    if findings.has_errors() {
        return Err(PolicyError::Refused(findings.errors()).into());
    }
    let already = path.extension().is_some_and(|extension| extension == "json");
    let beside = || if already { path.to_owned() } else { path.with_extension("signed.json") };
    let out = out.unwrap_or_else(beside);
    let mut signed = match std::fs::read_to_string(&out) {
        Ok(json) => {
            let before = SignedPolicy::parse(&json, &out.display().to_string())?;
            if !before.holds(file.text()) {
                bail!("{}: holds another policy; choose another --out, or delete it", out.display());
            }
            before
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => given,
        Err(error) => return Err(error).with_context(|| out.display().to_string()),
    };
    let key = SigningKey::load(key)?;
    signed.sign(&key);
    write_whole(&out, &signed.to_json())?;
    let mut stdout = std::io::stdout();
    writeln!(
        stdout,
        "{}: signed by {}; signatures: {}",
        out.display(),
        key.public(),
        signed.signature_count()
    )?;
    if !file.document().change_control.approver.iter().any(|one| one.key == key.public().to_string()) {
        writeln!(
            stdout,
            "note: the policy does not name this key under change_control.approver: it will not count"
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A key itself, or the file that it stands in.
pub(crate) fn public_key(text: &str) -> anyhow::Result<PublicKey> {
    if text.starts_with("ed25519:") {
        return Ok(PublicKey::parse(text)?);
    }
    Ok(PublicKey::parse(&text_of(Path::new(text))?)?)
}

/// A policy, signed or not.
fn read(path: &Path) -> anyhow::Result<SignedPolicy> {
    let text = text_of(path)?;
    let shown = path.display().to_string();
    if path.extension().is_some_and(|extension| extension == "json") {
        return Ok(SignedPolicy::parse(&text, &shown)?);
    }
    Ok(SignedPolicy::unsigned(&text, &shown))
}

fn text_of(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}

/// Nothing is written over what it is made of.
fn refuse_over(out: &Path, made_of: &Path) -> anyhow::Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    if real(out).is_some_and(|out| Some(out) == real(made_of)) {
        bail!("{}: that is what it is made of; choose another --out", out.display());
    }
    Ok(())
}

/// Writes beside the file and then puts it in its place, so that no half-written file is ever seen.
fn write_whole(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".unfinished");
    let beside = PathBuf::from(beside);
    std::fs::write(&beside, text).with_context(|| beside.display().to_string())?;
    std::fs::rename(&beside, path).with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn run_line(line: &[&str]) -> anyhow::Result<ExitCode> {
        #[derive(Debug, clap::Parser)]
        struct Line {
            #[command(flatten)]
            policy: PolicyArgs,
        }
        let words = ["policy"].iter().chain(line);
        run(<Line as clap::Parser>::try_parse_from(words)?.policy)
    }

    pub(super) fn check(line: &[&str], expected: u8) {
        let code = run_line(line).unwrap_or_else(|error| panic!("{line:?}: {error:#}"));
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::from(expected)), "{line:?}");
    }

    pub(super) fn example(name: &str) -> String {
        format!("{}/../policy/examples/{name}", env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn lint_tells_warnings_errors_and_what_does_not_parse_apart() {
        let at = ["--at", "2026-12-01"];
        check(&["lint", &example("gdpr-market-square.toml"), at[0], at[1]], 0);
        check(&["lint", &example("led-tram-hub.toml"), at[0], "2026-12-01T12:00:00Z"], 0);
        check(&["lint", &example("led-tram-hub.toml"), at[0], "2028-01-01"], FOUND_ERRORS);
        check(&["lint", &example("refused/site-loosens.toml"), at[0], at[1]], FOUND_ERRORS);
        check(&["lint", &example("refused/blur.toml"), at[0], at[1]], lint::DOES_NOT_PARSE);
        let both = [example("refused/blur.toml"), example("gdpr-market-square.toml")];
        for format in ["text", "json", "sarif", "junit"] {
            let line = ["lint", &both[0], &both[1], at[0], at[1], "--format", format];
            check(&line, lint::DOES_NOT_PARSE);
        }
        assert!(run_line(&["lint", "/nowhere/policy.toml"]).is_err());
        assert!(run_line(&["lint", "policy.toml", "--at", "tomorrow"]).is_err());
    }

    #[test]
    fn two_approvers_sign_one_after_the_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let mut public = Vec::new();
        for role in ["process-owner", "ciso", "dpo"] {
            check(&["keygen", "--out", &path("keys"), "--role", role], 0);
            let text = std::fs::read_to_string(path(&format!("keys/{role}.pub"))).unwrap();
            public.push(text.trim().to_owned());
        }
        assert!(
            run_line(&["keygen", "--out", &path("keys"), "--role", "dpo"]).is_err(),
            "no key is overwritten"
        );
        let day = |days: i64| {
            let moment = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days);
            moment.strftime("%Y-%m-%dT00:00:00Z").to_string()
        };
        let text = std::fs::read_to_string(example("demo-policy.toml.in")).unwrap();
        let text = text
            .replace("@DATE_FROM@", &day(-1))
            .replace("@DATE_EXPIRES@", &day(30))
            .replace("@APPROVER_1@", &public[0])
            .replace("@APPROVER_2@", &public[1])
            .replace("@DPO_KEY@", &public[2]);
        std::fs::write(path("policy.toml"), &text).unwrap();
        check(&["lint", &path("policy.toml")], 1);
        let verify = ["verify", &path("policy.signed.json"), "--approver", &path("keys/process-owner.pub")];
        let verify = [&verify[..], &["--approver", &public[1]]].concat();
        check(&["sign", &path("policy.toml"), "--key", &path("keys/process-owner.key")], 0);
        check(&verify, FOUND_ERRORS);
        check(&["sign", &path("policy.signed.json"), "--key", &path("keys/ciso.key")], 0);
        check(&verify, 0);
        let trust = format!("quorum = 2\napprovers = ['{}', '{}']\n", public[0], public[1]);
        std::fs::write(path("approvers.toml"), trust).unwrap();
        check(&["verify", &path("policy.signed.json"), "--trust", &path("approvers.toml")], 0);
        let say =
            ["opinion", &path("policy.toml"), "--key", &path("keys/dpo.key"), "--text", "the mask first"];
        let say = [&say[..], &["--advice", "favourable-with-conditions"]].concat();
        check(&say, 0);
        assert!(run_line(&say).is_err(), "no opinion is overwritten");
        let opinion = path("policy.opinion.json");
        check(&[&verify[..], &["--opinion", &opinion]].concat(), 0);
        std::fs::write(
            path("other.json"),
            std::fs::read_to_string(&opinion).unwrap().replace("\"sig\": \"", "\"sig\": \"AAAA"),
        )
        .unwrap();
        assert!(run_line(&[&verify[..], &["--opinion", &path("other.json")]].concat()).is_err());
        // Another text does not take the place of a signed one, and errors are not signed.
        std::fs::write(path("other.toml"), text.replace("PT1S", "PT2S")).unwrap();
        let out = path("policy.signed.json");
        assert!(
            run_line(&["sign", &path("other.toml"), "--key", &path("keys/ciso.key"), "--out", &out]).is_err()
        );
        std::fs::write(path("bad.toml"), text.replace("min_group        = 5", "min_group = 1")).unwrap();
        check(&["sign", &path("bad.toml"), "--key", &path("keys/ciso.key")], FOUND_ERRORS);
    }
}
