//! Answers that the configuration adds to a document (`[[extra]]`).

use http::{Method, StatusCode};
use serde_json::Value;

use super::auth::KeyHolder;
use super::response::{Response, Source};
use crate::config::Extra;
use crate::contract::path::Template;

/// An answer at a path of its own.
pub(super) struct Added {
    template: Template,
    extra: Extra,
}

impl Added {
    pub fn of(extra: &Extra) -> Self {
        Self { template: Template::parse(&extra.path), extra: extra.clone() }
    }

    /// Whether it answers a request.
    pub fn answers(&self, method: &Method, path: &str) -> bool {
        let is_method = self.extra.method.eq_ignore_ascii_case(method.as_str());
        let is_head = *method == Method::HEAD && self.extra.method.eq_ignore_ascii_case("GET");
        (is_method || is_head) && self.template.matches(path)
    }

    /// The answer to whoever holds a key; without one where no credentials are checked.
    pub fn respond(&self, holder: Option<&KeyHolder>) -> Response {
        let status = StatusCode::from_u16(self.extra.status).unwrap_or(StatusCode::OK);
        let mut response = match &self.extra.body {
            Some(body) => Response::json(status, &filled(body, holder)),
            None => Response::empty(status, Source::Extra),
        };
        response.source = Source::Extra;
        for (name, value) in &self.extra.headers {
            response.set(name, value);
        }
        response
    }
}

fn filled(body: &Value, holder: Option<&KeyHolder>) -> Value {
    match body {
        Value::String(text) => {
            let inside = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
            inside.and_then(|name| about(name, holder)).unwrap_or_else(|| body.clone())
        }
        Value::Array(items) => items.iter().map(|item| filled(item, holder)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), filled(value, holder))).collect()
        }
        other => other.clone(),
    }
}

/// What a placeholder stands for; `None` for other texts in braces.
fn about(name: &str, holder: Option<&KeyHolder>) -> Option<Value> {
    if let Some(parameter) = name.strip_prefix("only.") {
        let mut only = holder.into_iter().flat_map(|holder| &holder.only);
        let values = only.find(|(known, _)| known == parameter).map(|(_, values)| values);
        // Numbers where all of them are.
        let read = |values: &Vec<String>| -> Value {
            let numbers: Option<Vec<Value>> =
                values.iter().map(|value| value.parse::<i64>().ok().map(Value::from)).collect();
            numbers.map_or_else(|| Value::from(values.clone()), Value::Array)
        };
        return Some(values.map_or(Value::Null, read));
    }
    match name {
        "key" => Some(holder.map_or(Value::Null, |holder| Value::from(&*holder.name))),
        "scopes" => {
            Some(Value::from(holder.map_or_else(|| vec!["*".to_owned()], |holder| holder.scopes.clone())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn added() -> Added {
        Added::of(
            &toml::from_str(
                "path = '/keys/@me/'\nstatus = 203\nheaders = { x-a = '1' }\nbody = '{\"label\": \"{key}\", \"held\": \"{scopes}\", \"teams\": \"{only.team}\", \"more\": [\"{other}\"]}'",
            )
            .unwrap(),
        )
    }

    #[rstest]
    #[case("GET", "/keys/@me/", true)]
    #[case("HEAD", "/keys/%40me", true)]
    #[case("POST", "/keys/@me/", false)]
    #[case("GET", "/keys/1/", false)]
    fn requests(#[case] method: &str, #[case] path: &str, #[case] expected: bool) {
        assert_eq!(added().answers(&Method::from_bytes(method.as_bytes()).unwrap(), path), expected);
    }

    #[rstest]
    #[case(&["2"], json!([2]))]
    #[case(&["2", "b"], json!(["2", "b"]))]
    #[case(&[], json!(null))]
    fn the_key_is_put_in(#[case] only: &[&str], #[case] teams: Value) {
        let mut holder = KeyHolder::named("reader", None);
        holder.scopes = vec!["a:read".to_owned()];
        if !only.is_empty() {
            holder.only = vec![("team".to_owned(), only.iter().map(|team| (*team).to_owned()).collect())];
        }
        let response = added().respond(Some(&holder));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(body, json!({"label": "reader", "held": ["a:read"], "teams": teams, "more": ["{other}"]}));
        assert_eq!(
            (response.status.as_u16(), &response.headers["x-a"]),
            (203, &http::HeaderValue::from_static("1"))
        );
    }
}
