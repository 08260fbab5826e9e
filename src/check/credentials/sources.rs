//! Where the keys of a run come from.

use std::collections::BTreeSet;

use super::{Credential, Minter};
use crate::contract::OperationId;
use crate::exchange::Secret;

/// A key that holds for some values of path parameters alone.
#[derive(Debug, Clone)]
pub struct Limited {
    /// The key.
    pub key: Credential,
    /// Path parameters and the values that it holds for.
    pub only: Vec<(String, Vec<String>)>,
}

/// A key that may not call some operations, for a reason that the document does not tell.
#[derive(Debug, Clone)]
pub struct Denied {
    /// The key.
    pub key: Credential,
    /// What it may not call.
    pub operations: BTreeSet<OperationId>,
}

/// A key of somebody else than the other keys.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Who.
    pub owner: String,
    /// The key.
    pub key: Credential,
}

/// Where keys come from.
#[derive(Default)]
pub struct Sources {
    /// Keys that are limited: they must be refused elsewhere.
    pub limited: Vec<Limited>,
    /// Keys that must be refused by some operations. They are used for nothing else.
    pub denied: Vec<Denied>,
    /// Keys of other owners: what is private must be kept from them.
    pub strangers: Vec<Stranger>,
    /// Keys whose scopes are known.
    pub named: Vec<Credential>,
    /// Makes keys for any scopes.
    pub minter: Option<Minter>,
    /// One key of unknown scopes: it serves every request that should succeed.
    pub token: Option<Secret>,
    /// `Authorization: token {key}`: how a key is sent where the document cannot say it.
    pub placement: Option<(String, String)>,
    /// Names of the headers that go with every request, keys or not.
    pub headers: Vec<String>,
    /// What else nobody may see: the values of those headers that carry a credential.
    pub hidden: Vec<Secret>,
}
