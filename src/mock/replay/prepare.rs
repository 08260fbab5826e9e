//! Prepares the answers of an operation.

use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::headers::{set_documented, wants_location};
use super::{PreparedResponse, PreparedResponses, ReplaySettings};
use crate::contract::body::framing;
use crate::contract::path::Piece;
use crate::contract::{
    Contract, Direction, MediaBody, Operation, ResponseDoc, StatusKey, body, content_for, examples, is_json,
    is_without_content, parameter,
};
use crate::fixtures::{Fixture, Fixtures};
use crate::generate::request::write_body;
use crate::generate::sample::sample;
use crate::generate::{Taste, value};
use crate::mock::heavy::Pace;
use crate::mock::response::{Label, Response, Source, set};
use crate::mock::router;
use crate::resources::{MediaTypeParameter, id_of, one_page};

/// Everything that an operation can answer. `lists_state` says that it lists a collection which the mock
/// keeps.
pub(super) fn prepare(
    contract: &Contract,
    fixtures: &Fixtures,
    settings: &ReplaySettings,
    operation: &Operation,
    lists_state: bool,
) -> PreparedResponses {
    let success_doc = operation.successes().into_iter().next();
    let success = success_doc.map_or(200, |response| concrete(response.status));
    let target = target(operation);
    let is_passed_over =
        |key: StatusKey| settings.is_dynamic && success_doc.is_some_and(|doc| doc.status == key);
    let target_name = target.as_ref().map(|(_, name)| name.as_str());
    let mut responses: Vec<PreparedResponse> = fixtures
        .of(operation.index)
        .filter(|fixture| !is_passed_over(fixture.status))
        .map(|fixture| of_fixture(operation, fixture, target_name, settings.is_dynamic))
        .collect();
    // Most conditions first, then file name, which is the order in which they were loaded.
    responses.sort_by_key(|prepared| {
        std::cmp::Reverse(prepared.when.len() + usize::from(prepared.calls.is_some()))
    });
    for response in operation.responses.iter().filter(|response| !is_passed_over(response.status)) {
        responses.extend(documented(response, settings.is_dynamic));
    }
    // Where a success is documented, what is documented for any other status is about errors.
    let has_success = success_doc.is_some_and(|doc| doc.status != StatusKey::Default);
    for prepared in responses.iter_mut().filter(|p| has_success && p.key == StatusKey::Default) {
        prepared.response.status = StatusCode::INTERNAL_SERVER_ERROR;
    }
    let mut why_not = None;
    if let Some(response) = success_doc {
        why_not = add_generated(&mut responses, (operation, response), settings, target_name);
    }
    let same_path = contract.operations.iter().filter(|other| other.path() == operation.path());
    let allow = router::allow(same_path);
    for prepared in &mut responses {
        prepared.response.body = rebase(contract, &settings.address, &prepared.response.body);
        if prepared.response.status == StatusCode::METHOD_NOT_ALLOWED {
            prepared.response.headers.entry(ALLOW).or_insert_with(|| allow.clone());
        }
        prepared.response.prepare();
    }
    let mut offered = offered(success_doc, success, &responses);
    // A list that is kept can be written as CSV, where the document has that form.
    let has_csv = success_doc.is_some_and(|doc| doc.content.iter().any(|c| c.media_type == "text/csv"));
    if lists_state && has_csv && !offered.iter().any(|media_type| media_type == "text/csv") {
        offered.push("text/csv".to_owned());
    }
    PreparedResponses {
        pace: Pace::default(),
        location: created(contract, operation),
        origin: settings.origin.clone(),
        taste: settings.is_dynamic.then(|| settings.taste(true)),
        is_at_edges: settings.is_at_edges,
        format: MediaTypeParameter::of(operation)
            .into_iter()
            .chain(MediaTypeParameter::among(operation, &offered))
            .next(),
        success,
        offered: offered.into_iter().map(Into::into).collect(),
        target,
        responses,
        why_not,
    }
}

/// The path parameter that names the object. Only a path that ends in a parameter names the very object
/// that is answered.
fn target(operation: &Operation) -> Option<(usize, String)> {
    match operation.template.segments().last().map(Vec::as_slice) {
        Some([Piece::Parameter(last)]) => {
            operation.template.names().get(*last).map(|name| (*last, name.clone()))
        }
        _ => None,
    }
}

/// How the address of a new object is made.
#[derive(Debug)]
pub(super) struct Created {
    /// Whether the whole address is wanted, and not its path alone.
    pub is_whole: bool,
    /// The parameter of the object's path.
    pub parameter: String,
    /// The id of an object that shows none.
    pub sample: String,
}

/// How the address of a new object is made, where the document wants it and does not say it.
fn created(contract: &Contract, operation: &Operation) -> Option<Created> {
    let is_whole = operation.response(201).and_then(wants_location)?;
    let own = operation.template.segments();
    let item = contract.operations.iter().find(|item| {
        let segments = item.template.segments();
        segments.len() == own.len() + 1
            && segments.starts_with(own)
            && matches!(segments.last().map(Vec::as_slice), Some([Piece::Parameter(_)]))
    });
    let parameter = item.and_then(|item| Some((item, item.template.names().last()?.clone())));
    let sample = parameter.as_ref().and_then(|(item, name)| sample(item, name));
    Some(Created {
        is_whole,
        parameter: parameter.map_or_else(|| "id".to_owned(), |(_, name)| name),
        sample: sample.map_or_else(|| "1".to_owned(), |value| parameter::text(&value)),
    })
}

fn of_fixture(
    operation: &Operation,
    fixture: &Fixture,
    target: Option<&str>,
    is_dynamic: bool,
) -> PreparedResponse {
    // Its file's name says no parameters, but the document may.
    let media_type = fixture.media_type.as_deref().map(|media_type| {
        let documented = operation.response(concrete(fixture.status)).and_then(|r| r.content_for(media_type));
        let described = documented.filter(|content| content.media_type == media_type);
        described.map_or_else(|| media_type.to_owned(), MediaBody::full_type)
    });
    let status = StatusCode::from_u16(concrete(fixture.status)).unwrap_or(StatusCode::OK);
    let mut response = Response::empty(status, Source::Fixture);
    response.label = Some(Label::new(Source::Fixture, &label(fixture)));
    set(&mut response.headers, CONTENT_TYPE.as_str(), media_type.as_deref());
    for (name, values) in &fixture.headers {
        response.set_all(name, values);
    }
    let documented = operation.response(concrete(fixture.status));
    let has_location = response.headers.contains_key(LOCATION);
    if let Some(documented) = documented {
        set_documented(&mut response.headers, documented, is_dynamic);
    }
    response.body = fixture.body.clone();
    match fixture.media_type.as_deref().and_then(framing) {
        // Item by item, each after the wait.
        Some(framing) => response.stream = Some((framing, fixture.delay.unwrap_or(BETWEEN_ITEMS))),
        None => response.delay = fixture.delay.unwrap_or_default(),
    }
    PreparedResponse {
        key: fixture.status,
        name: fixture.name.clone(),
        media_type,
        when: fixture.when.clone(),
        calls: fixture.calls,
        id: target.and_then(|name| id_text(&fixture.body, fixture.media_type.as_deref(), name)),
        without_state: fixture.without_state,
        has_location,
        response,
    }
}

/// Items of a made stream, where values are plausible.
const MADE_ITEMS: usize = 3;

/// Between the items of a stream, where the fixture does not say.
const BETWEEN_ITEMS: Duration = Duration::from_millis(20);

/// The file of a fixture, and what it depends on: `200.task.json; when query.kind`.
fn label(fixture: &Fixture) -> String {
    let file = fixture.file.rsplit_once('/').map_or(fixture.file.as_str(), |(_, file)| file);
    let mut on: Vec<String> = fixture.when.iter().map(|condition| condition.subject.to_string()).collect();
    on.extend(fixture.calls.map(|_| "call".to_owned()));
    if on.is_empty() { file.to_owned() } else { format!("{file}; when {}", on.join(", ")) }
}

/// Adds made values for the media types of the success that have nothing else. Says why one cannot be made.
fn add_generated(
    responses: &mut Vec<PreparedResponse>,
    (operation, success): (&Operation, &ResponseDoc),
    settings: &ReplaySettings,
    target: Option<&str>,
) -> Option<String> {
    let mut why_not = None;
    let mut made = Vec::new();
    let is_own = |content: &&MediaBody| std::ptr::eq(most_specific(success, content), *content);
    let left = |content: &&MediaBody| !has_default(responses, success.status, Some(content));
    for content in success.content.iter().filter(is_own).filter(left) {
        match generated(operation, success, content, settings.taste(settings.is_dynamic)) {
            Ok(mut prepared) => {
                if let Some(name) = target.filter(|_| settings.is_dynamic) {
                    prepared.id = id_text(&prepared.response.body, prepared.media_type.as_deref(), name);
                }
                made.push(prepared);
            }
            Err(why) => why_not = why_not.or(Some(why)),
        }
    }
    responses.extend(made);
    if success.content.is_empty() && !has_default(responses, success.status, None) {
        let status = StatusCode::from_u16(concrete(success.status)).unwrap_or(StatusCode::OK);
        let response = bare(success, status, settings.is_dynamic);
        responses.push(PreparedResponse::plain(success.status, None, response));
    }
    why_not
}

/// A response without a body, with the header fields that the document has for it.
pub(super) fn bare(documented: &ResponseDoc, status: StatusCode, is_dynamic: bool) -> Response {
    let mut response = Response::empty(status, Source::Generated);
    set_documented(&mut response.headers, documented, is_dynamic);
    response
}

/// The status that is used for a key: the first of a class, 200 for `default`.
fn concrete(key: StatusKey) -> u16 {
    match key {
        StatusKey::Code(code) => code,
        StatusKey::Class(class) => class * 100,
        StatusKey::Default => 200,
    }
}

/// The document's own examples of a response.
fn documented(response: &ResponseDoc, is_dynamic: bool) -> Vec<PreparedResponse> {
    let mut prepared = Vec::new();
    for content in &response.content {
        let (given, content) = (&content.examples, most_specific(response, content));
        // A body of nothing shows nothing; some tools leave it where nobody gave an example.
        let is_blank = |example: &Value| !content.is_json() && example.as_str() == Some("");
        let sound = examples::kept_by(content, Direction::Response, given);
        for (index, (name, example)) in sound.filter(|(_, example)| !is_blank(example)).enumerate() {
            let Some(written) = write(response, content, &example, (Source::Example, is_dynamic)) else {
                continue;
            };
            let media_type = content.full_type();
            let media_type = Some(media_type.as_str());
            let entry = |name: &str| {
                let mut written = written.clone();
                written.label = (!name.is_empty()).then(|| Label::new(Source::Example, name));
                PreparedResponse {
                    name: name.to_owned(),
                    ..PreparedResponse::plain(response.status, media_type, written)
                }
            };
            if index == 0 {
                prepared.push(entry(""));
            }
            prepared.push(entry(name));
        }
    }
    prepared
}

/// What describes the bodies that are written for an entry: of a range (`*/*`), the entry for the media type that is written,
/// where there is one.
fn most_specific<'r>(response: &'r ResponseDoc, content: &'r MediaBody) -> &'r MediaBody {
    let is_range = content.media_type.contains('*');
    let specific = content_for(&response.content, &content.full_type());
    specific.filter(|specific| is_range && specific.examples.is_empty()).unwrap_or(content)
}

fn has_default(responses: &[PreparedResponse], key: StatusKey, content: Option<&MediaBody>) -> bool {
    responses.iter().any(|prepared| {
        prepared.key == key
            && !prepared.is_conditional()
            && prepared.name.is_empty()
            && content
                .is_none_or(|content| prepared.media_type.as_deref().is_some_and(|t| content.describes(t)))
    })
}

/// A response with a made body. The error says why none can be made.
pub(in crate::mock) fn generated(
    operation: &Operation,
    response: &ResponseDoc,
    content: &MediaBody,
    taste: Taste,
) -> Result<PreparedResponse, String> {
    let mut value = match &content.schema {
        Some(schema) => value(schema, Direction::Response, taste).map_err(|why| why.to_string())?,
        None => match &content.item_schema {
            Some(schema) => {
                let count = taste.items.unwrap_or(if taste.seed.is_some() { MADE_ITEMS } else { 1 });
                let items: Result<Vec<Value>, String> = (0..count)
                    .map(|index| taste.of_place(&index.to_string()))
                    .map(|taste| value(schema, Direction::Response, taste).map_err(|why| why.to_string()))
                    .collect();
                let text = body::write_items(content, &items?).map(|(_, octets)| octets);
                let text = text.and_then(|octets| String::from_utf8(octets).ok());
                Value::String(text.ok_or_else(|| {
                    format!("cannot write items of {} as {}", schema.pointer(), content.media_type)
                })?)
            }
            None => body::sample(content),
        },
    };
    if content.is_json() && operation.is_success(concrete(response.status)) {
        one_page(operation, &mut value);
    }
    let written = write(response, content, &value, (Source::Generated, taste.seed.is_some()))
        .ok_or_else(|| format!("cannot write its value as {}", content.media_type))?;
    Ok(PreparedResponse::plain(response.status, Some(&content.full_type()), written))
}

/// A response with this value as its body; `None` where the value has no form in the media type.
fn write(
    response: &ResponseDoc,
    content: &MediaBody,
    value: &Value,
    (source, is_dynamic): (Source, bool),
) -> Option<Response> {
    let (media_type, body) = write_body(content, Direction::Response, value)?;
    let body = if is_json(&media_type) { serde_json::to_vec(value).ok()? } else { body };
    let mut headers = HeaderMap::new();
    set(&mut headers, CONTENT_TYPE.as_str(), Some(&media_type));
    set_documented(&mut headers, response, is_dynamic);
    let status = StatusCode::from_u16(concrete(response.status)).ok()?;
    let mut written = Response::empty(status, source);
    if is_without_content(status.as_u16()) {
        headers.remove(CONTENT_TYPE);
    } else {
        written.body = body.into();
    }
    written.headers = headers;
    Some(written)
}

/// The media types of the success that there are responses in, in the document's order.
fn offered(doc: Option<&ResponseDoc>, success: u16, responses: &[PreparedResponse]) -> Vec<String> {
    let available = |media_type: &str| {
        responses
            .iter()
            .any(|p| p.response.status.as_u16() == success && p.media_type.as_deref() == Some(media_type))
    };
    let mut offered: Vec<String> = Vec::new();
    let documented: Vec<String> =
        doc.into_iter().flat_map(|doc| &doc.content).map(MediaBody::full_type).collect();
    let in_order = documented.iter().map(String::as_str);
    let others = responses
        .iter()
        .filter(|p| p.response.status.as_u16() == success)
        .filter_map(|p| p.media_type.as_deref());
    for media_type in in_order.filter(|media_type| available(media_type)).chain(others) {
        if !offered.iter().any(|known| known == media_type) {
            offered.push(media_type.to_owned());
        }
    }
    offered
}

/// Puts links to the documented servers onto the mock's own address, so that no link of an answer
/// leads a client away to the real service.
fn rebase(contract: &Contract, origin: &str, body: &Bytes) -> Bytes {
    let Ok(text) = std::str::from_utf8(body) else { return body.clone() };
    let mut changed: Option<String> = None;
    for server in &contract.servers {
        let from = format!("{server}/");
        let current = changed.as_deref().unwrap_or(text);
        if current.contains(&from) {
            changed = Some(current.replace(&from, &format!("{origin}/")));
        }
    }
    changed.map_or_else(|| body.clone(), Bytes::from)
}

fn id_text(body: &Bytes, media_type: Option<&str>, parameter: &str) -> Option<String> {
    if !media_type.is_some_and(is_json) {
        return None;
    }
    let value: Value = serde_json::from_slice(body).ok()?;
    id_of(&value, parameter).map(parameter::text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("{\"url\": \"https://api.example/v1/things\"}", "{\"url\": \"http://localhost:1/things\"}")]
    #[case("https://api.example/v10", "https://api.example/v10")]
    #[case("https://other.example/v1/", "https://other.example/v1/")]
    fn links_to_the_servers_lead_to_the_mock(#[case] body: &str, #[case] expected: &str) {
        let contract = crate::mock::testing::contract(json!({
            "openapi": "3.1.0", "servers": [{"url": "https://api.example/v1"}],
            "paths": {"/things": {"get": {"responses": {"204": {"description": "done"}}}}},
        }));
        let body = Bytes::copy_from_slice(body.as_bytes());
        assert_eq!(rebase(&contract, "http://localhost:1", &body), expected);
    }

    #[rstest]
    #[case(StatusKey::Code(204), 204)]
    #[case(StatusKey::Class(4), 400)]
    #[case(StatusKey::Default, 200)]
    fn statuses(#[case] key: StatusKey, #[case] status: u16) {
        assert_eq!(concrete(key), status);
    }
}
