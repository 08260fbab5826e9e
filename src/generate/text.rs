//! Texts for formats and patterns.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The plain text, and others like it: `string`, `string1`, …
pub(super) fn word(turn: usize) -> String {
    if turn == 0 { "string".to_owned() } else { format!("string{turn}") }
}

/// Formats whose texts are whole numbers (OpenAPI's format registry; numbers too large for JSON are
/// often written as text).
const WHOLE: &[&str] = &[
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "integer",
    "long",
    "bigint",
    "single-int",
    "double-int",
    "sf-integer",
];
/// Formats whose texts are numbers with a fraction.
const BROKEN: &[&str] = &["float", "double", "decimal", "decimal128", "number", "numeric", "sf-decimal"];
/// Formats whose texts are octets, four characters for three.
const BASE64: &[&str] = &["byte", "base64", "base64url"];

/// One sample per format (JSON Schema Validation §7.3, OpenAPI's registry), or the plain text; each
/// turn gives another one, where the format leaves room.
pub(super) fn sample(format: &str, turn: usize) -> String {
    of_format(format, turn).unwrap_or_else(|| word(turn))
}

/// As [`sample`]; `None` for a format that has no texts of its own.
pub(super) fn of_format(format: &str, turn: usize) -> Option<String> {
    let day = 1 + (23 + turn) % 28;
    let month = 1 + (7 + turn / 28) % 12;
    let number = |before: &str, after: &str| {
        if turn == 0 { format!("{before}{after}") } else { format!("{before}{turn}{after}") }
    };
    Some(match format {
        "date-time" => format!("2019-{month:02}-{day:02}T14:15:22Z"),
        "date" => format!("2019-{month:02}-{day:02}"),
        "time" => format!("14:{:02}:22Z", (15 + turn) % 60),
        "duration" => format!("P{}D", 3 + turn),
        "http-date" => format!("Sun, 06 Nov 1994 08:{:02}:37 GMT", (49 + turn) % 60),
        "email" | "idn-email" => number("user", "@example.com"),
        "hostname" | "idn-hostname" => number("example", ".com"),
        "ipv4" | "ip" => format!("192.168.{}.{}", turn / 250 % 250, 1 + turn % 250),
        "ipv6" => format!("2001:db8::{:x}", 1 + turn % 0xffff),
        "uri" | "url" | "iri" => number("https://example", ".com"),
        "uri-reference" | "iri-reference" | "json-pointer" => number("/path", ""),
        "uri-template" => number("/path", "/{id}"),
        "uuid" | "guid" => format!("3fa85f64-5717-4562-b3fc-{:012x}", 0x2c96_3f66_afa6_u64 + turn as u64),
        base64 if BASE64.contains(&base64) => ["c3RyaW5n", "YWFh", "YmJi", "Y2Nj"][turn % 4].to_owned(),
        "sf-binary" => format!(":{}:", ["c3RyaW5n", "YWFh", "YmJi", "Y2Nj"][turn % 4]),
        "sf-boolean" => ["?1", "?0"][turn % 2].to_owned(),
        "sf-string" => format!("\"{}\"", word(turn)),
        "media-range" => "text/plain".to_owned(),
        whole if WHOLE.contains(&whole) => (1 + turn).to_string(),
        broken if BROKEN.contains(&broken) => format!("{}.5", 1 + turn),
        "relative-json-pointer" => turn.to_string(),
        "regex" => number("^a", "$"),
        "char" => "a".to_owned(),
        _ => return None,
    })
}

/// A text cut or stretched to a length, where its format allows that.
pub(super) fn fitted(sample: &str, format: Option<&str>, least: usize, most: usize) -> String {
    let length = sample.chars().count();
    let short = least.saturating_sub(length);
    match format {
        Some(number) if short > 0 && (WHOLE.contains(&number) || BROKEN.contains(&number)) => {
            format!("{sample}{}", "0".repeat(short))
        }
        Some(base64) if BASE64.contains(&base64) && (short > 0 || length > most) => {
            // Whole groups of four.
            let groups = least.max(1).div_ceil(4);
            if groups * 4 > most {
                "YWFh".chars().take(most / 4 * 4).collect()
            } else {
                "YWFh".repeat(groups)
            }
        }
        Some("email" | "idn-email") if short > 0 => {
            // A label has at most 63 letters (RFC 1035 §2.3.4), the part before `@` 64.
            let mut host = String::new();
            while host.len() + sample.len() < least {
                host.push_str("example.");
            }
            sample.replacen('@', &format!("@{host}"), 1)
        }
        Some("hostname" | "idn-hostname") if short > 0 => {
            let labels = "example.".repeat(short.div_ceil(8));
            format!("{labels}{sample}")
        }
        Some("hostname" | "idn-hostname") if length > most => "a.io".chars().take(most).collect(),
        Some("uri" | "url" | "iri") if short > 0 => {
            format!("{sample}/{}", "x".repeat(short.saturating_sub(1)))
        }
        Some("uri-reference" | "iri-reference" | "json-pointer" | "uri-template") if short > 0 => {
            format!("{sample}{}", "x".repeat(short))
        }
        _ if short > 0 => format!("{sample}{}", "x".repeat(short)),
        Some("uri" | "url" | "iri") if length > most => {
            ["https://a.example", "http://a.io", "ftp://a", "a:b"]
                .into_iter()
                .find(|short| short.len() <= most)
                .unwrap_or("a:b")
                .to_owned()
        }
        Some("email" | "idn-email") if length > most => ["a@b.example", "a@b.io", "a@b.c"]
            .into_iter()
            .find(|short| short.len() <= most)
            .unwrap_or("a@b")
            .to_owned(),
        Some("uri-reference" | "iri-reference" | "json-pointer") if length > most => {
            sample.chars().take(most).collect()
        }
        Some("ipv6") if length > most => "::1".chars().take(most).collect(),
        Some("ipv4" | "ip") if length > most => "10.0.0.1".chars().take(most).collect(),
        _ if length > most => {
            // What makes texts different is at the end.
            sample.chars().skip(length - most).collect()
        }
        _ => sample.to_owned(),
    }
}

/// A plain text for a pattern that nobody checks it against; `None` for back references and similar.
pub fn of_pattern(pattern: &str) -> Option<String> {
    matching(pattern, 1).filter(|text| text.len() < 200)
}

/// A text that a pattern matches, as short as the pattern allows but not below `least` characters;
/// `None` for back references and similar, and where repeating cannot reach `least`.
pub(super) fn matching(pattern: &str, least: usize) -> Option<String> {
    let anchored = pattern.starts_with('^') && pattern.ends_with('$');
    let mut extra = 0;
    for _ in 0..3 {
        let mut out = varied(pattern, extra, 0)?;
        let short = least.saturating_sub(out.chars().count());
        if short > 0 && !anchored {
            out.extend(std::iter::repeat_n('x', short));
        }
        if out.chars().count() >= least {
            return Some(out);
        }
        extra += short;
    }
    None
}

/// The pattern without look-around, which says nothing of letters that are there; what is made of
/// it must be tried against the pattern itself.
fn plain(pattern: &str) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while at < letters.len() {
        let ahead: String = letters[at..].iter().take(4).collect();
        if letters[at] == '\\' {
            out.extend(letters[at..].iter().take(2));
            at += 2;
        } else if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| ahead.starts_with(look)) {
            let mut depth = 0;
            while at < letters.len() {
                match letters[at] {
                    '\\' => at += 1,
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    break;
                }
            }
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    out
}

/// Longer texts are not made.
const MAX: usize = 65_536;

/// A text of a pattern: what may be repeated is repeated `extra` times more than it must be,
/// beginning from the left; each turn takes other alternatives and letters.
pub(super) fn varied(pattern: &str, extra: usize, turn: usize) -> Option<String> {
    // A longer pattern is judged by nobody.
    if pattern.len() > MAX {
        return None;
    }
    let hir = regex_syntax::Parser::new().parse(&plain(pattern)).ok()?;
    let mut out = String::new();
    Writer { extra, turn }.write(&hir, &mut out).then_some(out)
}

struct Writer {
    /// Repetitions that are left to spend.
    extra: usize,
    turn: usize,
}

impl Writer {
    fn write(&mut self, hir: &Hir, out: &mut String) -> bool {
        if out.len() > MAX {
            return false;
        }
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                std::str::from_utf8(&literal.0).map(|text| out.push_str(text)).is_ok()
            }
            HirKind::Class(Class::Unicode(class)) => self.letter(class).is_some_and(|c| {
                out.push(c);
                true
            }),
            HirKind::Class(Class::Bytes(_)) => false,
            HirKind::Repetition(repetition) => {
                let least = usize::try_from(repetition.min).unwrap_or(MAX);
                let most = repetition.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(MAX));
                let more = self.extra.min(most.saturating_sub(least));
                let left = std::mem::take(&mut self.extra) - more;
                let is_written = (0..least + more).all(|_| self.write(&repetition.sub, out));
                self.extra = left;
                is_written
            }
            HirKind::Capture(capture) => self.write(&capture.sub, out),
            HirKind::Concat(parts) => parts.iter().all(|part| self.write(part, out)),
            HirKind::Alternation(parts) => {
                let turn = self.turn;
                parts.get(turn % parts.len().max(1)).is_some_and(|part| self.write(part, out))
            }
        }
    }

    /// A plain letter or digit where the class has one, for the reader's sake.
    fn letter(&mut self, class: &regex_syntax::hir::ClassUnicode) -> Option<char> {
        let has = |c: char| class.ranges().iter().any(|range| range.start() <= c && c <= range.end());
        const PLAIN: &str = "aA0_-bB1cC2dD3eE4fF5xX6yY7zZ89";
        if self.turn > 0 {
            let fitting: Vec<char> = PLAIN.chars().filter(|c| has(*c)).collect();
            let turn = self.turn;
            // The next place takes another letter.
            self.turn = self.turn.wrapping_mul(31).wrapping_add(7) % 10_007 + 1;
            if let Some(letter) = fitting.get(turn % fitting.len().max(1)) {
                return Some(*letter);
            }
        }
        PLAIN
            .chars()
            .find(|c| has(*c))
            .or_else(|| class.ranges().first().map(regex_syntax::hir::ClassUnicodeRange::start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// Every format whose texts are judged, in lengths that leave room for one.
    #[rstest]
    #[case("int64", 0, 20)]
    #[case("uint64", 5, 20)]
    #[case("decimal", 0, 3)]
    #[case("double", 8, 8)]
    fn texts_of_numbers_are_numbers(#[case] format: &str, #[case] least: usize, #[case] most: usize) {
        let made = fitted(&sample(format, 0), Some(format), least, most);
        assert!(made.parse::<f64>().is_ok() && (least..=most).contains(&made.len()), "{made}");
    }

    #[rstest]
    #[case("^[A-Z]{2}\\d*$", 0, Some("AA"))]
    #[case("^[A-Z]{2}\\d*$", 4, Some("AA00"))]
    #[case("(foo|bar)+", 0, Some("foo"))]
    #[case("^(?!x)[a-z]\\)$", 0, Some("a)"))]
    #[case("^(a)\\1$", 0, None)]
    #[case("^((a{1000}){1000}){1000}$", 0, None)]
    fn patterns(#[case] pattern: &str, #[case] least: usize, #[case] text: Option<&str>) {
        assert_eq!(matching(pattern, least).as_deref(), text);
    }
}
