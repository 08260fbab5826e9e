//! An answer that a client or a test sets for the next calls of an operation.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer that is set for the next calls of an operation, instead of the one that the document and
/// the fixtures give.
///
/// ```
/// use counterpart::Answer;
///
/// // Once: the documented 503, else one without content.
/// let unavailable = Answer::status(503);
/// // Three times, late.
/// let slow = Answer::json(200, serde_json::json!({"id": 7}))
///     .header("x-request-id", "42")
///     .delay(std::time::Duration::from_millis(200))
///     .times(3);
/// # let _ = (unavailable, slow);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[must_use = "an answer does nothing before it is set"]
pub struct Answer {
    /// For how many calls it is used.
    pub(super) times: u64,
    /// The status; without it, that of the documented success.
    #[serde(rename = "code")]
    pub(super) status: Option<u16>,
    #[serde(skip)]
    pub(super) headers: IndexMap<String, String>,
    /// The name of a fixture or of an example of the document.
    #[serde(skip)]
    pub(super) example: Option<String>,
    #[serde(skip)]
    pub(super) body: Option<Value>,
    #[serde(skip)]
    pub(super) delay: Option<Duration>,
}

impl Answer {
    fn plain(status: Option<u16>) -> Self {
        Self { times: 1, status, headers: IndexMap::new(), example: None, body: None, delay: None }
    }

    /// What the document and the fixtures have for a status, 200 to 599; without content where they have
    /// nothing.
    pub fn status(status: u16) -> Self {
        Self::plain(Some(status))
    }

    /// A status with a JSON body, which need not match the document.
    pub fn json(status: u16, body: impl Into<Value>) -> Self {
        Self { body: Some(body.into()), ..Self::plain(Some(status)) }
    }

    /// The fixture, or the example of the document, of that name.
    pub fn example(name: impl Into<String>) -> Self {
        Self { example: Some(name.into()), ..Self::plain(None) }
    }

    /// Sets a header field.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.insert(name.into(), value.into());
        self
    }

    /// Waits before it is sent.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Is used for this many calls; once by default.
    pub fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }
}

/// An answer and its operation, as control reads them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Override {
    /// The operation's name, alone or behind the name of its document: `shop/listPets`.
    pub operation: String,
    #[serde(flatten)]
    pub answer: Answer,
}

impl Override {
    /// Everything that was said of it, as it is read again; secrets are not removed.
    pub fn whole(&self) -> Value {
        let Answer { times, status, headers, example, body, delay } = &self.answer;
        let mut whole = serde_json::json!({
            "operation": self.operation, "times": times, "code": status, "headers": headers, "example": example,
            "delay": delay.map(|delay| format!("{}ms", delay.as_millis())),
        });
        // A body that is `null` is one, and none is none.
        if let (Some(body), Some(members)) = (body, whole.as_object_mut()) {
            members.insert("body".to_owned(), body.clone());
        }
        whole
    }
}

/// The JSON that control takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    operation: String,
    #[serde(default = "once")]
    times: u64,
    code: Option<u16>,
    #[serde(default)]
    headers: IndexMap<String, String>,
    example: Option<String>,
    body: Option<Value>,
    delay: Option<String>,
}

fn once() -> u64 {
    1
}

impl<'de> Deserialize<'de> for Override {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Wire { operation, times, code, headers, example, body, delay } = Wire::deserialize(deserializer)?;
        let delay = delay.map(|delay| crate::config::duration(&delay)).transpose();
        let delay = delay.map_err(|why| serde::de::Error::custom(format!("delay: {why}")))?;
        Ok(Self { operation, answer: Answer { times, status: code, headers, example, body, delay } })
    }
}
