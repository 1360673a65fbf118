use rcgen::{CertificateParams, DnType, IsCa, KeyPair, SanType};
use tonic::{Code, Status};
use velum_proto::v1::events_client::EventsClient;
use velum_proto::v1::operators_client::OperatorsClient;
use velum_proto::v1::uplink_client::UplinkClient;
use velum_proto::v1::{EnrolRequest, EnrolResponse, ListRequest, RenewRequest};

use super::stills::audit_text;
use super::town::{Conversation, Holder, Town, hello};
use crate::identity::{Identity, Name, Role};

const HOUR_MS: i64 = 3_600_000;

/// A request that asks for more than it may have: an operator's name, and to be an authority.
fn request(key: &KeyPair) -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "operator:anna");
    params.subject_alt_names = vec![SanType::URI("velum:operator:anna:1".to_owned().try_into().unwrap())];
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.serialize_request(key).unwrap().der().to_vec()
}

async fn enrol(town: &Town, token_secret: &str, csr_der: Vec<u8>) -> Result<EnrolResponse, Status> {
    let request = EnrolRequest { token_secret: token_secret.to_owned(), csr_der };
    Ok(town.enrolment().await.enrol(request).await?.into_inner())
}

fn holder(response: &EnrolResponse, key: &KeyPair) -> Holder {
    let pem = pem_of(&response.certificate_der);
    Holder { certificate: pem, key: key.serialize_pem() }
}

fn pem_of(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}

#[tokio::test]
async fn a_token_makes_one_box_once() {
    let mut town = Town::found().await;
    let token = town.token("lobby").await;
    assert_eq!(
        (token.r#box.as_str(), token.expires_unix_ms),
        ("lobby", crate::clock::Clock::unix_ms(town.clock.as_ref()) + HOUR_MS)
    );
    let key = KeyPair::generate().unwrap();

    let status = enrol(&town, &token.secret, vec![1, 2, 3]).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "a bad request does not use the token up");
    let response = enrol(&town, &token.secret, request(&key)).await.unwrap();
    assert_eq!(response.r#box, "lobby");
    assert_eq!(response.authority_der, token.authority_der);
    let identity = Identity::from_der(&response.certificate_der).unwrap();
    assert_eq!(identity, Identity { role: Role::Box, name: Name::parse("lobby").unwrap(), generation: 1 });

    let status = enrol(&town, &token.secret, request(&key)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    assert!(status.message().contains("used already"), "{status}");

    let channel = town.channel(Some(&holder(&response, &key))).await.unwrap();
    let (conversation, _) = Conversation::greeted(channel.clone(), hello(1, 1)).await;
    let status = EventsClient::new(channel).list(ListRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "the name in the request counts for nothing");
    drop(conversation);
    town.stop().await;
}

#[tokio::test]
async fn old_unknown_and_revoked_tokens_are_refused() {
    let mut town = Town::found().await;
    let key = KeyPair::generate().unwrap();
    let old = town.token("lobby").await;
    town.clock.advance_ms(HOUR_MS);
    let status = enrol(&town, &old.secret, request(&key)).await.unwrap_err();
    assert!(status.message().contains("too old"), "{status}");

    let status = enrol(&town, "guessed", request(&key)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    let revoked = town.token("lobby").await;
    let store = town.store().await;
    store.revoke(&Name::parse("lobby").unwrap()).await.unwrap();
    store.close().await;
    let status = enrol(&town, &revoked.secret, request(&key)).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    let anew = town.token("lobby").await;
    let response = enrol(&town, &anew.secret, request(&key)).await.unwrap();
    assert_eq!(Identity::from_der(&response.certificate_der).unwrap().generation, 2);
    town.stop().await;
}

#[tokio::test]
async fn the_enrolment_port_serves_nothing_else() {
    let mut town = Town::found().await;
    let port = town.enrolment_channel().await;
    let status = EventsClient::new(port.clone()).list(ListRequest::default()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert!(Conversation::open(port, hello(1, 1)).await.is_err());
    town.stop().await;
}

#[tokio::test]
async fn a_box_renews_its_certificate_under_its_own_name_until_it_is_revoked() {
    let mut town = Town::found().await;
    let lobby = town.box_named("lobby");
    let channel = town.channel(Some(&lobby)).await.unwrap();
    let (conversation, _) = Conversation::greeted(channel.clone(), hello(1, 1)).await;
    let key = KeyPair::generate().unwrap();
    let renew = |csr_der: Vec<u8>| {
        let mut client = UplinkClient::new(channel.clone());
        async move { client.renew(RenewRequest { csr_der }).await }
    };
    for bad in [vec![1, 2, 3], vec![0; 5_000]] {
        assert_eq!(renew(bad).await.unwrap_err().code(), Code::InvalidArgument);
    }
    let certificate_der = renew(request(&key)).await.unwrap().into_inner().certificate_der;
    let identity = Identity::from_der(&certificate_der).unwrap();
    assert_eq!(identity, Identity { role: Role::Box, name: Name::parse("lobby").unwrap(), generation: 1 });
    drop(conversation);
    let renewed = Holder { certificate: pem_of(&certificate_der), key: key.serialize_pem() };
    let channel_of_renewed = town.channel(Some(&renewed)).await.unwrap();
    let (_conversation, _) = Conversation::greeted(channel_of_renewed.clone(), hello(1, 1)).await;

    let mut operator = UplinkClient::new(town.channel(Some(&town.operator())).await.unwrap());
    let status = operator.renew(RenewRequest { csr_der: request(&key) }).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);

    let store = town.store().await;
    store.revoke(&Name::parse("lobby").unwrap()).await.unwrap();
    store.close().await;
    for channel in [channel.clone(), channel_of_renewed] {
        let request = RenewRequest { csr_der: request(&key) };
        let status = UplinkClient::new(channel).renew(request).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    }
    town.stop().await;
}

#[tokio::test]
async fn a_certificate_that_has_ended_renews_nothing_though_its_connection_still_stands() {
    let mut town = Town::found().await;
    let token = town.token("lobby").await;
    let key = KeyPair::generate().unwrap();
    let response = enrol(&town, &token.secret, request(&key)).await.unwrap();
    let mut client = UplinkClient::new(town.channel(Some(&holder(&response, &key))).await.unwrap());
    client.renew(RenewRequest { csr_der: request(&key) }).await.unwrap();
    town.clock.advance_ms(826 * 24 * HOUR_MS);
    let status = client.renew(RenewRequest { csr_der: request(&key) }).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status}");
    town.stop().await;
}

#[tokio::test]
async fn an_operator_renews_the_certificate_under_its_own_name_until_it_is_revoked() {
    let mut town = Town::found().await;
    let (anna, lobby) = (town.operator(), town.box_named("lobby"));
    let key = KeyPair::generate().unwrap();
    let of_box = town.channel(Some(&lobby)).await.unwrap();
    let status =
        OperatorsClient::new(of_box).renew(RenewRequest { csr_der: request(&key) }).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "a box makes no operator");

    let channel = town.channel(Some(&anna)).await.unwrap();
    let mut operators = OperatorsClient::new(channel);
    for bad in [vec![1, 2, 3], vec![0; 5_000]] {
        let status = operators.renew(RenewRequest { csr_der: bad }).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
    }
    let answer = operators.renew(RenewRequest { csr_der: request(&key) }).await.unwrap().into_inner();
    let identity = Identity::from_der(&answer.certificate_der).unwrap();
    let expected = Identity { role: Role::Operator, name: Name::parse("anna").unwrap(), generation: 1 };
    assert_eq!(identity, expected, "of the request only the key is taken");
    let renewed = Holder { certificate: pem_of(&answer.certificate_der), key: key.serialize_pem() };
    let channel = town.channel(Some(&renewed)).await.unwrap();
    EventsClient::new(channel.clone()).list(ListRequest::default()).await.unwrap();

    let store = town.store().await;
    let now_unix_ms = crate::clock::Clock::unix_ms(town.clock.as_ref());
    store.revoke_operator(&Name::parse("anna").unwrap(), now_unix_ms).await.unwrap();
    store.close().await;
    let status =
        OperatorsClient::new(channel).renew(RenewRequest { csr_der: request(&key) }).await.unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status}");
    town.stop().await;
    let log = audit_text(&town);
    assert_eq!(log.matches("renewed the certificate by the one that still holds").count(), 1, "{log}");
}

#[tokio::test]
async fn the_hub_shows_the_certificate_that_it_renewed_to_whoever_connects() {
    let mut town = Town::found().await;
    town.stop().await;
    let config = town.config();
    let clock = std::sync::Arc::clone(&town.clock);
    let own = || crate::certificates::in_use(&config, crate::clock::Clock::unix_ms(clock.as_ref()));
    let before = own().unwrap();
    town.near_the_hubs_end();
    let given = own().unwrap();
    assert_ne!(given.der(), before.der());
    town.start().await;
    assert_ne!(own().unwrap().der(), given.der());
    let raw = town.raw(&town.box_named("lobby")).await;
    assert_eq!(raw.get_ref().1.peer_certificates().unwrap().first().unwrap(), &own().unwrap().der());
    town.stop().await;
}
