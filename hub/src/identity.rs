//! Who is at the other end of a connection: read from the client's certificate, never from a message.
//!
//! A certificate names its holder in one subject alternative name of type URI,
//! `velum:<role>:<name>:<generation>`, for example `velum:box:tram-hub-3:1`. Invariant: a certificate with no
//! such name, or with two, identifies nobody, so that a box can never act as an operator nor the reverse.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tonic::Status;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::clock::Clock;

/// A box's name: 1 to 64 of the characters `a-z A-Z 0-9 . _ -`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name(String);

impl Name {
    /// Parses a name.
    pub(crate) fn parse(text: &str) -> Result<Self, IdentityError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
            return Err(IdentityError::Name(text.chars().take(80).collect()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who reads, as logs and the boxes name them: a console's user, an operator with a certificate and a connector may
/// share a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Person {
    /// Logs in to the console.
    Console(Name),
    /// Has a certificate.
    Certificate(Name),
    /// Is no person: hands on what its recipient may be told.
    Connector(Name),
}

impl Person {
    /// How the names of connectors begin in logs.
    pub(crate) const CONNECTOR: &'static str = "connector:";
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Console(name) => write!(f, "console:{name}"),
            Self::Certificate(name) => write!(f, "certificate:{name}"),
            Self::Connector(name) => write!(f, "{}{name}", Self::CONNECTOR),
        }
    }
}

/// Who somebody is, however they came: `certificate:anna` and `console:anna` are one person, and the console writes names
/// small. Two people who share a name count as one: that is the strict way.
pub(crate) fn same_person(person: &str) -> String {
    person.split_once(':').map_or(person, |(_, name)| name).to_lowercase()
}

/// What the holder of a certificate may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Sends records.
    Box,
    /// Reads records.
    Operator,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Box => "box",
            Self::Operator => "operator",
        })
    }
}

/// The holder of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// What the holder may do.
    pub(crate) role: Role,
    /// The holder's name.
    pub(crate) name: Name,
    /// Raised by each revocation: older ones are refused.
    pub(crate) generation: u32,
}

/// Why a certificate identifies nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdentityError {
    /// Not a name.
    #[error(
        "`{0}`: a name has 1 to 64 of the characters a-z, A-Z, 0-9, `.`, `_`, `-`, for example `tram-hub-3`"
    )]
    Name(String),
    /// Not X.509.
    #[error("the client's certificate cannot be read")]
    Unreadable,
    /// No or several names of ours in it.
    #[error(
        "the client's certificate names nobody in this town: expected one `velum:<role>:<name>:<generation>`, found {0}; \
         enrol the box again, or make an operator's certificate with `velum pki operator NAME`"
    )]
    Names(usize),
    /// A name of ours that cannot be understood.
    #[error(
        "the client's certificate names `{0}`: expected `velum:<role>:<name>:<generation>`, for example `velum:box:tram-hub-3:1`"
    )]
    Uri(String),
}

impl Identity {
    /// The person behind an operator's certificate.
    pub(crate) fn person(&self) -> Person {
        Person::Certificate(self.name.clone())
    }

    /// The URI that stands in the certificate.
    pub(crate) fn uri(&self) -> String {
        format!("velum:{}:{}:{}", self.role, self.name, self.generation)
    }

    /// Reads the holder from a certificate that the TLS library has verified.
    pub(crate) fn from_der(der: &[u8]) -> Result<Self, IdentityError> {
        let (_, certificate) = X509Certificate::from_der(der).map_err(|_| IdentityError::Unreadable)?;
        let names = certificate
            .subject_alternative_name()
            .map_err(|_| IdentityError::Unreadable)?
            .map(|extension| extension.value.general_names.as_slice())
            .unwrap_or_default();
        let ours = names.iter().filter_map(|name| match name {
            GeneralName::URI(uri) if uri.starts_with("velum:") => Some(*uri),
            _ => None,
        });
        match ours.collect::<Vec<_>>().as_slice() {
            [uri] => Self::from_uri(uri),
            others => Err(IdentityError::Names(others.len())),
        }
    }

    fn from_uri(uri: &str) -> Result<Self, IdentityError> {
        let refused = || IdentityError::Uri(uri.chars().take(120).collect());
        let mut parts = uri.split(':').skip(1);
        let (Some(role), Some(name), Some(generation), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(refused());
        };
        let role = match role {
            "box" => Role::Box,
            "operator" => Role::Operator,
            _ => return Err(refused()),
        };
        Ok(Self { role, name: Name::parse(name)?, generation: generation.parse().map_err(|_| refused())? })
    }
}

/// What each request carries about the connection it came by.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) identity: Result<Identity, IdentityError>,
    /// Until when its certificate is good; none where there is none.
    pub(crate) certificate_ends_unix_ms: Option<i64>,
}

impl Peer {
    /// Reads both from a certificate that the TLS library has verified.
    pub(crate) fn from_der(der: &[u8]) -> Self {
        let certificate = X509Certificate::from_der(der).ok();
        let ends =
            |(_, one): (_, X509Certificate<'_>)| one.validity().not_after.timestamp().checked_mul(1_000);
        Self { identity: Identity::from_der(der), certificate_ends_unix_ms: certificate.and_then(ends) }
    }
}

/// The caller's identity, if it has the role that the call needs, by a certificate that has not ended: a connection may
/// outlive the certificate by which it was made.
///
/// # Errors
/// `UNAUTHENTICATED` without an identity or with an ended certificate, `PERMISSION_DENIED` with another role.
pub(crate) fn require<T>(
    request: &tonic::Request<T>,
    role: Role,
    now_unix_ms: i64,
) -> Result<Identity, Status> {
    let identity = match request.extensions().get::<Peer>() {
        Some(Peer { identity: Ok(_), certificate_ends_unix_ms })
            if has_ended(*certificate_ends_unix_ms, now_unix_ms) =>
        {
            return Err(ended_certificate());
        }
        Some(Peer { identity: Ok(identity), .. }) => identity,
        Some(Peer { identity: Err(error), .. }) => return Err(Status::unauthenticated(error.to_string())),
        None => return Err(Status::unauthenticated("this call needs a client certificate")),
    };
    if identity.role != role {
        return Err(Status::permission_denied(format!(
            "this call is for the role {role}, and the certificate of `{}` has the role {}",
            identity.name, identity.role
        )));
    }
    Ok(identity.clone())
}

fn has_ended(ends_unix_ms: Option<i64>, now_unix_ms: i64) -> bool {
    ends_unix_ms.is_none_or(|ends_unix_ms| ends_unix_ms <= now_unix_ms)
}

fn ended_certificate() -> Status {
    Status::unauthenticated(
        "the client's certificate has ended; enrol the box again, or make a new one with `velum pki operator NAME`",
    )
}

/// How often it is looked whether a certificate has ended while its stream is open.
const ENDS_POLL: Duration = Duration::from_secs(1);

/// Until when the certificate is good by which a request came.
pub(crate) fn certificate_ends<T>(request: &tonic::Request<T>) -> Option<i64> {
    request.extensions().get::<Peer>().and_then(|peer| peer.certificate_ends_unix_ms)
}

/// Waits until a certificate that is good until then has ended, by the hub's clock.
pub(crate) async fn certificate_ended(ends_unix_ms: Option<i64>, clock: Arc<dyn Clock>) -> Status {
    while !has_ended(ends_unix_ms, clock.unix_ms()) {
        tokio::time::sleep(ENDS_POLL).await;
    }
    ended_certificate()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_has_ended_lets_nobody_in_though_its_connection_stands() {
        let identity = Identity { role: Role::Operator, name: Name::parse("anna").unwrap(), generation: 1 };
        let check = |ends_unix_ms: Option<i64>, now_unix_ms: i64, expected: Option<tonic::Code>| {
            let mut request = tonic::Request::new(());
            request
                .extensions_mut()
                .insert(Peer { identity: Ok(identity.clone()), certificate_ends_unix_ms: ends_unix_ms });
            let found = require(&request, Role::Operator, now_unix_ms).err().map(|status| status.code());
            assert_eq!(found, expected, "{ends_unix_ms:?} at {now_unix_ms}");
        };
        check(Some(1_000), 999, None);
        check(Some(1_000), 1_000, Some(tonic::Code::Unauthenticated));
        check(None, 0, Some(tonic::Code::Unauthenticated));
    }

    fn check(uri: &str, expected: Option<(Role, &str, u32)>) {
        let found = Identity::from_uri(uri).ok();
        let found = found.as_ref().map(|i| (i.role, i.name.as_str(), i.generation));
        assert_eq!(found, expected, "{uri}");
    }

    #[test]
    fn reads_a_uri() {
        check("velum:box:tram-hub-3:1", Some((Role::Box, "tram-hub-3", 1)));
        check("velum:operator:anna:7", Some((Role::Operator, "anna", 7)));
        check("velum:box:tram-hub-3", None);
        check("velum:box:tram-hub-3:1:2", None);
        check("velum:box::1", None);
        check("velum:root:anna:1", None);
        check("velum:box:a b:1", None);
        check("velum:box:tram-hub-3:-1", None);
    }

    fn check_names(uris: &[&str], expected: Result<&str, IdentityError>) {
        let mut params = rcgen::CertificateParams::default();
        let san = |uri: &&str| rcgen::SanType::URI((*uri).to_owned().try_into().unwrap());
        params.subject_alt_names = uris.iter().map(san).collect();
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        let found = Identity::from_der(certificate.der()).map(|identity| identity.name.to_string());
        assert_eq!(found, expected.map(str::to_owned), "{uris:?}");
    }

    #[test]
    fn one_name_identifies_and_others_are_counted() {
        let (lobby, anna) = ("velum:box:lobby:1", "velum:operator:anna:1");
        check_names(&["https://example.org", lobby], Ok("lobby"));
        check_names(&["https://example.org"], Err(IdentityError::Names(0)));
        check_names(&[lobby, anna], Err(IdentityError::Names(2)));
        check_names(&[lobby, anna, lobby], Err(IdentityError::Names(3)));
    }

    #[test]
    fn until_when_a_certificate_is_good_is_read_from_it() {
        let mut params = rcgen::CertificateParams::default();
        params.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = params.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
        assert_eq!(Peer::from_der(certificate.der()).certificate_ends_unix_ms, Some(1_798_761_600_000));
        assert_eq!(Peer::from_der(b"none").certificate_ends_unix_ms, None);
    }

    #[test]
    fn a_uri_reads_back() {
        let identity = Identity { role: Role::Box, name: Name::parse("lobby").unwrap(), generation: 3 };
        assert_eq!(Identity::from_uri(&identity.uri()).unwrap(), identity);
    }

    #[test]
    fn fuzz_certificates_of_random_bytes_identify_nobody() {
        let mut random = fastrand::Rng::with_seed(7);
        for length in 0..512 {
            let bytes: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            assert!(Identity::from_der(&bytes).is_err());
        }
    }
}
