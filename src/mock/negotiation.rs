//! The media type of an answer: by `Accept` (RFC 9110 §12.5.1), or by a query parameter.

use std::sync::Arc;

use http::header::ACCEPT;

use crate::contract::media_type::{MediaType, split};
use crate::contract::{is_json, parameter};
use crate::exchange::{Request, cut};
use crate::resources::MediaTypeParameter;

/// The media type of the success: the one that the `format` parameter names, else by `Accept`; `None` where
/// nothing is offered.
///
/// # Errors
/// What to say where nothing that is offered is acceptable.
pub(super) fn choose<'o>(
    offered: &'o [Arc<str>],
    format: Option<&MediaTypeParameter>,
    request: &Request,
) -> Result<Option<&'o Arc<str>>, String> {
    if offered.is_empty() {
        return Ok(None);
    }
    if let (Some(format), Some(query)) = (format, request.query.as_deref())
        && let Some(value) = parameter::first_of(query, &format.name)
        && let Some(picked) = format.media_type(&value)
    {
        let found = offered.iter().find(|known| ***known == *picked);
        return found.map(Some).ok_or_else(|| format!("nothing can be written as {picked}; add a fixture"));
    }
    let accept = request.headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    negotiate(accept, offered)
        .map(Some)
        .ok_or_else(|| format!("no documented media type matches {}", accept.unwrap_or_default()))
}

/// The media type for `Accept` (RFC 9110 §12.5.1): the first offered one of the highest quality;
/// `None` where none is acceptable.
fn negotiate<'o>(accept: Option<&str>, offered: &'o [Arc<str>]) -> Option<&'o Arc<str>> {
    // Who takes anything gets JSON rather than XML.
    let json = || offered.iter().find(|media_type| is_json(media_type));
    let first = offered.first();
    let first = first.filter(|media_type| !is_xml(media_type)).or_else(json).or(first);
    let Some(accept) = accept.map(str::trim).filter(|accept| !accept.is_empty() && *accept != "*/*") else {
        return first;
    };
    let ranges: Vec<(MediaType, f32)> = split(accept, ',')
        .into_iter()
        .map(|range| {
            let mut range = MediaType::parse(range);
            let quality = range.parameters.iter().position(|(name, _)| name == "q");
            let quality = quality.map(|at| range.parameters.remove(at)).and_then(|(_, q)| q.parse().ok());
            (range, quality.unwrap_or(1.0))
        })
        .filter(|(range, _)| !range.essence.is_empty())
        .collect();
    let quality = |media_type: &str| {
        let offered = MediaType::parse(media_type);
        let matching = ranges.iter().filter_map(|(range, quality)| {
            let kind = range.essence.strip_suffix("/*");
            let is_of_kind = kind.is_some_and(|kind| offered.essence.split('/').next() == Some(kind));
            let matches = ["*", "*/*", &offered.essence].contains(&range.essence.as_str()) || is_of_kind;
            let alike = range.agreement(&offered.parameters).filter(|_| matches)?;
            Some(((!range.essence.contains('*'), range.essence.len(), alike), *quality))
        });
        // The most specific range decides.
        matching.max_by_key(|(weight, _)| *weight).map_or(0.0, |(_, quality)| quality)
    };
    let mut best: Option<(&Arc<str>, f32)> = None;
    for media_type in offered {
        let quality = quality(media_type);
        let is_better = |(known, at): (&Arc<str>, f32)| {
            quality > at || (quality >= at && Some(media_type) == first && is_xml(known))
        };
        if quality > 0.0 && best.is_none_or(is_better) {
            best = Some((media_type, quality));
        }
    }
    best.map(|(media_type, _)| media_type)
}

/// Whether a media type is XML by name or by suffix (RFC 7303 §4.2); every request asks.
fn is_xml(media_type: &str) -> bool {
    let essence = cut(media_type, b';').map_or(media_type, |(essence, _)| essence).trim_ascii();
    let suffix = essence.len().checked_sub("+xml".len()).and_then(|at| essence.get(at..));
    suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+xml"))
        || ["application/xml", "text/xml"].iter().any(|known| known.eq_ignore_ascii_case(essence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, Some("application/json"))]
    #[case(Some("*/*"), Some("application/json"))]
    #[case(Some("text/csv"), Some("text/csv"))]
    #[case(Some("text/*;q=0.5, application/json;q=0.4"), Some("text/csv"))]
    #[case(Some("text/html, */*;q=0.1"), Some("application/json"))]
    #[case(Some("application/json;q=0, text/csv;q=0.1"), Some("text/csv"))]
    #[case(Some("application/xml"), None)]
    fn negotiation(#[case] accept: Option<&str>, #[case] chosen: Option<&str>) {
        let offered = ["application/json", "text/csv"].map(Arc::from);
        assert_eq!(negotiate(accept, &offered).map(AsRef::as_ref), chosen);
    }

    #[rstest]
    #[case(None, "application/json")]
    #[case(Some("*/*"), "application/json")]
    #[case(Some("image/png, */*;q=0.8"), "application/json")]
    #[case(Some("application/xml"), "application/xml")]
    #[case(Some("application/xml, */*;q=0.8"), "application/xml")]
    fn json_goes_before_xml(#[case] accept: Option<&str>, #[case] chosen: &str) {
        let offered = ["application/xml", "application/json"].map(Arc::from);
        assert_eq!(negotiate(accept, &offered).map(AsRef::as_ref), Some(chosen));
        assert_eq!(negotiate(None, &offered[..1]).map(AsRef::as_ref), Some("application/xml"));
    }

    #[rstest]
    #[case("a/b; version=2", Some("a/b; version=2"))]
    #[case("a/b;version=\"1\";q=0.1, a/b;Version=2", Some("a/b; version=2"))]
    #[case("a/b; version=3", None)]
    #[case("a/b;version=3, a/c;q=0.1", Some("a/c; charset=utf-8"))]
    #[case("a/b", Some("a/b; version=1"))]
    #[case("a/c;charset=ascii", Some("a/c; charset=utf-8"))]
    #[case("a/*;version=2", Some("a/b; version=2"))]
    fn parameters_are_negotiated(#[case] accept: &str, #[case] chosen: Option<&str>) {
        let offered = ["a/b; version=1", "a/b; version=2", "a/c; charset=utf-8"].map(Arc::from);
        assert_eq!(negotiate(Some(accept), &offered).map(AsRef::as_ref), chosen);
    }

    #[rstest]
    #[case(None, None, Ok(Some("application/json")))]
    #[case(Some("format=csv"), None, Ok(Some("text/csv")))]
    #[case(Some("format=csv"), Some("application/json"), Ok(Some("text/csv")))]
    #[case(Some("format=xml"), None, Ok(Some("application/json")))]
    #[case(Some("other=csv"), Some("text/csv"), Ok(Some("text/csv")))]
    #[case(None, Some("image/png"), Err("no documented media type matches image/png"))]
    fn a_parameter_goes_before_accept(
        #[case] query: Option<&str>,
        #[case] accept: Option<&str>,
        #[case] expected: Result<Option<&str>, &str>,
    ) {
        let offered = ["application/json", "text/csv"].map(Arc::from);
        let values = vec![("csv".to_owned(), "text/csv".to_owned())];
        let format = MediaTypeParameter { name: "format".to_owned(), values };
        let mut request = Request::new(http::Method::GET, "");
        request.query = query.map(str::to_owned);
        if let Some(accept) = accept {
            request.headers.insert(ACCEPT, accept.parse().unwrap());
        }
        let chosen = choose(&offered, Some(&format), &request);
        let chosen = chosen.as_ref().map(|chosen| chosen.map(AsRef::as_ref)).map_err(String::as_str);
        assert_eq!(chosen, expected);
        assert_eq!(choose(&[], Some(&format), &request), Ok(None));
    }
}
