//! Hubs on one PostgreSQL server that wake each other through a real nats-server. Run by `tests::on_postgres`, with all others.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::config::NatsConfig;
use crate::tests::database::server_dir;
use crate::tests::town::{server_certificate, soon};

/// Where Debian puts it, and where others do.
const PROGRAMS: [&str; 3] = ["nats-server", "/usr/sbin/nats-server", "/usr/local/bin/nats-server"];
const PASSWORD: &str = "geheim-5e1d";

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
             authorization {{ users: [ {{ user: hub, password: \"{PASSWORD}\" }} ] }}\n\
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

    fn config(&self) -> NatsConfig {
        NatsConfig {
            servers: vec![format!("tls://localhost:{}", self.port)],
            ca_file: Some(self.dir.path().join("authority.pem")),
            client: None,
            login: Some(("hub".to_owned(), self.dir.path().join("password"))),
            stream: "velum".to_owned(),
            replicas: 1,
        }
    }

    async fn fanout(&self) -> Arc<Fanout> {
        Fanout::open(&self.config()).await.unwrap()
    }

    /// Once it answers.
    async fn answers(&self, fanout: &Fanout) {
        let looked = async {
            while fanout.look().await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        soon("nats-server answers", looked).await;
    }
}

/// Another hub on the database of one.
async fn beside(hub: &Hub, fanout: Arc<Fanout>) -> Arc<Store> {
    let store = Store::open(&crate::tests::database::at(hub.dir.path())).await.unwrap();
    Arc::new(store.telling_by(Some(fanout)))
}

async fn made(fanout: &Fanout) {
    let made = async {
        while !matches!(fanout.look().await, Ok(Some(_))) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("the stream is made", made).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_has_words_alone_and_each_batch_has_one_before_it_is_acknowledged() {
    let Some(server) = Server::start() else { return };
    let hub = Hub::new().await;
    let (one, other) = (server.fanout().await, server.fanout().await);
    server.answers(&one).await;
    let (here, there) = (beside(&hub, Arc::clone(&one)).await, beside(&hub, other).await);
    let listening = tokio::spawn(Arc::clone(&there).listen());
    made(&one).await;
    let before = one.look().await.unwrap().unwrap().state.messages;
    let mut newest = there.newest();
    here.ingest(&source(), events(1..=3), NOW_UNIX_MS).await.unwrap();
    let info = one.look().await.unwrap().unwrap();
    assert_eq!(info.state.messages, before + 1, "acknowledged before the stream had it");
    soon("the other hub is woken", newest.wait_for(|newest| *newest >= 3)).await.unwrap();
    here.say(Word::Erasures).await.unwrap();
    let said = one.said().await;
    let words: Vec<&str> = said.iter().map(|word| word.split_once(' ').unwrap().1).collect();
    assert_eq!(words, ["3", "erasures"]);
    assert!(said.iter().all(|word| word.split_once(' ').unwrap().0 == hex::encode(here.replica)), "{said:?}");
    listening.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_stream_is_away_nothing_is_acknowledged_and_nothing_is_lost_or_doubled() {
    let Some(mut server) = Server::start() else { return };
    let hub = Hub::new().await;
    let fanout = server.fanout().await;
    server.answers(&fanout).await;
    let store = beside(&hub, Arc::clone(&fanout)).await;
    let listening = tokio::spawn(Arc::clone(&store).listen());
    made(&fanout).await;
    store.ingest(&source(), events(1..=3), NOW_UNIX_MS).await.unwrap();
    server.stop();
    let refused = store.ingest(&source(), events(4..=5), NOW_UNIX_MS).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotTold(_)), "{refused}");
    assert!(!refused.to_string().contains(PASSWORD));
    assert_eq!(fanout.refused().get(), 1);
    assert_eq!(hub.stored().await, [1, 2, 3, 4, 5], "it is in the database all the same");
    // What people do does not wait for the stream; the word is said later.
    store.say(Word::Settings).await.unwrap();
    server.run();
    server.answers(&fanout).await;
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
    let all_said = async {
        loop {
            let said = fanout.said().await;
            if ["5", "settings"].iter().all(|word| said.iter().any(|one| one.ends_with(&format!(" {word}"))))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    soon("all is said", all_said).await;
    listening.abort();
}

#[tokio::test]
async fn who_is_not_who_they_should_be_is_told_nothing() {
    let Some(server) = Server::start() else { return };
    server.answers(server.fanout().await.as_ref()).await;
    let (authority, _, _) = server_certificate("elsewhere");
    let other = server.dir.path().join("other.pem");
    std::fs::write(&other, authority).unwrap();
    let elsewhere = Fanout::open(&NatsConfig { ca_file: Some(other), ..server.config() }).await.unwrap();
    let error = elsewhere.look().await.unwrap_err().to_string();
    assert!(error.contains("the stream `velum` of `[nats]` cannot be used"), "{error}");
    let password = server.dir.path().join("password");
    crate::secret_file::write(&password, PASSWORD, 0o640);
    let error = Fanout::open(&server.config()).await.unwrap_err().to_string();
    assert!(error.contains("nats.password_file") && error.contains("chmod 600"), "{error}");
    assert!(!error.contains(PASSWORD));
}
