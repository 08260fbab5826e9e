//! Counterpart: a stand-in for an HTTP API, and proof that a real one keeps its word.
//!
//! Two mirror halves over one contract: `mock` judges requests and produces responses, `check`
//! produces requests and judges responses. Judging (`judge`) and producing (`generate`) are pure
//! and shared, and stand below both; the halves never import each other. [`project::Project`]
//! is a document with all that belongs to it, which both halves begin with. `docs/architecture.md`
//! has the picture.

pub mod check;
pub mod cli;
pub mod client;
pub mod config;
pub mod contract;
pub mod document;
pub mod exchange;
pub mod generate;
pub mod judge;
pub mod machine;
pub mod mock;
pub mod project;
pub mod redact;
pub mod report;
pub mod resources;
pub mod rules;
pub mod run;
pub mod snapshot;
