//! The `hurl` report: findings as requests that `hurl` sends again, a file for each finding.
//!
//! `hurl --variable token=… FILE` fails while the fault is there, where a line of hurl can say what is wrong; elsewhere
//! it sends the request, and a comment says what to look at. A credential is the variable `token`. Objects that the run
//! made are gone: put the ids of others in their places.

use std::fmt::Write as _;

use super::safe;
use crate::document::pointer;
use crate::redact::SHOWN;
use crate::rules::Rule;
use crate::run::{Finding, Run};

/// Requests of one finding; each operation has one.
const MOST: usize = 20;

/// A name and a text for each finding that has a request.
pub fn files(run: &Run) -> Vec<(String, String)> {
    let has_request = |finding: &&Finding| finding.request.method.is_some();
    let shown = run.findings.iter().filter(has_request);
    shown.map(|finding| (format!("{}.hurl", finding.id), file(finding))).collect()
}

pub(super) fn render(run: &Run) -> Vec<u8> {
    let texts: Vec<String> = files(run).into_iter().map(|(_, text)| text).collect();
    texts.join("\n").into_bytes()
}

fn file(finding: &Finding) -> String {
    let mut out = String::new();
    comment(&mut out, &format!("{} {}", finding.rule, finding.id));
    let sent = finding.each().iter().filter(|one| one.request.method.is_some());
    for one in sent.clone().take(MOST) {
        out.push('\n');
        entry(&mut out, one);
    }
    let more = sent.count().saturating_sub(MOST);
    if more > 0 {
        out.push('\n');
        comment(&mut out, &format!("and {more} more operations; the full report has them"));
    }
    out
}

fn entry(out: &mut String, finding: &Finding) {
    comment(out, &format!("{}: {}", finding.operation_name(), finding.told()));
    if let Some(key) = &finding.key {
        let held = key.scopes.join(" ");
        comment(
            out,
            &format!(
                "key: {}{}",
                key.name,
                if held.is_empty() { String::new() } else { format!(" ({held})") }
            ),
        );
    }
    let request = &finding.request;
    let method = request.method.as_deref().unwrap_or_default();
    let _ = writeln!(out, "{method} {}", value(request.url.as_deref().unwrap_or_default()));
    // hurl sets these itself.
    let own = ["host", "content-length", "user-agent", "counterpart-case", "accept-encoding"];
    for (name, text) in request.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        let _ = writeln!(out, "{}: {}", value(name), value(text));
    }
    if let Some(body) = &request.body {
        let whole = finding.bodies.request.len();
        if body.len() < whole && !body.contains(SHOWN) {
            comment(out, &format!("The body is cut: it has {whole} octets."));
        }
        let _ = writeln!(out, "base64,{};", crate::exchange::base64::encode(body.as_bytes()));
        comment(out, &format!("which is {}", body.chars().take(500).collect::<String>()));
    }
    expectation(out, finding);
}

/// What hurl can check of what is expected.
fn expectation(out: &mut String, finding: &Finding) {
    let status = finding.response.as_ref().and_then(|response| response.status);
    let header = finding.at.strip_prefix("response.headers.");
    let assert = match (finding.rule, header) {
        (Rule::ServerError, _) => Some("status < 500".to_owned()),
        (Rule::AllowMissing | Rule::ChallengeMissing | Rule::HeaderMissing, Some(name))
            if !has_field(finding, name) =>
        {
            Some(format!("header {} exists", quoted(name)))
        }
        (Rule::BodySchema, _) if finding.at == "response.body" => {
            of_kind(&finding.instance, &finding.expected)
        }
        (Rule::BodyUnexpected, _) => Some("bytes count == 0".to_owned()),
        (Rule::MediaType, _) => {
            Some(format!("header \"Content-Type\" contains {}", quoted(&finding.expected)))
        }
        _ if finding.at == "response.status" => status.map(|status| format!("status != {status}")),
        _ => None,
    };
    out.push_str("HTTP *\n");
    match assert {
        Some(assert) => {
            let _ = writeln!(out, "[Asserts]\n{assert}");
        }
        None => comment(
            out,
            &format!("Look at {}{}: expected {}", finding.at, finding.instance, finding.expected),
        ),
    }
}

/// Whether the answer has a header field.
fn has_field(finding: &Finding, name: &str) -> bool {
    let fields = finding.response.iter().flat_map(|response| response.headers.keys());
    fields.into_iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// That a value is of the kind that is expected, where that is all that is wrong.
fn of_kind(instance: &str, expected: &str) -> Option<String> {
    let kinds = [
        ("string", "isString"),
        ("integer", "isInteger"),
        ("number", "isNumber"),
        ("boolean", "isBoolean"),
        ("array", "isList"),
        ("object", "isObject"),
    ];
    let (_, is_kind) = kinds.iter().find(|(kind, _)| *kind == expected)?;
    let mut path = "$".to_owned();
    for token in pointer::tokens(instance) {
        let is_plain = token.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.'));
        let _ = match token.parse::<usize>() {
            Ok(index) => write!(path, "[{index}]"),
            Err(_) if is_plain => write!(path, "['{token}']"),
            Err(_) => return None,
        };
    }
    Some(format!("jsonpath \"{path}\" {is_kind}"))
}

/// Lines that hurl passes over.
fn comment(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "# {}", safe(line));
    }
}

/// A text where hurl reads up to the end of the line, with the credential as a variable.
fn value(text: &str) -> String {
    text.split(SHOWN).map(inert).collect::<Vec<_>>().join("{{token}}")
}

/// A text in which hurl finds neither a variable nor a comment.
fn inert(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '#' => out.push_str("\\#"),
            '\\' => out.push_str("\\\\"),
            '{' | '}' => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c if c.is_control() => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", inert(text).replace("\\#", "#").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Severity;
    use crate::run::MessageShown;
    use rstest::rstest;

    #[rstest]
    #[case("/a/0/b", "string", Some("jsonpath \"$['a'][0]['b']\" isString"))]
    #[case("", "array", Some("jsonpath \"$\" isList"))]
    #[case("/a'b", "string", None)]
    #[case("/a", "one of 1, 2", None)]
    fn kinds(#[case] instance: &str, #[case] expected: &str, #[case] assert: Option<&str>) {
        assert_eq!(of_kind(instance, expected).as_deref(), assert);
    }

    /// Nothing that a target or a document says becomes a variable, a comment or another line.
    #[test]
    fn what_is_sent_is_inert() {
        let message = MessageShown {
            method: Some("GET".to_owned()),
            url: Some("http://t/a?q={{x}}&k=[secret]#f".to_owned()),
            headers: [("x-a".to_owned(), "b\\c\r\nHTTP 200".to_owned())].into_iter().collect(),
            ..MessageShown::default()
        };
        let bare =
            Finding::bare("1".to_owned(), Rule::ServerError, Severity::Error, "op", "bad\nGET /x".to_owned());
        let shown = file(&Finding { request: message, ..bare });
        let expected = "# server-error 1\n\n# op: bad\n# GET /x\n\
            GET http://t/a?q=\\u{7b}\\u{7b}x\\u{7d}\\u{7d}&k={{token}}\\#f\n\
            x-a: b\\\\c\\u{d}\\u{a}HTTP 200\nHTTP *\n[Asserts]\nstatus < 500\n";
        assert_eq!(shown, expected);
    }
}
