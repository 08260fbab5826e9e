//! Texts for formats and patterns.

use regex_syntax::hir::{Class, Hir, HirKind};

/// One sample per format (JSON Schema Validation §7.3, OpenAPI's registry).
pub(super) fn sample(format: &str) -> &'static str {
    match format {
        "date-time" => "2019-08-24T14:15:22Z",
        "date" => "2019-08-24",
        "time" => "14:15:22Z",
        "duration" => "P3D",
        "email" | "idn-email" => "user@example.com",
        "hostname" | "idn-hostname" => "example.com",
        "ipv4" => "192.168.0.1",
        "ipv6" => "2001:db8::1",
        "uri" | "url" | "iri" => "https://example.com",
        "uri-reference" | "iri-reference" => "/path",
        "uri-template" => "/path/{id}",
        "uuid" => "3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "byte" => "c3RyaW5n",
        "json-pointer" => "/path",
        "relative-json-pointer" => "0",
        "regex" => "^a$",
        _ => "string",
    }
}

/// A text that a pattern matches, as short as the pattern allows but not below `least` characters;
/// `None` for look-around, back references and the like, and where repeating cannot reach `least`.
pub(super) fn matching(pattern: &str, least: usize) -> Option<String> {
    let hir = regex_syntax::Parser::new().parse(pattern).ok()?;
    let anchored = pattern.starts_with('^') && pattern.ends_with('$');
    for extra in [0, least] {
        let mut out = String::new();
        if !write(&hir, extra, &mut out) {
            return None;
        }
        let short = least.saturating_sub(out.chars().count());
        if short > 0 && !anchored {
            out.extend(std::iter::repeat_n('x', short));
        }
        if out.chars().count() >= least {
            return Some(out);
        }
    }
    None
}

/// Longer texts are not made.
const MAX: usize = 65_536;

fn write(hir: &Hir, extra: usize, out: &mut String) -> bool {
    if out.len() > MAX {
        return false;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => std::str::from_utf8(&literal.0).map(|text| out.push_str(text)).is_ok(),
        HirKind::Class(Class::Unicode(class)) => {
            // A plain letter or digit where the class has one, for the reader's sake.
            let has = |c: char| class.ranges().iter().any(|range| range.start() <= c && c <= range.end());
            let pick = "aA0_-"
                .chars()
                .find(|c| has(*c))
                .or_else(|| class.ranges().first().map(regex_syntax::hir::ClassUnicodeRange::start));
            pick.is_some_and(|c| {
                out.push(c);
                true
            })
        }
        HirKind::Class(Class::Bytes(_)) => false,
        HirKind::Repetition(repetition) => {
            let least = usize::try_from(repetition.min).unwrap_or(MAX);
            let most = repetition.max.map_or(usize::MAX, |max| usize::try_from(max).unwrap_or(MAX));
            let times = least.max(extra.min(most));
            (0..times).all(|_| write(&repetition.sub, 0, out))
        }
        HirKind::Capture(capture) => write(&capture.sub, extra, out),
        HirKind::Concat(parts) => parts.iter().all(|part| write(part, extra, out)),
        HirKind::Alternation(parts) => parts.first().is_some_and(|part| write(part, extra, out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("^[A-Z]{2}\\d*$", 0, Some("AA"))]
    #[case("^[A-Z]{2}\\d*$", 4, Some("AA0000"))]
    #[case("(foo|bar)+", 0, Some("foo"))]
    #[case("^(?=a)b$", 0, None)]
    #[case("^((a{1000}){1000}){1000}$", 0, None)]
    fn patterns(#[case] pattern: &str, #[case] least: usize, #[case] text: Option<&str>) {
        assert_eq!(matching(pattern, least).as_deref(), text);
    }
}
