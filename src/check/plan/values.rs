//! Values for a plain request: set by the user, taken from objects, documented, or generated.

use serde_json::{Map, Value, json};

use super::Planner;
use super::step::{IS_DEED, Input, STAYS, Unplanned, destroys, leaves, settle};
use crate::check::smaller_body::{optional, remove};
use crate::contract::schema::View;
use crate::contract::{Direction, Location, MediaBody, Operation, Parameter, Schema, examples};
use crate::generate::request::{documented_value, write_body};
use crate::generate::sample::sample;
use crate::generate::tame::tame;
use crate::generate::{mark, plain, plain_as};
use crate::resources::kind::Kind;
use crate::resources::{Collection, CollectionId, id_name, names};

/// Octets of a media type.
type Body = Option<(String, Vec<u8>)>;

impl Planner<'_> {
    /// What the user fixed for a parameter. What is fixed for all operations counts where it fits the
    /// parameter's schema: another operation may mean something else by the name.
    pub(super) fn fixed(&self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        let schema = parameter.value_schema();
        let read = |text: &String| match schema.map(|schema| schema.shape().kinds) {
            Some(kinds) => kinds.read(text),
            None => Value::String(text.clone()),
        };
        if let Some(text) = self.given(operation).and_then(|given| given.params.get(&parameter.name)) {
            return Some(read(text));
        }
        let value = read(self.settings.params.get(&parameter.name)?);
        let fits = schema.is_none_or(|schema| schema.is_valid(Direction::Request, &value) != Ok(false));
        fits.then_some(value)
    }

    /// The name of an object that a create makes under the path that it names; no two requests get the same.
    pub(super) fn new_name(&self, operation: &Operation, parameter: &Parameter) -> Option<Value> {
        let is_last = operation.template.names().last() == Some(&parameter.name);
        let is_own = is_last
            && parameter.location == Location::Path
            && self.resources.names_own(operation.index)
            && self.fixed(operation, parameter).is_none();
        if !is_own {
            return None;
        }
        let Some(schema) = parameter.value_schema() else { return Some(mark::new_name(None)) };
        Some(mark::new_name(Some(schema)))
    }

    pub(super) fn input(
        &self,
        operation: &Operation,
        parameter: &Parameter,
        is_target: bool,
        made_up: &mut bool,
    ) -> Result<Input, Unplanned> {
        if let Some(value) = self.fixed(operation, parameter) {
            return Ok(Input::Value(value));
        }
        let name = parameter.name.as_str();
        let is_chosen = self.is_chosen(operation, parameter);
        let collection = (parameter.location == Location::Path && !is_chosen)
            .then(|| self.resources.place_of(operation, name))
            .flatten();
        if let Some(index) = collection.filter(|_| is_target && self.resources.links(operation.index)) {
            return Ok(Input::Any(index));
        }
        if let Some(index) = collection
            && let Some(known) = self.resources.collection(index)
            // What only other objects list is read at a path of its own.
            && (known.has_item_path
                || known.finder.is_some()
                || (known.list.is_some() && self.resources.of_parameter(operation.index, name) != Some(index)))
        {
            let creates = known.create.is_some_and(|create| {
                !self.settings.read_only && !self.settings.forbids(create) && create != operation.index
            });
            let finds = known.finder.is_some() || known.dictionary.is_some() || known.unsaid.is_some();
            let kind = self.kind(operation);
            *made_up |= self.may_make_up(operation, known);
            if is_target && kind == Some(Kind::Own) && creates {
                return Ok(if destroys(operation) { Input::Fresh(index) } else { Input::Own(index) });
            }
            if is_target && kind == Some(Kind::Own) && !self.settings.actions.contains(&operation.index) {
                return Err(no_own(operation, name, known));
            }
            if kind == Some(Kind::Create)
                && let Some(parent) = self.parent(operation, (index, name), creates)
            {
                return parent;
            }
            // What is done to an object of this run's own must not reach another on its way there.
            let links = self.resources.links(operation.index);
            if kind == Some(Kind::Own) && (links || self.leads_elsewhere(operation)) {
                return if creates {
                    Ok(Input::OwnParent(index))
                } else {
                    Err(leaves(operation, name, STAYS))
                };
            }
            if known.list.is_some() || finds || creates {
                return Ok(Input::Any(index));
            }
        }
        let value = Self::plain_value(operation, parameter, made_up)?;
        let is_in_path = parameter.location == Location::Path;
        let shown = is_in_path.then(|| self.resources.member_in_path(operation, name)).flatten();
        Ok(match shown {
            Some((collection, member)) => {
                *made_up = true;
                Input::Member { collection, member, otherwise: value }
            }
            None if is_in_path && operation.is_safe() && documented_value(parameter).is_none() => {
                let own = self.resources.of_parameter(operation.index, name);
                let of = own.filter(|own| {
                    collection == Some(*own) && self.resources.is_unlisted(self.contract, *own)
                });
                // A name of several words hardly means something else elsewhere.
                let member = (names::words(name).len() > 1).then(|| name.to_owned());
                if of.is_some() || member.is_some() {
                    Input::Seen { of, member, otherwise: value }
                } else {
                    Input::Value(value)
                }
            }
            None => Input::Value(value),
        })
    }

    /// The object in which a create makes something: `None` where any that is there will do.
    fn parent(
        &self,
        operation: &Operation,
        (index, name): (CollectionId, &str),
        creates: bool,
    ) -> Option<Result<Input, Unplanned>> {
        let is_parent = self.resources.target(operation) == Some(name);
        let is_allowed = self.settings.actions.contains(&operation.index);
        let is_named = self.resources.names_own(operation.index) && !is_allowed;
        let is_deed = is_parent && self.is_deed(operation);
        let is_own = is_named || is_deed || (is_parent && !self.may_leave(operation));
        match (is_own, creates) {
            (true, true) => Some(Ok(Input::OwnParent(index))),
            (true, false) => Some(Err(leaves(operation, name, if is_deed { IS_DEED } else { STAYS }))),
            (false, true) => Some(Ok(Input::Parent(index))),
            (false, false) => None,
        }
    }

    /// Whether a document lists the values that a read may ask for, whatever a list before them shows.
    fn is_chosen(&self, operation: &Operation, parameter: &Parameter) -> bool {
        let asks = operation.is_safe() || self.kind(operation) == Some(Kind::Query);
        let choices = |schema: &Schema| View::of(schema, Direction::Request).choices().len();
        asks && parameter.value_schema().is_some_and(|schema| choices(schema) > 0)
    }

    /// Whether the object that an operation works on belongs to another collection than its path does.
    fn leads_elsewhere(&self, operation: &Operation) -> bool {
        let target = self.resources.target(operation);
        target.is_some_and(|target| {
            self.resources.place_of(operation, target) != self.resources.of_parameter(operation.index, target)
        })
    }

    /// Whether an operation may go to an object of a made-up name: no answer of the document names objects of
    /// the collection, and it only reads, or the user allows whatever it does.
    pub(super) fn may_make_up(&self, operation: &Operation, known: &Collection) -> bool {
        let is_named = known.finder.is_some() || known.dictionary.is_some() || known.names_objects();
        !is_named && (operation.is_safe() || self.settings.actions.contains(&operation.index))
    }

    /// A value for a parameter that nothing else is known of.
    pub(super) fn plain_value(
        operation: &Operation,
        parameter: &Parameter,
        made_up: &mut bool,
    ) -> Result<Value, Unplanned> {
        let name = parameter.name.as_str();
        if let Some(value) = documented_value(parameter) {
            return Ok(value);
        }
        *made_up = true;
        if parameter.location == Location::Path
            && let Some(value) = sample(operation, name)
        {
            return Ok(value);
        }
        // Nought is too few of most things, and nobody asks for a page of nothing.
        let one = json!(1);
        let takes_one = parameter.value_schema().is_some_and(|schema| {
            let kinds = schema.shape().kinds;
            (kinds.integer || kinds.number)
                && !kinds.string
                && schema.is_valid(Direction::Request, &one) == Ok(true)
        });
        if takes_one {
            return Ok(one);
        }
        let value = parameter.value_schema().map(|schema| plain_as(name, schema, Direction::Request));
        match value {
            None => Ok(json!("string")),
            Some(Ok(value)) => Ok(written(parameter, value)),
            Some(Err(why)) => Err(Unplanned {
                operation: operation.index,
                why: format!(
                    "cannot generate a value for the {} parameter {name:?}: {why}",
                    parameter.location
                ),
                settle: Some(settle(operation, name, false)),
                is_action: false,
            }),
        }
    }

    /// The plain body, and the documented example where the body differs from it in its names.
    pub(super) fn body(&self, operation: &Operation, made_up: &mut bool) -> Result<(Body, Body), Unplanned> {
        let Some(documented) = &operation.body else { return Ok((None, None)) };
        let given = self.given(operation).and_then(|given| given.body.as_ref());
        let Some(described) = preferred(&documented.content) else { return Ok((None, None)) };
        let unplanned = |why: String, settle: Option<String>| Unplanned {
            operation: operation.index,
            why,
            settle,
            is_action: false,
        };
        let changes = matches!(self.kind(operation), Some(Kind::Create | Kind::Own));
        let schema = described.schema.as_deref();
        let collection = self.resources.created_by(operation.index);
        let collection = collection.and_then(|index| self.resources.collection(index));
        let key = collection.map_or("", |collection| collection.parameter.as_str());
        let mut verbatim = None;
        let example = || examples::of_body(described, Direction::Request).next();
        let mut value = match (given, given.map_or_else(example, |_| None), schema) {
            (Some(body), _, _) => mark::given(body),
            (None, Some((_, example)), _) => {
                let creates = self.kind(operation) == Some(Kind::Create);
                let tamed = if changes { tame(schema, &example) } else { example.clone() };
                match mark::example(schema, &tamed, own_id(&tamed, key)).filter(|_| creates) {
                    Some(marked) => {
                        verbatim = Some(tamed);
                        marked
                    }
                    None => tamed,
                }
            }
            (None, None, Some(schema)) => {
                *made_up = true;
                let value = plain(schema, Direction::Request).map_err(|why| {
                    let settle = format!("[[check.request]]\noperation = {:?}\nbody = {{ }}", operation.id);
                    unplanned(format!("cannot generate a body: {why}"), Some(settle))
                })?;
                let value = match self.kind(operation) {
                    Some(Kind::Create) if !key.is_empty() => unnumbered(schema, value, key),
                    _ => value,
                };
                let value = if self.resources.found_by(operation.index).is_some() {
                    bare(schema, value)
                } else {
                    value
                };
                match changes.then(|| tame(Some(schema), &value)) {
                    Some(tamed) => mark::made_up(schema, &tamed, own_id(&tamed, key)),
                    None => value,
                }
            }
            (None, None, None) => json!({}),
        };
        self.name_in_body(operation, described, &mut value);
        if let Some(verbatim) = &mut verbatim {
            self.name_in_body(operation, described, verbatim);
        }
        let soft = collection.and_then(|collection| collection.soft_delete.as_ref());
        let soft = soft.map(|soft| soft.member.as_str());
        let write = |value: &Value| write_body(described, Direction::Request, &shown(value, soft));
        match write(&value) {
            Some(body) => Ok((Some(body), verbatim.as_ref().and_then(write))),
            None if !documented.required => Ok((None, None)),
            None => Err(unplanned(format!("cannot write a body of {}", described.media_type), None)),
        }
    }
}

/// The member of a body that is the id of the object, where it has one: `id` for `{account_id}`.
fn own_id<'v>(body: &'v Value, key: &'v str) -> &'v str {
    if key.is_empty() { key } else { id_name(body, key).unwrap_or(key) }
}

/// A made body without the number that is the id of the object, where the document does not want it: who keeps such
/// ids would refuse the second one.
fn unnumbered(schema: &Schema, value: Value, key: &str) -> Value {
    let mut without = value.clone();
    let Some(name) = id_name(&value, key).filter(|name| value[*name].is_number()) else { return value };
    if let Some(members) = without.as_object_mut() {
        members.shift_remove(name);
    }
    let is_something = without.as_object().is_some_and(|members| !members.is_empty());
    if is_something && schema.is_valid(Direction::Request, &without) == Ok(true) { without } else { value }
}

/// A made body for a query that lists objects, without what would leave them out.
fn bare(schema: &Schema, mut value: Value) -> Value {
    for at in optional(schema, &value) {
        remove(&mut value, &at);
    }
    value
}

/// Whether a switch of that name keeps an object out of lists.
fn hides(name: &str) -> bool {
    const HIDING: [&str; 5] = ["archived", "deleted", "hidden", "invisible", "unlisted"];
    names::words(name).last().is_some_and(|last| HIDING.contains(&last.as_str()))
}

/// A body for an ordinary create: nothing is hidden from the start.
pub(in crate::check) fn shown(body: &Value, soft: Option<&str>) -> Value {
    let mut body = body.clone();
    for (name, member) in body.as_object_mut().into_iter().flatten() {
        if *member == Value::Bool(true) && hides(name) {
            *member = Value::Bool(false);
        }
    }
    if let (Some(object), Some(member)) = (body.as_object_mut(), soft)
        && object.get(member) == Some(&Value::Bool(true))
    {
        object.remove(member);
    }
    body
}

/// JSON where it is offered, else the first type.
fn preferred(content: &[MediaBody]) -> Option<&MediaBody> {
    let is_plain = |body: &&MediaBody| body.full_type().split(';').next() == Some("application/json");
    let json = content.iter().find(is_plain).or_else(|| content.iter().find(|body| body.is_json()));
    json.or_else(|| content.first())
}
/// A value of a query parameter that can be seen there: an object without members is written as nothing.
fn written(parameter: &Parameter, value: Value) -> Value {
    let is_nothing = parameter.location == Location::Query && value.as_object().is_some_and(Map::is_empty);
    let schema = parameter.value_schema().filter(|_| is_nothing);
    let members = [json!({"key": "string"}), json!({"key": 1}), json!({"key": true})];
    let seen = schema.and_then(|schema| {
        members.into_iter().find(|value| schema.is_valid(Direction::Request, value) == Ok(true))
    });
    seen.unwrap_or(value)
}

/// That a run which may change only what it made has nothing to change.
fn no_own(operation: &Operation, name: &str, known: &Collection) -> Unplanned {
    let path = &known.path;
    Unplanned {
        operation: operation.index,
        why: format!(
            "no object that this run may change: the operation that creates a {name:?} of {path} is left out"
        ),
        settle: Some(settle(operation, name, destroys(operation))),
        is_action: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_query_that_lists_leaves_nothing_out() {
        use crate::contract::build;
        use crate::document::Document;
        let schema = json!({"type": "object", "required": ["scope"], "properties": {
            "scope": {"type": "string"}, "name": {"type": "string"}, "only": {"type": "object"}}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/x": {"post": {
            "requestBody": {"content": {"application/json": {"schema": schema}}}, "responses": {"200": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let schema = contract.operations[0].body.as_ref().unwrap().content[0].schema.as_deref().unwrap();
        let body = json!({"scope": "x", "name": "y", "only": {}});
        assert_eq!(bare(schema, body), json!({"scope": "x"}));
    }

    #[rstest]
    #[case::a_switch(json!({"name": "x", "hidden": true}), json!({"name": "x", "hidden": false}))]
    #[case::of_two_words(json!({"is_archived": true}), json!({"is_archived": false}))]
    #[case::no_switch(json!({"hidden": "yes", "visible": true}), json!({"hidden": "yes", "visible": true}))]
    #[case::soft(json!({"gone": true}), json!({}))]
    fn nothing_is_hidden_from_the_start(#[case] body: Value, #[case] expected: Value) {
        assert_eq!(shown(&body, Some("gone")), expected);
    }
}
