//! From a path and a method to a document and an operation.

use std::cell::{Cell, RefCell};

use http::{HeaderValue, Method};
use smallvec::SmallVec;

use crate::contract::{Contract, Operation, OperationId};

/// Where a path leads within one document.
pub(super) enum Route<'c, 'p> {
    /// To an operation, with the values of its path parameters.
    Operation(&'c Operation, SmallVec<[&'p str; 4]>),
    /// To a path that does not document the method; its operations.
    OtherMethods(Vec<&'c Operation>),
    /// Nowhere.
    UnknownPath,
}

/// Finds the operation for a method and a path below the document's prefix. HEAD goes to GET where it is
/// not documented itself. A literal path goes before a templated one, unless it lacks the method.
pub(super) fn find<'c, 'p>(
    contract: &'c Contract,
    base_path: Option<&str>,
    method: &Method,
    path: &'p str,
) -> Route<'c, 'p> {
    for rest in candidates(contract, base_path, path) {
        let served = |operations: &[OperationId]| -> SmallVec<[&'c Operation; 4]> {
            let operations = operations.iter().filter_map(|index| contract.at(*index));
            let is_below =
                |operation: &&Operation| rest.base.is_none_or(|base| operation.base_paths.contains(base));
            operations.filter(is_below).collect()
        };
        let (found, others) = (Cell::new(None), RefCell::new(Vec::new()));
        let has_method = |operations: &[OperationId]| {
            let served = served(operations);
            found.set(by_method(&served, method));
            if found.get().is_none() {
                others.borrow_mut().extend(served);
            }
            found.get().is_some()
        };
        if let Some(place) = contract.find_where(rest.path, &has_method)
            && let Some(operation) = found.get()
        {
            return Route::Operation(operation, place.values);
        }
        let others = others.into_inner();
        if !others.is_empty() {
            return Route::OtherMethods(others);
        }
    }
    Route::UnknownPath
}

fn by_method<'c>(served: &[&'c Operation], method: &Method) -> Option<&'c Operation> {
    let of = |method: &Method| served.iter().copied().find(|operation| operation.method == *method);
    of(method).or_else(|| (*method == Method::HEAD).then(|| of(&Method::GET)).flatten())
}

/// A path without a base path.
struct Rest<'c, 'p> {
    path: &'p str,
    /// The documented base path that was taken off.
    base: Option<&'c String>,
}

/// What a path may be: below the configured base path; else below the base path of a server, or as it is.
fn candidates<'c, 'p>(
    contract: &'c Contract,
    configured: Option<&str>,
    path: &'p str,
) -> impl Iterator<Item = Rest<'c, 'p>> {
    let documented = if configured.is_some() { &[][..] } else { contract.all_base_paths() };
    let below_documented = documented.iter().filter_map(move |base| {
        let rest = below(base.trim_end_matches('/'), path)?;
        Some(Rest { path: rest, base: Some(base) })
    });
    let otherwise = match configured {
        Some(base) => below(base.trim_end_matches('/'), path),
        None => Some(path),
    };
    below_documented.chain(otherwise.map(|path| Rest { path, base: None }))
}

/// The rest of a path below whole segments; `/` where nothing is left.
fn below<'p>(prefix: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix)?;
    if rest.is_empty() {
        return Some("/");
    }
    rest.starts_with('/').then_some(rest)
}

/// The longest prefix that a path is below: its index, and the rest of the path.
pub(super) fn by_prefix<'a, 'p>(
    prefixes: impl Iterator<Item = &'a str>,
    path: &'p str,
) -> Option<(usize, &'p str)> {
    let matching = prefixes.enumerate().filter_map(|(index, prefix)| {
        let rest = if prefix.is_empty() {
            Some(if path.is_empty() { "/" } else { path })
        } else {
            below(prefix, path)
        };
        rest.map(|rest| (prefix.len(), index, rest))
    });
    matching.max_by_key(|(length, ..)| *length).map(|(_, index, rest)| (index, rest))
}

/// `Allow` (RFC 9110 §10.2.1) for some operations, with HEAD beside GET, and OPTIONS.
pub(super) fn allow<'o>(operations: impl IntoIterator<Item = &'o Operation>) -> HeaderValue {
    let mut methods: Vec<&str> = Vec::new();
    for operation in operations {
        let method = operation.method.as_str();
        if !methods.contains(&method) {
            methods.push(method);
        }
        if method == "GET" && !methods.contains(&"HEAD") {
            methods.push("HEAD");
        }
    }
    if !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    HeaderValue::from_str(&methods.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("OPTIONS"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::testing;
    use rstest::rstest;
    use serde_json::json;

    fn contract() -> std::sync::Arc<Contract> {
        let response = json!({"responses": {"204": {"description": "done"}}});
        testing::contract(json!({
            "openapi": "3.1.0",
            "servers": [
                {"url": "https://api.example/v1"},
                {
                    "url": "https://api.example/{region}/{stage}",
                    "variables": {
                        "region": {"default": "eu", "enum": ["eu", "us"]},
                        "stage": {"default": "test", "enum": ["live"]},
                    },
                },
            ],
            "paths": {
                "/things": {"get": response, "post": response},
                "/things/{id}": {"delete": response},
                "/things/mine": {"get": response},
                "/files": {
                    "servers": [{"url": "/storage"}],
                    "get": response,
                    "put": {"servers": [{"url": "https://upload.example/up/"}], "responses": response["responses"]},
                },
            },
        }))
    }

    #[rstest]
    #[case("GET", "/things", None, "GET /things []")]
    #[case("HEAD", "/things", None, "GET /things []")]
    #[case("DELETE", "/things/7", None, "DELETE /things/{id} [\"7\"]")]
    #[case("GET", "/things/mine", None, "GET /things/mine []")]
    #[case("DELETE", "/things/mine", None, "DELETE /things/{id} [\"mine\"]")]
    #[case("PUT", "/things/mine", None, "GET, HEAD, DELETE, OPTIONS")]
    #[case("GET", "/v1/things", None, "GET /things []")]
    #[case("HEAD", "/things/7", None, "DELETE, OPTIONS")]
    #[case("PUT", "/things", None, "GET, HEAD, POST, OPTIONS")]
    #[case("GET", "/v1", None, "unknown")]
    #[case("GET", "/v2/things", None, "unknown")]
    #[case("GET", "/us/live/things", None, "GET /things []")]
    #[case("GET", "/eu/test/things", None, "GET /things []")]
    #[case("GET", "/eu/other/things", None, "unknown")]
    #[case("GET", "/storage/files", None, "GET /files []")]
    #[case("PUT", "/storage/files", None, "GET, HEAD, OPTIONS")]
    #[case("PUT", "/up/files", None, "PUT /files []")]
    #[case("PUT", "/files", None, "PUT /files []")]
    #[case("GET", "/v1/files", None, "unknown")]
    #[case("GET", "/storage/things", None, "unknown")]
    #[case("GET", "/base/things", Some("/base"), "GET /things []")]
    #[case("GET", "/base/things", Some("/base/"), "GET /things []")]
    #[case("GET", "/things", Some("/base"), "unknown")]
    #[case("GET", "/based/things", Some("/base"), "unknown")]
    #[case("GET", "/v1/things", Some("/base"), "unknown")]
    fn routes(#[case] method: &str, #[case] path: &str, #[case] base: Option<&str>, #[case] expected: &str) {
        let contract = contract();
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let found = match find(&contract, base, &method, path) {
            Route::Operation(operation, values) => {
                format!("{} {} {:?}", operation.method, operation.path(), values.as_slice())
            }
            Route::OtherMethods(operations) => allow(operations).to_str().unwrap().to_owned(),
            Route::UnknownPath => "unknown".to_owned(),
        };
        assert_eq!(found, expected);
    }

    #[rstest]
    #[case(&[""], "/a", Some((0, "/a")))]
    #[case(&["", "/a"], "/a/b", Some((1, "/b")))]
    #[case(&["/a", "/a/b"], "/a/b", Some((1, "/")))]
    #[case(&["/a", "/b"], "/ab", None)]
    #[case(&["/a", "/b"], "/c", None)]
    fn the_longest_prefix_wins(
        #[case] prefixes: &[&str],
        #[case] path: &str,
        #[case] expected: Option<(usize, &str)>,
    ) {
        assert_eq!(by_prefix(prefixes.iter().copied(), path), expected);
    }
}
