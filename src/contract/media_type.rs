//! Media types with their parameters: which documented one describes a message.

use std::fmt;

/// A media type that is documented, sent or asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    /// Type and subtype, or a range, in lower case.
    pub essence: String,
    /// Its parameters: names in lower case, values without quotes.
    pub parameters: Vec<(String, String)>,
}

impl MediaType {
    /// Reads a media type (RFC 9110 §8.3.1); parameters that are none are passed over.
    pub fn parse(text: &str) -> Self {
        let mut parts = split(text, ';').into_iter();
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = parts.filter_map(|part| {
            let (name, value) = part.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), unquoted(value.trim())))
        });
        Self { essence, parameters: parameters.collect() }
    }

    /// How many parameters both have alike; `None` where they contradict each other. A charset says how a
    /// text is written and not what it is, and what one does not say is no contradiction.
    pub fn agreement(&self, others: &[(String, String)]) -> Option<usize> {
        let mut alike = 0;
        for (name, value) in self.parameters.iter().filter(|(name, _)| name != "charset") {
            match others.iter().find(|(other, _)| other == name) {
                Some((_, other)) if other.eq_ignore_ascii_case(value) => alike += 1,
                Some(_) => return None,
                None => {}
            }
        }
        Some(alike)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_type(f, &self.essence, &self.parameters)
    }
}

/// Writes a media type; values that are no tokens are quoted (RFC 9110 §5.6.6).
pub(super) fn write_type(
    to: &mut impl fmt::Write,
    essence: &str,
    parameters: &[(String, String)],
) -> fmt::Result {
    to.write_str(essence)?;
    for (name, value) in parameters {
        let is_sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        if !value.is_empty() && value.chars().all(is_sign) {
            write!(to, "; {name}={value}")?;
        } else {
            write!(to, "; {name}={value:?}")?;
        }
    }
    Ok(())
}

/// The parts of a list (RFC 9110 §5.6.4: what is quoted holds no separator).
pub fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    let is_end = |c: char| {
        let is_end = c == separator && !is_quoted;
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    };
    text.split(is_end).collect()
}

fn unquoted(value: &str) -> String {
    match value.strip_prefix('"').and_then(|value| value.strip_suffix('"')) {
        Some(inside) => inside.replace('\\', ""),
        None => value.to_owned(),
    }
}

/// Type and subtype of a media type with its parameters.
pub(super) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or(media_type).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Application/JSON", "application/json", &[])]
    #[case("a/b; Version=1 ;x=\"1;2\\\"\"", "a/b", &[("version", "1"), ("x", "1;2\"")])]
    #[case("a/b;;y", "a/b", &[])]
    fn media_types_are_read(#[case] text: &str, #[case] essence: &str, #[case] parameters: &[(&str, &str)]) {
        let read = MediaType::parse(text);
        let found: Vec<(&str, &str)> =
            read.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!((read.essence.as_str(), found.as_slice()), (essence, parameters));
    }
}
