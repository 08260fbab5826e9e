//! Finds secrets in texts, in every form in which they may turn up: as they are, encoded, and escaped in any
//! order.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::contract::parameter;
use crate::exchange::{Secret, base64};

/// Shorter secrets would take ordinary text with them, in characters.
const SHORTEST: usize = 4;
/// Secrets of letters alone that are no longer than this look like words, and words stand everywhere.
const LONGEST_WORD: usize = 12;
/// Shorter parts of an encoded secret are in texts by chance.
const SHORTEST_PART: usize = 8;
/// How often a text is unescaped: an address in a text of JSON in a text of JSON, and one more.
const LAYERS: usize = 4;

/// Whether a secret is hidden wherever it stands. One that looks like a word is hidden only where a key is
/// known to be: a key `loans` must not take the word out of every path.
pub(super) fn is_hidden_everywhere(secret: &str) -> bool {
    let count = secret.chars().count();
    let is_word = count <= LONGEST_WORD && secret.chars().all(char::is_alphabetic);
    count >= SHORTEST && !is_word
}

/// What to look for, the longest first.
#[derive(Debug, Default, Clone)]
pub(super) struct Forms {
    needles: Vec<String>,
}

impl Forms {
    pub fn of(secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut needles = Vec::new();
        for secret in secrets {
            let whole = secret.reveal();
            // A user and a password; a key of the mock names its scopes behind the colon.
            let parts = whole.split_once(':').filter(|(kind, _)| *kind != "mock");
            let parts = parts.into_iter().flat_map(|(user, password)| [user, password]);
            for text in std::iter::once(whole).chain(parts).filter(|text| is_hidden_everywhere(text)) {
                add(&mut needles, text);
            }
            // Short as it may be, this is what a user with that name or that password is sent as.
            if whole.chars().count() >= SHORTEST {
                let pair = base64::encode(format!("{whole}:").as_bytes());
                needles.push(pair.trim_end_matches('=').to_owned());
                needles.push(base64::encode(whole.as_bytes()).trim_end_matches('=').to_owned());
            }
        }
        Self::sorted(needles)
    }

    /// These, and those of further secrets.
    pub fn and(&self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        let mut needles = Self::of(secrets).needles;
        needles.extend(self.needles.iter().cloned());
        Self::sorted(needles)
    }

    fn sorted(mut needles: Vec<String>) -> Self {
        needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        needles.dedup();
        Self { needles }
    }

    /// The longest form, in bytes.
    pub fn longest(&self) -> usize {
        self.needles.first().map_or(0, String::len)
    }

    /// A text with `shown` in the place of every secret.
    pub fn removed<'t>(&self, text: &'t str, shown: &str) -> Cow<'t, str> {
        if self.needles.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut found: Vec<(usize, usize)> = Vec::new();
        let mut layer = Layer { octets: Cow::Borrowed(text.as_bytes()), starts: None };
        for depth in 0..=LAYERS {
            for needle in &self.needles {
                found.extend(layer.find(needle.as_bytes(), text.len()));
            }
            match layer.unescaped(text.len()).filter(|_| depth < LAYERS) {
                Some(next) => layer = next,
                None => break,
            }
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for (start, end) in found {
            if start >= done {
                out.push_str(text.get(done..start).unwrap_or_default());
                out.push_str(shown);
            }
            done = done.max(end);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        Cow::Owned(out)
    }
}

/// Adds the forms of one secret that unescaping does not lead back to it.
fn add(needles: &mut Vec<String>, secret: &str) {
    needles.push(secret.to_owned());
    if secret.contains(' ') {
        needles.push(secret.replace(' ', "+"));
    }
    let mut hex = String::with_capacity(2 * secret.len());
    for octet in secret.bytes() {
        let _ = write!(hex, "{octet:02x}");
    }
    if hex.len() >= 2 * SHORTEST_PART {
        needles.push(hex.to_ascii_uppercase());
        needles.push(hex);
    }
    let once: Vec<String> =
        [secret.to_owned(), parameter::escape(secret)].iter().flat_map(|form| encoded(form)).collect();
    // What came encoded may be encoded once more.
    needles.extend(once.iter().flat_map(|form| encoded(form)));
    needles.extend(once);
}

/// What is always the same in the base64 of a longer text with the secret in it, for both alphabets.
fn encoded(secret: &str) -> Vec<String> {
    let parts = (0..3).map(|before| encoded_part(secret, before)).filter(|part| part.len() >= SHORTEST_PART);
    parts.flat_map(|part| [part.replace('+', "-").replace('/', "_"), part]).collect()
}

/// What is always the same in the base64 of a longer text, where the secret stands behind `before` octets
/// (of three).
fn encoded_part(secret: &str, before: usize) -> String {
    let octets: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.bytes()).collect();
    let start = (before * 8).div_ceil(6);
    let end = octets.len() * 8 / 6;
    base64::encode(&octets).get(start..end).unwrap_or_default().to_owned()
}

/// A text with some of its escapes undone, and where each octet comes from.
struct Layer<'t> {
    octets: Cow<'t, [u8]>,
    /// The place of each octet in the text; `None` where it is the text itself.
    starts: Option<Vec<usize>>,
}

impl Layer<'_> {
    /// The places in the text where the needle stands.
    fn find(&self, needle: &[u8], length: usize) -> Vec<(usize, usize)> {
        let Some(first) = needle.first() else { return Vec::new() };
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(rest) = self.octets.get(from..).filter(|rest| rest.len() >= needle.len()) {
            let Some(at) = rest.iter().position(|octet| octet == first) else { break };
            from += at;
            if self.octets.get(from..).is_some_and(|rest| rest.starts_with(needle)) {
                found.push((self.start(from, length), self.start(from + needle.len(), length)));
                from += needle.len();
            } else {
                from += 1;
            }
        }
        found
    }

    fn start(&self, at: usize, length: usize) -> usize {
        self.starts.as_ref().map_or(at, |starts| starts.get(at).copied().unwrap_or(length))
    }

    /// The next layer; `None` where nothing is escaped.
    fn unescaped(&self, length: usize) -> Option<Layer<'static>> {
        if !self.octets.iter().any(|octet| matches!(octet, b'%' | b'\\' | b'&' | b'~')) {
            return None;
        }
        let mut octets = Vec::with_capacity(self.octets.len());
        let mut starts = Vec::with_capacity(self.octets.len());
        let mut rest = &*self.octets;
        let mut any = false;
        while let Some(first) = rest.first() {
            let at = self.start(self.octets.len() - rest.len(), length);
            let (c, taken) = match escape(rest) {
                Some((c, taken)) => {
                    any = true;
                    (c, taken)
                }
                None => (Unit::Octet(*first), 1),
            };
            match c {
                Unit::Octet(octet) => octets.push(octet),
                Unit::Char(c) => octets.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            starts.resize(octets.len(), at);
            rest = rest.get(taken..).unwrap_or_default();
        }
        any.then_some(Layer { octets: Cow::Owned(octets), starts: Some(starts) })
    }
}

/// What an escape stands for.
enum Unit {
    Octet(u8),
    Char(char),
}

/// Escapes with a name, in HTML and in JSON pointers.
const NAMED: [(&[u8], u8); 7] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"~1", b'/'),
    (b"~0", b'~'),
];

/// The escape that a text begins with (RFC 3986 §2.1, RFC 8259 §7, HTML §13.5, RFC 6901 §3), and its length.
fn escape(rest: &[u8]) -> Option<(Unit, usize)> {
    match rest {
        [b'%', a, b, ..] => Some((Unit::Octet(u8::try_from(number(&[*a, *b], 16)?).ok()?), 3)),
        [b'\\', b'u', a, b, c, d, ..] => {
            let unit = number(&[*a, *b, *c, *d], 16)?;
            // The second half of a pair, where there is one.
            let low = match rest.get(6..12) {
                Some([b'\\', b'u', a, b, c, d]) => number(&[*a, *b, *c, *d], 16),
                _ => None,
            };
            match (unit, low) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                    Some((Unit::Char(char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low - 0xdc00)?), 12))
                }
                _ => Some((Unit::Char(char::from_u32(unit)?), 6)),
            }
        }
        [b'\\', c @ (b'/' | b'"' | b'\\' | b'\''), ..] => Some((Unit::Octet(*c), 2)),
        [b'&', b'#', ..] => {
            let end = rest.iter().take(10).position(|octet| *octet == b';')?;
            let digits = rest.get(2..end)?;
            let code = match digits {
                [b'x' | b'X', hex @ ..] => number(hex, 16)?,
                decimal => number(decimal, 10)?,
            };
            Some((Unit::Char(char::from_u32(code)?), end + 1))
        }
        _ => {
            let (name, octet) = NAMED.iter().find(|(name, _)| rest.starts_with(name))?;
            Some((Unit::Octet(*octet), name.len()))
        }
    }
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    // A sign is no digit.
    let is_digit = |octet: &u8| char::from(*octet).is_digit(radix);
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(is_digit))?;
    u32::from_str_radix(text, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const SECRET: &str = "sk/c4n+ary=0815";

    fn removed(text: &str) -> String {
        Forms::of([Secret::new(SECRET)]).removed(text, "*").into_owned()
    }

    #[rstest]
    #[case::plain("a sk/c4n+ary=0815 b", "a * b")]
    #[case::percent("sk%2Fc4n%2Bary%3D0815", "*")]
    #[case::percent_lower("sk%2fc4n%2bary%3d0815", "*")]
    #[case::every_octet("%73%6b%2F%63%34%6E%2B%61%72%79%3D%30%38%31%35", "*")]
    #[case::twice("sk%252Fc4n%252Bary%253D0815", "*")]
    #[case::json(r#"{"a":"sk\/c4n+ary=0815"}"#, r#"{"a":"*"}"#)]
    #[case::json_units(r"\u0073\u006b\u002Fc4n\u002bary=0815!", "*!")]
    #[case::json_in_json(r#""{\"a\":\"sk\\/c4n+ary=0815\"}""#, r#""{\"a\":\"*\"}""#)]
    #[case::html("<b>sk&#x2F;c4n&#43;ary=0815</b>", "<b>*</b>")]
    #[case::pointer("/sk~1c4n+ary=0815/x", "/*/x")]
    #[case::hex("736b2f63346e2b6172793d30383135", "*")]
    #[case::two("sk/c4n+ary=0815 sk/c4n+ary=0815", "* *")]
    #[case::nothing("100% of sk/c4n", "100% of sk/c4n")]
    fn no_form_is_left(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(removed(text), expected);
    }

    /// JSON escapes what is beyond 16 bits in two halves (RFC 8259 §7).
    #[test]
    fn a_pair_of_escapes_is_one_character() {
        let forms = Forms::of([Secret::new("k3y-\u{1f600}-\u{10fffd}-0815")]);
        assert_eq!(forms.removed(r"a k3y-\ud83d\ude00-\udbff\udffd-0815 b", "*"), "a * b");
    }

    #[test]
    fn base64_is_found_wherever_the_secret_stands_in_it() {
        for before in ["", "u", "u:", "xu:", "{\"key\":\""] {
            for url in [false, true] {
                let encoded = base64::encode(format!("{before}{SECRET}\"}}").as_bytes());
                let encoded = if url { encoded.replace('+', "-").replace('/', "_") } else { encoded };
                assert!(removed(&encoded).contains('*'), "{before} {encoded}");
            }
        }
    }

    #[rstest]
    #[case("user:pa55word-x", "the pa55word-x of user", "the * of user")]
    #[case("loans", "GET /loans", "GET /loans")]
    #[case("mock:cohort:read", "lacks cohort:read", "lacks cohort:read")]
    #[case("abc", "abc", "abc")]
    #[case("correcthorsebattery", "correcthorsebattery", "*")]
    fn words_stay(#[case] secret: &str, #[case] text: &str, #[case] expected: &str) {
        assert_eq!(Forms::of([Secret::new(secret)]).removed(text, "*"), expected);
    }

    proptest! {
        #[test]
        fn any_text_is_taken(text in "\\PC*", escapes in "[%\\\\u&#x~;0-9a-f]*") {
            let _ = removed(&format!("{text}{escapes}{text}"));
        }
    }
}
