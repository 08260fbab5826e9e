//! `review --report`: what waits, for people who do not decide here. Pure.

use std::fmt::Write as _;

use super::html::{self, STYLE};
use super::waiting::{Kind, Waiting, count};
use crate::cli::output::Stop;
use crate::config::nearest;
use crate::report::difference::{self, View};
use crate::report::{escaped, safe};
use crate::run::pending::Sign;

/// Lines around those that differ.
const AROUND: usize = 2;
/// Characters of a comment on GitHub, with room for what a caller puts around it.
const MOST_MARKDOWN: usize = 60_000;
/// Bytes of a page.
const MOST_HTML: usize = 20 << 20;
/// Characters of a line in Markdown.
const MOST_CHARACTERS: usize = 500;

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Markdown,
    Html,
}

const FORMATS: &[(&str, Format)] = &[("markdown", Format::Markdown), ("html", Format::Html)];

/// Reads `FORMAT[=FILE]`.
pub(super) fn wanted(text: &str) -> Result<(Format, Option<&str>), Stop> {
    let (name, file) = text.split_once('=').map_or((text, None), |(name, file)| (name, Some(file)));
    let format = FORMATS.iter().find(|(known, _)| *known == name).map(|(_, format)| *format);
    let format = format.ok_or_else(|| {
        let near = nearest(name, FORMATS.iter().map(|(known, _)| *known));
        Stop::usage(format!("--report: unknown format {name:?}; {near}"))
    })?;
    match file {
        Some("") => Err(Stop::usage(format!("--report {text}: the file has no name"))),
        file => Ok((format, file)),
    }
}

/// Writes a report of what waits.
pub(super) fn render(format: Format, waiting: &[Waiting]) -> String {
    match format {
        Format::Markdown => markdown(waiting),
        Format::Html => page(waiting),
    }
}

fn title(waiting: &[Waiting]) -> String {
    match waiting.len() {
        0 => "No snapshots wait for review".to_owned(),
        1 => "1 snapshot waits for review".to_owned(),
        all => format!("{all} snapshots wait for review"),
    }
}

/// One snapshot after the other as long as there is room; how many there was none for.
fn joined(waiting: &[Waiting], part: fn(&Waiting) -> String, most: usize, out: &mut String) -> usize {
    for (at, one) in waiting.iter().enumerate() {
        let part = part(one);
        if out.len() + part.len() > most {
            return waiting.len() - at;
        }
        out.push_str(&part);
    }
    0
}

fn markdown(waiting: &[Waiting]) -> String {
    let mut out = format!("## {}\n", title(waiting));
    let left = joined(waiting, section, MOST_MARKDOWN, &mut out);
    if left > 0 {
        let _ = writeln!(out, "\nand {} that have no room here", count(left));
    }
    out
}

/// A text as code in a line of Markdown, in more backticks than there are in it.
fn code(text: &str) -> String {
    let text = safe(&shortened(text)).replace('\n', " ");
    let ticks = "`".repeat(ticks(&text, 0) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// The most backticks in a row, at least so many.
fn ticks(text: &str, least: usize) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default().max(least)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn section(one: &Waiting) -> String {
    let remark = match one.remark() {
        "" => String::new(),
        remark => format!(" ({remark})"),
    };
    let mut out = format!("\n### {}{remark}\n\n{}\n\n", code(&one.name), code(&one.new.expression));
    for change in &one.note.changes {
        let _ = writeln!(out, "- {} {}", code(&change.change), change.label);
    }
    let mut lines = String::new();
    for line in one.lines(&one.note.changes, AROUND) {
        let text = shortened(&line.text);
        let text = safe(&text);
        let _ = match line.sign {
            Sign::Same => writeln!(lines, "{}", format!("  {text}").trim_end()),
            Sign::Added => writeln!(lines, "+ {text}"),
            Sign::Removed => writeln!(lines, "- {text}"),
            Sign::Gap => writeln!(lines, "@@ @@"),
        };
    }
    let most = MOST_MARKDOWN / 4;
    if lines.len() > most {
        let end = (0..=most).rev().find(|at| lines.is_char_boundary(*at)).unwrap_or_default();
        lines.truncate(lines.get(..end).and_then(|lines| lines.rfind('\n')).map_or(0, |end| end + 1));
        lines.push_str("@@ and more lines @@\n");
    }
    let fence = "`".repeat(ticks(&lines, 2) + 1);
    let _ = write!(out, "\n{fence}diff\n{lines}{fence}\n");
    out
}

fn page(waiting: &[Waiting]) -> String {
    let title = title(waiting);
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
    let head = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<style>\n{STYLE}</style>\n"
    );
    let mut body = format!("<main>\n<h1>{}</h1>\n", escaped(&title));
    let left = joined(waiting, article, MOST_HTML, &mut body);
    if left > 0 {
        let _ = writeln!(body, "<p>and {} that have no room here</p>", count(left));
    }
    body.push_str("</main>\n");
    html::document(&format!("{title} · Counterpart"), &head, &body)
}

fn article(one: &Waiting) -> String {
    let note = match one.kind {
        Kind::Changed => String::new(),
        _ => format!("<p class=\"note\">{}</p>\n", one.remark()),
    };
    format!(
        "<section>\n<h2>{}</h2>\n<p class=\"request\"><code>{}</code></p>\n{note}{}{}</section>\n",
        escaped(&one.name),
        escaped(&one.new.expression),
        difference::changes(one.note.changes.iter().map(|change| (change, false))),
        difference::difference(&one.lines(&one.note.changes, AROUND), View::Auto)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::pending::{Change, Label};
    use crate::snapshot::Note;
    use crate::snapshot::file::File;

    fn waiting(name: &str, body: &str) -> Waiting {
        let change = Change { change: "~ /a".to_owned(), label: Label::Breaks };
        Waiting {
            name: format!("api/{name}.snap"),
            path: name.into(),
            text: String::new(),
            kind: Kind::Changed,
            old: Some(File { contents: "200 OK\n\n{\n  \"a\": 1\n}\n".to_owned(), ..File::default() }),
            new: File {
                expression: "GET /a".to_owned(),
                contents: format!("200 OK\n\n{{\n  \"a\": {body}\n}}\n"),
                ..File::default()
            },
            note: Note { changes: vec![change], ..Note::default() },
        }
    }

    #[test]
    fn a_pull_request_can_show_it() {
        insta::assert_snapshot!(render(Format::Markdown, &[waiting("pet", "2")]), @r#"
        ## 1 snapshot waits for review

        ### `api/pet.snap`

        `GET /a`

        - `~ /a` breaks the schema

        ```diff

          {
        -   "a": 1
        +   "a": 2
          }
        ```
        "#);
        assert_eq!(render(Format::Markdown, &[]), "## No snapshots wait for review\n");
    }

    /// Nothing that a target sends ends a block, becomes an element, or makes the report longer than its readers take.
    #[test]
    fn hostile_text_stays_text() {
        let evil = "\"````</pre><img src=x onerror=alert(1)>\u{202e}\"";
        let all: Vec<Waiting> = (0..500).map(|n| waiting(&format!("`pet`{n}"), evil)).collect();
        let markdown = render(Format::Markdown, &all);
        assert!(markdown.len() < 65_000 && markdown.contains("that have no room here"), "{}", markdown.len());
        assert!(
            markdown.contains("`````diff") && markdown.contains("\\u{202e}") && markdown.contains("`` `pet`")
                || markdown.contains("``api/`pet`")
        );
        let html = render(Format::Html, &all);
        assert!(!html.contains("<img") && !html.contains("<script") && html.contains("&lt;img"));
        let long = waiting("long", &format!("\"{}\"", "é\n".repeat(200_000)));
        assert!(render(Format::Markdown, &[long]).len() < 65_000);
    }

    #[test]
    fn an_unknown_format_is_told() {
        assert_eq!(wanted("html=a=b.html").unwrap(), (Format::Html, Some("a=b.html")));
        assert!(wanted("htm").unwrap_err().message.contains("did you mean \"html\"?"));
        assert!(wanted("html=").is_err());
    }
}
