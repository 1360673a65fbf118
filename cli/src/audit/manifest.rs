//! `velum audit manifest`: what left a box, one by one and in total.

use std::process::ExitCode;

use serde::Serialize;
use velum_policy::audit::{EgressKind, Left, Manifest, Report, Timestamp, Wanted, Writer, manifest, verify};

use super::question::{attestations, other_log};
use super::verify::{counted, fault, keys, verdict};
use super::{ManifestArgs, ManifestFormat};
use crate::screen::{Screen, Style, harmless, say};

pub(super) fn run(args: &ManifestArgs) -> anyhow::Result<ExitCode> {
    let (log, keys) = (attestations(&args.log), keys(&args.key)?);
    let wanted = Wanted {
        from: args.from.unwrap_or(Timestamp::from_unix_micros(i64::MIN)),
        to: args.to.unwrap_or(Timestamp::from_unix_micros(i64::MAX)),
        camera: args.camera.clone(),
    };
    anyhow::ensure!(wanted.from < wanted.to, "--from is not before --to; exchange them");
    let screen = Screen::of_stdout(&args.screen);
    let report = verify(&log, &keys, &[])?;
    anyhow::ensure!(
        matches!(report.writer, Some(Writer::Attest(_))),
        "{}: {}",
        log.display(),
        other_log(report.writer.as_ref())
    );
    let manifest = manifest(&log, &wanted)?;
    match args.format {
        ManifestFormat::Text => {
            for line in in_words(&manifest, &screen) {
                say(&line)?;
            }
            for line in believed(&report, !keys.is_empty(), &screen) {
                say(&line)?;
            }
        }
        ManifestFormat::Json => {
            say(&serde_json::to_string(&ManifestView::of(&manifest, &report, !keys.is_empty()))?)?
        }
        ManifestFormat::Csv => csv(&manifest)?,
    }
    Ok(verdict(keys.is_empty() || report.is_sound()))
}

fn in_words(manifest: &Manifest, screen: &Screen) -> Vec<String> {
    let mut lines: Vec<_> = manifest.left.iter().map(|left| one_in_words(left, screen)).collect();
    lines.push("in total:".to_owned());
    lines.extend(manifest.by_class.iter().map(|((what, class), total)| {
        format!("  {:<16} {:<26} {:>8}  {:>12} bytes", words(what), harmless(class), total.count, total.bytes)
    }));
    if manifest.by_class.is_empty() {
        lines.push("  nothing left".to_owned());
    } else {
        lines.push("fields that left, and in how many:".to_owned());
    }
    lines.extend(manifest.by_field.iter().map(|((field, precision), count)| {
        format!("  {:<18} {:<10} {count:>8}", harmless(field), harmless(precision))
    }));
    lines
}

fn one_in_words(left: &Left, screen: &Screen) -> String {
    let egress = &left.egress;
    let mut parts = vec![format!(
        "{}  {:>6}  {} {}",
        screen.moment(left.time.unix_millis()),
        left.number,
        words(egress.kind.name()),
        egress.class
    )];
    parts.extend(egress.camera.as_ref().map(|camera| format!("camera {camera}")));
    parts.push(format!("to {}", egress.recipient));
    parts.extend(egress.purpose.as_ref().map(|purpose| format!("for {purpose}")));
    parts.push(format!("{} bytes", egress.bytes));
    parts.extend(egress.picture.map(|picture| {
        let (covered, tenth) = (picture.covered_permille / 10, picture.covered_permille % 10);
        format!("{} x {} px, {covered}.{tenth} % covered", picture.width_px, picture.height_px)
    }));
    parts.push(fields(left));
    harmless(&parts.join("  "))
}

/// `camera, time to 1 s`.
fn fields(left: &Left) -> String {
    let one = |(name, precision): (&String, &String)| match precision.as_str() {
        "exact" => name.clone(),
        "band" => format!("{name} as a band"),
        precision => format!("{name} to {precision}"),
    };
    left.egress.fields.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn words(kind: &str) -> String {
    kind.replace('_', " ")
}

fn believed(report: &Report, has_key: bool, screen: &Screen) -> Vec<String> {
    if !has_key {
        let text = "not verified: give the log's public key with --key, and it is";
        return vec![screen.styled(Style::Notice, text)];
    }
    let mut lines: Vec<_> = report.faults.iter().map(|located| fault(located, screen)).collect();
    if report.is_sound() {
        lines.push(screen.styled(Style::Good, "verified: nothing is wrong with the log"));
    }
    if report.unsigned_records > 0 {
        let count = counted(report.unsigned_records, "record");
        lines.push(screen.styled(Style::Notice, &format!("unsigned: {count} since the last checkpoint")));
    }
    lines
}

const COLUMNS: &str = "number,unix_secs,what,class,camera,recipient,purpose,bytes,policy_digest,width_px,height_px,\
                       covered_permille,commitment,fields";

fn csv(manifest: &Manifest) -> anyhow::Result<()> {
    say(COLUMNS)?;
    for left in &manifest.left {
        let egress = &left.egress;
        let number = |number: Option<u64>| number.map(|number| number.to_string()).unwrap_or_default();
        let fields: Vec<_> = egress.fields.iter().map(|(name, how)| format!("{name}={how}")).collect();
        let row = [
            left.number.to_string(),
            left.time.unix_secs().to_string(),
            egress.kind.name().to_owned(),
            egress.class.clone(),
            egress.camera.as_ref().map(ToString::to_string).unwrap_or_default(),
            egress.recipient.clone(),
            egress.purpose.clone().unwrap_or_default(),
            egress.bytes.to_string(),
            egress.policy_digest.map(|digest| digest.to_string()).unwrap_or_default(),
            number(egress.picture.map(|picture| picture.width_px)),
            number(egress.picture.map(|picture| picture.height_px)),
            number(egress.picture.map(|picture| picture.covered_permille)),
            egress.commitment.map(|digest| digest.to_string()).unwrap_or_default(),
            fields.join(";"),
        ];
        say(&row.map(|cell| quoted(&cell)).join(","))?;
    }
    Ok(())
}

/// *Source*: RFC 4180, section 2. A cell that a spreadsheet would take for a formula is told apart by a blank.
pub(super) fn quoted(cell: &str) -> String {
    let cell = harmless(cell);
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!(" {cell}") } else { cell };
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// What left, for other programs; documented in `docs/audit-log.md`.
#[derive(Debug, Serialize)]
struct ManifestView {
    verified: bool,
    faults: Vec<String>,
    left: Vec<LeftView>,
    by_class: Vec<ClassView>,
    by_field: Vec<FieldView>,
}

#[derive(Debug, Serialize)]
struct LeftView {
    number: u64,
    unix_secs: i64,
    what: &'static str,
    class: String,
    camera: Option<String>,
    recipient: String,
    purpose: Option<String>,
    bytes: u64,
    policy_digest: Option<String>,
    fields: std::collections::BTreeMap<String, String>,
    width_px: Option<u64>,
    height_px: Option<u64>,
    covered_permille: Option<u64>,
    commitment: Option<String>,
}

#[derive(Debug, Serialize)]
struct ClassView {
    what: String,
    class: String,
    count: u64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct FieldView {
    field: String,
    precision: String,
    count: u64,
}

impl ManifestView {
    fn of(manifest: &Manifest, report: &Report, has_key: bool) -> Self {
        let class = manifest.by_class.iter().map(|((what, class), total)| ClassView {
            what: what.clone(),
            class: class.clone(),
            count: total.count,
            bytes: total.bytes,
        });
        let field = manifest.by_field.iter().map(|((field, precision), count)| FieldView {
            field: field.clone(),
            precision: precision.clone(),
            count: *count,
        });
        let faults = report.faults.iter().filter(|_| has_key);
        Self {
            verified: has_key && report.is_sound(),
            faults: faults.map(ToString::to_string).collect(),
            left: manifest.left.iter().map(LeftView::of).collect(),
            by_class: class.collect(),
            by_field: field.collect(),
        }
    }
}

impl LeftView {
    fn of(left: &Left) -> Self {
        let egress = &left.egress;
        let what: EgressKind = egress.kind;
        Self {
            number: left.number,
            unix_secs: left.time.unix_secs(),
            what: what.name(),
            class: egress.class.clone(),
            camera: egress.camera.as_ref().map(ToString::to_string),
            recipient: egress.recipient.clone(),
            purpose: egress.purpose.clone(),
            bytes: egress.bytes,
            policy_digest: egress.policy_digest.map(|digest| digest.to_string()),
            fields: egress.fields.clone(),
            width_px: egress.picture.map(|picture| picture.width_px),
            height_px: egress.picture.map(|picture| picture.height_px),
            covered_permille: egress.picture.map(|picture| picture.covered_permille),
            commitment: egress.commitment.map(|digest| digest.to_string()),
        }
    }
}
