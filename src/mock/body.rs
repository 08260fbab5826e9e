//! Reads the body of a request.

use axum::body::Body;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// The whole body, at most `limit` octets.
///
/// # Errors
/// The status of the refusal: 413 for a body beyond the limit, 400 for one that cannot be read.
pub(super) async fn collect(body: Body, limit: usize) -> Result<Bytes, StatusCode> {
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(collect(Body::from("abc"), 3).await.unwrap(), "abc");
        assert_eq!(collect(Body::from("abcd"), 3).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
        let broken: std::io::Result<Bytes> = Err(std::io::ErrorKind::ConnectionReset.into());
        let body = Body::from_stream(futures_util::stream::iter([broken]));
        assert_eq!(collect(body, 3).await, Err(StatusCode::BAD_REQUEST));
    }
}
