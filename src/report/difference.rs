//! Differences of snapshots as HTML, for the page of a report and for those of a review. Pure; every foreign text is
//! escaped. What they need of a style is in `difference.css`.

use std::fmt::Write as _;

use super::escaped;
use crate::run::pending::{Change, Label, Line, Sign};

/// The style of differences; a page has the colours.
pub const STYLE: &str = include_str!("difference.css");

/// Lines of a difference that a page shows.
const MOST_LINES: usize = 3_000;
/// Characters of a line that a page shows.
const MOST_CHARACTERS: usize = 2_000;

/// How a difference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Side by side where there is room, else one below the other.
    Auto,
    /// Before and after beside each other.
    Side,
    /// Lines that go and come, one below the other.
    Inline,
}

/// What the document says to a change; the words say the same as the colour.
pub fn chip(label: Label) -> String {
    let class = match label {
        Label::Allowed => "ok",
        Label::Breaks => "bad",
        Label::Unknown => "not",
    };
    format!("<span class=\"chip {class}\">{label}</span>")
}

/// The changes as a list; those that are accepted say so.
pub fn changes<'c>(changes: impl Iterator<Item = (&'c Change, bool)>) -> String {
    let mut out = String::from("<ul class=\"changes\">\n");
    for (change, is_accepted) in changes {
        let accepted = if is_accepted { " <span class=\"ok\">✓ accepted</span>" } else { "" };
        let _ = writeln!(
            out,
            "<li><code>{}</code> {}{accepted}</li>",
            escaped(&cut(&change.change)),
            chip(change.label)
        );
    }
    out.push_str("</ul>\n");
    out
}

/// The lines that differ.
pub fn difference(lines: &[Line], view: View) -> String {
    let shown = lines.get(..MOST_LINES).unwrap_or(lines);
    let mut out = match view {
        View::Auto => {
            format!(
                "<div class=\"wide\">{}</div><div class=\"narrow\">{}</div>\n",
                side(shown),
                inline(shown)
            )
        }
        View::Side => side(shown),
        View::Inline => inline(shown),
    };
    if lines.len() > shown.len() {
        let _ = writeln!(out, "<p>and {} more lines</p>", lines.len() - shown.len());
    }
    out
}

fn inline(lines: &[Line]) -> String {
    let mut out = String::from("<pre class=\"diff\">");
    for line in lines {
        out.push_str(&drawn(line));
        out.push('\n');
    }
    out.push_str("</pre>\n");
    out
}

/// Pairs of lines, what goes beside what comes.
fn side(lines: &[Line]) -> String {
    let mut out = String::from(
        "<table class=\"diff\">\n<thead><tr><th scope=\"col\">Reviewed</th><th scope=\"col\">Now</th></tr></thead>\n<tbody>\n",
    );
    let mut rest = lines.iter().peekable();
    while let Some(first) = rest.peek().copied() {
        match first.sign {
            Sign::Same | Sign::Gap => {
                rest.next();
                row(&mut out, Some(first), Some(first));
            }
            Sign::Added | Sign::Removed => {
                let mut take = |sign| {
                    let mut taken = Vec::new();
                    while let Some(line) = rest.next_if(|line| line.sign == sign) {
                        taken.push(line);
                    }
                    taken
                };
                let (gone, come) = (take(Sign::Removed), take(Sign::Added));
                for at in 0..gone.len().max(come.len()) {
                    row(&mut out, gone.get(at).copied(), come.get(at).copied());
                }
            }
        }
    }
    out.push_str("</tbody>\n</table>\n");
    out
}

fn row(out: &mut String, before: Option<&Line>, after: Option<&Line>) {
    let cell = |line: Option<&Line>| line.map_or_else(String::new, drawn);
    let _ = writeln!(out, "<tr><td>{}</td><td>{}</td></tr>", cell(before), cell(after));
}

fn drawn(line: &Line) -> String {
    let text = escaped(&cut(&line.text));
    // The sign says the same as the colour.
    let text = match line.sign {
        Sign::Same => format!("  {text}"),
        Sign::Added => format!("<ins>+ {text}</ins>"),
        Sign::Removed => format!("<del>- {text}</del>"),
        Sign::Gap => "  ⋮".to_owned(),
    };
    let label = line.label.map_or_else(String::new, |label| format!(" {}", chip(label)));
    text + &label
}

/// A text that no page breaks of.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        None => text.to_owned(),
        Some((end, _)) => {
            let more = text.get(end..).unwrap_or_default().chars().count();
            format!("{}… and {more} more characters", text.get(..end).unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn line(sign: Sign, text: &str) -> Line {
        Line { sign, text: text.to_owned(), label: None }
    }

    #[test]
    fn what_goes_stands_beside_what_comes() {
        let lines = [
            line(Sign::Same, "a"),
            line(Sign::Removed, "b"),
            line(Sign::Removed, "c"),
            line(Sign::Added, "<d>"),
            line(Sign::Gap, ""),
        ];
        let table = side(&lines);
        let rows: Vec<&str> = table.lines().filter(|line| line.starts_with("<tr><td>")).collect();
        assert_eq!(
            rows,
            [
                "<tr><td>  a</td><td>  a</td></tr>",
                "<tr><td><del>- b</del></td><td><ins>+ &lt;d&gt;</ins></td></tr>",
                "<tr><td><del>- c</del></td><td></td></tr>",
                "<tr><td>  ⋮</td><td>  ⋮</td></tr>",
            ]
        );
    }

    #[rstest]
    #[case(View::Auto)]
    #[case(View::Side)]
    #[case(View::Inline)]
    fn a_page_is_bounded_whatever_came(#[case] view: View) {
        let long = line(Sign::Added, &"é".repeat(100_000));
        assert!(difference(&[long], view).len() < 20_000);
        let many = vec![line(Sign::Added, "x"); MOST_LINES + 7];
        let page = difference(&many, view);
        assert!(page.contains("and 7 more lines") && page.len() < 400_000, "{}", page.len());
    }
}
