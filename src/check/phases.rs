//! What a run does, one after another. Each phase sends its requests and has the answers judged; none knows
//! another one.

pub(super) mod actions;
pub(super) mod cleaning;
pub(super) mod key_limits;
pub(super) mod lifecycle;
mod members;
pub(super) mod methods;
pub(super) mod operations;
pub(super) mod pagination;
pub(super) mod probe;
pub(super) mod representations;
