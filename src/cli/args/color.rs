//! `--color`.

use clap::ValueEnum;

/// When to use colours.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Color {
    /// When to use colours; auto obeys NO_COLOR
    #[arg(
        long = "color",
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    when: When,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Applies the choice to everything that is printed.
    pub fn write_global(self) {
        match self.when {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
