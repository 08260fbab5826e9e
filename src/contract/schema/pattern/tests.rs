use super::*;
use crate::contract::schema::engine::matches;
use proptest::prelude::*;
use rstest::rstest;

#[rstest]
// By the book.
#[case(r"^[a-z]{2,3}\d*$", "ab1", Some(true))]
#[case(r"^[a-z]{2,3}\d*$", "a1", Some(false))]
#[case(r"^\d+$", "٣", Some(false))]
#[case(r"^(?=.*[0-9])(?!.*x)[a-z0-9]{3,8}$", "abc1", Some(true))]
#[case(r"^(?=.*[0-9])(?!.*x)[a-z0-9]{3,8}$", "abcd", Some(false))]
#[case(r"^(a|b)\1$", "aa", Some(true))]
#[case(r"^(a|b)\1$", "ab", Some(false))]
// Named groups, and references to them.
#[case(r"^(?P<n>a|b)(?P=n)$", "bb", Some(true))]
#[case(r"^(?<n>a|b)\k<n>$", "ba", Some(false))]
#[case(r"^(?'n'a)(x)\k{n}1$", "axa1", Some(true))]
// Anchors.
#[case(r"\A[a-z]+\Z", "abc", Some(true))]
#[case(r"\A[a-z]+\Z", "abc1", Some(false))]
#[case(r"\A[a-z]+\z", "1abc", Some(false))]
// Possessive and atomic.
#[case(r"^[a-z]++$", "abc", Some(true))]
#[case(r"^[a-z]{2}+x?+$", "abx", Some(true))]
#[case(r"^[a-z]*+1$", "A1", Some(false))]
#[case(r"^(?>a+)b$", "aab", Some(true))]
#[case(r"^(?>a+)b$", "aac", Some(false))]
// Flags and comments.
#[case(r"(?i)^abc$", "ABC", Some(true))]
#[case(r"(?a)^abc$", "ABC", Some(false))]
#[case(r"^(?i:a)b$", "Ab", Some(true))]
#[case(r"^a(?# and then)b$", "ab", Some(true))]
#[case(r"/^[a-z]+$/i", "ABC", Some(true))]
#[case(r"/^[a-z]+$/", "ABC", Some(false))]
#[case(r"/a/b/", "x/a/b/", Some(true))]
// Classes.
#[case(r"^[[:alpha:]]+$", "abc", Some(true))]
#[case(r"^[^[:digit:]_]+$", "a1", Some(false))]
#[case(r"^[\w-.]+$", "a-b.c", Some(true))]
#[case(r"^[a-\d]+$", "a-1", Some(true))]
#[case(r"^[a-z[]+$", "a[", Some(true))]
#[case(r"^[^[]+$", "a[", Some(false))]
#[case(r"^[]a]+$", "]a", Some(true))]
#[case(r"^[^]+$", "a\n", Some(true))]
#[case(r"^[a-z&&[^b]]$", "a", None)]
// Properties.
#[case(r"^\p{Lu}\p{L}*$", "Ärger", Some(true))]
#[case(r"^\p{Lu}\p{L}*$", "ärger", Some(false))]
#[case(r"^\p{IsAlphabetic}+$", "ä", Some(true))]
#[case(r"^\p{Punct}+$", "$+", Some(true))]
#[case(r"^[\p{Alnum}_]+$", "a_1", Some(true))]
#[case(r"^\P{Alpha}+$", "a", Some(false))]
// Escapes and braces.
#[case(r"^\Qa.b\E$", "a.b", Some(true))]
#[case(r"^\Qa.b\E$", "axb", Some(false))]
#[case(r"^{[a-z]+}$", "{a}", Some(true))]
#[case(r"^a{,2}$", "aa", Some(true))]
#[case(r"^\<a\>$", "<a>", Some(true))]
#[case(r"^\/\-\_\'$", "/-_'", Some(true))]
#[case(r"^\0$", "\0", Some(true))]
#[case(r"^\u00e4$", "ä", Some(true))]
#[case(r"^\uD83D\uDE00$", "😀", Some(true))]
#[case(r"^(?:[\uD800-\uDBFF][\uDC00-\uDFFF])+$", "😀", Some(true))]
// What no engine takes.
#[case(r"\x{41", "", None)]
#[case(r"[\u{1", "", None)]
#[case("[", "", None)]
#[case("(", "", None)]
#[case(r"^(?(DEFINE)(?<x>a))(?&x)$", "a", None)]
#[case(r"(*UTF8)a", "a", None)]
#[case("^((a{1000}){1000}){1000}$", "a", None)]
fn dialects(#[case] pattern: &str, #[case] text: &str, #[case] fits: Option<bool>) {
    let translated = readable(pattern);
    assert_eq!(translated.as_deref().map(|t| matches(t, text)), fits, "{pattern} as {translated:?}");
}

proptest! {
    #[test]
    fn no_pattern_brings_it_down(pattern in r"[\\\[\](){}?*+<>P:=!a-c&|^$0-9u'#/QEkpZ-]{0,24}") {
        let _ = readable(&pattern);
    }

    #[test]
    fn any_text_is_read(pattern in "\\PC{0,24}") {
        let _ = readable(&pattern);
    }
}
