//! What is written down of each event before it is sent for the first time, and not again at a retry.
//!
//! Invariant: where a log is given, no event is handed to the network of which it has not written; what cannot be
//! written is not sent.

use std::sync::{Arc, Mutex, PoisonError};

use velum_outbox::{Departure, Incarnation, Outbox};
use velum_proto::v1::Record;

/// Why a batch was not sent.
const NOT_WRITTEN: &str = "egress manifest";

/// Where it is written: the box's program. Called on a thread that may wait for the disk.
pub trait SendLog: Send + Sync + 'static {
    /// Up to which number of this incarnation it was written before; 0 where of none.
    fn written_up_to(&self, of: Incarnation) -> u64;

    /// Writes of all of these, on the disk when this returns.
    ///
    /// # Errors
    /// The rule: nothing of it may be sent.
    fn leaving(&self, of: Incarnation, departures: Vec<Departure>) -> Result<(), &'static str>;
}

/// The log, and how far it is written.
#[derive(Default)]
pub(crate) struct Manifest {
    log: Option<Arc<dyn SendLog>>,
    written: Arc<Mutex<Option<(Incarnation, u64)>>>,
}

impl Manifest {
    pub(crate) fn of(log: Arc<dyn SendLog>) -> Self {
        Self { log: Some(log), written: Arc::default() }
    }

    /// Writes of those events that were never sent.
    ///
    /// # Errors
    /// Nothing of the batch may be sent.
    pub(crate) async fn before_send(
        &self,
        outbox: &Arc<Outbox>,
        of: Incarnation,
        records: &[Record],
    ) -> Result<(), &'static str> {
        let Some(log) = self.log.clone() else { return Ok(()) };
        let (outbox, records, written) = (Arc::clone(outbox), records.to_vec(), Arc::clone(&self.written));
        let work = move || write(log.as_ref(), &outbox, of, records, &written);
        tokio::task::spawn_blocking(work).await.map_err(|_| NOT_WRITTEN)?
    }
}

fn write(
    log: &dyn SendLog,
    outbox: &Outbox,
    of: Incarnation,
    mut records: Vec<Record>,
    written: &Mutex<Option<(Incarnation, u64)>>,
) -> Result<(), &'static str> {
    let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
    let up_to = match *written {
        Some((known, up_to)) if known == of => up_to,
        _ => log.written_up_to(of),
    };
    records.retain(|record| record.sequence > up_to);
    let last = records.last().map_or(up_to, |record| record.sequence);
    let departures = outbox.departures(of, &records).map_err(|error| {
        tracing::error!(%error, "what is about to leave cannot be described; it does not");
        NOT_WRITTEN
    })?;
    if !departures.is_empty() {
        log.leaving(of, departures)?;
    }
    *written = Some((of, last));
    Ok(())
}

#[cfg(test)]
mod tests {
    use velum_proto::v1::{Event, Withheld, record::End};
    use velum_vocab::{SimulatedClock, Timestamp};

    use super::*;

    /// Remembers what it wrote; writes nothing where it is full.
    #[derive(Default)]
    struct Recorder {
        numbers: Mutex<Vec<u64>>,
        is_full: bool,
        before: u64,
    }

    impl SendLog for Recorder {
        fn written_up_to(&self, _: Incarnation) -> u64 {
            self.before
        }

        fn leaving(&self, _: Incarnation, departures: Vec<Departure>) -> Result<(), &'static str> {
            if self.is_full {
                return Err("egress_manifest");
            }
            let numbers = departures.iter().map(|departure| departure.sequence);
            self.numbers.lock().unwrap().extend(numbers);
            Ok(())
        }
    }

    fn outbox(dir: &std::path::Path) -> Outbox {
        let settings = velum_outbox::Settings { min_free_bytes: 0, ..velum_outbox::Settings::default() };
        let clock = Arc::new(SimulatedClock::at(Timestamp::from_unix_secs(1_795_219_200)));
        Outbox::open(&dir.join("outbox"), &dir.join("keys"), clock, settings).unwrap().0
    }

    fn events(numbers: std::ops::RangeInclusive<u64>) -> Vec<Record> {
        let end = |n| match n {
            // An end without content tells of nobody.
            3 => End::Withheld(Withheld { rule: "min_group".to_owned() }),
            _ => End::Event(Event { id: vec![7; 16], ..Event::default() }),
        };
        numbers.map(|sequence| Record { sequence, end: Some(end(sequence)) }).collect()
    }

    #[test]
    fn each_event_is_written_of_once() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = outbox(dir.path());
        let of = outbox.stats().incarnation;
        let (log, written) = (Recorder::default(), Mutex::new(None));
        let send = |log: &Recorder, numbers| write(log, &outbox, of, events(numbers), &written);
        assert_eq!(send(&log, 1..=4), Ok(()));
        assert_eq!(send(&log, 1..=4), Ok(()), "a retry");
        assert_eq!(send(&log, 2..=5), Ok(()), "a retry with more");
        assert_eq!(*log.numbers.lock().unwrap(), [1, 2, 4, 5]);
        let restarted = Recorder { before: 5, ..Recorder::default() };
        let anew = Mutex::new(None);
        assert_eq!(write(&restarted, &outbox, of, events(4..=6), &anew), Ok(()));
        assert_eq!(*restarted.numbers.lock().unwrap(), [6]);
        // Numbers of another life of the outbox are other events.
        let other = outbox.begin_new_incarnation(0).unwrap();
        assert_eq!(write(&log, &outbox, other, events(1..=1), &written), Ok(()));
        assert_eq!(*log.numbers.lock().unwrap(), [1, 2, 4, 5, 1]);
    }

    #[test]
    fn what_cannot_be_written_is_not_sent_and_written_later() {
        let dir = tempfile::tempdir().unwrap();
        let outbox = outbox(dir.path());
        let (of, written) = (outbox.stats().incarnation, Mutex::new(None));
        let full = Recorder { is_full: true, ..Recorder::default() };
        assert_eq!(write(&full, &outbox, of, events(1..=2), &written), Err("egress_manifest"));
        let log = Recorder::default();
        assert_eq!(write(&log, &outbox, of, events(1..=2), &written), Ok(()));
        assert_eq!(*log.numbers.lock().unwrap(), [1, 2]);
    }
}
