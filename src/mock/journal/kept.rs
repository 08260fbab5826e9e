//! Messages in octets of their own.
//!
//! Header fields and bodies as they arrive are slices of what the connection read into. An entry that kept those
//! would keep the whole buffer, and the connection would need another one for each request.

use std::cell::RefCell;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::MAX_BODY;
use crate::exchange::Request;

/// Octets of room that a thread keeps.
const MAX_ROOM: usize = 4 << 10;

/// A request, and the header section of its answer.
#[derive(Debug)]
pub(in crate::mock) struct Kept {
    method: Method,
    /// One after the other: path, query, fields of the request, fields of the answer, body of the request.
    octets: Box<[u8]>,
    path: usize,
    /// Where the query ends, where there is one.
    query: Option<usize>,
    request: usize,
    answer: usize,
}

impl Kept {
    /// Copies what is kept: of the body the first 64 KiB.
    pub fn of(request: &Request, answer: &HeaderMap) -> Self {
        // Nobody knows the size of the heads before, so that they are written where there is room and then copied.
        thread_local!(static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
        ROOM.with_borrow_mut(|room| {
            room.clear();
            let kept = Self::write(request, answer, room);
            room.shrink_to(MAX_ROOM);
            kept
        })
    }

    fn write(request: &Request, answer: &HeaderMap, octets: &mut Vec<u8>) -> Self {
        octets.extend_from_slice(request.path.as_bytes());
        let path = octets.len();
        let query = request.query.as_deref().map(|query| {
            octets.extend_from_slice(query.as_bytes());
            octets.len()
        });
        write(&request.headers, octets);
        let request_end = octets.len();
        write(answer, octets);
        let answer_end = octets.len();
        let body = request.body.get(..MAX_BODY).unwrap_or(&request.body);
        let octets = [octets.as_slice(), body].concat().into_boxed_slice();
        Self { method: request.method.clone(), octets, path, query, request: request_end, answer: answer_end }
    }

    /// What is kept, in octets.
    pub fn len(&self) -> usize {
        self.octets.len()
    }

    /// The request.
    pub fn request(&self) -> Request {
        let text = |from, to| String::from_utf8_lossy(self.part(from, to)).into_owned();
        Request {
            method: self.method.clone(),
            path: text(0, self.path),
            query: self.query.map(|end| text(self.path, end)),
            headers: read(self.part(self.query.unwrap_or(self.path), self.request)),
            body: Bytes::copy_from_slice(self.octets.get(self.answer..).unwrap_or_default()),
        }
    }

    /// The header section of the answer.
    pub fn answer(&self) -> HeaderMap {
        read(self.part(self.request, self.answer))
    }

    fn part(&self, from: usize, to: usize) -> &[u8] {
        self.octets.get(from..to).unwrap_or_default()
    }
}

/// A line for each field; neither names nor values have line ends (RFC 9110 §5.5).
fn write(headers: &HeaderMap, octets: &mut Vec<u8>) {
    for (name, value) in headers {
        octets.extend_from_slice(name.as_str().as_bytes());
        octets.push(b':');
        octets.extend_from_slice(value.as_bytes());
        octets.push(b'\n');
    }
}

fn read(octets: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in octets.split(|octet| *octet == b'\n') {
        let Some(colon) = line.iter().position(|octet| *octet == b':') else { continue };
        let (name, value) = line.split_at(colon);
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.get(1..).unwrap_or_default()))
        {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Some("a=1&b"), "{\"a\": 1}")]
    #[case(Some(""), "")]
    #[case(None, "x:y\nz")]
    fn a_request_is_kept_whole(#[case] query: Option<&str>, #[case] body: &'static str) {
        let mut request = Request::new(Method::PUT, "/a/b");
        request.query = query.map(str::to_owned);
        request.body = body.into();
        let fields: [(&str, &[u8]); 4] =
            [("accept", b"a/b:c"), ("cookie", b"a=1"), ("cookie", b"b=2"), ("x-odd", b"\xe9\t")];
        for (name, value) in fields {
            request.headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        let answer = HeaderMap::from_iter([(http::header::ETAG, HeaderValue::from_static("\"1\""))]);
        let kept = Kept::of(&request, &answer);
        let again = kept.request();
        assert_eq!((again.method, again.path, again.query), (request.method, request.path, request.query));
        assert_eq!((again.headers, again.body), (request.headers, request.body));
        assert_eq!(kept.answer(), answer);
    }
}
