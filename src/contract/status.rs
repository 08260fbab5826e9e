//! The status keys of documented responses.

use std::fmt;

/// The key of a response: `200`, `4XX`, `default`. Ordered from specific to general.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StatusKey {
    /// One status.
    Code(u16),
    /// `4XX` as 4.
    Class(u16),
    /// Every status that nothing else documents.
    Default,
}

impl StatusKey {
    /// Reads a key of the Responses Object.
    pub fn parse(key: &str) -> Option<Self> {
        if key.eq_ignore_ascii_case("default") {
            return Some(Self::Default);
        }
        let bytes = key.as_bytes();
        if bytes.len() == 3 && bytes[1..].eq_ignore_ascii_case(b"XX") && (b'1'..=b'5').contains(&bytes[0]) {
            return Some(Self::Class(u16::from(bytes[0] - b'0')));
        }
        let code: u16 = key.parse().ok()?;
        (100..=599).contains(&code).then_some(Self::Code(code))
    }

    /// Whether it documents that status.
    pub fn covers(self, status: u16) -> bool {
        match self {
            Self::Code(code) => code == status,
            Self::Class(class) => status / 100 == class,
            Self::Default => true,
        }
    }
}

impl fmt::Display for StatusKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Class(class) => write!(f, "{class}XX"),
            Self::Default => f.write_str("default"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("200", Some(StatusKey::Code(200)))]
    #[case("4xx", Some(StatusKey::Class(4)))]
    #[case("default", Some(StatusKey::Default))]
    #[case("20", None)]
    #[case("9XX", None)]
    fn status_keys(#[case] key: &str, #[case] parsed: Option<StatusKey>) {
        assert_eq!(StatusKey::parse(key), parsed);
    }
}
