//! The names of the entries of `[errors]`: which refusal each is for.

use std::borrow::Cow;
use std::str::FromStr;

/// For which refusal an entry of `[errors]` is meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ErrorName {
    /// A credential is required and none was sent.
    NoCredential,
    /// Nobody issued the credential.
    UnknownCredential,
    /// The key does not hold a required scope.
    LackingScope,
    /// The key holds for other objects.
    KeyLimit,
    /// The key calls too often.
    RateLimited,
    /// The service fails, as `--chaos` makes it.
    Unavailable,
    /// No object has the id of the path.
    UnknownObject,
    /// The document does not have the path.
    UnknownPath,
    /// A cursor that belongs to another list, or to none.
    InvalidCursor,
    /// The path does not have the method.
    MethodNotAllowed,
    /// No media type that the client accepts is documented.
    NotAcceptable,
    /// The body's media type is not documented.
    UnsupportedMediaType,
    /// The body does not have the syntax of its media type.
    MalformedBody,
    /// Any other invalid input.
    Invalid,
    /// Input that is invalid in one way: `invalid-max-length`, `invalid-integer`; holds what follows
    /// `invalid-`.
    InvalidBy(String),
}

impl ErrorName {
    /// Every name that is written out whole.
    pub const ALL: &[Self] = &[
        Self::NoCredential,
        Self::UnknownCredential,
        Self::LackingScope,
        Self::KeyLimit,
        Self::RateLimited,
        Self::Unavailable,
        Self::UnknownObject,
        Self::UnknownPath,
        Self::InvalidCursor,
        Self::MethodNotAllowed,
        Self::NotAcceptable,
        Self::UnsupportedMediaType,
        Self::MalformedBody,
        Self::Invalid,
    ];

    /// As it is written in the configuration.
    pub fn name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::NoCredential => "no-credential",
            Self::UnknownCredential => "unknown-credential",
            Self::LackingScope => "lacking-scope",
            Self::KeyLimit => "key-limit",
            Self::RateLimited => "rate-limited",
            Self::Unavailable => "unavailable",
            Self::UnknownObject => "unknown-object",
            Self::UnknownPath => "unknown-path",
            Self::InvalidCursor => "invalid-cursor",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::NotAcceptable => "not-acceptable",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::MalformedBody => "malformed-body",
            Self::Invalid => "invalid",
            Self::InvalidBy(way) => return Cow::Owned(format!("invalid-{way}")),
        })
    }
}

/// No refusal has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownErrorName;

impl FromStr for ErrorName {
    type Err = UnknownErrorName;

    fn from_str(name: &str) -> Result<Self, UnknownErrorName> {
        let whole = Self::ALL.iter().find(|known| known.name() == name).cloned();
        let by = || name.strip_prefix("invalid-").map(|way| Self::InvalidBy(way.to_owned()));
        whole.or_else(by).ok_or(UnknownErrorName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("no-credential", Ok(ErrorName::NoCredential))]
    #[case("invalid-cursor", Ok(ErrorName::InvalidCursor))]
    #[case("invalid-max-length", Ok(ErrorName::InvalidBy("max-length".to_owned())))]
    #[case("credential", Err(UnknownErrorName))]
    fn names_are_read_as_they_are_written(
        #[case] name: &str,
        #[case] expected: Result<ErrorName, UnknownErrorName>,
    ) {
        let read: Result<ErrorName, _> = name.parse();
        assert_eq!(read, expected);
        assert!(read.is_err() || read.is_ok_and(|read| read.name() == name));
    }
}
