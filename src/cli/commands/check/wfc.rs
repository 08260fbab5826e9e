//! The users of an authentication file of Web Fuzzing Commons, as keys.

use crate::check::credentials::{Credential, Sources, Stranger};
use crate::cli::output::Stop;
use crate::client;
use crate::client::login::log_in;
use crate::config::wfc::{Proof, Takes, User};
use crate::contract::{Contract, Location, SchemeKind};
use crate::exchange::Secret;
use crate::run::KeyInfo;

/// Where requests have a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sent {
    in_query: bool,
    name: String,
    /// `Bearer {key}`.
    template: String,
}

/// A user with the credential that proves who it is.
struct Known {
    name: String,
    sent: Sent,
    token: Secret,
}

/// Adds users to the sources of keys. Nobody says what they may do: the first sends every request that should
/// succeed, and the others are somebody else. Without `way` nobody logs in.
///
/// # Errors
/// A user that cannot log in, and users that do not send their credentials alike.
pub(super) async fn add(
    sources: &mut Sources,
    users: Vec<User>,
    contract: &Contract,
    way: Option<&client::Options>,
) -> Result<(), Stop> {
    if sources.placement.is_some() {
        return Err(Stop::usage(
            "--credential cannot be combined with an authentication file, which says itself how credentials are sent",
        ));
    }
    let mut known: Vec<Known> = Vec::new();
    for User { name, proof } in users {
        let (sent, token) = match proof {
            Proof::Header(header, value) => fixed(header, value),
            Proof::Login(login) => {
                sources.hidden.extend(login.secrets.iter().cloned());
                let Some(way) = way else { continue };
                let refused = |why| Stop::usage(format!("the user {name:?} cannot log in: {why}"));
                let token = log_in(way, &login).await.map_err(refused)?;
                (sent_by(login.takes), token)
            }
        };
        known.push(Known { name, sent, token });
    }
    place(sources, known, contract)
}

fn place(sources: &mut Sources, known: Vec<Known>, contract: &Contract) -> Result<(), Stop> {
    let mut known = known.into_iter();
    let Some(first) = known.next() else { return Ok(()) };
    if first.sent.in_query {
        let name = &first.sent.name;
        let is_it =
            |kind: &SchemeKind| matches!(kind, SchemeKind::ApiKey(Location::Query, own) if own == name);
        if first.sent.template != "{key}" || !contract.schemes.values().any(|scheme| is_it(&scheme.kind)) {
            return Err(Stop::usage(format!(
                "the document has no security scheme for a key in the query parameter {name:?}, so the credential of the user {:?} cannot be sent there",
                first.name
            )));
        }
    } else {
        sources.placement = Some((first.sent.name.clone(), first.sent.template.clone()));
    }
    for other in known {
        if other.sent != first.sent {
            return Err(Stop::usage(format!(
                "the users {:?} and {:?} send their credentials in different ways, which is not supported; check with one of them at a time",
                first.name, other.name
            )));
        }
        let info = KeyInfo { name: other.name.clone(), scopes: Vec::new() };
        sources.strangers.push(Stranger { owner: other.name, key: Credential::new(other.token, info) });
    }
    sources.token = Some(first.token);
    Ok(())
}

/// A header that is always the same. Of `Authorization`, the word for the scheme is not the key.
fn fixed(header: String, value: Secret) -> (Sent, Secret) {
    let sent = |template: &str, name| Sent { in_query: false, name, template: template.to_owned() };
    match value.reveal().split_once(' ') {
        Some((word, token)) if header.eq_ignore_ascii_case("authorization") && !token.trim().is_empty() => {
            (sent(&format!("{word} {{key}}"), header), Secret::new(token.trim()))
        }
        _ => (sent("{key}", header), value),
    }
}

fn sent_by(takes: Takes) -> Sent {
    match takes {
        Takes::Cookies => Sent { in_query: false, name: "Cookie".to_owned(), template: "{key}".to_owned() },
        Takes::Token { in_query, name, template, .. } => Sent { in_query, name, template },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::build;
    use crate::document::Document;
    use rstest::rstest;
    use serde_json::json;

    fn contract() -> Contract {
        let tree = json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"get": {"responses": {"204": {}}}}},
            "components": {"securitySchemes": {"q": {"type": "apiKey", "in": "query", "name": "key"}}},
        });
        build("t", &Document::of("t", tree)).unwrap().0
    }

    fn fixed_user(name: &str, header: &str, value: &str) -> User {
        User { name: name.to_owned(), proof: Proof::Header(header.to_owned(), Secret::new(value)) }
    }

    async fn added(users: Vec<User>) -> Result<Sources, Stop> {
        let contract = contract();
        let mut sources = Sources::default();
        add(&mut sources, users, &contract, None).await?;
        Ok(sources)
    }

    #[rstest]
    #[case("Authorization", "Bearer abc", "Bearer {key}", "abc")]
    #[case("authorization", "abc", "{key}", "abc")]
    #[case("X-Key", "a b", "{key}", "a b")]
    #[tokio::test]
    async fn the_first_user_is_the_key(
        #[case] header: &str,
        #[case] value: &str,
        #[case] template: &str,
        #[case] token: &str,
    ) {
        let sources =
            added(vec![fixed_user("a", header, value), fixed_user("b", header, value)]).await.unwrap();
        assert_eq!(sources.placement, Some((header.to_owned(), template.to_owned())));
        assert_eq!(sources.token.as_ref().map(Secret::reveal), Some(token));
        let others: Vec<&str> = sources.strangers.iter().map(|other| other.owner.as_str()).collect();
        assert_eq!(others, ["b"]);
    }

    #[tokio::test]
    async fn users_send_their_credentials_alike() {
        let users = vec![fixed_user("a", "X-Key", "canary"), fixed_user("b", "X-Other", "canary")];
        let why = added(users).await.err().unwrap().message;
        assert!(why.contains("in different ways") && !why.contains("canary"), "{why}");
    }

    #[rstest]
    #[case("key", true)]
    #[case("other", false)]
    #[tokio::test]
    async fn a_key_in_the_query_needs_a_scheme(#[case] name: &str, #[case] fits: bool) {
        let contract = contract();
        let sent = Sent { in_query: true, name: name.to_owned(), template: "{key}".to_owned() };
        let known = vec![Known { name: "a".to_owned(), sent, token: Secret::new("x") }];
        let mut sources = Sources::default();
        assert_eq!(place(&mut sources, known, &contract).is_ok(), fits);
        assert_eq!((sources.token.is_some(), sources.placement), (fits, None));
    }
}
