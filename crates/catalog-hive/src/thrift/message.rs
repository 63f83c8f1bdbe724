//! Calls and replies: the strict form, without frames, as metastores speak it.

use super::read::Reader;
use super::{Broken, Limits, Struct, write};
use std::io::Read;

const VERSION: u32 = 0x8001_0000;
const CALL: u32 = 1;
const REPLY: u8 = 2;
const EXCEPTION: u8 = 3;
/// Longest name of a method that a reply may bear.
const MAX_NAME: u64 = 256;

/// What a server says to a call.
#[derive(Debug, PartialEq)]
pub(crate) enum Reply {
    /// The result struct: field 0 is the value, others are declared exceptions.
    Result(Struct),
    /// An exception of the protocol: its number (1 is "unknown method") and message.
    Failed(i64, String),
}

/// The bytes of a call.
pub(crate) fn call_bytes(method: &str, sequence: i32, arguments: &Struct) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend((VERSION | CALL).to_be_bytes());
    write::text(&mut out, method.as_bytes());
    out.extend(sequence.to_be_bytes());
    write::structure(&mut out, arguments);
    out
}

/// Reads the reply to the call `sequence` of `method`.
pub(crate) fn read_reply<R: Read>(
    input: R,
    limits: Limits,
    method: &str,
    sequence: i32,
) -> Result<Reply, Broken> {
    let mut reader = Reader::new(input, limits);
    let head: [u8; 4] = reader.array()?;
    let [high, low, _, kind] = head;
    if u32::from_be_bytes([high, low, 0, 0]) != VERSION {
        return Err(Broken::OtherProtocol(looks_like(head)));
    }
    let name = reader.text()?;
    if name.len() as u64 > MAX_NAME || name != method.as_bytes() {
        let name = String::from_utf8_lossy(name.get(..64).unwrap_or(&name)).into_owned();
        return Err(Broken::Malformed(format!("a reply to {:?}", name)));
    }
    let answered = reader.i32()?;
    if answered != sequence {
        return Err(Broken::Malformed(format!("reply {answered} where {sequence} was asked")));
    }
    let body = reader.structure(0)?;
    match kind {
        REPLY => Ok(Reply::Result(body)),
        EXCEPTION => {
            Ok(Reply::Failed(body.number(2).unwrap_or(0), body.text(1).unwrap_or_default()))
        }
        other => Err(Broken::Malformed(format!("a message of kind {other}"))),
    }
}

/// What speaks so.
fn looks_like(head: [u8; 4]) -> &'static str {
    match head {
        [b'H', b'T', b'T', b'P'] => "HTTP",
        [0x15 | 0x16, 3, ..] => "TLS",
        // A negotiation's status (start, ok, bad, error, complete) and a length below 2^24.
        [1..=5, 0, ..] => "SASL",
        [0, 0, ..] => "framed Thrift",
        [0x82, ..] => "compact Thrift",
        _ => "something else than Thrift",
    }
}
