//! The members of a body that can be compared with what reads back.

mod shows;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::check::plan;
use crate::contract::schema::Field;
use crate::contract::{Direction, MediaBody, Operation, Schema, is_json};
use crate::document::pointer;
use crate::judge::sequence::compare::{kept, same};
use crate::resources::members::{is_kept_by_server, is_own_id, is_secret};
use crate::resources::{Collection, id_name, natural_key, object_place};

pub(super) use shows::may_show;

/// Members below this depth are compared as they are.
const MAX_DEPTH: usize = 8;

/// The body of an operation that objects are written in: JSON where it is documented, else the first.
pub(super) fn body_of(operation: &Operation) -> Option<&MediaBody> {
    let content = &operation.body.as_ref()?.content;
    content.iter().find(|content| content.is_json()).or_else(|| content.first())
}

/// The schema of such a body.
pub(super) fn body_schema(operation: &Operation) -> Option<&Schema> {
    body_of(operation)?.schema.as_deref()
}

/// The members of a body that was sent as JSON or as a form.
pub(super) fn sent_members(operation: &Operation, sent: Option<&(String, Vec<u8>)>) -> Map<String, Value> {
    let read = |(media_type, octets): &(String, Vec<u8>)| {
        if is_json(media_type) {
            return serde_json::from_slice(octets).ok();
        }
        let described = operation.body.as_ref()?.content_for(media_type)?;
        match plan::read(described, &(media_type.clone(), octets.clone())) {
            Some(Value::Object(members)) => Some(members),
            _ => None,
        }
    };
    sent.and_then(read).unwrap_or_default()
}

/// The schema of an operation's JSON success.
pub(super) fn answer_schema(operation: &Operation) -> Option<&Schema> {
    let contents = operation.successes().into_iter().flat_map(|response| &response.content);
    let content = contents.into_iter().find(|content| content.is_json())?;
    content.schema.as_deref()
}

/// Where in an answer the object of a collection is, as a JSON pointer.
pub(super) fn place(answer: &Value, collection: &Collection) -> Option<String> {
    let named = || {
        // An object that has a name and no id, alone in an envelope.
        let mut objects = answer.as_object()?.iter().filter(|(_, member)| member.is_object());
        let envelope =
            ["data", "result", "item", "object"].into_iter().find_map(|name| Some((name, answer.get(name)?)));
        let (name, inner) = envelope.or_else(|| {
            objects.next().filter(|_| objects.next().is_none()).map(|(name, inner)| (name.as_str(), inner))
        })?;
        let is_outermost = natural_key(answer, &collection.parameter).is_some();
        (!is_outermost && natural_key(inner, &collection.parameter).is_some())
            .then(|| pointer::join("", name))
    };
    object_place(answer, &collection.path, &collection.parameter).or_else(named)
}

/// The members that a request body may hold.
pub(super) fn taken(operation: &Operation) -> IndexMap<String, Field> {
    body_schema(operation).map(|schema| schema.fields(Direction::Request, &[])).unwrap_or_default()
}

/// The members that the object in a success may hold; `at` is where it is, as a JSON pointer.
pub(super) fn given(operation: &Operation, at: &str) -> IndexMap<String, Field> {
    let steps: Vec<String> = steps(at);
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    answer_schema(operation).map(|schema| schema.fields(Direction::Response, &steps)).unwrap_or_default()
}

/// Whether a step of a pointer leads to an entry of a list.
fn is_entry(step: &str) -> bool {
    step.bytes().all(|octet| octet.is_ascii_digit())
}

/// The names on the way to a place, with a star for an entry of a list.
fn steps(at: &str) -> Vec<String> {
    pointer::tokens(at).map(|step| if is_entry(&step) { "*".to_owned() } else { step }).collect()
}

/// What of a body can be looked for in an answer: what the request may write, and the answer is
/// documented to hold in that form. Secrets are kept hashed or masked, and objects inside get ids and stamps of the
/// server's own.
pub(super) fn comparable(
    create: &Operation,
    sent: &Map<String, Value>,
    (answer, at): (&Value, &str),
    parameter: &str,
) -> Map<String, Value> {
    // Servers give ids themselves, whatever is sent.
    let id = id_name(answer, parameter);
    let sides = Sides { request: body_schema(create), response: answer_schema(create), envelope: steps(at) };
    let mut visible = sides.visible(sent, &mut Vec::new());
    let is_silent = given(create, at).is_empty();
    visible.retain(|name, value| {
        let is_shown = !is_silent || answer.get(name).is_some();
        // A form takes a list of prices, and the answer shows a page of them.
        Some(name.as_str()) != id && is_shown && may_show(create, (answer, at), (name, value))
    });
    visible
}

/// Both descriptions of a body: of what is sent and of what comes back.
struct Sides<'s> {
    request: Option<&'s Schema>,
    response: Option<&'s Schema>,
    /// Where in the answer the object is.
    envelope: Vec<String>,
}

impl Sides<'_> {
    /// The members that the answer is documented to hold at a place of the object.
    fn given(&self, inside: &[&str]) -> IndexMap<String, Field> {
        let place: Vec<&str> =
            self.envelope.iter().map(String::as_str).chain(inside.iter().copied()).collect();
        self.response.map(|schema| schema.fields(Direction::Response, &place)).unwrap_or_default()
    }

    fn visible(&self, sent: &Map<String, Value>, place: &mut Vec<String>) -> Map<String, Value> {
        let at: Vec<&str> = place.iter().map(String::as_str).collect();
        let taken = self.request.map(|schema| schema.fields(Direction::Request, &at)).unwrap_or_default();
        let given = self.given(&at);
        let is_inside = !place.is_empty();
        let may_compare = |name: &str| {
            let hides = |field: &Field| field.is_write_only || field.format.as_deref() == Some("password");
            let is_own = is_own_id(name) || is_kept_by_server(name);
            let is_hidden = is_secret(name) || (is_inside && is_own);
            let form = |of: &IndexMap<String, Field>| of.get(name).and_then(|field| field.format.clone());
            // A date that is sent may come back as a time.
            let here: Vec<&str> = at.iter().copied().chain([name]).collect();
            let is_fixed = self.request.is_some_and(|schema| schema.is_said_to_be_fixed(&here));
            let is_one_form = form(&taken).zip(form(&given)).is_none_or(|(sent, shown)| sent == shown);
            !is_hidden
                && !is_fixed
                && is_one_form
                && (taken.is_empty() || taken.contains_key(name))
                && (given.is_empty() || given.contains_key(name))
                && !taken.get(name).is_some_and(hides)
                && !given.get(name).is_some_and(hides)
        };
        let is_foreign = |name: &str| {
            let schema = self.request.filter(|_| !is_inside);
            schema.is_some_and(|schema| schema.is_of_another_kind(Direction::Request, sent, name))
        };
        let shown: Vec<_> = sent
            .iter()
            .filter(|(name, value)| {
                may_compare(name) && self.may_read_back(name, value, &at) && !is_foreign(name)
            })
            .collect();
        drop(at);
        shown
            .into_iter()
            .map(|(name, value)| {
                place.push(name.clone());
                let value = self.inside(value, place);
                place.pop();
                (name.clone(), value)
            })
            .collect()
    }

    /// Whether an answer may hold a value as it was sent: where objects are documented, plain values name
    /// them, and nobody knows which objects these are.
    fn may_read_back(&self, name: &str, value: &Value, at: &[&str]) -> bool {
        let holds_objects = |inside: &[&str]| {
            let place: Vec<&str> = at.iter().chain([&name]).chain(inside).copied().collect();
            !self.given(&place).is_empty()
        };
        let is_plain = |value: &Value| value.is_string() || value.is_number();
        let Some(field) = self.given(at).get(name).cloned() else { return true };
        let kinds = field.kinds;
        // An answer cannot show a text that does not have the form of what it shows.
        let has_form = |text: &str| match field.format.as_deref() {
            Some("uri" | "url") => text.contains(':') && !text.contains(char::is_whitespace),
            Some("email") => text.contains('@'),
            _ => true,
        };
        if value.as_str().is_some_and(|text| !has_form(text)) {
            return false;
        }
        match value {
            // The name is that of something else in the answer.
            Value::Array(_) if !kinds.array => false,
            Value::Object(_) if !kinds.object => false,
            Value::Array(entries) if entries.iter().any(is_plain) => !holds_objects(&["*"]),
            value if is_plain(value) => {
                let takes_plain = kinds.string || kinds.number || kinds.integer;
                let is_listed = field.choices.is_empty() || field.choices.contains(value);
                let is_list = kinds.array && holds_objects(&["*"]);
                is_listed && (takes_plain || !(is_list || (kinds.object && holds_objects(&[]))))
            }
            _ => true,
        }
    }

    fn inside(&self, value: &Value, place: &mut Vec<String>) -> Value {
        if place.len() >= MAX_DEPTH {
            return value.clone();
        }
        match value {
            Value::Object(members) => Value::Object(self.visible(members, place)),
            Value::Array(entries) => {
                place.push("*".to_owned());
                let entries = entries.iter().map(|entry| self.inside(entry, place)).collect();
                place.pop();
                Value::Array(entries)
            }
            _ => value.clone(),
        }
    }
}

/// What a read shows of the members that were sent.
pub(super) fn projected(sent: &Map<String, Value>, read: &Value) -> Map<String, Value> {
    let known = sent.iter().filter_map(|(name, value)| Some((name.clone(), like(value, read.get(name)?))));
    known.collect()
}

fn like(sent: &Value, read: &Value) -> Value {
    match (sent, read) {
        (Value::Object(members), Value::Object(_)) => Value::Object(projected(members, read)),
        (Value::Array(entries), Value::Array(found)) => {
            let pattern = |index: usize| entries.get(index).or_else(|| entries.first());
            let each = found.iter().enumerate();
            each.map(|(index, entry)| pattern(index).map_or_else(|| entry.clone(), |sent| like(sent, entry)))
                .collect()
        }
        _ => read.clone(),
    }
}

/// The member that a replacement leaves out to see whether it is kept, with the default that the
/// document promises instead: one with a default before one of a body that is the whole resource.
///
/// Of other members nobody says that leaving them out resets them: an access list, or what another
/// request sets, may well stay.
pub(super) fn left_out(
    replace: &Operation,
    (retrieve, at): (&Operation, &str),
    sent: &Map<String, Value>,
) -> Option<(String, Option<Value>)> {
    let fields = taken(replace);
    let is_whole = is_whole(replace, (retrieve, at));
    let optional = || {
        let with = sent.iter().filter_map(|(name, value)| Some((name, value, fields.get(name)?)));
        with.filter(|(name, value, field)| !field.is_required && !value.is_null() && !is_kept_by_server(name))
    };
    let promised = optional().find_map(|(name, value, field)| {
        let default = field.default.as_ref().filter(|default| !same(default, value))?;
        Some((name.clone(), Some(default.clone())))
    });
    let plain = || {
        // What is nothing or nought may well be what a server resets to.
        let mut scalars = optional().filter(|(_, value, field)| {
            let is_scalar = value.is_string() || value.is_number();
            field.default.is_none() && is_scalar && !kept(value, None)
        });
        scalars.next().map(|(name, _, _)| (name.clone(), None))
    };
    promised.or_else(|| is_whole.then(plain).flatten())
}

/// Whether the body of a replacement is the whole resource: it has each member that a read shows and that the server
/// does not write itself.
pub(super) fn is_whole(replace: &Operation, (retrieve, at): (&Operation, &str)) -> bool {
    let (fields, shown) = (taken(replace), given(retrieve, at));
    let is_sent = |(name, field): (&String, &Field)| field.is_read_only || fields.contains_key(name);
    !shown.is_empty() && shown.iter().all(is_sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn operations(request: &Value, response: &Value) -> crate::contract::Contract {
        let content = |schema: &Value| json!({"application/json": {"schema": schema}});
        let operation = json!({
            "requestBody": {"content": content(request)},
            "responses": {"200": {"content": content(response)}},
        });
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": operation}}});
        build("t", &Document::of("t", tree)).unwrap().0
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[rstest]
    #[case::written_only(
        json!({"properties": {"a": {}, "b": {"properties": {"c": {"writeOnly": true}, "d": {}}}}}),
        json!({}),
        json!({"a": 1, "b": {"c": 1, "d": 2}}),
        json!({"a": 1, "b": {"d": 2}}),
    )]
    #[case::password(
        json!({"properties": {"l": {"type": "array", "items": {"properties": {"p": {"format": "password"}, "q": {}}}}}}),
        json!({}),
        json!({"l": [{"p": "x", "q": 1}]}),
        json!({"l": [{"q": 1}]}),
    )]
    #[case::secret_by_name(json!({}), json!({}), json!({"a": {"client_secret": 1, "b": 2}}), json!({"a": {"b": 2}}))]
    #[case::inner_id(json!({}), json!({}), json!({"t": {"id": 7, "updated_at": "x", "n": 1}}), json!({"t": {"n": 1}}))]
    #[case::not_shown(
        json!({}),
        json!({"properties": {"a": {"properties": {"b": {}}}}}),
        json!({"a": {"b": 1, "c": 2}, "d": 3}),
        json!({"a": {"b": 1}}),
    )]
    fn what_can_be_compared(
        #[case] request: Value,
        #[case] response: Value,
        #[case] sent: Value,
        #[case] expected: Value,
    ) {
        let contract = operations(&request, &response);
        let create = &contract.operations[0];
        let found = comparable(create, &map(&sent), (&sent, ""), "id");
        assert_eq!(Value::Object(found), expected);
    }

    #[test]
    fn an_object_may_be_in_an_envelope() {
        let object = json!({"properties": {"a": {"properties": {"b": {}}}}});
        let contract = operations(&json!({}), &json!({"properties": {"data": object}}));
        let create = &contract.operations[0];
        let sent = json!({"a": {"b": 1, "c": 2}, "d": 3});
        let found = comparable(create, &map(&sent), (&sent, "/data"), "id");
        assert_eq!(Value::Object(found), json!({"a": {"b": 1}}));
        assert_eq!(given(create, "/data").len(), 1);
    }

    #[rstest]
    #[case::as_the_request(json!({}), "", true)]
    #[case::narrower(json!({"properties": {"a": {"enum": ["x"]}}}), "", false)]
    #[case::broken_already(json!({"properties": {"a": {"enum": ["z"]}}}), "", true)]
    #[case::beside_the_envelope(json!({"properties": {"a": {"enum": ["x"]}}}), "/data", true)]
    #[case::in_an_envelope(json!({"properties": {"data": {"properties": {"a": {"enum": ["x"]}}}}}), "/data", false)]
    fn an_answer_may_be_narrower_than_a_request(
        #[case] response: Value,
        #[case] at: &str,
        #[case] expected: bool,
    ) {
        let contract = operations(&json!({}), &response);
        let shown = json!({"a": "x"});
        assert_eq!(may_show(&contract.operations[0], (&shown, at), ("a", &json!("y"))), expected);
    }

    #[test]
    fn a_read_is_seen_through_what_was_sent() {
        let sent = map(&json!({"a": {"b": 1}, "l": [{"n": 1}], "gone": 1}));
        let read = json!({"a": {"b": 2, "at": 3}, "l": [{"n": 2, "id": 1}, {"n": 3, "id": 2}], "more": 1});
        assert_eq!(Value::Object(projected(&sent, &read)), json!({"a": {"b": 2}, "l": [{"n": 2}, {"n": 3}]}));
    }

    #[rstest]
    #[case::default(
        json!({"properties": {"a": {"type": "string", "default": "x"}, "acl": {}}}),
        json!({"properties": {"a": {}, "more": {}}}),
        json!({"acl": "y", "a": "z"}),
        Some(("a", Some(json!("x")))),
    )]
    #[case::default_already(
        json!({"properties": {"a": {"type": "string", "default": "x"}}}),
        json!({"properties": {"a": {}}}),
        json!({"a": "x"}),
        None,
    )]
    #[case::whole(
        json!({"properties": {"a": {"type": "string"}}}),
        json!({"properties": {"a": {}, "id": {"readOnly": true}}}),
        json!({"a": "z"}),
        Some(("a", None)),
    )]
    #[case::whole_but_nought(
        json!({"properties": {"a": {"type": "integer"}}}),
        json!({"properties": {"a": {}}}),
        json!({"a": 0}),
        None,
    )]
    #[case::whole_but_an_object(
        json!({"properties": {"data": {}, "access": {"type": "object"}}}),
        json!({"properties": {"data": {}, "access": {}}}),
        json!({"access": {"read": []}, "data": {}}),
        None,
    )]
    #[case::a_part(
        json!({"properties": {"a": {"type": "string"}}}),
        json!({"properties": {"a": {}, "b": {}}}),
        json!({"a": "z"}),
        None,
    )]
    #[case::required(
        json!({"required": ["a"], "properties": {"a": {"type": "string", "default": "x"}}}),
        json!({"properties": {"a": {}}}),
        json!({"a": "z"}),
        None,
    )]
    fn what_a_replacement_leaves_out(
        #[case] request: Value,
        #[case] response: Value,
        #[case] sent: Value,
        #[case] expected: Option<(&str, Option<Value>)>,
    ) {
        let contract = operations(&request, &response);
        let operation = &contract.operations[0];
        let found = left_out(operation, (operation, ""), &map(&sent));
        assert_eq!(found, expected.map(|(name, default)| (name.to_owned(), default)));
    }
}
