//! Ids of objects: where an object has its own, and what can be an id in a path.

use serde_json::{Map, Value};

use super::names;
use crate::contract::schema::View;
use crate::contract::{Direction, Location, Operation};
use crate::document::pointer;

/// Members that hold what identifies an object, where the object itself does not.
const WRAPPERS: [&str; 5] = ["metadata", "meta", "attributes", "data", "resource"];
/// Last words of members that say of what kind an object is, or how it is doing, and not which one.
const KINDS: [&str; 6] = ["type", "kind", "class", "object", "status", "state"];
/// Names of ids, the most telling first.
pub const ID_NAMES: [&str; 7] = ["id", "_id", "slug", "name", "key", "code", "uuid"];

/// The id of an object: the member named like the parameter, else `id`, else the parameter's name
/// without the resource (`petId` → `id`, `pet_uuid` → `uuid`).
pub fn id_of<'v>(object: &'v Value, parameter: &str) -> Option<&'v Value> {
    object.get(id_name(object, parameter)?)
}

/// As [`id_of`]; where the object has none, that of an object in it, as `metadata.name`.
pub fn id_within<'v>(object: &'v Value, parameter: &str) -> Option<&'v Value> {
    object.pointer(&id_place(object, parameter)?)
}

/// Where [`id_within`] finds the id of an object, as a JSON pointer.
pub fn id_place(object: &Value, parameter: &str) -> Option<String> {
    if let Some(name) = id_name(object, parameter) {
        return Some(pointer::join("", name));
    }
    let within = |(wrapper, inner): (&str, &Value)| {
        let is_named = || scalar(inner, "/name").is_some();
        let name = id_name(inner, parameter).or_else(|| is_named().then_some("name"))?;
        Some(pointer::join(&pointer::join("", wrapper), name))
    };
    let described = || WRAPPERS.iter().find_map(|name| Some((*name, object.get(*name)?))).and_then(within);
    let inside = || inner(object).and_then(within).or_else(|| alternatives(object, parameter));
    described().or_else(|| natural_key(object, parameter)).or_else(inside)
}

/// The place of the id in an object of nothing but objects, each of which is a form that the entries of a list may have
/// (`{"UserPerson": {…}, "UserCompany": {…}}`): the first that has one.
fn alternatives(object: &Value, parameter: &str) -> Option<String> {
    let members = object.as_object().filter(|members| members.values().all(Value::is_object))?;
    members
        .iter()
        .find_map(|(outer, inner)| Some(pointer::join(&pointer::join("", outer), id_name(inner, parameter)?)))
}

/// Members that distinguish objects which have no id, the most telling first.
const NATURAL_KEYS: [&str; 7] = ["slug", "key", "code", "login", "sha", "number", "name"];

/// The member by which a path calls an object that has no id, as a JSON pointer: what the parameter is
/// called after, what the parameter says with such a word behind (`{country}`, `country_code`) or with another before it
/// (`{provider}`, `identityProvider`), else a member that usually distinguishes objects.
pub fn natural_key(object: &Value, parameter: &str) -> Option<String> {
    let at = |name: &str| Some(pointer::join("", name)).filter(|at| scalar(object, at).is_some());
    let words = names::words(parameter);
    let tail = words.last().map(String::as_str).unwrap_or_default();
    let longer = |key: &str| {
        let wanted = words.concat() + key;
        object.as_object()?.keys().find(|name| names::letters(name) == wanted).and_then(|name| at(name))
    };
    let ending = || {
        let ends = |name: &&String| names::words(name).ends_with(&words) && at(name).is_some();
        let mut ending = object.as_object()?.keys().filter(ends);
        ending.next().filter(|_| ending.next().is_none() && !words.is_empty()).and_then(|name| at(name))
    };
    let keys = || NATURAL_KEYS.into_iter();
    at(tail).or_else(|| keys().find_map(longer)).or_else(ending).or_else(|| keys().find_map(at))
}

/// The only object inside another.
fn inner(object: &Value) -> Option<(&str, &Value)> {
    let members = object.as_object()?;
    let mut objects = members.iter().filter(|(_, member)| member.is_object());
    let sole = objects.next().filter(|_| objects.next().is_none());
    sole.map(|(name, member)| (name.as_str(), member))
}

/// A member that can stand in a path, by JSON pointer.
pub fn scalar<'v>(object: &'v Value, at: &str) -> Option<&'v Value> {
    let value = object.pointer(at)?;
    let is_text = value.as_str().is_some_and(is_safe_id);
    (is_text || value.is_number()).then_some(value)
}

/// Members by which a path may call an entry of a list, by JSON pointer, the likeliest first: what is
/// called like an id, what an object in it is called, then whatever no other entry has the same, and does not say of what
/// kind it is.
pub fn id_candidates(entry: &Value, others: &[&Value], parameter: &str) -> Vec<String> {
    let tail = names::words(parameter).pop().unwrap_or_default();
    let usual = [parameter, tail.as_str()].into_iter().chain(ID_NAMES).map(|name| pointer::join("", name));
    let nested = WRAPPERS.iter().flat_map(|wrapper| {
        let at = pointer::join("", wrapper);
        ["name", "uid", "id"].map(|name| pointer::join(&at, name))
    });
    let is_kind = |name: &str| names::words(name).last().is_some_and(|word| KINDS.contains(&word.as_str()));
    let names = entry.as_object().into_iter().flatten().map(|(name, _)| name).filter(|name| !is_kind(name));
    let members = names.map(|name| pointer::join("", name));
    let unique = members.filter(|at| {
        let value = scalar(entry, at);
        value.is_some() && others.iter().all(|other| other.pointer(at) != value)
    });
    let mut found: Vec<String> = Vec::new();
    for at in usual.chain(nested).chain(unique) {
        if scalar(entry, &at).is_some() && !found.contains(&at) {
            found.push(at);
        }
    }
    found
}

/// Names of ids of anything, by their letters.
const GENERAL: [&str; 3] = ["entityid", "objectid", "resourceid"];

/// The member that is an id by the last words of a parameter: `listId` for `{bulkListId}`, `property_name` for
/// `{custom_property_name}`.
fn own_words<'v>(members: &'v Map<String, Value>, parameter: &str) -> Option<&'v str> {
    let wanted = names::words(parameter);
    let ends = ["id", "name", "key", "code"];
    let is_id =
        |words: &[String]| words.len() > 1 && words.last().is_some_and(|w| ends.contains(&w.as_str()));
    let is_it = |name: &str| {
        let words = names::words(name);
        is_id(&words) && words.len() < wanted.len() && wanted.ends_with(&words)
    };
    let mut own =
        members.iter().filter(|(name, value)| (value.is_string() || value.is_number()) && is_it(name));
    own.next().map(|(name, _)| name.as_str())
}

/// The member that is an id by the words that a parameter cuts short: `connection_id` for `{conn_id}`.
fn written_out<'v>(members: &'v Map<String, Value>, parameter: &str) -> Option<&'v str> {
    let short = names::words(parameter);
    let is_it = |name: &str| {
        let long = names::words(name);
        let begins = |(long, short): (&String, &String)| long.starts_with(short.as_str());
        let has_same_end = short.len() > 1 && long.len() == short.len() && long.last() == short.last();
        has_same_end && long.iter().zip(&short).all(begins) && short.iter().all(|word| word.len() > 1)
    };
    let mut found =
        members.iter().filter(|(name, value)| (value.is_string() || value.is_number()) && is_it(name));
    found.next().filter(|_| found.next().is_none()).map(|(name, _)| name.as_str())
}

/// The member that holds the id of an object, as in [`id_of`].
pub fn id_name<'v>(object: &'v Value, parameter: &str) -> Option<&'v str> {
    let tail = parameter.rsplit('_').next().unwrap_or(parameter);
    let lower = parameter.to_ascii_lowercase();
    let candidates = [
        parameter,
        "id",
        "_id",
        "$id",
        tail,
        if lower.ends_with("uuid") { "uuid" } else { "id" },
        if lower.ends_with("name") { "name" } else { "id" },
        if lower.ends_with("path") { "path" } else { "id" },
        "uuid",
    ];
    let members = object.as_object()?;
    let is_plain = |value: &Value| value.is_string() || value.is_number();
    // `{channelSid}` in a path, `sid` in a body.
    let last = names::words(parameter).pop().unwrap_or_default();
    let called = candidates.into_iter().chain([last.as_str()]).find_map(|name| {
        let (name, value) = members.get_key_value(name)?;
        is_plain(value).then_some(name.as_str())
    });
    let called = called.or_else(|| {
        // `{petId}` in a path, `pet_id` in a body.
        let letters = names::letters(parameter);
        let spelled = |wanted: &str| {
            let mut alike = members.iter().filter(|(name, _)| names::letters(name) == wanted);
            alike.find(|(_, value)| is_plain(value)).map(|(name, _)| name.as_str())
        };
        // `Id` and `ID` are written so where all members begin in capitals.
        spelled(&letters).or_else(|| spelled("id")).or_else(|| spelled("uuid"))
    });
    let called = called.or_else(|| own_words(members, parameter)).or_else(|| written_out(members, parameter));
    called.or_else(|| {
        let mut general = members.iter().filter(|(name, _)| GENERAL.contains(&names::letters(name).as_str()));
        general.find(|(_, value)| is_plain(value)).map(|(name, _)| name.as_str())
    })
}

/// The member that holds the id of objects like a sample; `id` where the sample shows none.
pub fn id_member<'v>(sample: &'v Value, parameter: &str) -> &'v str {
    id_name(sample, parameter).unwrap_or("id")
}

/// Longest text that is taken for an id, in bytes.
const MAX_ID: usize = 512;

/// Whether a text can be an id in a path: whatever can be encoded, but for what cuts a path even when it
/// is escaped (`/`, `\\`, `%`), control characters, and names of dots alone, which URL libraries resolve.
pub fn is_safe_id(text: &str) -> bool {
    let is_safe = |c: char| !matches!(c, '/' | '\\' | '%') && !c.is_control();
    text.len() <= MAX_ID && text.chars().all(is_safe) && text.chars().any(|c| c != '.')
}

/// Whether a text may be made up for a path: no server reads anything into its characters.
pub fn is_plain_id(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=:@~+,.".contains(c);
    is_safe_id(text) && text.chars().all(is_plain)
}

/// Whether a create that answers one value alone answers the id of what it made, and no word for that it did: `OK`.
pub fn is_like_an_id(value: &Value) -> bool {
    let is_long = |text: &str| text.len() > 5 && text.bytes().any(|octet| octet.is_ascii_digit());
    value.is_number() || value.as_str().is_some_and(|text| is_plain_id(text) && is_long(text))
}

/// An id that cannot exist, of the kind that the parameter's schema wants: letters, digits, `-` and `_`
/// alone.
pub fn unknown_id(operation: &Operation, parameter: &str) -> Option<Value> {
    let parameter = operation.parameter(Location::Path, parameter)?;
    let Some(schema) = parameter.value_schema() else { return Some(Value::from("no-such-object")) };
    let candidates = [
        // Large, and beside no bound that a body may try.
        Value::from(2_147_480_000_u32),
        Value::from("00000000-0000-4000-8000-00000000dead"),
        Value::from("no-such-object"),
        Value::from("no_such_object"),
        Value::from("nosuchobject"),
        Value::from("ffffffffffffffffffffffff"),
        Value::from("NOSUCHOBJECT"),
    ];
    let is_allowed = |value: &Value| schema.is_valid(Direction::Request, value) == Ok(true);
    candidates.into_iter().find(is_allowed).or_else(|| {
        let view = View::of(schema, Direction::Request);
        let example = view.nodes().find_map(|node| node.get("example")?.as_str().map(odd_forms))?;
        example.into_iter().map(Value::from).find(is_allowed)
    })
}

/// Texts in the form of an example, with letters and digits that hardly anybody uses, the longest first.
fn odd_forms(example: &str) -> Vec<String> {
    let odd = |c: char| match c {
        'a'..='z' => 'q',
        'A'..='Z' => 'Q',
        '0'..='9' => '9',
        c => c,
    };
    let text: String = example.chars().map(odd).collect();
    let last: String = text.chars().next_back().into_iter().collect();
    let longer = (0..4).rev().map(|more| format!("{text}{}", last.repeat(more)));
    longer.filter(|text| is_plain_id(text) && text.len() >= SHORTEST_FORM).collect()
}

/// A shorter text may well be the name of something.
const SHORTEST_FORM: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_may_be_identified_by_what_is_in_them() {
        assert_eq!(id_within(&json!({"metadata": {"name": "a"}, "spec": {}}), "name"), Some(&json!("a")));
        assert_eq!(id_within(&json!({"pet": {"id": 3}, "count": 1}), "pet_id"), Some(&json!(3)));
        assert_eq!(id_within(&json!({"pet": {"id": 3}, "shop": {"id": 4}, "size": 1}), "toy"), None);
        assert_eq!(id_within(&json!({"person": {"id": 3}, "company": {"id": 4}}), "user"), Some(&json!(3)));
    }

    #[test]
    fn what_distinguishes_objects_without_an_id() {
        let region = json!({"country_name": "Peru", "country_code": "PE", "name": "x", "code": 7});
        assert_eq!(natural_key(&region, "country").as_deref(), Some("/country_code"));
        assert_eq!(natural_key(&region, "area").as_deref(), Some("/code"));
        assert_eq!(
            natural_key(&json!({"country": "PE", "country_code": 7}), "country").as_deref(),
            Some("/country")
        );
        assert_eq!(natural_key(&json!({"size": 3}), "country"), None);
        let provider = json!({"name": "x", "identityProvider": "p", "providerName": "y"});
        assert_eq!(natural_key(&provider, "provider").as_deref(), Some("/providerName"));
        let provider = json!({"name": "x", "identityProvider": "p"});
        assert_eq!(natural_key(&provider, "provider").as_deref(), Some("/identityProvider"));
        assert_eq!(
            natural_key(&json!({"name": "x", "a_key": 1, "b_key": 2}), "key").as_deref(),
            Some("/name")
        );
    }

    #[test]
    fn what_a_path_may_call_an_entry_by() {
        let entry = json!({"id": 3, "slug": "a", "kind": "x", "itemType": "t", "rank": 1, "tags": [],
            "metadata": {"name": "n"}});
        let other = json!({"id": 4, "slug": "b", "kind": "x", "rank": 2});
        let found = id_candidates(&entry, &[&other], "pet");
        assert_eq!(found, ["/id", "/slug", "/metadata/name", "/rank"]);
        assert_eq!(id_candidates(&entry, &[&other], "pet_slug")[0], "/slug");
    }

    #[test]
    fn ids() {
        assert_eq!(id_of(&json!({"id": 3}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x"}), "pet_name"), Some(&json!("x")));
        assert_eq!(id_of(&json!({"pet_id": 3, "name": "x"}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"petID": 3}), "pet-id"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"owner_id": 3}), "petId"), None);
        assert_eq!(id_of(&json!({"Name": "x", "OwnerId": 4, "ID": 3}), "petId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x", "listId": 3}), "bulkListId"), Some(&json!(3)));
        assert_eq!(id_of(&json!({"name": "x", "bulkListOwnerId": 3}), "bulkListId"), None);
        assert_eq!(
            id_of(&json!({"kind": "x", "property_name": "y"}), "custom_property_name"),
            Some(&json!("y"))
        );
        let connection = json!({"connection_id": "x", "contact_id": "y"});
        assert_eq!(id_of(&connection, "conn_id"), Some(&json!("x")));
        assert_eq!(id_of(&connection, "con_id"), None, "either may be meant");
        assert_eq!(id_of(&json!({"credential_definition_id": "x"}), "cred_def_id"), Some(&json!("x")));
        assert_eq!(id_of(&json!({"id": null}), "id"), None);
        assert_eq!(id_member(&json!({"uuid": "x"}), "pet_id"), "uuid");
        assert_eq!(id_member(&json!({"size": 3}), "pet_id"), "id");
        for text in [
            "a-1_B",
            "UGV0OjE=",
            "a.b",
            "urn:x:1",
            "user@example.com",
            "a b",
            "a?b",
            "a;b",
            "a#b",
            "näme",
            "$x",
            "(1)",
        ] {
            assert!(is_safe_id(text), "{text}");
        }
        for text in ["..", ".", "", "a/b", "a%2fb", "a\\b", "a\nb", "a\u{85}"] {
            assert!(!is_safe_id(text), "{text}");
        }
    }
}
