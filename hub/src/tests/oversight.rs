//! Oversight and administration on the page: by whom, for what reason, and in the log before it is done.

use serde_json::{Value, json};
use velum_proto::v1::Hello;

use super::browser::Browser;
use super::console::{PASSWORD, first_user};
use super::published::{digest, text};
use super::stills::audit_text;
use super::town::{Conversation, Town, events, hello, soon};
use crate::clock::Clock as _;
use crate::console::{Purpose, new_link};
use crate::identity::Name;
use crate::policies::tests::STRICTER;
use crate::store::NewUser;

/// To the steward of the demonstration's policy, the log too, for a reason.
const WITH_LOG: (&str, &str) = (
    "max_age  = \"P1D\"",
    "audit_log = true\njustification = \"audit file number is mandatory\"\nmax_age  = \"P1D\"",
);

pub(super) async fn user(town: &Town, name: &str, is_administrator: bool) -> Browser {
    let (store, name) = (town.store().await, Name::parse(name).unwrap());
    let new = NewUser { roles: &[], is_administrator };
    let link = new_link(&store, &town.config(), &name, Purpose::Add(new), town.clock.unix_ms()).await;
    store.close().await;
    let link = link.unwrap();
    let mut browser = town.browser();
    let token = link.split_once("/#setup=").unwrap().1;
    let body = json!({ "token": token, "name": name.as_str(), "password": PASSWORD });
    assert_eq!(browser.post("/api/setup", body).await.0, 200);
    assert_eq!(browser.log_in(name.as_str(), PASSWORD).await, 200);
    browser
}

async fn look(browser: &Browser, why: &str) -> (u16, Value) {
    browser.post("/api/oversight", json!({ "justification": why })).await
}

async fn connected(town: &Town, name: &str) -> Conversation {
    let channel = town.channel(Some(&town.box_named(name))).await.unwrap();
    Conversation::greeted(channel, hello(1, 1)).await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_shown_to_whom_the_policy_gives_it_and_for_a_reason() {
    let mut town = Town::bare().await;
    town.publish("1.0.0", &[WITH_LOG]).await;
    let (anna, carl) = (first_user(&town).await, user(&town, "carl", false).await);
    let (status, answer) = look(&carl, "file 3").await;
    assert_eq!((status, &answer["code"]), (403, &json!("log_not_yours")));
    assert_eq!(carl.get("/api/session").await.1["oversight"], Value::Null);
    assert!(audit_text(&town).contains("\"audit_log\""), "that he tried is logged");
    for path in ["/api/oversight/verify", "/api/oversight/checkpoint"] {
        assert_eq!(carl.post(path, json!({ "justification": "file 3" })).await.0, 403, "{path}");
    }

    assert_eq!(anna.get("/api/session").await.1["oversight"], json!({ "needs_reason": true }));
    assert_eq!(look(&anna, "").await.0, 400);
    let policy_digest = digest(&text("1.0.0", &[WITH_LOG])).to_vec();
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let _lobby = Conversation::greeted(channel, Hello { policy_digest, ..hello(1, 1) }).await;
    town.publish("1.1.0", &[WITH_LOG, STRICTER]).await;
    let (status, told) = look(&anna, "file 3").await;
    assert_eq!(status, 200, "{told}");
    let newest = &told["entries"][0];
    assert_eq!(
        newest["words"], "looked at the page of oversight; because: file 3",
        "logged before it is shown"
    );
    assert_eq!(
        (&newest["operator"], &newest["recipient"]),
        (&json!("console:anna"), &json!("plaza-steward"))
    );
    let one = &told["boxes"][0];
    assert_eq!((&one["version"], &one["expected_version"]), (&json!("1.0.0"), &json!("1.1.0")));
    assert_eq!((&one["drifts"], &one["receipt"]), (&json!(true), &json!("none")));
    let history = told["history"].as_array().unwrap();
    assert_eq!(
        (history.len(), &history[0]["holds"], &history[1]["change"]),
        (2, &json!(true), &json!("first"))
    );
    assert!(told["figures"].is_array(), "a recipient sees counts");

    let versions =
        json!({ "old": history[0]["before"], "new": history[0]["digest"], "justification": "file 3" });
    let (status, diff) = anna.post("/api/oversight/diff", versions).await;
    assert_eq!((status, &diff["verdict"]), (200, &json!("more-private")), "{diff}");
    let unknown = json!({ "old": "00", "new": "zz", "justification": "file 3" });
    assert_eq!(anna.post("/api/oversight/diff", unknown).await.0, 404);
    let (status, found) = anna.post("/api/oversight/verify", json!({ "justification": "file 3" })).await;
    assert_eq!(
        (status, &found["is_sound"], &found["is_running"]),
        (200, &json!(true), &json!(false)),
        "{found}"
    );
    let (_, signed) = anna.post("/api/oversight/checkpoint", json!({ "justification": "file 3" })).await;
    assert!(signed["text"].as_str().unwrap().starts_with("velum-audit/"), "{signed}");
    let days = |from: &str, to: &str| json!({ "justification": "file 3", "from": from, "to": to });
    for (from, to, status, code) in [
        ("2026-12-01", "tomorrow", 400, "invalid"),
        ("2026-12-02", "2026-12-01", 400, "pack_days"),
        ("2001-12-01", "2001-12-02", 400, "pack_too_old"),
    ] {
        let (found, answer) = anna.post("/api/oversight/pack", days(from, to)).await;
        assert_eq!((found, &answer["code"]), (status, &json!(code)), "{answer}");
    }
    let (status, answer) = carl.post("/api/oversight/pack", days("2026-12-01", "2026-12-01")).await;
    assert_eq!((status, &answer["code"]), (403, &json!("log_not_yours")));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_lets_boxes_in_and_shuts_them_out_and_nobody_else_does() {
    let mut town = Town::found().await;
    let anna = first_user(&town).await;
    let admin = user(&town, "root", true).await;
    assert_eq!(admin.get("/api/session").await.1["is_administrator"], true);
    assert_eq!(anna.get("/api/session").await.1["is_administrator"], false);
    let token = json!({ "box": "yard" });
    let revoke = json!({ "box": "yard", "confirmation": "yard" });
    assert_eq!(anna.post("/api/boxes/token", token.clone()).await.0, 403);
    assert_eq!(anna.post("/api/boxes/revoke", revoke.clone()).await.0, 403);
    assert!(audit_text(&town).contains("would have made a token"), "that she tried is logged");
    assert_eq!(admin.post("/api/boxes/token", json!({ "box": "a b" })).await.0, 400);
    assert_eq!(admin.post("/api/boxes/revoke", revoke.clone()).await.0, 404);

    let (status, made) = admin.post("/api/boxes/token", token).await;
    assert_eq!(status, 200, "{made}");
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with(velum_proto::ENROLMENT_TOKEN_PREFIX));
    let log = audit_text(&town);
    assert!(log.contains("made a token with which one machine becomes the box yard"), "{log}");
    assert!(!log.contains(secret));

    let mut yard = connected(&town, "yard").await;
    let standing = async |browser: &Browser| browser.get("/api/boxes").await.1["boxes"][0].clone();
    let told = standing(&admin).await;
    assert_eq!(
        (&told["box"], &told["connected"], &told["is_revoked"]),
        (&json!("yard"), &json!(true), &json!(false))
    );
    assert!(told["certificate_ends_unix_ms"].is_i64() && told["token_until_unix_ms"].is_i64(), "{told}");
    assert_eq!(standing(&anna).await["token_until_unix_ms"], Value::Null, "not hers");

    let mistyped = json!({ "box": "yard", "confirmation": "yarn" });
    assert_eq!(admin.post("/api/boxes/revoke", mistyped).await.0, 400);
    assert_eq!(standing(&admin).await["is_revoked"], false);
    assert_eq!(admin.post("/api/boxes/revoke", revoke).await.0, 200);
    let closed = async { while let Ok(Some(_)) = yard.next().await {} };
    soon("the stream is closed", closed).await;
    let told = standing(&admin).await;
    assert_eq!((&told["is_revoked"], &told["token_until_unix_ms"]), (&json!(true), &Value::Null));
    assert!(audit_text(&town).contains("box_revoked"));
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_reads_the_log_and_no_counts_and_no_event() {
    let mut town = Town::found().await;
    let admin = user(&town, "root", true).await;
    let mut lobby = connected(&town, "lobby").await;
    lobby.batch(events(1..=3)).await.unwrap();
    let (status, told) = look(&admin, "").await;
    assert_eq!((status, &told["figures"]), (200, &Value::Null), "{told}");
    let made =
        json!("was made an administrator: may let boxes in and shut them out, and look at the audit log");
    let is_told = async || {
        let (_, told) = look(&admin, "").await;
        told["entries"].as_array().unwrap().iter().any(|one| one["words"] == made)
    };
    // The hub looks for what the command line did twice a second.
    soon("the log has it", async { while !is_told().await {} }).await;
    let mut live = admin.ask("GET", "/api/live/0", "").await;
    assert_eq!(live.event("caught_up").await.unwrap()["cursor"], 3);
    assert_eq!(live.event("fleet").await.unwrap()["boxes"][0]["numbers"]["stored"], 0, "no counts");
    // Whichever of the two came first.
    let mut another = admin.ask("GET", "/api/live/0", "").await;
    assert!(another.event("hours").await.is_some());
    town.stop().await;
}
