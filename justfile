# The usual commands; `just` alone lists them. Everything is plain cargo, so `just` itself is optional.

default:
    @just --list

# Build the program
build:
    cargo build --locked

# Run the tests that need nothing but Rust
test:
    cargo test --locked

# Run all tests; needs Python with requests, Node with npm, tmux, xmllint, Chromium, Redis and hurl, which .ci/run installs
heavy:
    bash tests/live/install
    bash tests/start/install
    bash tests/login/install
    bash tests/hurl/install
    bash tests/json-schema/install
    cargo test --locked --features heavy

# Check formatting, lints and documentation
lint:
    git ls-files -z '*.rs' | xargs -0 rustfmt --check --edition 2024
    cargo clippy --all-targets --features heavy --locked -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked --lib

# Accept changed snapshots, and write the table of docs/rules.md anew; look at the diff before you commit
bless:
    INSTA_UPDATE=always cargo test --locked --features heavy

# Everything that must hold before a change lands
ci:
    bash .ci/run
