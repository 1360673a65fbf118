//! TLS towards servers of others: whose certificates count, and who this hub is there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

/// A key in hub.toml, and what is wrong with the file that it names.
pub(crate) type Fault = (&'static str, String);

/// With authorities, and certificate and key where there are some, read.
///
/// # Errors
/// [`Fault`].
pub(crate) fn config(
    ca_file: Option<&Path>,
    client: Option<&(PathBuf, PathBuf)>,
) -> Result<ClientConfig, Fault> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ("url", error.to_string()))?
        .with_root_certificates(roots(ca_file)?);
    let Some((certificate, key)) = client else { return Ok(builder.with_no_client_auth()) };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| ("certificate", format!("`{}`: {error}", certificate.display())))?;
    let text = crate::secret_file::read(key).map_err(|error| ("key", error))?;
    let private = PrivateKeyDer::from_pem_slice(text.as_bytes())
        .map_err(|error| ("key", format!("`{}`: {error}", key.display())))?;
    builder.with_client_auth_cert(chain, private).map_err(|error| {
        ("certificate", format!("`{}` does not go with the key ({error})", certificate.display()))
    })
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca_file else {
        let (added, _unusable) =
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return match added {
            0 => Err((
                "ca_file",
                "the system knows no authority; install ca-certificates, or name a file".to_owned(),
            )),
            _ => Ok(roots),
        };
    };
    let refuse = |error: String| ("ca_file", format!("`{}`: {error}", file.display()));
    let authorities = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| refuse(error.to_string()))?;
    if authorities.is_empty() {
        return Err(refuse("holds no certificate; expected one in PEM".to_owned()));
    }
    for authority in authorities {
        roots.add(authority).map_err(|error| refuse(error.to_string()))?;
    }
    Ok(roots)
}
