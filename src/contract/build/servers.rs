//! Where operations are served: Server Objects, with a server for each value of their variables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use indexmap::IndexSet;
use url::Url;

use super::{Builder, Node, text_of};
use crate::contract::operation::Operation;

/// More servers than these are not made of one template.
const MAX_VARIANTS: usize = 100;
/// Longest address of a server, in octets.
const MAX_LENGTH: usize = 8 << 10;

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

/// Where a document lies, from which relative addresses lead on (OpenAPI 3.1 §4.6); the root where it is a file.
fn place_of(files: &[Arc<str>]) -> Option<Url> {
    let fetched = files.first().and_then(|name| Url::parse(name).ok());
    fetched.filter(|url| url.scheme().starts_with("http")).or_else(|| Url::parse("http://localhost/").ok())
}

/// The path of a server's address, without a trailing slash; `None` for what is no address. A host may be a template
/// that nothing fills, a path may not.
fn base_path(address: &str, beside: Option<&Url>) -> Option<String> {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => address,
    };
    if path.is_empty() {
        return Some(String::new());
    }
    if path.contains(['{', '}']) {
        return None;
    }
    let path = beside?.join(path).ok()?.path().trim_end_matches('/').to_owned();
    Some(path)
}

impl<'d> Builder<'d, '_> {
    /// The servers that a document, a path or an operation lists; `None` where it lists none.
    pub(super) fn servers(&mut self, node: &Node<'d>) -> Option<Servers> {
        let list = self.section(node, "servers").filter(|list| list.items().next().is_some())?;
        let beside = place_of(&self.document.files);
        let mut addresses: IndexSet<String> = IndexSet::new();
        let mut paths: IndexSet<String> = IndexSet::new();
        for server in list.items() {
            let Some(template) = server.text("url") else {
                self.warn(&server.pointer, "a server has no `url`", "it is ignored");
                continue;
            };
            for url in self.variants(template, &server) {
                match base_path(&url, beside.as_ref()) {
                    Some(path) if path.is_empty() => {}
                    Some(path) => {
                        paths.insert(path);
                    }
                    None => self.warn(
                        &server.pointer,
                        format!("{url:?} is not the address of a server"),
                        "its path is not served; write https://api.example.org/v1 or /v1",
                    ),
                }
                if url.contains("://") {
                    addresses.insert(url.trim_end_matches('/').to_owned());
                }
            }
        }
        Some(Servers { addresses: addresses.into_iter().collect(), base_paths: paths.into_iter().collect() })
    }

    /// An address for each value that its variables may have (OpenAPI 3.1 §4.8.6), that of the defaults
    /// first.
    fn variants(&mut self, template: &str, server: &Node<'d>) -> Vec<String> {
        let pieces = pieces(template);
        let holes: HashSet<&str> = pieces.iter().filter_map(|piece| piece.hole()).collect();
        let mut filled = vec![HashMap::new()];
        for (name, variable) in server.get("variables").iter().flat_map(Node::members) {
            if !holes.contains(name) {
                continue;
            }
            let mut values = IndexSet::from([variable.value.get("default").map(text_of).unwrap_or_default()]);
            values
                .extend(variable.get("enum").iter().flat_map(Node::items).map(|value| text_of(value.value)));
            if filled.len() * values.len() > MAX_VARIANTS {
                self.warn(
                    &variable.pointer,
                    format!("the servers of {template:?} are more than {MAX_VARIANTS}"),
                    "only the default of this variable is used",
                );
                values.truncate(1);
            }
            let with = |known: &HashMap<&'d str, String>, value: &String| {
                let mut known = known.clone();
                known.insert(name, value.clone());
                known
            };
            filled = values.iter().flat_map(|value| filled.iter().map(|known| with(known, value))).collect();
        }
        let urls: Vec<String> = filled.iter().filter_map(|values| joined(&pieces, values)).collect();
        if urls.len() < filled.len() {
            let what = format!("an address of a server has more than {MAX_LENGTH} octets");
            self.warn(&server.pointer, what, "it is ignored");
        }
        urls
    }
}

/// A part of a template.
#[derive(Debug, Clone, Copy)]
enum Piece<'t> {
    Text(&'t str),
    /// The name of a variable, and how it is written.
    Hole(&'t str, &'t str),
}

impl<'t> Piece<'t> {
    fn hole(self) -> Option<&'t str> {
        match self {
            Self::Hole(name, _) => Some(name),
            Self::Text(_) => None,
        }
    }
}

/// A template in its parts. What is put into it is no template, so that it cannot grow by itself.
fn pieces(template: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), template);
    while let Some(open) = rest.find('{')
        && let Some(length) = rest[open..].find('}')
    {
        let (text, from) = rest.split_at(open);
        // The last bracket before the end begins it.
        let begin = from[..length].rfind('{').unwrap_or(0);
        let (before, hole) = from[..=length].split_at(begin);
        pieces.extend([Piece::Text(text), Piece::Text(before), Piece::Hole(&hole[1..hole.len() - 1], hole)]);
        rest = &from[length + 1..];
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// A template with these values; `None` where it is too long to be an address.
fn joined(pieces: &[Piece<'_>], values: &HashMap<&str, String>) -> Option<String> {
    let mut url = String::new();
    for piece in pieces {
        url.push_str(match piece {
            Piece::Text(text) => text,
            Piece::Hole(name, written) => values.get(name).map_or(written, String::as_str),
        });
        if url.len() > MAX_LENGTH {
            return None;
        }
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://api.example.org/v1", "/v1")]
    #[case("https://{tenant}.example.org/v1", "/v1")]
    #[case("https://api.example.org", "")]
    #[case("/v1", "/v1")]
    #[case("v1", "/docs/v1")]
    #[case("./v1", "/docs/v1")]
    #[case("../v1", "/v1")]
    #[case("../../../v1", "/v1")]
    #[case(".", "/docs")]
    #[case("/", "")]
    #[case("/v1/", "/v1")]
    #[case("", "")]
    #[case("//api.example.org/v1", "/v1")]
    #[case("/v1?key=1#top", "/v1")]
    #[case("/é", "/%C3%A9")]
    fn a_server_has_a_path(#[case] address: &str, #[case] expected: &str) {
        let document = Arc::from("https://api.example.org/docs/openapi.json");
        assert_eq!(base_path(address, place_of(&[document]).as_ref()).as_deref(), Some(expected));
    }

    #[rstest]
    #[case("v1", "/v1")]
    #[case("./v1", "/v1")]
    #[case("", "")]
    fn beside_a_file_is_the_root(#[case] address: &str, #[case] expected: &str) {
        let place = place_of(&[Arc::from("docs/openapi.yaml")]);
        assert_eq!(base_path(address, place.as_ref()).as_deref(), Some(expected));
    }

    #[rstest]
    #[case("a{x}b{y}{x}", Some("a{y}b2{y}"))]
    #[case("{x", Some("{x"))]
    #[case("{{x}}", Some("{{y}}"))]
    #[case("{z}", Some("{z}"))]
    #[case("{long}{long}", None)]
    fn what_is_put_in_is_no_template(#[case] template: &str, #[case] expected: Option<&str>) {
        let long = "l".repeat(MAX_LENGTH / 2 + 1);
        let values = HashMap::from([("x", "{y}".to_owned()), ("y", "2".to_owned()), ("long", long)]);
        assert_eq!(joined(&pieces(template), &values).as_deref(), expected);
    }

    #[rstest]
    #[case("/{version}")]
    #[case("http://x:y:z/v1}")]
    fn what_nothing_fills_is_no_path(#[case] address: &str) {
        assert_eq!(base_path(address, place_of(&[]).as_ref()), None);
    }
}
