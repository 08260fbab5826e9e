//! The `hurl` report: findings as requests that `hurl` sends again, a file for each finding.
//!
//! `hurl --variable token=… FILE` fails while the fault is there, where a line of hurl can say what is wrong; elsewhere
//! it sends the request, and a comment says what to look at. A credential is the variable `token`.

use std::fmt::Write as _;

use super::safe;
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
            if finding.actual == "none" =>
        {
            Some(format!("header {} exists", quoted(name)))
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
