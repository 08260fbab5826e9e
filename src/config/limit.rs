//! `[limit]`, `[credential]` and `[[extra]]`: what a mock does that no document can say.

use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{ErrorEntry, value};

/// So many calls in any stretch of time that is so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many.
    pub calls: usize,
    /// In how long.
    pub window: Duration,
}

/// A quota: `480/minute`, `8/s`, `4800/hour`.
///
/// # Errors
/// What is wrong with the text.
pub fn quota(text: &str) -> Result<Quota, String> {
    let wrong = || format!("invalid limit {text:?}; write 480/minute, 8/s or 4800/hour");
    let (calls, per) = text.trim().split_once('/').ok_or_else(wrong)?;
    let seconds = match per.trim() {
        "s" | "sec" | "second" => 1,
        "m" | "min" | "minute" => 60,
        "h" | "hour" => 3_600,
        "d" | "day" => 86_400,
        _ => return Err(wrong()),
    };
    let calls = calls.trim().parse().ok().filter(|calls| *calls > 0).ok_or_else(wrong)?;
    Ok(Quota { calls, window: Duration::from_secs(seconds) })
}

/// `[limit]`: how often a key may call.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// `480/minute`, or several of them.
    #[serde(deserialize_with = "quotas")]
    #[schemars(with = "OneOrMore")]
    pub rate: Vec<Quota>,
}

/// One, or several of them.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

fn quotas<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Quota>, D::Error> {
    let texts = match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    };
    texts.iter().map(|text| quota(text).map_err(serde::de::Error::custom)).collect()
}

/// `[[extra]]`: an answer at a path that the document does not have, for whoever has a key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// The method; GET where it is left out.
    #[serde(default = "get")]
    pub method: String,
    /// The path, as a template.
    pub path: String,
    /// The status; 200 where it is left out.
    #[serde(default = "ok")]
    pub status: u16,
    /// Header fields.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// The body. A text that is one placeholder becomes the value: `{key}` and `{scopes}` of the key,
    /// `{only.NAME}` (what it is limited to, else null).
    #[serde(default, deserialize_with = "value::body")]
    #[schemars(with = "Value")]
    pub body: Option<Value>,
}

/// `[credential]`: where else than in the header a bearer token may be, and which ones are refused.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Credential {
    /// The member of the body that holds it; the first place after the header.
    pub body: Option<String>,
    /// The query parameter that holds it.
    pub query: Option<String>,
    /// Tokens that begin like this are refused, whatever they may do: 403 where no status is said.
    pub refuse: IndexMap<String, ErrorEntry>,
    /// Tokens that begin like this and hold no scope at all are refused so, where a scope is needed.
    pub scopeless: IndexMap<String, ErrorEntry>,
    /// Tokens that begin like this are not counted by `[limit]`.
    pub unlimited: Vec<String>,
    /// Tokens in these places are not counted by `[limit]`.
    pub unlimited_in: Vec<Place>,
}

/// A place of a message, beside the header, that may hold a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The body.
    Body,
    /// The query.
    Query,
}

impl Credential {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let Self { body, query, refuse, scopeless, unlimited, unlimited_in } = self;
        body.is_none()
            && query.is_none()
            && refuse.is_empty()
            && scopeless.is_empty()
            && unlimited.is_empty()
            && unlimited_in.is_empty()
    }
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("480/minute", Ok((480, 60)))]
    #[case("8/s", Ok((8, 1)))]
    #[case("4800 / hour", Ok((4800, 3600)))]
    #[case("0/s", Err(()))]
    #[case("8", Err(()))]
    #[case("8/year", Err(()))]
    fn quotas_are_read(#[case] text: &str, #[case] expected: Result<(usize, u64), ()>) {
        assert_eq!(quota(text).map(|quota| (quota.calls, quota.window.as_secs())).map_err(|_| ()), expected);
    }

    #[rstest]
    #[case("rate = '8/s'", 1)]
    #[case("rate = ['8/s', '100/hour']", 2)]
    fn limits_are_read(#[case] text: &str, #[case] expected: usize) {
        assert_eq!(toml::from_str::<Limit>(text).unwrap().rate.len(), expected);
    }
}
