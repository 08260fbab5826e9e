//! Where operations are served: Server Objects, with a server for each value of their variables.

use std::sync::Arc;

use indexmap::IndexSet;

use super::{Builder, Node, text_of};
use crate::contract::operation::Operation;

/// More servers than these are not made of one template.
const MAX_VARIANTS: usize = 100;

/// Servers of a document, a path or an operation.
#[derive(Debug, Clone, Default)]
pub(super) struct Servers {
    /// Absolute addresses, without a trailing slash.
    pub addresses: Vec<String>,
    /// Their paths, and those of relative addresses, without a trailing slash; never empty strings.
    pub base_paths: Arc<[String]>,
}

/// Paths of all servers, those of the document first.
pub(super) fn all_base_paths(own: &[String], operations: &[Operation]) -> Vec<String> {
    let of_operations = operations.iter().flat_map(|operation| &*operation.base_paths);
    let all: IndexSet<&String> = own.iter().chain(of_operations).collect();
    all.into_iter().cloned().collect()
}

impl<'d> Builder<'d, '_> {
    /// The servers that a document, a path or an operation lists; `None` where it lists none.
    pub(super) fn servers(&mut self, node: &Node<'d>) -> Option<Servers> {
        let list = self.section(node, "servers").filter(|list| list.items().next().is_some())?;
        let mut addresses: IndexSet<String> = IndexSet::new();
        let mut paths: IndexSet<String> = IndexSet::new();
        for server in list.items() {
            let Some(template) = server.text("url") else {
                self.warn(&server.pointer, "a server has no `url`", "it is ignored");
                continue;
            };
            for url in self.variants(template, &server) {
                let url = url.trim_end_matches('/').to_owned();
                let path = match url.split_once("://") {
                    Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
                    None => url.as_str(),
                };
                let is_path = path.starts_with('/') && !path.contains(['{', '?', '#']);
                if is_path {
                    paths.insert(path.to_owned());
                }
                if url.contains("://") {
                    addresses.insert(url);
                }
            }
        }
        Some(Servers { addresses: addresses.into_iter().collect(), base_paths: paths.into_iter().collect() })
    }

    /// An address for each value that its variables may have (OpenAPI 3.1 §4.8.6), that of the defaults
    /// first.
    fn variants(&mut self, template: &str, server: &Node<'d>) -> Vec<String> {
        let mut urls = vec![template.to_owned()];
        for (name, variable) in server.get("variables").iter().flat_map(Node::members) {
            let hole = format!("{{{name}}}");
            if !template.contains(&hole) {
                continue;
            }
            let mut values = IndexSet::from([variable.value.get("default").map(text_of).unwrap_or_default()]);
            values
                .extend(variable.get("enum").iter().flat_map(Node::items).map(|value| text_of(value.value)));
            if urls.len() * values.len() > MAX_VARIANTS {
                self.warn(
                    &variable.pointer,
                    format!("the servers of {template:?} are more than {MAX_VARIANTS}"),
                    "only the default of this variable is used",
                );
                values.truncate(1);
            }
            let each = values.iter().flat_map(|value| urls.iter().map(|url| url.replace(&hole, value)));
            urls = each.collect();
        }
        urls
    }
}
