//! The cameras that run, each on a thread of its own, and the start of one anew by other settings while the others are left
//! as they are.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use anyhow::Context as _;
use velum_vocab::CameraId;

use super::Camera;
use crate::config::CameraSettings;
use crate::shared::Shared;
use crate::shutdown::Shutdown;

/// All cameras of the box.
pub(crate) struct Crew {
    shared: Arc<Shared>,
    running: BTreeMap<CameraId, Running>,
}

struct Running {
    thread: JoinHandle<()>,
    stop: Shutdown,
    /// By these it is started again once it has ended.
    next: Option<CameraSettings>,
}

impl Crew {
    /// Starts them.
    ///
    /// # Errors
    /// Where no thread can be started.
    pub(crate) fn start(cameras: &[CameraSettings], shared: &Arc<Shared>) -> anyhow::Result<Self> {
        let start = |settings: &CameraSettings| Ok((settings.id.clone(), begin(settings, shared)?));
        let running = cameras.iter().map(start).collect::<anyhow::Result<_>>()?;
        Ok(Self { shared: Arc::clone(shared), running })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.running.len()
    }

    /// Has one camera end, to run by other settings.
    pub(crate) fn change(&mut self, settings: CameraSettings) {
        if let Some(running) = self.running.get_mut(&settings.id) {
            running.stop.request();
            running.next = Some(settings);
        }
    }

    /// Starts those again that have ended for it.
    pub(crate) fn look(&mut self) {
        for (id, running) in &mut self.running {
            let Some(settings) = running.next.take_if(|_| running.thread.is_finished()) else { continue };
            match begin(&settings, &self.shared) {
                Ok(begun) => *running = begun,
                Err(error) => {
                    tracing::error!(camera = %id, error = format!("{error:#}"), "a camera could not be started; it is tried again");
                    running.next = Some(settings);
                }
            }
        }
    }

    /// Asks all to end.
    pub(crate) fn stop(&mut self) {
        for running in self.running.values_mut() {
            running.next = None;
            running.stop.request();
        }
    }

    /// Whether all have ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.running.values().all(|running| running.thread.is_finished())
    }
}

fn begin(settings: &CameraSettings, shared: &Arc<Shared>) -> anyhow::Result<Running> {
    let (id, stop) = (settings.id.clone(), Shutdown::new());
    shared.proofs.begin(&id);
    let camera = Camera::new(settings.clone(), Arc::clone(shared), stop.clone());
    let thread = std::thread::Builder::new().name(format!("camera-{id}")).spawn(move || camera.run());
    let thread = thread
        .with_context(|| format!("cameras.{id}: no thread could be started; raise the limit of processes"))?;
    Ok(Running { thread, stop, next: None })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::testing::test_box;

    #[test]
    fn one_camera_is_started_anew_and_the_others_run_on() {
        let edge = test_box(100);
        let folder = edge.folder.path().join("edge.toml");
        let broken = "source = \"test:ball\"\ncredentials_file = \"/nonexistent\"\n";
        std::fs::write(&folder, format!("[cameras.a]\n{broken}[cameras.b]\n{broken}")).unwrap();
        let cameras = crate::config::load(&folder).unwrap().cameras;
        let mut crew = Crew::start(&cameras, &edge.shared).unwrap();
        let thread =
            |crew: &Crew, name: &str| crew.running[&CameraId::parse(name).unwrap()].thread.thread().id();
        let before = (thread(&crew, "a"), thread(&crew, "b"));
        crew.change(cameras[0].watching("{\"zones\":[{\"id\":\"hall\"}]}").unwrap());
        let until = Instant::now() + Duration::from_secs(30);
        while thread(&crew, "a") == before.0 && Instant::now() < until {
            crew.look();
            std::thread::yield_now();
        }
        assert_ne!(thread(&crew, "a"), before.0);
        assert_eq!(thread(&crew, "b"), before.1, "the other one is left as it is");
        crew.stop();
        while !crew.has_ended() {
            std::thread::yield_now();
        }
    }
}
