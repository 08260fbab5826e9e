//! Fetches documents from addresses.

use http::Method;

use crate::client::{Client, Options};
use crate::exchange::Request;
use crate::project::ReadError;
use crate::redact;

/// A document at an address: one request, no redirect.
pub(super) fn fetch(address: &str, limit: usize) -> Result<Vec<u8>, ReadError> {
    let shown = redact::address(address);
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let at = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(at);
    let mut options = Options::new(format!("{scheme}://{host}"));
    options.max_body = limit;
    options.cuts = false;
    let client = Client::new(&options).map_err(|error| ReadError::Unusable(error.to_string()))?;
    let (path, query) =
        path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
    let mut request = Request::new(Method::GET, if path.is_empty() { "/" } else { path });
    request.query = query;
    // Commands run inside a runtime already, where another can neither be used nor dropped, so the
    // fetch has a thread of its own, with all that belongs to it.
    let fetched = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok::<_, std::io::Error>(runtime.block_on(client.send(&request, "document")).outcome)
    });
    let outcome = fetched.join().ok().transpose().map_err(|error| ReadError::Failed(error.to_string()))?;
    match outcome {
        Some(Ok(response)) if response.status.is_success() => Ok(response.body.to_vec()),
        Some(Ok(response)) => Err(ReadError::Unusable(format!("{shown} answered {}", response.status))),
        Some(Err(failure)) => {
            let help = "check the address, and that its server runs";
            Err(ReadError::Failed(format!("cannot fetch {shown}: {failure}; {help}")))
        }
        None => Err(ReadError::Failed(format!("cannot fetch {shown}"))),
    }
}
