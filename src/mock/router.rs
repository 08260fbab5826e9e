//! From a path and a method to a document and an operation.

use http::{HeaderValue, Method};
use smallvec::SmallVec;

use crate::contract::{Contract, Operation};

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
/// not documented itself.
pub(super) fn find<'c, 'p>(
    contract: &'c Contract,
    base_path: Option<&str>,
    method: &Method,
    path: &'p str,
) -> Route<'c, 'p> {
    let found = without_base(contract, base_path, path).and_then(|path| contract.find(path));
    let Some(found) = found else { return Route::UnknownPath };
    let operations = || found.operations.iter().filter_map(|index| contract.at(*index));
    let by_method = |method: &Method| operations().find(|operation| operation.method == *method);
    let operation =
        by_method(method).or_else(|| (method == Method::HEAD).then(|| by_method(&Method::GET)).flatten());
    match operation {
        Some(operation) => Route::Operation(operation, found.values),
        None => Route::OtherMethods(operations().collect()),
    }
}

/// The path without the base path: the configured one, else any of the servers', else as it is.
fn without_base<'p>(contract: &Contract, base_path: Option<&str>, path: &'p str) -> Option<&'p str> {
    if let Some(base) = base_path {
        return below(base.trim_end_matches('/'), path);
    }
    let known = contract
        .base_paths
        .iter()
        .filter_map(|base| below(base.trim_end_matches('/'), path))
        .find(|rest| contract.find(rest).is_some());
    Some(known.unwrap_or(path))
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
            "openapi": "3.1.0", "servers": [{"url": "https://api.example/v1"}],
            "paths": {
                "/things": {"get": response, "post": response},
                "/things/{id}": {"delete": response},
            },
        }))
    }

    #[rstest]
    #[case("GET", "/things", None, "GET /things []")]
    #[case("HEAD", "/things", None, "GET /things []")]
    #[case("DELETE", "/things/7", None, "DELETE /things/{id} [\"7\"]")]
    #[case("GET", "/v1/things", None, "GET /things []")]
    #[case("HEAD", "/things/7", None, "DELETE, OPTIONS")]
    #[case("PUT", "/things", None, "GET, HEAD, POST, OPTIONS")]
    #[case("GET", "/v1", None, "unknown")]
    #[case("GET", "/v2/things", None, "unknown")]
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
