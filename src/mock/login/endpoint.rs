//! Where the parts of an authorization server are: where the document says, else at paths that it does not use.

use indexmap::IndexSet;

use crate::contract::{Contract, Purpose, path_of};
use crate::mock::router::{self, Route};

/// A part of an authorization server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mock) enum Endpoint {
    /// RFC 6749 §3.1.
    Authorization,
    /// RFC 6749 §3.2.
    Token,
    /// RFC 8628 §3.1.
    DeviceAuthorization,
    /// The page where a user types the code of a device (RFC 8628 §3.3).
    Device,
    /// RFC 7662.
    Introspection,
    /// RFC 7009.
    Revocation,
    /// OpenID Connect Core §5.3.
    UserInfo,
    /// OpenID Connect RP-Initiated Logout.
    EndSession,
    /// The public key (RFC 7517 §5).
    Jwks,
    /// OpenID Connect Discovery §4.
    Discovery,
    /// RFC 8414.
    ServerMetadata,
    /// RFC 9728.
    ResourceMetadata,
}

/// Every endpoint that is at a path of its own, with that path and what the document calls it.
const ENDPOINTS: [(Endpoint, &str, Option<Purpose>); 9] = [
    (Endpoint::Authorization, "/authorize", Some(Purpose::Authorization)),
    (Endpoint::Token, "/token", Some(Purpose::Token)),
    (Endpoint::DeviceAuthorization, "/device_authorization", Some(Purpose::DeviceAuthorization)),
    (Endpoint::Device, "/device", None),
    (Endpoint::Introspection, "/introspect", None),
    (Endpoint::Revocation, "/revoke", None),
    (Endpoint::UserInfo, "/userinfo", None),
    (Endpoint::EndSession, "/logout", None),
    (Endpoint::Jwks, "/jwks", None),
];
/// Addresses of a document that are read; no honest one has so many.
const MAX_ADDRESSES: usize = 100;
/// Where those are that the document does not place here; the second where its own paths match the first.
const FOLDERS: [&str; 2] = ["/oauth2", UNUSED];
/// More segments than templates without literals usually have.
const UNUSED: &str = "/__login/oauth2/v1";

const DISCOVERY: &str = "/.well-known/openid-configuration";
pub(in crate::mock) const SERVER: &str = "/.well-known/oauth-authorization-server";
pub(in crate::mock) const RESOURCE: &str = "/.well-known/oauth-protected-resource";

impl Endpoint {
    /// The methods that it takes.
    pub fn methods(self) -> &'static [&'static str] {
        match self {
            Self::Authorization | Self::Device | Self::EndSession | Self::UserInfo => &["GET", "POST"],
            Self::Token | Self::DeviceAuthorization | Self::Introspection | Self::Revocation => &["POST"],
            Self::Jwks | Self::Discovery | Self::ServerMetadata | Self::ResourceMetadata => &["GET", "HEAD"],
        }
    }

    /// The same for `Allow` (RFC 9110 §10.2.1).
    pub fn allow(self) -> &'static str {
        match self.methods() {
            [_] => "POST",
            [_, "POST"] => "GET, POST",
            _ => "GET, HEAD",
        }
    }
}

/// The paths of an authorization server, below that of its document.
#[derive(Debug)]
pub(super) struct Paths {
    /// Each with what is there. The first of an endpoint is the one that clients are told.
    served: Vec<(String, Endpoint)>,
    /// The path in the name of the issuer; empty, or `/realms/x`.
    issuer: String,
    /// Addresses on other hosts that the document names, whose part the mock plays.
    elsewhere: Vec<String>,
}

impl Paths {
    /// `None` for a document without logins.
    pub fn of(contract: &Contract, base_path: Option<&str>) -> Option<Self> {
        let providers = || contract.schemes.values().filter_map(|scheme| scheme.provider.as_ref());
        providers().next()?;
        let all: IndexSet<(Purpose, &str)> = providers()
            .flat_map(|provider| &provider.addresses)
            .map(|(purpose, url)| (*purpose, url.as_str()))
            .take(MAX_ADDRESSES)
            .collect();
        let addresses = all.into_iter().map(|(purpose, url)| (purpose, url, is_own(contract, url)));
        let addresses: Vec<(Purpose, &str, bool)> = addresses.collect();
        let is_free = |path: &String| {
            let found = |method| router::find(contract, base_path, &method, path);
            path.len() > 1 && matches!(found(http::Method::GET), Route::UnknownPath)
        };
        let documented = |wanted: Purpose, own: bool| -> Vec<String> {
            let urls = addresses.iter().filter(|(purpose, _, is_own)| *purpose == wanted && *is_own == own);
            urls.flat_map(|(_, url, _)| paths_of(contract, url)).filter(is_free).collect()
        };
        let own_discovery = documented(Purpose::Discovery, true);
        let told = own_discovery.iter().find_map(|path| path.strip_suffix(DISCOVERY)).map(str::to_owned);
        let root = [String::new(), UNUSED.to_owned()]
            .into_iter()
            .find(|root| is_free(&format!("{root}{DISCOVERY}")));
        let issuer = told.or(root).unwrap_or_default();
        let mut served: Vec<(String, Endpoint)> = Vec::new();
        let mut add = |endpoint: Endpoint, paths: Vec<String>| {
            served.extend(paths.into_iter().filter(is_free).map(|path| (path, endpoint)));
        };
        for (endpoint, name, purpose) in ENDPOINTS {
            add(endpoint, purpose.map(|purpose| documented(purpose, true)).unwrap_or_default());
            let standard = FOLDERS.iter().map(|folder| format!("{folder}{name}")).find(is_free);
            add(endpoint, standard.into_iter().collect());
            // A client that only changed the host finds it, too.
            add(endpoint, purpose.map(|purpose| documented(purpose, false)).unwrap_or_default());
        }
        add(Endpoint::Discovery, vec![format!("{issuer}{DISCOVERY}"), DISCOVERY.to_owned()]);
        add(Endpoint::Discovery, own_discovery);
        // RFC 8414 §3.1 puts the path of the issuer behind.
        add(
            Endpoint::ServerMetadata,
            vec![format!("{SERVER}{issuer}"), format!("{issuer}{SERVER}"), SERVER.to_owned()],
        );
        add(Endpoint::ServerMetadata, documented(Purpose::Metadata, true));
        add(Endpoint::ResourceMetadata, vec![RESOURCE.to_owned()]);
        let foreign = addresses.iter().filter(|(_, _, is_own)| !is_own);
        let elsewhere = foreign.map(|(_, url, _)| (*url).to_owned()).collect();
        Some(Self { served, issuer, elsewhere })
    }

    /// What is at a path; a slash at its end does not matter.
    pub fn at(&self, path: &str) -> Option<Endpoint> {
        let same = |known: &str| known.trim_end_matches('/') == path.trim_end_matches('/');
        self.served.iter().find(|(known, _)| same(known)).map(|(_, endpoint)| *endpoint)
    }

    /// The path of an endpoint that clients are told.
    pub fn of_endpoint(&self, endpoint: Endpoint) -> Option<&str> {
        self.served.iter().find(|(_, known)| *known == endpoint).map(|(path, _)| path.as_str())
    }

    /// The path in the name of the issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// What a user should know of them at the start.
    pub fn lines(&self, address: &str) -> Vec<String> {
        let at = |endpoint| self.of_endpoint(endpoint).map(|path| format!("{address}{path}"));
        let mut lines = Vec::new();
        lines.extend(at(Endpoint::Discovery).map(|url| format!("login: {url}")));
        if let (false, Some(authorize), Some(token)) =
            (self.elsewhere.is_empty(), at(Endpoint::Authorization), at(Endpoint::Token))
        {
            lines.push(format!(
                "login: the document sends clients to {}; here they go to {authorize} and {token}",
                hosts(&self.elsewhere)
            ));
        }
        lines
    }
}

/// The hosts of addresses, each once.
fn hosts(urls: &[String]) -> String {
    let host = |url: &String| url.split("://").nth(1)?.split('/').next().map(str::to_owned);
    let hosts: IndexSet<String> = urls.iter().filter_map(host).collect();
    hosts.into_iter().collect::<Vec<_>>().join(", ")
}

/// Whether an address is relative, or has the host of a documented server.
fn is_own(contract: &Contract, url: &str) -> bool {
    if !url.contains("://") {
        return true;
    }
    let origin = |url: &str| url::Url::parse(url).ok().map(|url| url.origin()).filter(url::Origin::is_tuple);
    let own = origin(url);
    own.is_some() && contract.servers.iter().any(|server| origin(server) == own)
}

/// The paths that an address of the document may be meant by: as it stands, and for a relative one that does not begin
/// with a slash also below the paths of the servers (RFC 3986 §5).
fn paths_of(contract: &Contract, url: &str) -> Vec<String> {
    let path = path_of(url);
    let is_relative = !url.contains("://") && !path.starts_with('/');
    let whole = format!("/{}", path.trim_start_matches('/'));
    let below = contract.all_base_paths().iter().filter(|_| is_relative).map(|base| format!("{base}{whole}"));
    below.chain(std::iter::once(whole.clone())).collect()
}
