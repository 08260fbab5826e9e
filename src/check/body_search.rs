//! Finds a body that is taken, after others were refused.

mod edit;
mod refusal;

use serde_json::{Value, json};

use super::smaller_body::{optional, remove};
use crate::contract::{Direction, Schema};
use crate::document::pointer;
use crate::generate::{mark, of_pattern, plain};
use crate::resources::members::is_name;
pub(in crate::check) use edit::Edit;
pub(in crate::check) use refusal::Refusal;

/// Members that are changed or left out because a refusal names them, and as many that are added.
const MAX_NAMED: usize = 5;
/// The same where a refusal says which very members it is about.
const MAX_POINTED: usize = 8;
/// How often fresh values are tried where an object is there already.
const MAX_FRESH: usize = 2;
/// Values that are tried for one member.
const MAX_VALUES: usize = 3;
/// What is sent next.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::check) enum Next {
    /// The body as it is now.
    Changed,
    /// The same with other names.
    Fresh,
}

/// What was kept of the members that may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// All that nobody objected to.
    All,
    /// The name of the object.
    Name,
    /// None.
    Nothing,
}

/// The search for a body that is taken.
#[derive(Debug)]
pub(in crate::check) struct Search<'s> {
    schema: &'s Schema,
    may_choose: bool,
    /// The body as it is now, with placeholders.
    pub body: Value,
    planned: Value,
    full: Option<Value>,
    /// What led from the planned body to this one.
    pub made: Vec<Edit>,
    named: usize,
    fresh: usize,
    values: Vec<(String, Value)>,
    /// Values that objects of the target have for members, by the members' pointers.
    seen: Vec<(String, Value)>,
    /// Members that were left out because a refusal names them.
    left_out: Vec<String>,
    /// Members that were added because a refusal names them.
    added: Vec<String>,
    kept: Kept,
    was_fullest: bool,
}

impl<'s> Search<'s> {
    /// `may_choose`: whether members may get values that a refusal offers. What such a value does is known of
    /// objects of this run alone.
    pub fn new(schema: &'s Schema, body: Value, may_choose: bool) -> Self {
        Self {
            schema,
            may_choose,
            planned: body.clone(),
            body,
            full: None,
            made: Vec::new(),
            named: 0,
            fresh: 0,
            values: Vec::new(),
            seen: Vec::new(),
            left_out: Vec::new(),
            added: Vec::new(),
            kept: Kept::All,
            was_fullest: false,
        }
    }

    /// With values that objects of the target have for members: what is refused as unknown may be one of these.
    pub fn with_seen(self, seen: Vec<(String, Value)>) -> Self {
        Self { seen, ..self }
    }

    /// What to send after a refusal; `None` where nothing is left to try.
    pub fn next(&mut self, status: u16, refusal: &Refusal) -> Option<Next> {
        // A target that fails may do so for any member.
        if status >= 500 {
            return self.smallest().map(|edits| self.take(edits));
        }
        let is_conflict = status == 409 || refusal.is_conflict();
        if is_conflict && self.fresh < MAX_FRESH && is_marked(&self.body) {
            self.fresh += 1;
            return Some(Next::Fresh);
        }
        let ends_later = Edit::EndLater;
        if refusal.is_about_time()
            && !self.made.contains(&ends_later)
            && ends_later.apply(&mut self.body.clone())
        {
            return Some(self.take(vec![ends_later]));
        }
        if self.named < if refusal.says_where() { MAX_POINTED } else { MAX_NAMED }
            && let Some(edit) = self.present(refusal)
        {
            self.named += 1;
            return Some(self.take(vec![edit]));
        }
        if self.added.len() < MAX_NAMED
            && let Some(edit) = self.absent(refusal)
        {
            return Some(self.take(vec![edit]));
        }
        // A refusal for lack of rights, or for what is there already, is about one member at most.
        if status == 403 || is_conflict {
            return None;
        }
        let edits = self.smallest().or_else(|| self.fullest())?;
        Some(self.take(edits))
    }

    fn take(&mut self, edits: Vec<Edit>) -> Next {
        for edit in &edits {
            edit.apply(&mut self.body);
        }
        self.made.extend(edits);
        Next::Changed
    }

    /// A change of one member that is there and that a refusal names.
    fn present(&mut self, refusal: &Refusal) -> Option<Edit> {
        let mut places = members(&self.body);
        // The innermost first: a refusal names what is wrong and what it is in.
        places.sort_by_key(|at| std::cmp::Reverse(at.matches('/').count()));
        let name = |at: &String| at.rsplit('/').next().map(str::to_owned);
        let pointed: Vec<_> = places.iter().filter(|at| refusal.points_at(at)).map(name).collect();
        // Of several members with one name it may say which is meant.
        let is_meant = |at: &String| {
            if pointed.contains(&name(at)) || is_deep(at) { refusal.points_at(at) } else { refusal.names(at) }
        };
        let quoted = |at: &String| self.body.pointer(at).is_some_and(|value| refusal.quotes(value));
        let tops = optional(self.schema, &self.body);
        let tops = tops.iter().filter(|at| quoted(at));
        // What should not be there goes before anything in it is changed.
        let unwanted = places.iter().rev().filter(|at| is_meant(at) && refusal.forbids(at));
        for at in unwanted {
            if let Some(edit) = self.without(at) {
                self.left_out.push(at.clone());
                return Some(edit);
            }
        }
        for at in places.iter().filter(|at| is_meant(at)).chain(tops) {
            let value = self.value_for(at, refusal);
            if let Some(value) = value {
                self.values.push((at.clone(), value.clone()));
                return Some(Edit::Set(at.clone(), value));
            }
            if let Some(edit) = self.without(at) {
                self.left_out.push(at.clone());
                return Some(edit);
            }
        }
        None
    }

    /// The body without a member, where that is allowed.
    fn without(&self, at: &str) -> Option<Edit> {
        let edit = Edit::LeaveOut(at.to_owned());
        let mut without = self.body.clone();
        let is_changed = edit.apply(&mut without);
        (is_changed && self.schema.is_valid(Direction::Request, &without) == Ok(true)).then_some(edit)
    }

    /// A member that a refusal names and that is not there.
    fn absent(&mut self, refusal: &Refusal) -> Option<Edit> {
        let is_meant = |at: &String| refusal.names(at);
        let absent = self.schema.fields(Direction::Request, &[]);
        let absent = absent.iter().filter(|(_, field)| !field.is_read_only).map(|(name, _)| name);
        for name in absent {
            let at = pointer::join("", name);
            let is_new = self.body.pointer(&at).is_none() && !self.added.contains(&at);
            if is_new && is_meant(&at) {
                let last_set = self.made.iter().rev().find_map(|edit| match edit {
                    Edit::Set(known, value) if *known == at => Some(value.clone()),
                    _ => None,
                });
                // What was wrong with it before is wrong with it again.
                if self.left_out.contains(&at) && last_set.is_none() {
                    continue;
                }
                let value = last_set.or_else(|| self.planned.get(name).cloned());
                let value = value.or_else(|| self.full()?.get(name).cloned())?;
                self.added.push(at.clone());
                return Some(Edit::Set(at, value));
            }
        }
        self.unsaid(refusal)
    }

    /// A member that a refusal names, that objects of the target have and that the document does not know.
    fn unsaid(&mut self, refusal: &Refusal) -> Option<Edit> {
        let known = self.schema.fields(Direction::Request, &[]);
        let (at, value) = self.seen.iter().filter(|_| self.may_choose).find(|(at, _)| {
            let name = pointer::unescape(at.trim_start_matches('/'));
            let is_new = self.body.pointer(at).is_none() && !self.added.contains(at);
            is_new && !known.contains_key(&name) && refusal.names(at)
        })?;
        let is_its_name = pointer::tokens(at).last().is_some_and(|name| is_name(&name));
        let value = if is_its_name { mark::new_name(None) } else { value.clone() };
        let edit = Edit::Set(at.clone(), value);
        let mut changed = self.body.clone();
        let is_changed = edit.apply(&mut changed);
        self.added.push(at.clone());
        (is_changed && self.schema.is_valid(Direction::Request, &changed) == Ok(true)).then_some(edit)
    }

    /// A value for a member that a refusal asks for.
    fn value_for(&self, at: &str, refusal: &Refusal) -> Option<Value> {
        let now = self.body.pointer(at).filter(|_| self.may_choose)?;
        let tried = self.values.iter().filter(|(known, _)| known == at).count();
        if tried >= MAX_VALUES {
            return None;
        }
        let seen = self.seen.iter().filter(|(known, _)| known == at).map(|(_, value)| value.clone());
        let others = self.choices(at).into_iter().chain(seen).filter(|choice| choice != now);
        // What is quoted may be the name of another member.
        let listed = refusal.lists(at);
        let is_name = |value: &Value| {
            let text = value.as_str().filter(|text| !listed.contains(text));
            text.is_some_and(|text| members(&self.body).iter().any(|at| at.rsplit('/').next() == Some(text)))
        };
        let wanted = wanted(now, at, refusal).into_iter().filter(|value| !is_name(value));
        wanted.chain(others).find(|value| {
            let mut changed = self.body.clone();
            let is_changed = Edit::Set(at.to_owned(), value.clone()).apply(&mut changed);
            let is_new = !self.values.iter().any(|(known, tried)| known == at && tried == value);
            is_changed && is_new && self.schema.is_valid(Direction::Request, &changed) == Ok(true)
        })
    }

    /// The values that the document lists for a member.
    fn choices(&self, at: &str) -> Vec<Value> {
        let names: Vec<String> = at.split('/').skip(1).map(pointer::unescape).collect();
        let Some((name, above)) = names.split_last() else { return Vec::new() };
        let above: Vec<&str> = above.iter().map(String::as_str).collect();
        let fields = self.schema.fields(Direction::Request, &above);
        fields.get(name).map(|field| field.choices.clone()).unwrap_or_default()
    }

    /// Leaves out all that may be left out, once.
    fn smallest(&mut self) -> Option<Vec<Edit>> {
        if self.kept == Kept::Nothing {
            return None;
        }
        let all = optional(self.schema, &self.body);
        let name = self.sole_mark(&all).filter(|_| self.kept == Kept::All);
        self.kept = if name.is_some() { Kept::Name } else { Kept::Nothing };
        let edits: Vec<Edit> =
            all.into_iter().filter(|at| name.as_ref() != Some(at)).map(Edit::LeaveOut).collect();
        (!edits.is_empty()).then_some(edits)
    }

    /// The name of the object, where a body without all that may be left out would hold no text of the run: nobody could
    /// tell what is made of it from what others make.
    fn sole_mark(&self, all: &[String]) -> Option<String> {
        let mut bare = self.body.clone();
        for at in all {
            remove(&mut bare, at);
        }
        let is_sole = all.len() > 1 && self.may_choose && is_marked(&self.body) && !is_marked(&bare);
        let names = |at: &&String| {
            let is_its_name = pointer::tokens(at).last().is_some_and(|name| is_name(&name));
            is_its_name && self.body.pointer(at).is_some_and(is_marked)
        };
        all.iter().find(names).filter(|_| is_sole).cloned()
    }

    /// Adds all that may be there, once, where the planned body had less.
    fn fullest(&mut self) -> Option<Vec<Edit>> {
        if std::mem::replace(&mut self.was_fullest, true) || !self.made.is_empty() {
            return None;
        }
        let full = self.full()?.as_object()?.clone();
        let edits: Vec<Edit> = full
            .into_iter()
            .map(|(name, value)| (pointer::join("", &name), value))
            .filter(|(at, _)| self.body.pointer(at).is_none())
            .map(|(at, value)| Edit::Set(at, value))
            .collect();
        let mut changed = self.body.clone();
        for edit in &edits {
            edit.apply(&mut changed);
        }
        let is_valid = self.schema.is_valid(Direction::Request, &changed) == Ok(true);
        (is_valid && !edits.is_empty()).then_some(edits)
    }

    /// A generated body with all members.
    fn full(&mut self) -> Option<&Value> {
        if self.full.is_none() {
            let value = plain(self.schema, Direction::Request).ok()?;
            self.full = Some(mark::made_up(self.schema, &value, ""));
        }
        self.full.as_ref()
    }
}

/// Whether a body has a place for a text of the run.
fn is_marked(body: &Value) -> bool {
    mark::stamp(body.to_string().as_bytes(), "").is_some()
}

/// Whether a member is so far inside that a word of a refusal may well mean another one.
fn is_deep(at: &str) -> bool {
    let steps: Vec<&str> = at.split('/').skip(1).collect();
    steps.len() > 3 || steps.contains(&"0")
}

/// Pointers of the members of a body, those of objects in it too.
fn members(body: &Value) -> Vec<String> {
    fn collect(value: &Value, at: &str, depth: usize, found: &mut Vec<String>) {
        // What is wrong with the items of a list is wrong with the first, which is the only one of a made-up body.
        if let Some(first) = value.as_array().and_then(|items| items.first()) {
            return collect(first, &format!("{at}/0"), depth, found);
        }
        let Some(members) = value.as_object().filter(|_| depth < 6 && found.len() < 200) else { return };
        for (name, member) in members {
            let at = pointer::join(at, name);
            collect(member, &at, depth + 1, found);
            found.push(at);
        }
    }
    let mut found = Vec::new();
    collect(body, "", 0, &mut found);
    found
}

/// Values that a refusal may ask for in the place of one.
fn wanted(now: &Value, at: &str, refusal: &Refusal) -> Vec<Value> {
    match now {
        Value::String(text) => texts(text, at, refusal),
        Value::Number(_) => {
            let near = refusal.numbers().filter(|number| *number < 1_000_000).flat_map(|n| [n, n + 1, n - 1]);
            near.chain([1, 60, 3600]).map(Value::from).collect()
        }
        _ => Vec::new(),
    }
}

/// Forms of texts that a refusal names, and a text of that form.
const FORMS: [(&str, &str); 16] = [
    // Once in four years: what is made must not set to work.
    ("cron", "0 0 29 2 *"),
    ("email", "xmarkxaaa@example.com"),
    ("e-mail", "xmarkxaaa@example.com"),
    ("url", "https://example.com/xmarkxaaa"),
    ("uri", "https://example.com/xmarkxaaa"),
    ("hostname", "xmarkxaaa.example.com"),
    ("domain", "xmarkxaaa.example.com"),
    ("canonical", "xmarkxaaa.example.com."),
    ("trailing dot", "xmarkxaaa.example.com."),
    ("uuid", mark::PLACEHOLDER_UUID),
    ("datetime", "2037-08-24T14:15:22Z"),
    ("date", "2037-08-24"),
    ("integer", "1"),
    ("number", "1"),
    ("version", "1.0.0"),
    ("json", "{}"),
];

fn texts(now: &str, at: &str, refusal: &Refusal) -> Vec<Value> {
    let listed = refusal.lists(at);
    if !listed.is_empty() {
        // Nothing else is taken, so that one of these needs no other value.
        let others = listed.iter().filter(|value| !listed.contains(&now) && **value != now);
        return others.map(|value| Value::from(*value)).collect();
    }
    let is_offer = |quoted: &&str| *quoted != now && !quoted.contains(' ') && !quoted.starts_with('^');
    let patterns = refusal.patterns(at);
    let made = patterns.iter().filter_map(|pattern| of_pattern(pattern));
    let offered = refusal.quoted().filter(is_offer).take(8).map(str::to_owned);
    let forms = FORMS.iter().filter(|(word, _)| refusal.mentions(word)).map(|(_, text)| (*text).to_owned());
    let mut texts: Vec<Value> = made.chain(offered).chain(forms).map(Value::from).collect();
    if refusal.mentions("least")
        || refusal.mentions("long")
        || refusal.mentions("short")
        || refusal.mentions("most")
    {
        for wanted in refusal.numbers().filter(|length| (1..200).contains(length)) {
            let length = usize::try_from(wanted).unwrap_or(0);
            let padded: String = now.chars().chain("Aa1!".chars().cycle()).take(length).collect();
            texts.push(json!(padded));
        }
    }
    texts
}

#[cfg(test)]
mod tests;
