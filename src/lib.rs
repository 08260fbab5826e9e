//! A mock server and a conformance tester for HTTP APIs, driven by one OpenAPI document.
//!
//! Everything begins with a [`Project`]: a document with its fixtures and settings.
//!
//! # Mock an API in a test
//!
//! The mock answers every documented operation from fixtures, examples and generated values. It validates
//! requests and enforces credentials and scopes. It stops when it is dropped.
//!
//! ```
//! # async fn my_client(_: &str) {}
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let api = counterpart::Project::core7()?;               // or Project::open("openapi.yaml")
//! let mock = api.mock().stateful().key("secret", ["annotation:read"]).start().await?;
//! my_client(mock.url()).await;
//! mock.assert_no_violations();
//! # Ok(()) }
//! ```
//!
//! [`MockServer`] shows its journal as values, and sets answers for the next calls:
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mock = counterpart::Project::core7()?.mock().start().await?;
//! mock.set_answer("annotations_list", counterpart::Answer::status(503).times(2))?;
//! for request in mock.requests() {
//!     println!("{request}");
//! }
//! # Ok(()) }
//! ```
//!
//! # Check a running server
//!
//! A [`Check`] sends requests that the document describes, and judges every answer: schemas, statuses,
//! scopes, state and pages. It deletes everything it creates, and changes only objects that it created.
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let api = counterpart::Project::core7()?;
//! # let server = api.mock().stateful().start().await?;
//! let run = api.check(server.url()).mint("mock:{scopes}").run().await?;
//! assert!(run.conforms(), "{run}");
//! std::fs::write(std::env::temp_dir().join("report.html"), run.render(counterpart::Format::Html))?;
//! # Ok(()) }
//! ```
//!
//! What a [`Run`] found is plain data: [`Finding`]s by [`Rule`], a result for each operation, and the
//! matrix of keys and operations.
//!
//! The `counterpart` command does the same from a shell; `docs/architecture.md` in the repository
//! says how the crate is built.

#![cfg_attr(not(any(feature = "internals", test)), allow(dead_code, unused_imports, unreachable_pub))]

/// Modules that only the crate itself and its own tests may use.
macro_rules! internal {
    ($($module:ident)*) => {$(
        #[cfg(feature = "internals")]
        #[doc(hidden)]
        pub mod $module;
        #[cfg(not(feature = "internals"))]
        mod $module;
    )*};
}

internal! {
    check cli client config contract coverage document exchange fixtures fleet generate judge machine mock project recording
    redact report resources rules run snapshot
}
mod library;

pub use document::{Level, Place, Problem};
pub use library::{Check, CheckError, MockBuilder, MockError, MockServer, OpenError, Project, Session};
pub use mock::{Answer, Auth, RecordedRequest, RecordedViolation, Source, StateError, Validate};
pub use report::Format;
pub use rules::{Family, FaultCategory, Rule, Selector, Severity, UnknownRule};
pub use run::{
    AccessCase, AccessVerdict, Affected, CheckedDocument, Consequence, Coverage, Covered, DocumentInfo,
    DocumentPlace, Expected, Finding, FoundThere, KeyInfo, KeyKind, Kind, MergedShard, MessageShown,
    OperationCoverage, OperationResult, Outcome, PointKind, PointTotals, Retried, RetryResult, RuleOutcome,
    Run, Share, StatusCoverage, Summary, Untested, Verdict, Waived,
    pending::{Change, Label, Line, Pending, Sign},
};

/// Runs the `counterpart` command with these arguments and returns its exit code.
#[doc(hidden)]
pub fn command(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> std::process::ExitCode {
    cli::run(arguments)
}
