//! Keeps what was sent and what came back, for reports that show all of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::exchange::{Exchange, Response, media_type};
use crate::redact::{MAX_TEXT, Redactor};
use crate::run::{Sent, Traffic};

/// Octets that are kept of all exchanges; further ones are counted.
const MOST: usize = 64 << 20;
/// What an exchange takes beside its bodies, in octets.
const FRAME: usize = 2 << 10;

/// Exchanges as they were, secrets and all; [`Kept::traffic`] removes these once all are known.
#[derive(Debug, Default)]
pub(in crate::check) struct Kept {
    is_wanted: bool,
    held: usize,
    exchanges: Vec<One>,
    left_out: usize,
}

/// An exchange whose bodies are cut, how many octets they had, and how long after the run's beginning it went out.
#[derive(Debug)]
struct One {
    exchange: Exchange,
    octets: [usize; 2],
    after: Duration,
}

impl Kept {
    pub fn new(is_wanted: bool) -> Self {
        Self { is_wanted, ..Self::default() }
    }

    /// Keeps an exchange, where that is wanted and there is room.
    pub fn keep(&mut self, after: Duration, exchange: &Exchange) {
        if !self.is_wanted {
            return;
        }
        let answered = exchange.response().map_or(0, |response| response.body.len());
        let octets = [exchange.request.body.len(), answered];
        let size = FRAME + octets.iter().map(|octets| (*octets).min(MAX_TEXT)).sum::<usize>();
        if self.held + size > MOST {
            self.left_out += 1;
            return;
        }
        self.held += size;
        let mut exchange = exchange.clone();
        exchange.request.body = beginning(exchange.request.body);
        if let Ok(response) = &mut exchange.outcome {
            response.body = beginning(std::mem::take(&mut response.body));
        }
        self.exchanges.push(One { exchange, octets, after });
    }

    /// What was kept, without secrets; `begun` is when the run began.
    pub fn traffic(&mut self, redactor: &Redactor, begun: Option<Timestamp>) -> Traffic {
        let shown =
            std::mem::take(&mut self.exchanges).into_iter().map(|one| Arc::new(one.shown(redactor, begun)));
        Traffic { exchanges: shown.collect(), left_out: self.left_out }
    }
}

impl One {
    fn shown(self, redactor: &Redactor, begun: Option<Timestamp>) -> Sent {
        let Self { exchange, octets: [request_octets, response_octets], after } = self;
        let answer = exchange.response().map(|response| (&response.headers, &*response.body));
        let redactor = &*redactor.knowing(&exchange.request, answer);
        let body = |octets: &Bytes, all: usize, media_type: Option<String>| {
            redactor.body_of(octets, all, media_type.as_deref())
        };
        let mut request = redactor.request(&exchange);
        request.body = body(&exchange.request.body, request_octets, media_type(&exchange.request.headers));
        let response = |response: &Response| {
            let mut shown = redactor.response(response);
            shown.body = body(&response.body, response_octets, response.media_type());
            shown
        };
        Sent {
            at: begun.and_then(|begun| begun.checked_add(after).ok()).map(|at| format!("{at:.3}")),
            case: exchange.case.clone(),
            took: exchange.elapsed,
            request,
            request_octets,
            response: exchange.response().map(response),
            response_octets,
            failure: exchange.outcome.as_ref().err().map(|why| redactor.text(&why.to_string())),
        }
    }
}

/// As much of a body as secrets are looked for in; a copy, so that the rest is not kept with it.
fn beginning(octets: Bytes) -> Bytes {
    if octets.len() <= MAX_TEXT {
        return octets;
    }
    let mut end = MAX_TEXT;
    // A character is whole or left out.
    while end > 0 && octets.get(end).is_some_and(|octet| octet & 0xc0 == 0x80) {
        end -= 1;
    }
    Bytes::copy_from_slice(octets.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::{Failure, Request, Secret};
    use http::{HeaderMap, Method, StatusCode};

    fn exchange(body: &str) -> Exchange {
        Exchange {
            case: "run/1.1".to_owned(),
            url: "http://t/pets?key=hush-0815".to_owned(),
            request: Request { body: "hush-0815".into(), ..Request::new(Method::POST, "/pets") },
            outcome: Ok(Response {
                status: StatusCode::OK,
                headers: HeaderMap::new(),
                body: body.to_owned().into(),
                is_cut: false,
            }),
            elapsed: Duration::from_millis(7),
        }
    }

    fn redactor() -> Redactor {
        Redactor::new([Secret::new("hush-0815")])
    }

    #[test]
    fn what_is_kept_has_its_time_and_no_secret() {
        let mut kept = Kept::new(true);
        kept.keep(Duration::from_millis(1500), &exchange("it was hush-0815"));
        let broken = Exchange { outcome: Err(Failure::TooLarge(9)), ..exchange("") };
        kept.keep(Duration::from_secs(2), &broken);
        let begun = "2026-05-01T10:00:00Z".parse().unwrap();
        let traffic = kept.traffic(&redactor(), Some(begun));
        let one = &traffic.exchanges[0];
        assert_eq!(one.at.as_deref(), Some("2026-05-01T10:00:01.500Z"));
        assert_eq!((one.took, one.request_octets, one.response_octets), (Duration::from_millis(7), 9, 16));
        assert!(!format!("{traffic:?}").contains("hush-0815"));
        assert_eq!(one.response.as_ref().unwrap().body.as_deref(), Some("it was [secret]"));
        let other = &traffic.exchanges[1];
        assert!(other.response.is_none() && other.failure.is_some());
        assert_eq!(traffic.left_out, 0);
    }

    #[test]
    fn nothing_is_kept_that_nobody_wants() {
        let mut kept = Kept::new(false);
        kept.keep(Duration::ZERO, &exchange(""));
        let traffic = kept.traffic(&redactor(), None);
        assert_eq!((traffic.exchanges.len(), traffic.left_out), (0, 0));
    }

    #[test]
    fn memory_is_bounded_and_what_is_left_out_is_counted() {
        let mut kept = Kept::new(true);
        let large = exchange(&"é".repeat(MAX_TEXT));
        for _ in 0..300 {
            kept.keep(Duration::ZERO, &large);
        }
        let octets: usize =
            kept.exchanges.iter().map(|one| one.exchange.response().unwrap().body.len()).sum();
        assert!(octets <= MOST && kept.left_out > 0, "{octets}");
        assert_eq!(kept.exchanges.len() + kept.left_out, 300);
        let traffic = kept.traffic(&redactor(), None);
        let shown = traffic.exchanges[0].response.as_ref().unwrap().body.as_deref().unwrap();
        assert!(shown.ends_with(&format!("… [{} bytes]", 2 * MAX_TEXT)), "{}", &shown[shown.len() - 40..]);
        assert_eq!(traffic.exchanges[0].response_octets, 2 * MAX_TEXT);
    }
}
