//! The page at `/__counterpart/`: what the control API has, for people. It is one file that asks for nothing but that API.
//!
//! The page is the same for every document. What it shows, its script fetches and writes as text, so that no document and
//! no request can become a part of the page itself.

use std::sync::LazyLock;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, StatusCode};

use super::ControlRequest;
use crate::exchange::base64;
use crate::mock::issuer::sha256;
use crate::mock::response::{Response, Source};

const FRAME: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = concat!(
    include_str!("page/common.js"),
    include_str!("page/operations.js"),
    include_str!("page/journal.js"),
    include_str!("page/state.js"),
    include_str!("page/webhooks.js"),
    include_str!("page/start.js"),
);

/// The page and its content security policy, which knows the style and the script by their digests.
static PAGE: LazyLock<(Bytes, Option<HeaderValue>)> = LazyLock::new(|| {
    let digest = |text: &str| base64::encode(sha256(text).as_ref());
    let (style, script) = (digest(STYLE), digest(SCRIPT));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    let page = FRAME.replacen("STYLE", STYLE, 1).replacen("SCRIPT", SCRIPT, 1);
    (Bytes::from(page), HeaderValue::try_from(policy).ok())
});

/// The page.
pub(super) fn show(_: &ControlRequest<'_>) -> Response {
    let (page, policy) = &*PAGE;
    // Without its policy it is not sent.
    let Some(policy) = policy else { return Response::problem(500, "the page has no policy", None) };
    let mut response = Response::empty(StatusCode::OK, Source::Control);
    response.headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // Another version of the mock has another page.
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "same-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
    ] {
        response.headers.insert(name, HeaderValue::from_static(value));
    }
    response.body = page.clone();
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// A place of the frame that is not replaced, or is replaced twice, would be seen by nobody else.
    #[test]
    fn the_frame_has_a_place_for_each_part() {
        for part in ["STYLE", "SCRIPT"] {
            assert_eq!(FRAME.matches(part).count(), 1, "{part}");
        }
        assert!(!STYLE.contains("SCRIPT"));
        let (page, policy) = &*PAGE;
        let page = std::str::from_utf8(page).unwrap();
        assert!(page.contains(STYLE) && page.contains(SCRIPT) && policy.is_some());
    }

    /// What would let a text become a part of the page, or need something from elsewhere.
    #[rstest]
    #[case("innerHTML")]
    #[case("outerHTML")]
    #[case("insertAdjacentHTML")]
    #[case("document.write")]
    #[case("eval(")]
    #[case("Function(")]
    #[case("</script")]
    #[case("http://")]
    #[case("https://")]
    fn the_script_has_no(#[case] danger: &str) {
        assert!(!SCRIPT.contains(danger));
        assert!(danger.starts_with("</") || !FRAME.contains(danger));
    }
}
