//! How long a decoder may take, and how much memory.

use std::panic;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::{Decoder, memory};

/// Most bytes that a decoder may hold at once beyond what was held before.
pub const MEMORY: usize = 256 << 20;

/// Most time of a processor for one input. Not the time that passes: machines are busy.
pub const TIME: Duration = Duration::from_secs(5);

/// Characters of a panic's message that are shown: some hold all that was compared.
const MESSAGE: usize = 2000;

/// The first panic of our own code since [`check`] began.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// One decoder at a time: memory and panics are counted for the whole process.
static TURN: Mutex<()> = Mutex::new(());

/// Runs a decoder within its limits. Memory is only watched where [`memory::Counting`] is the allocator, panics that
/// somebody catches only after [`watch_panics`].
///
/// # Panics
/// When the decoder does, or goes beyond a limit.
pub fn check(decoder: Decoder, bytes: &[u8]) {
    let _turn = TURN.lock().unwrap_or_else(|e| e.into_inner());
    let (name, length) = (decoder.name, bytes.len());
    drop(take_panic());
    let before = memory::begin();
    let clock = Clock::start();
    (decoder.run)(bytes);
    let (took, held) = (clock.elapsed(), memory::peak().saturating_sub(before));
    if let Some(panic) = take_panic() {
        panic!("{name}: caught: {panic}");
    }
    assert!(took < TIME, "{name}: {length} bytes took {took:?}");
    assert!(held < MEMORY, "{name}: {length} bytes took {held} bytes of memory");
}

/// Measures the time that this process spends on processors, where the system tells (Linux), else the time that passes.
#[derive(Debug)]
pub struct Clock {
    begun: Instant,
    used: Option<Duration>,
}

impl Clock {
    /// Begins.
    pub fn start() -> Self {
        Self { begun: Instant::now(), used: processor_time() }
    }

    /// The time since.
    pub fn elapsed(&self) -> Duration {
        let passed = self.begun.elapsed();
        if passed < TIME {
            return passed;
        }
        let used = processor_time().zip(self.used).map(|(now, then)| now.saturating_sub(then));
        used.unwrap_or(passed)
    }
}

/// User and system time of all threads, from ticks of 10 ms (proc(5)).
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_ascii_whitespace().skip(11);
    let ticks = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// From now on a panic that begins in a dependency prints nothing: the Parquet decoder of Arrow panics on damaged
/// bytes, and its caller catches that. A panic of our own code is remembered, even where somebody catches it.
/// And a process that wants far more memory than [`MEMORY`] ends.
pub fn watch_panics() {
    memory::limit(8 * MEMORY);
    panic::set_hook(Box::new(|info| {
        let place = info.location().map_or("", |l| l.file());
        if !place.contains("/registry/src/") && !place.starts_with("/rustc/") {
            let payload = info.payload();
            let text = payload.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or_default();
            let text: String = text.chars().take(MESSAGE).collect();
            let text =
                format!("{}: {text}", info.location().map(ToString::to_string).unwrap_or_default());
            eprintln!("{text}");
            let mut first = PANIC.lock().unwrap_or_else(|e| e.into_inner());
            first.get_or_insert(text);
        }
    }));
}

/// The first panic of our own code that [`watch_panics`] saw since the last call.
pub fn take_panic() -> Option<String> {
    PANIC.lock().unwrap_or_else(|e| e.into_inner()).take()
}
