//! A TCP stream whose every wait ends.

use super::{Server, Settings, WHOLE_ANSWER};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// The stream; reads end at a deadline, and after the idle time without a byte.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    idle: Duration,
    deadline: Instant,
}

impl Socket {
    /// Connects to one of the addresses of a server.
    pub(super) fn connect(server: &Server, settings: &Settings) -> io::Result<Self> {
        let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        let until = Instant::now() + settings.connect;
        for address in (server.host.as_str(), server.port).to_socket_addrs()? {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match TcpStream::connect_timeout(&address, left) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    stream.set_write_timeout(Some(settings.idle))?;
                    let deadline = Instant::now();
                    return Ok(Self { stream, idle: settings.idle, deadline });
                }
                Err(e) => failed = e,
            }
        }
        Err(failed)
    }

    /// Whether the other side has neither closed the stream nor sent what nobody asked for.
    pub(super) fn is_quiet(&self) -> bool {
        let mut byte = [0];
        if self.stream.set_nonblocking(true).is_err() {
            return false;
        }
        let quiet = match self.stream.peek(&mut byte) {
            Err(e) => e.kind() == io::ErrorKind::WouldBlock,
            Ok(_) => false,
        };
        self.stream.set_nonblocking(false).is_ok() && quiet
    }

    /// Sends all of a call; what follows is its answer.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.deadline = Instant::now() + self.idle.max(WHOLE_ANSWER);
        Ok(())
    }
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left.min(self.idle)))?;
        self.stream.read(into)
    }
}
