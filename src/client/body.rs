//! The body of a response: decodes content codings, and stops reading a stream when enough was seen.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use serde::de::IgnoredAny;
use tokio::time::{Instant, timeout_at};

use crate::contract::body::{Framing, framing};
use crate::exchange::budget::{self, Budget};
use crate::exchange::coding::{self, Undecodable};
use crate::exchange::{Failure, media_type};

/// Items of a stream that are waited for, and kept.
const ITEMS: usize = 10;
/// Octets of a stream that are read.
const OCTETS: usize = 1 << 20;
/// How long a stream is listened to.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long an end is waited for when there are items enough.
const GRACE: Duration = Duration::from_millis(300);

/// A body, and whether it is only the beginning of a stream.
pub(super) struct Body {
    pub octets: Bytes,
    pub is_cut: bool,
}

/// Reads the body of an answer whose head is here. A stream (server-sent events, lines of JSON) is
/// left after ten items, one MiB or two seconds, whichever comes first; leaving closes its connection.
/// So are lines of JSON under another media type, and texts that do not end before the time-out.
///
/// Where bodies are `held` within a budget, only the beginning is kept of one that would take too much.
///
/// # Errors
/// The body broke off, or is larger than `most` octets, decoded.
pub(super) async fn read(
    response: reqwest::Response,
    headers: &mut HeaderMap,
    (most, held): (usize, Option<&Arc<Budget>>),
    failed: impl Fn(&reqwest::Error) -> Failure,
) -> Result<Body, Failure> {
    let body = read_whole(response, headers, (most, held.is_some()), failed).await?;
    let Some(budget) = held.filter(|_| body.octets.len() > BEGINNING) else { return Ok(body) };
    if takes(&body.octets) > MAX_TREE {
        return Ok(beginning(&body.octets));
    }
    Ok(match budget::held(&body.octets, budget) {
        Some(octets) => Body { octets, ..body },
        None => beginning(&body.octets),
    })
}

/// Of larger bodies only the beginning is kept, in octets.
const LARGEST: usize = 16 << 20;
/// How much is kept of them, in octets.
const BEGINNING: usize = 64 << 10;
/// What the values of a body may take, in octets.
const MAX_TREE: usize = 48 << 20;

fn beginning(octets: &[u8]) -> Body {
    let octets = Bytes::copy_from_slice(octets.get(..BEGINNING).unwrap_or(octets));
    Body { octets, is_cut: true }
}

/// What the values of a text take at most, if it is JSON, in octets.
fn takes(octets: &[u8]) -> usize {
    let weight = |octet: &u8| match octet {
        b'{' => 400,
        b':' => 100,
        b',' | b'[' => 72,
        _ => 0,
    };
    octets.iter().map(weight).sum()
}

async fn read_whole(
    response: reqwest::Response,
    headers: &mut HeaderMap,
    (most, may_cut): (usize, bool),
    failed: impl Fn(&reqwest::Error) -> Failure,
) -> Result<Body, Failure> {
    let framing = media_type(headers).as_deref().and_then(framing);
    // What says how long it is, and what must be unpacked as a whole, is read to its end.
    let may_go_on = !headers.contains_key(CONTENT_LENGTH) && !coding::undoes(headers);
    if let Some(framing) = framing.filter(|_| may_go_on) {
        return stream(response, framing, most, failed).await;
    }
    let mut response = response;
    let mut octets = Vec::new();
    let largest = if may_cut { most.min(LARGEST) } else { most };
    let mut count = 0;
    let patience = Instant::now() + PATIENCE;
    loop {
        match response.chunk().await {
            Ok(None) if count > largest => return Ok(beginning(&octets)),
            Ok(None) => break,
            Ok(Some(chunk)) => {
                count += chunk.len();
                if count > most {
                    return Err(Failure::TooLarge(most));
                }
                // Of what is not kept only the end is waited for.
                if count > largest && octets.len() > BEGINNING {
                    octets = octets.get(..BEGINNING).unwrap_or_default().to_vec();
                } else if count <= largest || octets.len() < BEGINNING {
                    octets.extend_from_slice(&chunk);
                }
            }
            Err(error) if error.is_timeout() && may_go_on && is_text_in_lines(headers, &octets) => {
                return Ok(lines_of(octets));
            }
            Err(error) => return Err(failed(&error)),
        }
        if may_go_on && Instant::now() >= patience && is_json_in_lines(&octets) {
            return Ok(lines_of(octets));
        }
    }
    match decoded(headers, octets.into(), largest) {
        // Of a body that unfolds to more nothing is kept.
        Err(Failure::TooLarge(_)) if largest < most => Ok(Body { octets: Bytes::new(), is_cut: true }),
        decoded => Ok(Body { octets: decoded?, is_cut: false }),
    }
}

/// Whether octets are several lines of JSON, so that they are no single value, whatever follows.
fn is_json_in_lines(octets: &[u8]) -> bool {
    let mut lines = octets.split_inclusive(|octet| *octet == b'\n').filter(|line| line.ends_with(b"\n"));
    let is_value = |line: &[u8]| serde_json::from_slice::<IgnoredAny>(line).is_ok();
    lines.by_ref().take(2).filter(|line| is_value(line)).count() == 2
}

/// Whether a body that does not end is a text, as a log that is followed is, and has a whole line.
fn is_text_in_lines(headers: &HeaderMap, octets: &[u8]) -> bool {
    let is_text = media_type(headers).is_some_and(|media_type| media_type.starts_with("text/"));
    is_json_in_lines(octets) || (is_text && octets.contains(&b'\n'))
}

/// The whole lines of a stream that was left.
fn lines_of(mut octets: Vec<u8>) -> Body {
    octets.truncate(Framing::Lines.ends(&octets).last().copied().unwrap_or(0));
    Body { octets: octets.into(), is_cut: true }
}

async fn stream(
    mut response: reqwest::Response,
    framing: Framing,
    most: usize,
    failed: impl Fn(&reqwest::Error) -> Failure,
) -> Result<Body, Failure> {
    let mut until = Instant::now() + PATIENCE;
    let mut has_enough = false;
    let mut octets = Vec::new();
    loop {
        let chunk = match timeout_at(until, response.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return Ok(Body { octets: octets.into(), is_cut: false }),
            // Nobody said when it would end.
            Ok(Err(error)) if error.is_timeout() => break,
            Ok(Err(error)) => return Err(failed(&error)),
            Err(_) => break,
        };
        let room = most.min(OCTETS).saturating_sub(octets.len());
        let is_full = chunk.len() > room;
        octets.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if is_full {
            break;
        }
        if !has_enough && framing.ends(&octets).len() >= ITEMS {
            has_enough = true;
            until = until.min(Instant::now() + GRACE);
        }
    }
    let ends = framing.ends(&octets);
    let end = ends.get(ITEMS - 1).or(ends.last()).copied().unwrap_or(0);
    octets.truncate(end);
    Ok(Body { octets: octets.into(), is_cut: true })
}

/// A body without its content codings, as if it had come so. What nothing here undoes stays as it is.
fn decoded(headers: &mut HeaderMap, octets: Bytes, most: usize) -> Result<Bytes, Failure> {
    if octets.is_empty() || !coding::undoes(headers) {
        return Ok(octets);
    }
    let decoded = coding::decode(headers, octets, most).map_err(|why| match why {
        Undecodable::TooLarge(most) => Failure::TooLarge(most),
        Undecodable::Unknown(why) | Undecodable::Malformed(_, why) => {
            Failure::Truncated(format!("cannot decode its content coding: {why}"))
        }
    })?;
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::{Client, Options};
    use crate::exchange::{Exchange, Request};
    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use http::Method;
    use rstest::rstest;
    use std::io::Write;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A server that answers with a head and then with the pieces of a body, 50 ms apart, over and over
    /// where `endless`; otherwise it keeps the connection open without a word.
    async fn serving(head: String, pieces: Vec<Vec<u8>>, endless: bool) -> Exchange {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut seen = [0; 4096];
            let _ = socket.read(&mut seen).await;
            let _ = socket.write_all(head.as_bytes()).await;
            loop {
                for piece in &pieces {
                    if socket.write_all(piece).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                if !endless {
                    let _ = socket.read(&mut seen).await;
                    return;
                }
            }
        });
        let mut options = Options::new(url);
        options.retries = 0;
        options.timeout = Duration::from_secs(5);
        options.max_body = 4096;
        let exchange = Client::new(&options).unwrap().send(&Request::new(Method::GET, "/x"), "run/1").await;
        server.abort();
        exchange
    }

    fn head(media_type: &str) -> String {
        format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nConnection: close\r\n\r\n")
    }

    #[rstest]
    #[case("text/event-stream", "data: 1\n\n", 10)]
    #[case("application/x-ndjson; charset=utf-8", "{}\n", 10)]
    #[tokio::test]
    async fn an_endless_stream_is_left(#[case] media_type: &str, #[case] item: &str, #[case] count: usize) {
        let exchange = serving(head(media_type), vec![item.into()], true).await;
        let response = exchange.outcome.unwrap();
        assert!(response.is_cut);
        assert_eq!(std::str::from_utf8(&response.body).unwrap(), item.repeat(count));
        assert!(exchange.elapsed < Duration::from_secs(2), "{:?}", exchange.elapsed);
    }

    #[tokio::test]
    async fn lines_of_json_that_do_not_end_are_left_under_any_name() {
        let exchange = serving(head("application/json"), vec![b"{\"a\": 1}\n".to_vec()], true).await;
        let response = exchange.outcome.unwrap();
        assert!(response.is_cut && response.body.ends_with(b"}\n"), "{response:?}");
        assert!(exchange.elapsed < Duration::from_secs(4), "{:?}", exchange.elapsed);
    }

    #[rstest]
    #[case::a_log("text/plain", "one\ntw", Some("one\n"))]
    #[case::half_a_text("text/plain", "one", None)]
    #[case::half_a_value("application/json", "{\"a\":\n", None)]
    #[case::one_value("application/json", "{}\n", None)]
    #[case::two_values("application/json", "{}\n{}\n{", Some("{}\n{}\n"))]
    #[tokio::test]
    async fn what_falls_silent_is_a_stream_only_in_lines(
        #[case] media_type: &str,
        #[case] sent: &str,
        #[case] kept: Option<&str>,
    ) {
        let exchange = serving(head(media_type), vec![sent.into()], false).await;
        let got = exchange.outcome.ok().map(|response| (response.is_cut, response.body));
        assert_eq!(got, kept.map(|kept| (true, Bytes::copy_from_slice(kept.as_bytes()))));
    }

    /// What says how long it is, is no stream.
    #[tokio::test]
    async fn what_falls_silent_before_its_length_is_cut_off() {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n";
        let exchange = serving(head.to_owned(), vec![b"one\ntwo\n".to_vec()], false).await;
        assert!(exchange.outcome.is_err(), "{:?}", exchange.outcome);
    }

    #[tokio::test]
    async fn a_silent_stream_is_left_with_what_is_whole() {
        let exchange = serving(head("text/event-stream"), vec![b"data: 1\n\ndata".to_vec()], false).await;
        let response = exchange.outcome.unwrap();
        assert_eq!((&response.body[..], response.is_cut), (&b"data: 1\n\n"[..], true));
        let exchange = serving(head("text/event-stream"), Vec::new(), false).await;
        let response = exchange.outcome.unwrap();
        assert_eq!((response.body.len(), response.is_cut, response.status.as_u16()), (0, true, 200));
    }

    #[tokio::test]
    async fn a_stream_without_items_is_left_when_it_is_large() {
        let exchange = serving(head("text/event-stream"), vec![vec![b'x'; 1024]], true).await;
        assert!(exchange.outcome.unwrap().is_cut);
    }

    #[tokio::test]
    async fn a_stream_that_ends_is_whole() {
        let text = "{}\n".repeat(30);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/jsonl\r\n";
        let length = format!("{head}Content-Length: {}\r\n\r\n", text.len());
        let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
        let chunk = format!("{:x}\r\n{text}\r\n", text.len());
        for (head, pieces) in [
            (length, vec![text.clone().into_bytes()]),
            (chunked, vec![chunk.into_bytes(), b"0\r\n\r\n".to_vec()]),
        ] {
            let response = serving(head, pieces, false).await.outcome.unwrap();
            assert_eq!(
                (std::str::from_utf8(&response.body).unwrap(), response.is_cut),
                (text.as_str(), false)
            );
        }
    }

    fn packed(coding: &str, text: &[u8]) -> Vec<u8> {
        let level = Compression::default();
        let mut gzip = GzEncoder::new(Vec::new(), level);
        let mut zlib = ZlibEncoder::new(Vec::new(), level);
        let mut raw = DeflateEncoder::new(Vec::new(), level);
        for writer in [&mut gzip as &mut dyn Write, &mut zlib, &mut raw] {
            writer.write_all(text).unwrap();
        }
        match coding {
            "deflate" => zlib.finish().unwrap(),
            "raw" => raw.finish().unwrap(),
            _ => gzip.finish().unwrap(),
        }
    }

    async fn coded(label: &str, octets: Vec<u8>) -> Exchange {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: {label}\r\nContent-Length: {}\r\n\r\n",
            octets.len()
        );
        serving(head, vec![octets], false).await
    }

    #[rstest]
    #[case("gzip", "gzip")]
    #[case("x-gzip", "gzip")]
    #[case("X-GZip", "gzip")]
    #[case("deflate", "deflate")]
    #[case("deflate", "raw")]
    #[tokio::test]
    async fn content_codings_are_undone(#[case] label: &str, #[case] coding: &str) {
        let response = coded(label, packed(coding, b"octets")).await.outcome.unwrap();
        assert_eq!(&response.body[..], b"octets");
        assert!(!response.headers.contains_key(CONTENT_ENCODING));
    }

    #[rstest]
    #[case::large(vec![b'x'; LARGEST + 1], Budget::of(usize::MAX), Some(BEGINNING))]
    #[case::many_values(b"[],".repeat(MAX_TREE / 60), Budget::of(usize::MAX), Some(BEGINNING))]
    #[case::no_room(vec![b'x'; 1 << 20], Budget::of(1000), Some(BEGINNING))]
    #[case::whole(vec![b'x'; 1 << 20], Budget::of(2 << 20), None)]
    #[tokio::test]
    async fn what_takes_too_much_is_cut(
        #[case] sent: Vec<u8>,
        #[case] budget: Arc<Budget>,
        #[case] kept: Option<usize>,
    ) {
        let length = sent.len();
        // Another one is held already.
        let _held = budget::held(&Bytes::from_static(&[0; 500]), &budget);
        let answer = http::Response::builder().header("content-type", "text/plain").body(sent).unwrap();
        let failed = |error: &reqwest::Error| Failure::Protocol(error.to_string());
        let read = read(answer.into(), &mut HeaderMap::new(), (64 << 20, Some(&budget)), failed).await;
        let body = read.unwrap();
        assert_eq!((body.octets.len(), body.is_cut), (kept.unwrap_or(length), kept.is_some()));
    }

    #[tokio::test]
    async fn the_cap_counts_decoded_octets() {
        let exchange = coded("x-gzip", packed("gzip", &vec![b'x'; 100_000])).await;
        assert!(matches!(exchange.outcome, Err(Failure::TooLarge(4096))));
        let exchange = coded("x-gzip", b"not gzip".to_vec()).await;
        assert!(matches!(exchange.outcome, Err(Failure::Truncated(_))));
    }
}
