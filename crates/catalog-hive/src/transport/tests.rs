use super::*;
use crate::metastore::Failure;
use crate::thrift::{Reply, Struct, Value, call_bytes};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

fn settings() -> Settings {
    Settings {
        connections: 2,
        connect: Duration::from_secs(1),
        idle: Duration::from_millis(300),
        limits: Limits { bytes: 1 << 16, memory: 1 << 20 },
        user: None,
    }
}

/// A server that answers `answers` calls per connection and then closes it; counts connections.
fn server(answers: usize) -> (Server, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let count = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&count);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            seen.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                let mut call = [0; 1024];
                for _ in 0..answers {
                    let Ok(n) = client.read(&mut call) else { return };
                    if n == 0 {
                        return;
                    }
                    let name = u32::from_be_bytes(call[4..8].try_into().unwrap()) as usize;
                    let method = std::str::from_utf8(&call[8..8 + name]).unwrap().to_owned();
                    let sequence =
                        i32::from_be_bytes(call[8 + name..12 + name].try_into().unwrap());
                    let body = Struct::default().with(0, Value::text("fine"));
                    let mut reply = call_bytes(&method, sequence, &body);
                    reply[3] = 2;
                    client.write_all(&reply).unwrap();
                }
            });
        }
    });
    (Server { host: "127.0.0.1".to_owned(), port }, count)
}

#[tokio::test]
async fn a_connection_is_used_again_until_it_is_closed() {
    let (server, connections) = server(2);
    let pool = Pool::new(vec![server], settings());
    for at in 0..4 {
        let reply = pool.call("m", Struct::default(), Repeat::Never).await;
        let reply = reply.unwrap_or_else(|e| panic!("{at}: {e:?}"));
        assert!(matches!(reply, Reply::Result(_)));
        // The server closes after the second answer; that is seen before the next call leaves.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_may_be_done_twice_is_asked_twice_and_nothing_else() {
    let (server, connections) = server(0);
    let pool = Pool::new(vec![server], settings());
    let lost = pool.call("m", Struct::default(), Repeat::Never).await;
    assert!(matches!(lost, Err(Failure::Lost(_))), "{lost:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let lost = pool.call("m", Struct::default(), Repeat::Freely).await;
    assert!(matches!(lost, Err(Failure::Lost(_))), "{lost:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn silence_ends() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let pool = Pool::new(vec![Server { host: "localhost".to_owned(), port }], settings());
    let started = Instant::now();
    let lost = pool.call("m", Struct::default(), Repeat::Never).await;
    assert!(matches!(lost, Err(Failure::Lost(_))), "{lost:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn an_unreachable_server_was_not_asked() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let pool = Pool::new(vec![Server { host: "127.0.0.1".to_owned(), port }], settings());
    let failed = pool.call("m", Struct::default(), Repeat::Never).await;
    assert!(matches!(failed, Err(Failure::NotSent(_))), "{failed:?}");
}

#[test]
fn uris() {
    let servers = Server::list("thrift://a:1, THRIFT://b,thrift://[::1]:7/").unwrap();
    let shown: Vec<_> = servers.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["thrift://a:1", "thrift://b:9083", "thrift://::1:7"]);
    for bad in [
        "",
        ",",
        "a:1",
        "thrift://",
        "thrift://:1",
        "thrift://a:b",
        "thrift://a:70000",
        "tcp://a:1",
    ] {
        assert!(Server::list(bad).is_err(), "{bad}");
    }
}
