//! Document to contract: operations, parameters, schemas, responses, required scopes.
//!
//! **The differences between OpenAPI versions end here.** Nothing downstream asks which version a
//! document had, and nothing here knows HTTP traffic.

pub mod body;
mod build;
pub mod examples;
mod kind;
mod lint;
mod login;
mod model;
pub mod parameter;
pub mod path;
pub mod schema;
pub mod scopes;
mod swagger2;

pub use build::build;
pub use kind::Kind;
pub use lint::lint;
pub use model::{
    Contract, Encoding, HeaderDoc, Location, MediaBody, Operation, Parameter, RequestBody, Requirement,
    ResponseDoc, Scheme, SchemeKind, StatusKey, Style,
};
pub use model::{content_for, is_json, is_without_content};
/// The former name, until the mock follows.
pub(crate) use parameter as style;
pub use schema::{Direction, Mismatch, Schema};

pub(crate) use schema::fragment_pointer as schema_pointer;
