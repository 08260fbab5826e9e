//! `[[webhook]]`: where a webhook of the document goes, and when.

use std::time::Duration;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::{secret, value};
use crate::exchange::Secret;

/// Longest wait before a webhook is sent.
const MAX_DELAY: Duration = Duration::from_mins(10);
/// Most repeats of one delivery.
const MAX_RETRIES: u32 = 10;

/// One `[[webhook]]`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Webhook {
    /// The name of the webhook in the document.
    pub name: String,
    /// Where it is sent.
    pub url: String,
    /// The change of an object after which it is sent; without `on` and `of`, only when control asks for it.
    pub on: Option<Change>,
    /// The collection, by its path, whose objects count; all of them where it is left out.
    pub of: Option<String>,
    /// The wait before it is sent: `2s`, `300ms`; at most 10 minutes.
    #[serde(default, deserialize_with = "delay")]
    #[schemars(schema_with = "super::schema::time")]
    pub delay: Duration,
    /// How often it is sent again where the answer is no 2xx, after 0.5 s, 1 s, 2 s, …; at most 10.
    #[serde(default, deserialize_with = "retries")]
    pub retries: u32,
    /// The secret by which it is signed (HMAC-SHA256 of the body), or `${NAME}` of the environment.
    #[serde(default, deserialize_with = "secret::optional")]
    #[schemars(with = "Option<String>")]
    pub secret: Option<Secret>,
    /// The header field of the signature, whose value is `sha256=` and hexadecimal digits.
    #[serde(default = "signature_header")]
    pub signature_header: String,
    /// Further header fields.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
}

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was removed.
    Deleted,
}

impl Webhook {
    /// Whether it is sent after changes of objects.
    pub fn follows_changes(&self) -> bool {
        self.on.is_some() || self.of.is_some()
    }

    /// Whether a change of an object of the collection with this path sends it.
    pub fn is_for(&self, change: Change, collection: &str) -> bool {
        let plain = |path: &str| path.trim_end_matches('/').to_owned();
        self.follows_changes()
            && self.on.is_none_or(|on| on == change)
            && self.of.as_ref().is_none_or(|of| plain(of) == plain(collection))
    }

    /// Why its address cannot be one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_url(&self) -> Result<(), &'static str> {
        let parsed = url::Url::parse(&self.url).map_err(|_| "is no address; write http://HOST:PORT/PATH")?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err("must begin with http:// or https://");
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("must not contain credentials; put them into `headers`");
        }
        Ok(())
    }
}

fn delay<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let written = value::text(&toml::Value::deserialize(deserializer)?);
    match super::duration(&written) {
        Ok(delay) if delay > MAX_DELAY => Err(serde::de::Error::custom("a delay is at most 10 minutes")),
        Ok(delay) => Ok(delay),
        Err(why) => Err(serde::de::Error::custom(why)),
    }
}

fn retries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let retries = u32::deserialize(deserializer)?;
    if retries > MAX_RETRIES {
        return Err(serde::de::Error::custom(format!("`retries` is at most {MAX_RETRIES}")));
    }
    Ok(retries)
}

fn signature_header() -> String {
    "X-Hub-Signature-256".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn read(more: &str) -> Result<Webhook, toml::de::Error> {
        toml::from_str(&format!("name = 'made'\nurl = 'http://localhost:1/x'\n{more}"))
    }

    #[rstest]
    #[case("", Change::Created, false)]
    #[case("on = 'created'", Change::Created, true)]
    #[case("on = 'created'", Change::Deleted, false)]
    #[case("of = '/pets/'", Change::Deleted, true)]
    #[case("of = '/other'", Change::Deleted, false)]
    fn when_it_is_sent(#[case] more: &str, #[case] change: Change, #[case] expected: bool) {
        assert_eq!(read(more).unwrap().is_for(change, "/pets"), expected);
    }

    #[rstest]
    #[case("delay = '300ms'\nretries = 10", true)]
    #[case("delay = '1h'", false)]
    #[case("retries = 11", false)]
    #[case("on = 'born'", false)]
    fn bounds(#[case] more: &str, #[case] expected: bool) {
        assert_eq!(read(more).is_ok(), expected);
    }

    #[rstest]
    #[case("http://localhost:1/x", true)]
    #[case("ftp://localhost", false)]
    #[case("localhost:1", false)]
    #[case("http://a:b@localhost", false)]
    fn addresses(#[case] url: &str, #[case] expected: bool) {
        let webhook = Webhook { url: url.to_owned(), ..read("").unwrap() };
        assert_eq!(webhook.check_url().is_ok(), expected);
    }
}
