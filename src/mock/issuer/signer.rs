//! The key of the issuer, and tokens that are signed with it: JWS (RFC 7515) in the compact form, by ES256 (RFC 7518
//! §3.4).

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, UnparsedPublicKey,
};
use serde_json::{Value, json};

use crate::exchange::base64;

/// What a signed token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mock) enum Kind {
    /// For the API (RFC 9068).
    AccessToken,
    /// For the client (OpenID Connect Core §2).
    IdToken,
}

/// A key cannot be made, or cannot sign: the system has no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has no random numbers")]
pub(in crate::mock) struct Unsigned;

/// A key that lives as long as the mock.
pub(in crate::mock) struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    /// The public key as clients read it (RFC 7517).
    jwk: Value,
    /// How tokens of each kind begin, with the dot.
    access: String,
    id: String,
}

impl Signer {
    /// A signer with a new key.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new() -> Result<Self, Unsigned> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| Unsigned)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).map_err(|_| Unsigned)?;
        // An uncompressed point: a mark, and both coordinates (SEC 1 §2.3.3).
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(point.len() / 2);
        let (x, y) = (base64::encode_url(x), base64::encode_url(y));
        // The thumbprint (RFC 7638 §3) names the key.
        let canonical = format!("{{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"{x}\",\"y\":\"{y}\"}}");
        let kid = base64::encode_url(sha256(&canonical).as_ref());
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": "ES256", "kid": kid,
        });
        let beginning = |typ: &str| {
            let header = json!({ "alg": "ES256", "typ": typ, "kid": kid }).to_string();
            format!("{}.", base64::encode_url(header.as_bytes()))
        };
        let (access, id) = (beginning("at+jwt"), beginning("JWT"));
        Ok(Self { pair, random, jwk, access, id })
    }

    /// The public key.
    pub fn jwk(&self) -> &Value {
        &self.jwk
    }

    /// Signs claims.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn sign(&self, kind: Kind, claims: &Value) -> Result<String, Unsigned> {
        let beginning = self.beginning(kind);
        let mut token = format!("{beginning}{}", base64::encode_url(claims.to_string().as_bytes()));
        let signature = self.pair.sign(&self.random, token.as_bytes()).map_err(|_| Unsigned)?;
        token.push('.');
        token.push_str(&base64::encode_url(signature.as_ref()));
        Ok(token)
    }

    /// Whether a token says that it is of this kind and signed with this key.
    pub fn is_own(&self, kind: Kind, token: &str) -> bool {
        token.starts_with(self.beginning(kind))
    }

    /// The claims of a token that this key signed.
    pub fn verify(&self, kind: Kind, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let claims = signed.strip_prefix(self.beginning(kind))?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key().as_ref());
        key.verify(signed.as_bytes(), &base64::decode(signature)?).ok()?;
        serde_json::from_slice(&base64::decode(claims)?).ok()
    }

    fn beginning(&self, kind: Kind) -> &str {
        match kind {
            Kind::AccessToken => &self.access,
            Kind::IdToken => &self.id,
        }
    }
}

/// Text that nobody can guess: 128 bits.
///
/// # Errors
/// The system has no random numbers.
pub(in crate::mock) fn random() -> Result<String, Unsigned> {
    let mut octets = [0; 16];
    SystemRandom::new().fill(&mut octets).map_err(|_| Unsigned)?;
    Ok(base64::encode_url(&octets))
}

/// A code that a user can type: two groups of four letters, none of them a vowel (RFC 8628 §6.1).
///
/// # Errors
/// The system has no random numbers.
pub(in crate::mock) fn user_code() -> Result<String, Unsigned> {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let mut octets = [0; 8];
    SystemRandom::new().fill(&mut octets).map_err(|_| Unsigned)?;
    let mut code: String =
        octets.iter().map(|octet| char::from(LETTERS[usize::from(*octet) % LETTERS.len()])).collect();
    code.insert(4, '-');
    Ok(code)
}

/// The SHA-256 digest of a text.
pub(in crate::mock) fn sha256(text: &str) -> impl AsRef<[u8]> {
    digest(&SHA256, text.as_bytes())
}

/// The left half of a token's digest, as an ID token has it (`at_hash`, OpenID Connect Core §3.1.3.6).
pub(in crate::mock) fn half_digest(token: &str) -> String {
    let digest = digest(&SHA256, token.as_bytes());
    let octets = digest.as_ref();
    base64::encode_url(octets.get(..octets.len() / 2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_can_be_verified_as_what_it_is() {
        let signer = Signer::new().unwrap();
        let claims = json!({ "sub": "ada", "exp": 7 });
        let token = signer.sign(Kind::IdToken, &claims).unwrap();
        assert_eq!(signer.verify(Kind::IdToken, &token), Some(claims));
        assert_eq!(signer.verify(Kind::AccessToken, &token), None);
        assert_eq!(Signer::new().unwrap().verify(Kind::IdToken, &token), None);
        let header = token.split('.').next().unwrap();
        let header: Value = serde_json::from_slice(&base64::decode(header).unwrap()).unwrap();
        assert_eq!(
            (header["alg"].as_str(), header["kid"].as_str()),
            (Some("ES256"), signer.jwk()["kid"].as_str())
        );
        assert_eq!(base64::decode(signer.jwk()["y"].as_str().unwrap()).unwrap().len(), 32);
    }

    #[test]
    fn random_texts_differ() {
        let (one, other) = (random().unwrap(), random().unwrap());
        assert_eq!(one.len(), 22);
        assert_ne!(one, other);
    }

    /// The example of OpenID Connect Core §A.3.
    #[test]
    fn the_hash_of_an_access_token() {
        assert_eq!(half_digest("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }
}
