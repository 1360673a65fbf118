//! Each step by itself: what a gate, an audit log, an outbox, a linter and the masks take.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use velum_kernels::{NOON, Nobody, SIZE_PX, frame, gate, people, policy_text, suitcase};
use velum_outbox::{Entry, Outbox, Settings};
use velum_policy::audit::{self, AuditLog, Operation, Outcome, Subject, Writer};
use velum_policy::{PolicyFile, SigningKey};
use velum_redaction::{Mask, Method, redact};
use velum_vocab::SimulatedClock;

fn judgement(criterion: &mut Criterion) {
    let gate = gate();
    criterion.bench_function("gate: judge an abandoned object", |bencher| {
        bencher.iter_batched(suitcase, |seen| gate.judge(seen).expect("released"), BatchSize::SmallInput);
    });
}

fn policy(criterion: &mut Criterion) {
    let [first, second, officer] = [(); 3].map(|()| SigningKey::generate().expect("a key"));
    let approvers = [first, second].map(|key| key.public().to_string());
    let text = policy_text(approvers, &officer.public().to_string());
    let at = jiff::Timestamp::from_second(NOON.unix_secs()).expect("a time");
    let mut group = criterion.benchmark_group("policy of two cameras");
    group.bench_function("read", |bencher| {
        bencher.iter(|| PolicyFile::parse(black_box(&text), "policy.toml").expect("a policy"));
    });
    let file = PolicyFile::parse(&text, "policy.toml").expect("a policy");
    group.bench_function("lint, 115 rules", |bencher| bencher.iter(|| file.lint(Some(at)).len()));
    group.finish();
}

/// Both write to the disk of this folder and wait for it: the disk is what is measured.
fn durable(criterion: &mut Criterion) {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    let clock = Arc::new(SimulatedClock::at(NOON));
    let mut group = criterion.benchmark_group("durable");
    group.sample_size(30);
    let key = SigningKey::generate().expect("a key");
    let writer = Writer::edge_box("kernels").expect("a name");
    let (log, _) = AuditLog::open(&folder.path().join("audit"), key, clock.clone(), writer).expect("a log");
    group.bench_function("audit log: one entry", |bencher| {
        bencher.iter(|| {
            let entry = audit::Entry {
                operator: Some("kernels".to_owned()),
                justification: Some("a benchmark".to_owned()),
                ..audit::Entry::new(Operation::Consultation, Subject::Events, Outcome::Allowed)
            };
            log.append(entry).expect("an entry")
        });
    });
    let (at, keys) = (folder.path().join("outbox"), folder.path().join("keys"));
    let settings = Settings { min_free_bytes: 0, max_records: 10_000_000, ..Settings::default() };
    let (outbox, _) = Outbox::open(&at, &keys, clock, settings).expect("an outbox");
    for records in [1_usize, 20] {
        group.throughput(Throughput::Elements(records as u64));
        group.bench_function(format!("outbox: {records} at once"), |bencher| {
            bencher.iter(|| {
                let entries = vec![Entry::Withheld("schedule".to_owned()); records];
                outbox.commit(entries, None).expect("numbers")
            });
        });
    }
    group.finish();
}

fn masks(criterion: &mut Criterion) {
    let plan = people();
    let mut group = criterion.benchmark_group(format!("redaction {}x{}, 8 people", SIZE_PX.0, SIZE_PX.1));
    group.sample_size(30);
    group.bench_function("mask of a plan", |bencher| {
        bencher.iter(|| Mask::of(black_box(&plan), SIZE_PX.0, SIZE_PX.1));
    });
    for (name, method) in [("solid_fill", Method::SolidFill), ("surround_blur", Method::SurroundBlur)] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                frame,
                |frame| redact(frame, &plan, method).expect("a picture"),
                BatchSize::LargeInput,
            );
        });
    }
    group.bench_function("JPEG of what was redacted", |bencher| {
        let redacted = redact(frame(), &plan, Method::SolidFill).expect("a picture");
        let redacted = redacted.verified(&Nobody, 0.3).ok().expect("nobody is found");
        bencher.iter(|| redacted.encode_jpeg().expect("a JPEG").len());
    });
    group.finish();
}

criterion_group!(steps, judgement, policy, durable, masks);
criterion_main!(steps);
