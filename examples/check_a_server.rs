//! A server is checked against its document, as a test in its own repository would do it.
//!
//! `cargo run --example check_a_server` checks a mock;
//! `cargo run --example check_a_server -- openapi.yaml http://127.0.0.1:8000` checks a server of yours.

#![expect(clippy::disallowed_methods, reason = "a program of its own, with arguments and files")]

use counterpart::{Format, Project};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (api, url, _mock) = match (arguments.next(), arguments.next()) {
        (Some(document), Some(url)) => (Project::open(document)?, url, None),
        _ => {
            let api = Project::core7()?;
            let mock = api.mock().stateful().start().await?;
            (api, mock.url().to_owned(), Some(mock))
        }
    };
    let mut check = api.check(url).mint("mock:{scopes}");
    if let Ok(token) = std::env::var("COUNTERPART_TOKEN") {
        check = check.token(token);
    }
    let run = check.run().await?;
    print!("{run}");
    std::fs::write(std::env::temp_dir().join("counterpart.xml"), run.render(Format::Junit))?;
    if !run.conforms() {
        return Err("the server does not conform to its document".into());
    }
    Ok(())
}
