//! Lists of objects as CSV (RFC 4180): the first record names the members.

use serde_json::{Map, Value};

use crate::contract::parameter;
use crate::contract::schema::View;

/// Reads a table as the list that its schema describes: of objects, with a header, or of lists. An
/// empty cell of a member that is optional or not a text is not a member.
///
/// # Errors
/// It is not CSV.
pub(super) fn read(view: &View<'_>, text: &str) -> Result<Value, String> {
    let items = view.items();
    let rows_are_lists = items.as_ref().is_some_and(|items| items.kinds().array && !items.kinds().object);
    let mut reader = csv::ReaderBuilder::new().has_headers(!rows_are_lists).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    if rows_are_lists {
        let cells = items.and_then(|items| items.items()).map(|cell| cell.kinds());
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let cell = |text: &str| cells.map_or_else(|| text.into(), |kinds| kinds.read(text));
            rows.push(Value::Array(record.iter().map(cell).collect()));
        }
        return Ok(Value::Array(rows));
    }
    let header = reader.headers().map_err(|error| error.to_string())?.clone();
    let columns: Vec<_> = header
        .iter()
        .map(|name| {
            let member = items.as_ref().and_then(|items| items.member(name)).map(|member| member.kinds());
            (name, member, items.as_ref().is_some_and(|items| items.requires(name)))
        })
        .collect();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        let mut row = Map::new();
        for (cell, (name, kinds, is_required)) in record.iter().zip(&columns) {
            let value = match kinds {
                Some(kinds) if cell.is_empty() && kinds.null => Value::Null,
                Some(kinds) if cell.is_empty() && !(kinds.string && *is_required) => continue,
                Some(kinds) => kinds.read(cell),
                None => Value::from(cell),
            };
            row.insert((*name).to_owned(), value);
        }
        rows.push(Value::Object(row));
    }
    Ok(Value::Array(rows))
}

/// Writes a list of objects, or of lists, as a table; what is not a text, number or boolean is JSON in
/// its cell. `None` for any other list.
pub(super) fn write(rows: &[Value]) -> Option<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let cell = |value: &Value| if value.is_null() { String::new() } else { parameter::text(value) };
    if rows.iter().any(Value::is_array) {
        for row in rows {
            writer.write_record(row.as_array()?.iter().map(cell)).ok()?;
        }
        return writer.into_inner().ok();
    }
    let mut names: Vec<&String> = Vec::new();
    for row in rows {
        for name in row.as_object()?.keys() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    if names.is_empty() {
        return Some(Vec::new());
    }
    writer.write_record(&names).ok()?;
    for row in rows {
        writer
            .write_record(names.iter().map(|name| row.get(name.as_str()).map_or_else(String::new, cell)))
            .ok()?;
    }
    writer.into_inner().ok()
}
