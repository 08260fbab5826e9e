//! Query parameters that choose the media type of a response, such as `?format=csv`.

use std::borrow::Cow;

use serde_json::Value;

use crate::contract::{Direction, Location, MediaBody, Operation, Parameter, parameter};
use crate::exchange::Request;

/// A query parameter whose enum names the subtypes of media types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaTypeParameter {
    /// What it is called.
    pub name: String,
    /// Its values, each with the media type that it picks.
    pub values: Vec<(String, String)>,
}

impl MediaTypeParameter {
    /// Those that pick among the documented media types of an operation's success.
    pub fn of(operation: &Operation) -> Vec<Self> {
        let successes = operation.successes();
        let contents = successes.iter().flat_map(|response| &response.content);
        let documented: Vec<String> = contents.map(MediaBody::full_type).collect();
        Self::among(operation, &documented)
    }

    /// Those that pick among these media types. One that names fewer than two of them picks nothing.
    pub fn among(operation: &Operation, offered: &[String]) -> Vec<Self> {
        if offered.len() < 2 {
            return Vec::new();
        }
        let read = |parameter: &Parameter| {
            let normal = parameter.value_schema()?.normal(Direction::Request);
            let values = normal.get("enum")?.as_array()?.iter().filter_map(Value::as_str);
            let named = values.filter_map(|value| {
                let media_type = offered.iter().find(|t| subtype(t) == Some(value))?;
                Some((value.to_owned(), media_type.clone()))
            });
            let values: Vec<(String, String)> = named.collect();
            (values.len() > 1).then(|| Self { name: parameter.name.clone(), values })
        };
        operation.parameters_in(Location::Query).filter_map(read).collect()
    }

    /// The media type that a value picks.
    pub fn media_type(&self, value: &str) -> Option<&str> {
        self.values.iter().find(|(known, _)| known == value).map(|(_, media_type)| media_type.as_str())
    }
}

/// Parameters by which a client asks for a language.
const LANGUAGES: [&str; 5] = ["lang", "language", "locale", "hl", "accept-language"];

/// The one language that a request asks for by a documented parameter.
pub fn asked_language(operation: &Operation, request: &Request) -> Option<String> {
    let mut named = operation.parameters.iter().filter(|p| {
        matches!(p.location, Location::Query | Location::Header)
            && LANGUAGES.iter().any(|language| p.name.eq_ignore_ascii_case(language))
    });
    let asked = named.find_map(|parameter| match parameter.location {
        Location::Header => request.headers.get(parameter.name.as_str())?.to_str().ok().map(str::to_owned),
        _ => parameter::first_of(request.query.as_deref()?, &parameter.name).map(Cow::into_owned),
    })?;
    let is_one =
        !asked.is_empty() && asked.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    is_one.then_some(asked)
}

/// The last word of a media type: `json` of `application/problem+json; charset=utf-8`.
fn subtype(media_type: &str) -> Option<&str> {
    media_type.split(';').next()?.trim_end().rsplit(['/', '+']).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::subtypes(&["json", "csv"], &["application/json", "text/csv"], Some("text/csv"))]
    #[case::suffix(&["json", "csv"], &["application/problem+json", "text/csv"], Some("text/csv"))]
    #[case::one_more_value(&["json", "csv", "pdf"], &["application/json", "text/csv"], Some("text/csv"))]
    #[case::names_one(&["csv", "pdf"], &["application/json", "text/csv"], None)]
    #[case::one_type(&["json", "csv"], &["text/csv"], None)]
    #[case::names_none(&["asc", "desc"], &["application/json", "text/csv"], None)]
    fn values_name_subtypes(#[case] values: &[&str], #[case] documented: &[&str], #[case] csv: Option<&str>) {
        let content: serde_json::Map<String, Value> =
            documented.iter().map(|media_type| ((*media_type).to_owned(), json!({}))).collect();
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"get": {
            "parameters": [
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                {"name": "as", "in": "query", "schema": {"enum": values}},
            ],
            "responses": {"200": {"description": "done", "content": content}},
        }}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let found = MediaTypeParameter::of(&contract.operations[0]);
        assert_eq!(found.iter().map(|found| found.name.as_str()).next(), csv.map(|_| "as"));
        assert_eq!(found.first().and_then(|found| found.media_type("csv")), csv);
        assert_eq!(found.first().and_then(|found| found.media_type("xml")), None);
    }
}
