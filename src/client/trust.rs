//! Certificates that the user trusts: authorities, and self-signed servers.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::Options;

/// The TLS of a client that speaks HTTP/2 and HTTP/1.1. It trusts what the options name beside the authorities of the
/// system, and has their certificate.
///
/// # Errors
/// A certificate or a key cannot be used.
pub(super) fn of_client(options: &Options) -> Result<ClientConfig, super::Error> {
    let mut config = client_config(options)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// As [`of_client`], without a word on the protocols that are spoken.
///
/// # Errors
/// A certificate or a key cannot be used.
pub(super) fn client_config(options: &Options) -> Result<ClientConfig, super::Error> {
    let authority = |why: String| super::Error::Setup("cannot use the certificate authority", why);
    let given = options.ca.as_deref().map(certificates).transpose().map_err(authority)?.unwrap_or_default();
    let provider = Arc::new(ring::default_provider());
    let usual = match Verifier::new_with_extra_roots(given.iter().cloned(), Arc::clone(&provider)) {
        Ok(usual) => Some(usual),
        // A system may have no authorities at all, as an empty container: only TLS needs them.
        Err(_) if given.is_empty() => None,
        Err(error) => return Err(authority(error.to_string())),
    };
    let verifier = Trust {
        usual,
        given,
        takes_any: options.insecure,
        algorithms: provider.signature_verification_algorithms,
    };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| super::Error::Setup("cannot set up TLS", error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let Some(pem) = options.identity.as_deref() else { return Ok(builder.with_no_client_auth()) };
    let own = |why: String| super::Error::Setup("cannot use the client certificate", why);
    let key = PrivateKeyDer::from_pem_slice(pem).map_err(|error| own(error.to_string()))?;
    builder
        .with_client_auth_cert(certificates(pem).map_err(own)?, key)
        .map_err(|error| own(error.to_string()))
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
    /// Where the system has authorities.
    usual: Option<Verifier>,
    given: Vec<CertificateDer<'static>>,
    /// Whether the user asked for no verification.
    takes_any: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

/// Why no server can be trusted.
#[derive(Debug, thiserror::Error)]
#[error(
    "this machine has no certificate authorities; install them (ca-certificates), name a file of them in SSL_CERT_FILE, or use --ca"
)]
struct NoAuthorities;

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.takes_any {
            return Ok(ServerCertVerified::assertion());
        }
        let Some(usual) = &self.usual else { return Err(Error::Other(OtherError(Arc::new(NoAuthorities)))) };
        match usual.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(error) if is_authority(&error) && self.given.iter().any(|given| given == end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
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
