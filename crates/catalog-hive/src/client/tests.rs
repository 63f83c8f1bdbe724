use super::*;
use crate::thrift::{Limits, call_bytes, read_reply};
use crate::transport::{Server, Settings};
use std::io::{Cursor, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LIMITS: Limits = Limits { bytes: 1 << 20, memory: 1 << 24 };

type Calls = Arc<Mutex<Vec<(String, Struct)>>>;

/// A server that knows some methods, and what it was asked.
fn server(answers: Vec<(&'static str, Struct)>) -> (ThriftMetastore, Calls) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Calls::default();
    let seen = Arc::clone(&calls);
    std::thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(n @ 1..) = client.read(&mut bytes) {
                let name = u32::from_be_bytes(bytes[4..8].try_into().unwrap()) as usize;
                let method = std::str::from_utf8(&bytes[8..8 + name]).unwrap().to_owned();
                let sequence = i32::from_be_bytes(bytes[8 + name..12 + name].try_into().unwrap());
                bytes[3] = 2;
                let asked =
                    read_reply(Cursor::new(&bytes[..n]), LIMITS, &method, sequence).unwrap();
                let Reply::Result(asked) = asked else { panic!("{asked:?}") };
                seen.lock().unwrap().push((method.clone(), asked));
                let known = answers.iter().find(|(m, _)| *m == method);
                let unknown = Struct::default()
                    .with(1, Value::text(format!("Invalid method name: '{method}'")))
                    .with(2, Value::I32(1));
                let body = known.map_or(unknown, |(_, body)| body.clone());
                let mut reply = call_bytes(&method, sequence, &body);
                reply[3] = if known.is_some() { 2 } else { 3 };
                client.write_all(&reply).unwrap();
            }
        }
    });
    let servers = vec![Server { host: "127.0.0.1".to_owned(), port }];
    let settings = Settings {
        connections: 1,
        connect: Duration::from_secs(5),
        idle: Duration::from_secs(5),
        limits: LIMITS,
        user: Some("me".to_owned()),
    };
    let pool = Pool::new(servers, settings);
    (ThriftMetastore::new(pool, "s".to_owned(), "me".to_owned(), "here".to_owned()), calls)
}

fn returns(value: Value) -> Struct {
    Struct::default().with(0, value)
}

/// A table with fields that no Hive has yet, at every level.
fn newer() -> Table {
    let mut table = Table::new("d", "t", "me", 1, false);
    table.0.set(90, Value::text("of a newer server"));
    let serde = Struct::default().with(93, Value::Bool(true));
    let sd = Struct::default().with(91, Value::I64(7)).with(7, Value::Struct(serde));
    table.0.set(7, Value::Struct(sd));
    table
}

#[tokio::test]
async fn servers_without_the_newer_calls_are_asked_by_the_older_ones() {
    let tables = Value::structs([newer().0]);
    let (old, calls) = server(vec![
        ("get_table", returns(Value::Struct(newer().0))),
        ("get_table_objects_by_name", returns(tables)),
        ("create_table", Struct::default()),
        ("drop_table", Struct::default()),
    ]);
    assert_eq!(old.table("d", "t").await.unwrap(), newer());
    assert_eq!(old.tables_by_name("d", &["t".to_owned()]).await.unwrap(), [newer()]);
    old.create_table(newer()).await.unwrap();
    old.drop_table("d", "t", false).await.unwrap();
    let methods: Vec<String> = calls.lock().unwrap().iter().map(|(m, _)| m.clone()).collect();
    assert_eq!(
        methods,
        [
            "set_ugi",
            "get_table_req",
            "get_table",
            "get_table_objects_by_name_req",
            "get_table_objects_by_name",
            "create_table_with_environment_context",
            "create_table",
            "drop_table_with_environment_context",
            "drop_table",
        ]
    );
}

#[tokio::test]
async fn fields_of_newer_servers_survive_an_alteration() {
    let result = Struct::default().with(1, Value::Struct(newer().0));
    let (new, calls) = server(vec![
        ("get_table_req", returns(Value::Struct(result))),
        ("alter_table_with_environment_context", Struct::default()),
    ]);
    let mut table = new.table("d", "t").await.unwrap();
    table.set_columns(&[]);
    table.set_location("file:/w");
    let mode = AlterMode { cascade: true, skip_statistics: false };
    new.alter_table("d", "t", table, Some(mode)).await.unwrap();
    let calls = calls.lock().unwrap();
    let (_, sent) = calls.last().unwrap();
    let sent = sent.inner(3).unwrap();
    assert_eq!(sent.text(90).as_deref(), Some("of a newer server"));
    let sd = sent.inner(7).unwrap();
    assert_eq!(sd.number(91), Some(7));
    assert_eq!(sd.inner(7).unwrap().get(93), Some(&Value::Bool(true)));
}

#[tokio::test]
async fn exceptions_tell_what_went_wrong() {
    let thrown = |id: i16, message: &str| {
        let exception = Struct::default().with(1, Value::text(message));
        Struct::default().with(id, Value::Struct(exception))
    };
    let (server, _) = server(vec![
        ("get_database", thrown(1, "no such")),
        ("create_database", thrown(1, "there")),
        ("drop_database", thrown(2, "not empty")),
        ("get_all_databases", thrown(1, "broken")),
        ("get_all_tables", Struct::default()),
    ]);
    assert!(matches!(server.database("d").await, Err(Failure::NotFound(m)) if m == "no such"));
    let made = server.create_database(Database::new("d")).await;
    assert!(matches!(made, Err(Failure::Exists(m)) if m == "there"));
    let dropped = server.drop_database("d", false, false).await;
    assert!(matches!(dropped, Err(Failure::Refused(m)) if m == "not empty"));
    assert!(matches!(server.databases().await, Err(Failure::Trouble(m)) if m == "broken"));
    assert!(matches!(server.tables("d").await, Err(Failure::Lost(_))));
    assert!(matches!(server.unlock(1).await, Err(Failure::NoSuchMethod(m)) if m == "unlock"));
}
