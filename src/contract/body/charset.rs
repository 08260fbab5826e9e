//! Decodes bytes to text by the charset of `Content-Type` (RFC 9110 §8.3.2).

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::contract::MediaBody;

/// The text of a body; `None` if its encoding is unknown.
///
/// # Errors
/// The octets are not text of the charset that they are labelled with.
pub(super) fn text<'o>(headers: &HeaderMap, octets: &'o [u8]) -> Result<Option<Cow<'o, str>>, String> {
    let label = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).and_then(label);
    decode(label.as_deref(), octets)
}

/// As [`text`], for a charset by its name.
pub(super) fn decode<'o>(label: Option<&str>, octets: &'o [u8]) -> Result<Option<Cow<'o, str>>, String> {
    let Some(label) = label else {
        if let Some((encoding, length)) = Encoding::for_bom(octets) {
            return Ok(encoding.decode_without_bom_handling_and_without_replacement(&octets[length..]));
        }
        return Ok(std::str::from_utf8(octets).ok().map(Cow::Borrowed));
    };
    let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) else { return Ok(None) };
    let (encoding, rest) = match Encoding::for_bom(octets) {
        Some((marked, length)) if marked == encoding || label.eq_ignore_ascii_case("utf-16") => {
            (marked, &octets[length..])
        }
        _ if label.eq_ignore_ascii_case("utf-16") => (without_mark(octets), octets),
        _ => (encoding, octets),
    };
    match encoding.decode_without_bom_handling_and_without_replacement(rest) {
        Some(text) => Ok(Some(text)),
        None if encoding == UTF_8 => Err("the text is not UTF-8".to_owned()),
        None => Err(format!("the text is not {label}")),
    }
}

/// The octets of a text in the charset that the document names; in UTF-8 where it names none, or one that
/// nothing is written in (UTF-16).
pub(super) fn encode(described: &MediaBody, text: &str) -> Vec<u8> {
    let label = described.parameters.iter().find(|(name, _)| name == "charset");
    let encoding = label.and_then(|(_, label)| Encoding::for_label_no_replacement(label.as_bytes()));
    encoding.map_or_else(|| text.as_bytes().to_vec(), |encoding| encoding.encode(text).0.into_owned())
}

/// The order of octets in UTF-16 without a mark: the one in which more characters are Latin, else
/// big-endian (RFC 2781 §4.3).
fn without_mark(octets: &[u8]) -> &'static Encoding {
    let zeros = |from: usize| octets.iter().skip(from).step_by(2).filter(|octet| **octet == 0).count();
    if zeros(1) > zeros(0) { UTF_16LE } else { UTF_16BE }
}

/// The `charset` of a `Content-Type` (RFC 9110 §5.6.6: quoted or not, its name in any case).
pub(super) fn label(content_type: &str) -> Option<String> {
    let mut rest = content_type;
    while let Some((_, after)) = rest.split_once(';') {
        let (name, value) = after.split_once('=')?;
        let value = value.trim_start();
        let (text, left) = match value.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"')?;
                (&quoted[..end], &quoted[end + 1..])
            }
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if name.trim().eq_ignore_ascii_case("charset") {
            let text = text.trim();
            return (!text.is_empty()).then(|| text.to_owned());
        }
        rest = left;
    }
    None
}

/// The encoding that an XML declaration names (XML 1.0 §4.3.3).
pub(super) fn declared(octets: &[u8]) -> Option<String> {
    let head = octets.get(..octets.len().min(256))?;
    let head: String = head.iter().map(|octet| char::from(*octet)).collect();
    let declaration = head.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote).map(|(name, _)| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("text/plain", None)]
    #[case("text/plain; charset=utf-8", Some("utf-8"))]
    #[case("text/plain;Charset=\"ISO-8859-1\"", Some("ISO-8859-1"))]
    #[case("text/plain; format=\"a;charset=b\"; charset=c", Some("c"))]
    #[case("text/plain; charset", None)]
    #[case("text/plain; charset=\"open", None)]
    #[case("text/plain; charset=", None)]
    fn labels(#[case] content_type: &str, #[case] found: Option<&str>) {
        assert_eq!(label(content_type).as_deref(), found);
    }

    #[rstest]
    #[case(Some("utf-8"), b"caf\xc3\xa9", Ok(Some("café")))]
    #[case(Some("UTF-8"), b"\xef\xbb\xbfcaf\xc3\xa9", Ok(Some("café")))]
    #[case(Some("utf-8"), b"caf\xe9", Err("the text is not UTF-8"))]
    #[case(Some("iso-8859-1"), b"caf\xe9", Ok(Some("café")))]
    #[case(Some("windows-1252"), b"\x80", Ok(Some("€")))]
    #[case(Some("utf-16"), b"\xff\xfeh\0i\0", Ok(Some("hi")))]
    #[case(Some("utf-16"), b"\xfe\xff\0h\0i", Ok(Some("hi")))]
    #[case(Some("utf-16"), b"h\0i\0", Ok(Some("hi")))]
    #[case(Some("UTF-16"), b"\0h\0i", Ok(Some("hi")))]
    #[case(Some("utf-16be"), b"\0h\0i", Ok(Some("hi")))]
    #[case(Some("utf-16le"), b"h\0i\0", Ok(Some("hi")))]
    #[case(Some("utf-16"), b"h\0i", Err("the text is not utf-16"))]
    #[case(Some("shift_jis"), b"\x83\x65", Ok(Some("テ")))]
    #[case(Some("klingon-7"), b"qapla'", Ok(None))]
    // Nobody says what it is.
    #[case(None, b"caf\xc3\xa9", Ok(Some("café")))]
    #[case(None, b"\xff\xfeh\0i\0", Ok(Some("hi")))]
    #[case(None, b"caf\xe9", Ok(None))]
    fn decoding(
        #[case] label: Option<&str>,
        #[case] octets: &[u8],
        #[case] text: Result<Option<&str>, &str>,
    ) {
        let decoded = decode(label, octets);
        assert_eq!(decoded.as_ref().map(|t| t.as_deref()).map_err(String::as_str), text);
    }

    #[rstest]
    #[case(b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", Some("ISO-8859-1"))]
    #[case(b"<?xml version=\"1.0\"?><a encoding='x'/>", None)]
    #[case(b"<a/>", None)]
    fn declarations(#[case] octets: &[u8], #[case] name: Option<&str>) {
        assert_eq!(declared(octets).as_deref(), name);
    }
}
