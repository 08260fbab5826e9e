//! What a document says about a place in words. Normal forms leave descriptions out, so they are read where they are
//! written, when somebody asks.

use std::collections::HashSet;

use serde_json::Value;

use super::compiled::Schema;
use super::normalize::decode_fragment;
use crate::document::pointer;

/// Schemas that are looked at for one place.
const MOST: usize = 64;

impl Schema {
    /// The descriptions of a member of the object, or of the items of such a list, the nearest first, with a line break
    /// between two. `names` leads to it through members; `*` is an entry of a list. Empty where nothing is said.
    pub fn prose(&self, names: &[&str]) -> String {
        let mut places = self.parts(vec![self.pointer().to_owned()]);
        for name in names {
            let below = places.iter().map(|at| match *name {
                "*" => pointer::join(at, "items"),
                name => pointer::join(&pointer::join(at, "properties"), name),
            });
            places = self.parts(below.collect());
        }
        let said = |at: &String| self.pool().raw(at)?.get("description")?.as_str().map(str::to_owned);
        // Pointers may lead through references, so that one text is met twice.
        let mut texts: Vec<String> = Vec::new();
        for text in places.iter().filter_map(said) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts.join("\n")
    }

    /// Whether a member is described as having one value whatever is sent: `set to "Pet"`, `always 'Pet'`.
    pub fn is_said_to_be_fixed(&self, names: &[&str]) -> bool {
        self.prose(names).lines().any(|line| {
            let line = line.trim().to_lowercase();
            let rest =
                ["set to ", "always set to ", "always "].iter().find_map(|start| line.strip_prefix(start));
            rest.is_some_and(|rest| rest.starts_with(['"', '\'', '`', '“', '‘']))
        })
    }

    /// What its document says of itself (`info.description`).
    pub fn said_of_document(&self) -> Option<String> {
        self.written("/info/description")?.as_str().map(str::to_owned)
    }

    /// What is written at a place of the schema's document.
    pub(in crate::contract) fn written(&self, pointer: &str) -> Option<&Value> {
        self.pool().raw(pointer)
    }

    /// The schemas at some places, with what they refer to and are put together from.
    fn parts(&self, start: Vec<String>) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut waiting = start;
        waiting.reverse();
        while let Some(at) = waiting.pop() {
            let Some(node) = self.pool().raw(&at).filter(|_| found.len() < MOST) else { continue };
            if !seen.insert(at.clone()) {
                continue;
            }
            for keyword in ["oneOf", "anyOf", "allOf"] {
                let count = node.get(keyword).and_then(Value::as_array).map_or(0, Vec::len);
                let inside = pointer::join(&at, keyword);
                waiting.extend((0..count).rev().map(|index| pointer::join(&inside, &index.to_string())));
            }
            let reference = node.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'));
            waiting.extend(reference.map(decode_fragment));
            found.push(at);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::own(&["owner"], "Id of a person")]
    #[case::of_what_it_refers_to(&["tags", "*"], "A tag")]
    #[case::both(&["home"], "Where it lives\nAn address")]
    #[case::silent(&["name"], "")]
    #[case::unknown(&["other", "more"], "")]
    fn descriptions_are_read(#[case] names: &[&str], #[case] expected: &str) {
        let tree = json!({"openapi": "3.1.0",
            "components": {"schemas": {
                "Pet": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {
                    "tags": {"type": "array", "items": {"$ref": "#/components/schemas/Tag"}},
                    "home": {"$ref": "#/components/schemas/Home", "description": "Where it lives"},
                }}]},
                "Base": {"properties": {"owner": {"type": "string", "description": "Id of a person"}, "name": {}}},
                "Tag": {"description": "A tag", "allOf": [{"$ref": "#/components/schemas/Tag"}]},
                "Home": {"description": "An address"},
            }},
            "paths": {"/pets": {"post": {"requestBody": {"content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Pet"}}}}, "responses": {"201": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let body = contract.operations[0].body.as_ref().unwrap();
        assert_eq!(body.content[0].schema.as_ref().unwrap().prose(names), expected);
    }

    #[rstest]
    #[case("Set to \"Pet\"", true)]
    #[case("The kind.\nAlways `Pet`.", true)]
    #[case("set to the owner", false)]
    #[case("Is always \"Pet\" for pets", false)]
    fn a_value_may_be_fixed_in_words(#[case] said: &str, #[case] expected: bool) {
        let schema = json!({"properties": {"kind": {"type": "string", "description": said}}});
        let tree = json!({"openapi": "3.1.0", "paths": {"/pets": {"post": {"requestBody": {"content": {
            "application/json": {"schema": schema}}}, "responses": {"201": {}}}}}});
        let (contract, _) = build("t", &Document::of("t", tree)).unwrap();
        let body = contract.operations[0].body.as_ref().unwrap();
        assert_eq!(body.content[0].schema.as_ref().unwrap().is_said_to_be_fixed(&["kind"]), expected);
    }
}
