//! The points at which faults can change the state. By default every method does what a correct server does.

use serde_json::{Map, Value};

use super::entity::Members;
use super::objects::Entry;
use crate::contract::OperationId;

/// What lists show, and how they are cut into pages.
pub(in crate::mock) trait ListHooks: Sync {
    /// Whether a list shows what clients created.
    fn shows_born(&self) -> bool {
        true
    }

    /// Whether a list shows what is hidden in it. `update` is the operation that hides objects.
    fn shows_hidden(&self, _update: Option<OperationId>) -> bool {
        false
    }

    /// Whether filters and the search leave entries out.
    fn filters(&self) -> bool {
        true
    }

    /// Whether the order that is asked for is kept.
    fn sorts(&self) -> bool {
        true
    }

    /// Entries of a page where the request does not say.
    fn usual_size(&self, usual: usize) -> usize {
        usual
    }

    /// Entries of this page, of so many in all.
    fn limit(&self, limit: usize, _total: usize) -> usize {
        limit
    }

    /// Where a page begins that a number names, and not a cursor.
    fn start(&self, start: usize) -> usize {
        start
    }

    /// The first entry that a page shows.
    fn first_shown(&self, start: usize) -> usize {
        start
    }

    /// Where the next page begins; `None` on the last one.
    fn next(&self, next: Option<usize>) -> Option<usize> {
        next
    }

    /// How many entries there are said to be.
    fn total(&self, total: usize) -> usize {
        total
    }

    /// The path that links to other pages lead to, instead of the list's own.
    fn link_path(&self) -> Option<&'static str> {
        None
    }
}

/// What operations do to objects.
pub(in crate::mock) trait StateHooks: ListHooks {
    /// Whether it matters that the objects of the path are there.
    fn looks_for_objects(&self) -> bool {
        true
    }

    /// Whether what is private is there for everybody.
    fn shows_private(&self) -> bool {
        false
    }

    /// Whether a destroyed object can be named again.
    fn finds_destroyed(&self) -> bool {
        false
    }

    /// What an object becomes before it is read, where it does not stay as it is.
    fn before_read(&self, _entry: &Entry, _members: Option<&Members>) -> Option<Entry> {
        None
    }

    /// What a read shows of an object, where it is not the object itself.
    fn shown_as(&self, _value: &Value, _parameter: &str) -> Option<Value> {
        None
    }

    /// Called with a new object.
    fn on_created(&self, _entry: &mut Entry, _members: &Members) {}

    /// Whether a new object is kept.
    fn keeps_created(&self) -> bool {
        true
    }

    /// The last segment of `Location`, instead of the object's id; where it is `Some`, the header is sent
    /// even where the document does not have it.
    fn location(&self) -> Option<&'static str> {
        None
    }

    /// Whether a replacement leaves what it does not name as it is.
    fn merges_replacement(&self) -> bool {
        false
    }

    /// Called with a changed object. `sent` is what the request named, and `soft` the member that hides it.
    fn on_updated(
        &self,
        _entry: &mut Entry,
        _members: &Members,
        _sent: &Map<String, Value>,
        _soft: Option<&str>,
    ) {
    }

    /// Whether a change is kept.
    fn keeps_updated(&self) -> bool {
        true
    }

    /// Whether DELETE destroys an object. `is_refusal` says that the document has it refused.
    fn destroys(&self, is_refusal: bool) -> bool {
        !is_refusal
    }

    /// Whether actions put entries in and take them out.
    fn acts(&self) -> bool {
        true
    }
}

/// Lays nothing over state.
#[cfg(test)]
pub(in crate::mock) struct NoHooks;

#[cfg(test)]
impl ListHooks for NoHooks {}

#[cfg(test)]
impl StateHooks for NoHooks {}
