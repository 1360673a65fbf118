use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use prost::Message;
use rcgen::CertificateSigningRequestParams;
use rustls::pki_types::CertificateSigningRequestDer;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Request, Response, Status};
use velum_proto::v1::enrolment_server::{Enrolment, EnrolmentServer};
use velum_proto::v1::{EnrolRequest, EnrolResponse, EnrolmentToken};
use velum_vocab::SimulatedClock;

use super::NOW;
use super::hub::Pki;
use crate::{Identity, UplinkError, enroll};

struct Desk {
    pki: Pki,
    named: &'static str,
}

#[tonic::async_trait]
impl Enrolment for Desk {
    async fn enrol(&self, request: Request<EnrolRequest>) -> Result<Response<EnrolResponse>, Status> {
        let request = request.into_inner();
        if request.token_secret != "one-use" {
            return Err(Status::permission_denied("this token was used already"));
        }
        let csr = CertificateSigningRequestDer::from(request.csr_der);
        let csr = CertificateSigningRequestParams::from_der(&csr).unwrap();
        let certificate_der = csr.signed_by(&self.pki.issuer()).unwrap().der().to_vec();
        let authority_der = self.pki.authority_der().to_vec();
        Ok(Response::new(EnrolResponse { r#box: self.named.to_owned(), certificate_der, authority_der }))
    }
}

async fn desk(pki: &Pki, named: &'static str) -> EnrolmentToken {
    let (certificate, key) = pki.leaf("localhost");
    let tls = ServerTlsConfig::new().identity(tonic::transport::Identity::from_pem(certificate, key));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let service = EnrolmentServer::new(Desk { pki: pki.clone(), named });
    let server = Server::builder().tls_config(tls).unwrap().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    EnrolmentToken {
        hub_address: "localhost:7443".to_owned(),
        enrol_address: format!("localhost:{port}"),
        authority_der: pki.authority_der().to_vec(),
        secret: "one-use".to_owned(),
        r#box: "box-1".to_owned(),
        expires_unix_ms: NOW.unix_millis() + 1,
    }
}

async fn try_enroll(token: &EnrolmentToken, dir: &Path) -> Result<crate::Enrolled, UplinkError> {
    let text = format!("velum1.{}", BASE64_URL_SAFE_NO_PAD.encode(token.encode_to_vec()));
    enroll(&text, dir, Arc::new(SimulatedClock::at(NOW))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_becomes_an_identity() {
    let pki = Pki::new();
    let token = desk(&pki, "box-1").await;
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("identity");
    // A second time replaces the first.
    for _ in 0..2 {
        let enrolled = try_enroll(&token, &dir).await.unwrap();
        assert_eq!((enrolled.box_id.as_str(), &*enrolled.hub_address), ("box-1", "localhost:7443"));
        let identity = Identity::load(&dir).unwrap();
        assert_eq!(identity.hub_address(), "localhost:7443");
        assert_eq!(identity.authority, pki.authority_der());
    }
    let mode = std::fs::metadata(dir.join("box.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(dir.read_dir().unwrap().count(), 4, "nothing is left over");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_enrolment_leaves_no_identity_and_says_why() {
    let pki = Pki::new();
    let good = desk(&pki, "box-1").await;
    let other_name = desk(&pki, "box-2").await;
    let other_authority =
        EnrolmentToken { authority_der: Pki::new().authority_der().to_vec(), ..good.clone() };
    let cases = [
        (
            EnrolmentToken { secret: "guess".to_owned(), ..good.clone() },
            "refused the enrolment: this token was used already",
        ),
        (EnrolmentToken { expires_unix_ms: NOW.unix_millis(), ..good.clone() }, "has expired"),
        (EnrolmentToken { enrol_address: "localhost:1".to_owned(), ..good.clone() }, "connection refused"),
        (EnrolmentToken { enrol_address: "localhost".to_owned(), ..good.clone() }, "expected host and port"),
        (EnrolmentToken { authority_der: vec![1], ..good.clone() }, "authority's certificate"),
        (other_authority, "not of this authority"),
        (other_name, "another box's name"),
    ];
    for (token, expected) in cases {
        let dir = tempfile::tempdir().unwrap();
        let error = try_enroll(&token, dir.path()).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(Identity::load(dir.path()).is_err());
    }
}
