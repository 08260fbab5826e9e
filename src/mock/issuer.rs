//! Issues tokens, and knows them again. All documents of a mock share one issuer, which outlives a reload.
//!
//! Access tokens say themselves what they are for, so nothing of them is kept until one is revoked. What waits for
//! a client (codes, devices, refresh tokens) is bounded in number and time; past the bound the oldest goes.

mod kept;
mod signer;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use serde_json::{Value, json};

pub(super) use kept::Kept;
pub(super) use signer::{Kind, Signer, Unsigned, half_digest, random, sha256, user_code};

/// Codes that wait to be redeemed.
const MAX_CODES: usize = 1_000;
/// Refresh tokens.
const MAX_REFRESH: usize = 2_000;
/// Devices that wait for a user.
const MAX_DEVICES: usize = 500;
/// Tokens and authorizations that were revoked.
const MAX_REVOKED: usize = 10_000;
/// Access tokens whose signature need not be verified again.
const MAX_VERIFIED: usize = 1_024;

/// What a user allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authorization {
    /// Named in each token that came of it, so that all of them can be revoked.
    pub id: String,
    pub client: String,
    pub user: String,
    pub scopes: Vec<String>,
    /// What the client wants to find in its ID token (OpenID Connect Core §3.1.2.1).
    pub nonce: Option<String>,
    /// When the user logged in, in seconds since 1970.
    pub at: i64,
}

impl Authorization {
    /// Writes down that a user lets a client do something.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new(
        (user, client): (&str, &str),
        scopes: Vec<String>,
        nonce: Option<&str>,
        at: i64,
    ) -> Result<Self, Unsigned> {
        let (user, client, nonce) = (user.to_owned(), client.to_owned(), nonce.map(str::to_owned));
        Ok(Self { id: random()?, client, user, scopes, nonce, at })
    }
}

/// A code that a browser carries to the client (RFC 6749 §4.1.2).
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub authorization: Authorization,
    pub redirect_uri: String,
    /// The challenge of PKCE (RFC 7636 §4.2), by S256.
    pub challenge: Option<String>,
    pub is_used: bool,
}

/// What a refresh token stands for (RFC 6749 §6).
#[derive(Debug, Clone)]
pub(super) struct Refresh {
    pub authorization: Authorization,
    /// It was exchanged for another one.
    pub is_used: bool,
}

/// A device that asks for a token (RFC 8628).
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub client: String,
    pub scopes: Vec<String>,
    /// What the user types.
    pub user_code: String,
    pub decision: Decision,
    /// When it may ask again, in seconds since 1970.
    pub next: i64,
    /// How long it has to wait between two questions, in seconds.
    pub interval: i64,
}

/// What became of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Pending,
    Denied,
    Allowed(Authorization),
    /// It has its token.
    Served,
}

/// What an access token of this issuer says (RFC 9068 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Access {
    /// `jti`: the id of its authorization, a dot, and its own; its own alone where no user was asked.
    pub id: String,
    pub issuer: String,
    pub user: String,
    pub client: String,
    pub scopes: Vec<String>,
    /// In seconds since 1970.
    pub issued: i64,
    /// In seconds since 1970.
    pub expires: i64,
}

impl Access {
    fn claims(&self) -> Value {
        json!({
            "iss": self.issuer, "sub": self.user, "aud": self.issuer, "client_id": self.client,
            "scope": self.scopes.join(" "), "iat": self.issued, "exp": self.expires, "jti": self.id,
        })
    }

    fn of(claims: &Value) -> Option<Self> {
        let text = |name: &str| Some(claims.get(name)?.as_str()?.to_owned());
        Some(Self {
            id: text("jti")?,
            issuer: text("iss")?,
            user: text("sub")?,
            client: text("client_id")?,
            scopes: text("scope")?.split_whitespace().map(str::to_owned).collect(),
            issued: claims.get("iat")?.as_i64()?,
            expires: claims.get("exp")?.as_i64()?,
        })
    }
}

/// Why a token of this issuer does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Somebody changed it.
    Forged,
    Expired,
    Revoked,
}

/// Issues tokens.
pub(super) struct Issuer {
    pub signer: Signer,
    codes: Mutex<Kept<Code>>,
    refresh: Mutex<Kept<Refresh>>,
    devices: Mutex<Kept<Device>>,
    revoked: Mutex<Kept<()>>,
    /// Whether anything was ever revoked, so that requests need not look.
    has_revoked: AtomicBool,
    /// By token; begins again when it is full.
    verified: ArcSwap<HashMap<String, Arc<Access>>>,
}

impl Issuer {
    /// An issuer with a key of its own.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new() -> Result<Self, Unsigned> {
        Ok(Self {
            signer: Signer::new()?,
            codes: Mutex::new(Kept::of(MAX_CODES)),
            refresh: Mutex::new(Kept::of(MAX_REFRESH)),
            devices: Mutex::new(Kept::of(MAX_DEVICES)),
            revoked: Mutex::new(Kept::of(MAX_REVOKED)),
            has_revoked: AtomicBool::new(false),
            verified: ArcSwap::default(),
        })
    }

    pub fn codes(&self) -> MutexGuard<'_, Kept<Code>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn refresh_tokens(&self) -> MutexGuard<'_, Kept<Refresh>> {
        self.refresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn devices(&self) -> MutexGuard<'_, Kept<Device>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes an access token.
    ///
    /// # Errors
    /// It cannot be signed.
    pub fn write(&self, access: &Access) -> Result<String, Unsigned> {
        self.signer.sign(Kind::AccessToken, &access.claims())
    }

    /// What an access token says; `None` where somebody else issued it.
    pub fn read(&self, token: &str, now: i64) -> Option<Result<Arc<Access>, Ended>> {
        if !self.signer.is_own(Kind::AccessToken, token) {
            return None;
        }
        let known = self.verified.load().get(token).cloned();
        let Some(access) = known.or_else(|| self.verify(token)) else { return Some(Err(Ended::Forged)) };
        if now >= access.expires {
            return Some(Err(Ended::Expired));
        }
        Some(if self.is_revoked(&access.id, now) { Err(Ended::Revoked) } else { Ok(access) })
    }

    fn verify(&self, token: &str) -> Option<Arc<Access>> {
        let access = Arc::new(Access::of(&self.signer.verify(Kind::AccessToken, token)?)?);
        self.verified.rcu(|known| {
            let mut known = if known.len() < MAX_VERIFIED { HashMap::clone(known) } else { HashMap::new() };
            known.insert(token.to_owned(), Arc::clone(&access));
            known
        });
        Some(access)
    }

    /// Makes a token, or all that came of an authorization, count no more.
    pub fn revoke(&self, id: &str, until: i64, now: i64) {
        let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        revoked.put(id.to_owned(), (), until, now);
        self.has_revoked.store(true, Ordering::Release);
    }

    /// Whether a token, or the authorization that it came of, was revoked.
    pub fn is_revoked(&self, id: &str, now: i64) -> bool {
        if !self.has_revoked.load(Ordering::Acquire) {
            return false;
        }
        let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        let authorization = id.split('.').next().unwrap_or_default();
        revoked.get(id, now).is_some() || revoked.get(authorization, now).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(id: &str) -> Access {
        Access {
            id: id.to_owned(),
            issuer: "http://mock".to_owned(),
            user: "ada".to_owned(),
            client: "app".to_owned(),
            scopes: vec!["a:read".to_owned(), "openid".to_owned()],
            issued: 100,
            expires: 200,
        }
    }

    #[test]
    fn a_token_counts_until_its_time_is_over_or_it_is_revoked() {
        let issuer = Issuer::new().unwrap();
        let token = issuer.write(&access("grant.1")).unwrap();
        assert_eq!(issuer.read(&token, 100).unwrap().as_deref(), Ok(&access("grant.1")));
        assert_eq!(issuer.read(&token, 200), Some(Err(Ended::Expired)));
        let other = issuer.write(&access("grant.2")).unwrap();
        issuer.revoke("grant.1", 200, 100);
        assert_eq!(issuer.read(&token, 101), Some(Err(Ended::Revoked)));
        assert!(issuer.read(&other, 101).unwrap().is_ok());
        issuer.revoke("grant", 200, 100);
        assert_eq!(issuer.read(&other, 101), Some(Err(Ended::Revoked)));
    }

    #[test]
    fn a_token_of_somebody_else_is_none_of_its_business_and_a_changed_one_is_forged() {
        let issuer = Issuer::new().unwrap();
        let token = issuer.write(&access("grant.1")).unwrap();
        assert_eq!(Issuer::new().unwrap().read(&token, 100), None);
        assert_eq!(issuer.read("mock:a", 100), None);
        let mut parts: Vec<&str> = token.split('.').collect();
        let wider = Access { scopes: vec!["*".to_owned()], ..access("grant.1") }.claims().to_string();
        let wider = crate::exchange::base64::encode_url(wider.as_bytes());
        parts[1] = &wider;
        assert_eq!(issuer.read(&parts.join("."), 100), Some(Err(Ended::Forged)));
        assert_eq!(issuer.read(&format!("{token}.x"), 100), Some(Err(Ended::Forged)));
        assert_eq!(issuer.read(&token[..token.len() - 4], 100), Some(Err(Ended::Forged)));
    }

    #[test]
    fn what_was_verified_is_remembered_within_a_bound() {
        let issuer = Issuer::new().unwrap();
        for number in 0..MAX_VERIFIED + 2 {
            let token = issuer.write(&access(&number.to_string())).unwrap();
            assert!(issuer.read(&token, 100).unwrap().is_ok());
            assert!(issuer.verified.load().len() <= MAX_VERIFIED);
        }
    }
}
