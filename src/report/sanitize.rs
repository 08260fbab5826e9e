//! Makes text from documents and targets harmless for a terminal, for JSON, and for a log that CI reads.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Shows every character that a terminal might obey, and every one that nobody sees, as its code: controls,
/// escape sequences, marks that reorder text, characters without width, tags.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_odd) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_odd(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// JSON in which such characters, which are in texts alone, are escaped.
pub fn safe_json(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii() && c != '\u{7f}';
    let is_command = OLD_COMMANDS.iter().any(|(command, _)| text.contains(command));
    if text.chars().all(|c| is_plain(c) || !is_odd(c)) && !is_command {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_plain(c) || !is_odd(c) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    Cow::Owned(
        OLD_COMMANDS.iter().fold(out, |out, (command, name)| out.replace(command, &format!("{name}\\u005b"))),
    )
}

/// How a workflow command begins in the older forms, anywhere in a line, and what stands before the bracket.
const OLD_COMMANDS: [(&str, &str); 2] = [("##[", "##"), ("##vso[", "##vso")];

/// Lines of which none is a workflow command: GitHub Actions obeys what a line begins with, and so does whoever
/// understands the older form.
pub fn without_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let begins = beginning(line);
        match line.get(begins..).and_then(|rest| rest.strip_prefix("::")) {
            Some(rest) => {
                out.push_str(line.get(..begins).unwrap_or_default());
                out.push_str("\\u{3a}:");
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    Cow::Owned(
        OLD_COMMANDS
            .iter()
            .fold(out, |out, (command, name)| out.replace(command, &format!("{name}\\u{{5b}}"))),
    )
}

/// Where a line begins behind its white space and its colours, in bytes.
fn beginning(line: &str) -> usize {
    let mut rest = line;
    loop {
        let behind = rest.trim_start();
        let behind = match behind.strip_prefix("\u{1b}[") {
            Some(color) => color.find('m').and_then(|end| color.get(end + 1..)).unwrap_or(behind),
            None => behind,
        };
        if behind.len() == rest.len() {
            return line.len() - rest.len();
        }
        rest = behind;
    }
}

fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[test]
    fn escapes_are_shown() {
        assert_eq!(safe("a\u{1b}[2J\u{202e}b\n"), "a\\u{1b}[2J\\u{202e}b\\u{a}");
    }

    #[rstest]
    #[case::tag('\u{e0041}')]
    #[case::c1('\u{9b}')]
    #[case::bidi('\u{2067}')]
    #[case::zero_width('\u{200b}')]
    #[case::soft_hyphen('\u{ad}')]
    #[case::selector('\u{e0100}')]
    fn what_nobody_sees_is_shown(#[case] c: char) {
        let text = format!("a{c}b");
        assert!(!safe(&text).contains(c));
        let json = serde_json::to_string(&text).unwrap();
        assert!(!safe_json(&json).contains(c));
        assert_eq!(serde_json::from_str::<String>(&safe_json(&json)).unwrap(), text);
    }

    #[rstest]
    #[case("::error::x\n", "\\u{3a}:error::x\n")]
    #[case("a\n  ::error::x", "a\n  \\u{3a}:error::x")]
    #[case("\u{1b}[1m\u{1b}[31m::error::x", "\u{1b}[1m\u{1b}[31m\\u{3a}:error::x")]
    #[case("a ##[error]x", "a ##\\u{5b}error]x")]
    #[case("a::b\n## c\n", "a::b\n## c\n")]
    fn no_line_is_a_command(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(without_commands(text), expected);
    }

    proptest! {
        #[test]
        fn nothing_odd_is_left(text in any::<String>()) {
            prop_assert!(!safe(&text).chars().any(is_odd));
            let json = serde_json::to_string(&text).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(&safe_json(&json)).unwrap(), text);
        }
    }
}
