//! What an answer makes of the form that was asked for: `Accept`, a language, and members that are named twice.

use std::collections::HashSet;
use std::fmt;

use http::header::CONTENT_LANGUAGE;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Evaluation, Intent, Observation, Trial};
use crate::contract::{Direction, StatusKey, is_json};
use crate::exchange::Response;
use crate::resources::{self, MediaTypeParameter};
use crate::rules::Rule;
use crate::rules::Severity::Warning;

/// Larger answers are not read a second time.
const MOST: usize = 1 << 20;

/// `status-unexpected`: 406 is documented, and what cannot be had was answered all the same.
pub(super) fn not_acceptable(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let status = response.status.as_u16();
    let is_named = trial.operation.responses.iter().any(|r| r.status == StatusKey::Code(406));
    if *trial.intent != Intent::NotAcceptable || !is_named || status == 429 || status >= 500 {
        return;
    }
    evaluation.looks(Rule::StatusUnexpected);
    if response.status.is_success() {
        evaluation.saw(
            Observation::status(Rule::StatusUnexpected, Warning, trial, status)
                .message(format!("an Accept that nothing satisfies was answered with {status}"))
                .expected("406"),
        );
    }
}

/// `format-ignored`: one of the documented media types was asked for, and another one came.
pub(super) fn format(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let Some(asked) = trial.asked.filter(|_| matches!(trial.intent, Intent::Valid(_))) else { return };
    let Some(documented) = trial.operation.response(response.status.as_u16()) else { return };
    let offers = |media_type: &str| documented.content.iter().any(|c| c.media_type == media_type);
    let Some(got) = response.media_type().filter(|got| response.status.is_success() && offers(got)) else {
        return;
    };
    // Where a parameter picks the format, it may go first.
    if !offers(asked) || !MediaTypeParameter::of(trial.operation).is_empty() {
        return;
    }
    evaluation.looks(Rule::FormatIgnored);
    if got != asked {
        evaluation.saw(
            Observation {
                at: "response.headers.content-type".to_owned(),
                actual: got,
                ..Observation::status(Rule::FormatIgnored, Warning, trial, response.status.as_u16())
            }
            .message(format!("Accept: {asked} was answered in another format"))
            .expected(asked),
        );
    }
}

/// `header-schema`: an answer in another language than the one that was asked for, which it may have.
pub(super) fn language(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let Some(documented) = trial.operation.response(response.status.as_u16()) else { return };
    let is_language = |name: &str| name.eq_ignore_ascii_case(CONTENT_LANGUAGE.as_str());
    let Some(header) = documented.headers.iter().find(|header| is_language(&header.name)) else { return };
    let Some(got) = response.headers.get(CONTENT_LANGUAGE).and_then(|got| got.to_str().ok()) else { return };
    let asked = resources::asked_language(trial.operation, &trial.exchange.request);
    let Some(asked) = asked.filter(|_| response.status.is_success()) else { return };
    // What no answer can have was not asked for in earnest.
    let may_be = header
        .schema
        .as_ref()
        .is_some_and(|schema| schema.is_valid(Direction::Response, &asked.as_str().into()) == Ok(true));
    if !may_be {
        return;
    }
    evaluation.looks(Rule::HeaderSchema);
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().trim().to_ascii_lowercase();
    if !got.split(',').any(|tag| primary(tag) == primary(&asked)) {
        evaluation.saw(
            Observation {
                at: "response.headers.content-language".to_owned(),
                actual: got.to_owned(),
                ..Observation::status(Rule::HeaderSchema, Warning, trial, response.status.as_u16())
            }
            .message(format!("the language {asked} was asked for, and another one came"))
            .expected(asked)
            .document(header.pointer.clone()),
        );
    }
}

/// `body-malformed`: an object that names a member twice, of which every reader takes another (RFC 8259 §4).
pub(super) fn repeated(trial: &Trial<'_>, response: &Response, evaluation: &mut Evaluation) {
    let is_read = response.media_type().is_some_and(|media_type| is_json(&media_type));
    if !is_read || response.is_cut || response.body.is_empty() || response.body.len() > MOST {
        return;
    }
    let Some(name) = repeated_name(&response.body) else { return };
    let status = response.status.as_u16();
    evaluation.saw(
        Observation {
            at: "response.body".to_owned(),
            actual: format!("{name:?} twice"),
            ..Observation::status(Rule::BodyMalformed, Warning, trial, status)
        }
        .message(format!("an object has the member {name:?} twice, of which every reader takes another"))
        .expected("each member once"),
    );
}

/// The first name that an object of a JSON text has twice; `None` also for what is no JSON.
pub(super) fn repeated_name(octets: &[u8]) -> Option<String> {
    let mut found = None;
    let mut reader = serde_json::Deserializer::from_slice(octets);
    // What cannot be read has a rule of its own.
    let _ = Names(&mut found).deserialize(&mut reader);
    found
}

/// Looks through a value for a name that comes twice.
struct Names<'f>(&'f mut Option<String>);

impl<'de> DeserializeSeed<'de> for Names<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Names<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut known = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            if self.0.is_some() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            if known.contains(&name) {
                *self.0 = Some(name.clone());
            }
            known.insert(name);
            map.next_value_seed(Names(&mut *self.0))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Names(&mut *self.0))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::once(r#"{"a": 1, "b": {"a": 2}}"#, None)]
    #[case::twice(r#"{"a": 1, "a": 2}"#, Some("a"))]
    #[case::deep(r#"[1, 2.5e3, null, true, {"x": [{"y": "", "y": 1}]}]"#, Some("y"))]
    #[case::no_json("{\"a\": ", None)]
    #[case::large_number("{\"a\": 123456789012345678901234567890}", None)]
    fn names_that_come_twice(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(repeated_name(text.as_bytes()).as_deref(), expected);
    }
}
