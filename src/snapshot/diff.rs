//! The lines that differ between two snapshots, each change labelled where it begins.

use std::collections::HashMap;

use serde_json::Value;
use similar::{Algorithm, ChangeTag, TextDiff};

use super::classify::parts;
use super::exact;
use super::normalize::bare;
use crate::document::pointer;
use crate::run::pending::{Change, Label, Line, Sign};

/// The lines of two snapshots' contents that differ, with so many around them. A comma at the end
/// of a line makes no difference: it is about the next member.
pub fn lines(old: &str, new: &str, changes: &[Change], around: usize) -> Vec<Line> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let (old_bare, new_bare): (Vec<&str>, Vec<&str>) =
        (without_commas(&old_lines), without_commas(&new_lines));
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_slices(&old_bare, &new_bare);
    let (old_places, new_places) = (places(old), places(new));
    let mut labels: HashMap<(char, &str), Label> = changes
        .iter()
        .filter_map(|change| {
            let (sign, place) = change.change.split_once(' ')?;
            Some(((sign.chars().next()?, place), change.label))
        })
        .collect();
    let mut lines = Vec::new();
    // Doubled by the library, so that no more than the longest text can be asked for.
    for group in diff.grouped_ops(around.min(old_lines.len() + new_lines.len())) {
        if !lines.is_empty() {
            lines.push(Line { sign: Sign::Gap, text: String::new(), label: None });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (sign, at, texts, places) = match change.tag() {
                ChangeTag::Equal => (Sign::Same, change.new_index(), &new_lines, &new_places),
                ChangeTag::Insert => (Sign::Added, change.new_index(), &new_lines, &new_places),
                ChangeTag::Delete => (Sign::Removed, change.old_index(), &old_lines, &old_places),
            };
            let Some(at) = at else { continue };
            let place = places.get(at).map_or("", String::as_str);
            // A place in a list is labelled at the first entry that shows it.
            let label = match sign {
                Sign::Added => labels.remove(&('+', place)).or_else(|| labels.remove(&('~', place))),
                Sign::Removed => labels.remove(&('-', place)),
                Sign::Same | Sign::Gap => None,
            };
            lines.push(Line {
                sign,
                text: texts.get(at).map_or_else(String::new, |text| (*text).to_owned()),
                label,
            });
        }
    }
    lines
}

fn without_commas<'t>(lines: &[&'t str]) -> Vec<&'t str> {
    lines.iter().map(|line| line.strip_suffix(',').unwrap_or(line)).collect()
}

/// What each line of a snapshot's contents shows, as changes name it behind their sign.
fn places(contents: &str) -> Vec<String> {
    let (head, body) = parts(contents);
    let header =
        |line: &str| line.split_once(": ").map_or(String::new(), |(name, _)| format!("header {name}"));
    let mut places: Vec<String> = head.lines().map(header).collect();
    if body.is_empty() {
        return places;
    }
    places.push(String::new());
    match exact::read(body.as_bytes()) {
        Some(value) => walk(&value, "", &mut places),
        None => places.extend(body.lines().map(|_| "body".to_owned())),
    }
    places
}

/// The pointers of the lines of a value in the indented form of `serde_json`; the line that closes
/// an object or a list does not count as a place.
fn walk(value: &Value, at: &str, places: &mut Vec<String>) {
    places.push(if at.is_empty() { "body".to_owned() } else { at.to_owned() });
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                walk(member, &pointer::join(at, bare(name)), places);
            }
            places.push(String::new());
        }
        Value::Array(items) if !items.is_empty() => {
            let at = format!("{at}/*");
            for item in items {
                walk(item, &at, places);
            }
            places.push(String::new());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_labelled_where_it_begins_and_commas_are_no_change() {
        let head = "200 OK\ncontent-type: application/json\n\n";
        let old = format!("{head}{{\n  \"a\": 1,\n  \"b\": [\n    {{\n      \"c\": 1\n    }}\n  ]\n}}\n");
        let new = format!(
            "{head}{{\n  \"a\": 2,\n  \"b\": [\n    {{\n      \"c\": 1,\n      \"d\": {{\n        \"e\": 1\n      }}\n    }}\n  ]\n}}\n"
        );
        let change = |change: &str, label| Change { change: change.to_owned(), label };
        let changes = [change("~ /a", Label::Breaks), change("+ /b/*/d", Label::Unknown)];
        let lines = lines(&old, &new, &changes, 0);
        let shown: Vec<(Sign, &str, Option<Label>)> =
            lines.iter().map(|line| (line.sign, line.text.trim(), line.label)).collect();
        assert_eq!(
            shown,
            [
                (Sign::Removed, "\"a\": 1,", None),
                (Sign::Added, "\"a\": 2,", Some(Label::Breaks)),
                (Sign::Gap, "", None),
                (Sign::Added, "\"d\": {", Some(Label::Unknown)),
                (Sign::Added, "\"e\": 1", None),
                (Sign::Added, "}", None),
            ]
        );
    }
}
