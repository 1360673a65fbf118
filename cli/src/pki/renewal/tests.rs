use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use rcgen::{CertificateSigningRequestParams, Issuer, SanType};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status};
use velum_proto::v1::RenewResponse;
use velum_proto::v1::operators_server::{Operators, OperatorsServer};

use super::*;

type Answer = Arc<Mutex<Result<(&'static str, i64), Code>>>;

/// A hub that answers as it is told: for this holder, for so many days from now. What a real one answers, its own tests and
/// `make test-clients` look at.
struct Hub(Answer);

#[tonic::async_trait]
impl Operators for Hub {
    async fn renew(&self, request: Request<RenewRequest>) -> Result<Response<RenewResponse>, Status> {
        let (holder, days) = self.0.lock().unwrap().map_err(|code| Status::new(code, "told so"))?;
        let csr = CertificateSigningRequestParams::from_der(&request.into_inner().csr_der.into()).unwrap();
        let issuer = Issuer::new(CertificateParams::default(), KeyPair::generate().unwrap());
        let signed = params(holder, -1, days).signed_by(&csr.public_key, &issuer).unwrap();
        Ok(Response::new(RenewResponse { certificate_der: signed.der().to_vec() }))
    }
}

fn params(holder: &str, from_days: i64, until_days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::URI(holder.to_owned().try_into().unwrap())];
    let at = |days: i64| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs((now_secs() + days * DAY_SECS).unsigned_abs())
    };
    (params.not_before, params.not_after) = (at(from_days), at(until_days));
    params
}

struct Desk {
    dir: TempDir,
    answer: Answer,
    hub: Channel,
}

const ANNA: &str = "velum:operator:anna:1";

impl Desk {
    /// Anna's certificate is 100 days old and holds for so many more.
    async fn new(days_left: i64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let pem = params(ANNA, -100, days_left).self_signed(&key).unwrap().pem();
        fs::write(dir.path().join("anna.pem"), pem).unwrap();
        fs::write(dir.path().join("anna.key"), key.serialize_pem()).unwrap();
        fs::set_permissions(dir.path().join("anna.key"), fs::Permissions::from_mode(0o600)).unwrap();
        let answer: Answer = Arc::new(Mutex::new(Ok((ANNA, 825))));
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let address = listener.local_addr().unwrap();
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        let service = OperatorsServer::new(Hub(Arc::clone(&answer)));
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        let hub = Endpoint::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { dir, answer, hub }
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    fn pair(&self) -> (Vec<u8>, Vec<u8>) {
        (fs::read(self.path("anna.key")).unwrap(), fs::read(self.path("anna.pem")).unwrap())
    }

    async fn renew(&self, when: When) -> Result<Standing> {
        renew(self.dir.path(), "anna", self.hub.clone(), when).await
    }

    fn fits(&self) -> bool {
        let key = KeyPair::from_pem(&fs::read_to_string(self.path("anna.key")).unwrap()).unwrap();
        Certificate::parse(&fs::read_to_string(self.path("anna.pem")).unwrap()).unwrap().is_of(&key)
    }
}

#[tokio::test]
async fn a_certificate_with_a_third_left_is_renewed_with_a_new_key_of_its_owner_alone() {
    let desk = Desk::new(45).await;
    let before = desk.pair();
    let standing = desk.renew(When::Due).await.unwrap();
    assert!(standing.is_renewed && standing.days_left(now_secs()) >= 824, "{standing:?}");
    let after = desk.pair();
    assert!(after.0 != before.0 && after.1 != before.1 && desk.fits());
    let mode = fs::metadata(desk.path("anna.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(!desk.path("anna.key.new").exists() && !desk.path("anna.pem.new").exists());
    assert!(!desk.renew(When::Due).await.unwrap().is_renewed, "not again");
}

#[tokio::test]
async fn a_certificate_with_more_left_is_renewed_only_when_told_to() {
    let desk = Desk::new(60).await;
    let before = desk.pair();
    assert!(!desk.renew(When::Due).await.unwrap().is_renewed);
    assert_eq!(desk.pair(), before);
    assert!(desk.renew(When::Now).await.unwrap().is_renewed);
    assert!(desk.fits());
}

#[tokio::test]
async fn whatever_the_hub_answers_wrongly_leaves_the_old_pair() {
    let desk = Desk::new(45).await;
    let before = desk.pair();
    for (answer, part) in [
        (Ok(("velum:operator:ben:1", 825)), "another's certificate"),
        (Ok((ANNA, 44)), "ends no later"),
        (Err(Code::FailedPrecondition), "told so"),
        (Err(Code::PermissionDenied), "told so"),
        (Err(Code::Unimplemented), "older release"),
    ] {
        *desk.answer.lock().unwrap() = answer;
        let error = format!("{:#}", desk.renew(When::Due).await.unwrap_err());
        assert!(error.contains(part), "{error}");
        assert_eq!(desk.pair(), before, "{error}");
        assert!(!desk.path("anna.key.new").exists() && !desk.path("anna.pem.new").exists(), "{error}");
    }
    *desk.answer.lock().unwrap() = Ok((ANNA, 825));
    fs::write(desk.path("anna.key.new"), "what a power cut left").unwrap();
    assert!(desk.renew(When::Due).await.unwrap().is_renewed);
}

#[tokio::test]
async fn a_power_cut_between_key_and_certificate_is_mended() {
    let desk = Desk::new(45).await;
    let old = desk.pair();
    desk.renew(When::Due).await.unwrap();
    fs::rename(desk.path("anna.pem"), desk.path("anna.pem.new")).unwrap();
    fs::write(desk.path("anna.pem"), &old.1).unwrap();
    assert!(!desk.fits());
    mend(desk.dir.path(), "anna");
    assert!(desk.fits() && !desk.path("anna.pem.new").exists());
    fs::write(desk.path("anna.pem.new"), &old.1).unwrap();
    let before = desk.pair();
    mend(desk.dir.path(), "anna");
    assert_eq!(desk.pair(), before, "what is no certificate of the key counts for nothing");
}

#[tokio::test]
async fn two_programs_at_once_renew_once_and_leave_a_pair() {
    let desk = Desk::new(45).await;
    let one = tokio::task::spawn_blocking({
        let (dir, hub) = (desk.dir.path().to_owned(), desk.hub.clone());
        move || tokio::runtime::Handle::current().block_on(renew(&dir, "anna", hub, When::Due))
    });
    let two = tokio::task::spawn_blocking({
        let (dir, hub) = (desk.dir.path().to_owned(), desk.hub.clone());
        move || tokio::runtime::Handle::current().block_on(renew(&dir, "anna", hub, When::Due))
    });
    let renewed = [one.await.unwrap().unwrap(), two.await.unwrap().unwrap()];
    assert_eq!(renewed.iter().filter(|standing| standing.is_renewed).count(), 1);
    assert!(desk.fits());
}
