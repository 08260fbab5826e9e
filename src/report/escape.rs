//! Escapes text for HTML and XML.

use super::safe;
use crate::exchange::push_escaped;

/// Text for an element or a quoted attribute. What XML cannot hold is shown as its code; line ends
/// and tabs stay.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for part in text.split_inclusive(['\n', '\t']) {
        let (line, end) = match part.chars().last() {
            Some(end @ ('\n' | '\t')) => (&part[..part.len() - 1], Some(end)),
            _ => (part, None),
        };
        for c in safe(line).chars() {
            match c {
                // XML 1.0 §2.2 leaves these out.
                '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
                c => push_escaped(&mut out, c),
            }
        }
        out.extend(end);
    }
    out
}
