//! A client is tested against a mock of the API that it calls.
//!
//! `cargo run --example mock_in_a_test`

use counterpart::{Answer, Project};

/// The client under test: it asks for annotations and tries once more where the server is busy.
async fn titles(client: &reqwest::Client, url: &str) -> Result<usize, Box<dyn std::error::Error>> {
    let ask = || client.get(format!("{url}/api/projects/1/annotations/")).bearer_auth("secret").send();
    let mut response = ask().await?;
    if response.status() == 503 {
        response = ask().await?;
    }
    let page: serde_json::Value = serde_json::from_slice(&response.error_for_status()?.bytes().await?)?;
    Ok(page["results"].as_array().map_or(0, Vec::len))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::new();

    let api = Project::core7()?;
    let mock = api.mock().key("secret", ["annotation:read"]).start().await?;
    mock.set_answer("annotations_list", Answer::status(503))?;

    let found = titles(&client, mock.url()).await?;
    println!("{found} annotations after {} requests:", mock.requests().len());
    for request in mock.requests() {
        println!("  {request}");
    }
    assert_eq!(mock.requests().len(), 2);
    mock.assert_no_violations();
    Ok(())
}
