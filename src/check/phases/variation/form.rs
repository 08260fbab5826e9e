//! How a body is written as a form.

use std::string::FromUtf8Error;

/// A space in a form may be written in two ways (<https://url.spec.whatwg.org/#urlencoded-parsing>).
pub(super) fn with_plus(media_type: &str, octets: Vec<u8>) -> Vec<u8> {
    if media_type != "application/x-www-form-urlencoded" {
        return octets;
    }
    String::from_utf8(octets)
        .map_or_else(FromUtf8Error::into_bytes, |text| text.replace("%20", "+").into_bytes())
}
