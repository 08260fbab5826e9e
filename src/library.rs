//! The public API of the crate, for users' own tests.

mod check;
mod error;
mod mock;
mod project;
mod session;

pub use check::Check;
pub use error::{CheckError, MockError, OpenError};
pub use mock::{MockBuilder, MockServer};
pub use project::Project;
pub use session::Session;
