//! Media types whose bodies are sequences without a known end (OpenAPI 3.2 §4.14.3): server-sent
//! events, lines and records of JSON, and parts.

use serde_json::{Map, Value};

/// How the items of a stream are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events (HTML Living Standard §9.2.6): an empty line ends each.
    Events,
    /// A line for each.
    Lines,
    /// A record separator begins each (RFC 7464).
    Records,
    /// The parts of a multipart body.
    Parts,
}

/// How the items of a media type (lower case, without parameters) are separated; `None` for one that
/// is not a stream.
pub fn framing(media_type: &str) -> Option<Framing> {
    Some(match media_type {
        "text/event-stream" => Framing::Events,
        "application/x-ndjson"
        | "application/ndjson"
        | "application/jsonl"
        | "application/x-jsonl"
        | "application/jsonlines"
        | "application/x-jsonlines"
        | "application/json-lines"
        | "application/x-json-stream"
        | "application/stream+json" => Framing::Lines,
        "application/json-seq" => Framing::Records,
        "multipart/mixed" | "multipart/x-mixed-replace" => Framing::Parts,
        other if other.ends_with("+json-seq") => Framing::Records,
        _ => return None,
    })
}

const SEPARATOR: u8 = 0x1e;

impl Framing {
    /// Where each item ends that is there as a whole.
    pub fn ends(self, octets: &[u8]) -> Vec<usize> {
        let lines = || {
            let mut at = 0;
            octets.split_inclusive(|octet| *octet == b'\n').filter(|line| line.ends_with(b"\n")).map(
                move |line| {
                    at += line.len();
                    (line.trim_ascii(), at)
                },
            )
        };
        match self {
            Self::Events => {
                let mut has_field = false;
                let ended = lines().filter(|(line, _)| {
                    if line.is_empty() {
                        return std::mem::take(&mut has_field);
                    }
                    has_field |= !line.starts_with(b":");
                    false
                });
                ended.map(|(_, end)| end).collect()
            }
            Self::Lines => lines().filter(|(line, _)| !line.is_empty()).map(|(_, end)| end).collect(),
            Self::Records => {
                let begun = octets.iter().enumerate().filter(|(_, octet)| **octet == SEPARATOR);
                let last = octets.ends_with(b"\n").then_some(octets.len());
                begun.map(|(at, _)| at).skip(1).chain(last).collect()
            }
            Self::Parts => {
                let windows = octets.windows(4).enumerate().filter(|(_, window)| window == b"\r\n--");
                windows.map(|(at, _)| at).collect()
            }
        }
    }

    /// The items; `None` where they are not values.
    ///
    /// # Errors
    /// An item is not JSON.
    pub(super) fn items(self, text: &str) -> Result<Option<Vec<Value>>, String> {
        let text = text.trim_start_matches('\u{feff}');
        let parsed = |(index, item): (usize, &str)| {
            serde_json::from_str(item).map_err(|error| format!("item {}: {error}", index + 1))
        };
        match self {
            Self::Events => Ok(Some(events(text))),
            Self::Lines => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.enumerate().map(parsed).collect::<Result<_, _>>().map(Some)
            }
            Self::Records => {
                let records = text.split(char::from(SEPARATOR)).map(str::trim);
                let records = records.filter(|record| !record.is_empty());
                records.enumerate().map(parsed).collect::<Result<_, _>>().map(Some)
            }
            Self::Parts => Ok(None),
        }
    }

    /// Writes items; `None` where they have no form of this kind.
    pub(super) fn write(self, items: &[Value]) -> Option<String> {
        let mut out = String::new();
        for item in items {
            match self {
                Self::Events => out.push_str(&event(item)?),
                Self::Lines => out.extend([item.to_string().as_str(), "\n"]),
                Self::Records => {
                    out.push(char::from(SEPARATOR));
                    out.extend([item.to_string().as_str(), "\n"]);
                }
                Self::Parts => return None,
            }
        }
        Some(out)
    }
}

/// Events as objects of their fields. One without data is none.
fn events(text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut fields = Map::new();
    let mut data: Option<String> = None;
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    for line in text.lines().chain([""]) {
        if line.is_empty() {
            let mut event = std::mem::take(&mut fields);
            if let Some(data) = data.take() {
                event.insert("data".to_owned(), data.into());
                found.push(Value::Object(event));
            }
            continue;
        }
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" => match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_owned()),
            },
            "event" | "id" => {
                fields.insert(name.to_owned(), value.into());
            }
            "retry" => {
                let number = value.parse::<u64>().map_or_else(|_| value.into(), Value::from);
                fields.insert(name.to_owned(), number);
            }
            _ => {}
        }
    }
    found
}

fn event(item: &Value) -> Option<String> {
    let fields = item.as_object()?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut out = String::new();
    for name in ["event", "id", "retry"] {
        if let Some(value) = fields.get(name).filter(|value| !value.is_null()) {
            out.extend([name, ": ", text(value).replace(['\r', '\n'], " ").as_str(), "\n"]);
        }
    }
    for line in fields.get("data").map(text).unwrap_or_default().split('\n') {
        out.extend(["data: ", line, "\n"]);
    }
    out.push('\n');
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(
        "text/event-stream",
        "data: 1\n\nevent: a\ndata: 2\n\ndata: 3\n",
        2,
        "data: 1\n\nevent: a\ndata: 2\n\n"
    )]
    #[case(
        "text/event-stream",
        ":still here\r\n\r\ndata: 1\r\n\r\n:still here\r\n\r\n",
        1,
        ":still here\r\n\r\ndata: 1\r\n\r\n"
    )]
    #[case("application/x-ndjson", "{}\n{}\n{", 2, "{}\n{}\n")]
    #[case("application/jsonl", "{", 0, "")]
    #[case("application/json-seq", "\u{1e}{}\n\u{1e}{", 1, "\u{1e}{}\n")]
    #[case("application/json-seq", "\u{1e}{}\n", 1, "\u{1e}{}\n")]
    fn whole_items(#[case] media_type: &str, #[case] text: &str, #[case] count: usize, #[case] whole: &str) {
        let framing = framing(media_type).unwrap();
        let ends = framing.ends(text.as_bytes());
        assert_eq!((ends.len(), &text[..ends.last().copied().unwrap_or(0)]), (count, whole));
    }

    #[rstest]
    #[case("text/event-stream", "event: a\ndata: 1\ndata:2\nretry: 5\n\n: c\n\nid: 7\n\ndata\n\n",
        Ok(Some(vec![json!({"event": "a", "retry": 5, "data": "1\n2"}), json!({"data": ""})])))]
    #[case("application/jsonl", "{\"n\": 1}\n\n2\n", Ok(Some(vec![json!({"n": 1}), json!(2)])))]
    #[case("application/json-seq", "\u{1e}{\n}\n\u{1e}[]\n", Ok(Some(vec![json!({}), json!([])])))]
    #[case("multipart/mixed", "--x", Ok(None))]
    fn reads(
        #[case] media_type: &str,
        #[case] text: &str,
        #[case] items: Result<Option<Vec<Value>>, String>,
    ) {
        assert_eq!(framing(media_type).unwrap().items(text), items);
    }

    #[test]
    fn an_item_that_is_not_json_is_named() {
        assert!(Framing::Lines.items("1\nx\n").unwrap_err().starts_with("item 2: "));
    }

    #[rstest]
    #[case("text/event-stream", json!({"event": "a", "id": "1", "data": "x\ny"}))]
    #[case("application/jsonl", json!({"n": "a\nb"}))]
    #[case("application/json-seq", json!([1]))]
    fn reading_undoes_writing(#[case] media_type: &str, #[case] item: Value) {
        let framing = framing(media_type).unwrap();
        let items = vec![item.clone(), item];
        let text = framing.write(&items).unwrap();
        assert_eq!(framing.items(&text), Ok(Some(items)));
    }
}
