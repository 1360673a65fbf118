//! `velum events`: records of the hub, listed or followed.

mod reviews;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use tonic::Status;
use velum_proto::v1::{EventKind, Filter, HeldBack, ListRequest, StoredRecord, SubscribeRequest, Verdict};

use crate::hub::{Client, HubArgs, is_passing, refusal};
use crate::json::RecordLine;
use crate::render;
use crate::screen::{Screen, ScreenArgs, remark, say};

const PAGE: u32 = 1_000;
/// Set by the hub on the answer to a subscription: where it began.
const START_CURSOR: &str = "velum-after-cursor";
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What the boxes reported.
#[derive(Debug, Args)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    command: EventsCommand,
}

#[derive(Debug, Subcommand)]
enum EventsCommand {
    /// Follows records as they reach the hub; goes on by itself after the hub was away.
    #[command(after_help = "Examples:\n  \
        velum events tail --pki pki                          only what is new\n  \
        velum events tail --pki pki --from start             everything, then what is new\n  \
        velum events tail --pki pki --from 1041 --json       one JSON object a line, after cursor 1041\n  \
        velum events tail --pki pki --kind abandoned-object  alerts of one kind\n\n\
        Withheld, expired and lost numbers are shown as what they are, and gaps as gaps. What the policy gives to\n\
        others is left out; how much and why is told on standard error. Ctrl-C ends it.")]
    Tail {
        #[command(flatten)]
        hub: HubArgs,
        #[command(flatten)]
        what: WhatArgs,
        /// Where to begin: `now`, `start`, or a cursor (only records after it).
        #[arg(long, default_value = "now", value_parser = Start::parse)]
        from: Start,
    },
    /// Lists records that the hub has stored, oldest first.
    #[command(after_help = "Examples:\n  \
        velum events list --pki pki                      the first 100\n  \
        velum events list --pki pki --limit 0 --json     all, one JSON object a line\n  \
        velum events list --pki pki --after 1041         the 100 after cursor 1041\n\n\
        Fields of --json: cursor, box, incarnation, sequence, stored_unix_ms, end (event, withheld, expired,\n\
        lost) and an object of that name. An event has id, alert_id, kind, state, site, camera, zone,\n\
        time {unix_ms, precision_ms}, abandoned_object | crowd_density | crowd_movement |\n\
        camera_health, confidence, validity,\n\
        explanation [{code, value}], epistemic, policy_digest, model_digests, staged,\n\
        still_may_be_asked_for (see `velum stills get`). What the policy does not release, or does not give\n\
        to your recipient, is absent. Identifiers and digests are hexadecimal. What is taken out of the control\n\
        room, into a report or another system, is an export: say so with --export and --reason.")]
    List {
        #[command(flatten)]
        hub: HubArgs,
        #[command(flatten)]
        what: WhatArgs,
        /// How many at most; 0: all.
        #[arg(long, default_value_t = 100)]
        limit: u64,
        /// Only records after this cursor.
        #[arg(long, value_name = "CURSOR", default_value_t = 0)]
        after: u64,
    },
    /// Says what an alert was: confirms or rejects it.
    #[command(after_help = "Examples:\n  \
        velum events review 6f0c... --verdict confirmed\n  \
        velum events review 6f0c... --verdict shadow\n  \
        velum events review 6f0c... --verdict confirmed --action evacuation   a second person must say the same\n\n\
        For recipients of the control room. Your word is in the hub's audit log first. What is confirmed goes to\n\
        recipients beyond the control room (`velum events reviewed`), and so does that it was wrong after all.")]
    Review {
        #[command(flatten)]
        hub: HubArgs,
        #[command(flatten)]
        review: ReviewArgs,
    },
    /// Follows what people have reviewed, one JSON object a line: all that recipients beyond the control room see
    /// under Directive (EU) 2016/680.
    Reviewed {
        #[command(flatten)]
        hub: HubArgs,
        /// Where to begin: `now`, `start`, or a number of this stream (only what comes after it).
        #[arg(long, default_value = "now", value_parser = Start::parse)]
        from: Start,
        #[command(flatten)]
        reading: ReadingArgs,
    },
}

#[derive(Debug, Clone, Args)]
struct ReviewArgs {
    /// The id of the event that raised the alert, 32 hexadecimal digits.
    #[arg(value_name = "EVENT")]
    event: String,
    /// What it was.
    #[arg(long, value_enum)]
    verdict: Found,
    /// What is to follow, where the policy asks for a second reviewer of it, for example `evacuation`.
    #[arg(long, value_name = "NAME")]
    action: Option<String>,
    /// A purpose id of the policy; needed where your recipient has several.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
}

/// What an alert was found to be: it is confirmed, or rejected as one of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Found {
    /// It is what the rule took it for.
    Confirmed,
    /// A reflection.
    Reflection,
    /// A shadow.
    Shadow,
    /// Furniture of the place, or a bin.
    FurnitureOrBin,
    /// A person.
    Person,
    /// An object that is known to be there.
    KnownObject,
    /// Something else.
    Other,
}

impl From<Found> for Verdict {
    fn from(found: Found) -> Self {
        match found {
            Found::Confirmed => Self::Confirmed,
            Found::Reflection => Self::Reflection,
            Found::Shadow => Self::Shadow,
            Found::FurnitureOrBin => Self::FurnitureOrBin,
            Found::Person => Self::Person,
            Found::KnownObject => Self::KnownObject,
            Found::Other => Self::Other,
        }
    }
}

#[derive(Debug, Clone, Args)]
struct WhatArgs {
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
    /// Only this box; may be given several times.
    #[arg(long = "box", value_name = "BOX")]
    boxes: Vec<String>,
    /// Only events of this kind; may be given several times. Withheld, expired and lost numbers stay visible.
    #[arg(long = "kind", value_enum, value_name = "KIND")]
    kinds: Vec<Kind>,
    #[command(flatten)]
    reading: ReadingArgs,
    #[command(flatten)]
    screen: ScreenArgs,
}

/// Why somebody reads: it is written into the hub's audit log.
#[derive(Debug, Clone, Args)]
struct ReadingArgs {
    /// A purpose id of the policy; needed where your recipient has several.
    #[arg(long, value_name = "PURPOSE")]
    purpose: Option<String>,
    /// Why, in your own words, at most 300 characters.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// What is read is taken out of the control room; needs a recipient that may, and --reason.
    #[arg(long, requires = "reason")]
    export: bool,
}

impl ReadingArgs {
    fn purpose(&self) -> String {
        self.purpose.clone().unwrap_or_default()
    }

    fn reason(&self) -> String {
        self.reason.clone().unwrap_or_default()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An object that nobody attends.
    AbandonedObject,
    /// A zone's crowd level changed.
    CrowdDensity,
    /// A crowd moves unusually.
    CrowdMovement,
    /// A camera's state changed.
    CameraHealth,
}

impl From<Kind> for EventKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::AbandonedObject => Self::AbandonedObject,
            Kind::CrowdDensity => Self::CrowdDensity,
            Kind::CrowdMovement => Self::CrowdMovement,
            Kind::CameraHealth => Self::CameraHealth,
        }
    }
}

/// Where following begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Now,
    After(u64),
}

impl Start {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "now" => Ok(Self::Now),
            "start" => Ok(Self::After(0)),
            _ => text
                .parse()
                .map(Self::After)
                .map_err(|_| "expected `now`, `start` or a cursor, for example 1041".to_owned()),
        }
    }
}

/// Runs one of the subcommands.
///
/// # Errors
/// When the hub refuses or, at first, cannot be reached.
pub(crate) async fn run(args: EventsArgs) -> Result<()> {
    match args.command {
        EventsCommand::List { hub, what, limit, after } => list(&hub, &what, limit, after).await,
        EventsCommand::Tail { hub, what, from } => tail(&hub, &what, from).await,
        EventsCommand::Review { hub, review } => reviews::review(&hub, review).await,
        EventsCommand::Reviewed { hub, from, reading } => reviews::follow(&hub, from, &reading).await,
    }
}

async fn list(hub: &HubArgs, what: &WhatArgs, limit: u64, after: u64) -> Result<()> {
    let mut client = hub.connect().await?;
    let mut printer = Printer::new(what);
    let mut cursor = after;
    let mut left = if limit == 0 { u64::MAX } else { limit };
    while left > 0 {
        let request = ListRequest {
            after_cursor: cursor,
            limit: u32::try_from(left).unwrap_or(PAGE).min(PAGE),
            filter: what.filter(),
            purpose: what.reading.purpose(),
            justification: what.reading.reason(),
            export: what.reading.export,
        };
        let page = client.list(request).await.map_err(|status| refusal(&status))?.into_inner();
        printer.hold_back(&page.held_back);
        for record in page.records {
            left = left.saturating_sub(1);
            printer.print(record)?;
        }
        match page.next_cursor {
            Some(next) => cursor = next,
            None => break,
        }
    }
    Ok(printer.tell_held()?)
}

async fn tail(hub: &HubArgs, what: &WhatArgs, from: Start) -> Result<()> {
    let mut printer = Printer::new(what);
    let mut position = match from {
        Start::Now => None,
        Start::After(cursor) => Some(cursor),
    };
    let mut client = hub.connect().await?;
    let mut pause = FIRST_PAUSE;
    loop {
        let before = position;
        let why = match follow(&mut client, what, &mut position, &mut printer).await {
            Ok(Some(status)) if !is_passing(&status) => return Err(refusal(&status)),
            // A certificate that the hub does not take shows only now, and will not be taken later.
            Ok(Some(status)) if position.is_none() => return Err(refusal(&status)),
            Ok(Some(status)) => status.message().to_owned(),
            Ok(None) => "the stream ended".to_owned(),
            Err(error) => return Err(error),
        };
        if position != before {
            pause = FIRST_PAUSE;
        }
        remark(&format!("velum: the hub is away ({why}); trying again"))?;
        client = loop {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if let Ok(client) = hub.connect().await {
                break client;
            }
        };
        remark("velum: the hub is back")?;
    }
}

/// Prints what comes until the stream ends; gives the reason, where the hub told one.
async fn follow(
    client: &mut Client,
    what: &WhatArgs,
    position: &mut Option<u64>,
    printer: &mut Printer,
) -> Result<Option<Status>> {
    let request = SubscribeRequest {
        after_cursor: *position,
        filter: what.filter(),
        purpose: what.reading.purpose(),
        justification: what.reading.reason(),
        export: what.reading.export,
    };
    let answer = match client.subscribe(request).await {
        Ok(answer) => answer,
        Err(status) => return Ok(Some(status)),
    };
    if position.is_none() {
        let start = answer.metadata().get(START_CURSOR).and_then(|value| value.to_str().ok());
        *position = start.and_then(|text| text.parse().ok());
    }
    let mut records = answer.into_inner();
    loop {
        match records.message().await {
            Ok(Some(record)) => {
                let cursor = record.cursor;
                if record.held_back.is_empty() {
                    printer.print(record)?;
                } else {
                    printer.hold_back(&record.held_back);
                    printer.tell_held()?;
                }
                *position = Some(cursor);
            }
            Ok(None) => return Ok(None),
            Err(status) => return Ok(Some(status)),
        }
    }
}

impl WhatArgs {
    fn filter(&self) -> Option<Filter> {
        let kinds = self.kinds.iter().map(|kind| EventKind::from(*kind).into()).collect();
        Some(Filter { boxes: self.boxes.clone(), kinds })
    }
}

struct Printer {
    json: bool,
    screen: Screen,
    /// None where a filter hides numbers, so that gaps cannot be told.
    gaps: Option<Gaps>,
    /// What the hub left out and nobody was told yet: how many events by what becomes of them.
    held: BTreeMap<String, u64>,
}

impl Printer {
    fn new(what: &WhatArgs) -> Self {
        let complete = what.kinds.is_empty() && !what.json;
        Self {
            json: what.json,
            screen: Screen::of_stdout(&what.screen),
            gaps: complete.then(Gaps::default),
            held: BTreeMap::new(),
        }
    }

    /// Takes note of what the hub left out. Its numbers are no gaps.
    fn hold_back(&mut self, held: &[HeldBack]) {
        for one in held {
            let events = self.held.entry(one.message.clone()).or_default();
            *events = events.saturating_add(one.events);
        }
        if !held.is_empty() {
            self.gaps = None;
        }
    }

    /// Beside the records, which may go into a file.
    fn tell_held(&mut self) -> std::io::Result<()> {
        let held = std::mem::take(&mut self.held);
        held.into_iter().try_for_each(|(message, events)| remark(&render::held(events, &message)))
    }

    fn print(&mut self, record: StoredRecord) -> Result<()> {
        let line = RecordLine::from(record);
        if self.json {
            return Ok(say(&serde_json::to_string(&line)?)?);
        }
        if let Some((first, last)) = self.gaps.as_mut().and_then(|gaps| gaps.before(&line)) {
            say(&render::gap(&line.r#box, first, last, &self.screen))?;
        }
        Ok(say(&render::record(&line, &self.screen))?)
    }
}

/// Notices numbers that are jumped over, by box and incarnation, from the first that was seen.
#[derive(Debug, Default)]
struct Gaps(HashMap<(String, String), u64>);

impl Gaps {
    /// The numbers that should have come before this record.
    fn before(&mut self, line: &RecordLine) -> Option<(u64, u64)> {
        let key = (line.r#box.clone(), line.incarnation.clone());
        let Some(highest) = self.0.get_mut(&key) else {
            self.0.insert(key, line.sequence);
            return None;
        };
        let gap = (line.sequence > highest.saturating_add(1))
            .then(|| (highest.saturating_add(1), line.sequence.saturating_sub(1)));
        *highest = line.sequence.max(*highest);
        gap
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_told_once_and_late_numbers_are_none() {
        let mut gaps = Gaps::default();
        let mut check = |sequence: u64, expected: Option<(u64, u64)>| {
            let record = velum_proto::v1::Record { sequence, end: None };
            let line = RecordLine::from(StoredRecord { record: Some(record), ..StoredRecord::default() });
            assert_eq!(gaps.before(&line), expected, "{sequence}");
        };
        check(5, None);
        check(6, None);
        check(9, Some((7, 8)));
        check(8, None);
        check(10, None);
    }

    #[test]
    fn where_to_begin() {
        assert_eq!(Start::parse("now"), Ok(Start::Now));
        assert_eq!(Start::parse("start"), Ok(Start::After(0)));
        assert_eq!(Start::parse("1041"), Ok(Start::After(1_041)));
        assert!(Start::parse("yesterday").is_err());
    }
}
