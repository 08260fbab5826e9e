//! The contract: everything that a document promises.

use std::sync::Arc;

use indexmap::IndexMap;

use super::message::Location;
use super::operation::{Operation, OperationId};
use super::outgoing::{Callback, Webhook};
use super::path::{Found, Router, parts};
use super::per_operation::PerOperation;
use super::scopes::ScopeTable;
use super::security::{Scheme, key_names};
use super::swagger2::Moved;
use crate::document::{Document, Place};

/// What a document promises, in one form for every OpenAPI version.
#[derive(Debug)]
pub struct Contract {
    /// The name files are kept under: `fixtures/<name>/…`, `snapshots/<name>/…`.
    pub name: String,
    /// `info.title`; empty where there is none.
    pub title: String,
    /// `info.version`; empty where there is none.
    pub version: String,
    /// Operations in the document's order.
    pub operations: Vec<Operation>,
    /// What the API sends by itself, in the document's order.
    pub webhooks: Vec<Webhook>,
    /// Security schemes by name.
    pub schemes: IndexMap<String, Scheme>,
    /// Absolute addresses of the documented servers, those of the whole document first, without a trailing
    /// slash.
    pub servers: Vec<String>,
    /// Paths of the servers of the whole document, without a trailing slash; never empty strings.
    pub base_paths: Arc<[String]>,
    /// Every scope that the document names, for looking grants up.
    pub scopes: ScopeTable,
    /// The document itself, for places and for `openapi.json`.
    pub document: Document,
    /// Where parts of an upgraded document are in the document itself.
    pub(super) moved: Moved,
    pub(super) callbacks: PerOperation<Vec<Callback>>,
    pub(super) router: Router<OperationId>,
    pub(super) all_base_paths: Vec<String>,
    /// The paths of all operations, each once, in order.
    pub(super) paths: Vec<String>,
}

impl Contract {
    /// Finds the path item for a request path (percent-encoded, base path taken off). A literal
    /// segment goes before a templated one; a trailing slash is optional.
    pub fn find<'c, 'p>(&'c self, path: &'p str) -> Option<Found<'c, 'p, OperationId>> {
        self.router.find(path)
    }

    /// As [`Contract::find`], of the path items whose operations are as wanted.
    pub fn find_where<'c, 'p>(
        &'c self,
        path: &'p str,
        is_wanted: &dyn Fn(&[OperationId]) -> bool,
    ) -> Option<Found<'c, 'p, OperationId>> {
        self.router.find_where(path, is_wanted)
    }

    /// The other operations with the method and the path of one: only the input tells them apart.
    pub fn twins<'c>(&'c self, operation: &'c Operation) -> impl Iterator<Item = &'c Operation> {
        let others = self.with_path(operation.path());
        others.filter(|other| {
            other.index != operation.index
                && other.method == operation.method
                && other.template.is_like(&operation.template)
        })
    }

    /// The operations of a path template, and those of templates that match what it matches.
    pub fn with_path(&self, template: &str) -> impl Iterator<Item = &Operation> {
        let found = self.find(parts(template).0).map(|found| found.operations).unwrap_or_default();
        found.iter().filter_map(|index| self.at(*index))
    }

    /// Whether an operation's path begins so.
    pub fn has_path_below(&self, beginning: &str) -> bool {
        let at = self.paths.partition_point(|path| path.as_str() < beginning);
        self.paths.get(at).is_some_and(|path| path.starts_with(beginning))
    }

    /// Paths of all documented servers: those of the whole document first, then those of single paths and
    /// operations.
    pub fn all_base_paths(&self) -> &[String] {
        &self.all_base_paths
    }

    /// The operation of that name.
    pub fn operation(&self, id: &str) -> Option<&Operation> {
        self.operations.iter().find(|operation| operation.id == id)
    }

    /// The operation that an id stands for; `None` for one of another contract that this does not have.
    pub fn at(&self, id: OperationId) -> Option<&Operation> {
        self.operations.get(id.0)
    }

    /// What the API sends after an operation was called, in the document's order.
    pub fn callbacks(&self, operation: OperationId) -> &[Callback] {
        self.callbacks.get(operation).map_or(&[], Vec::as_slice)
    }

    /// Whether the API sends anything by itself.
    pub fn sends(&self) -> bool {
        !self.webhooks.is_empty() || self.callbacks.iter().any(|callbacks| !callbacks.is_empty())
    }

    /// The operations, and what callbacks and webhooks send.
    pub fn described(&self) -> impl Iterator<Item = &Operation> {
        let callbacks = self.callbacks.iter().flatten().map(|callback| &callback.operation);
        let webhooks = self.webhooks.iter().map(|webhook| &webhook.operation);
        self.operations.iter().chain(callbacks).chain(webhooks)
    }

    /// Whether nothing in the document says that a key is needed. It may still describe schemes.
    pub fn declares_no_security(&self) -> bool {
        self.operations.iter().all(|operation| operation.security.is_empty())
    }

    /// Names under which schemes put keys in that place of a message.
    pub fn key_names(&self, wanted: Location) -> impl Iterator<Item = &str> {
        key_names(self.schemes.values(), wanted)
    }

    /// A place in the document.
    pub fn place(&self, pointer: &str) -> Place {
        self.document.place(self.moved.source(pointer))
    }
}
