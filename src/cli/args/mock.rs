//! The flags of `mock`.

use std::time::Duration;

use clap::ValueEnum;

use crate::cli::thresholds::{Threshold, threshold};
use crate::config;
use crate::mock::check_redirect;

/// `counterpart mock`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct Mock {
    /// The document: a path, - for stdin, an http(s) address, or core-7, the bundled one; several as
    /// /PREFIX=DOC [default: spec in the configuration, else core-7]
    pub doc: Vec<String>,

    /// Port to listen on; 0 takes a free one [default: 4010, or a free port with -- CMD]
    #[arg(short, long, help_heading = "Server")]
    pub port: Option<u16>,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1", help_heading = "Server")]
    pub host: String,
    #[command(flatten)]
    pub tls: Secured,
    /// Further host name that the control API accepts
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    pub allow_host: Vec<String>,
    /// Base path under which the API is served [default: the paths of the document's servers, and none]
    #[arg(long, value_name = "PATH", help_heading = "Server")]
    pub base_path: Option<String>,
    /// Allow web pages of other origins to call the mock; this is the default
    #[arg(long, overrides_with = "no_cors", help_heading = "Server")]
    pub cors: bool,
    /// Send no CORS headers
    #[arg(long, help_heading = "Server")]
    pub no_cors: bool,
    /// Reload the document, the configuration and the fixtures when they change
    #[arg(long, help_heading = "Server")]
    pub watch: bool,
    /// Redis or Valkey in which replicas share state, sessions, journal, set answers, scenario and limits:
    /// redis://[user:password@]host:port[/database], rediss:// with TLS
    #[arg(long, value_name = "URL", help_heading = "Server")]
    pub store: Option<String>,
    /// Number of requests that the journal keeps; 0 turns it off
    #[arg(long, value_name = "COUNT", default_value_t = 1000, help_heading = "Server")]
    pub journal: usize,

    /// How credentials are checked [default: scopes where keys are known, else present]
    #[arg(long, help_heading = "Credentials")]
    pub auth: Option<AuthMode>,
    /// File of keys and their scopes
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub keys: Option<String>,

    /// Address that challenges name for how tokens are had (RFC 9728)
    #[arg(long, value_name = "URL", help_heading = "Credentials")]
    pub resource_metadata: Option<String>,

    /// Whether users who log in (OAuth 2, OpenID Connect) are asked on a page, or let in at once
    #[arg(long, value_name = "HOW", value_enum, default_value_t = LoginMode::Page, help_heading = "Credentials")]
    pub login: LoginMode,
    /// Further address that a login may send codes to, as it stands; those of this machine need none
    #[arg(long, value_name = "URL", value_parser = redirect, help_heading = "Credentials")]
    pub login_redirect: Vec<String>,
    /// How long access tokens of a login count [default: 1h]
    #[arg(long, value_name = "TIME", value_parser = config::duration, help_heading = "Credentials")]
    pub login_lifetime: Option<Duration>,

    /// What happens to requests that break the document
    #[arg(long, default_value = "error", help_heading = "Validation")]
    pub validate: ValidateMode,
    /// Source of the bodies of error responses
    #[arg(long, default_value = "document", help_heading = "Validation")]
    pub errors: ErrorsMode,
    /// Refuse to start when the document or a fixture has a problem
    #[arg(long, help_heading = "Validation")]
    pub strict: bool,
    /// Largest request body, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 10 << 20, help_heading = "Validation")]
    pub max_body: usize,

    /// Keep state: created objects can be read, listed, changed and deleted
    #[arg(long, help_heading = "Answers")]
    pub stateful: bool,
    /// Which objects exist where nothing lists, creates or names them: any (`open`), or none (`closed`)
    #[arg(long, value_name = "WORLD", value_enum, default_value_t = World::Open, help_heading = "Answers")]
    pub state: World,
    /// Generate values instead of using fixtures and examples: plausible ones, or smallest, largest, empty and
    /// null in turn
    #[arg(
        long,
        value_name = "plausible|edge",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "plausible",
        value_parser = dynamic,
        help_heading = "Answers"
    )]
    pub dynamic: Option<Dynamic>,
    /// Number of items in generated lists [default: 1, or 2 to 4 with --dynamic]
    #[arg(long, value_name = "N", help_heading = "Answers")]
    pub items: Option<usize>,
    /// Seed of plausible values and of --chaos; the same seed gives the same answers
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Answers")]
    pub seed: u64,
    /// Wait this long before every answer
    #[arg(long, value_name = "TIME", value_parser = config::duration, help_heading = "Answers")]
    pub delay: Option<Duration>,
    /// Answer as [scenario.NAME] in the configuration says
    #[arg(long, value_name = "NAME", help_heading = "Answers")]
    pub scenario: Option<String>,
    /// Let this share of the requests fail as documented, come late, or get no answer; which, --seed decides
    #[arg(long, value_name = "SHARE", value_parser = config::probability, help_heading = "Answers")]
    pub chaos: Option<f64>,
    /// Host, beside this machine, to which callbacks and webhooks are sent
    #[arg(long, value_name = "HOST", help_heading = "Answers")]
    pub callbacks_to: Vec<String>,
    /// Break RULE on purpose at OPERATION, to see the runner find it
    #[arg(long, value_name = "RULE@OPERATION", help_heading = "Answers")]
    pub fault: Vec<String>,

    /// Exit 1 after CMD when one of its requests broke the document, or had names that it does not have
    #[arg(long, value_name = "WHAT", help_heading = "Command to run")]
    pub deny: Vec<MockDeny>,
    /// Exit 1 after CMD when it called fewer operations: a number, or a share such as 80%
    #[arg(long, value_name = "P", value_parser = threshold, help_heading = "Command to run")]
    pub min_operations: Option<Threshold>,
    /// Report to write after CMD: a case for each operation that it called
    #[arg(long, value_name = "junit=FILE", help_heading = "Command to run")]
    pub report: Option<String>,
    /// Command to run against the mock, which exits with its code
    #[arg(last = true, value_name = "CMD")]
    pub command: Vec<String>,
}

/// TLS on the side of the clients.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Secured {
    /// Speak TLS with clients, by a certificate that is made for the address and --allow-host and that nobody has signed
    #[arg(long, conflicts_with_all = ["tls_cert", "tls_key"], help_heading = "Server")]
    pub tls: bool,
    /// Certificate to speak TLS with clients by, as PEM, with those that lead to its authority
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "Server")]
    pub tls_cert: Option<String>,
    /// Private key of that certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "Server")]
    pub tls_key: Option<String>,
}

/// `--dynamic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Dynamic {
    /// Fixtures and examples are used.
    Off,
    /// Plausible values.
    Plausible,
    /// Values at the edges of what is allowed.
    Edge,
}

/// Reads `plausible` and `edge`; a configuration may also say true or false.
fn dynamic(text: &str) -> Result<Dynamic, String> {
    match text {
        "plausible" | "true" => Ok(Dynamic::Plausible),
        "edge" => Ok(Dynamic::Edge),
        "false" => Ok(Dynamic::Off),
        other => Err(format!("unknown kind of values {other:?}; use plausible or edge")),
    }
}

/// `--deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum MockDeny {
    /// Requests that break the document: unknown paths, unknown methods, invalid input
    Violations,
    /// Names that are not in the document: of query parameters, of members of bodies, misspelled headers
    Unknown,
}

/// `--auth`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum AuthMode {
    /// Keys must be known and have the required scopes
    Scopes,
    /// Any credential is accepted
    Present,
    /// Credentials are not checked
    Off,
}

/// `--login`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum LoginMode {
    /// A page asks for a name and for leave
    Page,
    /// Nobody is asked
    Immediate,
}

/// Reads an address that codes may be sent to.
fn redirect(text: &str) -> Result<String, String> {
    check_redirect(text).map(|()| text.to_owned()).map_err(|why| format!("the address {why}"))
}

/// `--validate`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ValidateMode {
    /// They are refused
    Error,
    /// They are answered, and logged
    Warn,
    /// They are not validated
    Off,
}

/// `--state`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum World {
    /// Any that is asked for
    Open,
    /// Those alone that a fixture or the configuration names
    Closed,
}

/// `--errors`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum ErrorsMode {
    /// The API's own errors, from configuration, fixtures and document
    Document,
    /// Problem details (RFC 9457)
    Problem,
}
