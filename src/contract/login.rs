//! Operations whose body is the credential: they return keys and are called without one.

use http::Method;

use super::{Direction, Location, Operation};

/// Members that only a request for a token has.
const TOKEN_REQUEST: [&str; 8] = [
    "granttype",
    "clientsecret",
    "refreshtoken",
    "clientassertion",
    "codeverifier",
    "devicecode",
    "idtoken",
    "samlresponse",
];
/// Members that prove who somebody is.
const PROOFS: [&str; 8] = ["password", "passwd", "pwd", "passcode", "pin", "otp", "secret", "apikey"];
/// Members beside a proof that say who somebody is, and for how long.
const NAMES: [&str; 22] = [
    "username",
    "user",
    "userid",
    "login",
    "loginid",
    "email",
    "emailaddress",
    "name",
    "account",
    "clientid",
    "identifier",
    "phone",
    "domain",
    "realm",
    "scope",
    "scopes",
    "remember",
    "rememberme",
    "totp",
    "code",
    "captcha",
    "tenant",
];
/// Last words of paths that hand out keys.
const PATHS: [&str; 9] =
    ["login", "signin", "logon", "token", "authorize", "authorise", "session", "sessions", "authenticate"];

impl Operation {
    /// Whether the operation's own body is the credential: a login, a request for a token. Its
    /// members decide; where none is described, the path's last word does.
    pub fn is_login(&self) -> bool {
        if self.method != Method::POST {
            return false;
        }
        let members: Vec<String> = self.members().iter().map(|name| plain(name)).collect();
        let is = |known: &[&str], name: &String| known.contains(&name.as_str());
        if members.iter().any(|name| is(&TOKEN_REQUEST, name)) {
            return true;
        }
        let has_login_path = self.has_login_path();
        if members.is_empty() {
            return has_login_path;
        }
        let proves = members.iter().any(|name| is(&PROOFS, name));
        // An account is made of the same members, and of others; it is created.
        let is_all = members.iter().all(|name| is(&PROOFS, name) || is(&NAMES, name));
        if has_login_path {
            return proves || is_all;
        }
        proves && is_all && !self.documents(201) && members.len() > 1
    }

    /// The members that the body describes.
    fn members(&self) -> Vec<String> {
        let content = self.body.iter().flat_map(|body| &body.content);
        let schemas = content.filter_map(|content| content.schema.as_ref());
        let mut members: Vec<String> = Vec::new();
        for schema in schemas {
            for name in schema.fields(Direction::Request, &[]).into_keys() {
                if !members.contains(&name) {
                    members.push(name);
                }
            }
        }
        members
    }

    /// Whether the path ends in a word of logging in. A token or session of some object is issued,
    /// which takes a key.
    fn has_login_path(&self) -> bool {
        let last = self.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let word = last.rsplit(['-', '_', '.', ':']).next().unwrap_or_default();
        let is_one = |text: &str| PATHS.contains(&plain(text).as_str());
        let in_object = self.parameters_in(Location::Path).next().is_some();
        let is_issued = in_object && ["token", "session", "sessions"].contains(&plain(word).as_str());
        (is_one(word) || is_one(last)) && !is_issued
    }
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Map, Value, json};

    #[rstest]
    #[case::by_members("post", "/any", "grant_type scope", "200", true)]
    #[case::refresh("post", "/auth/renew", "refreshToken", "200", true)]
    #[case::pair("post", "/auth", "username password", "200", true)]
    #[case::pair_on_path("post", "/sessions", "email password device", "201", true)]
    #[case::account("post", "/users", "username password", "201", false)]
    #[case::account_with_more("post", "/users", "username password role", "200", false)]
    #[case::new_password("post", "/users/{id}/password", "password", "200", false)]
    #[case::issued("post", "/users/{id}/token", "note expires", "201", false)]
    #[case::code("post", "/login", "email code", "200", true)]
    #[case::issued_bare("post", "/users/{id}/token", "", "200", false)]
    #[case::no_members("post", "/oauth/token", "", "200", true)]
    #[case::sign_in("post", "/sign-in", "", "200", true)]
    #[case::last_word("post", "/user_login", "", "200", true)]
    #[case::other_path("post", "/widgets", "", "200", false)]
    #[case::read("get", "/session", "", "200", false)]
    #[case::logout("delete", "/session", "", "204", false)]
    fn logins(
        #[case] method: &str,
        #[case] path: &str,
        #[case] members: &str,
        #[case] status: &str,
        #[case] expected: bool,
    ) {
        let properties: Map<String, Value> =
            members.split_whitespace().map(|name| (name.to_owned(), json!({"type": "string"}))).collect();
        let schema = json!({"type": "object", "properties": properties});
        let mut operation = json!({"responses": {status: {"description": "ok"}}});
        if !members.is_empty() {
            operation["requestBody"] = json!({"content": {"application/json": {"schema": schema}}});
        }
        let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
        if path.contains('{') {
            operation["parameters"] = id;
        }
        let tree = json!({"openapi": "3.1.0", "paths": {path: {method: operation}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        assert_eq!(contract.operations[0].is_login(), expected);
    }
}
