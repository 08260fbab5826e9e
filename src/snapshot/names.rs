//! The file names of snapshots.

use std::collections::HashMap;

use crate::contract::{Contract, Operation, OperationId, PerOperation};
use crate::fixtures::names::folders;

/// What the files of operations are called, worked out once.
pub struct Names {
    folders: PerOperation<String>,
    operations: HashMap<String, OperationId>,
}

impl Names {
    /// The names of a contract's operations.
    pub fn of(contract: &Contract) -> Self {
        let folders = folders(contract);
        let places = contract.operations.iter().map(|operation| operation.index);
        let operations = folders.iter().cloned().zip(places).collect();
        Self { folders: folders.into_iter().collect(), operations }
    }

    /// The name of an operation's files.
    pub fn folder(&self, operation: OperationId) -> Option<&str> {
        self.folders.get(operation).map(String::as_str)
    }

    /// The operation whose files have that name; `None` where there is none any more.
    pub fn operation<'c>(&self, contract: &'c Contract, folder: &str) -> Option<&'c Operation> {
        contract.at(*self.operations.get(folder)?)
    }

    /// The operation that a file belongs to, by its name.
    pub fn operation_of<'c>(&self, contract: &'c Contract, file: &str) -> Option<&'c Operation> {
        self.operation(contract, parts(file)?.0)
    }
}

/// The operation's part of a file's name, and what follows it: `<status>[.<case>]`.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    let stem = name.strip_suffix(".snap")?;
    let is_status = |part: &str| part.len() == 3 && part.bytes().all(|octet| octet.is_ascii_digit());
    let mut dots = stem.rmatch_indices('.').map(|(at, _)| at);
    let at = dots.find(|at| is_status(stem[at + 1..].split('.').next().unwrap_or_default()))?;
    Some((&stem[..at], &stem[at + 1..]))
}
