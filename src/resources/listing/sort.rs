//! The order of a list: which parameters ask for it, and what they mean.

use indexmap::IndexMap;
use serde_json::Value;

use crate::contract::schema::{Field, View};
use crate::contract::{Direction, Location, Operation, Parameter};
use crate::resources::names;

/// Names of parameters that sort, by their letters.
const SORTS: &[&str] =
    &["sort", "sortby", "orderby", "ordering", "order", "sortfield", "sortkey", "sortcolumn", "orderfield"];
/// Names of parameters that turn an order round, by their letters.
const DIRECTIONS: &[&str] = &[
    "order",
    "direction",
    "dir",
    "sortorder",
    "sortdirection",
    "sortdir",
    "orderdir",
    "orderdirection",
    "ascdesc",
];
/// Members that say how good an entry is, by the end of their letters.
const MERITS: &[&str] = &["relevance", "score", "popularity", "confidence", "similarity", "bestmatch"];
const UP: &[&str] = &["asc", "ascending", "1"];
const DOWN: &[&str] = &["desc", "descending", "-1"];

/// How a request asks for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The query parameter.
    pub parameter: String,
    /// Its values that name a member, where the document lists them.
    pub values: Vec<String>,
    /// The parameter that turns the order round, with its value for the usual way.
    pub direction: Option<(String, String)>,
}

impl Sort {
    /// The parameters of an operation that sort entries with these members.
    pub(super) fn of(operation: &Operation, fields: &IndexMap<String, Field>) -> Option<Self> {
        let turns =
            operation.parameters_in(Location::Query).find_map(|parameter| Some((parameter, up(parameter)?)));
        let is_other =
            |parameter: &&Parameter| turns.as_ref().is_none_or(|(turn, _)| turn.name != parameter.name);
        let named = |name: &&str| {
            let mut query = operation.parameters_in(Location::Query).filter(is_other);
            query.find(|parameter| names::letters(&parameter.name) == *name)
        };
        let parameter = SORTS.iter().find_map(named)?;
        let choices = choices(parameter);
        let is_member = |value: &&String| {
            let order = Order::of(value);
            fields.contains_key(order.member) && (order.descends || !is_merit(order.member))
        };
        let values: Vec<String> = choices.iter().filter(is_member).cloned().collect();
        // Listed values of which none is a member mean something else.
        if values.is_empty() && !choices.is_empty() {
            return None;
        }
        let direction = turns.map(|(turn, up)| (turn.name.clone(), up));
        Some(Self { parameter: parameter.name.clone(), values, direction })
    }

    /// The orders that a value asks for, the first one first; `None` where it names what no entry has.
    pub fn orders<'t>(
        &self,
        value: &'t str,
        direction: Option<&str>,
        knows: &dyn Fn(&str) -> bool,
    ) -> Option<Vec<Order<'t>>> {
        let turns = direction.is_some_and(|text| DOWN.contains(&text.to_ascii_lowercase().as_str()));
        let orders = value.split(',').map(|part| {
            let order = Order::of(part.trim());
            knows(order.member).then_some(Order { descends: order.descends != turns, ..order })
        });
        orders.collect()
    }
}

/// Whether a member says how good an entry is: whoever asks for that order wants the best first, whichever sign says so.
fn is_merit(member: &str) -> bool {
    let letters = names::letters(member);
    MERITS.iter().any(|merit| letters.ends_with(merit))
}

/// The value of a parameter for the usual way round, where it is one that turns an order.
fn up(parameter: &Parameter) -> Option<String> {
    let letters = names::letters(&parameter.name);
    let choices = choices(parameter);
    let is_one = |list: &[&str], text: &str| list.contains(&text.to_ascii_lowercase().as_str());
    let is_turn = choices.iter().all(|text| is_one(UP, text) || is_one(DOWN, text));
    // What is called `order` may as well name a member.
    if !DIRECTIONS.contains(&letters.as_str()) || !is_turn || (choices.is_empty() && letters == "order") {
        return None;
    }
    Some(choices.into_iter().find(|text| is_one(UP, text)).unwrap_or_else(|| "asc".to_owned()))
}

/// The texts that a parameter is limited to.
fn choices(parameter: &Parameter) -> Vec<String> {
    let Some(schema) = parameter.value_schema() else { return Vec::new() };
    let view = View::of(schema, Direction::Request);
    view.choices().into_iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// An order of entries: by a member, and whether the largest comes first: `-created`, `created:desc`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order<'t> {
    /// The member.
    pub member: &'t str,
    /// Whether the largest comes first.
    pub descends: bool,
}

impl<'t> Order<'t> {
    /// Reads an order.
    pub fn of(text: &'t str) -> Self {
        if let Some(member) = text.strip_prefix('-') {
            return Self { member, descends: true };
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        let (member, way) = text.rsplit_once([':', ' ']).unwrap_or((text, ""));
        let way = way.to_ascii_lowercase();
        let is_way = |list: &[&str]| list.contains(&way.as_str());
        if is_way(UP) || is_way(DOWN) {
            return Self { member: member.trim_end(), descends: is_way(DOWN) };
        }
        Self { member: text, descends: false }
    }
}
