//! A finding on the page: one line, and folded behind it all that is known of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use super::attributes::{Index, level};
use super::message::{self, cut};
use crate::report::affected::{alike, also, told};
use crate::report::escape::escaped;
use crate::report::waiver;
use crate::run::{Affected, Finding, Run};

/// Octets of the page up to which findings are shown with what was sent and came back.
const ROOM: usize = 12 << 20;
/// Octets of the page up to which findings are shown at all.
const MOST: usize = 3 * ROOM;
/// Operations of which the waiver is written out.
const WAIVED_ONE_BY_ONE: usize = 20;

/// The section on findings.
pub(super) fn section(out: &mut String, run: &Run, index: &Index<'_>) {
    out.push_str("<section aria-labelledby=\"findings\">\n<h2 id=\"findings\">Findings</h2>\n");
    if run.findings.is_empty() && run.waived.is_empty() {
        out.push_str("<p>No findings.</p>\n");
    }
    let own = run.findings.iter().map(|finding| (finding, None));
    let waived = run.waived.iter().map(|waived| (&waived.finding, Some(waived.reason.as_str())));
    let all: Vec<(&Finding, Option<&str>)> = own.chain(waived).collect();
    let mut page = Page { run, index, named: HashSet::new() };
    for (at, (finding, reason)) in all.iter().enumerate() {
        if out.len() > MOST {
            let _ = writeln!(
                out,
                "<p>And {} more findings, which this page has no room for; <code>--report json=FILE</code> has all.</p>",
                all.len() - at
            );
            break;
        }
        page.show(out, finding, *reason);
    }
    out.push_str("</section>\n");
}

/// The page while findings are written.
struct Page<'r> {
    run: &'r Run,
    index: &'r Index<'r>,
    /// Ids that elements have already.
    named: HashSet<&'r str>,
}

impl<'r> Page<'r> {
    fn show(&mut self, out: &mut String, finding: &'r Finding, reason: Option<&str>) {
        let level = level(finding, reason.is_some());
        let affected = finding.operations();
        let mut names: Vec<String> = affected.iter().map(|one| one.name().into_owned()).collect();
        if names.is_empty() {
            names.push(finding.operation_name().into_owned());
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let _ = writeln!(
            out,
            "<details class=\"finding {level}\" data-level=\"{level}\" {}>\n<summary><span class=\"level\">{level}</span> <code>{rule}</code> <b>{}</b> {}{}</summary>",
            self.index.filtered(&names, Some(finding.rule)),
            escaped(&finding.operation_name()),
            escaped(&cut(&finding.message)),
            many(affected.len(), "operation"),
            rule = finding.rule,
        );
        let pending = self.run.pending_of(finding);
        // The link to a snapshot leads to its difference.
        let id = if pending.is_some() { String::new() } else { self.id(&finding.id) };
        let _ = writeln!(out, "<div class=\"inside\"{id}>");
        if let Some(reason) = reason {
            let _ = writeln!(out, "<p>waived: {}</p>", escaped(reason));
        }
        if let Some(pending) = pending {
            let _ = writeln!(
                out,
                "<p><a href=\"#{}\">The difference</a> waits for <code>{}</code></p>",
                escaped(&pending.finding),
                escaped(&finding.reproduce),
            );
        } else {
            facts(out, finding);
            self.members(out, finding, &affected);
            exchange(out, finding);
            accept(out, finding, reason.is_some());
        }
        let id = escaped(&finding.id);
        let _ = writeln!(
            out,
            "<p class=\"id\"><a href=\"#{id}\">Link to this finding</a>, id {id}</p>\n</div>\n</details>"
        );
    }

    /// The attribute that names an element, where none has that name yet.
    fn id(&mut self, id: &'r str) -> String {
        if self.named.insert(id) { format!(" id=\"{}\"", escaped(id)) } else { String::new() }
    }

    /// The operations of a finding that stands for several, each with its own command.
    fn members(&mut self, out: &mut String, finding: &Finding, affected: &[Affected<'r>]) {
        if affected.len() < 2 {
            return;
        }
        out.push_str("<h3>Operations</h3>\n");
        if let Some((words, _)) = alike(finding) {
            let _ = writeln!(out, "<p class=\"evidence\">{words}</p>");
        }
        out.push_str("<ul class=\"members\">\n");
        for one in affected {
            let _ = write!(out, "<li>{}", escaped(&told(one)));
            for found in &one.findings {
                let message = if found.message == finding.message {
                    String::new()
                } else {
                    escaped(&cut(found.message))
                };
                if out.len() > MOST {
                    continue;
                }
                let _ = write!(
                    out,
                    "<div class=\"member\"{}>{message}<pre>{}</pre></div>",
                    self.id(found.id),
                    escaped(&cut(found.reproduce))
                );
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n");
    }
}

fn many(count: usize, word: &str) -> String {
    if count > 1 { format!(" <span class=\"count\">{count} {word}s</span>") } else { String::new() }
}

/// What was expected and found, and where.
fn facts(out: &mut String, finding: &Finding) {
    out.push_str("<dl>");
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            let _ = writeln!(out, "<dt>{name}</dt><dd>{value}</dd>");
        }
    };
    fact("expected", escaped(&cut(&finding.expected)));
    fact("found", escaped(&cut(&finding.actual)));
    if !finding.at.is_empty() {
        fact(
            "at",
            format!("<code>{}{}</code>", escaped(&cut(&finding.at)), escaped(&cut(&finding.instance))),
        );
    }
    if finding.places > 1 {
        fact("seen", format!("{} times", finding.places));
    }
    if let Some(key) = &finding.key {
        let held = key.scopes.join(" + ");
        let held = if held.is_empty() || held == key.name { String::new() } else { format!(" ({held})") };
        fact("key", escaped(&format!("{}{held}", key.name)));
    }
    if let Some(place) = &finding.document {
        let text = place.text.trim();
        let text = if text.is_empty() { String::new() } else { format!("<pre>{}</pre>", escaped(text)) };
        let line = if place.line > 0 { format!(":{}", place.line) } else { String::new() };
        fact("document", format!("<code>{}{line}</code>{text}", escaped(&place.file)));
    }
    for message in also(finding) {
        fact("also", escaped(&cut(message)));
    }
    for follows in &finding.causes {
        fact("follows", escaped(&follows.to_string()));
    }
    out.push_str("</dl>\n");
}

/// What was sent and what came back, and the command that sends it again.
fn exchange(out: &mut String, finding: &Finding) {
    out.push_str("<div class=\"evidence\">\n");
    if out.len() > ROOM {
        out.push_str(
            "<p>This page has no room for what was sent; <code>--report json=FILE</code> has it.</p>\n",
        );
    } else if finding.request.method.is_some() {
        sides(out, finding);
    }
    if !finding.reproduce.is_empty() {
        let _ = writeln!(out, "<h3>Reproduce</h3>\n<pre>{}</pre>", escaped(&cut(&finding.reproduce)));
    }
    out.push_str("</div>\n");
}

fn sides(out: &mut String, finding: &Finding) {
    out.push_str("<div class=\"sides\">\n");
    let request = &finding.request;
    let line = format!(
        "{} {}",
        request.method.as_deref().unwrap_or_default(),
        request.url.as_deref().unwrap_or_default()
    );
    let fault =
        |at: &str| (finding.at == at).then_some((finding.instance.as_str(), finding.excerpt.as_ref()));
    message::write(out, "Request", &line, request, fault("request.body"));
    match &finding.response {
        Some(response) => {
            let status = response.status.and_then(|status| http::StatusCode::from_u16(status).ok());
            let line = status.map_or_else(String::new, |status| status.to_string());
            message::write(out, "Response", &line, response, fault("response.body"));
        }
        None => out.push_str("<div><h3>Response</h3><p>none</p></div>\n"),
    }
    out.push_str("</div>\n");
}

/// What the rule means, and the lines that accept the finding.
fn accept(out: &mut String, finding: &Finding, is_waived: bool) {
    let rule = finding.rule;
    let _ =
        writeln!(out, "<div class=\"evidence\">\n<h3>What it means</h3>\n<p>{}</p>", escaped(rule.meaning()));
    let standard = rule.standard().map_or_else(String::new, |address| {
        format!(" <a rel=\"noreferrer\" href=\"{}\">The standard</a>", escaped(&address))
    });
    let _ = writeln!(out, "<p><b>To settle it:</b> {}{standard}</p>", escaped(rule.remedy()));
    let each = finding.each();
    let waivers = each.iter().take(WAIVED_ONE_BY_ONE).map(|one| waiver::lines(one).join("\n"));
    // Several findings at one operation and place have one waiver.
    let mut written = HashSet::new();
    let waivers: Vec<String> =
        waivers.filter(|lines| !lines.is_empty() && written.insert(lines.clone())).collect();
    if !waivers.is_empty() && !is_waived {
        let _ = writeln!(
            out,
            "<h3>To accept it</h3>\n<p>In <code>counterpart.toml</code>, with your reason:</p>\n<pre class=\"paste\">{}</pre>",
            escaped(&waivers.join("\n\n"))
        );
        if !finding.known {
            // What --update-baseline writes: each operation by itself, so that another one is new.
            let lines: Vec<String> = each.iter().take(WAIVED_ONE_BY_ONE).map(waiver::baseline_line).collect();
            let _ = writeln!(
                out,
                "<p>Or in the file of <code>--baseline</code>:</p>\n<pre class=\"paste\">{}</pre>",
                escaped(&lines.join("\n"))
            );
        }
        if each.len() > WAIVED_ONE_BY_ONE {
            let _ = writeln!(
                out,
                "<p>And as much for {} more; a waiver without <code>operation</code> is for all, and <code>--update-baseline</code> writes all lines.</p>",
                each.len() - WAIVED_ONE_BY_ONE
            );
        }
    }
    out.push_str("</div>\n");
}
