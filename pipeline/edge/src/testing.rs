//! For tests alone: a box without cameras in a temporary folder, on simulated time, and signed policies.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use velum_analyse::{GroundPlane, PointPair};
use velum_gate::{Gate, GateMemory};
use velum_outbox::Outbox;
use velum_policy::pack::SignedPacks;
use velum_policy::{SignedPolicy, SigningKey, TrustRoot, VerifiedPolicy};
use velum_vocab::{Clock, GroundPoint, SimulatedClock, Timestamp};

use crate::audit::BoxLog;
use crate::camera::Proofs;
use crate::config::{LimitSettings, ModelSettings, PolicySettings, StillSettings};
use crate::density_models::DensityModels;
use crate::detectors::Detectors;
use crate::exercise::Book;
use crate::local::{DEFAULT_KEEP, Local};
use crate::metrics::Metrics;
use crate::policy::{PolicyKeeper, Remember};
use crate::shared::Shared;
use crate::shutdown::Shutdown;
use crate::stills::{Archive, Stills};

/// 2026-11-21T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_unix_secs(1_795_219_200);

/// A box without cameras.
pub(crate) struct TestBox {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) clock: SimulatedClock,
    pub(crate) shared: Arc<Shared>,
}

/// A box whose outbox holds so many records, without an audit log.
pub(crate) fn test_box(max_records: u64) -> TestBox {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    opened(folder, clock, max_records, BoxLog::none(), GateMemory::default())
}

/// A box with an audit log.
pub(crate) fn logged_box() -> TestBox {
    let (folder, clock) = (tempfile::tempdir().unwrap(), SimulatedClock::at(START));
    let log = BoxLog::open(folder.path(), Arc::new(clock.clone()));
    opened(folder, clock, 100, log, GateMemory::default())
}

impl TestBox {
    /// The same box with an audit log after a restart, without a policy. Nothing of it may be held any more.
    pub(crate) fn restarted(self) -> Self {
        let Self { folder, clock, shared } = self;
        shared.local.save();
        let memory = shared.gate.memory();
        drop(shared);
        // The thread that makes stills lets go of the log last.
        let log = loop {
            let log = BoxLog::open(folder.path(), Arc::new(clock.clone()));
            if log.is_open() {
                break log;
            }
            std::thread::yield_now();
        };
        opened(folder, clock, 100, log, memory)
    }

    /// Time passes, while the box looks at its clock.
    pub(crate) fn pass_until(&self, until: Timestamp) {
        while self.clock.now() < until {
            self.clock.set(until.min(self.clock.now().plus(Duration::from_secs(300))));
            self.shared.gate.standing();
        }
    }
}

fn opened(
    folder: tempfile::TempDir,
    clock: SimulatedClock,
    max_records: u64,
    log: BoxLog,
    memory: GateMemory,
) -> TestBox {
    let any_clock: Arc<dyn Clock> = Arc::new(clock.clone());
    let settings =
        velum_outbox::Settings { max_records, min_free_bytes: 0, ..velum_outbox::Settings::default() };
    let (dir, keys) = (folder.path().join("outbox"), folder.path().join("keys"));
    let (outbox, _) = Outbox::open(&dir, &keys, Arc::clone(&any_clock), settings).unwrap();
    let limits = LimitSettings { inference_threads: 1, min_free_disk_mib: 0 };
    let gate = Arc::new(Gate::with_memory(Arc::clone(&any_clock), memory));
    let archive = Archive::new(gate, Arc::new(outbox), log, any_clock, Metrics::new());
    let stills = Stills::start(archive.clone(), &StillSettings::default(), &ModelSettings::default(), limits);
    let Archive { gate, outbox, clock: any_clock, metrics, .. } = archive;
    let local = Local::new(folder.path(), Arc::clone(&any_clock), DEFAULT_KEEP);
    let exercises = Book::none(folder.path(), Arc::clone(&any_clock));
    let shared = Shared {
        gate,
        outbox,
        deliveries: Default::default(),
        clock: any_clock,
        metrics,
        stills: Arc::new(stills.unwrap()),
        detectors: Detectors::new(ModelSettings::default(), limits),
        density_models: DensityModels::new(ModelSettings::default(), limits),
        local,
        proofs: Proofs::default(),
        exercises,
        shutdown: Shutdown::new(),
    };
    TestBox { folder, clock, shared: Arc::new(shared) }
}

/// Looks after the policy of this box for this gate, with an audit log of its own.
pub(crate) fn keeper(
    edge: &TestBox,
    settings: Option<PolicySettings>,
    gate: &Arc<Gate>,
) -> Arc<Mutex<PolicyKeeper>> {
    let shared = &edge.shared;
    let dir = edge.folder.path().join(format!("log-{:p}", Arc::as_ptr(gate)));
    std::fs::create_dir_all(&dir).unwrap();
    let log = BoxLog::open(&dir, Arc::clone(&shared.clock));
    let of: (_, Remember) = (Arc::clone(gate), Arc::new(|_| Ok(())));
    let keeper = PolicyKeeper::new(settings, edge.folder.path(), of, Arc::new(log), shared.metrics.clone());
    Arc::new(Mutex::new(keeper))
}

/// The ground plane of a camera that looks straight down on a floor, as wide as this and half as deep.
pub(crate) fn floor(width_m: f64) -> GroundPlane {
    let pair = |x_fraction: f64, y_fraction: f64| PointPair {
        x_fraction,
        y_fraction,
        ground: GroundPoint { x_m: x_fraction * width_m, y_m: y_fraction * width_m / 2.0 },
    };
    GroundPlane::fit(&[pair(0.0, 0.0), pair(1.0, 0.0), pair(1.0, 1.0), pair(0.0, 1.0)]).unwrap()
}

/// When the trial of [`TRIAL`] is over: 2026-11-23T00:00:00Z.
pub(crate) const TRIAL_UNTIL: Timestamp = Timestamp::from_unix_secs(1_795_392_000);

/// What a policy that tries whether things are left alone on the first camera has in the place of the demonstration's.
pub(crate) const TRIAL: [(&str, &str); 2] = [
    ("allow  = [\"abandoned_object\", \"crowd_density\"]", "allow  = [\"crowd_density\"]"),
    (
        "[[event]]\nclass         = \"camera_health\"",
        "[[sandbox]]\nid        = \"bags-by-night\"\nanalytics = [\"abandoned_object\"]\n\
         cameras   = [\"plaza-1\"]\nfrom      = 2026-11-20T18:00:00Z\nuntil     = 2026-11-23T00:00:00Z\n\
         output    = \"shadow\"\nsuccess   = \"few false alarms\"\nevaluation_due = 2026-12-01\n\
         on_expiry = \"disable-and-erase\"\ndpia_annex = \"annex A\"\n\n\
         [[event]]\nclass         = \"camera_health\"",
    ),
];

/// Two approvers, and where their policy lies.
pub(crate) struct Approvers {
    keys: [SigningKey; 2],
    officer: SigningKey,
    pub(crate) settings: PolicySettings,
}

impl Approvers {
    /// With new keys; the policy will lie in this folder.
    pub(crate) fn in_folder(folder: &std::path::Path) -> Self {
        let keys = [(); 2].map(|()| SigningKey::generate().unwrap());
        let trust = TrustRoot::new(keys.iter().map(SigningKey::public).collect(), 2, None).unwrap();
        let file = Some(folder.join("policy.signed.json"));
        let officer = SigningKey::generate().unwrap();
        Self { keys, officer, settings: PolicySettings { file, packs: None, id: None, trust } }
    }

    /// The demonstration's policy in this version, in force around [`START`], signed by so many.
    pub(crate) fn signed(&self, version: &str, signatures: usize) -> String {
        self.signed_as("active", version, signatures)
    }

    /// The same with this status.
    pub(crate) fn signed_as(&self, status: &str, version: &str, signatures: usize) -> String {
        let template =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../policy/examples/demo-policy.toml.in");
        let text = std::fs::read_to_string(template)
            .unwrap()
            .replace("version        = \"1.0.0\"", &format!("version        = \"{version}\""))
            .replace("= \"active\"", &format!("= \"{status}\""))
            .replace("@DATE_FROM@", "2026-11-20T00:00:00Z")
            .replace("@DATE_EXPIRES@", "2026-12-20T00:00:00Z")
            .replace("@APPROVER_1@", &self.keys[0].public().to_string())
            .replace("@APPROVER_2@", &self.keys[1].public().to_string())
            .replace("@DPO_KEY@", &self.officer.public().to_string());
        let mut signed = SignedPolicy::unsigned(&text, "policy.toml");
        self.keys.iter().take(signatures).for_each(|key| signed.sign(key));
        signed.to_json()
    }

    /// The same, active, with these changes of its text.
    pub(crate) fn changed(&self, version: &str, changes: &[(&str, &str)]) -> String {
        self.changed_by(2, version, changes)
    }

    /// The same, signed by so many.
    pub(crate) fn changed_by(&self, signatures: usize, version: &str, changes: &[(&str, &str)]) -> String {
        let plain: SignedPolicy = SignedPolicy::parse(&self.signed(version, 0), "policy.toml").unwrap();
        let mut text = plain.file().unwrap().text().to_owned();
        for (from, to) in changes {
            assert!(text.contains(from), "the policy has no `{from}`");
            text = text.replace(from, to);
        }
        let mut signed = SignedPolicy::unsigned(&text, "policy.toml");
        self.keys.iter().take(signatures).for_each(|key| signed.sign(key));
        signed.to_json()
    }

    /// Country packs of this version with these tables, signed by so many, put where the box looks.
    pub(crate) fn give_packs(&self, signatures: usize, version: &str, tables: &str) {
        let text = format!("schema = \"cctv-pack/1\"\nversion = \"{version}\"\n{tables}");
        let mut signed = SignedPacks::unsigned(&text, "packs.toml");
        self.keys.iter().take(signatures).for_each(|key| signed.sign(key));
        std::fs::write(self.settings.packs.as_ref().unwrap(), signed.to_json()).unwrap();
    }

    /// What lies there, verified.
    pub(crate) fn verified(&self) -> VerifiedPolicy {
        let file = self.settings.file.as_ref().unwrap();
        let signed = SignedPolicy::parse(&std::fs::read_to_string(file).unwrap(), "policy.signed.json");
        signed.unwrap().verify(&self.settings.trust).unwrap()
    }

    /// Puts it where the box looks.
    pub(crate) fn publish(&self, json: &str) {
        std::fs::write(self.settings.file.as_ref().unwrap(), json).unwrap();
    }
}
