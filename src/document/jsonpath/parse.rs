//! Reads a query.

use serde_json::Value;

use super::path::{Comparison, Operand, Path, Query, Segment, Selector, Test};
use super::scan::{Mistake, Scanner};

/// Signs of comparison, longer ones first.
const SIGNS: &[(&str, Comparison)] = &[
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
];

/// Reads a whole query.
pub fn parse(text: &str) -> Result<Path, Mistake> {
    let mut scanner = Scanner::new(text);
    if !scanner.take("$") {
        return Err(scanner.expected("$ at the start"));
    }
    let segments = segments(&mut scanner)?;
    if !scanner.is_at_end() {
        return Err(scanner.expected("a step such as .name or ['name']"));
    }
    Ok(Path { segments })
}

/// The segments that follow, if any. Blanks that no segment follows are left where they are.
fn segments(scanner: &mut Scanner<'_>) -> Result<Vec<Segment>, Mistake> {
    let mut segments = Vec::new();
    loop {
        let before = scanner.clone();
        scanner.blanks();
        if scanner.take("..") {
            let selectors =
                if scanner.peek() == Some('[') { bracketed(scanner)? } else { shorthand(scanner)? };
            segments.push(Segment { descends: true, selectors });
        } else if scanner.take(".") {
            segments.push(Segment { descends: false, selectors: shorthand(scanner)? });
        } else if scanner.peek() == Some('[') {
            segments.push(Segment { descends: false, selectors: bracketed(scanner)? });
        } else {
            *scanner = before;
            return Ok(segments);
        }
    }
}

/// `*`, or a name without quotes.
fn shorthand(scanner: &mut Scanner<'_>) -> Result<Vec<Selector>, Mistake> {
    if scanner.take("*") {
        return Ok(vec![Selector::Wildcard]);
    }
    let is_first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    if !scanner.peek().is_some_and(is_first) {
        return Err(scanner.expected("a name or *"));
    }
    let name = scanner.take_while(|c| is_first(c) || c.is_ascii_digit());
    if scanner.peek() == Some('-') {
        let whole = format!(
            "{name}{}",
            scanner.clone().take_while(|c| is_first(c) || c.is_ascii_digit() || c == '-')
        );
        return Err(scanner.mistake(format!("a name with - needs quotes: ['{whole}']")));
    }
    Ok(vec![Selector::Name(name.to_owned())])
}

/// Selectors in brackets.
fn bracketed(scanner: &mut Scanner<'_>) -> Result<Vec<Selector>, Mistake> {
    scanner.deeper()?;
    scanner.take("[");
    let mut selectors = Vec::new();
    loop {
        scanner.blanks();
        selectors.push(selector(scanner)?);
        scanner.blanks();
        if scanner.take("]") {
            scanner.back();
            return Ok(selectors);
        }
        if !scanner.take(",") {
            return Err(scanner.expected(", or ]"));
        }
    }
}

fn selector(scanner: &mut Scanner<'_>) -> Result<Selector, Mistake> {
    match scanner.peek() {
        Some('*') => {
            scanner.take("*");
            Ok(Selector::Wildcard)
        }
        Some('?') => {
            scanner.take("?");
            scanner.blanks();
            Ok(Selector::Filter(condition(scanner)?))
        }
        Some('"' | '\'') => Ok(Selector::Name(scanner.string()?)),
        Some(':' | '-' | '0'..='9') => index_or_slice(scanner),
        _ => Err(scanner.expected("a quoted name, an index, * or a filter")),
    }
}

fn index_or_slice(scanner: &mut Scanner<'_>) -> Result<Selector, Mistake> {
    let start = scanner.integer()?;
    let before = scanner.clone();
    scanner.blanks();
    if !scanner.take(":") {
        *scanner = before;
        return start.map(Selector::Index).ok_or_else(|| scanner.expected("an index"));
    }
    scanner.blanks();
    let end = scanner.integer()?;
    scanner.blanks();
    let mut step = None;
    if scanner.take(":") {
        scanner.blanks();
        step = scanner.integer()?;
    }
    Ok(Selector::Slice { start, end, step: step.unwrap_or(1) })
}

/// Conditions joined by `||`.
fn condition(scanner: &mut Scanner<'_>) -> Result<Test, Mistake> {
    joined(scanner, "||", all).map(|tests| single(tests, Test::Any))
}

/// Conditions joined by `&&`.
fn all(scanner: &mut Scanner<'_>) -> Result<Test, Mistake> {
    joined(scanner, "&&", one).map(|tests| single(tests, Test::All))
}

fn joined(
    scanner: &mut Scanner<'_>,
    sign: &str,
    part: fn(&mut Scanner<'_>) -> Result<Test, Mistake>,
) -> Result<Vec<Test>, Mistake> {
    let mut tests = vec![part(scanner)?];
    loop {
        let before = scanner.clone();
        scanner.blanks();
        if !scanner.take(sign) {
            *scanner = before;
            return Ok(tests);
        }
        scanner.blanks();
        tests.push(part(scanner)?);
    }
}

fn single(mut tests: Vec<Test>, several: fn(Vec<Test>) -> Test) -> Test {
    match tests.pop() {
        Some(only) if tests.is_empty() => only,
        last => {
            tests.extend(last);
            several(tests)
        }
    }
}

/// A condition in brackets, a comparison, or the test whether something exists.
fn one(scanner: &mut Scanner<'_>) -> Result<Test, Mistake> {
    if scanner.take("!") {
        scanner.blanks();
        let negated = if scanner.peek() == Some('(') { in_brackets(scanner)? } else { existence(scanner)? };
        return Ok(Test::Not(Box::new(negated)));
    }
    if scanner.peek() == Some('(') {
        return in_brackets(scanner);
    }
    let start = scanner.clone();
    let left = part(scanner)?;
    let before = scanner.clone();
    scanner.blanks();
    let sign = SIGNS.iter().find(|(sign, _)| scanner.take(sign));
    let Some((_, comparison)) = sign else {
        *scanner = before;
        return left.test(&start);
    };
    let left = left.operand(&start)?;
    scanner.blanks();
    let start = scanner.clone();
    let right = part(scanner)?.operand(&start)?;
    Ok(Test::Compare(left, *comparison, right))
}

fn existence(scanner: &mut Scanner<'_>) -> Result<Test, Mistake> {
    let start = scanner.clone();
    part(scanner)?.test(&start)
}

fn in_brackets(scanner: &mut Scanner<'_>) -> Result<Test, Mistake> {
    scanner.deeper()?;
    scanner.take("(");
    scanner.blanks();
    let test = condition(scanner)?;
    scanner.blanks();
    if !scanner.take(")") {
        return Err(scanner.expected(")"));
    }
    scanner.back();
    Ok(test)
}

/// What stands on a side of a comparison, or alone.
enum Part {
    Literal(Value),
    Query(Query),
    /// A function with a value.
    Value(Operand),
    /// A function that holds or does not.
    Logical(Test),
}

impl Part {
    /// As a condition of its own.
    fn test(self, start: &Scanner<'_>) -> Result<Test, Mistake> {
        match self {
            Self::Query(query) => Ok(Test::Exists(query)),
            Self::Logical(test) => Ok(test),
            Self::Literal(_) | Self::Value(_) => {
                Err(start.mistake("a value is no condition; compare it with something"))
            }
        }
    }

    /// As a value.
    fn operand(self, start: &Scanner<'_>) -> Result<Operand, Mistake> {
        match self {
            Self::Literal(value) => Ok(Operand::Literal(value)),
            Self::Query(query) if query.is_singular() => Ok(Operand::Node(query)),
            Self::Query(_) => Err(start.mistake("a query that may select several nodes has no value")),
            Self::Value(operand) => Ok(operand),
            Self::Logical(_) => Err(start.mistake("match and search have no value")),
        }
    }

    fn query(self, start: &Scanner<'_>) -> Result<Query, Mistake> {
        match self {
            Self::Query(query) => Ok(query),
            _ => Err(start.mistake("a query is needed here")),
        }
    }
}

fn part(scanner: &mut Scanner<'_>) -> Result<Part, Mistake> {
    match scanner.peek() {
        Some('@' | '$') => {
            let is_absolute = scanner.take("$");
            if !is_absolute {
                scanner.take("@");
            }
            Ok(Part::Query(Query { is_absolute, segments: segments(scanner)? }))
        }
        Some('"' | '\'') => scanner.string().map(|text| Part::Literal(Value::String(text))),
        Some('-' | '0'..='9') => scanner.number().map(Part::Literal),
        Some('a'..='z') => word(scanner),
        _ => Err(scanner.expected("@, $, a value or a function")),
    }
}

/// `true`, `false`, `null`, or a function.
fn word(scanner: &mut Scanner<'_>) -> Result<Part, Mistake> {
    let start = scanner.clone();
    let name = scanner.take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !scanner.begins("(") {
        return match name {
            "true" => Ok(Part::Literal(Value::Bool(true))),
            "false" => Ok(Part::Literal(Value::Bool(false))),
            "null" => Ok(Part::Literal(Value::Null)),
            _ => Err(start.mistake(format!("unknown word {name:?}; texts stand in quotes"))),
        };
    }
    scanner.deeper()?;
    scanner.take("(");
    let part = match name {
        "length" => Part::Value(Operand::Length(Box::new(value(scanner)?))),
        "count" => Part::Value(Operand::Count(query(scanner)?)),
        "value" => Part::Value(Operand::Only(query(scanner)?)),
        "match" | "search" => {
            let text = value(scanner)?;
            scanner.blanks();
            if !scanner.take(",") {
                return Err(scanner.expected(","));
            }
            Part::Logical(Test::Fits { whole: name == "match", text, pattern: value(scanner)? })
        }
        _ => {
            let known = "length, count, value, match and search";
            return Err(start.mistake(format!("unknown function {name:?}; there are {known}")));
        }
    };
    scanner.blanks();
    if !scanner.take(")") {
        return Err(scanner.expected(")"));
    }
    scanner.back();
    Ok(part)
}

/// An argument that has a value.
fn value(scanner: &mut Scanner<'_>) -> Result<Operand, Mistake> {
    scanner.blanks();
    let start = scanner.clone();
    part(scanner)?.operand(&start)
}

/// An argument that selects nodes.
fn query(scanner: &mut Scanner<'_>) -> Result<Query, Mistake> {
    scanner.blanks();
    let start = scanner.clone();
    part(scanner)?.query(&start)
}
