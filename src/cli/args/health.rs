//! The flags of `health`.

use std::time::Duration;

use crate::config;

/// `counterpart health`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Health {
    /// Address of the mock
    #[arg(
        long,
        value_name = "URL",
        env = "COUNTERPART_URL",
        hide_env = true,
        default_value = "http://127.0.0.1:4010",
        long_help = "Address of the mock\n\n[env: COUNTERPART_URL]",
        help_heading = "Mock"
    )]
    pub url: String,
    /// How long to wait until it answers
    #[arg(
        long,
        value_name = "TIME",
        value_parser = config::duration,
        default_value = "0",
        help_heading = "Mock"
    )]
    pub wait: Duration,
    /// How long one answer may take
    #[arg(
        long,
        value_name = "TIME",
        value_parser = config::span,
        default_value = "2",
        help_heading = "Mock"
    )]
    pub timeout: Duration,
    /// Accept any certificate, such as that of a mock with --tls
    #[arg(long, help_heading = "Mock")]
    pub insecure: bool,
}
