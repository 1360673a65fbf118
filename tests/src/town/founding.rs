//! What is done once: authority, keys, signed policy, configurations.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan};
use toml::{Table, Value};

use super::{Load, Plan, Ports};
use crate::programs::{program, run, workspace_root};

/// Makes the authority, the hub's certificate and an operator's.
pub(super) fn authority(dir: &Path) -> Result<()> {
    let mut command = Command::new(program("velum")?);
    run(command.args(["pki", "init", "--hub-name", "localhost", "--dir"]).arg(dir.join("pki")))?;
    Ok(())
}

/// Makes throwaway keys of two approvers and of the data protection officer, fills the demonstration's policy
/// with them and with dates around now, and has both approvers sign it.
pub(super) fn policy(dir: &Path, load: Option<&Load>) -> Result<()> {
    let keys = dir.join("keys");
    let make = |role: &str| -> Result<String> {
        let mut command = Command::new(program("velum")?);
        run(command.args(["policy", "keygen", "--role", role, "--out"]).arg(&keys))?;
        public(dir, role)
    };
    let (first, second, officer) = (make("process-owner")?, make("ciso")?, make("dpo")?);
    let day = |days: i64| -> Result<String> {
        let moment = Timestamp::now().checked_add((days * 24).hours())?;
        Ok(moment.strftime("%Y-%m-%dT00:00:00Z").to_string())
    };
    let text = std::fs::read_to_string(workspace_root().join("policy/examples/demo-policy.toml.in"))?
        .replace("@DATE_FROM@", &day(-1)?)
        .replace("@DATE_EXPIRES@", &day(30)?)
        .replace("@APPROVER_1@", &first)
        .replace("@APPROVER_2@", &second)
        .replace("@DPO_KEY@", &officer);
    let text = match load {
        Some(load) => under_load(&text, load)?,
        None => text,
    };
    sign(dir, "policy", &text, &["process-owner", "ciso"]).map(drop)
}

/// The same policy for other cameras.
fn under_load(text: &str, load: &Load) -> Result<String> {
    let mut table: Table = text.parse()?;
    let cameras = section(&mut table, "camera")?;
    let camera = cameras.get("plaza-1").context("the policy names no plaza-1")?.clone();
    *cameras = load.names().map(|name| (name, camera.clone())).collect();
    if !load.stills {
        set(section(&mut table, "redaction")?, "imagery_egress", "none".to_owned());
        for (list, nothing) in [("event", Value::from("none")), ("recipient", Value::from(false))] {
            let all = table.get_mut(list).and_then(Value::as_array_mut);
            let all = all.with_context(|| format!("the policy has no {list}"))?.iter_mut();
            for one in all.filter_map(Value::as_table_mut) {
                one.insert("imagery".to_owned(), nothing.clone());
            }
        }
    }
    Ok(toml::to_string(&table)?)
}

/// Has these approvers sign a policy that is written to `NAME.toml`; gives the signed file, `NAME.signed.json`.
pub(super) fn sign(dir: &Path, name: &str, text: &str, roles: &[&str]) -> Result<PathBuf> {
    let (plain, signed) = (dir.join(format!("{name}.toml")), dir.join(format!("{name}.signed.json")));
    std::fs::write(&plain, text)?;
    for role in roles {
        let mut sign = Command::new(program("velum")?);
        sign.args(["policy", "sign"]).arg(&plain).arg("--key").arg(dir.join(format!("keys/{role}.key")));
        run(sign.arg("--out").arg(&signed))?;
    }
    Ok(signed)
}

/// The approvers' public keys.
fn approvers(dir: &Path) -> Result<Value> {
    let read = |role: &str| -> Result<Value> { Ok(Value::String(public(dir, role)?)) };
    Ok(Value::Array(vec![read("process-owner")?, read("ciso")?]))
}

fn public(dir: &Path, role: &str) -> Result<String> {
    let path = dir.join(format!("keys/{role}.pub"));
    Ok(std::fs::read_to_string(&path).with_context(|| path.display().to_string())?.trim().to_owned())
}

/// `examples/hub.toml` with this town's paths and ports.
pub(super) fn hub_configuration(dir: &Path, ports: Ports) -> Result<()> {
    let mut table = example("hub.toml")?;
    set(&mut table, "listen", format!("127.0.0.1:{}", ports.hub));
    set(&mut table, "enrolment_listen", format!("127.0.0.1:{}", ports.enrolment));
    set(section(&mut table, "console")?, "listen", format!("127.0.0.1:{}", ports.console));
    set(&mut table, "data_dir", dir.join("hub-data").display().to_string());
    set(&mut table, "pki_dir", dir.join("pki").display().to_string());
    let trust = dir.join("approvers.toml");
    let [keys, officer] = [approvers(dir)?, Value::String(public(dir, "dpo")?)];
    let pinned = Table::from_iter([
        ("quorum".to_owned(), Value::Integer(2)),
        ("approvers".to_owned(), keys),
        ("dpo_key".to_owned(), officer),
    ]);
    std::fs::write(&trust, toml::to_string(&pinned)?)?;
    set(section(&mut table, "policy")?, "approvers", trust.display().to_string());
    // Whoever uses the link of the demonstration sees what the operator sees.
    let first_user = Value::Array(vec![Value::String(super::ROLE.to_owned())]);
    section(&mut table, "console")?.insert("first_user_recipients".to_owned(), first_user);
    write(dir, "hub.toml", &table)
}

/// `examples/demo.toml` with this town's paths and ports.
///
/// Where nothing is put into the scene, no camera is marked as staged.
pub(super) fn edge_configuration(dir: &Path, plan: &Plan) -> Result<()> {
    let ports = plan.ports;
    let mut table = example("demo.toml")?;
    set(section(&mut table, "box")?, "data_dir", dir.join("box-data").display().to_string());
    let hub = section(&mut table, "hub")?;
    set(hub, "address", format!("https://localhost:{}", ports.hub));
    set(hub, "identity_dir", dir.join("identity").display().to_string());
    let policy = section(&mut table, "policy")?;
    set(policy, "file", dir.join("policy.signed.json").display().to_string());
    policy.insert("approvers".to_owned(), approvers(dir)?);
    set(section(&mut table, "metrics")?, "listen", format!("127.0.0.1:{}", ports.metrics));
    if let Some(load) = &plan.load {
        set(section(&mut table, "models")?, "detector", load.detector.clone());
    }
    let cameras = section(&mut table, "cameras")?;
    if let Some(load) = &plan.load {
        let camera = cameras.get("plaza-1").context("the example has no plaza-1")?.clone();
        *cameras = load.names().map(|name| (name, camera.clone())).collect();
    }
    let names: Vec<String> = cameras.keys().cloned().collect();
    for name in names {
        let address = format!("rtsp://127.0.0.1:{}/{name}", ports.cameras);
        let camera = section(cameras, &name)?;
        set(camera, "source", address);
        if let Some(load) = &plan.load {
            camera.insert("analysed_fps".to_owned(), Value::Float(load.analysed_fps));
        }
        if plan.bag_at_secs.is_none() {
            camera.remove("staged");
        }
        if plan.marker.is_some() {
            // The recording's own width: made smaller, the code could not be read by anyone.
            camera.insert("analysed_width_px".to_owned(), Value::Integer(768));
        }
    }
    write(dir, "edge.toml", &table)
}

fn example(name: &str) -> Result<Table> {
    let path = workspace_root().join("examples").join(name);
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    text.parse().with_context(|| path.display().to_string())
}

fn section<'a>(table: &'a mut Table, key: &str) -> Result<&'a mut Table> {
    table
        .entry(key)
        .or_insert_with(|| Value::Table(Table::new()))
        .as_table_mut()
        .with_context(|| format!("`{key}` is not a table"))
}

fn set(table: &mut Table, key: &str, value: String) {
    table.insert(key.to_owned(), Value::String(value));
}

fn write(dir: &Path, name: &str, table: &Table) -> Result<()> {
    std::fs::write(dir.join(name), toml::to_string(table)?)?;
    Ok(())
}
