//! The program that tests hand to `counterpart` where it runs one: a client of a mock, or a maker of keys.
//! It needs nothing but the standard library, so that `rustc` alone can build it.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;

/// Each argument is an order:
///
/// - `METHOD TARGET [BODY]` sends a request to `COUNTERPART_URL` and prints the body of the answer,
/// - `exit CODE` ends it,
/// - `mint FILE` notes in a file that it was called and prints a key for the scopes that follow.
pub fn main() -> ExitCode {
    let orders: Vec<String> = std::env::args().skip(1).collect();
    for (index, order) in orders.iter().enumerate() {
        let words: Vec<&str> = order.splitn(3, ' ').collect();
        match words.as_slice() {
            ["exit", code] => return ExitCode::from(code.parse::<u8>().expect("a code")),
            ["mint", file] => {
                print!("{}", mint(file, &orders[index + 1..]));
                return ExitCode::SUCCESS;
            }
            [method, target] => print!("{}", send(method, target, "")),
            [method, target, body] => print!("{}", send(method, target, body)),
            _ => panic!("{order:?} is no order"),
        }
    }
    ExitCode::SUCCESS
}

fn send(method: &str, target: &str, body: &str) -> String {
    let url = std::env::var("COUNTERPART_URL").expect("the address of a mock");
    let host = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("a connection");
    let length = body.len();
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let content = format!("Content-Type: application/json\r\nContent-Length: {length}\r\n");
    let content = if body.is_empty() { String::new() } else { content };
    write!(stream, "{head}{content}\r\n{body}").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer.split_once("\r\n\r\n").expect("a head").1.to_owned()
}

/// A key of the mock that soon expires.
fn mint(file: &str, scopes: &[String]) -> String {
    let mut made = std::fs::OpenOptions::new().create(true).append(true).open(file).expect("a file");
    writeln!(made, "made").expect("written");
    let (key, scope) = (scopes.join("+"), scopes.join(" "));
    format!(r#"{{"access_token": "mock:{key}", "expires_in": 0.25, "scope": "{scope}"}}"#)
}
