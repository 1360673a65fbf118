//! Against cameras that speak TLS, with certificates made on the spot.

use std::path::PathBuf;

use rcgen::CertificateParams;

use super::*;
use crate::Transport;
use crate::test_authority::{TestAuthority, params, self_signed};
use crate::test_camera::has_tls;

fn config(camera: &TestCamera, tls_ca_file: Option<PathBuf>) -> SourceConfig {
    SourceConfig { tls_ca_file, ..SourceConfig::new(SourceUrl::parse(&camera.address()).unwrap()) }
}

fn error_of(config: &SourceConfig) -> String {
    probe(config, TIMEOUT).unwrap_err().to_string()
}

#[test]
fn a_certificate_of_the_named_authority_is_accepted() {
    if !has_tls() {
        return;
    }
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    let camera = TestCamera::start_tls(&authority.certificate("127.0.0.1"), None);
    for transport in [Transport::Tcp, Transport::Udp] {
        let config = SourceConfig { transport, ..config(&camera, Some(authority.write(dir.path()))) };
        let report = probe(&config, TIMEOUT).unwrap();
        assert_eq!((report.codec.as_str(), report.width_px), ("H.264", 320), "{transport:?}");
    }
}

#[test]
fn a_camera_that_signed_for_itself_is_accepted_where_its_own_certificate_is_named() {
    if !has_tls() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (certificate, pem) = self_signed("127.0.0.1");
    let path = dir.path().join("camera.pem");
    std::fs::write(&path, pem).unwrap();
    let camera = TestCamera::start_tls(&certificate, None);
    assert_eq!(probe(&config(&camera, Some(path.clone())), TIMEOUT).unwrap().codec, "H.264");
    let (another, _) = self_signed("127.0.0.1");
    let camera = TestCamera::start_tls(&another, None);
    let error = error_of(&config(&camera, Some(path)));
    assert!(error.contains("the certificate is not signed by the authority that it names"), "{error}");
}

#[test]
fn an_authority_that_is_not_known_is_refused_with_the_field_and_the_fix() {
    if !has_tls() {
        return;
    }
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    let camera = TestCamera::start_tls(&authority.certificate("127.0.0.1"), None);
    let address = camera.address();
    let expected = format!(
        "tls_ca_file: is not set, and no authority that this system trusts signed the certificate of `{address}`; set \
         `tls_ca_file = \"/etc/velum/camera-ca.pem\"` with the certificate of the authority that did"
    );
    assert_eq!(error_of(&config(&camera, None)), expected);
    let other = TestAuthority::new("of others").write(dir.path());
    let expected = format!(
        "tls_ca_file: `{}`: no authority in it signed the certificate of `{address}`; put the one there that did, or find \
         out who answers in the camera's place",
        other.display()
    );
    assert_eq!(error_of(&config(&camera, Some(other))), expected);
    let impostor = TestAuthority::new("of cameras").write(dir.path());
    let error = error_of(&config(&camera, Some(impostor)));
    assert!(error.contains("the certificate is not signed by the authority that it names"), "{error}");
}

fn check_other_name(params: CertificateParams, shown: &str) {
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    let camera = TestCamera::start_tls(&authority.certificate_of(params), None);
    let expected = format!(
        "source: `{}`: the certificate is not for `127.0.0.1` but for {shown}; write the name in the certificate, or give \
         the camera a certificate for this one",
        camera.address()
    );
    assert_eq!(error_of(&config(&camera, Some(authority.write(dir.path())))), expected);
}

#[test]
fn a_certificate_for_another_host_is_refused() {
    if !has_tls() {
        return;
    }
    check_other_name(params("camera.example"), "`camera.example`");
    check_other_name(params("192.0.2.1"), "`192.0.2.1`");
    let mut old = CertificateParams::default();
    old.distinguished_name.push(rcgen::DnType::OrganizationName, "maker");
    old.distinguished_name.push(rcgen::DnType::CommonName, "cam-00123");
    check_other_name(old.clone(), "`cam-00123`");
    old.distinguished_name.push(rcgen::DnType::CommonName, "two words\nERROR");
    check_other_name(old, "no name at all");
}

#[test]
fn a_certificate_out_of_its_time_is_refused() {
    if !has_tls() {
        return;
    }
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    for (from, to, reason) in [(2001, 2002, "has expired"), (2100, 2101, "is not valid yet")] {
        let mut params = params("127.0.0.1");
        (params.not_before, params.not_after) =
            (rcgen::date_time_ymd(from, 1, 1), rcgen::date_time_ymd(to, 1, 1));
        let camera = TestCamera::start_tls(&authority.certificate_of(params), None);
        let error = error_of(&config(&camera, Some(authority.write(dir.path()))));
        assert!(
            error.starts_with(&format!("source: `{}`: the certificate {reason}; ", camera.address())),
            "{error}"
        );
    }
}

#[test]
fn tls_and_no_tls_are_not_mistaken_for_each_other() {
    if !has_tls() {
        return;
    }
    let authority = TestAuthority::new("of cameras");
    let plain = TestCamera::start(0, WHITE_H264, None);
    let address = plain.address().replace("rtsp://", "rtsps://");
    let error = probe_address(&address, None).unwrap_err();
    assert_eq!(error, DecodeError::NoTlsThere { address });
    let encrypted = TestCamera::start_tls(&authority.certificate("127.0.0.1"), None);
    let address = encrypted.address().replace("rtsps://", "rtsp://");
    let source = SourceUrl::parse(&address).unwrap();
    let error = probe(&SourceConfig::new(source), Duration::from_secs(1)).unwrap_err();
    assert_eq!(error, DecodeError::Mute { address, waited_secs: 1.0 });
}

#[test]
fn a_wrong_password_is_told_behind_tls_too() {
    if !has_tls() {
        return;
    }
    let (dir, authority) = (tempfile::tempdir().unwrap(), TestAuthority::new("of cameras"));
    let camera = TestCamera::start_tls(&authority.certificate("127.0.0.1"), Some("admin:right"));
    let config = config(&camera, Some(authority.write(dir.path())));
    let wrong = SourceConfig { credentials: credentials(dir.path(), "admin:hunter2"), ..config.clone() };
    assert_eq!(probe(&wrong, TIMEOUT), Err(DecodeError::Unauthorised { address: camera.address() }));
    let right = SourceConfig { credentials: credentials(dir.path(), "admin:right"), ..config };
    assert_eq!(probe(&right, TIMEOUT).unwrap().codec, "H.264");
}

fn check_ca_file(dir: &Path, content: Option<&[u8]>, expected: &str) {
    let path = dir.join("ca.pem");
    let _ = std::fs::remove_file(&path);
    content.inspect(|content| std::fs::write(&path, content).unwrap());
    let source = SourceUrl::parse("rtsps://127.0.0.1:1/live").unwrap();
    let error = error_of(&SourceConfig { tls_ca_file: Some(path.clone()), ..SourceConfig::new(source) });
    let fix = "put the certificate of the authority that signed the camera's there, in PEM (`-----BEGIN CERTIFICATE-----`)";
    assert_eq!(error, format!("tls_ca_file: `{}`: {expected}; {fix}", path.display()));
}

#[test]
fn a_file_without_an_authority_is_told_before_anything_is_sent() {
    if !has_tls() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    check_ca_file(dir.path(), None, "there is no such file");
    check_ca_file(dir.path(), Some(b""), "holds no certificate in PEM");
    check_ca_file(dir.path(), Some(b"hello\n"), "holds no certificate in PEM");
    check_ca_file(dir.path(), Some(&[0x30, 0x82, 0, 1, 0xff]), "holds no certificate in PEM");
    let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
    check_ca_file(dir.path(), Some(key.as_bytes()), "holds no certificate in PEM");
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    check_ca_file(dir.path(), Some(broken.as_bytes()), "holds a certificate that cannot be read");
}

#[test]
fn random_bytes_in_the_file_are_no_authority() {
    if !has_tls() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let path = TestAuthority::new("of cameras").write(dir.path());
    let good = std::fs::read(&path).unwrap();
    let mut random = fastrand::Rng::with_seed(13);
    let source = SourceUrl::parse("rtsps://127.0.0.1:1/live").unwrap();
    let config = SourceConfig { tls_ca_file: Some(path.clone()), ..SourceConfig::new(source) };
    for _ in 0..200 {
        let mut bytes = good.clone();
        bytes.truncate(random.usize(0..=good.len()));
        for _ in 0..random.usize(0..4).min(bytes.len()) {
            let at = random.usize(0..bytes.len());
            bytes[at] = random.u8(..);
        }
        std::fs::write(&path, &bytes).unwrap();
        let error = error_of(&config);
        assert!(error.starts_with("tls_ca_file: ") || error.contains("refuses connections"), "{error}");
    }
}
