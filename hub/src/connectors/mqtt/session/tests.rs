//! Sessions against a scripted broker in memory, on simulated bytes.

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{ConnAck, DisconnectReasonCode, PingResp, PubAck};
use tokio::io::DuplexStream;

use super::*;

fn connect() -> Connect {
    Connect { keep_alive: 30, client_id: "velum-hub".to_owned(), clean_start: true, properties: None }
}

fn publish(payload: &'static str) -> Publish {
    Publish::new("velum/a", QoS::AtLeastOnce, payload, None)
}

fn let_in(code: ConnectReturnCode, properties: ConnAckProperties) -> Packet {
    Packet::ConnAck(ConnAck { session_present: false, code, properties: Some(properties) })
}

fn ack(pkid: u16, reason: PubAckReason) -> Packet {
    Packet::PubAck(PubAck { reason, ..PubAck::new(pkid, None) })
}

/// The broker's side.
fn pair() -> (DuplexStream, Wire<DuplexStream>) {
    let (ours, theirs) = tokio::io::duplex(64 * 1_024);
    (ours, Wire { stream: theirs, read: BytesMut::new(), most_bytes: None })
}

async fn opened(properties: ConnAckProperties) -> (Result<Session, SessionError>, Wire<DuplexStream>) {
    let (ours, mut broker) = pair();
    broker.write(&let_in(ConnectReturnCode::Success, properties)).await.unwrap();
    let session = Session::open(ours, connect(), Some(Login::new("velum", "geheim"))).await;
    let Packet::Connect(connect, None, Some(login)) = broker.read().await.unwrap() else {
        panic!("no connect")
    };
    assert_eq!((connect.client_id.as_str(), connect.clean_start), ("velum-hub", true));
    assert_eq!((login.username.as_str(), login.password.as_str()), ("velum", "geheim"));
    (session, broker)
}

#[tokio::test]
async fn a_publication_is_done_when_its_own_acknowledgement_came() {
    let (session, mut broker) = opened(no_properties()).await;
    let session = session.unwrap();
    for (payload, reason) in [
        ("one", PubAckReason::Success),
        ("two", PubAckReason::NotAuthorized),
        ("three", PubAckReason::QuotaExceeded),
    ] {
        let broker_side = async {
            let Packet::Publish(publish) = broker.read().await.unwrap() else { panic!("no publication") };
            assert_eq!((publish.qos, publish.payload.as_ref()), (QoS::AtLeastOnce, payload.as_bytes()));
            assert!(!publish.retain);
            broker.write(&ack(publish.pkid.wrapping_add(9), PubAckReason::Success)).await.unwrap();
            broker.write(&Packet::PingResp(PingResp)).await.unwrap();
            broker.write(&ack(publish.pkid, reason)).await.unwrap();
        };
        let (answer, ()) = tokio::join!(session.publish(publish(payload)), broker_side);
        assert_eq!(answer.unwrap(), reason);
    }
    assert!(session.is_open());
    let (goodbye, ()) = tokio::join!(broker.read(), session.close());
    assert!(
        matches!(goodbye.unwrap_err(), SessionError::Protocol(_)),
        "an empty DISCONNECT, which the codec reads as none"
    );
}

#[tokio::test]
async fn a_session_that_ends_says_why_and_is_not_used_again() {
    let end = [0xe0, 0x02, DisconnectReasonCode::ServerShuttingDown as u8, 0x00];
    for (last, expected) in [(&end[..], "ServerShuttingDown"), (&[], "closed by the broker")] {
        let (session, mut broker) = opened(no_properties()).await;
        let session = session.unwrap();
        let broker_side = async move {
            broker.read().await.unwrap();
            broker.stream.write_all(last).await.unwrap();
        };
        let (answer, ()) = tokio::join!(session.publish(publish("one")), broker_side);
        let error = answer.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(session.publish(publish("two")).await.is_err() && !session.is_open());
    }
}

#[tokio::test]
async fn a_broker_that_lets_nobody_in_or_acknowledges_nothing_is_told_apart() {
    let (ours, mut broker) = pair();
    broker.write(&let_in(ConnectReturnCode::BadUserNamePassword, no_properties())).await.unwrap();
    let error = Session::open(ours, connect(), None).await.err().unwrap();
    assert!(matches!(error, SessionError::NotLetIn(ConnectReturnCode::BadUserNamePassword)), "{error}");
    let (session, _broker) = opened(ConnAckProperties { max_qos: Some(0), ..no_properties() }).await;
    assert!(matches!(session.err().unwrap(), SessionError::NoAcknowledgements));
    let (session, _broker) = opened(ConnAckProperties { max_packet_size: Some(20), ..no_properties() }).await;
    let error = session.unwrap().publish(publish("a payload of more than twenty bytes")).await.unwrap_err();
    assert!(matches!(error, SessionError::TooLarge), "{error}");
}

#[tokio::test]
async fn what_is_no_mqtt_or_too_large_ends_the_session() {
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        &[0x20, 0xff, 0xff, 0xff, 0x7f],
        &[0x30, 0xff, 0xff, 0xff, 0xff],
    ] {
        let (ours, mut broker) = pair();
        broker.stream.write_all(bytes).await.unwrap();
        drop(broker);
        assert!(Session::open(ours, connect(), None).await.is_err(), "{bytes:?}");
    }
}

#[tokio::test]
async fn fuzz_packets_of_random_bytes_end_nothing_but_the_session() {
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..20_000 {
        let mut bytes: Vec<u8> = (0..random.usize(2..64)).map(|_| random.u8(..)).collect();
        if round % 2 == 0 {
            // A whole packet by its length.
            let kind = random.choice([0x20_u8, 0x40, 0x30, 0x32, 0xd0, 0xe0, 0x90]).unwrap();
            let length = u8::try_from(bytes.len() - 2).unwrap();
            (bytes[0], bytes[1]) = (kind, length);
        }
        let mut stream = BytesMut::from(bytes.as_slice());
        while Packet::read(&mut stream, Some(PACKET_BYTES)).is_ok() && !stream.is_empty() {}
    }
}
