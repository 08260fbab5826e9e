//! Undoes the content codings of a body (RFC 9110 §8.4).

use std::io::Read;

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

/// The codings that are undone, as `Accept-Encoding` lists them.
pub const ACCEPTED: &str = "gzip, deflate, br";
/// Octets that brotli reads at a time.
const BROTLI_BUFFER: usize = 4 << 10;
/// More codings on top of each other mean nothing good.
const MAX_CODINGS: usize = 4;

/// Why a body cannot be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecodable {
    /// Nothing here undoes that coding.
    #[error("the content coding {0:?} is not supported; use {ACCEPTED}")]
    Unknown(String),
    /// The octets do not have the coding that the header names.
    #[error("the body is not {0}: {1}")]
    Malformed(String, String),
    /// The decoded body has more octets than that.
    #[error("the decoded body is larger than {0} bytes")]
    TooLarge(usize),
}

/// A body without the codings that its headers name, at most `most` octets.
///
/// # Errors
/// Why it cannot be decoded.
pub fn decode(headers: &HeaderMap, octets: Bytes, most: usize) -> Result<Bytes, Undecodable> {
    if octets.is_empty() {
        return Ok(octets);
    }
    let codings = codings(headers);
    if let Some(one_more) = codings.get(MAX_CODINGS) {
        return Err(Undecodable::Unknown(one_more.clone()));
    }
    // The last one was applied last.
    codings.iter().rev().try_fold(octets, |octets, coding| undo(coding, &octets, most).map(Bytes::from))
}

/// Whether a body has codings, and all of them are undone here.
pub fn undoes(headers: &HeaderMap) -> bool {
    let codings = codings(headers);
    let is_known = |coding: &String| ["gzip", "x-gzip", "deflate", "br"].contains(&coding.as_str());
    !codings.is_empty() && codings.iter().all(is_known)
}

/// The codings of a body in the order in which they were applied.
fn codings(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(CONTENT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let codings = lines.flat_map(|line| line.split(',')).map(|coding| coding.trim().to_ascii_lowercase());
    codings.filter(|coding| !coding.is_empty() && coding != "identity").collect()
}

fn undo(coding: &str, octets: &[u8], most: usize) -> Result<Vec<u8>, Undecodable> {
    let unpacked = match coding {
        "gzip" | "x-gzip" => unpack(MultiGzDecoder::new(octets), most),
        // By the book in zlib's wrapper, which some clients leave out (RFC 9110 §8.4.1.2).
        "deflate" => match unpack(ZlibDecoder::new(octets), most) {
            Err(_) => unpack(DeflateDecoder::new(octets), most),
            unpacked => unpacked,
        },
        // RFC 7932.
        "br" => unpack(Decompressor::new(octets, BROTLI_BUFFER), most),
        other => return Err(Undecodable::Unknown(other.to_owned())),
    };
    let unpacked = unpacked.map_err(|error| Undecodable::Malformed(coding.to_owned(), error.to_string()))?;
    if unpacked.len() > most { Err(Undecodable::TooLarge(most)) } else { Ok(unpacked) }
}

/// What a decoder gives, and at most one octet more than is allowed.
fn unpack(decoder: impl Read, most: usize) -> std::io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    decoder.take(most.saturating_add(1) as u64).read_to_end(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::read::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use rstest::rstest;

    fn packed(coding: &str, octets: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        let level = Compression::default();
        let count = match coding {
            "gzip" => GzEncoder::new(octets, level).read_to_end(&mut packed),
            "zlib" => ZlibEncoder::new(octets, level).read_to_end(&mut packed),
            "raw" => DeflateEncoder::new(octets, level).read_to_end(&mut packed),
            _ => octets.take(1 << 20).read_to_end(&mut packed),
        };
        assert!(count.is_ok());
        packed
    }

    #[rstest]
    #[case(&[], &["identity"])]
    #[case(&["gzip"], &["gzip"])]
    #[case(&["gzip"], &["X-GZip"])]
    #[case(&["zlib"], &["deflate"])]
    #[case(&["raw"], &["deflate"])]
    #[case(&["zlib", "gzip"], &["deflate, gzip"])]
    #[case(&["zlib", "gzip"], &["deflate", "identity, gzip"])]
    fn codings_are_undone(#[case] packing: &[&str], #[case] lines: &[&str]) {
        let body = packing.iter().fold(b"abcabc".to_vec(), |octets, coding| packed(coding, &octets));
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(CONTENT_ENCODING, line.parse().unwrap());
        }
        assert_eq!(decode(&headers, body.into(), 100).unwrap(), "abcabc");
    }

    #[rstest]
    #[case("gzip", b"abc", "the body is not gzip: ")]
    #[case("deflate", b"\xffabc", "the body is not deflate: ")]
    #[case("br", b"abc", "the body is not br: ")]
    #[case("zstd", b"abc", "the content coding \"zstd\" is not supported; use gzip, deflate, br")]
    #[case("gzip, gzip, gzip, gzip, gzip", b"abc", "the content coding \"gzip\" is not supported")]
    fn what_cannot_be_decoded_is_refused(#[case] coding: &str, #[case] body: &[u8], #[case] why: &str) {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, coding.parse().unwrap())]);
        let refused = decode(&headers, Bytes::copy_from_slice(body), 100).unwrap_err().to_string();
        assert!(refused.starts_with(why), "{refused}");
    }

    #[test]
    fn brotli_is_undone() {
        let body = [0x0b, 0x03, 0x80, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 0x03];
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, "br".parse().unwrap())]);
        assert_eq!(decode(&headers, Bytes::copy_from_slice(&body), 100).unwrap(), "{\"a\":1}");
        assert_eq!(decode(&headers, Bytes::copy_from_slice(&body), 3), Err(Undecodable::TooLarge(3)));
        assert!(undoes(&headers));
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, "gzip".parse().unwrap())]);
        let bomb = packed("gzip", &vec![0; 1 << 20]);
        assert_eq!(decode(&headers, bomb.into(), 1 << 10), Err(Undecodable::TooLarge(1 << 10)));
    }
}
