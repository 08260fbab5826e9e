//! Values by operation.

use super::operation::OperationId;

/// A value for each operation of a contract, in the document's order.
#[derive(Debug, Clone)]
pub struct PerOperation<T>(Vec<T>);

impl<T> Default for PerOperation<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> PerOperation<T> {
    /// The value of an operation; `None` where the contract has no such operation.
    pub fn get(&self, operation: OperationId) -> Option<&T> {
        self.0.get(operation.0)
    }

    /// The value of an operation, to be changed.
    pub fn get_mut(&mut self, operation: OperationId) -> Option<&mut T> {
        self.0.get_mut(operation.0)
    }

    /// All values.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// All values, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }
}

/// From a value for each operation, in the document's order.
impl<T> FromIterator<T> for PerOperation<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T> IntoIterator for PerOperation<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'t, T> IntoIterator for &'t PerOperation<T> {
    type Item = &'t T;
    type IntoIter = std::slice::Iter<'t, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'t, T> IntoIterator for &'t mut PerOperation<T> {
    type Item = &'t mut T;
    type IntoIter = std::slice::IterMut<'t, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}
