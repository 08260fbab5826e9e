//! What a client asks of the mock itself: `Prefer` (RFC 7240) and its twins in the query.

use std::time::Duration;

use http::HeaderMap;

use crate::contract::style;
use crate::settings;

/// What was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Prefer {
    /// A status: `code=404`.
    pub code: Option<u16>,
    /// A named example or fixture.
    pub example: Option<String>,
    /// A made value instead of a fixture or an example.
    pub dynamic: bool,
    /// A wait.
    pub delay: Option<Duration>,
}

impl Prefer {
    /// Reads what a request asks for; `None` in the usual case that it asks for nothing.
    pub fn read(headers: &HeaderMap, query: Option<&str>) -> Option<Self> {
        let in_query = query.filter(|query| query.contains("__"));
        if in_query.is_none() && !headers.contains_key("prefer") {
            return None;
        }
        let mut prefer = Self::default();
        for line in headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok()) {
            for part in line.split([',', ';']) {
                let (name, value) = part.split_once('=').unwrap_or((part, "true"));
                prefer.set(name.trim(), value.trim().trim_matches('"'));
            }
        }
        for (name, value) in in_query.map(style::pairs).unwrap_or_default() {
            if let Some(name) = name.strip_prefix("__") {
                prefer.set(name, &value);
            }
        }
        (prefer != Self::default()).then_some(prefer)
    }

    fn set(&mut self, name: &str, value: &str) {
        match name.to_ascii_lowercase().as_str() {
            "code" => self.code = value.parse().ok().filter(|code| (200..600).contains(code)),
            "example" => self.example = Some(value.to_owned()),
            "dynamic" => self.dynamic = value != "false",
            "delay" | "wait" => self.delay = settings::duration(value).ok(),
            // RFC 7240 §2: preferences that are not known are ignored.
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_header_and_query() {
        let mut headers = HeaderMap::new();
        headers.insert("prefer", "code=404, example=\"gone\"; wait=2, respond-async".parse().unwrap());
        let prefer = Prefer::read(&headers, Some("a=b&__dynamic=true")).unwrap();
        assert_eq!(prefer.code, Some(404));
        assert_eq!(prefer.example.as_deref(), Some("gone"));
        assert_eq!(prefer.delay, Some(Duration::from_secs(2)));
        assert!(prefer.dynamic);
        assert_eq!(Prefer::read(&HeaderMap::new(), Some("a=b")), None);
    }
}
