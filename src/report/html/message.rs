//! A request or a response, with a window around what is wrong in its body.

use std::fmt::Write as _;

use crate::report::escape::escaped;
use crate::run::{Excerpt, MessageShown, line_of};

/// Lines of a body on each side of what is wrong.
const AROUND: usize = 20;
/// Lines of a body in which nothing is wrong.
const LINES: usize = 60;
/// Octets of a body, of a field, or of another text.
const OCTETS: usize = 8 << 10;

/// What is wrong in a body: its pointer, and what is around it where the body is too long to be shown.
pub(super) type Fault<'f> = (&'f str, Option<&'f Excerpt>);

/// A message; what is wrong in its body is marked.
pub(super) fn write(
    out: &mut String,
    name: &str,
    line: &str,
    message: &MessageShown,
    fault: Option<Fault<'_>>,
) {
    let mut text = format!("{}\n", cut(line));
    for (field, value) in &message.headers {
        let _ = writeln!(text, "{field}: {}", cut(value));
    }
    let mut text = escaped(&text);
    if let Some(body) = &message.body {
        text.push('\n');
        match fault {
            Some((_, Some(excerpt))) => write_excerpt(&mut text, excerpt),
            fault => write_body(&mut text, body, fault.map(|(instance, _)| instance)),
        }
    }
    let _ = writeln!(out, "<div><h3>{name}</h3><pre>{text}</pre></div>");
}

fn write_excerpt(out: &mut String, excerpt: &Excerpt) {
    left_out(out, excerpt.before);
    for (index, line) in excerpt.lines.iter().enumerate() {
        one(out, &escaped(line), index == excerpt.at);
    }
    left_out(out, excerpt.behind);
}

/// How many lines are not shown.
fn left_out(out: &mut String, lines: usize) {
    if lines > 0 {
        let _ = writeln!(out, "<i>… {lines} lines</i>");
    }
}

fn one(out: &mut String, line: &str, is_marked: bool) {
    let _ = if is_marked { writeln!(out, "<mark>{line}</mark>") } else { writeln!(out, "{line}") };
}

fn write_body(out: &mut String, body: &str, fault: Option<&str>) {
    let value = serde_json::from_str::<serde_json::Value>(body).ok();
    let marked = value.as_ref().zip(fault).and_then(|(value, at)| line_of(value, at)).map(|(line, ..)| line);
    let pretty = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let lines: Vec<&str> = pretty.as_deref().unwrap_or(body).lines().collect();
    let (first, end) = marked.map_or((0, LINES), |at| (at.saturating_sub(AROUND), at + AROUND + 1));
    left_out(out, first);
    let mut room = OCTETS;
    let mut shown = first;
    for (index, line) in lines.iter().enumerate().take(end).skip(first) {
        // What is wrong is shown in any case.
        if room == 0 && marked.is_none_or(|at| at < index) {
            break;
        }
        let line = cut(line);
        room = room.saturating_sub(line.len());
        one(out, &escaped(&line), marked == Some(index));
        shown = index + 1;
    }
    left_out(out, lines.len().saturating_sub(shown));
}

/// The beginning of a long text, with how much more there is.
pub(super) fn cut(text: &str) -> String {
    if text.len() <= OCTETS {
        return text.to_owned();
    }
    let end = (0..=OCTETS).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let (shown, rest) = text.split_at(end);
    format!("{shown}… and {} more characters", rest.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn written(body: &str, fault: Option<&str>) -> String {
        let mut out = String::new();
        write_body(&mut out, body, fault);
        out
    }

    #[rstest]
    #[case::in_the_middle(500)]
    #[case::at_the_beginning(3)]
    #[case::at_the_end(999)]
    fn a_window_is_shown_around_what_is_wrong(#[case] at: usize) {
        let body = serde_json::to_string(&(0..1000).collect::<Vec<usize>>()).unwrap();
        let shown = written(&body, Some(&format!("/{at}")));
        assert!(shown.contains(&format!("<mark>  {at}")), "{shown}");
        let told: Vec<&str> = shown.lines().filter(|line| line.starts_with("<i>")).collect();
        assert!(shown.lines().count() <= 2 * AROUND + 3, "{told:?}");
        let hidden: usize =
            told.iter().filter_map(|line| line.split(' ').nth(1)?.parse::<usize>().ok()).sum();
        assert_eq!(hidden + shown.lines().count() - told.len(), 1002, "each line is shown or counted");
    }

    #[test]
    fn of_a_long_body_there_is_what_is_around() {
        let lines = vec!["  {".to_owned(), "    \"n\": \"<b>\"".to_owned()];
        let excerpt = Excerpt { before: 7, lines, behind: 3, at: 1, column: 9, width: 5 };
        let message =
            MessageShown { body: Some("[{… [99999 bytes]".to_owned()), ..MessageShown::default() };
        let mut out = String::new();
        write(&mut out, "Response", "200 OK", &message, Some(("/1/n", Some(&excerpt))));
        let expected = "<i>… 7 lines</i>\n  {\n<mark>    &quot;n&quot;: &quot;&lt;b&gt;&quot;</mark>\n<i>… 3 lines</i>\n";
        assert!(out.contains(expected), "{out}");
    }

    #[rstest]
    #[case::one_long_line(&"é".repeat(100_000))]
    #[case::many_long_lines(&"<&>\n".repeat(50_000))]
    fn a_body_is_bounded(#[case] body: &str) {
        let shown = written(body, None);
        assert!(shown.len() < 8 * OCTETS, "{}", shown.len());
        assert!(shown.contains("more characters") || shown.contains("<i>… "), "{shown}");
    }

    #[test]
    fn what_is_wrong_is_shown_behind_long_lines() {
        let long = "x".repeat(2 * OCTETS);
        let body = serde_json::json!([long, long, long, 7]).to_string();
        assert!(written(&body, Some("/3")).contains("<mark>  7</mark>"));
    }
}
