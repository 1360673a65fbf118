//! A small RTSP camera in this process, and recordings made on the spot.

use std::path::Path;
use std::thread::JoinHandle;

use gst::prelude::*;
use gst_rtsp_server::prelude::*;
use velum_vocab::CameraId;

/// White pictures, 20 a second, a key frame every second.
pub(crate) const WHITE_H264: &str = "videotestsrc is-live=true pattern=white ! \
    video/x-raw,format=I420,width=320,height=240,framerate=20/1 ! openh264enc gop-size=20 ! h264parse ! \
    rtph264pay name=pay0 pt=96";

pub(crate) fn camera_id() -> CameraId {
    CameraId::parse("test-camera").unwrap()
}

/// Whether these elements are installed; says which is missing.
pub(crate) fn has_elements(names: &[&str]) -> bool {
    crate::init().unwrap();
    let missing = names.iter().find(|name| gst::ElementFactory::find(name).is_none());
    missing.inspect(|name| println!("skipped: gstreamer element `{name}` is missing")).is_none()
}

/// Whether GLib can speak TLS here; says what is missing.
pub(crate) fn has_tls() -> bool {
    let has_tls = gio::TlsBackend::default().supports_tls();
    if !has_tls {
        println!("skipped: GLib has no TLS; `apt-get install glib-networking`");
    }
    has_tls
}

/// Serves one mount, `/live`, until it is dropped; then its viewers are cut off.
pub(crate) struct TestCamera {
    main_loop: gst::glib::MainLoop,
    thread: Option<JoinHandle<()>>,
    port: u16,
    is_tls: bool,
}

impl TestCamera {
    /// Listens on a port (0: any), with `user:password` where given.
    pub(crate) fn start(port: u16, launch: &str, login: Option<&str>) -> Self {
        Self::serve(port, launch, login, None)
    }

    /// Listens on any port, and speaks TLS only.
    pub(crate) fn start_tls(certificate: &gio::TlsCertificate, login: Option<&str>) -> Self {
        Self::serve(0, WHITE_H264, login, Some(certificate))
    }

    fn serve(
        port: u16,
        launch: &str,
        login: Option<&str>,
        certificate: Option<&gio::TlsCertificate>,
    ) -> Self {
        crate::init().unwrap();
        let context = gst::glib::MainContext::new();
        let main_loop = gst::glib::MainLoop::new(Some(&context), false);
        let server = gst_rtsp_server::RTSPServer::new();
        server.set_address("127.0.0.1");
        server.set_service(&port.to_string());
        let factory = gst_rtsp_server::RTSPMediaFactory::new();
        factory.set_launch(&format!("( {launch} )"));
        factory.set_shared(true);
        if login.is_some() || certificate.is_some() {
            server.set_auth(Some(&auth(login, certificate)));
            let access = gst::Structure::builder("viewer")
                .field("media.factory.access", true)
                .field("media.factory.construct", true)
                .build();
            factory.add_role_from_structure(&access);
        }
        server.mount_points().unwrap().add_factory("/live", factory);
        let source = server.attach(Some(&context)).unwrap();
        let port = u16::try_from(server.bound_port()).unwrap();
        let thread = std::thread::spawn({
            let main_loop = main_loop.clone();
            move || {
                context.with_thread_default(|| main_loop.run()).unwrap();
                // Dying: nobody new, and everybody out.
                context.find_source_by_id(&source).unwrap().destroy();
                server.client_filter(Some(&mut |_, client| {
                    client.close();
                    gst_rtsp_server::RTSPFilterResult::Remove
                }));
                while context.iteration(false) {}
            }
        });
        Self { main_loop, thread: Some(thread), port, is_tls: certificate.is_some() }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn address(&self) -> String {
        let scheme = if self.is_tls { "rtsps" } else { "rtsp" };
        format!("{scheme}://127.0.0.1:{}/live", self.port)
    }
}

impl Drop for TestCamera {
    fn drop(&mut self) {
        self.main_loop.quit();
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Who may watch: this login, or everybody where there is none.
fn auth(login: Option<&str>, certificate: Option<&gio::TlsCertificate>) -> gst_rtsp_server::RTSPAuth {
    let auth = gst_rtsp_server::RTSPAuth::new();
    let mut token = gst_rtsp_server::RTSPToken::builder().field("media.factory.role", "viewer").build();
    match login.and_then(|login| login.split_once(':')) {
        Some((user, password)) => {
            auth.add_basic(&gst_rtsp_server::RTSPAuth::make_basic(user, password), &token);
        }
        None => auth.set_default_token(Some(&mut token)),
    }
    auth.set_tls_certificate(certificate);
    auth
}

/// Runs a pipeline to its end, to make a file.
pub(crate) fn record(launch: &str, path: &Path) {
    crate::init().unwrap();
    let pipeline = gst::parse::launch(&format!("{launch} ! filesink location={}", path.display())).unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let kinds = [gst::MessageType::Eos, gst::MessageType::Error];
    let end = pipeline.bus().unwrap().timed_pop_filtered(gst::ClockTime::from_seconds(20), &kinds).unwrap();
    assert_eq!(end.type_(), gst::MessageType::Eos);
    pipeline.set_state(gst::State::Null).unwrap();
}
