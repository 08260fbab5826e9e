//! The phases of a run, in order.
//!
//! Each phase sends its requests and has the responses judged. No phase knows another one.

pub(super) mod actions;
pub(super) mod cleaning;
pub(super) mod key_limits;
pub(super) mod lifecycle;
pub(super) mod located;
mod members;
pub(super) mod methods;
pub(super) mod operations;
pub(super) mod pagination;
pub(super) mod probe;
pub(super) mod representations;
mod sorting;
