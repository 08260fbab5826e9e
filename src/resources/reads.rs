//! What only seems to read an object.

use std::collections::HashSet;

use super::{Collection, ID_NAMES, Resources, names};
use crate::contract::{Contract, Direction, Operation, OperationId};

impl Resources {
    /// What lists a collection of its own reads no object of the one above, where nothing lists or makes such an object, or
    /// where it shows nothing that an object is called by: `GET /labels/{team}` lists the labels of a team, and there are
    /// no `/labels`.
    pub(super) fn leave_out_reads_that_list(&mut self, contract: &Contract) {
        let goes_on = |known: &Collection| {
            let below = format!("{}/{{", known.path.trim_end_matches('/'));
            contract.operations.iter().any(|operation| operation.path().starts_with(&below))
        };
        let lists: HashSet<OperationId> = self
            .collections
            .iter()
            .filter(|known| known.has_item_path || (known.list.is_some() && goes_on(known)))
            .filter_map(|known| known.list.as_ref().map(|list| list.operation))
            .collect();
        for known in &mut self.collections {
            let read = known.retrieve.filter(|read| lists.contains(read) && known.told.is_none());
            let shows_one =
                |read| contract.at(read).is_some_and(|read| shows_what_it_is_called(read, &known.parameter));
            if read.is_some_and(|read| !known.is_counted() || !shows_one(read)) {
                known.retrieve = None;
            }
        }
    }
}

/// Whether the answer of a read has a member by which an object may be called, beside what it lists.
fn shows_what_it_is_called(read: &Operation, parameter: &str) -> bool {
    let contents = read.successes().into_iter().flat_map(|response| &response.content);
    let schemas =
        contents.filter(|content| content.is_json()).filter_map(|content| content.schema.as_deref());
    let letters = names::letters(parameter);
    schemas
        .flat_map(|schema| schema.fields(Direction::Response, &[]).into_keys())
        .any(|name| ID_NAMES.contains(&name.as_str()) || letters.ends_with(&names::letters(&name)))
}
