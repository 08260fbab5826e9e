//! Security schemes, and the requirements of operations.

use indexmap::{IndexMap, IndexSet};

use super::{Builder, Node, strings};
use crate::contract::message::Location;
use crate::contract::security::{Flow, Grant, Provider, Purpose, Requirement, Scheme, SchemeKind};

impl<'d> Builder<'d, '_> {
    pub(super) fn schemes(&mut self) -> IndexMap<String, Scheme> {
        let mut schemes = IndexMap::new();
        let Some(documented) = self.at("/components/securitySchemes") else { return schemes };
        for (name, node) in documented.members() {
            let Some(node) = self.follow(node) else { continue };
            let kind = match node.text("type").unwrap_or_default() {
                "http" => http(node.text("scheme").unwrap_or_default()),
                "oauth2" | "openIdConnect" => SchemeKind::Bearer,
                "apiKey" => {
                    let location = match node.text("in") {
                        Some("query") => Location::Query,
                        Some("cookie") => Location::Cookie,
                        _ => Location::Header,
                    };
                    api_key(location, node.text("name").unwrap_or_default())
                }
                "mutualTLS" => SchemeKind::MutualTls,
                other => {
                    self.warn(
                        &node.pointer,
                        format!("unknown security scheme type {other:?}"),
                        "use http, apiKey, oauth2, openIdConnect or mutualTLS; no credential can be sent for it",
                    );
                    SchemeKind::Unknown(other.to_owned())
                }
            };
            let flow = |(name, flow): (&str, Node<'d>)| {
                let grant = match name {
                    "clientCredentials" => Grant::ClientCredentials,
                    "password" => Grant::Password,
                    _ => Grant::Browser,
                };
                flow.text("tokenUrl").map(|url| Flow { grant, token_url: url.to_owned() })
            };
            let flows = node.get("flows").iter().flat_map(Node::members).filter_map(flow).collect();
            let mut offered: IndexSet<String> = IndexSet::new();
            for (_, flow) in node.get("flows").iter().flat_map(Node::members) {
                offered.extend(
                    flow.get("scopes").iter().flat_map(Node::members).map(|(scope, _)| scope.to_owned()),
                );
            }
            let offered = offered.into_iter().collect();
            let provider = provider(&node);
            schemes.insert(name.to_owned(), Scheme { name: name.to_owned(), kind, flows, offered, provider });
        }
        schemes
    }

    pub(super) fn security(
        &mut self,
        operation: &Node<'d>,
        schemes: &IndexMap<String, Scheme>,
    ) -> Vec<Requirement> {
        let Some(list) = operation.get("security").or_else(|| self.at("/security")) else {
            return Vec::new();
        };
        let elsewhere: Vec<String> = strings(operation.value.get("x-required-scopes"));
        let mut requirements = Vec::new();
        for requirement in list.items() {
            let mut one = Requirement { schemes: Vec::new(), scopes: Vec::new() };
            let mut named = IndexSet::new();
            let mut is_described = true;
            for (name, scopes) in requirement.members() {
                if !schemes.contains_key(name) {
                    self.problem(
                        &scopes.pointer,
                        format!("the security scheme {name:?} is not defined"),
                        "define it under components/securitySchemes; this requirement is ignored",
                    );
                    is_described = false;
                }
                // What the connection shows, no message can lack.
                if schemes.get(name).is_some_and(|scheme| scheme.kind == SchemeKind::MutualTls) {
                    continue;
                }
                one.schemes.push(name.to_owned());
                // No scope has a space in it (RFC 6749 §3.3).
                let each = strings(Some(scopes.value));
                named.extend(each.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned));
            }
            one.scopes = named.into_iter().collect();
            if !one.schemes.is_empty() && one.scopes.is_empty() {
                one.scopes.clone_from(&elsewhere);
            }
            if is_described {
                requirements.push(one);
            }
        }
        requirements
    }
}

/// The scheme of HTTP of that name (RFC 9110 §11.1).
fn http(name: &str) -> SchemeKind {
    match name.to_ascii_lowercase().as_str() {
        "bearer" => SchemeKind::Bearer,
        "basic" => SchemeKind::Basic,
        other => SchemeKind::Http(other.to_owned()),
    }
}

/// A key in a place of that name. No header can be called `Authorization: Bearer`: that is how the line begins in which
/// the key goes.
fn api_key(location: Location, name: &str) -> SchemeKind {
    let parts = || name.split([':', ' ']).map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>();
    match (location, parts().as_slice()) {
        (Location::Header, [header, word]) if header.eq_ignore_ascii_case("authorization") => http(word),
        (Location::Header, [header]) if *header != name => SchemeKind::ApiKey(location, (*header).to_owned()),
        _ => SchemeKind::ApiKey(location, name.to_owned()),
    }
}

/// What a scheme says of an authorization server; `None` for one that has none.
fn provider(scheme: &Node<'_>) -> Option<Provider> {
    if !matches!(scheme.text("type"), Some("oauth2" | "openIdConnect")) {
        return None;
    }
    let mut provider = Provider::default();
    let flows = scheme.get("flows");
    let flows = flows.iter().flat_map(Node::members).map(|(_, flow)| flow);
    for node in std::iter::once(scheme.clone()).chain(flows) {
        let named =
            Purpose::MEMBERS.iter().filter_map(|(member, purpose)| Some((*purpose, node.text(member)?)));
        provider.addresses.extend(named.map(|(purpose, url)| (purpose, url.to_owned())));
    }
    Some(provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Location::Header, "Authorization: Bearer", SchemeKind::Bearer)]
    #[case(Location::Header, "authorization Token", SchemeKind::Http("token".to_owned()))]
    #[case(Location::Header, "Authorization", SchemeKind::ApiKey(Location::Header, "Authorization".to_owned()))]
    #[case(Location::Header, "X-Key:", SchemeKind::ApiKey(Location::Header, "X-Key".to_owned()))]
    #[case(Location::Header, "X Y Z", SchemeKind::ApiKey(Location::Header, "X Y Z".to_owned()))]
    #[case(Location::Query, "Authorization: Bearer", SchemeKind::ApiKey(Location::Query, "Authorization: Bearer".to_owned()))]
    fn keys_go_in_headers_that_can_be(
        #[case] location: Location,
        #[case] name: &str,
        #[case] expected: SchemeKind,
    ) {
        assert_eq!(api_key(location, name), expected);
    }
}
