//! Document to contract: operations, parameters, schemas, responses, required scopes.
//!
//! **The differences between OpenAPI versions end here.** Nothing downstream asks which version a
//! document had, and nothing here knows HTTP traffic.

pub mod access;
pub mod body;
mod build;
pub mod examples;
mod kind;
mod lint;
mod login;
mod model;
pub mod path;
pub mod schema;
pub mod style;
mod upgrade;

pub use build::build;
pub use kind::Kind;
pub use lint::lint;
pub use model::{
    Contract, Encoding, HeaderDoc, Location, MediaBody, Operation, Parameter, RequestBody, Requirement,
    ResponseDoc, Scheme, SchemeKind, StatusKey, Style,
};
pub use model::{content_for, is_json, is_without_content};
pub use schema::{Direction, Mismatch, Schema};

pub(crate) use schema::fragment_pointer as schema_pointer;
