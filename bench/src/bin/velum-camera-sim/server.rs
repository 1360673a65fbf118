//! The RTSP server: one mount a camera, each paced by the same clock since the start of the simulator.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use gst::prelude::*;
use gst_rtsp_server::prelude::*;

use crate::schedule::Schedule;
use velum_bench::loops::CodedLoop;

/// One camera, ready to be served.
#[derive(Clone)]
pub(crate) struct Camera {
    pub(crate) name: String,
    pub(crate) schedule: Schedule,
    pub(crate) plain: Arc<CodedLoop>,
    pub(crate) with_bag: Arc<CodedLoop>,
}

impl Camera {
    /// The coded frame at a tick.
    pub(crate) fn unit(&self, tick: u64) -> Option<gst::Buffer> {
        let shown = self.schedule.shown(tick);
        if shown.has_bag { &self.with_bag } else { &self.plain }.unit(shown.frame)
    }
}

/// Who may watch, and how. Nothing set: everybody, unencrypted.
#[derive(Default)]
pub(crate) struct Access {
    /// `user:password`.
    pub(crate) login: Option<String>,
    /// With its private key.
    pub(crate) certificate: Option<gio::TlsCertificate>,
}

impl Access {
    fn is_asked(&self) -> bool {
        self.login.is_some() || self.certificate.is_some()
    }

    fn authentication(&self) -> anyhow::Result<gst_rtsp_server::RTSPAuth> {
        let auth = gst_rtsp_server::RTSPAuth::new();
        let mut token = gst_rtsp_server::RTSPToken::builder().field("media.factory.role", ROLE).build();
        match &self.login {
            Some(login) => {
                let (user, password) =
                    login.split_once(':').context("--user-env: expected `user:password` in the variable")?;
                auth.add_basic(&gst_rtsp_server::RTSPAuth::make_basic(user, password), &token);
            }
            None => auth.set_default_token(Some(&mut token)),
        }
        auth.set_tls_certificate(self.certificate.as_ref());
        Ok(auth)
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    main_loop: gst::glib::MainLoop,
    thread: Option<std::thread::JoinHandle<()>>,
    /// What clients put before a camera's name.
    pub(crate) address: String,
}

impl Server {
    /// Listens, and plays the cameras to whoever comes. Time counts from `start`.
    pub(crate) fn start(
        listen: SocketAddr,
        cameras: &[Camera],
        start: Instant,
        access: &Access,
    ) -> anyhow::Result<Self> {
        let context = gst::glib::MainContext::new();
        let main_loop = gst::glib::MainLoop::new(Some(&context), false);
        let server = gst_rtsp_server::RTSPServer::new();
        server.set_address(&listen.ip().to_string());
        server.set_service(&listen.port().to_string());
        // Who connects waits for the camera's next key frame: on one thread, each for all that came before.
        let threads = gst_rtsp_server::RTSPThreadPool::new();
        threads.set_max_threads(i32::try_from(cameras.len())?.saturating_add(1));
        server.set_thread_pool(Some(&threads));
        let mounts = server.mount_points().context("the server has no mount points")?;
        for camera in cameras {
            mounts
                .add_factory(&format!("/{}", camera.name), factory(camera.clone(), start, access.is_asked()));
        }
        if access.is_asked() {
            server.set_auth(Some(&access.authentication()?));
        }
        server
            .attach(Some(&context))
            .with_context(|| format!("--listen: `{listen}` cannot be bound; is it taken?"))?;
        let address =
            SocketAddr::new(listen.ip(), u16::try_from(server.bound_port()).unwrap_or(listen.port()));
        let thread = std::thread::Builder::new().name("rtsp".to_owned()).spawn({
            let main_loop = main_loop.clone();
            move || {
                // The server lives as long as its loop runs.
                let _server = server;
                let _ = context.with_thread_default(|| main_loop.run());
            }
        })?;
        let scheme = if access.certificate.is_some() { "rtsps" } else { "rtsp" };
        Ok(Self { main_loop, thread: Some(thread), address: format!("{scheme}://{address}") })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

const ROLE: &str = "viewer";
const LONG_OVERDUE: Duration = Duration::from_millis(500);

fn factory(camera: Camera, start: Instant, has_roles: bool) -> gst_rtsp_server::RTSPMediaFactory {
    let factory = gst_rtsp_server::RTSPMediaFactory::new();
    let codec = camera.plain.codec().name();
    factory.set_launch(
        &format!(
            "( appsrc name=src is-live=true do-timestamp=true format=time block=true max-buffers=2 caps=video/x-{codec},stream-format=byte-stream,alignment=au \
             ! {codec}parse ! rtp{codec}pay name=pay0 pt=96 config-interval=-1 )"
        ),
    );
    factory.set_shared(true);
    if has_roles {
        let access = gst::Structure::builder(ROLE)
            .field("media.factory.access", true)
            .field("media.factory.construct", true)
            .build();
        factory.add_role_from_structure(&access);
    }
    factory.connect_media_configure(move |_, media| {
        let source = media.element().downcast::<gst::Bin>().ok().and_then(|bin| bin.by_name("src"));
        let Some(source) = source.and_downcast::<gst_app::AppSrc>() else { return };
        let over = Arc::new(AtomicBool::new(false));
        media.connect_unprepared({
            let over = Arc::clone(&over);
            move |_| over.store(true, Ordering::SeqCst)
        });
        let camera = camera.clone();
        let name = format!("play-{}", camera.name);
        let play = move || play(&camera, &source, start, &over);
        if let Err(error) = std::thread::Builder::new().name(name).spawn(play) {
            tracing::error!(%error, "no thread to play a camera");
        }
    });
    factory
}

/// Pushes coded frames when they are due, from the next key frame on, until the last viewer has gone. Frames that
/// are long overdue, because the viewer was not ready, are left out up to the next key frame.
fn play(camera: &Camera, source: &gst_app::AppSrc, start: Instant, over: &AtomicBool) {
    let schedule = &camera.schedule;
    let next_key = || schedule.next_key_tick(schedule.tick_at(start.elapsed().as_secs_f64()) + 1);
    let mut tick = next_key();
    loop {
        let due = start + Duration::from_secs_f64(schedule.due_secs(tick));
        wait_until(due);
        if over.load(Ordering::SeqCst) {
            return;
        }
        if due.elapsed() > LONG_OVERDUE {
            tick = next_key();
            continue;
        }
        let Some(unit) = camera.unit(tick) else { return };
        if source.push_buffer(unit).is_err() {
            return;
        }
        tick += 1;
    }
}

/// Sleeps until a moment; not at all when it is past.
pub(crate) fn wait_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}
