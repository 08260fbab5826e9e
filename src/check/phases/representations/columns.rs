//! A parameter that says which members an answer has: `fields`, `columns`.

use serde_json::{Value, json};

use crate::check::phases::members::answer_schema;
use crate::check::phases::sorting;
use crate::check::session::Session;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Operation, Parameter};
use crate::document::pointer;
use crate::generate::request::Parts;
use crate::judge::sequence::told;
use crate::resources::{MediaTypeParameter, listing_at};

/// What such parameters are called.
const NAMES: [&str; 8] =
    ["fields", "columns", "select", "attributes", "properties", "props", "only", "$select"];

/// Asks for two members alone, the last one first, in each form that the operation answers in.
pub(super) async fn run(session: &mut Session<'_>, operation: &Operation, parts: &Parts) {
    let Some((parameter, choices)) = selector(operation) else { return };
    let [first, .., last] = choices.as_slice() else { return };
    let wanted = [last.clone(), first.clone()];
    let value = json!(wanted);
    let is_allowed =
        parameter.value_schema().is_some_and(|s| s.is_valid(Direction::Request, &value) == Ok(true));
    if !is_allowed || session.settings.params.contains_key(&parameter.name) {
        return;
    }
    let mut plain = parts.clone();
    plain.set(Location::Query, &parameter.name, value);
    let mut forms = vec![plain.clone()];
    for picks in MediaTypeParameter::of(operation) {
        forms.extend(picks.values.iter().map(|(value, _)| {
            let mut asked = plain.clone();
            asked.set(Location::Query, &picks.name, json!(value));
            asked
        }));
    }
    if forms.len() > 1 {
        // The plain one is among them.
        forms.remove(0);
    }
    let in_order = in_order(operation, parameter);
    for asked in forms {
        let Some(turn) = sorting::ask(session, operation, &asked).await else { continue };
        let Some(response) = turn.exchange.response() else { continue };
        let media_type = response.media_type().unwrap_or_default();
        let shown = if media_type == "text/csv" {
            names_of_columns(&response.body).map(|names| (names, in_order))
        } else {
            turn.sound(operation)
                .as_ref()
                .and_then(|answer| shown(operation, answer, &wanted))
                .map(|names| (names, false))
        };
        let Some((names, is_row)) = shown else { continue };
        let asked = (parameter.name.as_str(), &wanted[..]);
        if session.recorder.say(operation, &turn, told::selected(operation, asked, &names, is_row)) {
            return;
        }
    }
}

/// Whether the document says that the members come on top of those that an answer has anyway.
fn adds(parameter: &Parameter) -> bool {
    let prose = parameter.prose().to_lowercase();
    ["additional", "extra", "in addition"].iter().any(|word| prose.contains(word))
}

/// The parameter that takes a list of members, with those that the document lists for it.
fn selector(operation: &Operation) -> Option<(&Parameter, Vec<String>)> {
    operation.parameters_in(Location::Query).find_map(|parameter| {
        let view = View::of(parameter.value_schema()?, Direction::Request);
        let is_called =
            NAMES.contains(&parameter.name.to_lowercase().as_str()) && view.kinds().array && !adds(parameter);
        let items = view.items().filter(|_| is_called)?;
        let choices: Vec<String> =
            items.choices().into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
        (choices.len() > 1).then_some((parameter, choices))
    })
}

/// Whether the document says that columns are in the order in which they were asked for.
fn in_order(operation: &Operation, parameter: &Parameter) -> bool {
    let prose = format!("{} {}", operation.description.replace('`', ""), parameter.prose()).to_lowercase();
    prose.contains(&format!("order of {}", parameter.name.to_lowercase()))
}

fn names_of_columns(text: &[u8]) -> Option<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text);
    reader.headers().ok().map(|columns| columns.iter().map(str::to_owned).collect())
}

/// The members of the first entry, or of the object; `None` where the document wants more than can be asked for, or
/// asks by other names than those of members.
fn shown(operation: &Operation, answer: &Value, wanted: &[String]) -> Option<Vec<String>> {
    let entries = listing_at(operation);
    let (object, at) = match entries.as_ref().and_then(|at| Some((at, answer.pointer(at)?.as_array()?))) {
        Some((at, entries)) => (entries.first()?, pointer::tokens(at).chain(["*".to_owned()]).collect()),
        None => (answer, Vec::new()),
    };
    let at: Vec<&str> = at.iter().map(String::as_str).collect();
    let fields = answer_schema(operation)?.fields(Direction::Response, &at);
    let is_free = !fields.is_empty() && fields.values().all(|field| !field.is_required);
    let is_asked_by_name = wanted.iter().all(|name| fields.contains_key(name));
    (is_free && is_asked_by_name)
        .then(|| object.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect())
}
