//! Placeholders for texts of a strict form, such as `AB-12`: keys that must be new, and that leave no room for a
//! token.
//!
//! A placeholder has letters and digits of a fixed order in the places of those of the text. [`fill`] recognises it by
//! that, and puts others there that count the requests of a run.

/// The letters of placeholders, by their place.
const LETTERS: &[u8] = b"qxzjvkw";
/// The digits of placeholders, by their place.
const DIGITS: &[u8] = b"79358";
/// Where a text begins and ends in JSON, forms and XML.
const ENDS: [char; 5] = ['"', '=', '&', '<', '>'];
/// Longest text that is taken for a placeholder, in bytes.
const MAX_LENGTH: usize = 64;
/// How far texts of one body are apart.
const STRIDE: u64 = 1_009;

/// Tokens that show which texts may stand for a placeholder.
pub(super) const SAMPLES: [&str; 4] = ["countsaaa", "countsbcd", "letterskz", "othersqqq"];

/// Placeholders in the form of a text, the longest first: its last letter or digit may be there more than once. None
/// where the text has no letter, so that it may as well be a number.
pub(super) fn of(text: &str) -> Vec<String> {
    let Some(last) = text.rfind(|c: char| c.is_ascii_alphanumeric()) else { return Vec::new() };
    let (head, tail) = text.split_at(last + 1);
    let last: String = head.chars().next_back().into_iter().collect();
    let forms = [2, 1, 0].iter().map(|more| placeholder(&format!("{head}{}{tail}", last.repeat(*more))));
    forms.filter(|form| is_one(form)).collect()
}

/// Puts letters and digits that a token alone decides in the place of each placeholder; `None` where there is none.
pub(super) fn fill(text: &str, token: &str) -> Option<String> {
    let mut found = 0;
    let mut filled = String::with_capacity(text.len());
    for piece in text.split_inclusive(ENDS) {
        let bare = piece.trim_end_matches(ENDS);
        if is_one(bare) {
            filled.push_str(&numbered(bare, number(token) + STRIDE * found));
            found += 1;
        } else {
            filled.push_str(bare);
        }
        filled.push_str(piece.get(bare.len()..).unwrap_or_default());
    }
    (found > 0).then_some(filled)
}

/// A text with the letters and digits of a placeholder.
fn placeholder(text: &str) -> String {
    let mut place = 0;
    let letter = |c: char| {
        if !c.is_ascii_alphanumeric() {
            return c;
        }
        let order = if c.is_ascii_digit() { DIGITS } else { LETTERS };
        let new = order.get(place % order.len()).copied().map_or(c, char::from);
        place += 1;
        if c.is_ascii_uppercase() { new.to_ascii_uppercase() } else { new }
    };
    text.chars().map(letter).collect()
}

/// Whether a text is a placeholder.
pub(super) fn is_one(text: &str) -> bool {
    let is_enough = text.chars().filter(char::is_ascii_alphanumeric).count() > 1;
    text.len() <= MAX_LENGTH
        && is_enough
        && text.contains(|c: char| c.is_ascii_alphabetic())
        && placeholder(text) == text
}

/// The number of a request: where its run begins to count, and its own count, the last three letters.
fn number(token: &str) -> u64 {
    let (run, count) = token.split_at_checked(token.len().saturating_sub(3)).unwrap_or((token, ""));
    let step = |number: u64, octet: u8| number * 26 + u64::from(octet.wrapping_sub(b'a') % 26);
    run.bytes().fold(0, step) % 1_000_000_007 + count.bytes().fold(0, step)
}

/// The text of a form that has a number, the last letter or digit counting first. There is no nought, which may not
/// be at the beginning of one.
fn numbered(form: &str, mut number: u64) -> String {
    let mut next = |c: char| {
        let (first, many) = match c {
            'a'..='z' => (b'a', 26),
            'A'..='Z' => (b'A', 26),
            '0'..='9' => (b'1', 9),
            c => return c,
        };
        let step = u8::try_from(number % many).unwrap_or(0);
        number /= many;
        char::from(first + step)
    };
    let backwards: Vec<char> = form.chars().rev().map(&mut next).collect();
    backwards.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::collections::HashSet;

    #[rstest]
    #[case("E7", &["Q935", "Q93", "Q9"])]
    #[case("AB-12", &["QX-3587", "QX-358", "QX-35"])]
    #[case("12", &[])]
    #[case("", &[])]
    #[case("--", &[])]
    fn a_placeholder_has_the_form_of_a_text(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(of(text), expected);
    }

    #[test]
    fn each_request_has_a_text_of_its_own() {
        let count = |count: usize| super::super::mark::token("abcdef", count);
        let texts: HashSet<String> = (0..200).filter_map(|n| fill("\"Q9\"", &count(n))).collect();
        assert_eq!(texts.len(), 200, "26 letters and nine digits");
        assert!(texts.iter().all(|text| text.len() == 4 && !text.contains('0')), "{texts:?}");
    }

    #[rstest]
    #[case(r#"[{"k": "Q9"}, {"k": "Q9"}]"#, true)]
    #[case("k=Q9&m=Q9", true)]
    #[case(r#"{"k": "Q9 of them", "Q": "Q", "n": "79"}"#, false)]
    fn only_whole_texts_are_placeholders(#[case] body: &str, #[case] is_filled: bool) {
        let filled = fill(body, "abcdefaaa");
        assert_eq!(filled.is_some(), is_filled, "{filled:?}");
        assert!(filled.is_none_or(|filled| !filled.contains("Q9")));
    }
}
