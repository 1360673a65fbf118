//! The certificate of a camera: whose signature is trusted, and what is told where it is refused.
//!
//! Invariant: GStreamer looks at every certificate, in full; nothing here can make it accept one that it refused.

use std::path::Path;
use std::sync::Arc;

use gio::prelude::*;

use super::Facts;
use super::words::{plain, plain_io};
use crate::source::RtspAddress;
use crate::{DecodeError, SourceConfig};

/// Most names of a certificate that a text shows.
const SHOWN_NAMES: usize = 3;

/// Sets the trusted authorities of `source`, an `rtspsrc`, and notes why a certificate is refused.
pub(super) fn look_at_certificate(
    source: &gst::Element,
    config: &SourceConfig,
    address: &RtspAddress,
    facts: &Arc<Facts>,
) -> Result<(), DecodeError> {
    if !gio::TlsBackend::default().supports_tls() {
        return Err(DecodeError::NoTls { address: address.to_string() });
    }
    source.set_property("tls-validation-flags", gio::TlsCertificateFlags::VALIDATE_ALL);
    if let Some(path) = &config.tls_ca_file {
        source.set_property("tls-database", authorities(path)?);
    }
    let (facts, address, ca_file) = (Arc::clone(facts), address.clone(), config.tls_ca_file.clone());
    source.connect("accept-certificate", false, move |values| {
        let certificate = values.get(2).and_then(|v| v.get::<gio::TlsCertificate>().ok());
        let errors = values.get(3).and_then(|v| v.get::<gio::TlsCertificateFlags>().ok());
        let errors = errors.unwrap_or(gio::TlsCertificateFlags::GENERIC_ERROR);
        facts.set_fault(refused(errors, certificate.as_ref(), &address, ca_file.as_deref()));
        Some(false.to_value())
    });
    Ok(())
}

fn authorities(path: &Path) -> Result<gio::TlsDatabase, DecodeError> {
    let wrong = |reason: String| DecodeError::TlsCaFile { path: path.to_path_buf(), reason };
    std::fs::File::open(path).map_err(|e| wrong(plain_io(&e)))?;
    let absolute = std::path::absolute(path).map_err(|e| wrong(e.to_string()))?;
    match gio::TlsCertificate::list_new_from_file(&absolute) {
        Ok(found) if found.is_empty() => return Err(wrong("holds no certificate in PEM".to_owned())),
        Ok(_) => {}
        Err(_) => return Err(wrong("holds a certificate that cannot be read".to_owned())),
    }
    let database = gio::TlsFileDatabase::new(&absolute).map_err(|e| wrong(plain(e.message())))?;
    Ok(database.upcast())
}

/// The gravest of what is wrong with a certificate: who signed it, then whom it is for, then the rest.
fn refused(
    errors: gio::TlsCertificateFlags,
    certificate: Option<&gio::TlsCertificate>,
    address: &RtspAddress,
    ca_file: Option<&Path>,
) -> DecodeError {
    use gio::TlsCertificateFlags as Flags;
    let (host, address) = (address.host().to_owned(), address.to_string());
    let bad = |reason| DecodeError::BadCertificate { address: address.clone(), reason };
    if errors.contains(Flags::UNKNOWN_CA) {
        return match ca_file {
            Some(path) => DecodeError::OtherAuthority { path: path.to_path_buf(), address },
            None => DecodeError::UnknownAuthority { address },
        };
    }
    if errors.contains(Flags::BAD_IDENTITY) {
        return DecodeError::OtherName { address, host, names: names(certificate) };
    }
    if errors.contains(Flags::EXPIRED) {
        return bad("has expired");
    }
    if errors.contains(Flags::NOT_ACTIVATED) {
        return bad("is not valid yet");
    }
    if errors.contains(Flags::REVOKED) {
        return bad("was revoked");
    }
    if errors.contains(Flags::INSECURE) {
        return bad("has a key or signature that is too weak");
    }
    bad("is not signed by the authority that it names, or not meant for a server")
}

/// The names in a certificate, fit for a log line: it comes from whoever answered.
fn names(certificate: Option<&gio::TlsCertificate>) -> String {
    let Some(certificate) = certificate else { return "another name".to_owned() };
    let dns = certificate.dns_names().into_iter().map(|name| String::from_utf8_lossy(&name).into_owned());
    let ip = certificate.ip_addresses().into_iter().map(|address| address.to_str().to_string());
    let alternative = in_words(dns.chain(ip));
    alternative
        .or_else(|| in_words(common_name(certificate).into_iter()))
        .unwrap_or_else(|| "no name at all".to_owned())
}

/// Old cameras write their name into the subject alone.
fn common_name(certificate: &gio::TlsCertificate) -> Option<String> {
    let subject = certificate.subject_name()?;
    let name = subject.split(',').find_map(|part| part.trim().strip_prefix("CN="))?;
    Some(name.to_owned())
}

fn in_words(names: impl Iterator<Item = String>) -> Option<String> {
    let plain = |name: &String| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '*');
        !name.is_empty() && name.len() <= 253 && name.chars().all(is_plain)
    };
    let shown: Vec<String> = names.filter(plain).take(SHOWN_NAMES).map(|name| format!("`{name}`")).collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

#[cfg(test)]
mod tests {
    use gio::TlsCertificateFlags as Flags;

    use super::*;
    use crate::SourceUrl;

    fn check(errors: Flags, ca_file: Option<&str>, expected: &str) {
        let SourceUrl::Rtsp(address) = SourceUrl::parse("rtsps://cam/a?token=secret").unwrap() else {
            panic!("not rtsp")
        };
        assert_eq!(refused(errors, None, &address, ca_file.map(Path::new)).to_string(), expected);
    }

    #[test]
    fn what_is_wrong_with_a_certificate_has_its_own_words() {
        check(
            Flags::UNKNOWN_CA | Flags::BAD_IDENTITY,
            None,
            "tls_ca_file: is not set, and no authority that this system trusts signed the certificate of \
             `rtsps://cam/a?…`; set `tls_ca_file = \"/etc/velum/camera-ca.pem\"` with the certificate of the authority \
             that did",
        );
        check(
            Flags::UNKNOWN_CA,
            Some("/etc/ca.pem"),
            "tls_ca_file: `/etc/ca.pem`: no authority in it signed the certificate of `rtsps://cam/a?…`; put the one \
             there that did, or find out who answers in the camera's place",
        );
        check(
            Flags::BAD_IDENTITY | Flags::EXPIRED,
            Some("/etc/ca.pem"),
            "source: `rtsps://cam/a?…`: the certificate is not for `cam` but for another name; write the name in the \
             certificate, or give the camera a certificate for this one",
        );
        let fix = "give the camera a new one, and check `tls_ca_file` and the clocks of camera and box";
        for (errors, reason) in [
            (Flags::EXPIRED, "has expired"),
            (Flags::NOT_ACTIVATED, "is not valid yet"),
            (Flags::REVOKED, "was revoked"),
            (Flags::INSECURE, "has a key or signature that is too weak"),
            (Flags::GENERIC_ERROR, "is not signed by the authority that it names, or not meant for a server"),
            (Flags::empty(), "is not signed by the authority that it names, or not meant for a server"),
        ] {
            check(errors, None, &format!("source: `rtsps://cam/a?…`: the certificate {reason}; {fix}"));
        }
    }

    #[test]
    fn names_of_a_stranger_cannot_write_into_the_log() {
        let words = |names: &[&str]| in_words(names.iter().map(|name| (*name).to_owned()));
        assert_eq!(words(&["cam.example", "192.0.2.1"]).unwrap(), "`cam.example`, `192.0.2.1`");
        assert_eq!(words(&["a", "b", "c", "d"]).unwrap(), "`a`, `b`, `c`");
        assert_eq!(words(&["a\nERROR", "\u{1b}[2J", "rtsp://u@h", ""]), None);
    }
}
