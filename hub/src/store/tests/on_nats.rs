//! Hubs on one PostgreSQL server that tell each other of records through a real nats-server. Run by `tests::on_postgres`, with all others.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, StorageType};

use super::*;
use crate::config::NatsConfig;
use crate::tests::database::server_dir;
use crate::tests::town::{server_certificate, soon};

/// Where Debian puts it, and where others do.
const PROGRAMS: [&str; 3] = ["nats-server", "/usr/sbin/nats-server", "/usr/local/bin/nats-server"];
const PASSWORD: &str = "geheim-5e1d";
/// As docs/operations.md says.
const MAY_PUBLISH: &str = "\"velum.words\", \"$JS.API.STREAM.INFO.velum\", \"$JS.API.STREAM.CREATE.velum\", \"$JS.API.CONSUMER.CREATE.velum\", \"$JS.API.CONSUMER.CREATE.velum.>\"";

struct Server {
    dir: tempfile::TempDir,
    program: &'static str,
    port: u16,
    child: Option<Child>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Server {
    /// With TLS and a password; none where there is no PostgreSQL in this run, or nats-server is not installed.
    fn start() -> Option<Self> {
        server_dir()?;
        let is_there = |program: &&str| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        let Some(program) = PROGRAMS.into_iter().find(is_there) else {
            eprintln!(
                "skipped: nats-server is not installed; `apt-get install nats-server` to try hubs with NATS"
            );
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let (authority, certificate, key) = server_certificate("localhost");
        for (name, text) in [
            ("authority.pem", authority.as_str()),
            ("server.pem", &certificate),
            ("server.key", &key),
            ("password", PASSWORD),
        ] {
            crate::secret_file::write(&dir.path().join(name), text, 0o600);
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { dir, program, port, child: None };
        server.run();
        Some(server)
    }

    fn run(&mut self) {
        let (dir, port) = (self.dir.path().display(), self.port);
        let settings = format!(
            "listen: \"127.0.0.1:{port}\"\njetstream {{ store_dir: \"{dir}/jetstream\" }}\n\
             authorization {{ users: [ {{ user: admin, password: \"{PASSWORD}\" }}, {{ user: hub, password: \"{PASSWORD}\", permissions: {{ \
             publish: [ {MAY_PUBLISH} ], subscribe: [ \"_INBOX.>\" ] }} }} ] }}\n\
             tls {{ cert_file: \"{dir}/server.pem\", key_file: \"{dir}/server.key\" }}\n"
        );
        let file = self.dir.path().join("nats.conf");
        std::fs::write(&file, settings).unwrap();
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let child =
            Command::new(self.program).arg("--config").arg(&file).stdout(Stdio::null()).stderr(log).spawn();
        self.child = Some(child.unwrap());
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn config(&self, user: &str) -> NatsConfig {
        NatsConfig {
            servers: vec![format!("tls://localhost:{}", self.port)],
            ca_file: Some(self.dir.path().join("authority.pem")),
            client: None,
            login: Some((user.to_owned(), self.dir.path().join("password"))),
            stream: "velum".to_owned(),
            replicas: 1,
        }
    }

    /// Of one hub, once the server answers.
    async fn fanout(&self) -> Arc<Fanout> {
        self.answers().await;
        Fanout::open(&self.config("hub")).await.unwrap()
    }

    async fn answers(&self) {
        let looked = async {
            while matches!(look_at_stream(&self.config("hub")).await, Err(FanoutError::Away { .. })) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        soon("nats-server answers", looked).await;
    }

    /// All that the stream has, without the hub that said it.
    async fn said(&self) -> Vec<String> {
        let admin = Fanout::open(&self.config("admin")).await.unwrap();
        let stream = admin.context().get_stream("velum").await.unwrap();
        let mut said = Vec::new();
        for sequence in 1..=stream.cached_info().state.last_sequence {
            let message = stream.get_raw_message(sequence).await.unwrap();
            let word = String::from_utf8(message.payload.to_vec()).unwrap();
            said.push(word.split_once(' ').unwrap().1.to_owned());
        }
        said
    }
}

/// A hub on the database of one.
async fn beside(hub: &Hub, fanout: &Arc<Fanout>) -> Arc<Store> {
    let store = Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap();
    Arc::new(store.telling_by(Some(Arc::clone(fanout))))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_acknowledged_once_the_stream_has_its_cursor_and_nothing_else_and_other_hubs_are_woken() {
    let Some(server) = Server::start() else { return };
    let hub = Hub::new().await;
    let (here, there) =
        (beside(&hub, &server.fanout().await).await, beside(&hub, &server.fanout().await).await);
    let listening = tokio::spawn(Arc::clone(&there).listen());
    let mut newest = there.newest();
    let listener = server.fanout().await;
    let mut heard = listener.listen().await.unwrap();
    here.ingest(&source(), events(1..=3), NOW_UNIX_MS).await.unwrap();
    assert_eq!(server.said().await, ["3"]);
    let word = soon("it is heard", heard.next()).await.unwrap().unwrap();
    assert_eq!(word, format!("{} 3", hex::encode(here.replica)));
    soon("the other hub is woken", newest.wait_for(|newest| *newest >= 3)).await.unwrap();
    here.say(Word::Erasures).await.unwrap();
    // What was told is not told again.
    here.ingest(&source(), events(1..=3), NOW_UNIX_MS).await.unwrap();
    there.ingest(&source(), events(1..=4), NOW_UNIX_MS).await.unwrap();
    assert_eq!(server.said().await, ["3", "4"]);
    listening.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_that_the_database_does_not_have_is_not_believed() {
    let Some(server) = Server::start() else { return };
    let hub = Hub::new().await;
    let fanout = server.fanout().await;
    let there = beside(&hub, &server.fanout().await).await;
    let listening = tokio::spawn(Arc::clone(&there).listen());
    fanout.tell(1_000_000, "elsewhere 1000000".to_owned()).await.unwrap();
    let mut newest = there.newest();
    beside(&hub, &fanout).await.ingest(&source(), events(1..=2), NOW_UNIX_MS).await.unwrap();
    soon("it is woken", newest.wait_for(|newest| *newest >= 2)).await.unwrap();
    assert_eq!(*there.newest().borrow(), 2);
    listening.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_stream_is_away_nothing_is_acknowledged_and_nothing_is_lost_or_doubled() {
    let Some(mut server) = Server::start() else { return };
    let hub = Hub::new().await;
    let fanout = server.fanout().await;
    let store = beside(&hub, &fanout).await;
    let mut newest = store.newest();
    store.ingest(&source(), events(1..=3), NOW_UNIX_MS).await.unwrap();
    server.stop();
    let refused = store.ingest(&source(), events(4..=5), NOW_UNIX_MS).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotTold(_)), "{refused}");
    assert!(!refused.to_string().contains(PASSWORD));
    assert!(fanout.refused().get() > 0);
    assert_eq!(hub.stored().await, [1, 2, 3, 4, 5], "it is in the database all the same");
    soon("who reads here is woken", newest.wait_for(|newest| *newest >= 5)).await.unwrap();
    soon("what people do does not wait", store.say(Word::Settings)).await.unwrap();
    server.run();
    let again = async {
        loop {
            if let Ok(done) = store.ingest(&source(), events(4..=5), NOW_UNIX_MS).await {
                return done;
            }
        }
    };
    let again = soon("it is acknowledged", again).await;
    assert_eq!((again.acknowledged, again.stored, again.duplicates), (5, 0, 2));
    assert_eq!(hub.stored().await, [1, 2, 3, 4, 5]);
    assert_eq!(server.said().await, ["3", "5"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_whose_answer_was_lost_is_in_the_stream_once() {
    let Some(server) = Server::start() else { return };
    let fanout = server.fanout().await;
    fanout.tell(6, "a 6".to_owned()).await.unwrap();
    let taken = PublishMessage::build().payload("a 7".into()).message_id("a 7 0");
    fanout.context().send_publish("velum.words", taken).await.unwrap().await.unwrap();
    fanout.tell(7, "a 7".to_owned()).await.unwrap();
    assert_eq!(server.said().await, ["6", "7"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_another_kind_is_not_used_and_what_is_wrong_is_said() {
    let Some(server) = Server::start() else { return };
    let fanout = server.fanout().await;
    let alone = look_at_stream(&NatsConfig { replicas: 3, ..server.config("hub") }).await;
    assert_eq!(alone.unwrap(), None);
    let three = Fanout::open(&NatsConfig { replicas: 3, ..server.config("hub") }).await.unwrap();
    let error = three.tell(1, "a 1".to_owned()).await.unwrap_err().to_string();
    assert!(error.starts_with("nats.replicas: found `3`, and the server is in no cluster"), "{error}");
    let subjects = vec!["velum.words".to_owned()];
    let in_memory =
        Config { name: "velum".to_owned(), subjects, storage: StorageType::Memory, ..Config::default() };
    fanout.context().create_stream(in_memory).await.unwrap();
    let error = fanout.tell(1, "a 1".to_owned()).await.unwrap_err().to_string();
    assert!(
        error.starts_with("nats.stream: the stream `velum` is there, and keeps words in memory"),
        "{error}"
    );
    assert!(error.contains("nats stream rm velum"), "{error}");
    let looked = look_at_stream(&server.config("hub")).await.unwrap_err();
    assert_eq!(looked.to_string(), error);
}

#[tokio::test]
async fn who_is_not_who_they_should_be_is_told_nothing() {
    let Some(mut server) = Server::start() else { return };
    server.answers().await;
    let unknown = look_at_stream(&server.config("nobody")).await.unwrap_err().to_string();
    assert!(unknown.starts_with("nats.user: the servers do not take it"), "{unknown}");
    let (authority, _, _) = server_certificate("elsewhere");
    let other = server.dir.path().join("other.pem");
    std::fs::write(&other, authority).unwrap();
    let elsewhere = NatsConfig { ca_file: Some(other), ..server.config("hub") };
    let error = look_at_stream(&elsewhere).await.unwrap_err().to_string();
    assert!(error.contains("invalid peer certificate"), "{error}");
    server.stop();
    let error = look_at_stream(&server.config("hub")).await.unwrap_err().to_string();
    assert!(error.contains("Connection refused"), "{error}");
    let password = server.dir.path().join("password");
    crate::secret_file::write(&password, PASSWORD, 0o644);
    let error = look_at_stream(&server.config("hub")).await.unwrap_err().to_string();
    assert!(error.contains("nats.password_file") && error.contains("can be read by others"), "{error}");
    assert!(!error.contains(PASSWORD));
}
