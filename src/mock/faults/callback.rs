//! Faults in what the mock calls back with.

use bytes::Bytes;

use super::OperationFaults;
use crate::rules::Rule;

impl OperationFaults<'_> {
    /// Changes the body of a callback.
    pub fn spoil(&self, body: &mut Bytes) {
        if self.has(Rule::CallbackInvalid) {
            *body = Bytes::from_static(b"[\"not what was promised\"]");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::OperationId;
    use crate::mock::faults::{Fault, Faults};

    #[test]
    fn the_callbacks_of_one_operation_are_spoilt() {
        let fault = Fault { rule: Rule::CallbackInvalid, operation: OperationId::nth(1) };
        let faults = Faults::new(vec![fault]);
        let spoilt = |operation: usize| {
            let mut body = Bytes::from_static(b"{}");
            faults.at(OperationId::nth(operation)).spoil(&mut body);
            body != "{}"
        };
        assert_eq!([spoilt(0), spoilt(1)], [false, true]);
    }
}
