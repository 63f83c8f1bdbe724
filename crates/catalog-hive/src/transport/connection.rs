//! One connection: calls, one after the other.

use super::socket::Socket;
use super::{Server, Settings};
use crate::thrift::{Broken, Limits, Reply, Struct, Value, call_bytes, read_reply};
use rimon_spec::{Error, Result};
use std::io::{self, BufReader, ErrorKind as Io};

/// A connection that took every call so far; one that did not is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    socket: BufReader<Socket>,
    server: Server,
    limits: Limits,
    calls: i32,
}

/// Why there is no reply.
pub(super) enum NoReply {
    /// The call did not leave.
    NotSent(Error),
    /// The call left, wholly or in part.
    Lost(Error),
}

impl Connection {
    /// Connects, and says who we are.
    pub(super) fn open(server: &Server, settings: &Settings) -> Result<Self> {
        let socket = Socket::connect(server, settings).map_err(|e| unreachable(server, e))?;
        let mut connection = Self {
            socket: BufReader::new(socket),
            server: server.clone(),
            limits: settings.limits,
            calls: 0,
        };
        if let Some(user) = &settings.user {
            connection.introduce(user)?;
        }
        Ok(connection)
    }

    /// `set_ugi`, as Java's client does for each connection; servers that do not take it are used nevertheless.
    fn introduce(&mut self, user: &str) -> Result<()> {
        let arguments = Struct::default().with(1, Value::text(user)).with(2, Value::texts([user]));
        match self.call("set_ugi", &arguments) {
            Ok(Reply::Result(_) | Reply::Failed(..)) => Ok(()),
            // Nothing was asked for yet, so that nothing is in doubt.
            Err(NoReply::NotSent(e) | NoReply::Lost(e)) => Err(e),
        }
    }

    /// Whether it can be used once more.
    pub(super) fn is_alive(&self) -> bool {
        self.socket.buffer().is_empty() && self.socket.get_ref().is_quiet()
    }

    /// Sends a call and waits for the reply.
    pub(super) fn call(&mut self, method: &str, arguments: &Struct) -> Result<Reply, NoReply> {
        self.calls = self.calls.wrapping_add(1);
        let bytes = call_bytes(method, self.calls, arguments);
        if bytes.len() > i32::MAX as usize {
            let error = Error::exhausted("the call is larger than a metastore takes");
            return Err(NoReply::NotSent(self.blame(error, method)));
        }
        if let Err(e) = self.socket.get_mut().send(&bytes) {
            let error = Error::unavailable("the connection to the metastore broke").with_source(e);
            return Err(NoReply::Lost(self.blame(error, method)));
        }
        read_reply(&mut self.socket, self.limits, method, self.calls)
            .map_err(|e| NoReply::Lost(self.blame(explain(e), method)))
    }

    fn blame(&self, error: Error, method: &str) -> Error {
        error.with("method", method).with("metastore", &self.server)
    }
}

/// A reply that cannot be used, in words.
fn explain(broken: Broken) -> Error {
    match broken {
        Broken::Io(e) => match e.kind() {
            Io::TimedOut | Io::WouldBlock => Error::unavailable("the metastore does not answer")
                .with_hint("hive.metastore.client.socket.timeout sets how long to wait"),
            Io::UnexpectedEof | Io::ConnectionReset | Io::ConnectionAborted | Io::BrokenPipe => {
                Error::unavailable("the metastore closed the connection without an answer").with_hint(
                    "a server that wants Kerberos or TLS does so too, which this build does not have",
                )
            }
            _ => Error::unavailable("the connection to the metastore broke").with_source(e),
        },
        Broken::Malformed(why) => {
            Error::corrupt(format!("the metastore's answer is malformed: {why}"))
        }
        Broken::OtherProtocol(name @ ("SASL" | "TLS")) => Error::unsupported(format!(
            "the metastore speaks {name}; this build has plain Thrift only, without Kerberos, SASL and TLS"
        )),
        Broken::OtherProtocol("HTTP") => Error::unsupported(
            "the server speaks HTTP; this build has metastores in binary Thrift only",
        ),
        Broken::OtherProtocol(name) => {
            Error::corrupt(format!("the server speaks {name}, not what a metastore does"))
                .with_hint("is this the port of a metastore?")
        }
    }
}

fn unreachable(server: &Server, e: io::Error) -> Error {
    let why = match e.kind() {
        Io::TimedOut | Io::WouldBlock => "it does not answer".to_owned(),
        Io::ConnectionRefused => "nothing listens there".to_owned(),
        _ => e.to_string(),
    };
    Error::unavailable(format!("the metastore cannot be reached: {why}"))
        .with("metastore", server)
        .with_hint("is it running, and is this its host and port?")
}
