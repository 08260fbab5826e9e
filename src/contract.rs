//! From document to contract: operations, parameters, schemas, responses, required scopes.
//!
//! **The differences between OpenAPI versions end here.** No other module asks which version a document has,
//! and nothing here knows HTTP traffic.

pub mod body;
mod build;
pub mod examples;
pub mod expression;
mod kind;
mod link;
mod lint;
mod login;
pub mod media_type;
mod message;
mod model;
mod operation;
mod outgoing;
pub mod parameter;
pub mod path;
mod per_operation;
pub mod schema;
pub mod scopes;
mod security;
mod status;
mod swagger2;

pub use build::build;
pub use kind::Kind;
pub use link::Link;
pub use lint::lint;
pub use message::{
    Encoding, HeaderDoc, Location, MediaBody, Parameter, RequestBody, ResponseDoc, Style, content_for,
    is_framing, is_json, is_sent_by_itself, is_without_content, structured,
};
pub use model::Contract;
pub use operation::{Operation, OperationId};
pub use outgoing::{Callback, Webhook};
pub use per_operation::PerOperation;
pub use schema::{Direction, Mismatch, Schema};
pub use security::{Flow, Grant, Provider, Purpose, Requirement, Scheme, SchemeKind, path_of};
pub use status::StatusKey;

pub(crate) use schema::fragment_pointer as schema_pointer;
