//! Sends a refused key by another alternative of the document.

use crate::check::credentials::Credential;
use crate::check::dispatch::keyed;
use crate::check::evidence::Keyed;
use crate::check::plan::Step;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::contract::Operation;
use crate::exchange::Request;

/// Sends a plain request whose key was refused once more for each other way in which the document lets keys be sent.
/// The way that lets it in is kept for all operations that have it; the refusal by the first one shows nothing, since
/// nobody says for which way the key is.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn let_in(
    session: &mut Session<'_>,
    (operation, step): (&Operation, &Step),
    request: &Request,
    first: Keyed,
    key: Credential,
) -> Result<(Keyed, Option<Credential>), NotSent> {
    if !step.is_plain() || first.exchange.status() != Some(401) || first.key.is_none() {
        return Ok((first, Some(key)));
    }
    for other in session.credentials.other_ways(operation, &key) {
        if !session.may_send().await {
            break;
        }
        let sent = keyed::send_with(session, operation, request, &step.key, Some(other.clone())).await;
        let sent = sent.map_err(NotSent::Key)?;
        if !matches!(sent.exchange.status(), Some(401 | 403) | None) {
            session.credentials.send_like(&other);
            return Ok((sent, Some(other)));
        }
    }
    Ok((first, Some(key)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use crate::check::scripted::{Bench, Scripted, answer, pets};
    use crate::check::steps::send;
    use crate::exchange::Secret;

    /// A key that the first alternative does not let in goes out by the second one from then on; where none does, that is
    /// tried once.
    #[rstest]
    #[case::the_second_lets_it_in("api_key=secret", 200)]
    #[case::none_does("no such", 401)]
    #[tokio::test(start_paused = true)]
    async fn a_key_goes_the_way_that_lets_it_in(#[case] wanted: &'static str, #[case] expected: u16) {
        let mut document = pets();
        document["components"]["securitySchemes"] = json!({
            "token": {"type": "http", "scheme": "bearer"},
            "query": {"type": "apiKey", "in": "query", "name": "api_key"},
        });
        document["security"] = json!([{"token": []}, {"query": []}]);
        let target = Scripted::with(&["rex"]).twist("GET /pets*", move |request, reply| {
            let is_let_in = request.query.as_deref().is_some_and(|query| query.contains(wanted));
            if is_let_in { reply } else { answer(401, &json!({"error": "no"})) }
        });
        let mut bench = Bench::of(document);
        bench.sources.token = Some(Secret::new("secret".to_owned()));
        let list = bench.index("list");
        let told = bench
            .phase(&target, async |session| {
                let step = session.base(session.contract.at(list).unwrap()).unwrap();
                for _ in 0..2 {
                    let came = send(session, &step).await.ok().and_then(|exchange| exchange.status());
                    assert_eq!(came, Some(expected), "{:?}", target.sent());
                }
            })
            .await;
        assert_eq!(target.sent().len(), 3, "{:?}", target.sent());
        assert_eq!(told.seen.is_empty(), expected == 200, "{:?}", told.seen);
    }
}
