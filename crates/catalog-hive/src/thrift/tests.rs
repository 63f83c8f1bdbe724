use super::*;
use std::io::Cursor;

const LIMITS: Limits = Limits { bytes: 1 << 20, memory: 1 << 24 };

fn sample() -> Struct {
    let texts = |t: &str| Value::text(t);
    Struct::default()
        .with(1, Value::text("é"))
        .with(2, Value::I32(-5))
        .with(3, Value::Bool(true))
        .with(4, Value::Map(Type::Text, Type::Text, vec![(texts("k"), texts("v"))]))
        .with(5, Value::texts(["a", "b"]))
        .with(6, Value::Struct(Struct::default().with(-1, Value::I64(i64::MIN))))
        .with(7, Value::Set(Type::I16, vec![Value::I16(3)]))
        .with(8, Value::Double(1.5))
        .with(9, Value::Byte(-1))
        .with(10, Value::structs([Struct::default(), Struct::default().with(1, Value::I32(1))]))
}

/// The bytes of a reply.
fn reply(kind: u8, name: &str, sequence: i32, body: &Struct) -> Vec<u8> {
    let mut bytes = call_bytes(name, sequence, body);
    bytes[3] = kind;
    bytes
}

#[test]
fn what_is_written_is_read_again() {
    let bytes = reply(2, "get", 7, &sample());
    let read = read_reply(Cursor::new(&bytes), LIMITS, "get", 7).unwrap();
    assert_eq!(read, Reply::Result(sample()));
}

#[test]
fn exceptions_of_the_protocol() {
    let body = Struct::default().with(1, Value::text("Invalid method name")).with(2, Value::I32(1));
    let bytes = reply(3, "get", 7, &body);
    let read = read_reply(Cursor::new(&bytes), LIMITS, "get", 7).unwrap();
    assert_eq!(read, Reply::Failed(1, "Invalid method name".to_owned()));
}

#[test]
fn a_reply_to_another_call_is_malformed() {
    let bytes = reply(2, "get", 7, &sample());
    for (name, sequence) in [("get", 8), ("set", 7)] {
        let read = read_reply(Cursor::new(&bytes), LIMITS, name, sequence);
        assert!(matches!(read, Err(Broken::Malformed(_))), "{read:?}");
    }
}

#[test]
fn every_cut_is_an_end_and_no_panic() {
    let bytes = reply(2, "get", 7, &sample());
    for end in 0..bytes.len() {
        let read = read_reply(Cursor::new(&bytes[..end]), LIMITS, "get", 7);
        assert!(matches!(read, Err(Broken::Io(_))), "{end}: {read:?}");
    }
}

#[test]
fn every_changed_byte_is_an_error_or_a_value() {
    let bytes = reply(2, "get", 7, &sample());
    for at in 0..bytes.len() {
        for with in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[at] = with;
            let _ = read_reply(Cursor::new(&damaged), LIMITS, "get", 7);
        }
    }
}

#[test]
fn lengths_are_held_against_the_limit_before_memory_is_taken() {
    for length in [-1_i32, i32::MIN, i32::MAX, 1 << 24] {
        for kind in [11_u8, 15, 13] {
            let mut bytes = reply(2, "get", 7, &Struct::default());
            bytes.pop();
            bytes.extend([kind, 0, 1]);
            match kind {
                11 => {}
                15 => bytes.push(12),
                _ => bytes.extend([11, 11]),
            }
            bytes.extend(length.to_be_bytes());
            let read = read_reply(Cursor::new(&bytes), LIMITS, "get", 7);
            assert!(matches!(read, Err(Broken::Malformed(_))), "{kind} {length}: {read:?}");
        }
    }
}

#[test]
fn small_values_cannot_fill_the_memory() {
    let many = Struct::default().with(1, Value::List(Type::Byte, vec![Value::Byte(0); 500_000]));
    let bytes = reply(2, "get", 7, &many);
    let read = read_reply(Cursor::new(&bytes), LIMITS, "get", 7);
    assert!(matches!(read, Err(Broken::Malformed(_))));
}

#[test]
fn deep_nesting_is_refused() {
    let deep = (0..100).fold(Struct::default(), |s, _| Struct::default().with(1, Value::Struct(s)));
    let bytes = reply(2, "get", 7, &deep);
    let read = read_reply(Cursor::new(&bytes), LIMITS, "get", 7);
    assert!(matches!(read, Err(Broken::Malformed(_))));
}

#[test]
fn other_protocols_are_recognised() {
    for (bytes, name) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP"),
        (&[0x15, 3, 1, 0, 2, 2, 10], "TLS"),
        (&[4, 0, 0, 0, 2, b'n', b'o'], "SASL"),
        (&b"SSH-2.0-OpenSSH"[..], "something else than Thrift"),
    ] {
        let read = read_reply(Cursor::new(bytes), LIMITS, "get", 7);
        assert!(matches!(read, Err(Broken::OtherProtocol(n)) if n == name), "{read:?}");
    }
}
