use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use super::town::{Conversation, Town, events, hello};

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_tells_how_it_is() {
    let mut town = Town::found().await;
    town.stop().await;
    town.settings = "metrics_listen = \"127.0.0.1:0\"\n".to_owned();
    town.start().await;
    let lobby = town.box_named("lobby");
    let (mut conversation, _) =
        Conversation::greeted(town.channel(Some(&lobby)).await.unwrap(), hello(1, 1)).await;
    assert_eq!(conversation.batch(events(1..=4)).await.unwrap(), 4);
    let address = town.metrics_address.unwrap();
    let page = tokio::task::spawn_blocking(move || get(address, "/metrics")).await.unwrap();
    for line in [
        "velum_hub_boxes_known 1",
        "velum_hub_boxes_connected 1",
        "velum_hub_records{end=\"event\"} 4",
        "velum_hub_numbers_missing 0",
        "velum_hub_alerts{state=\"waiting\"} 0",
        "velum_hub_audit_failures_total 0",
    ] {
        assert!(page.lines().any(|found| found == line), "{line} is missing in\n{page}");
    }
    assert!(page.contains("application/openmetrics-text"), "{page}");
    assert!(page.contains("velum_hub_certificate_expiry_seconds{certificate=\"hub\"}"), "{page}");
    let health = tokio::task::spawn_blocking(move || get(address, "/healthz")).await.unwrap();
    assert!(health.ends_with("ok\n"), "{health}");
    let alive = move || velum_policy::check::alive(address);
    assert_eq!(tokio::task::spawn_blocking(alive).await.unwrap(), Ok(()));
    town.stop().await;
    assert!(tokio::task::spawn_blocking(alive).await.unwrap().is_err());
}
