//! Webhooks over real TLS: what is sent, that it can be verified, and what targets do that are slow or hostile.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde_json::Value;

use super::super::webhook::Webhook;
use super::super::{Message, Outcome, Target as _};
use super::desk::config;
use super::receiver::{Answer, Got, Receiver};
use crate::config::KindConfig;
use crate::secret_file;

pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn connector(of: &Receiver, keys: &str) -> String {
    format!(
        "[[connector]]\nname = \"dispatch\"\nkind = \"webhook\"\nrecipient = \"dispatch-system\"\nreason = \"a test\"\n\
         url = \"https://localhost:{}/velum?town=1\"\nca_file = {:?}\nsecret_file = \"secret\"\n{keys}",
        of.port, of.ca_file
    )
}

struct Tried {
    dir: tempfile::TempDir,
    receiver: Receiver,
}

impl Tried {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        secret_file::write(&dir.path().join("secret"), SECRET, 0o600);
        let receiver = Receiver::start(dir.path(), "target").await;
        Self { dir, receiver }
    }

    fn webhook(&self, keys: &str) -> Webhook {
        let [config] = config(self.dir.path(), &connector(&self.receiver, keys)).try_into().unwrap();
        let KindConfig::Webhook { secret_file, body } = &config.kind else { panic!("{config:?}") };
        Webhook::open(&config.target, (secret_file, body), "hub.example.org").unwrap()
    }

    async fn deliver(&self, keys: &str) -> Outcome {
        self.webhook(&format!("allow_private = true\n{keys}")).deliver(&message()).await
    }
}

fn message() -> Message {
    Message::Test { id: "7".to_owned(), unix_ms: 1_796_285_660_000 }
}

/// As a receiver verifies it.
fn is_signed(got: &Got) -> bool {
    let key = BASE64_STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!("{}.{}.{}", got.headers["webhook-id"], got.headers["webhook-timestamp"], got.body);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    got.headers["webhook-signature"] == format!("v1,{}", BASE64_STANDARD.encode(tag))
}

#[tokio::test]
async fn a_cloudevent_is_posted_whole_in_parts_or_by_a_template_and_signed() {
    let mut tried = Tried::new().await;
    assert_eq!(tried.deliver("").await, Outcome::Acknowledged);
    let got = tried.receiver.got().await;
    assert!(is_signed(&got));
    assert_eq!(
        (got.path.as_str(), got.headers["host"].as_str()),
        ("/velum?town=1", format!("localhost:{}", tried.receiver.port).as_str())
    );
    assert_eq!(got.headers["content-type"], "application/cloudevents+json; charset=utf-8");
    let body: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(
        (&body["specversion"], &body["id"], &body["type"]),
        (&"1.0".into(), &"test/7".into(), &"velum.test".into())
    );
    assert_eq!(
        (&body["source"], &body["time"]),
        (&"//hub.example.org".into(), &"2026-12-03T08:14:20Z".into())
    );

    assert_eq!(tried.deliver("mode = \"binary\"\n").await, Outcome::Acknowledged);
    let got = tried.receiver.got().await;
    assert!(is_signed(&got));
    let headers = ["ce-specversion", "ce-id", "ce-type", "ce-source", "content-type"]
        .map(|name| got.headers[name].as_str());
    assert_eq!(headers, ["1.0", "test/7", "velum.test", "//hub.example.org", "application/json"]);
    assert_eq!(serde_json::from_str::<Value>(&got.body).unwrap(), body["data"]);

    std::fs::write(tried.dir.path().join("body.j2"), "{{ type }}: {{ data.message }}").unwrap();
    let template = "template_file = \"body.j2\"\ncontent_type = \"text/plain\"\n";
    assert_eq!(tried.deliver(template).await, Outcome::Acknowledged);
    let got = tried.receiver.got().await;
    assert!(is_signed(&got));
    assert_eq!(
        (got.body.as_str(), got.headers["content-type"].as_str()),
        ("velum.test: a trial of this connector: nothing happened", "text/plain")
    );
    std::fs::write(tried.dir.path().join("body.j2"), "{{ data.nobody }}").unwrap();
    let Outcome::Refused(reason) = tried.deliver(template).await else {
        panic!("what never works is a dead letter")
    };
    assert!(reason.starts_with("template_file: "), "{reason}");
    assert!(tried.receiver.try_got().is_none());
}

#[tokio::test]
async fn hostile_answers_end_in_time_and_lead_nowhere() {
    let mut tried = Tried::new().await;
    let other = Receiver::start(tried.dir.path(), "other").await;
    let elsewhere: &'static str = Box::leak(
        format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: https://localhost:{}/", other.port)
            .into_boxed_str(),
    );
    let cases = [
        (Answer::HugeBody, "", "acknowledged"),
        (Answer::HugeHead, "", "did not answer in HTTP"),
        (Answer::Noise, "", "did not answer in HTTP"),
        (Answer::HangUp, "", "did not answer in HTTP"),
        (Answer::Silence, "timeout_secs = 1\n", "no answer within 1 s"),
        (Answer::Head(elsewhere), "", "redirects are not followed"),
        (Answer::Head("HTTP/1.1 422 Unprocessable Content"), "", "refused: the target answered 422"),
        (Answer::Head("HTTP/1.1 503 Busy\r\nretry-after: 7"), "", "after 7 s: the target answered 503"),
    ];
    for (answer, keys, expected) in cases {
        tried.receiver.answer([answer.clone()]);
        let found = match tried.deliver(keys).await {
            Outcome::Acknowledged => "acknowledged".to_owned(),
            Outcome::Refused(reason) => format!("refused: {reason}"),
            Outcome::Failed { reason, retry_after: Some(wait) } => {
                format!("after {} s: {reason}", wait.as_secs())
            }
            Outcome::Failed { reason, retry_after: None } => reason,
        };
        assert!(found.contains(expected), "{answer:?}: {found}");
        tried.receiver.got().await;
    }
    let mut other = other;
    assert!(other.try_got().is_none(), "a redirect was followed");
}

#[tokio::test]
async fn a_name_of_the_hubs_own_network_is_not_spoken_to_unless_that_is_meant_nor_is_a_stranger() {
    let mut tried = Tried::new().await;
    let outcome = tried.webhook("").deliver(&message()).await;
    let Outcome::Failed { reason, .. } = outcome else { panic!("{outcome:?}") };
    assert!(reason.contains("`localhost` is not in the open network"), "{reason}");
    assert!(tried.receiver.try_got().is_none());
    let stranger = Receiver::start(tried.dir.path(), "stranger").await;
    let text = connector(&stranger, "allow_private = true\n")
        .replace(&format!("{:?}", stranger.ca_file), &format!("{:?}", tried.receiver.ca_file));
    let [config] = config(tried.dir.path(), &text).try_into().unwrap();
    let KindConfig::Webhook { secret_file, body } = &config.kind else { panic!("{config:?}") };
    let mut webhook = Webhook::open(&config.target, (secret_file, body), "hub").unwrap();
    let Outcome::Failed { reason, .. } = webhook.deliver(&message()).await else {
        panic!("a stranger got it")
    };
    assert!(reason.contains("TLS with `localhost` failed"), "{reason}");
}

#[tokio::test]
async fn what_hub_toml_names_and_cannot_be_used_is_told_with_its_key() {
    let tried = Tried::new().await;
    let dir = tried.dir.path();
    std::fs::write(dir.join("bad.j2"), "{{ type").unwrap();
    std::fs::write(dir.join("empty.pem"), "").unwrap();
    let [config] =
        config(dir, &connector(&tried.receiver, "template_file = \"bad.j2\"\n")).try_into().unwrap();
    let KindConfig::Webhook { secret_file, body } = &config.kind else { panic!("{config:?}") };
    let fault = || Webhook::open(&config.target, (secret_file, body), "hub").err().unwrap();
    let (field, reason) = fault();
    assert!(field == "template_file" && reason.contains("bad.j2") && reason.contains("body:1"), "{reason}");
    std::fs::write(dir.join("bad.j2"), "{{ type }}").unwrap();
    secret_file::write(secret_file, SECRET, 0o644);
    let (field, reason) = fault();
    assert!(field == "secret_file" && reason.contains("can be read by others"), "{reason}");
    secret_file::write(secret_file, "geheim", 0o600);
    let (field, reason) = fault();
    assert!(
        field == "secret_file" && reason.contains("openssl rand") && !reason.contains("geheim"),
        "{reason}"
    );
    secret_file::write(secret_file, SECRET, 0o600);
    std::fs::copy(dir.join("empty.pem"), &tried.receiver.ca_file).unwrap();
    let (field, reason) = fault();
    assert!(field == "ca_file" && reason.contains("no certificate"), "{reason}");
}

#[tokio::test]
async fn a_key_of_tls_that_others_can_read_is_refused() {
    let tried = Tried::new().await;
    let dir = tried.dir.path();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["hub".to_owned()]).unwrap().self_signed(&key).unwrap();
    std::fs::write(dir.join("client.pem"), certificate.pem()).unwrap();
    let keys = "certificate = \"client.pem\"\nkey = \"client.key\"\n";
    let [of] = config(dir, &connector(&tried.receiver, keys)).try_into().unwrap();
    let KindConfig::Webhook { secret_file, body } = &of.kind else { panic!("{of:?}") };
    for (mode, expected) in [(0o644, Some("can be read by others")), (0o600, None)] {
        secret_file::write(&dir.join("client.key"), &key.serialize_pem(), mode);
        let fault = Webhook::open(&of.target, (secret_file, body), "hub").err();
        assert_eq!(fault.as_ref().map(|(field, _)| *field), expected.map(|_| "key"), "{fault:?}");
        assert!(expected.is_none_or(|part| fault.unwrap().1.contains(part)));
    }
}
