//! Listing a collection.

use crate::config::ErrorName;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::call::{Call, Outcome};
use super::objects::ObjectList;
use super::page::{Entries, Pager};
use super::paged::Paged;
use super::query::{self, Query};
use super::store::Store;
use crate::config::state::member;
use crate::contract::is_json;
use crate::contract::media_type::MediaType;
use crate::exchange::budget::weight;
use crate::mock::context::RequestContext;
use crate::mock::error_response::Refusal;
use crate::mock::response::{Response, Source};
use crate::resources::{Collection, CollectionId, Listing, counted_at, is_total};

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
    let mut gathered;
    let list = match collection.kept_at {
        Some(kept_at) => {
            gathered = engine.gathered(store, (index, kept_at), context.path_values)?;
            &mut gathered
        }
        None => engine.list(store, source.unwrap_or(index), context.path_values)?,
    };
    let query = Query::of(context.request.query.as_deref()).read_for(context.operation);
    let picked: Vec<&Value>;
    let entries = if source.is_none() && shows_all(call, collection) && !query::asks(listing, &query) {
        let soft = collection.soft_delete.as_ref().filter(|soft| soft.from_list == Some(true));
        Entries::All(list.listed(listing.order.as_deref(), soft.map(|soft| soft.member.as_str())))
    } else {
        picked = pick(call, (collection, listing), list, &query);
        Entries::Picked(&picked)
    };
    let pager = Pager { parameter: &collection.parameter, pages: &listing.pages, query: &query, entries };
    let Some(page) = pager.page(hooks) else { return Some(Outcome::Refused(strange_mark())) };
    if is_too_large(entries.of_page(&page)) {
        let detail = "the page takes too much memory; ask for fewer entries at a time";
        return Some(Outcome::Answered(Response::problem(507, detail, None)));
    }
    let paged = Paged { call, listing, pager, page, total: hooks.total(entries.len()) };
    let is_csv = |media_type: &&str| MediaType::parse(media_type).essence == "text/csv";
    let mut response = match context.media_type.filter(is_csv) {
        Some(media_type) => as_csv(call, collection, media_type, &paged.shown())?,
        None => paged.answer(),
    };
    paged.set_headers(&mut response);
    Some(Outcome::Answered(response))
}

/// Cuts a list of plain values, which is as it is prepared, into pages.
pub(super) fn plain(call: &Call<'_>, listing: &Listing) -> Option<Outcome> {
    let Call { engine, context, hooks } = *call;
    context.media_type.is_none_or(is_json).then_some(())?;
    let body = engine.plain(context.operation.index, context.path_values)?;
    let mut picked: Vec<&Value> = body.pointer(&listing.entries)?.as_array()?.iter().collect();
    let query = Query::of(context.request.query.as_deref()).read_for(context.operation);
    query::filter(listing, &query, &mut picked);
    let entries = Entries::Picked(&picked);
    let pager = Pager { parameter: "", pages: &listing.pages, query: &query, entries };
    let Some(page) = pager.page(hooks) else { return Some(Outcome::Refused(strange_mark())) };
    let paged = Paged { call, listing, pager, page, total: entries.len() };
    let mut response = paged.answer();
    paged.set_headers(&mut response);
    Some(Outcome::Answered(response))
}

/// Says how many entries the list beside an operation has, where its answer has a member for that.
pub(super) fn count(call: &Call<'_>, store: &mut Store) -> Option<Outcome> {
    let Call { engine, context, .. } = *call;
    let listed = counted_at(context.operation.path()).filter(|_| context.operation.method == Method::GET)?;
    let index = engine.resources().at(listed)?;
    let collection = engine.collection(index).filter(|collection| collection.told.is_none())?;
    let listing = collection.list.as_ref()?;
    let mut shown = engine.plain(context.operation.index, context.path_values)?;
    let query = Query::of(context.request.query.as_deref());
    let list = engine.list(store, index, context.path_values)?;
    let all = pick(call, (collection, listing), list, &query).len();
    let members = shown.as_object_mut()?.iter_mut();
    let mut totals = members.filter(|(name, value)| is_total(name) && value.is_u64()).peekable();
    totals.peek()?;
    totals.for_each(|(_, value)| *value = Value::from(all));
    Some(Outcome::Answered(call.success(&shown)))
}

/// Most octets of memory that the entries of a page take, which are copied for each client.
const MAX_PAGE: usize = 32 << 20;

fn is_too_large<'v>(mut entries: impl Iterator<Item = &'v Value>) -> bool {
    let mut left = MAX_PAGE;
    let mut fits = |entry| {
        let rest = left.checked_sub(weight(entry));
        left = rest.unwrap_or_default();
        rest.is_some()
    };
    !entries.all(&mut fits)
}

fn strange_mark() -> Refusal {
    Refusal::new(ErrorName::InvalidCursor, 404, "this cursor does not belong to this list")
}

/// Whether a list shows everybody the same: all that the collection has.
fn shows_all(call: &Call<'_>, collection: &Collection) -> bool {
    let hooks = call.hooks;
    hooks.shows_born() && !hooks.shows_hidden(collection.update) && !collection.is_private()
}

/// The entries that a request asks for, in the order that it asks for.
fn pick<'l>(
    call: &Call<'_>,
    (collection, listing): (&Collection, &Listing),
    list: &'l ObjectList,
    query: &Query<'_>,
) -> Vec<&'l Value> {
    let mut entries = visible(call, collection, list);
    let is_part = |of: &str| call.engine.resources().at(of).is_some();
    if let Some(told) = collection.told.as_ref().filter(|told| told.of.as_deref().is_some_and(is_part)) {
        let id = call.context.path_values.last().map(|id| Value::from(*id)).unwrap_or_default();
        let mut only = told.only.clone();
        for wanted in only.0.values_mut() {
            if wanted == "{id}" {
                *wanted = id.clone();
            }
        }
        entries.retain(|entry| only.hold(entry));
    }
    if call.hooks.filters() {
        query::filter(listing, query, &mut entries);
    }
    query::order(listing, query, call.hooks.sorts(), &mut entries);
    entries
}

/// The objects that the list may show.
fn visible<'l>(call: &Call<'_>, collection: &Collection, list: &'l ObjectList) -> Vec<&'l Value> {
    let hooks = call.hooks;
    list.entries()
        .filter(|entry| hooks.shows_born() || !entry.is_born)
        .filter(|entry| hooks.shows_private() || !entry.is_private(collection, call.context.owner))
        .filter(|entry| {
            hooks.shows_hidden(collection.update) || !entry.is_hidden(collection, |soft| soft.from_list)
        })
        .map(|entry| &entry.value)
        .collect()
}

/// The list as CSV.
fn as_csv(call: &Call<'_>, collection: &Collection, media_type: &str, shown: &[Value]) -> Option<Response> {
    let context = RequestContext { media_type: Some(media_type), call: 0, ..*call.context };
    let sample = call.engine.prepared(context.operation.index)?.choose(&context);
    let mut response = sample.unwrap_or_else(|| Response::empty(StatusCode::OK, Source::State));
    response.headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("text/csv"));
    response.body = csv(collection, collection.list.as_ref()?, &response.body, shown).into();
    response.source = Source::State;
    Some(response)
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
    #[case("name,id\n", "name,id\nrex,1\n,2\n")]
    #[case("", "id,name\n1,rex\n2,\n")]
    fn csv_has_the_columns_of_the_sample(#[case] sample: &str, #[case] expected: &str) {
        let collection = collection(json!({"type": "array"}));
        let page = [json!({"id": 1, "name": "rex"}), json!({"id": 2, "name": null})];
        let text = csv(&collection, collection.list.as_ref().unwrap(), sample.as_bytes(), &page);
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
