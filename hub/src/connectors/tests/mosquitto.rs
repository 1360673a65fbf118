//! Conformance: a real Mosquitto with TLS, passwords and an access list, and a subscriber that is not ours.

use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use serde_json::Value;
use tokio::net::TcpStream;

use super::super::courier::{Courier, Step};
use super::super::mqtt::Mqtt;
use super::super::{Message, Outcome, Target as _};
use super::desk::{Desk, config};
use super::write_secret;
use crate::config::{ConnectorConfig, KindConfig};
use crate::tests::town::soon;

const PASSWORD: &str = "geheim-7f3a";

/// Where Debian puts it, and where others do.
const PROGRAMS: [&str; 3] = ["mosquitto", "/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto"];

struct Broker {
    dir: tempfile::TempDir,
    program: &'static str,
    child: Option<Child>,
    /// An address of loopback that is its own: no other test takes a port there while the broker is away.
    address: Ipv4Addr,
}

const TLS_PORT: u16 = 8_883;
const PLAIN_PORT: u16 = 1_883;

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Another one for each broker of this process, and for processes beside it.
fn own_address() -> Ipv4Addr {
    static BROKERS: AtomicU8 = AtomicU8::new(2);
    let [.., high, low] = std::process::id().to_be_bytes();
    Ipv4Addr::new(127, high, low, BROKERS.fetch_add(1, Ordering::Relaxed))
}

impl Broker {
    /// A broker that runs; none where Mosquitto is not installed, which the test's output then says.
    async fn start() -> Option<Self> {
        let is_there = |program: &&str| {
            let asked = Command::new(program).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status();
            asked.is_ok()
        };
        let Some(program) = PROGRAMS.into_iter().find(is_there) else {
            eprintln!(
                "skipped: mosquitto is not installed; `apt-get install mosquitto` to try MQTT against a real broker"
            );
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let address = own_address();
        let params = rcgen::CertificateParams::new(vec![address.to_string()]).unwrap();
        let file = |name: &str, text: &str| write_secret(&dir.path().join(name), text);
        file("broker.pem", &params.self_signed(&key).unwrap().pem());
        file("broker.key", &key.serialize_pem());
        file("passwords", &format!("velum:{PASSWORD}\nreader:{PASSWORD}\n"));
        let hashed = Command::new("mosquitto_passwd").arg("-U").arg(dir.path().join("passwords")).status();
        assert!(hashed.unwrap().success());
        file("acl", "user velum\ntopic write velum/#\nuser reader\ntopic read velum/#\n");
        let mut broker = Self { dir, program, child: None, address };
        broker.run().await;
        Some(broker)
    }

    async fn run(&mut self) {
        let (dir, address) = (self.dir.path().display(), self.address);
        let settings = format!(
            "user root\nper_listener_settings false\nallow_anonymous false\npassword_file {dir}/passwords\n\
             acl_file {dir}/acl\nlistener {TLS_PORT} {address}\ncertfile {dir}/broker.pem\nkeyfile {dir}/broker.key\n\
             listener {PLAIN_PORT} {address}\n"
        );
        let file = self.dir.path().join("mosquitto.conf");
        std::fs::write(&file, settings).unwrap();
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let child = Command::new(self.program).arg("-c").arg(&file).stdout(Stdio::null()).stderr(log).spawn();
        self.child = Some(child.unwrap());
        let listens = async {
            while TcpStream::connect((address, PLAIN_PORT)).await.is_err() {
                let ended = self.child.as_mut().and_then(|child| child.try_wait().unwrap());
                assert!(ended.is_none(), "{}", std::fs::read_to_string(self.dir.path().join("log")).unwrap());
                tokio::task::yield_now().await;
            }
        };
        soon("mosquitto listens", listens).await;
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    fn config(&self, keys: &str) -> ConnectorConfig {
        let text = format!(
            "[[connector]]\nname = \"bus\"\nkind = \"mqtt\"\nrecipient = \"dispatch-system\"\nreason = \"a test\"\n\
             url = \"mqtts://{}:{TLS_PORT}\"\nca_file = \"broker.pem\"\nallow_private = true\nusername = \"velum\"\n\
             password_file = \"password\"\n{keys}",
            self.address
        );
        let [config] = config(self.dir.path(), &text).try_into().unwrap();
        config
    }

    fn mqtt(&self, keys: &str, password: &str) -> Mqtt {
        write_secret(&self.dir.path().join("password"), password);
        open(&self.config(keys))
    }

    /// Somebody who hears everything below `velum/`.
    async fn reader(&self) -> Reader {
        let mut options = MqttOptions::new("reader", self.address.to_string(), PLAIN_PORT);
        options.set_credentials("reader", PASSWORD).set_keep_alive(Duration::from_secs(60));
        let (client, mut events) = AsyncClient::new(options, 10);
        client.subscribe("velum/#", QoS::AtLeastOnce).await.unwrap();
        let subscribed =
            async { while !matches!(events.poll().await.unwrap(), Event::Incoming(Packet::SubAck(_))) {} };
        soon("a subscription", subscribed).await;
        Reader { _client: client, events }
    }
}

fn open(config: &ConnectorConfig) -> Mqtt {
    let KindConfig::Mqtt { topic_prefix, client_id, login } = &config.kind else { panic!("{config:?}") };
    Mqtt::open(&config.target, (topic_prefix, client_id), login.as_ref()).unwrap()
}

struct Reader {
    _client: AsyncClient,
    events: EventLoop,
}

impl Reader {
    async fn got(&mut self) -> (String, Value) {
        let publication = async {
            loop {
                if let Event::Incoming(Packet::Publish(publish)) = self.events.poll().await.unwrap() {
                    assert_eq!((publish.qos, publish.retain), (QoS::AtLeastOnce, false));
                    let properties = publish.properties.unwrap();
                    assert_eq!(properties.content_type.as_deref(), Some("application/json"));
                    let topic = String::from_utf8(publish.topic.to_vec()).unwrap();
                    return (topic, serde_json::from_slice(&publish.payload).unwrap());
                }
            }
        };
        soon("a publication", publication).await
    }
}

#[tokio::test]
async fn mosquitto_takes_every_kind_of_event_and_a_subscriber_gets_what_the_page_shows() {
    let Some(broker) = Broker::start().await else { return };
    let mut reader = broker.reader().await;
    let mut mqtt = broker.mqtt("topic_prefix = \"velum/port-velum\"\n", PASSWORD);
    for (message, shown) in super::pages::mqtt_examples() {
        assert_eq!(mqtt.deliver(&message).await, Outcome::Acknowledged, "{}", message.id());
        for expected in shown {
            assert_eq!(reader.got().await, expected);
        }
    }
    assert_eq!(mqtt.deliver(&Message::Test { id: "1".to_owned(), unix_ms: 0 }).await, Outcome::Acknowledged);
    assert_eq!(reader.got().await.0, "velum/port-velum/onvif-ej/Device/velum:Trial");
}

#[tokio::test]
async fn a_wrong_password_is_tried_again_and_a_topic_that_is_not_allowed_is_a_dead_letter() {
    let Some(broker) = Broker::start().await else { return };
    let message = Message::Test { id: "1".to_owned(), unix_ms: 0 };
    let Outcome::Failed { reason, .. } = broker.mqtt("", "wrong").deliver(&message).await else {
        panic!("let in")
    };
    assert!(reason.contains("the broker refuses the connection"), "{reason}");
    let outcome = broker.mqtt("topic_prefix = \"others\"\n", PASSWORD).deliver(&message).await;
    assert_eq!(outcome, Outcome::Refused("the broker answered NotAuthorized".to_owned()));
}

#[tokio::test]
async fn a_broker_that_goes_away_and_comes_back_loses_nothing() {
    let Some(mut broker) = Broker::start().await else { return };
    let desk = Desk::new().await;
    let mqtt = broker.mqtt("", PASSWORD);
    let config = broker.config("");
    let roles = [(config.name.clone(), config.recipient.clone())];
    desk.doors.store.set_connector_roles(&roles, 1).await.unwrap();
    let mut courier = Courier::open(&config, desk.doors.clone(), mqtt).await.unwrap();
    let mut reader = broker.reader().await;
    desk.ingest(desk.events(1..=3)).await;
    assert_eq!(rest(&mut courier).await, Step::Idle);
    for sequence in 1..=3 {
        assert_eq!(id_of(&reader.got().await), sequence);
    }
    broker.stop();
    desk.ingest(desk.events(4..=6)).await;
    for _ in 0..2 {
        assert!(matches!(rest(&mut courier).await, Step::Wait(_)), "nobody is there");
    }
    broker.run().await;
    let mut reader = broker.reader().await;
    assert_eq!(rest(&mut courier).await, Step::Idle);
    for sequence in 4..=6 {
        assert_eq!(id_of(&reader.got().await), sequence);
    }
}

/// Steps until there is nothing to do, or a wait.
async fn rest(courier: &mut Courier<Mqtt>) -> Step {
    loop {
        match courier.step().await {
            Step::Again => {}
            step => return step,
        }
    }
}

fn id_of((topic, payload): &(String, Value)) -> u64 {
    assert!(topic.starts_with("velum/onvif-ej/RuleEngine/"), "{topic}");
    payload["Data"]["velum:Id"].as_str().unwrap().rsplit('/').next().unwrap().parse().unwrap()
}
