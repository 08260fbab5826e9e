//! The part of a long body around what is wrong in it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::pointer;
use crate::exchange::json::read_answer;

/// Lines on each side of what is wrong.
const AROUND: usize = 20;
/// Characters of a line.
const WIDTH: usize = 400;
/// Octets of a body that is looked at; larger ones would take long.
const MOST: usize = 1 << 20;

/// Lines of a JSON body, indented by two, around a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// How many lines there are before it.
    pub before: usize,
    /// Its lines, without secrets.
    pub lines: Vec<String>,
    /// How many lines there are behind it.
    pub behind: usize,
    /// Which of its lines has the member, from 0.
    pub at: usize,
    /// Where the value of the member begins in that line, in characters from 0.
    pub column: usize,
    /// Characters of that value.
    pub width: usize,
}

impl Excerpt {
    /// The part of a body around the member at a pointer; `shown` takes secrets out of a text. `None` where the body is no
    /// JSON, has no such member, or is very large.
    pub fn of(body: &[u8], instance: &str, shown: impl Fn(&str) -> String) -> Option<Self> {
        if body.len() > MOST {
            return None;
        }
        let value = read_answer(body).ok()?;
        let (line, column, width) = line_of(&value, instance)?;
        let pretty = serde_json::to_string_pretty(&value).ok()?;
        let all = pretty.lines().count();
        let before = line.saturating_sub(AROUND);
        let window: Vec<&str> = pretty.lines().skip(before).take(line + AROUND + 1 - before).collect();
        let taken = window.len();
        let window = shown(&window.join("\n"));
        let lines: Vec<String> = window.lines().map(|line| line.chars().take(WIDTH).collect()).collect();
        // A text of the target that becomes other lines is not shown.
        (lines.len() == taken).then(|| Self {
            before,
            behind: all - before - taken,
            at: line - before,
            column,
            width,
            lines,
        })
    }
}

/// Line, column and width of a member's value in the indented form.
pub(crate) fn line_of(value: &Value, instance: &str) -> Option<(usize, usize, usize)> {
    let mut line = 0;
    let mut column = 0;
    let mut node = value;
    for (depth, token) in pointer::tokens(instance).enumerate() {
        let indent = 2 * (depth + 1);
        line += 1;
        match node {
            Value::Object(members) => {
                let mut found = None;
                for (name, member) in members {
                    if *name == token {
                        found = Some(member);
                        break;
                    }
                    line += height(member);
                }
                let name = serde_json::to_string(&token).unwrap_or_default();
                column = indent + name.chars().count() + 2;
                node = found?;
            }
            Value::Array(items) => {
                let index: usize = token.parse().ok()?;
                line += items.iter().take(index).map(height).sum::<usize>();
                column = indent;
                node = items.get(index)?;
            }
            _ => return None,
        }
    }
    let width = match node {
        Value::Object(_) | Value::Array(_) => 1,
        other => other.to_string().chars().count(),
    };
    Some((line, column, width))
}

/// How many lines a value takes in the indented form.
fn height(value: &Value) -> usize {
    match value {
        Value::Object(members) if !members.is_empty() => 2 + members.values().map(height).sum::<usize>(),
        Value::Array(items) if !items.is_empty() => 2 + items.iter().map(height).sum::<usize>(),
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("/a")]
    #[case("/b/1/c")]
    #[case("/b/0")]
    #[case("/d")]
    fn the_caret_stands_under_the_value(#[case] instance: &str) {
        let value = json!({"a": 1, "b": [{"x": []}, {"c": "here"}], "d": {}});
        let pretty = serde_json::to_string_pretty(&value).unwrap();
        let (line, column, _) = line_of(&value, instance).unwrap();
        let text: String = pretty.lines().nth(line).unwrap().chars().skip(column).collect();
        let wanted = value.pointer(instance).unwrap();
        let first = serde_json::to_string_pretty(wanted).unwrap();
        assert!(text.starts_with(first.lines().next().unwrap()), "{text} for {first}");
    }

    #[test]
    fn an_excerpt_has_each_line_once_and_no_secret() {
        let list: Vec<Value> = (0..5_000).map(|n| json!({"n": n, "key": "hush-0815"})).collect();
        let body = json!({ "results": list }).to_string();
        let hide = |text: &str| text.replace("hush-0815", "[secret]");
        let excerpt = Excerpt::of(body.as_bytes(), "/results/3000/n", hide).unwrap();
        let line = &excerpt.lines[excerpt.at];
        assert_eq!(line.trim(), "\"n\": 3000,");
        assert_eq!(line.chars().skip(excerpt.column).take(excerpt.width).collect::<String>(), "3000");
        assert_eq!(excerpt.before + excerpt.lines.len() + excerpt.behind, 4 + 4 * 5_000);
        assert!(excerpt.lines.len() == 2 * AROUND + 1 && !excerpt.lines.concat().contains("hush"));
    }

    #[rstest]
    #[case::no_json("<html>", "/a")]
    #[case::no_such_member("{\"a\": 1}", "/b")]
    #[case::very_large(&format!("[{}0]", "0,".repeat(1 << 20)), "/0")]
    fn there_is_none(#[case] body: &str, #[case] instance: &str) {
        assert_eq!(Excerpt::of(body.as_bytes(), instance, str::to_owned), None);
    }

    #[test]
    fn long_lines_are_cut() {
        let body = json!(["x".repeat(100_000), 7]).to_string();
        let excerpt = Excerpt::of(body.as_bytes(), "/1", str::to_owned).unwrap();
        assert!(excerpt.lines.concat().len() < 1_000, "{excerpt:?}");
    }
}
