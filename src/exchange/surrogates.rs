//! Escapes of half a pair of UTF-16 in JSON. The grammar has them (RFC 8259 §8.2), and no text can hold them.

/// What stands for a character that is none.
const REPLACEMENT: &[u8] = br"\ufffd";

/// The text with another character for each half that stands alone; `None` where there is none.
pub(super) fn without_halves(octets: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let mut kept = 0;
    let mut at = 0;
    while let Some(found) = octets.get(at..).and_then(|rest| rest.iter().position(|octet| *octet == b'\\')) {
        let here = at + found;
        let Some(unit) = unit(octets, here) else {
            at = here + 2;
            continue;
        };
        at = here + 6;
        match unit {
            0xd800..=0xdbff if matches!(self::unit(octets, at), Some(0xdc00..=0xdfff)) => at += 6,
            0xd800..=0xdfff => {
                whole.extend_from_slice(octets.get(kept..here)?);
                whole.extend_from_slice(REPLACEMENT);
                kept = at;
            }
            _ => {}
        }
    }
    (kept > 0).then(|| {
        whole.extend_from_slice(octets.get(kept..).unwrap_or_default());
        whole
    })
}

/// The unit of UTF-16 that an escape at a place names.
fn unit(octets: &[u8], at: usize) -> Option<u16> {
    let escape = octets.get(at..at.checked_add(6)?)?.strip_prefix(br"\u")?;
    escape.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::none(r#"{"a": "b\n\u00e9"}"#, None)]
    #[case::a_pair(r#""\ud83e\udd8a""#, None)]
    #[case::a_first_half(r#""x\ud83e""#, Some(r#""x\ufffd""#))]
    #[case::a_second_half(r#""\udd8a\ud83e\udd8a""#, Some(r#""\ufffd\ud83e\udd8a""#))]
    #[case::an_escaped_backslash(r#""\\ud83e""#, None)]
    #[case::cut(r#""\ud8"#, None)]
    #[case::two(r#""\uD83E \uD83E""#, Some(r#""\ufffd \ufffd""#))]
    fn halves_are_replaced(#[case] text: &str, #[case] expected: Option<&str>) {
        let whole = without_halves(text.as_bytes()).map(|octets| String::from_utf8(octets).unwrap());
        assert_eq!(whole.as_deref(), expected);
    }
}
