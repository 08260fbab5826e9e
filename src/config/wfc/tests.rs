use rstest::rstest;

use super::*;

fn read(text: &str) -> Result<Vec<User>, Vec<Problem>> {
    users("auth.yaml", text, &|name| (name == "SET").then(|| "canary".to_owned()))
}

/// A user in one line: how it proves who it is, secrets included.
fn told(user: &User) -> String {
    let show = |headers: &[(String, Secret)]| {
        headers.iter().fold(String::new(), |text, (name, value)| text + " " + name + "=" + value.reveal())
    };
    match &user.proof {
        Proof::Header(name, value) => format!("{}: {name}={}", user.name, value.reveal()),
        Proof::Login(login) => format!(
            "{}: {} {}{} {} {:?}",
            user.name,
            login.method,
            login.address,
            show(&login.headers),
            login.body.as_ref().map_or("-", Secret::reveal),
            login.takes
        ),
    }
}

/// The examples of the published description, and both spellings of a token.
#[rstest]
#[case::fixed(
    "auth:\n- name: FOO\n  fixedHeaders:\n  - name: Authorization\n    value: ' some token'\n- name: BAR\n  fixedHeaders: [{name: X-Key, value: '${SET}'}]\n",
    &["FOO: Authorization=some token", "BAR: X-Key=canary"]
)]
#[case::template(
    "auth:\n- name: foo\n  loginEndpointAuth:\n    payloadRaw: '{\"username\": \"foo\"}'\n- name: bar\n  loginEndpointAuth:\n    payloadUserPwd: {username: bar, password: 456, usernameField: u, passwordField: p}\nauthTemplate:\n  loginEndpointAuth: {endpoint: /login, verb: POST, contentType: application/json, expectCookies: true}\n",
    &[
        "foo: POST /login content-type=application/json {\"username\": \"foo\"} Cookies",
        "bar: POST /login content-type=application/json {\"u\":\"bar\",\"p\":\"456\"} Cookies",
    ]
)]
#[case::headers(
    "auth:\n- name: test\n  loginEndpointAuth:\n    externalEndpointURL: https://id.test/in\n    verb: GET\n    headers: [{name: Authorization, value: Basic dA==}]\n    token: {extractFrom: header, extractSelector: X-Token, sendIn: query, sendName: key}\n",
    &["test: GET https://id.test/in Authorization=Basic dA== - Token { from: Header(\"X-Token\"), in_query: true, name: \"key\", template: \"{key}\" }"]
)]
#[case::token(
    "schemaVersion: '1'\nconfigs: {a: b}\nauth:\n- name: a\n  loginEndpointAuth:\n    endpoint: /login\n    verb: POST\n    contentType: application/x-www-form-urlencoded\n    payloadUserPwd: {username: a b, password: '&', usernameField: u, passwordField: p}\n    token: {extractFrom: body, extractSelector: /token/t, sendIn: header, sendName: Authorization, sendTemplate: 'Bearer {token}'}\n",
    &["a: POST /login content-type=application/x-www-form-urlencoded u=a+b&p=%26 Token { from: Body(\"/token/t\"), in_query: false, name: \"Authorization\", template: \"Bearer {key}\" }"]
)]
#[case::old_token(
    "{\"auth\": [{\"name\": \"a\", \"loginEndpointAuth\": {\"endpoint\": \"/l\", \"verb\": \"POST\", \"token\": {\"extractFromField\": \"/t\", \"httpHeaderName\": \"Authorization\", \"headerPrefix\": \"JWT \"}}}]}",
    &["a: POST /l - Token { from: Body(\"/t\"), in_query: false, name: \"Authorization\", template: \"JWT {key}\" }"]
)]
fn users_are_read(#[case] text: &str, #[case] expected: &[&str]) {
    assert_eq!(read(text).unwrap().iter().map(told).collect::<Vec<_>>(), expected);
}

/// What is wrong, where, and what to do; no value is shown.
#[rstest]
#[case("auht: []", 1, "unknown member \"auht\"", "did you mean \"auth\"?")]
#[case("auth: {}", 1, "there is no list `auth`", "list of users")]
#[case("auth: []", 1, "`auth` has no user", "add one")]
#[case("auth:\n- fixedHeaders: []", 2, "name is missing", "add `name`")]
#[case(
    "auth:\n- name: a\n  fixedHeader: []",
    3,
    "unknown member \"fixedHeader\"",
    "did you mean \"fixedHeaders\"?"
)]
#[case("auth:\n- name: a", 2, "neither of fixedHeaders and loginEndpointAuth", "give one")]
#[case(
    "auth:\n- name: a\n  requireMockHandling: true\n  fixedHeaders: [{name: a, value: canary}]",
    3,
    "not supported",
    "leave the user out"
)]
#[case(
    "auth:\n- name: a\n  createUsers: {}\n  fixedHeaders: [{name: a, value: canary}]",
    3,
    "createUsers is not supported",
    "create the user before"
)]
#[case(
    "auth:\n- name: a\n  fixedHeaders: [{name: a, value: canary}, {name: b, value: canary}]",
    3,
    "more than one header",
    "--header"
)]
#[case(
    "auth:\n- name: a\n  fixedHeaders: [{name: a, value: \"canary\\n\\nx\"}]",
    3,
    "cannot be sent",
    "one line"
)]
#[case("auth:\n- name: a\n  fixedHeaders: [{name: a, value: '${UNSET}'}]", 3, "UNSET", "environment")]
#[case("auth:\n- name: a\n  loginEndpointAuth: {verb: POST}", 3, "one of endpoint", "add")]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth: {endpoint: login, verb: POST}",
    3,
    "not a path",
    "externalEndpointURL"
)]
#[case("auth:\n- name: a\n  loginEndpointAuth: {endpoint: /login, verb: SEND}", 3, "unknown verb", "POST")]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth: {endpoint: /login, verb: POST}",
    3,
    "nothing says what the login gives",
    "expectCookies"
)]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth:\n    endpoint: /login\n    verb: POST\n    payloadUserPwd: {username: u, password: canary, usernameField: u, passwordField: p}",
    6,
    "needs a contentType",
    "payloadRaw"
)]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth:\n    endpoint: /l\n    verb: POST\n    token: {sendName: a}",
    6,
    "where the answer has the token",
    "extractFrom"
)]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth:\n    endpoint: /l\n    verb: POST\n    token: {extractFromField: t, sendName: a}",
    6,
    "not a JSON pointer",
    "/access_token"
)]
#[case(
    "auth:\n- name: a\n  loginEndpointAuth:\n    endpoint: /l\n    verb: POST\n    token: {extractFromField: /t, sendName: a, sendTemplate: canary}",
    6,
    "{token}",
    "Bearer {token}"
)]
fn a_mistake_is_named_with_its_line(
    #[case] text: &str,
    #[case] line: usize,
    #[case] message: &str,
    #[case] help: &str,
) {
    let problems = read(text).unwrap_err();
    let first = &problems[0];
    assert!(first.message.contains(message), "{problems:?}");
    assert!(first.help.as_deref().unwrap_or_default().contains(help), "{problems:?}");
    assert_eq!(first.place.position.map(|(line, _)| line), Some(line), "{problems:?}");
    assert!(!format!("{problems:?}").contains("canary"), "{problems:?}");
}

#[rstest]
#[case("auth.yaml", "", true)]
#[case("/dev/fd/63", "auth:\n- name: a", true)]
#[case("/dev/fd/63", "{\"auth\": []}", true)]
#[case("keys.toml", "[[keys]]\nname = \"auth:\"", false)]
fn a_file_is_known_by_its_form(#[case] name: &str, #[case] text: &str, #[case] expected: bool) {
    assert_eq!(is_meant(name, text), expected);
}
