//! The flags of `check`.

use std::time::Duration;

use clap::ValueEnum;

use crate::config;

/// `counterpart check`.
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub(in crate::cli) struct Check {
    /// The document: a path, - for stdin, an http(s) address, or core-7, the bundled one [default: all [[document]]
    /// tables of the configuration, else its spec, else core-7]
    pub doc: Option<String>,

    /// Address to which the document's paths are appended; each [[document]] is below its prefix there
    #[arg(long, help_heading = "Target")]
    pub url: Option<String>,
    /// Wait until the target answers, at most this long
    #[arg(long, value_name = "TIME", value_parser = config::duration, help_heading = "Target")]
    pub wait: Option<Duration>,
    /// Header to send with every request
    #[arg(long, value_name = "NAME: VALUE", help_heading = "Target")]
    pub header: Vec<String>,
    /// Value of a parameter, for every request that has it
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Target")]
    pub param: Vec<String>,
    /// Let the target call back to this address, and check what it sends: where it reaches this machine, as
    /// http://HOST:PORT, or a port
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub callback_url: Option<String>,
    /// Proxy to use; the proxy variables of the environment are ignored
    #[arg(long, value_name = "URL", help_heading = "Target")]
    pub proxy_via: Option<String>,
    #[command(flatten)]
    pub certificates: Certificates,

    /// Whether the target asks for keys [default: keys]
    #[arg(long, value_name = "MODE", overrides_with = "no_auth", help_heading = "Credentials")]
    pub auth: Option<Auth>,
    /// Neither ask for keys nor send any, for a target that is open to everybody; the same as --auth none
    #[arg(long, overrides_with = "auth", help_heading = "Credentials")]
    pub no_auth: bool,
    /// File of keys and their scopes, or of users in the form of Web Fuzzing Commons (auth.yaml)
    #[arg(long, value_name = "FILE", help_heading = "Credentials")]
    pub keys: Option<String>,
    /// How to send a key, where the document cannot say it: 'Authorization: token {key}'
    #[arg(long, value_name = "HEADER", help_heading = "Credentials")]
    pub credential: Option<String>,
    /// Template of a key for given scopes: 'mock:{scopes}'
    #[arg(long, value_name = "TEMPLATE", help_heading = "Credentials")]
    pub mint: Option<String>,
    /// Program that prints a key; the scopes are appended as arguments
    #[arg(long, value_name = "COMMAND", conflicts_with = "mint", help_heading = "Credentials")]
    pub mint_command: Option<String>,
    /// Program that signs requests: it gets each as JSON on stdin, and prints the headers to add;
    /// signed requests go one at a time
    #[arg(long, value_name = "COMMAND", help_heading = "Credentials")]
    pub sign_command: Vec<String>,

    /// Only these operations, tags, rules, rule families or path globs; finding:ID tries one finding again
    #[arg(long, value_name = "WORD", value_delimiter = ',', help_heading = "Selection")]
    pub only: Vec<String>,
    /// All but these operations, tags, rules, rule families or path globs
    #[arg(long, value_name = "WORD", value_delimiter = ',', help_heading = "Selection")]
    pub skip: Vec<String>,
    /// Print the requests that would be sent, and send none
    #[arg(long, help_heading = "Selection")]
    pub plan: bool,
    /// Check one share of the operations, as 2/4: the same document, settings and N give the same shares on every machine.
    /// `auto` reads K and N from the variables of GitLab, Buildkite and CircleCI, and `auto/N` takes K from them or from an
    /// Indexed Job of Kubernetes; without this flag no variable splits anything. GitHub Actions has no variables for it:
    /// write `${{ matrix.shard }}/${{ strategy.job-total }}`. --rate and --max-requests are for all shards together
    #[arg(long, value_name = "K/N", help_heading = "Selection")]
    pub shard: Option<String>,
    /// Seed of random choices
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Selection")]
    pub seed: u64,

    /// Allow writing to a target on another machine
    #[arg(long, conflicts_with = "read_only", help_heading = "Writes")]
    pub writes: bool,
    /// Send all odd bodies to what this run makes, on another machine too; on this machine most are always sent
    #[arg(long, conflicts_with = "read_only", help_heading = "Writes")]
    pub thorough: bool,
    /// Requests drawn by chance for each operation, beside the planned ones; --seed draws others [default: 0, or 20 with
    /// --thorough]
    #[arg(long, value_name = "N", help_heading = "Writes")]
    pub examples: Option<u16>,
    /// Send safe requests only
    #[arg(long, help_heading = "Writes")]
    pub read_only: bool,
    /// Also send actions and settings that match, by operation, tag or path; * matches any text, and '*' alone
    /// allows changing anything on the target
    #[arg(long, value_name = "GLOB", value_delimiter = ',', help_heading = "Writes")]
    pub actions: Vec<String>,

    /// Requests under way at the same time, 1 to 64; writes only of parts of the API that have nothing to do with
    /// each other. What is found and reported does not depend on it [default: 4 reads, 1 write]
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u8).range(1..=64),
        help_heading = "Limits"
    )]
    pub jobs: Option<u8>,
    /// Most requests to send in a given time, as 8/s or 480/m
    #[arg(long, value_parser = config::rate, help_heading = "Limits")]
    pub rate: Option<f64>,
    /// Redis or Valkey by which all checks that name it keep --rate together, for each target and each key:
    /// redis://[user:password@]host:port[/database], rediss:// with TLS
    #[arg(long, value_name = "URL", requires = "rate", help_heading = "Limits")]
    pub rate_store: Option<String>,
    /// End the run after this many requests; clean-up takes one more for each created object [default: 60 for each
    /// operation, at least 600, and the looks at the target's health]
    #[arg(long, value_name = "COUNT", value_parser = config::count, help_heading = "Limits")]
    pub max_requests: Option<usize>,
    /// Time limit of one request
    #[arg(
        long,
        value_name = "TIME",
        value_parser = config::span,
        default_value = "30",
        help_heading = "Limits"
    )]
    pub timeout: Duration,
    /// Time limit of the whole run; clean-up may take 30 seconds more
    #[arg(long, value_name = "TIME", value_parser = config::span, help_heading = "Limits")]
    pub deadline: Option<Duration>,
    /// Retries of safe requests after connection errors and 502 to 504
    #[arg(long, value_name = "N", default_value_t = 2, help_heading = "Limits")]
    pub retries: u32,
    /// End the run at the first error
    #[arg(long, help_heading = "Limits")]
    pub fail_fast: bool,

    /// Warn about answers that take longer
    #[arg(long, value_name = "TIME", value_parser = config::span, help_heading = "Verdict")]
    pub slow: Option<Duration>,
    /// Fail on these too
    #[arg(long, value_name = "WHAT", value_delimiter = ',', help_heading = "Verdict")]
    pub deny: Vec<Deny>,
    /// Fail where less of the document was seen: a share of all operations, statuses, parameters, members, enum
    /// members and keywords
    #[arg(
        long,
        value_name = "PERCENT",
        value_parser = config::percent,
        help_heading = "Verdict"
    )]
    pub min_coverage: Option<f64>,
    /// Pass operations that were never seen in a documented success
    #[arg(long, help_heading = "Verdict")]
    pub allow_inconclusive: bool,
    /// File of known finding ids, one per line; they are shown and do not fail the run
    #[arg(long, value_name = "FILE", help_heading = "Verdict")]
    pub baseline: Option<String>,
    /// Write the findings of this run to the baseline
    #[arg(long, requires = "baseline", help_heading = "Verdict")]
    pub update_baseline: bool,

    /// Compare answers with the reviewed snapshots in this folder
    #[arg(long, value_name = "DIR", help_heading = "Snapshots")]
    pub snapshots: Option<String>,
    /// Write changed snapshots to this folder, also in CI, for review elsewhere
    #[arg(long, value_name = "DIR", help_heading = "Snapshots")]
    pub pending: Option<String>,

    /// Folder of fixtures to write the answers to; files that are there are kept
    #[arg(long, value_name = "DIR", conflicts_with = "plan", help_heading = "Output")]
    pub record: Option<String>,
    /// Report to write, to FILE or to stdout: console, json, junit, sarif, html, markdown, github, gitlab, access, har,
    /// hurl (a folder, with a file for each finding), blob (what `counterpart merge` reads) [default: console]
    #[arg(long, value_name = "FORMAT[=FILE]", help_heading = "Output")]
    pub report: Vec<String>,
}

/// The certificates of a target, and our own.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Certificates {
    /// Accept any certificate
    #[arg(long, help_heading = "Target")]
    pub insecure: bool,
    /// Further certificate authorities, as PEM
    #[arg(long, value_name = "FILE", help_heading = "Target")]
    pub ca: Option<String>,
    /// Client certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "key", help_heading = "Target")]
    pub cert: Option<String>,
    /// Private key of the client certificate, as PEM
    #[arg(long, value_name = "FILE", requires = "cert", help_heading = "Target")]
    pub key: Option<String>,
}

impl Check {
    /// Whether the target is open to everybody.
    pub fn is_open(&self) -> bool {
        self.no_auth || self.auth == Some(Auth::None)
    }
}

/// `--auth`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Auth {
    /// Keys are sent as the document says
    Keys,
    /// No key is asked for or sent; what the document says of keys is not tested
    None,
}

/// `--deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Deny {
    /// Findings with the severity warning
    Warnings,
    /// Checks that the document gives occasion for and that could not be made
    Untested,
}
