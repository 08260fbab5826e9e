//! `--color`, without another crate.

use clap::ValueEnum;

#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Color {
    /// When to use colours
    #[arg(long = "color", global = true, value_name = "WHEN", default_value = "auto")]
    when: When,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl Color {
    /// Applies the choice to everything that is printed; `auto` obeys `NO_COLOR`.
    pub fn write_global(self) {
        match self.when {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}
