//! The first commands after `init`: where the API is, and how keys for it are had.

use std::fmt::Write as _;

use http::Method;
use url::Url;

use crate::cli::documents;
use crate::contract::{Contract, Flow, Grant, Operation};
use crate::redact;
use crate::report::safe;

/// Where an API is likely to be while it is written.
const LOCAL: &str = "http://127.0.0.1:8000";
/// Where a mock listens.
const MOCK: &str = "http://127.0.0.1:4010";

/// How a first check reaches an API.
pub(super) struct Start {
    /// The address of the API.
    pub url: String,
    keys: Keys,
    /// The operation that hands out the keys, where it is one of the document.
    login: Option<String>,
}

/// Where keys come from.
enum Keys {
    /// None is asked for.
    Open,
    /// Somebody has one.
    Token,
    /// From a token endpoint.
    Issuer(Grant, String),
}

impl Start {
    /// What a document says, and the address that it came from, where it came from one.
    pub fn of(contract: &Contract, document: &str) -> Self {
        let url = address(contract, document);
        let keys = if contract.declares_no_security() {
            Keys::Open
        } else {
            match flow(contract).and_then(|flow| Some((flow.grant, token_url(&url, &flow.token_url)?))) {
                Some((grant, token_url)) => Keys::Issuer(grant, token_url),
                None => Keys::Token,
            }
        };
        let login = flow(contract).and_then(|flow| {
            let is_it = |operation: &&Operation| {
                let path = operation.path().trim_matches('/');
                operation.method == Method::POST && flow.token_path().trim_end_matches('/').ends_with(path)
            };
            contract.operations.iter().find(is_it).map(|operation| operation.id.clone())
        });
        Self { url, keys, login }
    }

    /// The part of the configuration that says how keys are made.
    pub fn mint(&self) -> String {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let names = match &self.keys {
            Keys::Issuer(Grant::Password, _) => Some(("username", "password", VARIABLES_OF_USER)),
            Keys::Issuer(_, _) => Some(("client-id", "client-secret", VARIABLES_OF_CLIENT)),
            Keys::Open | Keys::Token => None,
        };
        let (Keys::Issuer(grant, url), Some((name, secret, [first, second]))) = (&self.keys, names) else {
            return MINT.to_owned();
        };
        let who = if *grant == Grant::Password { "a user" } else { "a client" };
        format!(
            "# Keys come from the document's token address, for {who} that the environment names.\n\
             # A program can make them too: [mint] with command = [\"./mint-key\"].\n\
             [mint.oauth2]\ntoken-url = {}\n{name} = \"${{{first}}}\"\n{secret} = \"${{{second}}}\"\n",
            quoted(url)
        )
    }

    /// The beginning of `[check]`.
    pub fn check(&self) -> String {
        match &self.login {
            None => "#[check]".to_owned(),
            Some(login) => format!(
                "[check]\nskip = [{}]   # it hands out the keys, and is used for that",
                toml::Value::from(login.as_str())
            ),
        }
    }

    /// The commands to type next. `doc` is named where no configuration does it, and `has_mint` says whether the
    /// configuration has what [`Start::mint`] says.
    pub fn next(&self, doc: Option<&str>, has_mint: bool) -> String {
        let doc = doc.map(|doc| format!(" {}", word(doc))).unwrap_or_default();
        let (auth, mint) = match self.keys {
            Keys::Open => ("", ""),
            _ => (" --auth scopes", " --mint 'mock:{scopes}'"),
        };
        let is_here = self.url.contains("://127.")
            || self.url.contains("://localhost")
            || self.url.contains("://[::1]");
        let (before, what) = match &self.keys {
            Keys::Open if is_here => (String::new(), String::new()),
            Keys::Open => {
                (String::new(), "; if it asks for keys, put COUNTERPART_TOKEN=… in front".to_owned())
            }
            Keys::Issuer(grant, url) if has_mint => {
                let (who, [first, second]) = match grant {
                    Grant::Password => ("a user and a password", VARIABLES_OF_USER),
                    _ => ("a client and its secret", VARIABLES_OF_CLIENT),
                };
                (
                    format!("{first}=… {second}=… "),
                    format!("; put {who} in place of …, for whom {} gives keys", safe(url)),
                )
            }
            Keys::Issuer(..) | Keys::Token => {
                ("COUNTERPART_TOKEN=… ".to_owned(), "; put a key of it in place of …".to_owned())
            }
        };
        let read_only = if is_here { "" } else { " --read-only" };
        let mut out = "\nnext:\n".to_owned();
        let _ =
            writeln!(out, "  counterpart mock{doc} --stateful{auth}\n      serves a mock of it on {MOCK}");
        let url = word(&self.url);
        let _ = writeln!(
            out,
            "  {before}counterpart check{doc} --url {url}{read_only}\n      checks your API there{what}"
        );
        let _ = writeln!(
            out,
            "  counterpart check{doc} --url {MOCK}{mint}\n      checks the mock, while it runs"
        );
        out
    }
}

const VARIABLES_OF_USER: [&str; 2] = ["API_USERNAME", "API_PASSWORD"];
const VARIABLES_OF_CLIENT: [&str; 2] = ["CLIENT_ID", "CLIENT_SECRET"];

/// What the configuration says of making keys where the document says nothing.
const MINT: &str = r#"# Or keys are created when they are needed, with exactly the scopes that a case needs.
#[mint]
#command = ["./mint-key"]   # gets the scopes as arguments and prints the token
# or: oauth2 = { token-url = "https://…/token", client-id = "ID", client-secret = "${CLIENT_SECRET}" }   # or username, password
"#;

/// Whether an address has something that nobody else should see: a user, or a key in its query.
pub(super) fn is_private(document: &str) -> bool {
    if !document.contains("://") {
        return false;
    }
    let Ok(url) = Url::parse(document) else { return true };
    let mut query = url.query_pairs();
    let is_key = |(name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>)| {
        redact::is_secret(&name) || value.len() > 24
    };
    !url.username().is_empty() || url.password().is_some() || query.any(is_key)
}

/// A word of a command line, in quotes where a shell needs them.
fn word(text: &str) -> String {
    let shown = if is_private(text) { redact::address(text) } else { text.to_owned() };
    shlex::try_quote(&shown).map_or_else(|_| shown.clone(), std::borrow::Cow::into_owned)
}

/// The address of the API: where the document came from if that is this machine, else its first server.
fn address(contract: &Contract, document: &str) -> String {
    let source = Url::parse(document).ok().filter(|url| url.scheme().starts_with("http"));
    match (source, contract.servers.first()) {
        (_, Some(server)) => documents::service_here(document).unwrap_or_else(|| server.clone()),
        (source, None) => {
            let origin =
                source.map_or_else(|| LOCAL.to_owned(), |source| source.origin().ascii_serialization());
            format!("{origin}{}", contract.base_paths.first().map_or("", String::as_str))
        }
    }
}

/// The way to tokens that a program can go by itself, of the schemes that operations ask for.
fn flow(contract: &Contract) -> Option<&Flow> {
    let required = contract.operations.iter().flat_map(|operation| &operation.security);
    let schemes = required.flat_map(|requirement| &requirement.schemes);
    let mut flows = schemes.filter_map(|name| contract.schemes.get(name)).flat_map(|scheme| &scheme.flows);
    flows.find(|flow| flow.grant != Grant::Browser)
}

/// A token address, which may be relative to the API's.
fn token_url(url: &str, written: &str) -> Option<String> {
    let base = Url::parse(&format!("{}/", url.trim_end_matches('/'))).ok()?;
    base.join(written).ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn start(tree: Value, document: &str) -> Start {
        let mut tree = tree;
        tree["openapi"] = json!("3.1.0");
        tree["paths"] = json!({"/a": {"get": {"responses": {"200": {}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        Start::of(&contract, document)
    }

    #[rstest]
    #[case::a_file(json!({}), "openapi.yaml", "http://127.0.0.1:8000")]
    #[case::a_base_path(json!({"servers": [{"url": "/api/v1"}]}), "openapi.yaml", "http://127.0.0.1:8000/api/v1")]
    #[case::a_server(json!({"servers": [{"url": "https://api.example.org/v2"}]}), "a.yaml", "https://api.example.org/v2")]
    #[case::a_local_address(json!({}), "http://127.0.0.1:8801/openapi.json", "http://127.0.0.1:8801")]
    #[case::with_a_root_path(json!({"servers": [{"url": "/v1"}]}), "http://localhost:1/v1/openapi.json", "http://localhost:1/v1")]
    #[case::what_runs_here_goes_before(json!({"servers": [{"url": "https://api.example.org"}]}), "http://localhost:1/openapi.json", "http://localhost:1")]
    #[case::elsewhere(json!({"servers": [{"url": "https://api.example.org"}]}), "https://raw.example.org/x.json", "https://api.example.org")]
    fn an_api_is_where(#[case] tree: Value, #[case] document: &str, #[case] expected: &str) {
        assert_eq!(start(tree, document).url, expected);
    }

    #[rstest]
    #[case("password", "token", "http://127.0.0.1:8000/token", "username")]
    #[case("password", "/auth/token", "http://127.0.0.1:8000/auth/token", "username")]
    #[case("clientCredentials", "https://id.example.org/t", "https://id.example.org/t", "client-id")]
    fn tokens_come_from(#[case] flow: &str, #[case] url: &str, #[case] expected: &str, #[case] name: &str) {
        let mut scheme = json!({"type": "oauth2", "flows": {}});
        scheme["flows"][flow] = json!({"tokenUrl": url, "scopes": {}});
        let tree = json!({"components": {"securitySchemes": {"o": scheme}}, "security": [{"o": []}]});
        let start = start(tree, "a.yaml");
        assert!(start.mint().contains(&format!("token-url = \"{expected}\"\n{name} = ")), "{}", start.mint());
        assert!(
            start.next(None, true).contains(&format!("for whom {expected} gives keys")),
            "{}",
            start.next(None, true)
        );
    }

    #[rstest]
    #[case("https://h/openapi.json", false)]
    #[case("https://h/schema/?format=openapi-json", false)]
    #[case("https://u:p@h/openapi.json", true)]
    #[case("https://h/openapi.json?api_key=x", true)]
    #[case("https://h/openapi.json?sig=0123456789012345678901234", true)]
    #[case("a/b.yaml", false)]
    fn some_addresses_are_not_written(#[case] document: &str, #[case] expected: bool) {
        assert_eq!(is_private(document), expected);
    }
}
