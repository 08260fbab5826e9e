//! Sends the key where the document forgets to ask for one.
//!
//! Many documents describe a scheme and name it at a few operations alone, or at none, and leave the rest silent. Where
//! such an operation refuses a request without a key, the user's key is tried.

use crate::check::credentials::Credential;
use crate::check::dispatch::keyed;
use crate::check::evidence::{Evidence, Keyed};
use crate::check::plan::Step;
use crate::check::recorder::NotSent;
use crate::check::session::Session;
use crate::check::steps::other_way;
use crate::contract::Operation;
use crate::exchange::Request;

/// Sends a plain request that was refused for want of a key once more with one. What lets it in is sent from then on with
/// all operations of which the document says nothing.
///
/// # Errors
/// Why the key cannot be used any more.
pub(super) async fn with_key(
    session: &mut Session<'_>,
    operation: &Operation,
    step: &Step,
    request: &Request,
    first: Keyed,
) -> Result<(Keyed, Option<Credential>), NotSent> {
    let is_refused = matches!(first.exchange.status(), Some(401 | 403));
    let is_silent = first.key.is_none() && session.credentials.may_be_wanted(operation);
    if !(step.is_plain() && is_refused && is_silent && session.may_send().await) {
        let key = first.key.clone();
        return Ok((first, key));
    }
    session.credentials.send_unasked(true);
    let key = session.credentials.get(operation, &step.key).await.map_err(NotSent::Key)?;
    if key.is_none() {
        session.credentials.send_unasked(false);
        return Ok((first, None));
    }
    let second =
        keyed::send_with(session, operation, request, &step.key, key.clone()).await.map_err(NotSent::Key)?;
    let (second, key) = match key {
        Some(key) => other_way::let_in(session, (operation, step), request, second, key).await?,
        None => (second, None),
    };
    if matches!(second.exchange.status(), Some(401 | 403) | None) {
        session.credentials.send_unasked(false);
        return Ok((first, None));
    }
    // That it asked for a key is told all the same.
    let evidence = Evidence::from(first);
    session.recorder.judge(operation, &step.intent, &evidence, step.accept.as_deref());
    Ok((second, key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::check::phases::cleaning;
    use crate::check::scripted::{Bench, Scripted, Told, answer, pets};
    use crate::check::steps::send;
    use crate::exchange::Secret;

    /// Sends these in turn to a target that takes the key in the query alone, where the document names another way first
    /// and says nothing of keys at some of them; gives their statuses.
    async fn sent(target: &Scripted, ids: &[&str]) -> (Vec<u16>, Told) {
        let mut document = pets();
        document["components"]["securitySchemes"] = json!({
            "token": {"type": "http", "scheme": "bearer"},
            "query": {"type": "apiKey", "in": "query", "name": "api_key"},
        });
        document["paths"]["/pets"]["get"]["security"] = json!([{"token": []}, {"query": []}]);
        let mut bench = Bench::of(document);
        bench.sources.token = Some(Secret::new("secret".to_owned()));
        let indices: Vec<_> = ids.iter().map(|id| bench.index(id)).collect();
        let mut statuses = Vec::new();
        let told = bench
            .phase(target, async |session| {
                for index in indices {
                    let step = session.base(session.contract.at(index).unwrap()).unwrap();
                    let came = send(session, &step).await.ok().and_then(|exchange| exchange.status());
                    statuses.push(came.unwrap_or_default());
                }
                cleaning::run(session).await;
            })
            .await;
        (statuses, told)
    }

    fn by_query(request: &crate::exchange::Request) -> bool {
        request.query.as_deref().is_some_and(|query| query.contains("api_key=secret"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_key_goes_the_way_that_let_it_in_elsewhere() {
        let target = Scripted::with(&["rex"]).twist("*", |request, reply| {
            if by_query(request) { reply } else { answer(401, &json!({"error": "no"})) }
        });
        let (statuses, told) = sent(&target, &["list", "create", "read"]).await;
        assert_eq!(statuses, [200, 201, 200], "{:?}", target.sent());
        assert_eq!(told.left, [""; 0]);
    }

    /// Where a key is one of several ways, and none is another, it is sent: a guest may not be shown what is there.
    #[tokio::test(start_paused = true)]
    async fn a_key_goes_where_it_is_optional() {
        let target = Scripted::with(&["rex"]).twist("*", |request, reply| {
            if by_query(request) { reply } else { answer(404, &json!({"error": "no"})) }
        });
        let mut document = pets();
        document["components"]["securitySchemes"] =
            json!({"query": {"type": "apiKey", "in": "query", "name": "api_key"}});
        document["security"] = json!([{"query": []}, {}]);
        let mut bench = Bench::of(document);
        bench.sources.token = Some(Secret::new("secret".to_owned()));
        let list = bench.index("list");
        for (has_token, expected) in [(true, Some(200)), (false, Some(404))] {
            bench.sources.token = has_token.then(|| Secret::new("secret".to_owned()));
            bench
                .phase(&target, async |session| {
                    let step = session.base(session.contract.at(list).unwrap()).unwrap();
                    let came = send(session, &step).await.ok().and_then(|exchange| exchange.status());
                    assert_eq!(came, expected, "{:?}", target.sent());
                })
                .await;
        }
    }

    /// A refusal of one operation alone says nothing of the key, which is shown by what it was taken with, and in the same
    /// way.
    #[tokio::test(start_paused = true)]
    async fn a_key_outlives_a_refusal_elsewhere() {
        let target = Scripted::with(&["rex"]).twist("*", |request, reply| {
            let is_let_in = by_query(request) && !request.path.ends_with("/1");
            if is_let_in { reply } else { answer(401, &json!({"error": "no"})) }
        });
        let (statuses, told) = sent(&target, &["list", "create", "read", "list"]).await;
        assert_eq!(statuses, [200, 201, 401, 200], "{:?}", target.sent());
        assert_eq!(told.left, [""; 0]);
    }
}
