//! What a finding has in common with others: what a maintainer would mend once.
//!
//! A server has habits (403 for 401, no `Allow`), a schema is used by several operations, and a broken part fails in the
//! same words wherever it is met. Findings that have that in common have one cause, and reports show them as one.

use std::collections::HashSet;

use serde_json::Value;

use crate::check::evidence::Recorded;
use crate::document::pointer;
use crate::exchange::Exchange;
use crate::exchange::json::read_answer;
use crate::judge::exchange::{Observation, Told};
use crate::rules::{Family, Rule, Severity};
use crate::run::policy;

/// Characters of a message or a body that are compared.
const COMPARED: usize = 4_000;
/// What an answer begins with says what it is about; one of fewer characters says the same wherever it is met.
const SHORT: usize = 140;
/// Keywords that speak about one value as a whole, so that several of them fail at one wrong value.
const OF_A_VALUE: &[&str] = &[
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "nullable",
    "anyOf",
    "oneOf",
    "not",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
];
/// Where names of the document's own stand, which may be spelled like a keyword.
const NAMED: &[&str] = &["properties", "patternProperties", "schemas", "definitions", "$defs"];

/// The id of what was seen as one of a kind; `own` where it has nothing in common with others. It has no operation in
/// it, so it is the same whichever operations show it, and in whatever order.
pub(super) fn of(own: &str, seen: &Recorded) -> String {
    let (rule, status) = (seen.observation.rule, seen.evidence.exchange.status());
    match sameness(&seen.observation, &seen.evidence.exchange) {
        Some(Same::Place(place)) => policy::finding_id(rule, "", status, &place),
        Some(Same::Habit(habit)) => policy::habit_id(rule, status, &habit),
        None => own.to_owned(),
    }
}

/// What those that have one cause have in common, beside rule and status class.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Same {
    /// A place in the document that operations share.
    Place(String),
    /// How the server behaves, whatever the operation.
    Habit(String),
}

fn sameness(seen: &Observation, exchange: &Exchange) -> Option<Same> {
    let status = exchange.status().unwrap_or(0);
    let all = |parts: &[&str]| Some(Same::Habit(parts.join("\n")));
    let code = status.to_string();
    let text = || Some(words(exchange)).filter(|text| !text.is_empty());
    match seen.rule {
        Rule::InvalidAccepted => input(seen).map(Same::Habit),
        _ if seen.told == Told::OncePerRun => all(&["", &seen.at]),
        _ if seen.told == Told::OncePerPlace => Some(Same::Place(seen.document.clone())),
        Rule::BodySchema if status >= 400 && seen.document.starts_with("/paths/") => {
            // An error object that is written out again at each operation.
            let keyword = pointer::tokens(&seen.document).last().unwrap_or_default();
            all(&[&any_position(&seen.instance), &keyword, &seen.expected])
        }
        Rule::BodySchema => {
            envelope(seen).map(Same::Habit).or_else(|| Some(Same::Place(value_schema(&seen.document))))
        }
        Rule::StatusUndocumented if status < 400 => all(&[&code, &seen.expected]),
        Rule::StatusUndocumented | Rule::ResponseSlow => all(&["", &seen.expected]),
        Rule::StatusUnexpected if seen.expected == "success" => text().and_then(|text| all(&[&code, &text])),
        Rule::StatusUnexpected
        | Rule::AuthStatus
        | Rule::ScopeStatus
        | Rule::ScopeChallenge
        | Rule::MethodStatus => all(&[&code, &seen.expected]),
        // What no part of a service can take is the same fault everywhere, whatever each says of it.
        Rule::ServerError if is_of_the_octets(occasion(&seen.message)) => {
            all(&[&code, occasion(&seen.message)])
        }
        Rule::ServerError => all(&[&code, occasion(&seen.message), &words(exchange)]),
        Rule::ScopeMinimalRefused => text().and_then(|text| all(&[&code, &text])),
        // A parameter that many operations have is refused by what they share, which may name the part that it is in.
        Rule::ValidRejected if seen.at.starts_with("request.query.") => {
            all(&[&code, &seen.at, &any_position(&seen.instance), &gist(&words(exchange))])
        }
        Rule::ValidRejected if seen.at.starts_with("request.") => {
            all(&[&code, &seen.at, &any_position(&seen.instance), &words(exchange)])
        }
        Rule::ValidRejected => text().and_then(|text| all(&[&code, &seen.at, &text])),
        Rule::AuthMissingAccepted | Rule::AuthUnknownAccepted => all(&[""]),
        Rule::ScopeLackingAccepted => all(&[&seen.message]),
        Rule::AllowMissing
        | Rule::ChallengeMissing
        | Rule::HeaderMissing
        | Rule::HeaderSchema
        | Rule::FormatIgnored => all(&[&seen.at, &seen.expected]),
        Rule::MediaType | Rule::BodyMalformed => all(&[&seen.expected, &seen.actual]),
        Rule::BodyUnexpected | Rule::BodyMissing => {
            all(&[if seen.severity == Severity::Error { "error" } else { "" }])
        }
        Rule::MethodUndocumentedAccepted => {
            // A method that documents have is an operation that somebody wrote.
            let method = exchange.request.method.as_str();
            let is_written = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method);
            if is_written { None } else { all(&[method, &code]) }
        }
        Rule::HeadDiffers | Rule::LocationBroken | Rule::ConnectionFailed => {
            all(&[&code, &plain(&seen.message, &HashSet::new())])
        }
        Rule::UnknownFound => text().filter(|text| text.len() < SHORT).and_then(|text| all(&[&code, &text])),
        rule if rule.family() == Family::Page => all(&[&plain(&seen.message, &HashSet::new())]),
        _ => None,
    }
}

/// Values of another type near the top of an answer whose schema is written out again at each operation: `data`, `/ids/*`.
/// What is further down is about a thing of the API's own.
fn envelope(seen: &Observation) -> Option<String> {
    let at = any_position(&seen.instance);
    let (_, within) = seen.document.strip_prefix("/paths/")?.split_once("/schema/")?;
    let depth = pointer::tokens(&at).count();
    let found = match seen.actual.as_bytes().first()? {
        b'"' => "text",
        b'{' => "object",
        b'[' => "array",
        b'-' | b'0'..=b'9' => "number",
        _ => seen.actual.split(' ').take(2).last()?,
    };
    let is_type = within.ends_with("/type") && !within.ends_with("/properties/type");
    (is_type && (1..=2).contains(&depth)).then(|| [&at, within, &seen.expected, found].join("\n"))
}

/// Bad input that is passed over: the same kind in the same part of the request is one habit where it does no harm, and
/// one parameter elsewhere. A body is written for its operation.
fn input(seen: &Observation) -> Option<String> {
    let part = |most: usize| seen.at.splitn(3, '.').take(most).collect::<Vec<_>>().join(".");
    let kind = seen.message.rsplit_once(": ").map_or("", |(_, kind)| kind);
    match seen.told {
        Told::OncePerPlace => Some(format!("{}\n{kind}", part(2))),
        _ if seen.at.starts_with("request.body") => None,
        _ => Some(format!("{}\n{kind}", part(3))),
    }
}

/// What was odd about the request, without the place where it was put.
fn occasion(message: &str) -> &str {
    message.split_once(" at ").map_or("", |(_, odd)| odd.split_once(" (").map_or(odd, |(odd, _)| odd))
}

/// Whether something odd is so in itself, wherever it is put: an octet or a number that storage cannot hold.
fn is_of_the_octets(occasion: &str) -> bool {
    ["U+0000", "surrogate", "of 21 digits"].iter().any(|word| occasion.contains(word))
}

/// The schema of a value, where the keyword that fails is about the value as a whole.
fn value_schema(document: &str) -> String {
    let is_value = |keyword: &str, above: &str| {
        let parent = above.rsplit('/').next().unwrap_or_default();
        OF_A_VALUE.contains(&keyword) && !NAMED.contains(&parent)
    };
    match document.rsplit_once('/') {
        Some((above, keyword)) if is_value(keyword, above) => above.to_owned(),
        _ => document.to_owned(),
    }
}

/// A place with `*` for positions in lists.
fn any_position(instance: &str) -> String {
    let step = |token: &str| token.parse::<usize>().map_or_else(|_| token.to_owned(), |_| "*".to_owned());
    pointer::tokens(instance).fold(String::new(), |place, token| pointer::join(&place, &step(&token)))
}

/// The beginning of an answer, without the names of a program's own types.
fn gist(text: &str) -> String {
    let is_type =
        |word: &&str| word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    let types: HashSet<&str> = text.split(is_between).filter(is_type).collect();
    plain(text, &types).chars().take(SHORT).collect()
}

/// The words of an answer: without numbers, ids and times, and without what the request itself said.
fn words(exchange: &Exchange) -> String {
    let Some(response) = exchange.response() else { return String::new() };
    let said = format!("{} {}", exchange.url, beginning(&exchange.request.body));
    let said: HashSet<&str> = said.split(is_between).filter(|word| word.len() > 2).collect();
    plain(&without_echo(&response.body, &exchange.request.body), &said)
}

/// An answer without the whole body of the request, which some servers send back.
fn without_echo(answer: &[u8], request: &[u8]) -> String {
    fn replace(value: &mut Value, sent: &Value) {
        if value == sent {
            *value = Value::from("#");
            return;
        }
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| replace(item, sent)),
            Value::Object(members) => members.values_mut().for_each(|member| replace(member, sent)),
            _ => {}
        }
    }
    let is_short = answer.len() <= COMPARED && request.len() <= COMPARED;
    let read = |octets: &[u8]| read_answer(octets).ok().filter(|_| is_short);
    match (read(answer), read(request).filter(|sent| sent.is_object() || sent.is_array())) {
        (Some(mut said), Some(sent)) => {
            let before = said.clone();
            replace(&mut said, &sent);
            if said == before { beginning(answer) } else { said.to_string() }
        }
        _ => beginning(answer),
    }
}

fn beginning(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets.get(..COMPARED).unwrap_or(octets)).into_owned()
}

fn is_between(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, '_' | '-' | '%')
}

/// A text with `#` for each word that has a digit, or was said before.
fn plain(text: &str, said: &HashSet<&str>) -> String {
    let word = |word: &str| {
        let is_own = word.bytes().any(|octet| octet.is_ascii_digit()) || said.contains(word);
        if is_own { "#".to_owned() } else { word.to_owned() }
    };
    let mut out = String::new();
    for piece in text.split_inclusive(is_between) {
        let end = piece
            .char_indices()
            .next_back()
            .filter(|(_, last)| is_between(*last))
            .map_or(piece.len(), |(at, _)| at);
        let (head, between) = piece.split_at(end);
        out.push_str(&word(head));
        out.push_str(between);
    }
    out
}

#[cfg(test)]
mod tests;
