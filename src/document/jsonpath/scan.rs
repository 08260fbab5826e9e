//! Reads signs, numbers and quoted texts.

/// Brackets may be nested this deeply.
const DEPTH: usize = 32;
/// The largest integer that every implementation reads alike (RFC 7493 §2.2).
const LARGEST: i64 = (1 << 53) - 1;

/// Why a query cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong.
    pub message: String,
    /// After how many characters.
    pub at: usize,
}

/// A text and how much of it was read.
#[derive(Debug, Clone)]
pub struct Scanner<'t> {
    text: &'t str,
    rest: &'t str,
    depth: usize,
}

impl<'t> Scanner<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, rest: text, depth: 0 }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    pub fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    /// Whether the rest begins so.
    pub fn begins(&self, sign: &str) -> bool {
        self.rest.starts_with(sign)
    }

    /// Goes past a sign that stands here; whether it does.
    pub fn take(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    pub fn blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
    }

    /// Goes into a bracket.
    pub fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.mistake(format!("brackets are nested more than {DEPTH} times")));
        }
        Ok(())
    }

    /// Leaves a bracket.
    pub fn back(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        let read = self.text.get(..self.text.len() - self.rest.len()).unwrap_or_default();
        Mistake { message: message.into(), at: read.chars().count() }
    }

    pub fn expected(&self, what: &str) -> Mistake {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |c| format!("{c:?}"));
        self.mistake(format!("expected {what}, found {found}"))
    }

    /// An integer, if one stands here.
    pub fn integer(&mut self) -> Result<Option<i64>, Mistake> {
        let start = self.clone();
        let is_negative = self.take("-");
        let digits = self.take_while(|c| c.is_ascii_digit());
        if digits.is_empty() {
            return if is_negative { Err(self.expected("a digit")) } else { Ok(None) };
        }
        if digits.starts_with('0') && (digits.len() > 1 || is_negative) {
            return Err(start.mistake("an integer begins with 1 to 9, or is 0"));
        }
        let number = digits.parse::<i64>().ok().filter(|number| *number <= LARGEST);
        let number = number.ok_or_else(|| start.mistake("the integer is too large"))?;
        Ok(Some(if is_negative { -number } else { number }))
    }

    /// A text in single or double quotes.
    pub fn string(&mut self) -> Result<String, Mistake> {
        let start = self.clone();
        let quote = if self.take("'") { '\'' } else { '"' };
        if quote == '"' {
            self.take("\"");
        }
        let mut out = String::new();
        loop {
            out.push_str(self.take_while(|c| c != quote && c != '\\' && c >= ' '));
            match self.next() {
                Some(c) if c == quote => return Ok(out),
                Some('\\') => out.push(self.escaped(quote)?),
                Some(_) => return Err(self.mistake("a control character must be escaped")),
                None => return Err(start.mistake("the quote is not closed")),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let next = rest.next();
        self.rest = rest.as_str();
        next
    }

    /// What follows a backslash.
    fn escaped(&mut self, quote: char) -> Result<char, Mistake> {
        let start = self.clone();
        Ok(match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(c @ ('/' | '\\')) => c,
            Some(c) if c == quote => c,
            Some('u') => {
                let first = self.four_digits()?;
                let units = match first {
                    0xd800..0xdc00 if self.take("\\u") => vec![first, self.four_digits()?],
                    _ => vec![first],
                };
                let decoded = char::decode_utf16(units).next().and_then(Result::ok);
                decoded.ok_or_else(|| start.mistake("the escape is no character"))?
            }
            _ => return Err(start.mistake("unknown escape")),
        })
    }

    fn four_digits(&mut self) -> Result<u16, Mistake> {
        let digits = self.rest.get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let number = number.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.rest = self.rest.get(4..).unwrap_or_default();
        Ok(number)
    }

    /// A number of a comparison.
    pub fn number(&mut self) -> Result<serde_json::Value, Mistake> {
        let start = self.clone();
        let taken = self.take_while(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E'));
        // JSON and JSONPath write numbers alike; only `-0` is read as an integer there.
        serde_json::from_str(taken).map_err(|_| start.mistake(format!("{taken:?} is not a number")))
    }
}
