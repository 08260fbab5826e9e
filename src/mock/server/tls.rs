//! TLS on the side of the clients.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate, with those that lead to its authority, and its key; both PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate first.
    pub certificate: Vec<u8>,
    /// The private key: PKCS #8, PKCS #1 or SEC 1.
    pub key: Vec<u8>,
}

impl Identity {
    /// A certificate that nobody has signed, for these names and addresses.
    ///
    /// # Errors
    /// A name cannot stand in a certificate.
    pub fn self_made(hosts: Vec<String>) -> Result<Self, String> {
        let made = rcgen::generate_simple_self_signed(hosts).map_err(|error| error.to_string())?;
        let (certificate, key) =
            (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes());
        Ok(Self { certificate, key })
    }

    /// What speaks TLS with clients, over HTTP/2 where they can.
    ///
    /// # Errors
    /// Why the certificate or the key cannot be used.
    pub(super) fn acceptor(&self) -> Result<TlsAcceptor, String> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&self.certificate).collect();
        let certificates = certificates.map_err(|error| format!("the certificate: {error}"))?;
        if certificates.is_empty() {
            return Err("the certificate: there is none in the file".to_owned());
        }
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| format!("the key: {error}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certificates, key));
        let mut config = config.map_err(|error| error.to_string())?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn made() -> Identity {
        Identity::self_made(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap()
    }

    #[rstest]
    #[case::as_made(made(), None)]
    #[case::no_certificate(Identity { certificate: Vec::new(), ..made() }, Some("there is none"))]
    #[case::no_key(Identity { key: b"key".to_vec(), ..made() }, Some("the key: "))]
    #[case::of_another(Identity { key: made().key, ..made() }, Some("key"))]
    fn what_cannot_be_used_is_told(#[case] identity: Identity, #[case] expected: Option<&str>) {
        let told = identity.acceptor().err();
        assert_eq!(told.is_some(), expected.is_some(), "{told:?}");
        assert!(told.unwrap_or_default().contains(expected.unwrap_or_default()));
    }
}
