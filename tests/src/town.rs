//! A small town: an authority, a hub, one box and the simulated cameras, in one folder.
//!
//! Everything is done by the commands that a user would type; nothing is reached into.

mod founding;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process::Running;
use crate::programs::{onnxruntime, program, run, vtest, workspace_root};

/// The box's name in certificate and events.
pub const BOX: &str = "box-1";

/// The purpose of the demonstration's policy.
const PURPOSE: &str = "plaza-safety";

/// The recipient of the demonstration's policy.
const ROLE: &str = "plaza-steward";

/// Where the programs of a town listen, all on loopback.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    /// The hub, for boxes and operators.
    pub hub: u16,
    /// The hub, for enrolment.
    pub enrolment: u16,
    /// The simulated cameras.
    pub cameras: u16,
    /// The box's metrics.
    pub metrics: u16,
    /// The operators' page.
    pub console: u16,
}

impl Ports {
    /// The ports that the documentation names.
    pub const DOCUMENTED: Self =
        Self { hub: 7443, enrolment: 7444, cameras: 8554, metrics: 9464, console: 8443 };

    /// Ports that are free now.
    ///
    /// # Errors
    /// When the system has none.
    pub fn free() -> Result<Self> {
        let held: Vec<TcpListener> =
            (0..5).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
        let mut ports = held.iter().map(|l| l.local_addr().map(|a| a.port()));
        let mut next = || ports.next().context("a free port")?.context("a free port");
        Ok(Self { hub: next()?, enrolment: next()?, cameras: next()?, metrics: next()?, console: next()? })
    }

    /// The documented ports, or free ones where something listens there already.
    ///
    /// # Errors
    /// When the system has no free port.
    pub fn documented_or_free() -> Result<Self> {
        let d = Self::DOCUMENTED;
        let taken = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err();
        if [d.hub, d.enrolment, d.cameras, d.metrics, d.console].into_iter().any(taken) {
            Self::free()
        } else {
            Ok(d)
        }
    }
}

/// What a town is to be like.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where its programs listen.
    pub ports: Ports,
    /// Seconds after the cameras' start at which a bag is put down in front of the second; none: never.
    pub bag_at_secs: Option<u32>,
    /// Whether the box logs each number after it is durable.
    pub produced_log: bool,
    /// What the code says that hides a person's head in front of every camera; none: nobody is added.
    pub marker: Option<String>,
    /// Other cameras than the demonstration's two, to be measured with.
    pub load: Option<Load>,
}

/// So many cameras, `camera-1` to `camera-N`, that play a recording as it is coded.
#[derive(Debug, Clone)]
pub struct Load {
    /// H.264 or H.265 in MP4.
    pub recording: PathBuf,
    /// How many.
    pub cameras: usize,
    /// The detector's catalogue id.
    pub detector: String,
    /// Analysed frames a second of each.
    pub analysed_fps: f64,
    /// Whether the policy lets stills be made.
    pub stills: bool,
    /// The processors on which the box runs, as taskset names them.
    pub box_cpus: String,
    /// The processors of all else.
    pub other_cpus: String,
}

impl Load {
    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = String> {
        (1..=self.cameras).map(|number| format!("camera-{number}"))
    }
}

/// One of a town's programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// The simulated cameras.
    Cameras,
    /// The hub.
    Hub,
    /// The box.
    Edge,
}

/// A small town.
pub struct Town {
    dir: PathBuf,
    plan: Plan,
    cameras: Option<Running>,
    hub: Option<Running>,
    edge: Option<Running>,
    edge_environment: Vec<(&'static str, String)>,
}

impl Town {
    /// Makes authority, keys, signed policy and configurations in an empty folder.
    ///
    /// # Errors
    /// When one of the commands fails; the text holds what it said.
    pub fn found(dir: &Path, plan: Plan) -> Result<Self> {
        std::fs::create_dir_all(dir.join("logs")).with_context(|| dir.display().to_string())?;
        let dir = dir.canonicalize()?;
        founding::authority(&dir)?;
        founding::policy(&dir, plan.load.as_ref())?;
        founding::hub_configuration(&dir, plan.ports)?;
        founding::edge_configuration(&dir, &plan)?;
        Ok(Self { dir, plan, cameras: None, hub: None, edge: None, edge_environment: Vec::new() })
    }

    /// The town's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Starts the simulated cameras and waits until they listen.
    ///
    /// # Errors
    /// When they do not come up.
    pub fn start_cameras(&mut self) -> Result<()> {
        let mut command = self.on_cpus("velum-camera-sim", |load| &load.other_cpus)?;
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.plan.ports.cameras));
        if let Some(load) = &self.plan.load {
            command.arg("--as-coded").arg("--video").arg(&load.recording);
            command.args(load.names().flat_map(|name| ["--camera".to_owned(), name]));
            self.cameras = Some(self.start("cameras", command, self.plan.ports.cameras)?);
            return Ok(());
        }
        command.arg("--video").arg(vtest()?).args(["--camera", "plaza-1"]);
        match self.plan.bag_at_secs {
            Some(secs) => command.arg("--camera").arg(format!("plaza-2:bag={secs}")),
            None => command.args(["--camera", "plaza-2"]),
        };
        if let Some(text) = &self.plan.marker {
            command.args(["--marker", text]);
        }
        command.arg("--truth").arg(self.truth_file());
        self.cameras = Some(self.start("cameras", command, self.plan.ports.cameras)?);
        Ok(())
    }

    /// Where one of the cameras of a [`Load`] is, from 1.
    pub fn camera_address(&self, number: usize) -> String {
        format!("rtsp://127.0.0.1:{}/camera-{number}", self.plan.ports.cameras)
    }

    /// Starts the hub and waits until it listens. The operator has the role of the policy's recipient.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_hub(&mut self) -> Result<()> {
        let mut give = Command::new(program("velum-hub")?);
        give.args(["recipient", "give", ROLE, "operator", "--operator", "--config"]);
        run(give.arg(self.dir.join("hub.toml")))?;
        let mut command = self.on_cpus("velum-hub", |load| &load.other_cpus)?;
        command.args(["run", "--print-setup-link", "--config"]).arg(self.dir.join("hub.toml"));
        self.hub = Some(self.start("hub", command, self.plan.ports.hub)?);
        Ok(())
    }

    /// Gives the box its certificate, by a one-use token of the hub, which must run.
    ///
    /// # Errors
    /// When hub or box refuse.
    pub fn enroll_box(&self) -> Result<()> {
        let mut ask = Command::new(program("velum-hub")?);
        let printed = run(ask.args(["enroll", BOX, "--config"]).arg(self.dir.join("hub.toml")))?;
        let token = printed
            .split_whitespace()
            .find(|word| word.starts_with("velum1."))
            .with_context(|| format!("no token in what velum-hub enroll printed: {printed}"))?;
        let mut enroll = Command::new(program("velum-edge")?);
        run(enroll.args(["enroll", "--token", token, "--dir"]).arg(self.dir.join("identity")))?;
        Ok(())
    }

    /// Has the box connect to this port of the loopback instead of the hub's own.
    ///
    /// # Errors
    /// When the box's configuration cannot be written anew.
    pub fn lead_box_through(&mut self, port: u16) -> Result<()> {
        let through = Plan { ports: Ports { hub: port, ..self.plan.ports }, ..self.plan.clone() };
        founding::edge_configuration(&self.dir, &through)
    }

    /// Starts the box and waits until its health page answers.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_edge(&mut self) -> Result<()> {
        let mut command = self.on_cpus("velum-edge", |load| &load.box_cpus)?;
        command.arg("run").arg("--config").arg(self.dir.join("edge.toml"));
        command.env("ORT_DYLIB_PATH", onnxruntime()?);
        command.envs(self.edge_environment.iter().map(|(name, value)| (name, value)));
        if std::env::var_os("VELUM_SHARED").is_none() {
            command.env("VELUM_SHARED", workspace_root().join("../shared"));
        }
        if self.plan.produced_log {
            command.arg("--produced-log").arg(self.produced_log());
        }
        self.edge = Some(self.start("edge", command, self.plan.ports.metrics)?);
        Ok(())
    }

    /// A program of ours, kept to some processors where the town is measured.
    fn on_cpus(&self, name: &str, cpus: impl Fn(&Load) -> &String) -> Result<Command> {
        let program = program(name)?;
        let Some(load) = &self.plan.load else { return Ok(Command::new(program)) };
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", cpus(load)]).arg(program);
        Ok(command)
    }

    fn start(&self, name: &str, mut command: Command, port: u16) -> Result<Running> {
        use std::os::unix::process::CommandExt;
        // Its own process group: Ctrl-C at the terminal is for the demonstration, which then ends the others
        // in the right order.
        command.process_group(0).current_dir(workspace_root());
        let mut running = Running::start(name, &mut command, &self.log(name))?;
        running.wait_until("listening", || listens(port))?;
        Ok(running)
    }

    /// Kills the box at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_edge(&mut self) -> Result<()> {
        self.edge.as_mut().map_or(Ok(()), Running::kill)
    }

    /// Kills the simulated cameras at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_cameras(&mut self) -> Result<()> {
        self.cameras.as_mut().map_or(Ok(()), Running::kill)
    }

    /// Has the cameras of a [`Load`] play another recording from their next start on.
    pub fn play(&mut self, recording: &Path) {
        if let Some(load) = &mut self.plan.load {
            load.recording = recording.to_owned();
        }
    }

    /// Has the box analyse another number of frames a second from its next start on.
    ///
    /// # Errors
    /// When its configuration cannot be written anew.
    pub fn analyse_at(&mut self, fps: f64) -> Result<()> {
        if let Some(load) = &mut self.plan.load {
            load.analysed_fps = fps;
        }
        founding::edge_configuration(&self.dir, &self.plan)
    }

    /// Gives the box further variables from its next start on.
    pub fn edge_environment(&mut self, variables: impl IntoIterator<Item = (&'static str, String)>) {
        self.edge_environment = variables.into_iter().collect();
    }

    /// The port of the hub, for boxes and operators.
    pub fn hub_port(&self) -> u16 {
        self.plan.ports.hub
    }

    /// The port of the simulated cameras.
    pub fn cameras_port(&self) -> u16 {
        self.plan.ports.cameras
    }

    /// The process id of a program, while it runs.
    pub fn pid(&self, program: Program) -> Option<u32> {
        self.running(program).map(Running::pid)
    }

    /// Stops a program where it is; it does not know.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn freeze(&self, program: Program) -> Result<()> {
        self.running(program).map_or(Ok(()), Running::freeze)
    }

    /// Lets a frozen program go on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn thaw(&self, program: Program) -> Result<()> {
        self.running(program).map_or(Ok(()), Running::thaw)
    }

    fn running(&self, program: Program) -> Option<&Running> {
        match program {
            Program::Cameras => self.cameras.as_ref(),
            Program::Hub => self.hub.as_ref(),
            Program::Edge => self.edge.as_ref(),
        }
    }

    /// Has the box end as after a grave error.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn abort_edge(&mut self) -> Result<()> {
        self.edge.as_mut().map_or(Ok(()), Running::abort)
    }

    /// Kills the hub at once.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill_hub(&mut self) -> Result<()> {
        self.hub.as_mut().map_or(Ok(()), Running::kill)
    }

    /// Ends the box in order: it hands over what it still holds.
    ///
    /// # Errors
    /// When it does not end, or ends with an error.
    pub fn stop_edge(&mut self) -> Result<()> {
        let Some(edge) = &mut self.edge else { return Ok(()) };
        let status = edge.stop()?;
        anyhow::ensure!(status.success(), "velum-edge ended with {status}:\n{}", edge.log_end());
        Ok(())
    }

    /// The end of the box's log, for error texts.
    pub fn edge_log_end(&self) -> String {
        self.edge.as_ref().map(Running::log_end).unwrap_or_default()
    }

    /// Whether hub, box and cameras all still run.
    pub fn all_running(&mut self) -> bool {
        [&mut self.cameras, &mut self.hub, &mut self.edge].into_iter().flatten().all(Running::is_running)
    }

    /// Follows events onto this process's own terminal.
    ///
    /// # Errors
    /// When the command line cannot be started.
    pub fn tail(&self) -> Result<std::process::Child> {
        use std::os::unix::process::CommandExt;
        let mut command = self.operator()?;
        command.args(["events", "tail", "--from", "start"]).stdin(Stdio::null()).process_group(0);
        command.spawn().context("starting velum events tail")
    }

    /// Every record that the hub has stored, as `velum events list --json` prints them.
    ///
    /// # Errors
    /// When the hub does not answer.
    pub fn records(&self) -> Result<Vec<Value>> {
        let printed = run(self.operator()?.args(["events", "list", "--json", "--limit", "0"]))?;
        printed.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
    }

    /// Asks for the redacted still of an alert, as an operator would, and writes it to `file`.
    ///
    /// # Errors
    /// When it is refused or cannot be had; the text says why.
    pub fn still(&self, event: &str, file: &Path) -> Result<()> {
        let mut ask = self.operator()?;
        ask.args(["stills", "get", event, "--purpose", PURPOSE, "--reason", "the demonstration shows it"]);
        run(ask.arg("-o").arg(file)).map(drop)
    }

    /// The text of this town's first policy.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn policy_text(&self) -> Result<String> {
        let path = self.dir.join("policy.toml");
        std::fs::read_to_string(&path).with_context(|| path.display().to_string())
    }

    /// Publishes this town's first policy, so that the hub shows what is released under it.
    ///
    /// # Errors
    /// When the hub refuses it.
    pub fn publish_policy(&self) -> Result<()> {
        self.publish(&self.dir.join("policy.signed.json")).map(drop)
    }

    /// Has so many of the two approvers sign a policy. Gives the signed file.
    ///
    /// # Errors
    /// When a rule refuses it; the text says which.
    pub fn sign(&self, name: &str, text: &str, approvers: usize) -> Result<PathBuf> {
        let roles: Vec<_> = ["process-owner", "ciso"].into_iter().take(approvers).collect();
        founding::sign(&self.dir, name, text, &roles)
    }

    /// Publishes a signed policy, as an operator would. Gives what was printed.
    ///
    /// # Errors
    /// When it is refused, by the hub or by the box; the text says why.
    pub fn publish(&self, signed: &Path) -> Result<String> {
        run(self.operator()?.args(["policy", "publish"]).arg(signed))
    }

    /// Runs a command of `velum-edge` beside the running box, with its configuration.
    ///
    /// # Errors
    /// When it fails; the text holds what it said.
    pub fn edge_command(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(program("velum-edge")?);
        run(command.args(arguments).arg("--config").arg(self.dir.join("edge.toml")))
    }

    /// The id of the event that raised an abandoned object, once there is one.
    ///
    /// # Errors
    /// When the hub does not answer.
    pub fn abandoned_object(&self) -> Result<Option<String>> {
        let records = self.records()?;
        let mut events = records.iter().filter_map(|record| record.get("event"));
        let raised = events.find(|e| is(e, "kind", "abandoned_object") && is(e, "state", "raised"));
        Ok(raised.and_then(|event| event.get("id")?.as_str().map(str::to_owned)))
    }

    /// The one-time link by which the first person lets themself into the operators' page: the hub prints it.
    pub fn console_link(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.log("hub")).ok()?;
        log.split_whitespace().find(|word| word.contains("#setup=")).map(str::to_owned)
    }

    /// The box's metrics as they are now: each name, labels included, and its value.
    ///
    /// # Errors
    /// When the box does not answer.
    pub fn metrics(&self) -> Result<BTreeMap<String, f64>> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.plan.ports.metrics));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\nHost: localhost\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        let values = page.lines().filter(|line| line.starts_with("velum_"));
        let pair = |line: &str| {
            let (name, value) = line.rsplit_once(' ')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        Ok(values.filter_map(pair).collect())
    }

    /// What `velum summary --json` prints.
    ///
    /// # Errors
    /// When the hub does not answer.
    pub fn hub_summary(&self) -> Result<Value> {
        let printed = run(self.operator()?.args(["summary", "--json"]))?;
        serde_json::from_str(&printed).context(printed)
    }

    /// The detectors that the box told the hub it runs: catalogue id and digest.
    ///
    /// # Errors
    /// When the hub does not answer or the catalogue cannot be read.
    pub fn detectors(&self) -> Result<Vec<Value>> {
        let summary = self.hub_summary()?;
        let digests = summary.pointer("/boxes/0/model_digests").and_then(Value::as_array);
        let catalogue = catalogue()?;
        let name = |digest: &Value| {
            let id = digest.as_str().and_then(|d| catalogue.get(d)).map_or("unknown", String::as_str);
            serde_json::json!({ "id": id, "sha256": digest })
        };
        Ok(digests.into_iter().flatten().map(name).collect())
    }

    fn operator(&self) -> Result<Command> {
        let mut command = Command::new(program("velum")?);
        command.env("VELUM_PKI", self.dir.join("pki"));
        command.env("VELUM_HUB", format!("https://localhost:{}", self.plan.ports.hub));
        Ok(command)
    }

    /// Waits until something is true of the town.
    ///
    /// # Panics
    /// With the end of the box's log, when patience ends.
    #[expect(clippy::panic, reason = "for tests alone: a condition that does not come true fails them")]
    pub fn wait_until(&self, what: &str, patience: Duration, mut holds: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + patience;
        while !holds(self) {
            if Instant::now() >= deadline {
                panic!("not {what} within {patience:?}:\n{}", self.edge_log_end());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What the simulated cameras say that they have shown; none while nothing was staged.
    pub fn truth(&self) -> Option<Value> {
        serde_json::from_str(&std::fs::read_to_string(self.truth_file()).ok()?).ok()
    }

    /// The moment at which the bag was put down, milliseconds since the Unix epoch.
    pub fn staged_at_unix_ms(&self) -> Option<i64> {
        self.truth()?.pointer("/staged/0/staged_at_unix_ms")?.as_i64()
    }

    /// The file in which the box logs each number after it is durable.
    pub fn produced_log(&self) -> PathBuf {
        self.dir.join("produced.log")
    }

    /// The numbers that the box wrote there, by incarnation and sequence; none where it writes no such file.
    pub fn produced(&self) -> BTreeSet<(String, u64)> {
        let text = std::fs::read_to_string(self.produced_log()).unwrap_or_default();
        let line = |line: &str| {
            let (incarnation, sequence) = line.split_once(' ')?;
            Some((incarnation.to_owned(), sequence.trim().parse().ok()?))
        };
        text.lines().filter_map(line).collect()
    }

    fn truth_file(&self) -> PathBuf {
        self.dir.join("truth.json")
    }

    fn log(&self, name: &str) -> PathBuf {
        self.dir.join("logs").join(format!("{name}.log"))
    }
}

/// Model ids of the catalogue by their digest.
fn catalogue() -> Result<BTreeMap<String, String>> {
    let folder = workspace_root().join("models/catalogue");
    let mut ids = BTreeMap::new();
    for entry in std::fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let manifest: toml::Table = std::fs::read_to_string(path)?.parse()?;
        let field = |key: &str| manifest.get(key).and_then(toml::Value::as_str).map(str::to_owned);
        if let (Some(id), Some(sha256)) = (field("id"), field("sha256")) {
            ids.insert(sha256, id);
        }
    }
    Ok(ids)
}

fn is(event: &Value, key: &str, text: &str) -> bool {
    event.get(key).and_then(Value::as_str) == Some(text)
}

fn listens(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}
