//! Works out why a value is not valid.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use serde_json::{Map, Value};

use super::graph::{Combined, Items, Members, Node, Unevaluated, Unit};
use super::mismatch::Mismatch;
use super::normalize;
use super::pool::Pool;
use super::scopes::Scope;
use super::seen::Seen;
use super::walk::{self, Exhausted, Place, Walk};
use super::words::{MAX_REASONS, Words};
use crate::document::{Document, pointer};

/// Where something is, in a value or in a schema.
#[derive(Clone, Copy)]
struct Trail<'t> {
    before: Option<&'t Trail<'t>>,
    step: &'t str,
}

impl Trail<'_> {
    const START: Trail<'static> = Trail { before: None, step: "" };

    fn then<'t>(&'t self, step: &'t str) -> Trail<'t> {
        Trail { before: Some(self), step }
    }

    fn steps(&self) -> Vec<&str> {
        let mut steps = Vec::new();
        let mut at = self;
        while let Some(before) = at.before {
            steps.push(at.step);
            at = before;
        }
        steps.reverse();
        steps
    }

    fn pointer(&self) -> String {
        self.steps().into_iter().fold(String::new(), |at, step| pointer::join(&at, step))
    }
}

/// What is judged, by what, and where both are.
#[derive(Clone, Copy)]
struct Here<'t, 'i> {
    value: &'i Value,
    instance: &'t Trail<'t>,
    unit: &'t Unit,
    schema: &'t Trail<'t>,
    scope: Scope,
}

/// Everything that is wrong with a value, as far as bounds allow.
pub(super) fn explain(pool: &Pool, unit: &Unit, value: &Value) -> Vec<Mismatch> {
    let mut explainer = Explainer { walk: Walk::new(pool), document: &pool.document, known: HashMap::new() };
    let start = Here { value, instance: &Trail::START, unit, schema: &Trail::START, scope: Scope::START };
    let mut reasons = Vec::new();
    if explainer.follow(unit, start, &mut reasons).is_err() {
        reasons.push(Mismatch::whole(&unit.pointer, value));
    }
    reasons.truncate(MAX_REASONS);
    reasons
}

struct Explainer<'p, 'i> {
    walk: Walk<'p, 'i>,
    document: &'p Document,
    known: HashMap<Place, Rc<Vec<Mismatch>>>,
}

type Done = Result<(), Exhausted>;

impl<'i> Explainer<'_, 'i> {
    /// Adds one reason.
    fn add(&self, words: Words, here: Here<'_, 'i>, out: &mut Vec<Mismatch>) {
        let trail = here.schema.then(words.keyword);
        let schema = normalize::written(self.document, &here.unit.pointer, &trail.steps());
        let reason = Mismatch::at(here.instance.pointer(), schema, words, here.value);
        out.push(reason.with_written_pattern(self.document));
    }

    fn follow(&mut self, unit: &Unit, here: Here<'_, 'i>, out: &mut Vec<Mismatch>) -> Done {
        let scope = self.walk.enter(here.scope, &unit.anchors);
        let place = Walk::place(unit, here.value, scope);
        let reasons = match self.known.get(&place) {
            Some(known) => Rc::clone(known),
            None if !self.walk.begin(unit, here.value)? => return Ok(()),
            None => {
                let mut own = Vec::new();
                let inside = Here { unit, schema: &Trail::START, scope, ..here };
                let done = walk::grown(|| self.node(&unit.root, inside, &mut own));
                self.walk.end();
                done?;
                let own = Rc::new(own);
                if self.walk.remembers() {
                    self.known.insert(place, Rc::clone(&own));
                }
                own
            }
        };
        out.extend(reasons.iter().cloned());
        Ok(())
    }

    fn node(&mut self, node: &Node, here: Here<'_, 'i>, out: &mut Vec<Mismatch>) -> Done {
        self.walk.spend(1 + node.assertions.steps(here.value))?;
        if out.len() >= MAX_REASONS {
            return Ok(());
        }
        if node.never {
            self.add(Words::plain("false", "nothing here"), here, out);
            return Ok(());
        }
        let scope = node.begins.as_ref().map_or(here.scope, |anchors| self.walk.enter(here.scope, anchors));
        let here = Here { scope, ..here };
        let before = out.len();
        for words in node.assertions.broken(here.value) {
            self.add(words, here, out);
        }
        if let Some(reference) = &node.reference
            && let Some(unit) = self.walk.target(reference)?
        {
            self.follow(&unit, here, out)?;
        }
        if let Some(combined) = &node.combined {
            self.combined(combined, here, out)?;
        }
        let holds_itself = out.len() == before;
        if let (Some(members), Value::Object(object)) = (&node.members, here.value) {
            self.members(members, object, here, out)?;
        }
        if let (Some(items), Value::Array(list)) = (&node.items, here.value) {
            self.items(items, list, here, out)?;
        }
        // Where another schema for the same value fails, nobody knows what it would have looked at.
        if let Some(unevaluated) = &node.unevaluated
            && holds_itself
        {
            let seen = self.seen(node, here)?;
            self.unevaluated(unevaluated, &seen, here, out)?;
        }
        Ok(())
    }

    fn part(&mut self, node: &Node, steps: [&str; 2], here: Here<'_, 'i>, out: &mut Vec<Mismatch>) -> Done {
        let outer = here.schema.then(steps[0]);
        let inner = outer.then(steps[1]);
        self.node(node, Here { schema: &inner, ..here }, out)
    }

    fn combined(&mut self, combined: &Combined, here: Here<'_, 'i>, out: &mut Vec<Mismatch>) -> Done {
        if let Some(anchor) = &combined.dynamic
            && let Some(unit) = self.walk.bound(here.scope, anchor)
        {
            self.follow(&unit, here, out)?;
        }
        for (index, part) in combined.all.iter().enumerate() {
            self.part(part, ["allOf", &index.to_string()], here, out)?;
        }
        if !combined.any.is_empty() {
            let none = "a value that matches at least one of the alternatives";
            self.union(("anyOf", none), &combined.any, here, out)?;
        }
        match combined.one.len() {
            0 => {}
            _ if self.walk.holding(&combined.one, here.value, here.scope, None)? > 1 => {
                let many = "a value that matches only one of the alternatives";
                self.add(Words::plain("oneOf", many), here, out);
            }
            _ => {
                let none = "a value that matches one of the alternatives";
                self.union(("oneOf", none), &combined.one, here, out)?;
            }
        }
        if let Some(not) = &combined.not
            && self.walk.node(not, here.value, here.scope, None)?
        {
            self.add(Words::plain("not", "a value that does not match the excluded schema"), here, out);
        }
        let Some(condition) = &combined.condition else { return Ok(()) };
        let (keyword, next) = if self.walk.node(&condition.test, here.value, here.scope, None)? {
            ("then", &condition.then)
        } else {
            ("else", &condition.otherwise)
        };
        let Some(next) = next else { return Ok(()) };
        self.node(next, Here { schema: &here.schema.then(keyword), ..here }, out)
    }

    /// Alternatives of which none holds: the most likely one speaks.
    fn union(
        &mut self,
        (keyword, expected): (&'static str, &str),
        nodes: &[Node],
        here: Here<'_, 'i>,
        out: &mut Vec<Mismatch>,
    ) -> Done {
        let mut branches = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            let mut reasons = Vec::new();
            self.part(node, [keyword, &index.to_string()], here, &mut reasons)?;
            if reasons.is_empty() {
                return Ok(());
            }
            branches.push(reasons);
        }
        let at = here.instance.pointer();
        let kinds = kinds(&branches, &at);
        match likely_branch(branches, &at) {
            Some(reasons) => out.extend(reasons),
            None => self.add(Words::plain(keyword, kinds.as_deref().unwrap_or(expected)), here, out),
        }
        Ok(())
    }

    fn members(
        &mut self,
        members: &Members,
        object: &'i Map<String, Value>,
        here: Here<'_, 'i>,
        out: &mut Vec<Mismatch>,
    ) -> Done {
        let mut is_closed = false;
        for (name, value) in object {
            let instance = here.instance.then(name);
            let inside = Here { value, instance: &instance, ..here };
            let mut is_described = false;
            if let Some(node) = members.properties.get(name) {
                is_described = true;
                self.part(node, ["properties", name], inside, out)?;
            }
            for (pattern, node) in members.matching(name) {
                is_described = true;
                self.part(node, ["patternProperties", pattern], inside, out)?;
            }
            let Some(node) = members.additional.as_ref().filter(|_| !is_described) else { continue };
            if node.never {
                if !std::mem::replace(&mut is_closed, true) {
                    self.add(Words::closed("additionalProperties", name), here, out);
                }
                continue;
            }
            let schema = here.schema.then("additionalProperties");
            self.node(node, Here { schema: &schema, ..inside }, out)?;
        }
        for name in object.keys() {
            if let Some(names) = &members.names
                && !self.walk.name(names, name, here.scope)?
            {
                self.add(Words::plain("propertyNames", "member names that match `propertyNames`"), here, out);
                break;
            }
        }
        for (name, node) in &members.dependent {
            if object.contains_key(name) {
                self.part(node, ["dependentSchemas", name], here, out)?;
            }
        }
        Ok(())
    }

    fn items(
        &mut self,
        items: &Items,
        list: &'i [Value],
        here: Here<'_, 'i>,
        out: &mut Vec<Mismatch>,
    ) -> Done {
        for (index, value) in list.iter().enumerate() {
            let index_text = index.to_string();
            let instance = here.instance.then(&index_text);
            let inside = Here { value, instance: &instance, ..here };
            match (items.prefix.get(index), &items.rest) {
                (Some(node), _) => self.part(node, ["prefixItems", &index_text], inside, out)?,
                (None, Some(node)) if node.never => {
                    self.add(Words::plain("additionalItems", "no further items"), here, out);
                    break;
                }
                (None, Some(node)) => {
                    let schema = here.schema.then("items");
                    self.node(node, Here { schema: &schema, ..inside }, out)?;
                }
                (None, None) => break,
            }
        }
        let Some(contains) = &items.contains else { return Ok(()) };
        let count = self.walk.containing(contains, list, here.scope)?.len() as u64;
        if let Some(most) = contains.most.filter(|most| count > *most) {
            self.add(Words::bound("maxContains", "at most {} items that match `contains`", &most), here, out);
        } else if count < contains.least {
            self.add(Words::plain("contains", "an item that matches `contains`"), here, out);
        }
        Ok(())
    }

    /// What the schemas for this value looked at, all of which hold.
    fn seen(&mut self, node: &Node, here: Here<'_, 'i>) -> Result<Seen<'i>, Exhausted> {
        let mut seen = Seen::default();
        if let Some(reference) = &node.reference
            && let Some(unit) = self.walk.target(reference)?
        {
            self.walk.follow(&unit, here.value, here.scope, Some(&mut seen))?;
        }
        if let Some(combined) = &node.combined {
            self.walk.combined(combined, here.value, here.scope, Some(&mut seen))?;
        }
        if let (Some(members), Value::Object(object)) = (&node.members, here.value) {
            for name in object.keys().filter(|name| members.described_by(name).next().is_some()) {
                seen.see_member(name);
            }
            for (name, dependent) in &members.dependent {
                if object.contains_key(name) {
                    self.walk.node(dependent, here.value, here.scope, Some(&mut seen))?;
                }
            }
        }
        if let (Some(items), Value::Array(list)) = (&node.items, here.value) {
            seen.see_items(items, list.len());
            if let Some(contains) = &items.contains {
                let found = self.walk.containing(contains, list, here.scope)?;
                seen.see_each(found);
            }
        }
        Ok(seen)
    }

    fn unevaluated(
        &mut self,
        unevaluated: &Unevaluated,
        seen: &Seen<'i>,
        here: Here<'_, 'i>,
        out: &mut Vec<Mismatch>,
    ) -> Done {
        match (here.value, &unevaluated.members, &unevaluated.items) {
            (Value::Object(object), Some(node), _) => {
                for (name, value) in object.iter().filter(|(name, _)| !seen.has_member(name)) {
                    if !self.walk.node(node, value, here.scope, None)? {
                        self.add(Words::closed("unevaluatedProperties", name), here, out);
                        break;
                    }
                }
            }
            (Value::Array(list), _, Some(node)) => {
                for (_, value) in list.iter().enumerate().filter(|(index, _)| !seen.has_item(*index)) {
                    if !self.walk.node(node, value, here.scope, None)? {
                        self.add(Words::plain("unevaluatedItems", "no further items"), here, out);
                        break;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// More alternatives than these are not listed.
const MAX_KINDS: usize = 8;

/// What alternatives ask for where a type, a constant or an enum rules out each of them: `integer or null`.
fn kinds(branches: &[Vec<Mismatch>], at: &str) -> Option<String> {
    const ONE_OF: &str = "one of ";
    let (mut values, mut types): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for reasons in branches {
        let here = |keywords: &[&str]| {
            reasons.iter().find(|reason| reason.instance == at && keywords.contains(&reason.keyword))
        };
        // The values that are allowed say more than their type.
        if let Some(told) = here(&["enum", "const"]) {
            values.push(told.expected.strip_prefix(ONE_OF).unwrap_or(&told.expected));
        } else {
            types.extend(here(&["type"])?.expected.split(" or "));
        }
    }
    let mut seen = BTreeSet::new();
    types.retain(|kind| seen.insert(*kind));
    types.sort_by_key(|kind| *kind == "null");
    let listed = match values.as_slice() {
        [] => None,
        [one] if !one.contains(", ") => Some((*one).to_owned()),
        values => Some(format!("{ONE_OF}{}", values.join(", "))),
    };
    let words: Vec<&str> = listed.as_deref().into_iter().chain(types).collect();
    (words.len() <= MAX_KINDS).then(|| words.join(" or "))
}

/// The branch that the value was most likely meant for: one that is not already ruled out by its
/// kind (a type at the very place, a constant or enum one step below), if just one remains.
fn likely_branch(branches: Vec<Vec<Mismatch>>, at: &str) -> Option<Vec<Mismatch>> {
    let is_ruled_out = |reasons: &[Mismatch]| {
        reasons.iter().any(|reason| {
            let below = reason.instance.strip_prefix(at).unwrap_or(&reason.instance);
            match reason.keyword {
                "type" | "false" => below.is_empty(),
                "const" | "enum" => below.matches('/').count() <= 1,
                _ => false,
            }
        })
    };
    let mut left = branches.into_iter().filter(|reasons| !is_ruled_out(reasons));
    let branch = left.next()?;
    left.next().is_none().then_some(branch)
}
