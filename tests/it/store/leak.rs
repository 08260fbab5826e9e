//! A way to a server that loses the answer to one request: the server has carried it out, and the client never hears of it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Passes everything on, but for the answers to what has a word in it.
pub struct Leak {
    pub port: u16,
    /// Answers that are still to be lost.
    pub left: Arc<AtomicUsize>,
}

impl Leak {
    /// A way to a port of this machine.
    pub fn to(port: u16, word: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("an address").port();
        let left = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&left);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(("127.0.0.1", port))) else {
                    return;
                };
                pass(&client, &server, word, &count);
            }
        });
        Self { port: own, left }
    }
}

/// Passes on in threads of their own, which end with the connection.
fn pass(client: &TcpStream, server: &TcpStream, word: &'static str, left: &Arc<AtomicUsize>) {
    let clone = |stream: &TcpStream| stream.try_clone().expect("a handle");
    let (mut from, mut to, left) = (clone(client), clone(server), Arc::clone(left));
    let is_losing = Arc::new(AtomicUsize::new(0));
    let loses = Arc::clone(&is_losing);
    std::thread::spawn(move || {
        let mut octets = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut octets) {
            let has_word = octets[..count].windows(word.len()).any(|part| part == word.as_bytes());
            if has_word && left.load(Ordering::SeqCst) > 0 {
                left.fetch_sub(1, Ordering::SeqCst);
                loses.store(1, Ordering::SeqCst);
            }
            if to.write_all(&octets[..count]).is_err() {
                return;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (clone(server), clone(client));
    std::thread::spawn(move || {
        let mut octets = vec![0; 1 << 16];
        while let Ok(count @ 1..) = from.read(&mut octets) {
            if is_losing.load(Ordering::SeqCst) == 1 || to.write_all(&octets[..count]).is_err() {
                break;
            }
        }
        let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
    });
}
