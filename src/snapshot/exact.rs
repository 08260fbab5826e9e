//! Reads and writes JSON without rounding its numbers.
//!
//! A number that no `f64` or 64-bit integer holds (RFC 8259 §6 lets a reader round it) is kept as a text
//! behind a mark, so that the last digit of a price counts.

use serde_json::Value;

/// Stands before the digits of a number that is kept as a text: a code point that no text has.
const MARK: char = '\u{fdd0}';

/// Reads JSON; `None` where it is none.
pub fn read(octets: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(octets).ok();
    match text.and_then(marked) {
        Some(marked) => serde_json::from_str(&marked).ok(),
        None => serde_json::from_slice(octets).ok(),
    }
}

/// Writes JSON, indented by two.
pub fn write(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mark = format!("\"{MARK}");
    let mut parts = text.split(&mark);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('"').filter(|(digits, _)| is_number(digits)) {
            Some((digits, rest)) => out.extend([digits, rest]),
            None => {
                out.extend(['"', MARK]);
                out.push_str(part);
            }
        }
    }
    out
}

/// Whether a value is a number that is kept as a text; whether it is a whole one.
pub fn number(value: &Value) -> Option<bool> {
    let digits = value.as_str()?.strip_prefix(MARK)?;
    Some(!digits.contains(['.', 'e', 'E']))
}

/// The text with a mark before each number that would be rounded; `None` where there is none.
fn marked(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut kept = 0;
    let mut at = 0;
    let octets = text.as_bytes();
    while let Some(octet) = octets.get(at) {
        match octet {
            b'"' => {
                at += 1;
                while let Some(octet) = octets.get(at) {
                    at += if *octet == b'\\' { 2 } else { 1 };
                    if *octet == b'"' {
                        break;
                    }
                }
            }
            b'-' | b'0'..=b'9' => {
                let rest = text.get(at..)?;
                let end = rest.find(|c: char| !matches!(c, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
                let digits = rest.get(..end.unwrap_or(rest.len()))?;
                if is_rounded(digits) {
                    out.push_str(text.get(kept..at)?);
                    out.extend(['"', MARK]);
                    out.push_str(digits);
                    out.push('"');
                    kept = at + digits.len();
                }
                at += digits.len();
            }
            _ => at += 1,
        }
    }
    if kept == 0 {
        return None;
    }
    out.push_str(text.get(kept..)?);
    Some(out)
}

/// Whether reading a number loses digits of it.
fn is_rounded(digits: &str) -> bool {
    let significant = |text: &str| -> String {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        all.trim_matches('0').to_owned()
    };
    // Shorter ones are held exactly enough to be written as they came.
    digits.len() > 15
        && is_number(digits)
        && serde_json::from_str::<Value>(digits)
            .map_or(true, |value| significant(&value.to_string()) != significant(digits))
}

fn is_number(digits: &str) -> bool {
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(digits).is_ok();
    is_json && digits.starts_with(|c: char| c == '-' || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::past_64_bits(r#"{"wei":100000000000000000001}"#, false)]
    #[case::long_fraction(r#"{"v":0.12345678901234567891}"#, false)]
    #[case::top_of_64_bits(r#"{"v":18446744073709551615}"#, true)]
    #[case::in_a_text(r#"{"v":"100000000000000000001 \" 100000000000000000001"}"#, true)]
    #[case::short(r#"{"v":[1.5,-3,1e10]}"#, true)]
    fn numbers_keep_their_digits(#[case] text: &str, #[case] is_held: bool) {
        let value = read(text.as_bytes()).unwrap();
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(value == plain, is_held);
        let spaceless: String = write(&value).split_whitespace().collect();
        let expected: String = text.split_whitespace().collect();
        assert_eq!(spaceless, expected.replace("1e10", "10000000000.0"));
    }

    #[test]
    fn what_is_kept_is_still_a_number() {
        let value =
            read(b"[100000000000000000001, 0.12345678901234567891, \"100000000000000000001\"]").unwrap();
        let kinds: Vec<Option<bool>> = value.as_array().unwrap().iter().map(number).collect();
        assert_eq!(kinds, [Some(true), Some(false), None]);
        assert_eq!(number(&json!(1)), None);
        assert_eq!(write(&json!("\u{fdd0}x")), "\"\u{fdd0}x\"", "a text of the target's stays one");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(text in r#"\[(-?[1-9][0-9]{0,30}(\.[0-9]{1,25})?,){0,3}"[^"\\]{0,20}"\]"#) {
            if let Some(value) = read(text.as_bytes()) {
                prop_assert_eq!(read(write(&value).as_bytes()), Some(value));
            }
        }

        #[test]
        fn anything_may_come(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(read(&octets).is_some(), serde_json::from_slice::<Value>(&octets).is_ok());
        }
    }
}
