//! Listing a collection.

use crate::config::ErrorName;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::call::{Call, Outcome};
use super::entity;
use super::page::{Page, Pager};
use super::query::{self, Query};
use super::store::{ObjectList, Store};
use crate::config::state::member;
use crate::contract::media_type::MediaType;
use crate::contract::{Direction, Schema, is_json};
use crate::document::pointer;
use crate::mock::context::RequestContext;
use crate::mock::error_response::Refusal;
use crate::mock::response::{Response, Source};
use crate::resources::{Collection, CollectionId, Listing};

/// Carries a list out.
pub(super) fn list(
    call: &Call<'_>,
    store: &mut Store,
    index: CollectionId,
    collection: &Collection,
) -> Option<Outcome> {
    let listing = collection.list.as_ref()?;
    let Call { engine, context, hooks } = *call;
    // A part of another collection, or the collection itself.
    let told = collection.told.as_ref();
    let source = told.and_then(|told| told.of.as_deref()).and_then(|path| engine.resources().at(path));
    let (_, list) = engine.list(store, source.unwrap_or(index), context.path_values)?;
    let mut entries = visible(call, collection, list);
    if let (Some(told), Some(_)) = (told, source) {
        let id = context.path_values.last().map(|id| Value::from(*id)).unwrap_or_default();
        let mut only = told.only.clone();
        for wanted in only.0.values_mut() {
            if wanted == "{id}" {
                *wanted = id.clone();
            }
        }
        entries.retain(|entry| only.hold(entry));
    }
    let query = Query::of(context.request.query.as_deref());
    if hooks.filters() {
        query::filter(listing, &query, &mut entries);
    }
    query::order(listing, &query, hooks.sorts(), &mut entries);
    let pager = Pager { collection, pages: &listing.pages, query: &query, entries: &entries };
    let Some(page) = pager.page(hooks) else {
        let refusal = Refusal::new(ErrorName::InvalidCursor, 404, "this cursor does not belong to this list");
        return Some(Outcome::Refused(refusal));
    };
    let shown: Vec<Value> =
        entries.get(page.start..page.end).unwrap_or_default().iter().copied().cloned().collect();
    let response = match context.media_type.filter(|media_type| !is_json(media_type)) {
        Some(media_type) => as_text(call, collection, media_type, &shown)?,
        None => as_json(call, listing, page, shown, hooks.total(entries.len())),
    };
    Some(Outcome::Answered(response))
}

/// The objects that the list may show.
fn visible<'l>(call: &Call<'_>, collection: &Collection, list: &'l ObjectList) -> Vec<&'l Value> {
    let hooks = call.hooks;
    list.entries
        .iter()
        .filter(|entry| hooks.shows(entry))
        .filter(|entry| hooks.shows_private() || !entry.is_private(collection, call.context.owner))
        .filter(|entry| {
            hooks.shows_hidden(collection.update) || !entry.is_hidden(collection, |soft| soft.from_list)
        })
        .map(|entry| &entry.value)
        .collect()
}

/// The list in another media type than JSON: as CSV, else as it is prepared.
fn as_text(call: &Call<'_>, collection: &Collection, media_type: &str, shown: &[Value]) -> Option<Response> {
    let context = RequestContext { media_type: Some(media_type), call: 0, ..*call.context };
    let sample = call.engine.prepared(context.operation.index)?.choose(&context);
    if MediaType::parse(media_type).essence != "text/csv" {
        return sample;
    }
    let mut response = sample.unwrap_or_else(|| Response::empty(StatusCode::OK, Source::State));
    response.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/csv"));
    response.body = csv(collection, collection.list.as_ref()?, &response.body, shown).into();
    response.source = Source::State;
    Some(response)
}

fn as_json(call: &Call<'_>, listing: &Listing, page: Page, shown: Vec<Value>, total: usize) -> Response {
    let Call { engine, context, hooks } = *call;
    let link = |query: Option<String>| {
        let query = query?;
        Some(match hooks.link_path() {
            None if listing.pages.bare => format!("?{query}"),
            other => format!("{}{}?{query}", engine.origin(), other.unwrap_or(context.path)),
        })
    };
    let outer = engine.plain(context.operation.index, context.path_values).unwrap_or_default();
    let links = [link(page.next), link(page.previous)];
    let mut body = envelope(listing, outer.clone(), shown.clone(), total, links.clone());
    let schema = entity::answered(context.operation);
    if let Some(schema) = schema {
        without_links(schema, listing, &mut body);
    }
    if schema.is_none_or(|schema| schema.is_valid(Direction::Response, &body) != Ok(false)) {
        return call.success(&body);
    }
    // Lists often show less of an object than reading it does.
    let known = |entry: Value| match entry {
        Value::Object(members) => {
            members.into_iter().filter(|(name, _)| listing.fields.contains_key(name)).collect()
        }
        other => other,
    };
    let mut body = envelope(listing, outer, shown.into_iter().map(known).collect(), total, links);
    if let Some(schema) = schema {
        without_links(schema, listing, &mut body);
    }
    call.success(&body)
}

/// The answer of a page as JSON: the outer members of a plain answer, with these entries.
pub(super) fn envelope(
    listing: &Listing,
    outer: Value,
    page: Vec<Value>,
    total: usize,
    links: [Option<String>; 2],
) -> Value {
    if listing.entries.is_empty() {
        return Value::Array(page);
    }
    let mut answer = if outer.is_object() { outer } else { Value::Object(Map::new()) };
    let [next, previous] = links;
    let pages = &listing.pages;
    put(&mut answer, &listing.entries, Value::Array(page));
    if let Some(at) = &pages.count {
        put(&mut answer, at, Value::from(total));
    }
    for (at, link) in [(&pages.next, next), (&pages.previous, previous)] {
        if let Some(at) = at {
            put(&mut answer, at, link.map_or(Value::Null, Value::String));
        }
    }
    answer
}

/// Shows that there is no page where the document does not allow null: without the member, else as an empty
/// text.
fn without_links(schema: &Schema, listing: &Listing, answer: &mut Value) {
    let pages = &listing.pages;
    for at in [&pages.next, &pages.previous].into_iter().flatten() {
        if answer.pointer(at) != Some(&Value::Null) {
            continue;
        }
        let (inside, name) = at.rsplit_once('/').unwrap_or_default();
        let (steps, name) = (pointer::tokens(inside).collect::<Vec<_>>(), pointer::unescape(name));
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        let fields = schema.fields(Direction::Response, &steps);
        let Some(field) = fields.get(&name).filter(|field| !field.kinds.null) else { continue };
        match answer.pointer_mut(inside).and_then(Value::as_object_mut) {
            Some(members) if field.is_required => drop(members.insert(name, Value::from(""))),
            Some(members) => drop(members.shift_remove(&name)),
            None => {}
        }
    }
}

/// Sets a member, which may be inside other objects.
fn put(answer: &mut Value, at: &str, value: Value) {
    let mut names: Vec<String> = pointer::tokens(at).collect();
    let Some(last) = names.pop() else { return };
    let mut place = answer;
    for name in names {
        let Some(object) = place.as_object_mut() else { return };
        place = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    if let Some(object) = place.as_object_mut() {
        object.insert(last, value);
    }
}

/// The entries as CSV (RFC 4180), under the columns of a sample.
pub(super) fn csv(collection: &Collection, listing: &Listing, sample: &[u8], page: &[Value]) -> Vec<u8> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(sample);
    let mut columns: Vec<String> =
        reader.headers().map(|line| line.iter().map(str::to_owned).collect()).unwrap_or_default();
    if columns.is_empty() {
        columns = listing.fields.keys().cloned().collect();
    }
    let told = collection.told.as_ref().map(|told| &told.columns);
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let _ = writer.write_record(&columns);
    for entry in page {
        let cells = columns.iter().map(|column| {
            let at = told.and_then(|told| told.get(column)).map_or(column.as_str(), String::as_str);
            match member(entry, at) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            }
        });
        let _ = writer.write_record(cells);
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn collection(schema: Value) -> Collection {
        let item =
            json!({"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}});
        let mut schema = schema;
        if let Some(items) = schema.pointer_mut("/properties/results/items") {
            *items = item;
        } else {
            schema["items"] = item;
        }
        let contract = crate::mock::testing::contract(json!({"openapi": "3.1.0", "paths": {
            "/things/{id}": {"get": {"responses": {"204": {"description": "one"}}}},
            "/things": {"get": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "responses": {"200": {"description": "all", "content": {"application/json": {"schema": schema}}}},
            }},
        }}));
        crate::resources::Resources::of(&contract, &[]).collections.remove(0)
    }

    #[rstest]
    #[case(json!({"type": "array"}), json!([{"id": 1}]))]
    #[case(
        json!({"type": "object", "properties": {
            "count": {"type": "integer"}, "next": {"type": ["string", "null"]},
            "results": {"type": "array", "items": {}},
        }}),
        json!({"kept": true, "results": [{"id": 1}], "count": 7, "next": "/things?offset=1"})
    )]
    fn envelopes(#[case] schema: Value, #[case] expected: Value) {
        let collection = collection(schema);
        let links = [Some("/things?offset=1".to_owned()), None];
        let listing = collection.list.as_ref().unwrap();
        let body = envelope(listing, json!({"kept": true}), vec![json!({"id": 1})], 7, links);
        assert_eq!(body, expected);
    }

    #[rstest]
    #[case("name,id\n", "name,id\nrex,1\n,2\n")]
    #[case("", "id,name\n1,rex\n2,\n")]
    fn csv_has_the_columns_of_the_sample(#[case] sample: &str, #[case] expected: &str) {
        let collection = collection(json!({"type": "array"}));
        let page = [json!({"id": 1, "name": "rex"}), json!({"id": 2, "name": null})];
        let text = csv(&collection, collection.list.as_ref().unwrap(), sample.as_bytes(), &page);
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
