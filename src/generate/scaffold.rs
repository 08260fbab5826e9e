//! The first fixtures of a project: one for each operation and documented status.

use serde_json::Value;

use super::fixture::{Fixtures, extension_of, folders};
use super::plain;
use super::request::header_text;
use crate::contract::{
    Contract, Direction, MediaBody, ResponseDoc, StatusKey, body, examples, is_json, is_without_content,
};

/// A file that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the document's folder of fixtures, `/` between the parts.
    pub path: String,
    /// What stands in it.
    pub octets: Vec<u8>,
}

/// A response for which no fixture can be made, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmade {
    /// The operation.
    pub operation: String,
    /// The status.
    pub status: StatusKey,
    /// The reason.
    pub why: String,
}

/// Fixtures for all documented responses that have none: the document's example, else a plain value.
pub fn scaffold(contract: &Contract, existing: &Fixtures) -> (Vec<File>, Vec<Unmade>) {
    let mut files = Vec::new();
    let mut unmade = Vec::new();
    for (operation, folder) in contract.operations.iter().zip(folders(contract)) {
        for response in &operation.responses {
            if existing.of(operation.index).any(|fixture| fixture.status == response.status) {
                continue;
            }
            match fixture(response) {
                Ok(made) => files.extend(made.into_iter().map(|(name, octets)| File {
                    path: format!("{folder}/{}.{name}", response.status),
                    octets,
                })),
                Err(why) => {
                    unmade.push(Unmade { operation: operation.id.clone(), status: response.status, why });
                }
            }
        }
    }
    (files, unmade)
}

/// What follows the status in the names of a response's files, with their content.
fn fixture(response: &ResponseDoc) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let json = response.content.iter().find(|content| is_json(&content.media_type));
    let never = matches!(response.status, StatusKey::Code(code) if is_without_content(code));
    let mut sidecar = toml::Table::new();
    let (extension, octets) = match json.or(response.content.first()).filter(|_| !never) {
        None => ("empty", Vec::new()),
        Some(content) => {
            let value = value(content)?;
            let (media_type, octets) = body::write(content, Direction::Response, &value)
                .ok_or_else(|| format!("its value cannot be written as {}", content.media_type))?;
            let octets = if is_json(&media_type) { pretty(&value) } else { octets };
            let (extension, is_exact) = extension_of(&media_type);
            if !is_exact {
                sidecar.insert("media-type".to_owned(), media_type.into());
            }
            (extension, octets)
        }
    };
    let required = response.headers.iter().filter(|header| header.required);
    let headers: toml::Table =
        required.filter_map(|header| Some((header.name.clone(), header_text(header)?.into()))).collect();
    if !headers.is_empty() {
        sidecar.insert("headers".to_owned(), headers.into());
    }
    let mut files = vec![(extension, octets)];
    if !sidecar.is_empty() {
        files.push(("toml", sidecar.to_string().into_bytes()));
    }
    Ok(files)
}

fn value(content: &MediaBody) -> Result<Value, String> {
    if let Some((_, example)) = examples::of_body(content, Direction::Response).next() {
        return Ok(example);
    }
    match &content.schema {
        Some(schema) => plain(schema, Direction::Response).map_err(|why| why.to_string()),
        None => Ok(body::sample(content)),
    }
}

fn pretty(value: &Value) -> Vec<u8> {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text.into_bytes()
}
