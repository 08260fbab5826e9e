//! Translates patterns of other dialects (Python, Java, PCRE, .NET, POSIX, JavaScript without the Unicode
//! flag) to the syntax of the validator's engines, with the meaning that their author intended.

use super::engine::compiles;

/// Longer patterns take seconds to compile and are not used, in octets.
pub(in crate::contract) const LONGEST: usize = 64 << 10;

/// Each look-around is compiled by itself, and tried at each place of a text.
const MAX_LOOKS: usize = 100;
/// What they begin with, or the name of a group.
const LOOK_AROUND: [&str; 3] = ["(?=", "(?!", "(?<"];

/// The pattern as the engines read it; `None` where it cannot be compiled, or where it would come
/// to mean something else. Then the keyword says nothing about a value.
pub(in crate::contract) fn readable(pattern: &str) -> Option<String> {
    if pattern.len() > LONGEST || looks(pattern) > MAX_LOOKS {
        return None;
    }
    let translated = translate(pattern)?;
    compiles(&translated).then_some(translated)
}

/// How many look-arounds a pattern has at most.
fn looks(pattern: &str) -> usize {
    LOOK_AROUND.iter().map(|begin| pattern.matches(begin).count()).sum()
}

fn translate(pattern: &str) -> Option<String> {
    let pattern = astral(&unwrapped(pattern));
    let mut walk = Walk {
        letters: pattern.chars().collect(),
        at: 0,
        out: String::with_capacity(pattern.len()),
        groups: Vec::new(),
        is_set: false,
        is_repeated: false,
    };
    while walk.at < walk.letters.len() {
        let before = walk.at;
        walk.step()?;
        // Whatever is written, each step takes some of it.
        if walk.at == before {
            return None;
        }
    }
    Some(walk.out)
}

/// A JavaScript literal (`/^a$/i`) without its slashes. An anchor next to a slash says that it is
/// one: as text of the pattern it could never match.
fn unwrapped(pattern: &str) -> String {
    let parts = pattern.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let Some((inner, flags)) = parts else { return pattern.to_owned() };
    let is_literal = flags.chars().all(|flag| flag.is_ascii_lowercase())
        && (inner.starts_with('^') || (inner.ends_with('$') && !inner.ends_with("\\$")));
    if !is_literal {
        return pattern.to_owned();
    }
    let kept: String = flags.chars().filter(|flag| "imsx".contains(*flag)).collect();
    if kept.is_empty() { inner.to_owned() } else { format!("(?{kept}){inner}") }
}

/// Surrogate pairs (ECMA-262 without the Unicode flag) as the characters that they encode.
fn astral(pattern: &str) -> String {
    const ANY: &str = r"[\ud800-\udbff][\udc00-\udfff]";
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(at) = rest.find("[\\u").into_iter().chain(rest.find("\\u")).min() {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let unit = |from: usize| {
            let digits = rest.get(from..from + 6)?.strip_prefix("\\u")?;
            u32::from_str_radix(digits, 16).ok()
        };
        let is_any = rest.get(..ANY.len()).is_some_and(|head| head.eq_ignore_ascii_case(ANY));
        match (unit(0), unit(6)) {
            _ if is_any => {
                out.push_str(r"[\x{10000}-\x{10FFFF}]");
                rest = &rest[ANY.len()..];
            }
            (Some(high @ 0xd800..=0xdbff), Some(low @ 0xdc00..=0xdfff)) => {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                out.push_str(r"\x{");
                out.extend(format!("{code:X}").chars());
                out.push('}');
                rest = &rest[12..];
            }
            _ => {
                // At least the first character, which is ASCII.
                out.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The members of a POSIX class, or of a Java class of the same name, as the inside of a set.
fn posix(name: &str) -> Option<&'static str> {
    Some(match name.to_ascii_lowercase().as_str() {
        "alpha" => "a-zA-Z",
        "digit" => "0-9",
        "alnum" => "a-zA-Z0-9",
        "upper" => "A-Z",
        "lower" => "a-z",
        "space" => r"\s",
        "blank" => r" \t",
        "punct" => r"!-/:-@\[-`{-~",
        "xdigit" => "0-9A-Fa-f",
        "cntrl" => r"\x00-\x1F\x7F",
        "graph" => "!-~",
        "print" => " -~",
        "ascii" => r"\x00-\x7F",
        "word" => r"\w",
        _ => return None,
    })
}

struct Walk {
    letters: Vec<char>,
    at: usize,
    out: String,
    /// Names of the capturing groups so far; empty for those without one.
    groups: Vec<String>,
    /// Whether the last member of the class that is open was a set of its own, such as `\w`.
    is_set: bool,
    /// Whether the last thing was a quantifier.
    is_repeated: bool,
}

impl Walk {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn begins(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(ahead, letter)| self.peek(ahead) == Some(letter))
    }

    /// The text from `ahead` up to an end, which is passed over.
    fn until(&mut self, ahead: usize, end: char) -> Option<String> {
        let start = self.at + ahead;
        let length = self.letters.get(start..)?.iter().position(|letter| *letter == end)?;
        self.at = start + length + 1;
        Some(self.letters[start..start + length].iter().collect())
    }

    fn add(&mut self, text: &str) {
        self.out.push_str(text);
    }

    fn put(&mut self, text: &str, length: usize) {
        self.out.push_str(text);
        self.at += length;
    }

    /// One element outside a class.
    fn step(&mut self) -> Option<()> {
        let was_repeated = std::mem::take(&mut self.is_repeated);
        match self.peek(0)? {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.group(),
            '{' => {
                self.bounds();
                Some(())
            }
            // Possessive: what it matches is a part of what the plain one matches.
            '+' if was_repeated => {
                self.at += 1;
                Some(())
            }
            letter => {
                self.is_repeated = matches!(letter, '*' | '+') || (letter == '?' && !was_repeated);
                self.put(&letter.to_string(), 1);
                Some(())
            }
        }
    }

    /// `{2,3}`; a brace that is not a bound means itself (ECMA-262 Annex B).
    fn bounds(&mut self) {
        let inside: String = self.letters[self.at + 1..].iter().take_while(|c| **c != '}').collect();
        let is_closed = self.peek(inside.chars().count() + 1) == Some('}');
        let (least, most) = inside.split_once(',').unwrap_or((&inside, ""));
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        let is_bound =
            is_closed && is_number(least) && is_number(most) && !(least.is_empty() && most.is_empty());
        if is_bound {
            let zero = if least.is_empty() { "0" } else { "" };
            self.put(&format!("{{{zero}{inside}}}"), inside.chars().count() + 2);
            self.is_repeated = true;
        } else {
            self.put("\\{", 1);
        }
    }

    fn group(&mut self) -> Option<()> {
        if self.begins("(*") {
            return None;
        }
        if !self.begins("(?") {
            self.groups.push(String::new());
            self.put("(", 1);
            return Some(());
        }
        match (self.peek(2)?, self.peek(3)) {
            ('#', _) => self.until(3, ')').map(|_| ()),
            // Atomic, and with groups renumbered: as a plain group both match at least as much.
            ('>' | '|', _) => {
                self.put("(?:", 3);
                Some(())
            }
            ('=' | '!' | ':', _) => {
                let look: String = self.letters[self.at..self.at + 3].iter().collect();
                self.put(&look, 3);
                Some(())
            }
            ('<', Some(look @ ('=' | '!'))) => {
                self.put(&format!("(?<{look}"), 4);
                Some(())
            }
            ('P', Some('=')) => {
                let name = self.until(4, ')')?;
                self.refer(&name)
            }
            ('P', Some('<')) => self.named(4, '>'),
            ('<', _) => self.named(3, '>'),
            ('\'', _) => self.named(3, '\''),
            _ => self.flags(),
        }
    }

    fn named(&mut self, ahead: usize, end: char) -> Option<()> {
        let name = self.until(ahead, end)?;
        self.add(&format!("(?P<{name}>"));
        self.groups.push(name);
        Some(())
    }

    /// A reference back to a group, by name or number.
    fn refer(&mut self, name: &str) -> Option<()> {
        let number = match name.parse::<usize>() {
            Ok(number) => number,
            Err(_) => self.groups.iter().position(|known| known == name)? + 1,
        };
        self.add(&format!("(?:\\{number})"));
        Some(())
    }

    /// `(?i)` and `(?i:`; what only other engines know is left out.
    fn flags(&mut self) -> Option<()> {
        let mut flags = String::new();
        let mut ahead = 2;
        while let Some(flag) = self.peek(ahead).filter(|flag| flag.is_ascii_alphabetic() || *flag == '-') {
            if "imsx-".contains(flag) {
                flags.push(flag);
            }
            ahead += 1;
        }
        let flags = flags.trim_end_matches('-');
        match self.peek(ahead)? {
            ':' => self.put(&format!("(?{flags}:"), ahead + 1),
            ')' if flags.is_empty() => self.at += ahead + 1,
            ')' => self.put(&format!("(?{flags})"), ahead + 1),
            _ => return None,
        }
        Some(())
    }

    /// An escape outside a class.
    fn escape(&mut self) -> Option<()> {
        match self.peek(1)? {
            'Z' => self.put(r"(?:\n?\z)", 2),
            'A' => self.put(r"\A", 2),
            'z' => self.put(r"\z", 2),
            'R' => self.put(r"(?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])", 2),
            'Q' => {
                self.at += 2;
                while self.at < self.letters.len() && !self.begins("\\E") {
                    let letter = self.peek(0)?;
                    self.put(&regex_syntax::escape(&letter.to_string()), 1);
                }
                self.at = (self.at + 2).min(self.letters.len());
            }
            'k' => {
                let end = match self.peek(2)? {
                    '<' => '>',
                    '{' => '}',
                    '\'' => '\'',
                    _ => return None,
                };
                let name = self.until(3, end)?;
                return self.refer(&name);
            }
            'p' | 'P' if self.peek(2) == Some('{') => return self.property(false),
            _ => return self.character(),
        }
        Some(())
    }

    /// An escape that means the same inside a class and outside; `None` where its brace never closes.
    fn character(&mut self) -> Option<()> {
        match self.peek(1)? {
            'e' => self.put(r"\x1B", 2),
            '0' => {
                let octal: String = self.letters[self.at + 1..]
                    .iter()
                    .take(3)
                    .take_while(|digit| ('0'..='7').contains(*digit))
                    .collect();
                let code = u32::from_str_radix(&octal, 8).unwrap_or(0);
                self.put(&format!("\\x{{{code:X}}}"), 1 + octal.len());
            }
            letter @ ('x' | 'u') if self.peek(2) == Some('{') => {
                let code = self.until(3, '}')?;
                self.add(&format!("\\{letter}{{{code}}}"));
            }
            // Letters of their own here, and elsewhere bounds of words.
            letter @ ('<' | '>') => self.put(&letter.to_string(), 2),
            letter if !letter.is_ascii() => self.put(&letter.to_string(), 2),
            letter => self.put(&format!("\\{letter}"), 2),
        }
        Some(())
    }

    /// `\p{…}`.
    fn property(&mut self, is_inside: bool) -> Option<()> {
        let is_negated = self.peek(1) == Some('P');
        let name = self.until(3, '}')?;
        let (is_negated, name) = match name.strip_prefix('^') {
            Some(name) => (!is_negated, name),
            None => (is_negated, name.as_str()),
        };
        let letter = if is_negated { 'P' } else { 'p' };
        let plain = match name {
            "L&" => "LC",
            "Any" => "any",
            name => name.strip_prefix("Is").or_else(|| name.strip_prefix("java")).unwrap_or(name),
        };
        match (posix(plain), is_inside) {
            (Some(members), false) => {
                self.add(&format!("[{}{members}]", if is_negated { "^" } else { "" }));
            }
            (Some(members), true) if !is_negated => self.out.push_str(members),
            (Some(_), true) => return None,
            (None, _) => self.add(&format!("\\{letter}{{{plain}}}")),
        }
        Some(())
    }

    fn class(&mut self) -> Option<()> {
        // ECMA-262: any character at all.
        let follows = self.peek(3);
        if self.begins("[^]")
            && (matches!(follows, None | Some('*' | '+' | '?' | '{' | '$' | ')'))
                || !self.letters[self.at + 3..].contains(&']'))
        {
            self.put(r"[\s\S]", 3);
            return Some(());
        }
        self.put("[", 1);
        if self.peek(0) == Some('^') {
            self.put("^", 1);
        }
        // At the start it means itself, in all dialects but one.
        if self.peek(0) == Some(']') {
            self.put("\\]", 1);
        }
        self.is_set = false;
        loop {
            match self.peek(0)? {
                ']' => {
                    self.put("]", 1);
                    return Some(());
                }
                '[' if self.peek(1) == Some(':') => {
                    let at = self.at;
                    match self.until(2, ':').filter(|_| self.peek(0) == Some(']')) {
                        Some(name) => {
                            self.put(posix(&name)?, 1);
                            self.is_set = true;
                        }
                        None => {
                            self.at = at;
                            self.put("\\[", 1);
                        }
                    }
                }
                // What classes have in common, which no engine here takes.
                '&' if self.begins("&&[") => return None,
                '\\' => self.member_escape()?,
                '-' if self.is_set && self.peek(1) != Some(']') => {
                    self.put("\\-", 1);
                    self.is_set = false;
                }
                // A set cannot end a range.
                '-' if self.peek(1) == Some('\\')
                    && matches!(self.peek(2), Some('w' | 'd' | 's' | 'W' | 'D' | 'S' | 'p' | 'P')) =>
                {
                    self.put("\\-", 1);
                }
                '[' => {
                    self.put("\\[", 1);
                    self.is_set = false;
                }
                letter => {
                    self.put(&letter.to_string(), 1);
                    self.is_set = false;
                }
            }
        }
    }

    /// An escape inside a class.
    fn member_escape(&mut self) -> Option<()> {
        self.is_set = false;
        match self.peek(1)? {
            'p' | 'P' if self.peek(2) == Some('{') => {
                self.is_set = true;
                self.property(true)
            }
            set @ ('w' | 'd' | 's' | 'W' | 'D' | 'S') => {
                self.is_set = true;
                self.put(&format!("\\{set}"), 2);
                Some(())
            }
            // A backspace.
            'b' => {
                self.put(r"\x08", 2);
                Some(())
            }
            _ => self.character(),
        }
    }
}

#[cfg(test)]
mod tests;
