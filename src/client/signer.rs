//! Requests that are signed: somebody else says, for each of them, which headers to add.

use std::collections::BTreeSet;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{ACCEPT, CONTENT_TYPE, DATE, HOST, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use crate::exchange::{Request, Secret, base64};

/// What a signer answered, or why it did not.
pub type Signing = Pin<Box<dyn Future<Output = Result<String, String>> + Send>>;
type Sign = Box<dyn Fn(String) -> Signing + Send + Sync>;

/// Headers whose values are no secrets, whoever sets them.
const PUBLIC: [HeaderName; 5] = [ACCEPT, CONTENT_TYPE, DATE, HOST, USER_AGENT];
/// A shorter value is no signature.
const SHORTEST: usize = 8;

/// Signs requests. It gets each as JSON: `method`, `url`, `path`, `query`, `headers`, `body`, and in `encoding`
/// whether the body is `text` or `base64`. It answers with the headers to add: as a JSON object, or as lines.
#[derive(Clone)]
pub struct Signer(Arc<Inner>);

struct Inner {
    sign: Sign,
    given: Mutex<Given>,
}

/// What was added to requests.
#[derive(Default)]
struct Given {
    names: BTreeSet<String>,
    values: BTreeSet<String>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}

impl Signer {
    /// A signer that is asked by this.
    pub fn new(sign: impl Fn(String) -> Signing + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { sign: Box::new(sign), given: Mutex::default() }))
    }

    /// Adds the headers of a signature to those with which a request goes out.
    pub(super) async fn sign(
        &self,
        url: &str,
        request: &Request,
        headers: &mut HeaderMap,
    ) -> Result<(), String> {
        let answer = (self.0.sign)(told(url, request, headers).to_string()).await?;
        let added = read(&answer)?;
        let mut given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, mut value) in added {
            if !PUBLIC.contains(&name) {
                given.names.insert(name.as_str().to_owned());
                let text = value.to_str().unwrap_or_default();
                if text.len() >= SHORTEST {
                    given.values.insert(text.to_owned());
                }
                value.set_sensitive(true);
            }
            headers.insert(name, value);
        }
        Ok(())
    }

    /// The values that were added, which nobody should see.
    pub fn secrets(&self) -> Vec<Secret> {
        let given = self.0.given.lock().unwrap_or_else(PoisonError::into_inner);
        given.values.iter().map(Secret::new).collect()
    }

    /// The names of the headers that were added.
    pub fn names(&self) -> Vec<String> {
        self.0.given.lock().unwrap_or_else(PoisonError::into_inner).names.iter().cloned().collect()
    }
}

/// A request as a signer gets it.
fn told(url: &str, request: &Request, headers: &HeaderMap) -> Value {
    let mut fields: Map<String, Value> = Map::new();
    for name in headers.keys() {
        let values = headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()));
        fields.insert(name.to_string(), values.collect::<Vec<_>>().join(", ").into());
    }
    let (body, encoding) = match std::str::from_utf8(&request.body) {
        Ok(text) => (text.to_owned(), "text"),
        Err(_) => (base64::encode(&request.body), "base64"),
    };
    json!({
        "method": request.method.as_str(),
        "url": url,
        "path": request.path,
        "query": request.query,
        "headers": fields,
        "body": body,
        "encoding": encoding,
    })
}

/// Reads what a signer prints.
fn read(answer: &str) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let pairs: Vec<(String, String)> = if answer.trim_start().starts_with('{') {
        let Ok(Value::Object(members)) = serde_json::from_str(answer) else {
            return Err("its output begins like JSON, but is no JSON object".to_owned());
        };
        let pairs = members.into_iter().map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            other => Err(format!("the value of the header {name:?} is {other}, not a string")),
        });
        pairs.collect::<Result<_, _>>()?
    } else {
        let lines = answer.lines().map(str::trim).filter(|line| !line.is_empty());
        let pairs = lines.map(|line| match line.split_once(':') {
            Some((name, value)) => Ok((name.trim().to_owned(), value.trim().to_owned())),
            None => Err("it printed a line that is not `Name: value`".to_owned()),
        });
        pairs.collect::<Result<_, _>>()?
    };
    if pairs.is_empty() {
        return Err("it printed no header".to_owned());
    }
    let headers = pairs.into_iter().map(|(name, value)| {
        let bad = || format!("it printed a header that cannot be sent: {name:?}");
        let value = HeaderValue::from_str(&value).map_err(|_| bad())?;
        Ok((HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?, value))
    });
    headers.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Method;
    use rstest::rstest;

    #[rstest]
    #[case::object(r#"{"X-Signature": "abc", "X-Date": "today"}"#, Ok("x-signature: abc, x-date: today"))]
    #[case::lines("X-Signature: a:b=c\n\nX-Date:today\n", Ok("x-signature: a:b=c, x-date: today"))]
    #[case::nothing(" \n", Err("it printed no header"))]
    #[case::no_line("secret", Err("it printed a line that is not `Name: value`"))]
    #[case::no_json("{x", Err("its output begins like JSON, but is no JSON object"))]
    #[case::no_text(r#"{"X-A": 1}"#, Err("the value of the header \"X-A\" is 1, not a string"))]
    #[case::bad_name("a b: c", Err("it printed a header that cannot be sent: \"a b\""))]
    fn answers_are_read(#[case] answer: &str, #[case] expected: Result<&str, &str>) {
        let shown = |headers: Vec<(HeaderName, HeaderValue)>| {
            let lines = headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
            lines.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(read(answer).map(shown), expected.map(str::to_owned).map_err(str::to_owned));
    }

    #[rstest]
    #[case::text(b"{\"a\": 1}", "{\"a\": 1}", "text")]
    #[case::octets(b"\xff\x00", "/wA=", "base64")]
    #[case::none(b"", "", "text")]
    fn a_signer_learns_the_whole_request(
        #[case] body: &'static [u8],
        #[case] shown: &str,
        #[case] encoding: &str,
    ) {
        let mut request = Request::new(Method::POST, "/x");
        request.query = Some("a=b".to_owned());
        request.body = body.into();
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("a/b"))]);
        let expected = json!({
            "method": "POST", "url": "http://t/x?a=b", "path": "/x", "query": "a=b",
            "headers": {"accept": "a/b"}, "body": shown, "encoding": encoding,
        });
        assert_eq!(told("http://t/x?a=b", &request, &headers), expected);
    }

    #[tokio::test]
    async fn what_was_added_is_known() {
        let answer = "X-Signature: 0123456789\nX-Age: 1\nDate: Sun, 06 Nov 1994 08:49:37 GMT";
        let signer = Signer::new(move |_| Box::pin(std::future::ready(Ok(answer.to_owned()))));
        let mut headers = HeaderMap::from_iter([(DATE, HeaderValue::from_static("never"))]);
        signer.sign("http://t/", &Request::new(Method::GET, "/"), &mut headers).await.unwrap();
        assert_eq!((headers.len(), headers[DATE].to_str().unwrap()), (3, "Sun, 06 Nov 1994 08:49:37 GMT"));
        assert_eq!(signer.names(), ["x-age", "x-signature"]);
        assert_eq!(signer.secrets(), [Secret::new("0123456789")]);
    }
}
