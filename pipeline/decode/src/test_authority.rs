//! An authority that signs the certificates of test cameras.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// An authority, alive for one test.
pub(crate) struct TestAuthority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl TestAuthority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Writes what `tls_ca_file` names.
    pub(crate) fn write(&self, dir: &Path) -> PathBuf {
        let path = dir.join("camera-ca.pem");
        std::fs::write(&path, &self.pem).unwrap();
        path
    }

    /// A camera's certificate for this name or address.
    pub(crate) fn certificate(&self, name: &str) -> gio::TlsCertificate {
        self.certificate_of(params(name))
    }

    pub(crate) fn certificate_of(&self, params: CertificateParams) -> gio::TlsCertificate {
        let key = KeyPair::generate().unwrap();
        with_key(&params.signed_by(&key, &self.issuer).unwrap().pem(), &key)
    }
}

/// What a camera's certificate holds for this name or address.
pub(crate) fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// A certificate that a camera made for itself, as most do, and its PEM.
pub(crate) fn self_signed(name: &str) -> (gio::TlsCertificate, String) {
    let key = KeyPair::generate().unwrap();
    let pem = params(name).self_signed(&key).unwrap().pem();
    (with_key(&pem, &key), pem)
}

fn with_key(pem: &str, key: &KeyPair) -> gio::TlsCertificate {
    gio::TlsCertificate::from_pem(&format!("{pem}{}", key.serialize_pem())).unwrap()
}
