//! Builds the program that tests hand to `counterpart` where it runs one. A shell and curl would do, but
//! not every machine has them, and each that runs these tests has `rustc`.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

#[expect(dead_code, reason = "it is built by itself, and stands here to be checked")]
#[path = "program/main.rs"]
mod source;

const SOURCE: &str = include_str!("program/main.rs");

/// The path of the program.
pub fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let text = folder.join("program.rs");
        let program = text.with_extension(std::env::consts::EXE_EXTENSION);
        let is_built = std::fs::read_to_string(&text).is_ok_and(|text| text == SOURCE) && program.exists();
        if !is_built {
            std::fs::remove_file(&program).ok();
            std::fs::write(&text, SOURCE).expect("a file");
            let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
            let mut build = Command::new(rustc);
            build.args(["--edition", "2024", "-o"]).arg(&program).arg(&text);
            assert!(build.status().expect("rustc runs").success(), "the program cannot be built");
        }
        program.to_str().expect("text").to_owned()
    })
}
