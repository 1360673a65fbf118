//! To whom a connector of the hubs hands events: an event server of XProtect, as far as a connector speaks with one. It takes every
//! event by HTTP, and keeps an account of them like a subscriber's.

use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use toml::{Table, Value};

use crate::account::{Told, lock};
use crate::fleet::Fleet;

/// The recipient of the policy as which it is handed events.
const ROLE: &str = "dispatch-system";
/// No event is longer.
const MOST_BYTES: u64 = 64 * 1_024;

/// Of the policy: alerts of objects alone, which are few.
pub(crate) const RECIPIENT: &str = r#"
[[recipient]]
role     = "dispatch-system"
organisation = "City of Port Velum (fictional)"
regime   = "gdpr"
purposes = ["plaza-safety"]
events   = ["abandoned_object_alert"]
fields   = ["alert_id", "site", "camera", "zone", "time", "object_kind"]
imagery  = false
max_age  = "P1D"
export   = true
justification = "dispatch sends the stewards"
location = "EEA"

"#;

/// It listens.
pub(crate) struct Target {
    listener: TcpListener,
    port: u16,
}

/// As it stands in an event's CustomData.
#[derive(Deserialize)]
struct Known {
    r#box: String,
    sequence: u64,
}

impl Target {
    pub(crate) async fn listen() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Its `[[connector]]` of hub.toml.
    pub(crate) fn table(&self) -> Value {
        let texts = [
            ("name", "vms"),
            ("kind", "milestone"),
            ("recipient", ROLE),
            ("reason", "a trial of hubs"),
            ("url", &format!("http://127.0.0.1:{}", self.port)),
        ];
        let mut table: Table =
            texts.into_iter().map(|(key, value)| (key.to_owned(), Value::from(value))).collect();
        table.insert("allow_private".to_owned(), Value::Boolean(true));
        Value::Array(vec![Value::Table(table)])
    }

    /// Takes what comes, one after the other as a connector sends it, for as long as somebody polls it.
    pub(crate) async fn take(self, fleet: Arc<Fleet>, told: Arc<Mutex<Told>>) {
        loop {
            let Ok((stream, _)) = self.listener.accept().await else { continue };
            // What is not taken is sent again.
            let _not_taken = take_one(stream, &fleet, &told).await;
        }
    }
}

async fn take_one(mut stream: TcpStream, fleet: &Fleet, told: &Mutex<Told>) -> Result<()> {
    let document = read_body(&mut stream).await?;
    let (_, data) = document.split_once("<CustomData>").context("no CustomData")?;
    let (data, _) = data.split_once("</CustomData>").context("no end of CustomData")?;
    let known: Known = serde_json::from_str(data)?;
    let number = fleet.number(&known.r#box).context("another's box")?;
    lock(told).hear(&fleet.account, number, known.sequence);
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nOK").await?;
    Ok(stream.shutdown().await?)
}

async fn read_body(stream: &mut TcpStream) -> Result<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut lines = head.lines().map(str::to_ascii_lowercase);
            let length = lines.find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.context("no length")? {
                return Ok(body.to_owned());
            }
        }
        ensure!(bytes.len() as u64 <= MOST_BYTES, "too long");
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the connection ended within an event");
    }
}
