//! Replicas that share a cluster, of which each session lies on one node, and a store that speaks TLS.

use std::time::{Duration, Instant};

use super::fleet::{Redis, Replica, Secured, command, until};
use super::{all_are_there, create, create_round, listed};

/// How long nodes may take to find each other.
const START: Duration = Duration::from_secs(20);

/// Three nodes, which share all slots.
fn cluster() -> Vec<Redis> {
    let nodes: Vec<Redis> = (0..3).map(|_| Redis::node()).collect();
    let slots = ["0 5460", "5461 10922", "10923 16383"];
    for (node, slots) in nodes.iter().zip(slots) {
        let told = node.ask(&format!("CLUSTER ADDSLOTSRANGE {slots}")).unwrap_or_default();
        assert!(told.starts_with("+OK"), "{told}");
    }
    for node in &nodes[1..] {
        let bus = nodes[0].ask("CONFIG GET cluster-port").unwrap_or_default();
        let bus = bus.lines().rev().find_map(|line| line.trim().parse::<u16>().ok()).expect("a port");
        node.ask(&format!("CLUSTER MEET 127.0.0.1 {} {bus}", nodes[0].port));
    }
    let begun = Instant::now();
    let is_well = |node: &Redis| {
        let told = node.ask("CLUSTER INFO").unwrap_or_default();
        told.contains("cluster_state:ok") && told.contains("cluster_known_nodes:3")
    };
    while !nodes.iter().all(is_well) {
        assert!(begun.elapsed() < START, "{:?}", nodes[0].ask("CLUSTER INFO"));
        std::thread::sleep(Duration::from_millis(20));
    }
    nodes
}

/// Sessions lie on different nodes, whichever a replica was told of; where one node is away, nobody gets a wrong answer, and
/// all is there again with it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_holds_the_sessions_of_replicas() {
    let mut nodes = cluster();
    let replicas: Vec<Replica> =
        nodes.iter().map(|node| Replica::start(&node.url(""), &["--quiet"])).collect();
    let sessions = ["", "one", "two", "three", "four", "five"];
    let seeds = listed(&replicas[0], "").await.len();
    let mut made = Vec::new();
    for session in sessions {
        made.push(create_round(&replicas, session, 12).await);
    }
    for replica in &replicas {
        for (session, made) in sessions.iter().zip(&made) {
            all_are_there(made, &listed(replica, session).await, seeds);
            let kept = replica.get(session, "/__counterpart/requests?operation=createThing").await;
            assert_eq!(kept["count"], 12, "{session} {kept}");
        }
    }
    let used = nodes.iter().filter(|node| {
        let told = node.ask("DBSIZE").unwrap_or_default();
        told.lines().next().and_then(|line| line.strip_prefix(':')?.trim().parse::<u32>().ok()) > Some(0)
    });
    assert!(used.count() > 1, "all sessions are on one node");

    nodes[1].process.kill();
    until("the replicas are not ready", async || {
        replicas[0].status("", "GET", "/__counterpart/ready", "").await == 503
    })
    .await;
    for session in sessions {
        let status = replicas[0].status(session, "GET", "/things", "").await;
        assert!([200, 503].contains(&status), "{status}");
    }
    nodes[1].start_again();
    for replica in &replicas {
        until("the replicas are ready again", async || {
            replica.status("", "GET", "/__counterpart/ready", "").await == 200
        })
        .await;
    }
    for (session, made) in sessions.iter().zip(&made) {
        all_are_there(made, &listed(&replicas[2], session).await, seeds);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_may_speak_tls() {
    let store = Secured::start();
    let trusting = || Replica::trusting(&store.url(), &["--quiet"], "", Some(&store.certificate()));
    let replicas = [trusting(), trusting()];
    let made = create(&replicas[0], "", "a").await.expect("an id");
    assert!(listed(&replicas[1], "").await.contains(&made));

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("things.yaml"), super::fleet::THINGS).expect("a file");
    let mut stranger = command(folder.path(), &["mock", "things.yaml", "--stateful", "--port", "0"]);
    let output = stranger.env("COUNTERPART_STORE", store.url()).output().expect("the built program");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("cannot use the store at rediss://localhost"),
        "{said}"
    );
    assert!(!said.contains("c4nary"), "{said}");
}
