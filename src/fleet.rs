//! The connection to what several processes share: a server that speaks the protocol of Redis (Redis, Valkey).
//!
//! The only module that uses `redis`. It knows addresses, scripts and whether the server answers; what is kept there is for
//! others to say. Nothing of it runs where nobody asks for a store.

mod address;
mod bucket;
mod link;

pub use address::StoreAddress;
pub use bucket::Bucket;
pub use link::{Ask, Failure, Link, Lua, Reply};
