//! Servers that share no code with Counterpart: nothing false may be said of them, and nothing that
//! they hold may come to harm.

mod django;
mod expected;
mod proof;
mod server;
mod stock;
