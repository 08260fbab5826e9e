//! The `ETag` of a body (RFC 9110 §8.8.3).

use std::hash::BuildHasher as _;

use bytes::Bytes;
use http::HeaderValue;

/// The `ETag` of a body.
#[derive(Debug)]
pub(super) struct Tag {
    /// The very octets that it was made of.
    body: Bytes,
    pub field: HeaderValue,
}

impl Tag {
    /// By the fastest hash that is the same in every run.
    pub fn of(body: &Bytes, kind: Option<&HeaderValue>) -> Option<Self> {
        let hash = foldhash::quality::FixedState::default().hash_one((body, kind.map(HeaderValue::as_bytes)));
        let field = HeaderValue::try_from(format!("\"{hash:016x}\"")).ok()?;
        Some(Self { body: body.clone(), field })
    }

    pub fn is_of(&self, body: &Bytes) -> bool {
        is_same(&self.body, body)
    }
}

/// Whether two bodies are the very same octets, and not just equal ones. Both hold them, so that nothing else can be
/// in their place.
pub(in crate::mock) fn is_same(one: &Bytes, other: &Bytes) -> bool {
    std::ptr::eq(one.as_ptr(), other.as_ptr()) && one.len() == other.len()
}
