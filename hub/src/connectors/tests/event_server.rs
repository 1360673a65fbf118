//! A stand-in for XProtect's event server, written from what Milestone publishes: `AnalyticsEvent.xsd` 1.0, and the
//! answers that the sample TriggerAnalyticsEventXML tells apart. It reads with a parser that is not ours, holds a
//! document against the schema, and answers; what a real server does beyond that nobody could look at here.

use std::time::Duration;

use roxmltree::{Document, Node};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

const NAMESPACE: &str = "urn:milestone-systems";

/// Of the schema what may stand in an element, in its order; `!` after what must.
const SEQUENCES: [(&str, &[&str]); 9] = [
    (
        "AnalyticsEvent",
        &[
            "EventHeader!",
            "Description",
            "StartTime",
            "EndTime",
            "Location",
            "Count",
            "RuleList",
            "ObjectList",
            "ReferenceList",
            "SnapshotList",
            "Vendor",
        ],
    ),
    (
        "EventHeader",
        &[
            "ID!",
            "Timestamp!",
            "Class",
            "Type",
            "Version",
            "Priority",
            "Name",
            "Message!",
            "CustomTag",
            "Source",
        ],
    ),
    ("Source", &["Name", "Description", "FQID"]),
    ("FQID", &["ServerId", "ParentId", "ObjectId", "ObjectIdString", "FolderType!", "Kind!"]),
    ("RuleList", &["Rule"]),
    ("Rule", &["ID", "Name", "Type", "PolygonList"]),
    ("ObjectList", &["Object"]),
    (
        "Object",
        &[
            "ID",
            "Name",
            "Type",
            "Description",
            "Confidence",
            "Value",
            "AlarmTrigger",
            "Removed",
            "Color",
            "Size",
            "SizeUnit",
            "BoundingBox",
            "Polygon",
            "Motion",
            "Mask",
        ],
    ),
    ("Vendor", &["Name", "CustomData"]),
];

/// What is wrong with a document, by the schema.
pub(crate) fn fault(text: &str) -> Option<String> {
    match Document::parse(text) {
        Ok(document) if document.root_element().tag_name().name() == "AnalyticsEvent" => {
            document.descendants().filter(Node::is_element).find_map(fault_of)
        }
        Ok(document) => Some(format!("the root is {}", document.root_element().tag_name().name())),
        Err(error) => Some(error.to_string()),
    }
}

fn fault_of(node: Node<'_, '_>) -> Option<String> {
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(NAMESPACE) {
        return Some(format!("{name} is of no or another namespace"));
    }
    let Some((_, sequence)) = SEQUENCES.iter().find(|(parent, _)| *parent == name) else {
        return (!is_value(name, node.text().unwrap_or_default()))
            .then(|| format!("{name} has no such value"));
    };
    let found: Vec<&str> =
        node.children().filter(Node::is_element).map(|child| child.tag_name().name()).collect();
    let mut place = 0;
    for child in &found {
        let is_it = |allowed: &&str| allowed.trim_end_matches('!') == *child;
        match sequence[place..].iter().position(is_it) {
            Some(further) => place += further + 1,
            None => return Some(format!("{name} may not have {child} there")),
        }
    }
    let is_missing = |needed: &&&str| needed.ends_with('!') && !found.contains(&needed.trim_end_matches('!'));
    sequence.iter().find(is_missing).map(|needed| format!("{name} lacks {needed}"))
}

/// The types of the schema, of the elements that we write.
fn is_value(name: &str, text: &str) -> bool {
    match name {
        "ID" | "ObjectId" | "Kind" => {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        }
        "Timestamp" | "StartTime" => text.parse::<jiff::Timestamp>().is_ok(),
        "Count" => text.parse::<u32>().is_ok(),
        "FolderType" => text.parse::<u8>().is_ok(),
        "AlarmTrigger" | "Removed" => matches!(text, "true" | "false"),
        _ => true,
    }
}

/// The text of the first element of this name.
pub(crate) fn text_of(document: &str, name: &str) -> Option<String> {
    let document = Document::parse(document).unwrap();
    let found = document.descendants().find(|node| node.tag_name().name() == name)?;
    Some(found.text().unwrap_or_default().to_owned())
}

/// As a page shows it.
pub(crate) fn pretty(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    let mut lines = Vec::new();
    lines_of(document.root_element(), text, (0, &mut lines));
    lines.join("\n")
}

fn lines_of(node: Node<'_, '_>, text: &str, (depth, lines): (usize, &mut Vec<String>)) {
    let (name, indent) = (node.tag_name().name(), "  ".repeat(depth));
    let children: Vec<Node<'_, '_>> = node.children().filter(Node::is_element).collect();
    if children.is_empty() {
        lines.push(format!("{indent}{}", &text[node.range()]));
        return;
    }
    let namespace = if depth == 0 { format!(" xmlns=\"{NAMESPACE}\"") } else { String::new() };
    lines.push(format!("{indent}<{name}{namespace}>"));
    children.into_iter().for_each(|child| lines_of(child, text, (depth + 1, lines)));
    lines.push(format!("{indent}</{name}>"));
}

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// As published.
    Published,
    /// To bare XML it says this.
    Says(&'static str),
    /// Reads, and never closes or answers.
    Silent,
    /// Breaks the connection without having read.
    Broken,
}

pub(crate) struct EventServer {
    pub(crate) port: u16,
    got: mpsc::UnboundedReceiver<String>,
    _serving: JoinSet<()>,
}

impl EventServer {
    /// Listens on loopback; knows analytics events of these names, or of any where there are none.
    pub(crate) async fn start(known: &[&'static str], manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, got) = mpsc::unbounded_channel();
        let known = known.to_vec();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((tcp, _)) = listener.accept().await {
                let (known, sender) = (known.clone(), sender.clone());
                open.spawn(async move {
                    let _hung_up = one(tcp, manner, &known, &sender).await;
                });
            }
        });
        Self { port, got, _serving: serving }
    }

    pub(crate) async fn got(&mut self) -> String {
        tokio::time::timeout(Duration::from_secs(30), self.got.recv()).await.unwrap().unwrap()
    }

    pub(crate) fn try_got(&mut self) -> Option<String> {
        self.got.try_recv().ok()
    }
}

async fn one(
    mut tcp: TcpStream,
    manner: Manner,
    known: &[&str],
    sender: &mpsc::UnboundedSender<String>,
) -> Option<()> {
    if manner == Manner::Broken {
        // What was sent and not read makes the end of the connection a reset.
        tcp.readable().await.ok()?;
        return None;
    }
    let (mut read, mut part) = (Vec::new(), [0; 4_096]);
    let document = loop {
        let length = tcp.read(&mut part).await.ok()?;
        read.extend_from_slice(&part[..length]);
        let text = String::from_utf8_lossy(&read).into_owned();
        match body_of_post(&text) {
            Some(body) => break body,
            None if length == 0 => break text,
            None => {}
        }
    };
    if manner == Manner::Silent {
        std::future::pending::<()>().await;
    }
    if read.starts_with(b"POST ") {
        let (status, said) = match fault(&document) {
            Some(fault) => ("400 Bad Request", format!("Error: {fault}")),
            None if is_known(&document, known) => ("200 OK", "OK".to_owned()),
            None => ("200 OK", "Warning: Event message not known".to_owned()),
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{said}", said.len());
        tcp.write_all(answer.as_bytes()).await.ok()?;
    }
    if let Manner::Says(words) = manner {
        tcp.write_all(words.as_bytes()).await.ok()?;
    }
    sender.send(document).ok()
}

/// The body, once all of it is there.
fn body_of_post(text: &str) -> Option<String> {
    let (head, body) = text.strip_prefix("POST ")?.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse::<usize>().ok())?
    })?;
    (body.len() >= length).then(|| body.to_owned())
}

fn is_known(document: &str, known: &[&str]) -> bool {
    known.is_empty() || text_of(document, "Message").is_some_and(|name| known.contains(&name.as_str()))
}

#[test]
fn the_stand_in_refuses_what_the_schema_does() {
    let header = "<ID>00000000-0000-0000-0000-000000000000</ID><Timestamp>2026-11-21T14:23:00Z</Timestamp>";
    let of = |inner: &str| format!("<AnalyticsEvent xmlns=\"{NAMESPACE}\">{inner}</AnalyticsEvent>");
    let with = |more: &str| of(&format!("<EventHeader>{header}{more}</EventHeader>"));
    assert_eq!(fault(&with("<Message>m</Message>")), None);
    for (document, expected) in [
        (of(""), "AnalyticsEvent lacks EventHeader!"),
        (with(""), "EventHeader lacks Message!"),
        (with("<Message>m</Message><Name>n</Name>"), "EventHeader may not have Name there"),
        (with("<Message>m</Message><Message>m</Message>"), "EventHeader may not have Message there"),
        (with("<Message>m</Message>").replace("14:23", "25:00"), "Timestamp has no such value"),
        (with("<Message>m</Message>").replace("0</ID>", "x</ID>"), "ID has no such value"),
        (with("<Message>m</Message>").replace(NAMESPACE, "urn:other"), "namespace"),
        ("<Alert/>".to_owned(), "the root is Alert"),
        ("AnalyticsEvent".to_owned(), "unknown token"),
    ] {
        let found = fault(&document);
        assert!(found.as_ref().is_some_and(|found| found.contains(expected)), "{document}: {found:?}");
    }
}
