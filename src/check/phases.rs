//! The phases of a run, in order.
//!
//! Each phase sends its requests and has the responses judged. No phase knows another one.

pub(super) mod actions;
mod bare;
pub(super) mod callbacks;
pub(super) mod cleaning;
mod crash;
pub(super) mod denied_keys;
pub(super) mod filling;
pub(super) mod key_limits;
pub(super) mod lifecycle;
pub(super) mod located;
mod members;
pub(super) mod methods;
pub(super) mod odd_keys;
pub(super) mod odd_reads;
pub(super) mod odd_writes;
pub(super) mod operations;
pub(super) mod pagination;
pub(super) mod probe;
pub(super) mod refused;
pub(super) mod representations;
pub(super) mod several;
mod sorting;
pub(super) mod tokens;
pub(super) mod variation;
