//! Authentication files of Web Fuzzing Commons (<https://github.com/WebFuzzing/Commons>, `auth.yaml`): users with
//! fixed headers, or with a login that gives each a token or cookies.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::suggest::nearest;
use crate::document::position::Positions;
use crate::document::{Place, Problem, pointer, read_tree};
use crate::exchange::Secret;

/// A user of an authentication file.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name.
    pub name: String,
    /// How it proves who it is.
    pub proof: Proof,
}

/// How a user proves who it is.
#[derive(Debug, Clone)]
pub enum Proof {
    /// By a header that is always the same.
    Header(String, Secret),
    /// By what a login gives.
    Login(Box<Login>),
}

/// A login: a request, and where its answer has the credential.
#[derive(Debug, Clone)]
pub struct Login {
    /// A path of the target's host, or an address elsewhere.
    pub address: String,
    /// The method.
    pub method: Method,
    /// Its headers.
    pub headers: Vec<(String, Secret)>,
    /// Its body.
    pub body: Option<Secret>,
    /// What is taken from the answer.
    pub takes: Takes,
    /// What nobody may see of it.
    pub secrets: Vec<Secret>,
}

/// What is taken from the answer to a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// The cookies that it sets.
    Cookies,
    /// A token.
    Token {
        /// Where the answer has it.
        from: From,
        /// Whether requests have it in their query, else in a header.
        in_query: bool,
        /// The name of that parameter or header.
        name: String,
        /// What is sent; `{key}` stands for the token.
        template: String,
    },
}

/// Where an answer has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum From {
    /// In its body, by a JSON pointer.
    Body(String),
    /// In a header.
    Header(String),
}

/// Whether a text is meant to be an authentication file: YAML or JSON with a list of users, where a keys file is
/// TOML.
pub fn is_meant(name: &str, text: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let is_named = [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
    let begins = |line: &str| line.starts_with("auth:") || line.starts_with("authTemplate:");
    is_named || text.trim_start().starts_with('{') || text.lines().any(begins)
}

/// Reads an authentication file. `${NAME}` stands for a variable of the environment.
///
/// # Errors
/// Every problem found, with its line; no value is shown.
pub fn users(
    name: &str,
    text: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<User>, Vec<Problem>> {
    let mut whole = read_tree(name, text.as_bytes()).map_err(|problem| vec![*problem])?;
    let mut reading = Reading { name, positions: Positions::read(text), env, problems: Vec::new() };
    let users = reading.file(&mut whole);
    if reading.problems.is_empty() { Ok(users) } else { Err(reading.problems) }
}

const FILE: [&str; 4] = ["schemaVersion", "auth", "authTemplate", "configs"];
const USER: [&str; 5] = ["name", "requireMockHandling", "fixedHeaders", "loginEndpointAuth", "createUsers"];
const HEADER: [&str; 2] = ["name", "value"];
const LOGIN: [&str; 9] = [
    "endpoint",
    "externalEndpointURL",
    "payloadRaw",
    "payloadUserPwd",
    "headers",
    "verb",
    "contentType",
    "token",
    "expectCookies",
];
/// The second line has the names of versions before 0.2.0.
const TOKEN: [&str; 10] = [
    "extractFrom",
    "extractSelector",
    "sendIn",
    "sendName",
    "sendTemplate",
    "extractFromField",
    "extractFromHeader",
    "httpHeaderName",
    "headerPrefix",
    "headerPostfix",
];
const PAYLOAD: [&str; 4] = ["username", "password", "usernameField", "passwordField"];
const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

struct Reading<'t> {
    name: &'t str,
    positions: Positions<'t>,
    env: &'t dyn Fn(&str) -> Option<String>,
    problems: Vec<Problem>,
}

/// Fills what is missing from a template, member by member.
fn fill(own: &mut Value, template: &Value) {
    if let (Value::Object(own), Value::Object(template)) = (own, template) {
        for (name, value) in template {
            match own.get_mut(name) {
                Some(known) => fill(known, value),
                None => {
                    own.insert(name.clone(), value.clone());
                }
            }
        }
    }
}

impl Reading<'_> {
    fn refuse(&mut self, at: &str, message: impl Into<String>, help: impl Into<String>) {
        let mut place = Place::new(self.name, at);
        place.position = self.positions.find(at).map(|span| (span.line, span.column));
        self.problems.push(Problem::error(place, message).help(help));
    }

    fn file(&mut self, whole: &mut Value) -> Vec<User> {
        self.known("", whole, &FILE);
        let template = whole.get_mut("authTemplate").map(Value::take).filter(|template| !template.is_null());
        if let Some(template) = &template {
            self.known("/authTemplate", template, &USER);
        }
        let Some(Value::Array(listed)) = whole.get_mut("auth") else {
            let help =
                "an authentication file of Web Fuzzing Commons has a list of users, each with a `name`";
            self.refuse("/auth", "there is no list `auth`", help);
            return Vec::new();
        };
        if listed.is_empty() {
            self.refuse("/auth", "`auth` has no user", "add one with a `name`");
        }
        let mut users = Vec::new();
        for (index, user) in listed.iter_mut().enumerate() {
            let at = format!("/auth/{index}");
            self.known(&at, user, &USER);
            if let Some(template) = &template {
                fill(user, template);
            }
            users.extend(self.user(&at, user));
        }
        users
    }

    /// Notes that something is no object, or has members that nobody knows.
    fn known(&mut self, at: &str, value: &Value, known: &[&str]) {
        let Some(members) = value.as_object() else {
            return self.refuse(at, "this is not an object", format!("it may have {}", known.join(", ")));
        };
        for name in members.keys().filter(|name| !known.contains(&name.as_str())) {
            let help = nearest(name, known.iter().copied());
            self.refuse(&pointer::join(at, name), format!("unknown member {name:?}"), help);
        }
    }

    fn user(&mut self, at: &str, user: &Value) -> Option<User> {
        let name = self.needed(at, user, "name")?;
        for (unsupported, help) in [
            ("requireMockHandling", "only a tool inside the server can do that; leave the user out"),
            ("createUsers", "create the user before, and name it with fixedHeaders or loginEndpointAuth"),
        ] {
            if user.get(unsupported).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false))) {
                self.refuse(&pointer::join(at, unsupported), format!("{unsupported} is not supported"), help);
            }
        }
        let headers =
            user.get("fixedHeaders").map(|headers| self.headers(&format!("{at}/fixedHeaders"), headers));
        let login = user.get("loginEndpointAuth");
        let proof = match (headers, login) {
            (Some(mut headers), None) if headers.len() == 1 => {
                headers.pop().map(|(name, value)| Proof::Header(name, value))?
            }
            (Some(headers), None) => {
                if headers.len() > 1 {
                    let help = "keep the header of the credential here, and send the others with --header";
                    self.refuse(&format!("{at}/fixedHeaders"), "more than one header is not supported", help);
                }
                return None;
            }
            (None, Some(login)) => {
                let login = self.login(&format!("{at}/loginEndpointAuth"), login)?;
                Proof::Login(Box::new(login))
            }
            (found, _) => {
                let how = if found.is_some() { "both" } else { "neither" };
                let message = format!("the user {name:?} has {how} of fixedHeaders and loginEndpointAuth");
                self.refuse(at, message, "give one of them");
                return None;
            }
        };
        Some(User { name, proof })
    }

    fn headers(&mut self, at: &str, value: &Value) -> Vec<(String, Secret)> {
        let Some(listed) = value.as_array() else {
            self.refuse(at, "this is not a list", "write a list of headers, each with `name` and `value`");
            return Vec::new();
        };
        let mut headers = Vec::new();
        for (index, header) in listed.iter().enumerate() {
            let at = format!("{at}/{index}");
            self.known(&at, header, &HEADER);
            let (Some(name), Some(value)) =
                (self.needed(&at, header, "name"), self.needed(&at, header, "value"))
            else {
                continue;
            };
            let value = value.trim().to_owned();
            if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(&value).is_err() {
                let help = "a name has letters, digits and \"-\", and a value is one line";
                self.refuse(&at, format!("the header {name:?} cannot be sent"), help);
                continue;
            }
            headers.push((name, Secret::new(value)));
        }
        headers
    }

    fn login(&mut self, at: &str, login: &Value) -> Option<Login> {
        self.known(at, login, &LOGIN);
        let address = match (self.text(at, login, "endpoint"), self.text(at, login, "externalEndpointURL")) {
            (Some(path), None) if path.starts_with('/') => path,
            (Some(_), None) => {
                let help = "write /PATH, or the whole address as externalEndpointURL";
                self.refuse(&format!("{at}/endpoint"), "the endpoint is not a path", help);
                return None;
            }
            (None, Some(url)) => url,
            _ => {
                self.refuse(
                    at,
                    "a login needs one of endpoint and externalEndpointURL",
                    "add the one or the other",
                );
                return None;
            }
        };
        let verb = self.needed(at, login, "verb")?;
        let Some(method) = ["POST", "GET", "PATCH", "DELETE", "PUT"].into_iter().find(|known| *known == verb)
        else {
            self.refuse(
                &format!("{at}/verb"),
                format!("unknown verb {verb:?}"),
                "write POST, GET, PATCH, DELETE or PUT",
            );
            return None;
        };
        let mut headers = login
            .get("headers")
            .map(|headers| self.headers(&format!("{at}/headers"), headers))
            .unwrap_or_default();
        let kind = self.text(at, login, "contentType");
        let body = self.body(at, login, kind.as_deref())?;
        if let (Some(kind), Some(_)) = (&kind, &body) {
            headers.push(("content-type".to_owned(), Secret::new(kind.as_str())));
        }
        let takes = self.takes(at, login)?;
        let payload = login.get("payloadUserPwd");
        let secrets = payload.and_then(|payload| self.text(at, payload, "password")).map(Secret::new);
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        Some(Login { address, method, headers, body, takes, secrets: secrets.into_iter().collect() })
    }

    /// The body of a login; `None` where it cannot be had, and inside where there is none.
    #[expect(clippy::option_option, reason = "no body is not the same as a wrong one")]
    fn body(&mut self, at: &str, login: &Value, kind: Option<&str>) -> Option<Option<Secret>> {
        let raw = self.text(at, login, "payloadRaw");
        let Some(payload) = login.get("payloadUserPwd") else { return Some(raw.map(Secret::new)) };
        let at = &format!("{at}/payloadUserPwd");
        if raw.is_some() {
            self.refuse(
                at,
                "a login has one of payloadRaw and payloadUserPwd",
                "remove the one or the other",
            );
            return None;
        }
        self.known(at, payload, &PAYLOAD);
        let [user, password, user_field, password_field] = PAYLOAD.map(|name| self.needed(at, payload, name));
        let pairs = [(user_field?, user?), (password_field?, password?)];
        match kind.map(|kind| kind.split(';').next().unwrap_or_default().trim()) {
            Some(JSON) => {
                let members: Map<String, Value> =
                    pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect();
                Some(Some(Secret::new(Value::Object(members).to_string())))
            }
            Some(FORM) => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs);
                Some(Some(Secret::new(form.finish())))
            }
            _ => {
                let help = format!("write contentType: {JSON} or {FORM}, or the body itself as payloadRaw");
                self.refuse(at, "payloadUserPwd needs a contentType that it can be written in", help);
                None
            }
        }
    }

    fn takes(&mut self, at: &str, login: &Value) -> Option<Takes> {
        let cookies = login.get("expectCookies") == Some(&Value::Bool(true));
        let Some(token) = login.get("token") else {
            if !cookies {
                self.refuse(at, "nothing says what the login gives", "add token, or expectCookies: true");
            }
            return cookies.then_some(Takes::Cookies);
        };
        let at = &format!("{at}/token");
        self.known(at, token, &TOKEN);
        let mut text = |name: &str| self.text(at, token, name);
        let [from, selector, place, name, template] =
            ["extractFrom", "extractSelector", "sendIn", "sendName", "sendTemplate"].map(&mut text);
        let [field, header, old_name, prefix, postfix] =
            ["extractFromField", "extractFromHeader", "httpHeaderName", "headerPrefix", "headerPostfix"]
                .map(text);
        let from = match (from.as_deref(), selector) {
            (Some("body"), Some(pointer)) => Some(From::Body(pointer)),
            (Some("header"), Some(name)) => Some(From::Header(name)),
            (None, None) => field.map(From::Body).or(header.map(From::Header)),
            _ => None,
        };
        let Some(from) = from else {
            let help = "write extractFrom: body or header, with its extractSelector";
            self.refuse(at, "nothing says where the answer has the token", help);
            return None;
        };
        if matches!(&from, From::Body(pointer) if !pointer.starts_with('/')) {
            self.refuse(at, "the selector of a body is not a JSON pointer", "write it like /access_token");
            return None;
        }
        let Some(name) = name.or(old_name) else {
            self.refuse(
                at,
                "nothing says in which header the token is sent",
                "add sendName, such as Authorization",
            );
            return None;
        };
        let in_query = match place.as_deref() {
            None | Some("header") => false,
            Some("query") => true,
            Some(other) => {
                self.refuse(
                    &format!("{at}/sendIn"),
                    format!("unknown place {other:?}"),
                    "write header or query",
                );
                return None;
            }
        };
        let template = match template {
            Some(template) if template.contains("{token}") => template.replace("{token}", "{key}"),
            Some(_) => {
                let help = "write it like \"Bearer {token}\"";
                self.refuse(&format!("{at}/sendTemplate"), "the template does not contain {token}", help);
                return None;
            }
            None => format!("{}{{key}}{}", prefix.unwrap_or_default(), postfix.unwrap_or_default()),
        };
        Some(Takes::Token { from, in_query, name, template })
    }

    /// A member that must be there, and must be a text.
    fn needed(&mut self, at: &str, value: &Value, name: &str) -> Option<String> {
        if value.get(name).is_none_or(Value::is_null) {
            self.refuse(at, format!("{name} is missing"), format!("add `{name}`"));
            return None;
        }
        self.text(at, value, name)
    }

    /// A member that is a text, or `${NAME}` for one; `None` where it is not there.
    fn text(&mut self, at: &str, value: &Value, name: &str) -> Option<String> {
        let at = pointer::join(at, name);
        match value.get(name)? {
            Value::Null => None,
            Value::String(text) => match text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
                Some(variable) => {
                    let found = (self.env)(variable);
                    if found.is_none() {
                        let message = format!("the variable {variable} of {name} is not set");
                        self.refuse(&at, message, "set it in the environment");
                    }
                    found
                }
                None => Some(text.clone()),
            },
            // A password of digits is easily left without quotes.
            Value::Number(number) => Some(number.to_string()),
            _ => {
                self.refuse(&at, format!("{name} is not a text"), "write it in quotes");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
