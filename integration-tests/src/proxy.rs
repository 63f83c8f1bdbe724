//! A server between a client and a metastore that harms chosen answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What happens to the answer of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The call does not reach the metastore.
    CutCall,
    /// The call is done, and its answer never comes.
    CutAnswer,
    /// The call is done, and its answer ends in the middle.
    HalfAnswer,
    /// The call is done, and its answer comes much too late.
    Delay,
    /// The call is done, and its answer is not Thrift.
    Garbage,
    /// The call is done, and its answer has a string of negative size.
    NegativeSize,
    /// The call is done, and its answer has a string of 2 GB.
    HugeSize,
}

impl Harm {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::CutCall,
        Self::CutAnswer,
        Self::HalfAnswer,
        Self::Delay,
        Self::Garbage,
        Self::NegativeSize,
        Self::HugeSize,
    ];
}

type Seen = Arc<Mutex<Vec<String>>>;
type Plan = Arc<Mutex<Option<(&'static str, Harm)>>>;

/// The proxy; it listens as long as the process lives.
pub struct Proxy {
    port: u16,
    plan: Plan,
    seen: Seen,
}

impl Proxy {
    /// A proxy before the metastore of a port of this machine.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (plan, seen) = (Plan::default(), Seen::default());
        let own = listener.local_addr().unwrap().port();
        let proxy = Self { port: own, plan: Arc::clone(&plan), seen: Arc::clone(&seen) };
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (plan, seen) = (Arc::clone(&plan), Arc::clone(&seen));
                std::thread::spawn(move || {
                    if let Ok(server) = TcpStream::connect(("127.0.0.1", port)) {
                        pass(client, server, &plan, &seen);
                    }
                });
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn uri(&self) -> String {
        format!("thrift://127.0.0.1:{}", self.port)
    }

    /// The methods called since this was last asked, but for what a connection begins with.
    pub fn calls(&self) -> Vec<String> {
        let mut calls = std::mem::take(&mut *self.seen.lock().unwrap());
        calls.retain(|c| c != "set_ugi");
        calls
    }

    /// Harms the next call of `method`.
    pub fn harm(&self, method: &'static str, harm: Harm) {
        *self.plan.lock().unwrap() = Some((method, harm));
    }

    /// Whether the harm is done; none is planned then.
    pub fn done(&self) -> bool {
        self.plan.lock().unwrap().take().is_none()
    }
}

/// Passes calls, each of which a client writes at once and reads the answer of before the next.
fn pass(mut client: TcpStream, mut server: TcpStream, plan: &Plan, seen: &Seen) {
    let mut call = vec![0; 1 << 20];
    let mut answer = vec![0; 1 << 20];
    server.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    client.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let mut harm = None;
    loop {
        match client.read(&mut call) {
            Ok(0) => break,
            Ok(n) => {
                let bytes = &call[..n];
                if let Some(size) = bytes.get(4..8) {
                    let size = u32::from_be_bytes(size.try_into().unwrap()) as usize;
                    let method = bytes.get(8..8 + size).unwrap_or_default();
                    seen.lock().unwrap().push(String::from_utf8_lossy(method).into_owned());
                }
                let mut planned = plan.lock().unwrap();
                if let Some((method, wanted)) = *planned
                    && bytes.len() > 8
                    && bytes[8..].starts_with(method.as_bytes())
                    && bytes[4..8] == u32::try_from(method.len()).unwrap().to_be_bytes()
                {
                    harm = Some(wanted);
                    *planned = None;
                    if wanted == Harm::CutCall {
                        break;
                    }
                }
                drop(planned);
                if server.write_all(bytes).is_err() {
                    break;
                }
            }
            Err(e) if is_pause(&e) => {}
            Err(_) => break,
        }
        match server.read(&mut answer) {
            Ok(0) => break,
            Ok(n) => {
                let bytes = &mut answer[..n];
                if let Some(harm) = harm.take() {
                    let _ = client.write_all(&harmed(harm, bytes));
                    break;
                }
                if client.write_all(bytes).is_err() {
                    break;
                }
            }
            Err(e) if is_pause(&e) => {}
            Err(_) => break,
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

fn is_pause(e: &std::io::Error) -> bool {
    matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut)
}

fn harmed(harm: Harm, answer: &[u8]) -> Vec<u8> {
    // The head of a reply: version and kind, name, sequence.
    let name = u32::from_be_bytes(answer[4..8].try_into().unwrap()) as usize;
    let head = &answer[..12 + name];
    let with_size = |size: i32| [head, &[11, 0, 0], &size.to_be_bytes()].concat();
    match harm {
        Harm::CutCall | Harm::CutAnswer => Vec::new(),
        Harm::HalfAnswer => answer[..answer.len() / 2].to_vec(),
        Harm::Delay => {
            std::thread::sleep(Duration::from_secs(4));
            Vec::new()
        }
        Harm::Garbage => b"HTTP/1.1 502 Bad Gateway\r\n\r\n".to_vec(),
        Harm::NegativeSize => with_size(-5),
        Harm::HugeSize => with_size(i32::MAX),
    }
}
