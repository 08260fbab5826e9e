//! The flags of `import`.

use clap::ValueEnum;

/// `counterpart import`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Import {
    /// What the file is
    pub form: ImportForm,
    /// The file, or - for stdin
    pub file: String,
    /// The document: a path, an http(s) address, or core-7, the bundled one [default: spec in the configuration, else
    /// core-7]
    pub doc: Option<String>,
}

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ImportForm {
    /// An HTTP Archive, as browsers save it
    Har,
    /// A Postman collection with saved responses
    Postman,
}
