//! Which media type an answer has: by `Accept` (RFC 9110 §12.5.1), or by a parameter that names it.

use mediatype::MediaType;
use serde_json::Value;

use crate::contract::{Direction, Location, Operation};

/// The query parameter whose enum names the subtypes of the offered media types.
pub(super) fn format_parameter(
    operation: &Operation,
    offered: &[String],
) -> Option<(String, Vec<(String, String)>)> {
    if offered.len() < 2 {
        return None;
    }
    operation.parameters_in(Location::Query).find_map(|parameter| {
        let normal = parameter.value_schema()?.normal(Direction::Request);
        let values = normal.get("enum")?.as_array()?;
        let named: Vec<(String, String)> = values
            .iter()
            .filter_map(Value::as_str)
            .filter_map(|value| {
                let media_type = offered.iter().find(|t| t.rsplit(['/', '+']).next() == Some(value))?;
                Some((value.to_owned(), media_type.clone()))
            })
            .collect();
        (named.len() > 1).then(|| (parameter.name.clone(), named))
    })
}

/// The media type for `Accept` (RFC 9110 §12.5.1): the first offered one of the highest quality;
/// `None` where none is acceptable.
pub(super) fn negotiate<'o>(accept: Option<&str>, offered: &'o [String]) -> Option<&'o str> {
    let first = offered.first().map(String::as_str);
    let Some(accept) = accept.map(str::trim).filter(|accept| !accept.is_empty() && *accept != "*/*") else {
        return first;
    };
    let ranges: Vec<(String, f32)> = accept
        .split(',')
        .filter_map(|range| {
            let range = range.trim();
            // `*` and `*/*` are no media types, so what the library refuses is read by hand.
            let essence = match MediaType::parse(range) {
                Ok(parsed) => parsed.essence().to_string(),
                Err(_) => range.split(';').next().unwrap_or_default().trim().to_owned(),
            };
            let quality = range.split(';').skip(1).find_map(|p| p.trim().strip_prefix("q=")?.parse().ok());
            (!essence.is_empty()).then(|| (essence.to_ascii_lowercase(), quality.unwrap_or(1.0)))
        })
        .collect();
    let quality = |media_type: &str| {
        let matching = ranges.iter().filter(|(range, _)| {
            range == media_type
                || range == "*/*"
                || range == "*"
                || range.strip_suffix("/*").is_some_and(|kind| media_type.split('/').next() == Some(kind))
        });
        // The most specific range decides.
        matching.max_by_key(|(range, _)| (!range.contains('*'), range.len())).map_or(0.0, |(_, q)| *q)
    };
    let mut best: Option<(&str, f32)> = None;
    for media_type in offered {
        let quality = quality(media_type);
        if quality > 0.0 && best.is_none_or(|(_, known)| quality > known) {
            best = Some((media_type, quality));
        }
    }
    best.map(|(media_type, _)| media_type)
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
        let offered = ["application/json".to_owned(), "text/csv".to_owned()];
        assert_eq!(negotiate(accept, &offered), chosen);
    }
}
