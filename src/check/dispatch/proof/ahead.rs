//! The number that the next object will have, where a target counts: what was not there before a create, and is there
//! after it under the id that the create answers, was made by it.

use serde_json::Value;

use super::read_item;
use crate::check::session::Session;
use crate::contract::parameter;
use crate::resources::CollectionId;

/// Notes that the object after the newest one of this run is not there yet, where nobody knows whose those are.
pub(in crate::check) async fn look_ahead(session: &mut Session<'_>, index: CollectionId) {
    let Some(collection) = session.collection(index).filter(|known| known.list.is_none()) else { return };
    if session.ledger.unproven(index, &Vec::new()).is_none() {
        return;
    }
    let number = |values: &Vec<Value>| parameter::text(values.last()?).parse::<i64>().ok();
    let entries = session.ledger.entries().iter().filter(|entry| entry.collection == Some(index));
    let newest =
        entries.filter_map(|entry| Some((number(&entry.values)?, entry.values.clone()))).max_by_key(|e| e.0);
    let Some((number, mut next)) = newest else { return };
    let (Some(last), Some(number)) = (next.last_mut(), number.checked_add(1)) else { return };
    *last = if last.is_number() { Value::from(number) } else { Value::from(number.to_string()) };
    let Some(path) = collection.item_path(&next) else { return };
    let read = read_item(session, collection, &next).await;
    if read.is_some_and(|read| matches!(read.status.as_u16(), 404 | 410)) {
        session.ledger.absent.insert(path.trim_end_matches('/').to_owned());
    }
}
