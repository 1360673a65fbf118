//! The console over real TLS.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::browser::Browser;
use super::stills::audit_text;
use super::town::{Conversation, Town, events, hello, soon};
use crate::clock::Clock as _;
use crate::console::{Purpose, first_link, new_link};
use crate::identity::Name;
use crate::store::{NewUser, UserRow};
use crate::users::offer_first_link;

pub(super) const PASSWORD: &str = "tram lantern quince";

fn token(link: &str) -> String {
    link.split_once("/#setup=").unwrap().1.to_owned()
}

pub(super) async fn first_user(town: &Town) -> Browser {
    let console = town.config().console.unwrap();
    let link = first_link(&town.store().await, &console, town.clock.unix_ms()).await.unwrap().unwrap();
    let mut browser = town.browser();
    let body = json!({ "token": token(&link), "name": "Anna", "password": PASSWORD });
    assert_eq!(browser.post("/api/setup", body).await.0, 200);
    assert_eq!(browser.log_in("anna", PASSWORD).await, 200);
    browser
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_up_link_works_once_and_not_for_ever() {
    let mut town = Town::found().await;
    let (store, config) = (town.store().await, town.config());
    let console = config.console.clone().unwrap();
    let browser = town.browser();
    let old = first_link(&store, &console, town.clock.unix_ms()).await.unwrap().unwrap();
    let link = first_link(&store, &console, town.clock.unix_ms()).await.unwrap().unwrap();
    let look = async |link: &str| browser.post("/api/setup/look", json!({ "token": token(link) })).await;
    let use_up = async |link: &str, name: &str, password: &str| {
        browser
            .post("/api/setup", json!({ "token": token(link), "name": name, "password": password }))
            .await
            .0
    };
    assert_eq!(look(&old).await.0, 410, "a newer one replaced it");
    assert_eq!(look(&link).await, (200, json!({ "name": null })));
    assert_eq!(use_up(&link, "anna", "short").await, 400, "a weak password does not use it up");
    assert_eq!(use_up(&link, "anna", PASSWORD).await, 200);
    assert_eq!(use_up(&link, "ben", PASSWORD).await, 410);
    assert!(first_link(&store, &console, town.clock.unix_ms()).await.unwrap().is_none(), "there is a user");

    let ben = Name::parse("ben").unwrap();
    let link = new_link(&store, &config, &ben, Purpose::Add(NewUser::default()), town.clock.unix_ms())
        .await
        .unwrap();
    assert_eq!(look(&link).await.1, json!({ "name": "ben" }));
    assert_eq!(use_up(&link, "anna", PASSWORD).await, 410, "it is not hers");
    town.clock.advance_ms(61 * 60_000);
    assert_eq!(use_up(&link, "ben", PASSWORD).await, 410, "too old");
    assert!(store.user(&ben).await.unwrap().unwrap().password_hash.is_none());
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_told_without_a_login_and_nothing_changed_without_its_token() {
    let mut town = Town::found().await;
    let mut browser = first_user(&town).await;
    let stranger = town.browser();
    for path in ["/api/session", "/api/words", "/api/live/newest", "/api/live/0"] {
        assert_eq!(stranger.get(path).await.0, 401, "{path}");
    }
    for path in ["/api/logout", "/api/session/extend", "/api/still"] {
        assert_eq!(stranger.post(path, json!({})).await.0, 401, "{path}");
    }
    let csrf = std::mem::take(&mut browser.csrf);
    assert_eq!(browser.post("/api/session/extend", json!({})).await.1["code"], "csrf");
    browser.csrf = csrf;
    let origin = std::mem::replace(&mut browser.origin, "https://evil.example".to_owned());
    assert_eq!(browser.post("/api/session/extend", json!({})).await.1["code"], "origin");
    browser.origin = origin;
    assert_eq!(browser.post("/api/session/extend", json!({})).await.0, 200);
    assert_eq!(browser.post("/api/logout", json!({})).await.0, 200);
    assert_eq!(browser.get("/api/session").await.0, 401);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_is_slow_and_tells_nothing() {
    let mut town = Town::found().await;
    let _anna = first_user(&town).await;
    let browser = town.browser();
    let attempt = async |name: &str| {
        browser.post("/api/login", json!({ "name": name, "password": "wrong wrong wrong" })).await
    };
    let (status, wrong) = attempt("anna").await;
    assert_eq!(status, 401);
    assert_eq!(attempt("nobody").await, (401, wrong));
    for _ in 0..4 {
        assert_eq!(attempt("anna").await.0, 401);
    }
    let mut right = town.browser();
    assert_eq!(right.log_in("anna", PASSWORD).await, 429, "not even the right one");
    town.clock.advance_ms(15 * 60_000);
    assert_eq!(right.log_in("anna", PASSWORD).await, 200);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_list_follows_and_ends_with_the_login() {
    let mut town = Town::found().await;
    let browser = first_user(&town).await;
    let channel = town.channel(Some(&town.box_named("lobby"))).await.unwrap();
    let (mut conversation, _) = Conversation::greeted(channel, hello(1, 1)).await;
    conversation.batch(events(1..=3)).await.unwrap();
    let mut live = browser.ask("GET", "/api/live/1", "").await;
    assert_eq!(live.header("content-type"), Some("text/event-stream"));
    assert_eq!(live.event("record").await.unwrap()["sequence"], 2);
    assert_eq!(live.event("caught_up").await.unwrap()["cursor"], 3);
    assert_eq!(live.event("fleet").await.unwrap()["boxes"][0]["connected"], true);
    conversation.batch(events(4..=4)).await.unwrap();
    assert_eq!(live.event("record").await.unwrap()["cursor"], 4);
    drop(conversation);
    while live.event("fleet").await.unwrap()["boxes"][0]["connected"] != false {}

    let mut newest = browser.ask("GET", "/api/live/newest", "").await;
    assert_eq!(newest.event("record").await.unwrap()["sequence"], 1);
    town.store().await.remove_user(&Name::parse("anna").unwrap()).await.unwrap();
    for stream in [&mut live, &mut newest] {
        assert_eq!(stream.event("ended").await.unwrap()["reason"], "revoked");
        assert!(stream.event("record").await.is_none(), "the end");
    }
    assert_eq!(browser.get("/api/session").await.0, 401);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_login_ends_with_its_stream_and_a_used_one_does_not() {
    let mut town = Town::found().await;
    let browser = first_user(&town).await;
    let mut live = browser.ask("GET", "/api/live/newest", "").await;
    assert!(live.event("beat").await.is_some());
    town.clock.advance_ms(20 * 60_000);
    let (_, session) = browser.post("/api/session/extend", json!({})).await;
    assert_eq!(session["idle_left_secs"], 30 * 60);
    town.clock.advance_ms(20 * 60_000);
    assert_eq!(browser.get("/api/session").await.1["idle_left_secs"], 10 * 60, "looking does not extend it");
    town.clock.advance_ms(10 * 60_000);
    assert_eq!(live.event("ended").await.unwrap()["reason"], "idle");
    assert_eq!(browser.get("/api/session").await.0, 401);
    town.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_page_is_served_with_strict_headers_and_requests_are_bounded() {
    let mut town = Town::found().await;
    let browser = town.browser();
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/console.js", "text/javascript; charset=utf-8"),
        ("/console.css", "text/css; charset=utf-8"),
        ("/words.json", "application/json"),
    ] {
        let answer = browser.ask("GET", path, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(media_type)), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("data:") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    for path in ["/nothing", "/../hub.key", "/api", "/api/live"] {
        assert_eq!(browser.ask("GET", path, "").await.status, 404, "{path}");
    }
    let long = format!("{{\"name\":\"{}\",\"password\":\"x\"}}", "a".repeat(20_000));
    assert_eq!(browser.ask("POST", "/api/login", &long).await.status, 413);
    assert_eq!(browser.ask("POST", "/api/login", "{").await.status, 400);
    town.stop().await;
}

#[tokio::test]
async fn users_are_added_reset_and_removed() {
    let town = Town::found().await;
    let (store, config) = (town.store().await, town.config());
    let anna = Name::parse("anna").unwrap();
    let link = async |purpose| new_link(&store, &config, &anna, purpose, town.clock.unix_ms()).await;
    assert!(link(Purpose::Reset).await.unwrap_err().to_string().contains("known: none yet"));
    link(Purpose::Add(NewUser::default())).await.unwrap();
    assert!(
        link(Purpose::Add(NewUser::default())).await.unwrap_err().to_string().contains("user reset anna")
    );
    let before: UserRow = store.user(&anna).await.unwrap().unwrap();
    link(Purpose::Reset).await.unwrap();
    assert!(store.user(&anna).await.unwrap().unwrap().generation > before.generation);
    store.remove_user(&anna).await.unwrap();
    assert!(store.remove_user(&anna).await.unwrap_err().to_string().contains("no user `anna`"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_gets_in_and_who_loses_access_is_in_the_audit_log_once() {
    let mut town = Town::found().await;
    let _anna = first_user(&town).await;
    assert_eq!(audit_text(&town).matches("chose a password by a one-time link").count(), 1);
    let (store, config) = (town.store().await, town.config());
    let anna = Name::parse("anna").unwrap();
    new_link(&store, &config, &anna, Purpose::Reset, town.clock.unix_ms()).await.unwrap();
    store.remove_user(&anna).await.unwrap();
    store.revoke_operator(&anna, 1).await.unwrap();
    let told = async {
        while !store.audit_notes().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    soon("the audit log is told", told).await;
    store.close().await;
    town.stop().await;
    let log = audit_text(&town);
    for (rule, operator) in [
        ("user_reset", "console:anna"),
        ("user_removed", "console:anna"),
        ("operator_revoked", "certificate:anna"),
    ] {
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(rule)).collect();
        assert!(lines.len() == 1 && lines[0].contains(operator), "{rule}: {log}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_connections_of_one_address_take_a_bounded_part_and_whoever_shakes_no_hands_holds_no_place() {
    let mut town = Town::found().await;
    let browser = town.browser();
    let mut handshakes = Vec::new();
    for _ in 0..16 {
        handshakes.push(browser.knock().await);
    }
    assert!(browser.enter().await.is_none(), "its part of the handshakes is taken");
    let operator = town.operator();
    assert!(town.channel(Some(&operator)).await.is_ok(), "the listener of boxes is another");
    drop(handshakes);
    let mut open = Vec::new();
    while open.len() < 64 {
        let Some(mut stream) = browser.enter().await else { continue };
        assert!(is_answered(&mut stream).await, "{} are open", open.len());
        open.push(stream);
    }
    // For a client of TLS 1.3 the handshake is done before it hears that there is no place.
    if let Some(mut one_more) = browser.enter().await {
        assert!(!is_answered(&mut one_more).await, "its part of the places is taken");
    }
    drop(open);
    town.stop().await;
}

async fn is_answered(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> bool {
    let asked = stream.write_all(b"GET /icon.svg HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    asked.is_ok() && soon("an answer or the end", stream.read(&mut [0])).await.is_ok_and(|bytes| bytes > 0)
}

#[tokio::test]
async fn the_first_link_is_in_a_file_for_the_hubs_user_alone_until_somebody_can_log_in() {
    let mut town = Town::found().await;
    let (store, config) = (town.store().await, town.config());
    let file = config.data_dir.join("setup-link");
    let offer = async |is_read_at_once| offer_first_link(&store, &config, is_read_at_once).await.unwrap();
    offer(false).await;
    let first = std::fs::read_to_string(&file).unwrap();
    assert!(first.contains("/#setup="), "{first}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    offer(false).await;
    assert_ne!(std::fs::read_to_string(&file).unwrap(), first, "a newer one replaces it");
    offer(true).await;
    assert!(!file.exists(), "printed, and in no file");
    offer(false).await;
    store.add_user(&Name::parse("anna").unwrap(), NewUser::default(), &[1; 32], 1, 2).await.unwrap();
    offer(false).await;
    assert!(!file.exists(), "there is a user");
    store.close().await;
    town.stop().await;
}
