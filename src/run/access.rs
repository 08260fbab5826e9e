//! The access matrix: which key should be accepted where, and which was.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::name::named;
use super::stored::stored_list;

/// One case of the access matrix.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct AccessCase {
    /// Id of the operation.
    pub operation: String,
    /// Name of its document, in a run over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_name: Option<Arc<str>>,
    /// Required scopes: alternatives, each a list of which all are needed.
    pub required: Vec<Vec<String>>,
    /// `minimal key`, `lacks person:read`, `without a key`, …
    pub case: String,
    /// Which kind of key it tries.
    #[serde(skip)]
    pub kind: KeyKind,
    /// Name of the key, never the token.
    pub key: String,
    /// The scopes of the key.
    pub granted: Vec<String>,
    /// `accepted` or `refused`.
    pub expected: Expected,
    /// What came back, if it was tried.
    pub status: Option<u16>,
    /// Whether that was expected.
    pub verdict: AccessVerdict,
    /// Why it was not tried.
    pub why: Option<String>,
}

impl AccessCase {
    /// The id of its operation, after the document where there are several.
    pub fn operation_name(&self) -> Cow<'_, str> {
        named(self.document_name.as_deref(), &self.operation)
    }
}

/// Kinds of key, in the order in which the access matrix shows them: those that should be let in,
/// then wrong ones from blunt to sharp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum KeyKind {
    /// Just the required scopes.
    Minimal,
    /// The writing scopes in the place of reading ones.
    Write,
    /// The scope that includes all others.
    Wildcard,
    /// No credential.
    Nothing,
    /// A credential that nobody issued.
    Unknown,
    /// A key without any scope.
    NoScope,
    /// A key with a scope of another resource.
    Unrelated,
    /// A key with all required scopes but one.
    AllButOne,
    /// A key that may read what it should write.
    ReadForWrite,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minimal => "minimal key",
            Self::Write => "write key",
            Self::Wildcard => "wildcard key",
            Self::Nothing => "without a key",
            Self::Unknown => "unknown key",
            Self::NoScope => "no scope",
            Self::Unrelated => "unrelated scope",
            Self::AllButOne => "all but one",
            Self::ReadForWrite => "read for write",
        })
    }
}

/// What a key should get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum Expected {
    /// Any answer that the minimal key gets.
    Accepted,
    /// 401 or 403.
    Refused,
}

/// The verdict on one case of the access matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub enum AccessVerdict {
    /// As expected.
    Ok,
    /// Not as expected; a finding says more.
    Finding,
    /// Could not be tried; never counted as passed.
    NotTried,
}

/// A key as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(feature = "internals"), non_exhaustive)]
pub struct KeyInfo {
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<String>,
}

stored_list!(cases AccessCase AccessDef);

/// How [`AccessCase`] is written in a blob.
#[derive(Serialize, Deserialize)]
#[serde(remote = "AccessCase")]
struct AccessDef {
    operation: String,
    document_name: Option<Arc<str>>,
    required: Vec<Vec<String>>,
    case: String,
    kind: KeyKind,
    key: String,
    granted: Vec<String>,
    expected: Expected,
    status: Option<u16>,
    verdict: AccessVerdict,
    why: Option<String>,
}
