//! Pieces of HTML that the page of a review and its report share. Pure; every foreign text is escaped.

use std::fmt::Write as _;

use super::waiting::Waiting;
use crate::report::difference::cut;
use crate::report::escaped;
use crate::run::MessageShown;

/// The style of both, with that of differences.
pub(super) const STYLE: &str =
    concat!(include_str!("html/style.css"), include_str!("../../../report/difference.css"));

/// A whole page.
pub(super) fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{}</title>\n{head}</head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// What was sent, and the head of what came back, folded away.
pub(super) fn exchange(one: &Waiting) -> String {
    let MessageShown { method, url, headers, body, .. } = &one.note.request;
    let mut request = match (method, url) {
        (Some(method), Some(url)) => format!("{method} {url}\n"),
        _ => format!("{}\n", one.new.expression),
    };
    for (name, value) in headers {
        let _ = writeln!(request, "{name}: {value}");
    }
    if let Some(body) = body {
        let _ = write!(request, "\n{}", cut(body));
    }
    let mut response = format!("{}\n", one.new.contents.lines().next().unwrap_or_default());
    for (name, value) in &one.note.response.headers {
        let _ = writeln!(response, "{name}: {}", cut(value));
    }
    format!(
        "<details><summary>Request and headers</summary>\n<h2>Request</h2>\n<pre>{}</pre>\n<h2>Response</h2>\n<pre>{}</pre>\n</details>\n",
        escaped(&request),
        escaped(&response)
    )
}
