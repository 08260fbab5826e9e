//! Where the parameters of a path lead that its own collection says nothing about.
//!
//! `/shares/{owner}/{server_name}` asks for a server of `/users/{name}/servers/{server_name}`,
//! `/ui/runs/{id}` for a run of `/runs/{id}`, and `/comments/{id}` for one that `/posts/{post}/comments`
//! lists: nothing creates objects below their own paths.

use serde_json::{Map, Value};

use super::names::{plain, singular, words};
use super::{Collection, CollectionId, Listing, Resources, id_place, is_same_path};
use crate::contract::Operation;
use crate::contract::path::Piece;
use crate::contract::schema::Field;

/// Names that say nothing about what they are names of.
const GENERIC: [&str; 10] =
    ["id", "name", "key", "slug", "uuid", "code", "type", "version", "index", "value"];

/// Longer words of a path are not taken apart, in octets.
const MAX_WORD: usize = 200;

/// The collection of the object that a path parameter names, and which parameters name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The collection.
    pub collection: CollectionId,
    /// For each value of such an object, parents first and its own id last: which parameter of the path
    /// has it, by position, where one has.
    pub values: Vec<Option<usize>>,
    /// The member of the object that the path names it by, where that is not the id: `name` in
    /// `/variables/name/{name}`.
    pub member: Option<String>,
}

impl Place {
    /// The place of an item in its own collection.
    pub(super) fn own(collection: CollectionId, position: usize) -> Self {
        Self { collection, values: (0..=position).map(Some).collect(), member: None }
    }
}

/// The place that a parameter of a path leads to, where nothing creates what its own collection holds, and
/// another collection holds such objects. A list of its own counts for more, unless the parameter is called
/// like the others: `/teams/{team}/members/{user_id}`.
pub(super) fn elsewhere(resources: &Resources, operation: &Operation, name: &str) -> Option<Place> {
    let own = resources.of_parameter(operation.index, name)?;
    let here = resources.collection(own).filter(|known| known.create.is_none() && known.told.is_none())?;
    let is_unknown = !is_known(here);
    let position = operation.template.names().iter().position(|known| known == name)?;
    let values = |other: &Collection| values_of(resources, operation, position, other);
    // Where nothing is known of these objects, those that are called the same; else those that the parameter is
    // called after.
    let meant =
        if is_unknown { called_so(resources, here, name) } else { named_after(resources, here, name) };
    let found = |creates: bool| {
        let mut meant = resources.these(&meant);
        let found = meant.find(|(_, other)| {
            (other.has_item_path || (!creates && other.finder.is_some()))
                && (other.create.is_some() == creates)
                && (creates || is_found(other))
                && !is_below_it(here, other)
                // Of what is listed or put below objects that the path does not name, any may be meant.
                && (is_made(resources, other) || values(other).iter().all(Option::is_some))
        });
        found.map(|(id, _)| id)
    };
    // Whether what such a create makes is new, and not an object that is only put there, is not known: it is
    // only read.
    let listed_below = || {
        // `{owner}` in `/repos/{owner}/{repo}` is only a part of what names a repo.
        if operation.path().contains(&format!("{{{name}}}/{{")) {
            return None;
        }
        let alike = listed_alike(resources, here);
        let is_it = |id: &CollectionId| {
            let other = resources.collection(*id);
            other.is_some_and(|o| o.list.is_some() && !o.has_item_path && lists_below(here, o))
        };
        alike.into_iter().find(|id| is_unknown && here.list.is_none() && is_it(id))
    };
    let collection =
        found(true).or_else(|| found(false)).or_else(|| operation.is_safe().then(listed_below).flatten())?;
    let values = values(resources.collection(collection)?);
    Some(Place { collection, values, member: None })
}

/// Whether a list, or a query that takes its place, may show what paths call the objects of a collection.
fn is_found(collection: &Collection) -> bool {
    collection
        .list
        .as_ref()
        .map_or(collection.finder.is_some(), |list| shows_ids(list, &collection.parameter))
}

/// Whether the entries of a list may show what paths call them: one that lists memberships shows no teams.
fn shows_ids(list: &Listing, parameter: &str) -> bool {
    let sketch = |field: &Field| {
        if field.kinds.object { Value::Object(Map::new()) } else { Value::from("x") }
    };
    let entry: Map<String, Value> =
        list.fields.iter().map(|(name, field)| (name.clone(), sketch(field))).collect();
    let objects = entry.values().filter(|value| value.is_object()).count();
    // What the only object inside shows is not looked at.
    entry.is_empty() || objects == 1 || id_place(&Value::Object(entry), parameter).is_some()
}

/// Whether a create makes the objects of a collection, and does not only put them there under their names.
fn is_made(resources: &Resources, collection: &Collection) -> bool {
    collection.create.is_some_and(|create| !resources.names_own(create))
}

/// Which parameters of a path have the values of an object of another collection, where its own id is at
/// a position.
fn values_of(
    resources: &Resources,
    operation: &Operation,
    position: usize,
    other: &Collection,
) -> Vec<Option<usize>> {
    let depth = other.depth();
    let names = operation.template.names();
    let called_so = |value: usize| {
        let name = other.parent_name(value)?;
        names.iter().position(|known| known == name).filter(|at| *at < position)
    };
    (0..=depth)
        .map(|value| {
            let at = (position + value).checked_sub(depth);
            let at = at.filter(|at| *at == position || goes_along(resources, operation, *at, position));
            at.or_else(|| called_so(value))
        })
        .collect()
}

/// The place of an object that a change or a removal names by another member than its id, where a create
/// makes such objects.
pub(super) fn by_member(resources: &Resources, operation: &Operation, name: &str) -> Option<Place> {
    let own = resources.collection(resources.of_parameter(operation.index, name)?)?;
    let is_target = resources.target(operation) == Some(name);
    if operation.is_safe() || !is_target || own.create.is_some() || own.told.is_some() {
        return None;
    }
    let position = operation.template.names().iter().position(|known| known == name)?;
    let (collection, member) = resources.member_in_path(operation, name)?;
    let known =
        resources.collection(collection).filter(|known| known.create.is_some() && known.depth() == 0)?;
    let is_other = !is_same_path(&known.path, &own.path);
    is_other.then(|| Place { collection, values: vec![Some(position)], member: Some(member) })
}

/// Whether anything is known about which objects of a collection exist.
fn is_known(collection: &Collection) -> bool {
    collection.is_counted() || collection.finder.is_some() || collection.told.is_some()
}

/// The collections whose items are called the same: by a name that means them alone, or by the word of the path
/// before it.
fn called_so(resources: &Resources, here: &Collection, name: &str) -> Vec<CollectionId> {
    let name = plain(name);
    let is_generic = GENERIC.contains(&name.as_str());
    let mut found = if is_generic { Vec::new() } else { resources.index.with_item(&name).to_vec() };
    if !here.word().contains('{') {
        let called_so = resources.these(resources.index.with_item_word(&singular(&plain(here.word()))));
        found.extend(called_so.filter(|(_, other)| other.depth() == here.depth()).map(|(id, _)| id));
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The collections whose objects a parameter is called after: `user_id` of `/users`. Nothing where it is called after
/// those of its own path.
fn named_after(resources: &Resources, here: &Collection, name: &str) -> Vec<CollectionId> {
    let words = words(name);
    let stem = words.split_last().map(|(_, stem)| stem.concat()).unwrap_or_default();
    let word = plain(here.word());
    if stem.is_empty() || word == stem || singular(&word) == stem {
        return Vec::new();
    }
    resources.index.called(&stem).to_vec()
}

/// The collections that may list what is called as the items of one; [`lists_below`] says which do.
fn listed_alike(resources: &Resources, here: &Collection) -> Vec<CollectionId> {
    let mine = singular(&plain(here.word()));
    // The object's word may stand before it. Nobody has a word of two words that is so long.
    let beginnings = mine.char_indices().map(|(at, _)| at).filter(|at| *at == 0 || mine.len() <= MAX_WORD);
    let mut found: Vec<CollectionId> = beginnings
        .flat_map(|at| resources.index.called(mine.get(at..).unwrap_or_default()))
        .copied()
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether another collection lists, below objects, what is called as the items of this one: by the word of
/// the path before them, alone or after the object's: `/post_comments` and `/posts/{post}/comments`.
fn lists_below(here: &Collection, other: &Collection) -> bool {
    let Some((above, word)) = other.path.rsplit_once('/').filter(|(above, _)| above.ends_with('}')) else {
        return false;
    };
    let owner = above.rsplit('/').nth(1).unwrap_or_default();
    let (word, mine) = (singular(&plain(word)), singular(&plain(here.word())));
    other.depth() > here.depth() && (mine == word || mine == singular(&plain(owner)) + &word)
}

/// Whether the paths of one collection lie below the items of the other.
fn is_below_it(here: &Collection, other: &Collection) -> bool {
    here.path.strip_prefix(other.path.as_str()).is_some_and(|rest| rest.starts_with("/{"))
}

/// Whether a parameter stands directly before the others up to the last, and names nothing that is known
/// by itself: `{owner}/{repo}`.
fn goes_along(resources: &Resources, operation: &Operation, at: usize, last: usize) -> bool {
    let names = operation.template.names();
    let segments = operation.template.segments();
    let segment_of = |position: usize| {
        segments
            .iter()
            .position(|segment| matches!(segment.as_slice(), [Piece::Parameter(index)] if *index == position))
    };
    let is_adjacent = segment_of(at).zip(segment_of(last)).is_some_and(|(from, to)| to - from == last - at);
    let is_unknown = names.get(at).is_some_and(|name| {
        let own = resources.of_parameter(operation.index, name).and_then(|own| resources.collection(own));
        own.is_none_or(|own| !is_known(own))
    });
    is_adjacent && is_unknown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::{Value, json};

    fn paths() -> Value {
        let list = json!({"responses": {"200": {"content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}}}}});
        let plain = json!({"responses": {"200": {}}});
        json!({
            "/users": {"get": list, "post": plain},
            "/users/{name}": {"get": plain, "delete": plain},
            "/users/{name}/servers": {"post": plain},
            "/users/{name}/servers/{server_name}": {"get": plain},
            "/shares/{owner}": {"get": plain},
            "/shares/{owner}/{server_name}": {"get": plain},
            "/groups/{group}/of/{owner}/{server_name}": {"get": plain},
            "/logs/{owner}/all/{server_name}": {"get": plain},
            "/ui/users/{id}": {"get": plain},
            "/pages/{id}": {"get": plain},
            "/users/{name}/servers/by-name/{server_name}": {"get": plain},
            "/users/{name}/runs/{run}/of/{server_name}": {"get": plain},
            "/users/name/{name}": {"delete": plain},
            "/users/{name}/notes": {"get": list, "post": plain},
            "/notes/{id}": {"get": plain, "delete": plain},
            "/user_notes/{note}": {"get": plain},
            "/team_notes/{note}": {"get": plain},
            "/teams/{team}/members": {"get": list},
            "/teams/{team}/members/{user_id}": {"get": plain},
        })
    }

    #[rstest]
    #[case("/shares/{owner}/{server_name}", "server_name", Some(("/users/{name}/servers", vec![Some(0), Some(1)])))]
    #[case("/groups/{group}/of/{owner}/{server_name}", "server_name", Some(("/users/{name}/servers", vec![Some(1), Some(2)])))]
    #[case::not_next_to_it("/logs/{owner}/all/{server_name}", "server_name", Some(("/users/{name}/servers", vec![None, Some(1)])))]
    #[case::below_the_same("/users/{name}/servers/by-name/{server_name}", "server_name", Some(("/users/{name}/servers", vec![Some(0), Some(1)])))]
    #[case::by_the_same_name("/users/{name}/runs/{run}/of/{server_name}", "server_name", Some(("/users/{name}/servers", vec![Some(0), Some(2)])))]
    #[case::by_the_word("/ui/users/{id}", "id", Some(("/users", vec![Some(0)])))]
    #[case::though_listed("/teams/{team}/members/{user_id}", "user_id", Some(("/users", vec![Some(1)])))]
    #[case::listed_below("/notes/{id}", "id", Some(("/users/{name}/notes", vec![None, Some(0)])))]
    #[case::listed_below_by_two_words("/user_notes/{note}", "note", Some(("/users/{name}/notes", vec![None, Some(0)])))]
    #[case::of_another("/team_notes/{note}", "note", Some(("/team_notes", vec![Some(0)])))]
    #[case::by_a_member("/users/name/{name}", "name", Some(("/users", vec![Some(0)])))]
    #[case::of_its_own("/users/{name}", "name", Some(("/users", vec![Some(0)])))]
    #[case::of_nothing("/pages/{id}", "id", Some(("/pages", vec![Some(0)])))]
    #[case::no_parameter("/users", "name", None)]
    fn parameters_lead_to_objects(
        #[case] path: &str,
        #[case] name: &str,
        #[case] expected: Option<(&str, Vec<Option<usize>>)>,
    ) {
        let (contract, _) =
            build("t", &Document::of("t", json!({"openapi": "3.1.0", "paths": paths()}))).unwrap();
        let resources = Resources::of(&contract, &[]);
        let operation = contract.operations.iter().find(|operation| operation.path() == path).unwrap();
        let place = resources.place(operation, name);
        let found =
            place.map(|place| (resources.collection(place.collection).unwrap().path.clone(), place.values));
        assert_eq!(found, expected.map(|(path, values)| (path.to_owned(), values)));
    }

    #[test]
    fn what_is_listed_below_others_is_only_read() {
        let (contract, _) =
            build("t", &Document::of("t", json!({"openapi": "3.1.0", "paths": paths()}))).unwrap();
        let resources = Resources::of(&contract, &[]);
        let found = contract.operations.iter().find(|o| o.path() == "/notes/{id}" && !o.is_safe()).unwrap();
        assert_eq!(resources.place(found, "id"), resources.own_place(found, "id"));
    }
}
