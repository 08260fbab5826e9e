//! Makes text from documents and targets harmless for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Shows every character that a terminal might obey as its code: controls, escape sequences, and
/// marks that reorder or hide text (bidirectional overrides, zero-width characters).
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

fn is_odd(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_shown() {
        assert_eq!(safe("a\u{1b}[2J\u{202e}b\n"), "a\\u{1b}[2J\\u{202e}b\\u{a}");
    }

    proptest! {
        #[test]
        fn nothing_odd_is_left(text in any::<String>()) {
            prop_assert!(!safe(&text).chars().any(is_odd));
        }
    }
}
