//! Removes secrets from everything that is shown: journal, reports, snapshots, commands to paste.

mod forms;
mod names;
mod sent;

use http::HeaderMap;
use indexmap::IndexMap;

use self::forms::Forms;
use crate::contract::parameter;
use crate::exchange::{Exchange, Response, Secret};
use crate::run::MessageShown;

pub use names::is_secret;

/// What replaces a secret.
pub const SHOWN: &str = "[secret]";
/// Bodies are cut after this many bytes.
pub const MAX_BODY: usize = 16 << 10;

/// Larger texts are cut before secrets are looked for, in bytes; much less of them is shown.
pub const MAX_TEXT: usize = 256 << 10;

/// Removes secrets, in every form in which they may turn up.
#[derive(Debug, Default, Clone)]
pub struct Redactor {
    forms: Forms,
    headers: Vec<String>,
    params: Vec<String>,
    /// Whether what is named like a secret is one.
    by_name: bool,
}

/// Header fields whose values are secrets in every API.
const SECRET_HEADERS: [&str; 4] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/// Shorter keys cannot be told from ordinary text, in characters.
const SURE: usize = 8;

/// Whether a secret may be shown where nobody knows that a key stands, because it is short or looks like a
/// word. A key of the mock is no secret.
pub fn is_unsure(secret: &str) -> bool {
    let is_short = secret.chars().count() < SURE || !forms::is_hidden_everywhere(secret);
    is_short && !secret.starts_with("mock:")
}

impl Redactor {
    /// A redactor for these secrets: as they are, encoded and escaped. Secrets of fewer than four characters,
    /// and those that look like words, are hidden only where a key is known to stand.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self {
            forms: Forms::of(secrets),
            headers: SECRET_HEADERS.map(str::to_owned).to_vec(),
            params: Vec::new(),
            by_name: false,
        }
    }

    /// Takes header fields and query parameters for secrets where their names say so.
    #[must_use]
    pub fn by_name(mut self) -> Self {
        self.by_name = true;
        self
    }

    /// Further headers and query parameters whose values are secrets.
    #[must_use]
    pub fn with_names<'n>(
        mut self,
        headers: impl IntoIterator<Item = &'n str>,
        params: impl IntoIterator<Item = &'n str>,
    ) -> Self {
        self.headers.extend(headers.into_iter().map(str::to_ascii_lowercase));
        self.params.extend(params.into_iter().map(str::to_owned));
        self
    }

    /// A text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.forms.removed(text, SHOWN).into_owned()
    }

    /// The value of a header field without secrets; the scheme word of a credential stays.
    pub fn header(&self, name: &str, value: &str) -> String {
        self.field(name, value, self.by_name)
    }

    fn field(&self, name: &str, value: &str, by_name: bool) -> String {
        let is_secret = self.headers.iter().any(|secret| secret == name) || (by_name && is_secret(name));
        if !is_secret {
            return self.text(value);
        }
        match value.split_once(' ') {
            Some((scheme, _)) if name == "authorization" => format!("{} {SHOWN}", self.text(scheme)),
            _ => SHOWN.to_owned(),
        }
    }

    /// Header fields without secrets; the scheme word of a credential stays.
    pub fn headers(&self, headers: &HeaderMap) -> IndexMap<String, String> {
        self.fields(headers, self.by_name)
    }

    fn fields(&self, headers: &HeaderMap, by_name: bool) -> IndexMap<String, String> {
        let mut shown: IndexMap<String, String> = IndexMap::new();
        for (name, value) in headers {
            let text = self.field(name.as_str(), &String::from_utf8_lossy(value.as_bytes()), by_name);
            shown
                .entry(name.to_string())
                .and_modify(|known| {
                    known.push_str(", ");
                    known.push_str(&text);
                })
                .or_insert(text);
        }
        shown
    }

    /// An address without secret parameters and user information.
    pub fn url(&self, url: &str) -> String {
        let url = without_user(url);
        let Some((path, query)) = url.split_once('?') else { return self.text(&url) };
        let is_secret = |name: &str| {
            let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
            self.params.iter().any(|secret| *secret == decoded) || (self.by_name && is_secret(&decoded))
        };
        let pairs: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((name, _)) if is_secret(name) => format!("{name}={SHOWN}"),
                _ => pair.to_owned(),
            })
            .collect();
        self.text(&format!("{path}?{}", pairs.join("&")))
    }

    /// A body as text, cut after 16 KiB; binary content is described by type and size.
    pub fn body(&self, octets: &[u8], media_type: Option<&str>) -> Option<String> {
        self.body_of(octets, octets.len(), media_type)
    }

    /// As [`Redactor::body`], for the beginning of one that had so many octets.
    pub fn body_of(&self, octets: &[u8], all: usize, media_type: Option<&str>) -> Option<String> {
        if octets.is_empty() {
            return None;
        }
        let Ok(text) = std::str::from_utf8(octets) else {
            return Some(format!("[{}, {all} bytes]", media_type.unwrap_or("binary")));
        };
        // Removed before cutting, so that the cut leaves no half of a secret; and where the text was cut
        // before, because looking takes time, the half that may be at its end goes too.
        let beginning = beginning(text, MAX_TEXT);
        let is_cut = beginning.len() < all;
        let text = self.text(beginning);
        let edge = if is_cut { self.forms.longest() * LONGEST_ESCAPE } else { 0 };
        let most = text.len().saturating_sub(edge);
        if !is_cut && most <= MAX_BODY {
            return Some(text);
        }
        Some(format!("{}… [{} bytes]", self::beginning(&text, most.min(MAX_BODY)), all))
    }

    /// A request as reports show it.
    pub fn request(&self, exchange: &Exchange) -> MessageShown {
        let request = &exchange.request;
        let mut headers = self.headers(&request.headers);
        headers.insert("counterpart-case".to_owned(), exchange.case.clone());
        MessageShown {
            method: Some(request.method.to_string()),
            url: Some(self.url(&exchange.url)),
            status: None,
            headers,
            body: self.body(&request.body, crate::exchange::media_type(&request.headers).as_deref()),
        }
    }

    /// A response as reports show it. What a target names like a secret is one: nobody has to repeat it.
    pub fn response(&self, response: &Response) -> MessageShown {
        MessageShown {
            method: None,
            url: None,
            status: Some(response.status.as_u16()),
            headers: self.fields(&response.headers, true),
            body: self.body(&response.body, response.media_type().as_deref()),
        }
    }
}

/// The longest that one character of a secret becomes by escapes.
const LONGEST_ESCAPE: usize = 12;

/// The beginning of a text, at most so many bytes of it.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// An address without user information.
fn without_user(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or_else(|| host.to_owned(), |(_, host)| format!("{SHOWN}@{host}"));
    format!("{scheme}://{host}{path}")
}

/// An address as messages show it: neither user information nor the values of its query. It may be none that
/// can be used, so that whatever stands before a `@` counts as a user.
pub fn address(url: &str) -> String {
    let (whole, query) = url.split_once(['?', '#']).map_or((url, ""), |(whole, _)| (whole, "?…"));
    let (scheme, rest) = whole.split_once("://").map_or(("", whole), |(scheme, rest)| (scheme, rest));
    let host = rest.split('/').next().unwrap_or_default();
    // A port is of digits; other text behind a colon is the beginning of a password.
    let is_host =
        host.split_once(':').is_none_or(|(_, port)| port.bytes().all(|octet| octet.is_ascii_digit()));
    let place = if is_host && !host.contains('@') { None } else { rest.rfind('@') };
    let rest =
        place.map_or_else(|| rest.to_owned(), |at| format!("{SHOWN}{}", rest.get(at..).unwrap_or_default()));
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    format!("{scheme}{rest}{query}")
}

/// How the command to paste carries the credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// A header and its value with `{key}` in the token's place.
    Header(String, String),
    /// HTTP basic authentication.
    Basic,
    /// A query parameter.
    Query(String),
    /// A cookie.
    Cookie(String),
    /// Another key than the first, for the scheme of that name.
    Beside(String, Box<Placed>),
}

impl Placed {
    /// The name of the variable that holds the key, and how the key is placed.
    fn resolved(&self) -> (String, &Self) {
        match self {
            Self::Beside(scheme, how) => {
                let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
                let scheme: String = scheme.chars().map(plain).collect();
                (format!("{VARIABLE}_{scheme}"), how)
            }
            how => (VARIABLE.to_owned(), how),
        }
    }
}

/// The variable of the environment that a command takes the key from.
const VARIABLE: &str = "COUNTERPART_TOKEN";

/// A curl command that sends the same request; the credential is `$COUNTERPART_TOKEN`.
pub fn curl(redactor: &Redactor, exchange: &Exchange, placed: &[Placed]) -> String {
    let request = &exchange.request;
    let mut words = vec!["curl".to_owned(), "-i".to_owned()];
    match request.method.as_str() {
        "GET" if request.body.is_empty() => {}
        "HEAD" => words.push("--head".to_owned()),
        method => words.extend(["-X".to_owned(), quote(method)]),
    }
    let mut url = quote(&redactor.url(&exchange.url));
    let mut placed_headers: Vec<String> = Vec::new();
    for (variable, how) in placed.iter().map(Placed::resolved) {
        match how {
            Placed::Header(name, template) => {
                placed_headers.push(name.to_ascii_lowercase());
                words.push("-H".to_owned());
                words.push(expanding(&format!("{name}: {template}"), &variable));
            }
            Placed::Basic => {
                placed_headers.push("authorization".to_owned());
                words.extend(["-u".to_owned(), format!("\"${variable}\"")]);
            }
            Placed::Cookie(name) => {
                placed_headers.push("cookie".to_owned());
                words.extend(["-b".to_owned(), expanding(&format!("{name}={{key}}"), &variable)]);
            }
            Placed::Query(name) => {
                let name = parameter::escape(name);
                url = url.replace(&format!("{name}={SHOWN}"), &format!("{name}='\"${variable}\"'"));
            }
            // A key beside a key beside one: there is none.
            Placed::Beside(..) => {}
        }
    }
    for (name, value) in redactor.headers(&request.headers) {
        if !placed_headers.contains(&name)
            && name != "user-agent"
            && name != "host"
            && name != "content-length"
        {
            words.extend(["-H".to_owned(), quote(&format!("{name}: {value}"))]);
        }
    }
    if !request.body.is_empty() {
        let body = match std::str::from_utf8(&request.body) {
            Ok(text) => quote(&redactor.text(text)),
            Err(_) => "@BODY-FILE".to_owned(),
        };
        words.extend(["--data-binary".to_owned(), body]);
    }
    words.push(url);
    words.join(" ")
}

/// A word for `sh`, whatever it holds.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A word for `sh` in which `{key}` becomes a variable, and nothing else expands.
fn expanding(template: &str, variable: &str) -> String {
    let mut escaped = String::new();
    for c in template.chars() {
        if matches!(c, '"' | '\\' | '$' | '`') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    format!("\"{}\"", escaped.replace("{key}", &format!("${variable}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Failure, Request};
    use http::Method;
    use proptest::prelude::*;
    use rstest::rstest;

    fn exchange(url: &str, body: &str) -> Exchange {
        let mut request = Request::new(Method::POST, "/x");
        request.body = body.to_owned().into();
        request.headers.insert("content-type", "application/json".parse().unwrap());
        request.headers.insert("authorization", "Bearer can/ary".parse().unwrap());
        let outcome = Err(Failure::Connect(String::new()));
        Exchange {
            case: "r/1".to_owned(),
            url: url.to_owned(),
            request,
            outcome,
            elapsed: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn no_form_of_a_secret_is_shown() {
        let redactor = Redactor::new([Secret::new("can/ary")]).with_names(["x-key"], ["key"]);
        let url = "http://user:pw@h/p?key=other&q=can%2Fary";
        let exchange = exchange(url, "{\"a\": \"can/ary\", \"b\": \"Y2FuL2FyeQ==\"}");
        let shown = format!("{:?} {}", redactor.request(&exchange), curl(&redactor, &exchange, &[]));
        for form in ["can/ary", "can%2Fary", "Y2FuL2FyeQ", "pw@", "other"] {
            assert!(!shown.contains(form), "{form} in {shown}");
        }
    }

    #[test]
    fn the_command_can_be_pasted() {
        let redactor = Redactor::new([Secret::new("can/ary")]);
        let placed = [Placed::Header("Authorization".to_owned(), "Bearer {key}".to_owned())];
        let command = curl(&redactor, &exchange("http://h/p?a=b&c=d", "{\"it's\": 1}"), &placed);
        assert_eq!(
            command,
            r#"curl -i -X POST -H "Authorization: Bearer $COUNTERPART_TOKEN" -H 'content-type: application/json' --data-binary '{"it'\''s": 1}' 'http://h/p?a=b&c=d'"#
        );
    }

    #[rstest]
    #[case("GET", "", "curl -i http://h/p")]
    #[case("GET", "{}", "curl -i -X GET --data-binary '{}' http://h/p")]
    #[case("HEAD", "", "curl -i --head http://h/p")]
    #[case("DELETE", "", "curl -i -X DELETE http://h/p")]
    fn the_command_sends_the_same_method(#[case] method: &str, #[case] body: &str, #[case] expected: &str) {
        let mut exchange = exchange("http://h/p", body);
        exchange.request.method = method.parse().unwrap();
        exchange.request.headers.clear();
        assert_eq!(curl(&Redactor::new([]), &exchange, &[]), expected);
    }

    #[rstest]
    #[case("short", true)]
    #[case("password", true)]
    #[case("mock:*", false)]
    #[case("mock:annotation:read", false)]
    #[case("c4nary-0815/x", false)]
    fn a_key_may_be_shown_where_it_is_like_other_text(#[case] secret: &str, #[case] expected: bool) {
        assert_eq!(is_unsure(secret), expected);
    }

    #[test]
    fn each_key_has_a_variable_of_its_own() {
        let redactor = Redactor::new([Secret::new("can/ary")]).with_names([], ["key"]);
        let header = |name: &str| Placed::Header(name.to_owned(), "{key}".to_owned());
        let placed = [
            header("Authorization"),
            Placed::Beside("app-id".to_owned(), Box::new(Placed::Query("key".to_owned()))),
            Placed::Beside("other".to_owned(), Box::new(header("X-Other"))),
        ];
        let command = curl(&redactor, &exchange("http://h/p?key=can%2Fary", ""), &placed);
        assert!(command.contains(r#"-H "Authorization: $COUNTERPART_TOKEN""#), "{command}");
        assert!(command.contains(r#"-H "X-Other: $COUNTERPART_TOKEN_OTHER""#), "{command}");
        assert!(command.ends_with(r#"'http://h/p?key='"$COUNTERPART_TOKEN_APP_ID"''"#), "{command}");
    }

    #[rstest]
    #[case("http://u:pw@h:1/x", "http://[secret]@h:1/x")]
    #[case("u:pw@host", "[secret]@host")]
    #[case("http://u:p/w@host", "http://[secret]@host")]
    #[case("https://h:8080/@me/x.json?token=a", "https://h:8080/@me/x.json?…")]
    #[case("http://u:pw@", "http://[secret]@")]
    #[case("nothing", "nothing")]
    fn addresses_lose_what_may_be_secret(#[case] url: &str, #[case] expected: &str) {
        assert_eq!(address(url), expected);
    }

    #[test]
    fn names_tell_secrets_where_that_is_asked_for() {
        let plain = Redactor::new([]);
        let by_name = Redactor::new([]).by_name();
        assert_eq!(plain.url("/a?api_key=x&page_token=y"), "/a?api_key=x&page_token=y");
        assert_eq!(by_name.url("/a?api_key=x&page_token=y"), "/a?api_key=[secret]&page_token=y");
        assert_eq!(by_name.header("x-auth-token", "x"), SHOWN);
    }

    #[test]
    fn a_large_body_shows_no_half_of_a_secret() {
        let redactor = Redactor::new([Secret::new("can/ary-0815")]);
        for padding in [MAX_BODY, MAX_TEXT] {
            for shift in 0..16 {
                let text = format!("{}can/ary-0815{}", "x".repeat(padding - shift), "y".repeat(MAX_TEXT));
                let shown = redactor.body(text.as_bytes(), None).unwrap();
                assert!(!shown.contains("can/") && shown.ends_with(&format!("[{} bytes]", text.len())));
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_one_word(text in "\\PC*") {
            prop_assert_eq!(shlex::split(&quote(&text)), Some(vec![text]));
        }
    }
}
