//! Certificates that the user trusts: authorities, and self-signed servers.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

/// The TLS of a client that trusts these certificates beside those of the system; `identity` is its own
/// certificate with the key. Both are PEM.
///
/// # Errors
/// Why they cannot be used.
pub(super) fn trusting(authorities: &[u8], identity: Option<&[u8]>) -> Result<ClientConfig, String> {
    let mut config = client_config(Some(authorities), identity, false)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// As [`trusting`], where there may be no further authority, and any certificate may do. It says nothing yet of the
/// protocols that are spoken.
///
/// # Errors
/// Why the certificates cannot be used.
pub(super) fn client_config(
    authorities: Option<&[u8]>,
    identity: Option<&[u8]>,
    takes_any: bool,
) -> Result<ClientConfig, String> {
    let told = |error: &dyn ToString| error.to_string();
    let given = authorities.map(certificates).transpose()?.unwrap_or_default();
    let provider = Arc::new(ring::default_provider());
    let usual = Verifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(&provider));
    let verifier = Trust { usual: usual.map_err(|error| told(&error))?, given, takes_any };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| told(&error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    Ok(match identity {
        Some(pem) => {
            let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| told(&error))?;
            builder.with_client_auth_cert(certificates(pem)?, key).map_err(|error| told(&error))?
        }
        None => builder.with_no_client_auth(),
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read.map_err(|error| error.to_string())? {
        none if none.is_empty() => Err("the file contains no certificate".to_owned()),
        certificates => Ok(certificates),
    }
}

/// The usual verification, but for a certificate that was given itself: a path may be the trusted
/// certificate alone (RFC 5280 §6.1), as curl takes it.
#[derive(Debug)]
struct Trust {
    usual: Verifier,
    given: Vec<CertificateDer<'static>>,
    /// Whether the user asked for no verification.
    takes_any: bool,
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let usual = self.usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match usual {
            // Dates were looked at before; the name was not.
            Err(_) if self.takes_any => Ok(ServerCertVerified::assertion()),
            Err(error) if is_authority(&error) && self.given.iter().any(|given| given == end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            usual => usual,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.usual.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Whether nothing but this was wrong: the server's certificate says that it is an authority's.
fn is_authority(error: &Error) -> bool {
    let Error::InvalidCertificate(CertificateError::Other(other)) = error else { return false };
    matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Installs the provider that connections use where nobody installed one; an installed one is as good.
pub(super) fn install_provider() {
    let _ = CryptoProvider::install_default(ring::default_provider());
}
